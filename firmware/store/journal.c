#include "journal_file.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "journal_schema.h"

static const char *const steps[] = {JOURNAL_STEP_1, JOURNAL_STEP_2,
    JOURNAL_STEP_3};
/* Small pages: an admission changes one leaf of each of four trees, and the
 * WAL takes every one of them whole. */
static const struct db_schema schema = {MODULE, 1024, steps, ARRAY_LEN(steps)};

void head_message(uint64_t n, const struct audit_hash *hash,
    uint8_t out[HEAD_BYTES])
{
	struct buf b;

	buf_init(&b, out, HEAD_BYTES);
	buf_text(&b, "karcis-head-v1");
	buf_be(&b, n, 8);
	buf_put(&b, hash->bytes, sizeof(hash->bytes));
}

int journal_step(struct journal *j, sqlite3_stmt *s, struct err *e)
{
	int r = 0;

	if (sqlite3_step(s) != SQLITE_DONE)
		r = db_error(j->db, MODULE, "write", e);
	sqlite3_reset(s);
	return r;
}

int journal_begin(struct journal *j, struct chain *before, struct err *e)
{
	*before = j->chain;
	return journal_step(j, j->begin, e);
}

static int sign_head(struct journal *j, struct err *e)
{
	uint8_t message[HEAD_BYTES], signature[SIGNATURE_BYTES];

	head_message(j->chain.n, &j->chain.hash, message);
	crypto_sign_detached(signature, NULL, message, sizeof(message),
	    j->audit_secret);
	sqlite3_bind_int64(j->head, 1, (int64_t)j->chain.n);
	sqlite3_bind_blob(j->head, 2, j->chain.hash.bytes, AUDIT_HASH_BYTES,
	    SQLITE_STATIC);
	sqlite3_bind_blob(j->head, 3, signature, sizeof(signature),
	    SQLITE_STATIC);
	return journal_step(j, j->head, e);
}

int journal_append(struct journal *j, struct entry *x, struct err *e)
{
	uint8_t storage[ENTRY_PAYLOAD];
	struct buf payload;
	int r;

	buf_init(&payload, storage, sizeof(storage));
	x->n = j->chain.n + 1;
	x->field[ENTRY_EPOCH] = j->epoch;
	x->field[ENTRY_LETTER] = j->letter;
	randombytes_buf(x->salt, sizeof(x->salt));
	if (!entry_seal(x, &j->chain.hash, &payload))
		return err_set(e, -EINVAL,
		    MODULE ": a field of the entry is out of its range");
	entry_bind(j->insert, x, &payload);
	r = journal_step(j, j->insert, e);
	if (r < 0)
		return r;
	j->chain.n = x->n;
	j->chain.hash = x->hash;
	if (x->time_s > j->chain.floor_s)
		j->chain.floor_s = x->time_s;
	return 0;
}

int journal_end(struct journal *j, const struct chain *before, int r,
    struct err *e)
{
	if (r == 0)
		r = sign_head(j, e);
	if (r == 0)
		r = journal_step(j, j->commit, e);
	if (r == 0)
		return 0;
	db_rollback(j->db);
	j->chain = *before;
	return r;
}

int journal_add(struct journal *j, struct entry *x, struct err *e)
{
	struct chain before;
	int r;

	r = journal_begin(j, &before, e);
	if (r < 0)
		return r;
	r = journal_append(j, x, e);
	return journal_end(j, &before, r, e);
}

static int prepare(struct journal *j, struct err *e)
{
	const struct {
		sqlite3_stmt **out;
		const char *sql;
	} all[] = {
	    {&j->begin, "BEGIN IMMEDIATE"},
	    {&j->commit, "COMMIT"},
	    {&j->insert,
		"INSERT INTO entry (" ENTRY_COLUMNS ") VALUES (" ENTRY_PARAMS
		")"},
	    {&j->head,
		"INSERT INTO head VALUES (1, ?1, ?2, ?3)"
		" ON CONFLICT (id) DO UPDATE"
		" SET n = ?1, hash = ?2, signature = ?3"},
	    {&j->find,
		"SELECT " ENTRY_COLUMNS " FROM entry"
		" WHERE kind = 2 AND booking = ?1 AND day = ?2"},
	    {&j->tries,
		"SELECT count(*) FROM entry WHERE kind = 3"
		" AND booking = ?1 AND day = ?2 AND verdict = ?3"},
	    {&j->prints,
		"SELECT kind, print FROM entry"
		" WHERE " JOURNAL_OF_PRINT " AND key_id = ?1 AND seq = ?2"
		" ORDER BY n"},
	    {&j->intent_put,
		"INSERT INTO intent VALUES"
		" (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)"},
	    {&j->intent_drop, "DELETE FROM intent WHERE op_id = ?1"},
	    {&j->intent_find,
		"SELECT * FROM intent WHERE booking = ?1 AND day = ?2"},
	};
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < ARRAY_LEN(all); i++)
		r = db_prepare(j->db, MODULE, all[i].sql, all[i].out, e);
	return r;
}

/* Where the last start left off; never below what a PURGE entry holds. */
static int load_seq(struct journal *j, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r;

	r = db_prepare(j->db, MODULE,
	    "SELECT coalesce(max(seq), 0) FROM entry"
	    " WHERE key_id = ?1 AND kind IN (2, 6)",
	    &s, e);
	if (r < 0)
		return r;
	sqlite3_bind_int(s, 1, j->key_id);
	if (sqlite3_step(s) == SQLITE_ROW)
		j->chain.seq = (uint32_t)sqlite3_column_int64(s, 0);
	else
		r = db_error(j->db, MODULE, "read", e);
	sqlite3_finalize(s);
	return r;
}

/* GENESIS once per epoch, so that a rekeyed terminal says so in its chain. */
static int append_genesis(struct journal *j, int64_t now_s, struct err *e)
{
	struct entry x = {.time_s = now_s, .kind = AUDIT_GENESIS};
	int64_t epoch = 0;
	int r;

	r = db_number(j->db, MODULE,
	    "SELECT coalesce(max(epoch), 0)"
	    " FROM entry WHERE kind = 1",
	    &epoch, e);
	if (r < 0 || (uint64_t)epoch >= j->epoch)
		return r;
	x.field[ENTRY_KEY_ID] = j->key_id;
	return journal_append(j, &x, e);
}

/* A start without an end means that the terminal died while printing. */
static int append_unsure(struct journal *j, int64_t now_s, struct err *e)
{
	sqlite3_stmt *s = NULL;
	struct entry start, x;
	int r, step;

	r = db_prepare(j->db, MODULE,
	    "SELECT " ENTRY_COLUMNS " FROM entry AS a"
	    " WHERE " JOURNAL_OF_PRINT " AND key_id > 0 AND kind != 4"
	    " AND NOT EXISTS (SELECT 1 FROM entry AS b"
	    "  WHERE (b.kind = 4 OR b.kind = 5 OR b.kind = 10)"
	    "  AND b.key_id = a.key_id"
	    "  AND b.seq = a.seq AND b.n > a.n) ORDER BY n",
	    &s, e);
	if (r < 0)
		return r;
	while ((step = sqlite3_step(s)) == SQLITE_ROW && r == 0) {
		entry_read(s, &start);
		x = start;
		x.time_s = now_s;
		x.kind = AUDIT_PRINT;
		x.field[ENTRY_PRINT] = PRINT_UNSURE;
		r = journal_append(j, &x, e);
		j->interrupted++;
	}
	if (r == 0 && step != SQLITE_DONE)
		r = db_error(j->db, MODULE, "read", e);
	sqlite3_finalize(s);
	return r;
}

static int append_start(struct journal *j, int64_t now_s, struct err *e)
{
	struct entry x = {.time_s = now_s, .kind = AUDIT_START};
	size_t len = strlen(j->finding.text);

	x.field[ENTRY_DETAIL] = (int64_t)j->finding.n;
	memcpy(x.text, j->finding.text, len);
	x.text_len = (uint8_t)len;
	return journal_append(j, &x, e);
}

static int start(struct journal *j, int64_t now_s, struct err *e)
{
	struct chain before;
	int r;

	r = chain_check(j->db, j->audit_public, &j->finding, &j->chain, e);
	if (r == 0)
		r = load_seq(j, e);
	if (r == 0)
		r = journal_count_intents(j, e);
	if (r == 0)
		r = journal_begin(j, &before, e);
	if (r < 0)
		return r;
	r = append_genesis(j, now_s, e);
	if (r == 0)
		r = journal_keep_grants(j, e);
	if (r == 0)
		r = append_unsure(j, now_s, e);
	if (r == 0)
		r = append_start(j, now_s, e);
	return journal_end(j, &before, r, e);
}

int journal_open(const char *path, const struct journal_options *options,
    struct journal **out, struct err *e)
{
	const struct keys *k = options->keys;
	struct journal *j;
	int r;

	*out = NULL;
	if (sodium_init() < 0)
		return err_set(e, -EIO, MODULE ": libsodium does not start");
	j = calloc(1, sizeof(*j));
	if (j == NULL)
		return err_set(e, -ENOMEM, MODULE ": out of memory");
	memcpy(j->audit_secret, k->audit_secret, sizeof(j->audit_secret));
	memcpy(j->audit_public, k->audit_public, sizeof(j->audit_public));
	j->key_id = k->key_id;
	j->epoch = k->epoch;
	j->letter = options->letter;
	j->hub = options->hub;
	r = db_open(path, &schema, &j->db, e);
	if (r == 0)
		r = prepare(j, e);
	if (r == 0)
		r = journal_gate_prepare(j, e);
	if (r == 0)
		r = start(j, options->now_s, e);
	if (r < 0)
		goto out;
	*out = j;
	j = NULL;
out:
	journal_close(j);
	return r;
}

void journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	sqlite3_finalize(j->begin);
	sqlite3_finalize(j->commit);
	sqlite3_finalize(j->insert);
	sqlite3_finalize(j->head);
	sqlite3_finalize(j->find);
	sqlite3_finalize(j->tries);
	sqlite3_finalize(j->prints);
	sqlite3_finalize(j->intent_put);
	sqlite3_finalize(j->intent_drop);
	sqlite3_finalize(j->intent_find);
	journal_gate_finalize(j);
	db_close(j->db);
	sodium_memzero(j, sizeof(*j));
	free(j);
}

uint32_t journal_interrupted(const struct journal *j)
{
	return j->interrupted;
}

struct journal_finding journal_finding(const struct journal *j)
{
	return j->finding;
}

int64_t journal_floor_s(const struct journal *j)
{
	return j->chain.floor_s;
}

void journal_head(const struct journal *j, uint64_t *n, struct audit_hash *hash)
{
	*n = j->chain.n;
	*hash = j->chain.hash;
}

struct op_id journal_op_id(void)
{
	struct op_id id;

	randombytes_buf(id.bytes, sizeof(id.bytes));
	return id;
}
