/*
 * karcis-splash: a picture from the moment there is a screen to the terminal's
 * first frame. It waits for a screen, shows the picture, and stops being the
 * card's master at once, so that karcis can become it without root; its buffer
 * stays on the screen until karcis shows its own, then it ends. Nothing is
 * black in between.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "firmware/core/config.h"
#include "log.h"
#include "ui/kms.h"
#include "ui/splash.h"
#include "ui/turn.h"

enum {
	STEP_MS = 50,           /* between looks for a screen */
	SCREEN_MS = 120 * 1000, /* so long for one; then it gives up */
	BUSY_MS = 1000,         /* so held, it is another program's */
	WATCH_MS = 100,         /* between looks whether karcis is there */
	EXIT_NO_SCREEN = 1,
	EXIT_USAGE = 2,
	LINES = 4096,
};

struct splash {
	int rotate;
	int width_px, height_px; /* as configured, 0 = not known */
	sigset_t ends;
};

/* Sleeps; true when it is to end. */
static bool pause_ms(const struct splash *s, long ms)
{
	const struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

	return sigtimedwait(&s->ends, NULL, &t) > 0;
}

/* Only the screen's keys count, and a file that is none yet is as good. */
static void read_config(struct splash *s, const char *path)
{
	static struct config c;
	uint8_t waste[64];
	struct buf problems;
	FILE *f = path == NULL ? NULL : fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	unsigned n = 0;

	if (f == NULL)
		return;
	buf_init(&problems, waste, sizeof(waste));
	config_defaults(&c, path);
	while (n < LINES && (len = getline(&line, &cap, f)) >= 0)
		config_line(&c, str_of(line, (size_t)len), ++n, &problems);
	free(line);
	if (fclose(f) != 0 || n == 0)
		return;
	s->rotate = c.rotate;
	s->width_px = c.width_px;
	s->height_px = c.height_px;
}

/* In the configured size, so that karcis changes no mode; else as the monitor
 * prefers. */
static int find_screen(const struct splash *s, struct kms **out, struct err *e)
{
	struct turn t = {s->width_px, s->height_px, s->rotate};
	struct kms_config c = {.dir = "/dev/dri"};
	int r;

	turn_panel(&t, &c.width_px, &c.height_px);
	r = kms_open(&c, out, e);
	if (r != -ERANGE)
		return r;
	c.width_px = c.height_px = 0;
	return kms_open(&c, out, e);
}

static int paint(const struct splash *s, struct kms *k, struct err *e)
{
	struct picture panel = kms_picture(k), upright;
	struct turn t = {.degrees = s->rotate};
	struct rect all = {0};
	int w, h, r;

	kms_size(k, &w, &h);
	/* A quarter turn there and back swaps the sides the same way. */
	turn_panel(&(struct turn){w, h, s->rotate}, &t.width_px, &t.height_px);
	all.w = t.width_px;
	all.h = t.height_px;
	upright.stride_px = t.width_px;
	upright.px = malloc((size_t)w * (size_t)h * sizeof(uint32_t));
	if (upright.px == NULL)
		return err_set(e, -ENOMEM, "splash: out of memory");
	r = splash_draw(&upright, t.width_px, t.height_px, e);
	if (r == 0) {
		turn_copy(&t, &upright, all, &panel);
		all = turn_rect(&t, all);
		r = kms_show(k, e);
	}
	if (r == 0)
		r = kms_flush(k, &all, 1, e);
	free(upright.px);
	return r;
}

/* Until another picture is there or the card is gone; true = it is to end. */
static bool watch(const struct splash *s, struct kms *k)
{
	while (kms_shown(k))
		if (pause_ms(s, WATCH_MS))
			return true;
	return false;
}

/* EXIT_SUCCESS once another program has the screen, be it from the start. */
static int run(const struct splash *s)
{
	bool was_shown = false;
	int busy_ms = 0;
	struct err e = {0};
	struct kms *k;

	for (int waited_ms = 0; waited_ms < SCREEN_MS; waited_ms += STEP_MS) {
		int r = find_screen(s, &k, &e);
		bool end = false;

		busy_ms = r == -EBUSY ? busy_ms + STEP_MS : 0;
		if (r == -EBUSY && (was_shown || busy_ms >= BUSY_MS))
			return EXIT_SUCCESS;
		if (r == 0)
			r = paint(s, k, &e);
		if (r == 0) {
			was_shown = true;
			kms_yield(k);
			end = watch(s, k);
		}
		kms_close(k);
		if (end || pause_ms(s, STEP_MS))
			return EXIT_SUCCESS;
	}
	log_err(&e);
	return EXIT_NO_SCREEN;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'},
	    {NULL, 0, NULL, 0},
	};
	const char *config = NULL;
	struct splash s = {0};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 'c') {
			fputs("usage: karcis-splash [--config FILE]\n", stderr);
			return EXIT_USAGE;
		}
		config = optarg;
	}
	sigemptyset(&s.ends);
	sigaddset(&s.ends, SIGTERM);
	sigaddset(&s.ends, SIGINT);
	if (sigprocmask(SIG_BLOCK, &s.ends, NULL) != 0)
		return EXIT_NO_SCREEN;
	read_config(&s, config);
	return run(&s);
}
