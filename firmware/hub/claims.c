/*
 * Claims between the request and the store: locks the days of a batch, reads
 * what the judgement needs in a few statements for all ops together, and
 * writes what it found. One transaction.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "claims_read.h"
#include "claims_rows.h"
#include "hub_call.h"

static int compare_days(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

/* The days of the batch, ascending, each once. */
static size_t days_of(const struct claims *c, int32_t days[CLAIMS_DAYS])
{
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < c->n; i++)
		if (c->in[i].refused == CLAIM_UNSET)
			days[n++] = c->in[i].day;
	for (size_t i = 0; i < c->at_n; i++)
		days[n++] = c->at[i].day;
	if (n > 1)
		qsort(days, n, sizeof(days[0]), compare_days);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || days[kept - 1] != days[i])
			days[kept++] = days[i];
	return kept;
}

static int lock_days(struct hub_call *call, struct claims *c, struct err *e)
{
	int32_t days[CLAIMS_DAYS];
	int64_t epochs[CLAIMS_DAYS] = {0};
	int32_t *at;

	c->buckets_n = days_of(c, days);
	for (size_t i = 0; i < c->at_n; i++) {
		at = bsearch(&c->at[i].day, days, c->buckets_n, sizeof(days[0]),
		    compare_days);
		if (at != NULL && c->at[i].epoch != 0)
			epochs[at - days] = c->at[i].epoch;
	}
	return hub_bucket_lock(call->db, c->office, days, epochs, c->buckets_n,
	    c->buckets, e);
}

static void put_by(struct hub_text *t, const struct claim_row_admission *a)
{
	const char letter[2] = {
	    a->now.letter == 0 ? '\0' : (char)('A' + a->now.letter - 1), '\0'};

	hub_text_str(t, ", \"by\": {\"op_id\": ");
	hub_text_hex(t, a->now.op_id.bytes, OP_ID_BYTES);
	hub_text_fmt(t,
	    ", \"device\": %lu, \"terminal\": ", (unsigned long)a->now.device);
	hub_text_quote(t, str_from(a->terminal));
	hub_text_fmt(t, ", \"letter\": \"%s\", \"number\": %u, \"time\": %lld}",
	    letter, (unsigned)a->now.number, (long long)a->now.time_s);
}

static void put_grant(struct hub_text *t, const struct claim_row_op *op)
{
	if (op->kind == CLAIM_NUMBERS)
		hub_text_fmt(t, ", \"first\": %ld, \"last\": %ld",
		    (long)op->first, (long)op->last);
	else
		hub_text_fmt(t, ", \"count\": %ld", (long)op->last);
}

static void put_result(struct hub_text *t, const struct claim_in *in,
    const struct claim_result *r)
{
	hub_text_comma(t);
	hub_text_str(t, "{\"op_id\": ");
	hub_text_hex(t, in->op_id.bytes, in->has_id ? OP_ID_BYTES : 0);
	hub_text_fmt(t, ", \"answer\": \"%s\"", claim_answer_word(r->answer));
	if (r->answer == CLAIM_GRANTED)
		put_grant(t, r->op);
	if (r->answer == CLAIM_BAD && r->detail != NULL) {
		hub_text_str(t, ", \"detail\": ");
		hub_text_quote(t, str_from(r->detail));
	}
	if (r->op != NULL && r->op->note != 0)
		hub_text_fmt(t, ", \"note\": \"%s\"",
		    claims_note_word(r->op->note));
	if (r->by != NULL)
		put_by(t, r->by);
	if (r->doubled)
		hub_text_str(t, ", \"double\": true");
	hub_text_str(t, "}");
}

static int answer(struct hub_call *call, const struct claims *c, struct err *e)
{
	struct hub_text body = {0};

	hub_text_str(&body, "{\"answers\": [");
	for (size_t i = 0; i < c->n; i++)
		put_result(&body, &c->in[i], &c->results[i]);
	hub_text_str(&body, "]}");
	return hub_reply(call, 200, &body, e);
}

/* Only who asks for a grant needs to know what day it is there. */
static int find_today(struct hub_call *call, struct claims *c, struct err *e)
{
	bool grants = false;
	int r;

	for (size_t i = 0; i < c->n; i++)
		grants = grants || c->in[i].kind == CLAIM_NUMBERS ||
		    c->in[i].kind == CLAIM_ALLOWANCE;
	if (!grants)
		return 0;
	r = hub_db_one(call->db, HUB_SQL_OFFICE_GET, HUB_ARGS(hub_n(c->office)),
	    e);
	if (r == 1)
		c->today = civil_local(call->q->now_s,
		    (int32_t)hub_db_int(call->db, 2))
			       .day;
	return r < 0 ? r : 0;
}

static int judge(struct hub_call *call, struct claims *c, struct err *e)
{
	int r = lock_days(call, c, e);

	if (r == 0)
		r = find_today(call, c, e);
	if (r == 0)
		r = claims_rows_load(call->db, c, e);
	if (r < 0)
		return r;
	claims_judge(c);
	r = claims_rows_save(call->db, c, call->q->now_s, e);
	if (r == 0)
		r = hub_bucket_save(call->db, c->office, c->buckets,
		    c->buckets_n, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < c->buckets_n; i++)
		if (c->buckets[i].changed)
			hub_changed(&call->changes, call->db, c->office,
			    c->buckets[i].day);
	return answer(call, c, e);
}

static int read_and_judge(struct hub_call *call, const json_t *request,
    struct claims *c, struct err *e)
{
	const char *why;

	claims_init(c);
	c->office = call->device.office;
	c->device = call->device.device;
	c->gate = call->device.role == HUB_GATE;
	memcpy(c->terminal, call->device.name, sizeof(c->terminal));
	switch (claims_read(request, c, &why)) {
	case CLAIMS_READ_OK:
		return judge(call, c, e);
	case CLAIMS_READ_LARGE:
		return hub_refuse(call, 413, "too_large", why);
	case CLAIMS_READ_UNSET:
	case CLAIMS_READ_BAD:
		break;
	}
	return hub_refuse(call, 400, "bad_request", why);
}

int hub_claims_post(struct hub_call *call, struct err *e)
{
	struct claims *c = NULL;
	json_t *request = NULL;
	int r = 0;

	if (!hub_call_json(call, &request))
		return 0;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		r = err_set(e, -ENOMEM, "hub: out of memory for claims");
	else
		r = read_and_judge(call, request, c, e);
	free(c);
	json_decref(request);
	return r;
}
