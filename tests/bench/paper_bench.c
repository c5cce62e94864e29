/* CPU and bytes of one ticket in both forms; prints, judges nothing. */
#include <stdio.h>
#include <time.h>

#include "drivers/printer/escpos.h"
#include "tests/unit/test_glyphs.h"
#include "tests/unit/test_slip.h"

enum { ROUNDS = 200 };
static uint8_t storage[ESCPOS_PICTURE_MAX];

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int main(void)
{
	static struct escpos_picture enc;
	double layout = 0, first = 0, whole = 0, text = 0, at, begun;
	size_t picture_bytes = 0, text_bytes = 0;
	struct slip_page page;
	struct slip s;
	struct buf b;
	int i, bad = 0;

	test_slip(&s, false);
	for (i = -1; i < ROUNDS; i++) {
		if (i == 0) /* the round before opened the fonts */
			layout = first = whole = text = 0;
		at = cpu_ms();
		bad |= slip_layout(&s, 576, &TEST_GLYPHS, &page, NULL);
		layout += cpu_ms() - at;
		begun = cpu_ms();
		buf_init(&b, storage, sizeof(storage));
		bad |= escpos_picture_begin(&enc, &page, &TEST_GLYPHS, NULL);
		bad |= !escpos_picture_next(&enc, &b);
		first += cpu_ms() - begun;
		while (escpos_picture_next(&enc, &b))
			;
		whole += cpu_ms() - begun;
		picture_bytes = b.len;
		buf_init(&b, storage, sizeof(storage));
		at = cpu_ms();
		bad |= escpos_text(&s, 48, &TEST_GLYPHS, &b, NULL);
		text += cpu_ms() - at;
		text_bytes = b.len;
	}
	printf("layout %.2f ms, picture %zu bytes %.2f ms (first band %.2f), "
	    "text %zu bytes %.2f ms\n", layout / ROUNDS, picture_bytes,
	    whole / ROUNDS, first / ROUNDS, text_bytes, text / ROUNDS);
	return bad != 0;
}
