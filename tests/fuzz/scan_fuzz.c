/* Any bytes at any times: what comes out is a code, whatever went in. */
#include <stdlib.h>
#include <string.h>

#include "firmware/core/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct scan *s)
{
	if (s->len == 0 || s->len > SCAN_MAX || s->text[s->len] != '\0')
		abort();
	for (size_t i = 0; i < s->len; i++)
		if (s->text[i] < 0x20 || s->text[i] > 0x7e)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scan_debounce seen = {0};
	struct scan_line line;
	struct scan scan;
	int64_t now_ms = 0;

	if (size == 0)
		return 0;
	scan_line_init(&line,
	    data[0] % 2 == 0 ? SCAN_SILENCE_ENDS : SCAN_SILENCE_DISCARDS);
	for (size_t i = 1; i + 1 < size; i += 2) {
		/* 0..765 ms before each byte, most of them none. */
		now_ms += data[i] < 128 ? 0 : (data[i] - 128) * 6;
		if (scan_line_quiet(&line, now_ms, &scan))
			check(&scan);
		if (!scan_line_byte(&line, data[i + 1], now_ms, &scan))
			continue;
		check(&scan);
		if (scan_debounce(&seen, &scan, now_ms) &&
		    scan_debounce(&seen, &scan, now_ms))
			abort();
	}
	return 0;
}
