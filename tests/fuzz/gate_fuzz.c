/* Hostile scans, keys and answers at a gate. A text that no kiosk signed is
 * never proven; nothing opens but what is durable, and nothing is passed on
 * but a genuine ticket, a fitting short code, an admitted booking or an
 * officer's word. */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "firmware/core/gate_session.h"

/* 2026-11-26 09:00 in WIB. */
enum { OFFICE = 4102, DAY = 20783, NINE = 1795658400, GENUINE = 4 };

static struct roster roster;
static struct gate_session_rules rules;
static struct ticket_text genuine[GENUINE];

static void must(bool fact)
{
	if (!fact)
		abort();
}

/* What is left of the bytes, and the clocks they move. */
struct world {
	const uint8_t *at, *end;
	struct gate_session s;
	int64_t now_s, mono_ms;
};

static void office(void)
{
	uint8_t seed[32] = {1}, secret[TICKET_SECRET_BYTES];
	struct ticket t = {TICKET_QUEUE, 1, 1, DAY, 3, 1, 17, 540, 45,
	    TICKET_BOOKED, 2};
	struct roster_device *d = &roster.item[0];

	roster.version = roster.count = 1;
	d->device = 3;
	d->role = ROSTER_KIOSK;
	d->live = true;
	d->key_id = 1;
	must(crypto_sign_seed_keypair(d->ticket_key, secret, seed) == 0);
	for (uint8_t i = 0; i < GENUINE; i++) {
		t.seq = i + 1U;
		t.number = (uint16_t)(i + 1);
		t.type = i == 2 ? TICKET_STANDBY : TICKET_QUEUE;
		t.day = i == 3 ? DAY - 1 : DAY;
		must(ticket_sign(&t, OFFICE, secret, &genuine[i]));
	}
}

static void set_rules(unsigned choice)
{
	memset(&rules, 0, sizeof(rules));
	rules.gate.checkin.office = OFFICE;
	rules.gate.checkin.offset_s = 7 * 3600;
	rules.gate.checkin.clock_floor_s = NINE - DAY_SECONDS;
	rules.gate.checkin.early_minutes = 30;
	for (int d = MON; d < WEEKDAYS; d++)
		must(hours_parse(str_from("07:30-15:00"),
		    &rules.gate.checkin.hours, (enum weekday)d));
	rules.gate.roster = &roster;
	rules.gate.has_secret = true;
	rules.gate.gate_secret.bytes[0] = 5;
	rules.gate.accept = (enum gate_accept)(choice & 3);
	rules.gate.way = (enum gate_way)(choice >> 2 & 3);
	rules.gate.reentry = choice >> 4 & 1;
	rules.gate.early_minutes = 30;
	rules.code = code_profile_own();
	rules.show_ms = 4000;
	rules.device = 17;
	rules.epoch = 1;
}

static unsigned next(struct world *w)
{
	return w->at == w->end ? 0 : *w->at++;
}

/* Up to 255 bytes, a genuine ticket or a well-formed booking code. */
static struct str next_text(struct world *w)
{
	unsigned len = next(w);
	struct str text;

	if (len < GENUINE)
		return str_from(genuine[len].digits);
	if (len == GENUINE)
		return str_from("0000000000");
	if (len > (size_t)(w->end - w->at))
		len = (unsigned)(w->end - w->at);
	text = str_of(w->at, len);
	w->at += len;
	return text;
}

/* The bytes as they are, or the next symbol of a short code that fits. */
static char next_symbol(struct world *w)
{
	struct day_key key = ticket_day_key(&rules.gate.gate_secret, DAY);
	char code[SHORT_CODE_SYMBOLS + 1];
	unsigned byte = next(w);
	size_t len = strlen(w->s.typed);

	ticket_short_code(&key, OFFICE, DAY, 1, 17, code);
	return byte < 128 || len > SHORT_CODE_SYMBOLS ? (char)byte : code[len];
}

static void known(struct world *w, struct gate_known *k)
{
	unsigned bits = next(w), n = next(w) % 8;
	struct booking *b = &k->facts.booking;

	k->storage_ok = bits & 1;
	k->elsewhere = bits & 2;
	k->facts.found = bits & 4;
	if (bits & 8)
		n += PASS_MOVES - 7;
	for (unsigned i = 0; i < n; i++) {
		struct pass_move m = {.of = PASS_TICKET,
		    .out = (bits >> 4) & i & 1,
		    .companions = i & 7,
		    .time_s = NINE - 600 + (int64_t)i};

		m.key.bytes[0] = (uint8_t)(i + 1);
		(void)pass_history_add(&k->history, &m);
	}
	b->office = OFFICE;
	b->day = DAY;
	b->start_min = (int16_t)(next(w) * 5);
	b->end_min = (int16_t)(b->start_min + 15);
	b->booking_class = CLASS_BOOKED;
	b->status = (uint8_t)(next(w) % 7);
	b->companions = (uint8_t)next(w);
}

static struct gate_event next_event(struct world *w)
{
	struct gate_event ev;

	memset(&ev, 0, sizeof(ev));
	ev.kind = (enum gate_event_kind)(next(w) % (GATE_EVENTS + 1));
	w->mono_ms += (int64_t)next(w) * 40;
	ev.mono_ms = w->mono_ms;
	ev.now_s = w->now_s;
	ev.random.bytes[3] = 9;
	switch (ev.kind) {
	case GATE_EV_SCAN:
		ev.text = next_text(w);
		if (next(w) % 4 == 3)
			memset(ev.officer, 'o', sizeof(ev.officer));
		break;
	case GATE_EV_KEY:
		ev.symbol = next_symbol(w);
		break;
	case GATE_EV_PRESS:
		ev.press = (enum gate_press)(next(w) % (GATE_PRESSES + 1));
		break;
	case GATE_EV_KNOWN:
		known(w, &ev.known);
		break;
	case GATE_EV_PASSED:
		ev.pass.op_id = w->s.pass.op_id;
		ev.pass.op_id.bytes[0] ^= (uint8_t)(next(w) & 1);
		ev.pass.n = next(w);
		break;
	case GATE_EV_NOT_PASSED:
		ev.verdict = (enum gate_verdict)(next(w) % (GATE_VERDICTS + 1));
		break;
	case GATE_EV_UNSET:
	case GATE_EV_TICK:
	case GATE_EV_ERASE:
	case GATE_EVENTS:
		w->now_s += (int64_t)next(w) * 60;
		ev.now_s = w->now_s;
		break;
	}
	return ev;
}

/* Who is passed on has shown something, or an officer stands for them. */
static void check_pass(const struct gate_session *before,
    const struct gate_session *s)
{
	const struct pass *p = &s->pass;
	bool officer = p->officer[0] != '\0';

	must(p->n == 0 && p->move < PASS_MOVES);
	must(officer == (p->reason != PASS_REASON_NONE));
	must(strlen(p->officer) < PASS_OFFICER);
	switch (p->subject.of) {
	case PASS_TICKET: /* one of today's three; the stand-by by an officer */
		must(p->subject.key_id == 1 && p->subject.seq >= 1 &&
		    p->subject.seq <= 3);
		must(p->subject.seq != 3 || officer || p->out || p->move > 0);
		return;
	case PASS_LABEL: /* a fitting short code, or a lost ticket */
		must(officer || before->ticket.letter != 0);
		return;
	case PASS_CODE:
		must(officer || p->out || s->decision.verdict != VERDICT_UNSET);
		return;
	case PASS_STAFF:
		must(officer);
		return;
	case PASS_UNSET:
		abort();
	}
	abort();
}

static void check(const struct gate_session *before,
    const struct gate_event *ev, const struct gate_session *s, unsigned fx)
{
	if (fx & GATE_EFFECT_OPEN) {
		must(ev->kind == GATE_EV_PASSED && ev->pass.n != 0);
		must(before->state == GATE_ENTERING);
		must(gate_opens(s->verdict) && s->state == GATE_SHOWN);
	}
	if (s->state == GATE_SHOWN && gate_opens(s->verdict))
		must(s->pass.n != 0);
	if (fx & GATE_EFFECT_PASS)
		check_pass(before, s);
	must(s->state > GATE_STATE_UNSET && s->state < GATE_STATES);
	must(s->state == GATE_READY || s->deadline_ms < INT64_MAX);
	must(memchr(s->typed, '\0', sizeof(s->typed)) != NULL);
	must(memchr(s->officer, '\0', sizeof(s->officer)) != NULL);
	must(s->moves <= PASS_MOVES);
}

/* Guessed: then it is the very code, as a hand may type it. */
static void check_guess(struct str raw, const struct ticket *t)
{
	struct day_key key = ticket_day_key(&rules.gate.gate_secret, DAY);
	char code[SHORT_CODE_SYMBOLS + 1];
	size_t n = 0;

	ticket_short_code(&key, OFFICE, DAY, t->letter, t->number, code);
	for (size_t i = 0; i < raw.len; i++)
		if (raw.ptr[i] != ' ' && raw.ptr[i] != '-')
			must(n < SHORT_CODE_SYMBOLS &&
			    gate_short_symbol(raw.ptr[i]) == code[n++]);
	must(n == SHORT_CODE_SYMBOLS && !gate_short_slip(raw));
}

static void judge_raw(struct str raw)
{
	struct gate_ticket g = gate_check_ticket(&rules.gate, raw, NINE);

	must(g.verdict != GATE_UNSET && !gate_proven(g.verdict));
	g = gate_check_short(&rules.gate, raw, NINE);
	must(g.verdict == GATE_UNSET || g.verdict == GATE_SHORT);
	must((g.verdict == GATE_UNSET) == (g.ticket.letter != 0));
	if (g.verdict == GATE_UNSET)
		check_guess(raw, &g.ticket);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w = {.at = data,
	    .end = data + size,
	    .now_s = NINE,
	    .mono_ms = 1000};

	if (roster.version == 0)
		office();
	set_rules(next(&w));
	judge_raw(str_of(data, size));
	gate_session_init(&w.s, &rules);
	for (int i = 0; i < 1000 && w.at < w.end; i++) {
		struct gate_session before = w.s;
		struct gate_event ev = next_event(&w);
		unsigned fx = gate_step(&w.s, &rules, &ev);

		check(&before, &ev, &w.s, fx);
	}
	return 0;
}
