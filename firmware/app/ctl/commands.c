#include "commands.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/app/clock.h"
#include "enrol.h"
#include "firmware/core/slip.h"
#include "firmware/app/import.h"
#include "inside_ctl.h"
#include "officer_ctl.h"
#include "question.h"
#include "roster_ctl.h"
#include "technician_ctl.h"
#include "firmware/app/terminal.h"
#include "words_ctl.h"

static const char *fact_word(enum fact f)
{
	if (f == FACT_UNKNOWN)
		return "unknown";
	return f == FACT_YES ? "yes" : "no";
}

static json_t *printer_object(const struct terminal *t)
{
	const struct printer_status *p;

	if (t->printer == NULL)
		return json_string("none");
	p = printer_status(t->printer);

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b}",
	    "name", printer_name(t->printer), "profile",
	    printer_profile_name(t->printer), "connected",
	    fact_word(p->connected), "paper_out", fact_word(p->paper_out),
	    "paper_low", fact_word(p->paper_low), "cover_open",
	    fact_word(p->cover_open), "cutter_error",
	    fact_word(p->cutter_error), "offline", fact_word(p->offline),
	    "ticket_in_mouth", fact_word(p->ticket_out), "proves_paper",
	    (int)p->proves_paper);
}

static json_t *update_object(const struct terminal *t)
{
	const struct update_report *r = workshop_report(t->workshop);
	char version[RELEASE_VERSION_TEXT];

	if (r->phase == UPDATE_UNSET)
		return json_string("none");
	return json_pack("{s:s, s:s, s:s, s:I, s:b, s:b}", "phase",
	    update_phase_name(r->phase), "runs",
	    release_version_text(r->from, version), "slot", r->slot, "floor",
	    (json_int_t)r->floor, "trial", (int)r->trial, "sticks",
	    (int)r->storage);
}

/* For staff: who may stand there without paper. */
static json_t *doubts_array(const struct question *q,
    const struct journal_report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->doubts; i++) {
		const struct journal_doubt *d = &r->doubt[i];
		char label[8], at[8];
		struct buf b;

		ticket_label(d->letter, d->number, label);
		buf_init(&b, at, sizeof(at) - 1);
		text_minute(
		    civil_local(d->time_s, q->office->config.offset_s).minute,
		    &b);
		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:s, s:i}", "number", label, "at",
			buf_cstr(&b), "print", print_verdict_name(d->last),
			"copies", (int)d->copies));
	}
	return list;
}

static json_t *hub_object(const struct question *q)
{
	static const char *const state[] = {[SYNC_UNSET] = "unset",
	    [SYNC_SERVING] = "serving",
	    [SYNC_REVOKED] = "revoked",
	    [SYNC_RE_ENROL] = "re-enrol"};
	const struct enrolment *en = &q->stores->enrolment;
	struct sync_status s;

	sync_status(q->terminal->sync, clock_wall_s(), clock_mono_ms(), &s);
	return json_pack("{s:s, s:b, s:b, s:i, s:s, s:s#, s:I, s:I, s:I, s:I,"
			 " s:I, s:I, s:I, s:I}",
	    "state", state[s.state], "up", (int)s.up, "link",
	    (int)uplink_present(q->terminal->uplink), "device", (int)en->device,
	    "name", en->name, "letter",
	    &"-ABCDEFGHIJKLMNOPQRSTUVWXYZ"[en->letter <= 26 ? en->letter : 0],
	    1, "heard_s", (json_int_t)s.heard_s, "data_s", (json_int_t)s.data_s,
	    "waiting", (json_int_t)s.waiting, "stuck", (json_int_t)s.stuck,
	    "hub_time_s", (json_int_t)s.hub_time_s, "roster",
	    (json_int_t)s.roster, "logged", (json_int_t)s.logged, "log_size",
	    (json_int_t)s.log_size);
}

static int stores_status(struct question *q, json_t *o, struct err *e)
{
	static struct journal_report report;
	int64_t rows = 0, today = 0, sync = 0;
	struct audit_hash hash;
	uint64_t n;
	int32_t day = civil_local(clock_wall_s(), q->office->config.offset_s)
			  .day;
	int r;

	r = cache_count(q->stores->cache, &rows, e);
	if (r == 0)
		r = cache_count_day(q->stores->cache, day, &today, e);
	if (r == 0)
		r = cache_last_sync(q->stores->cache, &sync, e);
	if (r == 0)
		r = journal_report(q->stores->journal, day, &report, e);
	if (r < 0)
		return r;
	json_object_set_new(o, "in_doubt", doubts_array(q, &report));
	journal_head(q->stores->journal, &n, &hash);
	json_object_set_new(o, "bookings", json_integer(rows));
	json_object_set_new(o, "bookings_today", json_integer(today));
	json_object_set_new(o, "last_sync_s", json_integer(sync));
	if (q->terminal != NULL && q->terminal->sync != NULL)
		json_object_set_new(o, "hub", hub_object(q));
	json_object_set_new(o, "doubles_today", json_integer(report.doubles));
	json_object_set_new(o, "journal_entries", json_integer((json_int_t)n));
	json_object_set_new(o, "ticket_key",
	    json_integer(q->stores->keys.key_id));
	json_object_set_new(o, "epoch", json_integer(q->stores->keys.epoch));
	if (q->office->config.role == ROLE_GATE ||
	    (q->terminal != NULL && q->terminal->gate != NULL))
		r = inside_status(q, o, e);
	json_object_set_new(o, "journal_finding",
	    json_string(journal_finding(q->stores->journal).text));
	return r;
}

static int run_status(struct question *q)
{
	const struct terminal *t = q->terminal;
	json_t *o = json_object();
	struct err e = {0};

	json_object_set_new(o, "office",
	    json_string(q->office->config.office_name));
	json_object_set_new(o, "terminal",
	    json_string(q->office->config.terminal_id));
	json_object_set_new(o, "version", json_string(KARCIS_VERSION));
	json_object_set_new(o, "running", json_boolean(t != NULL));
	json_object_set_new(o, "storage",
	    json_string(q->stores == NULL || (t != NULL && !t->storage_ok)
		    ? "fault"
		    : "ok"));
	if (t != NULL) {
		json_object_set_new(o, "storage_finding",
		    json_string(t->storage_said.text));
		json_object_set_new(o, "screen",
		    json_string(terminal_screen(t)));
		json_object_set_new(o, "printer", printer_object(t));
		json_object_set_new(o, "update", update_object(t));
		json_object_set_new(o, "scanner",
		    json_string(
			scanner_present(t->scanner) ? "present" : "absent"));
		json_object_set_new(o, "seccomp",
		    json_boolean(t->sandbox.seccomp));
		json_object_set_new(o, "landlock_abi",
		    json_integer(t->sandbox.landlock_abi));
	}
	if (q->stores != NULL && stores_status(q, o, &e) < 0) {
		json_decref(o);
		return question_failed(q, &e);
	}
	return question_put(q, o);
}

static json_t *report_object(const struct journal_report *r, int64_t booked)
{
	static const char *const print[JOURNAL_PRINTS] = {"not_started",
	    "printed", "not_printed", "partial", "unsure"};
	json_t *o = json_object();

	json_object_set_new(o, "booked", json_integer(booked));
	json_object_set_new(o, "admitted", json_integer(r->admitted));
	json_object_set_new(o, "copies", json_integer(r->copies));
	json_object_set_new(o, "doubles", json_integer(r->doubles));
	for (size_t i = 0; i < JOURNAL_PRINTS; i++)
		json_object_set_new(o, print[i], json_integer(r->print[i]));
	for (int v = 1; v < VERDICTS; v++) {
		char key[64];
		struct buf b;

		if (r->verdict[v] == 0)
			continue;
		buf_init(&b, key, sizeof(key) - 1);
		buf_fmt(&b, "verdict.%s", verdict_name((enum verdict)v));
		json_object_set_new(o, buf_cstr(&b),
		    json_integer(r->verdict[v]));
	}
	return o;
}

static int run_report(struct question *q)
{
	static struct journal_report report;
	struct civil_date date;
	struct err e = {0};
	int64_t booked = 0;
	json_t *o;
	int r;

	if (q->words < 2 || !civil_parse_date(q->word[1], &date)) {
		buf_text(q->out,
		    "karcis-ctl: report: give a date as "
		    "2026-11-24\n");
		return EXIT_COULD_NOT;
	}
	r = journal_report(q->stores->journal, civil_day(date), &report, &e);
	if (r == 0)
		r = cache_count_day(q->stores->cache, civil_day(date), &booked,
		    &e);
	if (r < 0)
		return question_failed(q, &e);
	o = report_object(&report, booked);
	inside_report(q, &report, o);
	json_object_set_new(o, "in_doubt", doubts_array(q, &report));
	for (size_t i = 0; i < q->office->services.count; i++) {
		const struct service *s = &q->office->services.item[i];
		char key[64];
		struct buf b;

		buf_init(&b, key, sizeof(key) - 1);
		buf_fmt(&b, "service.%s", s->key);
		json_object_set_new(o, buf_cstr(&b),
		    json_integer(report.service[s->id]));
	}
	return question_put(q, o);
}

static int run_audit(struct question *q)
{
	struct journal_finding finding;
	struct audit_hash hash;
	struct err e = {0};
	uint64_t n;

	if (q->words < 2 || !str_is(q->word[1], "verify")) {
		buf_text(q->out, "karcis-ctl: audit: say audit verify\n");
		return EXIT_COULD_NOT;
	}
	if (journal_check(q->stores->journal, &finding, &e) < 0)
		return question_failed(q, &e);
	journal_head(q->stores->journal, &n, &hash);
	if (finding.n != 0) {
		buf_fmt(q->out, "audit: %.159s\n", finding.text);
		return EXIT_REFUSED;
	}
	buf_fmt(q->out, "audit: %llu entries, the chain is whole\n",
	    (unsigned long long)n);
	return EXIT_DONE;
}

static int run_import(struct question *q)
{
	struct import *im;
	struct err e = {0};
	int code;

	if (q->words < 2 || q->fd < 0) {
		buf_text(q->out, "karcis-ctl: import: name a CSV file\n");
		return EXIT_COULD_NOT;
	}
	if (q->office->config.hub_url[0] != '\0') {
		buf_text(q->out,
		    "karcis-ctl: import: bookings come from the hub here "
		    "(hub.url); give them to it\n");
		return EXIT_COULD_NOT;
	}
	if (import_open(q->office, q->stores, q->word[1], q->fd, q->out, &im,
		&e) < 0)
		return question_failed(q, &e);
	if (q->terminal != NULL) {
		q->terminal->import = im;
		return EXIT_LATER;
	}
	while (import_step(im, INT64_MAX))
		;
	code = import_exit(im);
	import_close(im);
	return code;
}

static int run_backup(struct question *q)
{
	char path[CONFIG_TEXT];
	struct err e = {0};

	if (q->words < 2 || !str_copy(path, sizeof(path), q->word[1]) ||
	    path[0] != '/') {
		buf_text(q->out, "karcis-ctl: backup: name a file\n");
		return EXIT_COULD_NOT;
	}
	if (journal_backup(q->stores->journal, path, &e) < 0)
		return question_failed(q, &e);
	return EXIT_DONE;
}

static int run_print(struct question *q)
{
	struct err e = {0};

	bool test = q->words == 2 && str_is(q->word[1], "test");

	if (!test && (q->words < 2 || !str_is(q->word[1], "words"))) {
		buf_text(q->out,
		    "karcis-ctl: print: say print test or print " WORDS_USAGE
		    "\n");
		return EXIT_COULD_NOT;
	}
	if (q->terminal == NULL) {
		buf_text(q->out,
		    "karcis-ctl: print: no terminal runs; start karcis, it "
		    "holds the printer\n");
		return EXIT_COULD_NOT;
	}
	if (!test)
		return words_print(q);
	if (terminal_print_test(q->terminal, &e) < 0)
		return question_failed(q, &e);
	buf_text(q->out,
	    "print test: sent to the printer; see the paper and "
	    "the terminal's log\n");
	return EXIT_DONE;
}

static int run_sync(struct question *q)
{
	if (q->words != 2 || !str_is(q->word[1], "now")) {
		buf_text(q->out, "karcis-ctl: sync: say sync now\n");
		return EXIT_COULD_NOT;
	}
	if (q->terminal == NULL)
		return enrol_sync(q->office, q->stores, q->out);
	if (q->terminal->sync == NULL) {
		buf_text(q->out,
		    "karcis-ctl: sync: this terminal has no hub; see enrol\n");
		return EXIT_COULD_NOT;
	}
	sync_poke_all(q->terminal->sync, clock_mono_ms());
	buf_text(q->out, "sync: the hub is being asked; see status\n");
	return EXIT_DONE;
}

static const struct {
	const char *name;
	bool needs_stores;
	int (*run)(struct question *q);
} commands[] = {
    {"status", false, run_status},
    {"report", true, run_report},
    {"audit", true, run_audit},
    {"import", true, run_import},
    {"backup", true, run_backup},
    {"print", false, run_print},
    {"sync", true, run_sync},
    {"roster", true, roster_answer},
    {"officer", true, officer_answer},
    {"technician", true, technician_answer},
    {"inside", true, inside_answer},
};

int command_run(const struct office *o, struct stores *s, struct terminal *t,
    struct str line, int fd, struct buf *out)
{
	struct question q = {.office = o,
	    .stores = s,
	    .terminal = t,
	    .fd = fd,
	    .out = out};
	struct str word;

	if (t != NULL && t->import != NULL) {
		buf_text(out,
		    "karcis-ctl: busy, an import is under way; ask "
		    "again in a moment\n");
		return EXIT_COULD_NOT;
	}
	while (q.words < QUESTION_WORDS && str_split(&line, '\t', &word))
		q.word[q.words++] = word;
	for (size_t i = 0; q.words > 0 && i < ARRAY_LEN(commands); i++) {
		if (!str_is(q.word[0], commands[i].name))
			continue;
		if (commands[i].needs_stores && s == NULL) {
			buf_text(out,
			    "karcis-ctl: the terminal cannot open "
			    "its storage; see its log\n");
			return EXIT_COULD_NOT;
		}
		return commands[i].run(&q);
	}
	buf_text(out, "karcis-ctl: no such command\n");
	return EXIT_COULD_NOT;
}
