#include "claims_rows.h"

#include <errno.h>
#include <string.h>

#include "firmware/core/booking.h"
#include "hub_text.h"

const char *claims_note_word(uint8_t note)
{
	switch (note) {
	case BOOKING_CANCELLED:
		return "cancelled";
	case BOOKING_RESCHEDULED:
		return "rescheduled";
	case BOOKING_BLOCKED:
		return "blocked";
	case BOOKING_REVOKED:
		return "revoked";
	case CLAIMS_NOTE_UNKNOWN:
		return "unknown";
	default:
		return "";
	}
}

/* Loading: what each statement is asked with, and how its rows are read. */

static void want_op(struct hub_text *t, const struct claim_in *in)
{
	hub_text_comma(t);
	hub_text_hex(t, in->op_id.bytes, OP_ID_BYTES);
}

static void want_booking(struct hub_text *t, const struct claim_in *in)
{
	if (in->kind != CLAIM_ADMIT && in->kind != CLAIM_PASS)
		return;
	hub_text_comma(t);
	hub_text_fmt(t, "[%ld,", (long)in->day);
	hub_text_hex(t, in->booking.bytes, CODE_HASH_BYTES);
	hub_text_str(t, "]");
}

static void want_label(struct hub_text *t, const struct claim_in *in)
{
	if (in->kind != CLAIM_ADMIT || !in->done)
		return;
	hub_text_comma(t);
	hub_text_fmt(t, "[%ld,%u,%u]", (long)in->day, (unsigned)in->letter,
	    (unsigned)in->number);
}

static void want_number(struct hub_text *t, const struct claim_in *in)
{
	if (in->kind != CLAIM_NUMBERS && !(in->kind == CLAIM_ADMIT && in->done))
		return;
	hub_text_comma(t);
	hub_text_fmt(t, "[%ld,%u]", (long)in->day, (unsigned)in->letter);
}

static void want_pool(struct hub_text *t, const struct claim_in *in)
{
	if (in->kind != CLAIM_ALLOWANCE)
		return;
	hub_text_comma(t);
	hub_text_fmt(t, "[%ld,%u]", (long)in->day, (unsigned)in->service);
}

/* False: a row that is no good. */
static bool read_op(struct hub_db *db, struct claims *c)
{
	struct claim_row_op *row;
	struct claim_key key = {{0}, 0};

	if (!wire_unhex(hub_db_text(db, 0), key.bytes, OP_ID_BYTES))
		return false;
	row = claims_put(&c->ops, &key);
	if (row == NULL ||
	    !wire_unhex(hub_db_text(db, 3), row->booking.bytes,
		CODE_HASH_BYTES))
		return false;
	row->day = (int32_t)hub_db_int(db, 1);
	row->kind = (enum claim_op)hub_db_int(db, 2);
	row->answer = (enum claim_answer)hub_db_int(db, 4);
	row->note = (uint8_t)hub_db_int(db, 5);
	row->done = hub_db_int(db, 6) != 0;
	row->service = (uint8_t)hub_db_int(db, 7);
	row->op_class = (uint8_t)hub_db_int(db, 8);
	row->letter = (uint8_t)hub_db_int(db, 9);
	row->number = (uint16_t)hub_db_int(db, 10);
	row->key_id = (uint16_t)hub_db_int(db, 11);
	row->seq = (uint32_t)hub_db_int(db, 12);
	row->n = hub_db_int(db, 13);
	row->first = (int32_t)hub_db_int(db, 14);
	row->last = (int32_t)hub_db_int(db, 15);
	row->time_s = hub_db_int(db, 16);
	/* A device that enrolled again goes on with its ops. */
	row->mine = str_is(hub_db_text(db, 17), c->terminal);
	return true;
}

static bool read_admission(struct hub_db *db, struct claims *c)
{
	struct claim_row_admission *row;
	struct code_hash booking;
	struct claim_key key;

	if (!wire_unhex(hub_db_text(db, 1), booking.bytes, CODE_HASH_BYTES))
		return false;
	key = claims_key_booking(&booking, (int32_t)hub_db_int(db, 0));
	row = claims_put(&c->admissions, &key);
	if (row == NULL ||
	    !wire_unhex(hub_db_text(db, 2), row->now.op_id.bytes,
		OP_ID_BYTES) ||
	    !str_copy(row->terminal, sizeof(row->terminal), hub_db_text(db, 8)))
		return false;
	row->now.booking = booking;
	row->now.device = (uint32_t)hub_db_int(db, 3);
	row->now.letter = (uint8_t)hub_db_int(db, 4);
	row->now.number = (uint16_t)hub_db_int(db, 5);
	row->now.time_s = hub_db_int(db, 6);
	row->now.pass = (uint8_t)hub_db_int(db, 9);
	row->seq = hub_db_int(db, 7);
	row->before = row->now;
	return true;
}

static bool read_booking(struct hub_db *db, struct claims *c)
{
	struct claim_row_booking *row;
	struct code_hash booking;
	struct claim_key key;

	if (!wire_unhex(hub_db_text(db, 1), booking.bytes, CODE_HASH_BYTES))
		return false;
	key = claims_key_booking(&booking, (int32_t)hub_db_int(db, 0));
	row = claims_put(&c->bookings, &key);
	if (row == NULL)
		return false;
	row->status = (uint8_t)hub_db_int(db, 2);
	return true;
}

static bool read_label(struct hub_db *db, struct claims *c)
{
	const struct claim_key key = claims_key_label(
	    (uint8_t)hub_db_int(db, 1), (uint16_t)hub_db_int(db, 2),
	    (int32_t)hub_db_int(db, 0));
	struct claim_row_label *row = claims_put(&c->labels, &key);

	return row != NULL &&
	    wire_unhex(hub_db_text(db, 3), row->op_id.bytes, OP_ID_BYTES);
}

static bool read_number(struct hub_db *db, struct claims *c)
{
	const struct claim_key key = claims_key_small(
	    (uint8_t)hub_db_int(db, 1), (int32_t)hub_db_int(db, 0));
	struct claim_row_number *row = claims_put(&c->numbers, &key);

	if (row != NULL)
		row->last = (int32_t)hub_db_int(db, 2);
	return row != NULL;
}

static bool read_pool(struct hub_db *db, struct claims *c)
{
	const struct claim_key key = claims_key_small(
	    (uint8_t)hub_db_int(db, 1), (int32_t)hub_db_int(db, 0));
	struct claim_row_pool *row = claims_put(&c->pools, &key);

	if (row == NULL)
		return false;
	row->quota = (int32_t)hub_db_int(db, 2);
	row->granted = (int32_t)hub_db_int(db, 3);
	return true;
}

static const struct load {
	enum hub_sql id;
	void (*want)(struct hub_text *t, const struct claim_in *in);
	bool (*read)(struct hub_db *db, struct claims *c);
} loads[] = {
    {HUB_SQL_OP_FIND, want_op, read_op},
    {HUB_SQL_ADMISSION_FIND, want_booking, read_admission},
    {HUB_SQL_BOOKING_STATUS, want_booking, read_booking},
    {HUB_SQL_LABEL_FIND, want_label, read_label},
    {HUB_SQL_NUMBER_FIND, want_number, read_number},
    {HUB_SQL_POOL_FIND, want_pool, read_pool},
};

/* 1 = asked, 0 = the batch needs none of it. */
static int ask(struct hub_db *db, const struct claims *c,
    const struct load *load, struct err *e)
{
	struct hub_text list = {0};
	int r = 0;

	hub_text_str(&list, "[");
	for (size_t i = 0; i < c->n; i++)
		if (c->in[i].refused == CLAIM_UNSET)
			load->want(&list, &c->in[i]);
	if (!list.failed && list.len == 1)
		goto out;
	hub_text_str(&list, "]");
	if (list.failed)
		r = err_set(e, -ENOMEM, "hub: out of memory");
	else
		r = hub_db_ask(db, load->id,
		    HUB_ARGS(hub_n(c->office), hub_t(list.ptr)), e);
	if (r == 0)
		r = 1;
out:
	hub_text_fini(&list);
	return r;
}

static int read_rows(struct hub_db *db, struct claims *c,
    const struct load *load, struct err *e)
{
	int r = hub_db_next(db, e);

	while (r == 0 && (r = hub_db_row(db, e)) == 1) {
		r = 0;
		if (!load->read(db, c))
			r = err_set(e, -EIO, "hub: a row of %s is no good",
			    hub_sql_name(load->id));
	}
	return r;
}

int claims_rows_load(struct hub_db *db, struct claims *c, struct err *e)
{
	bool asked[ARRAY_LEN(loads)] = {false};
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(loads) && r >= 0; i++) {
		r = ask(db, c, &loads[i], e);
		asked[i] = r == 1;
	}
	if (r > 0)
		r = 0;
	for (size_t i = 0; i < ARRAY_LEN(loads) && r == 0; i++)
		if (asked[i])
			r = read_rows(db, c, &loads[i], e);
	return r;
}

/* Saving: one list for each statement. */

static void put_n(struct hub_text *t, int64_t n)
{
	hub_text_comma(t);
	hub_text_int(t, n);
}

static void put_hex(struct hub_text *t, const void *bytes, size_t len)
{
	hub_text_comma(t);
	hub_text_hex(t, bytes, len);
}

static void open_row(struct hub_text *t)
{
	hub_text_comma(t);
	hub_text_str(t, "[");
}

static void put_op(struct hub_text *t, const struct claim_row_op *o)
{
	const int64_t rest[] = {o->answer, o->note, o->done, o->service,
	    o->op_class, o->letter, o->number, o->key_id, o->seq, o->n,
	    o->first, o->last, o->time_s};

	open_row(t);
	put_hex(t, o->key.bytes, OP_ID_BYTES);
	put_n(t, o->day);
	put_n(t, o->kind);
	put_hex(t, o->booking.bytes, CODE_HASH_BYTES);
	for (size_t k = 0; k < ARRAY_LEN(rest); k++)
		put_n(t, rest[k]);
	hub_text_comma(t);
	hub_text_quote(t, str_from(o->in->verdict));
	hub_text_str(t, "]");
}

static void list_ops_added(struct hub_text *t, const struct claims *c)
{
	for (size_t i = 0; i < c->ops.n; i++)
		if (c->op_rows[i].fresh)
			put_op(t, &c->op_rows[i]);
}

static void list_ops_told(struct hub_text *t, const struct claims *c)
{
	for (size_t i = 0; i < c->ops.n; i++)
		if (!c->op_rows[i].fresh && c->op_rows[i].told)
			put_op(t, &c->op_rows[i]);
}

static void list_admissions(struct hub_text *t, const struct claims *c)
{
	for (size_t i = 0; i < c->admissions.n; i++) {
		const struct claim_row_admission *a = &c->admission_rows[i];

		if (!a->changed)
			continue;
		open_row(t);
		put_n(t, a->key.day);
		put_hex(t, a->now.booking.bytes, CODE_HASH_BYTES);
		put_hex(t, a->now.op_id.bytes, OP_ID_BYTES);
		put_n(t, a->now.device);
		put_n(t, a->now.letter);
		put_n(t, a->now.number);
		put_n(t, a->now.time_s);
		put_n(t, a->seq);
		put_n(t, a->now.pass);
		hub_text_str(t, "]");
	}
}

static void list_numbers(struct hub_text *t, const struct claims *c)
{
	for (size_t i = 0; i < c->numbers.n; i++) {
		const struct claim_row_number *n = &c->number_rows[i];

		if (!n->changed)
			continue;
		open_row(t);
		put_n(t, n->key.day);
		put_n(t, n->key.bytes[0]);
		put_n(t, n->last);
		hub_text_str(t, "]");
	}
}

static void list_pools(struct hub_text *t, const struct claims *c)
{
	for (size_t i = 0; i < c->pools.n; i++) {
		const struct claim_row_pool *p = &c->pool_rows[i];

		if (!p->changed)
			continue;
		open_row(t);
		put_n(t, p->key.day);
		put_n(t, p->key.bytes[0]);
		put_n(t, p->granted);
		hub_text_str(t, "]");
	}
}

static void list_reports(struct hub_text *t, const struct claims *c)
{
	static const uint8_t none[OP_ID_BYTES];

	for (size_t i = 0; i < c->reports_n; i++) {
		const struct claim_report *r = &c->reports[i];
		bool other = memcmp(r->other.bytes, none, OP_ID_BYTES) != 0;

		open_row(t);
		put_n(t, r->day);
		put_n(t, r->kind);
		put_hex(t, r->op_id.bytes, OP_ID_BYTES);
		put_hex(t, r->booking.bytes, CODE_HASH_BYTES);
		put_hex(t, r->other.bytes, other ? OP_ID_BYTES : 0);
		put_n(t, r->detail);
		hub_text_str(t, "]");
	}
}

/* How the list stands among a statement's arguments. */
enum save_form { SAVE_LIST, SAVE_LIST_TIME, SAVE_OPS };

static const struct save {
	enum hub_sql id;
	enum save_form form;
	void (*list)(struct hub_text *t, const struct claims *c);
} saves[] = {
    {HUB_SQL_OP_ADD, SAVE_OPS, list_ops_added},
    {HUB_SQL_OP_TOLD, SAVE_OPS, list_ops_told},
    {HUB_SQL_ADMISSION_PUT, SAVE_LIST, list_admissions},
    {HUB_SQL_NUMBER_PUT, SAVE_LIST, list_numbers},
    {HUB_SQL_POOL_GRANT, SAVE_LIST, list_pools},
    {HUB_SQL_REPORT_ADD, SAVE_LIST_TIME, list_reports},
};

static int run_save(struct hub_db *db, const struct claims *c,
    const struct save *s, const char *list, int64_t now_s, struct err *e)
{
	const struct hub_arg office = hub_n(c->office), now = hub_n(now_s);
	const struct hub_arg rows = hub_t(list);

	switch (s->form) {
	case SAVE_LIST:
		return hub_db_run(db, s->id, HUB_ARGS(office, rows), e);
	case SAVE_LIST_TIME:
		return hub_db_run(db, s->id, HUB_ARGS(office, rows, now), e);
	case SAVE_OPS:
		return hub_db_run(db, s->id,
		    HUB_ARGS(office, hub_n(c->device), now, rows), e);
	}
	return -EINVAL;
}

int claims_rows_save(struct hub_db *db, const struct claims *c, int64_t now_s,
    struct err *e)
{
	struct hub_text list = {0};
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(saves) && r == 0; i++) {
		hub_text_clear(&list);
		hub_text_str(&list, "[");
		saves[i].list(&list, c);
		if (list.len <= 1)
			continue;
		hub_text_str(&list, "]");
		if (list.failed)
			r = err_set(e, -ENOMEM, "hub: out of memory");
		else
			r = run_save(db, c, &saves[i], list.ptr, now_s, e);
	}
	hub_text_fini(&list);
	return r;
}
