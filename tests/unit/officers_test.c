/* Officers and their badges: the file knows no badge, and finds whose it is. */
#include <errno.h>
#include <sodium.h>

#include "firmware/store/officers.h"
#include "test_state_dir.h"
#include "test_vectors.h"

static struct officers officers;
static struct err e;

static int add(const char *name, char badge[OFFICERS_BADGE])
{
	return officers_add(&officers, str_from(name), badge, &e);
}

static void finds(const char *badge, const char *name)
{
	const char *got = officers_find(&officers, str_from(badge));

	if (name == NULL)
		assert_null(got);
	else
		assert_string_equal(got, name);
}

static void start(void)
{
	memset(&officers, 0, sizeof(officers));
}

static void test_a_badge_is_26_of_32_symbols_and_all_come(void **state)
{
	static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	char badge[OFFICERS_BADGE], name[16];
	uint32_t seen = 0;

	(void)state;
	start();
	for (int i = 0; i < OFFICERS; i++) {
		(void)snprintf(name, sizeof(name), "o%d", i);
		assert_int_equal(add(name, badge), 0);
		assert_int_equal(strlen(badge), 15 + 26);
		assert_memory_equal(badge, "KARCIS-OFFICER-", 15);
		for (const char *p = badge + 15; *p != '\0'; p++) {
			const char *at = strchr(symbols, *p);

			assert_non_null(at);
			seen |= UINT32_C(1) << (at - symbols);
		}
	}
	/* 1,664 draws miss one of 32 once in 10^21 runs. */
	assert_int_equal(seen, UINT32_MAX);
}

static void test_each_badge_finds_its_officer_and_no_other(void **state)
{
	char a[OFFICERS_BADGE], b[OFFICERS_BADGE];

	(void)state;
	start();
	assert_int_equal(add("Budi", a), 0);
	assert_int_equal(add("Siti Rahma", b), 0);
	assert_string_not_equal(a, b);
	finds(a, "Budi");
	finds(b, "Siti Rahma");
	a[20] = a[20] == 'A' ? 'B' : 'A';
	finds(a, NULL);
}

static void test_what_is_no_badge_finds_nobody(void **state)
{
	static const char *const bad[] = {"", "KARCIS-OFFICER-",
	    "KARCIS-OFFICER-0123456789ABCDEFGHJKMNPQR",
	    "KARCIS-OFFICER-0123456789ABCDEFGHJKMNPQRST",
	    "KARCIS-OFFICER-0123456789ABCDEFGHJKMNPQRI",
	    "karcis-officer-0123456789ABCDEFGHJKMNPQRS",
	    "KARCIS-OFFICER 0123456789ABCDEFGHJKMNPQRS"};
	char badge[OFFICERS_BADGE];

	(void)state;
	start();
	finds("KARCIS-OFFICER-0123456789ABCDEFGHJKMNPQRS", NULL);
	assert_int_equal(add("Budi", badge), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		finds(bad[i], NULL);
	finds("KARCIS-OFFICER-0123456789ABCDEFGHJKMNPQRS", NULL);
}

#define KEY   "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define FIRST "karcis-officers 1\nkey " KEY "\n"

/* The hash was made by Python's hashlib (vectors/roster.txt). */
static void test_the_hash_is_keyed_blake2b_of_the_text(void **state)
{
	char hash[256], text[512];

	(void)state;
	vector("roster", "badge_hash", hash);
	(void)snprintf(text, sizeof(text), FIRST "officer %.64s Budi S\n",
	    hash);
	write_text(text);
	assert_int_equal(officers_load(path, &officers, &e), 0);
	finds("KARCIS-OFFICER-0123456789ABCDEFGHJKMNPQRS", "Budi S");
	finds("KARCIS-OFFICER-0123456789ABCDEFGHJKMNPQRT", NULL);
}

static void test_the_file_holds_no_badge(void **state)
{
	char badge[OFFICERS_BADGE], text[1024];
	struct stat st;

	(void)state;
	start();
	assert_int_equal(add("Budi", badge), 0);
	assert_int_equal(officers_save(path, &officers, &e), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(read_bytes(text, sizeof(text)) > 0);
	assert_null(strstr(text, badge + 15));
	assert_null(strstr(text, "KARCIS"));
	memset(&officers, 0, sizeof(officers));
	assert_int_equal(officers_load(path, &officers, &e), 0);
	finds(badge, "Budi");
}

static void test_two_terminals_draw_two_keys(void **state)
{
	char badge[OFFICERS_BADGE];
	struct secret_key first;

	(void)state;
	start();
	assert_int_equal(add("Budi", badge), 0);
	first = officers.key;
	start();
	assert_int_equal(add("Budi", badge), 0);
	assert_memory_not_equal(officers.key.bytes, first.bytes, KEY_BYTES);
}

static void test_a_removed_badge_is_good_for_nothing(void **state)
{
	char a[OFFICERS_BADGE], b[OFFICERS_BADGE], c[OFFICERS_BADGE];

	(void)state;
	start();
	assert_int_equal(add("Budi", a), 0);
	assert_int_equal(add("Siti", b), 0);
	assert_true(officers_remove(&officers, str_from("Budi")));
	assert_false(officers_remove(&officers, str_from("Budi")));
	finds(a, NULL);
	finds(b, "Siti");
	assert_int_equal(add("Budi", c), 0);
	finds(a, NULL);
	finds(c, "Budi");
}

static void test_a_name_has_one_badge(void **state)
{
	char a[OFFICERS_BADGE], b[OFFICERS_BADGE];

	(void)state;
	start();
	assert_int_equal(add("Budi", a), 0);
	assert_int_equal(add("Budi", b), -EEXIST);
	assert_string_equal(b, "");
	assert_int_equal(officers.count, 1);
	finds(a, "Budi");
}

static void test_names_of_1_to_23_printable_bytes(void **state)
{
	static const char *const bad[] = {"", " Budi", "Budi ", "Bu\ndi",
	    "Bu\tdi",
	    "Bu\x7f"
	    "di",
	    "abcdefghijklmnopqrstuvwx",
	    "B\xff"
	    "di"};
	static const char *const good[] = {"B", "abcdefghijklmnopqrstuvw",
	    "Siti Rahma", "Jos\xC3\xA9"};
	char badge[OFFICERS_BADGE];

	(void)state;
	start();
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(add(bad[i], badge), -EINVAL);
	assert_int_equal(officers.count, 0);
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_int_equal(add(good[i], badge), 0);
	assert_int_equal(officers_save(path, &officers, &e), 0);
	assert_int_equal(officers_load(path, &officers, &e), 0);
	finds(badge, "Jos\xC3\xA9");
}

static void test_64_officers_fit_and_65_do_not(void **state)
{
	char badge[OFFICERS_BADGE], name[PASS_OFFICER];

	(void)state;
	start();
	for (int i = 0; i < OFFICERS; i++) {
		(void)snprintf(name, sizeof(name), "officer-abcdefghijk-%03u",
		    (unsigned)i % 1000);
		assert_int_equal(add(name, badge), 0);
	}
	assert_int_equal(officers_save(path, &officers, &e), 0);
	assert_int_equal(officers_load(path, &officers, &e), 0);
	finds(badge, "officer-abcdefghijk-063");
	assert_int_equal(add("one more", badge), -ENOSPC);
	assert_int_equal(officers.count, OFFICERS);
}

static void test_no_file_is_no_officers(void **state)
{
	(void)state;
	memset(&officers, 0x5a, sizeof(officers));
	assert_int_equal(officers_load(path, &officers, &e), 0);
	assert_int_equal(officers.count, 0);
}

static void test_a_line_that_is_none_is_named(void **state)
{
	static const struct {
		const char *text, *where;
	} bad[] = {
	    {"", ":1:"},
	    {"karcis-officers 2\nkey " KEY "\n", ":1:"},
	    {"karcis-officers 1\n", ":2:"},
	    {"karcis-officers 1\nkey 00\n", ":2:"},
	    {"karcis-officers 1\noffice " KEY "\n", ":2:"},
	    {FIRST "officer " KEY "\n", ":3:"},
	    {FIRST "officer " KEY " \n", ":3:"},
	    {FIRST "officer 00 Budi\n", ":3:"},
	    {FIRST "guard " KEY " Budi\n", ":3:"},
	    {FIRST "officer " KEY " Budi", ":3:"},
	    {FIRST "officer " KEY " Budi\nofficer " KEY " Budi\n", ":4:"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		write_text(bad[i].text);
		assert_int_equal(officers_load(path, &officers, &e), -EBADMSG);
		assert_non_null(strstr(e.text, bad[i].where));
		assert_int_equal(officers.count, 0);
	}
	write_text(FIRST);
	assert_int_equal(officers_load(path, &officers, &e), 0);
	assert_int_equal(chmod(path, 0604), 0);
	assert_int_equal(officers_load(path, &officers, &e), -EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_DIR(test_a_badge_is_26_of_32_symbols_and_all_come),
	    IN_DIR(test_each_badge_finds_its_officer_and_no_other),
	    IN_DIR(test_what_is_no_badge_finds_nobody),
	    IN_DIR(test_the_hash_is_keyed_blake2b_of_the_text),
	    IN_DIR(test_the_file_holds_no_badge),
	    IN_DIR(test_two_terminals_draw_two_keys),
	    IN_DIR(test_a_removed_badge_is_good_for_nothing),
	    IN_DIR(test_a_name_has_one_badge),
	    IN_DIR(test_names_of_1_to_23_printable_bytes),
	    IN_DIR(test_64_officers_fit_and_65_do_not),
	    IN_DIR(test_no_file_is_no_officers),
	    IN_DIR(test_a_line_that_is_none_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
