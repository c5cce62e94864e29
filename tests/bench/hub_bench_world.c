#include "hub_bench.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/hub/hub_bucket.h"
#include "firmware/hub/hub_call.h"

enum { AT_ONCE = 1000, BOOKING_PLACES = 100 };

/* Nothing of what is done here needs the hub's keys. */
void bench_store_open(struct bench_store *s, const char *store)
{
	static const struct hub_keys keys;
	const struct hub_options o = {.keys = &keys, .url = "https://hub"};
	struct err e;

	bench_must(hub_open(&o, &s->hub, &e), "hub", &e);
	bench_must(hub_db_open(store, &s->db, &e), "store", &e);
}

void bench_store_close(struct bench_store *s)
{
	hub_db_close(s->db);
	hub_close(s->hub);
}

void bench_device(struct bench_device *d, uint32_t office, uint32_t i)
{
	uint8_t seed[crypto_sign_SEEDBYTES];

	d->office = office;
	d->device = office * 100 + 1 + i;
	/* Above all that an earlier run used. */
	d->counter = (uint64_t)bench_ns() / 1000;
	crypto_generichash(seed, sizeof(seed), (const uint8_t *)&d->device,
	    sizeof(d->device), NULL, 0);
	crypto_sign_seed_keypair(d->public_key, d->secret, seed);
}

static int put_device(struct hub_db *db, uint32_t office, uint32_t i,
    struct err *e)
{
	struct bench_device d;
	char key[2 * WIRE_PUBLIC_BYTES + 1], name[HUB_NAME];

	bench_device(&d, office, i);
	wire_hex(d.public_key, sizeof(d.public_key), key);
	snprintf(name, sizeof(name), "kiosk-%u", (unsigned)i + 1);
	return hub_db_run(db, HUB_SQL_DEVICE_ADD,
	    HUB_ARGS(hub_n(d.device), hub_n(office), hub_t(name),
		hub_n(HUB_KIOSK), hub_n(i < KIOSKS ? 19 + i : 0), hub_n(1),
		hub_n(1 + i), hub_t(key), hub_t(key), hub_n(BENCH_NOW)),
	    e);
}

void bench_office(struct bench_store *s, uint32_t office, uint32_t n)
{
	struct hub_office o = {office, "Kantor", BENCH_OFFSET_S};
	struct err e;
	int r;

	bench_must(hub_office_add(s->hub, s->db, &o, &e), "office", &e);
	r = hub_db_begin(s->db, HUB_DB_WRITE, &e);
	for (uint32_t i = 0; i < n && r == 0; i++)
		r = put_device(s->db, office, i, &e);
	if (r == 0)
		r = hub_db_commit(s->db, &e);
	bench_must(r, "devices", &e);
}

void bench_book(struct bench_store *s, uint32_t office, const struct booking *b,
    size_t n, int64_t now_s)
{
	const char *why[AT_ONCE];
	struct err e;

	for (size_t i = 0; i < n; i += AT_ONCE) {
		size_t part = n - i < AT_ONCE ? n - i : AT_ONCE;

		bench_must(hub_bookings_put(s->hub, s->db, office, b + i, part,
			       now_s, why, &e),
		    "bookings", &e);
		for (size_t k = 0; k < part; k++)
			if (why[k] != NULL)
				bench_die("booking", why[k]);
	}
}

int64_t bench_epoch(struct bench_store *s, uint32_t office, int32_t day)
{
	const int64_t none = 0;
	struct hub_bucket b;
	struct err e;
	int r = hub_db_begin(s->db, HUB_DB_WRITE, &e);

	if (r == 0)
		r = hub_bucket_lock(s->db, office, &day, &none, 1, &b, &e);
	if (r == 0)
		r = hub_db_commit(s->db, &e);
	bench_must(r, "day", &e);
	return b.epoch;
}

uint64_t bench_mark(uint64_t batch)
{
	const uint64_t digits = UINT64_C(1000000000000000);

	return digits + batch * UINT64_C(5926535897) % (9 * digits);
}

void bench_id(unsigned place, uint64_t mark, uint8_t out[16])
{
	char digits[24];

	crypto_generichash(out, 16, (const uint8_t *)&place, sizeof(place),
	    NULL, 0);
	snprintf(digits, sizeof(digits), "%016llu", (unsigned long long)mark);
	if (!wire_unhex(str_from(digits), out + 8, 8))
		bench_die("batch", "its number is too large");
}

struct booking bench_booking(uint32_t office, unsigned place, uint64_t mark)
{
	struct booking b = {
	    .office = office,
	    .day = BENCH_DAY,
	    .start_min = (int16_t)(450 + place % 32 * 15),
	    .service = 1,
	    .booking_class = CLASS_BOOKED,
	    .status = BOOKING_CONFIRMED,
	};

	b.end_min = (int16_t)(b.start_min + 15);
	bench_id(BOOKING_PLACES + place, mark, b.hash.bytes);
	return b;
}

void bench_claims_body(struct buf *out, unsigned places, uint64_t mark,
    int64_t epoch)
{
	const struct client_at at = {BENCH_DAY, epoch, 0};
	struct client_op op[BATCH_MAX];

	memset(op, 0, sizeof(op));
	for (unsigned i = 0; i < places; i++) {
		op[i] = (struct client_op){
		    .op = CLAIM_ADMIT,
		    .day = BENCH_DAY,
		    .time_s = BENCH_NOW,
		    .service = 1,
		    .booking_class = CLASS_BOOKED,
		    .verdict = VERDICT_ADMIT_BOOKED,
		};
		bench_id(i, mark, op[i].op_id.bytes);
		op[i].booking = bench_booking(1, i, mark).hash;
	}
	client_claims_body(out, op, places, &at, 1);
	if (out->full)
		bench_die("claims", "too long");
}

/* What pgbench and the replays look up: twenty batches that come again and
 * again, for a look changes no booking. */
static void book_mirror(struct bench_store *s, uint32_t office)
{
	static struct booking b[AT_ONCE];

	for (unsigned i = 0; i < AT_ONCE; i++)
		b[i] = bench_booking(office, i % BATCH_MAX,
		    bench_mark(i / BATCH_MAX));
	bench_book(s, office, b, AT_ONCE, BENCH_NOW - 86400);
	bench_epoch(s, office, BENCH_DAY);
}

void bench_fill(const char *store)
{
	struct bench_store s;

	bench_store_open(&s, store);
	for (uint32_t i = 0; i < BENCH_DEVICES / KIOSKS; i++) {
		bench_office(&s, OFFICE_CLAIMS + i, KIOSKS);
		bench_office(&s, OFFICE_MIRROR + i, KIOSKS);
		book_mirror(&s, OFFICE_MIRROR + i);
	}
	bench_office(&s, OFFICE_HOT, BENCH_DEVICES);
	bench_office(&s, OFFICE_FEED, 1);
	bench_office(&s, OFFICE_WAKE, KIOSKS);
	for (uint32_t i = 0; i < POLL_OFFICES; i++)
		bench_office(&s, OFFICE_POLLS + i, KIOSKS);
	bench_store_close(&s);
	printf("{}\n");
}
