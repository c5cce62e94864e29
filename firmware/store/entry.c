#include "entry.h"

#include <string.h>

enum { PAYLOAD_VERSION = 1 };
enum column {
	COL_N,
	COL_TIME,
	COL_KIND,
	COL_OP,
	COL_BOOKING,
	COL_FIELD,
	COL_TEXT = COL_FIELD + ENTRY_FIELDS,
	COL_SALT,
	COL_PAYLOAD,
	COL_COMMITMENT,
	COL_HASH
};

/* Bytes of each field in the payload. */
static const uint8_t width[ENTRY_FIELDS] = {
    [ENTRY_EPOCH] = 4,
    [ENTRY_LETTER] = 1,
    [ENTRY_DAY] = 4,
    [ENTRY_LABEL] = 1,
    [ENTRY_NUMBER] = 2,
    [ENTRY_KEY_ID] = 2,
    [ENTRY_SEQ] = 4,
    [ENTRY_SLOT] = 2,
    [ENTRY_WINDOW] = 2,
    [ENTRY_TYPE] = 1,
    [ENTRY_FLAGS] = 1,
    [ENTRY_COMPANIONS] = 1,
    [ENTRY_SERVICE] = 1,
    [ENTRY_CLASS] = 1,
    [ENTRY_VERDICT] = 1,
    [ENTRY_PRINT] = 1,
    [ENTRY_DETAIL] = 8,
    [ENTRY_OUTBOX] = 8,
};

static void put_opt(struct buf *b, bool has, const uint8_t bytes[16])
{
	buf_byte(b, has ? 16 : 0);
	if (has)
		buf_put(b, bytes, 16);
}

static bool pack(const struct entry *x, struct buf *b)
{
	bool fits = true;
	size_t i;

	buf_byte(b, PAYLOAD_VERSION);
	put_opt(b, x->has_op, x->op_id.bytes);
	put_opt(b, x->has_booking, x->booking.bytes);
	for (i = 0; i < ENTRY_FIELDS; i++) {
		if (width[i] < 8 &&
		    (x->field[i] < 0 || x->field[i] >> (8 * width[i]) != 0))
			fits = false;
		buf_be(b, (uint64_t)x->field[i], width[i]);
	}
	buf_be(b, x->text_len, 2);
	buf_put(b, x->text, x->text_len);
	return fits && !b->full;
}

bool entry_seal(struct entry *x, const struct audit_hash *prev,
    struct buf *payload)
{
	if (!pack(x, payload))
		return false;
	x->commitment = audit_commit(x->salt, buf_view(payload));
	x->hash = audit_link(x->n, prev, x->time_s, x->kind, &x->commitment);
	return true;
}

static void bind_opt(sqlite3_stmt *s, int i, bool has, const uint8_t *bytes)
{
	if (has)
		sqlite3_bind_blob(s, i, bytes, 16, SQLITE_STATIC);
	else
		sqlite3_bind_null(s, i);
}

void entry_bind(sqlite3_stmt *s, const struct entry *x,
    const struct buf *payload)
{
	int i;

	sqlite3_bind_int64(s, COL_N + 1, (int64_t)x->n);
	sqlite3_bind_int64(s, COL_TIME + 1, x->time_s);
	sqlite3_bind_int(s, COL_KIND + 1, x->kind);
	bind_opt(s, COL_OP + 1, x->has_op, x->op_id.bytes);
	bind_opt(s, COL_BOOKING + 1, x->has_booking, x->booking.bytes);
	for (i = 0; i < ENTRY_FIELDS; i++)
		sqlite3_bind_int64(s, COL_FIELD + 1 + i, x->field[i]);
	if (x->text_len > 0)
		sqlite3_bind_text(s, COL_TEXT + 1, x->text, x->text_len,
		    SQLITE_STATIC);
	else
		sqlite3_bind_null(s, COL_TEXT + 1);
	sqlite3_bind_blob(s, COL_SALT + 1, x->salt, AUDIT_SALT_BYTES,
	    SQLITE_STATIC);
	sqlite3_bind_blob(s, COL_PAYLOAD + 1, payload->ptr, (int)payload->len,
	    SQLITE_STATIC);
	sqlite3_bind_blob(s, COL_COMMITMENT + 1, x->commitment.bytes,
	    AUDIT_HASH_BYTES, SQLITE_STATIC);
	sqlite3_bind_blob(s, COL_HASH + 1, x->hash.bytes, AUDIT_HASH_BYTES,
	    SQLITE_STATIC);
}

static struct str column_bytes(sqlite3_stmt *s, int i)
{
	const void *p = sqlite3_column_blob(s, i);

	return str_of(p == NULL ? "" : p, (size_t)sqlite3_column_bytes(s, i));
}

/* False where a blob of another length stands: no entry of ours. */
static bool copy_exact(uint8_t *dst, size_t len, struct str s)
{
	if (s.len != len)
		return false;
	memcpy(dst, s.ptr, len);
	return true;
}

/* An edited schema lets in what reads as the same value and is not: NULL as
 * 0, the text '5' as 5. */
static bool is_null_or(sqlite3_stmt *s, int i, int type)
{
	int t = sqlite3_column_type(s, i);

	return t == type || t == SQLITE_NULL;
}

static bool types_fit(sqlite3_stmt *s)
{
	bool ok = is_null_or(s, COL_OP, SQLITE_BLOB) &&
	    is_null_or(s, COL_BOOKING, SQLITE_BLOB) &&
	    is_null_or(s, COL_TEXT, SQLITE_TEXT) &&
	    is_null_or(s, COL_SALT, SQLITE_BLOB) &&
	    is_null_or(s, COL_PAYLOAD, SQLITE_BLOB) &&
	    sqlite3_column_type(s, COL_COMMITMENT) == SQLITE_BLOB &&
	    sqlite3_column_type(s, COL_HASH) == SQLITE_BLOB;
	int i;

	for (i = COL_N; i <= COL_KIND; i++)
		ok = ok && sqlite3_column_type(s, i) == SQLITE_INTEGER;
	for (i = COL_FIELD; i < COL_TEXT; i++)
		ok = ok && sqlite3_column_type(s, i) == SQLITE_INTEGER;
	return ok;
}

static bool read_opt(sqlite3_stmt *s, int i, bool *has, uint8_t *dst)
{
	*has = sqlite3_column_type(s, i) != SQLITE_NULL;
	return !*has || copy_exact(dst, 16, column_bytes(s, i));
}

/* False when a column holds what no entry of ours holds. */
static bool read_row(sqlite3_stmt *s, struct entry *x)
{
	/* Before anything is read, which may convert it. */
	bool types = types_fit(s);
	struct str text = column_bytes(s, COL_TEXT);
	int64_t kind = sqlite3_column_int64(s, COL_KIND);
	bool has_text = sqlite3_column_type(s, COL_TEXT) != SQLITE_NULL;
	bool ok = types && kind > 0 && kind <= UINT16_MAX;
	int i;

	memset(x, 0, sizeof(*x));
	x->n = (uint64_t)sqlite3_column_int64(s, COL_N);
	x->time_s = sqlite3_column_int64(s, COL_TIME);
	x->kind = ok ? (uint16_t)kind : AUDIT_UNSET;
	ok = read_opt(s, COL_OP, &x->has_op, x->op_id.bytes) && ok;
	ok = read_opt(s, COL_BOOKING, &x->has_booking, x->booking.bytes) && ok;
	for (i = 0; i < ENTRY_FIELDS; i++)
		x->field[i] = sqlite3_column_int64(s, COL_FIELD + i);
	if (text.len <= ENTRY_TEXT && (text.len > 0) == has_text) {
		x->text_len = (uint8_t)text.len;
		memcpy(x->text, text.ptr, text.len);
	} else {
		ok = false;
	}
	ok = copy_exact(x->commitment.bytes, AUDIT_HASH_BYTES,
		 column_bytes(s, COL_COMMITMENT)) &&
	    ok;
	return copy_exact(x->hash.bytes, AUDIT_HASH_BYTES,
		   column_bytes(s, COL_HASH)) &&
	    ok;
}

void entry_read(sqlite3_stmt *s, struct entry *x)
{
	if (!read_row(s, x))
		x->kind = AUDIT_UNSET;
}

/* An erased entry says nothing at all. */
static bool is_bare(sqlite3_stmt *s, const struct entry *x)
{
	bool bare = !x->has_op && !x->has_booking && x->text_len == 0 &&
	    sqlite3_column_type(s, COL_SALT) == SQLITE_NULL;
	size_t i;

	for (i = 0; i < ENTRY_FIELDS; i++)
		bare = bare && x->field[i] == 0;
	return bare;
}

static bool payload_fits(sqlite3_stmt *s, struct entry *x)
{
	uint8_t storage[ENTRY_PAYLOAD];
	struct audit_hash commitment;
	struct buf b;

	buf_init(&b, storage, sizeof(storage));
	if (!copy_exact(x->salt, sizeof(x->salt), column_bytes(s, COL_SALT)) ||
	    !pack(x, &b) || !str_eq(buf_view(&b), column_bytes(s, COL_PAYLOAD)))
		return false;
	commitment = audit_commit(x->salt, buf_view(&b));
	return memcmp(&commitment, &x->commitment, sizeof(commitment)) == 0;
}

const char *entry_fault(sqlite3_stmt *s, uint64_t n_prev,
    const struct audit_hash *prev, struct entry *x, bool *erased)
{
	struct audit_hash hash;
	bool ok = read_row(s, x);

	*erased = sqlite3_column_type(s, COL_PAYLOAD) == SQLITE_NULL;
	if (x->n == n_prev)
		return "stands there twice";
	if (x->n != n_prev + 1)
		return "is missing";
	if (!ok)
		return "is malformed";
	if (*erased ? !is_bare(s, x) : !payload_fits(s, x))
		return "was changed: it does not fit its commitment";
	hash = audit_link(x->n, prev, x->time_s, x->kind, &x->commitment);
	if (memcmp(&hash, &x->hash, sizeof(hash)) != 0)
		return "was changed: it does not fit the chain";
	return NULL;
}
