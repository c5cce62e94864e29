#include "update_inner.h"

#include <string.h>

static bool is_files(enum update_work w)
{
	return w == UPDATE_WORK_FETCH || w == UPDATE_WORK_STORE;
}

/* Work that must not be cut off: it is short, or RAUC's. */
static bool cannot_stop(enum update_work w)
{
	return w == UPDATE_WORK_WRITE || w == UPDATE_WORK_CHECK ||
	    w == UPDATE_WORK_ACTIVATE || w == UPDATE_WORK_GOOD;
}

static enum update_refusal no_stick(const struct update *u)
{
	if (u->report.storage && u->report.stick)
		return UPDATE_REFUSAL_UNSET;
	return u->hybrid ? UPDATE_STICK_IS_MORE : UPDATE_NO_STICK;
}

static bool is_still(const struct update *u)
{
	return u->work == UPDATE_WORK_NONE &&
	    u->report.phase != UPDATE_RESTARTING;
}

void update_ask_look(struct update *u, const struct update_event *ev,
    struct update_effects *out)
{
	enum update_refusal why = no_stick(u);

	/* READY: the other slot waits for its start and is not overwritten. */
	if (u->report.phase == UPDATE_READY)
		return;
	if (u->work == UPDATE_WORK_GOOD || is_files(u->work))
		u->look_due = true;
	if (!is_still(u))
		return;
	update_forget_offer(u);
	if (u->report.trial || u->report.outcome != UPDATE_OUTCOME_NONE)
		update_refuse(u, UPDATE_BUSY,
		    str_from("update: the last one is not finished"), ev, out);
	else if (!u->healthy || u->base.running.compatible[0] == '\0')
		update_refuse(u, UPDATE_SLOT_SICK,
		    str_from("update: what runs was not found healthy yet"), ev,
		    out);
	else if (why != UPDATE_REFUSAL_UNSET)
		update_refuse(u, why, str_from("update: no stick to read"), ev,
		    out);
	else
		update_move_on(u, UPDATE_LOOKING, UPDATE_WORK_LOOK, ev, out);
}

static void ask_update(struct update *u, const struct update_event *ev,
    struct update_effects *out)
{
	if (u->report.phase != UPDATE_OFFERED || !is_still(u))
		return;
	u->report.total_bytes = u->offer.bytes;
	update_move_on(u, UPDATE_COPYING, UPDATE_WORK_COPY, ev, out);
}

static void clear_files(struct update *u, const struct update_event *ev,
    struct update_effects *out)
{
	if (is_files(u->work)) {
		update_stop(u, out);
		update_rest(u, ev);
	}
	u->report.files = UPDATE_FILES_NONE;
	u->report.files_refusal = UPDATE_REFUSAL_UNSET;
	u->report.file_count = 0;
	out->bits |= UPDATE_DO_REPORT;
}

static void ask_cancel(struct update *u, const struct update_event *ev,
    struct update_effects *out)
{
	u->look_due = false;
	clear_files(u, ev, out);
	if (u->work == UPDATE_WORK_GOOD && u->report.phase == UPDATE_REFUSED) {
		update_forget_offer(u);
		u->report.phase = UPDATE_IDLE;
	}
	if (cannot_stop(u->work))
		return;
	switch (u->report.phase) {
	case UPDATE_LOOKING:
	case UPDATE_OFFERED:
	case UPDATE_COPYING:
	case UPDATE_VERIFYING:
	case UPDATE_REFUSED:
		update_go_idle(u, ev, out);
		return;
	case UPDATE_UNSET:
	case UPDATE_IDLE:
	case UPDATE_WRITING:
	case UPDATE_CHECKING:
	case UPDATE_READY:
	case UPDATE_RESTARTING:
	case UPDATE_PHASES:
		return;
	}
}

static void ask_down(struct update *u, bool off, const struct update_event *ev,
    struct update_effects *out)
{
	if (cannot_stop(u->work) || u->report.phase == UPDATE_RESTARTING)
		return;
	if (u->work != UPDATE_WORK_NONE)
		out->bits |= UPDATE_DO_DROP;
	update_go_down(u, off, ev, out);
}

void update_ask_good(struct update *u, const struct update_event *ev,
    struct update_effects *out)
{
	if (u->healthy || u->report.phase == UPDATE_RESTARTING)
		return;
	if (u->work == UPDATE_WORK_NONE)
		update_start(u, UPDATE_WORK_GOOD, ev, out);
	else
		u->good_due = u->work != UPDATE_WORK_GOOD;
}

static void ask_logged(struct update *u, const struct update_event *ev,
    struct update_effects *out)
{
	struct update_report *r = &u->report;

	if (r->outcome == UPDATE_OUTCOME_NONE ||
	    ev->request.id != r->outcome_id)
		return;
	r->outcome = UPDATE_OUTCOME_NONE;
	r->outcome_id = 0;
	memset(&r->outcome_from, 0, sizeof(r->outcome_from));
	memset(&r->outcome_to, 0, sizeof(r->outcome_to));
	r->outcome_s = 0;
	out->bits |= UPDATE_DO_FORGET;
}

static void ask_storage_off(struct update *u, const struct update_event *ev,
    struct update_effects *out)
{
	enum update_phase p = u->report.phase;

	u->report.storage = false;
	u->hybrid = u->look_due = false;
	out->bits |= UPDATE_DO_STORAGE_OFF;
	clear_files(u, ev, out);
	if (p == UPDATE_LOOKING || p == UPDATE_OFFERED || p == UPDATE_COPYING ||
	    (p == UPDATE_REFUSED && u->work == UPDATE_WORK_NONE))
		update_go_idle(u, ev, out);
}

static void ask_files(struct update *u, enum update_work w,
    const struct update_event *ev, struct update_effects *out)
{
	enum update_refusal why = no_stick(u);

	if (is_files(u->work))
		return;
	/* Not end_files: the other work goes on. */
	u->report.file_count = 0;
	if (!is_still(u)) {
		u->report.files = UPDATE_FILES_REFUSED;
		u->report.files_refusal = UPDATE_BUSY;
	} else if (why != UPDATE_REFUSAL_UNSET) {
		update_refuse_files(u, why, "update: no stick for the files",
		    ev, out);
	} else {
		u->report.files = w == UPDATE_WORK_FETCH ? UPDATE_FETCHING
							 : UPDATE_STORING;
		u->report.files_refusal = UPDATE_REFUSAL_UNSET;
		update_start(u, w, ev, out);
	}
}

static void ask_clock(struct update *u, const struct update_event *ev,
    struct update_effects *out)
{
	if (u->report.trial || ev->request.clock_s < u->base.running.built_s)
		return;
	out->bits |= UPDATE_DO_CLOCK;
	out->clock_s = ev->request.clock_s;
}

void update_requested(struct update *u, const struct update_event *ev,
    struct update_effects *out)
{
	out->bits |= UPDATE_DO_REPORT;
	switch (ev->request.kind) {
	case UPDATE_ASK_LOOK:
		update_ask_look(u, ev, out);
		return;
	case UPDATE_ASK_UPDATE:
		ask_update(u, ev, out);
		return;
	case UPDATE_ASK_CANCEL:
		ask_cancel(u, ev, out);
		return;
	case UPDATE_ASK_RESTART:
	case UPDATE_ASK_POWER_OFF:
		ask_down(u, ev->request.kind == UPDATE_ASK_POWER_OFF, ev, out);
		return;
	case UPDATE_ASK_GOOD:
		update_ask_good(u, ev, out);
		return;
	case UPDATE_ASK_LOGGED:
		ask_logged(u, ev, out);
		return;
	case UPDATE_ASK_STORAGE_ON:
		u->report.storage = true;
		out->bits |= UPDATE_DO_STORAGE_ON;
		return;
	case UPDATE_ASK_STORAGE_OFF:
		ask_storage_off(u, ev, out);
		return;
	case UPDATE_ASK_FETCH:
		ask_files(u, UPDATE_WORK_FETCH, ev, out);
		return;
	case UPDATE_ASK_STORE:
		ask_files(u, UPDATE_WORK_STORE, ev, out);
		return;
	case UPDATE_ASK_CLOCK:
		ask_clock(u, ev, out);
		return;
	case UPDATE_ASK_UNSET:
	case UPDATE_ASK_REPORT:
	case UPDATE_REQUESTS:
		return;
	}
}
