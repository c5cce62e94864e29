/* The manifest of an update bundle: what RAUC allows, and we do not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/app/ctl/bundle_manifest.h"

#define HASH   "5aacb497b5a8fbce825465b6733ffa65bff4bb83fddce22b3e84fd96190336c8"
#define UPDATE "[update]\ncompatible=karcis-x86-64\nversion=0.4.1\n"
#define BUNDLE \
	"\n[bundle]\nformat=verity\nverity-hash=5c\nverity-salt=8f\n" \
	"verity-size=4096\n"
#define IMAGE \
	"\n[image.rootfs]\nsha256=" HASH "\nsize=303104\n" \
	"filename=rootfs.squashfs\n"

static bool takes(const char *text)
{
	struct bundle_manifest m;
	struct err e = {0};
	int r = bundle_manifest_read(str_from(text), &m, &e);

	assert_true(r == 0 || (r == -EBADMSG && e.text[0] != '\0'));
	return r == 0;
}

static void test_what_rauc_signs_is_read(void **state)
{
	struct bundle_manifest m;
	struct err e = {0};

	(void)state;
	assert_int_equal(
	    bundle_manifest_read(
		str_from(UPDATE "build=security 3\n" BUNDLE IMAGE), &m, &e),
	    0);
	assert_string_equal(m.compatible, "karcis-x86-64");
	assert_int_equal(m.version.major, 0);
	assert_int_equal(m.version.minor, 4);
	assert_int_equal(m.version.patch, 1);
	assert_int_equal(m.security, 3);
	assert_string_equal(m.filename, "rootfs.squashfs");
	assert_string_equal(m.sha256, HASH);
	assert_int_equal(m.size_bytes, 303104);
}

static void test_the_security_may_be_left_out(void **state)
{
	struct bundle_manifest m;

	(void)state;
	assert_int_equal(
	    bundle_manifest_read(str_from(UPDATE BUNDLE IMAGE), &m, NULL), 0);
	assert_int_equal(m.security, 0);
	assert_true(takes(UPDATE "build=security 2147483647\n" BUNDLE IMAGE));
	assert_false(takes(UPDATE "build=security 2147483648\n" BUNDLE IMAGE));
	assert_false(takes(UPDATE "build=security 0\n" BUNDLE IMAGE));
	assert_false(takes(UPDATE "build=20261126\n" BUNDLE IMAGE));
}

static void test_each_part_is_needed(void **state)
{
	static const char *const texts[] = {
	    "",
	    BUNDLE IMAGE,
	    UPDATE IMAGE,
	    UPDATE BUNDLE,
	    "[update]\nversion=0.4.1\n" BUNDLE IMAGE,
	    "[update]\ncompatible=karcis-x86-64\n" BUNDLE IMAGE,
	    UPDATE
	    "[bundle]\nverity-hash=5c\nverity-salt=8f\nverity-size=1\n" IMAGE,
	    UPDATE
	    "[bundle]\nformat=verity\nverity-salt=8f\nverity-size=1\n" IMAGE,
	    UPDATE BUNDLE "[image.rootfs]\nsize=1\nfilename=rootfs.squashfs\n",
	    UPDATE BUNDLE "[image.rootfs]\nsha256=" HASH
			  "\nfilename=rootfs.squashfs\n",
	    UPDATE BUNDLE "[image.rootfs]\nsha256=" HASH "\nsize=1\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (takes(texts[i]))
			fail_msg("taken:\n%s", texts[i]);
}

static void test_nothing_else_may_stand_there(void **state)
{
	static const char *const more[] = {
	    "[hooks]\nfilename=hook.sh\nhooks=install-check\n",
	    "[handler]\nfilename=handler.sh\n",
	    "[image.boot]\nfilename=boot.img\nsha256=" HASH "\nsize=1\n",
	    "hooks=post-install\n", /* of the image */
	    "variant=x\n",
	    "filename=rootfs.squashfs\n", /* twice */
	    "[update]\nversion=0.4.1\n",
	    "[casync]\nstore=https://example\n",
	    " size=1\n",
	    "size\n",
	    "\x01\n",
	};
	char text[1024];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(more); i++) {
		(void)snprintf(text, sizeof(text), "%s%s", UPDATE BUNDLE IMAGE,
		    more[i]);
		if (takes(text))
			fail_msg("taken: %s", more[i]);
	}
}

static void test_each_value_has_its_form(void **state)
{
	static const char *const texts[] = {
	    "[update]\ncompatible=\nversion=0.4.1\n" BUNDLE IMAGE,
	    "[update]\ncompatible=k\nversion=0.4\n" BUNDLE IMAGE,
	    "[update]\ncompatible=k\nversion=0.4.1-rc1\n" BUNDLE IMAGE,
	    UPDATE "[bundle]\nformat=plain\nverity-hash=1\nverity-salt=1\n"
		   "verity-size=1\n" IMAGE,
	    UPDATE "[bundle]\nformat=crypt\nverity-hash=1\nverity-salt=1\n"
		   "verity-size=1\n" IMAGE,
	    UPDATE BUNDLE "[image.rootfs]\nsha256=" HASH "0\nsize=1\n"
			  "filename=rootfs.squashfs\n",
	    UPDATE BUNDLE "[image.rootfs]\nsha256=" HASH "\nsize=0\n"
			  "filename=rootfs.squashfs\n",
	    UPDATE BUNDLE "[image.rootfs]\nsha256=" HASH "\nsize=2147483649\n"
			  "filename=rootfs.squashfs\n",
	    UPDATE BUNDLE "[image.rootfs]\nsha256=" HASH "\nsize=1\n"
			  "filename=../rootfs.squashfs\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (takes(texts[i]))
			fail_msg("taken:\n%s", texts[i]);
	/* 2 GiB itself. */
	assert_true(takes(
	    UPDATE BUNDLE "[image.rootfs]\nsha256=" HASH
			  "\nsize=2147483648\nfilename=rootfs.squashfs\n"));
}

static void test_a_nul_hides_nothing(void **state)
{
	static const char text[] = UPDATE BUNDLE IMAGE "\0[hooks]\n";
	struct bundle_manifest m;

	(void)state;
	assert_int_equal(
	    bundle_manifest_read(str_of(text, sizeof(text) - 1), &m, NULL),
	    -EBADMSG);
}

static void test_a_new_one_has_what_rauc_needs(void **state)
{
	struct release r = {.product = "karcis",
	    .compatible = "karcis-arm64",
	    .version = {1, 20, 3},
	    .security = 7};
	char text[BUNDLE_MANIFEST_MAX];
	struct buf b;

	(void)state;
	buf_init(&b, text, sizeof(text));
	bundle_manifest_write(&r, &b);
	assert_string_equal(buf_cstr(&b),
	    "[update]\n"
	    "compatible=karcis-arm64\n"
	    "version=1.20.3\n"
	    "build=security 7\n"
	    "\n"
	    "[bundle]\n"
	    "format=verity\n"
	    "\n"
	    "[image.rootfs]\n"
	    "filename=rootfs.squashfs\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_rauc_signs_is_read),
	    cmocka_unit_test(test_the_security_may_be_left_out),
	    cmocka_unit_test(test_each_part_is_needed),
	    cmocka_unit_test(test_nothing_else_may_stand_there),
	    cmocka_unit_test(test_each_value_has_its_form),
	    cmocka_unit_test(test_a_nul_hides_nothing),
	    cmocka_unit_test(test_a_new_one_has_what_rauc_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
