/* A gate's stores in a folder of their own for every test, what other gates
 * did as the hub's feed tells it, and tickets of a kiosk. */
#ifndef KARCIS_TESTS_TEST_GATE_APP_H
#define KARCIS_TESTS_TEST_GATE_APP_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/app/gate/gatehouse.h"

enum {
	OFFICE = 4102,
	DAY = 20783,      /* 2026-11-26 */
	NOW = 1795658400, /* its 09:00 at +07:00 */
	OFFSET_S = 25200,
	EPOCH = 812,
	FEED_MAX = 64
};

static char dir[64];
static struct stores stores;
static struct err e;
static struct feed_op fed[FEED_MAX];
static size_t feds;

static inline void open_stores_at(int64_t now_s)
{
	struct journal_options o = {&stores.keys, 19, now_s, false};
	char path[96];

	snprintf(path, sizeof(path), "%s/journal.db", dir);
	assert_int_equal(journal_open(path, &o, &stores.journal, &e), 0);
	snprintf(path, sizeof(path), "%s/cache.db", dir);
	assert_int_equal(cache_open(path, &stores.cache, &e), 0);
}

static inline int make_stores(void **state)
{
	(void)state;
	memcpy(dir, "/tmp/karcis-gate-XXXXXX", 24);
	memset(&stores, 0, sizeof(stores));
	stores.lock = -1;
	feds = 0;
	if (mkdtemp(dir) == NULL ||
	    keys_draw(&stores.keys, (struct keys_place){0}, &e) < 0)
		return -1;
	open_stores_at(NOW);
	return 0;
}

static inline int remove_stores(void **state)
{
	char cmd[96];

	(void)state;
	journal_close(stores.journal);
	cache_close(stores.cache);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return system(cmd);
}

/* The feed of DAY has one more movement. */
static inline void feed_move(const struct code_hash *key, uint32_t device,
    uint8_t letter, uint16_t number, int64_t time_s, uint8_t byte)
{
	struct feed_admission *a = &fed[feds].admission;
	struct feed_page page = {.office = OFFICE,
	    .day = DAY,
	    .epoch = EPOCH,
	    .from = (int64_t)feds,
	    .to = (int64_t)feds + 1,
	    .head = (int64_t)feds + 1,
	    .ops = &fed[feds],
	    .n = 1};

	assert_true(feds < FEED_MAX);
	fed[feds] = (struct feed_op){.kind = FEED_PAS,
	    .seq = (int64_t)feds + 1};
	*a = (struct feed_admission){.booking = *key,
	    .device = device,
	    .letter = letter,
	    .number = number,
	    .time_s = time_s,
	    .pass = byte};
	a->op_id.bytes[0] = (uint8_t)(feds + 1);
	feds++;
	for (size_t i = 0; i < feds; i++)
		feed_add_admission(&page.digest, OFFICE, DAY,
		    &fed[i].admission);
	assert_int_equal(cache_feed_apply(stores.cache, &page, NOW, &e), 0);
}

/* A ticket of the kiosk whose keys these are; slot 09:00, open until 10:00. */
static inline struct ticket ticket_of(uint16_t number)
{
	return (struct ticket){.type = TICKET_QUEUE,
	    .key_id = stores.keys.key_id,
	    .seq = number,
	    .day = DAY,
	    .service = 1,
	    .letter = 1,
	    .number = number,
	    .slot_min = 540,
	    .window_min = 60,
	    .flags = TICKET_BOOKED};
}

static inline struct pass pass_of(const struct pass_subject *s, uint8_t move,
    bool out, int64_t time_s)
{
	struct pass p = {.subject = *s,
	    .move = move,
	    .out = out,
	    .time_s = time_s};

	p.key = pass_key(s, move);
	p.op_id = pass_op_id(0, 1, &p.key);
	return p;
}

#endif
