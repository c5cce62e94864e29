/*
 * The screens: one builder a screen, from a view to a scene. Pure: the same
 * view and metrics give the same scene.
 */
#ifndef KARCIS_UI_SCREENS_H
#define KARCIS_UI_SCREENS_H

#include "scene.h"
#include "ui.h"

/* What a builder works with. Rectangles are in reference millimetres. */
struct build {
	struct scene *s;
	const struct theme *t;
	const struct metrics *m;
	const struct view *v;      /* a kiosk's; NULL on a gate */
	const struct gate_view *g; /* a gate's; NULL on a kiosk */
	const struct tech_view *x; /* a technician's; NULL on both */
	enum lang lang;
	double w, h;        /* the panel */
	double top, bottom; /* free between header and footer */
	double margin;
};

struct box {
	double x, y, w, h;
};

enum { TEXT_BYTES = 256 };
struct words {
	char text[TEXT_BYTES];
};

/* Clears the scene and builds the view's screen. */
void screens_build(struct scene *s, const struct theme *t,
    const struct metrics *m, const struct view *v);

/* For the builders. */
struct rect build_rect(const struct build *b, struct box x);
struct item *build_card(struct build *b, struct box x);
struct item *build_box(struct build *b, struct box x, enum colour fill,
    enum colour edge, double radius);
void build_icon(struct build *b, struct box x, enum icon i, enum colour c);
struct style build_style(const struct build *b, enum font f,
    enum type_role role, enum colour c, enum align a);
/* Text centred in the height of x. */
void build_text(struct build *b, struct box x, struct style st, int lines,
    const char *text);
void build_text_top(struct build *b, struct box x, struct style st, int lines,
    const char *text);
enum button { BUTTON_PRIMARY, BUTTON_SECONDARY, BUTTON_FOOTER, BUTTON_OFF };
struct item *build_button(struct build *b, struct box x, enum button look,
    enum icon icon, const char *text, enum action action);
const char *build_msg(const struct build *b, enum msg_id id);
/* A message with values filled in. */
struct words build_fill(const struct build *b, enum msg_id id, const char *v1,
    const char *v2);
struct words build_minute(int32_t minute);
struct words build_slot(int32_t start_min, int32_t end_min);
struct words build_date(const struct build *b, int32_t day);
struct words build_number(int32_t n);
/* The office, the day and the clock. Sets b->top. */
struct header {
	const char *office;
	int32_t day, minute;
	const char *place; /* beside the day where there is room; "" = none */
	enum colour fill, ink, ink2;
};
void build_header(struct build *b, const struct header *h);
/* Keys of a keypad: those that the profile can hold, or reads as one. */
void build_keys(struct build *b, struct box x, const struct code_profile *p);
/* What was typed, in the profile's groups. */
void build_typed(struct build *b, struct box x, const struct code_profile *p,
    const char *typed);
/* The ten digits and the key that erases. */
void build_pad(struct build *b, struct box x);
/* Boxes for digits, in parts under their names; typed NULL: it is not their
 * turn. */
struct digit_part {
	enum msg_id name;
	int from, count;
};
void build_digits(struct build *b, struct box x, const struct digit_part *part,
    size_t parts, const char *typed);
/* Footer: back where `back` is an action, help, language; on wide panels
 * also the primary button, in the same row. Sets b->bottom. */
struct footer {
	enum action back;
	bool help;
	const char *primary; /* NULL = none */
	enum action action;  /* NONE = a disabled one */
	enum icon icon;
	const char *secondary; /* NULL = none */
	enum action second_action;
};
void build_footer(struct build *b, const struct footer *f);
/* A strip across the content at y; returns its height. */
void build_strip(struct build *b, struct box x, enum icon i, enum colour ink,
    enum colour soft, const char *title, const char *sub);
/* The coloured outcome band. On wide panels the left side. */
struct band {
	enum icon icon;
	enum colour ink, fill, text, bar;
};
extern const struct band band_ok, band_warn, band_bad, band_busy;
struct box build_band(struct build *b, const struct band *band,
    const char *title, const char *sub);

/* An answer as one screen shows it; "" and NULL are left out. */
struct outcome {
	const struct band *band;
	enum icon icon; /* instead of the band's */
	const char *title, *label;
	struct words title_words; /* a title with a value in it */
	struct words sub, head, big, note, note2, todo;
	enum type_role role; /* of big */
	bool mono;
	struct footer footer;
};
void build_outcome(struct build *b, const struct outcome *o);
/* The same below a footer that is there already. */
void build_answer(struct build *b, const struct outcome *o);
struct words build_text_of(const struct build *b, enum msg_id id);
/* Fills o with a closed office's texts. */
void outcome_closed(const struct build *b, struct outcome *o, int32_t day,
    int32_t from_min, int32_t until_min);

void screen_home(struct build *b);
void screen_keypad(struct build *b);
void screen_identity(struct build *b);
void screen_checking(struct build *b);
void screen_result(struct build *b);
void screen_printing(struct build *b);
void screen_ticket(struct build *b);
void screen_number(struct build *b);
void screen_help(struct build *b);
void screen_warning(struct build *b);

#endif
