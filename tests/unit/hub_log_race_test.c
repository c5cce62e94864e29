/* Devices of one office that upload their chains at the same time, each over a
 * connection of its own: the log has every entry once, in each chain's order,
 * and every device can prove its own and that the log only grew. */
#include <pthread.h>
#include <stdatomic.h>

#include "test_hub_log.h"

enum { THREADS = 4, PIECES = 25, PIECE = 20, TRIES = 20 };

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

static struct device {
	pthread_t thread;
	struct hub_db *db;
	struct client c;
	struct chain chain;
	struct note_key key;
	struct checkpoint known;
	uint8_t signature[PIECES][64];
	char text[32 * 1024];
} device[THREADS];

/* Signs every head beforehand: what upload_of uses is the first thread's. */
static int make_devices(void **state)
{
	char name[16];
	int r = make_hub(state);

	if (r != 0)
		return r;
	wrong = 0;
	for (unsigned i = 0; i < THREADS; i++) {
		struct device *d = &device[i];

		memset(d, 0, sizeof(*d));
		snprintf(name, sizeof(name), "d%u", i);
		d->c = enrolled(OFFICE, i % 2 == 0 ? "kiosk" : "gate", name);
		d->db = open_store();
		d->key = log_key_of(OFFICE);
		chain_begin(&d->chain);
		chain_grow(&d->chain, PIECES * PIECE);
		for (size_t k = 0; k < PIECES; k++) {
			size_t n = (k + 1) * PIECE;

			sign_head(d->chain.secret, n,
			    &d->chain.entry[n - 1].hash);
			memcpy(d->signature[k], upload.signature, 64);
		}
	}
	return 0;
}

static int remove_devices(void **state)
{
	for (unsigned i = 0; i < THREADS; i++)
		hub_db_close(device[i].db);
	return remove_hub(state);
}

static int send_body(struct device *d, struct str body, struct hub_answer *a)
{
	char number[16], counter[24], base64[WIRE_BASE64 + 1];
	uint8_t signature[WIRE_SIGNATURE_BYTES];
	struct wire_request w = {str_from("POST"), str_from("/v1/audit"), body,
	    d->c.device, ++d->c.counter};
	struct hub_request q = {w.method, w.path, w.body, .now_s = now_s};

	CHECK(wire_sign_request(&w, d->c.secret, signature));
	wire_base64(signature, sizeof(signature), base64);
	snprintf(number, sizeof(number), "%u", d->c.device);
	snprintf(counter, sizeof(counter), "%llu",
	    (unsigned long long)w.counter);
	q.device = str_from(number);
	q.counter = str_from(counter);
	q.signature = str_from(base64);
	hub_handle(h, d->db, &q, a);
	return a->status;
}

static bool agrees(struct device *d, const struct hub_answer *a, uint64_t taken)
{
	static _Thread_local struct client_log log;
	struct log_entry last = d->chain.entry[taken - 1];
	uint8_t bytes[LOG_ENTRY_BYTES];
	struct checkpoint now;
	struct merkle_hash leaf;
	struct str text;
	bool ok;

	if (client_log(str_of(a->body, a->len), &log, NULL) < 0 ||
	    log.taken != taken ||
	    !note_open(str_from(log.checkpoint), &d->key, &text) ||
	    !checkpoint_parse(text, &now))
		return false;
	last.office = OFFICE;
	last.device = d->c.device;
	log_entry_put(&last, bytes);
	leaf = merkle_leaf(str_of(bytes, sizeof(bytes)));
	ok = merkle_included(log.index, now.size, &leaf, log.inclusion,
		 log.inclusions, &now.root) &&
	    merkle_consistent(d->known.size, &d->known.root, now.size,
		&now.root, log.consistency, log.consistencies);
	d->known = now;
	return ok;
}

static void *upload_all(void *arg)
{
	struct device *d = arg;

	for (size_t k = 0; k < PIECES; k++) {
		size_t n = (k + 1) * PIECE;
		struct client_audit x = {.audit_key = d->chain.key,
		    .entries = &d->chain.entry[k * PIECE],
		    .n = PIECE,
		    .head_n = n,
		    .head = d->chain.entry[n - 1].hash,
		    .signature = d->signature[k],
		    .tree = d->known.size};
		struct hub_answer a = {0};
		int status = 503;
		struct buf b;

		buf_init(&b, d->text, sizeof(d->text));
		client_audit_body(&b, &x);
		for (int i = 0; i < TRIES && status == 503; i++) {
			hub_answer_fini(&a);
			status = send_body(d, buf_view(&b), &a);
		}
		CHECK(status == 200);
		if (status == 200)
			CHECK(agrees(d, &a, n));
		hub_answer_fini(&a);
	}
	return NULL;
}

/* The entries of all bundles: each chain in its order, once. */
static void must_hold_all(void)
{
	size_t next[THREADS] = {0}, total = THREADS * PIECES * PIECE, at = 0;
	struct log_entry x;
	char path[64];

	for (size_t tile = 0; at < total; tile++) {
		size_t width = total - at < 256 ? total - at : 256;

		snprintf(path, sizeof(path),
		    width < 256 ? "/v1/log/4102/tile/entries/%03zu.p/%zu"
				: "/v1/log/4102/tile/entries/%03zu",
		    tile, width);
		assert_int_equal(fetch(path), 200);
		assert_int_equal(answer.len, width * (2 + LOG_ENTRY_BYTES));
		for (size_t i = 0; i < width; i++, at++) {
			unsigned who = 0;

			assert_true(log_entry_read(
			    str_of(answer.body + i * (2 + LOG_ENTRY_BYTES) + 2,
				LOG_ENTRY_BYTES),
			    &x));
			while (device[who].c.device != x.device)
				assert_true(++who < THREADS);
			assert_int_equal(x.n, ++next[who]);
			assert_memory_equal(&x.hash,
			    &device[who].chain.entry[x.n - 1].hash,
			    AUDIT_HASH_BYTES);
		}
	}
	snprintf(path, sizeof(path), "/v1/log/4102/checkpoint");
	assert_int_equal(fetch(path), 200);
	assert_int_equal(
	    open_note(OFFICE, str_of(answer.body, answer.len)).size, total);
}

static void test_many_devices_fill_one_log(void **state)
{
	(void)state;
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&device[i].thread, NULL,
				     upload_all, &device[i]),
		    0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(device[i].thread, NULL);
	assert_int_equal(wrong, 0);
	must_hold_all();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_many_devices_fill_one_log,
		make_devices, remove_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
