#include "issue.h"

#include <string.h>

/* Minutes after the slot's start during which the door admits: to the end of
 * the decision's window, at least ISSUE_DOOR_MIN from now, in steps of 5
 * rounded up, within the day and the ticket's 8 bits. */
static uint16_t window_min(const struct decision *d, int32_t start,
    int32_t minute)
{
	int32_t until = d->until_min;

	if (until < minute + ISSUE_DOOR_MIN)
		until = minute + ISSUE_DOOR_MIN;
	if (until > DAY_MINUTES)
		until = DAY_MINUTES;
	until = (until - start + 4) / 5 * 5;
	if (until < 0)
		until = 0;
	return (uint16_t)(until > 1275 ? 1275 : until);
}

static unsigned flags_of(const struct decision *d, const struct booking *b)
{
	unsigned flags = TICKET_BOOKED;

	if (b->booking_class == CLASS_PRIORITY)
		flags |= TICKET_PRIORITY;
	if (d->late)
		flags |= TICKET_LATE;
	return flags;
}

bool issue_ticket(const struct decision *d, const struct booking *b,
    const struct services *services, struct civil_now now, struct ticket *out)
{
	const struct service *service = service_find(services, b->service);

	memset(out, 0, sizeof(*out));
	if (!verdict_admits(d->verdict) || service == NULL)
		return false;
	out->letter = service_letter(service,
	    (enum booking_class)b->booking_class);
	if (out->letter == 0)
		return false;
	out->type = TICKET_QUEUE;
	out->day = now.day;
	out->service = b->service;
	out->slot_min = (uint16_t)b->start_min;
	out->window_min = window_min(d, b->start_min, now.minute);
	out->flags = (uint8_t)flags_of(d, b);
	out->companions = b->companions;
	return true;
}

void issue_fee(int64_t rupiah, char out[32])
{
	struct buf b;
	int64_t unit = 1;

	buf_init(&b, out, 31);
	if (rupiah > 0) {
		buf_text(&b, "Rp ");
		while (rupiah / unit >= 1000)
			unit *= 1000;
		buf_fmt(&b, "%d", (int)(rupiah / unit));
		while (unit > 1) {
			rupiah %= unit;
			unit /= 1000;
			buf_fmt(&b, ".%03d", (int)(rupiah / unit));
		}
	}
	out[b.len] = '\0';
}
