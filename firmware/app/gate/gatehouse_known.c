/* What is known of somebody at the gate: see gatehouse.h. */
#include "gatehouse.h"

#include <errno.h>
#include <string.h>

static void copy_name(char out[CHECKIN_TERMINAL], const char *name)
{
	if (!str_copy(out, CHECKIN_TERMINAL, str_from(name)))
		out[0] = '\0';
}

/* The journal, then the feed; but what the hub has of this gate itself counts
 * only once it is durable here: until then nobody was let through. */
static int read_moves(const struct gatehouse *g, const struct pass_subject *s,
    struct pass_history *out, struct err *e)
{
	struct pass_history feed;
	int r = journal_pass_history(g->stores->journal, s, out, e);

	if (r == 0)
		r = cache_pass_history(g->stores->cache, s, &feed, e);
	for (size_t i = 0; r == 0 && i < feed.n; i++) {
		if (gatehouse_device(g) != 0 &&
		    feed.item[i].device == gatehouse_device(g))
			continue;
		if (!pass_history_add(out, &feed.item[i]))
			r = -E2BIG;
	}
	return r;
}

/* Whoever has moved too often is refused as used (gate_check_used): it is no
 * fault of the stores. */
static int read_history(const struct gatehouse *g, const struct pass_subject *s,
    struct pass_history *out, struct err *e)
{
	int r = read_moves(g, s, out, e);

	if (r != -E2BIG)
		return r;
	out->n = PASS_MOVES;
	return 0;
}

static const struct roster_device *first_gate(const struct roster *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->item[i].live && r->item[i].role == ROSTER_GATE)
			return &r->item[i];
	return NULL;
}

/* Without a hub the gates of a roster never hear of each other: as if cut off
 * for ever, each opens for the tickets it is the home of. One that its roster
 * does not name is the home of none, also when a single one is left in it: it
 * was removed. A kiosk's machine may stand in for the only gate. */
static const struct roster_device *other_home(const struct gatehouse *g,
    const struct pass_subject *s)
{
	const struct roster *roster = gatehouse_roster(g);
	const struct roster_device *home = gate_home(roster, s);

	if (home == NULL && g->office->config.role == ROLE_GATE)
		home = first_gate(roster);

	return home == NULL ||
		strcmp(home->name, g->office->config.terminal_id) == 0
	    ? NULL
	    : home;
}

int gatehouse_known(struct gatehouse *g, const struct pass_subject *s,
    int64_t mono_ms, struct gate_known *out, struct err *e)
{
	const struct roster_device *home;
	int r = read_history(g, s, &out->history, e);

	if (r < 0)
		return r;
	home = g->passing.sync != NULL
	    ? sync_other_gate(g->passing.sync, s, mono_ms)
	    : other_home(g, s);
	out->elsewhere = home != NULL;
	if (home != NULL)
		copy_name(out->home, home->name);
	return 0;
}

int gatehouse_facts(struct gatehouse *g, int64_t now_s, int64_t mono_ms,
    struct checkin_facts *out, struct err *e)
{
	int r = cache_find(g->stores->cache, &g->session.code_hash,
	    &out->booking, e);

	if (r < 0 && r != -ENOENT)
		return r;
	out->found = r == 0;
	out->storage_ok = true;
	if (g->passing.sync == NULL)
		return cache_last_sync(g->stores->cache, &out->last_sync_s, e);
	out->last_sync_s = sync_data_s(g->passing.sync, now_s, mono_ms);
	return 0;
}

bool gatehouse_gone(struct gatehouse *g, const struct pass *p,
    struct claim_by *by)
{
	struct pass_history h;

	memset(by, 0, sizeof(*by));
	if (read_history(g, &p->subject, &h, NULL) < 0)
		return false;
	for (size_t i = 0; i < h.n; i++) {
		const struct pass_move *m = &h.item[i];

		if (memcmp(&m->key, &p->key, sizeof(m->key)) != 0)
			continue;
		by->device = m->device;
		by->letter = m->letter;
		by->number = m->number;
		by->time_s = m->time_s;
		copy_name(by->terminal, gatehouse_name(g, m->device));
		return true;
	}
	return false;
}
