/* A visitor's question, and how it stands with the hub. */
#include "sync_inner.h"

#include <string.h>

/* ---- a visitor's question ---- */

static void ask(struct sync *s, const struct client_op *op, int64_t mono_ms,
    int64_t wait_ms)
{
	s->ask.state = SYNC_ASK_WAITING;
	s->ask.op = *op;
	s->ask.until_ms = mono_ms + wait_ms;
	/* An earlier visitor's may still be on its way: its answer is no
	 * longer waited for. */
	s->lane[LANE_ASK] = (struct lane){.next_ms = mono_ms};
}

void sync_ask(struct sync *s, const struct admit_request *q, int64_t mono_ms)
{
	struct client_op op = sync_ask_op(q);

	ask(s, &op, mono_ms, SYNC_ASK_MS);
}

void sync_ask_pass(struct sync *s, const struct pass *p, int64_t mono_ms)
{
	struct client_op op = sync_pass_op(p);

	ask(s, &op, mono_ms, SYNC_ASK_PASS_MS);
}

/* Another live gate. */
static bool other_gates(const struct sync *s)
{
	for (size_t i = 0; i < s->roster.count; i++)
		if (s->roster.item[i].live &&
		    s->roster.item[i].role == ROSTER_GATE &&
		    s->roster.item[i].device != s->enrolment.device)
			return true;
	return false;
}

bool sync_gate_asks(const struct sync *s, int64_t mono_ms)
{
	return other_gates(s) && sync_judges(s, mono_ms);
}

const struct roster_device *sync_other_gate(const struct sync *s,
    const struct pass_subject *subject, int64_t mono_ms)
{
	const struct roster_device *home;

	if (sync_judges(s, mono_ms))
		return NULL;
	home = gate_home(&s->roster, subject);
	return home == NULL || home->device == s->enrolment.device ? NULL
								   : home;
}

enum sync_ask sync_asked(struct sync *s, int64_t mono_ms,
    struct client_answer *out)
{
	enum sync_ask state = s->ask.state;

	memset(out, 0, sizeof(*out));
	if (state == SYNC_ASK_WAITING &&
	    (mono_ms >= s->ask.until_ms || s->state != SYNC_SERVING)) {
		/* The next visitor need not wait for nothing; nor for a long
		 * poll to end until the hub is found again. */
		if (s->up && s->lane[LANE_FEED].id != 0)
			s->lane[LANE_FEED] = (struct lane){.next_ms = mono_ms};
		sync_went_down(s);
		s->lane[LANE_ASK].id = 0;
		state = SYNC_ASK_NO_ANSWER;
	}
	if (state == SYNC_ASK_ANSWERED)
		*out = s->ask.answer;
	if (state != SYNC_ASK_WAITING)
		s->ask.state = SYNC_ASK_NONE;
	return state;
}

/* ---- how it stands ---- */

bool sync_up(const struct sync *s)
{
	return s->up && s->state == SYNC_SERVING;
}

bool sync_judges(const struct sync *s, int64_t mono_ms)
{
	return sync_up(s) && mono_ms >= s->cannot_ms;
}

int64_t sync_data_s(struct sync *s, int64_t now_s, int64_t mono_ms)
{
	int32_t today = civil_local(now_s, s->o.offset_s).day;
	struct cache_feed feed;

	if (s->today == today && s->day[0].fresh_ms > 0)
		return now_s - (mono_ms - s->day[0].fresh_ms) / 1000;
	if (cache_feed_state(s->o.cache, today, &feed, NULL) < 0)
		return 0;
	return feed.synced_s;
}

int64_t sync_hub_time_s(const struct sync *s, int64_t mono_ms)
{
	return s->hub_time_s == 0
	    ? 0
	    : s->hub_time_s + (mono_ms - s->hub_time_ms) / 1000;
}

enum sync_state sync_state(const struct sync *s)
{
	return s->state;
}

void sync_status(struct sync *s, int64_t now_s, int64_t mono_ms,
    struct sync_status *out)
{
	memset(out, 0, sizeof(*out));
	out->state = s->state;
	out->up = sync_up(s);
	out->roster = s->roster.version;
	if (s->heard)
		out->heard_s = now_s - (mono_ms - s->heard_ms) / 1000;
	out->hub_time_s = sync_hub_time_s(s, mono_ms);
	out->data_s = sync_data_s(s, now_s, mono_ms);
	if (journal_count_waiting(s->o.journal, &out->waiting, NULL) < 0)
		out->waiting = 0;
	if (journal_count_stuck(s->o.journal, &out->stuck, NULL) < 0)
		out->stuck = 0;
	out->logged = s->log.logged;
	out->log_size = (int64_t)s->log.size;
}

const struct roster_device *sync_elsewhere(const struct sync *s,
    const struct code_hash *booking)
{
	const struct roster_device *home = roster_home(&s->roster, booking);

	return home == NULL || home->device == s->enrolment.device ? NULL
								   : home;
}

const char *sync_device_name(const struct sync *s, uint32_t device)
{
	const struct roster_device *d = roster_find(&s->roster, device);

	return d == NULL ? "" : d->name;
}

const struct roster *sync_roster(const struct sync *s)
{
	return &s->roster;
}
