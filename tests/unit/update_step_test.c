/* The steps of an update, a sentence at a time. */
#include "test_update.h"

static void test_an_update_goes_from_look_to_restart(void **state)
{
	(void)state;
	begin();
	assert_int_equal(u.report.phase, UPDATE_IDLE);
	ask(UPDATE_ASK_STORAGE_ON);
	assert_int_equal(fx.bits, UPDATE_DO_STORAGE_ON | UPDATE_DO_REPORT);
	ask(UPDATE_ASK_LOOK);
	assert_started(UPDATE_LOOKING, UPDATE_WORK_LOOK);
	done(UPDATE_WORK_LOOK);
	assert_int_equal(u.report.phase, UPDATE_OFFERED);
	assert_int_equal(u.report.from.minor, 4);
	assert_int_equal(u.report.to.minor, 5);
	assert_int_equal(u.report.security, 4);
	assert_string_equal(u.report.signer, "Somebody");
	assert_int_equal(u.report.signed_s, 1794000000);
	ask(UPDATE_ASK_UPDATE);
	assert_started(UPDATE_COPYING, UPDATE_WORK_COPY);
	assert_int_equal(u.report.total_bytes, 5000);
	done(UPDATE_WORK_COPY);
	assert_started(UPDATE_VERIFYING, UPDATE_WORK_VERIFY);
	done(UPDATE_WORK_VERIFY);
	assert_started(UPDATE_WRITING, UPDATE_WORK_WRITE);
	done(UPDATE_WORK_WRITE);
	assert_started(UPDATE_CHECKING, UPDATE_WORK_CHECK);
	done(UPDATE_WORK_CHECK);
	assert_started(UPDATE_CHECKING, UPDATE_WORK_ACTIVATE);
	done(UPDATE_WORK_ACTIVATE);
	assert_int_equal(u.report.phase, UPDATE_READY);
	assert_true(fx.bits & UPDATE_DO_DROP);
	ask(UPDATE_ASK_RESTART);
	assert_int_equal(u.report.phase, UPDATE_RESTARTING);
	assert_true(fx.bits & UPDATE_DO_RESTART);
}

/* The only work that makes the other slot start is asked for in one place. */
static void test_nothing_is_activated_before_the_written_slot_was_read(
    void **state)
{
	static const enum update_phase BEFORE[] = {UPDATE_IDLE, UPDATE_LOOKING,
	    UPDATE_OFFERED, UPDATE_COPYING, UPDATE_VERIFYING, UPDATE_WRITING};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(BEFORE); i++) {
		go_to(BEFORE[i]);
		done(UPDATE_WORK_CHECK);
		assert_int_equal(u.report.phase, BEFORE[i]);
		done(UPDATE_WORK_ACTIVATE);
		assert_int_equal(u.report.phase, BEFORE[i]);
	}
}

static void test_what_is_offered_must_be_newer(void **state)
{
	static const struct {
		struct release_version version;
		enum update_refusal why; /* UNSET: it is offered */
	} cases[] = {
	    {{0, 3, 999}, UPDATE_DOWNGRADE},
	    {{0, 4, 0}, UPDATE_SAME_VERSION},
	    {{0, 4, 1}, UPDATE_REFUSAL_UNSET},
	    {{1, 0, 0}, UPDATE_REFUSAL_UNSET},
	    {{0, 0, 1}, UPDATE_DOWNGRADE},
	    {{0, 0, 0}, UPDATE_BAD_RELEASE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct update_found f = offer(5, 4);

		go_to(UPDATE_LOOKING);
		f.version = cases[i].version;
		found(UPDATE_WORK_LOOK, f, inside(5, 4));
		if (cases[i].why == UPDATE_REFUSAL_UNSET)
			assert_int_equal(u.report.phase, UPDATE_OFFERED);
		else
			assert_refused(cases[i].why);
	}
}

static void test_what_is_for_another_machine_is_refused(void **state)
{
	struct update_found f = offer(5, 4);

	(void)state;
	go_to(UPDATE_LOOKING);
	(void)memcpy(f.compatible, "karcis-arm64", sizeof("karcis-arm64"));
	found(UPDATE_WORK_LOOK, f, inside(5, 4));
	assert_refused(UPDATE_WRONG_PRODUCT);
}

static void test_security_below_the_floor_is_refused_and_the_floor_is_not(
    void **state)
{
	(void)state;
	go_to(UPDATE_LOOKING);
	found(UPDATE_WORK_LOOK, offer(5, 2), inside(5, 2));
	assert_refused(UPDATE_BELOW_FLOOR);
	go_to(UPDATE_LOOKING);
	found(UPDATE_WORK_LOOK, offer(5, 3), inside(5, 3));
	assert_int_equal(u.report.phase, UPDATE_OFFERED);
}

/* A manifest need not say it; then the image itself decides, before a byte
 * is written. */
static void test_the_floor_is_asked_again_of_the_proven_copy(void **state)
{
	(void)state;
	go_to(UPDATE_LOOKING);
	found(UPDATE_WORK_LOOK, offer(5, 0), inside(5, 2));
	assert_int_equal(u.report.phase, UPDATE_OFFERED);
	assert_int_equal(u.report.security, 0);
	ask(UPDATE_ASK_UPDATE);
	done(UPDATE_WORK_COPY);
	found(UPDATE_WORK_VERIFY, offer(5, 0), inside(5, 2));
	assert_refused(UPDATE_BELOW_FLOOR);
	assert_true(fx.bits & UPDATE_DO_DROP);
}

static void test_a_copy_that_is_not_what_was_offered_is_refused(void **state)
{
	struct update_found f = offer(5, 4);

	(void)state;
	go_to(UPDATE_VERIFYING);
	f.digest[31] = 1;
	found(UPDATE_WORK_VERIFY, f, inside(5, 4));
	assert_refused(UPDATE_CHANGED);
}

static void test_manifest_and_image_must_say_the_same(void **state)
{
	static const struct {
		uint32_t minor, security;
	} others[] = {{6, 4}, {5, 5}, {5, 0}, {4, 4}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		go_to(UPDATE_VERIFYING);
		found(UPDATE_WORK_VERIFY, offer(5, 4),
		    inside(others[i].minor, others[i].security));
		assert_refused(UPDATE_BAD_RELEASE);
	}
}

static void test_an_image_of_another_product_is_refused(void **state)
{
	struct release r = inside(5, 4);

	(void)state;
	go_to(UPDATE_VERIFYING);
	r.product[0] = 'x';
	found(UPDATE_WORK_VERIFY, offer(5, 4), r);
	assert_refused(UPDATE_WRONG_PRODUCT);
}

static void test_a_slot_that_holds_another_release_is_not_activated(
    void **state)
{
	struct release r = inside(5, 4);

	(void)state;
	go_to(UPDATE_CHECKING);
	r.built_s++;
	found(UPDATE_WORK_CHECK, offer(5, 4), r);
	assert_refused(UPDATE_SLOT_WRITE);
	go_to(UPDATE_CHECKING);
	found(UPDATE_WORK_CHECK, offer(5, 4), inside(4, 4));
	assert_refused(UPDATE_BAD_RELEASE);
}

static void test_a_failure_of_the_work_is_told_with_its_reason(void **state)
{
	static const struct {
		enum update_phase in;
		enum update_work work;
	} steps[] = {
	    {UPDATE_LOOKING, UPDATE_WORK_LOOK},
	    {UPDATE_COPYING, UPDATE_WORK_COPY},
	    {UPDATE_VERIFYING, UPDATE_WORK_VERIFY},
	    {UPDATE_WRITING, UPDATE_WORK_WRITE},
	    {UPDATE_CHECKING, UPDATE_WORK_CHECK},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		for (int why = UPDATE_NO_STICK; why < UPDATE_REFUSALS; why++) {
			go_to(steps[i].in);
			failed(steps[i].work, (enum update_refusal)why);
			assert_refused((enum update_refusal)why);
			assert_string_equal(u.report.detail, "it failed");
			assert_true(fx.bits & UPDATE_DO_DROP);
		}
}

static void test_without_a_stick_or_without_storage_there_is_none(void **state)
{
	struct update_base b = base_good();

	(void)state;
	begin();
	ask(UPDATE_ASK_LOOK);
	assert_refused(UPDATE_NO_STICK);
	b.stick = false;
	begin_as(&b);
	ask(UPDATE_ASK_STORAGE_ON);
	ask(UPDATE_ASK_LOOK);
	assert_refused(UPDATE_NO_STICK);
	stick(true);
	ask(UPDATE_ASK_LOOK);
	assert_started(UPDATE_LOOKING, UPDATE_WORK_LOOK);
}

static void refuse_device(bool more)
{
	send((struct update_event){.kind = UPDATE_EV_DEVICE,
	    .detail = str_from("1-2: it is a keyboard"),
	    .more = more});
}

static void test_a_stick_that_is_more_is_named(void **state)
{
	struct update_base b = base_good();

	(void)state;
	b.stick = false;
	begin_as(&b);
	ask(UPDATE_ASK_STORAGE_ON);
	refuse_device(false);
	assert_string_equal(u.report.refused_device, "1-2: it is a keyboard");
	ask(UPDATE_ASK_LOOK);
	assert_refused(UPDATE_NO_STICK);
	refuse_device(true);
	ask(UPDATE_ASK_LOOK);
	assert_refused(UPDATE_STICK_IS_MORE);
	stick(true);
	ask(UPDATE_ASK_LOOK);
	assert_int_equal(u.report.phase, UPDATE_LOOKING);
}

static void test_a_stick_that_is_pulled_while_it_is_read_ends_the_update(
    void **state)
{
	static const enum update_phase NEED[] = {UPDATE_LOOKING, UPDATE_OFFERED,
	    UPDATE_COPYING};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(NEED); i++) {
		go_to(NEED[i]);
		stick(false);
		assert_refused(UPDATE_STICK_GONE);
		assert_int_equal((fx.bits & UPDATE_DO_STOP) != 0,
		    NEED[i] != UPDATE_OFFERED);
	}
}

static void test_a_stick_that_is_pulled_after_the_copy_does_no_harm(
    void **state)
{
	static const enum update_phase COPIED[] = {UPDATE_VERIFYING,
	    UPDATE_WRITING, UPDATE_CHECKING, UPDATE_READY};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(COPIED); i++) {
		go_to(COPIED[i]);
		stick(false);
		assert_int_equal(u.report.phase, COPIED[i]);
	}
}

static void test_storage_that_is_shut_ends_what_needs_the_stick(void **state)
{
	static const enum update_phase ENDS[] = {UPDATE_LOOKING, UPDATE_OFFERED,
	    UPDATE_COPYING};
	static const enum update_phase GOES_ON[] = {UPDATE_VERIFYING,
	    UPDATE_WRITING, UPDATE_CHECKING, UPDATE_READY};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ENDS); i++) {
		go_to(ENDS[i]);
		ask(UPDATE_ASK_STORAGE_OFF);
		assert_true(fx.bits & UPDATE_DO_STORAGE_OFF);
		assert_int_equal(u.report.phase, UPDATE_IDLE);
		assert_int_equal(u.work, UPDATE_WORK_NONE);
	}
	for (size_t i = 0; i < ARRAY_LEN(GOES_ON); i++) {
		go_to(GOES_ON[i]);
		ask(UPDATE_ASK_STORAGE_OFF);
		assert_true(fx.bits & UPDATE_DO_STORAGE_OFF);
		assert_int_equal(u.report.phase, GOES_ON[i]);
	}
}

static void test_cancelling_works_until_the_slot_is_written(void **state)
{
	static const struct {
		enum update_phase in, then;
		bool stops;
	} cases[] = {
	    {UPDATE_LOOKING, UPDATE_IDLE, true},
	    {UPDATE_OFFERED, UPDATE_IDLE, false},
	    {UPDATE_COPYING, UPDATE_IDLE, true},
	    {UPDATE_VERIFYING, UPDATE_IDLE, true},
	    {UPDATE_WRITING, UPDATE_WRITING, false},
	    {UPDATE_CHECKING, UPDATE_CHECKING, false},
	    {UPDATE_READY, UPDATE_READY, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		go_to(cases[i].in);
		ask(UPDATE_ASK_CANCEL);
		assert_int_equal(u.report.phase, cases[i].then);
		assert_int_equal((fx.bits & UPDATE_DO_STOP) != 0,
		    cases[i].stops);
	}
	assert_int_equal(u.report.to.minor, 5);
	go_to(UPDATE_OFFERED);
	ask(UPDATE_ASK_CANCEL);
	assert_false(release_version_is_set(u.report.to));
	assert_string_equal(u.report.signer, "");
}

static void test_a_restart_never_cuts_off_a_slot_that_is_written(void **state)
{
	static const enum update_phase NOT[] = {UPDATE_WRITING,
	    UPDATE_CHECKING};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(NOT); i++) {
		go_to(NOT[i]);
		ask(UPDATE_ASK_RESTART);
		assert_int_equal(fx.bits, UPDATE_DO_REPORT);
		ask(UPDATE_ASK_POWER_OFF);
		assert_int_equal(fx.bits, UPDATE_DO_REPORT);
		assert_int_equal(u.report.phase, NOT[i]);
	}
	go_to(UPDATE_COPYING);
	ask(UPDATE_ASK_POWER_OFF);
	assert_true(fx.bits & UPDATE_DO_STOP);
	assert_true(fx.bits & UPDATE_DO_POWER_OFF);
	assert_int_equal(fx.bits & UPDATE_DO_RESTART, 0);
}

static void test_a_restart_that_does_not_come_is_asked_for_again(void **state)
{
	(void)state;
	go_to(UPDATE_READY);
	ask(UPDATE_ASK_POWER_OFF);
	tick_after(UPDATE_RESTART_MS - 1);
	assert_int_equal(fx.bits, 0);
	tick_after(1);
	assert_true(fx.bits & UPDATE_DO_POWER_OFF);
	tick_after(UPDATE_RESTART_MS);
	assert_true(fx.bits & UPDATE_DO_POWER_OFF);
}

/* ---- deadlines ---- */

static void test_every_wait_ends(void **state)
{
	static const struct {
		enum update_phase in;
		int64_t ms;
		enum update_refusal why; /* UNSET: back to idle */
	} cases[] = {
	    {UPDATE_LOOKING, UPDATE_LOOK_MS, UPDATE_READ_ERROR},
	    {UPDATE_OFFERED, UPDATE_OFFER_MS, UPDATE_REFUSAL_UNSET},
	    {UPDATE_COPYING, UPDATE_STILL_MS, UPDATE_READ_ERROR},
	    {UPDATE_VERIFYING, UPDATE_VERIFY_MS, UPDATE_INTERNAL},
	    {UPDATE_WRITING, UPDATE_WRITE_MS, UPDATE_SLOT_WRITE},
	    {UPDATE_CHECKING, UPDATE_CHECK_MS, UPDATE_INTERNAL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		go_to(cases[i].in);
		tick_after(cases[i].ms - 1);
		assert_int_equal(u.report.phase, cases[i].in);
		tick_after(1);
		if (cases[i].why == UPDATE_REFUSAL_UNSET)
			assert_int_equal(u.report.phase, UPDATE_IDLE);
		else
			assert_refused(cases[i].why);
	}
}

static void test_a_copy_may_take_long_as_long_as_bytes_come(void **state)
{
	(void)state;
	go_to(UPDATE_COPYING);
	for (int i = 1; i <= 10; i++) {
		tick_after(UPDATE_STILL_MS - 1);
		assert_int_equal(u.report.phase, UPDATE_COPYING);
		progress(UPDATE_WORK_COPY, i, 5000);
		assert_int_equal(u.report.done_bytes, i);
	}
	/* The same count again is no progress. */
	tick_after(UPDATE_STILL_MS - 1);
	progress(UPDATE_WORK_COPY, 10, 5000);
	tick_after(1);
	assert_refused(UPDATE_READ_ERROR);
}

/* Four calls to RAUC of 30 s each: cut off between the mark and the record, the
 * machine would start what it says it refused. */
static void test_an_activation_is_not_cut_off_before_rauc_is(void **state)
{
	(void)state;
	go_to(UPDATE_CHECKING);
	done(UPDATE_WORK_CHECK);
	assert_int_equal(u.work, UPDATE_WORK_ACTIVATE);
	tick_after(120000);
	assert_int_equal(u.report.phase, UPDATE_CHECKING);
	tick_after(UPDATE_ACTIVATE_MS - 120000 - 1);
	assert_int_equal(u.report.phase, UPDATE_CHECKING);
	tick_after(1);
	assert_refused(UPDATE_INTERNAL);
}

static void test_progress_that_cannot_be_is_not_shown(void **state)
{
	(void)state;
	go_to(UPDATE_COPYING);
	progress(UPDATE_WORK_COPY, 100, 5000);
	progress(UPDATE_WORK_COPY, 5001, 5000);
	progress(UPDATE_WORK_COPY, -1, 5000);
	progress(UPDATE_WORK_WRITE, 200, 5000);
	/* More than a bundle may have would not even be a report. */
	progress(UPDATE_WORK_COPY, 300, UPDATE_BUNDLE_MAX + 1);
	assert_int_equal(u.report.done_bytes, 100);
	assert_int_equal(u.report.total_bytes, 5000);
	progress(UPDATE_WORK_COPY, 300, UPDATE_BUNDLE_MAX);
	assert_int_equal(u.report.done_bytes, 300);
}

static void test_answers_of_other_work_are_not_heard(void **state)
{
	(void)state;
	go_to(UPDATE_COPYING);
	failed(UPDATE_WORK_LOOK, UPDATE_CORRUPT);
	done(UPDATE_WORK_VERIFY);
	assert_int_equal(fx.bits, 0);
	assert_int_equal(u.report.phase, UPDATE_COPYING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_an_update_goes_from_look_to_restart),
	    cmocka_unit_test(
		test_nothing_is_activated_before_the_written_slot_was_read),
	    cmocka_unit_test(test_what_is_offered_must_be_newer),
	    cmocka_unit_test(test_what_is_for_another_machine_is_refused),
	    cmocka_unit_test(
		test_security_below_the_floor_is_refused_and_the_floor_is_not),
	    cmocka_unit_test(test_the_floor_is_asked_again_of_the_proven_copy),
	    cmocka_unit_test(
		test_a_copy_that_is_not_what_was_offered_is_refused),
	    cmocka_unit_test(test_manifest_and_image_must_say_the_same),
	    cmocka_unit_test(test_an_image_of_another_product_is_refused),
	    cmocka_unit_test(
		test_a_slot_that_holds_another_release_is_not_activated),
	    cmocka_unit_test(
		test_a_failure_of_the_work_is_told_with_its_reason),
	    cmocka_unit_test(
		test_without_a_stick_or_without_storage_there_is_none),
	    cmocka_unit_test(test_a_stick_that_is_more_is_named),
	    cmocka_unit_test(
		test_a_stick_that_is_pulled_while_it_is_read_ends_the_update),
	    cmocka_unit_test(
		test_a_stick_that_is_pulled_after_the_copy_does_no_harm),
	    cmocka_unit_test(
		test_storage_that_is_shut_ends_what_needs_the_stick),
	    cmocka_unit_test(test_cancelling_works_until_the_slot_is_written),
	    cmocka_unit_test(
		test_a_restart_never_cuts_off_a_slot_that_is_written),
	    cmocka_unit_test(
		test_a_restart_that_does_not_come_is_asked_for_again),
	    cmocka_unit_test(test_every_wait_ends),
	    cmocka_unit_test(test_a_copy_may_take_long_as_long_as_bytes_come),
	    cmocka_unit_test(test_an_activation_is_not_cut_off_before_rauc_is),
	    cmocka_unit_test(test_progress_that_cannot_be_is_not_shown),
	    cmocka_unit_test(test_answers_of_other_work_are_not_heard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
