/* A gate's screen in a window: what is redrawn, what a press gives, how the
 * layout names it. Under SDL's dummy display, with events as SDL has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/bench/ui_gate_screens.c"

#include <SDL.h>
#include <stdlib.h>
#include <unistd.h>

static struct ui *ui;
static char layout[32768];

static int setup(void **state)
{
	const struct ui_config c = {.width_px = 1024,
	    .height_px = 600,
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

static int64_t show(const struct gate_view *v)
{
	struct err e = {0};
	int64_t pixels = ui_show_gate(ui, v, &e);

	if (pixels < 0)
		fail_msg("%s", e.text);
	return pixels;
}

static struct gate_view view_of(const char *name)
{
	struct gate_view v;

	if (!sample_gate_named(name, LANG_ID, &v))
		fail_msg("there is no sample %s", name);
	return v;
}

static int64_t show_sample(const char *name)
{
	struct gate_view v = view_of(name);

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

/* The middle of the first thing of that kind. */
static struct point find(const char *kind)
{
	for (char *line = layout; *line != '\0';
	     line = strchr(line, '\n') + 1) {
		int x, y, w, h, action;
		char name[32];

		if (sscanf(line, "%d %d %d %d %31s %d", &x, &y, &w, &h, name,
			&action) == 6 &&
		    strcmp(name, kind) == 0)
			return (struct point){x + w / 2, y + h / 2};
	}
	fail_msg("%s is not in the layout:\n%s", kind, layout);
	return (struct point){0, 0};
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
		enum gate_press press;
	} cases[] = {
	    {"gate-ready", "gate-type", GATE_PRESS_TYPE},
	    {"gate-ready", "gate-way-out", GATE_PRESS_WAY_OUT},
	    {"gate-ready", "gate-list", GATE_PRESS_LIST},
	    {"gate-ready", "gate-lang", GATE_PRESS_LANG},
	    {"gate-ready-out", "gate-way-in", GATE_PRESS_WAY_IN},
	    {"gate-used", "gate-back", GATE_PRESS_BACK},
	    {"gate-keypad-whole", "gate-enter", GATE_PRESS_ENTER},
	    {"gate-compare", "gate-same", GATE_PRESS_SAME},
	    {"gate-compare", "gate-differs", GATE_PRESS_DIFFERS},
	    {"gate-compare", "gate-companion", GATE_PRESS_COMPANION},
	    {"gate-officer", "gate-unreadable", GATE_PRESS_UNREADABLE},
	    {"gate-officer", "gate-companion", GATE_PRESS_COMPANION},
	    {"gate-officer", "gate-emergency", GATE_PRESS_EMERGENCY},
	    {"gate-officer", "gate-order", GATE_PRESS_ORDER},
	    {"gate-officer", "gate-lost", GATE_PRESS_LOST},
	    {"gate-list", "gate-more", GATE_PRESS_MORE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ui_event ev;

		show_sample(cases[i].sample);
		dump();
		ev = press_at(find(cases[i].name));
		assert_int_equal(ev.kind, UI_PRESS);
		assert_int_equal(ev.press, cases[i].press);
		assert_int_equal(ev.action, ACTION_NONE);
		assert_int_equal(ev.symbol, '\0');
	}
}

static void test_keys_give_symbols(void **state)
{
	struct ui_event ev;

	(void)state;
	show_sample("gate-keypad");
	dump();
	ev = press_at(find("key")); /* the first of the rows: 1 */
	assert_int_equal(ev.kind, UI_SYMBOL);
	assert_int_equal(ev.symbol, '1');
	assert_int_equal(ev.press, GATE_PRESS_NONE);
}

static void test_sliding_off_cancels(void **state)
{
	struct point at, off = {512, 5};

	(void)state;
	show_sample("gate-compare");
	dump();
	at = find("gate-same");
	mouse(SDL_MOUSEBUTTONDOWN, at);
	mouse(SDL_MOUSEMOTION, off);
	mouse(SDL_MOUSEMOTION, at); /* back again does not count */
	mouse(SDL_MOUSEBUTTONUP, at);
	assert_int_equal(next_event().kind, UI_NONE);
}

/* What the finger went down on is gone when it comes up: the answer came in
 * between, and its screen has another button at that place. */
static void test_a_press_does_not_outlive_its_screen(void **state)
{
	struct point at;

	(void)state;
	show_sample("gate-compare");
	dump();
	at = find("gate-back");
	mouse(SDL_MOUSEBUTTONDOWN, at);
	assert_int_equal(next_event().kind, UI_NONE);
	show_sample("gate-officer");
	mouse(SDL_MOUSEBUTTONUP, at);
	assert_int_equal(next_event().kind, UI_NONE);
}

static void test_keyboards_do_nothing(void **state)
{
	SDL_Event ev;

	(void)state;
	show_sample("gate-compare");
	memset(&ev, 0, sizeof(ev));
	ev.type = SDL_KEYDOWN;
	ev.key.keysym.sym = SDLK_RETURN;
	ev.key.keysym.scancode = SDL_SCANCODE_RETURN;
	assert_int_equal(SDL_PushEvent(&ev), 1);
	assert_int_equal(next_event().kind, UI_NONE);
}

static void test_the_same_view_is_not_redrawn(void **state)
{
	struct gate_view v = view_of("gate-ready");

	(void)state;
	show(&v);
	assert_int_equal(show(&v), 0);
	v.session.deadline_ms = 12345; /* nothing of it is on the screen */
	assert_int_equal(show(&v), 0);
	v.inside++;
	assert_true(show(&v) > 0);
}

/* Nothing moves while a quick answer is awaited; and a verdict that is still
 * shown goes at once, before the next one's answer is known. */
static void test_looking_is_calm(void **state)
{
	struct gate_view v = view_of("gate-ready");

	(void)state;
	show(&v);
	v.session.state = GATE_LOOKING;
	assert_int_equal(show(&v), 0);
	v.session.state = GATE_ENTERING;
	assert_int_equal(show(&v), 0);
	v.slow = true;
	assert_true(show(&v) > 0);
	show_sample("gate-open");
	v = view_of("gate-open");
	v.session.state = GATE_LOOKING;
	assert_int_equal(show(&v), 1024 * 600);
	dump();
	assert_null(strstr(layout, "BOLEH"));
}

static void test_a_verdict_redraws_the_whole_panel(void **state)
{
	(void)state;
	show_sample("gate-ready");
	assert_int_equal(show_sample("gate-used"), 1024 * 600);
}

/* A right click is no finger. */
static void test_only_the_left_button_presses(void **state)
{
	SDL_Event ev;
	struct point at;

	(void)state;
	show_sample("gate-compare");
	dump();
	at = find("gate-same");
	for (int i = 0; i < 2; i++) {
		memset(&ev, 0, sizeof(ev));
		ev.type = i == 0 ? SDL_MOUSEBUTTONDOWN : SDL_MOUSEBUTTONUP;
		ev.button.button = SDL_BUTTON_RIGHT;
		ev.button.x = at.x;
		ev.button.y = at.y;
		assert_int_equal(SDL_PushEvent(&ev), 1);
	}
	assert_int_equal(next_event().kind, UI_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_press_is_named_and_given),
	    cmocka_unit_test(test_keys_give_symbols),
	    cmocka_unit_test(test_sliding_off_cancels),
	    cmocka_unit_test(test_a_press_does_not_outlive_its_screen),
	    cmocka_unit_test(test_keyboards_do_nothing),
	    cmocka_unit_test(test_the_same_view_is_not_redrawn),
	    cmocka_unit_test(test_looking_is_calm),
	    cmocka_unit_test(test_a_verdict_redraws_the_whole_panel),
	    cmocka_unit_test(test_only_the_left_button_presses),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
