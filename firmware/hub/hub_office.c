/* What administrators do: offices, tokens, revocation, after a restore. */
#include "hub_call.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub_bucket.h"

enum { TOKEN_S = 900, ZONE_MAX_S = 14 * 3600, TOKEN_BYTES = 16 };
/* Left free after a restore: devices that were enrolled after the backup. */
enum { DEVICE_GAP = 1000 };

static bool name_is_good(struct str name)
{
	if (name.len == 0 || name.len >= HUB_NAME)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.')
			return false;
	}
	return true;
}

/* 1 = there, and its offset; 0 = not. */
static int find_office(struct hub_db *db, uint32_t office, int32_t *offset_s,
    struct err *e)
{
	int r = hub_db_one(db, HUB_SQL_OFFICE_GET, HUB_ARGS(hub_n(office)), e);

	if (r == 1)
		*offset_s = (int32_t)hub_db_int(db, 2);
	return r;
}

static int no_office(uint32_t office, struct err *e)
{
	return err_set(e, -ENOENT, "hub: no office %lu: add it first",
	    (unsigned long)office);
}

static int add_office(struct hub_db *db, const struct hub_office *o,
    struct err *e)
{
	int32_t offset_s;
	int r = hub_db_begin(db, HUB_DB_WRITE, e);

	if (r == 0)
		r = find_office(db, o->office, &offset_s, e);
	if (r < 0)
		return r;
	if (r == 1)
		return err_set(e, -EEXIST, "hub: office %lu is there already",
		    (unsigned long)o->office);
	r = hub_db_run(db, HUB_SQL_OFFICE_ADD,
	    HUB_ARGS(hub_n(o->office), hub_t(o->name), hub_n(o->offset_s)), e);
	return r < 0 ? r : hub_db_commit(db, e);
}

int hub_office_add(struct hub *h, struct hub_db *db, const struct hub_office *o,
    struct err *e)
{
	int r;

	(void)h;
	if (o->office == 0)
		return err_set(e, -EINVAL, "hub: an office's number is from 1");
	if (o->offset_s < -ZONE_MAX_S || o->offset_s > ZONE_MAX_S)
		return err_set(e, -EINVAL,
		    "hub: an office's time is within 14 "
		    "hours of UTC");
	if (memchr(o->name, '\0', sizeof(o->name)) == NULL ||
	    !str_is_utf8(str_from(o->name)))
		return err_set(e, -EINVAL,
		    "hub: an office's name is UTF-8 of up to 63 bytes");
	r = add_office(db, o, e);
	hub_db_rollback(db);
	return r;
}

static int add_token(struct hub_db *db, uint32_t office, enum hub_role role,
    const char *name, int64_t now_s, const char *hash, struct err *e)
{
	int32_t offset_s;
	int r = hub_db_begin(db, HUB_DB_WRITE, e);

	if (r == 0)
		r = find_office(db, office, &offset_s, e);
	if (r <= 0)
		return r < 0 ? r : no_office(office, e);
	r = hub_db_run(db, HUB_SQL_TOKEN_ADD,
	    HUB_ARGS(hub_t(hash), hub_n(office), hub_n(role), hub_t(name),
		hub_n(now_s + TOKEN_S)),
	    e);
	return r < 0 ? r : hub_db_commit(db, e);
}

int hub_token(struct hub *h, struct hub_db *db, uint32_t office,
    const char *role, const char *name, int64_t now_s,
    char text[HUB_TOKEN_TEXT], struct err *e)
{
	enum hub_role r = hub_role_parse(str_from(role));
	uint8_t token[TOKEN_BYTES], print[WIRE_FINGERPRINT_BYTES];
	char token_hex[2 * TOKEN_BYTES + 1], hash[65];
	char print_hex[2 * WIRE_FINGERPRINT_BYTES + 1];
	int done;

	text[0] = '\0';
	if (r == HUB_ROLE_UNSET)
		return err_set(e, -EINVAL,
		    "hub: a role is kiosk, gate or channel");
	if (!name_is_good(str_from(name)))
		return err_set(e, -EINVAL,
		    "hub: a device's name is 1 to 31 letters, digits, - _ .");
	randombytes_buf(token, sizeof(token));
	hub_token_hash(token, hash);
	done = add_token(db, office, r, name, now_s, hash, e);
	hub_db_rollback(db);
	if (done < 0)
		return done;
	wire_fingerprint(h->keys.public_key, print);
	wire_hex(token, sizeof(token), token_hex);
	wire_hex(print, sizeof(print), print_hex);
	snprintf(text, HUB_TOKEN_TEXT, "karcis-enrol:1 %s %s %s", h->url,
	    token_hex, print_hex);
	return 0;
}

/* 1 = there is something to take away: such a device is live, or the tickets
 * of one that was closed are still good. */
static int find_named(struct hub_db *db, uint32_t office, const char *name,
    bool tickets, struct err *e)
{
	struct hub_device d;
	bool found = false;
	int r = hub_db_ask(db, HUB_SQL_DEVICE_NAMED,
	    HUB_ARGS(hub_n(office), hub_t(name)), e);

	if (r == 0)
		r = hub_db_next(db, e);
	while (r == 0 && (r = hub_db_row(db, e)) == 1) {
		r = 0;
		if (hub_device_read(db, &d) &&
		    (d.closed_s == 0 || (tickets && d.revoked_s == 0)))
			found = true;
	}
	return r < 0 ? r : found;
}

static int revoke(struct hub_db *db, struct hub_changes *changes,
    uint32_t office, const char *name, bool tickets, int64_t now_s,
    struct err *e)
{
	const struct hub_arg args[] = {hub_n(office), hub_t(name),
	    hub_n(now_s)};
	int r = hub_db_begin(db, HUB_DB_WRITE, e);

	if (r == 0)
		r = find_named(db, office, name, tickets, e);
	if (r < 0)
		return r;
	if (r == 0)
		return err_set(e, -ENOENT,
		    tickets ? "hub: office %lu has no device of that name whose"
			      " tickets are good"
			    : "hub: office %lu has no live device of that name",
		    (unsigned long)office);
	r = hub_db_run(db, HUB_SQL_DEVICE_CLOSE, args, ARRAY_LEN(args), e);
	if (r == 0 && tickets)
		r = hub_db_run(db, HUB_SQL_DEVICE_REVOKE, args, ARRAY_LEN(args),
		    e);
	if (r == 0)
		r = hub_db_run(db, HUB_SQL_OFFICE_ROSTER,
		    HUB_ARGS(hub_n(office)), e);
	if (r < 0)
		return r;
	hub_changed(changes, db, office, HUB_DAY_ALL);
	return hub_db_commit(db, e);
}

static int revoke_and_tell(struct hub *h, struct hub_db *db, uint32_t office,
    const char *name, bool tickets, int64_t now_s, struct err *e)
{
	struct hub_changes changes = {.n = 0};
	int r = revoke(db, &changes, office, name, tickets, now_s, e);

	hub_db_rollback(db);
	if (r == 0)
		hub_changes_tell(&changes, h);
	return r;
}

int hub_revoke(struct hub *h, struct hub_db *db, uint32_t office,
    const char *name, int64_t now_s, struct err *e)
{
	return revoke_and_tell(h, db, office, name, false, now_s, e);
}

int hub_revoke_tickets(struct hub *h, struct hub_db *db, uint32_t office,
    const char *name, int64_t now_s, struct err *e)
{
	return revoke_and_tell(h, db, office, name, true, now_s, e);
}

/* After a restore. */

/* The office's days get new epochs; those that have begun grant nothing. */
static int redraw_days(struct hub_db *db, uint32_t office, int32_t today,
    int64_t now_s, struct err *e)
{
	struct hub_bucket *days = NULL, *more;
	size_t n = 0, cap = 0;
	int r = hub_db_ask(db, HUB_SQL_BUCKET_ALL, HUB_ARGS(hub_n(office)), e);

	if (r == 0)
		r = hub_db_next(db, e);
	while (r == 0 && (r = hub_db_row(db, e)) == 1) {
		r = 0;
		if (n == cap) {
			cap = cap == 0 ? 64 : 2 * cap;
			more = realloc(days, cap * sizeof(days[0]));
			if (more == NULL) {
				r = err_set(e, -ENOMEM, "hub: out of memory");
				break;
			}
			days = more;
		}
		if (!hub_bucket_read(db, 1, &days[n])) {
			r = err_set(e, -EIO, "hub: a day's row is no good");
			break;
		}
		days[n].epoch = hub_epoch_draw();
		if (days[n].day <= today)
			days[n].restored = HUB_LOST;
		else if (days[n].restored == HUB_FIRST)
			days[n].restored = HUB_REDRAWN;
		days[n++].changed = true;
	}
	if (r == 0)
		r = hub_bucket_save(db, office, days, n, e);
	if (r == 0)
		r = hub_db_run(db, HUB_SQL_OFFICE_RESTORED,
		    HUB_ARGS(hub_n(office), hub_n(today), hub_n(now_s)), e);
	free(days);
	return r;
}

struct place {
	uint32_t office;
	int32_t offset_s;
};

static int list_offices(struct hub_db *db, struct place **out, size_t *n,
    struct err *e)
{
	struct place *more;
	int r = hub_db_ask(db, HUB_SQL_OFFICE_LIST, NULL, 0, e);

	if (r == 0)
		r = hub_db_next(db, e);
	while (r == 0 && (r = hub_db_row(db, e)) == 1) {
		r = 0;
		more = realloc(*out, (*n + 1) * sizeof(**out));
		if (more == NULL)
			return err_set(e, -ENOMEM, "hub: out of memory");
		*out = more;
		more[*n].office = (uint32_t)hub_db_int(db, 0);
		more[(*n)++].offset_s = (int32_t)hub_db_int(db, 2);
	}
	return r;
}

/* Devices that were enrolled after the backup keep their numbers to
 * themselves. */
static int skip_devices(struct hub_db *db, struct err *e)
{
	int r = hub_db_one(db, HUB_SQL_DEVICE_LAST, NULL, 0, e);

	if (r < 0)
		return r;
	return hub_db_run(db, HUB_SQL_DEVICE_SKIP,
	    HUB_ARGS(hub_n((r == 1 ? hub_db_int(db, 0) : 0) + DEVICE_GAP)), e);
}

int hub_restored(struct hub *h, struct hub_db *db, int64_t now_s, struct err *e)
{
	struct place *places = NULL;
	size_t n = 0;
	int r = hub_db_begin(db, HUB_DB_WRITE, e);

	if (r == 0)
		r = list_offices(db, &places, &n, e);
	for (size_t i = 0; i < n && r == 0; i++) {
		r = redraw_days(db, places[i].office,
		    civil_local(now_s, places[i].offset_s).day, now_s, e);
		hub_db_tell(db, places[i].office, HUB_DAY_ALL);
	}
	if (r == 0)
		r = skip_devices(db, e);
	if (r == 0)
		r = hub_db_commit(db, e);
	hub_db_rollback(db);
	for (size_t i = 0; i < n && r == 0 && h->changed != NULL; i++)
		h->changed(h->changed_ctx, places[i].office, HUB_DAY_ALL);
	free(places);
	return r;
}
