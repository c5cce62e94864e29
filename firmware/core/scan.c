#include "scan.h"

#include <string.h>

void scan_line_drop(struct scan_line *l)
{
	memset(l->text, 0, sizeof(l->text));
	l->len = 0;
	l->bad = false;
	l->last_ms = 0;
}

void scan_line_init(struct scan_line *l, enum scan_silence silence)
{
	scan_line_drop(l);
	l->silence = silence;
}

static bool pending(const struct scan_line *l)
{
	return l->bad || l->len > 0;
}

static bool ascii_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* ISO/IEC 15424: flag character, code character, modifier. */
static size_t aim_len(const char *text, size_t len)
{
	bool aim = len >= SCAN_AIM && text[0] == ']' && ascii_letter(text[1]) &&
	    text[2] >= '0' && text[2] <= '9';

	return aim ? SCAN_AIM : 0;
}

static bool end_line(struct scan_line *l, struct scan *out)
{
	size_t from = aim_len(l->text, l->len);
	size_t len = l->len - from;
	bool whole = !l->bad && len > 0 && len <= SCAN_MAX;

	if (whole) {
		memset(out, 0, sizeof(*out));
		memcpy(out->text, l->text + from, len);
		out->len = len;
	}
	scan_line_drop(l);
	return whole;
}

static bool silence_ends(const struct scan_line *l)
{
	return l->silence == SCAN_SILENCE_ENDS;
}

static void notice_gap(struct scan_line *l, int64_t mono_ms)
{
	int64_t gap_ms = mono_ms - l->last_ms;

	if (!pending(l) || gap_ms <= SCAN_SILENCE_MS)
		return;
	if (silence_ends(l) || gap_ms > SCAN_FORGIVE_MS)
		scan_line_drop(l);
	else
		l->bad = true;
}

bool scan_line_byte(struct scan_line *l, unsigned byte, int64_t mono_ms,
    struct scan *out)
{
	notice_gap(l, mono_ms);
	if (byte == '\r' || byte == '\n' || byte == '\t')
		return end_line(l, out);
	l->last_ms = mono_ms;
	if (byte < 0x20 || byte > 0x7e || l->len == sizeof(l->text))
		l->bad = true;
	else if (!l->bad)
		l->text[l->len++] = (char)byte;
	return false;
}

bool scan_line_quiet(struct scan_line *l, int64_t mono_ms, struct scan *out)
{
	if (!silence_ends(l) || !pending(l) ||
	    mono_ms - l->last_ms <= SCAN_SILENCE_MS)
		return false;
	return end_line(l, out);
}

int64_t scan_line_deadline_ms(const struct scan_line *l)
{
	if (!silence_ends(l) || !pending(l))
		return -1;
	return l->last_ms + SCAN_SILENCE_MS + 1;
}

void scan_line_join(struct scan_line *l, int64_t mono_ms)
{
	if (pending(l))
		l->last_ms = mono_ms;
}

void scan_line_spoil(struct scan_line *l, int64_t mono_ms)
{
	l->bad = true;
	l->last_ms = mono_ms;
}

static bool same(const struct scan *a, const struct scan *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

bool scan_debounce(struct scan_debounce *d, const struct scan *s,
    int64_t mono_ms)
{
	size_t use = 0;

	for (size_t i = 0; i < SCAN_SEEN; i++) {
		if (d->seen[i].scan.len > 0 && same(&d->seen[i].scan, s)) {
			int64_t since_ms = mono_ms - d->seen[i].last_ms;

			d->seen[i].last_ms = mono_ms;
			return since_ms >= SCAN_SAME_MS;
		}
		if (d->seen[use].scan.len > 0 &&
		    (d->seen[i].scan.len == 0 ||
			d->seen[i].last_ms < d->seen[use].last_ms))
			use = i;
	}
	d->seen[use].scan = *s;
	d->seen[use].last_ms = mono_ms;
	return true;
}
