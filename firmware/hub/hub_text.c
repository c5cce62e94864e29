#include "hub_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BYTES = 256 };

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
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n < 0 || !reserve(t, (size_t)n)) {
		t->failed = true;
		return;
	}
	va_start(args, fmt);
	n = vsnprintf(t->ptr + t->len, t->cap - t->len, fmt, args);
	va_end(args);
	if (n > 0)
		t->len += (size_t)n;
}

void hub_text_int(struct hub_text *t, int64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRId64, n);

	hub_text_put(t, digits, (size_t)len);
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
