#include "hub_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BYTES = 256, SHORT_BYTES = 64 };

void hub_text_fini(struct hub_text *t)
{
	free(t->ptr);
	memset(t, 0, sizeof(*t));
}

void hub_text_clear(struct hub_text *t)
{
	t->len = 0;
	t->failed = false;
	if (t->ptr != NULL)
		t->ptr[0] = '\0';
}

/* Room for len more bytes and a NUL. */
static bool reserve(struct hub_text *t, size_t len)
{
	size_t cap = t->cap == 0 ? FIRST_BYTES : t->cap;
	char *p;

	if (t->failed || len > SIZE_MAX / 4 - t->len)
		goto fail;
	while (cap < t->len + len + 1)
		cap *= 2;
	if (cap == t->cap)
		return true;
	p = realloc(t->ptr, cap);
	if (p == NULL)
		goto fail;
	t->ptr = p;
	t->cap = cap;
	return true;
fail:
	t->failed = true;
	return false;
}

void hub_text_put(struct hub_text *t, const void *bytes, size_t len)
{
	if (!reserve(t, len))
		return;
	if (len > 0)
		memcpy(t->ptr + t->len, bytes, len);
	t->len += len;
	t->ptr[t->len] = '\0';
}

void hub_text_str(struct hub_text *t, const char *s)
{
	hub_text_put(t, s, strlen(s));
}

void hub_text_fmt(struct hub_text *t, const char *fmt, ...)
{
	va_list args;
	size_t room;
	int n;

	/* Mostly the first try fits. */
	for (size_t want = SHORT_BYTES;; want = (size_t)n) {
		if (!reserve(t, want))
			return;
		room = t->cap - t->len;
		va_start(args, fmt);
		n = vsnprintf(t->ptr + t->len, room, fmt, args);
		va_end(args);
		if (n < 0 || (size_t)n < room)
			break;
	}
	if (n < 0)
		t->failed = true;
	else
		t->len += (size_t)n;
}

void hub_text_int(struct hub_text *t, int64_t n)
{
	char digits[24], *p = digits + sizeof(digits);
	uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

	do
		*--p = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (n < 0)
		*--p = '-';
	hub_text_put(t, p, (size_t)(digits + sizeof(digits) - p));
}

void hub_text_quote(struct hub_text *t, struct str s)
{
	hub_text_put(t, "\"", 1);
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c == '"' || c == '\\')
			hub_text_put(t, "\\", 1);
		if (c < 0x20)
			hub_text_fmt(t, "\\u%04x", c);
		else
			hub_text_put(t, &c, 1);
	}
	hub_text_put(t, "\"", 1);
}

void hub_text_hex(struct hub_text *t, const void *bytes, size_t len)
{
	static const char digit[] = "0123456789abcdef";
	const uint8_t *p = bytes;

	if (!reserve(t, 2 * len + 2))
		return;
	t->ptr[t->len++] = '"';
	for (size_t i = 0; i < len; i++) {
		t->ptr[t->len++] = digit[p[i] >> 4];
		t->ptr[t->len++] = digit[p[i] & 15];
	}
	t->ptr[t->len++] = '"';
	t->ptr[t->len] = '\0';
}

void hub_text_comma(struct hub_text *t)
{
	if (t->len > 0 && t->ptr[t->len - 1] != '[' &&
	    t->ptr[t->len - 1] != '{')
		hub_text_put(t, ",", 1);
}
