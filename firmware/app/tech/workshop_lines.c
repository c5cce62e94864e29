/* What STATUS and the self-test find. */
#include "workshop_inner.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

enum { MB = 1024 * 1024, SPACE_LOW_MB = 64 };

struct lines {
	struct tech_line *line;
	uint8_t n;
};

static void put(struct lines *l, enum msg_id name, enum tech_mark mark,
    enum msg_id text, const char *fmt, ...) PRINTF_LIKE(5, 6);
static void put(struct lines *l, enum msg_id name, enum tech_mark mark,
    enum msg_id text, const char *fmt, ...)
{
	struct tech_line *to = &l->line[l->n];
	va_list ap;

	if (l->n == TECH_LINES)
		return;
	memset(to, 0, sizeof(*to));
	to->name = name;
	to->mark = mark;
	to->text = text;
	va_start(ap, fmt);
	if (vsnprintf(to->value, sizeof(to->value), fmt, ap) < 0)
		to->value[0] = '\0';
	va_end(ap);
	l->n++;
}

static void put_printer(struct lines *l, const struct terminal *t)
{
	const struct printer_status *p;

	if (t->printer == NULL) {
		put(l, MSG_TECH_L_PRINTER, TECH_MARK_NONE, MSG_TECH_V_NONE,
		    "%s", "");
		return;
	}
	p = printer_status(t->printer);
	if (p->connected == FACT_UNKNOWN)
		put(l, MSG_TECH_L_PRINTER, TECH_MARK_UNKNOWN,
		    MSG_TECH_V_UNKNOWN, "%s", "");
	else if (p->connected == FACT_NO)
		put(l, MSG_TECH_L_PRINTER, TECH_MARK_BAD, MSG_TECH_V_NOT_THERE,
		    "%s", "");
	else if (p->cover_open == FACT_YES)
		put(l, MSG_TECH_L_PRINTER, TECH_MARK_BAD, MSG_TECH_V_COVER_OPEN,
		    "%s", "");
	else if (p->paper_out == FACT_YES)
		put(l, MSG_TECH_L_PRINTER, TECH_MARK_BAD, MSG_TECH_V_PAPER_OUT,
		    "%s", "");
	else if (p->cutter_error == FACT_YES)
		put(l, MSG_TECH_L_PRINTER, TECH_MARK_BAD, MSG_TECH_V_CUTTER,
		    "%s", "");
	else if (p->offline == FACT_YES)
		put(l, MSG_TECH_L_PRINTER, TECH_MARK_BAD, MSG_TECH_V_OFFLINE,
		    "%s", "");
	else if (p->paper_low == FACT_YES)
		put(l, MSG_TECH_L_PRINTER, TECH_MARK_WARN, MSG_TECH_V_PAPER_LOW,
		    "%s", "");
	else
		put(l, MSG_TECH_L_PRINTER, TECH_MARK_GOOD, MSG_TECH_V_WORKS,
		    "%s", "");
}

static void put_scanner(struct lines *l, const struct terminal *t)
{
	bool there = scanner_present(t->scanner);

	if (t->office.config.scanners == 0)
		put(l, MSG_TECH_L_SCANNER, TECH_MARK_NONE, MSG_TECH_V_NONE,
		    "%s", "");
	else
		put(l, MSG_TECH_L_SCANNER,
		    there ? TECH_MARK_GOOD : TECH_MARK_BAD,
		    there ? MSG_TECH_V_WORKS : MSG_TECH_V_NOT_THERE, "%s", "");
}

static void put_screen(struct lines *l, const struct terminal *t)
{
	bool lit = ui_lit(t->ui);

	put(l, MSG_TECH_L_SCREEN, lit ? TECH_MARK_GOOD : TECH_MARK_BAD,
	    lit ? MSG_TECH_V_WORKS : MSG_TECH_V_NOT_THERE, "%s", "");
}

/* "09.30" of a moment, or a date where it was not today. */
static void moment(const struct terminal *t, int64_t at_s, char out[24])
{
	int32_t offset_s = t->office.config.offset_s;
	struct civil_now at = civil_local(at_s, offset_s);
	struct civil_date d = civil_date(at.day);
	struct buf b;

	buf_init(&b, out, 24);
	if (at.day != civil_local(clock_wall_s(), offset_s).day)
		buf_fmt(&b, "%04d-%02d-%02d ", d.year, d.month, d.day);
	text_minute(at.minute, &b);
	(void)buf_cstr(&b);
}

static void put_hub(struct lines *l, const struct terminal *t)
{
	struct sync_status s;
	char at[24];

	if (t->office.config.hub_url[0] == '\0') {
		put(l, MSG_TECH_L_HUB, TECH_MARK_NONE, MSG_TECH_V_NONE, "%s",
		    "");
		return;
	}
	if (t->sync == NULL) {
		put(l, MSG_TECH_L_HUB, TECH_MARK_BAD, MSG_TECH_V_NOT_HEARD,
		    "%s", "");
		return;
	}
	sync_status(t->sync, clock_wall_s(), clock_mono_ms(), &s);
	moment(t, s.heard_s, at);
	put(l, MSG_TECH_L_HUB, s.up ? TECH_MARK_GOOD : TECH_MARK_BAD,
	    s.up                ? MSG_TECH_V_HEARD
		: s.heard_s > 0 ? MSG_TECH_V_AT
				: MSG_TECH_V_NOT_HEARD,
	    "%s", s.heard_s > 0 ? at : "");
}

static void put_clock(struct lines *l, const struct terminal *t)
{
	bool sure = checkin_clock_sure(&t->rules.checkin, clock_wall_s());

	put(l, MSG_TECH_L_CLOCK, sure ? TECH_MARK_GOOD : TECH_MARK_BAD,
	    sure ? MSG_TECH_V_CLOCK_SURE : MSG_TECH_V_CLOCK_UNSURE, "%s", "");
}

static void put_storage(struct lines *l, struct terminal *t, bool set_up)
{
	struct statvfs v;
	struct err e = {0};
	bool writes = t->stores_open && journal_try(t->stores.journal, &e) == 0;

	if (set_up && !t->stores_open && t->storage_said.code == -EXDEV)
		put(l, MSG_TECH_L_STORAGE, TECH_MARK_BAD, MSG_TECH_V_ELSEWHERE,
		    "%s", "");
	else if (set_up)
		put(l, MSG_TECH_L_STORAGE,
		    writes ? TECH_MARK_GOOD : TECH_MARK_BAD,
		    writes ? MSG_TECH_V_TAKES_WRITES : MSG_TECH_V_NO_WRITES,
		    "%s", "");
	if (statvfs(t->office.config.state, &v) == 0) {
		uint64_t mb = (uint64_t)v.f_bavail * v.f_frsize / MB;

		put(l, MSG_TECH_L_SPACE,
		    mb < SPACE_LOW_MB ? TECH_MARK_WARN : TECH_MARK_GOOD,
		    MSG_TECH_V_FREE, "%llu", (unsigned long long)mb);
	}
}

static void put_data(struct lines *l, const struct terminal *t)
{
	int64_t rows = 0;
	struct err e = {0};

	if (t->stores_open && cache_count(t->stores.cache, &rows, &e) == 0)
		put(l, MSG_TECH_L_DATA, TECH_MARK_NONE, MSG_TECH_V_ENTRIES,
		    "%lld", (long long)rows);
}

static void put_update(struct lines *l, const struct workshop *w)
{
	const struct update_report *r = update_client_report(w->update);
	const struct update_report *o = &w->session.outcome;
	char text[RELEASE_VERSION_TEXT];

	put(l, MSG_TECH_L_VERSION, TECH_MARK_NONE, MSG_NONE, "%s",
	    KARCIS_VERSION);
	if (r->floor != 0)
		put(l, MSG_TECH_L_SECURITY, TECH_MARK_NONE, MSG_NONE, "%u",
		    r->floor);
	if (o->outcome == UPDATE_INSTALLED)
		put(l, MSG_TECH_L_UPDATE, TECH_MARK_GOOD, MSG_TECH_V_INSTALLED,
		    "%s", release_version_text(o->outcome_to, text));
	else if (o->outcome == UPDATE_RETURNED)
		put(l, MSG_TECH_L_UPDATE, TECH_MARK_WARN, MSG_TECH_V_RETURNED,
		    "%s", release_version_text(o->outcome_to, text));
	if (r->refused_device[0] != '\0')
		put(l, MSG_TECH_L_USB, TECH_MARK_WARN, MSG_NONE, "%.90s",
		    r->refused_device);
}

uint8_t workshop_lines(const struct workshop *w,
    struct tech_line line[TECH_LINES])
{
	struct terminal *t = w->t;
	struct lines l = {line, 0};
	bool closed = t->sandbox.closed;

	memset(line, 0, TECH_LINES * sizeof(line[0]));
	put_printer(&l, t);
	put_scanner(&l, t);
	put_screen(&l, t);
	put_hub(&l, t);
	put_clock(&l, t);
	put_storage(&l, t, w->why == NULL);
	put_data(&l, t);
	put(&l, MSG_TECH_L_SANDBOX, closed ? TECH_MARK_GOOD : TECH_MARK_BAD,
	    closed ? MSG_TECH_V_ON : MSG_TECH_V_OFF, "%s", "");
	put_update(&l, w);
	return l.n;
}

bool workshop_all_good(const struct workshop *w)
{
	for (size_t i = 0; i < w->lines; i++)
		if (w->line[i].mark == TECH_MARK_BAD)
			return false;
	return w->lines > 0;
}

bool workshop_end_selftest(struct workshop *w, enum print_verdict verdict)
{
	struct lines l = {w->line, w->lines};
	bool unsure = verdict == PRINT_UNSURE;

	if (verdict == PRINT_PRINTED)
		put(&l, MSG_TECH_L_PAPER, TECH_MARK_GOOD, MSG_TECH_V_PROVEN,
		    "%s", "");
	else
		put(&l, MSG_TECH_L_PAPER,
		    unsure ? TECH_MARK_WARN : TECH_MARK_BAD,
		    unsure ? MSG_TECH_V_NOT_PROVEN : MSG_TECH_V_NOT_PRINTED,
		    "%s", "");
	w->lines = l.n;
	return workshop_all_good(w);
}
