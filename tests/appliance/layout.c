/*
 * Where keys and buttons lie on the appliance's panel (1080x1920, 21.5
 * inches), told by the screens' own code without a display: for whoever
 * touches a machine from outside.
 *
 *   layout NAME     a sample of tests/bench/ui_screens.h, kiosk's or
 *                   technician's; lines as ui_dump_layout writes them
 */
#include "tests/bench/ui_screens.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t show(struct ui *u, const char *name, struct err *e)
{
	static struct view v;
	static struct tech_view x;
	const char *is;

	for (int n = 0; (is = sample_view(n, LANG_EN, &v)) != NULL; n++)
		if (strcmp(is, name) == 0)
			return ui_show(u, &v, e);
	if (sample_tech_named(name, LANG_EN, &x))
		return ui_show_tech(u, &x, e);
	return err_set(e, -ENOENT, "layout: there is no screen %s", name);
}

int main(int argc, char **argv)
{
	const struct ui_config c = {.width_px = 1080,
	    .height_px = 1920,
	    .diagonal_tenth_inch = 215};
	struct err e = {0};
	struct ui *u = NULL;
	int r = 1;

	if (argc == 2 && setenv("SDL_VIDEODRIVER", "dummy", 1) == 0 &&
	    text_init("build/locale", &e) == 0 && ui_open(&c, &u, &e) == 0 &&
	    show(u, argv[1], &e) >= 0 &&
	    ui_dump_layout(u, STDOUT_FILENO, &e) == 0)
		r = 0;
	if (r != 0)
		fprintf(stderr, "%s\n",
		    e.text[0] != '\0' ? e.text : "usage: layout NAME");
	ui_close(u);
	return r;
}
