/*
 * A bare machine: one that no technician has set up yet, or whose set-up is
 * broken. `karcis --setup SOCKET` then shows the set-up screen instead of
 * ending; this module finds out whether and why.
 */
#ifndef KARCIS_APP_BARE_H
#define KARCIS_APP_BARE_H

#include "firmware/app/office.h"
#include "ui/tech_view.h"

struct bare {
	bool is;
	bool readable; /* the configuration is whole: what it says counts */
	bool prepared; /* all that it lacks is a screen: it has served */
	struct tech_line line[TECH_LINES]; /* why, for the screen */
	uint8_t lines;
};

/* Reads the configuration, as far as there is one, into *o. It is bare when
 * the configuration can't be read or has problems, when there are no keys, or
 * under a hub without an enrolment. What STATE/prepare.said tells is added. */
void bare_look(const char *config, struct office *o, struct bare *out);

/* The screen that the configuration asks for did not open: it is bare, and
 * `why` is what ui_open said. */
void bare_add_screen(struct bare *b, const char *why);

/* The panel's size where no configuration tells it: of the first connected
 * one below sys, "/sys/class/drm", upright as it is. False: there is none, and
 * nothing is changed. Without an EDID that can be true it counts as one of
 * 21.5 inches. */
bool bare_panel(const char *sys, struct config *c);
/* The same for a display of a desktop, whose size is known. */
void bare_display(struct config *c, int width_px, int height_px);

#endif
