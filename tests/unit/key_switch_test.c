#define _GNU_SOURCE /* pipe2 */
/* The service key: what it is counts when it has stood still. A GPIO chip is
 * played here: a file that exists, and a pipe that tells of edges. */
#include <errno.h>
#include <fcntl.h>
#include <gpiod.h>

#include "drivers/relay/key_switch.h"
#include "test_state_dir.h"

struct gpiod_chip {
	int unused;
};
struct gpiod_line {
	int value, flags;
	unsigned offset;
	int edges[2];
	bool taken, broken;
};
static struct gpiod_chip the_chip;
static struct gpiod_line the_line;

struct gpiod_chip *gpiod_chip_open(const char *name)
{
	return access(name, R_OK) == 0 ? &the_chip : NULL;
}

void gpiod_chip_close(struct gpiod_chip *chip)
{
	assert_ptr_equal(chip, &the_chip);
}

struct gpiod_line *gpiod_chip_get_line(struct gpiod_chip *chip, unsigned offset)
{
	(void)chip;
	the_line.offset = offset;
	return &the_line;
}

int gpiod_line_request_both_edges_events_flags(struct gpiod_line *line,
    const char *consumer, int flags)
{
	assert_string_equal(consumer, "karcis");
	if (line->taken) {
		errno = EBUSY;
		return -1;
	}
	line->flags = flags;
	assert_int_equal(pipe2(line->edges, O_NONBLOCK | O_CLOEXEC), 0);
	return 0;
}

void gpiod_line_release(struct gpiod_line *line)
{
	close(line->edges[0]);
	close(line->edges[1]);
}

int gpiod_line_event_get_fd(struct gpiod_line *line)
{
	return line->edges[0];
}

int gpiod_line_event_wait(struct gpiod_line *line,
    const struct timespec *timeout)
{
	struct pollfd p = {line->edges[0], POLLIN, 0};

	assert_int_equal(timeout->tv_sec, 0);
	return poll(&p, 1, 0);
}

int gpiod_line_event_read(struct gpiod_line *line,
    struct gpiod_line_event *event)
{
	char c;

	(void)event;
	return read(line->edges[0], &c, 1) == 1 ? 0 : -1;
}

int gpiod_line_get_value(struct gpiod_line *line)
{
	if (line->broken) {
		errno = ENODEV;
		return -1;
	}
	return line->value;
}

static struct key_switch *k;
static struct err e;

static void turn(int value)
{
	the_line.value = value;
	assert_int_equal(write(the_line.edges[1], "e", 1), 1);
}

static bool at(int64_t mono_ms)
{
	return key_switch_service(k, mono_ms, &e);
}

static int begin(void **state)
{
	char text[128];

	the_line = (struct gpiod_line){0};
	if (make_dir(state) != 0)
		return -1;
	write_text("");
	(void)snprintf(text, sizeof(text), "gpio:%s:17", path);
	return key_switch_open(text, &k, &e);
}

static int end(void **state)
{
	key_switch_close(k);
	k = NULL;
	return remove_dir(state);
}

static void test_it_counts_when_it_has_stood_for_100_ms(void **state)
{
	(void)state;
	assert_false(at(1000));
	assert_int_equal(the_line.offset, 17);
	assert_int_equal(the_line.flags, 0);
	assert_false(at(1100));
	assert_int_equal(key_switch_deadline_ms(k), INT64_MAX);
	turn(1);
	assert_false(at(2000));
	assert_int_equal(key_switch_deadline_ms(k), 2100);
	assert_false(at(2099));
	assert_false(key_switch_on(k));
	assert_true(at(2100));
	assert_true(key_switch_on(k));
	assert_false(at(2200));
	turn(0);
	assert_false(at(3000));
	assert_true(at(3100));
	assert_false(key_switch_on(k));
}

static void test_a_contact_that_bounces_is_waited_for(void **state)
{
	(void)state;
	assert_false(at(1000));
	assert_false(at(1100));
	turn(1);
	assert_false(at(2000));
	turn(0);
	assert_false(at(2050));
	turn(1);
	assert_false(at(2090));
	assert_false(at(2189));
	assert_true(at(2190));
	/* Back before it settled: nothing was turned. */
	turn(0);
	assert_false(at(3000));
	turn(1);
	assert_false(at(3050));
	assert_false(at(3150));
	assert_true(key_switch_on(k));
}

static void test_a_key_that_is_on_at_the_start_is_on(void **state)
{
	(void)state;
	the_line.value = 1;
	assert_false(at(1000));
	assert_false(at(1099));
	assert_true(at(1100));
	assert_true(key_switch_on(k));
}

static void test_a_line_that_fails_is_off_and_told_once(void **state)
{
	(void)state;
	the_line.value = 1;
	assert_false(at(1000));
	assert_true(at(1100));
	the_line.broken = true;
	assert_true(at(2000));
	assert_int_equal(e.code, -ENODEV);
	assert_false(key_switch_on(k));
	assert_int_equal(key_switch_pollfds(k, &(struct pollfd){0}, 1), 0);
	the_line.taken = true;
	assert_false(at(32000));
	assert_int_equal(e.code, 0);
	the_line.taken = the_line.broken = false;
	assert_false(at(62000));
	assert_true(at(62100));
	assert_true(key_switch_on(k));
}

static void test_a_line_that_is_taken_is_told(void **state)
{
	(void)state;
	the_line.taken = true;
	assert_false(at(1000));
	assert_int_equal(e.code, -EBUSY);
	assert_int_equal(key_switch_deadline_ms(k), 31000);
	assert_false(at(30999));
	assert_int_equal(e.code, 0);
}

static void test_what_it_may_be_called(void **state)
{
	static const char *const bad[] = {"", "gpio", "gpio:/dev/x",
	    "command:/bin/true", "on"};
	struct key_switch *none = k;

	(void)state;
	assert_int_equal(key_switch_open("none", &none, &e), 0);
	assert_null(none);
	assert_false(key_switch_service(NULL, 0, &e));
	assert_false(key_switch_on(NULL));
	assert_int_equal(key_switch_deadline_ms(NULL), INT64_MAX);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(key_switch_open(bad[i], &none, &e), -EINVAL);
}

static void test_low_is_the_chips_business(void **state)
{
	char text[128];

	(void)state;
	key_switch_close(k);
	(void)snprintf(text, sizeof(text), "gpio:%s:3:low", path);
	assert_int_equal(key_switch_open(text, &k, &e), 0);
	assert_false(at(1000));
	/* GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW of gpiod.h is bit 2. */
	assert_int_equal(the_line.flags, 4);
}

#define WITH_LINE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_LINE(test_it_counts_when_it_has_stood_for_100_ms),
	    WITH_LINE(test_a_contact_that_bounces_is_waited_for),
	    WITH_LINE(test_a_key_that_is_on_at_the_start_is_on),
	    WITH_LINE(test_a_line_that_fails_is_off_and_told_once),
	    WITH_LINE(test_a_line_that_is_taken_is_told),
	    WITH_LINE(test_what_it_may_be_called),
	    WITH_LINE(test_low_is_the_chips_business),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
