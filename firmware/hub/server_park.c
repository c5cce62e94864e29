/*
 * Parked long-polls, and all deadlines.
 *
 * A change that comes between a look at the store and the parking must not be
 * missed. So each change is numbered before anybody is woken; who parks says
 * which number it had read before it looked, and looks again when its slot
 * has changed since. A change is told after its commit, so one that the look
 * did not see has a higher number.
 */
#define _GNU_SOURCE /* pthread_cond_clockwait */
#include "server_inner.h"

#include <string.h>
#include <sys/socket.h>
#include <time.h>

void server_park_hold(struct client **first, struct client *c)
{
	c->held_next = *first;
	if (c->held_next != NULL)
		c->held_next->held_at = &c->held_next;
	c->held_at = first;
	*first = c;
}

void server_park_release(struct client *c)
{
	if (c->held_next != NULL)
		c->held_next->held_at = c->held_at;
	*c->held_at = c->held_next;
	c->held_next = NULL;
	c->held_at = NULL;
	c->deadline_ms = INT64_MAX;
}

void server_park_deadline(struct client *c, int64_t deadline_ms)
{
	struct server *s = c->server;

	c->deadline_ms = deadline_ms;
	if (deadline_ms >= s->wake_ms)
		return;
	s->wake_ms = deadline_ms;
	pthread_cond_signal(&s->clock);
}

static struct slot *slot_of(struct server *s, uint32_t office, int32_t day)
{
	uint32_t h = (office * 2654435761U) ^ ((uint32_t)day * 40503U);

	return &s->slot[(h ^ h >> 16) % SERVER_SLOTS];
}

static bool same_day(const struct client *c, uint32_t office, int32_t day)
{
	return c->answer.poll.office == office && c->answer.poll.day == day;
}

static void wake(struct client *c, bool expired)
{
	c->server->parked--;
	server_park_release(c);
	c->expired = expired;
	c->since_ns = server_mono_ns();
	server_work_add(c);
}

/* A device has one poll a day: another one says that it gave up the first. */
static void supersede(struct slot *slot, const struct hub_poll *poll)
{
	struct client *c = slot->first, *next;

	for (; c != NULL; c = next) {
		next = c->held_next;
		if (same_day(c, poll->office, poll->day) &&
		    c->answer.poll.device == poll->device)
			wake(c, true);
	}
}

bool server_park(struct client *c, uint64_t changes)
{
	const struct hub_poll *poll = &c->answer.poll;
	struct server *s = c->server;
	struct slot *slot = slot_of(s, poll->office, poll->day);
	bool park;

	/* What wakes it in between does not make its wait longer. */
	if (c->until_ms == 0)
		c->until_ms = server_mono_ms() + (int64_t)poll->wait_s * 1000;
	pthread_mutex_lock(&s->lock);
	park = slot->changed <= changes && !s->draining;
	if (park) {
		supersede(slot, poll);
		c->work_ns += server_mono_ns() - c->since_ns;
		server_park_hold(&slot->first, c);
		server_park_deadline(c, c->until_ms);
		s->parked++;
	}
	pthread_mutex_unlock(&s->lock);
	return park;
}

static void slot_changed(struct slot *slot, uint32_t office, int32_t day)
{
	struct client *c, *next;

	for (c = slot->first; c != NULL; c = next) {
		next = c->held_next;
		if (same_day(c, office,
			day == HUB_DAY_ALL ? c->answer.poll.day : day))
			wake(c, false);
	}
}

void server_park_changed(void *server, uint32_t office, int32_t day)
{
	struct server *s = server;
	struct slot *first = s->slot, *end = s->slot + SERVER_SLOTS;

	if (day != HUB_DAY_ALL) {
		first = slot_of(s, office, day);
		end = first + 1;
	}
	pthread_mutex_lock(&s->lock);
	s->changes++;
	for (; first < end; first++) {
		first->changed = s->changes;
		slot_changed(first, office, day);
	}
	pthread_mutex_unlock(&s->lock);
}

void server_park_wake(struct server *s, bool expired)
{
	pthread_mutex_lock(&s->lock);
	s->changes++;
	for (size_t i = 0; i < SERVER_SLOTS; i++) {
		s->slot[i].changed = s->changes;
		while (s->slot[i].first != NULL)
			wake(s->slot[i].first, expired);
	}
	pthread_mutex_unlock(&s->lock);
}

/* The connection is libmicrohttpd's: it finds an end of the stream there. */
static void cut(struct client *c)
{
	c->deadline_ms = INT64_MAX;
	shutdown(c->fd, SHUT_RDWR);
	atomic_fetch_add(&c->server->metrics.slow, 1);
}

/* Under the lock: does what is due, says what is next. Who asks for health
 * and was not answered is added to *late. */
static int64_t do_due(struct server *s, int64_t now_ms, struct client **late)
{
	int64_t next_ms = INT64_MAX;

	for (struct client *c = s->clients; c != NULL; c = c->next) {
		if (c->deadline_ms > now_ms) {
			if (c->deadline_ms < next_ms)
				next_ms = c->deadline_ms;
		} else if (c->held_at == NULL) {
			cut(c);
		} else if (c->job == JOB_HEALTH) {
			server_park_release(c);
			c->queue_next = *late;
			*late = c;
		} else {
			wake(c, true);
		}
	}
	return next_ms;
}

static void answer_late(struct client *first)
{
	struct client *c;

	while ((c = first) != NULL) {
		first = c->queue_next;
		server_work_health(c, 503, "timeout\n");
	}
}

static void wait_until(struct server *s, int64_t until_ms)
{
	struct timespec t = {until_ms / 1000, until_ms % 1000 * 1000000};

	if (until_ms == INT64_MAX)
		pthread_cond_wait(&s->clock, &s->lock);
	else
		pthread_cond_clockwait(&s->clock, &s->lock, CLOCK_MONOTONIC,
		    &t);
}

void *server_park_time(void *server)
{
	struct server *s = server;
	struct client *late = NULL;

	pthread_mutex_lock(&s->lock);
	while (!s->stopping) {
		int64_t now_ms = server_mono_ms();

		if (s->wake_ms <= now_ms) {
			s->wake_ms = do_due(s, now_ms, &late);
			/* Those that end at about the same time end at once. */
			if (s->wake_ms < now_ms + TICK_MS)
				s->wake_ms = now_ms + TICK_MS;
			pthread_mutex_unlock(&s->lock);
			answer_late(late);
			late = NULL;
			pthread_mutex_lock(&s->lock);
			continue;
		}
		wait_until(s, s->wake_ms);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}
