/* A gate in the loop: the guard's session, with the terminal's hands. */
#include "gatehouse.h"
#include "firmware/app/log.h"
#include "firmware/app/terminal.h"

static struct gate_event event_now(enum gate_event_kind kind)
{
	struct gate_event ev = {.kind = kind};

	ev.now_s = clock_wall_s();
	ev.mono_ms = clock_mono_ms();
	return ev;
}

static bool serves(void *ctx)
{
	return terminal_serves(ctx);
}

static void failed(void *ctx, const struct err *e)
{
	terminal_storage_failed(ctx, e);
}

static bool more_room(void *ctx)
{
	return terminal_use_reserve(ctx);
}

static void open_output(void *ctx)
{
	struct terminal *t = ctx;

	/* Why is in the log when its process went. */
	if (relay_present(t->relay) && !relay_open_once(t->relay))
		log_line(LOG_LEVEL_ERROR, "relay: it was not asked to open");
}

static void sound(void *ctx, enum ui_sound which)
{
	struct terminal *t = ctx;

	ui_sound(t->ui, which);
}

static void say(void *ctx, const char *sentence)
{
	(void)ctx;
	log_line(LOG_LEVEL_WARNING, "%s", sentence);
}

static int begin(struct terminal *t, struct err *e)
{
	const struct gatehouse_hands hands = {.ctx = t,
	    .serves = serves,
	    .failed = failed,
	    .more_room = more_room,
	    .open = open_output,
	    .sound = sound,
	    .say = say};

	return gatehouse_open(&t->office, &hands, &t->gate, e);
}

static void end(struct terminal *t)
{
	gatehouse_close(t->gate);
	t->gate = NULL;
}

static void rules(struct terminal *t)
{
	gatehouse_rules(t->gate, &t->stores, t->sync);
}

static void feed(struct terminal *t, struct gate_event *ev)
{
	terminal_hub_clock(t, ev->mono_ms);
	gatehouse_clock(t->gate, t->rules.checkin.clock_floor_s,
	    t->rules.checkin.clock_ceiling_s);
	gatehouse_event(t->gate, ev);
}

static void press(struct terminal *t, const struct ui_event *press)
{
	struct gate_event ev = event_now(GATE_EV_UNSET);

	if (press->kind == UI_PRESS)
		ev.kind = GATE_EV_PRESS;
	else if (press->kind == UI_SYMBOL)
		ev.kind = GATE_EV_KEY;
	else if (press->kind == UI_ERASE)
		ev.kind = GATE_EV_ERASE;
	ev.press = press->press;
	ev.symbol = press->symbol;
	feed(t, &ev);
}

static void scan(struct terminal *t, struct str text)
{
	struct gate_event ev = event_now(GATE_EV_SCAN);

	ev.text = text;
	feed(t, &ev);
}

static void tick(struct terminal *t)
{
	struct gate_event ev = event_now(GATE_EV_TICK);

	feed(t, &ev);
}

static void printer(struct terminal *t, const struct printer_event *ev)
{
	(void)t; /* it has none */
	(void)ev;
}

static void nothing(struct terminal *t)
{
	(void)t;
}

static void hub(struct terminal *t)
{
	gatehouse_hub(t->gate, clock_wall_s(), clock_mono_ms());
}

static void doubled(struct terminal *t, const struct admission *a,
    const struct claim_by *by)
{
	gatehouse_doubled(t->gate, a, by);
}

static int64_t deadline_ms(const struct terminal *t, int64_t mono_ms)
{
	return gatehouse_deadline_ms(t->gate, mono_ms);
}

static bool idle(const struct terminal *t)
{
	return t->gate->session.state == GATE_READY;
}

static int64_t show(struct terminal *t, struct err *e)
{
	static struct gate_view view;

	gatehouse_view(t->gate, clock_wall_s(), clock_mono_ms(), &view);
	view.blind = !scanner_present(t->scanner);
	return ui_show_gate(t->ui, &view, e);
}

static const char *screen(const struct terminal *t)
{
	return gate_state_name(t->gate->session.state);
}

const struct role gate_role = {
    .name = "gate",
    .open = begin,
    .close = end,
    .rules = rules,
    .warm_up = nothing,
    .press = press,
    .scan = scan,
    .tick = tick,
    .health = tick,
    .printer = printer,
    .hub = hub,
    .doubled = doubled,
    .deadline_ms = deadline_ms,
    .idle = idle,
    .show = show,
    .screen = screen,
};
