/* A visitor's question, and how it stands with the hub. */
#include "sync_inner.h"

#include <string.h>

/* ---- a visitor's question ---- */

void sync_ask(struct sync *s, const struct admit_request *q, int64_t mono_ms)
{
	s->ask.state = SYNC_ASK_WAITING;
	s->ask.q = *q;
	s->ask.until_ms = mono_ms + SYNC_ASK_MS;
	/* An earlier visitor's may still be on its way: its answer is no
	 * longer waited for. */
	s->lane[LANE_ASK] = (struct lane){.next_ms = mono_ms};
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
