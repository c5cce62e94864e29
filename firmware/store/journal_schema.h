/* The journal's schema, step by step. Steps that a release has carried are
 * never changed, only followed by more. */
#ifndef KARCIS_STORE_JOURNAL_SCHEMA_H
#define KARCIS_STORE_JOURNAL_SCHEMA_H

#define JOURNAL_GUARD \
	"CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN" \
	" SELECT RAISE(ABORT, 'the journal is append-only'); END;"

/* AUDIT_PRINT, AUDIT_PRINT_START and AUDIT_COPY. Not IN with a list of three:
 * SQLite makes a table of it, a whole database in memory for every entry. */
#define JOURNAL_OF_PRINT "(kind = 4 OR kind = 5 OR kind = 10)"

/* kind 2 = AUDIT_ADMIT, 9 = AUDIT_VOID, 3 = AUDIT_VERDICT; erased entries keep
 * their kind but have no key id any more. */
#define JOURNAL_STEP_1 \
	"CREATE TABLE entry (" \
	" n INTEGER PRIMARY KEY, time_s INT NOT NULL, kind INT NOT NULL," \
	" op_id BLOB, booking BLOB, epoch INT NOT NULL, letter INT NOT NULL," \
	" day INT NOT NULL, label INT NOT NULL, number INT NOT NULL," \
	" key_id INT NOT NULL, seq INT NOT NULL, slot INT NOT NULL," \
	" window INT NOT NULL, type INT NOT NULL, flags INT NOT NULL," \
	" companions INT NOT NULL, service INT NOT NULL, class INT NOT NULL," \
	" verdict INT NOT NULL, print INT NOT NULL, detail INT NOT NULL," \
	" outbox INT NOT NULL, text TEXT, salt BLOB, payload BLOB," \
	" commitment BLOB NOT NULL, hash BLOB NOT NULL) STRICT;" \
	"CREATE TABLE head (id INTEGER PRIMARY KEY CHECK (id = 1)," \
	" n INT NOT NULL, hash BLOB NOT NULL, signature BLOB NOT NULL)" \
	" STRICT;" \
	"CREATE UNIQUE INDEX entry_booking ON entry (booking, day)" \
	" WHERE kind = 2;" \
	"CREATE UNIQUE INDEX entry_number ON entry (day, label, number)" \
	" WHERE kind IN (2, 9) AND number > 0;" \
	"CREATE INDEX entry_print ON entry (key_id, seq)" \
	" WHERE " JOURNAL_OF_PRINT ";" \
	"CREATE INDEX entry_try ON entry (booking, day) WHERE kind = 3;" \
	"CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry BEGIN" \
	" SELECT RAISE(ABORT, 'the journal is append-only'); " \
	"END;" JOURNAL_GUARD

/*
 * What goes on with the hub. An intent is an admission that was asked for and
 * is not there yet; it goes in the admission's transaction. A grant with
 * count 0 was asked for and not answered. `outbox`: sent = all admissions up
 * to that entry were taken by the hub, but those in `stuck`; counter = request
 * counters up to it may have been used. 12 = AUDIT_DOUBLE.
 */
#define JOURNAL_STEP_2 \
	"CREATE TABLE intent (" \
	" op_id BLOB PRIMARY KEY, booking BLOB NOT NULL, day INT NOT NULL," \
	" time_s INT NOT NULL, letter INT NOT NULL, service INT NOT NULL," \
	" slot INT NOT NULL, window INT NOT NULL, type INT NOT NULL," \
	" flags INT NOT NULL, companions INT NOT NULL, class INT NOT NULL," \
	" verdict INT NOT NULL, UNIQUE (booking, day)) STRICT;" \
	"CREATE TABLE granted (" \
	" op_id BLOB PRIMARY KEY, day INT NOT NULL, letter INT NOT NULL," \
	" service INT NOT NULL, class INT NOT NULL, first INT NOT NULL," \
	" count INT NOT NULL) STRICT;" \
	"CREATE TABLE outbox (name TEXT PRIMARY KEY, value INT NOT NULL)" \
	" STRICT, WITHOUT ROWID;" \
	"CREATE TABLE stuck (n INTEGER PRIMARY KEY, reason TEXT NOT NULL)" \
	" STRICT;" \
	"CREATE INDEX entry_double ON entry (op_id) WHERE kind = 12"

/* Passes of a gate: 13 = AUDIT_PASS, its booking is the pass key. And what the
 * hub's log is known to hold, with the checkpoint that said so. */
#define JOURNAL_STEP_3 \
	"CREATE UNIQUE INDEX entry_pass ON entry (booking, day)" \
	" WHERE kind = 13;" \
	"CREATE INDEX entry_pass_label ON entry (day, label, number)" \
	" WHERE kind = 13;" \
	"CREATE TABLE logged (id INTEGER PRIMARY KEY CHECK (id = 1)," \
	" n INT NOT NULL, note TEXT NOT NULL) STRICT"

#endif
