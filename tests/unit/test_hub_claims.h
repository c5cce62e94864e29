/* Batches of claims, written and read. */
#ifndef KARCIS_TESTS_TEST_HUB_CLAIMS_H
#define KARCIS_TESTS_TEST_HUB_CLAIMS_H

#include "test_hub.h"

enum { CLAIMS_TEXT = 400000, BOOKED = 1, PRIORITY = 2, WALK_IN = 3 };

/* A thread has a batch of its own. */
struct batch {
	char text[CLAIMS_TEXT];
	size_t len;
	const char *day;
};
static struct batch batch = {.day = DAY};

static inline void put_text(struct batch *b, const char *fmt, ...)
    PRINTF_LIKE(2, 3);
static inline void put_text(struct batch *b, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(b->text + b->len, sizeof(b->text) - b->len, fmt, args);
	va_end(args);
	assert_true(n >= 0 && (size_t)n < sizeof(b->text) - b->len);
	b->len += (size_t)n;
}

static inline void begin_in(struct batch *b)
{
	b->len = 0;
	put_text(b, "{\"ops\": [");
}

static inline void begin(void)
{
	batch.day = DAY;
	begin_in(&batch);
}

static inline void comma(struct batch *b)
{
	if (b->text[b->len - 1] == '}')
		put_text(b, ",");
}

static inline void put_admit(struct batch *b, const char *op,
    const char *booking, int class)
{
	comma(b);
	put_text(b,
	    "{\"op\": \"admit\", \"op_id\": \"%s\", \"day\": \"%s\", "
	    "\"booking\": \"%s\", \"done\": false, \"time\": 1795651200, "
	    "\"service\": 1, \"class\": %d, \"verdict\": \"admit-booked\"}",
	    op, b->day, booking, class);
}

static inline void put_done(struct batch *b, const char *op,
    const char *booking, int class, char letter, int number)
{
	comma(b);
	put_text(b,
	    "{\"op\": \"admit\", \"op_id\": \"%s\", \"day\": \"%s\", "
	    "\"booking\": \"%s\", \"done\": true, \"time\": 1795651260, "
	    "\"service\": 1, \"class\": %d, \"verdict\": \"admit-booked\", "
	    "\"letter\": \"%c\", \"number\": %d, \"key_id\": 311, \"seq\": 5, "
	    "\"n\": 9}",
	    op, b->day, booking, class, letter, number);
}

static inline void asked(const char *op, const char *booking)
{
	put_admit(&batch, op, booking, BOOKED);
}

static inline void done(const char *op, const char *booking, char letter,
    int number)
{
	put_done(&batch, op, booking, BOOKED, letter, number);
}

static inline void numbers(const char *op, char letter, int count)
{
	comma(&batch);
	put_text(&batch,
	    "{\"op\": \"numbers\", \"op_id\": \"%s\", \"day\": \"%s\", "
	    "\"letter\": \"%c\", \"count\": %d}",
	    op, batch.day, letter, count);
}

static inline void allowance(const char *op, int service, int count)
{
	comma(&batch);
	put_text(&batch,
	    "{\"op\": \"allowance\", \"op_id\": \"%s\", \"day\": \"%s\", "
	    "\"service\": %d, \"class\": 3, \"count\": %d}",
	    op, batch.day, service, count);
}

static inline void raw(const char *op)
{
	if (batch.text[batch.len - 1] != '[')
		put_text(&batch, ",");
	put_text(&batch, "%s", op);
}

static inline void end_with(struct batch *b, const char *at)
{
	put_text(b, "], \"at\": [%s]}", at);
}

static inline int send_at(struct client *c, const char *at)
{
	end_with(&batch, at);
	return ask(c, "POST", "/v1/claims", batch.text);
}

/* Expects 200. */
static inline void send(struct client *c)
{
	int status = send_at(c, "");

	if (status != 200)
		print_error("%s %s\n", answer.body, answer.failure.text);
	assert_int_equal(status, 200);
	assert_string_equal(answer.kind, "claims");
}

static inline const json_t *result(size_t i)
{
	return json_array_get(json_object_get(reply, "answers"), i);
}

static inline const char *word(size_t i)
{
	return text_of(result(i), "answer");
}

/* One op, asked or done, and its answer. */
static inline const char *ask_one(struct client *c, const char *op,
    const char *booking)
{
	begin();
	asked(op, booking);
	send(c);
	return word(0);
}

static inline const char *tell_one(struct client *c, const char *op,
    const char *booking, char letter, int number)
{
	begin();
	done(op, booking, letter, number);
	send(c);
	return word(0);
}

/* Bookings of the day 1..n with codes "CODE0001" .. and status. */
static inline void hash_of_code(uint32_t office, const char *code, char out[33])
{
	uint8_t text[20] = "karcis-office-v1";
	struct secret_key key;
	struct booking_code b = {{0}};
	struct code_hash hash;

	for (int i = 0; i < 4; i++)
		text[16 + i] = (uint8_t)(office >> (24 - 8 * i));
	crypto_generichash(key.bytes, sizeof(key.bytes), text, sizeof(text),
	    keys.master.bytes, sizeof(keys.master.bytes));
	snprintf(b.text, sizeof(b.text), "%s", code);
	hash = digest_code(&key, &b);
	wire_hex(hash.bytes, sizeof(hash.bytes), out);
}

static inline void book(struct client *channel, const char *code,
    const char *day, const char *status)
{
	char body[512];

	snprintf(body, sizeof(body),
	    "{\"bookings\": [{\"code\": \"%s\", \"service\": 1, \"date\": "
	    "\"%s\", \"start\": \"09:00\", \"end\": \"09:15\", \"status\": "
	    "\"%s\"}]}",
	    code, day, status);
	assert_int_equal(ask(channel, "POST", "/v1/bookings", body), 200);
	assert_int_equal(number_of(reply, "accepted"), 1);
}

#endif
