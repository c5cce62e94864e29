#include "terminal.h"

#include <string.h>

#include "ticketing.h"

enum { CHECKING_SLOW_MS = 300, ARROW_MS = 1000, STILL_MS = 60000 };

static int32_t seconds_left(const struct session *s, int64_t mono_ms)
{
	if (s->state != SESSION_TICKET && s->state != SESSION_WARNING)
		return -1;
	if (s->deadline_ms <= mono_ms)
		return 0;
	return (int32_t)((s->deadline_ms - mono_ms + 999) / 1000);
}

static bool arrow_up(const struct session *s, int64_t mono_ms)
{
	return s->state == SESSION_HOME && mono_ms - s->touched_ms < STILL_MS &&
	    mono_ms / ARROW_MS % 2 == 1;
}

static bool ticket_on_screen(const struct session *s)
{
	return s->state == SESSION_NUMBER ||
	    (s->state == SESSION_WARNING && s->under == SESSION_NUMBER);
}

void terminal_view(const struct terminal *t, int64_t now_s, int64_t mono_ms,
    struct view *v)
{
	const struct session *s = &t->session;
	const struct config *c = &t->office.config;
	const struct service *service;
	struct civil_now now = civil_local(now_s, c->offset_s);

	memset(v, 0, sizeof(*v));
	v->session = *s;
	/* Times are not shown; left in, each event would be a new picture. */
	v->session.deadline_ms = v->session.touched_ms = 0;
	memset(&v->session.rate, 0, sizeof(v->session.rate));
	if (!str_copy(v->office, sizeof(v->office), str_from(c->office_name)))
		v->office[0] = '\0';
	if (!str_copy(v->desk, sizeof(v->desk), str_from(c->desk[s->lang])))
		v->desk[0] = '\0';
	v->day = now.day;
	v->minute = now.minute;
	v->home = session_home(s, &t->rules, now_s, &v->hours);
	service = service_find(&t->office.services,
	    s->admission.n != 0 ? s->admission.ticket.service
				: s->facts.booking.service);
	if (service != NULL)
		v->service = *service;
	v->code = t->rules.code;
	v->late_minutes = c->late_minutes;
	v->offset_s = c->offset_s;
	v->seconds_left = seconds_left(s, mono_ms);
	v->last_sync_s = s->facts.last_sync_s;
	v->checking_slow = s->state == SESSION_CHECKING &&
	    mono_ms - t->checking_since_ms >= CHECKING_SLOW_MS;
	v->arrow_up = arrow_up(s, mono_ms);
	v->proves_paper = s->printer.proves_paper;
	if (ticket_on_screen(s) && t->stores_open &&
	    !ticketing_text(&t->office, &t->stores, &s->admission, &v->qr))
		v->qr.digits[0] = '\0';
}
