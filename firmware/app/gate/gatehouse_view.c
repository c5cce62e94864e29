/* A gate's picture. */
#include "gatehouse.h"

#include <string.h>

enum { SLOW_MS = 300 };

static void copy(char *out, size_t cap, const char *text)
{
	if (!str_copy(out, cap, str_from(text)))
		out[0] = '\0';
}

/* What is not shown would make each event a new picture, or lie in the ui's
 * memory for nothing. */
static void strip(struct gate_session *s)
{
	s->deadline_ms = s->out_until_ms = s->pause_ms = 0;
	memset(&s->rate, 0, sizeof(s->rate));
	memset(&s->code_rate, 0, sizeof(s->code_rate));
	memset(&s->code, 0, sizeof(s->code));
	memset(&s->code_hash, 0, sizeof(s->code_hash));
	memset(&s->subject.booking, 0, sizeof(s->subject.booking));
	/* Who let somebody in, and why, is shown. */
	s->pass.n = 0;
	s->pass.time_s = 0;
	memset(&s->pass.op_id, 0, sizeof(s->pass.op_id));
	memset(&s->pass.key, 0, sizeof(s->pass.key));
	memset(&s->pass.subject, 0, sizeof(s->pass.subject));
}

static void put_list(const struct gatehouse *g, struct gate_view *v)
{
	size_t n, from;
	const struct gate_inside *row = inside_rows(g->inside, &n);
	size_t pages = (n + GATE_LIST_ROWS - 1) / GATE_LIST_ROWS;

	if (v->session.state != GATE_LIST) {
		v->session.list_page = 0;
		return;
	}
	if (pages == 0)
		pages = 1;
	v->pages = (uint16_t)pages;
	v->session.list_page = (uint16_t)(v->session.list_page % pages);
	from = (size_t)v->session.list_page * GATE_LIST_ROWS;
	for (size_t i = from; i < n && v->rows < GATE_LIST_ROWS; i++)
		v->list[v->rows++] = row[i];
}

static void put_double(const struct gatehouse *g, struct gate_view *v)
{
	struct inside_double d;
	size_t n = inside_doubles(g->inside, &d);

	v->doubles = n > UINT16_MAX ? UINT16_MAX : (uint16_t)n;
	if (n == 0)
		return;
	v->double_ = d.what;
	copy(v->double_.there, sizeof(v->double_.there),
	    gatehouse_name(g, d.device));
}

static void put_hub(const struct gatehouse *g, int64_t now_s, int64_t mono_ms,
    struct gate_view *v)
{
	struct sync_status status;

	v->hub = g->passing.sync != NULL;
	v->up = v->hub && sync_up(g->passing.sync);
	/* Since when is said only of one that is cut off. */
	if (!v->hub || v->up)
		return;
	sync_status(g->passing.sync, now_s, mono_ms, &status);
	v->heard_s = status.heard_s;
}

static int32_t pause_s(const struct gate_session *s, int64_t mono_ms)
{
	if (s->state != GATE_SHOWN || s->verdict != GATE_SHORT_WAIT ||
	    s->pause_ms <= mono_ms)
		return 0;
	return (int32_t)((s->pause_ms - mono_ms + 999) / 1000);
}

void gatehouse_view(const struct gatehouse *g, int64_t now_s, int64_t mono_ms,
    struct gate_view *v)
{
	const struct gate_session *s = &g->session;
	const struct config *c = &g->office->config;
	struct civil_now now = civil_local(now_s, c->offset_s);
	const struct service *service;

	memset(v, 0, sizeof(*v));
	memcpy(&v->session, s, sizeof(v->session));
	strip(&v->session);
	v->session.storage_ok = g->hands.serves(g->hands.ctx);
	copy(v->office, sizeof(v->office), c->office_name);
	copy(v->terminal, sizeof(v->terminal), c->terminal_id);
	copy(v->desk, sizeof(v->desk), c->desk[s->lang]);
	v->day = now.day;
	v->minute = now.minute;
	v->offset_s = c->offset_s;
	service = service_find(&g->office->services, s->ticket.service);
	if (s->ticket.letter != 0 && service != NULL)
		v->service = *service;
	v->inside = inside_persons(g->inside);
	v->both_ways = c->way == WAY_BOTH;
	v->reentry = c->reentry;
	v->short_codes = g->rules.gate.has_secret;
	v->officers = g->officers.count > 0;
	v->strange_badge = g->strange_badge && s->state == GATE_SHOWN;
	v->keys = gatehouse_roster(g)->version != 0;
	v->slow = (s->state == GATE_LOOKING || s->state == GATE_ENTERING) &&
	    mono_ms - g->waiting_ms >= SLOW_MS;
	v->clock_unsure = !checkin_clock_sure(&g->rules.gate.checkin, now_s);
	v->pause_s = pause_s(s, mono_ms);
	put_hub(g, now_s, mono_ms, v);
	put_double(g, v);
	put_list(g, v);
}
