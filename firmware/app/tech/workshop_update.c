/* What karcis-update reports, and what is told it of the terminal's health. */
#include "workshop_inner.h"

#include <errno.h>
#include <string.h>

#include "firmware/app/log.h"
#include "health.h"

enum {
	FILES_SEEN_MS = 2000,    /* a report of the beginning may be lost */
	STORAGE_AGAIN_MS = 2000, /* it is asked again whether it heard */
	SYNC_MS = 20000,         /* the hub was asked, and more than once */
	SYNC_SOON_MS = 300,      /* what is heard earlier was asked before */
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
 * yet what this one wants, or not have heard it. */
static void repeat_storage(struct workshop *w, int64_t mono_ms)
{
	const struct update_report *r = update_client_report(w->update);
	struct err e = {0};

	if (r->phase == UPDATE_UNSET || r->storage == w->session.storage ||
	    mono_ms < w->storage_ms)
		return;
	w->storage_ms = mono_ms + STORAGE_AGAIN_MS;
	if (!workshop_ask(w,
		w->session.storage ? UPDATE_ASK_STORAGE_ON
				   : UPDATE_ASK_STORAGE_OFF,
		&e))
		log_err(&e);
}

/* What was told the one that is gone may be lost: its follower is told again.
 * The journal has it already. */
static void take_loss(struct workshop *w, const struct update_report *r)
{
	if (r->phase != UPDATE_UNSET)
		return;
	w->good = false;
	w->logged_id = 0;
	w->storage_ms = 0;
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

/* How the files for a stick ended. */
static void stored(struct workshop *w, bool ok, struct str detail)
{
	bool too_big = w->audit_too_big;

	w->exporting = false;
	workshop_end_export(w);
	if (ok && too_big) {
		ok = false;
		detail = str_from("export: log and status are on the stick; "
				  "the audit trail is too large");
	}
	files_end(w, TECH_EV_STORED, ok, detail);
}

/* First all of it is there, then it is carried away. */
static void export_on(struct workshop *w)
{
	struct err e = {0};
	int r;

	if (!w->exporting)
		return;
	r = workshop_export_step(w, &e);
	if (r > 0)
		return;
	w->exporting = false;
	if (r == 0 && workshop_ask_files(w, FILES_STORE, &e))
		return;
	log_err(&e);
	stored(w, false, str_from(e.text));
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
	enum update_files done = fetch ? UPDATE_FETCHED : UPDATE_STORED;

	if (w->files == FILES_NONE)
		return;
	w->files_begun = w->files_begun || update_client_moved(w->update);
	/* What stands there may still be of the time before. */
	if (!w->files_begun && mono_ms < w->files_ms + FILES_SEEN_MS)
		return;
	if (r->files != UPDATE_FILES_REFUSED && r->files != done)
		return;
	if (!fetch)
		stored(w, r->files == done, str_from(r->detail));
	else if (r->files == done)
		look_at_files(w);
	else
		files_end(w, TECH_EV_FETCHED, false, str_from(r->detail));
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
	repeat_storage(w, mono_ms);
	commission_on(w);
	export_on(w);
	take_files(w, update_client_report(w->update), mono_ms);
	sync_on(w, mono_ms);
	clock_on(w, mono_ms);
}

/* ---- the report ---- */

void workshop_take_report(struct workshop *w)
{
	struct tech_event ev = workshop_event(TECH_EV_REPORT);

	ev.report = *update_client_report(w->update);
	take_loss(w, &ev.report);
	repeat_storage(w, ev.mono_ms);
	take_refusal(w, &ev.report);
	take_device(w, &ev.report);
	take_files(w, &ev.report, ev.mono_ms);
	workshop_feed(w, &ev);
}

static bool monitor_there(const struct terminal *t)
{
	struct config found = t->office.config;

	return found.presenter == PRESENTER_DRM && !ui_lit(t->ui) &&
	    bare_panel("/sys/class/drm", &found);
}

static bool healthy(const struct workshop *w, int64_t mono_ms)
{
	struct terminal *t = w->t;
	struct health h = {.presented = t->presented,
	    .lit = ui_lit(t->ui),
	    .monitor = monitor_there(t),
	    /* A bare machine is as healthy as one without a configuration can
	     * be: an update must not be undone for what it lacks. */
	    .stores = w->why != NULL || (t->stores_open && t->storage_ok),
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

void workshop_say_good(struct workshop *w, int64_t mono_ms)
{
	const struct update_report *r = update_client_report(w->update);
	struct err e = {0};

	if (w->update == NULL || r->phase == UPDATE_UNSET)
		return;
	take_outcome(w, r);
	if (w->good)
		return;
	if (!healthy(w, mono_ms))
		return;
	if (!workshop_ask(w, UPDATE_ASK_GOOD, &e)) {
		log_err(&e);
		return;
	}
	w->good = true;
	log_line(LOG_LEVEL_INFO, "health: good");
}
