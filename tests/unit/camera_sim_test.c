/* A few photographs of each kind (tests/bench/camera_sim.h), always the same
 * ones. The rates with enough pictures to say so are `make bench-camera`'s. */
#include "tests/bench/camera_sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "drivers/scanner/camera_decode.h"

enum { TRIALS = 10 };
static uint8_t pixels[CAMERA_SIM_BYTES], again[CAMERA_SIM_BYTES];
static const struct camera_picture picture = {pixels, CAMERA_SIM_WIDTH,
    CAMERA_SIM_HEIGHT, CAMERA_SIM_WIDTH};
static struct camera_decoder *decoder;

static int open_decoder(void **state)
{
	(void)state;
	return camera_decoder_open(&decoder, NULL);
}

static int close_decoder(void **state)
{
	(void)state;
	camera_decoder_close(decoder);
	return 0;
}

/* How many of TRIALS are read; a text that is not the ticket's fails. */
static int read_kind(enum camera_kind kind, enum camera_effort effort)
{
	struct camera_text got;
	int read = 0;

	for (uint64_t seed = 1; seed <= TRIALS; seed++) {
		struct ticket_text t = camera_sim_ticket(seed);

		camera_sim_shoot(kind, seed, t.digits, pixels);
		assert_true(camera_glance(decoder, &picture));
		if (!camera_decode(decoder, &picture, effort, &got))
			continue;
		assert_string_equal(got.text, t.digits);
		read++;
	}
	return read;
}

static void test_clean_tickets_are_read(void **state)
{
	(void)state;
	assert_int_equal(read_kind(CAMERA_CLEAN, CAMERA_EFFORT_FULL), TRIALS);
}

static void test_dead_dots_are_read(void **state)
{
	(void)state;
	assert_true(read_kind(CAMERA_DEAD_DOTS, CAMERA_EFFORT_FULL) >= 9);
}

static void test_creased_tickets_are_read(void **state)
{
	(void)state;
	assert_true(read_kind(CAMERA_CREASE, CAMERA_EFFORT_FULL) >= 8);
}

static void test_damaged_tickets_are_read(void **state)
{
	(void)state;
	assert_true(read_kind(CAMERA_DAMAGE, CAMERA_EFFORT_FULL) >= 6);
}

static void test_faded_tickets_before_a_poor_camera_are_read(void **state)
{
	(void)state;
	assert_true(read_kind(CAMERA_POOR, CAMERA_EFFORT_FULL) >= 8);
}

static void test_an_empty_room_is_passed_over(void **state)
{
	struct camera_text got;

	(void)state;
	for (uint64_t seed = 1; seed <= TRIALS; seed++) {
		camera_sim_room(seed, pixels);
		assert_false(camera_glance(decoder, &picture));
		assert_false(
		    camera_decode(decoder, &picture, CAMERA_EFFORT_FULL, &got));
	}
}

static void test_a_seed_gives_one_picture(void **state)
{
	struct ticket_text a = camera_sim_ticket(1), b = camera_sim_ticket(2);

	(void)state;
	assert_string_not_equal(a.digits, b.digits);
	camera_sim_shoot(CAMERA_POOR, 1, a.digits, pixels);
	camera_sim_shoot(CAMERA_POOR, 1, a.digits, again);
	assert_memory_equal(pixels, again, sizeof(pixels));
	camera_sim_shoot(CAMERA_POOR, 2, a.digits, again);
	assert_memory_not_equal(pixels, again, sizeof(pixels));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_seed_gives_one_picture),
	    cmocka_unit_test(test_clean_tickets_are_read),
	    cmocka_unit_test(test_dead_dots_are_read),
	    cmocka_unit_test(test_creased_tickets_are_read),
	    cmocka_unit_test(test_damaged_tickets_are_read),
	    cmocka_unit_test(test_faded_tickets_before_a_poor_camera_are_read),
	    cmocka_unit_test(test_an_empty_room_is_passed_over),
	};

	return cmocka_run_group_tests(tests, open_decoder, close_decoder);
}
