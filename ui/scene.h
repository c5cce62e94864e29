/*
 * A scene is the flat list of things on the screen, back to front: pure
 * data, built from a view, compared with the last one to find the damage,
 * searched for what a finger is on. Text is laid out here, with the widths
 * that a struct metrics gives, and shrunk so that it never overflows.
 */
#ifndef KARCIS_UI_SCENE_H
#define KARCIS_UI_SCENE_H

#include "tech_view.h"
#include "theme.h"

#include "firmware/core/gate_session.h"
#include "firmware/core/session.h"

struct rect {
	int x, y, w, h;
};

enum item_kind {
	ITEM_NONE = 0,
	ITEM_BOX,
	ITEM_TEXT,
	ITEM_ICON,
	ITEM_QR,
	ITEM_SCRIM,
	ITEM_PAPER
};
enum font { FONT_REGULAR, FONT_SEMI, FONT_BOLD, FONT_MONO, FONTS };
enum icon {
	ICON_NONE = 0,
	ICON_CHECK,
	ICON_CROSS,
	ICON_CLOCK,
	ICON_WARNING,
	ICON_INFO,
	ICON_DOWN,
	ICON_BACK,
	ICON_ERASE,
	ICON_KEYPAD,
	ICON_PHONE,
	ICON_HELP,
	ICON_GLOBE,
	ICON_PRINTER,
	ICON_TICK,
	ICON_CAMERA,
	ICON_CALENDAR,
	ICON_PERSON,
	ICON_SCAN,  /* a code in the scanner's sight */
	ICON_STOP,  /* a bare cross */
	ICON_LEAVE, /* an arrow out of a door */
	ICON_ENTER, /* and into it */
	ICON_LIST,
	ICON_GEAR,
	ICON_POWER,
	ICON_SUN,
	ICON_STICK,
	ICON_SYNC,
	ICON_UP,
	ICON_DROP,
	ICON_TOUCH,
	ICONS
};
enum align { ALIGN_LEFT, ALIGN_CENTRE, ALIGN_RIGHT };

enum { SCENE_ITEMS = 192, ITEM_TEXT_MAX = 112 };

struct item {
	enum item_kind kind;
	struct rect r;
	enum colour fill;   /* box: inside; text, icon: its colour */
	enum colour edge;   /* box: border, COL_NONE = none */
	int radius, stroke; /* px */
	enum font font;
	int size; /* text: em in px */
	enum icon icon;
	enum action action;    /* what a press of it does */
	enum gate_press press; /* ... on a gate */
	enum tech_press tech;  /* ... for a technician */
	char symbol;           /* keypad: 'A', '\b' erases */
	bool overflow;         /* its text did not fit even at its smallest */
	char text[ITEM_TEXT_MAX];
};

struct scene {
	struct item item[SCENE_ITEMS];
	int count;
	bool full;               /* an item was left out */
	struct ticket_text qr;   /* of ITEM_QR */
	struct tech_paper paper; /* of ITEM_PAPER */
};

/* Widths and ascents of text, in pixels. */
struct metrics {
	void *self;
	int (*width)(void *self, enum font f, int size, struct str s);
	int (*ascent)(void *self, enum font f, int size);
	int (*height)(void *self, enum font f, int size);
};

struct style {
	enum font font;
	int size, smallest; /* px; it shrinks from one to the other */
	enum colour colour;
	enum align align;
};

/* Forgets everything, wiping what was typed. A new scene starts zeroed. */
void scene_clear(struct scene *s);
struct item *scene_box(struct scene *s, struct rect r, enum colour fill,
    enum colour edge, int radius, int stroke);
void scene_icon(struct scene *s, struct rect r, enum icon icon,
    enum colour colour);
void scene_qr(struct scene *s, struct rect r, const struct ticket_text *qr);
/* A paper, made smaller to fit r's width and height. */
void scene_paper(struct scene *s, struct rect r,
    const struct tech_paper *paper);
/* Darkens all there is so far and takes its presses away. */
void scene_cover(struct scene *s, struct rect r);
/* Wraps text into at most `lines` lines inside r, centred vertically by its
 * capitals; shrinks to st.smallest before it marks an overflow. Returns the
 * height used. */
int scene_text(struct scene *s, const struct metrics *m, struct rect r,
    struct style st, int lines, struct str text);
/* The same from the top of r. */
int scene_text_top(struct scene *s, const struct metrics *m, struct rect r,
    struct style st, int lines, struct str text);
/* True when it can be pressed. */
bool item_is_key(const struct item *it);
/* Topmost item that can be pressed under a point, -1 = none. */
int scene_hit(const struct scene *s, int x, int y);
/* Makes the thing look pressed. */
void scene_press(struct scene *s, int index);

bool rect_meets(struct rect a, struct rect b);
bool rect_contains(struct rect outer, struct rect inner);
struct rect rect_union(struct rect a, struct rect b);
struct rect rect_clip(struct rect a, struct rect b);
struct rect rect_inset(struct rect r, int by);

enum { DAMAGE_RECTS = 12 };
struct damage {
	struct rect r[DAMAGE_RECTS];
	int count;
};
/* The rectangles in which two scenes can differ, clipped to `screen`, none
 * overlapping another. */
void scene_damage(const struct scene *a, const struct scene *b,
    struct rect screen, struct damage *out);

#endif
