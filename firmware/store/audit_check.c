/* An export, checked line by line. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "audit_payload.h"
#include "audit_text.h"

#define MODULE "audit"

/* "karcis-head-v1" || u64 n || hash: what the audit key signs. */
#define HEAD_DOMAIN "karcis-head-v1"

struct check {
	FILE *f;
	char line[AUDIT_LINE];
	size_t len; /* of line */
	struct audit_header *header;
	struct audit_finding *finding;
	audit_row_fn *each;
	void *ctx;
	uint64_t n; /* of the entries that fit, the newest */
	struct audit_hash hash;
	uint64_t purged; /* highest end of a purge */
	uint16_t key_id; /* of the newest ticket */
	uint32_t seq;
};

static void find(struct check *c, enum audit_where where, uint64_t n,
    const char *what)
{
	struct audit_finding *f = c->finding;

	f->where = where;
	f->n = n;
	if (where == AUDIT_IN_ENTRY)
		(void)snprintf(f->text, sizeof(f->text), "entry %llu %s",
		    (unsigned long long)n, what);
	else
		(void)snprintf(f->text, sizeof(f->text), "the %s %s",
		    where == AUDIT_IN_HEADER ? "header" : "last line", what);
}

enum line { LINE_NONE, LINE_WHOLE, LINE_BROKEN };

/* The next line without its LF. A line that is too long, or that has no LF,
 * is broken. */
static enum line next_line(struct check *c)
{
	int byte;

	c->len = 0;
	while ((byte = getc_unlocked(c->f)) != EOF && byte != '\n') {
		if (c->len == sizeof(c->line) - 1)
			return LINE_BROKEN;
		c->line[c->len++] = (char)byte;
	}
	if (byte == '\n')
		return LINE_WHOLE;
	return c->len == 0 ? LINE_NONE : LINE_BROKEN;
}

static struct str line_of(const struct check *c)
{
	return str_of(c->line, c->len);
}

/* The header's lines and the last, which is its signature. */
static void check_header(struct check *c, const uint8_t *key)
{
	uint8_t text[AUDIT_HEADER], signature[64];
	struct buf b;
	unsigned line = 1;
	char what[64];

	buf_init(&b, text, sizeof(text));
	for (; line < AUDIT_HEADER_LINES; line++) {
		if (next_line(c) != LINE_WHOLE)
			break;
		buf_str(&b, line_of(c));
		buf_byte(&b, '\n');
	}
	if (line < AUDIT_HEADER_LINES || b.full ||
	    !audit_header_read(buf_view(&b), c->header, &line)) {
		(void)snprintf(what, sizeof(what),
		    "is malformed at its line %u", line);
		find(c, AUDIT_IN_HEADER, 0, what);
	} else if (key != NULL &&
	    memcmp(key, c->header->key, AUDIT_KEY_BYTES) != 0) {
		find(c, AUDIT_IN_HEADER, 0,
		    "names another audit key than the one to trust");
	} else if (next_line(c) != LINE_WHOLE ||
	    !audit_signed_read(line_of(c), signature) ||
	    crypto_sign_verify_detached(signature, text, b.len,
		c->header->key) != 0) {
		find(c, AUDIT_IN_HEADER, 0,
		    "is not under the audit key's signature");
	}
}

/* Kinds that a purge leaves as they are. */
static bool stays_whole(uint16_t kind)
{
	return kind == AUDIT_GENESIS || kind == AUDIT_PURGE;
}

/* A full export has every payload but those a purge erased. */
static const char *payload_fault(const struct check *c,
    const struct audit_row *row)
{
	struct audit_hash commitment;

	if (c->header->bare)
		return row->whole ? "is malformed: the export is a bare one"
				  : NULL;
	if (!row->whole)
		return row->n > c->header->erased || stays_whole(row->kind)
		    ? "was erased without a purge"
		    : NULL;
	if (row->n <= c->header->erased && !stays_whole(row->kind))
		return "was erased by a purge and put back by somebody";
	commitment = audit_commit(row->salt, row->payload);
	return memcmp(&commitment, &row->commitment, sizeof(commitment)) == 0
	    ? NULL
	    : "was changed: it does not fit its commitment";
}

/* Each ticket's sequence is above the last one's under the same key. */
static const char *follow_payload(struct check *c, const struct audit_row *row)
{
	struct audit_payload p;
	bool again;

	if (!row->whole || !audit_payload_read(row->payload, &p))
		return NULL;
	if (row->kind == AUDIT_PURGE && p.detail > c->purged)
		c->purged = p.detail;
	if (row->kind != AUDIT_ADMIT || p.ticket.key_id == 0)
		return NULL;
	again = p.ticket.key_id == c->key_id && p.ticket.seq <= c->seq;
	c->key_id = p.ticket.key_id;
	c->seq = p.ticket.seq;
	return again ? "repeats a ticket" : NULL;
}

static const char *row_fault(struct check *c, const struct audit_row *row)
{
	struct audit_hash hash;
	const char *what;

	if (row->n != c->n + 1)
		return "is missing";
	what = payload_fault(c, row);
	if (what != NULL)
		return what;
	hash = audit_link(row->n, &c->hash, row->time_s, row->kind,
	    &row->commitment);
	if (memcmp(&hash, &row->hash, sizeof(hash)) != 0)
		return "was changed: it does not fit the chain";
	return follow_payload(c, row);
}

static bool is_head(const struct check *c)
{
	return str_is(str_cut(line_of(c), 0, 5), "head ");
}

/* A line that begins as an entry's, behind the last entry. */
static bool is_added(const struct check *c)
{
	struct str rest = line_of(c), part;
	int64_t n;

	return str_split(&rest, ' ', &part) &&
	    str_number(part, 0, INT64_MAX, &n);
}

/* True while entries go on. */
static bool check_row(struct check *c, enum line line)
{
	uint8_t payload[AUDIT_PAYLOAD];
	struct audit_row row;
	const char *what = NULL;

	if (c->n == c->header->entries) {
		if (line != LINE_NONE && is_added(c))
			find(c, AUDIT_IN_ENTRY, c->n + 1,
			    "was added by somebody else");
		return false;
	}
	if (line == LINE_NONE || is_head(c))
		what = "is missing at the end";
	else if (line == LINE_BROKEN ||
	    !audit_row_read(line_of(c), &row, payload))
		what = "is malformed";
	else
		what = row_fault(c, &row);
	if (what != NULL) {
		find(c, AUDIT_IN_ENTRY, c->n + 1, what);
		return false;
	}
	c->n = row.n;
	c->hash = row.hash;
	if (c->each != NULL)
		c->each(c->ctx, &row);
	return true;
}

static void check_head(struct check *c, enum line line)
{
	uint8_t message[sizeof(HEAD_DOMAIN) - 1 + 8 + AUDIT_HASH_BYTES];
	struct audit_head head;
	struct buf b;

	if (line != LINE_WHOLE || !audit_head_read(line_of(c), &head)) {
		find(c, AUDIT_IN_HEAD, 0,
		    line == LINE_NONE ? "is missing" : "is malformed");
		return;
	}
	buf_init(&b, message, sizeof(message));
	buf_text(&b, HEAD_DOMAIN);
	buf_be(&b, head.n, 8);
	buf_put(&b, head.hash.bytes, sizeof(head.hash.bytes));
	if (head.n != c->n ||
	    memcmp(&head.hash, &c->hash, sizeof(head.hash)) != 0)
		find(c, AUDIT_IN_HEAD, 0,
		    "signs another chain than the one above it");
	else if (crypto_sign_verify_detached(head.signature, message,
		     sizeof(message), c->header->key) != 0)
		find(c, AUDIT_IN_HEAD, 0,
		    "is not under the audit key's signature");
	else if (next_line(c) != LINE_NONE)
		find(c, AUDIT_IN_HEAD, 0, "is followed by something");
	else if (!c->header->bare && c->purged != c->header->erased)
		find(c, AUDIT_IN_HEADER, 0,
		    "tells of another purge than the entries");
}

static void check_all(struct check *c, const uint8_t *key)
{
	enum line line;

	check_header(c, key);
	if (c->finding->where != AUDIT_NOWHERE)
		return;
	do
		line = next_line(c);
	while (check_row(c, line));
	if (c->finding->where == AUDIT_NOWHERE)
		check_head(c, line);
}

int audit_export_check(const char *path, const uint8_t *key, audit_row_fn *each,
    void *ctx, struct audit_header *header, struct audit_finding *finding,
    struct err *e)
{
	struct check c = {.header = header,
	    .finding = finding,
	    .each = each,
	    .ctx = ctx};
	int r = 0;

	memset(header, 0, sizeof(*header));
	memset(finding, 0, sizeof(*finding));
	c.f = fopen(path, "rbe");
	if (c.f == NULL)
		return err_set(e, -errno, MODULE ": cannot read %s: %s", path,
		    strerror(errno));
	check_all(&c, key);
	if (ferror(c.f))
		r = err_set(e, -EIO, MODULE ": cannot read %s", path);
	(void)fclose(c.f);
	return r;
}
