#include "audit_text.h"

#include "firmware/core/wire.h"

#include <inttypes.h>
#include <string.h>

enum { HEX_PIECE = 64 };

static void put_hex(struct buf *b, const uint8_t *bytes, size_t len)
{
	char hex[2 * HEX_PIECE + 1];

	for (size_t at = 0; at < len; at += HEX_PIECE) {
		size_t n = len - at < HEX_PIECE ? len - at : HEX_PIECE;

		wire_hex(bytes + at, n, hex);
		buf_text(b, hex);
	}
}

/* Decimal as it is printed: no sign, no needless zero. */
static bool read_number(struct str s, int64_t hi, uint64_t *out)
{
	int64_t n;

	if ((s.len > 1 && s.ptr[0] == '0') || !str_number(s, 0, hi, &n))
		return false;
	*out = (uint64_t)n;
	return true;
}

/* 18 digits, either way of 1970. */
static bool read_time(struct str s, int64_t *out)
{
	bool before = s.len > 1 && s.ptr[0] == '-' && s.ptr[1] != '0';
	uint64_t n = 0;

	if (!read_number(before ? str_cut(s, 1, s.len) : s, INT64_MAX, &n))
		return false;
	*out = before ? -(int64_t)n : (int64_t)n;
	return true;
}

static bool is_terminal(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < ' ')
			return false;
	return s.len > 0 && s.len < AUDIT_TERMINAL && str_is_utf8(s);
}

bool audit_header_put(const struct audit_header *h, struct buf *out)
{
	if (!is_terminal(str_from(h->terminal)))
		return false;
	buf_text(out, "karcis-audit 1\n");
	buf_fmt(out, "office %" PRIu32 "\nterminal %s\nmade %" PRId64 "\nkey ",
	    h->office, h->terminal, h->made_s);
	put_hex(out, h->key, sizeof(h->key));
	buf_fmt(out, "\nform %s\nentries %" PRIu64 "\nerased %" PRIu64 "\n",
	    h->bare ? "bare" : "full", h->entries, h->erased);
	return !out->full;
}

/* The value behind "NAME "; an empty one where the line is another. */
static struct str value_of(struct str line, const char *name)
{
	size_t n = strlen(name);

	if (!str_is(str_cut(line, 0, n), name) || line.len < n + 2 ||
	    line.ptr[n] != ' ')
		return str_from("");
	return str_cut(line, n + 1, line.len);
}

/* One line of the header, counted from 1. */
static bool read_header_line(unsigned line, struct str s,
    struct audit_header *h)
{
	uint64_t n = 0;
	struct str v;

	switch (line) {
	case 1:
		return str_is(s, "karcis-audit 1");
	case 2:
		v = value_of(s, "office");
		if (!read_number(v, UINT32_MAX, &n))
			return false;
		h->office = (uint32_t)n;
		return n > 0;
	case 3:
		v = value_of(s, "terminal");
		return is_terminal(v) &&
		    str_copy(h->terminal, sizeof(h->terminal), v);
	case 4:
		return read_time(value_of(s, "made"), &h->made_s);
	case 5:
		return wire_unhex(value_of(s, "key"), h->key, sizeof(h->key));
	case 6:
		v = value_of(s, "form");
		h->bare = str_is(v, "bare");
		return h->bare || str_is(v, "full");
	case 7:
		return read_number(value_of(s, "entries"), INT64_MAX,
		    &h->entries);
	case 8:
		return read_number(value_of(s, "erased"), INT64_MAX,
		    &h->erased);
	default:
		return false;
	}
}

bool audit_header_read(struct str text, struct audit_header *out,
    unsigned *line)
{
	struct str part;

	memset(out, 0, sizeof(*out));
	*line = 1;
	if (text.len == 0 || text.ptr[text.len - 1] != '\n')
		return false;
	text.len--;
	for (; str_split(&text, '\n', &part); ++*line)
		if (!read_header_line(*line, part, out))
			return false;
	return *line == AUDIT_HEADER_LINES;
}

void audit_signed_put(const uint8_t signature[64], struct buf *out)
{
	buf_text(out, "signed ");
	put_hex(out, signature, 64);
	buf_byte(out, '\n');
}

bool audit_signed_read(struct str line, uint8_t signature[64])
{
	return wire_unhex(value_of(line, "signed"), signature, 64);
}

void audit_row_put(const struct audit_row *row, bool bare, struct buf *out)
{
	buf_fmt(out, "%" PRIu64 " %" PRId64 " %u ", row->n, row->time_s,
	    row->kind);
	put_hex(out, row->commitment.bytes, sizeof(row->commitment.bytes));
	buf_byte(out, ' ');
	put_hex(out, row->hash.bytes, sizeof(row->hash.bytes));
	if (row->whole && !bare) {
		buf_byte(out, ' ');
		put_hex(out, row->salt, sizeof(row->salt));
		buf_byte(out, ' ');
		put_hex(out, (const uint8_t *)row->payload.ptr,
		    row->payload.len);
	}
	buf_byte(out, '\n');
}

static bool read_payload(struct str rest, struct audit_row *row,
    uint8_t payload[AUDIT_PAYLOAD])
{
	struct str part;

	if (!str_split(&rest, ' ', &part) ||
	    !wire_unhex(part, row->salt, sizeof(row->salt)) ||
	    rest.ptr == NULL || rest.len < 2 ||
	    rest.len > 2 * (size_t)AUDIT_PAYLOAD ||
	    !wire_unhex(rest, payload, rest.len / 2))
		return false;
	row->whole = true;
	row->payload = str_of(payload, rest.len / 2);
	return true;
}

bool audit_row_read(struct str line, struct audit_row *row,
    uint8_t payload[AUDIT_PAYLOAD])
{
	struct str part;
	uint64_t kind = 0;

	memset(row, 0, sizeof(*row));
	if (!str_split(&line, ' ', &part) ||
	    !read_number(part, INT64_MAX, &row->n) ||
	    !str_split(&line, ' ', &part) || !read_time(part, &row->time_s) ||
	    !str_split(&line, ' ', &part) ||
	    !read_number(part, UINT16_MAX, &kind) || kind == 0 ||
	    !str_split(&line, ' ', &part) ||
	    !wire_unhex(part, row->commitment.bytes,
		sizeof(row->commitment.bytes)) ||
	    !str_split(&line, ' ', &part) ||
	    !wire_unhex(part, row->hash.bytes, sizeof(row->hash.bytes)))
		return false;
	row->kind = (uint16_t)kind;
	return line.ptr == NULL || read_payload(line, row, payload);
}

void audit_head_put(const struct audit_head *h, struct buf *out)
{
	buf_fmt(out, "head %" PRIu64 " ", h->n);
	put_hex(out, h->hash.bytes, sizeof(h->hash.bytes));
	buf_byte(out, ' ');
	put_hex(out, h->signature, sizeof(h->signature));
	buf_byte(out, '\n');
}

bool audit_head_read(struct str line, struct audit_head *out)
{
	struct str rest = value_of(line, "head"), part;

	memset(out, 0, sizeof(*out));
	return str_split(&rest, ' ', &part) &&
	    read_number(part, INT64_MAX, &out->n) &&
	    str_split(&rest, ' ', &part) &&
	    wire_unhex(part, out->hash.bytes, sizeof(out->hash.bytes)) &&
	    rest.ptr != NULL &&
	    wire_unhex(rest, out->signature, sizeof(out->signature));
}
