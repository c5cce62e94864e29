/* The audit chain, against tests/unit/vectors/journal.txt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "firmware/core/audit.h"
#include "test_vectors.h"

static struct audit_hash commitment(void)
{
	uint8_t salt[AUDIT_SALT_BYTES];
	uint8_t i;

	for (i = 0; i < AUDIT_SALT_BYTES; i++)
		salt[i] = i;
	return audit_commit(salt, str_from("karcis"));
}

static void assert_hash(const struct audit_hash *h, const char *name)
{
	uint8_t want[AUDIT_HASH_BYTES];

	vector_hex("journal", name, want, sizeof(want));
	assert_memory_equal(h->bytes, want, sizeof(want));
}

static void test_commitment_is_blake2b_of_salt_and_payload(void **state)
{
	struct audit_hash c = commitment();

	(void)state;
	assert_hash(&c, "commitment");
}

static void test_link_is_blake2b_of_all_that_the_format_names(void **state)
{
	const struct audit_hash zero = {{0}};
	struct audit_hash c = commitment(), first, second;

	(void)state;
	first = audit_link(1, &zero, 1764000000, AUDIT_ADMIT, &c);
	assert_hash(&first, "entry_1");
	/* a time before 1970 is two's complement */
	second = audit_link(2, &first, -1, AUDIT_VERDICT, &c);
	assert_hash(&second, "entry_2");
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
