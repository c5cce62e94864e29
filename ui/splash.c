#include "splash.h"

#include "raster.h"

#include <errno.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

/* The words as a mask in grey: tests/bench/splash_words.c makes it. */
__asm__(".pushsection .rodata, \"a\"\n"
	".global karcis_splash_png\n"
	".global karcis_splash_png_end\n"
	"karcis_splash_png:\n"
	".incbin \"assets/splash.png\"\n"
	"karcis_splash_png_end:\n"
	".popsection\n");
extern const uint8_t karcis_splash_png[];
extern const uint8_t karcis_splash_png_end[];

enum { PART_OF_WIDTH = 2, WORDS_MAX = 4096 };

static int read_words(struct mask *m, struct err *e)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	size_t size = (size_t)(karcis_splash_png_end - karcis_splash_png);
	int r = 0;

	if (png_image_begin_read_from_memory(&image, karcis_splash_png, size) ==
		0 ||
	    image.width > WORDS_MAX || image.height > WORDS_MAX)
		r = err_set(e, -EIO, "splash: its words cannot be read: %s",
		    image.message);
	image.format = PNG_FORMAT_GRAY;
	if (r == 0) {
		m->w = (int)image.width;
		m->h = (int)image.height;
		m->cover = malloc(PNG_IMAGE_SIZE(image));
		if (m->cover == NULL)
			r = err_set(e, -ENOMEM, "splash: out of memory");
	}
	if (r == 0 &&
	    png_image_finish_read(&image, NULL, m->cover, 0, NULL) == 0)
		r = err_set(e, -EIO, "splash: its words cannot be read: %s",
		    image.message);
	png_image_free(&image);
	return r;
}

/* The mean of what of the larger mask lies under one pixel of the smaller. */
static uint8_t mean(const struct mask *from, const struct mask *to, int x,
    int y)
{
	int x0 = x * from->w / to->w, x1 = (x + 1) * from->w / to->w;
	int y0 = y * from->h / to->h, y1 = (y + 1) * from->h / to->h;
	unsigned sum = 0, n = 0;

	x1 = x1 > x0 ? x1 : x0 + 1;
	y1 = y1 > y0 ? y1 : y0 + 1;
	for (int row = y0; row < y1; row++)
		for (int col = x0; col < x1; col++, n++)
			sum += from->cover[(size_t)row * (size_t)from->w +
			    (size_t)col];
	return (uint8_t)(sum / n);
}

static int scale(const struct mask *from, int width_px, struct mask *to,
    struct err *e)
{
	to->w = width_px < 1 ? 1 : width_px;
	to->h = from->h * to->w / from->w;
	to->h = to->h < 1 ? 1 : to->h;
	to->cover = malloc((size_t)to->w * (size_t)to->h);
	if (to->cover == NULL)
		return err_set(e, -ENOMEM, "splash: out of memory");
	for (int y = 0; y < to->h; y++)
		for (int x = 0; x < to->w; x++)
			to->cover[(size_t)y * (size_t)to->w + (size_t)x] = mean(
			    from, to, x, y);
	return 0;
}

int splash_draw(const struct picture *to, int width_px, int height_px,
    struct err *e)
{
	struct canvas c = {to->px, to->stride_px, {0, 0, width_px, height_px}};
	struct mask kept = {0}, words = {0};
	int side = width_px < height_px ? width_px : height_px;
	int r;

	raster_fill(&c, c.clip, theme_rgb(COL_PAPER));
	r = read_words(&kept, e);
	if (r == 0)
		r = scale(&kept, side / PART_OF_WIDTH, &words, e);
	if (r == 0)
		raster_mask(&c, &words, (width_px - words.w) / 2,
		    (height_px - words.h) / 2, theme_rgb(COL_BRAND));
	free(words.cover);
	free(kept.cover);
	return r;
}
