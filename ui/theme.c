#include "theme.h"

#include <errno.h>
#include <math.h>

/* Contrasts are computed and held by tests/unit/ui_scene_test.c. */
static const uint32_t rgb[COLOURS] = {
    [COL_NONE] = 0x000000,
    [COL_PAPER] = 0xF3F5F7,
    [COL_CARD] = 0xFFFFFF,
    [COL_INK] = 0x13202E,
    [COL_INK2] = 0x44535F,
    [COL_BRAND] = 0x0B3D78,
    [COL_BRAND_PRESSED] = 0x062850,
    [COL_BRAND_SOFT] = 0xD6E2F2,
    [COL_OK] = 0x0A6640,
    [COL_OK_SOFT] = 0xE3F4EA,
    [COL_WARN] = 0x8A4B00,
    [COL_WARN_SOFT] = 0xFFF1D6,
    [COL_AMBER] = 0xFFC400,
    [COL_BAD] = 0xA61B1B,
    [COL_BAD_SOFT] = 0xFDE9E7,
    [COL_BORDER] = 0x7C8A96,
    [COL_HAIR] = 0xCBD3DA,
    [COL_SHADOW] = 0xDDE2E8,
    [COL_OFF] = 0xCBD3DA,
    [COL_OFF_INK] = 0x44535F,
    [COL_PRESSED] = 0xC9D9EE,
};

/* Em in reference millimetres: tall, wide. EN 301 549 5.1.4: capitals of
 * 0.7 degree, that is 7.3 mm at 600 mm and 4.9 mm at 400 mm; Inter's
 * capitals are 0.727 em. */
static const double em_mm[TYPE_ROLES][2] = {
    [TYPE_BODY] = {11, 6.9},
    [TYPE_LABEL] = {11.5, 6.9},
    [TYPE_BUTTON] = {13.5, 7.6},
    [TYPE_HEAD] = {16, 8.6},
    [TYPE_TITLE] = {20, 10.5},
    [TYPE_CODE] = {25, 12.5},
    [TYPE_KEY] = {16, 10},
    [TYPE_TIME] = {19, 9.5},
    [TYPE_NUMBER] = {62, 30},
    [TYPE_VERDICT] = {34, 20},
    [TYPE_COUNT] = {34, 16},
};

uint32_t theme_rgb(enum colour c)
{
	return c < COLOURS ? rgb[c] : 0;
}

enum colour theme_pressed(enum colour fill)
{
	return fill == COL_BRAND ? COL_BRAND_PRESSED : COL_PRESSED;
}

static double linear(uint32_t channel)
{
	double c = (double)channel / 255;

	return c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

/* WCAG 2.1, "relative luminance". */
static double luminance(uint32_t c)
{
	return 0.2126 * linear(c >> 16 & 255) + 0.7152 * linear(c >> 8 & 255) +
	    0.0722 * linear(c & 255);
}

double theme_contrast(enum colour a, enum colour b)
{
	double x = luminance(theme_rgb(a)), y = luminance(theme_rgb(b));

	return x > y ? (x + 0.05) / (y + 0.05) : (y + 0.05) / (x + 0.05);
}

int theme_init(struct theme *t, int width_px, int height_px,
    int diagonal_tenth_inch)
{
	static const double ref[2][2] = {{268, 476}, {217, 129}};
	double px_per_mm, h_mm, w_mm;

	if (width_px < 320 || height_px < 320 || width_px > 8192 ||
	    height_px > 8192 || diagonal_tenth_inch < 30 ||
	    diagonal_tenth_inch > 1000)
		return -EINVAL;
	px_per_mm = hypot(width_px, height_px) / (diagonal_tenth_inch * 2.54);
	w_mm = width_px / px_per_mm;
	h_mm = height_px / px_per_mm;
	if (fmax(w_mm, h_mm) < PANEL_MIN_W_MM ||
	    fmin(w_mm, h_mm) < PANEL_MIN_H_MM)
		return -ERANGE;
	t->width_px = width_px;
	t->height_px = height_px;
	t->wide = width_px > height_px;
	t->px = fmin(width_px / ref[t->wide][0], height_px / ref[t->wide][1]);
	t->mm = t->px / px_per_mm;
	return 0;
}

int theme_px(const struct theme *t, double mm)
{
	return (int)lround(mm * t->px);
}

int theme_type(const struct theme *t, enum type_role role)
{
	return (int)ceil(em_mm[role][t->wide] * t->px - 0.01);
}

int theme_smallest(const struct theme *t, enum type_role role)
{
	/* 0.7 degree is an em of 10.1 at 600 mm, 6.74 at 400 mm. */
	double least = t->wide ? 6.74 : 10.1;

	if (role == TYPE_NUMBER || role == TYPE_VERDICT)
		return theme_type(t, role) / 2;
	return (int)ceil(least * t->px - 0.01);
}
