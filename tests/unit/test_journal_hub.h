/* The journal of a terminal whose hub grants numbers and seats. */
#ifndef KARCIS_TESTS_TEST_JOURNAL_HUB_H
#define KARCIS_TESTS_TEST_JOURNAL_HUB_H

#include "test_journal.h"

enum { S = 19, WALK_IN_SERVICE = 3 };

static inline void open_as(bool hub, uint8_t letter)
{
	struct journal_options o = {&keys, letter, NOW, hub};
	int r = journal_open(path, &o, &j, &e);

	if (r < 0)
		print_error("%s\n", e.text);
	assert_int_equal(r, 0);
}

static inline void close_journal(void)
{
	journal_close(j);
	j = NULL;
}

static inline void with_hub(uint8_t letter)
{
	close_journal();
	open_as(true, letter);
}

static inline int make_hub_journal(void **state)
{
	int r = make_journal(state);

	if (r == 0)
		with_hub(S);
	return r;
}

/* What a power cut leaves: the files as they are while the terminal runs,
 * nothing folded in and nothing closed. */
static inline void crash(void)
{
	char cmd[512];

	snprintf(cmd, sizeof(cmd), "mkdir %s/cut && cp %s* %s/cut", dir, path,
	    dir);
	assert_int_equal(system(cmd), 0);
	close_journal();
	snprintf(cmd, sizeof(cmd), "rm %s* && mv %s/cut/* %s && rmdir %s/cut",
	    path, dir, dir, dir);
	assert_int_equal(system(cmd), 0);
	open_as(true, S);
	assert_int_equal(journal_finding(j).n, 0);
}

static inline int64_t number(const char *sql)
{
	int64_t n = -1;

	assert_int_equal(db_number(j->db, "test", sql, &n, &e), 0);
	return n;
}

static inline void assert_chain(void)
{
	struct journal_finding f;

	assert_int_equal(journal_check(j, &f, &e), 0);
	assert_string_equal(f.text, "");
	assert_int_equal(f.n, 0);
}

static inline void assert_label(const struct admission *a, uint8_t letter,
    int n)
{
	assert_int_equal(a->ticket.letter, letter);
	assert_int_equal(a->ticket.number, n);
}

static inline void intend(const struct admit_request *q)
{
	assert_int_equal(journal_intend(j, q, &e), 0);
}

static inline struct op_id ask(int32_t day, uint8_t letter, uint8_t service,
    uint8_t booking_class)
{
	struct journal_grant g = {.op_id = journal_op_id(),
	    .day = day,
	    .letter = letter,
	    .service = service,
	    .booking_class = booking_class};

	assert_int_equal(journal_grant_ask(j, &g, &e), 0);
	return g.op_id;
}

static inline void take(struct op_id op_id, unsigned first, unsigned count)
{
	assert_int_equal(
	    journal_grant_take(j, &op_id, (uint16_t)first, (uint16_t)count, &e),
	    0);
}

static inline void numbers(int32_t day, uint8_t letter, unsigned first,
    unsigned last)
{
	take(ask(day, letter, 0, 0), first, last - first + 1);
}

static inline int64_t left(int32_t day, uint8_t letter)
{
	int64_t n = -1;

	assert_int_equal(journal_numbers_left(j, day, letter, &n, &e), 0);
	return n;
}

static inline struct admit_request walk_in(unsigned i)
{
	struct admit_request q = request_of(i, A);

	q.booking_class = CLASS_WALK_IN;
	q.verdict = VERDICT_ADMIT_BOOKED;
	q.flags = 0;
	return q;
}

static inline int admit_walk_in(unsigned i)
{
	struct admit_request q = walk_in(i);
	struct admission a;

	return journal_admit(j, &q, &a, &e);
}

static inline void void_before(int32_t day)
{
	assert_int_equal(journal_void_unspent(j, NOW + 90000, day, &e), 0);
}

#define HUB(f) \
	cmocka_unit_test_setup_teardown(f, make_hub_journal, remove_journal)

#endif
