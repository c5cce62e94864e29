/* A terminal's view of a day: pages applied, and its own digest. */
#ifndef KARCIS_TESTS_TEST_HUB_FEED_H
#define KARCIS_TESTS_TEST_HUB_FEED_H

#include "test_hub_claims.h"

enum { VIEW_ROWS = 4096 };

/* Rows by hash and kind; linear, for tests. */
struct view {
	struct feed_op row[VIEW_ROWS];
	size_t n;
	int64_t epoch, after;
	struct feed_digest digest;
	int32_t day;
};
static struct view view;

static inline void view_reset(struct view *v)
{
	memset(v, 0, sizeof(*v));
	v->day = DAY_N;
}

static inline const char *json_text(const json_t *row, size_t i)
{
	const char *s = json_string_value(json_array_get(row, i));

	assert_non_null(s);
	return s;
}

static inline int64_t json_number(const json_t *row, size_t i)
{
	const json_t *v = json_array_get(row, i);

	assert_true(json_is_integer(v));
	return json_integer_value(v);
}

static inline void read_put(const json_t *row, struct booking *b)
{
	uint8_t birth[8];

	assert_int_equal(json_array_size(row), 13);
	b->office = OFFICE;
	b->start_min = (int16_t)json_number(row, 3);
	b->end_min = (int16_t)json_number(row, 4);
	b->service = (uint8_t)json_number(row, 5);
	b->booking_class = (uint8_t)json_number(row, 6);
	b->status = (uint8_t)json_number(row, 7);
	b->companions = (uint8_t)json_number(row, 8);
	if (json_text(row, 9)[0] != '\0') {
		assert_true(wire_unhex(str_from(json_text(row, 9)), birth, 8));
		for (int i = 0; i < 8; i++)
			b->birth = b->birth << 8 | birth[i];
	}
	b->permit_expires_day = (int32_t)json_number(row, 10);
	b->status_s = json_number(row, 11);
	assert_true(str_copy(b->masked_name, sizeof(b->masked_name),
	    str_from(json_text(row, 12))));
}

/* An admission, or a pass that adds its byte. */
static inline void read_adm(const json_t *row, struct feed_admission *a)
{
	const char *letter = json_text(row, 5);
	bool pass = strcmp(json_text(row, 1), "pas") == 0;

	assert_int_equal(json_array_size(row), pass ? 9 : 8);
	if (pass)
		a->pass = (uint8_t)json_number(row, 8);
	assert_int_equal(a->pass != 0, pass);
	assert_true(wire_unhex(str_from(json_text(row, 3)), a->op_id.bytes,
	    OP_ID_BYTES));
	a->device = (uint32_t)json_number(row, 4);
	a->letter = letter[0] == '\0' ? 0 : (uint8_t)(letter[0] - 'A' + 1);
	a->number = (uint16_t)json_number(row, 6);
	a->time_s = json_number(row, 7);
}

static inline struct feed_op read_row(const json_t *row, int32_t day)
{
	struct feed_op op = {.seq = json_number(row, 0)};
	struct code_hash hash;

	assert_true(wire_unhex(str_from(json_text(row, 2)), hash.bytes,
	    CODE_HASH_BYTES));
	if (strcmp(json_text(row, 1), "put") == 0) {
		op.kind = FEED_PUT;
		read_put(row, &op.booking);
	} else if (strcmp(json_text(row, 1), "adm") == 0) {
		op.kind = FEED_ADM;
		read_adm(row, &op.admission);
	} else if (strcmp(json_text(row, 1), "pas") == 0) {
		op.kind = FEED_PAS;
		read_adm(row, &op.admission);
	} else {
		assert_string_equal(json_text(row, 1), "del");
		assert_int_equal(json_array_size(row), 3);
		op.kind = FEED_DEL;
	}
	op.booking.hash = hash;
	op.booking.day = day;
	op.admission.booking = hash;
	return op;
}

static inline bool is_admission(const struct feed_op *op)
{
	return op->kind == FEED_ADM || op->kind == FEED_PAS;
}

static inline void view_apply(struct view *v, const struct feed_op *op)
{
	size_t i = 0;
	bool adm = is_admission(op);

	while (i < v->n &&
	    (is_admission(&v->row[i]) != adm ||
		memcmp(&v->row[i].booking.hash, &op->booking.hash,
		    CODE_HASH_BYTES) != 0))
		i++;
	if (i < v->n) {
		if (adm)
			feed_take_admission(&v->digest, OFFICE, v->day,
			    &v->row[i].admission);
		else
			feed_take_booking(&v->digest, &v->row[i].booking);
		v->row[i] = v->row[--v->n];
	}
	if (op->kind == FEED_DEL)
		return;
	assert_true(v->n < VIEW_ROWS);
	v->row[v->n++] = *op;
	if (adm)
		feed_add_admission(&v->digest, OFFICE, v->day, &op->admission);
	else
		feed_add_booking(&v->digest, &op->booking);
}

static inline int get_feed(struct client *c, int64_t epoch, int64_t after,
    const char *more)
{
	char path[256];

	snprintf(path, sizeof(path),
	    "/v1/feed?office=4102&day=" DAY "&epoch=%lld&after=%lld%s",
	    (long long)epoch, (long long)after, more);
	return ask(c, "GET", path, "");
}

/* Applies the page in `reply`; false: there is more. */
static inline bool view_take(struct view *v)
{
	const json_t *ops = json_object_get(reply, "ops");
	char hex[FEED_DIGEST_HEX + 1];
	int64_t last = v->after;

	assert_int_equal(answer.status, 200);
	assert_int_equal(number_of(reply, "from"), v->after);
	for (size_t i = 0; i < json_array_size(ops); i++) {
		struct feed_op op = read_row(json_array_get(ops, i), v->day);

		assert_true(op.seq > last);
		last = op.seq;
		view_apply(v, &op);
	}
	v->epoch = number_of(reply, "epoch");
	v->after = number_of(reply, "to");
	assert_int_equal(v->after, last);
	if (json_is_true(json_object_get(reply, "more")))
		return false;
	assert_int_equal(v->after, number_of(reply, "head"));
	feed_digest_hex(&v->digest, hex);
	assert_string_equal(text_of(reply, "digest"), hex);
	return true;
}

/* Reads the day to its end, page by page. */
static inline void view_sync(struct view *v, struct client *c, int limit)
{
	char more[32];

	snprintf(more, sizeof(more), "&limit=%d", limit);
	do
		assert_int_equal(get_feed(c, v->epoch, v->after, more), 200);
	while (!view_take(v));
}

#endif
