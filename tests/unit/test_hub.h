/*
 * A hub on a store of its own for every test, and devices that ask it. The
 * store is SQLite in a new folder, or a new schema of the PostgreSQL that
 * KARCIS_HUB_STORE names ("postgres:CONNINFO"; tests/hub/store.sh).
 */
#ifndef KARCIS_TESTS_TEST_HUB_H
#define KARCIS_TESTS_TEST_HUB_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>
#include <libpq-fe.h>
#include <sodium.h>
#include <sqlite3.h>

#include "firmware/core/civil.h"
#include "firmware/core/claim.h"
#include "firmware/core/feed.h"
#include "firmware/hub/hub.h"

/* Noon of 2026-11-26 in WIB: 05:00 UTC. */
#define DAY "2026-11-26"
enum {
	OFFICE = 4102,
	OTHER_OFFICE = 77,
	WIB_S = 7 * 3600,
	DAY_N = 20783,
	NOW = 1795669200,
	STORE_TEXT = 512
};

static char dir[64], store[STORE_TEXT], schema[64];
static struct hub_keys keys;
static struct hub *h;
static struct hub_db *db;
static struct err e;
static int64_t now_s;

/* A device, or somebody who says so. */
struct client {
	uint32_t device, office, epoch;
	uint64_t counter;
	uint8_t secret[WIRE_SECRET_BYTES], public_key[WIRE_PUBLIC_BYTES];
	uint8_t ticket_key[WIRE_PUBLIC_BYTES];
	char letter[2];
	int key_id;
};

/* What came last. */
static struct hub_answer answer;
static json_t *reply; /* NULL = no JSON */

/* Days that hub_changed_fn told of, newest last. */
static struct {
	uint32_t office;
	int32_t day;
} told[256];
static atomic_size_t told_n;

static inline void on_changed(void *ctx, uint32_t office, int32_t day)
{
	(void)ctx;
	size_t i = told_n++;

	if (i < ARRAY_LEN(told)) {
		told[i].office = office;
		told[i].day = day;
	}
}

static inline const char *store_given(void)
{
	const char *s = getenv("KARCIS_HUB_STORE");

	return s != NULL && strncmp(s, "postgres:", 9) == 0 ? s : NULL;
}

static inline bool on_postgres(void)
{
	return store_given() != NULL;
}

/* One statement beside the hub. */
static inline void postgres_exec(const char *sql)
{
	PGconn *c = PQconnectdb(store_given() + 9);
	PGresult *r = PQexec(c, sql);

	if (PQresultStatus(r) != PGRES_COMMAND_OK &&
	    PQresultStatus(r) != PGRES_TUPLES_OK)
		print_error("%s\n", PQerrorMessage(c));
	PQclear(r);
	PQfinish(c);
}

static inline int make_store(void)
{
	char sql[128];

	/* In memory where there is some: no power is cut here. */
	snprintf(dir, sizeof(dir), "%s/karcis-hub-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(store, sizeof(store), "sqlite:%s/hub.db", dir);
	if (!on_postgres())
		return 0;
	snprintf(schema, sizeof(schema), "t_%s", strrchr(dir, '-') + 1);
	snprintf(sql, sizeof(sql), "CREATE SCHEMA \"%s\"", schema);
	postgres_exec(sql);
	snprintf(store, sizeof(store), "%s options='-c search_path=\"%s\"'",
	    store_given(), schema);
	return 0;
}

static inline int remove_store(void)
{
	char cmd[192];

	if (on_postgres()) {
		snprintf(cmd, sizeof(cmd),
		    "SET client_min_messages = warning; SET lock_timeout = "
		    "'5s'; DROP SCHEMA \"%s\" CASCADE",
		    schema);
		postgres_exec(cmd);
	}
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return system(cmd);
}

static inline struct hub_db *open_store(void)
{
	struct hub_db *d = NULL;

	if (hub_db_open(store, &d, &e) < 0)
		print_error("%s\n", e.text);
	assert_non_null(d);
	return d;
}

static inline void add_office(uint32_t office)
{
	struct hub_office o = {office, "Kantor", WIB_S};

	assert_int_equal(hub_office_add(h, db, &o, &e), 0);
}

static inline int make_hub(void **state)
{
	struct hub_options o = {&keys, "https://hub.example", on_changed, NULL};
	uint8_t seed[32];

	(void)state;
	if (sodium_init() < 0 || make_store() < 0)
		return -1;
	memset(seed, 7, sizeof(seed));
	crypto_sign_seed_keypair(keys.public_key, keys.secret, seed);
	memset(keys.master.bytes, 9, sizeof(keys.master.bytes));
	now_s = NOW;
	told_n = 0;
	if (hub_open(&o, &h, &e) < 0)
		return -1;
	db = open_store();
	add_office(OFFICE);
	add_office(OTHER_OFFICE);
	return 0;
}

static inline void forget(void)
{
	hub_answer_fini(&answer);
	json_decref(reply);
	reply = NULL;
}

static inline int remove_hub(void **state)
{
	(void)state;
	forget();
	hub_db_close(db);
	db = NULL;
	hub_close(h);
	h = NULL;
	return remove_store();
}

/* The answer fits the request, and the hub signed it. */
static inline void check_signature(const struct client *c, uint64_t counter)
{
	struct wire_answer a = {str_from(answer.kind), answer.status, c->device,
	    counter, answer.epoch,
	    str_of(answer.body == NULL ? "" : answer.body, answer.len)};
	uint8_t signature[WIRE_SIGNATURE_BYTES];

	assert_true(wire_unbase64(str_from(answer.signature), signature,
	    sizeof(signature)));
	assert_true(wire_check_answer(&a, keys.public_key, signature));
}

static inline void keep_reply(void)
{
	reply = answer.body == NULL
	    ? NULL
	    : json_loadb(answer.body, answer.len, 0, NULL);
}

/* Sends with that counter and that If-None-Match (NULL = none), through that
 * connection; the status comes back. */
static inline int send_by(struct hub_db *by, const struct client *c,
    uint64_t counter, const char *method, const char *path, struct str body,
    const char *if_none_match)
{
	char device_text[16], counter_text[24], base64[WIRE_BASE64 + 1];
	uint8_t signature[WIRE_SIGNATURE_BYTES];
	struct wire_request w = {str_from(method), str_from(path), body,
	    c->device, counter};
	struct hub_request q = {w.method, w.path, body, .now_s = now_s};

	forget();
	assert_true(wire_sign_request(&w, c->secret, signature));
	wire_base64(signature, sizeof(signature), base64);
	snprintf(device_text, sizeof(device_text), "%u", c->device);
	snprintf(counter_text, sizeof(counter_text), "%llu",
	    (unsigned long long)counter);
	q.device = str_from(device_text);
	q.counter = str_from(counter_text);
	q.signature = str_from(base64);
	if (if_none_match != NULL)
		q.if_none_match = str_from(if_none_match);
	hub_handle(h, by, &q, &answer);
	if (answer.status != 0 && answer.status != 401)
		check_signature(c, counter);
	keep_reply();
	return answer.status;
}

static inline int ask(struct client *c, const char *method, const char *path,
    const char *body)
{
	return send_by(db, c, ++c->counter, method, path, str_from(body), NULL);
}

static inline struct client new_client(void)
{
	struct client c = {0};

	crypto_sign_keypair(c.public_key, c.secret);
	randombytes_buf(c.ticket_key, sizeof(c.ticket_key));
	return c;
}

/* The token of what hub_token writes. */
static inline void take_token(uint32_t office, const char *role,
    const char *name, char token[33])
{
	char text[HUB_TOKEN_TEXT];

	assert_int_equal(hub_token(h, db, office, role, name, now_s, text, &e),
	    0);
	assert_memory_equal(text, "karcis-enrol:1 https://hub.example ", 35);
	assert_int_equal(strlen(text), 35 + 32 + 1 + 32);
	memcpy(token, text + 35, 32);
	token[32] = '\0';
}

static inline int try_enrol(struct client *c, const char *token,
    const char *name)
{
	char body[512], request_key[65], ticket_key[65];

	wire_hex(c->public_key, sizeof(c->public_key), request_key);
	wire_hex(c->ticket_key, sizeof(c->ticket_key), ticket_key);
	snprintf(body, sizeof(body),
	    "{\"token\": \"%s\", \"request_key\": \"%s\", "
	    "\"ticket_key\": \"%s\", \"name\": \"%s\"}",
	    token, request_key, ticket_key, name);
	c->device = 0;
	send_by(db, c, 0, "POST", "/v1/enrol", str_from(body), NULL);
	if (answer.status != 200)
		return answer.status;
	c->device = (uint32_t)json_integer_value(
	    json_object_get(reply, "device"));
	c->office = (uint32_t)json_integer_value(
	    json_object_get(reply, "office"));
	c->epoch = (uint32_t)json_integer_value(
	    json_object_get(reply, "epoch"));
	c->key_id = (int)json_integer_value(json_object_get(reply, "key_id"));
	snprintf(c->letter, sizeof(c->letter), "%s",
	    json_string_value(json_object_get(reply, "letter")));
	return 200;
}

static inline struct client enrolled(uint32_t office, const char *role,
    const char *name)
{
	struct client c = new_client();
	char token[33];

	take_token(office, role, name, token);
	assert_int_equal(try_enrol(&c, token, name), 200);
	return c;
}

/* Reading a reply. */

static inline const char *text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s == NULL ? "(none)" : s;
}

static inline int64_t number_of(const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);

	assert_true(json_is_integer(v));
	return json_integer_value(v);
}

static inline void assert_error(int status, const char *error)
{
	assert_int_equal(answer.status, status);
	assert_string_equal(answer.error, error);
	assert_string_equal(text_of(reply, "error"), error);
	assert_true(strlen(text_of(reply, "detail")) > 8);
	if (status != 401)
		assert_string_equal(answer.kind, "error");
	else
		assert_string_equal(answer.kind, "");
}

/* Hashes and op ids by number. */
static inline const char *hash_of(unsigned i)
{
	static char text[4][33];
	static unsigned turn;
	char *t = text[turn++ % 4];

	snprintf(t, 33, "%08xaaaaaaaaaaaaaaaa%08x", i * 2654435761u, i);
	return t;
}

static inline const char *op_of(unsigned i)
{
	static char text[4][33];
	static unsigned turn;
	char *t = text[turn++ % 4];

	snprintf(t, 33, "%08xbbbbbbbbbbbbbbbb%08x", i * 2246822519u, i);
	return t;
}

#endif
