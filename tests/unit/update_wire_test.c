/* Requests and reports on the wire. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/core/update_wire.h"

static const char REPORT[] = "phase copying\n"
			     "refusal none\n"
			     "done 100\n"
			     "total 134217728\n"
			     "from 0.4.0\n"
			     "to 0.5.0\n"
			     "security 4\n"
			     "floor 3\n"
			     "signer Penanda Tangan Satu\n"
			     "signed 1794000000\n"
			     "slot a\n"
			     "trial no\n"
			     "outcome returned\n"
			     "outcome-id 7\n"
			     "outcome-from 0.4.0\n"
			     "outcome-to 0.4.1\n"
			     "outcome-time 1793999999\n"
			     "stick yes\n"
			     "storage yes\n"
			     "device 1-2: it is a keyboard\n"
			     "files refused\n"
			     "files-refusal busy\n"
			     "file-count 0\n"
			     "detail \n";

static struct update_report report(void)
{
	struct update_report r;

	memset(&r, 0, sizeof(r));
	r.phase = UPDATE_COPYING;
	r.done_bytes = 100;
	r.total_bytes = 134217728;
	r.from = (struct release_version){0, 4, 0};
	r.to = (struct release_version){0, 5, 0};
	r.security = 4;
	r.floor = 3;
	memcpy(r.signer, "Penanda Tangan Satu", 20);
	r.signed_s = 1794000000;
	r.slot[0] = 'a';
	r.outcome = UPDATE_RETURNED;
	r.outcome_id = 7;
	r.outcome_from = (struct release_version){0, 4, 0};
	r.outcome_to = (struct release_version){0, 4, 1};
	r.outcome_s = 1793999999;
	r.stick = r.storage = true;
	memcpy(r.refused_device, "1-2: it is a keyboard", 22);
	r.files = UPDATE_FILES_REFUSED;
	r.files_refusal = UPDATE_BUSY;
	return r;
}

static void test_a_report_is_written_as_lines(void **state)
{
	struct update_report r = report();
	char room[UPDATE_REPORT_BYTES];
	struct buf b;

	(void)state;
	buf_init(&b, room, sizeof(room));
	update_report_write(&r, &b);
	assert_string_equal(buf_cstr(&b), REPORT);
}

static void test_a_report_reads_back_as_it_was(void **state)
{
	struct update_report r = report(), back;

	(void)state;
	assert_true(update_report_parse(str_from(REPORT), &back));
	assert_memory_equal(&r, &back, sizeof(r));
}

/* Longest texts of what takes most bytes to write. */
static void test_the_longest_report_fits(void **state)
{
	char room[UPDATE_REPORT_BYTES];
	struct update_report r = report(), back;
	struct buf b;

	(void)state;
	memset(r.signer, 'x', sizeof(r.signer) - 1);
	memset(r.slot, 'x', sizeof(r.slot) - 1);
	memset(r.refused_device, 'x', sizeof(r.refused_device) - 1);
	memset(r.detail, 'x', sizeof(r.detail) - 1);
	r.from = r.to = r.outcome_from = r.outcome_to =
	    (struct release_version){999999, 999999, 999999};
	buf_init(&b, room, sizeof(room));
	update_report_write(&r, &b);
	assert_false(b.full);
	assert_true(update_report_parse(buf_view(&b), &back));
	assert_memory_equal(&r, &back, sizeof(r));
}

static void test_texts_cannot_make_lines(void **state)
{
	char room[UPDATE_REPORT_BYTES];
	struct update_report r = report(), back;
	struct buf b;

	(void)state;
	memcpy(r.signer, "a\nphase ready\x7f", 15);
	memcpy(r.detail, "\xff\x1b[2J", 6);
	buf_init(&b, room, sizeof(room));
	update_report_write(&r, &b);
	assert_true(update_report_parse(buf_view(&b), &back));
	assert_int_equal(back.phase, UPDATE_COPYING);
	assert_string_equal(back.signer, "a?phase ready?");
	assert_string_equal(back.detail, "??[2J");
}

static void test_a_report_that_is_not_whole_is_none(void **state)
{
	struct update_report back;
	char text[sizeof(REPORT) + 8];

	(void)state;
	for (size_t len = 0; len < sizeof(REPORT) - 1; len++) {
		assert_false(update_report_parse(str_of(REPORT, len), &back));
		assert_int_equal(back.phase, UPDATE_UNSET);
	}
	memcpy(text, REPORT, sizeof(REPORT) - 1);
	memcpy(text + sizeof(REPORT) - 1, "more \n", 7);
	assert_false(update_report_parse(str_from(text), &back));
}

static void test_values_outside_their_bounds_are_refused(void **state)
{
	static const struct {
		const char *from, *to;
	} changes[] = {
	    {"phase copying", "phase good"},
	    {"done 100", "done -10"},
	    {"from 0.4.0", "from 0.4.x"},
	    {"floor 3", "floor x"},
	    {"trial no", "trial on"},
	    {"outcome returned", "outcome refused_"},
	    {"slot a", "slot\ta"},
	};
	char text[sizeof(REPORT) + 8];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		struct update_report back;
		const char *at = strstr(REPORT, changes[i].from);
		size_t before = (size_t)(at - REPORT);
		struct buf b;

		buf_init(&b, text, sizeof(text));
		buf_put(&b, REPORT, before);
		buf_text(&b, changes[i].to);
		buf_text(&b, at + strlen(changes[i].from));
		assert_false(update_report_parse(buf_view(&b), &back));
	}
}

static void test_requests_are_one_line(void **state)
{
	static const struct {
		const char *line;
		enum update_request_kind kind;
		uint32_t id;
		int64_t clock_s;
	} cases[] = {
	    {"report\n", UPDATE_ASK_REPORT, 0, 0},
	    {"look\n", UPDATE_ASK_LOOK, 0, 0},
	    {"update\n", UPDATE_ASK_UPDATE, 0, 0},
	    {"cancel\n", UPDATE_ASK_CANCEL, 0, 0},
	    {"restart\n", UPDATE_ASK_RESTART, 0, 0},
	    {"good\n", UPDATE_ASK_GOOD, 0, 0},
	    {"logged 4294967295\n", UPDATE_ASK_LOGGED, 4294967295, 0},
	    {"storage-on\n", UPDATE_ASK_STORAGE_ON, 0, 0},
	    {"storage-off\n", UPDATE_ASK_STORAGE_OFF, 0, 0},
	    {"fetch\n", UPDATE_ASK_FETCH, 0, 0},
	    {"store\n", UPDATE_ASK_STORE, 0, 0},
	    {"power-off\n", UPDATE_ASK_POWER_OFF, 0, 0},
	    {"clock 1795000000\n", UPDATE_ASK_CLOCK, 0, 1795000000},
	};

	(void)state;
	/* All there are but the unset one. */
	assert_int_equal(ARRAY_LEN(cases), UPDATE_REQUESTS - 1);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char room[UPDATE_REQUEST_BYTES];
		struct update_request r;
		struct buf b;

		assert_true(update_request_parse(str_from(cases[i].line), &r));
		assert_int_equal(r.kind, cases[i].kind);
		assert_int_equal(r.id, cases[i].id);
		assert_int_equal(r.clock_s, cases[i].clock_s);
		buf_init(&b, room, sizeof(room));
		update_request_write(&r, &b);
		assert_string_equal(buf_cstr(&b), cases[i].line);
	}
}

static void test_what_is_no_request_is_refused(void **state)
{
	static const char *const lines[] = {"", "\n", "look", "look \n",
	    "look 1\n", " look\n", "LOOK\n", "unset\n", "logged\n", "logged \n",
	    "logged x\n", "logged 4294967296\n", "logged 1 2\n", "logged -1\n",
	    "clock\n", "clock 253402300800\n", "look\nlook\n",
	    "fetch /etc/passwd\n"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct update_request r;

		assert_false(update_request_parse(str_from(lines[i]), &r));
		assert_int_equal(r.kind, UPDATE_ASK_UNSET);
	}
}

static void test_every_value_has_a_word_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < UPDATE_PHASES; i++)
		assert_non_null(update_phase_name((enum update_phase)i));
	for (int i = 0; i < UPDATE_REFUSALS; i++) {
		const char *name = update_refusal_name((enum update_refusal)i);

		assert_non_null(name);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(name,
			    update_refusal_name((enum update_refusal)j));
	}
	for (int i = 0; i < UPDATE_WORKS; i++)
		assert_non_null(update_work_name((enum update_work)i));
	assert_null(update_phase_name(UPDATE_PHASES));
	assert_null(update_refusal_name(UPDATE_REFUSALS));
	assert_null(update_files_name(UPDATE_FILES_STATES));
	assert_null(update_request_name(UPDATE_REQUESTS));
	assert_null(update_work_name(UPDATE_WORKS));
	assert_null(update_outcome_name((enum update_outcome)3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_report_is_written_as_lines),
	    cmocka_unit_test(test_a_report_reads_back_as_it_was),
	    cmocka_unit_test(test_the_longest_report_fits),
	    cmocka_unit_test(test_texts_cannot_make_lines),
	    cmocka_unit_test(test_a_report_that_is_not_whole_is_none),
	    cmocka_unit_test(test_values_outside_their_bounds_are_refused),
	    cmocka_unit_test(test_requests_are_one_line),
	    cmocka_unit_test(test_what_is_no_request_is_refused),
	    cmocka_unit_test(test_every_value_has_a_word_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
