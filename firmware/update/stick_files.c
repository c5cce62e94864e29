#define _GNU_SOURCE /* syncfs */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* renameat */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keep.h"
#include "stick.h"

/* What a stick may bring. A day has some thousand bookings of 200 bytes. */
#define SMALL (INT64_C(4) << 20)
#define LARGE (INT64_C(64) << 20)
/* What a terminal may leave to be carried away: an audit export is 300 bytes
 * an entry. */
#define OUT_FILE_MAX (INT64_C(1) << 30)

static const struct {
	const char *name;
	int64_t bytes_max;
} FILES[] = {
    {"karcis.ini", SMALL},
    {"services.ini", SMALL},
    {"holidays.csv", SMALL},
    {"hub.pub", SMALL},
    {"hub-ca.pem", SMALL},
    {"enrol.txt", SMALL},
    {"rekey.txt", SMALL},
    {"technicians", SMALL},
    {"officers", SMALL},
    {"bookings.csv", LARGE},
    {"roster", SMALL},
};

/* Exactly as many bytes as the file had when it was opened. */
static int copy_bytes(int from, int to, int64_t bytes)
{
	static char chunk[STICK_CHUNK];
	int64_t done = 0;
	int r = 0;

	while (r == 0 && done < bytes) {
		size_t want = bytes - done < STICK_CHUNK
		    ? (size_t)(bytes - done)
		    : STICK_CHUNK;
		ssize_t n = read(from, chunk, want);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		r = keep_write_all(to, chunk, (size_t)n);
		done += n;
	}
	return r;
}

/* A new file of that folder. -EFBIG: longer than bytes_max; -EINVAL: no
 * regular file. */
static int copy_file(int from_dir, const char *name, int64_t bytes_max,
    int to_dir, const char *to_name, int64_t group)
{
	int from = openat(from_dir, name,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int to = -1, r = 0;

	if (from < 0)
		return errno == ELOOP ? -EINVAL : -errno;
	if (fstat(from, &st) != 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode))
		r = -EINVAL;
	else if (st.st_size > bytes_max)
		r = -EFBIG;
	if (r == 0) {
		to = openat(to_dir, to_name,
		    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
		r = to < 0 ? -errno : copy_bytes(from, to, st.st_size);
	}
	if (r == 0 && group >= 0 && fchown(to, (uid_t)-1, (gid_t)group) != 0)
		r = -errno;
	if (r == 0 && fsync(to) != 0)
		r = -errno;
	if (to >= 0 && close(to) != 0 && r == 0)
		r = -errno;
	close(from);
	return r;
}

static int failed(int r, const char *name, enum update_refusal *why,
    struct err *e)
{
	*why = r == -EFBIG ? UPDATE_TOO_BIG : stick_refusal(r);
	if (r == -EINVAL)
		*why = UPDATE_DAMAGED_FS;
	return err_set(e, r, "update: %s: %s", name,
	    r == -EINVAL ? "no regular file" : strerror(-r));
}

static int open_folder(int at, const char *path)
{
	int fd = openat(at, path,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

/* ---- from the stick ---- */

int stick_empty(const char *in, struct err *e)
{
	DIR *d = opendir(in);
	struct dirent *entry;
	int r = 0;

	if (d == NULL)
		return err_set(e, -errno, "update: %s: %s", in,
		    strerror(errno));
	while ((entry = readdir(d)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(dirfd(d), entry->d_name, 0) != 0)
			r = err_set(e, -errno, "update: %s: %s", in,
			    strerror(errno));
	}
	closedir(d);
	return r;
}

static int fetch_all(int folder, int in, int64_t group, uint32_t *count,
    enum update_refusal *why, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(FILES); i++) {
		int r = copy_file(folder, FILES[i].name, FILES[i].bytes_max, in,
		    FILES[i].name, group);

		if (r == -ENOENT)
			continue;
		if (r < 0)
			return failed(r, FILES[i].name, why, e);
		++*count;
	}
	return 0;
}

int stick_fetch(const struct stick *s, const char *in, int64_t group,
    uint32_t *count, enum update_refusal *why, struct err *e)
{
	struct err ignored = {0};
	int folder = -1, to = -1, r;

	*count = 0;
	*why = UPDATE_INTERNAL;
	r = stick_empty(in, e);
	if (r < 0)
		return r;
	folder = open_folder(s->root, "karcis");
	/* A stick without that folder brings nothing, and that is told. */
	if (folder == -ENOENT)
		return 0;
	to = open_folder(AT_FDCWD, in);
	if (folder < 0)
		r = failed(folder == -ENOTDIR || folder == -ELOOP ? -EINVAL
								  : folder,
		    "the stick's folder karcis", why, e);
	else if (to < 0)
		r = err_set(e, to, "update: %s: %s", in, strerror(-to));
	else
		r = fetch_all(folder, to, group, count, why, e);
	if (folder >= 0)
		close(folder);
	if (to >= 0)
		close(to);
	/* All or nothing. */
	if (r < 0 && stick_empty(in, &ignored) < 0)
		*count = 0;
	return r;
}

/* ---- to the stick ---- */

static bool is_plain_name(const char *name)
{
	if (name[0] == '.' || strlen(name) > 64)
		return false;
	for (; *name != '\0'; name++)
		if (!((*name >= 'a' && *name <= 'z') ||
			(*name >= 'A' && *name <= 'Z') ||
			(*name >= '0' && *name <= '9') || *name == '.' ||
			*name == '_' || *name == '-'))
			return false;
	return true;
}

static int make_folder(int at, const char *name, bool may_exist)
{
	if (mkdirat(at, name, 0755) != 0 && !(errno == EEXIST && may_exist))
		return -errno;
	return open_folder(at, name);
}

static int store_log(int folder, struct str log)
{
	int fd = openat(folder, "system.log",
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	int r = fd < 0 ? -errno : keep_write_all(fd, log.ptr, log.len);

	if (r == 0 && fsync(fd) != 0)
		r = -errno;
	if (fd >= 0 && close(fd) != 0 && r == 0)
		r = -errno;
	return r;
}

static int store_all(DIR *out, int folder, uint32_t *count,
    enum update_refusal *why, struct err *e)
{
	struct dirent *entry;

	while ((entry = readdir(out)) != NULL) {
		int r;

		if (!is_plain_name(entry->d_name) ||
		    strcmp(entry->d_name, "system.log") == 0)
			continue;
		if (*count >= STICK_OUT_FILES) {
			*why = UPDATE_INTERNAL;
			return err_set(e, -E2BIG,
			    "update: more than %d files to carry",
			    STICK_OUT_FILES);
		}
		r = copy_file(dirfd(out), entry->d_name, OUT_FILE_MAX, folder,
		    entry->d_name, -1);
		if (r == -EINVAL)
			continue;
		if (r < 0)
			return failed(r, entry->d_name, why, e);
		++*count;
	}
	return 0;
}

static int sync_folders(const struct stick *s, int parent, int folder)
{
	if (fsync(folder) != 0 || fsync(parent) != 0 || fsync(s->root) != 0 ||
	    syncfs(s->root) != 0)
		return -errno;
	return 0;
}

int stick_store(const struct stick *s, const char *out, const char *name,
    struct str log, uint32_t *count, enum update_refusal *why, struct err *e)
{
	int parent = -1, folder = -1, r;
	DIR *d = opendir(out);

	*count = 0;
	*why = UPDATE_INTERNAL;
	if (d == NULL)
		return err_set(e, -errno, "update: %s: %s", out,
		    strerror(errno));
	parent = make_folder(s->root, "karcis-out", true);
	if (parent >= 0)
		folder = make_folder(parent, name, false);
	r = parent < 0 ? parent : folder < 0 ? folder : 0;
	if (r < 0)
		r = failed(r, "the stick's folder karcis-out", why, e);
	else
		r = store_all(d, folder, count, why, e);
	if (r == 0 && log.len > 0) {
		r = store_log(folder, log);
		if (r < 0)
			r = failed(r, "system.log", why, e);
		else
			++*count;
	}
	if (r == 0) {
		r = sync_folders(s, parent, folder);
		if (r < 0)
			r = failed(r, "the stick", why, e);
	}
	if (folder >= 0)
		close(folder);
	if (parent >= 0)
		close(parent);
	closedir(d);
	return r;
}
