/* The server without HTTP: who is parked and woken, what metrics say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/hub/server_inner.h"

enum { OFFICE = 4102, DAY = 20783 };

static struct server s;
static struct client c[4];

static int make_server(void **state)
{
	(void)state;
	memset(&s, 0, sizeof(s));
	memset(c, 0, sizeof(c));
	s.queue_end = &s.queue_first;
	s.wake_ms = INT64_MAX;
	pthread_mutex_init(&s.lock, NULL);
	pthread_cond_init(&s.work, NULL);
	pthread_cond_init(&s.clock, NULL);
	for (size_t i = 0; i < ARRAY_LEN(c); i++) {
		c[i].server = &s;
		c[i].job = JOB_POLL;
		c[i].answer.poll = (struct hub_poll){.office = OFFICE,
		    .day = DAY,
		    .device = (uint32_t)i + 1,
		    .wait_s = 60};
	}
	return 0;
}

static int drop_server(void **state)
{
	(void)state;
	pthread_cond_destroy(&s.work);
	pthread_cond_destroy(&s.clock);
	pthread_mutex_destroy(&s.lock);
	return 0;
}

static bool is_queued(const struct client *who)
{
	for (struct client *q = s.queue_first; q != NULL; q = q->queue_next)
		if (q == who)
			return true;
	return false;
}

static void test_a_poll_is_parked_until_its_end(void **state)
{
	int64_t now_ms = server_mono_ms();

	(void)state;
	assert_true(server_park(&c[0], s.changes));
	assert_int_equal(s.parked, 1);
	assert_true(c[0].deadline_ms >= now_ms + 60000);
	assert_true(c[0].deadline_ms <= server_mono_ms() + 60000);
	assert_false(is_queued(&c[0]));
}

static void test_a_change_since_the_look_is_not_missed(void **state)
{
	uint64_t before = s.changes; /* read before the store was looked at */

	(void)state;
	server_park_changed(&s, OFFICE, DAY);
	assert_false(server_park(&c[0], before));
	assert_int_equal(s.parked, 0);
	assert_true(server_park(&c[0], s.changes));
}

static void test_a_change_of_a_whole_office_since_the_look_is_not_missed(
    void **state)
{
	uint64_t before = s.changes;

	(void)state;
	server_park_changed(&s, OFFICE, HUB_DAY_ALL);
	assert_false(server_park(&c[0], before));
}

static void test_a_change_of_another_day_holds_nobody_up(void **state)
{
	uint64_t before = s.changes;

	(void)state;
	server_park_changed(&s, OFFICE, DAY + 1);
	assert_true(server_park(&c[0], before));
}

static void test_a_change_wakes_those_of_its_day_and_office(void **state)
{
	(void)state;
	c[1].answer.poll.day = DAY + 1;
	c[2].answer.poll.office = OFFICE + 1;
	for (size_t i = 0; i < ARRAY_LEN(c); i++)
		assert_true(server_park(&c[i], s.changes));
	server_park_changed(&s, OFFICE, DAY);
	assert_true(is_queued(&c[0]));
	assert_false(is_queued(&c[1]));
	assert_false(is_queued(&c[2]));
	assert_true(is_queued(&c[3]));
	assert_int_equal(s.parked, 2);
	assert_false(c[0].expired);
}

static void test_a_change_of_an_office_wakes_all_its_days(void **state)
{
	(void)state;
	c[1].answer.poll.day = DAY + 1;
	c[2].answer.poll.office = OFFICE + 1;
	for (size_t i = 0; i < 3; i++)
		assert_true(server_park(&c[i], s.changes));
	server_park_changed(&s, OFFICE, HUB_DAY_ALL);
	assert_true(is_queued(&c[0]));
	assert_true(is_queued(&c[1]));
	assert_false(is_queued(&c[2]));
}

static void test_a_second_poll_of_a_device_ends_the_first(void **state)
{
	(void)state;
	c[1].answer.poll.device = 1;
	assert_true(server_park(&c[0], s.changes));
	assert_true(server_park(&c[1], s.changes));
	assert_true(is_queued(&c[0]));
	assert_true(c[0].expired);
	assert_false(is_queued(&c[1]));
	assert_int_equal(s.parked, 1);
}

static void test_a_wait_goes_on_where_it_was_after_a_wake(void **state)
{
	int64_t end_ms;

	(void)state;
	assert_true(server_park(&c[0], s.changes));
	end_ms = c[0].deadline_ms;
	server_park_changed(&s, OFFICE, DAY);
	c[0].until_ms = end_ms;
	assert_true(server_park(&c[0], s.changes));
	assert_int_equal(c[0].deadline_ms, end_ms);
}

static void test_nobody_is_parked_at_the_end(void **state)
{
	(void)state;
	assert_true(server_park(&c[0], s.changes));
	s.draining = true;
	server_park_wake(&s, true);
	assert_true(is_queued(&c[0]));
	assert_true(c[0].expired);
	assert_int_equal(s.parked, 0);
	assert_false(server_park(&c[1], s.changes));
}

static const struct {
	const char *accept;
	bool gzip;
} accepts[] = {
    {"gzip", true},
    {"GZip", true},
    {"br, gzip", true},
    {"gzip;q=0.001", true},
    {"gzip ; q=1", true},
    {"gzip;q=0", false},
    {"gzip;q=0.000", false},
    {"gzip; Q=0.", false},
    {"xgzip", false},
    {"gzipx", false},
    {"br", false},
    {"", false},
    {",,;", false},
};

static void test_gzip_is_given_where_it_is_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(accepts); i++)
		if (server_answer_takes_gzip(str_from(accepts[i].accept)) !=
		    accepts[i].gzip)
			fail_msg("%s", accepts[i].accept);
}

static void has_line(const char *text, const char *line)
{
	char whole[160];

	snprintf(whole, sizeof(whole), "\n%s\n", line);
	if (strstr(text, whole) == NULL)
		fail_msg("no line %s", line);
}

static void test_buckets_are_cumulative_and_take_their_bound(void **state)
{
	static struct metrics m;
	struct metrics_now now = {.store = "sqlite"};
	size_t len;
	char *text;

	(void)state;
	metrics_request(&m, str_from("/v1/time?nonce=00"), 200, "", 1000000);
	metrics_request(&m, str_from("/v1/time"), 200, "", 1000001);
	metrics_request(&m, str_from("/v1/time"), 200, "", 11000000000);
	text = metrics_text(&m, &now, &len);
	assert_non_null(text);
	assert_int_equal(strlen(text), len);
#define TIME "karcis_hub_request_seconds_bucket{path=\"/v1/time\",le="
	has_line(text, TIME "\"0.001\"} 1");
	has_line(text, TIME "\"0.0025\"} 2");
	has_line(text, TIME "\"10\"} 2");
	has_line(text, TIME "\"+Inf\"} 3");
	has_line(text,
	    "karcis_hub_request_seconds_sum{path=\"/v1/time\"} 11.002000");
	has_line(text, "karcis_hub_request_seconds_count{path=\"/v1/time\"} 3");
	has_line(text, "karcis_hub_store_up 0");
	assert_null(strstr(text, "karcis_hub_offices"));
	free(text);
}

static void test_what_the_tables_do_not_know_is_other(void **state)
{
	static struct metrics m;
	struct metrics_now now = {.store = "sqlite"};
	size_t len;
	char *text;

	(void)state;
	metrics_request(&m, str_from("/\"}"), 418, "teapot", 0);
	text = metrics_text(&m, &now, &len);
	assert_non_null(text);
	has_line(text,
	    "karcis_hub_requests_total{path=\"other\",status=\"other\"} 1");
	has_line(text, "karcis_hub_errors_total{error=\"other\"} 1");
	free(text);
}

#define WITH(test) \
	cmocka_unit_test_setup_teardown(test, make_server, drop_server)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH(test_a_poll_is_parked_until_its_end),
	    WITH(test_a_change_since_the_look_is_not_missed),
	    WITH(test_a_change_of_a_whole_office_since_the_look_is_not_missed),
	    WITH(test_a_change_of_another_day_holds_nobody_up),
	    WITH(test_a_change_wakes_those_of_its_day_and_office),
	    WITH(test_a_change_of_an_office_wakes_all_its_days),
	    WITH(test_a_second_poll_of_a_device_ends_the_first),
	    WITH(test_a_wait_goes_on_where_it_was_after_a_wake),
	    WITH(test_nobody_is_parked_at_the_end),
	    cmocka_unit_test(test_gzip_is_given_where_it_is_taken),
	    cmocka_unit_test(test_buckets_are_cumulative_and_take_their_bound),
	    cmocka_unit_test(test_what_the_tables_do_not_know_is_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
