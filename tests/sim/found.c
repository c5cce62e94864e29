/* How an office begins: the hub knows it, a channel and the kiosks enrol. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "judge.h"

static void make_services(struct services *s)
{
	memset(s, 0, sizeof(*s));
	s->count = SERVICES;
	for (uint8_t i = 0; i < SERVICES; i++) {
		struct service *x = &s->item[i];

		x->id = (uint8_t)(i + 1);
		snprintf(x->key, sizeof(x->key), "service-%u", x->id);
		x->letter_booked = (uint8_t)(3 * i + 1);
		x->letter_priority = (uint8_t)(3 * i + 2);
		x->letter_walk_in = (uint8_t)(3 * i + 3);
	}
}

static void draw_hub_keys(struct hub_keys *k)
{
	uint8_t seed[crypto_sign_SEEDBYTES];

	memset(seed, 7, sizeof(seed));
	crypto_sign_seed_keypair(k->public_key, k->secret, seed);
	memset(k->master.bytes, 9, sizeof(k->master.bytes));
}

/* The exchange of docs/PROTOCOL.md, POST /v1/enrol, on a good line. */
static bool enrol(struct world *w, const char *role, const char *name,
    const uint8_t secret[WIRE_SECRET_BYTES],
    const uint8_t ticket_key[TICKET_PUBLIC_BYTES], char *body, size_t cap)
{
	char text[HUB_TOKEN_TEXT], request[1024], base64[WIRE_BASE64 + 1];
	uint8_t signature[WIRE_SIGNATURE_BYTES], key[WIRE_PUBLIC_BYTES];
	struct enrolment_text t;
	struct hub_answer a;
	struct err e = {0};
	struct buf b;
	struct wire_request wire = {str_from("POST"), str_from("/v1/enrol"),
	    str_from(""), 0, 0};
	struct hub_request q = {wire.method, wire.path, wire.body,
	    str_from("0"), str_from("0"), .now_s = w->now_ms / SECOND};

	bool ok;

	if (hub_token(w->hub.hub, w->hub.db, OFFICE, role, name,
		w->now_ms / SECOND, text, &e) < 0)
		return false;
	if (!enrolment_text_parse(str_from(text), &t))
		world_fatal(w, "token: %s", text);
	crypto_sign_ed25519_sk_to_pk(key, secret);
	buf_init(&b, request, sizeof(request));
	client_enrol_body(&b, t.token, key, ticket_key, name);
	wire.body = q.body = buf_view(&b);
	if (!wire_sign_request(&wire, secret, signature))
		world_fatal(w, "enrol: can't be signed");
	wire_base64(signature, sizeof(signature), base64);
	q.signature = str_from(base64);
	hub_handle(w->hub.hub, w->hub.db, &q, &a);
	ok = a.status == 200 && !disk_dead(0);
	if (!ok)
		world_log(w, "enrol: %d %s", a.status,
		    a.body == NULL ? "" : a.body);
	snprintf(body, cap, "%s", ok ? a.body : "");
	hub_answer_fini(&a);
	return ok;
}

bool hubhost_enrol(struct world *w, struct kiosk *k, bool new_card)
{
	const struct keys_place nowhere = {
	    {str_from(""), str_from(""), str_from("")}};
	struct client_enrolled got;
	struct keys keys = k->keys; /* the old ones hold until it succeeds */
	struct err e = {0};
	uint8_t key[WIRE_PUBLIC_BYTES], secret[WIRE_SECRET_BYTES];
	char body[2048];
	bool ok;

	if (!w->hub.on)
		return false;
	if ((new_card ? keys_draw(&keys, nowhere, &e)
		      : keys_rekey(&keys, nowhere, &e)) < 0)
		world_fatal(w, "keys: %s", e.text);
	crypto_sign_keypair(key, secret);
	ok = enrol(w, "kiosk", k->name, secret, keys.ticket_public, body,
	    sizeof(body));
	if (disk_dead(0))
		hubhost_die(w, true);
	if (!ok)
		return false;
	if (client_enrolled(str_from(body), secret, &got, &e) < 0)
		world_fatal(w, "enrol: %s", e.text);
	k->keys = keys;
	memcpy(k->request_secret, secret, sizeof(secret));
	w->totals.enrolled++;
	w->enrolled_today++;
	k->closed = false;
	keys_enrolled(&k->keys, &got.office_key, &got.gate_secret, got.key_id,
	    got.epoch);
	k->enrolment = (struct enrolment){.office = got.office,
	    .device = got.device,
	    .role = got.role,
	    .letter = got.letter,
	    .epoch = got.epoch};
	snprintf(k->enrolment.url, sizeof(k->enrolment.url), "%s",
	    "https://hub.example");
	snprintf(k->enrolment.name, sizeof(k->enrolment.name), "%s", k->name);
	memcpy(k->enrolment.hub_key, w->hub.keys.public_key, WIRE_PUBLIC_BYTES);
	world_log(w, "%s is enrolled: device %u, letter %c", k->name,
	    (unsigned)k->enrolment.device, 'A' + k->enrolment.letter - 1);
	return true;
}

static void enrol_channel(struct world *w)
{
	uint8_t key[WIRE_PUBLIC_BYTES], none[TICKET_PUBLIC_BYTES] = {0};
	char body[2048];
	const char *at;
	int64_t device = 0;

	crypto_sign_keypair(key, w->hub.channel_secret);
	if (!enrol(w, "channel", "booking", w->hub.channel_secret, none, body,
		sizeof(body)))
		world_fatal(w, "the channel can't enrol");
	at = strstr(body, "\"device\": ");
	for (at = at == NULL ? "" : at + 10; *at >= '0' && *at <= '9'; at++)
		device = device * 10 + *at - '0';
	w->hub.channel = (uint32_t)device;
}

void hubhost_found(struct world *w)
{
	const struct hub_office office = {OFFICE, "Kantor", ZONE_S};
	struct err e = {0};

	make_services(&w->services);
	draw_hub_keys(&w->hub.keys);
	hubhost_start(w);
	if (hub_office_add(w->hub.hub, w->hub.db, &office, &e) < 0)
		world_fatal(w, "office: %s", e.text);
	enrol_channel(w);
	for (int i = 0; i < w->kiosks; i++) {
		w->kiosk[i].index = i;
		w->kiosk[i].disk = i + 1;
		w->kiosk[i].front = -1;
		snprintf(w->kiosk[i].name, sizeof(w->kiosk[i].name), "kiosk-%d",
		    i + 1);
		if (!hubhost_enrol(w, &w->kiosk[i], true))
			world_fatal(w, "a kiosk can't enrol");
	}
}
