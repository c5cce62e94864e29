/* What karcis-update reports, and what is told it of the terminal's health. */
#include "workshop_inner.h"

#include <errno.h>
#include <string.h>

#include "firmware/app/log.h"
#include "health.h"

enum {
	FILES_SEEN_MS = 2000, /* a short copy is over before we look */
	SYNC_MS = 20000,      /* the hub was asked, and more than once */
	SYNC_SOON_MS = 300,   /* what is heard earlier was asked before */
	CLOCK_MS = 8000,
	CLOCK_NEAR_S = 3
};

/* ---- the journal ---- */

static bool note(struct workshop *w, int64_t detail, struct str text)
{
	struct terminal *t = w->t;
	struct err e = {0};

	if (!t->stores_open || !t->storage_ok)
		return false;
	if (journal_note(t->stores.journal, clock_wall_s(), AUDIT_UPDATE,
		detail, text, &e) < 0) {
		terminal_storage_failed(t, &e);
		return false;
	}
	return true;
}

static bool note_outcome(struct workshop *w, const struct update_report *r)
{
	char from[RELEASE_VERSION_TEXT], to[RELEASE_VERSION_TEXT], text[160];
	struct buf b;

	buf_init(&b, text, sizeof(text));
	buf_fmt(&b, "%s: %s to %s", update_outcome_name(r->outcome),
	    release_version_text(r->outcome_from, from),
	    release_version_text(r->outcome_to, to));
	if (!note(w, r->outcome_id, buf_view(&b)))
		return false;
	log_line(LOG_LEVEL_INFO, "update: %s", buf_cstr(&b));
	return true;
}

/* How the last update ended: durable here, then karcis-update may forget it.
 * A stop between the two gives a second entry of the same number. */
static void take_outcome(struct workshop *w, const struct update_report *r)
{
	const struct update_request logged = {.kind = UPDATE_ASK_LOGGED,
	    .id = r->outcome_id};
	struct err e = {0};

	if (r->outcome == UPDATE_OUTCOME_NONE || w->logged_id == r->outcome_id)
		return;
	if (w->noted_id != r->outcome_id && !note_outcome(w, r))
		return;
	w->noted_id = r->outcome_id;
	if (update_client_ask(w->update, &logged, &e) == 0)
		w->logged_id = r->outcome_id;
	else
		log_err(&e);
}

/* karcis-update may have been told otherwise by a terminal that died, or not
 * yet what this one wants. */
static void repeat_storage(struct workshop *w, const struct update_report *r)
{
	struct err e = {0};

	if (w->phase != UPDATE_UNSET || r->phase == UPDATE_UNSET ||
	    r->storage == w->session.storage)
		return;
	if (!workshop_ask(w,
		w->session.storage ? UPDATE_ASK_STORAGE_ON
				   : UPDATE_ASK_STORAGE_OFF,
		&e))
		log_err(&e);
}

static void take_refusal(struct workshop *w, const struct update_report *r)
{
	char text[96];
	struct buf b;

	if (r->phase == w->phase && r->refusal == w->refusal)
		return;
	w->phase = r->phase;
	w->refusal = r->refusal;
	if (r->phase != UPDATE_REFUSED)
		return;
	buf_init(&b, text, sizeof(text));
	buf_fmt(&b, "refused: %s", update_refusal_name(r->refusal));
	(void)note(w, r->refusal, buf_view(&b));
	log_line(LOG_LEVEL_WARNING, "update: %s: %s", buf_cstr(&b), r->detail);
}

static void take_device(struct workshop *w, const struct update_report *r)
{
	if (memcmp(w->refused, r->refused_device, sizeof(w->refused)) == 0)
		return;
	memcpy(w->refused, r->refused_device, sizeof(w->refused));
	if (w->refused[0] != '\0')
		log_line(LOG_LEVEL_WARNING, "usb: refused: %s", w->refused);
}

/* ---- a stick's files ---- */

static void files_end(struct workshop *w, enum tech_event_kind kind, bool ok,
    struct str detail)
{
	struct tech_event ev = workshop_event(kind);
	const struct commission_result *c = ok && w->commission != NULL
	    ? commission_result(w->commission)
	    : NULL;

	w->files = FILES_NONE;
	w->commissioning = false;
	ev.ok = ok;
	ev.detail = detail;
	ev.files = c == NULL ? 0 : c->files;
	ev.problems = c == NULL ? 0 : c->problems;
	workshop_feed(w, &ev);
}

static void look_at_files(struct workshop *w)
{
	struct err e = {0};

	w->files = FILES_NONE;
	if (commission_open(w->config, w->in, &w->commission, &e) < 0) {
		log_err(&e);
		files_end(w, TECH_EV_FETCHED, false, str_from(e.text));
		return;
	}
	w->commissioning = true;
}

static void take_files(struct workshop *w, const struct update_report *r,
    int64_t mono_ms)
{
	bool fetch = w->files == FILES_FETCH;
	enum update_files doing = fetch ? UPDATE_FETCHING : UPDATE_STORING;
	enum update_files done = fetch ? UPDATE_FETCHED : UPDATE_STORED;

	if (w->files == FILES_NONE)
		return;
	w->files_begun = w->files_begun || r->files == doing;
	/* What stands there may still be of the time before. */
	if (!w->files_begun && mono_ms < w->files_ms + FILES_SEEN_MS &&
	    r->files != UPDATE_FILES_REFUSED)
		return;
	if (r->files == UPDATE_FILES_REFUSED)
		files_end(w, fetch ? TECH_EV_FETCHED : TECH_EV_STORED, false,
		    str_from(r->detail));
	else if (r->files == done && fetch)
		look_at_files(w);
	else if (r->files == done)
		files_end(w, TECH_EV_STORED, true, str_from(r->detail));
}

static void commission_on(struct workshop *w)
{
	struct err e = {0};
	int r;

	if (!w->commissioning)
		return;
	r = commission_step(w->commission, &e);
	if (r < 0)
		log_err(&e);
	if (r <= 0)
		files_end(w, TECH_EV_FETCHED, r == 0, str_from(e.text));
}

/* ---- what time answers ---- */

static void sync_on(struct workshop *w, int64_t mono_ms)
{
	struct tech_event ev = workshop_event(TECH_EV_SYNCED);
	struct sync_status s;

	if (w->sync_ms == 0 || w->t->sync == NULL)
		return;
	sync_status(w->t->sync, ev.now_s, mono_ms, &s);
	ev.ok = s.up && s.heard_s >= w->sync_s &&
	    mono_ms >= w->sync_ms + SYNC_SOON_MS;
	if (!ev.ok && mono_ms < w->sync_ms + SYNC_MS)
		return;
	w->sync_ms = 0;
	if (!ev.ok)
		ev.detail = str_from("sync: the hub does not answer");
	workshop_feed(w, &ev);
}

/* karcis-update answers by doing it. */
static void clock_on(struct workshop *w, int64_t mono_ms)
{
	struct tech_event ev = workshop_event(TECH_EV_CLOCK);
	int64_t off_s;

	if (w->clock_ms == 0)
		return;
	off_s = ev.now_s - (w->clock_s + (mono_ms - w->clock_ms) / 1000);
	ev.ok = off_s >= -CLOCK_NEAR_S && off_s <= CLOCK_NEAR_S;
	if (!ev.ok && mono_ms < w->clock_ms + CLOCK_MS)
		return;
	w->clock_ms = 0;
	if (!ev.ok)
		ev.detail = str_from("clock: it was not set; is the date "
				     "before that of this version?");
	workshop_feed(w, &ev);
}

void workshop_go_on(struct workshop *w, int64_t mono_ms)
{
	commission_on(w);
	take_files(w, update_client_report(w->update), mono_ms);
	sync_on(w, mono_ms);
	clock_on(w, mono_ms);
}

/* ---- the report ---- */

void workshop_take_report(struct workshop *w)
{
	struct tech_event ev = workshop_event(TECH_EV_REPORT);

	ev.report = *update_client_report(w->update);
	repeat_storage(w, &ev.report);
	take_refusal(w, &ev.report);
	take_device(w, &ev.report);
	take_files(w, &ev.report, ev.mono_ms);
	workshop_feed(w, &ev);
}

static bool healthy(const struct workshop *w, int64_t mono_ms)
{
	struct terminal *t = w->t;
	struct health h = {.presented = t->presented,
	    .lit = ui_lit(t->ui),
	    .stores = t->stores_open && t->storage_ok,
	    .printer = t->printer != NULL,
	    .hub = t->sync != NULL,
	    .up_ms = mono_ms - w->since_ms};
	struct sync_status s;

	if (h.printer)
		h.found = printer_status(t->printer)->connected;
	if (h.hub) {
		sync_status(t->sync, clock_wall_s(), mono_ms, &s);
		h.heard = s.up;
	}
	return health_is_good(&h);
}

/* A bare machine is as healthy as a machine without a configuration can be:
 * it shows its screen, and an update must not be undone for what it lacks. */
void workshop_say_good(struct workshop *w, int64_t mono_ms)
{
	const struct update_report *r = update_client_report(w->update);
	struct err e = {0};

	if (w->update == NULL || r->phase == UPDATE_UNSET)
		return;
	take_outcome(w, r);
	if (w->good)
		return;
	if (w->why != NULL ? !w->t->presented : !healthy(w, mono_ms))
		return;
	if (!workshop_ask(w, UPDATE_ASK_GOOD, &e)) {
		log_err(&e);
		return;
	}
	w->good = true;
	log_line(LOG_LEVEL_INFO, "health: good");
}
