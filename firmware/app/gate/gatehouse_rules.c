/* What a gate judges by: configuration, keys, roster, officers. */
#include "gatehouse.h"

#include <sodium.h>
#include <string.h>

#include "firmware/app/clock.h"
#include "firmware/app/office_roster.h"

enum { MS_PER_S = 1000 };

static void say(const struct gatehouse *g, const struct err *e)
{
	g->hands.say(g->hands.ctx, e->text);
}

/* That there is none yet the screen says. */
static void read_roster(struct gatehouse *g)
{
	struct err e = {0};

	if (office_roster(g->office, &g->stores->keys, g->stores->cache,
		&g->roster, &e) == 0)
		return;
	memset(&g->roster, 0, sizeof(g->roster));
	say(g, &e);
}

static void read_officers(struct gatehouse *g)
{
	struct err e = {0};
	char path[256];

	if (!office_path(g->office, "officers", path))
		return;
	if (officers_load(path, &g->officers, &e) < 0) {
		officers_fini(&g->officers);
		memset(&g->officers, 0, sizeof(g->officers));
		say(g, &e);
	}
}

static void from_config(struct gatehouse *g, int64_t floor_s)
{
	const struct config *c = &g->office->config;
	struct gate_session_rules *r = &g->rules;

	sodium_memzero(r, sizeof(*r));
	r->gate.checkin = config_rules(c, floor_s);
	r->gate.accept = c->accept;
	r->gate.way = c->way;
	r->gate.reentry = c->reentry;
	r->gate.early_minutes = c->gate_early_minutes;
	r->gate.roster = &g->roster;
	r->code = c->code;
	r->lang = c->language;
	r->show_ms = (int64_t)c->gate_show_s * MS_PER_S;
}

void gatehouse_rules(struct gatehouse *g, struct stores *s, struct sync *sync)
{
	struct gate_session_rules *r = &g->rules;
	int64_t floor_s = s == NULL ? 0 : journal_floor_s(s->journal);

	g->stores = s;
	g->passing.sync = sync;
	memset(&g->roster, 0, sizeof(g->roster));
	from_config(g, floor_s < CLOCK_RELEASE_S ? CLOCK_RELEASE_S : floor_s);
	if (s == NULL)
		return;
	if (sync != NULL)
		r->gate.roster = sync_roster(sync);
	else
		read_roster(g);
	/* The hub's may come any moment, and the secrets are here. */
	r->gate.has_secret = (sync != NULL || g->roster.version != 0) &&
	    office_has_secrets(g->office, &s->keys);
	r->device = s->enrolled ? s->enrolment.device : 0;
	r->epoch = s->enrolled ? s->enrolment.epoch : s->keys.epoch;
	r->office_key = s->keys.office;
	if (r->gate.has_secret)
		r->gate.gate_secret = s->keys.gate;
	read_officers(g);
	g->feed_epoch = g->feed_at = 0;
	/* The next event reads the day anew. */
	inside_forget(g->inside);
}

void gatehouse_clock(struct gatehouse *g, int64_t floor_s, int64_t ceiling_s)
{
	g->rules.gate.checkin.clock_floor_s = floor_s;
	g->rules.gate.checkin.clock_ceiling_s = ceiling_s;
}

const struct roster *gatehouse_roster(const struct gatehouse *g)
{
	return g->rules.gate.roster;
}

const char *gatehouse_name(const struct gatehouse *g, uint32_t device)
{
	const struct roster_device *d = device == 0
	    ? NULL
	    : roster_find(g->rules.gate.roster, device);

	return d == NULL ? "" : d->name;
}

uint32_t gatehouse_device(const struct gatehouse *g)
{
	return g->passing.sync == NULL ? 0 : g->rules.device;
}
