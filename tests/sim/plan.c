/* What will happen on a day: who comes when, and what fails. */
#include <stdio.h>
#include <string.h>

#include "judge.h"

enum { FIRST_SLOT = 8 * 60, SLOTS = 8, SLOT_MIN = 15 };

static int64_t between(struct world *w, int32_t lo_min, int32_t hi_min)
{
	return world_between(w, lo_min, hi_min);
}

/* ---- who comes ---- */

static void draw_code(struct world *w, struct booking_plan *b)
{
	while (!code_issue(rng_next(&w->rng) >> 19, &b->code))
		;
	b->hash = digest_code(&w->kiosk[0].keys.office, &b->code);
}

static struct booking_plan *draw_booking(struct world *w)
{
	struct booking_plan *b = &w->booking[w->bookings++];

	memset(b, 0, sizeof(*b));
	draw_code(w, b);
	b->day = w->day;
	b->start_min = (int16_t)(FIRST_SLOT +
	    SLOT_MIN * rng_range(&w->rng, 0, SLOTS - 1));
	b->end_min = (int16_t)(b->start_min + SLOT_MIN);
	b->service = (uint8_t)rng_range(&w->rng, 1, SERVICES);
	b->booking_class = rng_chance(&w->rng, 100) ? CLASS_PRIORITY
						    : CLASS_BOOKED;
	b->status = BOOKING_CONFIRMED;
	b->exists = true;
	return b;
}

static struct person *draw_person(struct world *w, int booking, int64_t at_ms)
{
	int i = w->persons++;
	struct person *p = &w->person[i];

	memset(p, 0, sizeof(*p));
	p->booking = booking;
	p->honest = true;
	p->kiosk = (int)rng_range(&w->rng, 0, w->kiosks - 1);
	p->wants_paper = rng_chance(&w->rng, 600);
	/* What is still planned for a person of yesterday is another's. */
	p->serial = (int64_t)w->day_count << 20;
	world_at(w, at_ms, person_act, i, p->serial << 8, NULL);
	return p;
}

/* The channel thinks better of it. */
static void draw_change(struct world *w, int booking, int64_t at_ms)
{
	static const uint8_t status[] = {BOOKING_CANCELLED, BOOKING_CANCELLED,
	    BOOKING_RESCHEDULED, BOOKING_BLOCKED};

	world_at(w, at_ms, channel_change, booking,
	    status[rng_range(&w->rng, 0, 3)], NULL);
}

/* In time: after the doors open, and so that a walk or two and a kiosk that
 * starts again do not make it late. */
static void draw_booked(struct world *w)
{
	struct booking_plan *b = draw_booking(w);
	int index = w->bookings - 1;
	int32_t first = b->start_min - 28, last = b->end_min + 10;
	struct person *p;
	int64_t at_ms;

	if (first < PERSONS_MIN)
		first = PERSONS_MIN;
	switch (rng_range(&w->rng, 0, 19)) {
	case 0: /* too early */
		first = b->start_min - 45;
		last = b->start_min - 32;
		break;
	case 1: /* too late */
		first = b->end_min + 31;
		last = b->end_min + 45;
		break;
	default:
		break;
	}
	if (first < KIOSKS_MIN + 5)
		first = KIOSKS_MIN + 5;
	if (last < first)
		last = first;
	at_ms = between(w, first, last);
	p = draw_person(w, index, at_ms);
	p->in_time = last < b->end_min + 30;
	p->again = rng_chance(&w->rng, 60) ? 1 : 0;
	/* While the owner stands there, or at any time. */
	if (rng_chance(&w->rng, 60))
		draw_change(w, index,
		    at_ms + rng_range(&w->rng, -4 * SECOND, 3 * SECOND));
	else if (rng_chance(&w->rng, 60))
		draw_change(w, index,
		    between(w, POST_MIN + 1, EVENING_MIN - 30));
}

/* One code at several kiosks at once. */
static void draw_brokers(struct world *w)
{
	struct booking_plan *b = draw_booking(w);
	int index = w->bookings - 1, n = (int)rng_range(&w->rng, 2, 3);
	int64_t at_ms = between(w,
	    b->start_min < PERSONS_MIN ? PERSONS_MIN : b->start_min,
	    b->end_min + 10);

	for (int i = 0; i < n; i++) {
		struct person *p = draw_person(w, index,
		    at_ms + rng_range(&w->rng, 0, 3 * SECOND));

		p->honest = false;
		p->kiosk = (p->kiosk + i) % w->kiosks;
	}
}

/* A code that no booking has. */
static void draw_stranger(struct world *w)
{
	struct booking_plan *b = draw_booking(w);

	b->exists = false;
	draw_person(w, w->bookings - 1,
	    between(w, PERSONS_MIN, PERSONS_MIN + 120));
}

/* A booking made during the day; its owner is on the way. */
static void draw_late_booking(struct world *w)
{
	struct booking_plan *b = draw_booking(w);
	int64_t at_ms = between(w, PERSONS_MIN, b->start_min);
	struct person *p;

	b->exists = false;
	world_at(w, at_ms, channel_change, w->bookings - 1, BOOKING_CONFIRMED,
	    NULL);
	p = draw_person(w, w->bookings - 1,
	    at_ms + rng_range(&w->rng, MINUTE, 20 * MINUTE));
	p->in_time = true;
	if (b->start_min - 28 > PERSONS_MIN + 30)
		p->in_time = false; /* may be told to come later */
}

static void draw_people(struct world *w)
{
	int n = (int)rng_range(&w->rng, 40, 120);

	w->bookings = w->persons = 0;
	while (w->persons < n) {
		int64_t kind = rng_range(&w->rng, 0, 99);

		if (kind < 72)
			draw_booked(w);
		else if (kind < 78)
			draw_brokers(w);
		else if (kind < 82)
			draw_stranger(w);
		else if (kind < 87)
			draw_late_booking(w);
		else
			draw_person(w, -1,
			    between(w, PERSONS_MIN, PERSONS_MIN + 150));
	}
	w->totals.persons += w->persons;
}

/* ---- the day ---- */

static void morning(struct world *w, const struct happening *h)
{
	(void)h;
	hubhost_start(w);
	if (!channel_slots(w) || !channel_post(w, 0, w->bookings))
		world_fatal(w, "the hub takes no bookings");
}

void plan_office(struct world *w)
{
	w->kiosks = (int)rng_range(&w->rng, 2, KIOSKS);
}

void plan_day(struct world *w)
{
	w->draining = false;
	w->enrolled_today = 0;
	draw_people(w);
	world_at(w, world_minute_ms(w, POST_MIN), morning, 0, 0, NULL);
	fate_day(w);
}
