/* Every way to change, forge or disguise a ticket, at the gate. */
#include "test_gate.h"

static struct ticket_text text;
static uint8_t bytes[TICKET_BYTES];

/* The test's own sums in base ten, so that the gate's are not asked to prove
 * themselves. digits = digits * by + plus; false: over 200 digits. */
static bool times(char digits[TICKET_DIGITS], unsigned by, unsigned plus)
{
	unsigned carry = plus;

	for (size_t i = TICKET_DIGITS; i-- > 0; carry /= 10) {
		carry += (unsigned)(digits[i] - '0') * by;
		digits[i] = (char)('0' + carry % 10);
	}
	return carry == 0;
}

static struct ticket_text digits_of(const uint8_t in[TICKET_BYTES])
{
	struct ticket_text out = {.digits = ""};

	memset(out.digits, '0', TICKET_DIGITS);
	for (size_t i = 0; i < TICKET_BYTES; i++)
		assert_true(times(out.digits, 256, in[i]));
	return out;
}

/* 2^664 in 200 digits. */
static struct ticket_text too_big(void)
{
	struct ticket_text out = {.digits = ""};

	memset(out.digits, '0', TICKET_DIGITS);
	out.digits[TICKET_DIGITS - 1] = '1';
	for (int i = 0; i < 664; i++)
		assert_true(times(out.digits, 2, 0));
	return out;
}

/* a += b; false: over 200 digits. */
static bool plus(char a[TICKET_DIGITS], const char b[TICKET_DIGITS])
{
	int carry = 0;

	for (size_t i = TICKET_DIGITS; i-- > 0; carry /= 10) {
		carry += a[i] - '0' + b[i] - '0';
		a[i] = (char)('0' + carry % 10);
	}
	return carry == 0;
}

/* Whatever stands in the header, signed in place. */
static void sign_in_place(uint8_t b[TICKET_BYTES], uint32_t office,
    const uint8_t secret[TICKET_SECRET_BYTES])
{
	uint8_t message[39] = "karcis-ticket-v1";

	message[16] = (uint8_t)(office >> 24);
	message[17] = (uint8_t)(office >> 16);
	message[18] = (uint8_t)(office >> 8);
	message[19] = (uint8_t)office;
	memcpy(message + 20, b, TICKET_HEADER_BYTES);
	assert_int_equal(crypto_sign_detached(b + TICKET_HEADER_BYTES, NULL,
			     message, sizeof(message), secret),
	    0);
}

static struct ticket_text sign_header(const uint8_t header[TICKET_HEADER_BYTES],
    uint32_t office, const uint8_t secret[TICKET_SECRET_BYTES])
{
	uint8_t b[TICKET_BYTES];

	memcpy(b, header, TICKET_HEADER_BYTES);
	sign_in_place(b, office, secret);
	return digits_of(b);
}

static int set_up(void **state)
{
	struct ticket t = good();

	(void)state;
	gate_office();
	assert_true(ticket_pack(&t, bytes));
	sign_in_place(bytes, OFFICE, secret_s);
	text = digits_of(bytes);
	assert_int_equal(judge_text(&text, NINE), GATE_UNSET);
	return 0;
}
#define T(name) cmocka_unit_test_setup(name, set_up)

static void flip(uint8_t *in, int bit)
{
	in[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
}

/* From the bit table of docs/FORMATS.md, for A-017, slot 540, key id 1234
 * (1235 is the other kiosk's). */
static enum gate_verdict reason_of_bit(int bit)
{
	if (bit < 4)
		return GATE_VERSION;
	if (bit < 7)
		return GATE_FORM; /* types 8, 4, 2; bit 7 makes a stand-by */
	if (bit >= 8 && bit < 23)
		return GATE_KEY;
	if (bit == 76)
		return GATE_FORM; /* letter 0 */
	if (bit == 88)
		return GATE_FORM; /* slot 540 + 1024 */
	if (bit >= 115 && bit < 152)
		return GATE_FORM; /* reserved */
	return GATE_SIGNATURE;
}

static void test_each_of_664_flipped_bits_is_refused_with_its_reason(
    void **state)
{
	(void)state;
	for (int bit = 0; bit < 664; bit++) {
		struct ticket_text other;

		flip(bytes, bit);
		other = digits_of(bytes);
		assert_int_equal(judge_text(&other, NINE), reason_of_bit(bit));
		flip(bytes, bit);
	}
}

static void test_each_of_1800_changed_digits_is_refused(void **state)
{
	int changed = 0;

	(void)state;
	for (int at = 0; at < TICKET_DIGITS; at++) {
		char was = text.digits[at];

		for (char c = '0'; c <= '9'; c++) {
			if (c == was)
				continue;
			text.digits[at] = c;
			assert_false(gate_proven(judge_text(&text, NINE)));
			changed++;
		}
		text.digits[at] = was;
	}
	assert_int_equal(changed, 1800);
	assert_int_equal(judge_text(&text, NINE), GATE_UNSET);
}

static void test_two_swapped_digits_are_refused(void **state)
{
	(void)state;
	for (int at = 0; at + 1 < TICKET_DIGITS; at++) {
		char a = text.digits[at], b = text.digits[at + 1];

		if (a == b)
			continue;
		text.digits[at] = b;
		text.digits[at + 1] = a;
		assert_false(gate_proven(judge_text(&text, NINE)));
		text.digits[at] = a;
		text.digits[at + 1] = b;
	}
}

static void test_another_offices_ticket_is_no_signature(void **state)
{
	struct ticket_text other = sign_header(bytes, OFFICE + 1, secret_s);

	(void)state;
	assert_int_equal(judge_text(&other, NINE), GATE_SIGNATURE);
	rules.checkin.office = OFFICE + 1;
	assert_int_equal(judge_text(&other, NINE), GATE_UNSET);
	assert_int_equal(judge_text(&text, NINE), GATE_SIGNATURE);
	rules.checkin.office = 0;
	other = sign_header(bytes, 0, secret_s);
	assert_int_equal(judge_text(&other, NINE), GATE_SIGNATURE);
}

static void test_other_days_are_said_so(void **state)
{
	struct ticket t = good();

	(void)state;
	for (int step = -1; step <= 1; step += 2) {
		t.day = DAY + step;
		text = signed_by(&t, secret_s);
		assert_int_equal(judge_text(&text, NINE), GATE_OTHER_DAY);
	}
	t.day = TICKET_EPOCH_DAY + 65535;
	text = signed_by(&t, secret_s);
	assert_int_equal(judge_text(&text, NINE), GATE_OTHER_DAY);
}

static void test_other_keys_are_refused(void **state)
{
	struct ticket t = good();

	(void)state;
	text = signed_by(&t, secret_t); /* the other kiosk, this one's id */
	assert_int_equal(judge_text(&text, NINE), GATE_SIGNATURE);
	t.key_id = 0x4321; /* nobody's */
	text = signed_by(&t, secret_s);
	assert_int_equal(judge_text(&text, NINE), GATE_KEY);
}

static void test_a_revoked_key_is_refused_whatever_its_dates(void **state)
{
	(void)state;
	roster.item[0].revoked = true;
	assert_int_equal(judge_text(&text, NINE), GATE_KEY_REVOKED);
	roster.item[0].until_day = DAY - 1;
	assert_int_equal(judge_text(&text, NINE), GATE_KEY_REVOKED);
}

static void test_a_key_before_and_past_its_dates_is_refused(void **state)
{
	(void)state;
	roster.item[0].until_day = DAY - 1;
	assert_int_equal(judge_text(&text, NINE), GATE_KEY_DATE);
	roster.item[0].until_day = 0;
	roster.item[0].from_day = DAY + 1;
	assert_int_equal(judge_text(&text, NINE), GATE_KEY_DATE);
}

static void test_reserved_bits_are_refused_though_they_are_signed(void **state)
{
	(void)state;
	for (int bit = 115; bit < 152; bit++) {
		struct ticket_text other;

		flip(bytes, bit);
		other = sign_header(bytes, OFFICE, secret_s);
		assert_int_equal(judge_text(&other, NINE), GATE_FORM);
		flip(bytes, bit);
	}
}

/* Bits to set and to clear of the good header; each is signed. */
static void test_fields_out_of_range_are_refused_though_they_are_signed(
    void **state)
{
	static const struct {
		int bit[3]; /* to flip, -1 = none */
		enum gate_verdict want;
	} cases[] = {
	    {{6, -1, -1}, GATE_FORM},        /* type 2 */
	    {{76, -1, -1}, GATE_FORM},       /* letter 0 */
	    {{72, 73, 75}, GATE_FORM},       /* letter 27 */
	    {{83, 87, -1}, GATE_FORM},       /* number 0 */
	    {{88, -1, -1}, GATE_FORM},       /* slot 1564 */
	    {{2, 3, -1}, GATE_VERSION},      /* version 2 */
	    {{3, -1, -1}, GATE_VERSION},     /* version 0 */
	    {{7, -1, -1}, GATE_WAIT_STANDBY} /* type 1 */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t header[TICKET_HEADER_BYTES];
		struct ticket_text other;

		memcpy(header, bytes, sizeof(header));
		for (int k = 0; k < 3; k++)
			if (cases[i].bit[k] >= 0)
				flip(header, cases[i].bit[k]);
		other = sign_header(header, OFFICE, secret_s);
		assert_int_equal(judge_text(&other, NINE), cases[i].want);
	}
}

static void test_values_from_2_to_the_664_on_are_refused(void **state)
{
	struct ticket_text big = too_big();
	uint8_t ones[TICKET_BYTES];

	(void)state;
	assert_int_equal(judge_text(&big, NINE), GATE_FORM);
	memset(ones, 0xff, sizeof(ones));
	text = digits_of(ones); /* the highest that is read: version 15 */
	assert_int_equal(judge_text(&text, NINE), GATE_VERSION);
	memset(text.digits, '9', TICKET_DIGITS);
	assert_int_equal(judge_text(&text, NINE), GATE_FORM);
}

/* Read modulo 2^664 each of these would be the good ticket. */
static void test_a_ticket_has_no_second_text(void **state)
{
	struct ticket_text big = too_big();
	int aliases = 0;

	(void)state;
	while (plus(text.digits, big.digits)) {
		assert_int_equal(judge_text(&text, NINE), GATE_FORM);
		aliases++;
	}
	/* 10^200 / 2^664 is 1.3, and a ticket is under 2^664 / 8. */
	assert_int_equal(aliases, 1);
}

/* S + L verifies too where S is not checked (RFC 8032, 8.4); L is
 * 2^252 + 27742317777372353535851937790883648493, little-endian. */
static void test_a_signature_has_no_second_form(void **state)
{
	static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63,
	    0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
	    0x14, [31] = 0x10};
	unsigned carry = 0;

	(void)state;
	text = digits_of(bytes);
	assert_int_equal(judge_text(&text, NINE), GATE_UNSET);
	for (int i = 0; i < 32; i++, carry >>= 8) {
		carry += (unsigned)bytes[51 + i] + order[i];
		bytes[51 + i] = (uint8_t)carry;
	}
	text = digits_of(bytes);
	assert_int_equal(judge_text(&text, NINE), GATE_SIGNATURE);
}

/* With a key of small order everything would fit: R and A the neutral
 * element, S = 0. A cleared roster entry has the key of zeros. */
static void test_a_key_that_is_none_proves_nothing(void **state)
{
	(void)state;
	memset(bytes + TICKET_HEADER_BYTES, 0, TICKET_SIG_BYTES);
	bytes[TICKET_HEADER_BYTES] = 1;
	text = digits_of(bytes);
	memset(roster.item[0].ticket_key, 0, TICKET_PUBLIC_BYTES);
	assert_int_equal(judge_text(&text, NINE), GATE_SIGNATURE);
	roster.item[0].ticket_key[0] = 1;
	assert_int_equal(judge_text(&text, NINE), GATE_SIGNATURE);
	memset(bytes + TICKET_HEADER_BYTES, 0, TICKET_SIG_BYTES);
	text = digits_of(bytes);
	assert_int_equal(judge_text(&text, NINE), GATE_SIGNATURE);
}

/* The good digits with something before, in and after them. */
static void test_nothing_but_200_digits_is_a_ticket(void **state)
{
	static const struct {
		const char *before, *after;
		size_t after_len;
	} cases[] = {{"", "\r", 1}, {"", "\n", 1}, {"", "\r\n", 2},
	    {"", "\0", 1}, {"", "\0\0", 2}, {"", " ", 1}, {"", "\t", 1},
	    {"", "0", 1}, {" ", "", 0}, {"0", "", 0}, {"+", "", 0},
	    {"-", "", 0}, {"0x", "", 0}, {"\n", "", 0}, {"", ".", 1},
	    {"", ".0", 2}, {"", "e0", 2}, {"]Q1", "", 0},
	    {"\xef\xbb\xbf", "", 0}, {"\xe2\x80\x8e", "", 0},
	    {"", "\xe2\x80\xac", 3}};
	char typed[TICKET_DIGITS + 16];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t len = strlen(cases[i].before);

		memcpy(typed, cases[i].before, len);
		memcpy(typed + len, text.digits, TICKET_DIGITS);
		len += TICKET_DIGITS;
		memcpy(typed + len, cases[i].after, cases[i].after_len);
		len += cases[i].after_len;
		assert_int_equal(judge(str_of(typed, len), NINE), GATE_FORM);
	}
}

static void test_199_and_201_digits_are_refused(void **state)
{
	char longer[TICKET_DIGITS + 1];

	(void)state;
	assert_int_equal(judge(str_of(text.digits, 199), NINE), GATE_FORM);
	assert_int_equal(judge(str_of(text.digits + 1, 199), NINE), GATE_FORM);
	longer[0] = '0';
	memcpy(longer + 1, text.digits, TICKET_DIGITS);
	assert_int_equal(judge(str_of(longer, 201), NINE), GATE_FORM);
	assert_int_equal(judge(str_of(longer + 1, 200), NINE), GATE_UNSET);
	assert_int_equal(judge(str_of("", 0), NINE), GATE_FORM);
	assert_int_equal(judge(str_of(NULL, 0), NINE), GATE_FORM);
}

static void test_a_byte_that_is_no_digit_is_refused_in_any_place(void **state)
{
	(void)state;
	for (int at = 0; at < TICKET_DIGITS; at++) {
		char was = text.digits[at];

		for (int c = 0; c < 256; c++) {
			if (c >= '0' && c <= '9')
				continue;
			text.digits[at] = (char)c;
			assert_int_equal(
			    judge(str_of(text.digits, TICKET_DIGITS), NINE),
			    GATE_FORM);
		}
		text.digits[at] = was;
	}
}

/* UTF-8 of the digit d: lead bytes, then a last byte that counts on. */
static void test_digits_of_other_scripts_are_refused(void **state)
{
	static const struct {
		const char *lead;
		int zero; /* last byte of 0 */
	} scripts[] = {
	    {"\xd9", 0xa0},         /* Arabic-Indic, U+0660 */
	    {"\xdb", 0xb0},         /* extended Arabic-Indic, U+06F0 */
	    {"\xe0\xa5", 0xa6},     /* Devanagari, U+0966 */
	    {"\xea\xa7", 0x90},     /* Javanese, U+A9D0 */
	    {"\xe1\xad", 0x90},     /* Balinese, U+1B50 */
	    {"\xef\xbc", 0x90},     /* fullwidth, U+FF10 */
	    {"\xf0\x9d\x9f", 0x8e}, /* mathematical bold, U+1D7CE */
	};
	uint8_t other[4 * TICKET_DIGITS];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
		size_t len = 0, lead = strlen(scripts[i].lead);

		for (int at = 0; at < TICKET_DIGITS; at++) {
			memcpy(other + len, scripts[i].lead, lead);
			len += lead;
			other[len++] = (uint8_t)(scripts[i].zero +
			    text.digits[at] - '0');
		}
		assert_int_equal(judge(str_of(other, len), NINE), GATE_FORM);
		/* 200 bytes of it, too. */
		assert_int_equal(judge(str_of(other, TICKET_DIGITS), NINE),
		    GATE_FORM);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_each_of_664_flipped_bits_is_refused_with_its_reason),
	    T(test_each_of_1800_changed_digits_is_refused),
	    T(test_two_swapped_digits_are_refused),
	    T(test_another_offices_ticket_is_no_signature),
	    T(test_other_days_are_said_so),
	    T(test_other_keys_are_refused),
	    T(test_a_revoked_key_is_refused_whatever_its_dates),
	    T(test_a_key_before_and_past_its_dates_is_refused),
	    T(test_reserved_bits_are_refused_though_they_are_signed),
	    T(test_fields_out_of_range_are_refused_though_they_are_signed),
	    T(test_values_from_2_to_the_664_on_are_refused),
	    T(test_a_ticket_has_no_second_text),
	    T(test_a_signature_has_no_second_form),
	    T(test_a_key_that_is_none_proves_nothing),
	    T(test_nothing_but_200_digits_is_a_ticket),
	    T(test_199_and_201_digits_are_refused),
	    T(test_a_byte_that_is_no_digit_is_refused_in_any_place),
	    T(test_digits_of_other_scripts_are_refused),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
