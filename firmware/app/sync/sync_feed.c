/* What the hub's feed says, into the cache. */
#include "sync_inner.h"

#include <errno.h>

static struct sync_day *day_of(struct sync *s, int32_t day)
{
	int32_t at = day - s->today;

	return at < 0 || at > SYNC_DAYS_AHEAD ? NULL : &s->day[at];
}

static void fresh(struct sync *s, int32_t day, int64_t mono_ms)
{
	struct sync_day *d = day_of(s, day);

	if (d == NULL)
		return;
	d->fresh_ms = mono_ms;
	d->next_ms = mono_ms + CARE_MS;
}

static void not_before(struct sync *s, int32_t day, int64_t next_ms)
{
	struct sync_day *d = day_of(s, day);

	if (d != NULL && d->next_ms < next_ms)
		d->next_ms = next_ms;
}

void sync_feed_restart(struct sync *s, int32_t day)
{
	struct err e = {0};

	sync_say(s, true, "hub: the bookings of a day are loaded anew");
	/* A hub whose memory went back has lost our admissions too, of earlier
	 * days as well. First: a crash between the two must not forget it. */
	if (sync_resend(s, 0) == 0 &&
	    cache_feed_restart(s->o.cache, day, &e) < 0)
		sync_say(s, true, "%s", e.text);
}

/* True when the page says only that nothing happened. */
static bool nothing_new(const struct cache_feed *feed,
    const struct feed_page *p)
{
	return p->n == 0 && !p->more && feed->whole &&
	    feed->epoch == p->epoch && feed->at == p->from &&
	    p->to == p->from && feed_digest_eq(&feed->digest, &p->digest);
}

static int apply(struct sync *s, const struct feed_page *p, int64_t now_s,
    struct err *e)
{
	struct cache_feed feed;
	int r = cache_feed_state(s->o.cache, p->day, &feed, e);

	if (r < 0)
		return r;
	if (nothing_new(&feed, p))
		return PAGE_NOTHING_NEW;
	r = cache_feed_apply(s->o.cache, p, now_s, e);
	if (r == -EILSEQ)
		sync_feed_restart(s, p->day);
	if (r == -ESTALE)
		return err_set(e, r,
		    "hub: a page of the feed that was not "
		    "asked for");
	return r < 0 ? r : p->more ? PAGE_MORE : PAGE_LAST;
}

/* 304: only of a day that is there. */
static int unchanged(struct sync *s, int32_t day, int64_t mono_ms)
{
	struct cache_feed feed;
	struct err e = {0};
	int r = cache_feed_state(s->o.cache, day, &feed, &e);

	if (r == 0 && !feed.whole)
		r = err_set(&e, -EBADMSG,
		    "hub: nothing new of a day that is not there");
	if (r < 0) {
		sync_say(s, true, "%s", e.text);
		return r;
	}
	fresh(s, day, mono_ms);
	return PAGE_NOTHING_NEW;
}

int sync_feed_came(struct sync *s, int32_t day, int status, struct str body,
    int64_t now_s, int64_t mono_ms)
{
	struct feed_page page;
	struct err e = {0};
	int r;

	if (status == 304)
		return unchanged(s, day, mono_ms);
	r = client_feed(body, s->feed, FEED_PAGE_MAX, &page, &e);
	if (r == 0 && (page.office != s->enrolment.office || page.day != day))
		r = err_set(&e, -EBADMSG,
		    "hub: a page of the feed of another day or office");
	if (r == 0)
		r = apply(s, &page, now_s, &e);
	if (r < 0) {
		sync_say(s, true, "%s", e.text);
		not_before(s, day,
		    mono_ms + (r == -EOPNOTSUPP ? REFUSED_MS : 1000));
		return r;
	}
	if (page.roster > s->roster.version && page.roster > s->roster_wanted) {
		s->roster_wanted = page.roster;
		s->roster_next_ms = mono_ms;
	}
	if (!page.more)
		fresh(s, day, mono_ms);
	return r;
}
