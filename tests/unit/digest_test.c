#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/core/digest.h"
#include "test_vectors.h"

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
	struct secret_key k = key();
	struct code_hash h = digest_code(&k, &code);
	uint8_t want[CODE_HASH_BYTES];

	(void)state;
	vector_hex("journal", "code_hash", want, sizeof(want));
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
	char text[256];
	uint64_t want;

	(void)state;
	vector("journal", "birth_hash", text);
	want = strtoull(text, NULL, 16);
	assert_true(digest_birth(&k, &h, date) == want);
	date.day = 27;
	assert_true(digest_birth(&k, &h, date) != want);
	date.day = 28;
	h.bytes[0] ^= 1; /* the same date of another booking */
	assert_true(digest_birth(&k, &h, date) != want);
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
