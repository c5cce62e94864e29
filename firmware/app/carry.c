/* What session_step asked for, carried out. */
#include "terminal.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "drivers/printer/escpos.h"
#include "log.h"
#include "ticketing.h"

void terminal_storage_failed(struct terminal *t, const struct err *e)
{
	t->storage_ok = false;
	/* Until it is mended each visitor and minute meets the same. */
	if (strcmp(e->text, t->storage_said.text) == 0)
		return;
	log_err(e);
	t->storage_said = *e;
}

static struct civil_now local_now(const struct terminal *t, int64_t now_s)
{
	return civil_local(now_s, t->office.config.offset_s);
}

static int gather_facts(struct terminal *t, int64_t now_s,
    struct checkin_facts *f, struct err *e)
{
	int r;

	r = cache_find(t->stores.cache, &t->session.hash, &f->booking, e);
	if (r < 0 && r != -ENOENT)
		return r;
	f->found = r == 0;
	r = journal_usage(t->stores.journal, &t->session.hash,
	    local_now(t, now_s).day, &f->usage, e);
	if (r < 0)
		return r;
	r = t->sync != NULL
	    ? claiming_facts(&t->claiming, &t->session.hash, now_s,
		  clock_mono_ms(), f, e)
	    : cache_last_sync(t->stores.cache, &f->last_sync_s, e);
	if (r < 0)
		return r;
	f->storage_ok = terminal_serves(t);
	return 0;
}

/* Answers EFFECT_LOOKUP. A failure answers "storage fault", never "unknown". */
void terminal_look_up(struct terminal *t, struct event *next)
{
	struct err e = {0};

	next->kind = EV_FACTS;
	if (!t->stores_open)
		return;
	if (gather_facts(t, next->now_s, &next->facts, &e) < 0) {
		next->facts.storage_ok = false;
		terminal_storage_failed(t, &e);
	}
}

static void claim_failed(struct terminal *t, int r, const struct err *e,
    struct event *next)
{
	next->kind = EV_CLAIM_FAILED;
	next->full = r == -ERANGE || r == -EDQUOT;
	if (next->full || r == -EINVAL)
		log_err(e);
	else
		terminal_storage_failed(t, e);
}

void terminal_admit(struct terminal *t, const struct admit_request *request,
    struct event *next)
{
	struct err e = {0};
	int r = journal_admit(t->stores.journal, request, &next->admission, &e);

	if (r == -ENOSPC && terminal_use_reserve(t)) {
		/* This one still; the next is told that the kiosk is full. */
		terminal_storage_failed(t, &e);
		r = journal_admit(t->stores.journal, request, &next->admission,
		    &e);
	}
	if (r == 0)
		next->kind = EV_CLAIMED;
	else if (r == -EEXIST) /* judge again, now with that usage */
		terminal_look_up(t, next);
	else
		claim_failed(t, r, &e, next);
	if (r == 0 && t->sync != NULL)
		sync_poke(t->sync, next->mono_ms);
}

/* Answers EFFECT_CLAIM: durable before anybody hears "admitted". */
static void claim(struct terminal *t, struct event *next)
{
	struct admit_request request;
	struct err e = {0};
	int r = claiming_request(&t->session, &t->office.services,
	    local_now(t, next->now_s), next->now_s, &request, &e);

	if (r < 0)
		claim_failed(t, r, &e, next);
	else if (t->sync != NULL)
		terminal_claim_with_hub(t, &request, next);
	else
		terminal_admit(t, &request, next);
}

static void find_copy(struct terminal *t, struct event *next)
{
	struct err e = {0};
	int r = journal_find_admission(t->stores.journal, &t->session.hash,
	    local_now(t, next->now_s).day, &next->admission, &e);

	next->kind = r == 0 ? EV_CLAIMED : EV_CLAIM_FAILED;
	if (r < 0)
		log_line(LOG_LEVEL_ERROR, "copy: %s",
		    r == -ENOENT ? "the admission is gone" : e.text);
}

static int encode(struct terminal *t, const struct slip *slip,
    struct buf *bytes, struct err *e)
{
	const struct config *c = &t->office.config;
	static struct slip_page page;
	int r;

	if (c->form == FORM_TEXT)
		return escpos_text(slip, c->width_dots == 576 ? 48 : 32,
		    ui_glyphs(t->ui), bytes, e);
	r = slip_layout(slip, c->width_dots, ui_glyphs(t->ui), &page, e);
	if (r == 0)
		r = escpos_picture(&page, ui_glyphs(t->ui), bytes, e);
	return r;
}

static int prepare_job(struct terminal *t, bool copy, int64_t now_s,
    struct buf *bytes, struct err *e)
{
	static struct slip slip;

	if (printer_busy(t->printer))
		return err_set(e, -EBUSY, "print: the job before is not done");
	buf_init(bytes, t->job_bytes, TERMINAL_JOB_BYTES);
	if (!ticketing_slip(&t->office, &t->stores, &t->session.admission,
		&t->session.facts.booking, t->session.lang, copy, now_s, &slip))
		return err_set(e, -EINVAL,
		    "ticket: entry %llu has a field out "
		    "of range, or its key was replaced since",
		    (unsigned long long)t->session.admission.n);
	return encode(t, &slip, bytes, e);
}

static void journal_end(struct terminal *t, const struct terminal_job *job,
    enum print_verdict verdict, int64_t now_s)
{
	struct err e = {0};

	if (t->stores_open &&
	    journal_print_end(t->stores.journal, now_s, &job->admission,
		job->copy, verdict, &e) < 0)
		terminal_storage_failed(t, &e);
}

/* The journal knows first, then the visitor. */
static void end_job(struct terminal *t, uint32_t job_id,
    enum print_verdict verdict, bool late)
{
	struct event ev = {.kind = EV_PRINT};

	ev.now_s = clock_wall_s();
	ev.mono_ms = clock_mono_ms();
	ev.job_id = job_id;
	ev.print = verdict;
	if (job_id != 0 && job_id == t->job.id && !late) {
		journal_end(t, &t->job, verdict, ev.now_s);
		t->last_job = t->job;
		t->job.id = 0;
	} else if (job_id != 0 && job_id == t->last_job.id) {
		/* Its end was still on the way when the next one began; or a
		 * late proof turns its UNSURE into PRINTED. */
		journal_end(t, &t->last_job, verdict, ev.now_s);
	}
	terminal_event(t, &ev);
}

/* The journal knows before the first byte goes out. */
static void print(struct terminal *t, bool copy, int64_t now_s)
{
	uint32_t job_id = t->session.job_id;
	struct buf bytes;
	struct err e = {0};
	int r = prepare_job(t, copy, now_s, &bytes, &e);

	if (r < 0) {
		log_err(&e);
	} else if (journal_print_start(t->stores.journal, now_s,
		       &t->session.admission, copy, &e) < 0) {
		terminal_storage_failed(t, &e);
	} else {
		if (t->job.id != 0) /* ended, but not told yet */
			t->last_job = t->job;
		t->job.id = job_id;
		t->job.admission = t->session.admission;
		t->job.copy = copy;
		r = printer_submit(t->printer, job_id, bytes.ptr, bytes.len,
		    clock_mono_ms(), &e);
		if (r == 0)
			return;
		log_err(&e);
		/* A printer that refuses up front tells so in an event. */
		if (r == -ENODEV || r == -ENOSPC || r == -EIO)
			return;
	}
	end_job(t, job_id, PRINT_NOT_PRINTED, false);
}

static void record(struct terminal *t, int64_t now_s)
{
	struct err e = {0};

	if (!t->stores_open)
		return;
	if (journal_refuse(t->stores.journal, now_s, local_now(t, now_s).day,
		t->session.decision.verdict, &t->session.hash, &e) < 0)
		terminal_storage_failed(t, &e);
}

/* One answer at most follows from a step. */
static bool carry_out(struct terminal *t, const struct session_effects *fx,
    struct event *next)
{
	memset(next, 0, sizeof(*next));
	next->now_s = clock_wall_s();
	next->mono_ms = clock_mono_ms();
	if ((fx->bits & EFFECT_RECORD) != 0)
		record(t, next->now_s);
	if ((fx->bits & EFFECT_PRINT) != 0)
		print(t, fx->copy, next->now_s);
	if ((fx->bits & EFFECT_LOOKUP) != 0)
		terminal_look_up(t, next);
	else if ((fx->bits & EFFECT_CLAIM) != 0)
		claim(t, next);
	else if ((fx->bits & EFFECT_FIND_COPY) != 0)
		find_copy(t, next);
	return next->kind != EV_UNSET;
}

/* A failure met on the way shows at once, not at the next minute. */
static bool storage_is_news(const struct terminal *t, struct event *next)
{
	if (t->session.storage_ok == terminal_serves(t))
		return false;
	*next = (struct event){.kind = EV_HEALTH,
	    .now_s = clock_wall_s(),
	    .mono_ms = clock_mono_ms(),
	    .printer = *printer_status(t->printer)};
	return true;
}

void terminal_event(struct terminal *t, struct event *ev)
{
	struct session_effects fx;
	struct event next = *ev;
	bool more = true;

	terminal_hub_clock(t, ev->mono_ms);
	while (more) {
		enum session_state before = t->session.state;

		if (next.kind == EV_HEALTH)
			next.storage_ok = terminal_serves(t);
		fx = session_step(&t->session, &t->rules, &next);
		if (t->session.state == SESSION_CHECKING &&
		    before != SESSION_CHECKING)
			t->checking_since_ms = next.mono_ms;
		if ((fx.bits & EFFECT_WIPED) != 0)
			sodium_memzero(t->job_bytes, TERMINAL_JOB_BYTES);
		more = carry_out(t, &fx, &next) || storage_is_news(t, &next);
	}
	sodium_memzero(&next, sizeof(next));
}

void terminal_warm_up(struct terminal *t)
{
	static struct slip slip;
	struct buf bytes;
	struct err e = {0};

	ticketing_test_slip(&t->office, clock_wall_s(), &slip);
	/* The number has a size of its own. */
	ticket_label(1, 0, slip.label);
	buf_init(&bytes, t->job_bytes, TERMINAL_JOB_BYTES);
	if (encode(t, &slip, &bytes, &e) < 0)
		log_err(&e);
}

/* An id of its own: the verdict belongs to no visitor. */
static int submit_other(struct terminal *t, const struct buf *bytes,
    struct err *e)
{
	t->job_len = bytes->len;
	t->session.job_id++;
	return printer_submit(t->printer, t->session.job_id, bytes->ptr,
	    bytes->len, clock_mono_ms(), e);
}

static int printer_free(const struct terminal *t, struct err *e)
{
	if (t->printer == NULL)
		return err_set(e, -ENODEV,
		    "print: a gate has no printer; print at a kiosk");
	if (printer_busy(t->printer) || t->session.state == SESSION_CHECKING ||
	    t->session.state == SESSION_PRINTING)
		return err_set(e, -EBUSY,
		    "print: a visitor is being served, try again in a "
		    "moment");
	return 0;
}

int terminal_print_test(struct terminal *t, struct err *e)
{
	static struct slip slip;
	struct buf bytes;
	int r = printer_free(t, e);

	if (r < 0)
		return r;
	ticketing_test_slip(&t->office, clock_wall_s(), &slip);
	buf_init(&bytes, t->job_bytes, TERMINAL_JOB_BYTES);
	r = encode(t, &slip, &bytes, e);
	return r < 0 ? r : submit_other(t, &bytes, e);
}

int terminal_print_page(struct terminal *t, const struct slip_page *page,
    struct err *e)
{
	struct buf bytes;
	int r = printer_free(t, e);

	if (r < 0)
		return r;
	buf_init(&bytes, t->job_bytes, TERMINAL_JOB_BYTES);
	r = escpos_picture(page, ui_glyphs(t->ui), &bytes, e);
	return r < 0 ? r : submit_other(t, &bytes, e);
}

/* What staff must know of, once when it changes. */
static void log_facts(const struct printer_status *was,
    const struct printer_status *is)
{
	const struct {
		enum fact was, is;
		const char *yes, *no;
	} fact[] = {
	    {was->connected, is->connected, "connected", "not connected"},
	    {was->paper_out, is->paper_out, "out of paper", "has paper"},
	    {was->paper_low, is->paper_low, "paper is nearly out", NULL},
	    {was->cover_open, is->cover_open, "the cover is open",
		"the cover is closed"},
	    {was->cutter_error, is->cutter_error, "the cutter is stuck",
		"the cutter works"},
	};

	for (size_t i = 0; i < ARRAY_LEN(fact); i++) {
		if (fact[i].is == fact[i].was || fact[i].is == FACT_UNKNOWN)
			continue;
		if (fact[i].is == FACT_YES)
			log_line(i == 0 ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
			    "printer: %s", fact[i].yes);
		else if (fact[i].was == FACT_YES && fact[i].no != NULL)
			log_line(i == 0 ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO,
			    "printer: %s", fact[i].no);
	}
}

void terminal_printer_event(struct terminal *t, const struct printer_event *p)
{
	struct event ev = {.kind = EV_HEALTH};

	switch (p->kind) {
	case PRINTER_JOB:
		end_job(t, p->job_id, p->verdict, p->late);
		return;
	case PRINTER_STATUS:
		log_facts(&t->session.printer, &p->status);
		ev.now_s = clock_wall_s();
		ev.mono_ms = clock_mono_ms();
		ev.printer = p->status;
		terminal_event(t, &ev);
		return;
	case PRINTER_LOG:
		log_line(LOG_LEVEL_INFO, "%s", p->text);
		return;
	case PRINTER_PROGRESS:
	case PRINTER_NOTHING:
		return;
	}
}
