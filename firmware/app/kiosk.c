/* A kiosk in the loop: the visitor's session (core/session.h). */
#include "terminal.h"

#include <sodium.h>

enum { SECOND_MS = 1000, STILL_MS = 60000 };

static struct event event_now(enum event_kind kind)
{
	struct event ev = {.kind = kind};

	ev.now_s = clock_wall_s();
	ev.mono_ms = clock_mono_ms();
	return ev;
}

static int begin(struct terminal *t, struct err *e)
{
	(void)e;
	session_init(&t->session, &t->rules);
	t->session.touched_ms = clock_mono_ms();
	t->session.job_id = 1 + randombytes_uniform(90000000);
	return 0;
}

static void end(struct terminal *t)
{
	(void)t;
}

static void rules(struct terminal *t)
{
	(void)t; /* the loop has read all of them */
}

static void press(struct terminal *t, const struct ui_event *press)
{
	struct event ev = event_now(EV_UNSET);

	if (press->kind == UI_ACTION)
		ev.kind = EV_ACTION;
	else if (press->kind == UI_SYMBOL)
		ev.kind = EV_KEY;
	else if (press->kind == UI_ERASE)
		ev.kind = EV_ERASE;
	ev.action = press->action;
	ev.symbol = press->symbol;
	terminal_event(t, &ev);
}

static void scan(struct terminal *t, struct str text)
{
	struct event ev = event_now(EV_SCAN);

	ev.text = text;
	terminal_event(t, &ev);
}

static void tick(struct terminal *t)
{
	struct event ev = event_now(EV_TICK);

	terminal_event(t, &ev);
}

static void health(struct terminal *t)
{
	struct event ev = event_now(EV_HEALTH);

	ev.printer = *printer_status(t->printer);
	terminal_event(t, &ev);
}

/* True while something on the screen changes every second. */
static bool ticking(const struct session *s, int64_t mono_ms)
{
	if (s->state == SESSION_TICKET || s->state == SESSION_WARNING)
		return true;
	return s->state == SESSION_HOME && mono_ms - s->touched_ms < STILL_MS;
}

static int64_t deadline_ms(const struct terminal *t, int64_t mono_ms)
{
	const struct session *s = &t->session;
	int64_t due = s->deadline_ms, second;

	second = mono_ms + SECOND_MS - mono_ms % SECOND_MS;
	if (s->unreadable_until_ms != 0 && s->unreadable_until_ms < due)
		due = s->unreadable_until_ms;
	if (ticking(s, mono_ms) && second < due)
		due = second;
	if (s->state == SESSION_CHECKING && mono_ms + SECOND_MS / 10 < due)
		due = mono_ms + SECOND_MS / 10;
	return due;
}

/* Home, and what the visitor before was promised is on paper. */
static bool idle(const struct terminal *t)
{
	return t->session.state == SESSION_HOME && t->job.id == 0;
}

static int64_t show(struct terminal *t, struct err *e)
{
	static struct view view;

	terminal_view(t, clock_wall_s(), clock_mono_ms(), &view);
	return ui_show(t->ui, &view, e);
}

static const char *screen(const struct terminal *t)
{
	return session_state_name(t->session.state);
}

const struct role kiosk_role = {
    .name = "kiosk",
    .open = begin,
    .close = end,
    .rules = rules,
    .warm_up = terminal_warm_up,
    .press = press,
    .scan = scan,
    .tick = tick,
    .health = health,
    .printer = terminal_printer_event,
    .hub = terminal_take_hub,
    .doubled = NULL,
    .deadline_ms = deadline_ms,
    .idle = idle,
    .show = show,
    .screen = screen,
};
