/*
 * The log as anybody may read it: checkpoints and tiles (C2SP tlog-tiles)
 * below /v1/log/OFFICE. No person's data stands in them.
 */
#include "hub_call.h"

#include <errno.h>
#include <string.h>

#include "hub_log.h"

enum { PREFIX = sizeof("/v1/log/") - 1 };
static const char TEXT[] = "text/plain; charset=utf-8";
static const char BYTES[] = "application/octet-stream";

static int not_found(struct hub_call *c)
{
	return hub_refuse(c, 404, "not_found", "no such part of a log");
}

static int give(struct hub_call *c, const char *type, struct hub_text *body,
    struct err *e)
{
	int r = hub_reply(c, 200, body, e);

	if (r == 0)
		c->out->type = type;
	return r;
}

static int give_checkpoint(struct hub_call *c, uint32_t office, struct err *e)
{
	struct hub_text note = {0};
	struct hub_log *l = NULL;
	int r = hub_log_open(c->db, office, &l, e);

	if (r == 0)
		r = hub_log_checkpoint(l, c->hub, &note, e);
	if (r == 0)
		r = give(c, TEXT, &note, e);
	hub_text_fini(&note);
	hub_log_close(l);
	return r;
}

/* 1, or 0 when there are not as many. */
static int put_hashes(struct hub_call *c, uint32_t office, int level,
    uint64_t index, unsigned width, struct hub_text *out, struct err *e)
{
	struct merkle_hash hash[LOG_TILE];
	size_t n;
	int r = hub_db_one(c->db, HUB_SQL_LOG_TILE,
	    HUB_ARGS(hub_n(office), hub_n(level), hub_n((int64_t)index)), e);

	if (r <= 0)
		return r;
	if (!hub_log_hashes(hub_db_text(c->db, 0), hash, &n))
		return err_set(e, -EIO, "hub: a tile of a log is no good");
	if (n < width)
		return 0;
	for (unsigned i = 0; i < width; i++)
		hub_text_put(out, hash[i].bytes, MERKLE_BYTES);
	return 1;
}

static void put_entry(struct hub_text *out, const struct log_entry *x)
{
	const uint8_t len[2] = {LOG_ENTRY_BYTES >> 8, LOG_ENTRY_BYTES & 0xff};
	uint8_t bytes[LOG_ENTRY_BYTES];

	log_entry_put(x, bytes);
	hub_text_put(out, len, sizeof(len));
	hub_text_put(out, bytes, sizeof(bytes));
}

static int put_entries(struct hub_call *c, uint32_t office, uint64_t tile,
    unsigned width, struct hub_text *out, struct err *e)
{
	const uint64_t first = tile * LOG_TILE;
	struct log_entry x;
	uint64_t at;
	unsigned n = 0;
	int r = hub_db_ask(c->db, HUB_SQL_LOG_ENTRIES,
	    HUB_ARGS(hub_n(office), hub_n((int64_t)first),
		hub_n((int64_t)(first + width))),
	    e);

	if (r == 0)
		r = hub_db_next(c->db, e);
	while (r == 0 && (r = hub_db_row(c->db, e)) == 1) {
		r = 0;
		if (!hub_log_row(c->db, office, &x, &at) || at != first + n)
			return err_set(e, -EIO, "hub: a log is no good");
		put_entry(out, &x);
		n++;
	}
	return r < 0 ? r : n == width;
}

static int give_tile(struct hub_call *c, uint32_t office, struct str path,
    struct err *e)
{
	struct hub_text body = {0};
	uint64_t index;
	unsigned width;
	int level, r;

	/* Nothing of that size is ever kept. */
	if (!log_tile_parse(path, &level, &index, &width) ||
	    index > INT64_MAX / LOG_TILE - 1)
		return not_found(c);
	r = level < 0 ? put_entries(c, office, index, width, &body, e)
		      : put_hashes(c, office, level, index, width, &body, e);
	if (r == 1)
		r = give(c, BYTES, &body, e);
	else if (r == 0)
		r = not_found(c);
	if (r == 0 && c->out->status == 200)
		c->out->immutable = width == LOG_TILE;
	hub_text_fini(&body);
	return r;
}

/* The office as /v1/log has it: decimal, no leading zero. */
static bool read_office(struct str *rest, uint32_t *out)
{
	struct str text;
	int64_t n;

	if (!str_split(rest, '/', &text) || rest->ptr == NULL ||
	    !str_number(text, 1, UINT32_MAX, &n) || text.ptr[0] == '0')
		return false;
	*out = (uint32_t)n;
	return true;
}

int hub_log_public(struct hub_call *c, struct err *e)
{
	struct str rest = str_cut(c->path, PREFIX, c->path.len);
	uint32_t office;
	int r;

	if (!str_is(c->q->method, "GET"))
		return hub_refuse(c, 405, "method", "not with this method");
	if (!read_office(&rest, &office))
		return not_found(c);
	r = hub_db_begin(c->db, HUB_DB_READ, e);
	if (r == 0)
		r = hub_db_one(c->db, HUB_SQL_OFFICE_GET,
		    HUB_ARGS(hub_n(office)), e);
	if (r <= 0)
		return r < 0 ? r : not_found(c);
	if (str_is(rest, "checkpoint"))
		return give_checkpoint(c, office, e);
	return give_tile(c, office, rest, e);
}
