/* Many at once, each with a connection of its own: at most one admission, one
 * answer, no number twice, and every page whole. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "test_hub_feed.h"

enum { THREADS = 8, HOT = 200, BATCH = 20, ROUNDS = 10, MANY = 400 };
/* Within the 64 counters that a device may have on their way. */
enum { RETRIES = 15 };

/* cmocka's assertions are for the first thread: the others count what went
 * wrong. */
static atomic_int wrong;
#define CHECK(fact) \
	do { \
		if (!(fact)) { \
			print_error("%s:%d: %s\n", __FILE__, __LINE__, #fact); \
			wrong++; \
		} \
	} while (0)

struct talker {
	pthread_t thread;
	struct hub_db *db;
	struct client c;
	unsigned n;
	struct hub_answer answer;
	json_t *reply;
	struct batch batch;
	/* By op of this talker: what it heard. */
	char heard[MANY][16];
	char by[MANY][33];
	int64_t first[MANY], last[MANY];
};
static struct talker talker[THREADS];

static int make_talkers(void **state)
{
	char name[16];
	int r = make_hub(state);

	if (r != 0)
		return r;
	wrong = 0;
	for (unsigned i = 0; i < THREADS; i++) {
		memset(&talker[i], 0, sizeof(talker[i]));
		snprintf(name, sizeof(name), "k%u", i);
		talker[i].c = enrolled(OFFICE, "kiosk", name);
		talker[i].db = open_store();
		talker[i].batch.day = DAY;
		talker[i].n = i;
	}
	return 0;
}

static int remove_talkers(void **state)
{
	for (unsigned i = 0; i < THREADS; i++) {
		json_decref(talker[i].reply);
		hub_answer_fini(&talker[i].answer);
		hub_db_close(talker[i].db);
	}
	return remove_hub(state);
}

/* Like ask(), with nothing that threads share. */
static int talk(struct talker *t, const char *method, const char *path,
    const char *body)
{
	char device[16], counter[24], base64[WIRE_BASE64 + 1];
	uint8_t signature[WIRE_SIGNATURE_BYTES];
	struct wire_request w = {str_from(method), str_from(path),
	    str_from(body), t->c.device, ++t->c.counter};
	struct hub_request q = {w.method, w.path, w.body, .now_s = now_s};

	json_decref(t->reply);
	hub_answer_fini(&t->answer);
	CHECK(wire_sign_request(&w, t->c.secret, signature));
	wire_base64(signature, sizeof(signature), base64);
	snprintf(device, sizeof(device), "%u", t->c.device);
	snprintf(counter, sizeof(counter), "%llu",
	    (unsigned long long)w.counter);
	q.device = str_from(device);
	q.counter = str_from(counter);
	q.signature = str_from(base64);
	hub_handle(h, t->db, &q, &t->answer);
	t->reply = t->answer.body == NULL
	    ? NULL
	    : json_loadb(t->answer.body, t->answer.len, 0, NULL);
	if (t->answer.status != 200)
		print_error("%s %s: %d %s %s\n", method, path, t->answer.status,
		    t->answer.body, t->answer.failure.text);
	return t->answer.status;
}

static const json_t *talked(const struct talker *t, size_t i)
{
	return json_array_get(json_object_get(t->reply, "answers"), i);
}

/* Op and hash texts that no other thread writes to. */
static void id_text(char out[33], unsigned who, unsigned i)
{
	snprintf(out, 33, "%08xbbbb%04xbbbbbbbb%08x", i * 2654435761u, who, i);
}

static void run_all(void *(*run)(void *), unsigned threads)
{
	for (unsigned i = 0; i < threads; i++)
		assert_int_equal(
		    pthread_create(&talker[i].thread, NULL, run, &talker[i]),
		    0);
	for (unsigned i = 0; i < threads; i++)
		pthread_join(talker[i].thread, NULL);
	assert_int_equal(wrong, 0);
}

/* Every thread wants every hot code, each in its own order. */
static void *claim_hot(void *arg)
{
	struct talker *t = arg;
	char op[33], hash[33];

	for (unsigned at = 0; at < HOT; at += BATCH) {
		begin_in(&t->batch);
		for (unsigned i = at; i < at + BATCH; i++) {
			/* 7 and 200 have no common part. */
			unsigned code = (i * 7 + t->n * 31) % HOT;

			id_text(op, t->n + 1, code);
			id_text(hash, 0, code);
			put_admit(&t->batch, op, hash, WALK_IN);
		}
		end_with(&t->batch, "");
		CHECK(talk(t, "POST", "/v1/claims", t->batch.text) == 200);
		for (unsigned i = at; i < at + BATCH; i++) {
			unsigned code = (i * 7 + t->n * 31) % HOT;
			const json_t *r = talked(t, i - at);

			snprintf(t->heard[code], sizeof(t->heard[code]), "%s",
			    text_of(r, "answer"));
			snprintf(t->by[code], sizeof(t->by[code]), "%s",
			    text_of(json_object_get(r, "by"), "op_id"));
		}
	}
	return NULL;
}

static void test_200_hot_codes_are_admitted_once_each(void **state)
{
	char winner[33];

	(void)state;
	run_all(claim_hot, THREADS);
	for (unsigned code = 0; code < HOT; code++) {
		unsigned admitted = 0;

		for (unsigned i = 0; i < THREADS; i++)
			if (strcmp(talker[i].heard[code], "admitted") == 0) {
				admitted++;
				id_text(winner, i + 1, code);
			}
		assert_int_equal(admitted, 1);
		for (unsigned i = 0; i < THREADS; i++) {
			if (strcmp(talker[i].heard[code], "admitted") == 0)
				continue;
			assert_string_equal(talker[i].heard[code], "used");
			assert_string_equal(talker[i].by[code], winner);
		}
	}
	view_reset(&view);
	view_sync(&view, &talker[0].c, 500);
	assert_int_equal(view.n, HOT);
	assert_int_equal(view.after, HOT);
}

/* Four connections of one device send the same ops again and again. */
static void *retry(void *arg)
{
	struct talker *t = arg;
	char op[33], hash[33];
	unsigned random = t->n * 7919 + 1;

	for (unsigned round = 0; round < RETRIES; round++) {
		unsigned ops[BATCH];

		begin_in(&t->batch);
		for (unsigned i = 0; i < BATCH; i++) {
			random = random * 1664525u + 1013904223u;
			ops[i] = (random >> 16) % 40;
			id_text(op, 99, ops[i]);
			id_text(hash, 0, ops[i] % 20);
			if ((random >> 8) % 3 == 0)
				put_done(&t->batch, op, hash, WALK_IN, 'T',
				    (int)ops[i] + 1);
			else
				put_admit(&t->batch, op, hash, WALK_IN);
		}
		end_with(&t->batch, "");
		CHECK(talk(t, "POST", "/v1/claims", t->batch.text) == 200);
		for (unsigned i = 0; i < BATCH; i++) {
			const char *a = text_of(talked(t, i), "answer");

			CHECK(t->heard[ops[i]][0] == '\0' ||
			    strcmp(t->heard[ops[i]], a) == 0);
			snprintf(t->heard[ops[i]], sizeof(t->heard[0]), "%s",
			    a);
		}
	}
	return NULL;
}

static void test_retries_side_by_side_hear_one_answer(void **state)
{
	(void)state;
	/* One device, counters far enough apart to be fresh all the time. */
	for (unsigned i = 1; i < 4; i++) {
		talker[i].c = talker[0].c;
		talker[i].c.counter = i * RETRIES;
	}
	run_all(retry, 4);
	for (unsigned op = 0; op < 40; op++)
		for (unsigned i = 0; i < 4; i++)
			for (unsigned k = 0; k < 4; k++)
				if (talker[i].heard[op][0] != '\0' &&
				    talker[k].heard[op][0] != '\0')
					assert_string_equal(talker[i].heard[op],
					    talker[k].heard[op]);
}

static void *take_numbers(void *arg)
{
	struct talker *t = arg;
	char op[33];

	for (unsigned i = 0; i < ROUNDS; i++) {
		id_text(op, t->n + 1, i);
		begin_in(&t->batch);
		put_text(&t->batch,
		    "{\"op\": \"numbers\", \"op_id\": \"%s\", \"day\": \"" DAY
		    "\", \"letter\": \"A\", \"count\": %u},",
		    op, i % 5 + 1);
		id_text(op, t->n + 1, 1000 + i);
		put_text(&t->batch,
		    "{\"op\": \"allowance\", \"op_id\": \"%s\", \"day\": \"" DAY
		    "\", \"service\": 1, \"class\": 3, \"count\": 3}",
		    op);
		end_with(&t->batch, "");
		CHECK(talk(t, "POST", "/v1/claims", t->batch.text) == 200);
		t->first[i] = number_of(talked(t, 0), "first");
		t->last[i] = number_of(talked(t, 0), "last");
		t->first[ROUNDS + i] = number_of(talked(t, 1), "count");
	}
	return NULL;
}

static void test_numbers_and_allowances_are_given_once(void **state)
{
	static bool given[2048];
	struct hub_slot pool = {OFFICE, DAY_N, 1, 3, 0, 0, 100};
	int64_t sum = 0, highest = 0;

	(void)state;
	memset(given, 0, sizeof(given));
	assert_int_equal(hub_slot_set(h, db, &pool, &e), 0);
	run_all(take_numbers, THREADS);
	for (unsigned i = 0; i < THREADS; i++)
		for (unsigned k = 0; k < ROUNDS; k++) {
			assert_int_equal(talker[i].last[k] - talker[i].first[k],
			    k % 5);
			for (int64_t n = talker[i].first[k];
			     n <= talker[i].last[k]; n++) {
				assert_false(given[n]);
				given[n] = true;
				highest = n > highest ? n : highest;
			}
			sum += talker[i].first[ROUNDS + k];
		}
	/* 8 x 10 grants of 3 on the average, without a gap. */
	assert_int_equal(highest, THREADS * ROUNDS * 3);
	assert_int_equal(sum, 100);
}

static atomic_bool writers_done;
static atomic_uint pages_read;

static void *write_claims(void *arg)
{
	struct talker *t = arg;
	char op[33], hash[33];

	for (unsigned i = 0; i < 2 * ROUNDS; i++) {
		begin_in(&t->batch);
		for (unsigned k = 0; k < 4; k++) {
			id_text(op, t->n + 1, i * 4 + k);
			id_text(hash, t->n + 1, i * 4 + k);
			put_admit(&t->batch, op, hash, WALK_IN);
		}
		end_with(&t->batch, "");
		CHECK(talk(t, "POST", "/v1/claims", t->batch.text) == 200);
		/* The first writer does not run away from the reader. */
		while (t == &talker[0] && pages_read < i)
			sched_yield();
	}
	return NULL;
}

static void *write_and_say(void *arg)
{
	write_claims(arg);
	writers_done = true;
	return NULL;
}

/* In this thread, so that view_take's assertions count. */
static void test_a_page_is_whole_while_others_write(void **state)
{
	bool last;

	(void)state;
	writers_done = false;
	pages_read = 0;
	view_reset(&view);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&talker[i].thread, NULL,
				     i == 0 ? write_and_say : write_claims,
				     &talker[i]),
		    0);
	do {
		last = writers_done;
		view_sync(&view, &talker[7].c, 13);
		pages_read++;
	} while (!last);
	for (unsigned i = 0; i < 4; i++)
		pthread_join(talker[i].thread, NULL);
	assert_int_equal(wrong, 0);
	view_sync(&view, &talker[7].c, 13);
	assert_int_equal(view.n, 4 * 2 * ROUNDS * 4);
	assert_true(pages_read >= 2 * ROUNDS - 1);
}

/* Channels move the same codes from day to day. */
static void *move_codes(void *arg)
{
	struct talker *t = arg;
	struct batch *b = &t->batch;

	for (unsigned i = 0; i < ROUNDS; i++) {
		b->len = 0;
		put_text(b, "{\"bookings\": [");
		for (unsigned k = 0; k < 10; k++)
			put_text(b,
			    "%s{\"code\": \"CODE%04u\", \"service\": 1, "
			    "\"date\": \"2026-11-%02u\", \"start\": \"09:00\", "
			    "\"end\": \"09:15\", \"companions\": %u}",
			    k == 0 ? "" : ",", (k * 3 + t->n) % 20,
			    25 + (i + k + t->n) % 3, t->n);
		put_text(b, "]}");
		CHECK(talk(t, "POST", "/v1/bookings", b->text) == 200);
		CHECK(number_of(t->reply, "accepted") == 10);
	}
	return NULL;
}

static void test_codes_that_move_lie_on_one_day_each(void **state)
{
	unsigned confirmed = 0;
	char path[128];

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		char name[16];

		snprintf(name, sizeof(name), "web%u", i);
		talker[i].c = enrolled(OFFICE, "channel", name);
	}
	run_all(move_codes, 4);
	for (int day = 25; day <= 27; day++) {
		view_reset(&view);
		view.day = DAY_N - 26 + day;
		snprintf(path, sizeof(path),
		    "/v1/feed?office=4102&day=2026-11-%d&epoch=0&after=0"
		    "&limit=5000",
		    day);
		assert_int_equal(ask(&talker[7].c, "GET", path, ""), 200);
		assert_true(view_take(&view));
		for (size_t i = 0; i < view.n; i++)
			confirmed += view.row[i].booking.status == 1;
	}
	assert_int_equal(confirmed, 20);
}

static char tokens[THREADS][33];

static void *enrol_one(void *arg)
{
	struct talker *t = arg;
	char body[512], request_key[65], ticket_key[65];

	wire_hex(t->c.public_key, 32, request_key);
	wire_hex(t->c.ticket_key, 32, ticket_key);
	snprintf(body, sizeof(body),
	    "{\"token\": \"%s\", \"request_key\": \"%s\", \"ticket_key\": "
	    "\"%s\", \"name\": \"n%u\"}",
	    tokens[t->n], request_key, ticket_key, t->n / 2);
	t->c.counter = UINT64_MAX; /* talk() sends 0 */
	CHECK(talk(t, "POST", "/v1/enrol", body) == 200);
	t->c.device = (uint32_t)number_of(t->reply, "device");
	t->c.epoch = (uint32_t)number_of(t->reply, "epoch");
	t->c.letter[0] = text_of(t->reply, "letter")[0];
	return NULL;
}

static void test_enrolments_side_by_side_share_nothing(void **state)
{
	(void)state;
	for (unsigned i = 0; i < THREADS; i++) {
		char name[16];

		talker[i].c = new_client();
		snprintf(name, sizeof(name), "n%u", i / 2);
		take_token(OTHER_OFFICE, "kiosk", name, tokens[i]);
	}
	run_all(enrol_one, THREADS);
	for (unsigned i = 0; i < THREADS; i++)
		for (unsigned k = 0; k < i; k++) {
			assert_int_not_equal(talker[i].c.device,
			    talker[k].c.device);
			assert_string_not_equal(talker[i].c.letter,
			    talker[k].c.letter);
		}
	/* Two of each name: epochs 1 and 2. */
	for (unsigned i = 0; i < THREADS; i += 2)
		assert_int_equal(talker[i].c.epoch + talker[i + 1].c.epoch, 3);
}

#define T(test) \
	cmocka_unit_test_setup_teardown(test, make_talkers, remove_talkers)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_200_hot_codes_are_admitted_once_each),
	    T(test_retries_side_by_side_hear_one_answer),
	    T(test_numbers_and_allowances_are_given_once),
	    T(test_a_page_is_whole_while_others_write),
	    T(test_codes_that_move_lie_on_one_day_each),
	    T(test_enrolments_side_by_side_share_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
