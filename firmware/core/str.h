/*
 * Text in is a view (struct str), bytes out are a buffer (struct buf).
 *
 * A str borrows its bytes, may hold any byte and may lack a NUL. A buf writes
 * into the caller's storage and remembers an overflow in `full`, so that it
 * is checked once, at the end; nothing is written past `cap`.
 */
#ifndef KARCIS_CORE_STR_H
#define KARCIS_CORE_STR_H

#include "base.h"

struct str {
	const char *ptr;
	size_t len;
};

struct buf {
	uint8_t *ptr;
	size_t cap;
	size_t len;
	bool full;
};

struct str str_from(const char *nul_terminated); /* NULL gives "" */
struct str str_of(const void *ptr, size_t len);
bool str_eq(struct str a, struct str b);
bool str_is(struct str a, const char *nul_terminated);
bool str_is_nocase(struct str a, const char *nul_terminated); /* ASCII */
struct str str_trim(struct str s); /* spaces, tabs, CR, LF at both ends */
struct str str_cut(struct str s, size_t from, size_t len); /* clipped */
/* Takes the part before `sep` off the front of *rest; false when *rest was
 * already used up (ptr == NULL). The last part ends the walk. */
bool str_split(struct str *rest, char sep, struct str *part) MUST_USE;
/* Decimal digits only, no sign, no spaces; false outside lo..hi. */
bool str_number(struct str s, int64_t lo, int64_t hi, int64_t *out) MUST_USE;
/* True when the bytes are well-formed UTF-8 (RFC 3629) without NUL. */
bool str_is_utf8(struct str s);
/* Copies and NUL-terminates; false (and dst = "") when it does not fit. */
bool str_copy(char *dst, size_t cap, struct str s) MUST_USE;

void buf_init(struct buf *b, void *storage, size_t cap);
void buf_put(struct buf *b, const void *bytes, size_t len);
void buf_byte(struct buf *b, unsigned byte); /* low 8 bits */
void buf_str(struct buf *b, struct str s);
void buf_text(struct buf *b, const char *nul_terminated);
void buf_fmt(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_be(struct buf *b, uint64_t value, unsigned bytes); /* big-endian */
struct str buf_view(const struct buf *b);
/* NUL-terminates inside cap (an overfull buffer is cut) and returns it. */
const char *buf_cstr(struct buf *b);

#endif
