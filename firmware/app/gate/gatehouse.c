#include "gatehouse.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { SLOW_MS = 300, SECOND_MS = 1000 };

int gatehouse_open(const struct office *o, const struct gatehouse_hands *hands,
    struct gatehouse **out, struct err *e)
{
	struct gatehouse *g = calloc(1, sizeof(*g));
	int r = g == NULL ? err_set(e, -ENOMEM, "gate: out of memory")
			  : inside_open(&g->inside, e);

	*out = NULL;
	if (r == 0) {
		g->office = o;
		g->hands = *hands;
		gatehouse_rules(g, NULL, NULL);
		gate_session_init(&g->session, &g->rules);
		*out = g;
		g = NULL;
	}
	gatehouse_close(g);
	return r;
}

void gatehouse_close(struct gatehouse *g)
{
	if (g == NULL)
		return;
	inside_close(g->inside);
	officers_fini(&g->officers);
	sodium_memzero(&g->rules, sizeof(g->rules));
	sodium_memzero(&g->session, sizeof(g->session));
	free(g);
}

static int32_t day_at(const struct gatehouse *g, int64_t now_s)
{
	return civil_local(now_s, g->office->config.offset_s).day;
}

/* Only while the stores are open; how they fail is the terminal's to tell. */
static void reload_inside(struct gatehouse *g, int64_t now_s)
{
	struct err e = {0};

	if (inside_load(g->inside, g->stores->journal, g->stores->cache,
		day_at(g, now_s), gatehouse_device(g), &e) < 0) {
		inside_forget(g->inside);
		g->hands.failed(g->hands.ctx, &e);
	}
}

/* ---- what a step asks for ---- */

static void record(struct gatehouse *g, int64_t now_s, int64_t mono_ms)
{
	const struct gate_session *s = &g->session;
	struct err e = {0};

	if (g->stores == NULL)
		return;
	if (journal_gate_refuse(g->stores->journal, now_s, day_at(g, now_s),
		s->verdict, s->subject.of == PASS_UNSET ? NULL : &s->subject,
		&e) < 0)
		g->hands.failed(g->hands.ctx, &e);
	else if (g->passing.sync != NULL)
		sync_poke(g->passing.sync, mono_ms);
}

/* A failure answers "storage fault", never "not used". */
static void look(struct gatehouse *g, struct gate_event *next)
{
	const struct pass_subject *s = &g->session.subject;
	struct gate_known *known = &next->known;
	struct err e = {0};
	int r;

	next->kind = GATE_EV_KNOWN;
	if (g->stores == NULL || !g->hands.serves(g->hands.ctx))
		return;
	r = gatehouse_known(g, s, next->mono_ms, known, &e);
	if (r == 0 && s->of == PASS_CODE)
		r = gatehouse_facts(g, next->now_s, next->mono_ms,
		    &known->facts, &e);
	known->storage_ok = r == 0;
	if (r < 0)
		g->hands.failed(g->hands.ctx, &e);
}

static void count(struct gatehouse *g, const struct pass *p)
{
	struct pass_move m = {.key = p->key,
	    .of = p->subject.of,
	    .out = p->out,
	    .companions = p->subject.companions,
	    .letter = p->subject.letter,
	    .number = p->subject.number,
	    .time_s = p->time_s};
	struct err e = {0};

	if (p->subject.day == inside_day(g->inside) &&
	    inside_put(g->inside, &m, &e) < 0)
		g->hands.say(g->hands.ctx, e.text);
}

/* What the hub holds already must fit somewhere, or it would be "used" at every
 * gate. The next one is told that the disk is full. */
static int write_pass(struct gatehouse *g, const struct pass *p,
    struct pass *out, struct err *e)
{
	int r = journal_pass(g->stores->journal, p, out, e);

	if (r != -ENOSPC || !g->hands.more_room(g->hands.ctx))
		return r;
	g->hands.failed(g->hands.ctx, e);
	return journal_pass(g->stores->journal, p, out, e);
}

static void make_durable(struct gatehouse *g, const struct pass *p,
    struct gate_event *next)
{
	struct err e = {0};
	int r = write_pass(g, p, &next->pass, &e);

	if (r == 0) {
		next->kind = GATE_EV_PASSED;
		count(g, &next->pass);
		if (g->passing.sync != NULL)
			sync_poke(g->passing.sync, next->mono_ms);
		return;
	}
	next->kind = GATE_EV_NOT_PASSED;
	next->verdict = GATE_STORAGE;
	if (r != -EEXIST)
		g->hands.failed(g->hands.ctx, &e);
	else if (gatehouse_gone(g, p, &next->by))
		next->verdict = GATE_USED;
}

/* The hub is asked only about a pass that will fit: one that it holds and
 * nobody made would turn its visitor away at the other gates. */
static bool has_room(struct gatehouse *g, const struct pass *p, int64_t mono_ms)
{
	struct err e = {0};

	if (!passing_asks(&g->passing, p, mono_ms) ||
	    journal_try(g->stores->journal, &e) == 0)
		return true;
	g->hands.failed(g->hands.ctx, &e);
	return false;
}

static void pass(struct gatehouse *g, struct gate_event *next)
{
	const struct pass *p = &g->session.pass;

	if (g->stores == NULL || !g->hands.serves(g->hands.ctx) ||
	    !has_room(g, p, next->mono_ms)) {
		next->kind = GATE_EV_NOT_PASSED;
		next->verdict = GATE_STORAGE;
	} else if (passing_begin(&g->passing, p, next->mono_ms) == PASSING_GO) {
		make_durable(g, p, next);
	}
}

static void play(struct gatehouse *g, unsigned fx)
{
	if ((fx & GATE_EFFECT_SOUND_YES) != 0)
		g->hands.sound(g->hands.ctx, UI_SOUND_YES);
	else if ((fx & GATE_EFFECT_SOUND_WAIT) != 0)
		g->hands.sound(g->hands.ctx, UI_SOUND_WAIT);
	else if ((fx & GATE_EFFECT_SOUND_NO) != 0)
		g->hands.sound(g->hands.ctx, UI_SOUND_NO);
}

/* One answer at most follows from a step. The output comes first: somebody
 * stands there. */
static bool carry_out(struct gatehouse *g, unsigned fx, struct gate_event *ev)
{
	int64_t now_s = ev->now_s, mono_ms = ev->mono_ms;

	if ((fx & GATE_EFFECT_OPEN) != 0 && ev->kind == GATE_EV_PASSED)
		g->hands.open(g->hands.ctx);
	play(g, fx);
	sodium_memzero(ev, sizeof(*ev));
	ev->now_s = now_s;
	ev->mono_ms = mono_ms;
	if ((fx & GATE_EFFECT_REFUSE) != 0)
		record(g, now_s, mono_ms);
	if ((fx & GATE_EFFECT_LOOK) != 0)
		look(g, ev);
	else if ((fx & GATE_EFFECT_PASS) != 0)
		pass(g, ev);
	return ev->kind != GATE_EV_UNSET;
}

static bool waits(enum gate_state s)
{
	return s == GATE_LOOKING || s == GATE_ENTERING;
}

static bool like_a_badge(struct str text)
{
	size_t len = strlen(OFFICERS_PREFIX);

	return text.len > len && memcmp(text.ptr, OFFICERS_PREFIX, len) == 0;
}

static void whose_badge(struct gatehouse *g, struct gate_event *ev)
{
	const char *name;

	ev->officer[0] = '\0';
	if (ev->kind != GATE_EV_SCAN)
		return;
	name = officers_find(&g->officers, ev->text);
	if (name == NULL ||
	    !str_copy(ev->officer, sizeof(ev->officer), str_from(name)))
		ev->officer[0] = '\0';
	g->strange_badge = ev->officer[0] == '\0' && like_a_badge(ev->text);
}

static void step(struct gatehouse *g, struct gate_event *next)
{
	bool more = true;

	while (more) {
		bool waited = waits(g->session.state);
		unsigned fx;

		randombytes_buf(&next->random, sizeof(next->random));
		fx = gate_step(&g->session, &g->rules, next);
		if (!waited)
			g->waiting_ms = next->mono_ms;
		more = carry_out(g, fx, next);
	}
	sodium_memzero(next, sizeof(*next));
}

void gatehouse_event(struct gatehouse *g, const struct gate_event *ev)
{
	struct gate_event next = *ev;

	if (g->stores != NULL && day_at(g, ev->now_s) != inside_day(g->inside))
		reload_inside(g, ev->now_s);
	whose_badge(g, &next);
	step(g, &next);
}

/* ---- the hub ---- */

static void follow_feed(struct gatehouse *g, int64_t now_s)
{
	struct cache_feed feed;

	if (cache_feed_state(g->stores->cache, day_at(g, now_s), &feed, NULL) <
		0 ||
	    (feed.epoch == g->feed_epoch && feed.at == g->feed_at))
		return;
	g->feed_epoch = feed.epoch;
	g->feed_at = feed.at;
	reload_inside(g, now_s);
}

/* The session may have given up waiting. */
static bool still_wanted(const struct gatehouse *g)
{
	return g->session.state == GATE_ENTERING &&
	    memcmp(&g->session.pass.op_id, &g->passing.asked.op_id,
		OP_ID_BYTES) == 0;
}

void gatehouse_hub(struct gatehouse *g, int64_t now_s, int64_t mono_ms)
{
	struct gate_event next = {.now_s = now_s, .mono_ms = mono_ms};
	enum passing_step s;

	if (g->passing.sync == NULL || g->stores == NULL)
		return;
	follow_feed(g, now_s);
	s = passing_go_on(&g->passing, mono_ms, &next.by);
	if (s == PASSING_IDLE || s == PASSING_WAIT || !still_wanted(g))
		return;
	/* While the hub kept silent its feed may have spoken. */
	if (s == PASSING_USED ||
	    gatehouse_gone(g, &g->passing.asked, &next.by)) {
		next.kind = GATE_EV_NOT_PASSED;
		next.verdict = GATE_USED;
	} else if (g->hands.serves(g->hands.ctx)) {
		make_durable(g, &g->passing.asked, &next);
	} else {
		next.kind = GATE_EV_NOT_PASSED;
		next.verdict = GATE_STORAGE;
	}
	step(g, &next);
}

void gatehouse_doubled(struct gatehouse *g, const struct admission *a,
    const struct claim_by *by)
{
	struct inside_double d = {.what = {.letter = a->ticket.letter,
				      .number = a->ticket.number,
				      .here_s = a->time_s,
				      .there_s = by->time_s},
	    .device = by->device};

	if (a->pass != 0)
		inside_add_double(g->inside, &d);
}

/* ---- when ---- */

int64_t gatehouse_deadline_ms(const struct gatehouse *g, int64_t mono_ms)
{
	const struct gate_session *s = &g->session;
	int64_t due = s->deadline_ms;
	int64_t slow_ms = g->waiting_ms + SLOW_MS;

	if (waits(s->state) && slow_ms > mono_ms && slow_ms < due)
		due = slow_ms;
	/* The seconds of a pause count down on the screen. */
	if (s->state == GATE_SHOWN && s->verdict == GATE_SHORT_WAIT &&
	    s->pause_ms > mono_ms && mono_ms + SECOND_MS < due)
		due = mono_ms + SECOND_MS;
	return due;
}
