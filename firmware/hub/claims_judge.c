#include "claims_judge.h"

#include <string.h>

#include "firmware/core/booking.h"

enum { NUMBER_MAX = 2047, LAST_SHARED_LETTER = 18 /* R */ };

/* Tables. */

static void table_init(struct claim_table *t, void *rows, size_t row_bytes)
{
	memset(t, 0, sizeof(*t));
	t->rows = rows;
	t->row_bytes = row_bytes;
	t->cap = CLAIM_BATCH;
}

void claims_init(struct claims *c)
{
	table_init(&c->ops, c->op_rows, sizeof(c->op_rows[0]));
	table_init(&c->admissions, c->admission_rows,
	    sizeof(c->admission_rows[0]));
	table_init(&c->bookings, c->booking_rows, sizeof(c->booking_rows[0]));
	table_init(&c->labels, c->label_rows, sizeof(c->label_rows[0]));
	table_init(&c->numbers, c->number_rows, sizeof(c->number_rows[0]));
	table_init(&c->pools, c->pool_rows, sizeof(c->pool_rows[0]));
}

struct claim_key claims_key_op(const struct op_id *op)
{
	struct claim_key k = {{0}, 0};

	memcpy(k.bytes, op->bytes, sizeof(k.bytes));
	return k;
}

struct claim_key claims_key_booking(const struct code_hash *booking,
    int32_t day)
{
	struct claim_key k = {{0}, day};

	memcpy(k.bytes, booking->bytes, sizeof(k.bytes));
	return k;
}

struct claim_key claims_key_label(uint8_t letter, uint16_t number, int32_t day)
{
	struct claim_key k = {{0}, day};

	k.bytes[0] = letter;
	k.bytes[1] = (uint8_t)(number >> 8);
	k.bytes[2] = (uint8_t)number;
	return k;
}

struct claim_key claims_key_small(uint8_t what, int32_t day)
{
	struct claim_key k = {{0}, day};

	k.bytes[0] = what;
	return k;
}

static void *row_at(const struct claim_table *t, size_t i)
{
	return (char *)t->rows + i * t->row_bytes;
}

/* FNV-1a: ids that a device chose badly make it slow, not wrong. */
static size_t first_slot(const struct claim_key *key)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < sizeof(key->bytes); i++)
		h = (h ^ key->bytes[i]) * 16777619u;
	h = (h ^ (uint32_t)key->day) * 16777619u;
	return (h ^ h >> 16) % CLAIMS_SLOTS;
}

static bool key_eq(const struct claim_key *a, const struct claim_key *b)
{
	return a->day == b->day &&
	    memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* Its slot, or the free one where it belongs; there is always a free one, for
 * there are more slots than rows. */
static size_t slot_of(const struct claim_table *t, const struct claim_key *key)
{
	size_t i = first_slot(key);

	while (t->slot[i] != 0 && !key_eq(row_at(t, t->slot[i] - 1u), key))
		i = (i + 1) % CLAIMS_SLOTS;
	return i;
}

void *claims_find(const struct claim_table *t, const struct claim_key *key)
{
	size_t i = slot_of(t, key);

	return t->slot[i] == 0 ? NULL : row_at(t, t->slot[i] - 1u);
}

void *claims_put(struct claim_table *t, const struct claim_key *key)
{
	size_t i = slot_of(t, key);
	void *row;

	if (t->slot[i] != 0)
		return row_at(t, t->slot[i] - 1u);
	if (t->n == t->cap)
		return NULL;
	row = row_at(t, t->n);
	memset(row, 0, t->row_bytes);
	memcpy(row, key, sizeof(*key));
	t->slot[i] = (uint16_t)++t->n;
	return row;
}

static struct hub_bucket *bucket_of(struct claims *c, int32_t day)
{
	size_t lo = 0, hi = c->buckets_n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (c->buckets[mid].day < day)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < c->buckets_n && c->buckets[lo].day == day ? &c->buckets[lo]
							      : NULL;
}

/* Reports. */

static void report(struct claims *c, enum claim_report_kind kind,
    const struct claim_row_op *op, const struct op_id *other, uint8_t detail)
{
	struct claim_report *r;

	if (c->reports_n == CLAIMS_REPORTS)
		return;
	r = &c->reports[c->reports_n++];
	r->kind = kind;
	r->day = op->day;
	memcpy(r->op_id.bytes, op->key.bytes, sizeof(r->op_id.bytes));
	if (other != NULL)
		r->other = *other;
	r->booking = op->booking;
	r->detail = detail;
}

static bool is_op(const struct op_id *id, const struct claim_row_op *op)
{
	return memcmp(id->bytes, op->key.bytes, sizeof(id->bytes)) == 0;
}

/* Admissions. */

/* Gives a row its place in the feed: a new sequence number, and its part of
 * the digest. A row that changes twice in a batch gets two numbers. */
static void enter_feed(struct claims *c, struct hub_bucket *b,
    struct claim_row_admission *a)
{
	if (a->seq != 0)
		feed_take_admission(&b->digest, c->office, b->day, &a->before);
	feed_add_admission(&b->digest, c->office, b->day, &a->now);
	a->before = a->now;
	a->seq = ++b->head;
	a->changed = true;
	b->changed = true;
}

static void admit(struct claims *c, struct hub_bucket *b,
    const struct claim_row_op *op)
{
	const struct claim_key key = claims_key_booking(&op->booking, b->day);
	struct claim_row_admission *a = claims_put(&c->admissions, &key);

	if (a == NULL)
		return;
	a->now.booking = op->booking;
	memcpy(a->now.op_id.bytes, op->key.bytes, sizeof(a->now.op_id.bytes));
	a->now.device = c->device;
	a->now.letter = op->done ? op->letter : 0;
	a->now.number = op->done ? op->number : 0;
	a->now.time_s = op->time_s;
	a->now.pass = op->pass;
	memcpy(a->terminal, c->terminal, sizeof(a->terminal));
	a->fresh = true;
	enter_feed(c, b, a);
}

/* What the booking's status says: 0 when it admits. */
static uint8_t forbidden_by(const struct claims *c, const struct claim_in *in)
{
	const struct claim_key key = claims_key_booking(&in->booking, in->day);
	const struct claim_row_booking *b;

	if (in->kind == CLAIM_PASS || in->op_class == CLASS_WALK_IN)
		return 0;
	b = claims_find(&c->bookings, &key);
	if (b == NULL)
		return CLAIMS_NOTE_UNKNOWN;
	return b->status == BOOKING_CONFIRMED ? 0 : b->status;
}

static enum claim_answer answer_of_status(uint8_t status)
{
	switch (status) {
	case BOOKING_CANCELLED:
		return CLAIM_CANCELLED;
	case BOOKING_RESCHEDULED:
		return CLAIM_RESCHEDULED;
	case BOOKING_BLOCKED:
		return CLAIM_BLOCKED;
	case BOOKING_REVOKED:
		return CLAIM_REVOKED;
	default:
		return CLAIM_UNKNOWN;
	}
}

/* The first answer of an op, for ever. A status that forbids is told before
 * "used", as the terminal does. */
static enum claim_answer first_answer(const struct claims *c,
    const struct claim_in *in, const struct claim_row_admission *a)
{
	uint8_t forbidden = forbidden_by(c, in);

	if (!in->done && forbidden != 0)
		return answer_of_status(forbidden);
	return a == NULL ? CLAIM_ADMITTED : CLAIM_USED;
}

static void note_label(struct claims *c, const struct claim_row_op *op)
{
	const struct claim_key label = claims_key_label(op->letter, op->number,
	    op->day);
	const struct claim_key letter = claims_key_small(op->letter, op->day);
	struct claim_row_label *l = claims_find(&c->labels, &label);
	struct claim_row_number *n;

	if (l != NULL && !is_op(&l->op_id, op)) {
		report(c, CLAIM_REPORT_LABEL, op, &l->op_id, 0);
		return;
	}
	l = claims_put(&c->labels, &label);
	if (l != NULL)
		memcpy(l->op_id.bytes, op->key.bytes, sizeof(l->op_id.bytes));
	/* A number that was used is never granted, even when the grant was
	 * lost with a restore. */
	if (op->letter > LAST_SHARED_LETTER)
		return;
	n = claims_put(&c->numbers, &letter);
	if (n != NULL && n->last < op->number) {
		n->last = op->number;
		n->changed = true;
	}
}

/* An admission that a disk holds, told for the first time. */
static void take_told(struct claims *c, const struct claim_in *in,
    struct claim_row_op *op, struct hub_bucket *b)
{
	const struct claim_key key = claims_key_booking(&op->booking, op->day);
	struct claim_row_admission *a = claims_find(&c->admissions, &key);

	op->done = true;
	op->told = true;
	op->in = in;
	op->letter = in->letter;
	op->number = in->number;
	op->key_id = in->key_id;
	op->seq = in->seq;
	op->n = in->n;
	op->time_s = in->time_s;
	op->pass = in->pass;
	if (op->fresh)
		op->note = forbidden_by(c, in);
	if (op->note != 0)
		report(c, CLAIM_REPORT_STATUS, op, NULL, op->note);
	if (op->answer != CLAIM_ADMITTED && op->answer != CLAIM_USED)
		report(c, CLAIM_REPORT_ANSWER, op, NULL, (uint8_t)op->answer);
	if (a == NULL) {
		admit(c, b, op);
	} else if (is_op(&a->now.op_id, op)) {
		a->now.letter = op->letter;
		a->now.number = op->number;
		a->now.time_s = op->time_s;
		a->now.pass = op->pass;
		enter_feed(c, b, a);
	} else {
		report(c, CLAIM_REPORT_DOUBLE, op, &a->now.op_id, op->pass);
	}
	/* A pass names the label of an admission, which is not taken twice. */
	if (op->kind == CLAIM_ADMIT)
		note_label(c, op);
}

static bool same_ticket(const struct claim_row_op *op,
    const struct claim_in *in)
{
	return op->letter == in->letter && op->number == in->number &&
	    op->key_id == in->key_id && op->seq == in->seq && op->n == in->n;
}

static struct claim_row_op *new_op(struct claims *c, const struct claim_in *in)
{
	const struct claim_key key = claims_key_op(&in->op_id);
	struct claim_row_op *op = claims_put(&c->ops, &key);

	if (op == NULL)
		return NULL;
	op->day = in->day;
	op->kind = in->kind;
	op->booking = in->booking;
	op->service = in->service;
	op->op_class = in->op_class;
	op->letter = in->letter;
	op->pass = in->pass;
	op->time_s = in->time_s;
	op->mine = true;
	op->fresh = true;
	op->in = in;
	return op;
}

static void judge_admit(struct claims *c, const struct claim_in *in,
    struct claim_row_op *op, struct hub_bucket *b, struct claim_result *out)
{
	const struct claim_key key = claims_key_booking(&in->booking, in->day);
	struct claim_row_admission *a = claims_find(&c->admissions, &key);

	if (op->fresh && op->answer == CLAIM_UNSET) {
		op->answer = first_answer(c, in, a);
		if (op->answer == CLAIM_ADMITTED && !in->done)
			admit(c, b, op);
	}
	if (in->done && !op->done)
		take_told(c, in, op, b);
	else if (in->done && !same_ticket(op, in))
		report(c, CLAIM_REPORT_CHANGED, op, NULL, 0);
	a = claims_find(&c->admissions, &key);
	out->doubled = op->done && a != NULL && !is_op(&a->now.op_id, op);
	if (op->answer == CLAIM_USED || out->doubled)
		out->by = a;
}

/* Grants. */

static void judge_numbers(struct claims *c, const struct claim_in *in,
    struct claim_row_op *op, const struct hub_bucket *b)
{
	const struct claim_key key = claims_key_small(in->letter, in->day);
	struct claim_row_number *n;
	int32_t left;

	op->answer = CLAIM_GRANTED;
	if (b->restored == HUB_LOST || in->day > c->today)
		return;
	n = claims_put(&c->numbers, &key);
	if (n == NULL)
		return;
	left = NUMBER_MAX - n->last;
	if (left <= 0)
		return;
	op->first = n->last + 1;
	op->last = n->last + (in->count < left ? in->count : left);
	n->last = op->last;
	n->changed = true;
}

static void judge_allowance(struct claims *c, const struct claim_in *in,
    struct claim_row_op *op, const struct hub_bucket *b)
{
	const struct claim_key key = claims_key_small(in->service, in->day);
	struct claim_row_pool *p = claims_find(&c->pools, &key);
	int32_t left = p == NULL ? 0 : p->quota - p->granted;

	op->answer = CLAIM_GRANTED;
	if (b->restored == HUB_LOST || in->day > c->today || p == NULL ||
	    left <= 0)
		return;
	op->last = in->count < left ? in->count : left;
	p->granted += op->last;
	p->changed = true;
}

/* Is it the op that had this id before? */
static bool is_same(const struct claim_row_op *op, const struct claim_in *in)
{
	if (!op->mine || op->kind != in->kind || op->day != in->day)
		return false;
	switch (in->kind) {
	case CLAIM_ADMIT:
	case CLAIM_PASS:
		return memcmp(&op->booking, &in->booking,
			   sizeof(op->booking)) == 0;
	case CLAIM_NUMBERS:
		return op->letter == in->letter;
	case CLAIM_ALLOWANCE:
		return op->service == in->service &&
		    op->op_class == in->op_class;
	case CLAIM_OP_UNSET:
	case CLAIM_OPS:
		break;
	}
	return false;
}

static void refuse(struct claim_result *out, const char *detail)
{
	out->answer = CLAIM_BAD;
	out->detail = detail;
}

/* Bookings' hashes and passes' keys stand in one table: no gate may use up a
 * booking. */
static bool names_booking(const struct claims *c, const struct claim_in *in)
{
	const struct claim_key key = claims_key_booking(&in->booking, in->day);
	const struct claim_row_admission *a = claims_find(&c->admissions, &key);

	return claims_find(&c->bookings, &key) != NULL ||
	    (a != NULL && a->now.pass == 0);
}

static void judge_one(struct claims *c, const struct claim_in *in,
    struct claim_result *out)
{
	const struct claim_key key = claims_key_op(&in->op_id);
	struct hub_bucket *b = bucket_of(c, in->day);
	struct claim_row_op *op = claims_find(&c->ops, &key);

	if (op != NULL && !is_same(op, in)) {
		refuse(out, "op_id: was used for something else");
		return;
	}
	if (in->kind == CLAIM_PASS && names_booking(c, in)) {
		refuse(out, "booking: is a booking's, not the key of a pass");
		return;
	}
	if (op == NULL)
		op = new_op(c, in);
	if (op == NULL || b == NULL) {
		refuse(out, "day: the hub could not hold it");
		return;
	}
	if (in->kind == CLAIM_ADMIT || in->kind == CLAIM_PASS)
		judge_admit(c, in, op, b, out);
	else if (op->answer == CLAIM_UNSET && in->kind == CLAIM_NUMBERS)
		judge_numbers(c, in, op, b);
	else if (op->answer == CLAIM_UNSET)
		judge_allowance(c, in, op, b);
	out->op = op;
	out->answer = op->answer;
}

void claims_judge(struct claims *c)
{
	for (size_t i = 0; i < c->at_n; i++) {
		struct hub_bucket *b = bucket_of(c, c->at[i].day);

		/* Both ways it is kept in the bucket. */
		if (b != NULL &&
		    hub_bucket_judge(b, c->at[i].epoch, c->at[i].after))
			continue;
	}
	for (size_t i = 0; i < c->n; i++) {
		struct claim_result *out = &c->results[i];

		memset(out, 0, sizeof(*out));
		if (c->in[i].refused != CLAIM_UNSET) {
			out->answer = c->in[i].refused;
			out->detail = c->in[i].detail;
		} else {
			judge_one(c, &c->in[i], out);
		}
	}
}
