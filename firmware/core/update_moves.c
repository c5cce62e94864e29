#include "update_inner.h"

#include <string.h>

void update_say(struct update *u, struct str detail)
{
	if (!str_copy(u->report.detail, sizeof(u->report.detail),
		str_cut(detail, 0, sizeof(u->report.detail) - 1)))
		u->report.detail[0] = '\0';
}

static int64_t after(const struct update_event *ev, int64_t ms)
{
	return ev->mono_ms + ms;
}

static int64_t phase_wait_ms(enum update_phase p)
{
	switch (p) {
	case UPDATE_OFFERED:
		return UPDATE_OFFER_MS;
	case UPDATE_RESTARTING:
		return UPDATE_RESTART_MS;
	case UPDATE_UNSET:
	case UPDATE_IDLE:
	case UPDATE_LOOKING:
	case UPDATE_COPYING:
	case UPDATE_VERIFYING:
	case UPDATE_WRITING:
	case UPDATE_CHECKING:
	case UPDATE_READY:
	case UPDATE_REFUSED:
	case UPDATE_PHASES:
		return 0;
	}
	return 0;
}

int64_t update_wait_ms(enum update_work w)
{
	switch (w) {
	case UPDATE_WORK_LOOK:
		return UPDATE_LOOK_MS;
	case UPDATE_WORK_COPY:
		return UPDATE_STILL_MS;
	case UPDATE_WORK_VERIFY:
		return UPDATE_VERIFY_MS;
	case UPDATE_WORK_WRITE:
		return UPDATE_WRITE_MS;
	case UPDATE_WORK_CHECK:
	case UPDATE_WORK_GOOD:
		return UPDATE_CHECK_MS;
	case UPDATE_WORK_ACTIVATE:
		return UPDATE_ACTIVATE_MS;
	case UPDATE_WORK_FETCH:
	case UPDATE_WORK_STORE:
		return UPDATE_FILES_MS;
	case UPDATE_WORK_NONE:
	case UPDATE_WORKS:
		return 0;
	}
	return 0;
}

/* No work: the deadline is the phase's own. */
void update_rest(struct update *u, const struct update_event *ev)
{
	int64_t ms = phase_wait_ms(u->report.phase);

	u->work = UPDATE_WORK_NONE;
	u->deadline_ms = ms == 0 ? INT64_MAX : after(ev, ms);
}

void update_enter(struct update *u, enum update_phase p,
    const struct update_event *ev, struct update_effects *out)
{
	u->report.phase = p;
	if (p != UPDATE_REFUSED)
		u->report.refusal = UPDATE_REFUSAL_UNSET;
	update_rest(u, ev);
	out->bits |= UPDATE_DO_REPORT;
}

void update_start(struct update *u, enum update_work w,
    const struct update_event *ev, struct update_effects *out)
{
	u->work = w;
	u->deadline_ms = after(ev, update_wait_ms(w));
	out->work = w;
	out->bits |= UPDATE_DO_START | UPDATE_DO_REPORT;
}

void update_stop(struct update *u, struct update_effects *out)
{
	if (u->work != UPDATE_WORK_NONE)
		out->bits |= UPDATE_DO_STOP;
	u->work = UPDATE_WORK_NONE;
}

/* What was offered is forgotten. */
void update_forget_offer(struct update *u)
{
	struct update_report *r = &u->report;

	memset(&u->offer, 0, sizeof(u->offer));
	memset(&u->verified, 0, sizeof(u->verified));
	memset(&r->to, 0, sizeof(r->to));
	memset(r->signer, 0, sizeof(r->signer));
	r->security = 0;
	r->signed_s = 0;
	r->done_bytes = r->total_bytes = 0;
	r->refusal = UPDATE_REFUSAL_UNSET;
	memset(r->detail, 0, sizeof(r->detail));
}

void update_go_idle(struct update *u, const struct update_event *ev,
    struct update_effects *out)
{
	update_stop(u, out);
	update_forget_offer(u);
	out->bits |= UPDATE_DO_DROP;
	update_enter(u, UPDATE_IDLE, ev, out);
}

/* from, to and signer stay for the screen that says why. */
void update_refuse(struct update *u, enum update_refusal why, struct str detail,
    const struct update_event *ev, struct update_effects *out)
{
	update_stop(u, out);
	u->report.refusal = why;
	update_say(u, detail);
	out->bits |= UPDATE_DO_DROP;
	update_enter(u, UPDATE_REFUSED, ev, out);
}

void update_end_files(struct update *u, enum update_files state,
    enum update_refusal why, struct str detail, const struct update_event *ev,
    struct update_effects *out)
{
	update_stop(u, out);
	u->report.files = state;
	u->report.files_refusal = why;
	if (why != UPDATE_REFUSAL_UNSET)
		update_say(u, detail);
	update_rest(u, ev);
	out->bits |= UPDATE_DO_REPORT;
}

void update_refuse_files(struct update *u, enum update_refusal why,
    const char *detail, const struct update_event *ev,
    struct update_effects *out)
{
	update_end_files(u, UPDATE_FILES_REFUSED, why, str_from(detail), ev,
	    out);
}

void update_go_down(struct update *u, bool off, const struct update_event *ev,
    struct update_effects *out)
{
	update_stop(u, out);
	u->power_off = off;
	out->bits |= off ? UPDATE_DO_POWER_OFF : UPDATE_DO_RESTART;
	update_enter(u, UPDATE_RESTARTING, ev, out);
}

void update_move_on(struct update *u, enum update_phase p, enum update_work w,
    const struct update_event *ev, struct update_effects *out)
{
	update_enter(u, p, ev, out);
	update_start(u, w, ev, out);
}

bool update_needs_stick(enum update_work w)
{
	return w == UPDATE_WORK_LOOK || w == UPDATE_WORK_COPY ||
	    w == UPDATE_WORK_FETCH || w == UPDATE_WORK_STORE;
}
