#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "firmware/update/bundle.h"
#include "firmware/update/floor.h"
#include "firmware/update/keep.h"
#include "firmware/update/record.h"
#include "firmware/update/slots.h"
#include "works_inner.h"

static int open_slots(struct doing *d, struct slots **slots)
{
	return slots_open(d->c->backend, d->c->mount, slots, &d->e);
}

int works_write(struct doing *d)
{
	const struct slots_progress progress = {works_tell, d};
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
	r = works_give(d, BUNDLE_COPY, 0, 0);
	if (r == 0)
		r = works_give(d, BUNDLE_EXTRACT, 0, 0);
	if (r == 0 && lstat(image, &st) != 0)
		r = err_set(&d->e, -errno, "update: %s: %s", image,
		    strerror(errno));
	if (r == 0)
		r = open_slots(d, &slots);
	if (r == 0) {
		what.bytes = st.st_size;
		works_tell(d, 0, what.bytes);
		r = slots_write(slots, &what, &progress, &d->e);
	}
	if (r == -ENOSPC)
		d->why = UPDATE_NO_ROOM;
	slots_close(slots);
	return r;
}

int works_check(struct doing *d)
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
int works_activate(struct doing *d)
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

static int save_stage(struct doing *d, enum record_stage stage, int64_t time_s)
{
	struct record record;
	int r = record_load(d->c->state, &record, &d->e);

	if (r < 0)
		return r;
	record.stage = stage;
	record.time_s = time_s;
	return record_save(d->c->state, &record, &d->e);
}

/* Mark, floor, record: after a crash between them the trial goes on, and the
 * next `good` does it all again. The record is written before them as well: on
 * a disk that takes none the new system would be good for the loader and on
 * trial for ever, restarted every five minutes. */
int works_good(struct doing *d)
{
	struct slots *slots = NULL;
	int r = 0;

	d->why = UPDATE_SLOT_WRITE;
	if (d->job->trial)
		r = save_stage(d, RECORD_ACTIVATED, 0);
	if (r == 0)
		r = open_slots(d, &slots);
	if (r == 0)
		r = slots_mark_good(slots, &d->e);
	if (r == 0)
		r = floor_raise(d->c->state, d->job->running.security, &d->e);
	if (r == 0 && d->job->trial)
		r = save_stage(d, RECORD_INSTALLED, d->job->now_s);
	slots_close(slots);
	return r;
}
