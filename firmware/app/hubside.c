/* The terminal and its hub: see terminal.h. */
#include "terminal.h"

#include <string.h>

#include "clock.h"
#include "enrol.h"
#include "log.h"

/* The hub's clock may be this far ahead of ours before ours is unsure. */
enum { CLOCK_BEHIND_S = 120 };

static void say(void *ctx, bool bad, const char *sentence)
{
	(void)ctx;
	log_line(bad ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "%s", sentence);
}

int terminal_open_sync(struct terminal *t, struct err *e)
{
	struct sync_options options;
	int r;

	if (!t->stores.enrolled || t->sync != NULL)
		return 0;
	enrol_sync_options(&t->office, &t->stores, &options);
	options.say = say;
	r = sync_open(&options, &t->sync, e);
	t->claiming = (struct claiming){.sync = t->sync,
	    .cache = t->stores.cache,
	    .journal = t->stores.journal,
	    .offset_s = t->office.config.offset_s};
	return r;
}

bool terminal_serves(const struct terminal *t)
{
	return t->stores_open && t->storage_ok &&
	    (t->sync == NULL || sync_state(t->sync) == SYNC_SERVING);
}

void terminal_hub_floor(struct terminal *t, int64_t mono_ms)
{
	int64_t floor_s;

	if (t->sync == NULL)
		return;
	floor_s = sync_hub_time_s(t->sync, mono_ms) - CLOCK_BEHIND_S;
	if (floor_s > t->rules.checkin.clock_floor_s)
		t->rules.checkin.clock_floor_s = floor_s;
}

/* What follows from a step, as the session's next event. */
static void follow(struct terminal *t, enum claiming_step step,
    const struct claiming_word *word, const struct err *e, struct event *next)
{
	switch (step) {
	case CLAIMING_IDLE:
	case CLAIMING_WAIT:
		return;
	case CLAIMING_ADMIT:
		terminal_admit(t, &t->claiming.asked, next);
		return;
	case CLAIMING_JUDGE:
		terminal_look_up(t, next);
		claiming_put(word, &next->facts);
		return;
	case CLAIMING_FAILED:
		next->kind = EV_CLAIM_FAILED;
		terminal_storage_failed(t, e);
		return;
	}
}

void terminal_claim_with_hub(struct terminal *t,
    const struct admit_request *request, struct event *next)
{
	struct claiming_word word;
	struct err e = {0};
	enum claiming_step step = claiming_begin(&t->claiming, request,
	    next->mono_ms, &word, &e);

	follow(t, step, &word, &e, next);
}

void terminal_take_hub(struct terminal *t)
{
	struct event ev = {.kind = EV_UNSET};
	struct claiming_word word;
	struct err e = {0};
	enum claiming_step step;

	if (t->sync == NULL)
		return;
	ev.now_s = clock_wall_s();
	ev.mono_ms = clock_mono_ms();
	step = claiming_go_on(&t->claiming, ev.mono_ms, &word, &e);
	if (step == CLAIMING_IDLE || step == CLAIMING_WAIT)
		return;
	follow(t, step, &word, &e, &ev);
	terminal_event(t, &ev);
}
