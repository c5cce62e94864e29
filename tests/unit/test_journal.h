/* A new journal in a folder of its own for every test, and who is admitted. */
#ifndef KARCIS_TESTS_TEST_JOURNAL_H
#define KARCIS_TESTS_TEST_JOURNAL_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "firmware/store/journal.h"
#include "firmware/store/journal_file.h"

enum { DAY = 20416, NOW = 1764000000, A = 1, B = 2 };

static char dir[64], path[96];
static struct keys keys;
static struct journal *j;
static struct err e;

static inline void open_at(int64_t now_s)
{
	struct journal_options o = {&keys, 19, now_s, false};
	int r = journal_open(path, &o, &j, &e);

	if (r < 0)
		print_error("%s\n", e.text);
	assert_int_equal(r, 0);
}

static inline void reopen(void)
{
	journal_close(j);
	j = NULL;
	open_at(NOW + 5000);
}

static inline int make_journal(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/karcis-journal-XXXXXX");
	if (mkdtemp(dir) == NULL ||
	    keys_draw(&keys, (struct keys_place){0}, &e) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/journal.db", dir);
	open_at(NOW);
	return 0;
}

static inline int remove_journal(void **state)
{
	char cmd[128];

	(void)state;
	journal_close(j);
	j = NULL;
	/* Left mounted only by a test that failed. */
	if (umount(dir) < 0 && errno != EINVAL && errno != EPERM)
		return -1;
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return system(cmd);
}

static inline struct code_hash person(unsigned i)
{
	struct code_hash h = {{0}};

	h.bytes[0] = (uint8_t)(i * 37);
	h.bytes[1] = (uint8_t)(i >> 8);
	h.bytes[2] = (uint8_t)i;
	return h;
}

static inline struct admit_request request_of(unsigned i, uint8_t letter)
{
	struct admit_request q = {
	    .op_id = journal_op_id(),
	    .time_s = NOW + i,
	    .booking = person(i),
	    .day = DAY,
	    .letter = letter,
	    .service = 3,
	    .slot_min = 540,
	    .window_min = 45,
	    .type = TICKET_QUEUE,
	    .flags = TICKET_BOOKED,
	    .companions = 2,
	    .booking_class = CLASS_BOOKED,
	    .verdict = VERDICT_ADMIT_BOOKED,
	};

	return q;
}

static inline struct admission admit(unsigned i, uint8_t letter)
{
	struct admit_request q = request_of(i, letter);
	struct admission a;

	assert_int_equal(journal_admit(j, &q, &a, &e), 0);
	return a;
}

static inline struct usage usage_of(unsigned i)
{
	struct code_hash h = person(i);
	struct usage u;

	assert_int_equal(journal_usage(j, &h, DAY, &u, &e), 0);
	return u;
}

static inline void run_sql(const char *sql, int expected)
{
	sqlite3 *db;
	int r;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	r = sqlite3_exec(db, sql, NULL, NULL, NULL);
	sqlite3_close(db);
	assert_int_equal(r, expected);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_journal, remove_journal)

#endif
