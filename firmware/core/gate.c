#include "gate.h"

#include <sodium.h>
#include <string.h>

#include "feed.h"

static const char *const names[GATE_VERDICTS] = {
    [GATE_UNSET] = "unset",
    [GATE_OPEN] = "open",
    [GATE_OPEN_OUT] = "open-out",
    [GATE_WAIT] = "wait",
    [GATE_WAIT_STANDBY] = "wait-standby",
    [GATE_STORAGE] = "storage",
    [GATE_CLOCK] = "clock",
    [GATE_NO_KEYS] = "no-keys",
    [GATE_FORM] = "form",
    [GATE_VERSION] = "version",
    [GATE_KEY] = "key",
    [GATE_KEY_DATE] = "key-date",
    [GATE_KEY_REVOKED] = "key-revoked",
    [GATE_SIGNATURE] = "signature",
    [GATE_OTHER_DAY] = "other-day",
    [GATE_OVER] = "over",
    [GATE_USED] = "used",
    [GATE_NOT_INSIDE] = "not-inside",
    [GATE_OTHER_GATE] = "other-gate",
    [GATE_SHORT] = "short",
    [GATE_SHORT_WAIT] = "short-wait",
    [GATE_CODE] = "code",
    [GATE_NEED_TICKET] = "need-ticket",
};

const char *gate_verdict_name(enum gate_verdict v)
{
	return (unsigned)v < GATE_VERDICTS ? names[v] : names[GATE_UNSET];
}

bool gate_opens(enum gate_verdict v)
{
	return v == GATE_OPEN || v == GATE_OPEN_OUT;
}

bool gate_proven(enum gate_verdict v)
{
	return v == GATE_UNSET || v == GATE_WAIT || v == GATE_WAIT_STANDBY ||
	    v == GATE_OTHER_DAY || v == GATE_OVER;
}

/* What can be said before anything is looked at; UNSET: go on. */
static enum gate_verdict judge_means(const struct gate_rules *r, int64_t now_s)
{
	if (!checkin_clock_sure(&r->checkin, now_s))
		return GATE_CLOCK;
	if (r->roster == NULL || r->roster->version == 0)
		return GATE_NO_KEYS;
	return GATE_UNSET;
}

static bool key_of_day(const struct roster_device *d, int32_t day)
{
	return (d->from_day == 0 || day >= d->from_day) &&
	    (d->until_day == 0 || day <= d->until_day);
}

/* What one key says: UNSET = its signature fits and it may sign. *fits: its
 * signature fits, whatever else is said. */
static enum gate_verdict judge_key(const struct gate_rules *r,
    const struct roster_device *d, struct str digits, bool *fits)
{
	struct ticket t;

	*fits = ticket_verify(digits, r->checkin.office, d->ticket_key, &t) ==
	    TICKET_VALID;
	if (d->revoked)
		return GATE_KEY_REVOKED;
	if (!key_of_day(d, t.day))
		return GATE_KEY_DATE;
	return *fits ? GATE_UNSET : GATE_SIGNATURE;
}

/* How far a ticket came with a key: of several with its id the one that got
 * farthest gives the reason. */
static int rank(enum gate_verdict v, bool fits)
{
	if (v == GATE_UNSET)
		return 5;
	if (fits)
		return 4; /* the very key, and this is what is against it */
	if (v == GATE_SIGNATURE)
		return 3;
	return v == GATE_KEY_DATE ? 2 : 1;
}

/* Only kiosks sign tickets: a gate's key counts for none. */
static enum gate_verdict judge_keys(const struct gate_rules *r,
    struct str digits, uint16_t key_id)
{
	enum gate_verdict best = GATE_KEY, v;
	int best_rank = 0, got;
	bool fits;

	for (size_t i = 0; i < r->roster->count; i++) {
		const struct roster_device *d = &r->roster->item[i];

		if (d->role != ROSTER_KIOSK || d->key_id != key_id)
			continue;
		v = judge_key(r, d, digits, &fits);
		got = rank(v, fits);
		if (got > best_rank) {
			best = v;
			best_rank = got;
		}
	}
	return best;
}

static enum gate_verdict judge_form(struct str digits, struct ticket *out)
{
	switch (ticket_read(digits, out)) {
	case TICKET_UNSET:
		return GATE_UNSET;
	case TICKET_BAD_VERSION:
		return GATE_VERSION;
	case TICKET_VALID:
	case TICKET_BAD_FORM:
	case TICKET_BAD_SIGNATURE:
		return GATE_FORM;
	}
	return GATE_FORM;
}

static void judge_window(const struct gate_rules *r, struct gate_ticket *g,
    struct civil_now now)
{
	int32_t from = g->ticket.slot_min - r->early_minutes;
	int32_t over = g->ticket.slot_min + g->ticket.window_min;

	if (now.minute < from) {
		g->verdict = GATE_WAIT;
		g->from_min = from;
	} else if (now.minute >= over) {
		g->verdict = GATE_OVER;
	} else if (g->ticket.type == TICKET_STANDBY) {
		g->verdict = GATE_WAIT_STANDBY;
	}
}

struct gate_ticket gate_check_ticket(const struct gate_rules *r,
    struct str digits, int64_t now_s)
{
	struct civil_now now;
	struct gate_ticket g;

	memset(&g, 0, sizeof(g));
	g.verdict = judge_means(r, now_s);
	if (g.verdict != GATE_UNSET)
		return g;
	g.verdict = judge_form(digits, &g.ticket);
	if (g.verdict == GATE_UNSET)
		g.verdict = judge_keys(r, digits, g.ticket.key_id);
	if (g.verdict != GATE_UNSET)
		return g;
	now = civil_local(now_s, r->checkin.offset_s);
	if (g.ticket.day != now.day)
		g.verdict = GATE_OTHER_DAY;
	else
		judge_window(r, &g, now);
	return g;
}

/* Crockford's symbols, as the booking codes' are read; the code's profile of
 * an office does not matter here. */
static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

char gate_short_symbol(char typed)
{
	char c = typed >= 'a' && typed <= 'z' ? (char)(typed - 'a' + 'A')
					      : typed;

	if (c == 'O')
		c = '0';
	else if (c == 'I' || c == 'L')
		c = '1';
	return c != '\0' && strchr(symbols, c) != NULL ? c : '\0';
}

/* False: not nine symbols. */
static bool read_short(struct str typed, char out[SHORT_CODE_SYMBOLS + 1])
{
	size_t len = 0;

	memset(out, 0, SHORT_CODE_SYMBOLS + 1);
	for (size_t i = 0; i < typed.len; i++) {
		char c = typed.ptr[i];

		if (c == ' ' || c == '-')
			continue;
		c = gate_short_symbol(c);
		if (c == '\0' || len == SHORT_CODE_SYMBOLS)
			return false;
		out[len++] = c;
	}
	return len == SHORT_CODE_SYMBOLS;
}

enum { BODY = SHORT_CODE_SYMBOLS - 1, CHECK_MODULUS = 37 };

static uint64_t body_value(const char code[SHORT_CODE_SYMBOLS + 1])
{
	uint64_t value = 0;

	for (size_t i = 0; i < BODY; i++)
		value = value << 5 |
		    (uint64_t)(strchr(symbols, code[i]) - symbols);
	return value;
}

bool gate_short_slip(struct str typed)
{
	char code[SHORT_CODE_SYMBOLS + 1];
	bool slip = false;

	if (read_short(typed, code))
		slip = body_value(code) % CHECK_MODULUS !=
		    (uint64_t)(strchr(symbols, code[BODY]) - symbols);
	sodium_memzero(code, sizeof(code));
	return slip;
}

/* The number that is claimed is on the code; the rest proves it. */
static bool short_fits(const struct gate_rules *r, const char *code,
    const struct ticket *t)
{
	struct day_key key = ticket_day_key(&r->gate_secret, t->day);
	char want[SHORT_CODE_SYMBOLS + 1];
	bool fits;

	ticket_short_code(&key, r->checkin.office, t->day, t->letter, t->number,
	    want);
	fits = sodium_memcmp(code, want, SHORT_CODE_SYMBOLS) == 0;
	sodium_memzero(&key, sizeof(key));
	sodium_memzero(want, sizeof(want));
	return fits;
}

struct gate_ticket gate_check_short(const struct gate_rules *r,
    struct str typed, int64_t now_s)
{
	char code[SHORT_CODE_SYMBOLS + 1];
	struct gate_ticket g;
	struct ticket *t = &g.ticket;

	memset(&g, 0, sizeof(g));
	g.verdict = judge_means(r, now_s);
	if (g.verdict != GATE_UNSET)
		return g;
	g.verdict = GATE_SHORT;
	if (!r->has_secret || !read_short(typed, code))
		return g;
	t->day = civil_local(now_s, r->checkin.offset_s).day;
	t->letter = (uint8_t)(body_value(code) >> 35);
	t->number = (uint16_t)(body_value(code) >> 24 & TICKET_NUMBER_MAX);
	if (t->letter >= 1 && t->letter <= 26 && t->number >= 1 &&
	    short_fits(r, code, t))
		g.verdict = GATE_UNSET;
	else
		memset(t, 0, sizeof(*t));
	sodium_memzero(code, sizeof(code));
	return g;
}

enum gate_verdict gate_check_code(const struct gate_rules *r,
    const struct decision *d)
{
	if (r->accept != ACCEPT_CODES && r->accept != ACCEPT_BOTH)
		return GATE_NEED_TICKET;
	if (verdict_admits(d->verdict))
		return GATE_UNSET;
	if (d->verdict == VERDICT_STORAGE_FAULT)
		return GATE_STORAGE;
	if (d->verdict == VERDICT_CLOCK_UNSURE)
		return GATE_CLOCK;
	if (d->verdict == VERDICT_TOO_EARLY ||
	    d->verdict == VERDICT_NOT_OPEN_YET)
		return GATE_WAIT;
	return GATE_CODE;
}

bool gate_goes_out(const struct gate_rules *r, bool asked)
{
	return r->way == WAY_OUT || (r->way == WAY_BOTH && asked);
}

bool gate_time_counts(const struct gate_rules *r, const struct pass_history *h,
    bool out)
{
	return !out && !(r->reentry && h->n > 0);
}

static enum gate_verdict judge_out(const struct gate_rules *r,
    const struct pass_history *h)
{
	bool opens = r->way == WAY_OUT || r->way == WAY_BOTH;

	return opens && pass_inside(h) ? GATE_OPEN_OUT : GATE_NOT_INSIDE;
}

enum gate_verdict gate_check_used(const struct gate_rules *r,
    const struct pass_history *h, bool out, bool elsewhere)
{
	bool opens = r->way == WAY_IN || r->way == WAY_BOTH;

	if (h->n >= PASS_MOVES)
		return GATE_USED;
	if (out)
		return judge_out(r, h);
	if (!opens || pass_inside(h) || (h->n > 0 && !r->reentry))
		return GATE_USED;
	return elsewhere ? GATE_OTHER_GATE : GATE_OPEN;
}

struct pass_subject gate_subject(const struct ticket *t, enum pass_of of)
{
	struct pass_subject s;

	memset(&s, 0, sizeof(s));
	s.of = of;
	s.day = t->day;
	s.letter = t->letter;
	s.number = t->number;
	s.companions = t->companions;
	if (of == PASS_TICKET) {
		s.key_id = t->key_id;
		s.seq = t->seq;
	}
	return s;
}

const struct roster_device *gate_home(const struct roster *r,
    const struct pass_subject *s)
{
	uint32_t device[ROSTER_DEVICES];
	struct pass_subject label = *s;
	struct code_hash key;
	size_t n = 0;

	for (size_t i = 0; i < r->count; i++)
		if (r->item[i].live && r->item[i].role == ROSTER_GATE)
			device[n++] = r->item[i].device;
	if (n < 2)
		return NULL;
	/* A ticket and its short code stand on one paper: one home. */
	if (s->of == PASS_TICKET)
		label.of = PASS_LABEL;
	key = pass_key(&label, 0);
	return roster_find(r, device[feed_home(&key, device, n)]);
}
