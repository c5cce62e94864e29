/* A glyph_source over SDL_ttf with Debian's Inter and JetBrains Mono. */
#ifndef KARCIS_TEST_GLYPHS_H
#define KARCIS_TEST_GLYPHS_H

#include <SDL_ttf.h>
#include <stdlib.h>

#include "firmware/core/glyph.h"

static TTF_Font *test_font(enum glyph_font font, int size)
{
	static const char *const file[] = {
	    "/usr/share/fonts/opentype/inter/Inter-Regular.otf",
	    "/usr/share/fonts/opentype/inter/Inter-Bold.otf",
	    "/usr/share/fonts/truetype/jetbrains-mono/JetBrainsMono-Regular.ttf",
	    "/usr/share/fonts/truetype/jetbrains-mono/JetBrainsMono-Bold.ttf"};
	static TTF_Font *cache[4][256];

	if (!TTF_WasInit() && TTF_Init() != 0)
		abort();
	if (size < 1 || size > 255)
		abort();
	if (cache[font][size] == NULL)
		cache[font][size] = TTF_OpenFont(file[font], size);
	if (cache[font][size] == NULL)
		abort();
	return cache[font][size];
}

static int test_measure(void *self, enum glyph_font font, int size,
    struct str s)
{
	char text[256];
	int w = 0;

	(void)self;
	if (!str_copy(text, sizeof(text), s) ||
	    TTF_SizeUTF8(test_font(font, size), text, &w, NULL) != 0)
		abort();
	return w;
}

static int test_ascent(void *self, enum glyph_font font, int size)
{
	(void)self;
	return TTF_FontAscent(test_font(font, size));
}

static void test_draw(void *self, enum glyph_font font, int size, struct str s,
    struct bitmap *to, int x, int y, bool white)
{
	SDL_Color black = {0, 0, 0, 255};
	SDL_Surface *ink;
	char text[256];
	int i, j;

	(void)self;
	if (s.len == 0 || !str_copy(text, sizeof(text), s))
		return;
	ink = TTF_RenderUTF8_Solid(test_font(font, size), text, black);
	if (ink == NULL)
		abort();
	for (j = 0; j < ink->h; j++)
		for (i = 0; i < ink->w; i++) {
			const uint8_t *p = ink->pixels;
			int tx = x + i, ty = y + j;
			uint8_t *d, bit;

			if (p[j * ink->pitch + i] == 0 || tx < 0 || ty < 0 ||
			    tx >= to->width || ty >= to->height)
				continue;
			d = to->bits + ty * to->stride + tx / 8;
			bit = (uint8_t)(0x80 >> tx % 8);
			*d = (uint8_t)(white ? *d & ~bit : *d | bit);
		}
	SDL_FreeSurface(ink);
}

static const struct glyph_source TEST_GLYPHS = {NULL, test_measure, test_ascent,
    test_draw};

#endif
