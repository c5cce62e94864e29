/* The journal of a gate: who goes through it. */
#ifndef KARCIS_TESTS_TEST_JOURNAL_GATE_H
#define KARCIS_TESTS_TEST_JOURNAL_GATE_H

#include "test_journal_hub.h"

static inline struct pass_subject ticket_of(unsigned i)
{
	return (struct pass_subject){.of = PASS_TICKET,
	    .day = DAY,
	    .key_id = 7,
	    .seq = i,
	    .letter = A,
	    .number = (uint16_t)i,
	    .companions = 1};
}

static inline struct pass_subject label_of(uint8_t letter, unsigned number)
{
	return (struct pass_subject){.of = PASS_LABEL,
	    .day = DAY,
	    .letter = letter,
	    .number = (uint16_t)number};
}

static inline struct pass_subject code_of(unsigned i)
{
	return (struct pass_subject){.of = PASS_CODE,
	    .day = DAY,
	    .booking = person(i)};
}

static inline struct pass_subject staff_of(unsigned i)
{
	return (struct pass_subject){.of = PASS_STAFF,
	    .day = DAY,
	    .booking = person(i)};
}

static inline struct pass pass_of(struct pass_subject s, unsigned move,
    bool out)
{
	struct pass p = {.subject = s,
	    .move = (uint8_t)move,
	    .out = out,
	    .time_s = NOW + move};

	p.key = pass_key(&s, p.move);
	p.op_id = pass_op_id(3, 1, &p.key);
	return p;
}

static inline struct pass through(struct pass_subject s, unsigned move,
    bool out)
{
	struct pass p = pass_of(s, move, out), got;

	assert_int_equal(journal_pass(j, &p, &got, &e), 0);
	return got;
}

static inline struct pass_history history_of(struct pass_subject s)
{
	struct pass_history h;

	memset(&h, 0x5a, sizeof(h));
	assert_int_equal(journal_pass_history(j, &s, &h, &e), 0);
	return h;
}

static inline struct journal_report report(void)
{
	static struct journal_report r; /* large */

	assert_int_equal(journal_report(j, DAY, &r, &e), 0);
	return r;
}

#endif
