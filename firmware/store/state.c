#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
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
	if (*fd < 0 && errno == ENOENT)
		return err_set(e, -ENOENT,
		    "state: there is no %s; karcis-ctl init makes it", dir);
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

static int check_owner(const char *path, const char *module, int fd,
    struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(e, -errno, "%s: cannot read %s: %s", module,
		    path, strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 077) != 0)
		return err_set(e, -EPERM,
		    "%s: %s must belong to this user alone (chmod 600)", module,
		    path);
	return 0;
}

int state_read(const char *path, const char *module, char *out, size_t cap,
    size_t *len, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t n = 0;
	char more;
	int r;

	*len = 0;
	if (fd < 0)
		return err_set(e, -errno, "%s: cannot read %s: %s", module,
		    path, strerror(errno));
	r = check_owner(path, module, fd, e);
	if (r == 0)
		n = read(fd, out, cap);
	if (n < 0)
		r = err_set(e, -errno, "%s: cannot read %s: %s", module, path,
		    strerror(errno));
	else if (r == 0 && read(fd, &more, 1) != 0)
		r = err_set(e, -EFBIG, "%s: %s is too long", module, path);
	close(fd);
	if (r == 0)
		*len = (size_t)n;
	return r;
}

static int sync_dir(const char *path)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd, r = 0;

	if (!str_copy(dir, sizeof(dir),
		slash == NULL ? str_from(".")
			      : str_of(path, (size_t)(slash - path) + 1)))
		return -ENAMETOOLONG;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fsync(fd) < 0)
		r = -errno;
	close(fd);
	return r;
}

static int write_file(const char *path, struct str text)
{
	int r = 0, fd;

	/* What a power cut left of an earlier try. */
	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	errno = ENOSPC; /* of a short write */
	if (write(fd, text.ptr, text.len) != (ssize_t)text.len || fsync(fd) < 0)
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r;
}

/* Writes a file beside path, then puts it in its place in one step: link
 * refuses a name that is taken, rename replaces it. */
int state_write(const char *path, const char *module, struct str text,
    bool replace, struct err *e)
{
	char tmp[PATH_MAX];
	struct buf name;
	int r;

	buf_init(&name, tmp, sizeof(tmp) - 1);
	buf_fmt(&name, "%s.new", path);
	if (name.full)
		return err_set(e, -ENAMETOOLONG, "%s: the name is too long",
		    module);
	r = write_file(buf_cstr(&name), text);
	if (r == 0 && (replace ? rename(tmp, path) : link(tmp, path)) < 0)
		r = -errno;
	if (!replace || r < 0)
		unlink(tmp);
	if (r == 0)
		r = sync_dir(path);
	if (r == -EEXIST)
		return err_set(e, r, "%s: %s exists already and stays", module,
		    path);
	return r == 0 ? 0
		      : err_set(e, r, "%s: cannot write %s: %s", module, path,
			    strerror(-r));
}

int state_reserve(const char *path, size_t bytes, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r;

	if (fd < 0)
		return err_set(e, -errno, "state: cannot open %s: %s", path,
		    strerror(errno));
	r = -posix_fallocate(fd, 0, (off_t)bytes);
	if (r == -ENOSPC || r == -EDQUOT) {
		/* Half a reserve would only be in the way. */
		(void)!ftruncate(fd, 0);
		r = err_set(e, -ENOSPC,
		    "state: the disk is nearly full: %s has no room", path);
	} else if (r < 0) {
		r = err_set(e, r, "state: %s: %s", path, strerror(-r));
	}
	close(fd);
	return r;
}

bool state_release(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_size > 0 && truncate(path, 0) == 0;
}
