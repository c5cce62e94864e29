#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "firmware/core/digest.h"

/* Key bytes 00 01 .. 1f. */
static struct secret_key key(void)
{
	struct secret_key k;

	for (size_t i = 0; i < sizeof(k.bytes); i++)
		k.bytes[i] = (uint8_t)i;
	return k;
}

static const struct booking_code code = {"ABCDEFGHJE"};

/* From Python's hashlib: blake2b(b"ABCDEFGHJE", key=bytes(range(32)),
 * digest_size=16). */
static void test_a_code_is_hashed_as_keyed_blake2b_128(void **state)
{
	static const uint8_t want[] = {0xb1, 0x68, 0xeb, 0x2f, 0x66, 0xd6, 0xfc,
	    0xfd, 0x6d, 0x15, 0xca, 0x3f, 0x99, 0x31, 0x2a, 0x4a};
	struct secret_key k = key();
	struct code_hash h = digest_code(&k, &code);

	(void)state;
	assert_memory_equal(h.bytes, want, sizeof(want));
	k.bytes[31] ^= 1;
	h = digest_code(&k, &code);
	assert_memory_not_equal(h.bytes, want, sizeof(want));
}

/* From hashlib: blake2b(b"karcis-birth-v1" + the hash above + 07c6 02 1c,
 * key=bytes(range(32)), digest_size=32), first 8 bytes. */
static void test_a_birth_date_is_hashed_over_booking_and_date(void **state)
{
	struct secret_key k = key();
	struct code_hash h = digest_code(&k, &code);
	struct civil_date date = {1990, 2, 28};

	(void)state;
	assert_true(digest_birth(&k, &h, date) == UINT64_C(0x993274b57ba3eea7));
	date.day = 27;
	assert_true(digest_birth(&k, &h, date) != UINT64_C(0x993274b57ba3eea7));
	date.day = 28;
	h.bytes[0] ^= 1; /* the same date of another booking */
	assert_true(digest_birth(&k, &h, date) != UINT64_C(0x993274b57ba3eea7));
}

static void test_a_name_is_masked_to_its_first_letters(void **state)
{
	static const struct {
		const char *name, *mask;
	} cases[] = {
	    {"Siti Wahyuni", "S*** W******"},
	    {"", ""},
	    {"A", "A"},
	    {"  Budi  ", "B***"},
	    {"I Made Putu Dewi", "I M*** P***"}, /* three words */
	    {"\xC3\x89lise", "\xC3\x89****"},    /* a letter of two bytes */
	    {"Siti\x1B@Wah", "S*******"},        /* ESC @ resets a printer */
	    {"\x1B\x1D"
	     "Adi",
		"A**"},
	    {"\xE2\x80\xAE"
	     "Adi",
		"A**"}, /* right-to-left override */
	    {"\xC2\x9B"
	     "Adi",
		"A**"},      /* C1 CSI */
	    {"Adi\xFF", ""}, /* not UTF-8 */
	    {"Abcdefghijklmnopqrstuvwxyz", "A**********************"},
	    {"Abcdefghijklmnopqrstuv Z", "A*********************"},
	    {"Abcdefghijklmnopqrstu Zx", "A******************** Z"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char out[24];

		memset(out, 'x', sizeof(out));
		digest_mask_name(str_from(cases[i].name), out);
		assert_string_equal(out, cases[i].mask);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_code_is_hashed_as_keyed_blake2b_128),
	    cmocka_unit_test(test_a_birth_date_is_hashed_over_booking_and_date),
	    cmocka_unit_test(test_a_name_is_masked_to_its_first_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
