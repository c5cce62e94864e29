#include "workshop_inner.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/app/log.h"

enum {
	SECOND_MS = 1000,
	LINES_MS = 2000,
	/* Whether it became healthy: each second in the first minutes, while
	 * karcis-update may wait for it; then now and then. */
	HEALTH_SOON_MS = 300000,
	HEALTH_LATER_MS = 15000
};

struct tech_event workshop_event(enum tech_event_kind kind)
{
	return (struct tech_event){.kind = kind,
	    .now_s = clock_wall_s(),
	    .mono_ms = clock_mono_ms()};
}

/* The folder of a path with its last slash, then name; "" when too long. */
static void beside(const char *path, const char *name, char *out, size_t cap)
{
	const char *slash = strrchr(path, '/');
	struct buf b;

	buf_init(&b, out, cap - 1);
	if (slash != NULL)
		buf_put(&b, path, (size_t)(slash - path) + 1);
	buf_text(&b, name);
	out[b.full ? 0 : b.len] = '\0';
}

void workshop_reload(struct workshop *w)
{
	char path[256];
	struct err e = {0};

	if (w == NULL)
		return;
	technicians_fini(&w->technicians);
	w->unreadable = office_path(&w->t->office, "technicians", path) &&
	    technicians_load(path, &w->technicians, &e) < 0;
	if (w->unreadable)
		log_err(&e);
}

static void fill_rules(struct workshop *w)
{
	const struct config *c = &w->t->office.config;

	w->rules = (struct tech_rules){.lang = c->language,
	    .idle_ms = (int64_t)c->tech_idle_minutes * 60 * SECOND_MS,
	    .offset_s = c->offset_s,
	    .bare = w->why != NULL,
	    .hub = w->t->sync != NULL,
	    .printer = w->t->printer != NULL,
	    /* A machine that has served is not anybody's, whoever is known. */
	    .technicians = w->technicians.count > 0 || w->unreadable ||
		(w->why != NULL && w->why->prepared),
	    .updates = update_client_report(w->update)->phase != UPDATE_UNSET,
	    .clock = update_client_report(w->update)->phase != UPDATE_UNSET,
	    .brightness = c->presenter == PRESENTER_DRM ? w->brightness : -1,
	    .volume = w->t->role == &gate_role && c->gate_sound ? w->volume
								: -1};
	if (w->rules.brightness == -1 && c->presenter == PRESENTER_DRM)
		w->rules.brightness = c->brightness;
}

int workshop_open(struct terminal *t, const struct bare *why,
    struct workshop **out, struct err *e)
{
	const struct config *c = &t->office.config;
	struct workshop *w = calloc(1, sizeof(*w));
	int r;

	*out = NULL;
	if (w == NULL)
		return err_set(e, -ENOMEM, "workshop: out of memory");
	w->t = t;
	w->why = why;
	w->brightness = -1;
	w->volume = 100;
	w->since_ms = clock_mono_ms();
	r = update_client_open(c->update_socket, &w->update, e);
	if (r == 0)
		r = key_switch_open(c->tech_switch, &w->key, e);
	if (r < 0) {
		workshop_close(w);
		return r;
	}
	beside(c->file, "", w->config_folder, sizeof(w->config_folder));
	if (!str_copy(w->config, sizeof(w->config), str_from(c->file)))
		w->config[0] = '\0';
	if (w->update != NULL) {
		beside(c->update_socket, "stick/in", w->in, sizeof(w->in));
		beside(c->update_socket, "stick/out", w->out, sizeof(w->out));
	}
	workshop_reload(w);
	fill_rules(w);
	tech_init(&w->session, &w->rules);
	*out = w;
	return 0;
}

void workshop_close(struct workshop *w)
{
	if (w == NULL)
		return;
	commission_close(w->commission);
	workshop_end_export(w);
	workshop_drop_paper(w);
	workshop_shown(w);
	key_switch_close(w->key);
	update_client_close(w->update);
	technicians_fini(&w->technicians);
	sodium_memzero(w, sizeof(*w));
	free(w);
}

const char *workshop_config_folder(const struct workshop *w)
{
	return w == NULL || w->update == NULL ? "" : w->config_folder;
}

const char *workshop_in_folder(const struct workshop *w)
{
	return w == NULL ? "" : w->in;
}

const char *workshop_out_folder(const struct workshop *w)
{
	return w == NULL ? "" : w->out;
}

bool workshop_active(const struct workshop *w)
{
	return w != NULL && (w->why != NULL || w->session.state > TECH_CLOSED);
}

const struct update_report *workshop_report(const struct workshop *w)
{
	return update_client_report(w == NULL ? NULL : w->update);
}

int32_t workshop_brightness(const struct workshop *w)
{
	return w == NULL ? -1 : w->brightness;
}

/* ---- what comes in ---- */

void workshop_feed(struct workshop *w, struct tech_event *ev)
{
	struct tech_event next = *ev;
	bool more = true;

	while (more) {
		struct tech_effects fx;

		fill_rules(w);
		fx = tech_step(&w->session, &w->rules, &next);
		more = workshop_carry_out(w, &fx, &next);
	}
	sodium_memzero(&next, sizeof(next));
}

static void tick(struct workshop *w)
{
	struct tech_event ev = workshop_event(TECH_EV_TICK);

	workshop_feed(w, &ev);
}

void workshop_press(struct workshop *w, const struct ui_event *press)
{
	struct tech_event ev = workshop_event(TECH_EV_UNSET);

	if (press->kind == UI_TECH)
		ev.kind = TECH_EV_PRESS;
	else if (press->kind == UI_SYMBOL)
		ev.kind = TECH_EV_KEY;
	else if (press->kind == UI_ERASE)
		ev.kind = TECH_EV_ERASE;
	ev.press = press->tech;
	ev.symbol = press->symbol;
	workshop_feed(w, &ev);
}

/* Which device it was is known where there is one only. */
static struct str scanner_name(const struct config *c)
{
	return str_from(c->scanners == 1 ? c->scanner[0] : "");
}

bool workshop_scan(struct workshop *w, struct str text)
{
	struct tech_event ev = workshop_event(TECH_EV_SCAN);
	int who;

	if (w == NULL)
		return false;
	who = technicians_find(&w->technicians, text);
	if (!workshop_active(w)) {
		if (who < 0)
			return false;
		if (!w->t->role->idle(w->t)) {
			log_line(LOG_LEVEL_INFO,
			    "technician: a badge was read while somebody was "
			    "being served; nothing opens");
			return true;
		}
	}
	ev.text = text;
	ev.device = scanner_name(&w->t->office.config);
	if (who >= 0)
		ev.name = str_from(w->technicians.item[who].name);
	workshop_feed(w, &ev);
	return true;
}

/* Turned while somebody is being served, it waits; turned back, it does not. */
static void read_key(struct workshop *w, int64_t mono_ms)
{
	struct tech_event ev = workshop_event(TECH_EV_SWITCH);
	struct err e;

	(void)key_switch_service(w->key, mono_ms, &e);
	if (e.code < 0)
		log_err(&e);
	ev.ok = key_switch_on(w->key);
	if (ev.ok == w->key_told)
		return;
	if (ev.ok && !workshop_active(w) && !w->t->role->idle(w->t))
		return;
	w->key_told = ev.ok;
	workshop_feed(w, &ev);
}

void workshop_printer(struct workshop *w, const struct printer_event *p)
{
	enum workshop_job job = w == NULL ? JOB_NONE : w->job;
	struct tech_event ev = workshop_event(TECH_EV_PRINTED);

	if (job == JOB_NONE || p->kind != PRINTER_JOB ||
	    p->job_id != w->job_id || p->late)
		return;
	w->job = JOB_NONE;
	ev.print = p->verdict;
	if (job == JOB_SELFTEST) {
		ev.kind = TECH_EV_TESTED;
		ev.ok = workshop_end_selftest(w, p->verdict);
	}
	workshop_feed(w, &ev);
}

size_t workshop_pollfds(struct workshop *w, struct pollfd *fds, size_t cap)
{
	size_t n;

	if (w == NULL)
		return 0;
	n = update_client_pollfds(w->update, fds, cap);
	return n + key_switch_pollfds(w->key, fds + n, cap - n);
}

static int64_t earliest(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t workshop_deadline_ms(const struct workshop *w, int64_t mono_ms)
{
	int64_t due, second = mono_ms + SECOND_MS - mono_ms % SECOND_MS;

	if (w == NULL)
		return INT64_MAX;
	if (w->commissioning || w->exporting)
		return mono_ms;
	due = earliest(w->session.deadline_ms,
	    update_client_deadline_ms(w->update));
	due = earliest(due, key_switch_deadline_ms(w->key));
	if (w->quit_ms != 0)
		due = earliest(due, w->quit_ms);
	if (!w->good && w->rules.updates)
		due = earliest(due,
		    mono_ms < w->since_ms + HEALTH_SOON_MS
			? second
			: mono_ms + HEALTH_LATER_MS);
	if (w->sync_ms != 0 || w->clock_ms != 0 || w->files != FILES_NONE ||
	    (w->rules.updates &&
		update_client_report(w->update)->storage !=
		    w->session.storage) ||
	    tech_seconds_left(&w->session, mono_ms) >= 0)
		due = earliest(due, second);
	if (w->session.state == TECH_STATUS)
		due = earliest(due, mono_ms + LINES_MS);
	return due;
}

void workshop_service(struct workshop *w)
{
	int64_t mono_ms = clock_mono_ms();

	if (w == NULL)
		return;
	if (update_client_service(w->update, mono_ms))
		workshop_take_report(w);
	read_key(w, mono_ms);
	workshop_take_late(w);
	workshop_go_on(w, mono_ms);
	workshop_say_good(w, mono_ms);
	tick(w);
	if (w->quit_ms != 0 && mono_ms >= w->quit_ms)
		w->t->quit = true;
}

/* ---- what is shown ---- */

/* "NAME:12: ..." is among them. */
static bool has_problem(const struct commission_result *r, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < r->problems && i < COMMISSION_PROBLEMS; i++)
		if (strncmp(r->problem[i], name, len) == 0 &&
		    r->problem[i][len] == ':')
			return true;
	return false;
}

static void fill_lines(const struct workshop *w, struct tech_view *v)
{
	const struct commission_result *r = w->commission == NULL ||
		w->commissioning
	    ? NULL
	    : commission_result(w->commission);

	for (size_t i = 0; r != NULL && i < COMMISSION_FILES; i++) {
		struct tech_line *l = &v->line[v->lines];

		if (r->file[i].fate == COMMISSION_UNSET)
			continue;
		l->text = MSG_TECH_SET_NEW;
		l->mark = TECH_MARK_GOOD;
		if (r->file[i].fate == COMMISSION_SAME) {
			l->text = MSG_TECH_SET_SAME;
			l->mark = TECH_MARK_NONE;
		}
		if (has_problem(r, r->file[i].name)) {
			l->text = MSG_TECH_SET_BAD;
			l->mark = TECH_MARK_BAD;
		}
		if (!str_copy(l->value, sizeof(l->value),
			str_from(r->file[i].name)))
			l->value[0] = '\0';
		v->lines++;
	}
	for (size_t i = 0;
	     r != NULL && i < r->problems && i < COMMISSION_PROBLEMS; i++) {
		struct tech_line *l = &v->problem[v->problems++];

		l->mark = TECH_MARK_BAD;
		if (!str_copy(l->value, sizeof(l->value),
			str_from(r->problem[i])))
			l->value[0] = '\0';
	}
}

static void fill_why(const struct workshop *w, struct tech_view *v)
{
	memcpy(v->line, w->why->line, sizeof(v->line));
	v->lines = w->why->lines;
}

static void fill_for_state(const struct workshop *w, struct tech_view *v)
{
	if (w->session.state == TECH_STATUS) {
		v->lines = workshop_lines(w, v->line);
	} else if (w->session.state == TECH_SELFTEST) {
		memcpy(v->line, w->line, sizeof(v->line));
		v->lines = w->lines;
	} else if (w->session.state == TECH_SETUP) {
		fill_lines(w, v);
	} else if (w->session.state <= TECH_CLOSED && w->why != NULL) {
		fill_why(w, v);
	} else if (w->session.state == TECH_PRINT && w->paper != NULL) {
		struct bitmap strip = paper_strip(w->paper);

		v->paper = (struct tech_paper){.width_dots = strip.width,
		    .height_dots = strip.height,
		    .stride_bytes = strip.stride,
		    .serial = w->papers,
		    .bits = strip.bits};
	}
}

int64_t workshop_show(struct workshop *w, struct err *e)
{
	static struct tech_view v;
	const struct config *c = &w->t->office.config;
	int64_t mono_ms = clock_mono_ms(), drawn;
	struct civil_now now = civil_local(clock_wall_s(), c->offset_s);

	memset(&v, 0, sizeof(v));
	fill_rules(w);
	v.session = w->session;
	/* Times are not shown; left in, each event would be a new picture. */
	v.session.deadline_ms = 0;
	v.rules = w->rules;
	if (w->why == NULL || w->why->readable) {
		if (!str_copy(v.office, sizeof(v.office),
			str_from(c->office_name)))
			v.office[0] = '\0';
		if (!str_copy(v.terminal, sizeof(v.terminal),
			str_from(c->terminal_id)))
			v.terminal[0] = '\0';
	}
	if (!str_copy(v.version, sizeof(v.version), str_from(KARCIS_VERSION)))
		v.version[0] = '\0';
	v.day = now.day;
	v.minute = now.minute;
	v.seconds_left = tech_seconds_left(&w->session, mono_ms);
	fill_for_state(w, &v);
	drawn = ui_show_tech(w->t->ui, &v, e);
	sodium_memzero(v.session.pin, sizeof(v.session.pin));
	return drawn;
}

void workshop_shown(struct workshop *w)
{
	if (w == NULL)
		return;
	paper_close(w->old_paper);
	w->old_paper = NULL;
}

const char *workshop_screen(const struct workshop *w)
{
	static char name[32];
	struct buf b;

	buf_init(&b, name, sizeof(name));
	buf_fmt(&b, "tech-%s", tech_state_name(w->session.state));
	return buf_cstr(&b);
}
