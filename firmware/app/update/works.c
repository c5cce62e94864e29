#define _GNU_SOURCE /* setresuid */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "firmware/app/clock.h"
#include "firmware/app/sandbox.h"
#include "firmware/core/civil.h"
#include "firmware/update/bundle.h"
#include "firmware/update/floor.h"
#include "firmware/update/keep.h"
#include "firmware/update/program.h"
#include "firmware/update/record.h"
#include "firmware/update/slots.h"
#include "worker.h"

enum {
	TELL_MS = 100,         /* between two notes of progress */
	ROOM_BYTES = 64 << 20, /* left free beside copy and image */
	LOG_BYTES = 4 << 20,
	LOG_MS = 20000
};

/* Everything a piece of work carries about. */
struct doing {
	const struct worker_config *c;
	const struct worker_job *job;
	int fd;
	struct worker_note *note;
	enum update_refusal why;
	struct err e;
	int64_t told_ms;
	int64_t done, total;
};

static void tell(void *context, int64_t done_bytes, int64_t total_bytes)
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

/* ---- rights ---- */

static int drop(struct doing *d)
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

/* No program, no file but these, no network. */
static int close_in(struct doing *d, const char *file)
{
	struct sandbox_rules rules = {.read = {file}};
	struct sandbox_report report;

	return sandbox_close_in(&rules, &report, &d->e);
}

/* ---- from the stick to the offer ---- */

static int do_look(struct doing *d)
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
		r = drop(d);
	}
	if (r == 0)
		r = close_in(d, d->c->keyring);
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
	tell(d, d->done, d->total);
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

static int do_copy(struct doing *d)
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
	r = drop(d);
	if (r == 0)
		r = close_in(d, NULL);
	return r < 0 ? r : copy_all(d, from, to);
}

/* ---- the copy ---- */

static int give(struct doing *d, const char *name, uid_t owner, gid_t group)
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

static int do_verify(struct doing *d)
{
	static struct bundle bundle;
	int r;

	d->why = UPDATE_INTERNAL;
	/* RAUC wants to be the owner of what it reads. */
	r = give(d, BUNDLE_COPY, d->c->reader, d->c->reader_group);
	if (r == 0)
		r = drop(d);
	if (r == 0)
		r = bundle_prove(d->c->work, d->c->keyring, &bundle,
		    &d->note->release, &d->why, &d->e);
	d->note->found = bundle.found;
	return r;
}

static int open_slots(struct doing *d, struct slots **slots)
{
	return slots_open(d->c->backend, d->c->mount, slots, &d->e);
}

static int do_write(struct doing *d)
{
	const struct slots_progress progress = {tell, d};
	char bundle[KEEP_PATH], extract[KEEP_PATH], image[KEEP_PATH];
	struct slots_image what = {.bundle = bundle, .image = image};
	struct slots *slots = NULL;
	struct stat st;
	int r;

	d->why = UPDATE_SLOT_WRITE;
	if (!keep_path(bundle, d->c->work, BUNDLE_COPY) ||
	    !keep_path(extract, d->c->work, BUNDLE_EXTRACT) ||
	    !keep_path(image, extract, MANIFEST_IMAGE))
		return err_set(&d->e, -ENAMETOOLONG, "update: %s: too long",
		    d->c->work);
	r = give(d, BUNDLE_COPY, 0, 0);
	if (r == 0)
		r = give(d, BUNDLE_EXTRACT, 0, 0);
	if (r == 0 && lstat(image, &st) != 0)
		r = err_set(&d->e, -errno, "update: %s: %s", image,
		    strerror(errno));
	if (r == 0)
		r = open_slots(d, &slots);
	if (r == 0) {
		what.bytes = st.st_size;
		tell(d, 0, what.bytes);
		r = slots_write(slots, &what, &progress, &d->e);
	}
	if (r == -ENOSPC)
		d->why = UPDATE_NO_ROOM;
	slots_close(slots);
	return r;
}

/* ---- the slots ---- */

static int do_check(struct doing *d)
{
	struct slots *slots = NULL;
	int r;

	d->why = UPDATE_BAD_RELEASE;
	r = open_slots(d, &slots);
	if (r == 0)
		r = slots_other_release(slots, &d->note->release, &d->e);
	slots_close(slots);
	return r;
}

static void fill_record(struct record *r, const struct doing *d,
    const struct slots_status *status)
{
	r->id++;
	r->stage = RECORD_ACTIVATING;
	r->from = d->job->running.version;
	r->to = d->job->verified.version;
	memcpy(r->from_slot, status->running, sizeof(r->from_slot));
	memcpy(r->to_slot, status->other, sizeof(r->to_slot));
	memcpy(r->boot, status->boot, sizeof(r->boot));
	r->time_s = 0;
}

/* The record first: whatever happens then, the next start finds the story.
 * One that cannot be read is begun anew. */
static int do_activate(struct doing *d)
{
	static struct slots_status status;
	struct record record;
	struct slots *slots = NULL;
	struct err later = {0};
	int r;

	d->why = UPDATE_SLOT_WRITE;
	r = open_slots(d, &slots);
	if (r == 0)
		r = slots_status(slots, &status, &d->e);
	if (r == 0)
		r = record_load(d->c->state, &record, &d->e);
	if (r == -EINVAL)
		r = 0;
	if (r < 0)
		goto out;
	fill_record(&record, d, &status);
	r = record_save(d->c->state, &record, &d->e);
	if (r < 0)
		goto out;
	r = slots_activate(slots, &d->e);
	record.stage = r == 0 ? RECORD_ACTIVATED : RECORD_NONE;
	if (r == 0)
		r = record_save(d->c->state, &record, &d->e);
	else if (slots_mark_bad(slots, &later) == 0 &&
	    record_save(d->c->state, &record, &later) < 0)
		err_set(&d->e, r, "update: %s; %s", d->e.text, later.text);
out:
	slots_close(slots);
	return r;
}

/* Mark, floor, record: after a crash between them the trial goes on, and the
 * next `good` does it all again. */
static int do_good(struct doing *d)
{
	struct record record;
	struct slots *slots = NULL;
	int r;

	d->why = UPDATE_SLOT_WRITE;
	r = open_slots(d, &slots);
	if (r == 0)
		r = slots_mark_good(slots, &d->e);
	if (r == 0)
		r = floor_raise(d->c->state, d->job->running.security, &d->e);
	if (r == 0 && d->job->trial) {
		r = record_load(d->c->state, &record, &d->e);
		record.stage = RECORD_INSTALLED;
		record.time_s = d->job->now_s;
		if (r == 0)
			r = record_save(d->c->state, &record, &d->e);
	}
	slots_close(slots);
	return r;
}

/* ---- files ---- */

static int do_fetch(struct doing *d)
{
	struct stick stick = {.root = -1};
	int r = stick_open(&d->c->stick, false, &stick, &d->why, &d->e);

	if (r == 0)
		r = stick_fetch(&stick, d->c->in, d->c->group, &d->note->count,
		    &d->why, &d->e);
	return r;
}

/* What the journal of the system holds of this start; none is no failure. */
static struct str system_log(void)
{
	static const char *const ARGV[] = {"/usr/bin/journalctl", "--boot",
	    "--no-pager", "--quiet", "--output=short-iso", "--lines=20000",
	    NULL};
	static char room[LOG_BYTES];
	char words[1024];
	struct program p = {.argv = ARGV,
	    .timeout_ms = LOG_MS,
	    .file_bytes_max = 0};
	struct err ignored = {0};
	struct buf out, log;

	buf_init(&out, room, sizeof(room));
	buf_init(&log, words, sizeof(words));
	p.out = &out;
	p.log = &log;
	if (program_run(&p, &ignored) < 0)
		return str_from("");
	return buf_view(&out);
}

static int do_store(struct doing *d)
{
	struct stick stick = {.root = -1};
	struct civil_now at = civil_local(d->job->now_s, d->c->offset_s);
	struct civil_date date = civil_date(at.day);
	char name[80];
	struct buf b;
	int r, closed;

	buf_init(&b, name, sizeof(name));
	buf_fmt(&b, "%s-%04d%02d%02d-%02d%02d%02d",
	    d->c->terminal[0] != '\0' ? d->c->terminal : "karcis", date.year,
	    date.month, date.day, at.minute / 60, at.minute % 60,
	    at.second % 60);
	buf_cstr(&b);
	r = stick_open(&d->c->stick, true, &stick, &d->why, &d->e);
	if (r == 0)
		r = stick_store(&stick, d->c->out, name, system_log(),
		    &d->note->count, &d->why, &d->e);
	closed = stick_close(&stick, r == 0 ? &d->e : NULL);
	if (r == 0 && closed < 0) {
		d->why = stick_refusal(closed);
		r = closed;
	}
	return r;
}

static int (*const WORKS[UPDATE_WORKS])(struct doing *d) = {
    [UPDATE_WORK_LOOK] = do_look,
    [UPDATE_WORK_COPY] = do_copy,
    [UPDATE_WORK_VERIFY] = do_verify,
    [UPDATE_WORK_WRITE] = do_write,
    [UPDATE_WORK_CHECK] = do_check,
    [UPDATE_WORK_ACTIVATE] = do_activate,
    [UPDATE_WORK_GOOD] = do_good,
    [UPDATE_WORK_FETCH] = do_fetch,
    [UPDATE_WORK_STORE] = do_store,
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

enum { CLEAN_FDS = 8 };

static int take_back(const char *path, const struct stat *st, int kind,
    struct FTW *at)
{
	(void)kind;
	(void)at;
	if (st->st_uid != geteuid() && lchown(path, geteuid(), getegid()) != 0)
		return errno;
	return 0;
}

static int take_away(const char *path, const struct stat *st, int kind,
    struct FTW *at)
{
	(void)st;
	if (at->level > 0 && (kind == FTW_DP ? rmdir(path) : unlink(path)) != 0)
		return errno;
	return 0;
}

int works_clean(const char *work, struct err *e)
{
	int r = nftw(work, take_back, CLEAN_FDS, FTW_PHYS);

	if (r == 0)
		r = nftw(work, take_away, CLEAN_FDS, FTW_PHYS | FTW_DEPTH);
	if (r < 0)
		r = errno;
	return r == 0 ? 0 : err_set(e, -r, "update: %s: %s", work, strerror(r));
}
