/* `roster show`: what a person compares and checks. */
#include "roster_ctl.h"

#include <string.h>

#include "commands.h"
#include "firmware/app/office_roster.h"

static void put_text(json_t *o, const char *key, const char *text)
{
	json_object_set_new(o, key, json_string(text));
}

static void put_number(json_t *o, const char *key, int64_t n)
{
	json_object_set_new(o, key, json_integer(n));
}

static void put_print(json_t *o, const char *key,
    const uint8_t public_key[WIRE_PUBLIC_BYTES])
{
	char print[ROSTER_FINGERPRINT_TEXT];

	roster_fingerprint(public_key, print);
	put_text(o, key, print);
}

static void put_day(json_t *o, const char *key, int32_t day)
{
	struct civil_date d = civil_date(day);
	char text[16];
	struct buf b;

	buf_init(&b, text, sizeof(text));
	if (day == 0)
		buf_text(&b, "-");
	else
		buf_fmt(&b, "%04d-%02d-%02d", d.year, d.month, d.day);
	put_text(o, key, buf_cstr(&b));
}

static json_t *device_object(const struct roster_device *d)
{
	char letter[2] = {d->letter == 0 ? '-' : (char)('A' + d->letter - 1),
	    '\0'};
	json_t *o = json_object();

	put_text(o, "name", d->name);
	put_text(o, "role", d->role == ROSTER_GATE ? "gate" : "kiosk");
	put_number(o, "device", d->device);
	put_text(o, "letter", letter);
	put_text(o, "state", d->live ? "live" : "closed");
	put_number(o, "key_id", d->key_id);
	put_day(o, "from", d->from_day);
	put_day(o, "until", d->until_day);
	put_text(o, "tickets", d->revoked ? "revoked" : "good");
	return o;
}

static int put_devices(const struct question *q, json_t *o, struct err *e)
{
	static struct roster r;
	json_t *list = json_array();
	int result = office_roster(q->office, &q->stores->keys,
	    q->stores->cache, &r, e);

	for (size_t i = 0; result == 0 && i < r.count; i++)
		json_array_append_new(list, device_object(&r.item[i]));
	if (result == 0 && q->office->config.hub_url[0] != '\0')
		put_number(o, "version", r.version);
	json_object_set_new(o, "devices", list);
	return result;
}

/* The version that stands in STATE/roster, 0 = none. */
static int put_version(const struct question *q, json_t *o, struct err *e)
{
	static struct roster r;
	int result = office_roster_file(q->office, &q->stores->keys, &r, e);

	put_number(o, "version", r.version);
	return result;
}

static int put_gates(const struct question *q, json_t *o, struct err *e)
{
	static struct gates gates;
	json_t *list = json_array();
	char path[256];
	int r = roster_path(q, "gates", path, e);

	if (r == 0)
		r = gates_load(path, &gates, e);
	for (size_t i = 0; r == 0 && i < gates.count; i++) {
		json_t *gate = json_object();

		put_text(gate, "name", gates.item[i].name);
		put_text(gate, "state",
		    gates.item[i].live ? "live" : "removed");
		put_print(gate, "fingerprint", gates.item[i].key);
		json_array_append_new(list, gate);
	}
	json_object_set_new(o, "gates", list);
	return r;
}

static int put_gate(const struct question *q, json_t *o, struct err *e)
{
	uint8_t root[WIRE_PUBLIC_BYTES];
	struct err none;

	if (office_roster_root(q->office, &q->stores->keys, root, &none) == 0)
		put_print(o, "trusts", root);
	else
		put_text(o, "trusts", "no kiosk yet");
	json_object_set_new(o, "secrets",
	    json_boolean(office_has_secrets(q->office, &q->stores->keys)));
	return put_version(q, o, e);
}

int roster_show(struct question *q)
{
	bool hub = q->office->config.hub_url[0] != '\0';
	bool gate = q->office->config.role == ROLE_GATE;
	json_t *o = json_object();
	struct err e = {0};
	int r = 0;

	put_text(o, "terminal", q->office->config.terminal_id);
	put_text(o, "role", gate ? "gate" : "kiosk");
	put_print(o, "fingerprint", q->stores->keys.audit_public);
	if (!hub)
		r = gate ? put_gate(q, o, &e) : put_version(q, o, &e);
	if (r == 0 && !hub && !gate)
		r = put_gates(q, o, &e);
	if (r == 0)
		r = put_devices(q, o, &e);
	if (r == 0)
		return question_put(q, o);
	json_decref(o);
	return question_failed(q, &e);
}
