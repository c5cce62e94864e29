#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "firmware/core/ticket.h"
#include "test_vectors.h"

enum { OFFICE = 4102 };
static uint8_t public_key[TICKET_PUBLIC_BYTES], secret[TICKET_SECRET_BYTES];

static struct ticket sample(void)
{
	struct ticket t = {TICKET_QUEUE, 0x1234, 0xabcdef, 18262 + 2518, 3, 2,
	    17, 540, 15, TICKET_BOOKED, 2};

	return t;
}

/* Worked out by hand from the bit table of docs/FORMATS.md:
 * 1 0 1234 abcdef 09d6 | 03 | 00010 00000010001 01000011100 00000011
 * 10000 010 | 37 zeros. */
static const uint8_t HEADER[TICKET_HEADER_BYTES] = {0x10, 0x12, 0x34, 0xab,
    0xcd, 0xef, 0x09, 0xd6, 0x03, 0x10, 0x11, 0x43, 0x80, 0x70, 0x40};

static void test_header_is_packed_as_documented(void **state)
{
	uint8_t out[TICKET_HEADER_BYTES];
	struct ticket t = sample(), back;

	(void)state;
	assert_true(ticket_pack(&t, out));
	assert_memory_equal(out, HEADER, sizeof(out));
	assert_true(ticket_unpack(out, &back));
	assert_memory_equal(&back, &t, sizeof(t));
}

static void test_signed_ticket_verifies_for_its_office_only(void **state)
{
	struct ticket t = sample(), back;
	struct ticket_text text;

	(void)state;
	assert_true(ticket_sign(&t, OFFICE, secret, &text));
	assert_int_equal(strlen(text.digits), 200);
	assert_int_equal(
	    ticket_verify(str_from(text.digits), OFFICE, public_key, &back),
	    TICKET_VALID);
	assert_int_equal(back.number, 17);
	assert_int_equal(
	    ticket_verify(str_from(text.digits), OFFICE + 1, public_key, &back),
	    TICKET_BAD_SIGNATURE);
	assert_false(ticket_sign(&t, 0, secret, &text));
}

static int twice(char digits[200], int plus)
{
	int i, c = plus;

	for (i = 199; i >= 0; i--) {
		c += (digits[i] - '0') * 2;
		digits[i] = (char)('0' + c % 10);
		c /= 10;
	}
	return c;
}

/* digits + (add ? 1 : -1) * power, in decimal. */
static bool shifted(const char *digits, const char *power, int sign,
    char out[201])
{
	int i, c = 0;

	for (i = 199; i >= 0; i--) {
		int d = digits[i] - '0' + sign * (power[i] - '0') + c;

		c = d < 0 ? -1 : d > 9;
		out[i] = (char)('0' + (d + 10) % 10);
	}
	out[200] = '\0';
	return c == 0;
}

/* Adding and taking 2^k flips bit k one way or with a carry: either way the
 * value is another one, and none is accepted. */
static void test_every_changed_bit_is_refused(void **state)
{
	struct ticket t = sample(), back;
	struct ticket_text text;
	char power[201], other[201];
	int k, sign;

	(void)state;
	assert_true(ticket_sign(&t, OFFICE, secret, &text));
	memset(power, '0', 200);
	power[199] = '1';
	power[200] = '\0';
	for (k = 0; k < 664; k++) {
		for (sign = -1; sign <= 1; sign += 2)
			if (shifted(text.digits, power, sign, other))
				assert_int_not_equal(
				    ticket_verify(str_from(other), OFFICE,
					public_key, &back),
				    TICKET_VALID);
		assert_int_equal(twice(power, 0), 0);
	}
	/* power is now 2^664: one too many, and the ticket's alias. */
	assert_int_equal(
	    ticket_verify(str_from(power), OFFICE, public_key, &back),
	    TICKET_BAD_FORM);
	if (shifted(text.digits, power, 1, other))
		assert_int_equal(
		    ticket_verify(str_from(other), OFFICE, public_key, &back),
		    TICKET_BAD_FORM);
}

static void test_unpack_refuses_what_no_terminal_prints(void **state)
{
	static const struct {
		int at, byte;
	} bad[] = {{0, 0x20} /* version 2 */, {0, 0x12} /* type 2 */,
	    {9, 0x00} /* letter 0 */, {9, 0xd8} /* letter 27 */,
	    {18, 0x01} /* last reserved bit */,
	    {14, 0x50} /* first reserved bit */};
	struct ticket back;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		uint8_t h[TICKET_HEADER_BYTES];

		memcpy(h, HEADER, sizeof(h));
		h[bad[i].at] = (uint8_t)bad[i].byte;
		if (bad[i].at == 14) /* flags end in bits 114..112 */
			h[14] = HEADER[14] | 0x10;
		assert_false(ticket_unpack(h, &back));
	}
}

static void test_pack_refuses_fields_past_their_range(void **state)
{
	uint8_t out[TICKET_HEADER_BYTES];
	struct ticket t = sample();

	(void)state;
	t.number = 2047;
	assert_true(ticket_pack(&t, out));
	t.number = 2048;
	assert_false(ticket_pack(&t, out));
	t.number = 0;
	assert_false(ticket_pack(&t, out));
	t = sample();
	t.window_min = 1275;
	assert_true(ticket_pack(&t, out));
	t.window_min = 1280;
	assert_false(ticket_pack(&t, out));
	t = sample();
	t.slot_min = 1439;
	assert_true(ticket_pack(&t, out));
	t.slot_min = 1440;
	assert_false(ticket_pack(&t, out));
	t = sample();
	t.day = 18261;
	assert_false(ticket_pack(&t, out));
}

static void test_label_short_code_and_mark(void **state)
{
	struct secret_key gate = {{1, 2, 3}};
	struct day_key today = ticket_day_key(&gate, 20780);
	struct day_key tomorrow = ticket_day_key(&gate, 20781);
	char label[8], a[10], b[10], mark[13];
	uint8_t hash[32] = {0xff, 0xc0}; /* 11111 11111 00000 ... */

	(void)state;
	ticket_label(1, 17, label);
	assert_string_equal(label, "A-017");
	ticket_label(26, 2047, label);
	assert_string_equal(label, "Z-2047");
	ticket_short_code(&today, OFFICE, 20780, 1, 17, a);
	ticket_short_code(&tomorrow, OFFICE, 20781, 1, 17, b);
	assert_int_equal(strlen(a), 9);
	/* 00001 00000010001 -> 1, 0, 8 and the top bit of the fourth. */
	assert_memory_equal(a, "108", 3);
	assert_string_not_equal(a, b);
	ticket_audit_mark(hash, mark);
	assert_string_equal(mark, "ZZ0000000000");
	assert_true(strlen(ticket_day_word(&today, 20780)) >= 4);
}

/* Else yesterday's paper would look like today's to a guard without a gate.
 * 1,000 days of one office: by chance alone about 12 pairs would be alike. */
static void test_no_two_days_in_a_row_have_one_word(void **state)
{
	struct secret_key gate = {{3}};
	const char *before = "";

	(void)state;
	for (int32_t d = 20780; d < 21780; d++) {
		struct day_key key = ticket_day_key(&gate, d);
		const char *word = ticket_day_word(&key, d);

		assert_string_not_equal(word, before);
		before = word;
	}
}

static void test_documented_vector_holds(void **state)
{
	uint8_t seed[32], pub[32], sec[64], head[19], hash[32], key[32];
	struct ticket t = sample();
	struct secret_key gate;
	struct ticket_text text;
	struct day_key day;
	char want[256], got[16];

	(void)state;
	vector_hex("ticket", "seed", seed, 32);
	vector_hex("ticket", "gate", gate.bytes, 32);
	vector_hex("ticket", "header", head, 19);
	vector_hex("ticket", "day_key", key, 32);
	vector_hex("ticket", "chain", hash, 32);
	assert_memory_equal(head, HEADER, 19);
	assert_int_equal(crypto_sign_seed_keypair(pub, sec, seed), 0);
	assert_true(ticket_sign(&t, OFFICE, sec, &text));
	vector("ticket", "digits", want);
	assert_string_equal(text.digits, want);
	day = ticket_day_key(&gate, t.day);
	assert_memory_equal(day.bytes, key, 32);
	vector("ticket", "short", want);
	ticket_short_code(&day, OFFICE, t.day, t.letter, t.number, got);
	assert_string_equal(got, want);
	vector("ticket", "word", want);
	assert_string_equal(ticket_day_word(&day, t.day), want);
	vector("ticket", "mark", want);
	ticket_audit_mark(hash, got);
	assert_string_equal(got, want);
}

int main(void)
{
	static const uint8_t seed[32] = {7};
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_header_is_packed_as_documented),
	    cmocka_unit_test(test_signed_ticket_verifies_for_its_office_only),
	    cmocka_unit_test(test_every_changed_bit_is_refused),
	    cmocka_unit_test(test_unpack_refuses_what_no_terminal_prints),
	    cmocka_unit_test(test_pack_refuses_fields_past_their_range),
	    cmocka_unit_test(test_label_short_code_and_mark),
	    cmocka_unit_test(test_no_two_days_in_a_row_have_one_word),
	    cmocka_unit_test(test_documented_vector_holds),
	};

	if (sodium_init() < 0 ||
	    crypto_sign_seed_keypair(public_key, secret, seed) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
