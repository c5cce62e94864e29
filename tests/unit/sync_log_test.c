/* app/sync and the hub's log: what of the audit chain is sent when, and that a
 * log which lost or changed something is noticed. The log is played here, with
 * a Merkle tree of its own. */
#include "test_hubside.h"

#include "firmware/core/log_check.h"

#define ORIGIN "hub.example/karcis/4102"

enum { LEAVES = 4096 };

static struct {
	struct merkle_hash leaf[LEAVES];
	uint64_t size, taken;
	uint8_t secret[NOTE_SECRET_BYTES];
	char vkey[NOTE_VKEY];
	unsigned posts;
} tree;

static struct asked poll; /* held, when polling */
static bool polling;

static int read_node(void *ctx, unsigned level, uint64_t index,
    struct merkle_hash *out)
{
	struct merkle_hash left, right;

	if (level == 0) {
		*out = tree.leaf[index];
		return 0;
	}
	if (read_node(ctx, level - 1, 2 * index, &left) != 0 ||
	    read_node(ctx, level - 1, 2 * index + 1, &right) != 0)
		return -1;
	*out = merkle_node(&left, &right);
	return 0;
}

static int make_log(void **state)
{
	uint8_t seed[32] = {9};
	struct note_key key = {.name = ORIGIN};

	memset(&tree, 0, sizeof(tree));
	polling = false;
	crypto_sign_seed_keypair(key.public_key, tree.secret, seed);
	assert_true(note_vkey(&key, tree.vkey));
	return make_hubside(state);
}

#define LOG_CASE(f) cmocka_unit_test_setup_teardown(f, make_log, remove_hubside)

static void leaf(const struct log_entry *x)
{
	uint8_t bytes[LOG_ENTRY_BYTES];

	assert_true(tree.size < LEAVES);
	log_entry_put(x, bytes);
	tree.leaf[tree.size++] = merkle_leaf(str_of(bytes, sizeof(bytes)));
}

/* Another device's entry. */
static void others_leaf(unsigned i)
{
	struct log_entry x = {.office = OFFICE, .device = 99, .n = i + 1};

	leaf(&x);
}

static void take_entries(const json_t *o)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(o, "entries"), i, row)
	{
		struct log_entry x = {.office = OFFICE, .device = DEVICE};

		x.n = (uint64_t)json_integer_value(json_array_get(row, 0));
		x.time_s = json_integer_value(json_array_get(row, 1));
		x.kind = (uint16_t)json_integer_value(json_array_get(row, 2));
		assert_true(wire_unhex(
		    str_from(json_string_value(json_array_get(row, 3))),
		    x.commitment.bytes, AUDIT_HASH_BYTES));
		assert_true(wire_unhex(
		    str_from(json_string_value(json_array_get(row, 4))),
		    x.hash.bytes, AUDIT_HASH_BYTES));
		assert_int_equal(x.n, tree.taken + 1);
		tree.taken = x.n;
		leaf(&x);
	}
}

static void put_proof(struct buf *b, const char *name,
    const struct merkle_hash *proof, size_t n)
{
	char text[64];

	buf_fmt(b, ",\"%s\":[", name);
	for (size_t i = 0; i < n; i++) {
		wire_base64(proof[i].bytes, MERKLE_BYTES, text);
		buf_fmt(b, "%s\"%s\"", i > 0 ? "," : "", text);
	}
	buf_byte(b, ']');
}

/* The note as a JSON string: its line ends alone need escapes. */
static void put_note(struct buf *b)
{
	static char note[NOTE_BYTES];
	struct checkpoint point = {.origin = ORIGIN, .size = tree.size};
	struct merkle m;
	char text[256];
	struct buf t, n;

	assert_int_equal(merkle_load(read_node, NULL, tree.size, &m), 0);
	point.root = merkle_root(&m);
	buf_init(&t, text, sizeof(text));
	assert_true(checkpoint_put(&point, &t));
	buf_init(&n, note, sizeof(note));
	assert_true(note_sign(buf_view(&t), ORIGIN, tree.secret, &n));
	for (size_t i = 0; i < n.len; i++)
		if (note[i] == '\n')
			buf_text(b, "\\n");
		else
			buf_byte(b, (unsigned char)note[i]);
}

static const char *log_text(uint64_t known, uint64_t index)
{
	static char text[16384];
	struct merkle_hash proof[MERKLE_PROOF];
	struct buf b;
	size_t n;

	buf_init(&b, text, sizeof(text) - 1);
	buf_fmt(&b, "{\"taken\":%llu,\"checkpoint\":\"",
	    (unsigned long long)tree.taken);
	put_note(&b);
	buf_fmt(&b, "\",\"index\":%llu", (unsigned long long)index);
	assert_int_equal(
	    merkle_prove_included(read_node, NULL, index, tree.size, proof, &n),
	    0);
	put_proof(&b, "inclusion", proof, n);
	n = 0;
	if (known > 0)
		assert_int_equal(merkle_prove_consistent(read_node, NULL, known,
				     tree.size, proof, &n),
		    0);
	put_proof(&b, "consistency", proof, n);
	buf_byte(&b, '}');
	assert_false(b.full);
	return buf_cstr(&b);
}

/* As a good hub's log does. */
static void serve_log(const struct asked *q)
{
	json_t *o = json_loads(q->body, JSON_REJECT_DUPLICATES, NULL);
	uint64_t known;

	assert_non_null(o);
	assert_string_equal(q->method, "POST");
	tree.posts++;
	known = (uint64_t)json_integer_value(json_object_get(o, "tree"));
	take_entries(o);
	json_decref(o);
	answer(q, 200, "audit", log_text(known, tree.size - 1));
}

static const char *roster_with_key(void)
{
	static char text[2048];
	const char *plain = roster_text();

	(void)snprintf(text, sizeof(text), "%.*s,\"log_key\":\"%s\"}",
	    (int)strlen(plain) - 1, plain, tree.vkey);
	return text;
}

/* Answers all but the log's question and the long poll; the log's question,
 * if one came. */
static struct asked *until_log(void)
{
	static struct asked q, found;
	bool came = false;

	for (int i = 0; i < 100 && take(&q); i++) {
		if (is_path(&q, "/v1/audit")) {
			found = q;
			came = true;
		} else if (is_path(&q, "/v1/roster")) {
			answer(&q, 200, "roster", roster_with_key());
		} else if (is_path(&q, "/v1/feed") &&
		    of_path(q.path, "wait") > 0) {
			poll = q;
			polling = true;
		} else {
			serve(&q);
		}
	}
	return came ? &found : NULL;
}

/* Lets time pass under a hub that answers; the log's question, as soon as it
 * comes. */
static struct asked *wait_log(int64_t ms)
{
	struct asked *q = NULL;

	while (ms > 0 && q == NULL) {
		int64_t step = ms < 20000 ? ms : 20000;

		mono_ms += step;
		ms -= step;
		if (polling)
			serve(&poll);
		polling = false;
		q = until_log();
	}
	return q;
}

static uint64_t newest(void)
{
	struct audit_hash hash;
	uint64_t n;

	journal_head(j, &n, &hash);
	return n;
}

static unsigned suspicions(void)
{
	static struct log_entry x[1000];
	unsigned found = 0;
	size_t n;

	assert_int_equal(journal_chain(j, 1, x, 1000, &n, &e), 0);
	for (size_t i = 0; i < n; i++)
		found += x[i].kind == AUDIT_LOG;
	return found;
}

static void test_the_chain_is_sent_once_the_log_has_a_key(void **state)
{
	struct asked *q;

	(void)state;
	admit(1);
	serve(must_take("/v1/feed"));
	q = until_log();
	assert_non_null(q);
	assert_non_null(strstr(q->body, "\"from\":1,"));
	assert_non_null(strstr(q->body, "\"tree\":0}"));
	serve_log(q);
	assert_int_equal(tree.taken, newest());
	assert_int_equal(status().logged, newest());
	assert_int_equal(status().log_size, tree.size);
	assert_null(until_log());
	assert_int_equal(said_bad, 0);
}

static void test_without_a_key_nothing_is_sent(void **state)
{
	(void)state;
	tree.vkey[0] = '\0';
	admit(1);
	serve(must_take("/v1/feed"));
	assert_null(until_log());
	assert_null(wait_log(600000));
}

static void test_new_entries_wait_for_a_minute_and_then_go(void **state)
{
	struct asked *q;

	(void)state;
	serve(must_take("/v1/feed"));
	serve_log(until_log());
	admit(1);
	assert_null(until_log());
	assert_null(wait_log(59999));
	q = wait_log(1);
	assert_non_null(q);
	serve_log(q);
	assert_int_equal(tree.taken, newest());
	/* Then it is still: there is nothing new. */
	assert_null(wait_log(600000));
}

static void test_a_long_chain_goes_in_pieces_5_seconds_apart(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 900; i++) /* pieces of 400 */
		assert_int_equal(
		    journal_note(j, now_s(), AUDIT_CLOCK, 5, str_from(""), &e),
		    0);
	serve(must_take("/v1/feed"));
	serve_log(until_log());
	assert_null(wait_log(4999));
	serve_log(wait_log(1));
	/* What is less than a piece waits as ever. */
	assert_null(wait_log(59999));
	assert_int_equal(tree.posts, 2);
	serve_log(wait_log(1));
	assert_int_equal(tree.posts, 3);
	assert_int_equal(tree.taken, newest());
}

static void test_the_known_checkpoint_outlives_a_restart(void **state)
{
	struct asked *q;
	char part[32];

	(void)state;
	serve(must_take("/v1/feed"));
	serve_log(until_log());
	(void)snprintf(part, sizeof(part), "\"tree\":%llu}",
	    (unsigned long long)tree.size);
	restart();
	admit(1);
	serve(must_take("/v1/feed"));
	q = until_log();
	assert_non_null(strstr(q->body, part));
	serve_log(q);
	assert_int_equal(said_bad, 0);
	assert_int_equal(suspicions(), 0);
}

static struct checkpoint known_here(void)
{
	char note[NOTE_BYTES];
	struct checkpoint known;
	uint64_t n;

	assert_int_equal(journal_logged(j, &n, note, &e), 0);
	assert_int_equal(
	    log_open(str_from(note), str_from(tree.vkey), OFFICE, &known),
	    LOG_AGREES);
	return known;
}

static void assert_sentence_has_root_of(const struct checkpoint *known)
{
	char root[2 * MERKLE_BYTES + 1];

	wire_hex(known->root.bytes, sizeof(known->root.bytes), root);
	assert_non_null(strstr(sentence, root));
}

/* What came after the log's break is sent and judged as ever. */
static void assert_goes_on_from_the_first(const struct asked *q)
{
	assert_non_null(q);
	assert_non_null(strstr(q->body, "\"from\":1,"));
	assert_non_null(strstr(q->body, "\"tree\":0}"));
	tree.size = tree.taken = 0;
	serve_log(q);
	assert_int_equal(status().logged, newest());
	assert_int_equal(status().log_size, tree.size);
}

static void test_a_log_that_lost_an_old_entry_is_noticed(void **state)
{
	struct checkpoint known;
	struct asked *q;

	(void)state;
	others_leaf(0);
	serve(must_take("/v1/feed"));
	serve_log(until_log());
	known = known_here();
	tree.leaf[0].bytes[0] ^= 1;
	admit(1);
	q = wait_log(60000);
	serve_log(q);
	assert_int_equal(suspicions(), 1);
	assert_non_null(strstr(sentence,
	    "hub: its log does not begin with what it held before; it had "));
	assert_sentence_has_root_of(&known);
	assert_null(wait_log(599999));
	assert_goes_on_from_the_first(wait_log(1));
	assert_int_equal(suspicions(), 1);
}

static void test_each_break_of_the_log_is_told(void **state)
{
	(void)state;
	others_leaf(0);
	serve(must_take("/v1/feed"));
	serve_log(until_log());
	for (unsigned i = 1; i <= 2; i++) {
		tree.leaf[0].bytes[0] ^= 1;
		admit(i);
		serve_log(wait_log(60000));
		assert_int_equal(suspicions(), i);
		assert_int_equal(said_bad, i);
		assert_null(wait_log(599999));
		assert_goes_on_from_the_first(wait_log(1));
	}
}

/* A hub that is reached by another URL, or another hub. */
static void test_a_log_of_another_key_is_told_everything_again(void **state)
{
	struct note_key key = {.name = ORIGIN};
	uint8_t seed[32] = {10};
	struct checkpoint known;

	(void)state;
	serve(must_take("/v1/feed"));
	serve_log(until_log());
	known = known_here();
	crypto_sign_seed_keypair(key.public_key, tree.secret, seed);
	assert_true(note_vkey(&key, tree.vkey));
	assert_null(wait_log(600000)); /* the same roster, but for the key */
	admit(1);
	serve_log(wait_log(60000));
	assert_int_equal(suspicions(), 1);
	assert_non_null(
	    strstr(sentence, "hub: its log has another key or name; it had "));
	assert_sentence_has_root_of(&known);
	assert_goes_on_from_the_first(wait_log(600000));
	assert_int_equal(suspicions(), 1);
}

/* The hub was put back, and still has more of this chain than one piece. */
static void test_a_hub_may_hold_more_than_it_is_sent(void **state)
{
	struct asked *q;

	(void)state;
	for (unsigned i = 0; i < 900; i++)
		assert_int_equal(
		    journal_note(j, now_s(), AUDIT_CLOCK, 5, str_from(""), &e),
		    0);
	serve(must_take("/v1/feed"));
	serve_log(until_log());
	serve_log(wait_log(5000));
	serve_log(wait_log(60000));
	admit(1);
	answer_error(wait_log(60000), 409, "history");
	q = wait_log(2000);
	assert_non_null(strstr(q->body, "\"from\":1,"));
	tree.size = tree.taken = 850;
	answer(q, 200, "audit", log_text(0, 849));
	assert_int_equal(status().logged, 850);
	q = wait_log(60000);
	assert_non_null(strstr(q->body, "\"from\":851,"));
	serve_log(q);
	assert_int_equal(status().logged, newest());
}

static void test_a_hub_can_not_hold_what_is_not_in_the_chain(void **state)
{
	struct asked *q;

	(void)state;
	serve(must_take("/v1/feed"));
	q = until_log();
	tree.taken = newest() + 1;
	others_leaf(0);
	answer(q, 200, "audit", log_text(0, 0));
	assert_int_equal(status().logged, 0);
	assert_string_equal(sentence,
	    "hub: it took other entries than were sent");
}

/* Or a hub could keep a terminal from ever sending anything. */
static void test_a_gap_leads_back_only(void **state)
{
	char text[96];
	struct asked *q;

	(void)state;
	serve(must_take("/v1/feed"));
	serve_log(until_log());
	for (unsigned i = 0; i < 2; i++) {
		admit(1 + i);
		q = wait_log(i == 0 ? 60000 : 600000);
		(void)snprintf(text, sizeof(text),
		    "{\"error\":\"gap\",\"detail\":\"so it is\",\"n\":%llu}",
		    (unsigned long long)(i == 0 ? 1000000 : status().logged));
		answer(q, 409, "error", text);
		assert_string_equal(sentence, "hub: 409 gap: so it is");
		assert_null(wait_log(599999));
	}
	serve_log(wait_log(1));
	assert_int_equal(tree.taken, newest());
}

static void test_no_history_is_longer_than_none(void **state)
{
	(void)state;
	serve(must_take("/v1/feed"));
	answer_error(until_log(), 409, "history");
	assert_int_equal(suspicions(), 0);
	assert_null(wait_log(599999));
	serve_log(wait_log(1));
	assert_int_equal(tree.taken, newest());
}

static void test_a_log_without_our_entry_is_noticed(void **state)
{
	struct asked *q;

	(void)state;
	serve(must_take("/v1/feed"));
	q = until_log();
	tree.taken = newest();
	for (unsigned i = 0; i < 5; i++)
		others_leaf(i);
	answer(q, 200, "audit", log_text(0, 3));
	assert_int_equal(suspicions(), 1);
	assert_string_equal(sentence,
	    "hub: its log does not fit: our newest entry is not in it");
	assert_int_equal(status().logged, 0);
}

static void test_a_checkpoint_of_another_key_is_noticed(void **state)
{
	struct asked *q;

	(void)state;
	serve(must_take("/v1/feed"));
	q = until_log();
	tree.secret[0] ^= 1;
	serve_log(q);
	assert_int_equal(suspicions(), 1);
	assert_int_equal(status().logged, 0);
}

static void test_a_gap_is_filled_from_where_the_hub_is(void **state)
{
	struct asked *q;

	(void)state;
	serve(must_take("/v1/feed"));
	serve_log(until_log());
	admit(1);
	q = wait_log(60000);
	assert_null(strstr(q->body, "\"from\":1,"));
	answer(q, 409, "error",
	    "{\"error\":\"gap\",\"detail\":\"so it is\",\"n\":1}");
	q = wait_log(2000);
	assert_non_null(strstr(q->body, "\"from\":2,"));
}

static void test_a_fork_is_said_once_and_journalled(void **state)
{
	struct asked *q;

	(void)state;
	serve(must_take("/v1/feed"));
	for (int i = 0; i < 3; i++) {
		q = i == 0 ? until_log() : wait_log(660000);
		answer(q, 409, "error",
		    "{\"error\":\"fork\",\"detail\":\"so it is\",\"n\":2}");
	}
	assert_int_equal(suspicions(), 1);
	assert_int_equal(said_bad, 1);
	assert_string_equal(sentence,
	    "hub: its log holds another entry 2 of this terminal, whose journal"
	    " was put back or changed; once that is explained, enrol it again");
}

static void test_a_log_that_was_put_back_leaves_its_old_root_here(void **state)
{
	struct checkpoint known;
	char note[NOTE_BYTES], root[65];
	struct asked *q;
	uint64_t n;

	(void)state;
	serve(must_take("/v1/feed"));
	serve_log(until_log());
	assert_int_equal(journal_logged(j, &n, note, &e), 0);
	assert_int_equal(
	    log_open(str_from(note), str_from(tree.vkey), OFFICE, &known),
	    LOG_AGREES);
	wire_hex(known.root.bytes, sizeof(known.root.bytes), root);
	admit(1);
	answer_error(wait_log(60000), 409, "history");
	assert_int_equal(suspicions(), 1);
	assert_non_null(strstr(sentence, root));
	tree.size = tree.taken = 0;
	q = wait_log(2000);
	assert_non_null(strstr(q->body, "\"from\":1,"));
	assert_non_null(strstr(q->body, "\"tree\":0}"));
	serve_log(q);
	assert_int_equal(status().logged, newest());
	assert_int_equal(suspicions(), 1);
}

/* As somebody edits it while the terminal is off. */
static void edit_journal(const char *sql)
{
	sqlite3 *db;
	char path[96];

	close_all();
	(void)snprintf(path, sizeof(path), "%s/journal.db", dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	open_stores();
	open_sync();
}

static void test_a_memory_that_was_edited_keeps_nothing_back(void **state)
{
	static const char *const edits[] = {"UPDATE logged SET n = 1000000",
	    "UPDATE logged SET n = -1",
	    "UPDATE logged SET note = printf('%.*c', 5000, 'x')"};

	struct asked *q;

	(void)state;
	serve(must_take("/v1/feed"));
	serve_log(until_log());
	for (unsigned i = 0; i < ARRAY_LEN(edits); i++) {
		edit_journal(edits[i]);
		serve(must_take("/v1/feed"));
		q = until_log();
		assert_int_equal(said_bad, i + 1);
		assert_non_null(
		    strstr(sentence, "what the hub's log holds is damaged"));
		assert_goes_on_from_the_first(q);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    LOG_CASE(test_the_chain_is_sent_once_the_log_has_a_key),
	    LOG_CASE(test_without_a_key_nothing_is_sent),
	    LOG_CASE(test_new_entries_wait_for_a_minute_and_then_go),
	    LOG_CASE(test_a_long_chain_goes_in_pieces_5_seconds_apart),
	    LOG_CASE(test_the_known_checkpoint_outlives_a_restart),
	    LOG_CASE(test_a_log_that_lost_an_old_entry_is_noticed),
	    LOG_CASE(test_each_break_of_the_log_is_told),
	    LOG_CASE(test_a_log_of_another_key_is_told_everything_again),
	    LOG_CASE(test_a_hub_may_hold_more_than_it_is_sent),
	    LOG_CASE(test_a_hub_can_not_hold_what_is_not_in_the_chain),
	    LOG_CASE(test_a_gap_leads_back_only),
	    LOG_CASE(test_no_history_is_longer_than_none),
	    LOG_CASE(test_a_memory_that_was_edited_keeps_nothing_back),
	    LOG_CASE(test_a_log_without_our_entry_is_noticed),
	    LOG_CASE(test_a_checkpoint_of_another_key_is_noticed),
	    LOG_CASE(test_a_gap_is_filled_from_where_the_hub_is),
	    LOG_CASE(test_a_fork_is_said_once_and_journalled),
	    LOG_CASE(test_a_log_that_was_put_back_leaves_its_old_root_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
