/*
 * app/sync under a hostile link: for each kind of answer that the hub signs,
 * a link that forges, replays, reorders, cuts, alters, misdirects or doubles
 * it, or hands on what others say, changes nothing: no row of cache and
 * journal, no state, version or clock. The genuine answer does.
 */
#include "test_hubside.h"

/* ---- what there is to change ---- */

enum { DUMP = 96 * 1024 };

static void dump_table(sqlite3 *db, const char *name, struct buf *b)
{
	char sql[128];
	sqlite3_stmt *q;

	(void)snprintf(sql, sizeof(sql), "SELECT * FROM \"%s\"", name);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
	buf_fmt(b, "%s\n", name);
	while (sqlite3_step(q) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(q); i++) {
			const void *blob = sqlite3_column_blob(q, i);

			buf_put(b, blob, (size_t)sqlite3_column_bytes(q, i));
			buf_byte(b, '|');
		}
		buf_byte(b, '\n');
	}
	sqlite3_finalize(q);
}

/* All rows of all tables of a file that is open here: its copy. */
static void dump_file(const char *name, struct buf *b)
{
	char cmd[640], copy[96];
	sqlite3_stmt *q;
	sqlite3 *db;

	(void)snprintf(copy, sizeof(copy), "%s/copy", dir);
	(void)snprintf(cmd, sizeof(cmd),
	    "cp %s/%s.db %s && { [ ! -e %s/%s.db-wal ] ||"
	    " cp %s/%s.db-wal %s-wal; }",
	    dir, name, copy, dir, name, dir, name, copy);
	assert_int_equal(system(cmd), 0);
	assert_int_equal(sqlite3_open(copy, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db,
			     "SELECT name FROM sqlite_master"
			     " WHERE type = 'table' ORDER BY name",
			     -1, &q, NULL),
	    SQLITE_OK);
	while (sqlite3_step(q) == SQLITE_ROW)
		dump_table(db, (const char *)sqlite3_column_text(q, 0), b);
	sqlite3_finalize(q);
	sqlite3_close(db);
	(void)snprintf(cmd, sizeof(cmd), "rm -f %s %s-wal %s-shm", copy, copy,
	    copy);
	assert_int_equal(system(cmd), 0);
}

/* What an answer can change of the terminal itself. */
struct held {
	enum sync_state state;
	struct roster roster;
	int64_t hub_time_s, hub_time_ms, heard_ms, fresh_ms;
	bool asked;
	struct client_answer answer;
	size_t batch;
};

static struct held held_now(void)
{
	struct held h;

	memset(&h, 0, sizeof(h));
	h.state = sync_state(s);
	h.roster = *sync_roster(s);
	h.hub_time_s = s->hub_time_s;
	h.hub_time_ms = s->hub_time_ms;
	h.heard_ms = s->heard_ms;
	h.fresh_ms = s->day[0].fresh_ms;
	h.asked = s->ask.state == SYNC_ASK_ANSWERED;
	h.answer = s->ask.answer;
	h.batch = s->batch;
	return h;
}

struct image {
	struct held held;
	size_t len;
	uint8_t bytes[DUMP];
};

static void take_image(struct image *m)
{
	struct buf b;

	m->held = held_now();
	buf_init(&b, m->bytes, sizeof(m->bytes));
	dump_file("cache", &b);
	dump_file("journal", &b);
	assert_false(b.full);
	m->len = b.len;
}

static struct image before, after;

static bool is_changed(void)
{
	take_image(&after);
	return before.len != after.len ||
	    memcmp(before.bytes, after.bytes, before.len) != 0 ||
	    memcmp(&before.held, &after.held, sizeof(before.held)) != 0;
}

/* ---- each answer there is ---- */

enum lie {
	LIE_PAGE,
	LIE_CARE_PAGE,
	LIE_CLAIMS,
	LIE_ASK,
	LIE_ROSTER,
	LIE_TIME,
	LIE_REVOKED,
	LIE_UNKNOWN_DEVICE,
	LIE_EPOCH,
	LIE_RE_ENROL,
	LIES
};

static const struct {
	const char *name, *path, *kind;
	int status;
	const char *error; /* NULL: the good answer to the path */
} lies[LIES] = {
    [LIE_PAGE] = {"page", "/v1/feed?office=4102&day=2026-11-26", "feed", 200,
	NULL},
    [LIE_CARE_PAGE] = {"page of a day to come",
	"/v1/feed?office=4102&day=2026-11-27", "feed", 200, NULL},
    [LIE_CLAIMS] = {"claims", "/v1/claims", "claims", 200, NULL},
    [LIE_ASK] = {"a visitor's answer", "/v1/claims", "claims", 200, NULL},
    [LIE_ROSTER] = {"roster", "/v1/roster", "roster", 200, NULL},
    [LIE_TIME] = {"time", "/v1/time", "time", 200, NULL},
    [LIE_REVOKED] = {"revoked", "/v1/feed", "error", 403,
	"{\"error\":\"revoked\",\"detail\":\"\"}"},
    [LIE_UNKNOWN_DEVICE] = {"unknown_device", "/v1/feed", "error", 403,
	"{\"error\":\"unknown_device\",\"detail\":\"\"}"},
    [LIE_EPOCH] = {"epoch", "/v1/feed", "error", 409,
	"{\"error\":\"epoch\",\"detail\":\"\",\"epoch\":9,\"head\":1}"},
    [LIE_RE_ENROL] = {"re_enrol", "/v1/feed", "error", 409,
	"{\"error\":\"re_enrol\",\"detail\":\"\"}"},
};

/* One day with bookings and an admission that the hub has taken; then a
 * question of each lane is out, and there is news for each of them. */
static struct asked ask_of[LIES];
static struct asked earlier[LIES]; /* of the same kind, answered */
static struct admit_request visitor;

static void keep_earlier(const struct asked *q)
{
	for (int i = 0; i < LIES; i++)
		if (is_path(q, lies[i].path))
			earlier[i] = *q;
}

static void answer_all(void)
{
	static struct asked q;

	while (take(&q)) {
		keep_earlier(&q);
		if (is_path(&q, "/v1/feed") && of_path(q.path, "wait") > 0 &&
		    !has_news(&q))
			continue;
		serve(&q);
	}
}

static void sort_asked(const struct asked *q, bool is_ask)
{
	for (int i = 0; i < LIES; i++)
		if (is_path(q, lies[i].path) &&
		    (strcmp(lies[i].path, "/v1/claims") != 0 ||
			(i == LIE_ASK) == is_ask))
			ask_of[i] = *q;
}

/* Only one of time, roster and page is out at once. */
static void set_scene(enum lie lie)
{
	static struct asked q;

	memset(ask_of, 0, sizeof(ask_of));
	hub.rows[1] = 2;
	admit(1);
	answer_all();
	admit(2);
	sync_lost(s, mono_ms);
	mono_ms += 60000;
	answer_all();
	hub.rows[1] = hub.rows[2] = 5;
	hub.roster = 5;
	admit(3);
	sync_poke(s, mono_ms);
	s->time_next_ms = lie == LIE_TIME ? mono_ms : INT64_MAX;
	s->roster_next_ms = lie == LIE_ROSTER ? mono_ms : INT64_MAX;
	s->day[1].next_ms = lie == LIE_CARE_PAGE ? mono_ms : INT64_MAX;
	s->day[2].next_ms = INT64_MAX;
	mono_ms += 10;
	sync_lost(s, mono_ms);
	s->up = true;
	for (int i = 0; i < LANES; i++)
		s->lane[i] = (struct lane){.next_ms = mono_ms};
	while (take(&q))
		sort_asked(&q, false);
	visitor = request_of(9);
	assert_int_equal(journal_intend(j, &visitor, &e), 0);
	sync_ask(s, &visitor, mono_ms);
	assert_true(take(&q));
	sort_asked(&q, true);
	if (ask_of[lie].id == 0)
		fail_msg("%s was not asked for", lies[lie].name);
	take_image(&before);
}

static struct lane lanes[LANES];

static struct str good_body(enum lie lie, const struct asked *q)
{
	static char body[LIES][BODY];
	const char *text = lies[lie].error;

	if (text == NULL && lie == LIE_ROSTER)
		text = roster_text();
	else if (text == NULL && lie == LIE_TIME)
		text = time_text(q, now_s() + 7);
	else if (text == NULL && strcmp(lies[lie].kind, "feed") == 0)
		text = page_for(q);
	else if (text == NULL)
		text = claims_text(q->body);
	assert_true(str_copy(body[lie], BODY, str_from(text)));
	return str_from(body[lie]);
}

static struct frame_answer good(enum lie lie)
{
	const struct asked *q = &ask_of[lie];

	return signed_by(hub.secret, DEVICE, ENROLLED, q, lies[lie].status,
	    lies[lie].kind, good_body(lie, q));
}

static unsigned told;

/* The link hands this on; the question is then out again as it was. */
static void tell(const struct frame_answer *a)
{
	struct frame_answer copy = *a;
	enum sync_ask asked = s->ask.state;

	memcpy(lanes, s->lane, sizeof(lanes));
	deliver(&copy);
	told++;
	if (s->ask.state == SYNC_ASK_ANSWERED)
		fail_msg("a visitor was answered");
	s->ask.state = asked;
	s->up = true;
	memcpy(s->lane, lanes, sizeof(lanes));
	if (sync_state(s) != SYNC_SERVING)
		fail_msg("the terminal stopped");
}

static void nothing_changed(enum lie lie, const char *how)
{
	if (is_changed())
		fail_msg("%s: %s changed something", lies[lie].name, how);
}

/* ---- what a hostile link does ---- */

/* With a key of its own; and with none. */
static void forge(enum lie lie)
{
	uint8_t public_key[32], secret[64], seed[32] = {66};
	struct frame_answer a = good(lie);

	crypto_sign_seed_keypair(public_key, secret, seed);
	a = signed_by(secret, DEVICE, ENROLLED, &ask_of[lie], lies[lie].status,
	    lies[lie].kind, a.body);
	tell(&a);
	a.signature = str_from("");
	tell(&a);
	a.signature = str_from("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
			       "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==");
	tell(&a);
}

/* What the hub once said, to every question it said it to. */
static void replay(enum lie lie)
{
	struct frame_answer a;
	struct asked old = ask_of[lie];

	for (uint64_t counter = 0; counter < old.counter; counter++) {
		struct asked q = old;

		q.counter = counter;
		a = signed_by(hub.secret, DEVICE, ENROLLED, &q,
		    lies[lie].status, lies[lie].kind, good_body(lie, &old));
		tell(&a);
	}
	if (earlier[lie].counter == 0)
		return;
	a = signed_by(hub.secret, DEVICE, ENROLLED, &earlier[lie],
	    lies[lie].status, lies[lie].kind, good_body(lie, &earlier[lie]));
	a.id = old.id;
	tell(&a);
}

/* Answers to questions that are out, each to all the others. */
static void reorder(enum lie lie)
{
	for (int i = 0; i < LIES; i++)
		if (ask_of[i].id != 0 && ask_of[i].id != ask_of[lie].id) {
			struct frame_answer a = good((enum lie)i);

			a.id = ask_of[lie].id;
			tell(&a);
			a = good(lie);
			a.id = ask_of[i].id;
			tell(&a);
		}
}

static void cut(enum lie lie)
{
	const struct frame_answer whole = good(lie);
	struct frame_answer a = whole;

	for (size_t len = 0; len < whole.body.len; len++) {
		a.body.len = len;
		tell(&a);
	}
	a = whole;
	for (size_t len = 0; len < whole.signature.len; len++) {
		a.signature.len = len;
		tell(&a);
	}
	a = whole;
	for (size_t len = 0; len < whole.kind.len; len++) {
		a.kind.len = len;
		tell(&a);
	}
	a = whole;
	a.fate = FRAME_CUT;
	tell(&a);
}

/* Each bit of a text. */
static void flip(const struct frame_answer *whole, size_t where)
{
	static char text[BODY];
	struct frame_answer a = *whole;
	struct str *field = where == 0 ? &a.body
	    : where == 1               ? &a.signature
				       : &a.kind;
	size_t len = field->len;

	memcpy(text, field->ptr, len);
	*field = str_of(text, len);
	for (size_t bit = 0; bit < len * 8; bit++) {
		text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
		tell(&a);
		text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
	}
	/* And one byte more. */
	text[len] = ' ';
	field->len++;
	tell(&a);
}

static void alter(enum lie lie)
{
	static const char *const kinds[] = {"time", "feed", "claims", "roster",
	    "error", "enrol", ""};
	const struct frame_answer whole = good(lie);
	struct frame_answer a = whole;

	for (size_t where = 0; where < 3; where++)
		flip(&whole, where);
	for (int bit = 0; bit < 16; bit++) {
		a = whole;
		a.status = (uint16_t)(a.status ^ (1 << bit));
		tell(&a);
	}
	for (int bit = 0; bit < 32; bit++) {
		a = whole;
		a.epoch ^= UINT32_C(1) << bit;
		tell(&a);
	}
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		a = whole;
		a.kind = str_from(kinds[i]);
		if (!str_eq(a.kind, whole.kind))
			tell(&a);
	}
}

/* The hub's word, but to another device, or to an earlier enrolment. */
static void misdirect(enum lie lie)
{
	static const struct {
		uint32_t device, epoch;
	} to[] = {{DEVICE + 1, ENROLLED}, {0, ENROLLED}, {DEVICE, ENROLLED - 1},
	    {DEVICE, ENROLLED + 1}};
	struct frame_answer a;

	for (size_t i = 0; i < ARRAY_LEN(to); i++) {
		a = signed_by(hub.secret, to[i].device, to[i].epoch,
		    &ask_of[lie], lies[lie].status, lies[lie].kind,
		    good(lie).body);
		tell(&a);
	}
	/* To a request that was never made, or is answered. */
	a = good(lie);
	a.id = 0;
	tell(&a);
	a.id = ask_of[lie].id + 1000;
	tell(&a);
}

/* What is said by others than the hub. */
static void hand_on(enum lie lie)
{
	static const struct {
		int status;
		const char *body;
	} said_by[] = {{200, "<html>Please log in</html>"}, {502, "<h1>502"},
	    {503, ""}, {302, ""}, {204, ""}, {304, ""}, {401, "{}"},
	    {403, "{\"error\":\"revoked\",\"detail\":\"\"}"},
	    {403, "{\"error\":\"unknown_device\",\"detail\":\"\"}"},
	    {409,
		"{\"error\":\"epoch\",\"detail\":\"\",\"epoch\":9,"
		"\"head\":0}"},
	    {409, "{\"error\":\"re_enrol\",\"detail\":\"\"}"},
	    {413, "{\"error\":\"too_large\",\"detail\":\"\"}"}};
	static const char *const kinds[] = {"", "error"};
	struct frame_answer a = {.id = ask_of[lie].id, .fate = FRAME_CAME};

	a.signature = a.etag = a.trouble = str_from("");
	for (size_t i = 0; i < ARRAY_LEN(said_by); i++)
		for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
			a.status = (uint16_t)said_by[i].status;
			a.kind = str_from(kinds[k]);
			a.body = str_from(said_by[i].body);
			a.epoch = k == 0 ? 0 : ENROLLED;
			tell(&a);
		}
	/* Also the right body, when nobody signed it. */
	a.status = (uint16_t)lies[lie].status;
	a.kind = str_from(lies[lie].kind);
	a.body = good(lie).body;
	tell(&a);
	for (int fate = FRAME_UNSET; fate <= FRAME_CUT + 1; fate++)
		if (fate != FRAME_CAME) {
			a = good(lie);
			a.fate = (enum frame_fate)fate;
			tell(&a);
		}
}

/* What the genuine answer changes. */
static void control(enum lie lie, const struct frame_answer *a)
{
	struct client_answer answer;
	static struct asked q;

	deliver(a);
	assert_true(is_changed());
	switch (lie) {
	case LIE_PAGE:
		assert_int_equal(bookings(DAY), 5);
		return;
	case LIE_CARE_PAGE:
		assert_int_equal(bookings(DAY + 1), 5);
		return;
	case LIE_CLAIMS:
		assert_int_equal(outbox(), 0);
		return;
	case LIE_ASK:
		assert_int_equal(sync_asked(s, mono_ms, &answer),
		    SYNC_ASK_ANSWERED);
		return;
	case LIE_ROSTER:
		assert_int_equal(sync_roster(s)->version, 5);
		return;
	case LIE_TIME:
		assert_int_equal(sync_hub_time_s(s, mono_ms), now_s() + 7);
		return;
	case LIE_REVOKED:
		assert_int_equal(sync_state(s), SYNC_REVOKED);
		assert_int_equal(bookings(DAY), 0);
		return;
	case LIE_UNKNOWN_DEVICE:
	case LIE_RE_ENROL:
		assert_int_equal(sync_state(s), SYNC_RE_ENROL);
		assert_false(take(&q));
		return;
	case LIE_EPOCH:
		assert_int_equal(outbox(), 3);
		return;
	case LIES:
		break;
	}
	fail();
}

/* The same answer a second time: what it changed it does not change again. */
static void repeat(enum lie lie, const struct frame_answer *a)
{
	take_image(&before);
	for (int i = 0; i < 3; i++) {
		mono_ms += 1000;
		deliver(a);
	}
	nothing_changed(lie, "the second one");
}

static void lie_about(enum lie lie)
{
	static const struct {
		void (*tells)(enum lie lie);
		const char *how;
		unsigned least;
	} ways[] = {{forge, "a forgery", 3}, {replay, "a replay", 6},
	    {reorder, "another's answer", 4}, {cut, "a cut", 100},
	    {alter, "an altered bit", 1000},
	    {misdirect, "another device's answer", 6},
	    {hand_on, "what others say", 28}};
	struct frame_answer a;

	set_scene(lie);
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		told = 0;
		ways[i].tells(lie);
		nothing_changed(lie, ways[i].how);
		assert_true(told >= ways[i].least);
	}
	/* Nothing of it stands in the way of the truth. */
	a = good(lie);
	control(lie, &a);
	repeat(lie, &a);
}

static void test_no_lie_about_a_page_counts(void **state)
{
	(void)state;
	lie_about(LIE_PAGE);
}

static void test_no_lie_about_a_page_of_a_day_to_come_counts(void **state)
{
	(void)state;
	lie_about(LIE_CARE_PAGE);
}

static void test_no_lie_about_claims_counts(void **state)
{
	(void)state;
	lie_about(LIE_CLAIMS);
}

static void test_no_lie_about_a_visitor_counts(void **state)
{
	(void)state;
	lie_about(LIE_ASK);
}

static void test_no_lie_about_the_roster_counts(void **state)
{
	(void)state;
	lie_about(LIE_ROSTER);
}

static void test_no_lie_about_the_time_counts(void **state)
{
	(void)state;
	lie_about(LIE_TIME);
}

static void test_no_lie_revokes(void **state)
{
	(void)state;
	lie_about(LIE_REVOKED);
}

static void test_no_lie_makes_a_device_unknown(void **state)
{
	(void)state;
	lie_about(LIE_UNKNOWN_DEVICE);
}

static void test_no_lie_starts_a_day_over(void **state)
{
	(void)state;
	lie_about(LIE_EPOCH);
}

static void test_no_lie_wants_an_enrolment(void **state)
{
	(void)state;
	lie_about(LIE_RE_ENROL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_no_lie_about_a_page_counts),
	    CASE(test_no_lie_about_a_page_of_a_day_to_come_counts),
	    CASE(test_no_lie_about_claims_counts),
	    CASE(test_no_lie_about_a_visitor_counts),
	    CASE(test_no_lie_about_the_roster_counts),
	    CASE(test_no_lie_about_the_time_counts),
	    CASE(test_no_lie_revokes),
	    CASE(test_no_lie_makes_a_device_unknown),
	    CASE(test_no_lie_starts_a_day_over),
	    CASE(test_no_lie_wants_an_enrolment),
	};

	return sodium_init() < 0 ? 1
				 : cmocka_run_group_tests(tests, NULL, NULL);
}
