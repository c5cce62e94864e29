#define _GNU_SOURCE /* unshare */
#include "mounts.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "keep.h"

enum { LAYERS = 8 /* mounted over each other; one is usual */ };

int mounts_own(struct err *e)
{
	/* EPERM: the unit has a namespace of its own (PrivateMounts=yes) and
	 * may make no other. Whether mounting is allowed the next call says. */
	if ((unshare(CLONE_NEWNS) != 0 && errno != EPERM) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return err_set(e, -errno, "update: no mounts of our own: %s",
		    strerror(errno));
	return 0;
}

void mounts_clear(const char *dir, const char *name)
{
	char path[KEEP_PATH];

	if (!keep_path(path, dir, name))
		return;
	for (int i = 0; i < LAYERS; i++)
		if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) != 0)
			return;
}

int mounts_point(const char *dir, const char *name, char path[KEEP_PATH],
    struct err *e)
{
	if (!keep_path(path, dir, name))
		return err_set(e, -ENAMETOOLONG, "update: %s: too long", dir);
	mounts_clear(dir, name);
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return err_set(e, -errno, "update: %s: %s", path,
		    strerror(errno));
	return 0;
}
