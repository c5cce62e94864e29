#include "checkin.h"

#include <string.h>

static enum verdict judge_identity(const struct checkin_rules *rules,
    const struct checkin_facts *f, struct decision *d)
{
	uint8_t tries = f->usage.wrong_tries;
	bool fits = f->found && f->birth_given &&
	    (f->booking.birth == 0 || f->booking.birth == f->birth);

	if (!rules->ask_birth_date)
		return VERDICT_UNSET;
	if (tries >= TRIES_MAX)
		return VERDICT_TRIES_USED;
	if (fits)
		return VERDICT_UNSET;
	d->tries_left = (uint8_t)(TRIES_MAX - 1 - tries);
	return VERDICT_MISMATCH;
}

static enum verdict judge_known(const struct checkin_rules *rules,
    const struct checkin_facts *f, int64_t now_s)
{
	bool old = f->last_sync_s == 0 || now_s - f->last_sync_s > DATA_OLD_S;

	if (f->found)
		return f->booking.office == rules->office
		    ? VERDICT_UNSET
		    : VERDICT_OTHER_OFFICE;
	return rules->hub_configured && old ? VERDICT_DATA_OLD
					    : VERDICT_UNKNOWN;
}

static enum verdict judge_status(const struct booking *b)
{
	switch ((enum booking_status)b->status) {
	case BOOKING_UNSET:
		return VERDICT_UNKNOWN;
	case BOOKING_CONFIRMED:
		return VERDICT_UNSET;
	case BOOKING_CANCELLED:
		return VERDICT_CANCELLED;
	case BOOKING_RESCHEDULED:
		return VERDICT_RESCHEDULED;
	case BOOKING_BLOCKED:
		return VERDICT_BLOCKED;
	case BOOKING_REVOKED:
		return VERDICT_REVOKED;
	}
	return VERDICT_UNKNOWN;
}

static enum verdict judge_used(const struct usage *u, int64_t now_s)
{
	if (!u->used)
		return VERDICT_UNSET;
	if (!u->last_print_proven && u->copies == 0 && now_s >= u->used_s &&
	    now_s - u->used_s < COPY_WINDOW_S)
		return VERDICT_USED_COPY;
	return VERDICT_USED;
}

/* First minute of lateness that is too much: the seat is released. */
static int32_t over_min(const struct checkin_rules *rules,
    const struct booking *b)
{
	switch (rules->late) {
	case LATE_UNSET:
	case LATE_REFUSE:
		return b->end_min;
	case LATE_COUNTER:
	case LATE_STANDBY:
		return b->end_min + rules->late_minutes;
	}
	return b->end_min;
}

/* The first minute of the day at which this booking is taken. */
static int32_t arrival_from(const struct checkin_rules *rules,
    const struct booking *b)
{
	int32_t from = b->start_min - rules->early_minutes;
	struct hours_answer a;

	if (from < 0)
		from = 0;
	a = hours_at(&rules->hours, b->day, from);
	return a.state == HOURS_BEFORE ? a.opens_min : from;
}

static enum verdict judge_hours(const struct checkin_rules *rules,
    const struct booking *b, struct civil_now now, struct decision *d)
{
	struct hours_answer a = hours_at(&rules->hours, now.day, now.minute);

	switch (a.state) {
	case HOURS_OPEN:
		return VERDICT_UNSET;
	case HOURS_BEFORE:
		if (over_min(rules, b) <= a.opens_min)
			return VERDICT_TOO_LATE;
		d->from_min = arrival_from(rules, b);
		if (d->from_min < a.opens_min)
			d->from_min = a.opens_min;
		d->until_min = a.opens_end_min;
		return VERDICT_NOT_OPEN_YET;
	case HOURS_UNSET:
	case HOURS_OVER:
		d->day = a.opens_day;
		d->from_min = a.opens_min;
		d->until_min = a.opens_end_min;
		return VERDICT_CLOSED;
	}
	return VERDICT_CLOSED;
}

static enum verdict judge_arrival(const struct checkin_rules *rules,
    const struct booking *b, struct civil_now now, struct decision *d)
{
	int32_t from = arrival_from(rules, b);

	if (now.minute < from) {
		d->from_min = from;
		d->wait_min = (from * 60 - now.second + 59) / 60;
		return VERDICT_TOO_EARLY;
	}
	d->late = now.minute >= b->end_min;
	return now.minute >= over_min(rules, b) ? VERDICT_TOO_LATE
						: VERDICT_UNSET;
}

static int32_t last_closing(const struct hours *h, int32_t day)
{
	enum weekday wd = civil_weekday(day);
	uint8_t n = h->ranges[wd];

	return n == 0 ? 0 : h->range[wd][n - 1].end_min;
}

static int32_t kept_until(const struct checkin_rules *rules,
    const struct booking *b)
{
	int32_t until = over_min(rules, b);
	int32_t closing = last_closing(&rules->hours, b->day);

	return until > closing ? closing : until;
}

static enum verdict judge_class(const struct booking *b, bool late)
{
	switch ((enum booking_class)b->booking_class) {
	case CLASS_BOOKED:
		return late ? VERDICT_ADMIT_LATE : VERDICT_ADMIT_BOOKED;
	case CLASS_PRIORITY:
		return late ? VERDICT_ADMIT_LATE : VERDICT_ADMIT_PRIORITY;
	case CLASS_UNSET:
	case CLASS_WALK_IN:
	case CLASS_STANDBY:
		return VERDICT_UNKNOWN; /* no booking has these */
	}
	return VERDICT_UNKNOWN;
}

/* From a found booking of this office on: status, use, day, time. */
static enum verdict judge_booking(const struct checkin_rules *rules,
    const struct checkin_facts *f, int64_t now_s, struct decision *d)
{
	const struct booking *b = &f->booking;
	struct civil_now now = civil_local(now_s, rules->offset_s);
	enum verdict v = judge_status(b);

	d->day = b->day;
	d->slot_start_min = b->start_min;
	d->slot_end_min = b->end_min;
	if (v == VERDICT_UNSET)
		v = judge_used(&f->usage, now_s);
	if (v == VERDICT_UNSET && b->day != now.day)
		v = VERDICT_OTHER_DAY;
	if (v == VERDICT_UNSET)
		v = judge_hours(rules, b, now, d);
	if (v == VERDICT_UNSET)
		v = judge_arrival(rules, b, now, d);
	if (v == VERDICT_UNSET && f->elsewhere)
		v = VERDICT_OTHER_TERMINAL;
	if (v == VERDICT_UNSET && b->permit_expires_day != 0 &&
	    b->permit_expires_day < now.day)
		v = VERDICT_PERMIT_CHECK;
	if (v != VERDICT_UNSET)
		return v;
	d->until_min = kept_until(rules, b);
	return judge_class(b, d->late);
}

bool checkin_clock_sure(const struct checkin_rules *rules, int64_t now_s)
{
	return now_s >= rules->clock_floor_s &&
	    (rules->clock_ceiling_s == 0 || now_s <= rules->clock_ceiling_s);
}

struct decision checkin_decide(const struct checkin_rules *rules,
    const struct checkin_facts *facts, int64_t now_s)
{
	struct decision d;

	/* VERDICT_UNSET; padding too, for screens are compared as bytes. */
	memset(&d, 0, sizeof(d));
	if (!facts->storage_ok)
		d.verdict = VERDICT_STORAGE_FAULT;
	else if (!checkin_clock_sure(rules, now_s))
		d.verdict = VERDICT_CLOCK_UNSURE;
	else if (facts->rate_limited)
		d.verdict = VERDICT_RATE_LIMITED;
	else
		d.verdict = judge_identity(rules, facts, &d);
	if (d.verdict == VERDICT_UNSET)
		d.verdict = judge_known(rules, facts, now_s);
	if (d.verdict == VERDICT_UNSET)
		d.verdict = judge_booking(rules, facts, now_s, &d);
	return d;
}

static const char *const names[VERDICTS] = {
    [VERDICT_UNSET] = "unset",
    [VERDICT_STORAGE_FAULT] = "storage-fault",
    [VERDICT_CLOCK_UNSURE] = "clock-unsure",
    [VERDICT_BAD_FORM] = "bad-form",
    [VERDICT_BAD_CHECK] = "bad-check",
    [VERDICT_RATE_LIMITED] = "rate-limited",
    [VERDICT_MISMATCH] = "mismatch",
    [VERDICT_TRIES_USED] = "tries-used",
    [VERDICT_OTHER_OFFICE] = "other-office",
    [VERDICT_UNKNOWN] = "unknown",
    [VERDICT_DATA_OLD] = "data-old",
    [VERDICT_BLOCKED] = "blocked",
    [VERDICT_REVOKED] = "revoked",
    [VERDICT_CANCELLED] = "cancelled",
    [VERDICT_RESCHEDULED] = "rescheduled",
    [VERDICT_USED] = "used",
    [VERDICT_USED_COPY] = "used-copy",
    [VERDICT_OTHER_DAY] = "other-day",
    [VERDICT_CLOSED] = "closed",
    [VERDICT_NOT_OPEN_YET] = "not-open-yet",
    [VERDICT_TOO_EARLY] = "too-early",
    [VERDICT_TOO_LATE] = "too-late",
    [VERDICT_OTHER_TERMINAL] = "other-terminal",
    [VERDICT_PERMIT_CHECK] = "permit-check",
    [VERDICT_QUOTA_FULL] = "quota-full",
    [VERDICT_ADMIT_BOOKED] = "admit-booked",
    [VERDICT_ADMIT_LATE] = "admit-late",
    [VERDICT_ADMIT_PRIORITY] = "admit-priority",
};

const char *verdict_name(enum verdict v)
{
	if ((unsigned)v >= VERDICTS)
		return names[VERDICT_UNSET];
	return names[v];
}

bool verdict_admits(enum verdict v)
{
	return v == VERDICT_ADMIT_BOOKED || v == VERDICT_ADMIT_LATE ||
	    v == VERDICT_ADMIT_PRIORITY;
}

void rate_wrong(struct rate *r, int64_t mono_ms)
{
	/* 0 would read as unused. */
	r->wrong_ms[r->next] = mono_ms > 0 ? mono_ms : 1;
	r->next = (uint8_t)((r->next + 1) % RATE_WRONG);
}

int64_t rate_wait_ms(const struct rate *r, int64_t mono_ms)
{
	/* The entry to be overwritten next is the oldest of ten. */
	int64_t oldest = r->wrong_ms[r->next];
	int64_t wait = oldest + RATE_WINDOW_MS - mono_ms;

	return oldest == 0 || wait < 0 ? 0 : wait;
}
