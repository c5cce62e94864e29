/*
 * A terminal's sync with a hub that is played here: it signs with a key of its
 * own, knows a few bookings a day, and answers when the test says so or, in
 * hub_run, by itself in virtual time. Cache and journal are real files in a
 * folder of their own for every test.
 */
#ifndef KARCIS_TESTS_TEST_HUBSIDE_H
#define KARCIS_TESTS_TEST_HUBSIDE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>
#include <sodium.h>
#include <sqlite3.h>

#include "firmware/app/sync/sync_inner.h"

enum {
	OFFICE = 4102,
	DEVICE = 17,
	ENROLLED = 3,     /* epoch of the enrolment */
	DAY = 20783,      /* 2026-11-26 */
	NOW = 1795651200, /* its 07:00 at +07:00 */
	OFFSET_S = 25200,
	EPOCH = 812, /* of each day's feed */
	DAYS = 8,    /* that the hub knows, from DAY - 1 on */
	LATENCY_MS = 5,
	BODY = 128 * 1024
};

struct asked {
	uint32_t id, timeout_ms;
	uint64_t counter;
	char method[8], path[WIRE_PATH];
	char body[BODY];
};

/* How it answers in hub_run. */
enum hub_mode {
	HUB_GOOD,
	HUB_SILENT,       /* never */
	HUB_DOWN,         /* the link says: no answer */
	HUB_PORTAL,       /* 200 and a login page, not signed */
	HUB_BUSY,         /* signed 503, no Retry-After */
	HUB_RUBBISH,      /* signed, no JSON */
	HUB_EPOCH,        /* each feed: 409 epoch */
	HUB_WRONG_DIGEST, /* each page */
	HUB_STRANGE_OP,   /* each page has an op nobody knows */
	HUB_EAGER,        /* does not hold long polls */
	HUB_REPLAYED,     /* each request: 409 replayed */
	HUB_BAD_REQUEST,  /* each request: 400 */
	HUB_NO_GRANTS,    /* grants nothing */
	HUB_OTHER_OPS,    /* answers other claims than were sent */
	HUB_NEWER_WORDS,  /* answers claims with words nobody knows */
	HUB_NO_POST,      /* a proxy refuses whatever is sent */
	HUB_MODES
};

struct pending {
	struct asked q;
	int64_t due_ms;
	bool held; /* a long poll */
};
enum { PENDING = 8 };

static struct {
	uint8_t public_key[WIRE_PUBLIC_BYTES], secret[WIRE_SECRET_BYTES];
	enum hub_mode mode;
	unsigned rows[DAYS]; /* bookings of each day */
	int64_t epoch[DAYS];
	int64_t roster;
	int number; /* last that was granted */
	/* The JSON behind an op's op_id; NULL: everything is granted. */
	const char *(*judge)(const json_t *op);
	struct pending pending[PENDING];
	unsigned requests, feeds, claims;
} hub;

static char dir[64];
static struct keys keys;
static struct cache *c;
static struct journal *j;
static struct sync *s;
static struct err e;
static struct enrolment enrolled;
static struct sync_options options;
static int64_t mono_ms, wall_s; /* wall_s: at mono_ms = 0 */
static uint32_t lot;            /* what random gives; 0x5eed: a sequence */
static uint64_t lots;
static unsigned said, said_bad;
static char sentence[320];

static inline int64_t now_s(void)
{
	return wall_s + mono_ms / 1000;
}

static inline uint32_t draw(void *ctx)
{
	(void)ctx;
	if (lot != 0x5eed)
		return lot;
	lots = lots * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(lots >> 32);
}

static inline void hear(void *ctx, bool bad, const char *text)
{
	(void)ctx;
	said++;
	said_bad += bad;
	assert_true(str_copy(sentence, sizeof(sentence), str_from(text)));
}

static inline void open_stores(void)
{
	struct journal_options o = {&keys, 19, now_s(), true};
	char path[96];

	(void)snprintf(path, sizeof(path), "%s/cache.db", dir);
	assert_int_equal(cache_open(path, &c, &e), 0);
	(void)snprintf(path, sizeof(path), "%s/journal.db", dir);
	assert_int_equal(journal_open(path, &o, &j, &e), 0);
}

static inline void open_sync(void)
{
	options.cache = c;
	options.journal = j;
	assert_int_equal(sync_open(&options, &s, &e), 0);
}

static inline void close_all(void)
{
	sync_close(s);
	journal_close(j);
	cache_close(c);
	s = NULL;
	j = NULL;
	c = NULL;
}

/* As after a crash of the process. */
static inline void restart(void)
{
	close_all();
	open_stores();
	open_sync();
}

static inline int make_hubside(void **state)
{
	uint8_t seed[crypto_sign_SEEDBYTES] = {7};

	(void)state;
	memset(&hub, 0, sizeof(hub));
	crypto_sign_seed_keypair(hub.public_key, hub.secret, seed);
	hub.roster = 4;
	for (int i = 0; i < DAYS; i++)
		hub.epoch[i] = EPOCH;
	enrolled = (struct enrolment){.url = "https://hub.example",
	    .office = OFFICE,
	    .device = DEVICE,
	    .name = "kiosk-1",
	    .role = ROSTER_KIOSK,
	    .letter = 19,
	    .epoch = ENROLLED};
	memcpy(enrolled.hub_key, hub.public_key, WIRE_PUBLIC_BYTES);
	options = (struct sync_options){.enrolment = &enrolled,
	    .offset_s = OFFSET_S,
	    .days_ahead = 2,
	    .random = draw,
	    .say = hear};
	mono_ms = 1000;
	wall_s = NOW - 1;
	lot = 0x5eed;
	lots = 1;
	said = said_bad = 0;
	sentence[0] = '\0';
	/* In memory where that is to be had: nothing here is about disks. */
	(void)snprintf(dir, sizeof(dir), "/dev/shm/karcis-sync-XXXXXX");
	if (mkdtemp(dir) == NULL)
		(void)snprintf(dir, sizeof(dir), "/tmp/karcis-sync-XXXXXX");
	if ((strncmp(dir, "/tmp", 4) == 0 && mkdtemp(dir) == NULL) ||
	    keys_draw(&keys, (struct keys_place){0}, &e) < 0)
		return -1;
	open_stores();
	open_sync();
	return 0;
}

static inline int remove_hubside(void **state)
{
	char cmd[128];

	(void)state;
	close_all();
	(void)snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return system(cmd);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_hubside, remove_hubside)

/* ---- requests ---- */

static inline void copy_text(char *out, size_t cap, struct str text)
{
	assert_true(str_copy(out, cap, text));
}

/* The next request, if there is one. */
static inline bool take(struct asked *q)
{
	struct frame_request r;

	if (!sync_next(s, now_s(), mono_ms, &r))
		return false;
	q->id = r.id;
	q->timeout_ms = r.timeout_ms;
	q->counter = r.counter;
	copy_text(q->method, sizeof(q->method), r.method);
	copy_text(q->path, sizeof(q->path), r.path);
	copy_text(q->body, sizeof(q->body), r.body);
	return true;
}

/* The next request, which is for a path that begins like this. */
static inline struct asked *must_take(const char *path)
{
	static struct asked room[PENDING];
	static unsigned at;
	struct asked *q = &room[at++ % PENDING];

	if (!take(q))
		fail_msg("no request where %s was expected", path);
	if (strncmp(q->path, path, strlen(path)) != 0)
		fail_msg("%s instead of %s", q->path, path);
	return q;
}

static inline void must_be_quiet(void)
{
	static struct asked q;

	if (take(&q))
		fail_msg("unexpected: %s", q.path);
	assert_true(sync_deadline_ms(s) > mono_ms);
}

/* ---- answers ---- */

static inline struct frame_answer signed_by(const uint8_t *secret,
    uint32_t device, uint32_t epoch, const struct asked *q, int status,
    const char *kind, struct str body)
{
	static char text[16][WIRE_BASE64 + 1];
	static unsigned at;
	struct wire_answer w = {str_from(kind), status, device, q->counter,
	    epoch, body};
	struct frame_answer a = {.id = q->id,
	    .fate = FRAME_CAME,
	    .status = (uint16_t)status,
	    .epoch = epoch,
	    .kind = str_from(kind),
	    .body = body};
	uint8_t signature[WIRE_SIGNATURE_BYTES];
	char *out = text[at++ % 16];

	assert_true(wire_sign_answer(&w, secret, signature));
	wire_base64(signature, sizeof(signature), out);
	a.signature = str_from(out);
	return a;
}

static inline struct frame_answer genuine(const struct asked *q, int status,
    const char *kind, const char *body)
{
	return signed_by(hub.secret, DEVICE, ENROLLED, q, status, kind,
	    str_from(body));
}

static inline void deliver(const struct frame_answer *a)
{
	sync_answer(s, a, now_s(), mono_ms);
}

static inline void answer(const struct asked *q, int status, const char *kind,
    const char *body)
{
	struct frame_answer a = genuine(q, status, kind, body);

	deliver(&a);
}

static inline void answer_error(const struct asked *q, int status,
    const char *word)
{
	char body[128];

	(void)snprintf(body, sizeof(body),
	    "{\"error\":\"%s\",\"detail\":\"so it is\"}", word);
	answer(q, status, "error", body);
}

static inline void no_answer(const struct asked *q)
{
	struct frame_answer a = {.id = q->id, .fate = FRAME_NO_ANSWER};

	a.kind = a.signature = a.etag = a.trouble = a.body = str_from("");
	deliver(&a);
}

static inline void login_page(const struct asked *q, uint32_t retry_after_s)
{
	struct frame_answer a = {.id = q->id,
	    .fate = FRAME_CAME,
	    .status = 200,
	    .retry_after_s = retry_after_s};

	a.kind = a.signature = a.etag = a.trouble = str_from("");
	a.body = str_from("<html>Please log in</html>");
	deliver(&a);
}

/* ---- what the hub knows ---- */

static inline struct code_hash person(unsigned i)
{
	struct code_hash h = {{0}};

	h.bytes[0] = (uint8_t)(i * 37);
	h.bytes[1] = (uint8_t)(i >> 8);
	h.bytes[2] = (uint8_t)i;
	return h;
}

static inline struct booking booking_of(int32_t day, unsigned i)
{
	struct booking b = {.hash = person(i),
	    .office = OFFICE,
	    .day = day,
	    .start_min = 540,
	    .end_min = 555,
	    .service = 1,
	    .booking_class = CLASS_BOOKED,
	    .status = BOOKING_CONFIRMED,
	    .status_s = NOW - 60};

	return b;
}

static inline void put_ops(struct buf *b, int64_t after, int64_t to)
{
	char hex[33];

	for (int64_t i = after; i < to; i++) {
		struct code_hash h = person((unsigned)i);

		wire_hex(h.bytes, sizeof(h.bytes), hex);
		buf_fmt(b,
		    "%s[%lld,\"put\",\"%s\",540,555,1,1,1,0,\"\",0,%d,\"\"]",
		    i > after ? "," : "", (long long)i + 1, hex, NOW - 60);
	}
}

static inline int day_at(int32_t day)
{
	int at = day - DAY + 1;

	assert_true(at >= 0 && at < DAYS);
	return at;
}

/* The page of a day after row `after`, at most `limit` rows. */
static inline const char *page_of(int32_t day, int64_t after, int64_t limit)
{
	static char text[BODY];
	int at = day_at(day);
	int64_t head = hub.rows[at];
	int64_t to = after + limit < head ? after + limit : head;
	struct civil_date d = civil_date(day);
	struct feed_digest digest = {{0}};
	char hex[FEED_DIGEST_HEX + 1];
	struct buf b;

	for (unsigned i = 0; i < hub.rows[at]; i++) {
		struct booking x = booking_of(day, i);

		feed_add_booking(&digest, &x);
	}
	if (hub.mode == HUB_WRONG_DIGEST)
		digest.word[0]++;
	feed_digest_hex(&digest, hex);
	buf_init(&b, text, sizeof(text) - 1);
	buf_fmt(&b,
	    "{\"office\":%d,\"day\":\"%04d-%02d-%02d\",\"epoch\":%lld,"
	    "\"from\":%lld,\"to\":%lld,\"head\":%lld,\"more\":%s,"
	    "\"digest\":\"%s\",\"roster\":%lld,\"ops\":[",
	    OFFICE, d.year, d.month, d.day, (long long)hub.epoch[at],
	    (long long)after, (long long)to, (long long)head,
	    to < head ? "true" : "false", hex, (long long)hub.roster);
	if (hub.mode == HUB_STRANGE_OP)
		buf_text(&b, "[1,\"swap\",\"x\"]");
	else
		put_ops(&b, after, to);
	buf_text(&b, "]}");
	assert_false(b.full);
	return buf_cstr(&b);
}

static inline int64_t of_path(const char *path, const char *name)
{
	char key[24];
	const char *at;

	(void)snprintf(key, sizeof(key), "%s=", name);
	at = strstr(path, key);
	assert_non_null(at);
	return strtoll(at + strlen(key), NULL, 10);
}

static inline int32_t day_of_path(const char *path)
{
	const char *at = strstr(path, "day=");
	struct civil_date d;

	assert_non_null(at);
	assert_true(civil_parse_date(str_of(at + 4, 10), &d));
	return civil_day(d);
}

static inline const char *page_for(const struct asked *q)
{
	return page_of(day_of_path(q->path), of_path(q->path, "after"),
	    of_path(q->path, "limit"));
}

static inline const char *roster_text(void)
{
	static char text[1024];
	char key[65];

	memset(key, 'a', 64);
	key[64] = '\0';
	(void)snprintf(text, sizeof(text),
	    "{\"office\":%d,\"version\":%lld,\"devices\":["
	    "{\"device\":17,\"name\":\"kiosk-1\",\"role\":\"kiosk\","
	    "\"letter\":\"S\",\"epoch\":3,\"live\":true,\"key_id\":311,"
	    "\"ticket_key\":\"%s\"},"
	    "{\"device\":18,\"name\":\"kiosk-2\",\"role\":\"kiosk\","
	    "\"letter\":\"T\",\"epoch\":1,\"live\":true,\"key_id\":312,"
	    "\"ticket_key\":\"%s\"}]}",
	    OFFICE, (long long)hub.roster, key, key);
	return text;
}

static inline const char *time_text(const struct asked *q, int64_t time_s)
{
	static char text[128];

	(void)snprintf(text, sizeof(text),
	    "{\"nonce\":\"%.32s\",\"time\":%lld}",
	    strstr(q->path, "nonce=") + 6, (long long)time_s);
	return text;
}

static inline bool op_is(const json_t *op, const char *word)
{
	return strcmp(json_string_value(json_object_get(op, "op")), word) == 0;
}

static inline void grant_all(struct buf *b, const json_t *op)
{
	if (hub.mode == HUB_NEWER_WORDS) {
		buf_text(b, "\"answer\":\"perhaps\"");
	} else if (op_is(op, "admit")) {
		buf_text(b, "\"answer\":\"admitted\"");
	} else if (op_is(op, "allowance")) {
		buf_fmt(b, "\"answer\":\"granted\",\"count\":%d",
		    hub.mode == HUB_NO_GRANTS ? 0 : 5);
	} else if (hub.mode == HUB_NO_GRANTS) {
		buf_text(b, "\"answer\":\"granted\",\"first\":0,\"last\":0");
	} else {
		buf_fmt(b, "\"answer\":\"granted\",\"first\":%d,\"last\":%d",
		    hub.number + 1, hub.number + 20);
		hub.number += 20;
	}
}

/* The answers to a body of claims. */
static inline const char *claims_text(const char *body)
{
	static char text[BODY];
	json_t *o = json_loads(body, JSON_REJECT_DUPLICATES, NULL), *op;
	size_t i;
	struct buf b;

	assert_non_null(o);
	buf_init(&b, text, sizeof(text) - 1);
	buf_text(&b, "{\"answers\":[");
	json_array_foreach(json_object_get(o, "ops"), i, op)
	{
		buf_fmt(&b, "%s{\"op_id\":\"%s\",", i > 0 ? "," : "",
		    hub.mode == HUB_OTHER_OPS
			? "00000000000000000000000000000000"
			: json_string_value(json_object_get(op, "op_id")));
		if (hub.judge != NULL)
			buf_text(&b, hub.judge(op));
		else
			grant_all(&b, op);
		buf_byte(&b, '}');
	}
	buf_text(&b, "]}");
	json_decref(o);
	assert_false(b.full);
	return buf_cstr(&b);
}

static inline bool is_path(const struct asked *q, const char *path)
{
	return strncmp(q->path, path, strlen(path)) == 0;
}

/* As a good hub does. */
static inline void serve(const struct asked *q)
{
	if (is_path(q, "/v1/feed"))
		answer(q, 200, "feed", page_for(q));
	else if (is_path(q, "/v1/time"))
		answer(q, 200, "time", time_text(q, now_s()));
	else if (is_path(q, "/v1/roster"))
		answer(q, 200, "roster", roster_text());
	else if (is_path(q, "/v1/claims"))
		answer(q, 200, "claims", claims_text(q->body));
	else
		fail_msg("nobody asked for %s", q->path);
}

static inline bool has_news(const struct asked *q)
{
	int at = day_at(day_of_path(q->path));

	return of_path(q->path, "after") != hub.rows[at] ||
	    of_path(q->path, "epoch") != hub.epoch[at];
}

/* Serves until the terminal has nothing to ask but its long poll. */
static inline struct asked *settle(void)
{
	static struct asked poll, q;
	bool polled = false;

	for (int i = 0; i < 100; i++) {
		if (!take(&q)) {
			assert_true(polled);
			return &poll;
		}
		if (is_path(&q, "/v1/feed") && of_path(q.path, "wait") > 0 &&
		    !has_news(&q)) {
			poll = q;
			polled = true;
		} else {
			serve(&q);
		}
	}
	fail_msg("it never settles: %s", q.path);
	return NULL;
}

/* ---- a hub of its own in virtual time ---- */

static inline void hub_answers(const struct asked *q)
{
	bool feed = is_path(q, "/v1/feed");

	switch (hub.mode) {
	case HUB_SILENT:
		return;
	case HUB_DOWN:
		no_answer(q);
		return;
	case HUB_PORTAL:
		login_page(q, 0);
		return;
	case HUB_BUSY:
		answer_error(q, 503, "busy");
		return;
	case HUB_RUBBISH:
		answer(q, 200, feed ? "feed" : "claims", "no JSON");
		return;
	case HUB_REPLAYED:
		answer_error(q, 409, "replayed");
		return;
	case HUB_BAD_REQUEST:
		answer_error(q, 400, "bad_request");
		return;
	case HUB_EPOCH:
		if (feed) {
			answer(q, 409, "error",
			    "{\"error\":\"epoch\",\"detail\":\"\","
			    "\"epoch\":9,\"head\":0}");
			return;
		}
		break;
	case HUB_GOOD:
	case HUB_WRONG_DIGEST:
	case HUB_STRANGE_OP:
	case HUB_EAGER:
	case HUB_NO_GRANTS:
	case HUB_OTHER_OPS:
	case HUB_NEWER_WORDS:
	case HUB_MODES:
		break;
	case HUB_NO_POST:
		if (!feed && is_path(q, "/v1/claims")) {
			login_page(q, 0);
			return;
		}
		break;
	}
	serve(q);
}

static inline void hub_takes(const struct asked *q)
{
	struct pending *p = hub.pending;
	int64_t wait_s = 0;

	while (p < hub.pending + PENDING && p->due_ms != 0)
		p++;
	assert_true(p < hub.pending + PENDING);
	if (++hub.requests > 2000)
		fail_msg("it asks without end: %s", q->path);
	hub.claims += is_path(q, "/v1/claims");
	if (is_path(q, "/v1/feed")) {
		hub.feeds++;
		wait_s = of_path(q->path, "wait");
	}
	p->q = *q;
	p->held = wait_s > 0 && hub.mode != HUB_EAGER && !has_news(q);
	p->due_ms = mono_ms + LATENCY_MS + (p->held ? wait_s * 1000 : 0);
}

/* Answers that are due; when the next one is. */
static inline int64_t hub_delivers(void)
{
	static struct asked q;
	int64_t next = INT64_MAX;

	for (int i = 0; i < PENDING; i++) {
		struct pending *p = &hub.pending[i];

		if (p->due_ms != 0 && p->due_ms <= mono_ms) {
			q = p->q;
			p->due_ms = 0;
			hub_answers(&q);
			i = -1; /* another may be due by what it did */
			next = INT64_MAX;
		} else if (p->due_ms != 0 && p->due_ms < next) {
			next = p->due_ms;
		}
	}
	return next;
}

/* Lets time pass; the terminal is woken at its deadlines alone. */
static inline void hub_run(int64_t ms)
{
	static struct asked q;
	int64_t end = mono_ms + ms, next, due;

	while (mono_ms < end) {
		next = hub_delivers();
		while (take(&q))
			hub_takes(&q);
		due = sync_deadline_ms(s);
		if (due <= mono_ms)
			fail_msg("a deadline in the past, nothing to ask");
		for (int i = 0; i < PENDING; i++)
			if (hub.pending[i].due_ms != 0 &&
			    hub.pending[i].due_ms < next)
				next = hub.pending[i].due_ms;
		if (due < next)
			next = due;
		mono_ms = next < end ? next : end;
	}
}

/* ---- what was done here ---- */

static inline struct admit_request request_of(unsigned i)
{
	struct admit_request q = {.op_id = journal_op_id(),
	    .time_s = now_s(),
	    .booking = person(i),
	    .day = DAY,
	    .letter = 19,
	    .service = 1,
	    .slot_min = 540,
	    .window_min = 45,
	    .type = TICKET_QUEUE,
	    .flags = TICKET_BOOKED,
	    .booking_class = CLASS_BOOKED,
	    .verdict = VERDICT_ADMIT_BOOKED};

	return q;
}

static inline struct admission admit(unsigned i)
{
	struct admit_request q = request_of(i);
	struct admission a;

	assert_int_equal(journal_admit(j, &q, &a, &e), 0);
	return a;
}

static inline size_t outbox(void)
{
	static struct admission a[300];
	size_t n;

	assert_int_equal(journal_outbox(j, a, 300, &n, &e), 0);
	return n;
}

static inline size_t intents(void)
{
	static struct admit_request q[16];
	size_t n;

	assert_int_equal(journal_intents(j, q, 16, &n, &e), 0);
	return n;
}

static inline int64_t stuck(void)
{
	int64_t n;

	assert_int_equal(journal_count_stuck(j, &n, &e), 0);
	return n;
}

static inline uint32_t doubles(void)
{
	static struct journal_report r;

	assert_int_equal(journal_report(j, DAY, &r, &e), 0);
	return r.doubles;
}

static inline int64_t bookings(int32_t day)
{
	int64_t n;

	assert_int_equal(cache_count_day(c, day, &n, &e), 0);
	return n;
}

/* ---- words of the tests ---- */

#define FEED(day, epoch, after, wait) \
	"/v1/feed?office=4102&day=2026-11-" day "&epoch=" epoch \
	"&after=" after "&limit=1000&wait=" wait

static inline void must_get(const struct asked *q, const char *path)
{
	assert_string_equal(q->path, path);
	assert_string_equal(q->method, "GET");
	assert_string_equal(q->body, "");
}

/* With letters whose numbers are given here. */
static inline void with_letter(uint8_t letter)
{
	options.letter[0] = letter;
	options.letters = 1;
	restart();
}

static inline struct sync_status status(void)
{
	struct sync_status st;

	sync_status(s, now_s(), mono_ms, &st);
	return st;
}

#endif
