/* The terminal and its hub: see terminal.h. */
#include "terminal.h"

#include <errno.h>
#include <string.h>

#include "firmware/app/ctl/enrol.h"
#include "firmware/store/state.h"
#include "log.h"

/* An admission, its print and some more. */
enum { RESERVE_BYTES = 128 * 1024 };
/* Farther from the hub's clock than this, ours is unsure. */
enum { CLOCK_OFF_S = 120 };

static void say(void *ctx, bool bad, const char *sentence)
{
	(void)ctx;
	log_line(bad ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "%s", sentence);
}

static void doubled(void *ctx, const struct admission *a,
    const struct claim_by *by)
{
	struct terminal *t = ctx;

	if (t->role->doubled != NULL)
		t->role->doubled(t, a, by);
}

int terminal_open_sync(struct terminal *t, struct err *e)
{
	struct sync_options options;
	int r;

	if (!t->stores.enrolled || t->sync != NULL)
		return 0;
	enrol_sync_options(&t->office, &t->stores, &options);
	options.say = say;
	options.doubled = doubled;
	options.ctx = t;
	r = sync_open(&options, &t->sync, e);
	t->claiming = (struct claiming){.sync = t->sync,
	    .cache = t->stores.cache,
	    .journal = t->stores.journal,
	    .offset_s = t->office.config.offset_s};
	return r;
}

int terminal_reserve(const struct terminal *t, struct err *e)
{
	char path[256];

	if (!t->stores.enrolled)
		return 0;
	if (!office_path(&t->office, "reserve", path))
		return err_set(e, -ENAMETOOLONG, "terminal.state: too long");
	return state_reserve(path, RESERVE_BYTES, e);
}

bool terminal_use_reserve(const struct terminal *t)
{
	char path[256];

	return t->stores.enrolled && office_path(&t->office, "reserve", path) &&
	    state_release(path);
}

bool terminal_serves(const struct terminal *t)
{
	return t->stores_open && t->storage_ok &&
	    (t->sync == NULL || sync_state(t->sync) == SYNC_SERVING);
}

/* The hub's clock, that goes on by the monotonic one, outranks the newest entry
 * of the journal: a clock that was once ahead wrote that too. */
void terminal_hub_clock(struct terminal *t, int64_t mono_ms)
{
	struct checkin_rules *r = &t->rules.checkin;
	int64_t hub_s = t->sync == NULL ? 0 : sync_hub_time_s(t->sync, mono_ms);

	if (hub_s == 0)
		return;
	r->clock_floor_s = hub_s - CLOCK_OFF_S;
	if (r->clock_floor_s < CLOCK_RELEASE_S)
		r->clock_floor_s = CLOCK_RELEASE_S;
	r->clock_ceiling_s = hub_s + CLOCK_OFF_S;
}

bool terminal_may_purge(const struct terminal *t, int64_t now_s,
    int64_t mono_ms)
{
	return checkin_clock_sure(&t->rules.checkin, now_s) &&
	    !cache_importing(t->stores.cache) &&
	    (t->sync == NULL || sync_hub_time_s(t->sync, mono_ms) > 0);
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
