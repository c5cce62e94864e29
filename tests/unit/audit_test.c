/* The audit chain. The expected values come from Python's hashlib.blake2b
 * over the bytes that the format names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "firmware/core/audit.h"

static const char commitment_hex[] = "60d15066da657991f10fd27b6073d01f"
				     "a263e20be3c777445f7b6649274b71f9";
static const char first_hex[] = "eb652e2b8a18b60a197e4385c2c04dca"
				"bbec3c2c5fc2c7924e84463aba3bc135";
static const char second_hex[] = "bcd888359e442d4dfa5aeb56f291833c"
				 "9ac4b22f3478e3588fdf5691dd01aba6";

static struct audit_hash commitment(void)
{
	uint8_t salt[AUDIT_SALT_BYTES];
	uint8_t i;

	for (i = 0; i < AUDIT_SALT_BYTES; i++)
		salt[i] = i;
	return audit_commit(salt, str_from("karcis"));
}

static void assert_hash(const struct audit_hash *h, const char *hex)
{
	char got[2 * AUDIT_HASH_BYTES + 1];

	sodium_bin2hex(got, sizeof(got), h->bytes, sizeof(h->bytes));
	assert_string_equal(got, hex);
}

static void test_commitment_is_blake2b_of_salt_and_payload(void **state)
{
	struct audit_hash c = commitment();

	(void)state;
	assert_hash(&c, commitment_hex);
}

static void test_link_is_blake2b_of_all_that_the_format_names(void **state)
{
	const struct audit_hash zero = {{0}};
	struct audit_hash c = commitment(), first, second;

	(void)state;
	first = audit_link(1, &zero, 1764000000, AUDIT_ADMIT, &c);
	assert_hash(&first, first_hex);
	/* a time before 1970 is two's complement */
	second = audit_link(2, &first, -1, AUDIT_VERDICT, &c);
	assert_hash(&second, second_hex);
}

static void test_every_part_changes_the_link(void **state)
{
	const struct audit_hash zero = {{0}};
	struct audit_hash c = commitment(), other = c, all[6];
	size_t i, k;

	(void)state;
	other.bytes[31] ^= 1;
	all[0] = audit_link(1, &zero, 7, 2, &c);
	all[1] = audit_link(2, &zero, 7, 2, &c);
	all[2] = audit_link(1, &c, 7, 2, &c);
	all[3] = audit_link(1, &zero, 8, 2, &c);
	all[4] = audit_link(1, &zero, 7, 3, &c);
	all[5] = audit_link(1, &zero, 7, 2, &other);
	for (i = 0; i < 6; i++)
		for (k = 0; k < i; k++)
			assert_memory_not_equal(all[i].bytes, all[k].bytes,
			    AUDIT_HASH_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_commitment_is_blake2b_of_salt_and_payload),
	    cmocka_unit_test(test_link_is_blake2b_of_all_that_the_format_names),
	    cmocka_unit_test(test_every_part_changes_the_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
