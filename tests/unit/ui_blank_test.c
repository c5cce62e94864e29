/* A dark screen and the touch that lights it; one finger at a time. In a
 * window under SDL's dummy display, with events as SDL has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/bench/ui_screens.c"

#include <SDL.h>
#include <png.h>
#include <stdlib.h>
#include <unistd.h>

enum { WIDTH = 1080, HEIGHT = 1920 };

static struct ui *ui;
static struct view home;
static float key_x, key_y; /* of the home screen's first button, 0..1 */

/* The middle of the first thing on the screen with that action. */
static void find_button(void)
{
	static char layout[32768];
	char path[] = "/tmp/karcis-layout-XXXXXX";
	int fd = mkstemp(path);
	struct err e = {0};
	ssize_t n;

	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(ui_dump_layout(ui, fd, &e), 0);
	n = pread(fd, layout, sizeof(layout) - 1, 0);
	assert_true(n > 0);
	layout[n] = '\0';
	close(fd);
	for (char *line = layout; *line != '\0';
	     line = strchr(line, '\n') + 1) {
		int x, y, w, h, action;

		if (sscanf(line, "%d %d %d %d %*s %d", &x, &y, &w, &h,
			&action) == 5 &&
		    action == ACTION_HELP) {
			key_x = (float)(x + w / 2) / (float)WIDTH;
			key_y = (float)(y + h / 2) / (float)HEIGHT;
			return;
		}
	}
	fail_msg("there is no button for help:\n%s", layout);
}

static int setup(void **state)
{
	const struct ui_config c = {.width_px = WIDTH,
	    .height_px = HEIGHT,
	    .diagonal_tenth_inch = 215};
	struct err e = {0};

	(void)state;
	if (setenv("SDL_VIDEODRIVER", "dummy", 1) != 0 ||
	    text_init("build/locale", &e) < 0 || ui_open(&c, &ui, &e) < 0) {
		print_error("%s\n", e.text);
		return -1;
	}
	if (sample_view(0, LANG_ID, &home) == NULL ||
	    ui_show(ui, &home, &e) < 0)
		return -1;
	find_button();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ui_close(ui);
	return 0;
}

static void finger(Uint32 type, SDL_FingerID id, float x, float y)
{
	SDL_Event ev;

	memset(&ev, 0, sizeof(ev));
	ev.type = type;
	ev.tfinger.fingerId = id;
	ev.tfinger.x = x;
	ev.tfinger.y = y;
	assert_int_equal(SDL_PushEvent(&ev), 1);
}

static struct ui_event next_event(void)
{
	struct ui_event ev;

	/* SDL ends a poll where it last asked the display. */
	for (int i = 0; i < 3; i++) {
		if (ui_next_event(ui, &ev))
			return ev;
	}
	memset(&ev, 0, sizeof(ev));
	return ev;
}

/* Whether there is anything but black, of what the window shows. */
static bool is_black(void)
{
	SDL_Surface *s = SDL_GetWindowSurface(SDL_GetWindowFromID(1));

	assert_non_null(s);
	for (int y = 0; y < s->h; y++)
		for (int x = 0; x < s->w; x++)
			if ((((const uint32_t *)
				     s->pixels)[y * s->pitch / 4 + x] &
				0xFFFFFF) != 0)
				return false;
	return true;
}

static void test_a_button_gives_its_action(void **state)
{
	struct ui_event ev;

	(void)state;
	finger(SDL_FINGERDOWN, 1, key_x, key_y);
	finger(SDL_FINGERUP, 1, key_x, key_y);
	ev = next_event();
	assert_int_equal(ev.kind, UI_ACTION);
	assert_int_equal(ev.action, ACTION_HELP);
}

static void test_blank_is_black(void **state)
{
	(void)state;
	assert_false(is_black());
	ui_blank(ui, true);
	assert_true(is_black());
	ui_blank(ui, false);
	assert_false(is_black());
}

static void test_a_touch_lights_a_dark_screen_and_does_nothing_else(
    void **state)
{
	(void)state;
	ui_blank(ui, true);
	finger(SDL_FINGERDOWN, 1, key_x, key_y);
	assert_int_equal(next_event().kind, UI_WAKE);
	assert_false(is_black());
	finger(SDL_FINGERMOTION, 1, key_x, key_y);
	finger(SDL_FINGERUP, 1, key_x, key_y);
	assert_int_equal(next_event().kind, UI_NONE);
	finger(SDL_FINGERDOWN, 1, key_x, key_y);
	finger(SDL_FINGERUP, 1, key_x, key_y);
	assert_int_equal(next_event().kind, UI_ACTION);
}

static void test_another_finger_acts_while_the_waking_one_lies_there(
    void **state)
{
	(void)state;
	ui_blank(ui, true);
	finger(SDL_FINGERDOWN, 1, key_x, key_y);
	assert_int_equal(next_event().kind, UI_WAKE);
	finger(SDL_FINGERDOWN, 2, key_x, key_y);
	finger(SDL_FINGERUP, 2, key_x, key_y);
	assert_int_equal(next_event().kind, UI_ACTION);
	finger(SDL_FINGERUP, 1, key_x, key_y);
	assert_int_equal(next_event().kind, UI_NONE);
}

static void test_a_move_or_a_release_lights_nothing(void **state)
{
	(void)state;
	finger(SDL_FINGERDOWN, 1, key_x, key_y);
	assert_int_equal(next_event().kind, UI_NONE);
	ui_blank(ui, true);
	finger(SDL_FINGERMOTION, 1, key_x, key_y);
	finger(SDL_FINGERUP, 1, key_x, key_y);
	assert_int_equal(next_event().kind, UI_NONE);
	assert_true(is_black());
	ui_blank(ui, false);
}

static void test_what_changed_in_the_dark_is_shown_when_it_is_lit(void **state)
{
	static struct view other;
	struct err e = {0};
	char path[] = "/tmp/karcis-blank-XXXXXX",
	     again[] = "/tmp/karcis-blank-"
		       "XXXXXX";
	char command[128];
	int fd = mkstemp(path), fd2 = mkstemp(again);

	(void)state;
	assert_true(fd >= 0 && fd2 >= 0);
	close(fd);
	close(fd2);
	assert_non_null(sample_view(7, LANG_ID, &other));
	assert_true(ui_show(ui, &other, &e) > 0);
	assert_int_equal(ui_save_png(ui, path, &e), 0);
	assert_true(ui_show(ui, &home, &e) > 0);
	ui_blank(ui, true);
	assert_true(ui_show(ui, &other, &e) >= 0);
	ui_blank(ui, false);
	assert_int_equal(ui_save_png(ui, again, &e), 0);
	snprintf(command, sizeof(command), "cmp -s %s %s", path, again);
	assert_int_equal(system(command), 0);
	unlink(path);
	unlink(again);
	assert_true(ui_show(ui, &home, &e) > 0);
}

static void test_a_palm_beside_the_finger_does_nothing(void **state)
{
	(void)state;
	finger(SDL_FINGERDOWN, 1, key_x, key_y);
	finger(SDL_FINGERDOWN, 2, 0.5F, 0.5F);
	finger(SDL_FINGERMOTION, 2, 0.6F, 0.5F);
	finger(SDL_FINGERUP, 2, 0.6F, 0.5F);
	assert_int_equal(next_event().kind, UI_NONE);
	finger(SDL_FINGERUP, 1, key_x, key_y);
	assert_int_equal(next_event().kind, UI_ACTION);
}

static void test_it_is_lit_once_a_picture_was_shown(void **state)
{
	(void)state;
	assert_true(ui_lit(ui));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_button_gives_its_action),
	    cmocka_unit_test(test_blank_is_black),
	    cmocka_unit_test(
		test_a_touch_lights_a_dark_screen_and_does_nothing_else),
	    cmocka_unit_test(
		test_another_finger_acts_while_the_waking_one_lies_there),
	    cmocka_unit_test(test_a_move_or_a_release_lights_nothing),
	    cmocka_unit_test(
		test_what_changed_in_the_dark_is_shown_when_it_is_lit),
	    cmocka_unit_test(test_a_palm_beside_the_finger_does_nothing),
	    cmocka_unit_test(test_it_is_lit_once_a_picture_was_shown),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
