#include "stick.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keep.h"
#include "mounts.h"
#include "stick_inner.h"

int stick_place_parse(const char *text, const char *mount,
    struct stick_place *out, struct err *e)
{
	struct str rest = str_from(text), kind;
	bool good = str_split(&rest, ':', &kind);

	memset(out, 0, sizeof(*out));
	if (good && str_is(kind, "auto"))
		good = rest.ptr == NULL;
	else if (good && str_is(kind, "dir"))
		out->is_folder = good = rest.ptr != NULL && rest.len > 0;
	else
		good = false;
	if (!good)
		return err_set(e, -EINVAL,
		    "update: %s: a stick is auto or dir:DIR", text);
	if ((out->is_folder &&
		!str_copy(out->folder, sizeof(out->folder), rest)) ||
	    !str_copy(out->mount, sizeof(out->mount), str_from(mount)))
		return err_set(e, -ENAMETOOLONG, "update: %s: too long", text);
	return 0;
}

bool stick_is_there(const struct stick_place *p)
{
	struct stat st;

	if (!p->is_folder)
		return stick_count_disks() > 0;
	return stat(p->folder, &st) == 0 && S_ISDIR(st.st_mode);
}

enum update_refusal stick_refusal(int error)
{
	switch (error < 0 ? -error : error) {
	case ENODEV:
	case ENXIO:
	case ENOMEDIUM:
		return UPDATE_STICK_GONE;
	case ENOSPC:
	case EDQUOT:
		return UPDATE_NO_ROOM;
	case EUCLEAN:
		return UPDATE_DAMAGED_FS;
	default:
		return UPDATE_READ_ERROR;
	}
}

static int mount_it(const char *node, enum stick_fs fs, const char *at,
    bool writable, enum update_refusal *why, struct err *e)
{
	unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME;
	const char *type = fs == STICK_FS_EXFAT ? "exfat" : "vfat";

	if (!writable)
		flags |= MS_RDONLY;
	if (mount(node, at, type, flags, "umask=0077") == 0)
		return 0;
	*why = errno == ENXIO || errno == ENOENT || errno == ENOMEDIUM
	    ? UPDATE_STICK_GONE
	    : errno == EINVAL || errno == EIO || errno == EUCLEAN
	    ? UPDATE_DAMAGED_FS
	    : UPDATE_INTERNAL;
	return err_set(e, -errno, "update: %s cannot be mounted as %s: %s",
	    node, type, strerror(errno));
}

static int open_root(const char *path, struct stick *out,
    enum update_refusal *why, struct err *e)
{
	out->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (out->root >= 0)
		return 0;
	*why = errno == ENOENT ? UPDATE_NO_STICK : stick_refusal(errno);
	return err_set(e, -errno, "update: the stick: %s", strerror(errno));
}

int stick_open(const struct stick_place *p, bool writable, struct stick *out,
    enum update_refusal *why, struct err *e)
{
	char node[STICK_PATH], at[KEEP_PATH];
	enum stick_fs fs;
	int r;

	memset(out, 0, sizeof(*out));
	out->root = -1;
	*why = UPDATE_INTERNAL;
	if (p->is_folder)
		return open_root(p->folder, out, why, e);
	r = stick_find_device(node, &fs, why, e);
	if (r == 0)
		r = mounts_own(e);
	if (r == 0)
		r = mounts_point(p->mount, MOUNTS_STICK, at, e);
	if (r == 0)
		r = mount_it(node, fs, at, writable, why, e);
	if (r < 0)
		return r;
	out->mounted = true;
	memcpy(out->mount, at, sizeof(out->mount));
	return open_root(at, out, why, e);
}

int stick_close(struct stick *s, struct err *e)
{
	int r = 0;

	if (s->root >= 0)
		close(s->root);
	s->root = -1;
	if (s->mounted && umount2(s->mount, UMOUNT_NOFOLLOW) != 0)
		r = err_set(e, -errno, "update: the stick: %s",
		    strerror(errno));
	s->mounted = false;
	return r;
}
