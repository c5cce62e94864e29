/* The screen through DRM, on an emulated card: turning, damage, screens that
 * come, go and do not fit, power saving. */
#define _GNU_SOURCE /* RTLD_NEXT, nftw */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "test_drm.h"
#include "ui/presenter.h"

#include <dirent.h>

enum { W = 45, H = 70, WAIT_MS = 10000 };

static struct presenter *screen;
static uint32_t upright[W * H];

static struct drm_config config_of(int rotate)
{
	return (struct drm_config){.width_px = W,
	    .height_px = H,
	    .rotate = rotate,
	    .touch = "/dev/no-touch-screen",
	    .dir = card_dir,
	    .backlight_dir = "/nonexistent"};
}

static void open_screen(int rotate)
{
	struct drm_config c = config_of(rotate);
	struct err e = {0};

	if (drm_presenter_open(&c, &screen, &e) != 0)
		fail_msg("%s", e.text);
}

static int setup(void **state)
{
	screen = NULL;
	if (card_setup(state) != 0)
		return -1;
	card_mode(0, W, H);
	return 0;
}

static int teardown(void **state)
{
	if (screen != NULL)
		screen->ops->close(screen);
	screen = NULL;
	return card_teardown(state);
}

/* Every pixel another colour. */
static void fill(uint32_t seed)
{
	for (uint32_t i = 0; i < W * H; i++)
		upright[i] = (i * 2654435761U + seed) & 0xFFFFFF;
}

static void paint(struct rect r)
{
	struct picture p;
	struct err e = {0};

	assert_int_equal(screen->ops->picture(screen, &p, &e), 0);
	for (int y = r.y; y < r.y + r.h; y++)
		memcpy(p.px + y * p.stride_px + r.x, upright + y * W + r.x,
		    (size_t)r.w * 4);
	assert_int_equal(screen->ops->present(screen, &r, 1, &e), 0);
}

static void paint_all(uint32_t seed)
{
	fill(seed);
	paint((struct rect){0, 0, W, H});
}

/* Serves the presenter until the screen is lit; false = it stays dark. */
static bool comes_up(void)
{
	struct timespec from, now;
	struct input in;

	clock_gettime(CLOCK_MONOTONIC, &from);
	do {
		struct pollfd p = {screen->ops->fd(screen), POLLIN, 0};

		if (poll(&p, 1, 100) > 0)
			assert_false(screen->ops->next(screen, &in));
		if (screen->ops->lit(screen))
			return true;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - from.tv_sec) * 1000 < WAIT_MS);
	return false;
}

static bool said(int code, const char *part)
{
	struct err e;

	while (screen->ops->note(screen, &e))
		if (e.code == code && strstr(e.text, part) != NULL)
			return true;
	return false;
}

static void test_the_panel_shows_the_picture_turned(void **state)
{
	static const int degrees[] = {0, 90, 180, 270};

	for (size_t i = 0; i < 4; i++) {
		bool side = degrees[i] % 180 != 0;

		card_mode(0, side ? H : W, side ? W : H);
		open_screen(degrees[i]);
		paint_all((uint32_t)i);
		assert_true(card_shows(upright, W, H, degrees[i]));
		screen->ops->close(screen);
		screen = NULL;
	}
	(void)state;
}

/* Where the picture's upper left corner comes to lie, by hand: a panel of
 * 70x45 for the turns to the side. */
static void test_a_turn_is_clockwise(void **state)
{
	static const struct {
		int degrees, x, y;
	} corner[] = {{0, 0, 0}, {90, 69, 0}, {180, 44, 69}, {270, 0, 44}};
	int w, h;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		bool side = corner[i].degrees % 180 != 0;
		uint32_t *px;

		card_mode(0, side ? H : W, side ? W : H);
		open_screen(corner[i].degrees);
		fill(0);
		memset(upright, 0, sizeof(upright));
		upright[0] = 0xABCDEF;
		paint((struct rect){0, 0, W, H});
		px = card_screen(&w, &h);
		assert_non_null(px);
		assert_int_equal(px[corner[i].y * w + corner[i].x], 0xABCDEF);
		free(px);
		screen->ops->close(screen);
		screen = NULL;
	}
}

static void test_what_changed_is_enough(void **state)
{
	static const struct rect parts[] = {{0, 0, 1, 1}, {44, 69, 1, 1},
	    {3, 5, 33, 40}, {7, 0, 2, 70}, {0, 30, 45, 1}};

	(void)state;
	for (int degrees = 0; degrees < 360; degrees += 90) {
		bool side = degrees % 180 != 0;

		card_mode(0, side ? H : W, side ? W : H);
		open_screen(degrees);
		paint_all(1);
		for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
			uint32_t before[W * H];

			memcpy(before, upright, sizeof(before));
			fill((uint32_t)(degrees + 100 * (int)i));
			paint(parts[i]);
			/* Only there. */
			for (int y = 0; y < H; y++)
				for (int x = 0; x < W; x++)
					if (x < parts[i].x || y < parts[i].y ||
					    x >= parts[i].x + parts[i].w ||
					    y >= parts[i].y + parts[i].h)
						upright[y * W + x] =
						    before[y * W + x];
			assert_true(card_shows(upright, W, H, degrees));
		}
		screen->ops->close(screen);
		screen = NULL;
	}
}

/* {x 3, y 5, 10 wide, 20 high} of 45x70, by hand. */
static void test_the_card_is_told_what_changed_in_its_own_pixels(void **state)
{
	static const struct {
		int degrees;
		uint16_t part[4];
	} cases[] = {{0, {3, 5, 13, 25}}, {90, {45, 3, 65, 13}},
	    {180, {32, 45, 42, 65}}, {270, {5, 32, 25, 42}}};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		bool side = cases[i].degrees % 180 != 0;

		card_mode(0, side ? H : W, side ? W : H);
		open_screen(cases[i].degrees);
		paint_all(1);
		paint((struct rect){3, 5, 10, 20});
		assert_int_equal(card->parts, 1);
		assert_memory_equal(card->part[0], cases[i].part, 8);
		screen->ops->close(screen);
		screen = NULL;
	}
}

static void test_nothing_is_shown_before_the_first_picture(void **state)
{
	(void)state;
	open_screen(0);
	assert_int_equal(card->shows, 0);
	assert_false(screen->ops->lit(screen));
	paint_all(1);
	assert_int_equal(card->shows, 1);
	assert_true(screen->ops->lit(screen));
	assert_true(said(0, "HDMI-A-1 shows"));
	paint_all(2);
	assert_int_equal(card->shows, 1);
}

static void test_a_card_that_needs_no_telling_is_told_once(void **state)
{
	static const int why[] = {ENOSYS, EINVAL, EOPNOTSUPP};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(why); i++) {
		card->dirty_fails = why[i];
		card->dirties = 0;
		open_screen(0);
		paint_all(1);
		paint_all(2);
		assert_int_equal(card->dirties, 1);
		assert_true(screen->ops->lit(screen));
		assert_true(card_shows(upright, W, H, 0));
		screen->ops->close(screen);
		screen = NULL;
	}
}

static void test_a_card_that_fails_is_taken_anew(void **state)
{
	(void)state;
	open_screen(0);
	paint_all(1);
	card->dirty_fails = EIO;
	paint_all(2);
	assert_false(screen->ops->lit(screen));
	assert_true(said(-EIO, "cannot be shown"));
	card->dirty_fails = 0;
	assert_true(comes_up());
	assert_true(card_shows(upright, W, H, 0));
}

static void test_a_mode_that_cannot_be_set_is_no_end(void **state)
{
	(void)state;
	open_screen(0);
	card->show_fails = ENOSPC;
	paint_all(1);
	assert_false(screen->ops->lit(screen));
	assert_true(said(-ENOSPC, "mode cannot be set"));
	card->show_fails = 0;
	assert_true(comes_up());
	assert_true(card_shows(upright, W, H, 0));
}

/* Serves the presenter for so long; how often a text was said. */
static int said_within(int ms, const char *part)
{
	struct timespec from, now;
	struct input in;
	struct err e;
	int n = 0;

	clock_gettime(CLOCK_MONOTONIC, &from);
	do {
		struct pollfd p = {screen->ops->fd(screen), POLLIN, 0};

		if (poll(&p, 1, 20) > 0)
			assert_false(screen->ops->next(screen, &in));
		while (screen->ops->note(screen, &e))
			n += strstr(e.text, part) != NULL;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - from.tv_sec) * 1000 +
		(now.tv_nsec - from.tv_nsec) / 1000000 <
	    ms);
	return n;
}

static void test_trouble_that_stays_is_said_once(void **state)
{
	(void)state;
	card->show_fails = ENOSPC;
	open_screen(0);
	paint_all(1);
	assert_int_equal(said_within(1000, "mode cannot be set"), 1);
	card->show_fails = 0;
	card->dirty_fails = EIO;
	assert_int_equal(said_within(3000, "cannot be shown"), 1);
	assert_int_equal(said_within(1000, ""), 0);
	card->dirty_fails = 0;
	assert_true(comes_up());
	assert_true(said(0, "HDMI-A-1 shows"));
	/* Good in between, it is news again. */
	card->dirty_fails = EIO;
	paint_all(2);
	assert_true(said(-EIO, "cannot be shown"));
}

/* After 0.2, 0.6, 1.4 and 3.0 s: four times, where five times a second would
 * wake the machine all night. */
static void test_a_card_that_keeps_failing_is_asked_less_and_less(void **state)
{
	uint32_t before;

	(void)state;
	card->show_fails = ENOSPC;
	open_screen(0);
	paint_all(1);
	before = card->probes;
	said_within(3500, "");
	assert_in_range(card->probes - before, 1, 4);
}

static void test_a_screen_that_is_not_there_yet_is_taken_when_it_comes(
    void **state)
{
	(void)state;
	card->connected = 0;
	open_screen(0);
	assert_true(said(-ENODEV, "no monitor is connected"));
	paint_all(1);
	paint_all(2);
	assert_false(screen->ops->lit(screen));
	card->connected = 1;
	assert_true(comes_up());
	assert_true(card_shows(upright, W, H, 0));
}

static void test_a_card_that_is_not_there_yet_is_taken_when_it_comes(
    void **state)
{
	char here[96], there[96];

	(void)state;
	snprintf(here, sizeof(here), "%s/card0", card_dir);
	snprintf(there, sizeof(there), "%s/none", card_dir);
	assert_int_equal(rename(here, there), 0);
	open_screen(0);
	assert_true(said(-ENXIO, "there is no card"));
	paint_all(1);
	assert_int_equal(rename(there, here), 0);
	assert_true(comes_up());
	assert_true(card_shows(upright, W, H, 0));
}

static void test_a_card_that_went_away_is_taken_when_it_is_back(void **state)
{
	(void)state;
	open_screen(0);
	paint_all(1);
	card->gone = 1;
	paint_all(2);
	assert_false(screen->ops->lit(screen));
	paint_all(3);
	card->gone = 0;
	assert_true(comes_up());
	assert_true(card_shows(upright, W, H, 0));
}

static int open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static void test_cards_that_come_and_go_leave_nothing_behind(void **state)
{
	int before, used = 0;

	(void)state;
	open_screen(0);
	paint_all(1);
	before = open_files();
	for (uint32_t i = 0; i < 5; i++) {
		card->dirty_fails = i % 2 == 0 ? ENODEV : 0;
		card->gone = i % 2;
		paint_all(i);
		assert_false(screen->ops->lit(screen));
		card->gone = 0;
		card->dirty_fails = 0;
		assert_true(comes_up());
	}
	assert_int_equal(open_files(), before);
	for (int i = 0; i < FAKE_BUFFERS; i++)
		used += card->buffer[i].used != 0;
	assert_int_equal(used, 1);
}

static void test_a_card_of_another_program_is_waited_for(void **state)
{
	(void)state;
	/* The test itself, by a descriptor it does not have. */
	card->master = (int64_t)getpid() << 16 | 1000;
	card->opener[0].key = card->master;
	open_screen(0);
	assert_true(said(-EBUSY, "another program holds"));
	paint_all(1);
	assert_int_equal(card->shows, 0);
	card->master = 0;
	assert_true(comes_up());
	assert_true(card_shows(upright, W, H, 0));
}

static void test_a_monitor_is_asked_when_its_modes_are_not_known(void **state)
{
	(void)state;
	card->unprobed = 1;
	open_screen(0);
	paint_all(1);
	assert_int_equal(card->probes, 1);
	assert_true(card_shows(upright, W, H, 0));
}

static void test_known_modes_are_not_asked_for_again(void **state)
{
	(void)state;
	open_screen(0);
	assert_int_equal(card->probes, 0);
}

static void test_a_size_the_monitor_has_not_is_refused(void **state)
{
	static const int sizes[][2] = {{W - 1, H}, {W, H - 1}, {W + 1, H},
	    {W, H + 1}, {H, W}};
	struct drm_config c = config_of(0);
	struct err e = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		card_mode(0, sizes[i][0], sizes[i][1]);
		assert_int_equal(drm_presenter_open(&c, &screen, &e), -ERANGE);
		assert_null(screen);
	}
	assert_string_equal(e.text,
	    "screen: HDMI-A-1 has no mode of 45x70, which screen.size and "
	    "screen.rotate ask for; its own is 70x45");
}

/* Some boards claim a built-in panel that is not there. */
static void test_a_monitor_with_the_mode_is_taken_over_one_without(void **state)
{
	struct drm_config c = config_of(0);
	struct err e = {0};

	(void)state;
	card->phantom = 1;
	open_screen(0);
	paint_all(1);
	assert_true(card_shows(upright, W, H, 0));
	assert_true(said(0, "HDMI-A-1 shows"));
	screen->ops->close(screen);
	screen = NULL;
	/* Where none has it, the first is named. */
	card_mode(0, W, H + 1);
	assert_int_equal(drm_presenter_open(&c, &screen, &e), -ERANGE);
	assert_non_null(strstr(e.text, "LVDS-1 has no mode of 45x70"));
	/* Alone it is one of another size, not none at all. */
	card->connected = 0;
	assert_int_equal(drm_presenter_open(&c, &screen, &e), -ERANGE);
}

static void test_a_mode_that_fits_is_chosen_over_the_preferred_one(void **state)
{
	(void)state;
	card->mode_count = 3;
	card_mode(0, 640, 480);
	card->mode[0].preferred = 1;
	card_mode(1, W, H);
	card->mode[1].interlaced = 1;
	card_mode(2, W, H);
	open_screen(0);
	paint_all(1);
	assert_true(card_shows(upright, W, H, 0));
}

static void test_an_interlaced_mode_does_not_fit(void **state)
{
	struct drm_config c = config_of(0);
	struct err e = {0};

	(void)state;
	card->mode[0].interlaced = 1;
	assert_int_equal(drm_presenter_open(&c, &screen, &e), -ERANGE);
}

static bool is_black(void)
{
	int w, h;
	uint32_t *px = card_screen(&w, &h);
	bool black = px != NULL;

	for (int i = 0; black && i < w * h; i++)
		black = (px[i] & 0xFFFFFF) == 0;
	free(px);
	return black;
}

static void test_blank_is_black_and_saves_power(void **state)
{
	(void)state;
	open_screen(0);
	paint_all(1);
	screen->ops->blank(screen, true);
	assert_true(is_black());
	assert_int_equal(card->power_off, 1);
	paint_all(2);
	assert_true(is_black());
	assert_int_equal(card->power_off, 1);
	screen->ops->blank(screen, false);
	assert_int_equal(card->power_off, 0);
	assert_true(card_shows(upright, W, H, 0));
}

static void test_without_power_saving_blank_is_black(void **state)
{
	(void)state;
	card->no_power = 1;
	open_screen(0);
	paint_all(1);
	screen->ops->blank(screen, true);
	assert_true(is_black());
	screen->ops->blank(screen, false);
	assert_true(card_shows(upright, W, H, 0));
}

static void test_a_screen_that_comes_in_the_dark_stays_dark(void **state)
{
	(void)state;
	card->connected = 0;
	open_screen(0);
	screen->ops->blank(screen, true);
	paint_all(1);
	card->connected = 1;
	assert_true(comes_up());
	assert_true(is_black());
	assert_int_equal(card->power_off, 1);
	screen->ops->blank(screen, false);
	assert_true(card_shows(upright, W, H, 0));
}

/* What another program left on the screen does not stay for the night. */
static void test_a_first_picture_in_the_dark_takes_the_screen(void **state)
{
	(void)state;
	open_screen(0);
	screen->ops->blank(screen, true);
	assert_int_equal(card->shows, 0);
	paint_all(1);
	assert_true(screen->ops->lit(screen));
	assert_true(is_black());
	assert_int_equal(card->power_off, 1);
	screen->ops->blank(screen, false);
	assert_int_equal(card->power_off, 0);
	assert_true(card_shows(upright, W, H, 0));
}

static void test_the_end_gives_everything_back(void **state)
{
	(void)state;
	open_screen(0);
	paint_all(1);
	screen->ops->close(screen);
	screen = NULL;
	for (int i = 0; i < FAKE_BUFFERS; i++)
		assert_int_equal(card->buffer[i].used, 0);
	assert_int_equal(card->master, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	    TEST(test_the_panel_shows_the_picture_turned),
	    TEST(test_a_turn_is_clockwise),
	    TEST(test_what_changed_is_enough),
	    TEST(test_the_card_is_told_what_changed_in_its_own_pixels),
	    TEST(test_nothing_is_shown_before_the_first_picture),
	    TEST(test_a_card_that_needs_no_telling_is_told_once),
	    TEST(test_a_card_that_fails_is_taken_anew),
	    TEST(test_a_mode_that_cannot_be_set_is_no_end),
	    TEST(test_trouble_that_stays_is_said_once),
	    TEST(test_a_card_that_keeps_failing_is_asked_less_and_less),
	    TEST(test_a_screen_that_is_not_there_yet_is_taken_when_it_comes),
	    TEST(test_a_card_that_is_not_there_yet_is_taken_when_it_comes),
	    TEST(test_a_card_that_went_away_is_taken_when_it_is_back),
	    TEST(test_cards_that_come_and_go_leave_nothing_behind),
	    TEST(test_a_card_of_another_program_is_waited_for),
	    TEST(test_a_monitor_is_asked_when_its_modes_are_not_known),
	    TEST(test_known_modes_are_not_asked_for_again),
	    TEST(test_a_size_the_monitor_has_not_is_refused),
	    TEST(test_a_monitor_with_the_mode_is_taken_over_one_without),
	    TEST(test_a_mode_that_fits_is_chosen_over_the_preferred_one),
	    TEST(test_an_interlaced_mode_does_not_fit),
	    TEST(test_blank_is_black_and_saves_power),
	    TEST(test_without_power_saving_blank_is_black),
	    TEST(test_a_screen_that_comes_in_the_dark_stays_dark),
	    TEST(test_a_first_picture_in_the_dark_takes_the_screen),
	    TEST(test_the_end_gives_everything_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
