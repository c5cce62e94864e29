#include "transport.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int device_open_path(const char *path)
{
	int flags = O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_APPEND;
	int fd = open(path, flags | O_RDWR);

	/* Below /dev a missing file is a printer that is not there. */
	if (fd < 0 && errno == ENOENT && strncmp(path, "/dev/", 5) != 0)
		fd = open(path, flags | O_RDWR | O_CREAT, 0600);
	if (fd < 0 && errno == EACCES)
		fd = open(path, flags | O_WRONLY);
	return fd < 0 ? -errno : fd;
}
