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

#include "control.h"
#include "desk.h"
#include "firmware/app/tech/commission.h"
#include "firmware/core/screen_plan.h"
#include "import.h"
#include "log.h"

enum { POLL_FDS = 64, SECOND_MS = 1000 };

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
	if (t->printer != NULL)
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
	p->used += workshop_pollfds(t->workshop, p->fd + p->used,
	    POLL_FDS - p->used);
	p->used += relay_pollfds(t->relay, p->fd + p->used, POLL_FDS - p->used);
	p->used += uplink_pollfds(t->uplink, p->fd + p->used,
	    POLL_FDS - p->used);
}

static int64_t earliest(int64_t a, int64_t b)
{
	return a < b ? a : b;
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
	int64_t due = mono_ms + (60 - now_s % 60) * SECOND_MS;

	if (t->import != NULL)
		return 0;
	due = earliest(due, t->role->deadline_ms(t, mono_ms));
	if (t->printer != NULL)
		due = earliest(due, printer_deadline_ms(t->printer));
	due = earliest(due, control_deadline_ms(t->control));
	due = earliest(due, workshop_deadline_ms(t->workshop, mono_ms));
	due = earliest(due, notify_deadline_ms(&t->notify));
	due = earliest(due, uplink_deadline_ms(t->uplink));
	if (t->sync != NULL)
		due = earliest(due, sync_due_ms(t, mono_ms));
	if (scanner_deadline_ms(t->scanner) >= 0)
		due = earliest(due, scanner_deadline_ms(t->scanner));
	/* A driver without a descriptor for its input is asked often. */
	if (ui_fd(t->ui) < 0)
		due = earliest(due, mono_ms + 20);
	if (due <= mono_ms)
		return 0;
	return due - mono_ms > 60000 ? 60000 : (int)(due - mono_ms);
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
	if (t->printer != NULL && journal_interrupted(t->stores.journal) > 0)
		printer_assume_torn(t->printer);
	if (journal_finding(t->stores.journal).n != 0)
		log_line(LOG_LEVEL_ERROR, "journal: %s",
		    journal_finding(t->stores.journal).text);
	office_rules(&t->office, &t->stores, &t->rules);
	if (terminal_open_sync(t, &e) < 0)
		log_err(&e);
	t->role->rules(t);
}

void terminal_reload(struct terminal *t)
{
	workshop_reload(t->workshop);
	if (!t->stores_open)
		return;
	t->rules.office_key = t->stores.keys.office;
	t->role->rules(t);
}

const char *terminal_screen(const struct terminal *t)
{
	return workshop_active(t->workshop) ? workshop_screen(t->workshop)
					    : t->role->screen(t);
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
	t->role->health(t);
}

/* The panel's light follows the hours and who is there. */
static void plan_screen(struct terminal *t)
{
	const struct config *c = &t->office.config;
	struct civil_now now = civil_local(clock_wall_s(), c->offset_s);
	int32_t dialled = workshop_brightness(t->workshop);
	struct screen_plan plan = screen_plan(c, now.day, now.minute,
	    t->touched_s == 0 ? -1 : clock_boot_ms() / 1000 - t->touched_s);

	ui_blank(t->ui, plan.dark && !workshop_active(t->workshop));
	if (dialled > 0)
		plan.percent = dialled;
	if (plan.percent != t->percent)
		ui_brightness(t->ui, plan.percent);
	t->percent = plan.percent;
}

static void touched(struct terminal *t)
{
	t->touched_s = clock_boot_ms() / 1000;
	ui_blank(t->ui, false);
}

/* Returns how many there were. */
static int take_presses(struct terminal *t)
{
	struct ui_event press;
	int taken = 0;

	while (ui_next_event(t->ui, &press)) {
		touched(t);
		if (press.kind == UI_QUIT)
			t->quit = true;
		if (press.kind == UI_ACTION || press.kind == UI_PRESS)
			try_storage(t);
		if (press.kind == UI_WAKE)
			plan_screen(t);
		else if (workshop_active(t->workshop))
			workshop_press(t->workshop, &press);
		else
			t->role->press(t, &press);
		taken++;
	}
	return taken;
}

static void take_notes(struct terminal *t)
{
	struct err note;

	while (ui_next_note(t->ui, &note)) {
		log_line(note.code == 0 ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
		    "%s", note.text);
		/* A monitor that came later and does not fit: the set-up
		 * screen of a new start does. */
		if (note.code == -ERANGE && t->setup)
			t->quit = true;
	}
}

static void take_scans(struct terminal *t)
{
	struct scan scan;
	char text[256];

	while (scanner_next(t->scanner, &scan)) {
		touched(t);
		try_storage(t);
		if (!workshop_scan(t->workshop, str_of(scan.text, scan.len)))
			t->role->scan(t, str_of(scan.text, scan.len));
	}
	while (scanner_next_log(t->scanner, text))
		log_line(LOG_LEVEL_INFO, "%s", text);
	sodium_memzero(&scan, sizeof(scan));
}

static void take_printer_events(struct terminal *t)
{
	struct printer_event ev;

	while (t->printer != NULL && printer_next_event(t->printer, &ev)) {
		t->role->printer(t, &ev);
		workshop_printer(t->workshop, &ev);
	}
}

static void take_relay_logs(struct terminal *t)
{
	char text[RELAY_LOG];

	while (relay_next_log(t->relay, text))
		log_line(LOG_LEVEL_WARNING, "%s", text);
}

/* Whoever sets the clock can make a ticket of yesterday one of today: that it
 * was set, and by how much, is in the journal. */
static void watch_clock(struct terminal *t)
{
	static const char said[] = "the clock was set";
	int64_t step_s = clock_stepped_s(&t->clock_watch, clock_wall_ms(),
	    clock_boot_ms());
	struct err e = {0};

	if (step_s != 0)
		log_line(LOG_LEVEL_WARNING, "clock: it was set, by %lld s",
		    (long long)step_s);
	t->clock_step_s += step_s;
	if (t->clock_step_s == 0 || !t->stores_open || !t->storage_ok)
		return;
	if (journal_note(t->stores.journal, clock_wall_s(), AUDIT_CLOCK,
		t->clock_step_s, str_from(said), &e) < 0)
		terminal_storage_failed(t, &e);
	else
		t->clock_step_s = 0;
}

/* Once a minute: try storage again, forget old days. */
static void minute_work(struct terminal *t)
{
	int64_t minute = clock_wall_s() / 60;
	bool first = t->minute == 0; /* terminal_open has just tried */
	struct err e = {0};

	if (minute == t->minute)
		return;
	t->minute = minute;
	if (!t->stores_open && !first && !t->role->bare)
		open_stores(t);
	try_storage(t);
	watch_clock(t);
	if (t->stores_open && t->storage_ok && purge(t, &e) < 0)
		terminal_storage_failed(t, &e);
	t->role->health(t);
	plan_screen(t);
}

static void service(struct terminal *t, const struct poll_plan *p)
{
	if (t->signal_fd >= 0 && p->fd[p->signal_at].revents != 0)
		t->quit = true;
	if (t->printer != NULL)
		printer_service(t->printer, p->fd + p->printer_at, p->printer_n,
		    clock_mono_ms());
	scanner_service(t->scanner, p->fd + p->scanner_at, p->scanner_n,
	    clock_mono_ms());
	take_presses(t);
	take_notes(t);
	take_scans(t);
	take_printer_events(t);
	take_relay_logs(t);
	workshop_service(t->workshop);
	uplink_service(t->uplink, t->sync, clock_wall_s(), clock_mono_ms());
	t->role->hub(t);
	/* The next request may have become due with that. */
	uplink_service(t->uplink, t->sync, clock_wall_s(), clock_mono_ms());
	control_service(t->control, t, p->fd + p->control_at, p->control_n);
	minute_work(t);
	t->role->tick(t);
}

/* For people who test from outside: what is where, after every change. */
static int tell_layout(struct terminal *t, struct err *e)
{
	printf("screen %s\n", terminal_screen(t));
	if (fflush(stdout) != 0)
		return err_set(e, -errno, "layout: standard output: %s",
		    strerror(errno));
	return ui_dump_layout(t->ui, STDOUT_FILENO, e);
}

static int show(struct terminal *t, struct err *e)
{
	int64_t drawn = workshop_active(t->workshop)
	    ? workshop_show(t->workshop, e)
	    : t->role->show(t, e);

	if (drawn < 0)
		return (int)drawn;
	workshop_shown(t->workshop);
	/* The picture that was due stands: only this feeds the watchdog. */
	t->presented = true;
	notify_ready(&t->notify, clock_mono_ms());
	notify_alive(&t->notify, clock_mono_ms());
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
	t->role->warm_up(t);
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
	    .drm = o->window_width == 0 && c->presenter == PRESENTER_DRM,
	    .rotate = c->rotate,
	    .touch = c->touch,
	    .sound = t->role == &gate_role && c->gate_sound,
	};

	return ui_open(&ui, &t->ui, e);
}

/* The configuration says the role; a word on the command line agrees, or makes
 * a kiosk's machine a gate for now. */
static int choose_role(struct terminal *t, enum config_role wanted,
    struct err *e)
{
	enum config_role is = t->office.config.role;

	if (is == ROLE_GATE && wanted == ROLE_KIOSK)
		return err_set(e, -EINVAL,
		    "%s: terminal.role: it is a gate's; --role kiosk needs a "
		    "configuration of its own",
		    t->office.config.file);
	if (is == ROLE_KIOSK && wanted == ROLE_GATE &&
	    t->office.config.hub_url[0] != '\0')
		return err_set(e, -EINVAL,
		    "%s: terminal.role: under a hub a gate is enrolled as one; "
		    "give it a configuration of its own",
		    t->office.config.file);
	t->role = is == ROLE_GATE || wanted == ROLE_GATE ? &gate_role
							 : &kiosk_role;
	return 0;
}

/* What stands in for a configuration on a bare machine. */
static void be_bare(struct terminal *t, const struct terminal_options *o)
{
	struct config *c = &t->office.config;

	t->role = &setup_role;
	if (!t->why.readable && o->window_width == 0) {
		c->presenter = PRESENTER_DRM;
		/* None: the screen says so itself. */
		(void)bare_panel("/sys/class/drm", c);
	}
	log_line(LOG_LEVEL_WARNING,
	    "set-up: this machine is not set up; its screen says why");
}

/* The configuration; with --setup it may be broken or not there. */
static int load_office(struct terminal *t, const struct terminal_options *o,
    struct err *e)
{
	struct config *c = &t->office.config;
	int r;

	r = commission_finish(o->config, e);
	if (r < 0)
		log_err(e);
	if (o->setup == NULL) {
		r = office_load(o->config, &t->office, e);
		return r < 0 ? r : choose_role(t, o->role, e);
	}
	/* What it brought is taken in before the next start. */
	t->quit = r > 0;
	bare_look(o->config, &t->office, &t->why);
	if (t->why.is)
		be_bare(t, o);
	if ((t->why.is || c->update_socket[0] == '\0') &&
	    !str_copy(c->update_socket, sizeof(c->update_socket),
		str_from(o->setup)))
		return err_set(e, -ENAMETOOLONG, "--setup: %s: too long",
		    o->setup);
	return t->why.is ? 0 : choose_role(t, o->role, e);
}

/* The machine waits for a technician: what the configuration says of the screen
 * may be all that is wrong, and must not leave it dark. */
static int open_bare_screen(struct terminal *t,
    const struct terminal_options *o, struct err *e)
{
	struct config *c = &t->office.config;
	int w, h;

	log_err(e);
	desk_end_processes(t);
	bare_add_screen(&t->why, e->text);
	*e = (struct err){0};
	be_bare(t, o);
	if (c->presenter == PRESENTER_WINDOW && ui_display(&w, &h, NULL) == 0) {
		bare_display(c, w, h);
	} else {
		c->presenter = PRESENTER_DRM;
		(void)bare_panel("/sys/class/drm", c);
	}
	return open_screen(t, o, e);
}

static int open_any_screen(struct terminal *t, const struct terminal_options *o,
    struct err *e)
{
	int r = text_init(o->locale_dir, e);

	if (r < 0)
		return r;
	r = open_screen(t, o, e);
	/* A size on the command line is no technician's to mend. */
	if (r < 0 && o->setup != NULL && o->window_width == 0)
		r = open_bare_screen(t, o, e);
	return r;
}

/* What the world gives, each in its order: processes are forked before there
 * are keys, threads and devices. */
static int open_world(struct terminal *t, const struct terminal_options *o,
    struct err *e)
{
	int r = load_office(t, o, e);

	if (r == 0)
		r = open_signals(t, e);
	if (r == 0)
		r = desk_start_processes(t, e);
	if (r == 0)
		r = open_any_screen(t, o, e);
	if (r == 0)
		r = desk_open_devices(t, e);
	if (r == 0)
		r = workshop_open(t, t->role->bare ? &t->why : NULL,
		    &t->workshop, e);
	return r;
}

static int open_session(struct terminal *t, struct err *e)
{
	int r;

	t->rules.checkin = config_rules(&t->office.config, CLOCK_RELEASE_S);
	t->rules.code = t->office.config.code;
	t->rules.lang = t->office.config.language;
	r = t->role->open(t, e);
	if (r < 0 || t->role->bare)
		return r;
	open_stores(t);
	/* The visitors come first: serve without it. */
	if (control_open(&t->office, &t->control, e) < 0)
		log_err(e);
	return 0;
}

int terminal_open(const struct terminal_options *options, struct terminal **out,
    struct err *e)
{
	struct terminal *t = calloc(1, sizeof(*t));
	int r;

	*out = NULL;
	if (t == NULL)
		return err_set(e, -ENOMEM, "terminal: out of memory");
	t->signal_fd = t->link_fd = t->camera_fd = -1;
	t->dump_layout = options->dump_layout;
	t->setup = options->setup != NULL;
	t->stores.lock = -1;
	t->percent = -1;
	if (notify_init(&t->notify, e) < 0)
		log_err(e);
	t->job_bytes = calloc(1, TERMINAL_JOB_BYTES);
	r = t->job_bytes == NULL
	    ? err_set(e, -ENOMEM, "terminal: out of memory")
	    : open_world(t, options, e);
	if (r < 0)
		goto out;
	r = open_session(t, e);
	if (r == 0)
		r = desk_close_in(t, e);
	if (r < 0)
		goto out;
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
	notify_stopping(&t->notify);
	control_close(t->control);
	workshop_close(t->workshop);
	import_close(t->import);
	uplink_close(t->uplink);
	sync_close(t->sync);
	if (t->role != NULL)
		t->role->close(t);
	relay_close(t->relay);
	scanner_close(t->scanner);
	printer_close(t->printer);
	if (t->stores_open)
		stores_close(&t->stores);
	ui_close(t->ui);
	if (t->signal_fd >= 0)
		close(t->signal_fd);
	if (t->camera_fd >= 0)
		close(t->camera_fd);
	sodium_memzero(&t->session, sizeof(t->session));
	sodium_memzero(&t->rules, sizeof(t->rules));
	notify_fini(&t->notify);
	free(t->job_bytes);
	free(t);
}
