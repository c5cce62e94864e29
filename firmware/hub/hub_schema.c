#include "hub_schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const steps[HUB_SCHEMA_VERSION] = {
    [0] =
	"CREATE TABLE office (office BIGINT NOT NULL PRIMARY KEY, "
	"name {text}, offset_s BIGINT NOT NULL, roster BIGINT NOT NULL, "
	"restored_day BIGINT NOT NULL){rowless};"

	"CREATE TABLE token (hash {text} PRIMARY KEY, office BIGINT NOT NULL, "
	"role BIGINT NOT NULL, name {text}, expires_s BIGINT NOT NULL, "
	"request_key {text}, device BIGINT NOT NULL){rowless};"

	"CREATE TABLE device (device BIGINT NOT NULL PRIMARY KEY, "
	"office BIGINT NOT NULL, name {text}, role BIGINT NOT NULL, "
	"letter BIGINT NOT NULL, epoch BIGINT NOT NULL, "
	"key_id BIGINT NOT NULL, request_key {text}, ticket_key {text}, "
	"enrolled_s BIGINT NOT NULL, closed_s BIGINT NOT NULL, "
	"last_s BIGINT NOT NULL, window_high BIGINT NOT NULL, "
	"window_seen BIGINT NOT NULL){hot};"
	"CREATE UNIQUE INDEX device_named ON device (office, name, epoch);"

	"CREATE TABLE bucket (office BIGINT NOT NULL, day BIGINT NOT NULL, "
	"epoch BIGINT NOT NULL, head BIGINT NOT NULL, digest {text}, "
	"restored BIGINT NOT NULL, PRIMARY KEY (office, day)){hot};"

	/* own: the code's row of today; the rows that it left behind on other
	 * days are not. gone: a tombstone, for the feed. */
	"CREATE TABLE booking (office BIGINT NOT NULL, day BIGINT NOT NULL, "
	"hash {text}, seq BIGINT NOT NULL, gone BIGINT NOT NULL, "
	"own BIGINT NOT NULL, start_min BIGINT NOT NULL, "
	"end_min BIGINT NOT NULL, service BIGINT NOT NULL, "
	"class BIGINT NOT NULL, status BIGINT NOT NULL, "
	"companions BIGINT NOT NULL, birth BIGINT NOT NULL, "
	"permit BIGINT NOT NULL, status_s BIGINT NOT NULL, name {text}, "
	"PRIMARY KEY (hash, office, day)){rowless};"
	"CREATE UNIQUE INDEX booking_seq ON booking (office, day, seq);"

	"CREATE TABLE admission (office BIGINT NOT NULL, day BIGINT NOT NULL, "
	"hash {text}, op_id {text}, device BIGINT NOT NULL, "
	"letter BIGINT NOT NULL, number BIGINT NOT NULL, "
	"time_s BIGINT NOT NULL, seq BIGINT NOT NULL, "
	"PRIMARY KEY (hash, office, day)){rowless};"
	"CREATE UNIQUE INDEX admission_seq ON admission (office, day, seq);"

	"CREATE TABLE op (office BIGINT NOT NULL, op_id {text}, "
	"device BIGINT NOT NULL, day BIGINT NOT NULL, kind BIGINT NOT NULL, "
	"hash {text}, answer BIGINT NOT NULL, note BIGINT NOT NULL, "
	"done BIGINT NOT NULL, service BIGINT NOT NULL, "
	"class BIGINT NOT NULL, letter BIGINT NOT NULL, "
	"number BIGINT NOT NULL, key_id BIGINT NOT NULL, "
	"ticket_seq BIGINT NOT NULL, journal_n BIGINT NOT NULL, "
	"first BIGINT NOT NULL, last BIGINT NOT NULL, "
	"time_s BIGINT NOT NULL, verdict {text}, told_s BIGINT NOT NULL, "
	"PRIMARY KEY (op_id, office)){rowless};"
	"CREATE INDEX op_label ON op (office, day, letter, number) "
	"WHERE done = 1;"

	"CREATE TABLE number (office BIGINT NOT NULL, day BIGINT NOT NULL, "
	"letter BIGINT NOT NULL, last BIGINT NOT NULL, "
	"PRIMARY KEY (office, day, letter)){hot};"

	"CREATE TABLE slot (office BIGINT NOT NULL, day BIGINT NOT NULL, "
	"service BIGINT NOT NULL, class BIGINT NOT NULL, "
	"start_min BIGINT NOT NULL, end_min BIGINT NOT NULL, "
	"quota BIGINT NOT NULL, granted BIGINT NOT NULL, "
	"PRIMARY KEY (office, day, service, class, start_min, end_min)){hot};"

	"CREATE TABLE report (office BIGINT NOT NULL, day BIGINT NOT NULL, "
	"kind BIGINT NOT NULL, op_id {text}, hash {text}, other {text}, "
	"detail BIGINT NOT NULL, time_s BIGINT NOT NULL, "
	"PRIMARY KEY (office, kind, op_id)){rowless};"
	"CREATE INDEX report_day ON report (office, day);",

    [1] =
	/* Not 0: a gate's pass, and hash is its key. */
    "ALTER TABLE admission ADD COLUMN pass BIGINT NOT NULL DEFAULT 0;"
    "CREATE INDEX admission_pass ON admission (office, day) "
    "WHERE pass <> 0;"

    /* When all tickets of its key were refused; 0 = they are not. */
    "ALTER TABLE device ADD COLUMN revoked_s BIGINT NOT NULL DEFAULT 0;"
    /* Rosters say more now: whoever has one asks again. */
    "UPDATE office SET roster = roster + 1;"

    /* Of a report on a chain, which no op stands behind. */
    "ALTER TABLE report ADD COLUMN device BIGINT NOT NULL DEFAULT 0;"

    /* An office's log. */
    "CREATE TABLE log (office BIGINT NOT NULL PRIMARY KEY, "
    "size BIGINT NOT NULL){hot};"

    "CREATE TABLE log_entry (office BIGINT NOT NULL, idx BIGINT NOT NULL, "
    "device BIGINT NOT NULL, n BIGINT NOT NULL, time_s BIGINT NOT NULL, "
    "kind BIGINT NOT NULL, commitment {text}, hash {text}, "
    "PRIMARY KEY (office, idx)){rowless};"
    "CREATE UNIQUE INDEX log_entry_n ON log_entry (office, device, n);"

    /* hashes: up to 256, one after the other. */
    "CREATE TABLE log_tile (office BIGINT NOT NULL, level BIGINT NOT NULL, "
    "idx BIGINT NOT NULL, hashes {text}, "
    "PRIMARY KEY (office, level, idx));"

    /* A device's chain, as far as it is in the log, and the newest head
     * that it signed. */
    "CREATE TABLE audit_chain (office BIGINT NOT NULL, "
    "device BIGINT NOT NULL, audit_key {text}, n BIGINT NOT NULL, "
    "hash {text}, head_n BIGINT NOT NULL, head_hash {text}, "
    "head_signature {text}, time_s BIGINT NOT NULL, "
    "PRIMARY KEY (office, device)){hot};",
};

/* A number like any other, the same for all hubs: who updates holds it. */
static const char begin_postgres[] =
    "BEGIN; SELECT pg_advisory_xact_lock(7597111)";
static const char make_meta[] =
    "CREATE TABLE IF NOT EXISTS meta (name {text} PRIMARY KEY, "
    "value BIGINT NOT NULL){rowless}";

static const char read_version[] =
    "SELECT value FROM meta WHERE name = 'schema'";

static int run(const struct hub_schema_port *p, const char *text, struct err *e)
{
	char *sql = hub_sql_expand(text, p->dialect);
	int r;

	if (sql == NULL)
		return err_set(e, -ENOMEM, "store: out of memory");
	r = p->exec(p->ctx, sql, e);
	free(sql);
	return r;
}

static int update(const struct hub_schema_port *p, struct err *e)
{
	int64_t version = 0;
	char save[128];
	int r;

	r = run(p, make_meta, e);
	if (r < 0)
		return r;
	r = p->number(p->ctx, read_version, &version, e);
	if (r < 0 && r != -ENOENT)
		return r;
	if (version > HUB_SCHEMA_VERSION)
		return err_set(e, -EPROTO,
		    "store: its tables are of version %lld, this release "
		    "knows %d: install the newer release",
		    (long long)version, HUB_SCHEMA_VERSION);
	for (r = 0; r == 0 && version < HUB_SCHEMA_VERSION; version++)
		r = run(p, steps[version], e);
	if (r < 0)
		return r;
	snprintf(save, sizeof(save),
	    "INSERT INTO meta (name, value) VALUES ('schema', %d) "
	    "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
	    HUB_SCHEMA_VERSION);
	return p->exec(p->ctx, save, e);
}

int hub_schema_update(const struct hub_schema_port *p, struct err *e)
{
	int64_t version = 0;
	int r, undo;

	/* Mostly there is nothing to do, and nobody to lock out. */
	if (p->number(p->ctx, read_version, &version, NULL) == 0 &&
	    version == HUB_SCHEMA_VERSION)
		return 0;
	r = p->exec(p->ctx,
	    p->dialect == HUB_SQLITE ? "BEGIN IMMEDIATE" : begin_postgres, e);
	if (r < 0)
		return r;
	r = update(p, e);
	if (r == 0)
		return p->exec(p->ctx, "COMMIT", e);
	/* What it says matters less than what went wrong before. */
	undo = p->exec(p->ctx, "ROLLBACK", NULL);
	return undo == -ECONNRESET ? undo : r;
}
