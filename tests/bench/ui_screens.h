/* Views of every screen, for pictures, fits and figures. */
#ifndef KARCIS_TESTS_UI_SCREENS_H
#define KARCIS_TESTS_UI_SCREENS_H

#include "ui/ui.h"

struct panel {
	int width_px, height_px, diagonal;
};
extern const struct panel sample_panels[];
extern const int sample_panel_count;

/* Fills the view of sample n; returns its name, NULL past the last. */
const char *sample_view(int n, enum lang lang, struct view *v);
/* The same of a gate. */
const char *sample_gate_view(int n, enum lang lang, struct gate_view *v);
/* False: there is none of that name. */
bool sample_gate_named(const char *name, enum lang lang, struct gate_view *v);
/* The same of a technician. */
const char *sample_tech_view(int n, enum lang lang, struct tech_view *v);
bool sample_tech_named(const char *name, enum lang lang, struct tech_view *v);

#endif
