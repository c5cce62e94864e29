/* What gates ask in tests/unit/vectors/protocol.txt, an audit chain and its
 * log. */
#ifndef KARCIS_TESTS_TEST_PROTOCOL_GATES_H
#define KARCIS_TESTS_TEST_PROTOCOL_GATES_H

#include "firmware/core/pass.h"
#include "test_protocol_script.h"

/* ---- gates ---- */

/* The ticket A 1 of kiosk-1, in (move 0) or out (1). */
static struct client_op pass_op(const struct client *c, uint8_t move)
{
	const struct pass_subject ticket = {.of = PASS_TICKET,
	    .day = DAY_N,
	    .key_id = (uint16_t)k1.key_id,
	    .seq = 1};
	const struct pass_move moved = {.of = PASS_TICKET,
	    .out = move == 1,
	    .companions = 2};
	struct client_op o = {.op = CLAIM_PASS, .day = DAY_N};

	o.booking = pass_key(&ticket, move);
	o.op_id = pass_op_id(c->device, c->epoch, &o.booking);
	o.time_s = NINE + 60 + 60 * move;
	o.pass = pass_byte(&moved);
	return o;
}

static struct client_op passed_op(const struct client *c, uint8_t move)
{
	struct client_op o = pass_op(c, move);

	o.done = true;
	o.letter = 1;
	o.number = 1;
	o.key_id = (uint16_t)k1.key_id;
	o.seq = 1;
	o.n = 3u + move;
	return o;
}

static inline void script_gates(void)
{
	struct client_op ask = numbered_op(CLAIM_NUMBERS, 0);

	ask.letter = 1;
	ask.count = 20;
	gate_2 = fixed_client(0xd0);
	give_token("token_gate_2", "gate", "gate-2");
	enrol("enrol_gate_2", &gate_2, "gate-2");
	enrolled_as(&gate_2);
	claim("pass_admitted", &gate, pass_op(&gate, 0));
	claim("pass_used", &gate_2, pass_op(&gate_2, 0));
	claim("pass_done", &gate, passed_op(&gate, 0));
	claim("pass_used_and_told", &gate_2, pass_op(&gate_2, 0));
	claim("pass_double", &gate_2, passed_op(&gate_2, 0));
	claim("pass_out", &gate_2, pass_op(&gate_2, 1));
	claim("pass_of_a_kiosk", &k1, pass_op(&k1, 1));
	claim("numbers_of_a_gate", &gate, ask);
	exchange("feed_passes", &gate, "GET",
	    feed_path(DAY_N, epoch_now, 16, 500, 0), "");
	expect(200);
}

/* ---- the audit chain and its log ---- */

enum { CHAIN = 5 };
static struct log_entry chain[CHAIN];

static void make_chain(size_t from)
{
	static const struct audit_hash zero;

	for (size_t i = from; i < CHAIN; i++) {
		struct log_entry *x = &chain[i];

		x->n = i + 1;
		x->time_s = NINE + (int64_t)i;
		x->kind = i == 0 ? AUDIT_GENESIS : AUDIT_PASS;
		memset(x->commitment.bytes, (int)(0xc0 + i), AUDIT_HASH_BYTES);
		x->hash = audit_link(x->n, i == 0 ? &zero : &chain[i - 1].hash,
		    x->time_s, x->kind, &x->commitment);
	}
}

/* Entries from..to of the chain, and its newest head; `spoil` is added to the
 * last byte of its signature. */
static void audit(const char *name, struct client *c, size_t from, size_t to,
    uint64_t tree, unsigned spoil)
{
	static char text[8192];
	uint8_t key[32], secret[64], signature[64], head[54];
	struct client_audit a = {.audit_key = key,
	    .entries = &chain[from - 1],
	    .n = to + 1 - from,
	    .head_n = CHAIN,
	    .head = chain[CHAIN - 1].hash,
	    .signature = signature,
	    .tree = tree};
	struct buf b;

	key_pair(0x30, key, secret);
	buf_init(&b, head, sizeof(head));
	buf_text(&b, "karcis-head-v1");
	buf_be(&b, a.head_n, 8);
	buf_put(&b, a.head.bytes, AUDIT_HASH_BYTES);
	crypto_sign_detached(signature, NULL, head, sizeof(head), secret);
	signature[63] = (uint8_t)(signature[63] + spoil);
	buf_init(&b, text, sizeof(text));
	client_audit_body(&b, &a);
	assert_false(b.full);
	exchange(name, c, "POST", "/v1/audit", buf_cstr(&b));
}

static inline void script_audit(void)
{
	make_chain(0);
	audit("audit_first", &gate, 1, 2, 0, 0);
	expect(200);
	audit("audit_next", &gate, 3, 4, 2, 0);
	expect(200);
	audit("audit_again", &gate, 3, 4, 2, 0);
	expect(200);
	audit("audit_bad_head", &gate, 5, 5, 4, 1);
	expect(400);
	audit("audit_history", &gate, 5, 5, 9, 0);
	expect(409);
	chain[4].hash.bytes[0] ^= 1;
	audit("audit_bad_hash", &gate, 3, 5, 4, 0);
	expect(400);
	/* A journal that was put back to entry 2, and went on. */
	chain[2].kind = AUDIT_START;
	chain[2].hash = audit_link(3, &chain[1].hash, chain[2].time_s,
	    chain[2].kind, &chain[2].commitment);
	make_chain(3);
	audit("audit_fork", &gate, 3, 5, 4, 0);
	expect(409);
	exchange("audit_of_a_channel", &channel, "POST", "/v1/audit", "{}");
	expect(403);
	audit("audit_gap", &gate_2, 5, 5, 4, 0);
	expect(409);
}

static void reads(const char *name, const char *path)
{
	struct hub_request q = {str_from("GET"), str_from(path), str_from(""),
	    .now_s = now_s};

	forget();
	put_request(name, &q);
	hub_handle(h, db, &q, &answer);
	take_answer();
	put_whole_answer();
}

static inline void script_log(void)
{
	reads("log_checkpoint", "/v1/log/4102/checkpoint");
	expect(200);
	reads("log_entries", "/v1/log/4102/tile/entries/000.p/2");
	expect(200);
	reads("log_tile", "/v1/log/4102/tile/0/000.p/4");
	expect(200);
	reads("log_not_found", "/v1/log/4102/tile/0/000");
	expect(404);
}

#endif
