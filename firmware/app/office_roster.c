#include "office_roster.h"

#include <errno.h>
#include <string.h>

static int too_long(struct err *e)
{
	return err_set(e, -ENAMETOOLONG, "terminal.state: too long");
}

int office_roster_root(const struct office *o, const struct keys *k,
    uint8_t root[WIRE_PUBLIC_BYTES], struct err *e)
{
	char path[256];

	if (o->config.role != ROLE_GATE) {
		memcpy(root, k->audit_public, WIRE_PUBLIC_BYTES);
		return 0;
	}
	if (!office_path(o, "root", path))
		return too_long(e);
	return roster_root_load(path, root, e);
}

int office_roster_file(const struct office *o, const struct keys *k,
    struct roster *out, struct err *e)
{
	uint8_t root[WIRE_PUBLIC_BYTES];
	char path[256];
	int r;

	memset(out, 0, sizeof(*out));
	if (!office_path(o, "roster", path))
		return too_long(e);
	r = office_roster_root(o, k, root, e);
	if (r == 0)
		r = roster_file_load(path, root, o->config.office, out, e);
	return r == -ENOENT ? 0 : r;
}

/* A kiosk knows its keys whether or not it ever wrote a roster. */
static int of_kiosk(const struct office *o, const struct keys *k,
    struct roster *out, struct err *e)
{
	static struct gates gates;
	char path[256];
	struct err none;
	int64_t version = 1;
	int r;

	/* What it wrote for others is not needed to judge by. */
	if (office_roster_file(o, k, out, &none) == 0 && out->version > 0)
		version = out->version;
	if (!office_path(o, "gates", path))
		return too_long(e);
	r = gates_load(path, &gates, e);
	if (r < 0)
		return r;
	roster_of_kiosk(k, o->config.terminal_id,
	    (uint8_t)(o->config.terminal_letter - 'A' + 1), &gates, out);
	out->version = version;
	return 0;
}

int office_roster(const struct office *o, const struct keys *k,
    struct cache *cache, struct roster *out, struct err *e)
{
	memset(out, 0, sizeof(*out));
	if (o->config.hub_url[0] != '\0')
		return cache == NULL ? 0 : cache_roster(cache, out, e);
	return o->config.role == ROLE_GATE ? office_roster_file(o, k, out, e)
					   : of_kiosk(o, k, out, e);
}

bool office_has_secrets(const struct office *o, const struct keys *k)
{
	uint8_t root[WIRE_PUBLIC_BYTES];
	struct err e;

	return o->config.role != ROLE_GATE || o->config.hub_url[0] != '\0' ||
	    (office_roster_root(o, k, root, &e) == 0 &&
		keys_secrets_of(k, root));
}

size_t office_gates(const struct roster *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->count; i++)
		n += r->item[i].live && r->item[i].role == ROSTER_GATE;
	return n;
}
