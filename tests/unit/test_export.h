/* A journal of many kinds of entries, its copy, and exports of it. */
#ifndef KARCIS_TESTS_TEST_EXPORT_H
#define KARCIS_TESTS_TEST_EXPORT_H

#include "test_journal.h"

#include <sys/stat.h>

#include "firmware/store/audit_export.h"

static char copy_path[112], out_path[112];

static uint64_t seed;

/* xorshift64*: the same edits everywhere. */
static inline uint32_t draw(uint32_t below)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * UINT64_C(2685821657736338717) >> 33) % below);
}

/* Prints, copies and refusals, for `visitors` people of one day. */
static inline void fill_journal(unsigned visitors)
{
	for (unsigned i = 0; i < visitors; i++) {
		struct admission a = admit(i, i % 3 == 0 ? B : A);
		struct code_hash h = person(100 + i);

		assert_int_equal(journal_print_start(j, NOW, &a, false, &e), 0);
		assert_int_equal(
		    journal_print_end(j, NOW, &a, false, PRINT_PRINTED, &e), 0);
		if (i % 4 == 0)
			assert_int_equal(journal_refuse(j, NOW, DAY,
					     VERDICT_UNKNOWN, &h, &e),
			    0);
	}
	assert_int_equal(journal_note(j, -5, AUDIT_IMPORT, 120,
			     str_from("bookings.csv"), &e),
	    0);
}

static inline void back_up(void)
{
	snprintf(copy_path, sizeof(copy_path), "%s/copy.db", dir);
	snprintf(out_path, sizeof(out_path), "%s/export.txt", dir);
	unlink(copy_path);
	unlink(out_path);
	if (journal_backup(j, copy_path, &e) < 0)
		fail_msg("%s", e.text);
}

static inline struct audit_export export_of(bool bare)
{
	return (struct audit_export){.office = 4102,
	    .terminal = "kiosk-1",
	    .made_s = NOW + 9000,
	    .bare = bare,
	    .audit_secret = keys.audit_secret};
}

static inline uint64_t write_export(bool bare)
{
	struct audit_export x = export_of(bare);
	uint64_t n = 0;

	unlink(out_path);
	if (audit_export_write(copy_path, &x, out_path, &n, &e) < 0)
		fail_msg("%s", e.text);
	return n;
}

static inline struct audit_finding check_export(const uint8_t *key)
{
	struct audit_header h;
	struct audit_finding f;

	if (audit_export_check(out_path, key, NULL, NULL, &h, &f, &e) < 0)
		fail_msg("%s", e.text);
	return f;
}

static inline char *slurp(const char *file, size_t *len)
{
	FILE *f = fopen(file, "rb");
	struct stat st;
	char *text;

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	*len = (size_t)st.st_size;
	text = malloc(*len + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, *len, f), *len);
	text[*len] = '\0';
	fclose(f);
	return text;
}

/* A new file each time: ext4 writes one that was truncated to the disk at
 * once. */
static inline void spill(const char *file, const char *text, size_t len)
{
	FILE *f;

	unlink(file);
	f = fopen(file, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

#endif
