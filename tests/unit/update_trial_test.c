/* Trials, outcomes, files and the clock, a sentence at a time. */
#include "test_update.h"

static struct update_base base_trial(void)
{
	struct update_base b = base_good();

	b.trial = true;
	b.trial_id = 7;
	b.trial_from = (struct release_version){0, 3, 0};
	b.trial_ends_ms = 300000;
	return b;
}

static void begin_trial(void)
{
	struct update_base b = base_trial();

	begin_as(&b);
}

static void test_a_healthy_trial_is_marked_good_and_told(void **state)
{
	(void)state;
	begin_trial();
	u.report.floor = 2;
	assert_true(u.report.trial);
	ask(UPDATE_ASK_GOOD);
	assert_started(UPDATE_IDLE, UPDATE_WORK_GOOD);
	assert_true(u.report.trial);
	done(UPDATE_WORK_GOOD);
	assert_false(u.report.trial);
	assert_int_equal(u.report.floor, 3);
	assert_int_equal(u.report.outcome, UPDATE_INSTALLED);
	assert_int_equal(u.report.outcome_id, 7);
	assert_int_equal(u.report.outcome_from.minor, 3);
	assert_int_equal(u.report.outcome_to.minor, 4);
	assert_int_equal(u.report.outcome_s, 1795000000);
	tick_after(400000);
	assert_int_equal(fx.bits, 0);
}

static void test_a_trial_without_a_word_restarts_the_machine(void **state)
{
	(void)state;
	begin_trial();
	now_ms = 299998;
	tick_after(1);
	assert_int_equal(fx.bits, 0);
	tick_after(1);
	assert_true(fx.bits & UPDATE_DO_RESTART);
	assert_int_equal(u.report.phase, UPDATE_RESTARTING);
	assert_true(u.report.trial);
	/* Too late. */
	ask(UPDATE_ASK_GOOD);
	assert_int_equal(u.work, UPDATE_WORK_NONE);
}

static void test_a_mark_that_fails_leaves_the_trial_running(void **state)
{
	(void)state;
	begin_trial();
	ask(UPDATE_ASK_GOOD);
	failed(UPDATE_WORK_GOOD, UPDATE_SLOT_WRITE);
	assert_true(u.report.trial);
	assert_int_equal(u.report.outcome, UPDATE_OUTCOME_NONE);
	ask(UPDATE_ASK_GOOD);
	assert_started(UPDATE_IDLE, UPDATE_WORK_GOOD);
}

static void test_every_healthy_start_is_marked_good_once(void **state)
{
	struct update_base b = base_good();

	(void)state;
	b.healthy = false;
	begin_as(&b);
	ask(UPDATE_ASK_GOOD);
	assert_started(UPDATE_IDLE, UPDATE_WORK_GOOD);
	done(UPDATE_WORK_GOOD);
	assert_int_equal(u.report.outcome, UPDATE_OUTCOME_NONE);
	ask(UPDATE_ASK_GOOD);
	assert_int_equal(fx.bits, UPDATE_DO_REPORT);
}

static void test_good_waits_for_other_work(void **state)
{
	(void)state;
	begin_trial();
	ask(UPDATE_ASK_STORAGE_ON);
	ask(UPDATE_ASK_FETCH);
	ask(UPDATE_ASK_GOOD);
	assert_int_equal(u.work, UPDATE_WORK_FETCH);
	done(UPDATE_WORK_FETCH);
	assert_int_equal(u.report.files, UPDATE_FETCHED);
	assert_started(UPDATE_IDLE, UPDATE_WORK_GOOD);
}

static void test_a_look_waits_for_other_work(void **state)
{
	struct update_base b = base_good();

	(void)state;
	b.healthy = false;
	begin_as(&b);
	ask(UPDATE_ASK_STORAGE_ON);
	ask(UPDATE_ASK_GOOD);
	ask(UPDATE_ASK_LOOK);
	assert_int_equal(u.work, UPDATE_WORK_GOOD);
	done(UPDATE_WORK_GOOD);
	assert_started(UPDATE_LOOKING, UPDATE_WORK_LOOK);
	/* And not for ever. */
	go_to(UPDATE_IDLE);
	ask(UPDATE_ASK_STORE);
	ask(UPDATE_ASK_LOOK);
	ask(UPDATE_ASK_CANCEL);
	assert_int_equal(u.report.phase, UPDATE_IDLE);
	assert_int_equal(u.work, UPDATE_WORK_NONE);
}

static void test_a_refusal_can_be_left_while_the_mark_is_made(void **state)
{
	struct update_base b = base_good();

	(void)state;
	b.healthy = false;
	begin_as(&b);
	ask(UPDATE_ASK_LOOK);
	assert_refused(UPDATE_SLOT_SICK);
	ask(UPDATE_ASK_GOOD);
	ask(UPDATE_ASK_CANCEL);
	assert_int_equal(u.report.phase, UPDATE_IDLE);
	assert_int_equal(u.report.refusal, UPDATE_REFUSAL_UNSET);
	assert_int_equal(u.work, UPDATE_WORK_GOOD);
	assert_int_equal(fx.bits & UPDATE_DO_STOP, 0);
}

static void test_no_update_begins_in_a_trial_or_on_a_sick_system(void **state)
{
	struct update_base b = base_trial();

	(void)state;
	begin_as(&b);
	ask(UPDATE_ASK_STORAGE_ON);
	ask(UPDATE_ASK_LOOK);
	assert_refused(UPDATE_BUSY);
	b = base_good();
	b.healthy = false;
	begin_as(&b);
	ask(UPDATE_ASK_STORAGE_ON);
	ask(UPDATE_ASK_LOOK);
	assert_refused(UPDATE_SLOT_SICK);
	/* Slots that could not be asked at the start: nothing can be judged
	 * against what runs, and no bundle is to blame. */
	b = base_good();
	b.running = (struct release){0};
	begin_as(&b);
	ask(UPDATE_ASK_STORAGE_ON);
	ask(UPDATE_ASK_LOOK);
	assert_refused(UPDATE_SLOT_SICK);
}

static struct update_base base_returned(void)
{
	struct update_base b = base_good();

	b.outcome = UPDATE_RETURNED;
	b.outcome_id = 9;
	b.outcome_from = (struct release_version){0, 4, 0};
	b.outcome_to = (struct release_version){0, 5, 0};
	b.outcome_s = 1794999999;
	return b;
}

static void ask_logged(uint32_t id)
{
	send((struct update_event){.kind = UPDATE_EV_REQUEST,
	    .request = {.kind = UPDATE_ASK_LOGGED, .id = id}});
}

static void test_an_outcome_stays_until_it_was_logged(void **state)
{
	struct update_base b = base_returned();

	(void)state;
	begin_as(&b);
	assert_int_equal(u.report.outcome, UPDATE_RETURNED);
	ask_logged(8);
	assert_int_equal(fx.bits & UPDATE_DO_FORGET, 0);
	assert_int_equal(u.report.outcome, UPDATE_RETURNED);
	/* The next one would overwrite it. */
	ask(UPDATE_ASK_STORAGE_ON);
	ask(UPDATE_ASK_LOOK);
	assert_refused(UPDATE_BUSY);
	ask_logged(9);
	assert_true(fx.bits & UPDATE_DO_FORGET);
	assert_int_equal(u.report.outcome, UPDATE_OUTCOME_NONE);
	assert_int_equal(u.report.outcome_id, 0);
	ask_logged(0);
	assert_int_equal(fx.bits & UPDATE_DO_FORGET, 0);
	/* The same bundle may be tried again. */
	ask(UPDATE_ASK_LOOK);
	assert_started(UPDATE_LOOKING, UPDATE_WORK_LOOK);
}

static void test_what_was_activated_before_is_ready_at_the_start(void **state)
{
	struct update_base b = base_good();

	(void)state;
	b.ready = true;
	b.ready_version = (struct release_version){0, 5, 0};
	begin_as(&b);
	assert_int_equal(u.report.phase, UPDATE_READY);
	assert_int_equal(u.report.to.minor, 5);
	ask(UPDATE_ASK_STORAGE_ON);
	ask(UPDATE_ASK_LOOK);
	assert_int_equal(u.report.phase, UPDATE_READY);
	ask(UPDATE_ASK_RESTART);
	assert_true(fx.bits & UPDATE_DO_RESTART);
}

/* ---- files ---- */

static void test_files_come_and_go_with_the_stick(void **state)
{
	(void)state;
	go_to(UPDATE_IDLE);
	ask(UPDATE_ASK_FETCH);
	assert_int_equal(u.report.files, UPDATE_FETCHING);
	assert_started(UPDATE_IDLE, UPDATE_WORK_FETCH);
	send((struct update_event){.kind = UPDATE_EV_DONE,
	    .work = UPDATE_WORK_FETCH,
	    .count = 3});
	assert_int_equal(u.report.files, UPDATE_FETCHED);
	assert_int_equal(u.report.file_count, 3);
	ask(UPDATE_ASK_STORE);
	assert_int_equal(u.report.files, UPDATE_STORING);
	assert_int_equal(u.report.file_count, 0);
	stick(false);
	assert_int_equal(u.report.files, UPDATE_FILES_REFUSED);
	assert_int_equal(u.report.files_refusal, UPDATE_STICK_GONE);
	assert_int_equal(u.report.phase, UPDATE_IDLE);
	ask(UPDATE_ASK_FETCH);
	assert_int_equal(u.report.files_refusal, UPDATE_NO_STICK);
}

static void test_files_wait_for_an_update(void **state)
{
	static const enum update_phase WORKS[] = {UPDATE_LOOKING,
	    UPDATE_COPYING, UPDATE_VERIFYING, UPDATE_WRITING, UPDATE_CHECKING};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(WORKS); i++) {
		enum update_work work;

		go_to(WORKS[i]);
		work = u.work;
		ask(UPDATE_ASK_FETCH);
		assert_int_equal(u.report.files, UPDATE_FILES_REFUSED);
		assert_int_equal(u.report.files_refusal, UPDATE_BUSY);
		assert_int_equal(u.report.phase, WORKS[i]);
		assert_int_equal(u.work, work);
	}
}

static void test_files_on_an_offer_leave_it_and_its_deadline(void **state)
{
	(void)state;
	go_to(UPDATE_OFFERED);
	ask(UPDATE_ASK_STORE);
	assert_int_equal(u.report.phase, UPDATE_OFFERED);
	done(UPDATE_WORK_STORE);
	assert_int_equal(u.report.files, UPDATE_STORED);
	tick_after(UPDATE_OFFER_MS);
	assert_int_equal(u.report.phase, UPDATE_IDLE);
}

static void test_storage_that_is_shut_ends_the_files(void **state)
{
	(void)state;
	go_to(UPDATE_IDLE);
	ask(UPDATE_ASK_FETCH);
	ask(UPDATE_ASK_STORAGE_OFF);
	assert_true(fx.bits & UPDATE_DO_STOP);
	assert_true(fx.bits & UPDATE_DO_STORAGE_OFF);
	assert_int_equal(u.report.files, UPDATE_FILES_NONE);
	assert_int_equal(u.work, UPDATE_WORK_NONE);
}

/* ---- the clock ---- */

static void ask_clock(int64_t clock_s)
{
	send((struct update_event){.kind = UPDATE_EV_REQUEST,
	    .request = {.kind = UPDATE_ASK_CLOCK, .clock_s = clock_s}});
}

static void test_the_clock_is_never_set_before_the_release(void **state)
{
	(void)state;
	begin();
	ask_clock(1789999999);
	assert_int_equal(fx.bits & UPDATE_DO_CLOCK, 0);
	ask_clock(1790000000);
	assert_true(fx.bits & UPDATE_DO_CLOCK);
	assert_int_equal(fx.clock_s, 1790000000);
	begin_trial();
	ask_clock(1790000000);
	assert_int_equal(fx.bits & UPDATE_DO_CLOCK, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_healthy_trial_is_marked_good_and_told),
	    cmocka_unit_test(test_a_trial_without_a_word_restarts_the_machine),
	    cmocka_unit_test(test_a_mark_that_fails_leaves_the_trial_running),
	    cmocka_unit_test(test_every_healthy_start_is_marked_good_once),
	    cmocka_unit_test(test_good_waits_for_other_work),
	    cmocka_unit_test(test_a_look_waits_for_other_work),
	    cmocka_unit_test(test_a_refusal_can_be_left_while_the_mark_is_made),
	    cmocka_unit_test(
		test_no_update_begins_in_a_trial_or_on_a_sick_system),
	    cmocka_unit_test(test_an_outcome_stays_until_it_was_logged),
	    cmocka_unit_test(
		test_what_was_activated_before_is_ready_at_the_start),
	    cmocka_unit_test(test_files_come_and_go_with_the_stick),
	    cmocka_unit_test(test_files_wait_for_an_update),
	    cmocka_unit_test(test_files_on_an_offer_leave_it_and_its_deadline),
	    cmocka_unit_test(test_storage_that_is_shut_ends_the_files),
	    cmocka_unit_test(test_the_clock_is_never_set_before_the_release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
