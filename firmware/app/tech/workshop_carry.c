/* What a technician's step asked for, carried out. */
#include "workshop_inner.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "firmware/app/log.h"
#include "late.h"

enum {
	QUIT_MS = 2000, /* so long "starts anew" can be read */
	SECOND_MS = 1000,
	LATE_AGAIN_MS = 600000
};

/* While the journal is closed: see late.h. */
static void record_late(struct workshop *w, const char *text)
{
	char path[256];
	struct err e = {0};

	w->late_taken = false;
	if (office_path(&w->t->office, "technician.late", path) &&
	    late_keep(path, clock_wall_s(), str_from(text), &e) < 0)
		log_err(&e);
}

/* What is done is in the journal before it is done. The log, which goes to
 * sticks, does not say by whom. */
static void record(struct workshop *w, const char *text)
{
	struct terminal *t = w->t;
	const char *what = strstr(text, ": ");
	struct err e = {0};

	log_line(LOG_LEVEL_INFO, "technician: %s",
	    what == NULL ? text : what + 2);
	if (t->stores_open &&
	    journal_note(t->stores.journal, clock_wall_s(), AUDIT_TECHNICIAN, 0,
		str_from(text), &e) == 0)
		return;
	if (t->stores_open)
		terminal_storage_failed(t, &e);
	record_late(w, text);
}

void workshop_take_late(struct workshop *w)
{
	struct terminal *t = w->t;
	char path[256];
	struct err e = {0};

	if (w->late_taken || !t->stores_open || !t->storage_ok ||
	    clock_mono_ms() < w->late_ms)
		return;
	w->late_taken = true;
	if (!office_path(&t->office, "technician.late", path) ||
	    late_take(path, t->stores.journal, clock_wall_s(), &e) >= 0)
		return;
	log_err(&e);
	w->late_taken = false;
	w->late_ms = clock_mono_ms() + LATE_AGAIN_MS;
}

bool workshop_ask(struct workshop *w, enum update_request_kind kind,
    struct err *e)
{
	if (w->update == NULL) {
		err_set(e, -ENOTCONN, "update: none on this machine");
		return false;
	}
	return update_client_ask_kind(w->update, kind, e) == 0;
}

/* For requests whose answer is in the report. */
static void ask(struct workshop *w, enum update_request_kind kind)
{
	struct err e = {0};

	if (!workshop_ask(w, kind, &e))
		log_err(&e);
}

static void check_pin(struct workshop *w, struct tech_event *next)
{
	static const enum tech_pin word[] = {
	    [TECHNICIANS_WORD_UNSET] = TECH_PIN_UNSET,
	    [TECHNICIANS_LOCKED] = TECH_PIN_LOCKED,
	    [TECHNICIANS_WRONG] = TECH_PIN_WRONG,
	    [TECHNICIANS_RIGHT] = TECH_PIN_OK};
	struct technicians_answer a = {0};
	struct err e = {0};
	char path[256];
	int who = technicians_find_name(&w->technicians,
	    str_from(w->session.badge));

	next->kind = TECH_EV_PIN;
	if (who < 0 || !office_path(&w->t->office, "technicians", path))
		return;
	if (technicians_check(path, &w->technicians, (size_t)who,
		str_from(w->session.pin), clock_wall_s(), &a, &e) < 0)
		log_err(&e);
	next->pin = word[a.word];
	next->tries = a.left;
	next->wait_ms = a.wait_s * 1000;
	if (a.word == TECHNICIANS_WRONG && a.left == 0)
		next->pin = TECH_PIN_LOCKED;
}

static bool failed(struct tech_event *next, enum tech_event_kind kind,
    const struct err *e)
{
	/* Borrowed until the step that follows. */
	static char text[TECH_DETAIL];

	log_err(e);
	next->kind = kind;
	next->ok = false;
	if (!str_copy(text, sizeof(text),
		str_cut(str_from(e->text), 0, sizeof(text) - 1)))
		text[0] = '\0';
	next->detail = str_from(text);
	return true;
}

/* ---- a stick's files ---- */

bool workshop_ask_files(struct workshop *w, enum workshop_files files,
    struct err *e)
{
	/* What came of the time before is forgotten there, too. */
	(void)update_client_moved(w->update);
	if (!workshop_ask(w, UPDATE_ASK_CANCEL, e) ||
	    !workshop_ask(w,
		files == FILES_FETCH ? UPDATE_ASK_FETCH : UPDATE_ASK_STORE, e))
		return false;
	w->files = files;
	w->files_begun = false;
	w->files_ms = clock_mono_ms();
	return true;
}

static bool begin_files(struct workshop *w, enum workshop_files files,
    struct tech_event *next)
{
	bool fetch = files == FILES_FETCH;
	struct err e = {0};

	commission_close(w->commission);
	w->commission = NULL;
	w->commissioning = false;
	w->files = FILES_NONE;
	w->exporting = false;
	if (!fetch && workshop_export(w, &e) < 0)
		return failed(next, TECH_EV_STORED, &e);
	w->exporting = !fetch;
	if (fetch && !workshop_ask_files(w, files, &e))
		return failed(next, TECH_EV_FETCHED, &e);
	return false;
}

static bool adopt(struct workshop *w, struct tech_event *next)
{
	struct err e = {0};

	if (w->commission == NULL)
		err_set(&e, -EPERM, "commission: nothing was read");
	if (w->commission == NULL || commission_adopt(w->commission, &e) < 0)
		return failed(next, TECH_EV_ADOPTED, &e);
	next->kind = TECH_EV_ADOPTED;
	next->ok = true;
	w->quit_ms = clock_mono_ms() + QUIT_MS;
	return true;
}

/* ---- printing ---- */

static bool test_print(struct workshop *w, struct tech_event *next)
{
	struct err e = {0};

	workshop_drop_paper(w);
	if (terminal_print_test(w->t, &e) < 0) {
		next->print = PRINT_NOT_PRINTED;
		return failed(next, TECH_EV_PRINTED, &e);
	}
	w->job = JOB_TEST;
	w->job_id = w->t->session.job_id;
	workshop_draw_paper(w);
	return false;
}

static bool self_test(struct workshop *w, struct tech_event *next)
{
	struct err e = {0};

	w->lines = workshop_lines(w, w->line);
	next->kind = TECH_EV_TESTED;
	if (w->t->printer == NULL) {
		next->ok = workshop_all_good(w);
		return true;
	}
	if (workshop_print_lines(w, &e) < 0) {
		log_err(&e);
		next->ok = workshop_end_selftest(w, PRINT_NOT_PRINTED);
		return true;
	}
	w->job = JOB_SELFTEST;
	w->job_id = w->t->session.job_id;
	next->kind = TECH_EV_UNSET;
	return false;
}

static bool sync_now(struct workshop *w, struct tech_event *next)
{
	struct err e = {0};

	if (w->t->sync == NULL) {
		err_set(&e, -ENODEV, "sync: this terminal has no hub");
		return failed(next, TECH_EV_SYNCED, &e);
	}
	w->sync_ms = clock_mono_ms();
	w->sync_s = clock_wall_s();
	sync_poke_all(w->t->sync, w->sync_ms);
	return false;
}

static bool set_clock(struct workshop *w, int64_t clock_s,
    struct tech_event *next)
{
	const struct update_request request = {.kind = UPDATE_ASK_CLOCK,
	    .clock_s = clock_s};
	struct err e = {0};

	if (update_client_ask(w->update, &request, &e) < 0)
		return failed(next, TECH_EV_CLOCK, &e);
	w->clock_ms = clock_mono_ms();
	w->clock_s = clock_s;
	return false;
}

/* ---- all of them ---- */

static void closed(struct workshop *w)
{
	commission_close(w->commission);
	w->commission = NULL;
	w->commissioning = false;
	w->files = FILES_NONE;
	w->exporting = false;
	workshop_end_export(w);
	w->job = JOB_NONE;
	w->sync_ms = w->clock_ms = 0;
	workshop_drop_paper(w);
	memset(w->line, 0, sizeof(w->line));
	w->lines = 0;
}

static void plain_requests(struct workshop *w, unsigned bits)
{
	static const struct {
		unsigned bit;
		enum update_request_kind kind;
	} table[] = {
	    {TECH_EFFECT_STORAGE_ON, UPDATE_ASK_STORAGE_ON},
	    {TECH_EFFECT_CANCEL, UPDATE_ASK_CANCEL},
	    {TECH_EFFECT_STORAGE_OFF, UPDATE_ASK_STORAGE_OFF},
	    {TECH_EFFECT_LOOK, UPDATE_ASK_LOOK},
	    {TECH_EFFECT_UPDATE, UPDATE_ASK_UPDATE},
	    {TECH_EFFECT_RESTART, UPDATE_ASK_RESTART},
	    {TECH_EFFECT_POWER_OFF, UPDATE_ASK_POWER_OFF},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if ((bits & table[i].bit) != 0)
			ask(w, table[i].kind);
	if ((bits & (TECH_EFFECT_STORAGE_ON | TECH_EFFECT_STORAGE_OFF)) != 0)
		w->storage_ms = clock_mono_ms() + SECOND_MS;
}

/* One answer at most follows from a step. */
bool workshop_carry_out(struct workshop *w, const struct tech_effects *fx,
    struct tech_event *next)
{
	sodium_memzero(next, sizeof(*next));
	*next = workshop_event(TECH_EV_UNSET);
	if ((fx->bits & TECH_EFFECT_RECORD) != 0)
		record(w, fx->record);
	plain_requests(w, fx->bits);
	if ((fx->bits & TECH_EFFECT_BRIGHTNESS) != 0) {
		w->brightness = fx->percent;
		ui_brightness(w->t->ui, fx->percent);
	}
	if ((fx->bits & TECH_EFFECT_VOLUME) != 0) {
		w->volume = fx->percent;
		ui_volume(w->t->ui, fx->percent);
	}
	if ((fx->bits & TECH_EFFECT_CLOSED) != 0)
		closed(w);
	if ((fx->bits & TECH_EFFECT_CHECK_PIN) != 0) {
		check_pin(w, next);
		return true;
	}
	if ((fx->bits & TECH_EFFECT_FETCH) != 0)
		return begin_files(w, FILES_FETCH, next);
	if ((fx->bits & TECH_EFFECT_STORE) != 0)
		return begin_files(w, FILES_STORE, next);
	if ((fx->bits & TECH_EFFECT_ADOPT) != 0)
		return adopt(w, next);
	if ((fx->bits & TECH_EFFECT_TEST_PRINT) != 0)
		return test_print(w, next);
	if ((fx->bits & TECH_EFFECT_SELFTEST) != 0)
		return self_test(w, next);
	if ((fx->bits & TECH_EFFECT_SYNC) != 0)
		return sync_now(w, next);
	if ((fx->bits & TECH_EFFECT_SET_CLOCK) != 0)
		return set_clock(w, fx->clock_s, next);
	return false;
}
