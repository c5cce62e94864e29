/*
 * Fuzz target of core/scan: bytes with pauses between them. Each input byte
 * is fed; a byte 0xFF makes the next one a pause in milliseconds instead.
 */
#include "firmware/core/scan.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct scan *s)
{
	size_t i;

	if (s->len == 0 || s->len > SCAN_MAX || strlen(s->text) != s->len)
		abort();
	for (i = 0; i < s->len; i++)
		if (s->text[i] < 0x20 || s->text[i] > 0x7e)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scan_line l = {0};
	struct scan_debounce d = {0};
	struct scan s = {0};
	int64_t mono_ms = 0;
	size_t i;

	for (i = 0; i < size; i++) {
		if (data[i] == 0xff && i + 1 < size) {
			mono_ms += data[++i];
			if (scan_line_quiet(&l, mono_ms, &s))
				check(&s);
			continue;
		}
		if (!scan_line_byte(&l, data[i], mono_ms, &s))
			continue;
		check(&s);
		/* What was just seen is no news at the same moment. */
		if (scan_debounce(&d, &s, mono_ms) &&
		    scan_debounce(&d, &s, mono_ms))
			abort();
	}
	return 0;
}
