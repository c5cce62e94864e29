/* Everything that a database says, as one number. */
#include "powercut.h"

#include <stdio.h>
#include <string.h>

static void add(crypto_generichash_state *h, const void *ptr, size_t len)
{
	uint64_t size = len;

	crypto_generichash_update(h, (const uint8_t *)&size, sizeof(size));
	if (len > 0)
		crypto_generichash_update(h, ptr, len);
}

/* A row, each value with its type. */
static void add_row(crypto_generichash_state *h, sqlite3_stmt *s)
{
	for (int i = 0; i < sqlite3_column_count(s); i++) {
		uint8_t type = (uint8_t)sqlite3_column_type(s, i);
		const void *p = sqlite3_column_blob(s, i);

		add(h, &type, 1);
		add(h, p, p == NULL ? 0 : (size_t)sqlite3_column_bytes(s, i));
	}
}

static bool add_rows(crypto_generichash_state *h, sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s = NULL;
	int step = SQLITE_ERROR;

	add(h, sql, strlen(sql));
	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK)
		while ((step = sqlite3_step(s)) == SQLITE_ROW)
			add_row(h, s);
	sqlite3_finalize(s);
	return step == SQLITE_DONE;
}

/* Entries and their head are judged by their hashes (powercut_stock.c). */
static bool digest(sqlite3 *db, uint8_t out[PC_DIGEST])
{
	crypto_generichash_state h;
	sqlite3_stmt *s = NULL;
	bool ok = true;
	int step = SQLITE_ERROR;
	char sql[160];

	crypto_generichash_init(&h, NULL, 0, PC_DIGEST);
	if (sqlite3_prepare_v2(db,
		"SELECT name FROM sqlite_schema WHERE type = 'table' AND"
		" name NOT IN ('entry', 'head') ORDER BY name",
		-1, &s, NULL) == SQLITE_OK)
		while (ok && (step = sqlite3_step(s)) == SQLITE_ROW) {
			snprintf(sql, sizeof(sql), "SELECT * FROM \"%s\"",
			    (const char *)sqlite3_column_text(s, 0));
			ok = add_rows(&h, db, sql);
		}
	sqlite3_finalize(s);
	crypto_generichash_final(&h, out, PC_DIGEST);
	return ok && step == SQLITE_DONE;
}

void state_note(struct world *w, const struct promise *p, sqlite3 *db)
{
	struct state *s = &w->state[w->states];

	if (w->states == PC_STATES)
		die("too many states");
	s->promise = *p;
	if (!digest(db, s->digest)) {
		wrong(w, FAULT_DAMAGED, "read: %s", sqlite3_errmsg(db));
		return;
	}
	w->states++;
}

void state_judge(struct world *w, sqlite3 *db)
{
	size_t first = 0, end = 0, i, at;
	uint8_t now[PC_DIGEST];

	if (!digest(db, now))
		wrong(w, FAULT_DAMAGED, "read: %s", sqlite3_errmsg(db));
	for (i = 0; i < w->states; i++) {
		enum promised p = promised(w, &w->state[i].promise);

		first = p == PROMISED_SURELY ? i : first;
		end = p == PROMISED_NOTHING ? end : i + 1;
	}
	for (at = end; at > 0; at--)
		if (memcmp(w->state[at - 1].digest, now, PC_DIGEST) == 0)
			break;
	if (at == 0)
		wrong(w, FAULT_DAMAGED, "what is there was never there so");
	else if (at - 1 < first)
		wrong(w, FAULT_LOST, "%zu changes are lost", first - (at - 1));
	memcpy(w->state[0].digest, now, PC_DIGEST);
	promise_settle(&w->state[0].promise, true);
	w->states = 1;
}
