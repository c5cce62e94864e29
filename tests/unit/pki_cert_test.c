/* Root, signers and list; that openssl reads them so is tests/update/pki_test.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/app/ctl/pki_cert.h"

#define PASS "correct horse battery"
enum { FROM_S = 1790000000, DAY = 86400, ROOT_DAYS = 100 };
static const struct pki_days root_days = {FROM_S, FROM_S + ROOT_DAYS *DAY};

static struct pki_pair root_pair, other_pair;
static struct pki_root *root;

static int open_root(void **state)
{
	(void)state;
	return pki_cert_root("A root", root_days, PASS, &root_pair, NULL) ||
	    pki_cert_root("A root", root_days, PASS, &other_pair, NULL) ||
	    pki_root_open(root_pair.key, root_pair.cert, PASS, &root, NULL);
}

static int close_root(void **state)
{
	(void)state;
	pki_root_close(root);
	return 0;
}

static void test_a_name_is_plain(void **state)
{
	static const char *const good[] = {"a", "Karcis root 2.0_x-y",
	    "123456789012345678901234567890123456789012345678"};
	static const char *const bad[] = {"", " a", "a ", "a/b", "a'b", "a\nb",
	    "a=b", "caf\xc3\xa9",
	    "1234567890123456789012345678901234567890123456789"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(pki_name_ok(str_from(good[i])));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(pki_name_ok(str_from(bad[i])));
}

static void test_a_serial_is_32_capital_digits(void **state)
{
	(void)state;
	assert_true(
	    pki_serial_ok(str_from("0123456789ABCDEF0123456789ABCDEF")));
	assert_false(
	    pki_serial_ok(str_from("0123456789ABCDEF0123456789ABCDE")));
	assert_false(
	    pki_serial_ok(str_from("0123456789ABCDEF0123456789ABCDEF0")));
	assert_false(
	    pki_serial_ok(str_from("0123456789abcdef0123456789abcdef")));
	assert_false(
	    pki_serial_ok(str_from("../3456789ABCDEF0123456789ABCDEF")));
}

static void test_a_root_says_who_it_is(void **state)
{
	struct pki_about a, b;

	(void)state;
	assert_int_equal(pki_cert_about(root_pair.cert, &a, NULL), 0);
	assert_string_equal(a.name, "A root");
	assert_true(pki_serial_ok(str_from(a.serial)));
	assert_int_equal(strlen(a.print), 64);
	assert_int_equal(a.days.from_s, root_days.from_s);
	assert_int_equal(a.days.until_s, root_days.until_s);
	assert_int_equal(pki_cert_about(other_pair.cert, &b, NULL), 0);
	assert_string_not_equal(a.serial, b.serial);
}

static void test_only_the_passphrase_opens_a_root(void **state)
{
	static const char *const wrong[] = {"", "correct horse batter",
	    "correct horse battery ", "Correct horse battery"};
	struct pki_root *r;

	(void)state;
	assert_null(strstr(root_pair.key, "BEGIN PRIVATE KEY"));
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		assert_int_equal(pki_root_open(root_pair.key, root_pair.cert,
				     wrong[i], &r, NULL),
		    -EACCES);
		assert_null(r);
	}
}

static void test_key_and_certificate_belong_together(void **state)
{
	struct pki_root *r;

	(void)state;
	assert_int_equal(
	    pki_root_open(root_pair.key, other_pair.cert, PASS, &r, NULL),
	    -EBADMSG);
	assert_null(r);
	assert_int_equal(pki_root_open(root_pair.key, "no", PASS, &r, NULL),
	    -EBADMSG);
	assert_null(r);
	pki_root_close(NULL);
}

static void test_a_signer_lives_within_its_root(void **state)
{
	static const struct {
		struct pki_days days;
		int r;
	} cases[] = {
	    {{FROM_S, FROM_S + ROOT_DAYS * DAY}, 0},
	    {{FROM_S - 1, FROM_S + DAY}, -EINVAL},
	    {{FROM_S, FROM_S + ROOT_DAYS * DAY + 1}, -EINVAL},
	    {{FROM_S + DAY, FROM_S + DAY}, -EINVAL},
	};
	struct pki_pair p;
	struct pki_about a;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(
		    pki_cert_signer(root, "build", cases[i].days, &p, NULL),
		    cases[i].r);
		assert_int_equal(p.cert[0] != '\0', cases[i].r == 0);
		if (cases[i].r < 0)
			continue;
		assert_int_equal(pki_cert_about(p.cert, &a, NULL), 0);
		assert_string_equal(a.name, "build");
	}
	assert_int_equal(pki_cert_signer(root, "a/b", root_days, &p, NULL),
	    -EINVAL);
}

static void test_what_is_no_request_makes_no_signer(void **state)
{
	char out[PKI_PEM];

	(void)state;
	assert_int_equal(
	    pki_cert_request(root, "build", root_days, "", out, NULL), -EINVAL);
	assert_int_equal(pki_cert_request(root, "build", root_days,
			     root_pair.cert, out, NULL),
	    -EINVAL);
	assert_string_equal(out, "");
}

static void test_what_is_no_certificate_says_nothing(void **state)
{
	struct pki_about a;

	(void)state;
	assert_int_equal(pki_cert_about("", &a, NULL), -EBADMSG);
	assert_int_equal(pki_cert_about(root_pair.key, &a, NULL), -EBADMSG);
	assert_int_equal(a.days.until_s, 0);
}

static void test_a_list_names_the_revoked_and_nobody_else(void **state)
{
	static const struct pki_revoked two[] = {
	    {"7F000000000000000000000000000001", FROM_S},
	    {"40000000000000000000000000000002", FROM_S + 5},
	};
	char list[PKI_LIST_PEM];

	(void)state;
	assert_int_equal(pki_cert_list(root, two, 2, 7, list, NULL), 0);
	assert_true(pki_list_has(list, root_pair.cert, two[0].serial));
	assert_true(pki_list_has(list, root_pair.cert, two[1].serial));
	assert_false(pki_list_has(list, root_pair.cert,
	    "40000000000000000000000000000003"));
	assert_int_equal(pki_list_number(list, root_pair.cert), 7);
	assert_int_equal(pki_cert_list(root, NULL, 0, 1, list, NULL), 0);
	assert_false(pki_list_has(list, root_pair.cert, two[0].serial));
	assert_int_equal(pki_list_number(list, root_pair.cert), 1);
}

static void test_a_full_list_fits(void **state)
{
	static struct pki_revoked all[PKI_REVOKED_MAX];
	char list[PKI_LIST_PEM];

	(void)state;
	for (size_t i = 0; i < PKI_REVOKED_MAX; i++) {
		memcpy(all[i].serial, "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFF00",
		    PKI_OWN_SERIAL + 1);
		all[i].serial[30] = "0123456789ABCDEF"[i / 16];
		all[i].serial[31] = "0123456789ABCDEF"[i % 16];
		all[i].at_s = FROM_S;
	}
	assert_int_equal(
	    pki_cert_list(root, all, PKI_REVOKED_MAX, 1, list, NULL), 0);
	for (size_t i = 0; i < PKI_REVOKED_MAX; i++)
		assert_true(pki_list_has(list, root_pair.cert, all[i].serial));
}

static void test_another_roots_list_is_none(void **state)
{
	static const struct pki_revoked one[] = {
	    {"7F000000000000000000000000000001", FROM_S}};
	char list[PKI_LIST_PEM];

	(void)state;
	assert_int_equal(pki_cert_list(root, one, 1, 7, list, NULL), 0);
	/* The same name, another key. */
	assert_false(pki_list_has(list, other_pair.cert, one[0].serial));
	assert_int_equal(pki_list_number(list, other_pair.cert), 0);
	assert_int_equal(pki_list_number("", root_pair.cert), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_name_is_plain),
	    cmocka_unit_test(test_a_serial_is_32_capital_digits),
	    cmocka_unit_test(test_a_root_says_who_it_is),
	    cmocka_unit_test(test_only_the_passphrase_opens_a_root),
	    cmocka_unit_test(test_key_and_certificate_belong_together),
	    cmocka_unit_test(test_a_signer_lives_within_its_root),
	    cmocka_unit_test(test_what_is_no_request_makes_no_signer),
	    cmocka_unit_test(test_what_is_no_certificate_says_nothing),
	    cmocka_unit_test(test_a_list_names_the_revoked_and_nobody_else),
	    cmocka_unit_test(test_a_full_list_fits),
	    cmocka_unit_test(test_another_roots_list_is_none),
	};

	return cmocka_run_group_tests(tests, open_root, close_root);
}
