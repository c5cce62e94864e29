#include <errno.h>
#include <string.h>

#include "firmware/app/clock.h"
#include "firmware/app/log.h"
#include "firmware/app/office.h"
#include "firmware/update/floor.h"
#include "firmware/update/machine.h"
#include "firmware/update/record.h"
#include "firmware/update/slots.h"
#include "server_inner.h"

enum { PROBLEMS = 2048 };

/* ---- the configuration ---- */

void server_read_config(struct server *s)
{
	static struct office office;
	struct worker_config *w = &s->o->worker;
	char room[PROBLEMS];
	struct buf problems;
	struct err e = {0};

	if (s->o->config == NULL)
		return;
	memset(&office, 0, sizeof(office));
	buf_init(&problems, room, sizeof(room));
	/* A machine that is not set up yet has none, or one with problems. */
	if (office_check(s->o->config, &office, &problems, &e) < 0)
		log_line(LOG_LEVEL_INFO, "update: the configuration: %s",
		    e.text);
	memcpy(w->terminal, office.config.terminal_id, sizeof(w->terminal));
	w->offset_s = office.config.offset_s;
	s->allow_n = 0;
	for (size_t i = 0; i < office.config.allowed; i++)
		s->allow[s->allow_n++] = (struct usb_id){
		    office.config.allow[i].vendor,
		    office.config.allow[i].product};
}

/* ---- the story of the last update ---- */

struct found {
	struct slots_status status;
	struct record record;
	uint32_t floor;
};

static void show_outcome(const struct record *r, struct update_base *base)
{
	base->outcome = r->stage == RECORD_INSTALLED ? UPDATE_INSTALLED
	    : r->stage == RECORD_RETURNED            ? UPDATE_RETURNED
						     : UPDATE_OUTCOME_NONE;
	if (base->outcome == UPDATE_OUTCOME_NONE)
		return;
	base->outcome_id = r->id;
	base->outcome_from = r->from;
	base->outcome_to = r->to;
	base->outcome_s = r->time_s;
}

/* The slot is marked first: after a crash between the two it is marked again
 * at the next start. */
static int came_back(const struct server *s, struct slots *slots,
    struct record *r, struct err *e)
{
	int done = slots_mark_bad(slots, e);

	if (done < 0)
		return done;
	r->stage = RECORD_RETURNED;
	r->time_s = clock_wall_s();
	return record_save(s->o->worker.state, r, e);
}

static int never_left(const struct server *s, struct record *r, struct err *e)
{
	r->stage = RECORD_NONE;
	return record_save(s->o->worker.state, r, e);
}

static int tell_story(const struct server *s, struct slots *slots,
    struct found *f, struct update_base *base, struct err *e)
{
	int r = 0;

	switch (record_story(&f->record, f->status.boot, f->status.running,
	    f->status.other_first)) {
	case STORY_RETURNED:
		r = came_back(s, slots, &f->record, e);
		break;
	case STORY_DROPPED:
		r = never_left(s, &f->record, e);
		break;
	case STORY_READY:
		base->ready = true;
		base->ready_version = f->record.to;
		break;
	case STORY_TRIAL:
		base->trial = true;
		base->trial_id = f->record.id;
		base->trial_from = f->record.from;
		break;
	case STORY_UNSET:
		log_line(LOG_LEVEL_WARNING,
		    "update: the record does not fit what runs");
		r = never_left(s, &f->record, e);
		break;
	case STORY_NOTHING:
		break;
	}
	show_outcome(&f->record, base);
	return r;
}

/* The slots cannot be asked. If the loader says that this is the new one, it is
 * still on trial: a system whose slots cannot be asked is not healthy, and the
 * end of the trial brings the old one back. */
static void tell_without_slots(const struct found *f, struct update_base *base)
{
	const struct record *r = &f->record;
	char boot[MACHINE_BOOT_ID], slot[MACHINE_SLOT];
	struct err e = {0};

	machine_booted_slot(slot);
	show_outcome(r, base);
	if (machine_boot_id(boot, &e) < 0 ||
	    record_story(r, boot, slot, false) != STORY_TRIAL)
		return;
	base->trial = true;
	base->trial_id = r->id;
	base->trial_from = r->from;
	base->running.version = r->to;
	memcpy(base->slot, slot, sizeof(base->slot));
}

static int find(const struct server *s, struct update_base *base, struct err *e)
{
	static struct found f;
	const struct worker_config *c = &s->o->worker;
	struct slots *slots = NULL;
	struct err later = {0};
	int r;

	if (floor_load(c->state, &f.floor, &later) < 0)
		log_err(&later);
	base->floor = f.floor;
	if (record_load(c->state, &f.record, &later) < 0)
		log_err(&later);
	r = slots_open(c->backend, c->mount, &slots, e);
	if (r == 0)
		r = slots_status(slots, &f.status, e);
	if (r == 0) {
		base->running = f.status.running_release;
		base->healthy = f.status.running_good;
		memcpy(base->slot, f.status.running, sizeof(base->slot));
		if (base->floor < base->running.security)
			base->floor = base->running.security;
		r = tell_story(s, slots, &f, base, e);
	} else {
		tell_without_slots(&f, base);
	}
	slots_close(slots);
	return r;
}

void server_find_base(struct server *s, struct update_base *base)
{
	bool from_boot = strncmp(s->o->worker.backend, "rauc", 4) == 0;
	struct err e = {0};

	memset(base, 0, sizeof(*base));
	if (find(s, base, &e) < 0)
		log_err(&e);
	base->trial_ends_ms = s->o->trial_ms +
	    (from_boot ? 0 : clock_mono_ms());
	base->stick = stick_is_there(&s->o->worker.stick);
}
