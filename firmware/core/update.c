#include "update_inner.h"

#include <string.h>

static void stick_moved(struct update *u, const struct update_event *ev,
    struct update_effects *out)
{
	struct str gone = str_from("update: the stick was pulled out");

	if (u->report.stick == ev->present)
		return;
	u->report.stick = ev->present;
	out->bits |= UPDATE_DO_REPORT;
	if (ev->present) {
		u->hybrid = false;
		return;
	}
	if (update_needs_stick(u->work))
		update_fail(u, UPDATE_STICK_GONE, gone, ev, out);
	else if (u->report.phase == UPDATE_OFFERED)
		update_refuse(u, UPDATE_STICK_GONE, gone, ev, out);
}

static void progressed(struct update *u, const struct update_event *ev,
    struct update_effects *out)
{
	struct update_report *r = &u->report;

	if (ev->work != UPDATE_WORK_COPY && ev->work != UPDATE_WORK_WRITE)
		return;
	if (ev->total_bytes > UPDATE_BUNDLE_MAX || ev->done_bytes < 0 ||
	    ev->done_bytes > ev->total_bytes)
		return;
	if (ev->done_bytes > r->done_bytes || ev->total_bytes != r->total_bytes)
		u->deadline_ms = ev->mono_ms + update_wait_ms(ev->work);
	r->done_bytes = ev->done_bytes;
	r->total_bytes = ev->total_bytes;
	out->bits |= UPDATE_DO_REPORT;
}

static void timed_out(struct update *u, const struct update_event *ev,
    struct update_effects *out)
{
	enum update_refusal why = update_needs_stick(u->work)
	    ? UPDATE_READ_ERROR
	    : u->work == UPDATE_WORK_WRITE ? UPDATE_SLOT_WRITE
					   : UPDATE_INTERNAL;

	if (u->work != UPDATE_WORK_NONE)
		update_fail(u, why, str_from("update: no answer in time"), ev,
		    out);
	else if (u->report.phase == UPDATE_OFFERED)
		update_go_idle(u, ev, out);
	else if (u->report.phase == UPDATE_RESTARTING)
		update_go_down(u, u->power_off, ev, out);
	else
		u->deadline_ms = INT64_MAX;
}

static void ticked(struct update *u, const struct update_event *ev,
    struct update_effects *out)
{
	if (u->report.trial && u->report.phase != UPDATE_RESTARTING &&
	    ev->mono_ms >= u->base.trial_ends_ms) {
		update_say(u,
		    str_from("update: the new system did not get healthy in "
			     "time"));
		update_go_down(u, false, ev, out);
	} else if (ev->mono_ms >= u->deadline_ms) {
		timed_out(u, ev, out);
	}
}

static void device_refused(struct update *u, const struct update_event *ev,
    struct update_effects *out)
{
	u->hybrid = u->hybrid || ev->more;
	if (!str_copy(u->report.refused_device,
		sizeof(u->report.refused_device),
		str_cut(ev->detail, 0, UPDATE_DEVICE - 1)))
		u->report.refused_device[0] = '\0';
	out->bits |= UPDATE_DO_REPORT;
}

static bool is_current(const struct update *u, const struct update_event *ev)
{
	return u->work != UPDATE_WORK_NONE && ev->work == u->work;
}

void update_init(struct update *u, const struct update_base *base)
{
	struct update_report *r = &u->report;

	memset(u, 0, sizeof(*u));
	u->base = *base;
	u->healthy = base->healthy && !base->trial;
	u->deadline_ms = INT64_MAX;
	r->phase = base->ready ? UPDATE_READY : UPDATE_IDLE;
	r->from = base->running.version;
	if (base->ready)
		r->to = base->ready_version;
	r->floor = base->floor;
	memcpy(r->slot, base->slot, sizeof(r->slot));
	r->trial = base->trial;
	r->outcome = base->outcome;
	r->outcome_id = base->outcome_id;
	r->outcome_from = base->outcome_from;
	r->outcome_to = base->outcome_to;
	r->outcome_s = base->outcome_s;
	r->stick = base->stick;
}

struct update_effects update_step(struct update *u,
    const struct update_event *ev)
{
	struct update_effects out = {0};

	switch (ev->kind) {
	case UPDATE_EV_TICK:
		ticked(u, ev, &out);
		break;
	case UPDATE_EV_REQUEST:
		update_requested(u, ev, &out);
		break;
	case UPDATE_EV_STICK:
		stick_moved(u, ev, &out);
		break;
	case UPDATE_EV_DEVICE:
		device_refused(u, ev, &out);
		break;
	case UPDATE_EV_PROGRESS:
		if (is_current(u, ev))
			progressed(u, ev, &out);
		break;
	case UPDATE_EV_DONE:
		if (is_current(u, ev))
			update_done(u, ev, &out);
		break;
	case UPDATE_EV_FAILED:
		if (is_current(u, ev))
			update_fail(u, ev->refusal, ev->detail, ev, &out);
		break;
	case UPDATE_EV_UNSET:
	case UPDATE_EVENTS:
		break;
	}
	if (u->good_due && u->work == UPDATE_WORK_NONE) {
		u->good_due = false;
		update_ask_good(u, ev, &out);
	}
	if (u->look_due && u->work == UPDATE_WORK_NONE) {
		u->look_due = false;
		update_ask_look(u, ev, &out);
	}
	return out;
}
