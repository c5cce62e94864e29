/*
 * The one form of a bundle's signature, tried on tests/unit/vectors/cms_*.der:
 * `openssl cms -sign -binary -nodetach -nosmimecap -md sha256` over the two
 * lines "[update]" and "version=0.4.1", signed 2026-11-26 14:50:36 UTC, and the
 * same with another option: each is a good signature to OpenSSL.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/core/cms_form.h"

enum { CMS_MAX = 2048, GOOD_BYTES = 751 };

static char good[GOOD_BYTES];

static size_t load(const char *name, char *out, size_t cap)
{
	char path[80];
	size_t n;
	FILE *f;

	(void)snprintf(path, sizeof(path), "tests/unit/vectors/cms_%s.der",
	    name);
	f = fopen(path, "rb");
	assert_non_null(f);
	n = fread(out, 1, cap, f);
	assert_true(n > 0 && n < cap + 1);
	fclose(f);
	return n;
}

static int load_good(void **state)
{
	(void)state;
	assert_int_equal(load("good", good, sizeof(good)), GOOD_BYTES);
	return 0;
}

static bool takes(const char *bytes, size_t len)
{
	struct err e = {0};
	struct cms_form f;
	int r = cms_form_read(str_of(bytes, len), &f, &e);

	assert_true(r == 0 || r == -EBADMSG || r == -ENODATA);
	assert_true(r == 0 ||
	    (f.manifest.len == 0 && f.signed_s == 0 && e.text[0] != '\0'));
	return r == 0;
}

static void test_what_a_signer_wrote_is_read(void **state)
{
	static const uint8_t serial[] = {0x31, 0xcf, 0x7a, 0x67, 0x7d, 0xbe,
	    0xaa, 0x92, 0x87, 0x73, 0x8f, 0x7e, 0x88, 0x1b, 0x4f, 0xbe, 0xc5,
	    0xe4, 0xbb, 0x9a};
	struct cms_form f;
	struct err e = {0};

	(void)state;
	assert_int_equal(cms_form_read(str_of(good, sizeof(good)), &f, &e), 0);
	assert_true(str_is(f.manifest, "[update]\nversion=0.4.1\n"));
	assert_int_equal(f.serial.len, sizeof(serial));
	assert_memory_equal(f.serial.ptr, serial, sizeof(serial));
	/* openssl asn1parse: at 85, 4 + 408 bytes. */
	assert_ptr_equal(f.certificate.ptr, good + 85);
	assert_int_equal(f.certificate.len, 412);
	assert_int_equal(f.signed_s, 1795704636); /* date -d '...' +%s */
}

/* Content of the parts that are under the signature, or are one: manifest,
 * certificate, signing time, digest, signature (openssl asn1parse). */
static bool is_signed(size_t at)
{
	static const struct {
		size_t from, until;
	} parts[] = {{58, 81}, {85, 497}, {605, 618}, {635, 667}, {681, 751}};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (at >= parts[i].from && at < parts[i].until)
			return true;
	return false;
}

static void test_no_byte_that_nothing_signs_can_be_changed(void **state)
{
	char bytes[GOOD_BYTES];
	size_t tried = 0;

	(void)state;
	memcpy(bytes, good, sizeof(good));
	for (size_t at = 0; at < sizeof(bytes); at++) {
		if (is_signed(at))
			continue;
		for (unsigned x = 1; x < 256; x++) {
			bytes[at] = (char)((uint8_t)good[at] ^ x);
			if (takes(bytes, sizeof(bytes)))
				fail_msg("byte %zu changed by %u", at, x);
		}
		bytes[at] = good[at];
		tried++;
	}
	/* 751 less 23, 412, 13, 32 and 70. */
	assert_int_equal(tried, 201);
}

static void test_the_signer_is_named_as_its_certificate_names_it(void **state)
{
	/* "root" at 521, its serial at 527; in the certificate 20 bytes of
	 * serial from 96 on. */
	static const size_t at[] = {521, 524, 527, 546, 96, 115};
	char bytes[GOOD_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(at); i++) {
		memcpy(bytes, good, sizeof(good));
		bytes[at[i]] ^= 0x20; /* "Root", too, is another name */
		assert_false(takes(bytes, sizeof(bytes)));
	}
}

static void test_nothing_is_cut_off_or_added(void **state)
{
	char bytes[GOOD_BYTES + 1] = {0};

	(void)state;
	memcpy(bytes, good, sizeof(good));
	for (size_t len = 0; len < sizeof(good); len++)
		assert_false(takes(bytes, len));
	assert_true(takes(bytes, GOOD_BYTES));
	assert_false(takes(bytes, GOOD_BYTES + 1));
}

/* A length with a leading zero, or in the long form although it is short. */
static void test_a_length_has_one_way_to_be_written(void **state)
{
	static const uint8_t wide[] = {0x30, 0x83, 0x00, 0x02, 0xeb};
	char bytes[GOOD_BYTES + 1];

	(void)state;
	memcpy(bytes, wide, sizeof(wide));
	memcpy(bytes + sizeof(wide), good + 4, GOOD_BYTES - 4);
	assert_false(takes(bytes, sizeof(bytes)));
	/* The manifest's 23: 0x17 becomes 0x81 0x17, all above one more. */
	memcpy(bytes, good, 57);
	bytes[57] = (char)0x81;
	memcpy(bytes + 58, good + 57, GOOD_BYTES - 57);
	bytes[3]++;
	bytes[18]++;
	bytes[22]++;
	bytes[42]++;
	bytes[55]++;
	assert_false(takes(bytes, sizeof(bytes)));
}

static void test_other_forms_are_refused(void **state)
{
	static const char *const names[] = {"no_attributes", "two_signers",
	    "two_certificates", "no_certificate", "key_identifier",
	    "capabilities", "sha512", "detached", "indefinite"};
	char bytes[CMS_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (takes(bytes, load(names[i], bytes, sizeof(bytes))))
			fail_msg("%s is taken", names[i]);
}

static void test_a_signature_without_its_manifest_is_told_apart(void **state)
{
	char bytes[CMS_MAX];
	size_t n = load("detached", bytes, sizeof(bytes));
	struct cms_form f;

	(void)state;
	assert_int_equal(cms_form_read(str_of(bytes, n), &f, NULL), -ENODATA);
	/* Its version, at 23 + 2, is altered besides: the first fault tells. */
	bytes[25] = 3;
	assert_int_equal(cms_form_read(str_of(bytes, n), &f, NULL), -EBADMSG);
}

/* YYMMDDHHMMSSZ stands at 605. */
static bool takes_time(const char *time, int64_t *out)
{
	char bytes[GOOD_BYTES];
	struct err e = {0};
	struct cms_form f;
	int r;

	memcpy(bytes, good, sizeof(good));
	assert_int_equal(strlen(time), 13);
	memcpy(bytes + 605, time, 13);
	r = cms_form_read(str_of(bytes, sizeof(bytes)), &f, &e);
	*out = f.signed_s;
	return r == 0;
}

static void test_the_signing_time_is_a_real_one(void **state)
{
	static const struct {
		const char *text;
		int64_t at_s; /* date -u -d ... +%s; -1 = refused */
	} cases[] = {
	    {"700101000000Z", 0},
	    {"691231235959Z", -1}, /* 1969 */
	    {"491231235959Z", 2524607999},
	    {"500101000000Z", -1}, /* 1950 */
	    {"280229120000Z", 1835438400},
	    {"270229120000Z", -1},
	    {"261301000000Z", -1},
	    {"260001000000Z", -1},
	    {"261131000000Z", -1},
	    {"261126240000Z", -1},
	    {"261126236000Z", -1},
	    {"261126235960Z", -1},
	    {"261126235959z", -1},
	    {"26112623595 Z", -1},
	    {"-61126235959Z", -1},
	};
	int64_t at_s;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (takes_time(cases[i].text, &at_s) != (cases[i].at_s >= 0))
			fail_msg("%s", cases[i].text);
		assert_int_equal(at_s, cases[i].at_s >= 0 ? cases[i].at_s : 0);
	}
}

/* From 2050 on the year has four digits, and only from then on. */
static void test_the_century_turns_in_2050(void **state)
{
	char bytes[CMS_MAX];
	size_t n = load("in_2055", bytes, sizeof(bytes));
	struct cms_form f;
	struct err e = {0};

	(void)state;
	assert_int_equal(cms_form_read(str_of(bytes, n), &f, &e), 0);
	assert_int_equal(f.signed_s, 2686000000);
	/* YYYY stands at 605 here too. */
	memcpy(bytes + 605, "2050", 4);
	assert_true(takes(bytes, n));
	memcpy(bytes + 605, "2049", 4);
	assert_false(takes(bytes, n));
}

static void test_the_length_at_a_bundles_end_is_possible(void **state)
{
	static const struct {
		uint64_t says;
		int64_t bundle;
		size_t is;
	} cases[] = {
	    {100, 108, 100},
	    {100, 107, 0},
	    {65536, 1 << 20, 65536},
	    {65537, 1 << 20, 0},
	    {0, 1 << 20, 0},
	    {1, 8, 0},
	    {1, 9, 1},
	    {1, 0, 0},
	    {UINT64_MAX, INT64_MAX, 0},
	    {UINT64_C(1) << 63, INT64_MAX, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t tail[CMS_LENGTH_BYTES];

		for (int k = 0; k < CMS_LENGTH_BYTES; k++)
			tail[k] = (uint8_t)(cases[i].says >> (56 - 8 * k));
		assert_int_equal(cms_form_length(tail, cases[i].bundle),
		    cases[i].is);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_a_signer_wrote_is_read),
	    cmocka_unit_test(test_no_byte_that_nothing_signs_can_be_changed),
	    cmocka_unit_test(
		test_the_signer_is_named_as_its_certificate_names_it),
	    cmocka_unit_test(test_nothing_is_cut_off_or_added),
	    cmocka_unit_test(test_a_length_has_one_way_to_be_written),
	    cmocka_unit_test(test_other_forms_are_refused),
	    cmocka_unit_test(
		test_a_signature_without_its_manifest_is_told_apart),
	    cmocka_unit_test(test_the_signing_time_is_a_real_one),
	    cmocka_unit_test(test_the_century_turns_in_2050),
	    cmocka_unit_test(test_the_length_at_a_bundles_end_is_possible),
	};

	return cmocka_run_group_tests(tests, load_good, NULL);
}
