#include "terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "control.h"
#include "desk.h"
#include "import.h"
#include "log.h"

enum { POLL_FDS = 64, SECOND_MS = 1000, STILL_MS = 60000 };

/* Who owns which part of the poll set this time around. */
struct poll_plan {
	struct pollfd fd[POLL_FDS];
	size_t used;
	size_t printer_at, printer_n;
	size_t scanner_at, scanner_n;
	size_t control_at, control_n;
	size_t signal_at;
};

static void add_fd(struct poll_plan *p, int fd)
{
	if (fd >= 0 && p->used < POLL_FDS)
		p->fd[p->used++] = (struct pollfd){fd, POLLIN, 0};
}

static void plan_poll(struct terminal *t, struct poll_plan *p)
{
	memset(p, 0, sizeof(*p));
	p->signal_at = p->used;
	add_fd(p, t->signal_fd);
	add_fd(p, ui_fd(t->ui));
	p->printer_at = p->used;
	p->printer_n = printer_pollfds(t->printer, p->fd + p->used,
	    POLL_FDS - p->used);
	p->used += p->printer_n;
	p->scanner_at = p->used;
	p->scanner_n = scanner_pollfds(t->scanner, p->fd + p->used,
	    POLL_FDS - p->used);
	p->used += p->scanner_n;
	p->control_at = p->used;
	p->control_n = control_pollfds(t->control, p->fd + p->used,
	    POLL_FDS - p->used);
	p->used += p->control_n;
	p->used += uplink_pollfds(t->uplink, p->fd + p->used,
	    POLL_FDS - p->used);
}

static int64_t earliest(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* True while something on the screen changes every second. */
static bool ticking(const struct session *s, int64_t mono_ms)
{
	if (s->state == SESSION_TICKET || s->state == SESSION_WARNING)
		return true;
	return s->state == SESSION_HOME && mono_ms - s->touched_ms < STILL_MS;
}

/* Without a link nothing can be asked: only a visitor's wait ends. */
static int64_t sync_due_ms(const struct terminal *t, int64_t mono_ms)
{
	int64_t due = sync_deadline_ms(t->sync);

	if (!uplink_present(t->uplink) && due <= mono_ms)
		return mono_ms + SECOND_MS;
	return due;
}

static int wait_ms(const struct terminal *t, int64_t now_s, int64_t mono_ms)
{
	const struct session *s = &t->session;
	int64_t due = mono_ms + (60 - now_s % 60) * SECOND_MS;

	if (t->import != NULL)
		return 0;
	due = earliest(due, s->deadline_ms);
	due = earliest(due, printer_deadline_ms(t->printer));
	due = earliest(due, control_deadline_ms(t->control));
	if (t->sync != NULL)
		due = earliest(due, sync_due_ms(t, mono_ms));
	if (scanner_deadline_ms(t->scanner) >= 0)
		due = earliest(due, scanner_deadline_ms(t->scanner));
	if (s->unreadable_until_ms != 0)
		due = earliest(due, s->unreadable_until_ms);
	if (ticking(s, mono_ms))
		due = earliest(due, mono_ms + SECOND_MS - mono_ms % SECOND_MS);
	if (s->state == SESSION_CHECKING)
		due = earliest(due, mono_ms + SECOND_MS / 10);
	/* A driver without a descriptor for its input is asked often. */
	if (ui_fd(t->ui) < 0)
		due = earliest(due, mono_ms + 20);
	if (due <= mono_ms)
		return 0;
	return due - mono_ms > 60000 ? 60000 : (int)(due - mono_ms);
}

static struct event event_now(enum event_kind kind)
{
	struct event ev = {.kind = kind};

	ev.now_s = clock_wall_s();
	ev.mono_ms = clock_mono_ms();
	return ev;
}

static void open_stores(struct terminal *t)
{
	struct err e = {0};

	if (stores_open(&t->office, &t->stores, &e) < 0) {
		terminal_storage_failed(t, &e);
		return;
	}
	t->stores_open = t->storage_ok = true;
	t->storage_said = (struct err){0};
	if (terminal_reserve(t, &e) < 0)
		terminal_storage_failed(t, &e);
	if (journal_interrupted(t->stores.journal) > 0)
		printer_assume_torn(t->printer);
	if (journal_finding(t->stores.journal).n != 0)
		log_line(LOG_LEVEL_ERROR, "journal: %s",
		    journal_finding(t->stores.journal).text);
	office_rules(&t->office, &t->stores, &t->rules);
	if (terminal_open_sync(t, &e) < 0)
		log_err(&e);
}

/* Forgets old days, once a day. */
static int purge(struct terminal *t, struct err *e)
{
	int64_t removed, now_s = clock_wall_s();
	int32_t today = civil_local(now_s, t->office.config.offset_s).day;
	int32_t before = today - t->office.config.keep_days;
	int r;

	if (today == t->purged_day ||
	    !terminal_may_purge(t, now_s, clock_mono_ms()))
		return 0;
	r = cache_purge(t->stores.cache, before, &removed, e);
	if (r == 0)
		r = journal_void_unspent(t->stores.journal, now_s, today, e);
	if (r == 0)
		r = journal_purge(t->stores.journal, now_s, before, e);
	if (r == 0)
		t->purged_day = today;
	return r;
}

/* After a failure, such as a full disk: is it over? */
static void try_storage(struct terminal *t)
{
	struct err e = {0};
	struct event ev;

	if (!t->stores_open || t->storage_ok)
		return;
	if (journal_try(t->stores.journal, &e) < 0 ||
	    terminal_reserve(t, &e) < 0 || purge(t, &e) < 0) {
		terminal_storage_failed(t, &e);
		return;
	}
	log_line(LOG_LEVEL_INFO, "storage: it takes writes again");
	t->storage_ok = true;
	t->storage_said = (struct err){0};
	ev = event_now(EV_HEALTH);
	ev.printer = *printer_status(t->printer);
	terminal_event(t, &ev);
}

/* Returns how many there were. */
static int take_presses(struct terminal *t)
{
	struct ui_event press;
	int taken = 0;

	while (ui_next_event(t->ui, &press)) {
		struct event ev = event_now(EV_UNSET);

		if (press.kind == UI_QUIT)
			t->quit = true;
		else if (press.kind == UI_ACTION)
			ev.kind = EV_ACTION;
		else if (press.kind == UI_SYMBOL)
			ev.kind = EV_KEY;
		else if (press.kind == UI_ERASE)
			ev.kind = EV_ERASE;
		ev.action = press.action;
		ev.symbol = press.symbol;
		if (ev.kind == EV_ACTION)
			try_storage(t);
		terminal_event(t, &ev);
		taken++;
	}
	return taken;
}

static void take_scans(struct terminal *t)
{
	struct scan scan;
	char text[256];

	while (scanner_next(t->scanner, &scan)) {
		struct event ev = event_now(EV_SCAN);

		ev.text = str_of(scan.text, scan.len);
		try_storage(t);
		terminal_event(t, &ev);
	}
	while (scanner_next_log(t->scanner, text))
		log_line(LOG_LEVEL_INFO, "%s", text);
	sodium_memzero(&scan, sizeof(scan));
}

static void take_printer_events(struct terminal *t)
{
	struct printer_event ev;

	while (printer_next_event(t->printer, &ev))
		terminal_printer_event(t, &ev);
}

/* Once a minute: try storage again, forget old days. */
static void minute_work(struct terminal *t)
{
	struct event ev = event_now(EV_HEALTH);
	bool first = t->minute == 0; /* terminal_open has just tried */
	struct err e = {0};

	if (ev.now_s / 60 == t->minute)
		return;
	t->minute = ev.now_s / 60;
	if (!t->stores_open && !first)
		open_stores(t);
	try_storage(t);
	if (t->stores_open && t->storage_ok && purge(t, &e) < 0)
		terminal_storage_failed(t, &e);
	ev.printer = *printer_status(t->printer);
	terminal_event(t, &ev);
}

static void service(struct terminal *t, const struct poll_plan *p)
{
	struct event ev;

	if (t->signal_fd >= 0 && p->fd[p->signal_at].revents != 0)
		t->quit = true;
	printer_service(t->printer, p->fd + p->printer_at, p->printer_n,
	    clock_mono_ms());
	scanner_service(t->scanner, p->fd + p->scanner_at, p->scanner_n,
	    clock_mono_ms());
	take_presses(t);
	take_scans(t);
	take_printer_events(t);
	uplink_service(t->uplink, t->sync, clock_wall_s(), clock_mono_ms());
	terminal_take_hub(t);
	/* The next request may have become due with that. */
	uplink_service(t->uplink, t->sync, clock_wall_s(), clock_mono_ms());
	control_service(t->control, t, p->fd + p->control_at, p->control_n);
	minute_work(t);
	ev = event_now(EV_TICK);
	terminal_event(t, &ev);
}

/* For people who test from outside: what is where, after every change. */
static int tell_layout(struct terminal *t, struct err *e)
{
	printf("screen %s\n", session_state_name(t->session.state));
	if (fflush(stdout) != 0)
		return err_set(e, -errno, "layout: standard output: %s",
		    strerror(errno));
	return ui_dump_layout(t->ui, STDOUT_FILENO, e);
}

static int show(struct terminal *t, struct err *e)
{
	static struct view view;
	int64_t drawn;

	terminal_view(t, clock_wall_s(), clock_mono_ms(), &view);
	drawn = ui_show(t->ui, &view, e);
	if (drawn < 0)
		return (int)drawn;
	return drawn > 0 && t->dump_layout ? tell_layout(t, e) : 0;
}

int terminal_run(struct terminal *t, struct err *e)
{
	struct poll_plan p;
	int r = 0;

	minute_work(t);
	r = show(t, e);
	if (r < 0)
		return r;
	terminal_warm_up(t);
	while (!t->quit) {
		take_presses(t);
		take_printer_events(t);
		r = show(t, e);
		if (r < 0)
			return r;
		/* Presenting reads the X connection too: presses that came
		 * with it wait in memory, where poll does not see them. */
		if (take_presses(t) > 0)
			continue;
		plan_poll(t, &p);
		if (poll(p.fd, (nfds_t)p.used,
			wait_ms(t, clock_wall_s(), clock_mono_ms())) < 0 &&
		    errno != EINTR)
			return err_set(e, -errno, "loop: poll: %s",
			    strerror(errno));
		service(t, &p);
	}
	return 0;
}

static int open_signals(struct terminal *t, struct err *e)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return err_set(e, -errno, "signals: %s", strerror(errno));
	t->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (t->signal_fd < 0)
		return err_set(e, -errno, "signals: %s", strerror(errno));
	return 0;
}

static int open_screen(struct terminal *t, const struct terminal_options *o,
    struct err *e)
{
	const struct config *c = &t->office.config;
	struct ui_config ui = {
	    .width_px = o->window_width > 0 ? o->window_width : c->width_px,
	    .height_px = o->window_height > 0 ? o->window_height : c->height_px,
	    .diagonal_tenth_inch = c->diagonal_mm10 / 254 * 10 +
		(c->diagonal_mm10 % 254 * 10 + 127) / 254,
	    .viewing_mm = c->viewing_mm,
	    .fullscreen = o->window_width == 0,
	};
	int r;

	r = text_init(o->locale_dir, e);
	if (r < 0)
		return r;
	return ui_open(&ui, &t->ui, e);
}

int terminal_open(const struct terminal_options *options, struct terminal **out,
    struct err *e)
{
	struct terminal *t = calloc(1, sizeof(*t));
	int r;

	*out = NULL;
	if (t == NULL)
		return err_set(e, -ENOMEM, "terminal: out of memory");
	t->signal_fd = t->link_fd = -1;
	t->dump_layout = options->dump_layout;
	t->stores.lock = -1;
	t->job_bytes = calloc(1, TERMINAL_JOB_BYTES);
	r = t->job_bytes == NULL
	    ? err_set(e, -ENOMEM, "terminal: out of memory")
	    : office_load(options->config, &t->office, e);
	if (r == 0)
		r = open_signals(t, e);
	if (r == 0 && t->office.config.role != ROLE_KIOSK)
		r = err_set(e, -EINVAL,
		    "%s: terminal.role: only kiosk runs in this release",
		    options->config);
	if (r == 0)
		r = desk_start_link(t, e);
	if (r == 0)
		r = uplink_start(&t->office, &t->uplink, e);
	if (r == 0)
		r = open_screen(t, options, e);
	if (r == 0)
		r = desk_open_devices(t, e);
	if (r < 0)
		goto out;
	open_stores(t);
	if (!t->stores_open)
		t->rules.checkin = config_rules(&t->office.config,
		    CLOCK_RELEASE_S);
	t->rules.code = t->office.config.code;
	t->rules.lang = t->office.config.language;
	r = control_open(&t->office, &t->control, e);
	if (r < 0) { /* the visitors come first: serve without it */
		log_err(e);
		r = 0;
	}
	r = desk_close_in(t, e);
	if (r < 0)
		goto out;
	session_init(&t->session, &t->rules);
	t->session.touched_ms = clock_mono_ms();
	t->session.job_id = 1 + randombytes_uniform(90000000);
	*out = t;
	t = NULL;
out:
	terminal_close(t);
	return r;
}

void terminal_close(struct terminal *t)
{
	if (t == NULL)
		return;
	control_close(t->control);
	import_close(t->import);
	uplink_close(t->uplink);
	sync_close(t->sync);
	scanner_close(t->scanner);
	printer_close(t->printer);
	if (t->stores_open)
		stores_close(&t->stores);
	ui_close(t->ui);
	if (t->signal_fd >= 0)
		close(t->signal_fd);
	sodium_memzero(&t->session, sizeof(t->session));
	sodium_memzero(&t->rules, sizeof(t->rules));
	free(t->job_bytes);
	free(t);
}
