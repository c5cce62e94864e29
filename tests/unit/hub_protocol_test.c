/*
 * The examples of docs/PROTOCOL.md, tests/unit/vectors/protocol.txt: every
 * exchange of the protocol, answered by the hub's own rules on a store, byte
 * for byte. What kiosks ask is made by the terminal's code, and what they are
 * answered is read by it.
 *
 * `hub_protocol_test write` makes the file anew. Whoever does that reads it
 * against the document: the test only tells that something changed.
 */
#include "test_hub.h"
#include "test_protocol_gates.h"

/* ---- tests ---- */

static struct str run_script(void)
{
	buf_init(&script, transcript, sizeof(transcript) - 1);
	script_enrol();
	script_time_and_roster();
	script_first_feed();
	script_slots();
	script_feed();
	script_changes();
	script_feed_of_changes();
	script_grants();
	script_admissions();
	script_refused_claims();
	script_odd_claims();
	script_lost_history();
	script_gates();
	script_audit();
	script_log();
	script_errors();
	script_revoked();
	return buf_view(&script);
}

/* Without the file's head. */
static struct str vectors(void)
{
	const char *text = read_vectors(), *at = strstr(text, "\n== ");

	assert_non_null(at);
	return str_from(at + 1);
}

static void test_devices_ask_as_the_file_says(void **state)
{
	(void)state;
	assert_text(VECTORS, run_script(), vectors());
}

static void test_the_hub_answers_as_the_file_says(void **state)
{
	static char text[64 * 1024];
	struct str rest = vectors();
	struct exchange x;
	struct buf got;
	size_t n = 0;

	(void)state;
	while (next_exchange(&rest, &x)) {
		buf_init(&got, text, sizeof(text));
		if (x.act.ptr != NULL) {
			act(x.act, &got);
		} else {
			forget();
			hub_handle(h, db, &x.q, &answer);
			take_answer();
			put_answer(&got, &answer);
		}
		assert_false(got.full);
		assert_text(x.name, buf_view(&got), x.answer);
		n++;
	}
	assert_true(n > 70);
}

/* ---- what the terminal makes of it ---- */

static void reads_enrolled(const struct exchange *x)
{
	static const unsigned first[] = {0x40, 0x80, 0xc0, 0xd0, 0x50, 0x10};
	struct client_enrolled got;
	char hex[65], body[1024];
	int r;

	assert_true(str_copy(body, sizeof(body), x->q.body));
	for (size_t i = 0; i < ARRAY_LEN(first); i++) {
		struct client c = fixed_client(first[i]);

		wire_hex(c.public_key, sizeof(c.public_key), hex);
		if (strstr(body, hex) == NULL)
			continue;
		r = client_enrolled(x->body, c.secret, &got, &e);
		/* No terminal is a channel. */
		assert_int_equal(r, first[i] == 0x10 ? -EBADMSG : 0);
		if (r < 0)
			return;
		assert_memory_equal(got.hub_key, keys.public_key, 32);
		assert_int_equal(got.time_s, NINE);
		hub_code_key(h, OFFICE, &office_key);
		assert_memory_equal(&got.office_key, &office_key, KEY_BYTES);
		return;
	}
	fail_msg("%s: nobody's key", x->name);
}

static void reads_time(const struct exchange *x)
{
	uint8_t nonce[16];
	int64_t time_s;

	assert_true(wire_unhex(str_cut(x->q.path, 15, 32), nonce, 16));
	assert_int_equal(client_time(x->body, nonce, &time_s, &e), 0);
	assert_int_equal(time_s, NINE);
}

static void reads_roster(const struct exchange *x)
{
	static struct roster roster;

	assert_int_equal(client_roster(x->body, OFFICE, &roster, &e), 0);
	assert_true(roster.version > 0);
	assert_true(roster.count >= 3);
	assert_true(roster.log_key[0] != '\0');
	for (size_t i = 0; i < roster.count; i++)
		assert_int_equal(roster.item[i].from_day, DAY_N);
}

static void reads_feed(const struct exchange *x)
{
	static struct feed_op ops[FEED_PAGE_MAX];
	struct feed_page page;

	assert_int_equal(client_feed(x->body, ops, FEED_PAGE_MAX, &page, &e),
	    0);
	assert_int_equal(page.office, OFFICE);
	assert_true(page.day == DAY_N || page.day == DAY_N + 1);
	assert_int_equal(page.more, page.to < page.head);
	assert_int_equal(page.n == 0, page.to == page.from);
}

/* One answer for each op, in their order. */
static void reads_claims(const struct exchange *x)
{
	static struct client_answer answers[CLAIM_BATCH];
	json_t *request = json_loadb(x->q.body.ptr, x->q.body.len, 0, NULL);
	json_t *ops = json_object_get(request, "ops"), *op;
	uint8_t id[OP_ID_BYTES];
	size_t n, i;

	assert_int_equal(client_claims(x->body, answers, CLAIM_BATCH, &n, &e),
	    0);
	assert_int_equal(n, json_array_size(ops));
	json_array_foreach(ops, i, op)
	{
		assert_true(
		    wire_unhex(str_from(text_of(op, "op_id")), id, sizeof(id)));
		assert_memory_equal(answers[i].op_id.bytes, id, sizeof(id));
		assert_int_not_equal(answers[i].answer, CLAIM_UNSET);
	}
	json_decref(request);
}

/* The checkpoint is signed by the key of the roster. */
static void reads_audit(const struct exchange *x)
{
	static struct client_log log;
	struct checkpoint c;
	struct note_key key;
	char vkey[NOTE_VKEY];
	struct str text;

	assert_int_equal(client_log(x->body, &log, &e), 0);
	assert_int_equal(hub_log_vkey(h, db, OFFICE, vkey, &e), 0);
	assert_true(note_vkey_parse(str_from(vkey), &key));
	assert_true(note_open(str_from(log.checkpoint), &key, &text));
	assert_true(checkpoint_parse(text, &c));
	assert_true(c.size >= log.taken && log.taken > 0);
}

static void reads_error(const struct exchange *x)
{
	struct client_error error;

	assert_int_equal(client_error(x->body, &error, &e), 0);
	assert_true(strlen(error.word) >= 3 && strlen(error.detail) > 8);
	assert_int_equal(error.epoch > 0, strcmp(error.word, "epoch") == 0);
}

static void reads_answer(const struct exchange *x)
{
	static const struct {
		const char *kind;
		void (*reads)(const struct exchange *x);
	} kinds[] = {{"enrol", reads_enrolled}, {"time", reads_time},
	    {"roster", reads_roster}, {"feed", reads_feed},
	    {"claims", reads_claims}, {"audit", reads_audit},
	    {"error", reads_error}};

	if (str_is(x->status, "304")) {
		assert_int_equal(x->body.len, 0);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_is(x->kind, kinds[i].kind)) {
			kinds[i].reads(x);
			return;
		}
	/* What only channels get. */
	assert_true(str_is(x->kind, "bookings") || str_is(x->kind, "slots"));
}

static int64_t number_in(struct str s)
{
	int64_t n;

	assert_true(str_number(s, 0, INT64_C(1) << 53, &n));
	return n;
}

/* The request is the one that is answered: of a held poll, that poll. */
static void assert_genuine(const struct exchange *asked,
    const struct exchange *x)
{
	struct frame_answer a = {.fate = FRAME_CAME,
	    .status = (uint16_t)number_in(x->status),
	    .epoch = (uint32_t)number_in(x->epoch),
	    .kind = x->kind,
	    .signature = x->signature,
	    .body = x->body};
	uint32_t device = (uint32_t)number_in(asked->q.device);
	uint64_t counter = (uint64_t)number_in(asked->q.counter);

	assert_true(client_genuine(keys.public_key, device, counter, &a));
	assert_false(client_genuine(keys.public_key, device, counter + 1, &a));
	assert_false(client_genuine(keys.public_key, device + 1, counter, &a));
}

static void test_a_terminal_understands_the_answers(void **state)
{
	struct str rest = vectors();
	struct exchange x, poll = {.name = ""};

	(void)state;
	while (next_exchange(&rest, &x)) {
		if (x.kind.ptr != NULL) {
			assert_genuine(x.act.ptr == NULL ? &x : &poll, &x);
			reads_answer(&x);
		} else if (x.act.ptr == NULL && str_is(x.status, "held")) {
			poll = x;
		} else if (x.act.ptr == NULL &&
		    strncmp(x.name, "log_", 4) != 0) {
			assert_string_equal(x.name,
			    x.q.signature.ptr == NULL ? "unsigned"
						      : "unsigned_forged");
			assert_true(str_is(x.status, "401"));
		}
	}
}

/* ---- the document ---- */

#define DOCUMENT "docs/PROTOCOL.md"

/* Without its white space, and what stands before lines of a text. */
static void squeeze(struct str text, char *out, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		if (strchr(" \t\n|", text.ptr[i]) == NULL) {
			assert_true(n + 1 < cap);
			out[n++] = text.ptr[i];
		}
	out[n] = '\0';
}

/* The parts between ".." stand in text in their order, the first at its
 * front. */
static bool begins_with(const char *text, const char *example)
{
	char part[1024];
	bool first = true;

	while (*example != '\0') {
		const char *end = strstr(example, ".."), *at;
		size_t n = end == NULL ? strlen(example)
				       : (size_t)(end - example);

		assert_true(str_copy(part, sizeof(part), str_of(example, n)));
		at = strstr(text, part);
		if (at == NULL || (first && at != text))
			return false;
		text = at + n;
		example += n;
		while (*example == '.')
			example++;
		first = false;
	}
	return true;
}

/* In one block of the file. */
static bool is_in_file(const char *example)
{
	static char text[TRANSCRIPT];
	char *block = read_vectors(), *end;

	for (block = strstr(block, "\n== "); block != NULL; block = end) {
		end = strstr(block + 1, "\n== ");
		squeeze(
		    str_of(block,
			end == NULL ? strlen(block) : (size_t)(end - block)),
		    text, sizeof(text));
		for (const char *at = text; *at != '\0'; at++)
			if (*at == *example && begins_with(at, example))
				return true;
	}
	return false;
}

static void assert_example(const char *indented)
{
	char example[4096];

	squeeze(str_from(indented), example, sizeof(example));
	/* What is signed is no example. */
	if (strncmp(example, "\"karcis-", 8) != 0 && !is_in_file(example))
		fail_msg("of %s, not in %s:\n%s", DOCUMENT, VECTORS, indented);
}

static void test_the_document_s_examples_are_in_the_file(void **state)
{
	char line[512], example[4096];
	FILE *f = fopen(DOCUMENT, "r");
	size_t n = 0, examples = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, "    ", 4) == 0) {
			assert_true(n + strlen(line) < sizeof(example));
			memcpy(example + n, line, strlen(line) + 1);
			n += strlen(line);
		} else if (n > 0) {
			assert_example(example);
			examples++;
			n = 0;
		}
	}
	fclose(f);
	assert_true(examples > 20);
}

/* ---- writing the file ---- */

static const char head[] =
    "# The exchanges of docs/PROTOCOL.md, made by hub_protocol_test and read by it\n"
    "# (tests/unit/test_protocol.h says how a block is written). The hub's Ed25519\n"
    "# seed is 00..1f, its master 20..3f; the office 4102 is at +07:00, the time is\n"
    "# 1795658400, 2026-11-26 09:00 there. Seeds of devices begin, and count up, at\n"
    "# 40 kiosk-1, 80 kiosk-2, c0 gate-1, d0 gate-2, 10 web, 50 kiosk-1 enrolled\n"
    "# again; the seed of the ticket key 20 higher; gate-1's audit key at 30. What\n"
    "# is drawn are the bytes of BLAKE2b-512 of the numbers 0, 1, 2 .. in eight\n"
    "# bytes, one after the other.\n\n";

static void write_vectors(void **state)
{
	struct str text = run_script();
	FILE *f = fopen(VECTORS, "w");

	(void)state;
	assert_non_null(f);
	assert_true(fputs(head, f) >= 0);
	assert_int_equal(fwrite(text.ptr, 1, text.len, f), text.len);
	assert_int_equal(fclose(f), 0);
}

#define FIXED(f) cmocka_unit_test_setup_teardown(f, make_fixed_hub, remove_hub)

int main(int argc, char **argv)
{
	const struct CMUnitTest writing[] = {FIXED(write_vectors)};
	const struct CMUnitTest tests[] = {
	    FIXED(test_devices_ask_as_the_file_says),
	    FIXED(test_the_hub_answers_as_the_file_says),
	    FIXED(test_a_terminal_understands_the_answers),
	    cmocka_unit_test(test_the_document_s_examples_are_in_the_file),
	};

	if (argc == 2 && strcmp(argv[1], "write") == 0)
		return cmocka_run_group_tests(writing, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
