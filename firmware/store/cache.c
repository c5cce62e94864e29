#include "cache_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cache_schema.h"

enum { IMPORT_FIRST = 1024 };

static const char *const steps[] = {CACHE_STEP_1, CACHE_STEP_2, CACHE_STEP_3};
static const struct db_schema schema = {MODULE, 4096, steps, ARRAY_LEN(steps)};

int cache_open(const char *path, struct cache **out, struct err *e)
{
	struct cache *c;
	int r;

	*out = NULL;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return err_set(e, -ENOMEM, MODULE ": out of memory");
	r = db_open(path, &schema, &c->db, e);
	if (r == 0)
		r = db_prepare(c->db, MODULE,
		    "SELECT " CACHE_COLUMNS " FROM booking WHERE hash = ?1",
		    &c->find, e);
	if (r == 0)
		r = cache_feed_prepare(c, e);
	if (r == 0)
		r = cache_pass_prepare(c, e);
	if (r < 0)
		goto out;
	*out = c;
	c = NULL;
out:
	cache_close(c);
	return r;
}

void cache_close(struct cache *c)
{
	if (c == NULL)
		return;
	cache_import_rollback(c);
	cache_feed_finalize(c);
	cache_pass_finalize(c);
	sqlite3_finalize(c->find);
	db_close(c->db);
	free(c);
}

bool cache_valid(const struct booking *b)
{
	return b->office >= 1 && b->service >= 1 && b->companions <= 7 &&
	    b->start_min >= 0 && b->start_min < b->end_min &&
	    b->end_min <= DAY_MINUTES && b->booking_class > CLASS_UNSET &&
	    b->booking_class <= CLASS_STANDBY && b->status > BOOKING_UNSET &&
	    b->status <= BOOKING_REVOKED &&
	    memchr(b->masked_name, '\0', sizeof(b->masked_name)) != NULL;
}

/* A number that fits 0..max; anything else makes the row unusable. */
static int64_t column(sqlite3_stmt *s, int i, int64_t max, bool *ok)
{
	int64_t v = sqlite3_column_int64(s, i);

	if (v < 0 || v > max) {
		*ok = false;
		return 0;
	}
	return v;
}

bool cache_read_row(sqlite3_stmt *s, struct booking *b)
{
	bool ok = true;
	struct str name = str_of(sqlite3_column_text(s, 12),
	    (size_t)sqlite3_column_bytes(s, 12));

	memset(b, 0, sizeof(*b));
	if (sqlite3_column_bytes(s, 0) != CODE_HASH_BYTES)
		return false;
	memcpy(b->hash.bytes, sqlite3_column_blob(s, 0), CODE_HASH_BYTES);
	b->office = (uint32_t)column(s, 1, UINT32_MAX, &ok);
	b->day = (int32_t)column(s, 2, INT32_MAX, &ok);
	b->start_min = (int16_t)column(s, 3, DAY_MINUTES, &ok);
	b->end_min = (int16_t)column(s, 4, DAY_MINUTES, &ok);
	b->service = (uint8_t)column(s, 5, UINT8_MAX, &ok);
	b->booking_class = (uint8_t)column(s, 6, UINT8_MAX, &ok);
	b->status = (uint8_t)column(s, 7, UINT8_MAX, &ok);
	b->companions = (uint8_t)column(s, 8, UINT8_MAX, &ok);
	b->birth = (uint64_t)sqlite3_column_int64(s, 9);
	b->permit_expires_day = (int32_t)column(s, 10, INT32_MAX, &ok);
	b->status_s = sqlite3_column_int64(s, 11);
	if (name.ptr == NULL)
		name = str_from("");
	ok = str_copy(b->masked_name, sizeof(b->masked_name), name) && ok;
	return ok && cache_valid(b);
}

/* Where the hash stands, or the free slot where it belongs. */
static size_t slot_of(const struct import *m, const struct code_hash *hash)
{
	uint64_t word;
	size_t i;

	/* Fibonacci hashing (Knuth, TAOCP 6.4): spreads keys whose bytes use
	 * few values, such as printable ones. */
	memcpy(&word, hash->bytes, sizeof(word));
	i = (size_t)(word * 0x9e3779b97f4a7c15u >> 30);
	for (i &= m->slots - 1; m->slot[i] != 0; i = (i + 1) & (m->slots - 1))
		if (memcmp(m->row[m->slot[i] - 1].hash.bytes, hash->bytes,
			CODE_HASH_BYTES) == 0)
			break;
	return i;
}

/* While rows are being written the table holds some of them: those of the
 * import are read from memory, all of them, and the others did not change. */
static bool find_written(const struct import *m, const struct code_hash *hash,
    struct booking *out)
{
	uint32_t at = m->put == NULL || m->slots == 0
	    ? 0
	    : m->slot[slot_of(m, hash)];

	if (at != 0)
		*out = m->row[at - 1];
	return at != 0;
}

int cache_find(struct cache *c, const struct code_hash *hash,
    struct booking *out, struct err *e)
{
	sqlite3_stmt *s = c->fed ? c->find_fed : c->find;
	int r = 0;

	if (!c->fed && find_written(&c->import, hash, out))
		return 0;
	memset(out, 0, sizeof(*out));
	sqlite3_bind_blob(s, 1, hash->bytes, CODE_HASH_BYTES, SQLITE_STATIC);
	switch (sqlite3_step(s)) {
	case SQLITE_ROW:
		if (!cache_read_row(s, out)) {
			memset(out, 0, sizeof(*out));
			r = err_set(e, -EUCLEAN,
			    MODULE ": a booking is damaged, import again");
		}
		break;
	case SQLITE_DONE:
		r = -ENOENT;
		break;
	default:
		r = db_error(c->db, MODULE, "read", e);
		break;
	}
	sqlite3_reset(s);
	return r;
}

/* Of the rows that count: imported ones, or what the feed's days show. */
#define COUNT_IMPORTED "SELECT count(*) FROM booking"
#define COUNT_FED \
	"SELECT count(*) FROM feed_booking AS b JOIN feed_day AS d" \
	" ON d.day = b.day AND d.shown = b.load"

int cache_count(struct cache *c, int64_t *rows, struct err *e)
{
	*rows = 0;
	return db_number(c->db, MODULE, c->fed ? COUNT_FED : COUNT_IMPORTED,
	    rows, e);
}

int cache_count_day(struct cache *c, int32_t day, int64_t *rows, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r;

	*rows = 0;
	r = db_prepare(c->db, MODULE,
	    c->fed ? COUNT_FED " WHERE b.day = ?1"
		   : COUNT_IMPORTED " WHERE day = ?1",
	    &s, e);
	if (r < 0)
		return r;
	sqlite3_bind_int(s, 1, day);
	if (sqlite3_step(s) == SQLITE_ROW)
		*rows = sqlite3_column_int64(s, 0);
	else
		r = db_error(c->db, MODULE, "read", e);
	sqlite3_finalize(s);
	return r;
}

int cache_last_sync(struct cache *c, int64_t *last_sync_s, struct err *e)
{
	int r;

	*last_sync_s = 0;
	r = db_number(c->db, MODULE,
	    "SELECT value FROM meta WHERE name = 'last_sync_s'", last_sync_s,
	    e);
	return r == -ENOENT ? 0 : r;
}

int cache_set_last_sync(struct cache *c, int64_t last_sync_s, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r;

	r = db_prepare(c->db, MODULE,
	    "INSERT OR REPLACE INTO meta"
	    " VALUES ('last_sync_s', ?1)",
	    &s, e);
	if (r < 0)
		return r;
	sqlite3_bind_int64(s, 1, last_sync_s);
	if (sqlite3_step(s) != SQLITE_DONE)
		r = db_error(c->db, MODULE, "write", e);
	sqlite3_finalize(s);
	return r;
}

int cache_import_begin(struct cache *c, struct err *e)
{
	if (c->importing)
		return err_set(e, -EALREADY,
		    MODULE ": an import is under way already");
	c->importing = true;
	return 0;
}

void cache_import_rollback(struct cache *c)
{
	sqlite3_finalize(c->import.put);
	if (c->import.put != NULL) {
		db_rollback(c->db);
		/* An import that filled the disk may not keep it full: the
		 * journal needs room for the next visitor. */
		db_trim(c->db);
	}
	free(c->import.row);
	free(c->import.slot);
	free(c->import.order);
	memset(&c->import, 0, sizeof(c->import));
	c->importing = false;
}

static int grow(struct import *m, struct err *e)
{
	size_t cap = m->cap == 0 ? IMPORT_FIRST : m->cap * 2, i;
	struct booking *row;
	uint32_t *slot;

	if (cap > UINT32_MAX / 4)
		return err_set(e, -E2BIG, MODULE ": the import is too large");
	slot = calloc(cap * 2, sizeof(*slot));
	row = realloc(m->row, cap * sizeof(*row));
	if (row != NULL)
		m->row = row;
	if (slot == NULL || row == NULL) {
		free(slot);
		return err_set(e, -ENOMEM, MODULE ": out of memory");
	}
	free(m->slot);
	m->cap = cap;
	m->slot = slot;
	m->slots = cap * 2;
	for (i = 0; i < m->rows; i++)
		m->slot[slot_of(m, &m->row[i].hash)] = (uint32_t)i + 1;
	return 0;
}

int cache_import_put(struct cache *c, const struct booking *b, struct err *e)
{
	struct import *m = &c->import;
	size_t at;
	int r;

	if (!c->importing || m->order != NULL || !cache_valid(b))
		return err_set(e, -EINVAL,
		    MODULE ": a field of the booking is out of its range");
	if (m->rows == m->cap) {
		r = grow(m, e);
		if (r < 0)
			return r;
	}
	at = slot_of(m, &b->hash);
	if (m->slot[at] != 0)
		return err_set(e, -EEXIST,
		    MODULE ": this code came before in the import");
	m->row[m->rows] = *b;
	m->slot[at] = (uint32_t)++m->rows;
	m->heap[b->hash.bytes[0]]++;
	return 0;
}

static int by_key(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

static uint64_t key_of(const struct code_hash *hash)
{
	uint64_t key = 0;

	for (size_t i = 0; i < sizeof(key); i++)
		key = key << 8 | hash->bytes[i];
	return key;
}

void cache_bind_row(sqlite3_stmt *s, const struct booking *b)
{
	sqlite3_bind_blob(s, 1, b->hash.bytes, CODE_HASH_BYTES, SQLITE_STATIC);
	sqlite3_bind_int64(s, 2, b->office);
	sqlite3_bind_int(s, 3, b->day);
	sqlite3_bind_int(s, 4, b->start_min);
	sqlite3_bind_int(s, 5, b->end_min);
	sqlite3_bind_int(s, 6, b->service);
	sqlite3_bind_int(s, 7, b->booking_class);
	sqlite3_bind_int(s, 8, b->status);
	sqlite3_bind_int(s, 9, b->companions);
	sqlite3_bind_int64(s, 10, (int64_t)b->birth);
	sqlite3_bind_int(s, 11, b->permit_expires_day);
	sqlite3_bind_int64(s, 12, b->status_s);
	if (b->masked_name[0] == '\0')
		sqlite3_bind_null(s, 13);
	else
		sqlite3_bind_text(s, 13, b->masked_name, -1, SQLITE_STATIC);
}

static int write_row(sqlite3_stmt *s, const struct booking *b)
{
	cache_bind_row(s, b);
	sqlite3_step(s);
	return sqlite3_reset(s);
}

static int begin_writing(struct cache *c, struct err *e)
{
	struct import *m = &c->import;
	size_t at = 0;

	m->order = calloc(m->rows + 1, sizeof(*m->order));
	if (m->order == NULL)
		return err_set(e, -ENOMEM, MODULE ": out of memory");
	for (size_t i = 0; i < HEAPS; i++) {
		size_t rows = m->heap[i];

		m->heap[i] = at;
		at += rows;
	}
	return 0;
}

static int begin_transaction(struct cache *c, struct err *e)
{
	int r = db_exec(c->db, MODULE, "BEGIN IMMEDIATE", e);

	if (r == 0)
		r = db_prepare(c->db, MODULE,
		    "INSERT OR REPLACE INTO booking"
		    " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)",
		    &c->import.put, e);
	if (r < 0)
		db_rollback(c->db);
	return r;
}

static void place_row(struct import *m)
{
	const struct code_hash *hash = &m->row[m->placed].hash;

	m->order[m->heap[hash->bytes[0]]++] = (struct place){key_of(hash),
	    (uint32_t)m->placed};
	m->placed++;
}

/* Sorts the heap that begins where the last one ended. Sorted, every page is
 * filled once and never looked for again. */
static void sort_heap(struct import *m)
{
	const struct code_hash *first = &m->row[m->order[m->sorted].row].hash;
	size_t end = m->heap[first->bytes[0]];

	qsort(m->order + m->sorted, end - m->sorted, sizeof(*m->order), by_key);
	m->sorted = end;
}

int cache_import_write(struct cache *c, size_t rows, struct err *e)
{
	struct import *m = &c->import;
	int r = 0;

	if (!c->importing)
		return err_set(e, -EINVAL, MODULE ": no import is under way");
	if (m->order == NULL)
		r = begin_writing(c, e);
	for (; r == 0 && rows > 0 && m->placed < m->rows; rows--)
		place_row(m);
	if (r == 0 && m->put == NULL && m->placed == m->rows)
		r = begin_transaction(c, e);
	for (; r == 0 && rows > 0 && m->written < m->rows; rows--) {
		if (m->written == m->sorted)
			sort_heap(m);
		if (write_row(m->put, &m->row[m->order[m->written].row]) !=
		    SQLITE_OK)
			r = db_error(c->db, MODULE, "write", e);
		m->written++;
	}
	return r < 0 ? r : m->put == NULL || m->written < m->rows;
}

int cache_import_commit(struct cache *c, int64_t last_sync_s, struct err *e)
{
	int r = cache_import_write(c, SIZE_MAX, e);

	if (r == 0)
		r = cache_set_last_sync(c, last_sync_s, e);
	if (r == 0)
		r = db_exec(c->db, MODULE, "COMMIT", e);
	cache_import_rollback(c);
	return r;
}

bool cache_importing(const struct cache *c)
{
	return c->importing;
}

static int delete_before(struct cache *c, int32_t before_day, int64_t *removed,
    struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r;

	r = db_prepare(c->db, MODULE, "DELETE FROM booking WHERE day < ?1", &s,
	    e);
	if (r < 0)
		return r;
	sqlite3_bind_int(s, 1, before_day);
	if (sqlite3_step(s) != SQLITE_DONE)
		r = db_error(c->db, MODULE, "write", e);
	else
		*removed = sqlite3_changes64(c->db);
	sqlite3_finalize(s);
	return r == 0 ? cache_feed_purge(c, before_day, removed, e) : r;
}

int cache_purge(struct cache *c, int32_t before_day, int64_t *removed,
    struct err *e)
{
	int r;

	*removed = 0;
	if (c->importing)
		return err_set(e, -EBUSY, MODULE ": an import is under way");
	r = db_exec(c->db, MODULE, "BEGIN IMMEDIATE", e);
	if (r == 0)
		r = delete_before(c, before_day, removed, e);
	if (r == 0)
		r = db_exec(c->db, MODULE, "COMMIT", e);
	db_rollback(c->db);
	/* Deleted rows live on in the WAL until it is folded in and cut. */
	if (r == 0)
		r = db_exec(c->db, MODULE, "PRAGMA wal_checkpoint(TRUNCATE)",
		    e);
	return r;
}
