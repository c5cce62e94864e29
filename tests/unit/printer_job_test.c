#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "drivers/printer/job.h"

enum { BODY = 100, TOTAL = 111, T0 = 1000 };

static unsigned ev(struct job *j, enum job_event_kind kind, int64_t at,
    size_t bytes)
{
	struct job_event e = {kind, at, bytes};

	return job_step(j, &e);
}

/* A job in each state, `taken` bytes in; with a proof unless DRAINING. */
static struct job in_state(enum job_state state, size_t taken)
{
	struct job j = {0};
	bool proves = state != JOB_DRAINING;

	if (state == JOB_IDLE)
		return j;
	job_start(&j, 7, BODY, proves ? TOTAL : BODY, proves, false, T0);
	j.taken = state == JOB_PROVING || state == JOB_DRAINING ? j.total
								: taken;
	j.state = state;
	if (state == JOB_ENDED)
		j.verdict = PRINT_PRINTED;
	return j;
}

/* Rows: states. Columns: UNSET TICK TAKEN DRAINED PROVED VOID BLOCKED FREE
 * FAILED STOPPED LOST, at T0, 10 of 111 bytes taken before, 5 in the event. */
static void test_every_state_meets_every_event(void **state)
{
	static const struct {
		enum job_state state, next[JOB_EVENTS];
	} row[] = {
	    {JOB_IDLE, {0}},
	    {JOB_SENDING, {1, 1, 1, 1, 1, 1, 1, 1, 5, 5, 5}},
	    {JOB_PROVING, {2, 2, 2, 2, 5, 5, 2, 2, 5, 5, 5}},
	    {JOB_DRAINING, {3, 3, 3, 5, 3, 3, 3, 3, 5, 5, 5}},
	    {JOB_STOPPING, {4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5}},
	    {JOB_ENDED, {5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5}},
	};

	(void)state;
	assert_int_equal(ARRAY_LEN(row), JOB_STATES);
	for (size_t s = 0; s < ARRAY_LEN(row); s++)
		for (int k = 0; k < JOB_EVENTS; k++) {
			struct job j = in_state(row[s].state, 10);
			unsigned fx = ev(&j, (enum job_event_kind)k, T0, 5);

			assert_int_equal(j.state, row[s].next[k]);
			/* One end only, and never out of ENDED or IDLE. */
			assert_int_equal((fx & JOB_END) != 0,
			    j.state == JOB_ENDED && row[s].state != JOB_ENDED);
			assert_int_equal(j.verdict == PRINT_PRINTED,
			    row[s].state == JOB_ENDED ||
				(row[s].state == JOB_PROVING &&
				    k == JOB_EV_PROVED));
		}
}

/* taken before, maybe more, verdict: both sides of each boundary */
static void test_a_lost_printer_is_judged_by_what_it_may_have(void **state)
{
	static const struct {
		size_t taken, maybe;
		enum print_verdict verdict;
	} t[] = {{0, 0, PRINT_NOT_PRINTED}, {0, 1, PRINT_PARTIAL},
	    {1, 0, PRINT_PARTIAL}, {99, 0, PRINT_PARTIAL},
	    {98, 1, PRINT_PARTIAL}, {98, 2, PRINT_UNSURE},
	    {100, 0, PRINT_UNSURE}, {0, 111, PRINT_UNSURE}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct job j = in_state(JOB_SENDING, t[i].taken);

		assert_int_equal(ev(&j, JOB_EV_LOST, T0, t[i].maybe), JOB_END);
		assert_int_equal(j.verdict, t[i].verdict);
	}
}

static void test_silence_stops_a_job_after_15_s(void **state)
{
	struct job j = in_state(JOB_SENDING, 0);

	(void)state;
	assert_int_equal(ev(&j, JOB_EV_TAKEN, T0 + 500, 10), JOB_TELL);
	assert_int_equal(ev(&j, JOB_EV_TICK, T0 + 15499, 0), 0);
	assert_int_equal(ev(&j, JOB_EV_TICK, T0 + 15500, 0), JOB_STOP);
	/* What the cancelled transfer had taken still counts. */
	assert_int_equal(ev(&j, JOB_EV_TAKEN, T0 + 15501, 90), JOB_TELL);
	assert_int_equal(ev(&j, JOB_EV_STOPPED, T0 + 15502, 0), JOB_END);
	assert_int_equal(j.verdict, PRINT_UNSURE);
}

static void test_a_stop_that_took_nothing_is_not_printed(void **state)
{
	struct job j = in_state(JOB_SENDING, 0);

	(void)state;
	assert_int_equal(ev(&j, JOB_EV_TICK, T0 + 15000, 0), JOB_STOP);
	assert_int_equal(ev(&j, JOB_EV_STOPPED, T0 + 15001, 0), JOB_END);
	assert_int_equal(j.verdict, PRINT_NOT_PRINTED);
}

static void test_a_stop_that_never_comes_back_is_unsure(void **state)
{
	struct job j = in_state(JOB_SENDING, 0);

	(void)state;
	assert_int_equal(ev(&j, JOB_EV_TICK, T0 + 15000, 0), JOB_STOP);
	assert_int_equal(ev(&j, JOB_EV_TICK, T0 + 16999, 0), 0);
	assert_int_equal(ev(&j, JOB_EV_TICK, T0 + 17000, 0), JOB_END);
	assert_int_equal(j.verdict, PRINT_UNSURE);
}

static void test_staff_have_60_s_to_load_paper(void **state)
{
	struct job j = in_state(JOB_SENDING, 10);

	(void)state;
	assert_int_equal(ev(&j, JOB_EV_BLOCKED, T0 + 1000, 0), 0);
	assert_int_equal(ev(&j, JOB_EV_TICK, T0 + 60999, 0), 0);
	assert_int_equal(ev(&j, JOB_EV_FREE, T0 + 60999, 0), 0);
	assert_int_equal(ev(&j, JOB_EV_TICK, T0 + 75998, 0), 0);
	assert_int_equal(ev(&j, JOB_EV_TICK, T0 + 75999, 0), JOB_STOP);
	assert_int_equal(ev(&j, JOB_EV_STOPPED, T0 + 76000, 0), JOB_END);
	assert_int_equal(j.verdict, PRINT_PARTIAL);
}

static void test_no_job_lasts_longer_than_120_s(void **state)
{
	struct job j = in_state(JOB_SENDING, 0);
	int64_t at = T0;

	(void)state;
	for (; at < T0 + 119000; at += 10000)
		assert_int_equal(ev(&j, JOB_EV_TAKEN, at, 1), JOB_TELL);
	assert_int_equal(ev(&j, JOB_EV_TICK, T0 + 119999, 0), 0);
	assert_int_equal(ev(&j, JOB_EV_TICK, T0 + 120000, 0), JOB_STOP);
}

static void test_a_proof_that_overtakes_the_count_is_kept(void **state)
{
	struct job j = in_state(JOB_SENDING, 0);

	(void)state;
	assert_int_equal(ev(&j, JOB_EV_PROVED, T0, 0), 0);
	assert_int_equal(ev(&j, JOB_EV_TAKEN, T0, TOTAL), JOB_TELL | JOB_END);
	assert_int_equal(j.verdict, PRINT_PRINTED);
}

static void test_no_proof_in_15_s_is_unsure(void **state)
{
	struct job j = in_state(JOB_SENDING, 0);

	(void)state;
	assert_int_equal(ev(&j, JOB_EV_TAKEN, T0, TOTAL), JOB_TELL);
	assert_int_equal(ev(&j, JOB_EV_TICK, T0 + 14999, 0), 0);
	assert_int_equal(ev(&j, JOB_EV_TICK, T0 + 15000, 0), JOB_END);
	assert_int_equal(j.verdict, PRINT_UNSURE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_state_meets_every_event),
	    cmocka_unit_test(test_a_lost_printer_is_judged_by_what_it_may_have),
	    cmocka_unit_test(test_silence_stops_a_job_after_15_s),
	    cmocka_unit_test(test_a_stop_that_took_nothing_is_not_printed),
	    cmocka_unit_test(test_a_stop_that_never_comes_back_is_unsure),
	    cmocka_unit_test(test_staff_have_60_s_to_load_paper),
	    cmocka_unit_test(test_no_job_lasts_longer_than_120_s),
	    cmocka_unit_test(test_a_proof_that_overtakes_the_count_is_kept),
	    cmocka_unit_test(test_no_proof_in_15_s_is_unsure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
