/*
 * ui-bench pictures DIR: every screen on every panel in both languages.
 * ui-bench figures: what drawing costs.
 */
#include "ui/turn.h"
#include "ui_screens.h"

#include <SDL.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double read_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double now_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

static int fail(const struct err *e)
{
	fprintf(stderr, "ui-bench: %s\n", e->text);
	return 1;
}

static struct ui_config config_of(const struct panel *p)
{
	return (struct ui_config){.width_px = p->width_px,
	    .height_px = p->height_px,
	    .diagonal_tenth_inch = p->diagonal};
}

static int save(struct ui *u, const struct panel *p, const char *dir,
    const char *name, enum lang lang, struct err *e)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%dx%d-%d-%s-%s.png", dir, p->width_px,
	    p->height_px, p->diagonal, name, lang == LANG_ID ? "id" : "en");
	return ui_save_png(u, path, e);
}

static int kiosk_pictures(struct ui *u, const struct panel *p, const char *dir,
    enum lang lang, struct err *e)
{
	struct view v;
	const char *name;
	int r = 0;

	for (int n = 0; (name = sample_view(n, lang, &v)) != NULL; n++) {
		if (ui_show(u, &v, e) < 0)
			return -1;
		r = save(u, p, dir, name, lang, e);
		if (r < 0)
			return r;
	}
	return r;
}

static int gate_pictures(struct ui *u, const struct panel *p, const char *dir,
    enum lang lang, struct err *e)
{
	struct gate_view v;
	const char *name;
	int r = 0;

	for (int n = 0; (name = sample_gate_view(n, lang, &v)) != NULL; n++) {
		if (ui_show_gate(u, &v, e) < 0)
			return -1;
		r = save(u, p, dir, name, lang, e);
		if (r < 0)
			return r;
	}
	return r;
}

static int tech_pictures(struct ui *u, const struct panel *p, const char *dir,
    enum lang lang, struct err *e)
{
	struct tech_view v;
	const char *name;
	int r = 0;

	for (int n = 0; (name = sample_tech_view(n, lang, &v)) != NULL; n++) {
		if (ui_show_tech(u, &v, e) < 0)
			return -1;
		r = save(u, p, dir, name, lang, e);
		if (r < 0)
			return r;
	}
	return r;
}

/* As many pixels give the same picture, whatever they measure. */
static bool drawn_before(int panel)
{
	for (int i = 0; i < panel; i++) {
		if (sample_panels[i].width_px ==
			sample_panels[panel].width_px &&
		    sample_panels[i].height_px ==
			sample_panels[panel].height_px)
			return true;
	}
	return false;
}

/* Every screen; drawn before: of a kiosk alone. */
static int panel_pictures(struct ui *u, int panel, const char *dir,
    enum lang lang, struct err *e)
{
	const struct panel *p = &sample_panels[panel];
	int r = kiosk_pictures(u, p, dir, lang, e);

	if (r < 0 || drawn_before(panel))
		return r;
	r = gate_pictures(u, p, dir, lang, e);
	return r < 0 ? r : tech_pictures(u, p, dir, lang, e);
}

/* Of one language: two processes have a core each. */
static int pictures(const char *dir, enum lang lang)
{
	struct err e = {0};

	for (int i = 0; i < sample_panel_count; i++) {
		const struct panel *p = &sample_panels[i];
		struct ui_config c = config_of(p);
		struct ui *u;

		if (ui_open(&c, &u, &e) < 0)
			return fail(&e);
		if (panel_pictures(u, i, dir, lang, &e) < 0)
			return fail(&e);
		ui_close(u);
	}
	return 0;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

enum { ROUNDS = 101 };

/* Median milliseconds of showing a and b in turn: of the wall, the X server
 * included, or of our own CPU. */
static double median(struct ui *u, const struct view *a, const struct view *b,
    clockid_t clock)
{
	static double ms[ROUNDS];
	struct err e = {0};

	for (int i = 0; i < ROUNDS; i++) {
		double from = read_ms(clock);

		if (ui_show(u, i % 2 == 0 ? a : b, &e) < 0)
			exit(fail(&e));
		ms[i] = read_ms(clock) - from;
	}
	qsort(ms, ROUNDS, sizeof(ms[0]), by_size);
	return ms[ROUNDS / 2];
}

/* Median milliseconds in which SDL and the X server show that many pixels of
 * a window of the same size, with nothing drawn: the floor of any picture. */
static double bare_present(const struct panel *p, int64_t pixels)
{
	static double ms[ROUNDS];
	const SDL_Rect r = {0, 0, 178, (int)(pixels / 178)};
	SDL_Window *w = SDL_CreateWindow("bare", 0, 0, p->width_px,
	    p->height_px, SDL_WINDOW_BORDERLESS);

	for (int i = 0; i < ROUNDS; i++) {
		SDL_Surface *s = w == NULL ? NULL : SDL_GetWindowSurface(w);
		double from = now_ms();

		if (s == NULL || SDL_UpdateWindowSurfaceRects(w, &r, 1) != 0) {
			fprintf(stderr, "ui-bench: %s\n", SDL_GetError());
			exit(1);
		}
		ms[i] = now_ms() - from;
	}
	SDL_DestroyWindow(w);
	qsort(ms, ROUNDS, sizeof(ms[0]), by_size);
	return ms[ROUNDS / 2];
}

/* Of a gate in turn ready and judging: each verdict covers the panel. */
static void gate_figures(struct ui *u)
{
	static double ms[ROUNDS];
	struct gate_view ready, shown;
	struct err e = {0};

	if (!sample_gate_named("gate-ready", LANG_ID, &ready) ||
	    !sample_gate_named("gate-open-with", LANG_ID, &shown))
		exit(1);
	for (int k = 0; k < 2; k++) {
		for (int i = 0; i < ROUNDS; i++) {
			double from;

			/* Each visitor has another number. */
			shown.session.ticket.number = (uint16_t)(1 + i);
			if (ui_show_gate(u, k == 0 ? &ready : &shown, &e) < 0)
				exit(fail(&e));
			from = now_ms();
			if (ui_show_gate(u, k == 0 ? &shown : &ready, &e) < 0)
				exit(fail(&e));
			ms[i] = now_ms() - from;
		}
		if (k == 0)
			printf("first verdict     %7.3f ms\n", ms[0]);
		qsort(ms, ROUNDS, sizeof(ms[0]), by_size);
		printf("%s %7.3f ms (goal 3)\n",
		    k == 0 ? "verdict shown    " : "gate ready       ",
		    ms[ROUNDS / 2]);
	}
}

/* Median milliseconds in which a part of the picture is turned onto a panel
 * that is plain memory. */
static double turn_ms(const struct panel *p, int degrees, struct rect part)
{
	static double ms[ROUNDS];
	const struct turn t = {p->width_px, p->height_px, degrees};
	size_t bytes = (size_t)p->width_px * (size_t)p->height_px * 4;
	struct picture from = {calloc(1, bytes), p->width_px};
	struct picture to = {calloc(1, bytes), 0};

	turn_panel(&t, &to.stride_px, &(int){0});
	if (from.px == NULL || to.px == NULL)
		exit(1);
	for (int i = 0; i < ROUNDS; i++) {
		double began = now_ms();

		turn_copy(&t, &from, part, &to);
		ms[i] = now_ms() - began;
	}
	free(from.px);
	free(to.px);
	qsort(ms, ROUNDS, sizeof(ms[0]), by_size);
	return ms[ROUNDS / 2];
}

static void turn_figures(const struct panel *p)
{
	const struct rect all = {0, 0, p->width_px, p->height_px};
	const struct rect key = {100, 1000, 178, 120};

	for (int degrees = 0; degrees < 360; degrees += 90)
		printf("turned by %-3d     %7.3f ms, one key %.4f ms\n",
		    degrees, turn_ms(p, degrees, all),
		    turn_ms(p, degrees, key));
}

static int figures(double started_ms)
{
	struct ui_config c = config_of(&sample_panels[0]);
	struct err e = {0};
	struct rusage usage;
	struct view a, b;
	double key, bare;
	int64_t pixels;
	struct ui *u;

	if (ui_open(&c, &u, &e) < 0)
		return fail(&e);
	(void)sample_view(0, LANG_ID, &a);
	if (ui_show(u, &a, &e) < 0)
		return fail(&e);
	printf("first frame       %7.2f ms (goal 100)\n",
	    now_ms() - started_ms);
	(void)sample_view(7, LANG_ID, &b);
	printf("full redraw       %7.3f ms (goal 3)\n",
	    median(u, &a, &b, CLOCK_MONOTONIC));
	a = b;
	a.session.typed[4] = 'X';
	key = median(u, &b, &a, CLOCK_MONOTONIC);
	pixels = ui_show(u, &a, &e);
	if (pixels <= 0)
		return fail(&e);
	bare = bare_present(&sample_panels[0], pixels);
	printf("one key shown     %7.3f ms, a bare present of its %d pixels"
	       " %.3f ms\n",
	    key, (int)pixels, bare);
	printf("one key           %7.3f ms (goal 0.1)\n", key - bare);
	printf("one key, CPU      %7.3f ms (goal 0.1)\n",
	    median(u, &b, &a, CLOCK_PROCESS_CPUTIME_ID));
	gate_figures(u);
	turn_figures(&sample_panels[0]);
	getrusage(RUSAGE_SELF, &usage);
	printf("peak RSS          %7.1f MB (goal 40)\n",
	    (double)usage.ru_maxrss / 1024);
	ui_close(u);
	return 0;
}

int main(int argc, char **argv)
{
	double started_ms = now_ms();
	struct err e = {0};

	if (text_init("build/locale", &e) < 0)
		return fail(&e);
	if (argc == 4 && strcmp(argv[1], "pictures") == 0)
		return pictures(argv[2],
		    strcmp(argv[3], "id") == 0 ? LANG_ID : LANG_EN);
	if (argc == 2 && strcmp(argv[1], "figures") == 0)
		return figures(started_ms);
	fprintf(stderr, "usage: ui-bench pictures DIR id|en | figures\n");
	return 2;
}
