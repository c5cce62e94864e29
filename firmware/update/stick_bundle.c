#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stick.h"

static bool is_bundle(const char *name)
{
	struct str s = str_from(name);

	if (s.len < 6 || (name[0] == '.' && name[1] == '_'))
		return false;
	return str_is_nocase(str_cut(s, s.len - 6, 6), ".raucb");
}

/* The name of the one; *n counts them up to two. */
static int find_name(DIR *d, char name[sizeof(((struct dirent *)0)->d_name)],
    unsigned *n, enum update_refusal *why, struct err *e)
{
	unsigned entries = 0;
	struct dirent *entry;

	*n = 0;
	for (errno = 0; (entry = readdir(d)) != NULL; errno = 0) {
		if (++entries > STICK_ENTRIES) {
			*why = UPDATE_DAMAGED_FS;
			return err_set(e, -EBADMSG,
			    "update: the stick's root folder has no end");
		}
		if (!is_bundle(entry->d_name))
			continue;
		if (++*n > 1)
			return 0;
		memcpy(name, entry->d_name, strlen(entry->d_name) + 1);
	}
	if (errno == 0)
		return 0;
	*why = stick_refusal(errno);
	return err_set(e, -errno, "update: the stick's root folder: %s",
	    strerror(errno));
}

static int open_it(int root, const char *name, int *fd, int64_t *bytes,
    enum update_refusal *why, struct err *e)
{
	struct stat st;

	*fd = openat(root, name,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (*fd < 0 && (errno == ELOOP || errno == ENXIO))
		goto no_file;
	if (*fd < 0 || fstat(*fd, &st) != 0) {
		*why = stick_refusal(errno);
		return err_set(e, -errno, "update: the bundle: %s",
		    strerror(errno));
	}
	if (!S_ISREG(st.st_mode))
		goto no_file;
	*bytes = st.st_size;
	if (st.st_size > UPDATE_BUNDLE_MAX) {
		*why = UPDATE_TOO_BIG;
		return err_set(e, -EBADMSG, "update: the bundle is too big");
	}
	return 0;
no_file:
	*why = UPDATE_NOT_A_BUNDLE;
	return err_set(e, -EBADMSG,
	    "update: what is called a bundle is no regular file");
}

int stick_find_bundle(const struct stick *s, int *fd, int64_t *bytes,
    enum update_refusal *why, struct err *e)
{
	char name[sizeof(((struct dirent *)0)->d_name)];
	int again = openat(s->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = again < 0 ? NULL : fdopendir(again);
	unsigned n = 0;
	int r;

	*fd = -1;
	*bytes = 0;
	if (d == NULL) {
		*why = stick_refusal(errno);
		r = err_set(e, -errno, "update: the stick: %s",
		    strerror(errno));
		if (again >= 0)
			close(again);
		return r;
	}
	r = find_name(d, name, &n, why, e);
	closedir(d);
	if (r < 0)
		return r;
	if (n == 1)
		return open_it(s->root, name, fd, bytes, why, e);
	*why = n == 0 ? UPDATE_NO_BUNDLE : UPDATE_TWO_BUNDLES;
	return err_set(e, -EBADMSG,
	    n == 0 ? "update: no file *.raucb at the stick's root"
		   : "update: more than one file *.raucb at the stick's root");
}
