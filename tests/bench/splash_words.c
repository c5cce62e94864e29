/* splash-words FILE.png: the words of the splash as a mask, 255 = ink. They
 * are kept (assets/splash.png), so that the splash needs no fonts. */
#include "ui/font.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 1080, HEIGHT = 640 };

static uint8_t words[HEIGHT][WIDTH];

static void put(struct fonts *f, enum font font, int size, int top,
    const char *text)
{
	const struct mask *m = fonts_text(f, font, size, str_from(text));
	int left;

	if (m == NULL || m->w > WIDTH || top + m->h > HEIGHT) {
		fprintf(stderr, "splash-words: \"%s\" does not fit\n", text);
		exit(1);
	}
	left = (WIDTH - m->w) / 2;
	for (int y = 0; y < m->h; y++)
		memcpy(&words[top + y][left],
		    m->cover + (size_t)y * (size_t)m->w, (size_t)m->w);
}

int main(int argc, char **argv)
{
	png_image image = {.version = PNG_IMAGE_VERSION,
	    .width = WIDTH,
	    .height = HEIGHT,
	    .format = PNG_FORMAT_GRAY};
	struct fonts *f;
	struct err e = {0};

	if (argc != 2) {
		fprintf(stderr, "usage: splash-words FILE.png\n");
		return 2;
	}
	if (fonts_open(NULL, &f, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	put(f, FONT_BOLD, 300, 0, "Karcis");
	put(f, FONT_SEMI, 104, 380, "Menyiapkan");
	put(f, FONT_REGULAR, 72, 530, "Starting");
	fonts_close(f);
	return png_image_write_to_file(&image, argv[1], 0, words, 0, NULL) == 0;
}
