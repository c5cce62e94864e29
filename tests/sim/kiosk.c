/*
 * A terminal without devices: what firmware/app/carry.c and hubside.c do with
 * a visitor, in their order and by the same calls, without screen, scanner and
 * printer.
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "judge.h"
#include "kiosk_inner.h"
#include "wrap.h"

int64_t kiosk_mono_ms(const struct world *w, const struct kiosk *k)
{
	return w->now_ms - k->boot_ms + SECOND;
}

int64_t kiosk_wall_s(const struct world *w, const struct kiosk *k)
{
	return (w->now_ms + k->clock_off_ms) / SECOND;
}

struct civil_now kiosk_local(const struct world *w, const struct kiosk *k)
{
	return civil_local(kiosk_wall_s(w, k), ZONE_S);
}

bool kiosk_dead(const struct kiosk *k)
{
	return disk_dead(k->disk);
}

static bool serves(const struct kiosk *k)
{
	return k->storage_ok && sync_state(k->sync) == SYNC_SERVING;
}

void kiosk_storage_failed(struct world *w, struct kiosk *k, const struct err *e)
{
	k->storage_ok = false;
	if (!kiosk_dead(k))
		world_log(w, "%s: %s", k->name, e->text);
}

struct event kiosk_event(const struct world *w, const struct kiosk *k,
    enum event_kind kind)
{
	struct event ev = {.kind = kind};

	ev.now_s = kiosk_wall_s(w, k);
	ev.mono_ms = kiosk_mono_ms(w, k);
	return ev;
}

/* ---- what is known of a code (carry.c) ---- */

static int gather_facts(struct world *w, struct kiosk *k,
    struct checkin_facts *f, struct err *e)
{
	int r = cache_find(k->cache, &k->session.hash, &f->booking, e);

	if (r < 0 && r != -ENOENT)
		return r;
	f->found = r == 0;
	r = journal_usage(k->journal, &k->session.hash, kiosk_local(w, k).day,
	    &f->usage, e);
	if (r == 0)
		r = claiming_facts(&k->claiming, &k->session.hash,
		    kiosk_wall_s(w, k), kiosk_mono_ms(w, k), f, e);
	f->storage_ok = serves(k);
	return r;
}

static void look_up(struct world *w, struct kiosk *k, struct event *next)
{
	struct err e = {0};

	next->kind = EV_FACTS;
	if (gather_facts(w, k, &next->facts, &e) < 0) {
		next->facts.storage_ok = false;
		kiosk_storage_failed(w, k, &e);
	}
}

/* ---- a claim ---- */

static void claim_failed(struct world *w, struct kiosk *k, int r,
    const struct err *e, struct event *next)
{
	next->kind = EV_CLAIM_FAILED;
	next->full = r == -ERANGE || r == -EDQUOT;
	if (!next->full && r != -EINVAL)
		kiosk_storage_failed(w, k, e);
}

static void admit(struct world *w, struct kiosk *k,
    const struct admit_request *q, enum how how, struct event *next)
{
	struct admit_request request = *q;
	struct err e = {0};
	int r;

	if (w->options.fault == FAULT_NEW_OP && how == HOW_NO_ANSWER)
		request.op_id = journal_op_id();
	judge_own_admission(w, k, &request, how);
	r = journal_admit(k->journal, &request, &next->admission, &e);
	if (r == 0)
		next->kind = EV_CLAIMED;
	else if (r == -EEXIST)
		look_up(w, k, next);
	else
		claim_failed(w, k, r, &e, next);
	if (r == 0) {
		judge_admitted(w, k, &next->admission, how);
		sync_poke(k->sync, next->mono_ms);
	}
}

/* What follows from a step of the claim (hubside.c). */
static void follow(struct world *w, struct kiosk *k, enum claiming_step step,
    enum how how, const struct claiming_word *word, const struct err *e,
    struct event *next)
{
	switch (step) {
	case CLAIMING_IDLE:
	case CLAIMING_WAIT:
		return;
	case CLAIMING_ADMIT:
		admit(w, k, &k->claiming.asked, how, next);
		return;
	case CLAIMING_JUDGE:
		look_up(w, k, next);
		claiming_put(word, &next->facts);
		return;
	case CLAIMING_FAILED:
		next->kind = EV_CLAIM_FAILED;
		kiosk_storage_failed(w, k, e);
		return;
	}
}

static void claim_with_hub(struct world *w, struct kiosk *k,
    const struct admit_request *request, struct event *next)
{
	struct claiming_word word;
	struct admit_request intent;
	struct err e = {0};
	bool left = journal_intent(k->journal, &request->booking, request->day,
			&intent, NULL) == 0;
	enum claiming_step step = claiming_begin(&k->claiming, request,
	    next->mono_ms, &word, &e);

	if (step == CLAIMING_WAIT)
		w->totals.asks++;
	if (word.elsewhere && w->options.fault == FAULT_NO_HOME)
		step = CLAIMING_ADMIT;
	else if (word.elsewhere)
		w->totals.elsewhere++;
	if (step == CLAIMING_ADMIT)
		w->totals.alone++;
	follow(w, k, step, left ? HOW_TAKEN_UP : HOW_ALONE, &word, &e, next);
}

static void claim(struct world *w, struct kiosk *k, struct event *next)
{
	struct admit_request request;
	struct err e = {0};
	int r = claiming_request(&k->session, &w->services, kiosk_local(w, k),
	    next->now_s, &request, &e);

	if (r < 0)
		claim_failed(w, k, r, &e, next);
	else
		claim_with_hub(w, k, &request, next);
}

/* ---- printing ---- */

static void end_job(struct world *w, struct kiosk *k, uint32_t id,
    enum print_verdict verdict)
{
	struct event ev = kiosk_event(w, k, EV_PRINT);
	struct err e = {0};
	struct job *job = NULL;

	ev.job_id = id;
	ev.print = verdict;
	if (id != 0 && id == k->job.id)
		job = &k->job;
	else if (id != 0 && id == k->last_job.id)
		job = &k->last_job;
	if (job != NULL &&
	    journal_print_end(k->journal, ev.now_s, &job->admission, job->copy,
		verdict, &e) < 0)
		kiosk_storage_failed(w, k, &e);
	if (job == &k->job) {
		k->last_job = k->job;
		k->job.id = 0;
	}
	kiosk_step(w, k, &ev);
}

static void job_ends(struct world *w, const struct happening *h)
{
	struct kiosk *k = &w->kiosk[h->who];

	/* a: boot, job and verdict */
	if (!k->on || k->boot != (int)(h->a >> 40))
		return;
	end_job(w, k, (uint32_t)(h->a >> 8), (enum print_verdict)(h->a & 255));
	kiosk_service(w, k);
}

static void job_at(struct world *w, struct kiosk *k, int64_t ms, uint32_t id,
    enum print_verdict verdict)
{
	world_at(w, w->now_ms + ms, job_ends, k->index,
	    (int64_t)k->boot << 40 | (int64_t)id << 8 | (int64_t)verdict, NULL);
}

static void print_job(struct world *w, struct kiosk *k, uint32_t id)
{
	struct rng *r = &w->rng;
	bool bad = rng_chance(r, k->bad_printer);

	if (!bad) {
		job_at(w, k, rng_range(r, 1500, 4000), id, PRINT_PRINTED);
		return;
	}
	switch (rng_range(r, 0, 3)) {
	case 0:
		job_at(w, k, rng_range(r, 50, 2000), id, PRINT_NOT_PRINTED);
		return;
	case 1:
		job_at(w, k, rng_range(r, 1000, 9000), id, PRINT_PARTIAL);
		return;
	case 2:
		job_at(w, k, rng_range(r, 9000, 15000), id, PRINT_UNSURE);
		return;
	default: /* and a late proof */
		job_at(w, k, 15000, id, PRINT_UNSURE);
		job_at(w, k, rng_range(r, 16000, 50000), id, PRINT_PRINTED);
		return;
	}
}

static void print(struct world *w, struct kiosk *k, bool copy, int64_t now_s)
{
	struct err e = {0};
	uint32_t id = k->session.job_id;

	if (journal_print_start(k->journal, now_s, &k->session.admission, copy,
		&e) < 0) {
		kiosk_storage_failed(w, k, &e);
		end_job(w, k, id, PRINT_NOT_PRINTED);
		return;
	}
	if (k->job.id != 0)
		k->last_job = k->job;
	k->job.id = id;
	k->job.admission = k->session.admission;
	k->job.copy = copy;
	if (copy)
		w->totals.copies++;
	print_job(w, k, id);
}

/* ---- the session's effects ---- */

static void record(struct world *w, struct kiosk *k, int64_t now_s)
{
	struct err e = {0};

	if (journal_refuse(k->journal, now_s, kiosk_local(w, k).day,
		k->session.decision.verdict, &k->session.hash, &e) < 0)
		kiosk_storage_failed(w, k, &e);
}

static void find_copy(struct world *w, struct kiosk *k, struct event *next)
{
	struct err e = {0};
	int r = journal_find_admission(k->journal, &k->session.hash,
	    kiosk_local(w, k).day, &next->admission, &e);

	next->kind = r == 0 ? EV_CLAIMED : EV_CLAIM_FAILED;
}

static bool carry_out(struct world *w, struct kiosk *k,
    const struct session_effects *fx, struct event *next)
{
	*next = kiosk_event(w, k, EV_UNSET);
	if ((fx->bits & EFFECT_RECORD) != 0)
		record(w, k, next->now_s);
	if ((fx->bits & EFFECT_PRINT) != 0)
		print(w, k, fx->copy, next->now_s);
	if ((fx->bits & EFFECT_LOOKUP) != 0)
		look_up(w, k, next);
	else if ((fx->bits & EFFECT_CLAIM) != 0)
		claim(w, k, next);
	else if ((fx->bits & EFFECT_FIND_COPY) != 0)
		find_copy(w, k, next);
	return next->kind != EV_UNSET;
}

static bool storage_is_news(struct world *w, struct kiosk *k,
    struct event *next)
{
	if (k->session.storage_ok == serves(k))
		return false;
	*next = kiosk_event(w, k, EV_HEALTH);
	return true;
}

/* What the person before it sees. */
static void show(struct world *w, struct kiosk *k)
{
	const struct session *s = &k->session;

	if (s->state == k->seen || kiosk_dead(k))
		return;
	if (s->state == SESSION_PRINTING)
		judge_acknowledged(w, k, &s->admission);
	if (s->state == SESSION_RESULT && k->front >= 0 &&
	    (s->decision.verdict == VERDICT_USED ||
		s->decision.verdict == VERDICT_USED_COPY))
		judge_used(w, k, k->front);
	k->seen = s->state;
	if (k->front >= 0)
		person_sees(w, k, k->front);
}

void kiosk_step(struct world *w, struct kiosk *k, const struct event *ev)
{
	struct session_effects fx;
	struct event next = *ev;
	bool more = true;

	kiosk_hub_clock(w, k);
	while (more && !kiosk_dead(k)) {
		if (next.kind == EV_HEALTH) {
			next.storage_ok = serves(k);
			next.printer.connected = FACT_YES;
			next.printer.proves_paper = true;
		}
		fx = session_step(&k->session, &k->rules, &next);
		show(w, k);
		more = carry_out(w, k, &fx, &next) ||
		    storage_is_news(w, k, &next);
	}
}

/* ---- the hub's word (hubside.c) ---- */

void kiosk_take_hub(struct world *w, struct kiosk *k)
{
	struct event ev = kiosk_event(w, k, EV_UNSET);
	struct claiming_word word;
	struct err e = {0};
	enum claiming_step step = claiming_go_on(&k->claiming, ev.mono_ms,
	    &word, &e);
	bool said_so = wrap_admitted();

	if (step == CLAIMING_IDLE || step == CLAIMING_WAIT)
		return;
	if (step == CLAIMING_ADMIT && !said_so)
		w->totals.unanswered++;
	follow(w, k, step, said_so ? HOW_ANSWERED : HOW_NO_ANSWER, &word, &e,
	    &ev);
	kiosk_step(w, k, &ev);
}

/* ---- visitors ---- */

bool kiosk_free(const struct world *w, const struct kiosk *k)
{
	(void)w;
	return k->on && k->front < 0 &&
	    (k->session.state == SESSION_HOME ||
		k->session.state == SESSION_TICKET ||
		k->session.state == SESSION_RESULT);
}

void kiosk_scan(struct world *w, struct kiosk *k, const char *code)
{
	struct event ev = kiosk_event(w, k, EV_SCAN);

	ev.text = str_from(code);
	k->seen = SESSION_UNSET;
	kiosk_try_storage(w, k);
	kiosk_step(w, k, &ev);
	kiosk_service(w, k);
}

void kiosk_press(struct world *w, struct kiosk *k, enum action action)
{
	struct event ev = kiosk_event(w, k, EV_ACTION);

	ev.action = action;
	kiosk_try_storage(w, k);
	kiosk_step(w, k, &ev);
	kiosk_service(w, k);
}

/* No screen for it yet: the claim as the journal takes it. */
void kiosk_walk_in(struct world *w, struct kiosk *k, int person)
{
	struct admit_request q = {.time_s = kiosk_wall_s(w, k),
	    .day = kiosk_local(w, k).day,
	    .letter = w->services.item[person % SERVICES].letter_walk_in,
	    .service = w->services.item[person % SERVICES].id,
	    .slot_min = (uint16_t)kiosk_local(w, k).minute,
	    .window_min = 60,
	    .booking_class = CLASS_WALK_IN,
	    .verdict = VERDICT_ADMIT_BOOKED};
	struct admission a;
	struct err e = {0};
	int r;

	if (!serves(k) || !checkin_clock_sure(&k->rules.checkin, q.time_s))
		return;
	q.op_id = journal_op_id();
	randombytes_buf(q.booking.bytes, sizeof(q.booking.bytes));
	r = journal_admit(k->journal, &q, &a, &e);
	if (r == 0) {
		w->totals.walk_ins++;
		judge_admitted(w, k, &a, HOW_WALK_IN);
		if (!kiosk_dead(k))
			judge_acknowledged(w, k, &a);
		w->person[person].ticket = true;
		sync_poke(k->sync, kiosk_mono_ms(w, k));
	} else if (r != -EDQUOT && r != -ERANGE) {
		kiosk_storage_failed(w, k, &e);
	}
	kiosk_service(w, k);
}
