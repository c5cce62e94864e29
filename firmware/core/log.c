#include "log.h"

#include <string.h>

/*
 * offset size
 *      0    1  version, 1
 *      1    4  office
 *      5    4  device, of the hub's roster
 *      9    8  n, of the device's chain
 *     17    8  time, Unix seconds
 *     25    2  kind
 *     27   32  commitment
 *     59   32  hash
 * Integers are big-endian.
 */
enum {
	VERSION = 1,
	AT_OFFICE = 1,
	AT_DEVICE = 5,
	AT_N = 9,
	AT_TIME = 17,
	AT_KIND = 25,
	AT_COMMITMENT = 27,
	AT_HASH = 59
};

void log_entry_put(const struct log_entry *x, uint8_t out[LOG_ENTRY_BYTES])
{
	struct buf b;

	buf_init(&b, out, LOG_ENTRY_BYTES);
	buf_byte(&b, VERSION);
	buf_be(&b, x->office, 4);
	buf_be(&b, x->device, 4);
	buf_be(&b, x->n, 8);
	buf_be(&b, (uint64_t)x->time_s, 8);
	buf_be(&b, x->kind, 2);
	buf_put(&b, x->commitment.bytes, sizeof(x->commitment.bytes));
	buf_put(&b, x->hash.bytes, sizeof(x->hash.bytes));
}

static uint64_t take(struct str s, size_t at, size_t bytes)
{
	uint64_t v = 0;

	for (size_t i = at; i < at + bytes; i++)
		v = v << 8 | (unsigned char)s.ptr[i];
	return v;
}

bool log_entry_read(struct str s, struct log_entry *out)
{
	if (s.len != LOG_ENTRY_BYTES || s.ptr[0] != VERSION)
		return false;
	out->office = (uint32_t)take(s, AT_OFFICE, 4);
	out->device = (uint32_t)take(s, AT_DEVICE, 4);
	out->n = take(s, AT_N, 8);
	out->time_s = (int64_t)take(s, AT_TIME, 8);
	out->kind = (uint16_t)take(s, AT_KIND, 2);
	memcpy(out->commitment.bytes, s.ptr + AT_COMMITMENT,
	    sizeof(out->commitment.bytes));
	memcpy(out->hash.bytes, s.ptr + AT_HASH, sizeof(out->hash.bytes));
	return true;
}

static bool cut_front(struct str *s, const char *front)
{
	size_t n = strlen(front);

	if (!str_is(str_cut(*s, 0, n), front))
		return false;
	*s = str_cut(*s, n, s->len);
	return true;
}

bool log_origin(struct str url, uint32_t office, char out[NOTE_NAME])
{
	struct buf b;

	out[0] = '\0';
	if (!cut_front(&url, "https://") && !cut_front(&url, "http://"))
		return false;
	while (url.len > 0 && url.ptr[url.len - 1] == '/')
		url.len--;
	if (url.len == 0)
		return false;
	for (size_t i = 0; i < url.len; i++)
		if (url.ptr[i] <= ' ' || url.ptr[i] > '~' || url.ptr[i] == '+')
			return false;
	buf_init(&b, out, NOTE_NAME - 1); /* and NUL */
	buf_str(&b, url);
	buf_fmt(&b, "/karcis/%lu", (unsigned long)office);
	out[b.full ? 0 : b.len] = '\0';
	return !b.full;
}

enum { TILE_LEVEL_MAX = 63, GROUP = 1000, GROUPS = 7 /* of 20 digits */ };

bool log_tile_path(int level, uint64_t index, unsigned width,
    char out[LOG_PATH])
{
	unsigned group[GROUPS] = {0};
	size_t n = 0;
	struct buf b;

	out[0] = '\0';
	if (level < -1 || level > TILE_LEVEL_MAX || width < 1 ||
	    width > LOG_TILE)
		return false;
	do {
		group[n++] = (unsigned)(index % GROUP);
		index /= GROUP;
	} while (index > 0);
	buf_init(&b, out, LOG_PATH);
	if (level < 0)
		buf_text(&b, "tile/entries/");
	else
		buf_fmt(&b, "tile/%d/", level);
	while (n-- > 1)
		buf_fmt(&b, "x%03u/", group[n]);
	buf_fmt(&b, "%03u", group[0]);
	if (width < LOG_TILE)
		buf_fmt(&b, ".p/%u", width);
	buf_cstr(&b);
	return !b.full;
}

/* "entries" or "0".."63". */
static bool read_level(struct str s, int *level)
{
	int64_t n;

	*level = -1;
	if (str_is(s, "entries"))
		return true;
	if (s.len > 2 || !str_number(s, 0, TILE_LEVEL_MAX, &n))
		return false;
	*level = (int)n;
	return true;
}

static bool read_group(struct str s, uint64_t *index)
{
	int64_t n;

	if (s.len != 3 || !str_number(s, 0, GROUP - 1, &n))
		return false;
	*index = *index * GROUP + (uint64_t)n;
	return true;
}

/* "x001/067", "000.p/12" */
static bool read_place(struct str rest, uint64_t *index, unsigned *width)
{
	struct str part;
	int64_t n;

	*index = 0;
	*width = LOG_TILE;
	while (
	    str_split(&rest, '/', &part) && part.len > 0 && part.ptr[0] == 'x')
		if (!read_group(str_cut(part, 1, part.len), index))
			return false;
	if (part.len == 5 && str_is(str_cut(part, 3, 2), ".p")) {
		if (!str_number(rest, 1, LOG_TILE - 1, &n))
			return false;
		*width = (unsigned)n;
		return read_group(str_cut(part, 0, 3), index);
	}
	return rest.ptr == NULL && read_group(part, index);
}

bool log_tile_parse(struct str path, int *level, uint64_t *index,
    unsigned *width)
{
	struct str rest = path, part;
	char again[LOG_PATH];
	uint64_t at = 0;
	unsigned wide = 0;
	int high = 0;

	if (path.len >= LOG_PATH || !cut_front(&rest, "tile/") ||
	    !str_split(&rest, '/', &part) || !read_level(part, &high) ||
	    rest.ptr == NULL || !read_place(rest, &at, &wide))
		return false;
	/* One path, one tile: no needless zeros, no index beyond 64 bits. */
	if (!log_tile_path(high, at, wide, again) || !str_is(path, again))
		return false;
	*level = high;
	*index = at;
	*width = wide;
	return true;
}
