/* Versions, release texts and manifests. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/core/release.h"
#include "firmware/update/manifest.h"

static void test_a_version_is_three_numbers(void **state)
{
	static const char *const good[] = {"0.0.1", "0.4.0", "1.0.0",
	    "999999.999999.999999"};
	static const char *const bad[] = {"", "0.0.0", "1", "1.2", "1.2.3.4",
	    "1.2.", ".1.2", "01.2.3", "1.2.03", "1.2.3-rc1", "1.2.3+x",
	    "v1.2.3", "1.2.-3", " 1.2.3", "1.2.3 ", "1000000.0.0", "1..3"};
	struct release_version v;
	char text[RELEASE_VERSION_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(release_version_parse(str_from(good[i]), &v));
		assert_string_equal(release_version_text(v, text), good[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(release_version_parse(str_from(bad[i]), &v));
}

static void test_versions_are_ordered_by_number(void **state)
{
	static const char *const rising[] = {"0.0.1", "0.0.2", "0.0.10",
	    "0.1.0", "0.9.9", "0.10.0", "1.0.0", "1.0.1", "10.0.0"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rising); i++)
		for (size_t j = 0; j < ARRAY_LEN(rising); j++) {
			struct release_version a, b;
			int order;

			assert_true(
			    release_version_parse(str_from(rising[i]), &a));
			assert_true(
			    release_version_parse(str_from(rising[j]), &b));
			order = release_version_compare(a, b);
			assert_int_equal((order > 0) - (order < 0),
			    (i > j) - (i < j));
		}
}

static const char RELEASE[] = "product karcis\n"
			      "compatible karcis-x86-64\n"
			      "version 0.4.0\n"
			      "security 3\n"
			      "built 1793466000\n";

static int parse(const char *text, struct release *out)
{
	struct err e = {0};

	return release_parse(str_from(text), out, &e);
}

static void test_a_release_is_read_and_written(void **state)
{
	char room[256];
	struct release r;
	struct buf b;

	(void)state;
	assert_int_equal(parse(RELEASE, &r), 0);
	assert_string_equal(r.product, "karcis");
	assert_string_equal(r.compatible, "karcis-x86-64");
	assert_int_equal(r.version.minor, 4);
	assert_int_equal(r.security, 3);
	assert_int_equal(r.built_s, 1793466000);
	buf_init(&b, room, sizeof(room));
	release_write(&r, &b);
	assert_string_equal(buf_cstr(&b), RELEASE);
}

static void test_a_release_may_say_more(void **state)
{
	struct release r;

	(void)state;
	assert_int_equal(parse("# made by hand\n\nbuilt 1\nsecurity 1\n"
			       "version 1.0.0\ncodename mangga\n"
			       "compatible x\nproduct y",
			     &r),
	    0);
	assert_int_equal(r.built_s, 1);
}

static void test_a_release_that_lacks_or_repeats_is_refused(void **state)
{
	static const char *const bad[] = {
	    "",
	    "product karcis\n",
	    /* no built */
	    "product k\ncompatible c\nversion 1.0.0\nsecurity 1\n",
	    /* security twice */
	    "product k\ncompatible c\nversion 1.0.0\nsecurity 1\nbuilt 1\n"
	    "security 2\n",
	    "product k\ncompatible c\nversion 1.0.0\nsecurity 0\nbuilt 1\n",
	    "product k\ncompatible c\nversion 1.0.0\nsecurity 2147483648\n"
	    "built 1\n",
	    "product k\ncompatible c\nversion 1.0.0\nsecurity -1\nbuilt 1\n",
	    "product k\ncompatible c\nversion 1.0\nsecurity 1\nbuilt 1\n",
	    "product K\ncompatible c\nversion 1.0.0\nsecurity 1\nbuilt 1\n",
	    "product k\ncompatible \nversion 1.0.0\nsecurity 1\nbuilt 1\n",
	    "product k\ncompatible c\nversion 1.0.0\nsecurity 1\nbuilt 0\n",
	    "product k\r\ncompatible c\nversion 1.0.0\nsecurity 1\nbuilt 1\n",
	    "product\ncompatible c\nversion 1.0.0\nsecurity 1\nbuilt 1\n",
	    "product k\ncompatible c\nversion 1.0.0\nsecurity 1\nbuilt 1\n\xff",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct release r;

		assert_int_equal(parse(bad[i], &r), -EINVAL);
		assert_int_equal(r.security, 0);
		assert_false(release_version_is_set(r.version));
	}
}

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const char MANIFEST[] = "[update]\ncompatible=karcis-x86-64\n"
			       "version=0.5.0\nbuild=security 4\n\n"
			       "[bundle]\nformat=verity\n"
			       "verity-hash=" HASH "\n"
			       "verity-salt=" HASH "\n"
			       "verity-size=28672\n\n"
			       "[image.rootfs]\nsha256=" HASH "\n"
			       "size=3002368\nfilename=rootfs.squashfs\n";

static int parse_manifest(const char *text, struct manifest *out,
    enum update_refusal *why)
{
	struct err e = {0};

	*why = UPDATE_REFUSAL_UNSET;
	return manifest_parse(str_from(text), out, why, &e);
}

static void test_a_manifest_of_ours_is_read(void **state)
{
	enum update_refusal why;
	struct manifest m;

	(void)state;
	assert_int_equal(parse_manifest(MANIFEST, &m, &why), 0);
	assert_string_equal(m.compatible, "karcis-x86-64");
	assert_int_equal(m.version.minor, 5);
	assert_int_equal(m.security, 4);
	assert_int_equal(m.image_bytes, 3002368);
	assert_int_equal(m.verity_bytes, 28672);
	assert_int_equal(m.sha256[1], 0x11);
	assert_int_equal(m.sha256[31], 0xff);
}

/* The manifest with `from` replaced by `to`. */
static void assert_changed(const char *from, const char *to,
    enum update_refusal want)
{
	char text[sizeof(MANIFEST) + 128];
	const char *at = strstr(MANIFEST, from);
	enum update_refusal why;
	struct manifest m;
	struct buf b;
	int r;

	assert_non_null(at);
	buf_init(&b, text, sizeof(text));
	buf_put(&b, MANIFEST, (size_t)(at - MANIFEST));
	buf_text(&b, to);
	buf_text(&b, at + strlen(from));
	r = parse_manifest(buf_cstr(&b), &m, &why);
	assert_int_equal(r, want == UPDATE_REFUSAL_UNSET ? 0 : -EBADMSG);
	assert_int_equal(why, want);
}

static void test_a_manifest_that_asks_for_more_is_refused(void **state)
{
	(void)state;
	assert_changed("build=security 4\n", "", UPDATE_REFUSAL_UNSET);
	assert_changed("build=security 4", "description=Rilis besar",
	    UPDATE_REFUSAL_UNSET);
	assert_changed("build=security 4", "build=4", UPDATE_BAD_RELEASE);
	assert_changed("version=0.5.0", "version=0.5", UPDATE_BAD_RELEASE);
	assert_changed("version=0.5.0\n", "", UPDATE_BAD_RELEASE);
	assert_changed("version=0.5.0", "version=0.5.0\nversion=0.5.0",
	    UPDATE_BAD_RELEASE);
	assert_changed("[bundle]", "[hooks]\nfilename=h\n[bundle]",
	    UPDATE_BAD_RELEASE);
	assert_changed("[bundle]", "[handler]\nfilename=h\n[bundle]",
	    UPDATE_BAD_RELEASE);
	assert_changed("filename=rootfs.squashfs",
	    "filename=rootfs.squashfs\nhooks=install", UPDATE_BAD_RELEASE);
	assert_changed("filename=rootfs.squashfs", "filename=../../x",
	    UPDATE_BAD_RELEASE);
	assert_changed("[image.rootfs]", "[image.appfs]", UPDATE_BAD_RELEASE);
	assert_changed("size=3002368", "size=2147483649", UPDATE_BAD_RELEASE);
	assert_changed("size=3002368", "size=2147483648", UPDATE_REFUSAL_UNSET);
	assert_changed("sha256=00", "sha256=", UPDATE_BAD_RELEASE);
}

static void test_another_format_is_no_bundle_of_ours(void **state)
{
	(void)state;
	assert_changed("format=verity", "format=plain", UPDATE_NOT_A_BUNDLE);
	assert_changed("format=verity", "format=crypt", UPDATE_NOT_A_BUNDLE);
	assert_changed("format=verity\n", "", UPDATE_NOT_A_BUNDLE);
	assert_changed("verity-size=28672", "verity-size=28671",
	    UPDATE_BAD_RELEASE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_version_is_three_numbers),
	    cmocka_unit_test(test_versions_are_ordered_by_number),
	    cmocka_unit_test(test_a_release_is_read_and_written),
	    cmocka_unit_test(test_a_release_may_say_more),
	    cmocka_unit_test(test_a_release_that_lacks_or_repeats_is_refused),
	    cmocka_unit_test(test_a_manifest_of_ours_is_read),
	    cmocka_unit_test(test_a_manifest_that_asks_for_more_is_refused),
	    cmocka_unit_test(test_another_format_is_no_bundle_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
