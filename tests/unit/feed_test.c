/* Digests of the feed's rows and homes of codes, against
 * tests/unit/vectors/wire.txt. */
#include "firmware/core/feed.h"

#include <stdlib.h>

#include "test_vectors.h"

enum { DAY = 20783 /* 2026-11-26 */, CODES = 3000 };

static void fill(uint8_t *bytes, uint8_t first)
{
	for (uint8_t i = 0; i < 16; i++)
		bytes[i] = (uint8_t)(first + i);
}

static struct booking put(void)
{
	struct booking b = {.office = 4102,
	    .day = DAY,
	    .start_min = 540,
	    .end_min = 555,
	    .service = 3,
	    .booking_class = CLASS_BOOKED,
	    .status = BOOKING_CANCELLED,
	    .companions = 4,
	    .birth = UINT64_C(0x993274b57ba3eea7),
	    .permit_expires_day = 20900,
	    .status_s = 1795651200,
	    .masked_name = "S*** W******"};

	fill(b.hash.bytes, 0x20);
	return b;
}

static struct booking put_bare(void)
{
	struct booking b = {.office = 1};

	return b;
}

static struct booking put_widest(void)
{
	struct booking b = {.office = UINT32_MAX,
	    .day = INT32_MAX,
	    .start_min = INT16_MAX - 1,
	    .end_min = INT16_MAX,
	    .service = 255,
	    .booking_class = 254,
	    .status = 253,
	    .companions = 252,
	    .birth = UINT64_MAX,
	    .permit_expires_day = INT32_MAX,
	    .status_s = INT64_MAX,
	    .masked_name = "abcdefghijklmnopqrstuvw"};

	memset(b.hash.bytes, 0xff, sizeof(b.hash.bytes));
	return b;
}

static struct feed_admission adm(void)
{
	struct feed_admission a = {.device = 17,
	    .letter = 1,
	    .number = 12,
	    .time_s = 1795651200};

	fill(a.booking.bytes, 0x20);
	fill(a.op_id.bytes, 0x40);
	return a;
}

static struct feed_admission adm_untold(void)
{
	struct feed_admission a = adm();

	a.letter = 0;
	a.number = 0;
	return a;
}

static struct feed_admission adm_widest(void)
{
	struct feed_admission a = {.device = UINT32_MAX,
	    .letter = 255,
	    .number = UINT16_MAX,
	    .time_s = INT64_MAX};

	memset(a.booking.bytes, 0xff, sizeof(a.booking.bytes));
	memset(a.op_id.bytes, 0xff, sizeof(a.op_id.bytes));
	return a;
}

/* Row i of the six, added or taken. */
enum { ROWS = 6 };
static void change(struct feed_digest *d, int i, bool is_added)
{
	struct booking b[] = {put(), put_bare(), put_widest()};
	struct feed_admission a[] = {adm(), adm_untold(), adm_widest()};
	uint32_t office = i == 5 ? UINT32_MAX : 4102;
	int32_t day = i == 5 ? INT32_MAX : DAY;

	if (i < 3 && is_added)
		feed_add_booking(d, &b[i]);
	else if (i < 3)
		feed_take_booking(d, &b[i]);
	else if (is_added)
		feed_add_admission(d, office, day, &a[i - 3]);
	else
		feed_take_admission(d, office, day, &a[i - 3]);
}

static struct feed_digest wanted(const char *name)
{
	struct feed_digest d = {{0}};
	uint8_t bytes[32];

	vector_hex("wire", name, bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		d.word[i / 8] |= (uint64_t)bytes[i] << (56 - 8 * (i % 8));
	return d;
}

static void assert_digest(const struct feed_digest *got,
    struct feed_digest want)
{
	for (int i = 0; i < FEED_DIGEST_WORDS; i++)
		assert_true(got->word[i] == want.word[i]);
}

static void test_each_row_has_its_documented_digest(void **state)
{
	static const char *const names[ROWS] = {"put", "put_bare", "put_widest",
	    "adm", "adm_untold", "adm_widest"};

	(void)state;
	for (int i = 0; i < ROWS; i++) {
		struct feed_digest d = {{0}};

		change(&d, i, true);
		assert_digest(&d, wanted(names[i]));
	}
}

/* All 720 orders, counted in the factorial base. */
static void test_a_pass_has_its_documented_digest(void **state)
{
	struct feed_admission a[] = {adm(), adm_widest()};
	struct feed_digest d = {{0}}, none = {{0}};

	(void)state;
	a[0].pass = 0xd2;
	a[1].pass = 0xff;
	feed_add_admission(&d, 4102, DAY, &a[0]);
	assert_digest(&d, wanted("pas"));
	feed_take_admission(&d, 4102, DAY, &a[0]);
	assert_true(feed_digest_eq(&d, &none));
	feed_add_admission(&d, UINT32_MAX, INT32_MAX, &a[1]);
	assert_digest(&d, wanted("pas_widest"));
}

static void test_a_digest_is_the_sum_in_any_order(void **state)
{
	struct feed_digest want = wanted("sum");

	(void)state;
	for (int order = 0; order < 720; order++) {
		int left[ROWS] = {0, 1, 2, 3, 4, 5}, rest = order;
		struct feed_digest d = {{0}};

		for (int n = ROWS; n > 0; n--) {
			int at = rest % n;

			rest /= n;
			change(&d, left[at], true);
			left[at] = left[n - 1];
		}
		assert_digest(&d, want);
	}
}

static void test_take_undoes_add(void **state)
{
	struct feed_digest d = {{0}}, zero = {{0}}, start = wanted("sum");

	(void)state;
	for (int i = 0; i < ROWS; i++)
		change(&d, i, true);
	for (int i = 0; i < ROWS; i++)
		change(&d, i, false);
	assert_digest(&d, zero);
	/* also when it is taken before it is added */
	d = start;
	for (int i = 0; i < ROWS; i++) {
		change(&d, i, false);
		change(&d, i, true);
		assert_digest(&d, start);
	}
}

static void test_a_row_that_comes_twice_counts_twice(void **state)
{
	struct feed_digest d = {{0}}, want = wanted("put");

	(void)state;
	for (int i = 0; i < FEED_DIGEST_WORDS; i++)
		want.word[i] *= 2;
	change(&d, 0, true);
	change(&d, 0, true);
	assert_digest(&d, want);
}

/* One more than all ones is nothing: and no word carries into another. */
static void test_each_word_wraps_at_2_to_the_64_by_itself(void **state)
{
	struct feed_digest row = wanted("put"), d, want;

	(void)state;
	for (int i = 0; i < FEED_DIGEST_WORDS; i++) {
		memset(&d, 0, sizeof(d));
		d.word[i] = UINT64_MAX;
		want = row;
		want.word[i]--;
		change(&d, 0, true);
		assert_digest(&d, want);
		/* row + (2^64 - row) */
		memset(&d, 0, sizeof(d));
		d.word[i] = UINT64_MAX - row.word[i] + 1;
		want = row;
		want.word[i] = 0;
		change(&d, 0, true);
		assert_digest(&d, want);
	}
	memset(&d, 0, sizeof(d));
	change(&d, 0, false);
	for (int i = 0; i < FEED_DIGEST_WORDS; i++)
		assert_true(d.word[i] == UINT64_MAX - row.word[i] + 1);
}

/* Each differs from put() in one field. */
enum { BOOKINGS = 16 };
static void other_bookings(struct booking other[BOOKINGS])
{
	for (int i = 0; i < BOOKINGS; i++)
		other[i] = put();
	other[0].hash.bytes[0] ^= 0x80;
	other[1].hash.bytes[15] ^= 1;
	other[2].office++;
	other[3].day++;
	other[4].start_min--;
	other[5].end_min++;
	other[6].service++;
	other[7].booking_class++;
	other[8].status++;
	other[9].companions++;
	other[10].birth ^= UINT64_C(1) << 63;
	other[11].permit_expires_day++;
	other[12].status_s++;
	other[13].masked_name[0] = 'T';
	other[14].masked_name[11] = '\0';
	other[15].masked_name[12] = '*';
}

static void test_every_field_of_a_booking_is_in_its_digest(void **state)
{
	struct feed_digest d[BOOKINGS + 1];
	struct booking other[BOOKINGS];

	(void)state;
	memset(d, 0, sizeof(d));
	other_bookings(other);
	for (int i = 0; i < BOOKINGS; i++)
		feed_add_booking(&d[i], &other[i]);
	d[BOOKINGS] = wanted("put");
	for (int i = 0; i <= BOOKINGS; i++)
		for (int k = 0; k < i; k++)
			assert_false(feed_digest_eq(&d[i], &d[k]));
}

static void test_what_stands_behind_a_name_is_in_no_digest(void **state)
{
	struct feed_digest d = {{0}};
	struct booking b = put();

	(void)state;
	memset(b.masked_name + 13, 'x', sizeof(b.masked_name) - 13);
	feed_add_booking(&d, &b);
	assert_digest(&d, wanted("put"));
}

/* Each differs from adm() in one field; the last two in office and day. */
enum { ADMISSIONS = 10 };
static void test_every_field_of_an_admission_is_in_its_digest(void **state)
{
	struct feed_admission other[ADMISSIONS];
	struct feed_digest d[ADMISSIONS + 1];

	(void)state;
	memset(d, 0, sizeof(d));
	for (int i = 0; i < ADMISSIONS; i++)
		other[i] = adm();
	other[0].booking.bytes[0] ^= 0x80;
	other[1].booking.bytes[15] ^= 1;
	other[2].op_id.bytes[0] ^= 0x80;
	other[3].op_id.bytes[15] ^= 1;
	other[4].device++;
	other[5].letter++;
	other[6].number++;
	other[7].time_s++;
	for (int i = 0; i < ADMISSIONS; i++)
		feed_add_admission(&d[i], 4102 + (i == 8), DAY + (i == 9),
		    &other[i]);
	d[ADMISSIONS] = wanted("adm");
	for (int i = 0; i <= ADMISSIONS; i++)
		for (int k = 0; k < i; k++)
			assert_false(feed_digest_eq(&d[i], &d[k]));
}

static void test_digests_are_equal_in_all_four_words(void **state)
{
	struct feed_digest a = wanted("sum"), b = a;

	(void)state;
	assert_true(feed_digest_eq(&a, &b));
	for (int i = 0; i < 64 * FEED_DIGEST_WORDS; i++) {
		b.word[i / 64] ^= UINT64_C(1) << i % 64;
		assert_false(feed_digest_eq(&a, &b));
		b = a;
	}
}

static void test_a_digest_is_shown_first_word_first(void **state)
{
	static const struct feed_digest d = {{UINT64_C(0x0123456789abcdef),
	    UINT64_C(0xfedcba9876543210), 0, UINT64_MAX}};
	static const struct feed_digest none = {{0}};
	char got[FEED_DIGEST_HEX + 2], want[256];
	struct feed_digest sum = wanted("sum");

	(void)state;
	memset(got, 'x', sizeof(got));
	feed_digest_hex(&d, got);
	assert_string_equal(got,
	    "0123456789abcdeffedcba98765432100000000000000000"
	    "ffffffffffffffff");
	assert_int_equal(got[FEED_DIGEST_HEX + 1], 'x');
	vector("wire", "sum", want);
	feed_digest_hex(&sum, got);
	assert_string_equal(got, want);
	feed_digest_hex(&none, got);
	assert_int_equal(strspn(got, "0"), FEED_DIGEST_HEX);
	assert_int_equal(got[FEED_DIGEST_HEX], '\0');
}

static void test_a_digest_is_read_as_it_is_shown(void **state)
{
	struct feed_digest got;
	char text[256];

	(void)state;
	memset(&got, 0xA5, sizeof(got));
	vector("wire", "sum", text);
	assert_true(feed_digest_parse(str_from(text), &got));
	assert_digest(&got, wanted("sum"));
}

static void assert_no_digest(struct str text)
{
	struct feed_digest got, zero = {{0}};

	memset(&got, 0xA5, sizeof(got));
	assert_false(feed_digest_parse(text, &got));
	assert_digest(&got, zero);
}

static void test_what_is_no_digest_is_read_as_none(void **state)
{
	static const char bad[] = "AFGg :/`@x\n\xb0\xff";
	char text[256];

	(void)state;
	vector("wire", "sum", text);
	assert_no_digest(str_from(""));
	assert_no_digest(str_of(NULL, 0));
	assert_no_digest(str_of(text, FEED_DIGEST_HEX - 1));
	text[FEED_DIGEST_HEX] = '0';
	assert_no_digest(str_of(text, FEED_DIGEST_HEX + 1));
	for (size_t i = 0; i < sizeof(bad); i++) /* NUL too */
		for (size_t at = 0; at < FEED_DIGEST_HEX; at += 9) {
			vector("wire", "sum", text);
			text[at] = bad[i];
			assert_no_digest(str_of(text, FEED_DIGEST_HEX));
		}
}

/* Code n: 12 zero bytes and n. */
static struct code_hash code(uint32_t n)
{
	struct code_hash h = {{0}};

	for (int i = 0; i < 4; i++)
		h.bytes[12 + i] = (uint8_t)(n >> (24 - 8 * i));
	return h;
}

static const uint32_t devices[] = {3, 17, 18, 40, 4000000000};
enum { DEVICES = ARRAY_LEN(devices) };

static void test_scores_are_as_documented(void **state)
{
	static const struct {
		const char *name;
		uint32_t device;
	} cases[] = {{"score_17", 17}, {"score_18", 18},
	    {"score_4294967295", UINT32_MAX}};
	struct code_hash h;
	char text[256];

	(void)state;
	fill(h.bytes, 0x20);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		vector("wire", cases[i].name, text);
		assert_true(feed_home_score(&h, cases[i].device) ==
		    strtoull(text, NULL, 16));
	}
}

static void test_homes_are_as_documented(void **state)
{
	char want[256];

	(void)state;
	vector("wire", "homes", want);
	assert_int_equal(strlen(want), 200);
	for (uint32_t n = 0; n < 200; n++) {
		struct code_hash h = code(n);

		assert_int_equal(feed_home(&h, devices, DEVICES),
		    want[n] - '0');
	}
}

static void test_without_a_device_there_is_no_home(void **state)
{
	struct code_hash h = code(1);

	(void)state;
	assert_int_equal(feed_home(&h, devices, 0), 0);
	assert_int_equal(feed_home(&h, NULL, 0), 0);
}

static void test_one_device_is_home_of_everything(void **state)
{
	static const uint32_t any[] = {0, 1, 17, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(any); i++)
		for (uint32_t n = 0; n < 50; n++) {
			struct code_hash h = code(n);

			assert_int_equal(feed_home(&h, &any[i], 1), 0);
		}
}

/* 64-bit scores of two devices are never seen equal; those of one device
 * that stands twice are. */
static void test_of_equal_devices_the_first_place_is_home(void **state)
{
	static const uint32_t pair[] = {17, 17, 17};

	(void)state;
	for (uint32_t n = 0; n < 50; n++) {
		struct code_hash h = code(n);

		assert_int_equal(feed_home(&h, pair, 3), 0);
	}
}

static void test_the_order_of_the_roster_does_not_matter(void **state)
{
	uint32_t turned[DEVICES];

	(void)state;
	for (size_t by = 0; by < DEVICES; by++) {
		for (size_t i = 0; i < DEVICES; i++)
			turned[i] = devices[(i + by) % DEVICES];
		for (uint32_t n = 0; n < 200; n++) {
			struct code_hash h = code(n);
			size_t a = feed_home(&h, devices, DEVICES);
			size_t b = feed_home(&h, turned, DEVICES);

			assert_int_equal(devices[a], turned[b]);
		}
	}
}

static size_t all_but(uint32_t gone, uint32_t out[DEVICES])
{
	size_t n = 0;

	for (size_t i = 0; i < DEVICES; i++)
		if (devices[i] != gone)
			out[n++] = devices[i];
	return n;
}

static void test_a_device_that_goes_moves_its_own_codes_alone(void **state)
{
	uint32_t left[DEVICES];

	(void)state;
	for (size_t gone = 0; gone < DEVICES; gone++) {
		unsigned moved = 0;
		size_t n = all_but(devices[gone], left);

		for (uint32_t c = 0; c < CODES; c++) {
			struct code_hash h = code(c);
			size_t was = feed_home(&h, devices, DEVICES);
			size_t is = feed_home(&h, left, n);

			assert_in_range(is, 0, n - 1);
			if (was == gone)
				moved++;
			else
				assert_int_equal(left[is], devices[was]);
		}
		assert_in_range(moved, 1, CODES - 1);
	}
}

/* 600 of 3,000 each; 110 are five standard deviations. */
static void test_each_device_is_home_of_its_share(void **state)
{
	unsigned share[DEVICES] = {0};
	char want[256], got[64];

	(void)state;
	for (uint32_t c = 0; c < CODES; c++) {
		struct code_hash h = code(c);

		share[feed_home(&h, devices, DEVICES)]++;
	}
	for (size_t i = 0; i < DEVICES; i++)
		assert_in_range(share[i], 600 - 110, 600 + 110);
	snprintf(got, sizeof(got), "%u,%u,%u,%u,%u", share[0], share[1],
	    share[2], share[3], share[4]);
	vector("wire", "shares", want);
	assert_string_equal(got, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_row_has_its_documented_digest),
	    cmocka_unit_test(test_a_pass_has_its_documented_digest),
	    cmocka_unit_test(test_a_digest_is_the_sum_in_any_order),
	    cmocka_unit_test(test_take_undoes_add),
	    cmocka_unit_test(test_a_row_that_comes_twice_counts_twice),
	    cmocka_unit_test(test_each_word_wraps_at_2_to_the_64_by_itself),
	    cmocka_unit_test(test_every_field_of_a_booking_is_in_its_digest),
	    cmocka_unit_test(test_what_stands_behind_a_name_is_in_no_digest),
	    cmocka_unit_test(test_every_field_of_an_admission_is_in_its_digest),
	    cmocka_unit_test(test_digests_are_equal_in_all_four_words),
	    cmocka_unit_test(test_a_digest_is_shown_first_word_first),
	    cmocka_unit_test(test_a_digest_is_read_as_it_is_shown),
	    cmocka_unit_test(test_what_is_no_digest_is_read_as_none),
	    cmocka_unit_test(test_scores_are_as_documented),
	    cmocka_unit_test(test_homes_are_as_documented),
	    cmocka_unit_test(test_without_a_device_there_is_no_home),
	    cmocka_unit_test(test_one_device_is_home_of_everything),
	    cmocka_unit_test(test_of_equal_devices_the_first_place_is_home),
	    cmocka_unit_test(test_the_order_of_the_roster_does_not_matter),
	    cmocka_unit_test(test_a_device_that_goes_moves_its_own_codes_alone),
	    cmocka_unit_test(test_each_device_is_home_of_its_share),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
