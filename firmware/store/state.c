#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

int state_lock(const char *dir, int *fd, struct err *e)
{
	char path[PATH_MAX];
	int r;

	*fd = -1;
	r = snprintf(path, sizeof(path), "%s/lock", dir);
	if (r < 0 || (size_t)r >= sizeof(path))
		return err_set(e, -ENAMETOOLONG,
		    "state: the directory's name is too long");
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*fd < 0)
		return err_set(e, -errno, "state: cannot open %s: %s", path,
		    strerror(errno));
	if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	r = errno == EWOULDBLOCK ? -EBUSY : -errno;
	close(*fd);
	*fd = -1;
	if (r == -EBUSY)
		return err_set(e, r,
		    "state: another karcis is using %s; stop it first", dir);
	return err_set(e, r, "state: cannot lock %s: %s", path, strerror(-r));
}
