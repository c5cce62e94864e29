#include "enrol.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "firmware/app/clock.h"
#include "commands.h"
#include "firmware/link/carrier.h"
#include "firmware/link/client.h"
#include "firmware/store/request_key.h"
#include "firmware/store/state.h"
#include "firmware/app/log.h"
#include "firmware/app/sync/sync.h"

enum { ENROL_MS = 15000, ROUNDS = 200 };

/* Everything of one enrolment. Keys that were drawn for it wait in files
 * until it succeeds, so that after a lost answer the same keys ask again. */
struct enrolling {
	const struct office *office;
	struct enrolment_text text;
	uint8_t hub_key[WIRE_PUBLIC_BYTES];
	struct keys keys;
	uint8_t request_secret[WIRE_SECRET_BYTES];
	char keys_path[256], keys_new[256], request_path[256], request_new[256],
	    enrolment_path[256];
	struct client_enrolled got;
};

static bool find_paths(struct enrolling *x)
{
	const struct office *o = x->office;

	return office_path(o, "keys", x->keys_path) &&
	    office_path(o, "keys.enrol", x->keys_new) &&
	    office_path(o, "request.key", x->request_path) &&
	    office_path(o, "request.enrol", x->request_new) &&
	    office_path(o, "enrolment", x->enrolment_path);
}

static int read_text(struct enrolling *x, const char *text, struct err *e)
{
	uint8_t fingerprint[WIRE_FINGERPRINT_BYTES];

	if (!enrolment_text_parse(str_from(text), &x->text))
		return err_set(e, -EINVAL,
		    "enrol: not an enrolment text; it begins with "
		    "karcis-enrol:1");
	wire_fingerprint(x->hub_key, fingerprint);
	if (memcmp(fingerprint, x->text.fingerprint, sizeof(fingerprint)) != 0)
		return err_set(e, -EACCES,
		    "enrol: the text is of another hub than the one whose key "
		    "is in %s",
		    x->office->config.hub_key);
	if (strcmp(x->text.url, x->office->config.hub_url) != 0)
		return err_set(e, -EINVAL,
		    "enrol: the text is for %s, the configuration says "
		    "hub.url = %s",
		    x->text.url, x->office->config.hub_url);
	return 0;
}

/* Those of an earlier try, or new ones. */
static int draw_keys(struct enrolling *x, struct err *e)
{
	struct place_storage storage;
	uint8_t public_key[WIRE_PUBLIC_BYTES];
	struct err none;
	int r;

	if (keys_load(x->keys_new, &x->keys, &none) == 0 &&
	    request_key_load(x->request_new, x->request_secret, &none) == 0)
		return 0;
	r = keys_load(x->keys_path, &x->keys, e);
	if (r == -ENOENT)
		return err_set(e, r,
		    "%s: this terminal has no keys yet; run karcis-ctl init",
		    x->keys_path);
	if (r == 0)
		r = keys_rekey(&x->keys, office_place(x->office, &storage), e);
	crypto_sign_keypair(public_key, x->request_secret);
	if (r == 0)
		r = request_key_save(x->request_new, x->request_secret, e);
	if (r == 0)
		r = keys_save(x->keys_new, &x->keys, e);
	return r;
}

/* The hub's word, or why it is none. */
static int judge(struct enrolling *x, const struct carrier_answer *a,
    struct err *e)
{
	struct frame_answer f = {.fate = FRAME_CAME,
	    .status = (uint16_t)a->status,
	    .epoch = a->epoch,
	    .kind = str_from(a->kind),
	    .signature = str_from(a->signature),
	    .body = str_of(a->body, a->len)};
	struct client_error error;

	if (!client_genuine(x->hub_key, 0, 0, &f)) {
		/* Before it knows a device the hub need not sign; it is told,
		 * and changes nothing. */
		if (a->status >= 400 && client_error(f.body, &error, e) == 0)
			return err_set(e, -EACCES, "enrol: refused: %s",
			    error.detail);
		return err_set(e, -EACCES,
		    "enrol: %s answered %d, but not the hub whose key is in "
		    "%s",
		    x->text.url, a->status, x->office->config.hub_key);
	}
	if (a->status != 200 || strcmp(a->kind, "enrol") != 0)
		return client_error(f.body, &error, e) == 0
		    ? err_set(e, -EACCES, "enrol: refused: %s", error.detail)
		    : -EBADMSG;
	return client_enrolled(f.body, x->request_secret, &x->got, e);
}

static int check_got(const struct enrolling *x, struct err *e)
{
	const struct config *c = &x->office->config;

	if (memcmp(x->got.hub_key, x->hub_key, sizeof(x->hub_key)) != 0)
		return err_set(e, -EACCES, "enrol: the hub names another key");
	if (x->got.office != c->office)
		return err_set(e, -EINVAL,
		    "enrol: the token is for office %lu, the configuration "
		    "says office.id = %lu",
		    (unsigned long)x->got.office, (unsigned long)c->office);
	if ((x->got.role == ROSTER_GATE) != (c->role == ROLE_GATE))
		return err_set(e, -EINVAL,
		    "enrol: the token is for a %s; see terminal.role",
		    x->got.role == ROSTER_GATE ? "gate" : "kiosk");
	return 0;
}

static int ask(struct enrolling *x, struct err *e)
{
	struct carrier_config c = {.url = x->text.url};
	struct carrier_answer a = {0};
	uint8_t request_key[WIRE_PUBLIC_BYTES];
	char body[1024], ca[512];
	struct buf b;
	int r;

	if (office_beside(x->office, x->office->config.hub_ca, ca))
		c.ca_file = ca;
	memcpy(c.secret, x->request_secret, sizeof(c.secret));
	crypto_sign_ed25519_sk_to_pk(request_key, x->request_secret);
	buf_init(&b, body, sizeof(body));
	client_enrol_body(&b, x->text.token, request_key, x->keys.ticket_public,
	    x->office->config.terminal_id);
	r = carrier_once(&c, str_from("POST"), str_from("/v1/enrol"),
	    buf_view(&b), 0, ENROL_MS, &a, e);
	if (r == 0)
		r = judge(x, &a, e);
	if (r == 0)
		r = check_got(x, e);
	carrier_answer_fini(&a);
	sodium_memzero(&c, sizeof(c));
	return r;
}

/* Another hub counts its rosters anew, and an older one is never taken; its
 * bookings are hashed with another key. Nothing of the hub before stays. */
static int forget_other_hub(const struct enrolling *x, struct err *e)
{
	struct enrolment before;
	struct cache *cache = NULL;
	char path[256];
	struct err none;
	int r;

	if (enrolment_load(x->enrolment_path, &before, &none) == 0 &&
	    memcmp(before.hub_key, x->hub_key, sizeof(x->hub_key)) == 0)
		return 0;
	if (!office_path(x->office, "cache.db", path))
		return err_set(e, -ENAMETOOLONG, "terminal.state: too long");
	r = cache_open(path, &cache, e);
	if (r == 0)
		r = cache_forget(cache, e);
	cache_close(cache);
	return r;
}

static int keep(struct enrolling *x, struct err *e)
{
	struct enrolment en = {.office = x->got.office,
	    .device = x->got.device,
	    .role = x->got.role,
	    .letter = x->got.letter,
	    .epoch = x->got.epoch};
	int r;

	memcpy(en.url, x->text.url, sizeof(en.url));
	memcpy(en.name, x->got.name, sizeof(en.name));
	memcpy(en.hub_key, x->hub_key, sizeof(en.hub_key));
	keys_enrolled(&x->keys, &x->got.office_key, &x->got.gate_secret,
	    x->got.key_id, x->got.epoch);
	r = forget_other_hub(x, e);
	if (r == 0)
		r = keys_save(x->keys_path, &x->keys, e);
	if (r == 0)
		r = request_key_save(x->request_path, x->request_secret, e);
	if (r == 0)
		r = enrolment_save(x->enrolment_path, &en, e);
	if (r < 0)
		return r;
	unlink(x->keys_new);
	unlink(x->request_new);
	printf("enrol: office %lu, device %lu, %s, letter %c\n",
	    (unsigned long)en.office, (unsigned long)en.device, en.name,
	    en.letter == 0 ? '-' : 'A' + en.letter - 1);
	return 0;
}

int enrol_run(const struct office *o, const char *text, struct err *e)
{
	static struct enrolling x;
	int lock = -1, r;

	memset(&x, 0, sizeof(x));
	x.office = o;
	if (o->config.hub_url[0] == '\0')
		return err_set(e, -EINVAL,
		    "enrol: the configuration has no [hub] url and key");
	if (!find_paths(&x))
		return err_set(e, -ENAMETOOLONG, "terminal.state: too long");
	r = office_hub_key(o, x.hub_key, e);
	if (r == 0)
		r = read_text(&x, text, e);
	if (r == 0)
		r = state_lock(o->config.state, &lock, e);
	if (r == 0)
		r = draw_keys(&x, e);
	if (r == 0)
		r = ask(&x, e);
	if (r == 0)
		r = keep(&x, e);
	if (lock >= 0)
		close(lock);
	sodium_memzero(&x, sizeof(x));
	return r;
}

/* ---- one round ---- */

static uint32_t draw(void *ctx)
{
	(void)ctx;
	return randombytes_random();
}

static void add_letter(struct sync_options *out, uint8_t letter)
{
	if (letter != 0 && out->letters < SYNC_LETTERS)
		out->letter[out->letters++] = letter;
}

void enrol_sync_options(const struct office *o, struct stores *s,
    struct sync_options *out)
{
	memset(out, 0, sizeof(*out));
	out->enrolment = &s->enrolment;
	out->cache = s->cache;
	out->journal = s->journal;
	out->offset_s = o->config.offset_s;
	/* A gate looks at today only. */
	out->days_ahead = o->config.role == ROLE_KIOSK
	    ? o->config.hub_days_ahead
	    : 0;
	out->random = draw;
	if (o->config.role != ROLE_KIOSK)
		return;
	for (size_t i = 0; i < o->services.count; i++) {
		add_letter(out, o->services.item[i].letter_booked);
		add_letter(out, o->services.item[i].letter_priority);
	}
}

struct round {
	struct buf *out;
	bool bad;
};

static void tell(void *ctx, bool bad, const char *sentence)
{
	struct round *r = ctx;

	r->bad = r->bad || bad;
	buf_fmt(r->out, "sync: %.300s\n", sentence);
}

static void exchange(const struct carrier_config *c, struct sync *s,
    const struct frame_request *q)
{
	struct carrier_answer a = {0};
	struct frame_answer f = {.id = q->id, .fate = FRAME_CAME};
	struct err e = {0};

	if (carrier_once(c, q->method, q->path, q->body, q->counter,
		(int)q->timeout_ms, &a, &e) < 0)
		f.fate = FRAME_NO_ANSWER;
	f.status = (uint16_t)a.status;
	f.epoch = a.epoch;
	f.retry_after_s = a.retry_after_s;
	f.kind = str_from(a.kind);
	f.signature = str_from(a.signature);
	f.etag = str_from(a.etag);
	f.trouble = str_from(e.text);
	f.body = str_of(a.body == NULL ? "" : a.body, a.len);
	sync_answer(s, &f, clock_wall_s(), clock_mono_ms());
	carrier_answer_fini(&a);
}

static int round_with_hub(const struct office *o, struct stores *s,
    struct round *round, struct err *e)
{
	struct carrier_config c = {.url = o->config.hub_url,
	    .device = s->enrolment.device};
	struct frame_request q;
	struct sync_options options;
	struct sync *sync = NULL;
	char path[256], ca[512];
	int r;

	enrol_sync_options(o, s, &options);
	options.once = true;
	options.say = tell;
	options.ctx = round;
	if (office_beside(o, o->config.hub_ca, ca))
		c.ca_file = ca;
	if (!office_path(o, "request.key", path))
		return err_set(e, -ENAMETOOLONG, "terminal.state: too long");
	r = request_key_load(path, c.secret, e);
	if (r == 0)
		r = sync_open(&options, &sync, e);
	for (int i = 0; r == 0 && i < ROUNDS &&
	     sync_next(sync, clock_wall_s(), clock_mono_ms(), &q);
	     i++) {
		exchange(&c, sync, &q);
		if (!sync_up(sync))
			break;
	}
	if (r == 0 && !sync_up(sync))
		r = err_set(e, -EHOSTUNREACH, "sync: the hub does not answer");
	sync_close(sync);
	sodium_memzero(&c, sizeof(c));
	return r;
}

int enrol_sync(const struct office *o, struct stores *s, struct buf *out)
{
	struct round round = {out, false};
	struct err e = {0};
	int64_t rows = 0;

	if (!s->enrolled) {
		buf_text(out,
		    "karcis-ctl: sync: this terminal has no hub; see enrol\n");
		return EXIT_COULD_NOT;
	}
	if (round_with_hub(o, s, &round, &e) < 0 ||
	    cache_count(s->cache, &rows, &e) < 0) {
		buf_fmt(out, "karcis-ctl: %.255s\n", e.text);
		return EXIT_COULD_NOT;
	}
	buf_fmt(out, "sync: %lld bookings\n", (long long)rows);
	return round.bad ? EXIT_REFUSED : EXIT_DONE;
}
