#include "hid_report.h"

#include <string.h>

/* Items: HID 1.11, 6.2.2.2 to 6.2.2.8; tag and type as in the first byte,
 * its two size bits cleared. */
enum {
	ITEM_LONG = 0xfe,
	INPUT = 0x80,
	OUTPUT = 0x90,
	FEATURE = 0xb0,
	COLLECTION = 0xa0,
	COLLECTION_END = 0xc0,
	PAGE = 0x04,
	REPORT_SIZE = 0x74,
	REPORT_ID = 0x84,
	REPORT_COUNT = 0x94,
	PUSH = 0xa4,
	POP = 0xb4,
	USAGE = 0x08,
	USAGE_MIN = 0x18,
	USAGE_MAX = 0x28,
	DELIMITER = 0xa8,
	APPLICATION = 1,
	IS_CONSTANT = 1,
	IS_VARIABLE = 2,
	STACK = 4,
	USAGES = 64,
	FIELD_BITS = 32,
};

/* Page in the upper half. */
enum {
	BYTE_COUNT = 0x0001003b,
	BAR_CODE_SCANNER = 0x008c0002,
	DECODED_DATA = 0x008c00fe,
	DECODE_DATA_CONTINUED = 0x008c00ff,
};

struct globals {
	uint32_t page, size, count;
	uint8_t id;
};

/* What is declared for the next main item; the page of a short usage is the
 * one in force there. */
struct locals {
	uint32_t usage[USAGES];
	bool whole[USAGES]; /* the usage names its page itself */
	size_t usages;
	uint32_t min, max;
	bool min_whole, ranged, delimited, alternative;
};

struct reader {
	struct globals g, stack[STACK];
	size_t pushed;
	struct locals l;
	unsigned level;  /* of collections */
	bool inside;     /* a bar code scanner */
	bool unnumbered; /* an input field came before any id */
	uint16_t bits[256];
	struct hidpos_format *out;
};

static uint32_t usage_at(const struct reader *r, size_t i)
{
	const struct locals *l = &r->l;
	uint32_t usage;
	bool whole;

	if (l->ranged && i >= l->usages) {
		uint32_t step = (uint32_t)(i - l->usages);

		usage = l->max < l->min || step > l->max - l->min
		    ? l->max
		    : l->min + step;
		whole = l->min_whole;
	} else if (l->usages > 0) {
		i = i < l->usages ? i : l->usages - 1;
		usage = l->usage[i];
		whole = l->whole[i];
	} else {
		return 0;
	}
	return whole ? usage : r->g.page << 16 | (usage & 0xffff);
}

/* The report of this id among those with fields of interest. */
static struct hidpos_report *report_of(struct hidpos_format *f, uint8_t id)
{
	size_t i;

	for (i = 0; i < f->reports; i++)
		if (f->report[i].id == id)
			return &f->report[i];
	if (f->reports == HIDPOS_REPORTS)
		return NULL;
	f->report[f->reports].id = id;
	return &f->report[f->reports++];
}

/* Adds one element; false when it does not follow those before. */
static bool extend(struct hid_field *f, uint32_t bit, uint32_t size)
{
	if (f->count == 0) {
		f->bit = bit;
		f->size = (uint8_t)size;
	} else if (size != f->size ||
	    bit != f->bit + (uint32_t)f->count * f->size) {
		return false;
	}
	f->count++;
	return true;
}

static bool note_element(struct reader *r, size_t i, uint32_t bit)
{
	uint32_t usage = usage_at(r, i);
	struct hidpos_report *report;

	if (usage != BYTE_COUNT && usage != DECODED_DATA &&
	    usage != DECODE_DATA_CONTINUED)
		return true;
	report = report_of(r->out, r->g.id);
	if (report == NULL || r->g.size > FIELD_BITS)
		return false;
	if (usage == DECODED_DATA)
		return extend(&report->data, bit, r->g.size);
	/* The flag is often declared for a whole byte: its first bit. */
	if (usage == DECODE_DATA_CONTINUED)
		return report->more.count > 0 ||
		    extend(&report->more, bit, r->g.size);
	return report->length.count > 0 ||
	    extend(&report->length, bit, r->g.size);
}

static bool take_input(struct reader *r, uint32_t flags)
{
	const struct globals *g = &r->g;
	uint32_t bit = r->bits[g->id];
	uint64_t end = bit + (uint64_t)g->size * g->count;
	size_t i;

	/* One byte is kept for the id. */
	if (end > (HID_REPORT_MAX - 1) * 8)
		return false;
	r->unnumbered = r->unnumbered || g->id == 0;
	r->out->known[g->id / 8] |= (uint8_t)(1U << g->id % 8);
	r->bits[g->id] = (uint16_t)end;
	if (!r->inside || g->size == 0 || (flags & IS_CONSTANT) != 0 ||
	    (flags & IS_VARIABLE) == 0)
		return true;
	for (i = 0; i < g->count; i++, bit += g->size)
		if (!note_element(r, i, bit))
			return false;
	return true;
}

static bool take_main(struct reader *r, unsigned tag, uint32_t value)
{
	bool good = true;

	if (tag == INPUT) {
		good = take_input(r, value);
	} else if (tag == COLLECTION) {
		if (r->level++ == 0)
			r->inside = value == APPLICATION &&
			    usage_at(r, 0) == BAR_CODE_SCANNER;
	} else if (tag == COLLECTION_END) {
		good = r->level > 0;
		if (good && --r->level == 0)
			r->inside = false;
	}
	memset(&r->l, 0, sizeof(r->l));
	return good;
}

static bool take_global(struct reader *r, unsigned tag, uint32_t value)
{
	if (tag == PAGE)
		r->g.page = value & 0xffff;
	else if (tag == REPORT_SIZE)
		r->g.size = value;
	else if (tag == REPORT_COUNT)
		r->g.count = value;
	else if (tag == PUSH && r->pushed < STACK)
		r->stack[r->pushed++] = r->g;
	else if (tag == POP && r->pushed > 0)
		r->g = r->stack[--r->pushed];
	else if (tag == PUSH || tag == POP)
		return false;
	else if (tag == REPORT_ID) {
		if (value == 0 || value > 255)
			return false;
		r->g.id = (uint8_t)value;
		r->out->numbered = true;
	}
	return true;
}

static bool take_local(struct reader *r, unsigned tag, uint32_t value,
    size_t size)
{
	struct locals *l = &r->l;

	if (tag == DELIMITER) {
		l->delimited = value == 1;
		l->alternative = false;
	} else if (tag == USAGE) {
		if (l->alternative)
			return true; /* the first of a set is preferred */
		if (l->usages == USAGES)
			return false;
		l->whole[l->usages] = size == 4;
		l->usage[l->usages++] = value;
		l->alternative = l->delimited;
	} else if (tag == USAGE_MIN) {
		l->min = value;
		l->min_whole = size == 4;
	} else if (tag == USAGE_MAX) {
		l->max = value;
		l->ranged = true;
	}
	return true;
}

static bool take_item(struct reader *r, unsigned prefix, uint32_t value,
    size_t size)
{
	enum { MAIN = 0, GLOBAL = 1, LOCAL = 2 };
	unsigned tag = prefix & 0xfc;

	switch (prefix >> 2 & 3) {
	case MAIN:
		return take_main(r, tag, value);
	case GLOBAL:
		return take_global(r, tag, value);
	case LOCAL:
		return take_local(r, tag, value, size);
	}
	return false; /* reserved */
}

static bool take_items(struct reader *r, const uint8_t *p, size_t len)
{
	static const size_t sizes[] = {0, 1, 2, 4};
	size_t at = 0;

	while (at < len) {
		unsigned prefix = p[at];
		size_t size = sizes[prefix & 3];
		uint32_t value = 0;
		size_t i;

		if (prefix == ITEM_LONG) {
			if (len - at < 3 || len - at < 3U + p[at + 1])
				return false;
			at += 3U + p[at + 1];
			continue;
		}
		if (len - at - 1 < size)
			return false;
		for (i = 0; i < size; i++)
			value |= (uint32_t)p[at + 1 + i] << 8 * i;
		if (!take_item(r, prefix, value, size))
			return false;
		at += 1 + size;
	}
	return r->level == 0 && !(r->unnumbered && r->out->numbered);
}

/* Keeps the reports that carry decoded data as bytes. */
static bool settle(const struct reader *r, struct hidpos_format *f)
{
	size_t i, kept = 0;

	for (i = 0; i < f->reports; i++) {
		struct hidpos_report *report = &f->report[i];

		if (report->data.count == 0)
			continue;
		if (report->data.size != 8)
			return false;
		report->bytes = (uint16_t)((r->bits[report->id] + 7) / 8 +
		    f->numbered);
		f->report[kept++] = *report;
	}
	f->reports = (uint8_t)kept;
	return kept > 0;
}

bool hidpos_parse(const uint8_t *descriptor, size_t len,
    struct hidpos_format *out)
{
	struct reader r = {.out = out};

	memset(out, 0, sizeof(*out));
	if (len <= HID_DESCRIPTOR_MAX && take_items(&r, descriptor, len) &&
	    settle(&r, out))
		return true;
	memset(out, 0, sizeof(*out));
	return false;
}

/* One element of a field; least significant bit first, HID 1.11, 5.8. */
static uint32_t element(const uint8_t *bytes, const struct hid_field *f,
    size_t i)
{
	size_t bit = f->bit + i * f->size;
	uint32_t value = 0;
	unsigned n;

	for (n = 0; n < f->size; n++, bit++)
		value |= (uint32_t)(bytes[bit / 8] >> bit % 8 & 1) << n;
	return value;
}

static const struct hidpos_report *find(const struct hidpos_format *f,
    uint8_t id)
{
	size_t i;

	for (i = 0; i < f->reports; i++)
		if (f->report[i].id == id)
			return &f->report[i];
	return NULL;
}

enum hidpos_verdict hidpos_read(const struct hidpos_format *f,
    const uint8_t *report, size_t report_len, uint8_t data[HID_REPORT_MAX],
    size_t *len)
{
	const struct hidpos_report *r;
	const uint8_t *body = report + f->numbered;
	uint8_t id;
	size_t i;

	*len = 0;
	if (report_len == 0)
		return HIDPOS_BAD;
	id = f->numbered ? report[0] : 0;
	r = find(f, id);
	if (r == NULL)
		return (f->known[id / 8] >> id % 8 & 1) != 0 ? HIDPOS_OTHER
							     : HIDPOS_BAD;
	if (report_len != r->bytes)
		return HIDPOS_BAD;
	*len = r->data.count;
	if (r->length.count > 0) {
		uint32_t length = element(body, &r->length, 0);

		if (length > r->data.count) {
			*len = 0;
			return HIDPOS_BAD;
		}
		*len = length;
	}
	for (i = 0; i < *len; i++)
		data[i] = (uint8_t)element(body, &r->data, i);
	while (r->length.count == 0 && *len > 0 && data[*len - 1] == 0)
		(*len)--;
	return r->more.count > 0 && element(body, &r->more, 0) != 0
	    ? HIDPOS_MORE
	    : HIDPOS_LAST;
}

/* A pause amid a code is the caller's delay; a code that is never continued
 * is given up. */
static void begin(struct hidpos_frame *frame, struct scan_line *line,
    int64_t mono_ms)
{
	if (frame->midway && mono_ms - line->last_ms > SCAN_FORGIVE_MS)
		frame->midway = false;
	if (frame->midway) {
		scan_line_join(line, mono_ms);
		return;
	}
	scan_line_drop(line);
	frame->ended = false;
}

static void feed(struct hidpos_frame *frame, struct scan_line *line,
    uint8_t byte, int64_t mono_ms)
{
	bool end = byte == '\r' || byte == '\n' || byte == '\t';
	struct scan none;

	/* Only an end completes a code, and none is fed here. */
	if (!end &&
	    (frame->ended || scan_line_byte(line, byte, mono_ms, &none)))
		scan_line_spoil(line, mono_ms);
	frame->ended = frame->ended || end;
}

bool hidpos_take_report(struct hidpos_frame *frame, struct scan_line *line,
    const struct hidpos_format *f, const uint8_t *report, size_t report_len,
    int64_t mono_ms, struct scan *out)
{
	uint8_t data[HID_REPORT_MAX];
	enum hidpos_verdict v;
	size_t len, i;

	v = hidpos_read(f, report, report_len, data, &len);
	if (v == HIDPOS_UNSET || v == HIDPOS_OTHER)
		return false;
	begin(frame, line, mono_ms);
	if (v == HIDPOS_BAD)
		scan_line_spoil(line, mono_ms);
	for (i = 0; i < len; i++)
		feed(frame, line, data[i], mono_ms);
	/* What is bad may have been the first of two: its tail goes too. */
	frame->midway = v != HIDPOS_LAST;
	line->last_ms = mono_ms;
	return v == HIDPOS_LAST && scan_line_byte(line, '\r', mono_ms, out);
}
