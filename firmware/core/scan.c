#include "scan.h"

#include <string.h>

static void clear(struct scan_line *l)
{
	l->len = 0;
	l->bad = false;
	l->last_ms = 0;
}

static bool pending(const struct scan_line *l)
{
	return l->bad || l->len > 0;
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool has_aim(const struct scan_line *l)
{
	return l->len >= SCAN_AIM && l->text[0] == ']' &&
	    is_letter(l->text[1]) && l->text[2] >= '0' && l->text[2] <= '9';
}

/* Ends the line: a code in *out, or nothing. */
static bool finish(struct scan_line *l, struct scan *out)
{
	size_t from = has_aim(l) ? SCAN_AIM : 0;
	size_t len = l->len - from;
	bool good = !l->bad && len > 0 && len <= SCAN_MAX;

	if (good) {
		memset(out, 0, sizeof(*out));
		memcpy(out->text, l->text + from, len);
		out->len = len;
	}
	clear(l);
	return good;
}

static bool is_silent(const struct scan_line *l, int64_t mono_ms)
{
	return pending(l) && mono_ms - l->last_ms > SCAN_SILENCE_MS;
}

bool scan_line_byte(struct scan_line *l, unsigned byte, int64_t mono_ms,
    struct scan *out)
{
	if (is_silent(l, mono_ms))
		clear(l);
	if (byte == '\r' || byte == '\n' || byte == '\t') {
		if (pending(l))
			l->terminates = true;
		return finish(l, out);
	}
	if (byte < 0x20 || byte > 0x7e || l->len == sizeof(l->text))
		l->bad = true;
	if (!l->bad)
		l->text[l->len++] = (char)byte;
	l->last_ms = mono_ms;
	return false;
}

bool scan_line_quiet(struct scan_line *l, int64_t mono_ms, struct scan *out)
{
	if (!is_silent(l, mono_ms))
		return false;
	if (l->terminates)
		l->bad = true;
	return finish(l, out);
}

int64_t scan_line_deadline_ms(const struct scan_line *l)
{
	return pending(l) ? l->last_ms + SCAN_SILENCE_MS + 1 : -1;
}

void scan_line_spoil(struct scan_line *l, int64_t mono_ms)
{
	l->bad = true;
	l->last_ms = mono_ms;
}

bool scan_debounce(struct scan_debounce *d, const struct scan *s,
    int64_t mono_ms)
{
	struct scan_seen *e;
	bool news;
	size_t i;

	for (i = 0; i < SCAN_SEEN; i++) {
		e = &d->seen[i];
		if (e->scan.len != s->len || s->len == 0 ||
		    memcmp(e->scan.text, s->text, s->len) != 0)
			continue;
		news = mono_ms - e->last_ms >= SCAN_SAME_MS;
		e->last_ms = mono_ms;
		return news;
	}
	e = &d->seen[d->next];
	d->next = (uint8_t)((d->next + 1) % SCAN_SEEN);
	e->scan = *s;
	e->last_ms = mono_ms;
	return true;
}
