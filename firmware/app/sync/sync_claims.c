/* What was done here, to the hub; and what it grants. */
#include "sync_inner.h"

#include <errno.h>
#include <string.h>

/* Neither settled nor failed: asked again after a pause. */
enum { LEFT_OPEN = 1 };

struct client_op sync_ask_op(const struct admit_request *q)
{
	struct client_op o = {.op = CLAIM_ADMIT};

	o.op_id = q->op_id;
	o.day = q->day;
	o.booking = q->booking;
	o.time_s = q->time_s;
	o.service = q->service;
	o.booking_class = q->booking_class;
	o.verdict = q->verdict;
	return o;
}

struct client_op sync_pass_op(const struct pass *p)
{
	struct pass_move m = {.of = p->subject.of,
	    .out = p->out,
	    .companions = p->subject.companions};
	struct client_op o = {.op = CLAIM_PASS};

	o.op_id = p->op_id;
	o.day = p->subject.day;
	o.booking = p->key;
	o.time_s = p->time_s;
	o.pass = pass_byte(&m);
	return o;
}

static struct client_op done_op(const struct admission *a)
{
	struct client_op o = {.op = CLAIM_ADMIT, .done = true};

	if (a->pass != 0)
		o.op = CLAIM_PASS;
	o.pass = a->pass;

	o.op_id = a->op_id;
	o.day = a->ticket.day;
	o.booking = a->booking;
	o.time_s = a->time_s;
	o.service = a->ticket.service;
	o.booking_class = a->booking_class;
	o.verdict = a->verdict;
	o.letter = a->ticket.letter;
	o.number = a->ticket.number;
	o.key_id = a->ticket.key_id;
	o.seq = a->ticket.seq;
	o.n = a->n;
	return o;
}

static void trouble(struct sync *s, const struct err *e)
{
	sync_say(s, true, "%s", e->text);
}

/* True when the intent belongs to the visitor who stands there. */
static bool is_asked(const struct sync *s, const struct op_id *op_id)
{
	return s->ask.state != SYNC_ASK_NONE &&
	    memcmp(op_id, &s->ask.op.op_id, sizeof(*op_id)) == 0;
}

/* ---- grants ---- */

static void want(struct sync *s, const struct journal_grant *g)
{
	struct journal_grant ask = *g;
	struct err e = {0};

	ask.op_id = journal_op_id();
	if (journal_grant_ask(s->o.journal, &ask, &e) < 0)
		trouble(s, &e);
}

static bool is_open(const struct journal_grant *open, size_t n,
    const struct journal_grant *g)
{
	for (size_t i = 0; i < n; i++)
		if (open[i].day == g->day && open[i].letter == g->letter &&
		    open[i].service == g->service &&
		    open[i].booking_class == g->booking_class)
			return true;
	return false;
}

enum { OPEN_GRANTS = 64 };

static void want_numbers(struct sync *s, const struct journal_grant *open,
    size_t n, int64_t mono_ms)
{
	struct journal_grant g = {.day = s->today};
	struct err e = {0};
	int64_t left;

	for (size_t i = 0; i < s->o.letters; i++) {
		g.letter = s->o.letter[i];
		if (mono_ms < s->numbers_next_ms[i] || is_open(open, n, &g))
			continue;
		if (journal_numbers_left(s->o.journal, s->today, g.letter,
			&left, &e) < 0)
			trouble(s, &e);
		else if (left < SYNC_NUMBERS_LOW)
			want(s, &g);
	}
}

static void want_allowances(struct sync *s, const struct journal_grant *open,
    size_t n, int64_t mono_ms)
{
	struct journal_grant g = {.day = s->today};
	struct err e = {0};
	int64_t left;

	for (size_t i = 0; i < s->o.pools; i++) {
		g.service = s->o.pool[i].service;
		g.booking_class = s->o.pool[i].booking_class;
		if (mono_ms < s->pools_next_ms[i] || is_open(open, n, &g))
			continue;
		if (journal_allowance(s->o.journal, s->today, g.service,
			g.booking_class, &left, &e) < 0)
			trouble(s, &e);
		else if (left < SYNC_ALLOWANCE_LOW)
			want(s, &g);
	}
}

static size_t gather_grants(struct sync *s, size_t at, int64_t mono_ms)
{
	struct journal_grant open[OPEN_GRANTS];
	struct err e = {0};
	size_t n = 0;

	if (journal_grants_open(s->o.journal, open, OPEN_GRANTS, &n, &e) < 0)
		trouble(s, &e);
	want_numbers(s, open, n, mono_ms);
	want_allowances(s, open, n, mono_ms);
	if (journal_grants_open(s->o.journal, open, OPEN_GRANTS, &n, &e) < 0)
		trouble(s, &e);
	for (size_t i = 0; i < n && at < s->batch; i++) {
		struct client_op o = {.op = CLAIM_NUMBERS};

		o.op_id = open[i].op_id;
		o.day = open[i].day;
		o.letter = open[i].letter;
		o.count = SYNC_NUMBERS_ASKED;
		if (open[i].letter == 0) {
			o.op = CLAIM_ALLOWANCE;
			o.service = open[i].service;
			o.booking_class = open[i].booking_class;
			o.count = SYNC_ALLOWANCE_ASKED;
		}
		s->op[at++] = o;
	}
	return at;
}

/* None left: not asked again for a while. */
static void not_granted(struct sync *s, const struct client_op *o,
    int64_t mono_ms)
{
	for (size_t i = 0; i < s->o.letters; i++)
		if (o->op == CLAIM_NUMBERS && s->o.letter[i] == o->letter)
			s->numbers_next_ms[i] = mono_ms + REFUSED_MS;
	for (size_t i = 0; i < s->o.pools; i++)
		if (o->op == CLAIM_ALLOWANCE &&
		    s->o.pool[i].service == o->service &&
		    s->o.pool[i].booking_class == o->booking_class)
			s->pools_next_ms[i] = mono_ms + REFUSED_MS;
}

static int grant_came(struct sync *s, const struct client_op *o,
    const struct client_answer *a, int64_t mono_ms, struct err *e)
{
	/* Numbers have a first one, an allowance has none. */
	bool fits = a->answer == CLAIM_GRANTED &&
	    (o->op == CLAIM_NUMBERS) == (a->first > 0);
	uint16_t count = fits ? a->count : 0;

	if (count == 0)
		not_granted(s, o, mono_ms);
	return journal_grant_take(s->o.journal, &o->op_id, a->first, count, e);
}

/* ---- admissions ---- */

int sync_resend(struct sync *s, int32_t from_day)
{
	struct err e = {0};
	int r = journal_resend(s->o.journal, from_day, &e);

	if (r < 0) {
		trouble(s, &e);
		return r;
	}
	s->resent = s->claims_due = true;
	return 0;
}

size_t sync_gather(struct sync *s, int64_t mono_ms)
{
	struct err e = {0};
	size_t n = 0, at = 0;

	s->resent = false;
	if (journal_intents(s->o.journal, s->intent, BATCH, &n, &e) < 0)
		trouble(s, &e);
	/* What the hub would hold must fit on the disk here. */
	if (n > 0 && journal_try(s->o.journal, &e) < 0)
		n = 0;
	for (size_t i = 0; i < n && at < s->batch; i++)
		if (!is_asked(s, &s->intent[i].op_id))
			s->op[at++] = sync_ask_op(&s->intent[i]);
	at = gather_grants(s, at, mono_ms);
	if (journal_outbox(s->o.journal, s->out, s->batch - at, &n, &e) < 0)
		trouble(s, &e);
	for (size_t i = 0; i < n; i++)
		s->op[at++] = done_op(&s->out[i]);
	return at;
}

static const struct admission *sent(const struct sync *s, uint64_t n)
{
	for (size_t i = 0; i < BATCH; i++)
		if (s->out[i].n == n)
			return &s->out[i];
	return NULL;
}

static int double_came(struct sync *s, const struct client_op *o,
    const struct client_answer *a, int64_t now_s, struct err *e)
{
	const struct admission *admission = sent(s, o->n);
	bool was = false;
	int r = journal_was_double(s->o.journal, &o->op_id, &was, e);

	if (r < 0)
		return r;
	/* Once, however often the claim is sent again. */
	if (!was) {
		sync_say(s, true,
		    "hub: %s here and at %.31s: a double, see report",
		    o->op == CLAIM_PASS ? "let in" : "admitted",
		    a->by.terminal);
		if (s->o.doubled != NULL && admission != NULL)
			s->o.doubled(s->o.ctx, admission, &a->by);
	}
	return admission == NULL
	    ? 0
	    : journal_double(s->o.journal, now_s, admission, &a->by, e);
}

/* It is on a disk here: whatever the hub says, it stays. */
static int done_came(struct sync *s, const struct client_op *o,
    const struct client_answer *a, int64_t now_s, struct err *e)
{
	const char *why = a->detail[0] != '\0' ? a->detail
					       : claim_answer_word(a->answer);

	/* An op's answer stays as it was; a double is told beside it. */
	if (a->dbl)
		return double_came(s, o, a, now_s, e);
	switch (a->answer) {
	case CLAIM_ADMITTED:
		return 0;
	case CLAIM_USED:
		return double_came(s, o, a, now_s, e);
	case CLAIM_CANCELLED:
	case CLAIM_RESCHEDULED:
	case CLAIM_BLOCKED:
	case CLAIM_REVOKED:
	case CLAIM_UNKNOWN:
		sync_say(s, true,
		    "hub: entry %llu was admitted here, but for the hub the "
		    "booking is %s",
		    (unsigned long long)o->n, claim_answer_word(a->answer));
		return 0;
	case CLAIM_UNSET:
	case CLAIM_GRANTED:
	case CLAIM_BAD:
	case CLAIM_UNSUPPORTED:
		break;
	case CLAIM_ANSWERS:
		break;
	}
	sync_say(s, true, "hub: it can't take entry %llu: %s",
	    (unsigned long long)o->n, why);
	return journal_stuck(s->o.journal, o->n, str_from(why), e);
}

static const struct admit_request *intended(const struct sync *s,
    const struct op_id *op_id)
{
	for (size_t i = 0; i < BATCH; i++)
		if (memcmp(&s->intent[i].op_id, op_id, sizeof(*op_id)) == 0)
			return &s->intent[i];
	return NULL;
}

/* An intent that a crash left: what the hub holds is held here too. */
static int intent_came(struct sync *s, const struct client_op *o,
    const struct client_answer *a, int64_t now_s, struct err *e)
{
	const struct admit_request *q = intended(s, &o->op_id);
	struct admit_request now;
	struct admission unused;
	int r;

	if (q == NULL || is_asked(s, &o->op_id))
		return 0;
	if (a->answer == CLAIM_UNSET || a->answer == CLAIM_GRANTED ||
	    a->answer == CLAIM_UNSUPPORTED)
		return LEFT_OPEN;
	if (a->answer != CLAIM_ADMITTED)
		return journal_intent_drop(s->o.journal, &o->op_id, e);
	now = *q;
	now.time_s = now_s;
	r = journal_admit(s->o.journal, &now, &unused, e);
	return r == -EEXIST ? journal_intent_drop(s->o.journal, &o->op_id, e)
			    : r;
}

static int one_came(struct sync *s, const struct client_op *o,
    const struct client_answer *a, int64_t now_s, int64_t mono_ms,
    struct err *e)
{
	if (o->op != CLAIM_ADMIT && o->op != CLAIM_PASS)
		return grant_came(s, o, a, mono_ms, e);
	return o->done ? done_came(s, o, a, now_s, e)
		       : intent_came(s, o, a, now_s, e);
}

static bool same_ops(const struct sync *s, size_t n)
{
	if (n != s->ops)
		return false;
	for (size_t i = 0; i < n; i++)
		if (memcmp(&s->op[i].op_id, &s->answer[i].op_id, OP_ID_BYTES) !=
		    0)
			return false;
	return true;
}

/* False: some are left to ask again. One that fails does not stop the others;
 * but admissions are settled in their order, up to the first that fails. */
static bool settle(struct sync *s, size_t n, int64_t now_s, int64_t mono_ms)
{
	uint64_t upto = 0;
	bool all = true;

	for (size_t i = 0; i < n; i++) {
		struct err e = {0};
		int r = one_came(s, &s->op[i], &s->answer[i], now_s, mono_ms,
		    &e);

		all = all && r == 0;
		if (r < 0)
			trouble(s, &e);
		if (r < 0 && s->op[i].done)
			break;
		if (s->op[i].done)
			upto = s->op[i].n;
	}
	/* Not when all was marked to be sent again meanwhile. */
	if (upto > 0 && !s->resent) {
		struct err e = {0};

		if (journal_sent(s->o.journal, upto, &e) < 0) {
			trouble(s, &e);
			all = false;
		}
	}
	return all;
}

int sync_claims_came(struct sync *s, struct str body, int64_t now_s,
    int64_t mono_ms)
{
	struct err e = {0};
	size_t n;
	int r = client_claims(body, s->answer, CLAIM_BATCH, &n, &e);

	if (r == 0 && !same_ops(s, n))
		r = err_set(&e, -EBADMSG, "hub: it answered other claims");
	if (r < 0) {
		trouble(s, &e);
		return r;
	}
	if (s->batch < BATCH)
		s->batch = s->batch * 2 > BATCH ? BATCH : s->batch * 2;
	return settle(s, n, now_s, mono_ms) ? 0 : -EAGAIN;
}

void sync_claims_refused(struct sync *s, const char *why, int64_t now_s,
    int64_t mono_ms)
{
	struct client_answer a = {.answer = CLAIM_BAD};
	struct err e = {0};

	if (s->batch > 1) {
		s->batch /= 2;
		return;
	}
	if (s->ops != 1)
		return;
	a.op_id = s->op[0].op_id;
	memcpy(a.detail, why, strnlen(why, sizeof(a.detail) - 1));
	if (one_came(s, &s->op[0], &a, now_s, mono_ms, &e) < 0 ||
	    (s->op[0].done && journal_sent(s->o.journal, s->op[0].n, &e) < 0))
		trouble(s, &e);
}
