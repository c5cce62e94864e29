#include "hub_notice.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "firmware/core/str.h"

enum { NOTICE_BYTES = 8 };

static bool address_of(const char *path, struct sockaddr_un *a)
{
	struct buf b;

	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	buf_init(&b, a->sun_path, sizeof(a->sun_path) - 1);
	buf_text(&b, path);
	buf_text(&b, "-notice");
	return !b.full;
}

int hub_notice_open(const char *path, struct err *e)
{
	struct sockaddr_un a;
	mode_t mask;
	int fd, r;

	if (!address_of(path, &a))
		return err_set(e, -ENAMETOOLONG,
		    "store: %s is too long for a socket beside it", path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_set(e, -errno, "store: %s", strerror(errno));
	(void)unlink(a.sun_path);
	mask = umask(0077);
	r = bind(fd, (const struct sockaddr *)&a, sizeof(a));
	umask(mask);
	if (r == 0)
		return fd;
	r = err_set(e, -errno, "store: %s: %s", a.sun_path, strerror(errno));
	close(fd);
	return r;
}

void hub_notice_send(const char *path, uint32_t office, int32_t day)
{
	uint8_t bytes[NOTICE_BYTES];
	struct sockaddr_un a;
	struct buf b;
	int fd;

	if (!address_of(path, &a))
		return;
	buf_init(&b, bytes, sizeof(bytes));
	buf_be(&b, office, 4);
	buf_be(&b, (uint32_t)day, 4);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	/* Nobody listens: nobody waits. */
	(void)sendto(fd, bytes, sizeof(bytes), MSG_NOSIGNAL,
	    (const struct sockaddr *)&a, sizeof(a));
	close(fd);
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

bool hub_notice_take(int fd, uint32_t *office, int32_t *day)
{
	uint8_t bytes[NOTICE_BYTES + 1];
	ssize_t n;

	do
		n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	while ((n < 0 && errno == EINTR) || (n >= 0 && n != NOTICE_BYTES));
	if (n < 0)
		return false;
	*office = be32(bytes);
	*day = (int32_t)be32(bytes + 4);
	return true;
}
