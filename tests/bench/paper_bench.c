/* CPU and bytes of one ticket in both forms, with the terminal's own fonts
 * and another visitor every round; prints, judges nothing. */
#include <stdio.h>
#include <time.h>

#include "drivers/printer/escpos.h"
#include "tests/unit/test_slip.h"
#include "ui/font.h"

enum { ROUNDS = 200 };
static uint8_t storage[ESCPOS_PICTURE_MAX];

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* What differs from one visitor to the next. */
static void next_visitor(struct slip *s, int n)
{
	(void)snprintf(s->label, sizeof(s->label), "A-%03d", n % 999 + 1);
	(void)snprintf(s->short_code, sizeof(s->short_code), "%03d-7RX-%03d",
	    n * 37 % 1000, n * 11 % 1000);
	(void)snprintf(s->audit_mark, sizeof(s->audit_mark),
	    "K4W%d-%04d-RN8Z", n % 10, n * 71 % 10000);
	(void)snprintf(s->word[SLIP_PRINTED_AT], sizeof(s->word[0]),
	    "dicetak 09.%02d", n % 60);
	for (int i = 0; i < 4; i++)
		s->qr.digits[20 + i] = (char)('0' + n * (i + 3) % 10);
}

int main(void)
{
	const struct glyph_source *glyphs;
	struct fonts *fonts;
	struct err e = {0};
	static struct escpos_picture enc;
	double layout = 0, first = 0, whole = 0, text = 0, at, begun;
	size_t picture_bytes = 0, text_bytes = 0;
	struct slip_page page;
	struct slip s;
	struct buf b;
	int i, bad = 0;

	if (fonts_open(NULL, &fonts, &e) < 0) {
		fprintf(stderr, "paper-bench: %s\n", e.text);
		return 2;
	}
	glyphs = fonts_glyphs(fonts);
	test_slip(&s, false);
	for (i = -1; i < ROUNDS; i++) {
		if (i == 0) /* the round before opened the fonts */
			layout = first = whole = text = 0;
		next_visitor(&s, i + 1);
		at = cpu_ms();
		bad |= slip_layout(&s, 576, glyphs, &page, NULL);
		layout += cpu_ms() - at;
		begun = cpu_ms();
		buf_init(&b, storage, sizeof(storage));
		bad |= escpos_picture_begin(&enc, &page, glyphs, NULL);
		bad |= !escpos_picture_next(&enc, &b);
		first += cpu_ms() - begun;
		while (escpos_picture_next(&enc, &b))
			;
		whole += cpu_ms() - begun;
		picture_bytes = b.len;
		buf_init(&b, storage, sizeof(storage));
		at = cpu_ms();
		bad |= escpos_text(&s, 48, glyphs, &b, NULL);
		text += cpu_ms() - at;
		text_bytes = b.len;
	}
	printf("layout %.2f ms, picture %zu bytes %.2f ms (first band %.2f), "
	    "text %zu bytes %.2f ms\n", layout / ROUNDS, picture_bytes,
	    whole / ROUNDS, first / ROUNDS, text_bytes, text / ROUNDS);
	fonts_close(fonts);
	return bad != 0;
}
