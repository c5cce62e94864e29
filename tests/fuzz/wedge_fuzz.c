/* Raw key events in any order and time: 6 bytes each are type and value, key,
 * and the pause before it. What comes out is a code, whatever went in. */
#include <stdlib.h>
#include <string.h>

#include "drivers/scanner/wedge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct scan *s, const struct wedge_keys *k)
{
	if (s->len == 0 || s->len > SCAN_MAX || s->text[s->len] != '\0')
		abort();
	for (size_t i = 0; i < s->len; i++)
		if (s->text[i] < 0x20 || s->text[i] > 0x7e)
			abort();
	/* With Ctrl, Alt or Meta held Enter is no end. */
	if ((k->down & ~0x03U) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wedge_keys keys = {0};
	struct scan_line line;
	struct scan scan;
	int64_t now_ms = 0;

	scan_line_init(&line, SCAN_SILENCE_DISCARDS);
	for (size_t i = 0; i + 6 <= size; i += 6) {
		struct input_event ev = {0};
		int32_t value = (int8_t)data[i + 1];

		now_ms += data[i + 5] < 128 ? 0 : (data[i + 5] - 128) * 12;
		ev.input_event_sec = now_ms / 1000;
		ev.input_event_usec = now_ms % 1000 * 1000;
		ev.type = data[i] < 192 ? EV_KEY : data[i];
		/* Presses are the most interesting. */
		ev.value = value > 2 ? 1 : value;
		ev.code = (uint16_t)(data[i + 2] |
		    (data[i + 3] < 200 ? 0 : data[i + 4]) << 8);
		if (wedge_take(&keys, &line, &ev, &scan))
			check(&scan, &keys);
		if (line.len > sizeof(line.text))
			abort();
	}
	return 0;
}
