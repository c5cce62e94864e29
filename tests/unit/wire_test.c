/* What hub and device sign, against tests/unit/vectors/wire.txt; hexadecimal
 * and base64; the window of counters against a plain set. */
#include "firmware/core/wire.h"
#include "test_vectors.h"

static uint8_t public_key[WIRE_PUBLIC_BYTES], secret[WIRE_SECRET_BYTES];
static char slashes[WIRE_PATH + 2], ks[WIRE_KIND + 2];
static const char odd_body[] = {0x61, 0x0a, 0x62, 0x00, 0x63};

static int make_keys(void **state)
{
	uint8_t seed[32], want[WIRE_PUBLIC_BYTES];

	(void)state;
	vector_hex("wire", "seed", seed, sizeof(seed));
	vector_hex("wire", "public", want, sizeof(want));
	assert_int_equal(crypto_sign_seed_keypair(public_key, secret, seed), 0);
	assert_memory_equal(public_key, want, sizeof(want));
	memset(slashes, '/', WIRE_PATH + 1);
	memset(ks, 'k', WIRE_KIND + 1);
	return 0;
}

static struct wire_request request(void)
{
	struct wire_request q = {str_from("POST"), str_from("/v1/claims"),
	    str_from("{\"ops\":[],\"at\":[]}"), 17, 4711};

	return q;
}

static struct wire_answer answer(void)
{
	struct wire_answer a = {.kind = str_from("claims"),
	    .status = 200,
	    .device = 17,
	    .counter = 4711,
	    .epoch = 1,
	    .body = str_from("{\"answers\":[]}")};

	return a;
}

static void assert_request(const char *name, struct wire_request q)
{
	uint8_t want[WIRE_SIGNATURE_BYTES], got[WIRE_SIGNATURE_BYTES] = {0};

	vector_hex("wire", name, want, sizeof(want));
	assert_true(wire_sign_request(&q, secret, got));
	assert_memory_equal(got, want, sizeof(want));
	assert_true(wire_check_request(&q, public_key, want));
}

static void assert_answer(const char *name, struct wire_answer a)
{
	uint8_t want[WIRE_SIGNATURE_BYTES], got[WIRE_SIGNATURE_BYTES] = {0};

	vector_hex("wire", name, want, sizeof(want));
	assert_true(wire_sign_answer(&a, secret, got));
	assert_memory_equal(got, want, sizeof(want));
	assert_true(wire_check_answer(&a, public_key, want));
}

static void assert_signed(const char *text_name, const uint8_t *signature)
{
	char hex[256];
	uint8_t text[128];
	size_t len;

	vector("wire", text_name, hex);
	len = strlen(hex) / 2;
	assert_true(wire_unhex(str_from(hex), text, len));
	assert_int_equal(
	    crypto_sign_verify_detached(signature, text, len, public_key), 0);
}

static void test_a_request_is_signed_over_its_documented_text(void **state)
{
	struct wire_request q = request();
	uint8_t signature[WIRE_SIGNATURE_BYTES];

	(void)state;
	assert_true(wire_sign_request(&q, secret, signature));
	assert_signed("request_text", signature);
	assert_request("request", q);
}

static void test_requests_at_their_limits_have_their_vectors(void **state)
{
	struct wire_request first = {str_from("POST"), str_from("/v1/enrol"),
	    str_from("{}"), 0, 0};
	struct wire_request empty = {str_from("GET"),
	    str_from("/v1/feed?office=4102"), str_from(""), 17, 4712};
	struct wire_request widest = {str_from("PROPFIND"),
	    str_of(slashes, WIRE_PATH), str_of(odd_body, sizeof(odd_body)),
	    UINT32_MAX, UINT64_MAX};

	(void)state;
	assert_request("request_first", first);
	assert_request("request_empty", empty);
	assert_request("request_widest", widest);
}

static void test_an_answer_is_signed_over_its_documented_text(void **state)
{
	struct wire_answer a = answer();
	uint8_t signature[WIRE_SIGNATURE_BYTES];

	(void)state;
	assert_true(wire_sign_answer(&a, secret, signature));
	assert_signed("answer_text", signature);
	assert_answer("answer", a);
}

static void test_answers_at_their_limits_have_their_vectors(void **state)
{
	struct wire_answer first = {str_from("enrol"), 200, 0, 0, 0,
	    str_from("{}")};
	struct wire_answer lowest = {str_from(""), 100, 0, 0, 0, str_from("")};
	struct wire_answer empty = {.kind = str_from("feed"),
	    .status = 304,
	    .device = 17,
	    .counter = 4712,
	    .epoch = 1,
	    .body = str_from("")};
	struct wire_answer widest = {str_of(ks, WIRE_KIND), 599, UINT32_MAX,
	    UINT64_MAX, UINT32_MAX, str_of(odd_body, sizeof(odd_body))};

	(void)state;
	assert_answer("answer_first", first);
	assert_answer("answer_lowest", lowest);
	assert_answer("answer_empty", empty);
	assert_answer("answer_widest", widest);
}

static void test_every_part_of_a_request_is_signed(void **state)
{
	struct wire_request other[14];
	uint8_t signature[WIRE_SIGNATURE_BYTES];

	(void)state;
	vector_hex("wire", "request", signature, sizeof(signature));
	for (size_t i = 0; i < ARRAY_LEN(other); i++)
		other[i] = request();
	other[0].method = str_from("PUT");
	other[1].method = str_from("post");
	other[2].method = str_from("");
	other[3].path = str_from("/v1/claim");
	other[4].path = str_from("/v1/claims?");
	other[5].path = str_from("/v1/Claims");
	other[6].body = str_from("{\"ops\":[],\"at\":[] }");
	other[7].body = str_from("");
	other[8].body.len--;
	other[9].device = 18;
	other[10].device = 0;
	other[11].counter = 4710;
	other[12].counter += UINT64_C(1) << 32;
	/* the same digits, parted in another place */
	other[13].device = 174;
	other[13].counter = 711;
	for (size_t i = 0; i < ARRAY_LEN(other); i++)
		assert_false(
		    wire_check_request(&other[i], public_key, signature));
}

static void test_every_part_of_an_answer_is_signed(void **state)
{
	struct wire_answer other[14];
	uint8_t signature[WIRE_SIGNATURE_BYTES];

	(void)state;
	vector_hex("wire", "answer", signature, sizeof(signature));
	for (size_t i = 0; i < ARRAY_LEN(other); i++)
		other[i] = answer();
	other[0].kind = str_from("error");
	other[1].kind = str_from("Claims");
	other[2].kind = str_from("");
	other[3].status = 201;
	other[4].status = 503;
	other[5].device = 18;
	other[6].device = 0;
	other[7].epoch = 2;
	other[8].epoch = 0;
	other[9].counter = 4712;
	other[10].counter += UINT64_C(1) << 32;
	other[11].body = str_from("{\"answers\":[{}]}");
	other[12].body = str_from("");
	/* device and epoch exchanged */
	other[13].device = 1;
	other[13].epoch = 17;
	for (size_t i = 0; i < ARRAY_LEN(other); i++)
		assert_false(
		    wire_check_answer(&other[i], public_key, signature));
}

static void test_every_bit_of_signature_and_key_counts(void **state)
{
	struct wire_request q = request();
	struct wire_answer a = answer();
	uint8_t of_q[WIRE_SIGNATURE_BYTES], of_a[WIRE_SIGNATURE_BYTES];
	uint8_t key[WIRE_PUBLIC_BYTES];

	(void)state;
	vector_hex("wire", "request", of_q, sizeof(of_q));
	vector_hex("wire", "answer", of_a, sizeof(of_a));
	memcpy(key, public_key, sizeof(key));
	for (int i = 0; i < 8 * WIRE_SIGNATURE_BYTES; i++) {
		of_q[i / 8] ^= (uint8_t)(1 << i % 8);
		of_a[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_false(wire_check_request(&q, public_key, of_q));
		assert_false(wire_check_answer(&a, public_key, of_a));
		of_q[i / 8] ^= (uint8_t)(1 << i % 8);
		of_a[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (int i = 0; i < 8 * WIRE_PUBLIC_BYTES; i++) {
		key[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_false(wire_check_request(&q, key, of_q));
		assert_false(wire_check_answer(&a, key, of_a));
		key[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_true(wire_check_request(&q, key, of_q));
	assert_true(wire_check_answer(&a, key, of_a));
}

/* RFC 8032 5.1.7: with the neutral point as key and as R, and S = 0, the
 * plain equation holds for every message. */
static void test_a_key_of_small_order_signs_nothing(void **state)
{
	uint8_t key[WIRE_PUBLIC_BYTES] = {1},
		forged[WIRE_SIGNATURE_BYTES] = {1};
	struct wire_request q = request();
	struct wire_answer a = answer();

	(void)state;
	assert_false(wire_check_request(&q, key, forged));
	assert_false(wire_check_answer(&a, key, forged));
	memset(key, 0, sizeof(key));
	memset(forged, 0, sizeof(forged));
	assert_false(wire_check_request(&q, key, forged));
	assert_false(wire_check_answer(&a, key, forged));
}

/* RFC 8032 5.1.7: S must be below the group's order L. */
static void test_a_signature_has_one_form(void **state)
{
	static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63,
	    0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
	    0x14, [31] = 0x10};
	uint8_t signature[WIRE_SIGNATURE_BYTES];
	struct wire_request q = request();
	unsigned carry = 0;

	(void)state;
	vector_hex("wire", "request", signature, sizeof(signature));
	for (size_t i = 0; i < sizeof(order); i++) {
		carry += (unsigned)signature[32 + i] + order[i];
		signature[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_int_equal(carry, 0);
	assert_false(wire_check_request(&q, public_key, signature));
}

/* A device's own answer to itself would be one, were the heads the same. */
static void test_a_request_is_no_answer(void **state)
{
	struct wire_request q = request();
	struct wire_answer a = answer();
	uint8_t of_q[WIRE_SIGNATURE_BYTES], of_a[WIRE_SIGNATURE_BYTES];

	(void)state;
	vector_hex("wire", "request", of_q, sizeof(of_q));
	vector_hex("wire", "answer", of_a, sizeof(of_a));
	assert_false(wire_check_request(&q, public_key, of_a));
	assert_false(wire_check_answer(&a, public_key, of_q));
}

static void assert_unsigned_request(struct wire_request q)
{
	uint8_t got[WIRE_SIGNATURE_BYTES] = {0};
	const uint8_t none[WIRE_SIGNATURE_BYTES] = {0};

	assert_false(wire_sign_request(&q, secret, got));
	assert_memory_equal(got, none, sizeof(none));
}

static void test_no_request_with_a_text_too_long_or_broken_is_signed(
    void **state)
{
	static const struct str bad_method[] = {{"POST/\n\n", 7}, {"\nPOST", 5},
	    {"POST\n", 5}, {"PO\0ST", 5}, {"", 1}, {"PROPFINDS", 9}};
	static const struct str bad_path[] = {{"/v1\n/x", 6}, {"\n/v1", 4},
	    {"/v1\n", 4}, {"/v1\0/x", 6}, {"/v1", 4}};
	struct wire_request q;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad_method); i++) {
		q = request();
		q.method = bad_method[i];
		assert_unsigned_request(q);
	}
	q = request();
	for (size_t i = 0; i < ARRAY_LEN(bad_path); i++) {
		q.path = bad_path[i];
		assert_unsigned_request(q);
	}
	q.path = str_of(slashes, WIRE_PATH + 1);
	assert_unsigned_request(q);
}

static void assert_unsigned_answer(struct wire_answer a)
{
	uint8_t got[WIRE_SIGNATURE_BYTES] = {0};
	const uint8_t none[WIRE_SIGNATURE_BYTES] = {0};

	assert_false(wire_sign_answer(&a, secret, got));
	assert_memory_equal(got, none, sizeof(none));
}

static void test_no_answer_with_a_bad_kind_or_status_is_signed(void **state)
{
	static const struct str bad_kind[] = {{"fe\ned", 5}, {"\nfeed", 5},
	    {"feed\n", 5}, {"fe\0ed", 5}, {"feed", 5}};
	static const int bad_status[] = {99, 600, 0, -200, 1 << 30};
	struct wire_answer a = answer();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad_kind); i++) {
		a.kind = bad_kind[i];
		assert_unsigned_answer(a);
	}
	a.kind = str_of(ks, WIRE_KIND + 1);
	assert_unsigned_answer(a);
	a = answer();
	for (size_t i = 0; i < ARRAY_LEN(bad_status); i++) {
		a.status = bad_status[i];
		assert_unsigned_answer(a);
	}
}

/* One text, well signed, that two requests would have if LF could pass. */
static void test_a_line_break_moves_no_part_into_another(void **state)
{
	/* BLAKE2b-256 of nothing */
	static const char text[] =
	    "karcis-req-v1\nGET\n/a\n/b\n0e5751c026e543b2e8ab2eb06099daa1"
	    "d1e5df47778f7787faab45cdf12fe3a8\n17\n1";
	struct wire_request q = {str_from("GET"), str_from("/a\n/b"),
	    str_from(""), 17, 1};
	uint8_t signature[WIRE_SIGNATURE_BYTES];

	(void)state;
	assert_int_equal(crypto_sign_detached(signature, NULL,
			     (const uint8_t *)text, sizeof(text) - 1, secret),
	    0);
	assert_false(wire_check_request(&q, public_key, signature));
	q.method = str_from("GET\n/a");
	q.path = str_from("/b");
	assert_false(wire_check_request(&q, public_key, signature));
}

static void test_a_part_that_is_none_is_an_empty_one(void **state)
{
	struct wire_request q = {.device = 1}, r = q;
	uint8_t signature[WIRE_SIGNATURE_BYTES];
	struct wire_answer a = {.status = 100};

	(void)state;
	r.method = r.path = r.body = str_from("");
	assert_true(wire_sign_request(&q, secret, signature));
	assert_true(wire_check_request(&r, public_key, signature));
	assert_answer("answer_lowest", a);
	assert_false(wire_unhex(q.body, signature, 1));
	assert_false(wire_unbase64(q.body, signature, 1));
}

static void test_the_fingerprint_is_16_bytes_of_the_keys_hash(void **state)
{
	uint8_t want[WIRE_FINGERPRINT_BYTES], got[WIRE_FINGERPRINT_BYTES + 1];

	(void)state;
	vector_hex("wire", "fingerprint", want, sizeof(want));
	got[WIRE_FINGERPRINT_BYTES] = 0xA5;
	wire_fingerprint(public_key, got);
	assert_memory_equal(got, want, sizeof(want));
	assert_int_equal(got[WIRE_FINGERPRINT_BYTES], 0xA5);
}

static void test_every_byte_is_two_lower_case_digits(void **state)
{
	char got[3], want[3];
	uint8_t back;

	(void)state;
	for (unsigned i = 0; i < 256; i++) {
		uint8_t byte = (uint8_t)i;

		snprintf(want, sizeof(want), "%02x", i);
		memset(got, 'x', sizeof(got));
		wire_hex(&byte, 1, got);
		assert_memory_equal(got, want, sizeof(want));
		assert_true(wire_unhex(str_from(got), &back, 1));
		assert_int_equal(back, i);
	}
	wire_hex(&back, 0, got);
	assert_string_equal(got, "");
	assert_true(wire_unhex(str_from(""), &back, 0));
}

static void test_only_lower_case_digits_of_the_length_are_read(void **state)
{
	static const struct str bad[] = {{"", 0}, {"0", 1}, {"0a1", 3},
	    {"0a1b2", 5}, {"0a1b2c", 6}, {"0A1b", 4}, {"0a1B", 4}, {"0a1g", 4},
	    {"g01b", 4}, {"0a 1", 4}, {" a1b", 4}, {"0x1b", 4}, {"+a1b", 4},
	    {"-a1b", 4}, {"0a\0b", 4}, {"0a1\n", 4}, {"0a:1", 4}, {"0a/1", 4},
	    {"0a`1", 4}, {"0a@1", 4}, {"0a\xff\xff", 4}, {"0a\xb0\x31", 4}};
	uint8_t out[3] = {0};

	(void)state;
	assert_true(wire_unhex(str_from("0a1b"), out, 2));
	assert_int_equal(out[0], 0x0a);
	assert_int_equal(out[1], 0x1b);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(wire_unhex(bad[i], out, 2));
}

/* RFC 4648 section 10, and the two symbols that the URL form changes. */
static const struct {
	const char *bytes, *text;
} base64_cases[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xfb\xff\xbf", "+/+/"},
};

static void test_base64_is_that_of_the_rfc(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(base64_cases); i++) {
		const char *bytes = base64_cases[i].bytes;
		size_t len = strlen(bytes);
		char got[16];
		uint8_t back[8];

		memset(got, 'x', sizeof(got));
		wire_base64((const uint8_t *)bytes, len, got);
		assert_string_equal(got, base64_cases[i].text);
		assert_true(
		    wire_unbase64(str_from(base64_cases[i].text), back, len));
		assert_memory_equal(back, bytes, len);
	}
}

static void test_a_signature_is_88_symbols(void **state)
{
	uint8_t signature[WIRE_SIGNATURE_BYTES], back[WIRE_SIGNATURE_BYTES];
	char got[WIRE_BASE64 + 1], want[256];

	(void)state;
	vector_hex("wire", "request", signature, sizeof(signature));
	vector("wire", "request_base64", want);
	assert_int_equal(strlen(want), WIRE_BASE64);
	wire_base64(signature, sizeof(signature), got);
	assert_string_equal(got, want);
	assert_true(wire_unbase64(str_from(want), back, sizeof(back)));
	assert_memory_equal(back, signature, sizeof(back));
}

static void test_base64_of_another_length_or_form_is_refused(void **state)
{
	static const struct {
		struct str text;
		size_t len;
	} bad[] = {
	    {{"", 0}, 1},
	    {{"Zg", 2}, 1}, /* no padding */
	    {{"Zg=", 3}, 1},
	    {{"Zg===", 5}, 1},
	    {{"Zh==", 4}, 1}, /* bits behind the last byte */
	    {{"Zm9=", 4}, 2},
	    {{"Zm9v", 4}, 1}, /* one of 3, asked for 1, 2, 4 */
	    {{"Zm9v", 4}, 2},
	    {{"Zm9v", 4}, 4},
	    {{"Zm8=", 4}, 1}, /* 2 bytes, asked for 1 and 3 */
	    {{"Zm8=", 4}, 3},
	    {{"Zg==", 4}, 2},
	    {{"Zg==", 4}, 0},
	    {{"====", 4}, 1},
	    {{"Z===", 4}, 1},
	    {{"=m9v", 4}, 3},
	    {{"Zm=v", 4}, 3},
	    {{"-_-_", 4}, 3}, /* the URL form */
	    {{"Zm9\n", 4}, 3},
	    {{" m9v", 4}, 3},
	    {{"Zm v", 4}, 3},
	    {{"Zm\0v", 4}, 3},
	    {{"Zm9\xff", 4}, 3}, /* no ASCII */
	    {{"Zm9\x80", 4}, 3},
	    {{"Zm9v\n", 5}, 3},
	    {{"Zm9v====", 8}, 3},
	    {{"Zg==Zg==", 8}, 4},
	    {{"Zg==AAAA", 8}, 6},
	};
	uint8_t out[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(wire_unbase64(bad[i].text, out, bad[i].len));
}

/* Every symbol of a signature's base64 replaced by each byte value: either
 * other bytes come out, or nothing is read. */
static void test_no_two_base64_texts_are_one_signature(void **state)
{
	uint8_t want[WIRE_SIGNATURE_BYTES], got[WIRE_SIGNATURE_BYTES];
	char text[256], was;

	(void)state;
	vector_hex("wire", "request", want, sizeof(want));
	vector("wire", "request_base64", text);
	for (size_t i = 0; i < WIRE_BASE64; i++) {
		was = text[i];
		for (int c = 0; c < 256; c++) {
			text[i] = (char)(unsigned char)c;
			if (text[i] != was &&
			    wire_unbase64(str_of(text, WIRE_BASE64), got, 64))
				assert_memory_not_equal(got, want, 64);
		}
		text[i] = was;
	}
}

/* The model: all counters ever used, as a set. */
enum { FIRST = 1000, SET = 20000 };
struct model {
	bool used[SET];
	uint64_t high;
};

static enum wire_counter model_take(struct model *m, uint64_t c)
{
	if (c <= m->high && m->high - c > 63)
		return WIRE_COUNTER_OLD;
	if (m->used[c])
		return WIRE_COUNTER_SEEN;
	m->used[c] = true;
	if (c > m->high)
		m->high = c;
	return WIRE_COUNTER_FRESH;
}

static void assert_as_model(struct wire_window *w, struct model *m, uint64_t c)
{
	struct wire_window before = *w;
	enum wire_counter want = model_take(m, c);

	assert_int_equal(wire_window_take(w, c), want);
	if (want == WIRE_COUNTER_FRESH)
		return;
	assert_true(w->high == before.high);
	assert_true(w->seen == before.seen);
}

/* numerical recipes' linear congruential generator */
static uint32_t draw(uint32_t *seed)
{
	*seed = *seed * 1664525U + 1013904223U;
	return *seed >> 8;
}

static void test_the_window_is_a_set_of_all_counters(void **state)
{
	static struct model m;
	uint64_t c;

	(void)state;
	for (uint32_t round = 1; round <= 60; round++) {
		struct wire_window w = {0};
		uint32_t seed = round;

		memset(&m, 0, sizeof(m));
		for (int i = 0; i < 1500; i++) {
			/* mostly near, at times a jump past the window */
			c = m.high + draw(&seed) % (round % 4 == 0 ? 90 : 75);
			c = c > 70 ? c - 70 : draw(&seed) % 70;
			if (draw(&seed) % 64 == 0)
				c = m.high + draw(&seed) % 130;
			assert_as_model(&w, &m, c);
		}
		assert_true(w.high == m.high);
	}
}

static void test_every_jump_and_every_step_back_is_as_the_set_says(void **state)
{
	static struct model m;

	(void)state;
	for (uint64_t jump = 0; jump <= 130; jump++) {
		struct wire_window w = {0};

		memset(&m, 0, sizeof(m));
		assert_as_model(&w, &m, FIRST);
		assert_as_model(&w, &m, FIRST - 5);
		assert_as_model(&w, &m, FIRST - 63);
		assert_as_model(&w, &m, FIRST + jump);
		for (uint64_t back = 0; back <= 200; back++)
			assert_as_model(&w, &m, FIRST + jump - back);
	}
}

static void test_63_below_the_highest_is_taken_and_64_below_is_old(void **state)
{
	struct wire_window w = {0};

	(void)state;
	assert_int_equal(wire_window_take(&w, 164), WIRE_COUNTER_FRESH);
	assert_int_equal(wire_window_take(&w, 100), WIRE_COUNTER_OLD);
	assert_int_equal(wire_window_take(&w, 101), WIRE_COUNTER_FRESH);
	assert_int_equal(wire_window_take(&w, 101), WIRE_COUNTER_SEEN);
	assert_int_equal(wire_window_take(&w, 0), WIRE_COUNTER_OLD);
}

static void test_a_jump_of_63_keeps_the_last_and_one_of_64_does_not(
    void **state)
{
	struct wire_window w = {0}, v = {0};

	(void)state;
	assert_int_equal(wire_window_take(&w, 100), WIRE_COUNTER_FRESH);
	assert_int_equal(wire_window_take(&w, 163), WIRE_COUNTER_FRESH);
	assert_int_equal(wire_window_take(&w, 100), WIRE_COUNTER_SEEN);
	assert_int_equal(wire_window_take(&w, 101), WIRE_COUNTER_FRESH);
	assert_int_equal(wire_window_take(&v, 100), WIRE_COUNTER_FRESH);
	assert_int_equal(wire_window_take(&v, 164), WIRE_COUNTER_FRESH);
	assert_int_equal(wire_window_take(&v, 100), WIRE_COUNTER_OLD);
	assert_int_equal(wire_window_take(&v, 101), WIRE_COUNTER_FRESH);
	assert_int_equal(wire_window_take(&v, 164), WIRE_COUNTER_SEEN);
}

static void test_each_counter_is_taken_once_however_often_it_comes(void **state)
{
	struct wire_window w = {0};

	(void)state;
	for (uint64_t c = 0; c < 200; c++) {
		assert_int_equal(wire_window_take(&w, c), WIRE_COUNTER_FRESH);
		for (uint64_t b = 0; b <= c; b++)
			assert_int_equal(wire_window_take(&w, c - b),
			    b < 64 ? WIRE_COUNTER_SEEN : WIRE_COUNTER_OLD);
	}
}

static void test_the_highest_counters_do_not_wrap(void **state)
{
	struct wire_window w = {0};

	(void)state;
	assert_int_equal(wire_window_take(&w, 1), WIRE_COUNTER_FRESH);
	assert_int_equal(wire_window_take(&w, UINT64_MAX), WIRE_COUNTER_FRESH);
	assert_int_equal(wire_window_take(&w, UINT64_MAX), WIRE_COUNTER_SEEN);
	assert_int_equal(wire_window_take(&w, UINT64_MAX - 63),
	    WIRE_COUNTER_FRESH);
	assert_int_equal(wire_window_take(&w, UINT64_MAX - 64),
	    WIRE_COUNTER_OLD);
	assert_int_equal(wire_window_take(&w, 0), WIRE_COUNTER_OLD);
	assert_int_equal(wire_window_take(&w, 1), WIRE_COUNTER_OLD);
	assert_int_equal(wire_window_take(&w, 2), WIRE_COUNTER_OLD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_request_is_signed_over_its_documented_text),
	    cmocka_unit_test(test_requests_at_their_limits_have_their_vectors),
	    cmocka_unit_test(test_an_answer_is_signed_over_its_documented_text),
	    cmocka_unit_test(test_answers_at_their_limits_have_their_vectors),
	    cmocka_unit_test(test_every_part_of_a_request_is_signed),
	    cmocka_unit_test(test_every_part_of_an_answer_is_signed),
	    cmocka_unit_test(test_every_bit_of_signature_and_key_counts),
	    cmocka_unit_test(test_a_key_of_small_order_signs_nothing),
	    cmocka_unit_test(test_a_signature_has_one_form),
	    cmocka_unit_test(test_a_request_is_no_answer),
	    cmocka_unit_test(
		test_no_request_with_a_text_too_long_or_broken_is_signed),
	    cmocka_unit_test(
		test_no_answer_with_a_bad_kind_or_status_is_signed),
	    cmocka_unit_test(test_a_line_break_moves_no_part_into_another),
	    cmocka_unit_test(test_a_part_that_is_none_is_an_empty_one),
	    cmocka_unit_test(test_the_fingerprint_is_16_bytes_of_the_keys_hash),
	    cmocka_unit_test(test_every_byte_is_two_lower_case_digits),
	    cmocka_unit_test(
		test_only_lower_case_digits_of_the_length_are_read),
	    cmocka_unit_test(test_base64_is_that_of_the_rfc),
	    cmocka_unit_test(test_a_signature_is_88_symbols),
	    cmocka_unit_test(test_base64_of_another_length_or_form_is_refused),
	    cmocka_unit_test(test_no_two_base64_texts_are_one_signature),
	    cmocka_unit_test(test_the_window_is_a_set_of_all_counters),
	    cmocka_unit_test(
		test_every_jump_and_every_step_back_is_as_the_set_says),
	    cmocka_unit_test(
		test_63_below_the_highest_is_taken_and_64_below_is_old),
	    cmocka_unit_test(
		test_a_jump_of_63_keeps_the_last_and_one_of_64_does_not),
	    cmocka_unit_test(
		test_each_counter_is_taken_once_however_often_it_comes),
	    cmocka_unit_test(test_the_highest_counters_do_not_wrap),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, make_keys, NULL);
}
