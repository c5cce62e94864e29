#define _GNU_SOURCE /* setresuid, O_PATH */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/app/clock.h"
#include "firmware/app/sandbox.h"
#include "firmware/update/keep.h"
#include "works_inner.h"

enum { TELL_MS = 100 /* between two notes of progress */ };

void works_tell(void *context, int64_t done_bytes, int64_t total_bytes)
{
	struct doing *d = context;
	int64_t now_ms = clock_mono_ms();
	static struct worker_note note;

	if (now_ms - d->told_ms < TELL_MS && done_bytes != total_bytes)
		return;
	d->told_ms = now_ms;
	note.kind = UPDATE_EV_PROGRESS;
	note.done_bytes = done_bytes;
	note.total_bytes = total_bytes;
	worker_tell(d->fd, &note);
}

int works_drop(struct doing *d)
{
	const struct worker_config *c = d->c;

	if (!c->drop)
		return 0;
	if (setgroups(0, NULL) != 0 ||
	    setresgid(c->reader_group, c->reader_group, c->reader_group) != 0 ||
	    setresuid(c->reader, c->reader, c->reader) != 0 ||
	    /* It was cleared by the change. */
	    prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		return err_set(&d->e, -errno, "update: cannot give up root: %s",
		    strerror(errno));
	return 0;
}

int works_close_in(struct doing *d, const char *file)
{
	struct sandbox_rules rules = {.read = {file}};
	struct sandbox_report report;

	return sandbox_close_in(&rules, &report, &d->e);
}

int works_give(struct doing *d, const char *name, uid_t owner, gid_t group)
{
	char path[KEEP_PATH];

	if (!d->c->drop)
		return 0;
	if (!keep_path(path, d->c->work, name) ||
	    lchown(path, owner, group) != 0)
		return err_set(&d->e, -errno, "update: %s/%s: %s", d->c->work,
		    name, strerror(errno));
	return 0;
}

static int (*const WORKS[UPDATE_WORKS])(struct doing *d) = {
    [UPDATE_WORK_LOOK] = works_look,
    [UPDATE_WORK_COPY] = works_copy,
    [UPDATE_WORK_VERIFY] = works_verify,
    [UPDATE_WORK_WRITE] = works_write,
    [UPDATE_WORK_CHECK] = works_check,
    [UPDATE_WORK_ACTIVATE] = works_activate,
    [UPDATE_WORK_GOOD] = works_good,
    [UPDATE_WORK_FETCH] = works_fetch,
    [UPDATE_WORK_STORE] = works_store,
};

static void put_detail(char out[UPDATE_DETAIL], const char *text)
{
	struct str s = str_cut(str_from(text), 0, UPDATE_DETAIL - 1);
	bool good = str_is_utf8(s);

	memset(out, 0, UPDATE_DETAIL);
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		out[i] = c < 0x20 || (c >= 0x7f && !good) ? '?' : (char)c;
	}
}

void works_run(const struct worker_config *c, const struct worker_job *job,
    int fd, struct worker_note *last)
{
	static struct doing d;
	int r = -EINVAL;

	memset(last, 0, sizeof(*last));
	d = (struct doing){.c = c, .job = job, .fd = fd, .note = last};
	d.why = UPDATE_INTERNAL;
	if (job->work < UPDATE_WORKS && WORKS[job->work] != NULL)
		r = WORKS[job->work](&d);
	last->kind = r == 0 ? UPDATE_EV_DONE : UPDATE_EV_FAILED;
	if (r == 0)
		return;
	memset(&last->found, 0, sizeof(last->found));
	memset(&last->release, 0, sizeof(last->release));
	last->refusal = d.why != UPDATE_REFUSAL_UNSET ? d.why : UPDATE_INTERNAL;
	put_detail(last->detail, d.e.text);
}

/* ---- cleaning ---- */

enum { CLEAN_DEPTH = 16 };

/* A folder that may be the reader's, and may be shut: taken back, then opened,
 * all of it by one descriptor and never through a link. -errno. */
static int take_back(int at, const char *name)
{
	int fd = -1, r = 0, it;
	char path[32]; /* fchmod does not take what was opened by O_PATH */

	it = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (it < 0)
		return -errno;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", it);
	if (fchownat(it, "", geteuid(), (gid_t)-1, AT_EMPTY_PATH) != 0 ||
	    chmod(path, 0700) != 0)
		r = -errno;
	else if ((fd = openat(it, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		r = -errno;
	close(it);
	return r < 0 ? r : fd;
}

/* All below the folder, by descriptors: a reader that still lives cannot put
 * another folder in its place. Closes fd. */
static int empty(int fd, unsigned depth)
{
	DIR *d = fdopendir(fd);
	struct dirent *entry;
	int r = 0, below;

	if (d == NULL) {
		r = -errno;
		close(fd);
		return r;
	}
	while (r == 0 && (entry = readdir(d)) != NULL) {
		const char *name = entry->d_name;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
		    unlinkat(fd, name, 0) == 0)
			continue;
		if (errno != EISDIR || depth == 0) {
			r = -errno;
			break;
		}
		below = take_back(fd, name);
		r = below < 0 ? below : empty(below, depth - 1);
		if (r == 0 && unlinkat(fd, name, AT_REMOVEDIR) != 0)
			r = -errno;
	}
	closedir(d);
	return r;
}

int works_clean(const char *work, struct err *e)
{
	int fd = open(work, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r = fd < 0 ? -errno : empty(fd, CLEAN_DEPTH);

	return r == 0 ? 0 : err_set(e, r, "update: %s: %s", work, strerror(-r));
}
