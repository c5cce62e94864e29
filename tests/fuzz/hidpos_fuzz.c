/* A report descriptor and reports, any bytes. The first byte below 128: a
 * good descriptor with four bytes of it changed, as eight bytes say; else how
 * much of the rest is descriptor. Each report begins with its length and a
 * pause. */
#include <stdlib.h>
#include <string.h>

#include "drivers/scanner/hid_report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Byte count, three identifiers, 56 bytes of data, "continued"; id 2. */
static const uint8_t GOOD[] = {
    0x05,
    0x8c,
    0x09,
    0x02,
    0xa1,
    0x01,
    0x09,
    0x12,
    0xa1,
    0x02,
    0x85,
    0x02,
    0x15,
    0x00,
    0x26,
    0xff,
    0x00,
    0x75,
    0x08,
    0x95,
    0x01,
    0x05,
    0x01,
    0x09,
    0x3b,
    0x81,
    0x02,
    0x95,
    0x03,
    0x05,
    0x8c,
    0x09,
    0xfb,
    0x09,
    0xfc,
    0x09,
    0xfd,
    0x81,
    0x02,
    0x95,
    0x38,
    0x09,
    0xfe,
    0x82,
    0x02,
    0x01,
    0x25,
    0x01,
    0x75,
    0x01,
    0x95,
    0x08,
    0x09,
    0xff,
    0x81,
    0x02,
    0xc0,
    0xc0,
};
enum { CHANGES = 4 };

static void check(const struct scan *s)
{
	if (s->len == 0 || s->len > SCAN_MAX || s->text[s->len] != '\0')
		abort();
	for (size_t i = 0; i < s->len; i++)
		if (s->text[i] < 0x20 || s->text[i] > 0x7e)
			abort();
}

static void check_format(const struct hidpos_format *f)
{
	if (f->reports == 0 || f->reports > HIDPOS_REPORTS)
		abort();
	for (size_t i = 0; i < f->reports; i++) {
		const struct hidpos_report *r = &f->report[i];

		if (r->bytes > HID_REPORT_MAX || r->data.size != 8 ||
		    r->data.bit + 8U * r->data.count >
			8U * (r->bytes - (unsigned)f->numbered))
			abort();
	}
}

/* A copy of its own, so that one byte too far is seen. */
static void take(const struct hidpos_format *f, struct hidpos_frame *frame,
    struct scan_line *line, const uint8_t *bytes, size_t len, int64_t at_ms)
{
	uint8_t *report = malloc(len + (len == 0));
	struct scan scan;

	if (report == NULL)
		abort();
	memcpy(report, bytes, len);
	if (hidpos_take_report(frame, line, f, report, len, at_ms, &scan))
		check(&scan);
	free(report);
}

/* How many bytes it took, 0 = no descriptor of a scanner. */
static size_t parse(const uint8_t *data, size_t size, struct hidpos_format *out)
{
	uint8_t changed[sizeof(GOOD)];

	if (data[0] >= 128) {
		size_t n = (size - 1) * (data[0] - 128U) / 127;

		return hidpos_parse(data + 1, n, out) ? 1 + n : 0;
	}
	if (size < 1 + 2 * CHANGES)
		return 0;
	memcpy(changed, GOOD, sizeof(GOOD));
	for (size_t i = 0; i < CHANGES; i++)
		if (data[1 + 2 * i] < sizeof(GOOD))
			changed[data[1 + 2 * i]] = data[2 + 2 * i];
	return hidpos_parse(changed, sizeof(changed), out) ? 1 + 2 * CHANGES
							   : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hidpos_frame frame = {0};
	struct hidpos_format format;
	struct scan_line line;
	size_t at, len;
	int64_t now_ms = 0;

	at = size == 0 ? 0 : parse(data, size, &format);
	if (at == 0)
		return 0;
	check_format(&format);
	scan_line_init(&line, SCAN_SILENCE_DISCARDS);
	for (; at + 2 <= size; at += len) {
		/* Lengths that fit are many of them. */
		len = data[at] < 128 ? format.report[0].bytes : data[at] - 128U;
		now_ms += data[at + 1] * 10;
		at += 2;
		len = len <= size - at ? len : size - at;
		take(&format, &frame, &line, data + at, len, now_ms);
	}
	return 0;
}
