/* The office's roster, as the hub signed it last: see cache.h. */
#include "cache_file.h"

#include <errno.h>
#include <string.h>

enum { LETTERS = 26 };

static bool device_fits(const struct roster_device *d)
{
	return d->device >= 1 && d->role > ROSTER_UNSET &&
	    d->role <= ROSTER_GATE && d->letter <= LETTERS &&
	    d->from_day >= 0 && d->until_day >= 0 &&
	    memchr(d->name, '\0', sizeof(d->name)) != NULL;
}

static bool roster_fits(const struct roster *ro)
{
	if (ro->count > ROSTER_DEVICES ||
	    memchr(ro->log_key, '\0', sizeof(ro->log_key)) == NULL)
		return false;
	for (size_t i = 0; i < ro->count; i++)
		if (!device_fits(&ro->item[i]))
			return false;
	return true;
}

/* Nothing of it is lost in the struct's narrower field. */
static bool column_fits(sqlite3_stmt *s, int i, int64_t max)
{
	int64_t v = sqlite3_column_int64(s, i);

	return v >= 0 && v <= max;
}

static bool read_device(sqlite3_stmt *s, struct roster_device *d)
{
	bool ok = column_fits(s, 0, UINT32_MAX) &&
	    column_fits(s, 2, UINT8_MAX) && column_fits(s, 3, UINT8_MAX) &&
	    column_fits(s, 5, UINT32_MAX) && column_fits(s, 6, UINT16_MAX) &&
	    column_fits(s, 8, INT32_MAX) && column_fits(s, 9, INT32_MAX);

	memset(d, 0, sizeof(*d));
	d->device = (uint32_t)sqlite3_column_int64(s, 0);
	d->role = (uint8_t)sqlite3_column_int(s, 2);
	d->letter = (uint8_t)sqlite3_column_int(s, 3);
	d->live = sqlite3_column_int(s, 4) != 0;
	d->epoch = (uint32_t)sqlite3_column_int64(s, 5);
	d->key_id = (uint16_t)sqlite3_column_int(s, 6);
	if (sqlite3_column_bytes(s, 7) != TICKET_PUBLIC_BYTES)
		return false;
	memcpy(d->ticket_key, sqlite3_column_blob(s, 7), TICKET_PUBLIC_BYTES);
	d->from_day = (int32_t)sqlite3_column_int64(s, 8);
	d->until_day = (int32_t)sqlite3_column_int64(s, 9);
	d->revoked = sqlite3_column_int(s, 10) != 0;
	return str_copy(d->name, sizeof(d->name),
		   str_of(sqlite3_column_text(s, 1),
		       (size_t)sqlite3_column_bytes(s, 1))) &&
	    ok && device_fits(d);
}

static int read_log_key(struct cache *c, struct roster *out, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int step,
	    r = db_prepare(c->db, MODULE,
		"SELECT value FROM told WHERE name = 'log_key'", &s, e);

	if (r < 0)
		return r;
	step = sqlite3_step(s);
	if (step == SQLITE_ROW &&
	    !str_copy(out->log_key, sizeof(out->log_key),
		str_of(sqlite3_column_text(s, 0),
		    (size_t)sqlite3_column_bytes(s, 0))))
		r = err_set(e, -EUCLEAN, MODULE ": the roster is damaged");
	else if (step != SQLITE_ROW && step != SQLITE_DONE)
		r = db_error(c->db, MODULE, "read", e);
	sqlite3_finalize(s);
	return r;
}

int cache_roster(struct cache *c, struct roster *out, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r, step;

	memset(out, 0, sizeof(*out));
	r = db_number(c->db, MODULE,
	    "SELECT value FROM meta WHERE name = 'roster'", &out->version, e);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = db_prepare(c->db, MODULE,
	    "SELECT device, name, role, letter, live, epoch, key_id,"
	    " ticket_key, from_day, until_day, revoked FROM roster"
	    " ORDER BY device",
	    &s, e);
	if (r < 0)
		return r;
	while ((step = sqlite3_step(s)) == SQLITE_ROW && r == 0 &&
	    out->count < ROSTER_DEVICES)
		if (!read_device(s, &out->item[out->count++]))
			r = err_set(e, -EUCLEAN,
			    MODULE ": the roster is damaged");
	if (r == 0 && step != SQLITE_DONE && step != SQLITE_ROW)
		r = db_error(c->db, MODULE, "read", e);
	sqlite3_finalize(s);
	if (r == 0)
		r = read_log_key(c, out, e);
	if (r < 0)
		memset(out, 0, sizeof(*out));
	return r;
}

static int write_device(struct cache *c, sqlite3_stmt *s,
    const struct roster_device *d, struct err *e)
{
	sqlite3_bind_int64(s, 1, d->device);
	sqlite3_bind_text(s, 2, d->name, -1, SQLITE_STATIC);
	sqlite3_bind_int(s, 3, d->role);
	sqlite3_bind_int(s, 4, d->letter);
	sqlite3_bind_int(s, 5, d->live);
	sqlite3_bind_int64(s, 6, d->epoch);
	sqlite3_bind_int(s, 7, d->key_id);
	sqlite3_bind_blob(s, 8, d->ticket_key, TICKET_PUBLIC_BYTES,
	    SQLITE_STATIC);
	sqlite3_bind_int(s, 9, d->from_day);
	sqlite3_bind_int(s, 10, d->until_day);
	sqlite3_bind_int(s, 11, d->revoked);
	sqlite3_step(s);
	return sqlite3_reset(s) == SQLITE_OK
	    ? 0
	    : db_error(c->db, MODULE, "write", e);
}

static int write_version(struct cache *c, int64_t version, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r = db_prepare(c->db, MODULE,
	    "INSERT OR REPLACE INTO meta VALUES ('roster', ?1)", &s, e);

	if (r < 0)
		return r;
	sqlite3_bind_int64(s, 1, version);
	if (sqlite3_step(s) != SQLITE_DONE)
		r = db_error(c->db, MODULE, "write", e);
	sqlite3_finalize(s);
	return r;
}

static int write_log_key(struct cache *c, const char *text, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r = db_prepare(c->db, MODULE,
	    "INSERT OR REPLACE INTO told VALUES ('log_key', ?1)", &s, e);

	if (r < 0)
		return r;
	sqlite3_bind_text(s, 1, text, -1, SQLITE_STATIC);
	if (sqlite3_step(s) != SQLITE_DONE)
		r = db_error(c->db, MODULE, "write", e);
	sqlite3_finalize(s);
	return r;
}

int cache_set_roster(struct cache *c, const struct roster *ro, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r;

	if (c->importing)
		return err_set(e, -EBUSY, MODULE ": an import is under way");
	if (!roster_fits(ro))
		return err_set(e, -EINVAL,
		    MODULE ": a field of the roster is out of its range");
	r = db_exec(c->db, MODULE, "BEGIN IMMEDIATE; DELETE FROM roster", e);
	if (r == 0)
		r = db_prepare(c->db, MODULE,
		    "INSERT INTO roster (device, name, role, letter, live,"
		    " epoch, key_id, ticket_key, from_day, until_day, revoked)"
		    " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)",
		    &s, e);
	for (size_t i = 0; r == 0 && i < ro->count; i++)
		r = write_device(c, s, &ro->item[i], e);
	sqlite3_finalize(s);
	if (r == 0)
		r = write_version(c, ro->version, e);
	if (r == 0)
		r = write_log_key(c, ro->log_key, e);
	if (r == 0)
		r = db_exec(c->db, MODULE, "COMMIT", e);
	db_rollback(c->db);
	return r;
}
