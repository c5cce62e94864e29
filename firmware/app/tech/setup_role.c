/* A machine that is not set up, in the loop: it has no session but the
 * technician's. */
#include "firmware/app/terminal.h"
#include "workshop.h"

static int begin(struct terminal *t, struct err *e)
{
	(void)t;
	(void)e;
	return 0;
}

static void nothing(struct terminal *t)
{
	(void)t;
}

static void press(struct terminal *t, const struct ui_event *press)
{
	(void)t;
	(void)press;
}

static void scan(struct terminal *t, struct str text)
{
	(void)t; /* no badge of here: nobody else reads it */
	(void)text;
}

static void printer(struct terminal *t, const struct printer_event *ev)
{
	(void)t;
	(void)ev;
}

static int64_t deadline_ms(const struct terminal *t, int64_t mono_ms)
{
	(void)t;
	(void)mono_ms;
	return INT64_MAX;
}

static bool idle(const struct terminal *t)
{
	(void)t;
	return true;
}

static int64_t show(struct terminal *t, struct err *e)
{
	return workshop_show(t->workshop, e);
}

static const char *screen(const struct terminal *t)
{
	return workshop_screen(t->workshop);
}

const struct role setup_role = {
    .name = "setup",
    .bare = true,
    .open = begin,
    .close = nothing,
    .rules = nothing,
    .warm_up = nothing,
    .press = press,
    .scan = scan,
    .tick = nothing,
    .health = nothing,
    .printer = printer,
    .hub = nothing,
    .doubled = NULL,
    .deadline_ms = deadline_ms,
    .idle = idle,
    .show = show,
    .screen = screen,
};
