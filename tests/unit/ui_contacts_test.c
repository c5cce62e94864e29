/* Fingers on a touch device, event by event. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ui/contacts.h"

#include <linux/input-event-codes.h>
#include <stdio.h>
#include <string.h>

static struct contacts c;
static char heard[1024]; /* "press 0 10,20; " and so on */

static void start(enum contacts_kind kind)
{
	memset(&c, 0, sizeof(c));
	c.kind = kind;
}

static void add(const struct contacts_change *change)
{
	static const char *const names[] = {[INPUT_PRESS] = "press",
	    [INPUT_MOVE] = "move",
	    [INPUT_RELEASE] = "release",
	    [INPUT_CANCEL] = "cancel"};
	size_t n = strlen(heard);

	snprintf(heard + n, sizeof(heard) - n, "%s%s %d %d,%d",
	    n > 0 ? "; " : "", names[change->kind], change->slot, change->x,
	    change->y);
}

static void collect(void)
{
	struct contacts_change change;

	while (contacts_next(&c, &change))
		add(&change);
}

static void event(unsigned type, unsigned code, int32_t value)
{
	if (contacts_take(&c, type, code, value))
		collect();
}

/* What one frame gives: three words a row, closed by SYN_REPORT. */
static const char *frame(const int (*events)[3], size_t n)
{
	heard[0] = '\0';
	for (size_t i = 0; i < n; i++)
		event((unsigned)events[i][0], (unsigned)events[i][1],
		    events[i][2]);
	event(EV_SYN, SYN_REPORT, 0);
	return heard;
}
#define FRAME(...) \
	frame((const int[][3]){__VA_ARGS__}, \
	    sizeof((const int[][3]){__VA_ARGS__}) / sizeof(int[3]))
#define SLOT(n) \
	{ \
		EV_ABS, ABS_MT_SLOT, n \
	}
#define ID(n) \
	{ \
		EV_ABS, ABS_MT_TRACKING_ID, n \
	}
#define AT_X(v) \
	{ \
		EV_ABS, ABS_MT_POSITION_X, v \
	}
#define AT_Y(v) \
	{ \
		EV_ABS, ABS_MT_POSITION_Y, v \
	}
#define TOUCH(v) \
	{ \
		EV_KEY, BTN_TOUCH, v \
	}

static void test_a_finger_presses_moves_and_releases(void **state)
{
	(void)state;
	start(CONTACTS_SLOTS);
	assert_string_equal(FRAME(ID(5), AT_X(10), AT_Y(20)), "press 0 10,20");
	assert_string_equal(FRAME(AT_X(11)), "move 0 11,20");
	assert_string_equal(FRAME(AT_Y(22)), "move 0 11,22");
	assert_string_equal(FRAME(ID(-1)), "release 0 11,22");
}

static void test_a_frame_without_a_change_gives_nothing(void **state)
{
	(void)state;
	start(CONTACTS_SLOTS);
	FRAME(ID(5), AT_X(10), AT_Y(20));
	assert_string_equal(FRAME(AT_X(10)), "");
	assert_string_equal(FRAME({EV_ABS, ABS_MT_PRESSURE, 40}), "");
	assert_string_equal(FRAME({EV_ABS, ABS_X, 40}, TOUCH(0)), "");
}

static void test_nothing_is_given_before_the_frame_ends(void **state)
{
	(void)state;
	start(CONTACTS_SLOTS);
	heard[0] = '\0';
	event(EV_ABS, ABS_MT_TRACKING_ID, 1);
	event(EV_ABS, ABS_MT_POSITION_X, 7);
	assert_string_equal(heard, "");
	event(EV_SYN, SYN_REPORT, 0);
	assert_string_equal(heard, "press 0 7,0");
}

static void test_fingers_are_told_apart_by_their_slots(void **state)
{
	(void)state;
	start(CONTACTS_SLOTS);
	assert_string_equal(FRAME(SLOT(0), ID(1), AT_X(1), AT_Y(2), SLOT(3),
				ID(2), AT_X(3), AT_Y(4)),
	    "press 0 1,2; press 3 3,4");
	assert_string_equal(FRAME(SLOT(3), AT_X(9), SLOT(0), ID(-1)),
	    "release 0 1,2; move 3 9,4");
	assert_string_equal(FRAME(SLOT(3), ID(-1)), "release 3 9,4");
}

static void test_another_finger_in_a_slot_ends_the_one_before(void **state)
{
	(void)state;
	start(CONTACTS_SLOTS);
	FRAME(ID(1), AT_X(1), AT_Y(2));
	assert_string_equal(FRAME(ID(2), AT_X(8), AT_Y(9)),
	    "release 0 1,2; press 0 8,9");
	assert_string_equal(FRAME(ID(-1), ID(3), AT_X(4)),
	    "release 0 8,9; press 0 4,9");
}

static void test_a_finger_that_came_and_went_in_one_frame_is_none(void **state)
{
	(void)state;
	start(CONTACTS_SLOTS);
	assert_string_equal(FRAME(ID(1), AT_X(1), ID(-1)), "");
}

static void test_slots_beyond_the_last_are_passed_over(void **state)
{
	(void)state;
	start(CONTACTS_SLOTS);
	assert_string_equal(FRAME(SLOT(15), ID(1), AT_X(1)), "press 15 1,0");
	assert_string_equal(FRAME(SLOT(16), ID(2), AT_X(2)), "");
	assert_string_equal(FRAME(SLOT(-1), ID(2), AT_X(2)), "");
	assert_string_equal(FRAME(SLOT(2147483647), ID(2), AT_X(2)), "");
	assert_string_equal(FRAME(SLOT(15), ID(-1)), "release 15 1,0");
}

static void test_a_finger_that_lay_there_does_nothing_until_lifted(void **state)
{
	(void)state;
	start(CONTACTS_SLOTS);
	contacts_begin(&c, 0, 5, 5);
	assert_string_equal(FRAME(AT_X(6)), "");
	assert_string_equal(FRAME(ID(-1)), "");
	assert_string_equal(FRAME(ID(2), AT_X(7)), "press 0 7,5");
	contacts_begin(&c, -1, 0, 0);
	contacts_begin(&c, CONTACTS_MAX, 0, 0);
}

static void test_a_finger_lifted_in_a_gap_is_cancelled(void **state)
{
	(void)state;
	start(CONTACTS_SLOTS);
	FRAME(SLOT(0), ID(1), AT_X(1), SLOT(1), ID(2), AT_X(2));
	contacts_lost(&c);
	assert_string_equal(FRAME(SLOT(0), ID(-1), SLOT(1), AT_X(5)), "");
	contacts_found(&c);
	collect();
	assert_string_equal(heard, "cancel 0 1,0; move 1 5,0");
	assert_string_equal(FRAME(SLOT(1), ID(-1)), "release 1 5,0");
}

static void test_a_finger_put_down_anew_in_a_gap_presses_anew(void **state)
{
	(void)state;
	start(CONTACTS_SLOTS);
	FRAME(ID(1), AT_X(1));
	contacts_lost(&c);
	FRAME(ID(-1));
	FRAME(ID(2), AT_X(7));
	contacts_found(&c);
	collect();
	assert_string_equal(heard, "cancel 0 1,0; press 0 7,0");
}

static void test_one_finger_with_a_button(void **state)
{
	(void)state;
	start(CONTACTS_SINGLE);
	assert_string_equal(FRAME({EV_ABS, ABS_X, 3}, {EV_ABS, ABS_Y, 4}), "");
	assert_string_equal(FRAME(TOUCH(1)), "press 0 3,4");
	assert_string_equal(FRAME({EV_ABS, ABS_X, 5}), "move 0 5,4");
	assert_string_equal(FRAME(TOUCH(0)), "release 0 5,4");
	assert_string_equal(FRAME({EV_KEY, BTN_LEFT, 1}), "press 0 5,4");
	assert_string_equal(FRAME({EV_KEY, BTN_LEFT, 0}), "release 0 5,4");
	assert_string_equal(FRAME({EV_KEY, BTN_RIGHT, 1}), "");
	assert_string_equal(FRAME({EV_KEY, KEY_ENTER, 1}), "");
}

static void test_a_button_let_go_in_a_gap_is_cancelled(void **state)
{
	(void)state;
	start(CONTACTS_SINGLE);
	FRAME(TOUCH(1));
	contacts_lost(&c);
	FRAME(TOUCH(0));
	contacts_found(&c);
	heard[0] = '\0';
	collect();
	assert_string_equal(heard, "cancel 0 0,0");
}

#define END \
	{ \
		EV_SYN, SYN_MT_REPORT, 0 \
	}

static void test_of_fingers_without_slots_the_first_counts(void **state)
{
	(void)state;
	start(CONTACTS_FRAMES);
	assert_string_equal(FRAME(AT_X(1), AT_Y(2), END, AT_X(8), AT_Y(9), END),
	    "press 0 1,2");
	assert_string_equal(FRAME(AT_X(3), AT_Y(2), END), "move 0 3,2");
	assert_string_equal(FRAME(END), "release 0 3,2");
	assert_string_equal(FRAME(END), "");
}

static void test_after_a_gap_fingers_without_slots_are_lifted_first(
    void **state)
{
	(void)state;
	start(CONTACTS_FRAMES);
	FRAME(AT_X(1), AT_Y(2), END);
	contacts_lost(&c);
	contacts_found(&c);
	heard[0] = '\0';
	collect();
	assert_string_equal(heard, "cancel 0 1,2");
	assert_string_equal(FRAME(AT_X(1), AT_Y(2), END), "");
	assert_string_equal(FRAME(END), "");
	assert_string_equal(FRAME(AT_X(1), AT_Y(2), END), "press 0 1,2");
}

static void test_a_device_that_went_cancels_its_fingers(void **state)
{
	struct contacts_change change;

	(void)state;
	start(CONTACTS_SLOTS);
	FRAME(SLOT(0), ID(1), AT_X(1), SLOT(4), ID(2), AT_X(2));
	heard[0] = '\0';
	while (contacts_end(&c, &change))
		add(&change);
	assert_string_equal(heard, "cancel 0 1,0; cancel 4 2,0");
}

/* Whatever comes: a finger is pressed before it moves or ends, and ends
 * once. */
static void test_any_events_give_whole_presses(void **state)
{
	static const unsigned codes[] = {ABS_MT_SLOT, ABS_MT_TRACKING_ID,
	    ABS_MT_POSITION_X, ABS_X, SYN_MT_REPORT, SYN_REPORT, BTN_TOUCH};
	static const unsigned types[] = {EV_ABS, EV_SYN, EV_KEY};
	bool down[CONTACTS_MAX];
	uint32_t random = 1;

	(void)state;
	for (int kind = CONTACTS_SLOTS; kind <= CONTACTS_SINGLE; kind++) {
		start((enum contacts_kind)kind);
		memset(down, 0, sizeof(down));
		for (int i = 0; i < 200000; i++) {
			struct contacts_change change;
			uint32_t r = random = random * 1664525U + 1013904223U;
			bool over;

			if (r >> 24 == 0)
				contacts_lost(&c);
			over = contacts_take(&c, types[(r >> 16) % 3],
			    codes[(r >> 8) % 7], (int)(r >> 20) % 20 - 2);
			if (r >> 24 == 1 || (c.lost && r >> 24 < 20)) {
				contacts_found(&c);
				over = true;
			}
			while (over && contacts_next(&c, &change)) {
				assert_in_range(change.slot, 0,
				    CONTACTS_MAX - 1);
				assert_int_equal(down[change.slot],
				    change.kind != INPUT_PRESS);
				down[change.slot] = change.kind ==
					INPUT_PRESS ||
				    change.kind == INPUT_MOVE;
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_finger_presses_moves_and_releases),
	    cmocka_unit_test(test_a_frame_without_a_change_gives_nothing),
	    cmocka_unit_test(test_nothing_is_given_before_the_frame_ends),
	    cmocka_unit_test(test_fingers_are_told_apart_by_their_slots),
	    cmocka_unit_test(test_another_finger_in_a_slot_ends_the_one_before),
	    cmocka_unit_test(
		test_a_finger_that_came_and_went_in_one_frame_is_none),
	    cmocka_unit_test(test_slots_beyond_the_last_are_passed_over),
	    cmocka_unit_test(
		test_a_finger_that_lay_there_does_nothing_until_lifted),
	    cmocka_unit_test(test_a_finger_lifted_in_a_gap_is_cancelled),
	    cmocka_unit_test(test_a_finger_put_down_anew_in_a_gap_presses_anew),
	    cmocka_unit_test(test_one_finger_with_a_button),
	    cmocka_unit_test(test_a_button_let_go_in_a_gap_is_cancelled),
	    cmocka_unit_test(test_of_fingers_without_slots_the_first_counts),
	    cmocka_unit_test(
		test_after_a_gap_fingers_without_slots_are_lifted_first),
	    cmocka_unit_test(test_a_device_that_went_cancels_its_fingers),
	    cmocka_unit_test(test_any_events_give_whole_presses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
