#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "firmware/update/bundle.h"
#include "firmware/update/keep.h"
#include "works_inner.h"

enum { ROOM_BYTES = 64 << 20 /* left free beside copy and image */ };

int works_look(struct doing *d)
{
	struct stick stick = {.root = -1};
	static struct bundle bundle;
	int64_t bytes;
	int fd = -1, r;

	r = stick_open(&d->c->stick, false, &stick, &d->why, &d->e);
	if (r == 0)
		r = stick_find_bundle(&stick, &fd, &bytes, &d->why, &d->e);
	if (r == 0) {
		d->why = UPDATE_INTERNAL;
		r = works_drop(d);
	}
	if (r == 0)
		r = works_close_in(d, d->c->keyring);
	if (r == 0)
		r = bundle_look(fd, d->c->keyring, &bundle, &d->why, &d->e);
	d->note->found = bundle.found;
	return r;
}

static int check_room(struct doing *d, int64_t bytes)
{
	struct statvfs st;
	uint64_t have, need = (uint64_t)bytes * 2 + ROOM_BYTES;

	if (statvfs(d->c->work, &st) != 0)
		return err_set(&d->e, -errno, "update: %s: %s", d->c->work,
		    strerror(errno));
	have = (uint64_t)st.f_bavail * st.f_frsize;
	if (have >= need)
		return 0;
	d->why = UPDATE_NO_ROOM;
	return err_set(&d->e, -ENOSPC,
	    "update: %llu MB are free, the bundle needs %llu",
	    (unsigned long long)have >> 20, (unsigned long long)need >> 20);
}

static int read_error(struct doing *d, int error)
{
	d->why = stick_refusal(error);
	return err_set(&d->e, -error, "update: the stick: %s", strerror(error));
}

static int changed(struct doing *d)
{
	d->why = UPDATE_CHANGED;
	return err_set(&d->e, -EBADMSG,
	    "update: the bundle changed while it was read");
}

/* One chunk; 0 at the end. */
static int copy_chunk(struct doing *d, int from, int to)
{
	static char chunk[STICK_CHUNK];
	ssize_t n;
	int r;

	do {
		n = read(from, chunk, sizeof(chunk));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return read_error(d, errno);
	if (n == 0)
		return 0;
	d->done += n;
	if (d->done > d->total)
		return changed(d);
	r = keep_write_all(to, chunk, (size_t)n);
	if (r < 0) {
		d->why = r == -ENOSPC ? UPDATE_NO_ROOM : UPDATE_INTERNAL;
		return err_set(&d->e, r, "update: the copy: %s", strerror(-r));
	}
	works_tell(d, d->done, d->total);
	return 1;
}

static int copy_all(struct doing *d, int from, int to)
{
	struct stat before, after;
	int r;

	if (fstat(from, &before) != 0)
		return read_error(d, errno);
	d->total = before.st_size;
	do {
		r = copy_chunk(d, from, to);
	} while (r > 0);
	if (r < 0)
		return r;
	if (fstat(from, &after) != 0)
		return read_error(d, errno);
	if (d->done != d->total || after.st_size != before.st_size ||
	    after.st_mtim.tv_sec != before.st_mtim.tv_sec ||
	    after.st_mtim.tv_nsec != before.st_mtim.tv_nsec)
		return changed(d);
	d->why = UPDATE_INTERNAL;
	if (fsync(to) != 0)
		return err_set(&d->e, -errno, "update: the copy: %s",
		    strerror(errno));
	return 0;
}

int works_copy(struct doing *d)
{
	struct stick stick = {.root = -1};
	char path[KEEP_PATH];
	int64_t bytes = 0;
	int from = -1, to = -1, r;

	r = stick_open(&d->c->stick, false, &stick, &d->why, &d->e);
	if (r == 0)
		r = stick_find_bundle(&stick, &from, &bytes, &d->why, &d->e);
	if (r == 0 && bytes != d->job->offer.bytes)
		r = changed(d);
	if (r < 0)
		return r;
	d->why = UPDATE_INTERNAL;
	r = works_clean(d->c->work, &d->e);
	if (r == 0)
		r = check_room(d, bytes);
	if (r < 0)
		return r;
	if (!keep_path(path, d->c->work, BUNDLE_COPY))
		return err_set(&d->e, -ENAMETOOLONG, "update: %s: too long",
		    d->c->work);
	to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    0644);
	if (to < 0)
		return err_set(&d->e, -errno, "update: %s: %s", path,
		    strerror(errno));
	r = works_drop(d);
	if (r == 0)
		r = works_close_in(d, NULL);
	return r < 0 ? r : copy_all(d, from, to);
}

int works_verify(struct doing *d)
{
	static struct bundle bundle;
	int r;

	d->why = UPDATE_INTERNAL;
	/* RAUC wants to be the owner of what it reads. */
	r = works_give(d, BUNDLE_COPY, d->c->reader, d->c->reader_group);
	if (r == 0)
		r = works_drop(d);
	if (r == 0)
		r = bundle_prove(d->c->work, d->c->keyring, &bundle,
		    &d->note->release, &d->why, &d->e);
	d->note->found = bundle.found;
	return r;
}
