#include "str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct str str_from(const char *s)
{
	struct str v = {"", 0};

	if (s != NULL) {
		v.ptr = s;
		v.len = strlen(s);
	}
	return v;
}

struct str str_of(const void *ptr, size_t len)
{
	struct str v = {ptr, len};

	return v;
}

bool str_eq(struct str a, struct str b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool str_is(struct str a, const char *s)
{
	return str_eq(a, str_from(s));
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool str_is_nocase(struct str a, const char *s)
{
	struct str b = str_from(s);

	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
	while (s.len > 0 && is_blank(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

struct str str_cut(struct str s, size_t from, size_t len)
{
	if (from > s.len)
		from = s.len;
	if (len > s.len - from)
		len = s.len - from;
	return str_of(s.ptr + from, len);
}

bool str_split(struct str *rest, char sep, struct str *part)
{
	size_t n = 0;

	if (rest->ptr == NULL)
		return false;
	while (n < rest->len && rest->ptr[n] != sep)
		n++;
	*part = str_of(rest->ptr, n);
	if (n == rest->len)
		*rest = str_of(NULL, 0);
	else
		*rest = str_of(rest->ptr + n + 1, rest->len - n - 1);
	return true;
}

bool str_number(struct str s, int64_t lo, int64_t hi, int64_t *out)
{
	int64_t v = 0;

	if (s.len == 0 || s.len > 18) /* 18 digits always fit int64 */
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
		v = v * 10 + (s.ptr[i] - '0');
	}
	if (v < lo || v > hi)
		return false;
	*out = v;
	return true;
}

/* Length of the well-formed sequence at p (RFC 3629 section 4), 0 = none. */
static size_t utf8_len(const unsigned char *p, size_t left)
{
	size_t n;
	unsigned lo = 0x80, hi = 0xBF;

	if (p[0] < 0x80)
		return p[0] != 0;
	if (p[0] >= 0xC2 && p[0] <= 0xDF)
		n = 2;
	else if (p[0] >= 0xE0 && p[0] <= 0xEF)
		n = 3;
	else if (p[0] >= 0xF0 && p[0] <= 0xF4)
		n = 4;
	else
		return 0;
	if (left < n)
		return 0;
	if (p[0] == 0xE0)
		lo = 0xA0;
	else if (p[0] == 0xED)
		hi = 0x9F;
	else if (p[0] == 0xF0)
		lo = 0x90;
	else if (p[0] == 0xF4)
		hi = 0x8F;
	if (p[1] < lo || p[1] > hi)
		return 0;
	for (size_t i = 2; i < n; i++)
		if (p[i] < 0x80 || p[i] > 0xBF)
			return 0;
	return n;
}

bool str_is_utf8(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;

	for (size_t i = 0; i < s.len;) {
		size_t n = utf8_len(p + i, s.len - i);

		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

bool str_copy(char *dst, size_t cap, struct str s)
{
	if (cap == 0)
		return false;
	if (s.len >= cap) {
		dst[0] = '\0';
		return false;
	}
	if (s.len > 0)
		memcpy(dst, s.ptr, s.len);
	dst[s.len] = '\0';
	return true;
}

void buf_init(struct buf *b, void *storage, size_t cap)
{
	b->ptr = storage;
	b->cap = cap;
	b->len = 0;
	b->full = false;
}

void buf_put(struct buf *b, const void *bytes, size_t len)
{
	if (b->full || len > b->cap - b->len) {
		b->full = true;
		return;
	}
	if (len > 0)
		memcpy(b->ptr + b->len, bytes, len);
	b->len += len;
}

void buf_byte(struct buf *b, unsigned byte)
{
	uint8_t v = (uint8_t)(byte & 0xFFU);

	buf_put(b, &v, 1);
}

void buf_str(struct buf *b, struct str s)
{
	buf_put(b, s.ptr, s.len);
}

void buf_text(struct buf *b, const char *s)
{
	buf_str(b, str_from(s));
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list args;
	char text[512];
	int n;

	va_start(args, fmt);
	n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof(text))
		b->full = true;
	else
		buf_put(b, text, (size_t)n);
}

void buf_be(struct buf *b, uint64_t value, unsigned bytes)
{
	while (bytes-- > 0)
		buf_byte(b, (unsigned)(value >> (8 * bytes)) & 0xFFU);
}

struct str buf_view(const struct buf *b)
{
	return str_of(b->ptr, b->len);
}

const char *buf_cstr(struct buf *b)
{
	if (b->cap == 0)
		return "";
	if (b->len == b->cap)
		b->len--;
	b->ptr[b->len] = '\0';
	return (const char *)b->ptr;
}
