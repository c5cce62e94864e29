/* The cache's schema, step by step. Steps that a release has carried are
 * never changed, only followed by more. */
#ifndef KARCIS_STORE_CACHE_SCHEMA_H
#define KARCIS_STORE_CACHE_SCHEMA_H

#define CACHE_STEP_1 \
	"CREATE TABLE booking (" \
	" hash BLOB PRIMARY KEY, office INT, day INT, start_min INT," \
	" end_min INT, service INT, class INT, status INT, companions INT," \
	" birth INT, permit_expires_day INT, status_s INT, masked_name TEXT" \
	") WITHOUT ROWID;" \
	"CREATE TABLE meta (name TEXT PRIMARY KEY, value INT NOT NULL)" \
	" WITHOUT ROWID"

/*
 * What the hub's feed says, beside what was imported. A day has two loads, 0
 * and 1: `shown` is the one that counts, `load` the one that pages go to; they
 * differ while the day is being loaded anew.
 */
#define CACHE_STEP_2 \
	"CREATE TABLE feed_day (" \
	" day INTEGER PRIMARY KEY, epoch INT NOT NULL, at INT NOT NULL," \
	" digest TEXT NOT NULL, shown INT NOT NULL, load INT NOT NULL," \
	" synced_s INT NOT NULL) STRICT;" \
	"CREATE TABLE feed_booking (" \
	" hash BLOB, office INT, day INT, start_min INT," \
	" end_min INT, service INT, class INT, status INT, companions INT," \
	" birth INT, permit_expires_day INT, status_s INT," \
	" masked_name TEXT, load INT, PRIMARY KEY (hash, day, load)" \
	") WITHOUT ROWID;" \
	"CREATE TABLE feed_admission (" \
	" hash BLOB, day INT, load INT, op_id BLOB NOT NULL," \
	" device INT NOT NULL, letter INT NOT NULL, number INT NOT NULL," \
	" time_s INT NOT NULL, PRIMARY KEY (hash, day, load)" \
	") STRICT, WITHOUT ROWID;" \
	"CREATE TABLE roster (" \
	" device INTEGER PRIMARY KEY, name TEXT NOT NULL, role INT NOT NULL," \
	" letter INT NOT NULL, live INT NOT NULL, epoch INT NOT NULL," \
	" key_id INT NOT NULL, ticket_key BLOB NOT NULL) STRICT"

/*
 * Passes stand among the admissions: pass is not 0 and hash is their key. A
 * roster of before has no dates; version 0 asks the hub for it anew, and its
 * devices stay until then. `told` has texts as `meta` has numbers.
 */
#define CACHE_STEP_3 \
	"ALTER TABLE feed_admission ADD COLUMN pass INT NOT NULL DEFAULT 0;" \
	"CREATE INDEX feed_pass ON feed_admission (day, load, letter, number)" \
	" WHERE pass > 0;" \
	"ALTER TABLE roster ADD COLUMN from_day INT NOT NULL DEFAULT 0;" \
	"ALTER TABLE roster ADD COLUMN until_day INT NOT NULL DEFAULT 0;" \
	"ALTER TABLE roster ADD COLUMN revoked INT NOT NULL DEFAULT 0;" \
	"UPDATE meta SET value = 0 WHERE name = 'roster';" \
	"CREATE TABLE told (name TEXT PRIMARY KEY, value TEXT NOT NULL)" \
	" STRICT, WITHOUT ROWID"

#endif
