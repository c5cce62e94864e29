/* A technician's screen in a window: what a press gives, how the layout names
 * it, what is redrawn, what stays behind. Under SDL's dummy display. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/bench/ui_tech_screens.c"

#include <SDL.h>
#include <png.h>
#include <stdlib.h>
#include <unistd.h>

enum { W = 1024, H = 600 };

static struct ui *ui;
static char layout[32768];

static int setup(void **state)
{
	const struct ui_config c = {.width_px = W,
	    .height_px = H,
	    .diagonal_tenth_inch = 101};
	struct err e = {0};

	(void)state;
	if (setenv("SDL_VIDEODRIVER", "dummy", 1) != 0 ||
	    text_init("build/locale", &e) < 0 || ui_open(&c, &ui, &e) < 0) {
		print_error("%s\n", e.text);
		return -1;
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ui_close(ui);
	return 0;
}

static int64_t show(const struct tech_view *v)
{
	struct err e = {0};
	int64_t pixels = ui_show_tech(ui, v, &e);

	if (pixels < 0)
		fail_msg("%s", e.text);
	return pixels;
}

static struct tech_view view_of(const char *name)
{
	struct tech_view v;

	if (!sample_tech_named(name, LANG_ID, &v))
		fail_msg("there is no sample %s", name);
	return v;
}

static int64_t show_sample(const char *name)
{
	struct tech_view v = view_of(name);

	return show(&v);
}

static void dump(void)
{
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
}

struct point {
	int x, y;
};

/* The middle of the first thing of that kind, with that text if one is
 * given. */
static struct point find_text(const char *kind, const char *text)
{
	for (char *line = layout; *line != '\0';
	     line = strchr(line, '\n') + 1) {
		int x, y, w, h, action, at = 0;
		char name[32];

		if (sscanf(line, "%d %d %d %d %31s %d %n", &x, &y, &w, &h, name,
			&action, &at) == 6 &&
		    strcmp(name, kind) == 0 &&
		    (text == NULL ||
			strncmp(line + at, text, strlen(text)) == 0))
			return (struct point){x + w / 2, y + h / 2};
	}
	fail_msg("%s is not in the layout:\n%s", kind, layout);
	return (struct point){0, 0};
}

static struct point find(const char *kind)
{
	return find_text(kind, NULL);
}

static void mouse(Uint32 type, struct point at)
{
	SDL_Event ev;

	memset(&ev, 0, sizeof(ev));
	ev.type = type;
	if (type == SDL_MOUSEMOTION) {
		ev.motion.x = at.x;
		ev.motion.y = at.y;
	} else {
		ev.button.button = SDL_BUTTON_LEFT;
		ev.button.x = at.x;
		ev.button.y = at.y;
	}
	assert_int_equal(SDL_PushEvent(&ev), 1);
}

static struct ui_event next_event(void)
{
	struct ui_event ev;

	/* SDL ends a poll where it last asked the display, even when events
	 * were pushed behind. */
	for (int i = 0; i < 3; i++) {
		if (ui_next_event(ui, &ev))
			return ev;
	}
	memset(&ev, 0, sizeof(ev));
	return ev;
}

static struct ui_event press_at(struct point at)
{
	mouse(SDL_MOUSEBUTTONDOWN, at);
	mouse(SDL_MOUSEBUTTONUP, at);
	return next_event();
}

static void test_a_press_is_named_and_given(void **state)
{
	static const struct {
		const char *sample, *name;
		enum tech_press press;
	} cases[] = {
	    {"tech-bare", "tech-begin", TECH_PRESS_BEGIN},
	    {"tech-pin-all", "tech-enter", TECH_PRESS_ENTER},
	    {"tech-menu", "tech-back", TECH_PRESS_BACK},
	    {"tech-menu", "tech-lang", TECH_PRESS_LANG},
	    {"tech-menu", "tech-status", TECH_PRESS_STATUS},
	    {"tech-menu", "tech-print", TECH_PRESS_PRINT},
	    {"tech-menu", "tech-touch", TECH_PRESS_TOUCH},
	    {"tech-menu", "tech-scanner", TECH_PRESS_SCANNER},
	    {"tech-menu", "tech-sync", TECH_PRESS_SYNC},
	    {"tech-menu", "tech-update", TECH_PRESS_UPDATE},
	    {"tech-menu", "tech-export", TECH_PRESS_EXPORT},
	    {"tech-menu", "tech-setup", TECH_PRESS_SETUP},
	    {"tech-menu", "tech-selftest", TECH_PRESS_SELFTEST},
	    {"tech-menu", "tech-cleaning", TECH_PRESS_CLEANING},
	    {"tech-menu", "tech-screen", TECH_PRESS_SCREEN},
	    {"tech-menu", "tech-clock", TECH_PRESS_CLOCK},
	    {"tech-menu", "tech-power", TECH_PRESS_POWER},
	    {"tech-status", "tech-more", TECH_PRESS_MORE},
	    {"tech-print", "tech-start", TECH_PRESS_START},
	    {"tech-update-offered", "tech-confirm", TECH_PRESS_CONFIRM},
	    {"tech-update-copying", "tech-cancel", TECH_PRESS_CANCEL},
	    {"tech-update-ready", "tech-restart", TECH_PRESS_RESTART},
	    {"tech-power", "tech-power-off", TECH_PRESS_POWER_OFF},
	    {"tech-screen", "tech-brighter", TECH_PRESS_BRIGHTER},
	    {"tech-screen", "tech-darker", TECH_PRESS_DARKER},
	    {"tech-screen", "tech-softer", TECH_PRESS_SOFTER},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ui_event ev;

		show_sample(cases[i].sample);
		dump();
		ev = press_at(find(cases[i].name));
		assert_int_equal(ev.kind, UI_TECH);
		assert_int_equal(ev.tech, cases[i].press);
		assert_int_equal(ev.action, ACTION_NONE);
		assert_int_equal(ev.press, GATE_PRESS_NONE);
		assert_int_equal(ev.symbol, '\0');
	}
}

static void test_digits_are_symbols(void **state)
{
	struct ui_event ev;

	(void)state;
	show_sample("tech-pin");
	dump();
	ev = press_at(find_text("key", "7"));
	assert_int_equal(ev.kind, UI_SYMBOL);
	assert_int_equal(ev.symbol, '7');
	ev = press_at(find_text("key", "erase"));
	assert_int_equal(ev.kind, UI_ERASE);
}

/* A target is a symbol; what is beside all of them is a miss. */
static void test_the_touch_test_knows_hits_and_misses(void **state)
{
	struct ui_event ev;

	(void)state;
	show_sample("tech-touch");
	dump();
	ev = press_at(find_text("key", "4"));
	assert_int_equal(ev.kind, UI_SYMBOL);
	assert_int_equal(ev.symbol, '4');
	ev = press_at((struct point){W / 4, H / 4});
	assert_int_equal(ev.kind, UI_TECH);
	assert_int_equal(ev.tech, TECH_PRESS_MISS);
	ev = press_at((struct point){W - 1, 0}); /* the last pixel: target 3 */
	assert_int_equal(ev.symbol, '3');
}

static void test_a_dead_screen_gives_nothing(void **state)
{
	(void)state;
	show_sample("tech-cleaning");
	for (int x = 10; x < W; x += 100)
		for (int y = 10; y < H; y += 100)
			assert_int_equal(press_at((struct point){x, y}).kind,
			    UI_NONE);
}

/* The offer came up while the finger was down on "look". */
static void test_a_press_does_not_outlive_its_button(void **state)
{
	struct point at;

	(void)state;
	show_sample("tech-update");
	dump();
	at = find("tech-start");
	mouse(SDL_MOUSEBUTTONDOWN, at);
	assert_int_equal(next_event().kind, UI_NONE);
	show_sample("tech-update-offered");
	mouse(SDL_MOUSEBUTTONUP, at);
	assert_int_equal(next_event().kind, UI_NONE);
}

static void test_only_what_changes_is_redrawn(void **state)
{
	struct tech_view v = view_of("tech-update-copying");
	int64_t pixels;

	(void)state;
	show(&v);
	assert_int_equal(show(&v), 0);
	v.session.deadline_ms = 12345; /* nothing of it is on the screen */
	assert_int_equal(show(&v), 0);
	v.session.report.done_bytes += 10000000;
	pixels = show(&v);
	assert_true(pixels > 0 && pixels < W * H / 4);
}

static struct view home_view(void)
{
	struct view home;

	memset(&home, 0, sizeof(home));
	home.session.state = SESSION_HOME;
	home.home = HOME_OPEN;
	home.code = code_profile_own();
	snprintf(home.office, sizeof(home.office), "Kantor");
	return home;
}

/* A technician's palm on a button that is gone: a visitor's finger counts. */
static void test_a_finger_left_on_the_glass_holds_nobody_up(void **state)
{
	struct view home = home_view();
	struct point help = {0, 0};
	struct err e = {0};
	SDL_Event ev;

	(void)state;
	assert_true(ui_show(ui, &home, &e) > 0);
	show_sample("tech-menu");
	dump();
	mouse(SDL_MOUSEBUTTONDOWN, find("tech-status"));
	assert_int_equal(next_event().kind, UI_NONE);
	assert_true(ui_show(ui, &home, &e) > 0);
	dump();
	for (char *line = layout; *line != '\0' && help.x == 0;
	     line = strchr(line, '\n') + 1) {
		int x, y, w, h, action;

		if (sscanf(line, "%d %d %d %d %*s %d", &x, &y, &w, &h,
			&action) == 5 &&
		    action == ACTION_HELP)
			help = (struct point){x + w / 2, y + h / 2};
	}
	assert_true(help.x > 0);
	memset(&ev, 0, sizeof(ev));
	ev.tfinger.fingerId = 7;
	ev.tfinger.x = (float)help.x / (float)W;
	ev.tfinger.y = (float)help.y / (float)H;
	ev.type = SDL_FINGERDOWN;
	assert_int_equal(SDL_PushEvent(&ev), 1);
	ev.type = SDL_FINGERUP;
	assert_int_equal(SDL_PushEvent(&ev), 1);
	assert_int_equal(next_event().action, ACTION_HELP);
	mouse(SDL_MOUSEBUTTONUP, help);
	assert_int_equal(next_event().kind, UI_NONE);
	show_sample("tech-menu");
}

/* Coming from a visitor's screen and going back draw everything, and the
 * layout is the other's. */
static void test_the_visitors_screen_comes_back(void **state)
{
	struct tech_view v = view_of("tech-menu");
	struct view home = home_view();
	struct err e = {0};

	(void)state;
	assert_true(ui_show(ui, &home, &e) == W * H);
	assert_true(show(&v) == W * H);
	dump();
	assert_non_null(strstr(layout, "tech-status"));
	assert_true(ui_show(ui, &home, &e) == W * H);
	dump();
	assert_null(strstr(layout, "tech-"));
	assert_null(strstr(layout, "Teknisi"));
	assert_null(strstr(layout, "teknisi"));
}

static uint8_t *picture(void)
{
	char path[] = "/tmp/karcis-picture-XXXXXX";
	png_image image = {.version = PNG_IMAGE_VERSION};
	int fd = mkstemp(path);
	struct err e = {0};
	uint8_t *rgb;

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(ui_save_png(ui, path, &e), 0);
	assert_int_not_equal(png_image_begin_read_from_file(&image, path), 0);
	image.format = PNG_FORMAT_RGB;
	rgb = malloc(PNG_IMAGE_SIZE(image));
	assert_non_null(rgb);
	assert_int_not_equal(png_image_finish_read(&image, NULL, rgb, 0, NULL),
	    0);
	unlink(path);
	return rgb;
}

/* Where the paper stands. */
static void paper_rect(int *x, int *y, int *w, int *h)
{
	for (char *line = layout; *line != '\0';
	     line = strchr(line, '\n') + 1) {
		char name[32];

		if (sscanf(line, "%d %d %d %d %31s", x, y, w, h, name) == 5 &&
		    strcmp(name, "paper") == 0)
			return;
	}
	fail_msg("no paper in:\n%s", layout);
}

/* Left half black, right half white: so is the picture, at its corners and
 * beside its middle; a checkered paper is grey. */
static void test_the_paper_is_drawn_smaller(void **state)
{
	enum { PW = 576, PH = 1152, STRIDE = PW / 8 };
	static uint8_t bits[STRIDE * PH];
	struct tech_view v = view_of("tech-print");
	int x, y, w, h;
	uint8_t *rgb;

	(void)state;
	for (int i = 0; i < STRIDE * PH; i++)
		bits[i] = i % STRIDE < STRIDE / 2 ? 0xFF : 0;
	v.paper = (struct tech_paper){PW, PH, STRIDE, 8, bits};
	show(&v);
	dump();
	paper_rect(&x, &y, &w, &h);
	assert_in_range(h, 2 * w - 4, 2 * w + 4); /* its shape is kept */
	rgb = picture();
#define AT(px, py) rgb[3 * ((py)*W + (px))]
	assert_int_equal(AT(x, y), 0);
	assert_int_equal(AT(x, y + h - 1), 0);
	assert_int_equal(AT(x + w / 2 - 2, y + h / 2), 0);
	assert_int_equal(AT(x + w / 2 + 2, y + h / 2), 255);
	assert_int_equal(AT(x + w - 1, y), 255);
	assert_int_equal(AT(x + w - 1, y + h - 1), 255);
	free(rgb);
	for (int i = 0; i < STRIDE * PH; i++)
		bits[i] = i / STRIDE % 2 == 0 ? 0xAA : 0x55;
	v.paper.serial++;
	assert_true(show(&v) > 0);
	rgb = picture();
	assert_in_range(AT(x + w / 2, y + h / 2), 85, 170);
#undef AT
	free(rgb);
}

/* A paper that is smaller than its place is drawn, too. */
static void test_a_tiny_paper_is_drawn_larger(void **state)
{
	static const uint8_t bits[2] = {0x80, 0x00};
	struct tech_view v = view_of("tech-print");
	int x, y, w, h;
	uint8_t *rgb;

	(void)state;
	v.paper = (struct tech_paper){8, 2, 1, 9, bits};
	show(&v);
	dump();
	paper_rect(&x, &y, &w, &h);
	rgb = picture();
	assert_int_equal(rgb[3 * (y * W + x)], 0);
	assert_int_equal(rgb[3 * ((y + h - 1) * W + x)], 255);
	assert_int_equal(rgb[3 * (y * W + x + w - 1)], 255);
	free(rgb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_press_is_named_and_given),
	    cmocka_unit_test(test_digits_are_symbols),
	    cmocka_unit_test(test_the_touch_test_knows_hits_and_misses),
	    cmocka_unit_test(test_a_dead_screen_gives_nothing),
	    cmocka_unit_test(test_a_press_does_not_outlive_its_button),
	    cmocka_unit_test(test_only_what_changes_is_redrawn),
	    cmocka_unit_test(test_a_finger_left_on_the_glass_holds_nobody_up),
	    cmocka_unit_test(test_the_visitors_screen_comes_back),
	    cmocka_unit_test(test_the_paper_is_drawn_smaller),
	    cmocka_unit_test(test_a_tiny_paper_is_drawn_larger),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
