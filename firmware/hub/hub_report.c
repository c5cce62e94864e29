/* What people read: devices, a day's counts, doubles and other reports. */
#include "hub_call.h"

#include <errno.h>

#include "bookings_read.h"
#include "claims_rows.h"

static int give(struct hub_text *t, int r, char **out, struct err *e)
{
	*out = NULL;
	if (r == 0 && t->failed)
		r = err_set(e, -ENOMEM, "hub: out of memory for a report");
	if (r < 0) {
		hub_text_fini(t);
		return r;
	}
	*out = t->ptr;
	return 0;
}

static void put_letter(struct hub_text *t, int64_t letter)
{
	const char text[2] = {
	    letter >= 1 && letter <= 26 ? (char)('A' + letter - 1) : '\0'};

	hub_text_fmt(t, ", \"letter\": \"%s\"", text);
}

/* Opens the report with the office's name. */
static int put_office(struct hub_db *db, uint32_t office, struct hub_text *t,
    struct err *e)
{
	int r = hub_db_begin(db, HUB_DB_READ, e);

	if (r == 0)
		r = hub_db_one(db, HUB_SQL_OFFICE_GET, HUB_ARGS(hub_n(office)),
		    e);
	if (r == 0)
		return err_set(e, -ENOENT, "hub: no office %lu: add it first",
		    (unsigned long)office);
	if (r < 0)
		return r;
	hub_text_fmt(t, "{\"office\": %lu, \"name\": ", (unsigned long)office);
	hub_text_quote(t, hub_db_text(db, 1));
	return 0;
}

static void put_device(struct hub_text *t, const struct hub_device *d)
{
	hub_text_comma(t);
	hub_text_fmt(t,
	    "{\"device\": %lu, \"name\": ", (unsigned long)d->device);
	hub_text_quote(t, str_from(d->name));
	hub_text_fmt(t, ", \"role\": \"%s\"", hub_role_word(d->role));
	put_letter(t, d->letter);
	hub_text_fmt(t,
	    ", \"epoch\": %lu, \"key_id\": %u, \"live\": %s, "
	    "\"closed\": %lld, \"revoked\": %lld, \"heard\": %lld}",
	    (unsigned long)d->epoch, (unsigned)d->key_id,
	    d->closed_s == 0 ? "true" : "false", (long long)d->closed_s,
	    (long long)d->revoked_s, (long long)d->last_s);
}

int hub_report_devices(struct hub *h, struct hub_db *db, uint32_t office,
    char **out, struct err *e)
{
	struct hub_text t = {0};
	struct hub_device d;
	int r = put_office(db, office, &t, e);

	(void)h;
	hub_text_str(&t, ", \"devices\": [");
	if (r == 0)
		r = hub_db_ask(db, HUB_SQL_DEVICE_OFFICE,
		    HUB_ARGS(hub_n(office)), e);
	if (r == 0)
		r = hub_db_next(db, e);
	while (r == 0 && (r = hub_db_row(db, e)) == 1) {
		r = 0;
		if (hub_device_read(db, &d))
			put_device(&t, &d);
	}
	hub_text_str(&t, "]}");
	hub_db_rollback(db);
	return give(&t, r, out, e);
}

static int put_counts(struct hub_db *db, struct hub_text *t, struct err *e)
{
	int r = hub_db_next(db, e);

	hub_text_str(t, ", \"bookings\": {");
	while (r == 0 && (r = hub_db_row(db, e)) == 1) {
		r = 0;
		hub_text_comma(t);
		hub_text_fmt(t, "\"%s\": %lld",
		    bookings_status_word((unsigned)hub_db_int(db, 0)),
		    (long long)hub_db_int(db, 1));
	}
	hub_text_str(t, "}");
	if (r == 0)
		r = hub_db_next(db, e);
	if (r == 0 && (r = hub_db_row(db, e)) == 1)
		hub_text_fmt(t,
		    ", \"admitted\": %lld, \"told\": %lld, \"passes\": %lld",
		    (long long)hub_db_int(db, 0), (long long)hub_db_int(db, 1),
		    (long long)hub_db_int(db, 2));
	return r < 0 ? r : 0;
}

/* An op of a report; its columns of REPORT_LIST start at `first`. */
static void put_op(struct hub_text *t, struct hub_db *db, int first)
{
	hub_text_comma(t);
	hub_text_str(t, "{\"op_id\": ");
	hub_text_quote(t, hub_db_text(db, first));
	hub_text_fmt(t, ", \"device\": %lld, \"terminal\": ",
	    (long long)hub_db_int(db, first + 1));
	hub_text_quote(t, hub_db_text(db, first + 2));
	put_letter(t, hub_db_int(db, first + 3));
	hub_text_fmt(t, ", \"number\": %lld, \"time\": %lld}",
	    (long long)hub_db_int(db, first + 4),
	    (long long)hub_db_int(db, first + 5));
}

/* Columns of REPORT_LIST: kind, hash, detail, time_s, then two ops of six; the
 * kind of the first op, and whose chain it is. */
enum { FIRST_OP = 4, OTHER_OP = 10, OP_KIND = 16, DEVICE = 17 };

/* n: the entry, or the size of the log that the device knows. */
static void put_chain_report(struct hub_text *t, struct hub_db *db,
    bool history)
{
	hub_text_comma(t);
	hub_text_fmt(t, "{\"kind\": \"%s\", \"device\": %lld, \"terminal\": ",
	    history ? "history" : "fork", (long long)hub_db_int(db, DEVICE));
	hub_text_quote(t, hub_db_text(db, DEVICE + 1));
	hub_text_fmt(t, ", \"n\": %lld, \"time\": %lld}",
	    (long long)hub_db_int(db, 2), (long long)hub_db_int(db, 3));
}

static void put_report(struct hub_text *t, struct hub_db *db)
{
	static const char *const kinds[CLAIM_REPORTS_KINDS] = {
	    [CLAIM_REPORT_UNSET] = "",
	    [CLAIM_REPORT_DOUBLE] = "double",
	    [CLAIM_REPORT_STATUS] = "status",
	    [CLAIM_REPORT_LABEL] = "label",
	    [CLAIM_REPORT_ANSWER] = "answer",
	    [CLAIM_REPORT_CHANGED] = "changed",
	    [CLAIM_REPORT_FORK] = "fork",
	    [CLAIM_REPORT_HISTORY] = "history",
	};
	int64_t kind = hub_db_int(db, 0), detail = hub_db_int(db, 2);

	if (kind == CLAIM_REPORT_FORK || kind == CLAIM_REPORT_HISTORY) {
		put_chain_report(t, db, kind == CLAIM_REPORT_HISTORY);
		return;
	}
	hub_text_comma(t);
	hub_text_fmt(t, "{\"kind\": \"%s\", \"op\": \"%s\", \"booking\": ",
	    kind > 0 && kind < CLAIM_REPORTS_KINDS ? kinds[kind] : "",
	    claim_op_word((enum claim_op)hub_db_int(db, OP_KIND)));
	hub_text_quote(t, hub_db_text(db, 1));
	if (kind == CLAIM_REPORT_STATUS)
		hub_text_fmt(t, ", \"status\": \"%s\"",
		    claims_note_word((uint8_t)detail));
	if (kind == CLAIM_REPORT_ANSWER)
		hub_text_fmt(t, ", \"answer\": \"%s\"",
		    claim_answer_word((enum claim_answer)detail));
	hub_text_fmt(t, ", \"time\": %lld, \"ops\": [",
	    (long long)hub_db_int(db, 3));
	put_op(t, db, FIRST_OP);
	if (hub_db_text(db, OTHER_OP).len > 0)
		put_op(t, db, OTHER_OP);
	hub_text_str(t, "]}");
}

static int put_reports(struct hub_db *db, struct hub_text *t, struct err *e)
{
	struct hub_text other = {0};
	int r = hub_db_next(db, e);

	hub_text_str(t, ", \"doubles\": [");
	hub_text_str(&other, "], \"reports\": [");
	while (r == 0 && (r = hub_db_row(db, e)) == 1) {
		r = 0;
		put_report(
		    hub_db_int(db, 0) == CLAIM_REPORT_DOUBLE ? t : &other, db);
	}
	hub_text_put(t, other.ptr, other.len);
	t->failed = t->failed || other.failed;
	hub_text_fini(&other);
	hub_text_str(t, "]}");
	return r;
}

int hub_report_day(struct hub *h, struct hub_db *db, uint32_t office,
    int32_t day, char **out, struct err *e)
{
	const struct hub_arg args[] = {hub_n(office), hub_n(day)};
	struct hub_text t = {0};
	int r = put_office(db, office, &t, e);

	(void)h;
	hub_text_str(&t, ", \"day\": ");
	hub_text_day(&t, day);
	if (r == 0)
		r = hub_db_ask(db, HUB_SQL_DAY_BOOKINGS, args, 2, e);
	if (r == 0)
		r = hub_db_ask(db, HUB_SQL_DAY_ADMISSIONS, args, 2, e);
	if (r == 0)
		r = hub_db_ask(db, HUB_SQL_REPORT_LIST, args, 2, e);
	if (r == 0)
		r = put_counts(db, &t, e);
	if (r == 0)
		r = put_reports(db, &t, e);
	hub_db_rollback(db);
	return give(&t, r, out, e);
}

int hub_gauges(struct hub *h, struct hub_db *db, struct hub_gauges *out,
    struct err *e)
{
	int r;

	(void)h;
	*out = (struct hub_gauges){0};
	r = hub_db_one(db, HUB_SQL_GAUGES, NULL, 0, e);
	if (r == 1) {
		out->offices = hub_db_int(db, 0);
		out->devices = hub_db_int(db, 1);
		out->bookings = hub_db_int(db, 2);
		out->passes = hub_db_int(db, 4);
		out->admissions = hub_db_int(db, 3) - out->passes;
		out->doubles = hub_db_int(db, 5);
		out->pass_doubles = hub_db_int(db, 6);
		out->forks = hub_db_int(db, 7);
		out->log_entries = hub_db_int(db, 8);
	}
	hub_db_rollback(db);
	return r < 0 ? r : 0;
}
