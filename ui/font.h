/* Fonts: text to widths and coverage masks by SDL_ttf, kept in bounded
 * caches; and the glyphs of the paper. */
#ifndef KARCIS_UI_FONT_H
#define KARCIS_UI_FONT_H

#include "raster.h"

#include "firmware/core/err.h"
#include "firmware/core/glyph.h"

struct fonts;

/* dir NULL: where Debian's packages put them. -ENOENT names file and
 * package. */
int fonts_open(const char *dir, struct fonts **out, struct err *e) MUST_USE;
void fonts_close(struct fonts *f);
struct metrics fonts_metrics(struct fonts *f);
/* Borrowed until the next call; NULL when it cannot be drawn. */
const struct mask *fonts_text(struct fonts *f, enum font font, int size,
    struct str text);
const struct mask *fonts_icon(struct fonts *f, enum icon icon, int side);
const struct glyph_source *fonts_glyphs(struct fonts *f);

#endif
