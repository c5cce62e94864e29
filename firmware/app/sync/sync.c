#include "sync_inner.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/core/retry.h"

#define NEVER INT64_MAX

void sync_say(struct sync *s, bool bad, const char *fmt, ...)
{
	char text[320];
	va_list ap;

	if (s->o.say == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	s->o.say(s->o.ctx, bad, text);
}

int sync_open(const struct sync_options *o, struct sync **out, struct err *e)
{
	struct sync *s = calloc(1, sizeof(*s));
	int64_t stuck = 0;
	int r;

	*out = NULL;
	if (s == NULL)
		return err_set(e, -ENOMEM, "sync: out of memory");
	s->o = *o;
	s->enrolment = *o->enrolment;
	s->state = SYNC_SERVING;
	s->claims_due = true;
	s->batch = BATCH;
	r = cache_roster(o->cache, &s->roster, e);
	/* What a hub could not take is tried once at each start: it may have
	 * been updated. */
	if (r == 0)
		r = journal_count_stuck(o->journal, &stuck, e);
	if (r == 0 && stuck > 0)
		r = journal_retry_stuck(o->journal, e);
	if (r < 0) {
		sync_close(s);
		return r;
	}
	*out = s;
	return 0;
}

void sync_close(struct sync *s)
{
	free(s);
}

/* Counters are stored in blocks before they are used; 0 = the journal can't
 * store one. */
static uint64_t next_counter(struct sync *s)
{
	struct err e = {0};
	uint64_t first;

	if (s->counter == s->counter_end) {
		if (journal_counters(s->o.journal, COUNTERS, &first, &e) < 0) {
			if (!s->full)
				sync_say(s, true, "%s", e.text);
			s->full = true;
			return 0;
		}
		s->full = false;
		s->counter = first;
		s->counter_end = first + COUNTERS;
	}
	return s->counter++;
}

void sync_fail(struct sync *s, struct lane *l, int64_t mono_ms,
    uint32_t retry_after_s)
{
	int64_t wait;

	l->fails++;
	wait = retry_wait_ms(l->fails, s->o.random(s->o.ctx));
	if (retry_after_s > RETRY_AFTER_S)
		retry_after_s = RETRY_AFTER_S;
	if (wait < (int64_t)retry_after_s * 1000)
		wait = (int64_t)retry_after_s * 1000;
	l->next_ms = mono_ms + wait;
}

void sync_went_down(struct sync *s)
{
	if (s->up)
		sync_say(s, true,
		    "hub: no answer, this terminal goes on "
		    "with what it has");
	s->up = false;
}

static void came_up(struct sync *s, int64_t mono_ms)
{
	if (!s->up)
		sync_say(s, false, "hub: it answers");
	s->up = s->heard = true;
	s->heard_ms = mono_ms;
}

/* What waits for its turn after the hub was away need not wait longer. */
static void hasten(struct sync *s, int64_t mono_ms)
{
	for (int i = 0; i < LANES; i++)
		if (s->lane[i].id == 0 && s->lane[i].fails > 0) {
			s->lane[i].next_ms = mono_ms;
			s->lane[i].fails = 0;
		}
}

/* ---- what to ask ---- */

static bool start(struct sync *s, enum lane_name name, int64_t mono_ms,
    int64_t timeout_ms, struct frame_request *out)
{
	struct lane *l = &s->lane[name];

	l->counter = next_counter(s);
	if (l->counter == 0) {
		sync_fail(s, l, mono_ms, 0);
		return false;
	}
	if (++s->id == 0)
		s->id = 1;
	l->id = s->id;
	/* The link has a little longer to tell of its own time-out. */
	l->until_ms = mono_ms + timeout_ms + 1000;
	out->id = l->id;
	out->counter = l->counter;
	out->timeout_ms = (uint32_t)timeout_ms;
	return true;
}

static bool post_claims(struct sync *s, enum lane_name name,
    const struct client_op *op, size_t n, int64_t mono_ms, int64_t timeout_ms,
    struct frame_request *out)
{
	struct cache_feed feed;
	struct client_at at = {.day = s->today};
	struct buf b;
	bool known = cache_feed_state(s->o.cache, s->today, &feed, NULL) == 0 &&
	    feed.epoch > 0;

	at.epoch = feed.epoch;
	at.after = feed.at;
	buf_init(&b, s->body, sizeof(s->body));
	client_claims_body(&b, op, n, &at, known ? 1 : 0);
	if (b.full || !start(s, name, mono_ms, timeout_ms, out))
		return false;
	out->method = str_from("POST");
	out->path = str_from("/v1/claims");
	out->body = buf_view(&b);
	return true;
}

static bool next_log(struct sync *s, int64_t mono_ms, struct frame_request *out)
{
	struct buf b;

	buf_init(&b, s->body, sizeof(s->body));
	if (!sync_log_next(s, mono_ms, &b) || b.full ||
	    !start(s, LANE_LOG, mono_ms, ANSWER_MS, out))
		return false;
	out->method = str_from("POST");
	out->path = str_from("/v1/audit");
	out->body = buf_view(&b);
	return true;
}

static bool get(struct sync *s, enum lane_name name, struct buf *path,
    int64_t mono_ms, int64_t timeout_ms, struct frame_request *out)
{
	if (path->full || !start(s, name, mono_ms, timeout_ms, out))
		return false;
	out->method = str_from("GET");
	out->path = str_from(buf_cstr(path));
	out->body = str_from("");
	return true;
}

static bool next_ask(struct sync *s, int64_t mono_ms, struct frame_request *out)
{
	if (s->ask.state != SYNC_ASK_WAITING || s->lane[LANE_ASK].id != 0 ||
	    mono_ms >= s->ask.until_ms || s->lane[LANE_ASK].next_ms > mono_ms)
		return false;
	return post_claims(s, LANE_ASK, &s->ask.op, 1, mono_ms,
	    s->ask.until_ms - mono_ms, out);
}

static bool next_claims(struct sync *s, int64_t mono_ms,
    struct frame_request *out)
{
	if (!s->claims_due)
		return false;
	s->ops = sync_gather(s, mono_ms);
	if (s->ops == 0) {
		s->claims_due = false;
		return false;
	}
	return post_claims(s, LANE_CLAIMS, s->op, s->ops, mono_ms, ANSWER_MS,
	    out);
}

static bool ask_feed(struct sync *s, enum lane_name name, int32_t day,
    int32_t wait_s, int64_t mono_ms, struct frame_request *out)
{
	struct cache_feed feed;
	struct err e = {0};
	struct buf path;

	if (cache_feed_state(s->o.cache, day, &feed, &e) < 0) {
		sync_say(s, true, "%s", e.text);
		sync_feed_restart(s, day);
		sync_fail(s, &s->lane[name], mono_ms, 0);
		return false;
	}
	/* Where nothing was ever taken, everything is news. */
	if (feed.epoch == 0 || !feed.whole)
		wait_s = 0;
	buf_init(&path, s->path, sizeof(s->path) - 1);
	client_feed_path(&path, s->enrolment.office, day, feed.epoch, feed.at,
	    FEED_LIMIT, wait_s);
	return get(s, name, &path, mono_ms,
	    wait_s > 0 ? wait_s * 1000 + POLL_EXTRA_MS : ANSWER_MS, out);
}

static bool next_feed(struct sync *s, int64_t mono_ms,
    struct frame_request *out)
{
	bool poll = s->up && !s->o.once;

	s->feed_day = s->today;
	s->poll_least_ms = poll ? mono_ms + POLL_LEAST_MS : mono_ms;
	/* The first one after a silence is quick: it finds out whether the
	 * hub is there. */
	return ask_feed(s, LANE_FEED, s->today, poll ? SYNC_POLL_S : 0, mono_ms,
	    out);
}

static bool next_care(struct sync *s, int64_t mono_ms,
    struct frame_request *out)
{
	struct buf path;

	buf_init(&path, s->path, sizeof(s->path) - 1);
	if (mono_ms >= s->time_next_ms) {
		for (size_t i = 0; i < sizeof(s->nonce); i += 4) {
			uint32_t r = s->o.random(s->o.ctx);

			memcpy(s->nonce + i, &r, 4);
		}
		s->care = CARE_TIME;
		client_time_path(&path, s->nonce);
		return get(s, LANE_CARE, &path, mono_ms, ANSWER_MS, out);
	}
	if (mono_ms >= s->roster_next_ms) {
		s->care = CARE_ROSTER;
		client_roster_path(&path, s->enrolment.office);
		return get(s, LANE_CARE, &path, mono_ms, ANSWER_MS, out);
	}
	for (int32_t i = 1; i <= s->o.days_ahead; i++) {
		if (s->day[i].next_ms > mono_ms)
			continue;
		s->care = CARE_DAY;
		s->care_day = s->today + i;
		return ask_feed(s, LANE_CARE, s->care_day, 0, mono_ms, out);
	}
	return false;
}

/* The days move up; a clock that jumped begins anew. */
static void set_today(struct sync *s, int64_t now_s)
{
	int32_t today = civil_local(now_s, s->o.offset_s).day;
	int32_t by = today - s->today;

	if (by == 0)
		return;
	if (s->today == 0 || by < 0 || by > SYNC_DAYS_AHEAD) {
		memset(s->day, 0, sizeof(s->day));
	} else {
		memmove(&s->day[0], &s->day[by],
		    sizeof(s->day) - (size_t)by * sizeof(s->day[0]));
		memset(&s->day[SYNC_DAYS_AHEAD + 1 - by], 0,
		    (size_t)by * sizeof(s->day[0]));
	}
	memset(s->numbers_next_ms, 0, sizeof(s->numbers_next_ms));
	memset(s->pools_next_ms, 0, sizeof(s->pools_next_ms));
	s->claims_due = true;
	s->today = today;
	/* A hub that was put back while nobody watched does not know that it
	 * forgot: the op_ids make it harmless to tell it again. */
	(void)sync_resend(s, today - RESEND_DAYS);
}

/* A link that forgot to answer is as good as no answer. */
static void give_up(struct sync *s, int64_t mono_ms)
{
	for (int i = 0; i < LANES; i++) {
		struct lane *l = &s->lane[i];

		if (l->id == 0 || mono_ms < l->until_ms)
			continue;
		l->id = 0;
		sync_went_down(s);
		sync_fail(s, l, mono_ms, 0);
	}
}

static bool idle(const struct sync *s, enum lane_name name, int64_t mono_ms)
{
	return s->lane[name].id == 0 && s->lane[name].next_ms <= mono_ms;
}

bool sync_next(struct sync *s, int64_t now_s, int64_t mono_ms,
    struct frame_request *out)
{
	memset(out, 0, sizeof(*out));
	out->if_none_match = out->body = str_from("");
	if (s->state != SYNC_SERVING)
		return false;
	set_today(s, now_s);
	give_up(s, mono_ms);
	if (next_ask(s, mono_ms, out))
		return true;
	if (idle(s, LANE_FEED, mono_ms) && next_feed(s, mono_ms, out))
		return true;
	/* Only the feed knocks while nobody answers; the rest would only
	 * stand in the way of a visitor's question. */
	if (!s->up)
		return false;
	if (idle(s, LANE_CLAIMS, mono_ms) && next_claims(s, mono_ms, out))
		return true;
	if (idle(s, LANE_CARE, mono_ms) && next_care(s, mono_ms, out))
		return true;
	return idle(s, LANE_LOG, mono_ms) && next_log(s, mono_ms, out);
}

static int64_t earliest(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t sync_deadline_ms(const struct sync *s)
{
	int64_t due = NEVER;

	if (s->state != SYNC_SERVING)
		return NEVER;
	for (int i = 0; i < LANES; i++)
		if (s->lane[i].id != 0)
			due = earliest(due, s->lane[i].until_ms);
	if (s->ask.state == SYNC_ASK_WAITING)
		due = earliest(due, s->ask.until_ms);
	if (s->lane[LANE_FEED].id == 0)
		due = earliest(due, s->lane[LANE_FEED].next_ms);
	if (s->up && s->claims_due && s->lane[LANE_CLAIMS].id == 0)
		due = earliest(due, s->lane[LANE_CLAIMS].next_ms);
	if (s->up && s->lane[LANE_LOG].id == 0) {
		int64_t log = sync_log_deadline_ms(s);

		due = earliest(due,
		    log < s->lane[LANE_LOG].next_ms ? s->lane[LANE_LOG].next_ms
						    : log);
	}
	if (s->up && s->lane[LANE_CARE].id == 0) {
		int64_t care = earliest(s->time_next_ms, s->roster_next_ms);

		for (int32_t i = 1; i <= s->o.days_ahead; i++)
			care = earliest(care, s->day[i].next_ms);
		due = earliest(due,
		    care < s->lane[LANE_CARE].next_ms
			? s->lane[LANE_CARE].next_ms
			: care);
	}
	return due;
}

/* ---- what came ---- */

static void stop(struct sync *s, enum sync_state state, const char *sentence)
{
	struct err e = {0};

	s->state = state;
	s->up = false;
	sync_say(s, true, "%s", sentence);
	if (state != SYNC_REVOKED)
		return;
	memset(&s->roster, 0, sizeof(s->roster));
	if (cache_forget(s->o.cache, &e) < 0)
		sync_say(s, true, "%s", e.text);
}

static bool asked_feed(const struct sync *s, enum lane_name name)
{
	return name == LANE_FEED || (name == LANE_CARE && s->care == CARE_DAY);
}

/* What CARE asked about was refused or malformed: the rest has its turn. */
static void put_off(struct sync *s, int64_t mono_ms)
{
	int64_t next_ms = mono_ms + CARE_AGAIN_MS;
	int32_t at = s->care_day - s->today;

	if (s->care == CARE_TIME)
		s->time_next_ms = next_ms;
	else if (s->care == CARE_ROSTER)
		s->roster_next_ms = next_ms;
	else if (at >= 0 && at <= SYNC_DAYS_AHEAD &&
	    s->day[at].next_ms < next_ms)
		s->day[at].next_ms = next_ms;
}

static void fail_lane(struct sync *s, enum lane_name name, int64_t mono_ms,
    uint32_t retry_after_s)
{
	sync_fail(s, &s->lane[name], mono_ms, retry_after_s);
	if (name == LANE_CARE)
		put_off(s, mono_ms);
}

/* A signed error. */
static void came_error(struct sync *s, enum lane_name name,
    const struct frame_answer *a, int64_t now_s, int64_t mono_ms)
{
	struct client_error error;
	struct err e = {0};

	if (client_error(a->body, &error, &e) < 0) {
		sync_say(s, true, "%s", e.text);
	} else if (a->status == 403 && strcmp(error.word, "revoked") == 0) {
		stop(s, SYNC_REVOKED,
		    "hub: it closed this terminal; its bookings are wiped, "
		    "enrol it again to use it");
		return;
	} else if ((a->status == 403 &&
		       strcmp(error.word, "unknown_device") == 0) ||
	    (a->status == 409 && strcmp(error.word, "re_enrol") == 0)) {
		stop(s, SYNC_RE_ENROL,
		    "hub: it knows a newer state of this terminal, or none; "
		    "enrol it again");
		return;
	} else if (a->status == 409 && strcmp(error.word, "epoch") == 0) {
		if (asked_feed(s, name))
			sync_feed_restart(s,
			    name == LANE_FEED ? s->feed_day : s->care_day);
	} else if (name == LANE_LOG) {
		sync_log_refused(s, a->status, &error, now_s, mono_ms);
	} else {
		sync_say(s, true, "hub: %d %s: %s", a->status, error.word,
		    error.detail);
		if (a->status == 503)
			s->cannot_ms = mono_ms + CANNOT_MS;
		if (name == LANE_CLAIMS &&
		    (a->status == 400 || a->status == 413))
			sync_claims_refused(s, error.detail, now_s, mono_ms);
	}
	fail_lane(s, name, mono_ms, a->retry_after_s);
	if (name == LANE_ASK && s->ask.state == SYNC_ASK_WAITING)
		s->ask.state = SYNC_ASK_NO_ANSWER;
}

static int came_time(struct sync *s, const struct frame_answer *a,
    int64_t mono_ms, struct err *e)
{
	int64_t time_s;
	int r = client_time(a->body, s->nonce, &time_s, e);

	if (r < 0)
		return r;
	s->hub_time_s = time_s;
	s->hub_time_ms = mono_ms;
	s->time_next_ms = mono_ms + TIME_MS;
	return 0;
}

static int came_roster(struct sync *s, const struct frame_answer *a,
    int64_t mono_ms, struct err *e)
{
	static struct roster roster;
	int r = client_roster(a->body, s->enrolment.office, &roster, e);

	if (r < 0)
		return r;
	/* A hub that was put back must not bring back a key that was revoked:
	 * its next roster will be newer (`karcis-hub restored`). */
	if (roster.version < s->roster.version && !s->roster_old)
		sync_say(s, true,
		    "hub: its roster %lld is older than %lld, which stays",
		    (long long)roster.version, (long long)s->roster.version);
	s->roster_old = roster.version < s->roster.version;
	/* The log's key has the hub's URL in it, which no version knows of. */
	if (roster.version > s->roster.version ||
	    (roster.version == s->roster.version &&
		strcmp(roster.log_key, s->roster.log_key) != 0)) {
		r = cache_set_roster(s->o.cache, &roster, e);
		if (r < 0)
			return r;
		s->roster = roster;
	}
	s->roster_wanted = s->roster.version;
	s->roster_next_ms = mono_ms + CARE_MS;
	return 0;
}

static int came_care(struct sync *s, const struct frame_answer *a,
    int64_t now_s, int64_t mono_ms, struct err *e)
{
	switch (s->care) {
	case CARE_TIME:
		return came_time(s, a, mono_ms, e);
	case CARE_ROSTER:
		return came_roster(s, a, mono_ms, e);
	case CARE_DAY:
		return sync_feed_came(s, s->care_day, a->status, a->body, now_s,
		    mono_ms);
	case CARES:
		break;
	}
	return -EINVAL;
}

static int came_ask(struct sync *s, const struct frame_answer *a, struct err *e)
{
	struct client_answer answer;
	size_t n;
	int r = client_claims(a->body, &answer, 1, &n, e);

	if (r < 0)
		return r;
	if (s->ask.state != SYNC_ASK_WAITING)
		return 0; /* too late: it went on without */
	if (n != 1 ||
	    memcmp(&answer.op_id, &s->ask.op.op_id, sizeof(answer.op_id)) != 0)
		return err_set(e, -EBADMSG,
		    "hub: it answered another question");
	s->ask.answer = answer;
	s->ask.state = SYNC_ASK_ANSWERED;
	return 0;
}

static int came_whole(struct sync *s, enum lane_name name,
    const struct frame_answer *a, int64_t now_s, int64_t mono_ms, struct err *e)
{
	switch (name) {
	case LANE_ASK:
		return came_ask(s, a, e);
	case LANE_CLAIMS:
		return sync_claims_came(s, a->body, now_s, mono_ms);
	case LANE_FEED:
		return sync_feed_came(s, s->feed_day, a->status, a->body, now_s,
		    mono_ms);
	case LANE_CARE:
		return came_care(s, a, now_s, mono_ms, e);
	case LANE_LOG:
		return sync_log_came(s, a->body, now_s, mono_ms, e);
	case LANES:
		break;
	}
	return -EINVAL;
}

/* The kind of answer each question has. */
static const char *kind_of(const struct sync *s, enum lane_name name)
{
	static const char *const care[CARES] = {"time", "roster", "feed"};

	if (name == LANE_CARE)
		return s->care < CARES ? care[s->care] : "";
	if (name == LANE_LOG)
		return "audit";
	return name == LANE_FEED ? "feed" : "claims";
}

static void came(struct sync *s, enum lane_name name,
    const struct frame_answer *a, int64_t now_s, int64_t mono_ms)
{
	struct lane *l = &s->lane[name];
	struct err e = {0};
	int r;

	if (str_is(a->kind, "error")) {
		came_error(s, name, a, now_s, mono_ms);
		return;
	}
	if (!str_is(a->kind, kind_of(s, name)) ||
	    (a->status != 200 && a->status != 304)) {
		sync_say(s, true, "hub: it answered another question");
		fail_lane(s, name, mono_ms, 0);
		return;
	}
	r = came_whole(s, name, a, now_s, mono_ms, &e);
	if (r < 0) {
		if (e.text[0] != '\0')
			sync_say(s, true, "%s", e.text);
		fail_lane(s, name, mono_ms, 0);
		/* Only an update of this terminal will help. */
		if (r == -EOPNOTSUPP && name == LANE_FEED)
			l->next_ms = mono_ms + REFUSED_MS;
		return;
	}
	if (name == LANE_ASK || name == LANE_CLAIMS)
		s->cannot_ms = 0;
	l->next_ms = mono_ms;
	/* Whether a day that failed before is good its last page tells. */
	if (asked_feed(s, name) && r == PAGE_MORE)
		return;
	l->fails = 0;
	/* A hub that does not hold its answer is not asked for it all the
	 * time. */
	if (name == LANE_FEED && r == PAGE_NOTHING_NEW &&
	    l->next_ms < s->poll_least_ms)
		l->next_ms = s->poll_least_ms;
	/* One round is enough: no poll waits for news. */
	if (s->o.once && name == LANE_FEED && s->day[0].fresh_ms == mono_ms)
		l->next_ms = mono_ms + CARE_MS;
}

/* The hub's word to this device as it is enrolled; one that does not know the
 * device knows no epoch of it. */
static bool genuine(const struct sync *s, const struct lane *l,
    const struct frame_answer *a)
{
	return (a->epoch == s->enrolment.epoch ||
		   (a->epoch == 0 && str_is(a->kind, "error"))) &&
	    client_genuine(s->enrolment.hub_key, s->enrolment.device,
		l->counter, a);
}

void sync_answer(struct sync *s, const struct frame_answer *a, int64_t now_s,
    int64_t mono_ms)
{
	struct lane *l = NULL;
	int i;

	for (i = 0; i < LANES && l == NULL; i++)
		if (a->id != 0 && s->lane[i].id == a->id)
			l = &s->lane[i];
	if (l == NULL || s->state != SYNC_SERVING)
		return;
	l->id = 0;
	/* A proxy's page, a captive portal, a forger: no answer. */
	if (!genuine(s, l, a)) {
		sync_went_down(s);
		sync_fail(s, l, mono_ms,
		    a->retry_after_s < RETRY_AFTER_UNSIGNED_S
			? a->retry_after_s
			: RETRY_AFTER_UNSIGNED_S);
		if (i - 1 == LANE_ASK && s->ask.state == SYNC_ASK_WAITING)
			s->ask.state = SYNC_ASK_NO_ANSWER;
		return;
	}
	if (!s->up)
		hasten(s, mono_ms);
	came_up(s, mono_ms);
	came(s, (enum lane_name)(i - 1), a, now_s, mono_ms);
}

void sync_lost(struct sync *s, int64_t mono_ms)
{
	for (int i = 0; i < LANES; i++)
		if (s->lane[i].id != 0) {
			s->lane[i].id = 0;
			sync_fail(s, &s->lane[i], mono_ms, 0);
		}
	sync_went_down(s);
	if (s->ask.state == SYNC_ASK_WAITING)
		s->ask.state = SYNC_ASK_NO_ANSWER;
}

void sync_poke(struct sync *s, int64_t mono_ms)
{
	s->claims_due = true;
	if (s->lane[LANE_CLAIMS].id == 0 && s->lane[LANE_CLAIMS].fails == 0)
		s->lane[LANE_CLAIMS].next_ms = mono_ms;
}

void sync_poke_all(struct sync *s, int64_t mono_ms)
{
	sync_poke(s, mono_ms);
	s->roster_next_ms = s->time_next_ms = s->log.next_ms = mono_ms;
	for (int i = 0; i <= SYNC_DAYS_AHEAD; i++)
		s->day[i].next_ms = mono_ms;
	for (int i = 0; i < LANES; i++)
		s->lane[i].next_ms = mono_ms;
}
