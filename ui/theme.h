/*
 * Tokens: every colour and size of the screens. Sizes are millimetres on one
 * of two reference panels, a tall one (268 x 476 mm) and a wide, compact one
 * (217 x 129 mm); a real panel scales them to its pixels, so the same design
 * fills every panel and only its millimetres are checked against the limits.
 */
#ifndef KARCIS_UI_THEME_H
#define KARCIS_UI_THEME_H

#include "firmware/core/base.h"

enum colour {
	COL_NONE = 0,
	COL_PAPER,
	COL_CARD,
	COL_INK,
	COL_INK2,
	COL_BRAND,
	COL_BRAND_PRESSED,
	COL_BRAND_SOFT,
	COL_OK,
	COL_OK_SOFT,
	COL_WARN,
	COL_WARN_SOFT,
	COL_AMBER,
	COL_BAD,
	COL_BAD_SOFT,
	COL_BORDER,
	COL_HAIR,
	COL_SHADOW,
	COL_OFF,
	COL_OFF_INK,
	COL_PRESSED,
	COLOURS
};

enum type_role {
	TYPE_BODY,
	TYPE_LABEL,
	TYPE_BUTTON,
	TYPE_HEAD,
	TYPE_TITLE,
	TYPE_CODE,
	TYPE_KEY,
	TYPE_TIME,
	TYPE_NUMBER,
	TYPE_VERDICT, /* a gate's one word */
	TYPE_COUNT,   /* how many are inside */
	TYPE_ROLES
};

struct theme {
	int width_px, height_px;
	bool wide; /* the compact design: panels under 250 mm high */
	double px; /* pixels in one reference millimetre */
	double mm; /* real millimetres in one reference millimetre */
};

enum { PANEL_MIN_W_MM = 200, PANEL_MIN_H_MM = 120, COMPACT_UNDER_MM = 250 };

/* 0x00RRGGBB */
uint32_t theme_rgb(enum colour c);
/* What a pressed thing of this fill looks like. */
enum colour theme_pressed(enum colour fill);
/* WCAG 2.1 contrast ratio of two colours, 1..21. */
double theme_contrast(enum colour a, enum colour b);
/* -EINVAL for nonsense, -ERANGE for a panel under 200 x 120 mm. */
int theme_init(struct theme *t, int width_px, int height_px,
    int diagonal_tenth_inch) MUST_USE;
/* Reference millimetres to pixels, rounded. */
int theme_px(const struct theme *t, double mm);
/* The em of a role in pixels. */
int theme_type(const struct theme *t, enum type_role role);
/* The least it may shrink to: the reading size, or half for huge values. */
int theme_smallest(const struct theme *t, enum type_role role);

#endif
