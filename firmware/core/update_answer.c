#include "update_inner.h"

#include <string.h>

/* ---- judgements ---- */

static enum update_refusal judge_version(const struct update *u,
    struct release_version v)
{
	int order = release_version_compare(v, u->base.running.version);

	if (!release_version_is_set(v))
		return UPDATE_BAD_RELEASE;
	if (order < 0)
		return UPDATE_DOWNGRADE;
	return order == 0 ? UPDATE_SAME_VERSION : UPDATE_REFUSAL_UNSET;
}

static enum update_refusal judge_offer(const struct update *u,
    const struct update_found *f)
{
	enum update_refusal why;

	if (strcmp(f->compatible, u->base.running.compatible) != 0)
		return UPDATE_WRONG_PRODUCT;
	why = judge_version(u, f->version);
	if (why == UPDATE_REFUSAL_UNSET && f->security != 0 &&
	    f->security < u->report.floor)
		why = UPDATE_BELOW_FLOOR;
	return why;
}

static enum update_refusal judge_release(const struct update *u,
    const struct release *r)
{
	const struct update_found *f = &u->offer;
	enum update_refusal why = judge_version(u, r->version);

	if (strcmp(r->product, u->base.running.product) != 0 ||
	    strcmp(r->compatible, u->base.running.compatible) != 0)
		return UPDATE_WRONG_PRODUCT;
	if (release_version_compare(r->version, f->version) != 0 ||
	    r->security == 0 ||
	    (f->security != 0 && r->security != f->security))
		return UPDATE_BAD_RELEASE;
	if (why == UPDATE_REFUSAL_UNSET && r->security < u->report.floor)
		why = UPDATE_BELOW_FLOOR;
	return why;
}

static const char *judgement_text(enum update_refusal why)
{
	if (why == UPDATE_WRONG_PRODUCT)
		return "update: the bundle is for another machine";
	if (why == UPDATE_DOWNGRADE)
		return "update: the bundle is older than what runs";
	if (why == UPDATE_SAME_VERSION)
		return "update: the bundle is the version that runs";
	if (why == UPDATE_BELOW_FLOOR)
		return "update: the bundle's security counter is below the "
		       "floor";
	return "update: the manifest and the release in the image do not "
	       "agree";
}

static bool same_release(const struct release *a, const struct release *b)
{
	return strcmp(a->product, b->product) == 0 &&
	    strcmp(a->compatible, b->compatible) == 0 &&
	    release_version_compare(a->version, b->version) == 0 &&
	    a->security == b->security && a->built_s == b->built_s;
}

/* ---- answers of the work ---- */

static void show_offer(struct update *u)
{
	struct update_report *r = &u->report;

	r->to = u->offer.version;
	r->security = u->offer.security;
	r->signed_s = u->offer.signed_s;
	memcpy(r->signer, u->offer.signer, sizeof(r->signer));
}

static void judged(struct update *u, enum update_refusal why,
    const struct update_event *ev, struct update_effects *out)
{
	update_refuse(u, why, str_from(judgement_text(why)), ev, out);
}

static void looked(struct update *u, const struct update_event *ev,
    struct update_effects *out)
{
	enum update_refusal why;

	u->offer = ev->found;
	show_offer(u);
	why = judge_offer(u, &u->offer);
	if (why == UPDATE_REFUSAL_UNSET)
		update_enter(u, UPDATE_OFFERED, ev, out);
	else
		judged(u, why, ev, out);
}

static void verified(struct update *u, const struct update_event *ev,
    struct update_effects *out)
{
	enum update_refusal why;

	if (memcmp(ev->found.digest, u->offer.digest, UPDATE_DIGEST) != 0) {
		update_refuse(u, UPDATE_CHANGED,
		    str_from("update: the copy is not what was offered"), ev,
		    out);
		return;
	}
	why = judge_release(u, &ev->release);
	if (why != UPDATE_REFUSAL_UNSET) {
		judged(u, why, ev, out);
		return;
	}
	u->verified = ev->release;
	u->report.security = ev->release.security;
	u->report.done_bytes = u->report.total_bytes = 0;
	update_enter(u, UPDATE_WRITING, ev, out);
	update_start(u, UPDATE_WORK_WRITE, ev, out);
}

static void checked(struct update *u, const struct update_event *ev,
    struct update_effects *out)
{
	enum update_refusal why = judge_release(u, &ev->release);

	if (why != UPDATE_REFUSAL_UNSET)
		judged(u, why, ev, out);
	else if (!same_release(&ev->release, &u->verified))
		update_refuse(u, UPDATE_SLOT_WRITE,
		    str_from("update: the slot does not hold what was written"),
		    ev, out);
	else
		update_start(u, UPDATE_WORK_ACTIVATE, ev, out);
}

static void became_good(struct update *u, const struct update_event *ev,
    struct update_effects *out)
{
	struct update_report *r = &u->report;

	u->healthy = true;
	if (r->floor < u->base.running.security)
		r->floor = u->base.running.security;
	if (r->trial) {
		r->trial = false;
		r->outcome = UPDATE_INSTALLED;
		r->outcome_id = u->base.trial_id;
		r->outcome_from = u->base.trial_from;
		r->outcome_to = u->base.running.version;
		r->outcome_s = ev->now_s;
	}
	update_rest(u, ev);
	out->bits |= UPDATE_DO_REPORT;
}

void update_done(struct update *u, const struct update_event *ev,
    struct update_effects *out)
{
	switch (ev->work) {
	case UPDATE_WORK_LOOK:
		looked(u, ev, out);
		return;
	case UPDATE_WORK_COPY:
		update_move_on(u, UPDATE_VERIFYING, UPDATE_WORK_VERIFY, ev,
		    out);
		return;
	case UPDATE_WORK_VERIFY:
		verified(u, ev, out);
		return;
	case UPDATE_WORK_WRITE:
		update_move_on(u, UPDATE_CHECKING, UPDATE_WORK_CHECK, ev, out);
		return;
	case UPDATE_WORK_CHECK:
		checked(u, ev, out);
		return;
	case UPDATE_WORK_ACTIVATE:
		out->bits |= UPDATE_DO_DROP;
		update_enter(u, UPDATE_READY, ev, out);
		return;
	case UPDATE_WORK_GOOD:
		became_good(u, ev, out);
		return;
	case UPDATE_WORK_FETCH:
	case UPDATE_WORK_STORE:
		u->report.file_count = ev->count;
		update_end_files(u,
		    ev->work == UPDATE_WORK_FETCH ? UPDATE_FETCHED
						  : UPDATE_STORED,
		    UPDATE_REFUSAL_UNSET, str_from(""), ev, out);
		return;
	case UPDATE_WORK_NONE:
	case UPDATE_WORKS:
		return;
	}
}

/* The work under way ended badly, or was ended. */
void update_fail(struct update *u, enum update_refusal why, struct str detail,
    const struct update_event *ev, struct update_effects *out)
{
	switch (u->work) {
	case UPDATE_WORK_LOOK:
	case UPDATE_WORK_COPY:
	case UPDATE_WORK_VERIFY:
	case UPDATE_WORK_WRITE:
	case UPDATE_WORK_CHECK:
	case UPDATE_WORK_ACTIVATE:
		update_refuse(u, why, detail, ev, out);
		return;
	case UPDATE_WORK_GOOD:
		/* It can be asked for again; the trial's end decides. */
		update_stop(u, out);
		update_say(u, detail);
		update_rest(u, ev);
		out->bits |= UPDATE_DO_REPORT;
		return;
	case UPDATE_WORK_FETCH:
	case UPDATE_WORK_STORE:
		update_end_files(u, UPDATE_FILES_REFUSED, why, detail, ev, out);
		return;
	case UPDATE_WORK_NONE:
	case UPDATE_WORKS:
		return;
	}
}
