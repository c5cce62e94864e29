#include "keep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* rename */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool keep_path(char path[KEEP_PATH], const char *dir, const char *name)
{
	struct buf b;

	buf_init(&b, path, KEEP_PATH);
	buf_fmt(&b, "%s/%s", dir, name);
	buf_cstr(&b);
	return !b.full && b.len < KEEP_PATH;
}

int keep_write_all(int fd, const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int keep_sync_dir(const char *dir, struct err *e)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = 0;

	if (fd < 0 || fsync(fd) != 0)
		r = err_set(e, -errno, "update: %s: %s", dir, strerror(errno));
	if (fd >= 0)
		close(fd);
	return r;
}

static int write_new(const char *path, struct str text)
{
	int fd = open(path,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	int r;

	if (fd < 0)
		return -errno;
	r = keep_write_all(fd, text.ptr, text.len);
	if (r == 0 && fsync(fd) != 0)
		r = -errno;
	if (close(fd) != 0 && r == 0)
		r = -errno;
	return r;
}

int keep_write(const char *dir, const char *name, struct str text,
    struct err *e)
{
	char path[KEEP_PATH], beside[KEEP_PATH];
	struct buf b;
	int r;

	buf_init(&b, beside, sizeof(beside));
	buf_fmt(&b, "%s/.%s.new", dir, name);
	buf_cstr(&b);
	if (b.full || b.len >= sizeof(beside) || !keep_path(path, dir, name))
		return err_set(e, -ENAMETOOLONG, "update: %s/%s: too long", dir,
		    name);
	r = write_new(beside, text);
	if (r == 0 && rename(beside, path) != 0)
		r = -errno;
	if (r < 0)
		return err_set(e, r, "update: %s: %s", path, strerror(-r));
	return keep_sync_dir(dir, e);
}

static int read_some(int fd, char *out, size_t cap, size_t *len)
{
	*len = 0;
	while (*len < cap) {
		ssize_t n = read(fd, out + *len, cap - *len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		*len += (size_t)n;
	}
	return -EFBIG;
}

int keep_read(const char *dir, const char *name, char out[KEEP_BYTES],
    struct str *text, struct err *e)
{
	char path[KEEP_PATH];
	struct stat st;
	size_t len = 0;
	int fd, r = 0;

	*text = str_of(out, 0);
	if (!keep_path(path, dir, name))
		return err_set(e, -ENAMETOOLONG, "update: %s/%s: too long", dir,
		    name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) != 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode))
		r = -EINVAL;
	else
		r = read_some(fd, out, KEEP_BYTES, &len);
	if (fd >= 0)
		close(fd);
	if (r < 0)
		return err_set(e, r, "update: %s: %s", path, strerror(-r));
	*text = str_of(out, len);
	return 0;
}
