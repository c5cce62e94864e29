#define _GNU_SOURCE /* unshare */
#include "mounts.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

int mounts_own(struct err *e)
{
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return err_set(e, -errno, "update: no mounts of our own: %s",
		    strerror(errno));
	return 0;
}
