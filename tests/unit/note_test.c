/*
 * Signed notes and checkpoints: the notes of the Go library's own tests and
 * of the C2SP specification, tests/unit/vectors/log.txt, and everything that
 * may not be believed.
 */
#include "firmware/core/note.h"

#include "test_vectors.h"

#define DASH "\xE2\x80\x94 "

/* golang.org/x/mod/sumdb/note, its documentation and tests. */
static const char peter_vkey[] =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char enoch_vkey[] =
    "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
#define TEXT \
	"If you think cryptography is the answer to your problem,\n" \
	"then you don't know what your problem is.\n"
#define PETER \
	DASH "PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuG" \
	     "UgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
#define ENOCH \
	DASH "EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp" \
	     "+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
#define NOTE TEXT "\n" PETER
/* The seed of peter_vkey's key, in the base64 of the same tests' signer. */
static const uint8_t peter_seed[32] = {0x81, 0x0a, 0x14, 0x02, 0xd5, 0x14, 0x6c,
    0x8d, 0x84, 0xf2, 0x44, 0x33, 0x30, 0xf5, 0x40, 0x80, 0xeb, 0xf9, 0x8e,
    0xe1, 0x7d, 0x9c, 0x74, 0xf6, 0x25, 0x2f, 0xc5, 0xd5, 0xc7, 0x28, 0x31,
    0x73};

static struct note_key peter, enoch;
static uint8_t peter_secret[64];

static int make_keys(void **state)
{
	uint8_t public_key[32];

	(void)state;
	if (!note_vkey_parse(str_from(peter_vkey), &peter) ||
	    !note_vkey_parse(str_from(enoch_vkey), &enoch))
		return -1;
	if (crypto_sign_seed_keypair(public_key, peter_secret, peter_seed) != 0)
		return -1;
	return memcmp(public_key, peter.public_key, sizeof(public_key));
}

static bool opens(const char *note, const struct note_key *k)
{
	struct str text = {NULL, 0};
	bool good = note_open(str_from(note), k, &text);

	assert_true(good == (text.ptr != NULL));
	return good;
}

static void test_a_note_of_the_go_library_opens(void **state)
{
	struct str text;

	(void)state;
	assert_true(note_open(str_from(NOTE), &peter, &text));
	assert_true(str_is(text, TEXT));
	assert_string_equal(peter.name, "PeterNeumann");
}

static void test_the_example_of_the_specification_opens(void **state)
{
	struct note_key k;

	(void)state;
	assert_true(note_vkey_parse(
	    str_from("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2"
		     "LKaANYcrnKv3U2k"),
	    &k));
	assert_true(opens("This is an example message.\n\n" DASH
			  "example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6"
			  "TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu7"
			  "2IneyaQM=\n",
	    &k));
}

static void test_a_note_is_signed_as_the_go_library_signs_it(void **state)
{
	uint8_t bytes[NOTE_BYTES];
	struct buf b;

	(void)state;
	buf_init(&b, bytes, sizeof(bytes));
	assert_true(
	    note_sign(str_from(TEXT), "PeterNeumann", peter_secret, &b));
	assert_true(str_is(buf_view(&b), NOTE));
}

static void test_signatures_by_others_are_passed_over(void **state)
{
	(void)state;
	assert_true(opens(TEXT "\n" PETER ENOCH, &peter));
	assert_true(opens(TEXT "\n" PETER ENOCH, &enoch));
	assert_true(opens(TEXT "\n" ENOCH PETER, &peter));
	/* of another type and length, by somebody unknown */
	assert_true(opens(NOTE DASH "witness.example/w AAAAAAE=\n", &peter));
	assert_false(opens(NOTE, &enoch));
}

/* The same name under another key, the same key hash under another name. */
static void test_name_and_key_hash_both_tell_the_key(void **state)
{
	struct note_key other = peter;

	(void)state;
	other.public_key[0] ^= 1;
	assert_false(opens(NOTE, &other));
	other = peter;
	other.name[0] = 'Q';
	assert_false(opens(NOTE, &other));
}

static void test_one_bad_signature_by_the_key_refuses_the_note(void **state)
{
	static char bad[] = PETER;
	char note[1024];

	(void)state;
	bad[40] = bad[40] == 'A' ? 'B' : 'A';
	(void)snprintf(note, sizeof(note), "%s%s", NOTE, bad);
	assert_false(opens(note, &peter));
	(void)snprintf(note, sizeof(note), "%s\n%s%s", TEXT, bad, PETER);
	assert_false(opens(note, &peter));
	(void)snprintf(note, sizeof(note), "%s\n%s", TEXT, bad);
	assert_false(opens(note, &peter));
	assert_true(opens(NOTE PETER, &peter));
}

static void test_no_bit_of_a_note_can_change(void **state)
{
	static char note[] = NOTE;
	struct str text;

	(void)state;
	for (size_t bit = 0; bit < 8 * (sizeof(note) - 1); bit++) {
		note[bit / 8] = (char)(note[bit / 8] ^ 1 << bit % 8);
		assert_false(
		    note_open(str_of(note, sizeof(note) - 1), &peter, &text));
		note[bit / 8] = (char)(note[bit / 8] ^ 1 << bit % 8);
	}
	for (size_t len = 0; len < sizeof(note) - 1; len++)
		assert_false(note_open(str_of(note, len), &peter, &text));
}

static void test_what_is_no_note_is_refused(void **state)
{
	static const char *const notes[] = {
	    "", "\n", "\n\n", TEXT, TEXT "\n", PETER, "\n" PETER, TEXT PETER,
	    TEXT "\n\n" PETER, /* the text has one LF more */
	    TEXT "\r\n" PETER,
	    TEXT "\n" PETER "\n", /* no signature behind it */
	    TEXT "\n" PETER "x\n", TEXT "\n" PETER DASH "\n",
	    TEXT "\n" PETER DASH "x\n", TEXT "\n" PETER DASH "x \n",
	    TEXT "\n" PETER DASH "x AAAA\n", /* no more than a key hash */
	    TEXT "\n" PETER DASH "x AAAAAA==\n",
	    TEXT "\n" PETER DASH "x AAAAAAF=\n", /* bits behind the last byte */
	    TEXT "\n" PETER DASH "x AAAAAAE\n",
	    TEXT "\n" PETER DASH "x AAAAAAE= \n",
	    TEXT "\n" PETER DASH "x y AAAAAAE=\n",
	    TEXT "\n" PETER DASH " AAAAAAE=\n",
	    TEXT "\n" PETER DASH "x+ AAAAAAE=\n",
	    TEXT "\n" PETER DASH "x\xC2\xA0y AAAAAAE=\n",
	    TEXT "\n" PETER "-- x AAAAAAE=\n",
	    TEXT "\n" PETER DASH "x AAAA\xC3\xA9"
		 "AE=\n",
	    TEXT "\n" PETER DASH "x\tAAAAAAE=\n",
	    TEXT "\n" PETER DASH "\xFF AAAAAAE=\n", /* not UTF-8 */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(notes); i++)
		if (opens(notes[i], &peter))
			fail_msg("note %zu opened", i);
}

static void test_a_note_has_a_bound(void **state)
{
	static char note[NOTE_BYTES + 128];
	static const char other[] = DASH "x AAAAAAE=\n";
	size_t len = strlen(NOTE);
	struct str text;

	(void)state;
	memcpy(note, NOTE, len);
	while (len + sizeof(other) - 1 <= NOTE_BYTES) {
		memcpy(note + len, other, sizeof(other));
		len += sizeof(other) - 1;
	}
	assert_true(note_open(str_of(note, len), &peter, &text));
	memcpy(note + len, other, sizeof(other));
	assert_false(
	    note_open(str_of(note, len + sizeof(other) - 1), &peter, &text));
}

static void test_what_cannot_be_a_note_is_not_signed(void **state)
{
	static const char *const texts[] = {"", "no line end", "\n", "\na\n",
	    "a\n\nb\n", "a\n\n", "a\tb\n", "a\r\n", "\xC3\n", "a\x7f\n"};
	static const char *const names[] = {"", "a b", "a+b", "a\nb",
	    "a\xC2\xA0"
	    "b",
	    "a\xE2\x80\x83"
	    "b",
	    "a\xE3\x80\x80"
	    "b",
	    "\xFF"};
	static char small[sizeof(NOTE) - 2];
	uint8_t bytes[NOTE_BYTES];
	struct buf b;

	(void)state;
	for (size_t i = 0; i + 1 < ARRAY_LEN(texts); i++) {
		buf_init(&b, bytes, sizeof(bytes));
		if (note_sign(str_from(texts[i]), "a", peter_secret, &b))
			fail_msg("text %zu was signed", i);
		assert_int_equal(b.len, 0);
	}
	/* U+007F is no control character of C2SP's */
	buf_init(&b, bytes, sizeof(bytes));
	assert_true(note_sign(str_from(texts[9]), "a", peter_secret, &b));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		buf_init(&b, bytes, sizeof(bytes));
		if (note_sign(str_from("a\n"), names[i], peter_secret, &b))
			fail_msg("name %zu signed", i);
	}
	buf_init(&b, small, sizeof(small));
	assert_false(
	    note_sign(str_from(TEXT), "PeterNeumann", peter_secret, &b));
}

static void test_a_key_is_told_as_its_text(void **state)
{
	struct note_key k = {.name = ""};
	char got[NOTE_VKEY], want[256], origin[256];

	(void)state;
	assert_true(note_vkey(&peter, got));
	assert_string_equal(got, peter_vkey);
	vector("log", "origin", origin);
	assert_true(str_copy(k.name, sizeof(k.name), str_from(origin)));
	vector_hex("log", "public", k.public_key, sizeof(k.public_key));
	vector("log", "vkey", want);
	assert_true(note_vkey(&k, got));
	assert_string_equal(got, want);
	memset(k.name, 'n', NOTE_NAME - 1);
	k.name[NOTE_NAME - 1] = '\0';
	assert_true(note_vkey(&k, got));
	assert_true(note_vkey_parse(str_from(got), &peter));
	assert_memory_equal(&peter, &k, sizeof(k));
	assert_int_equal(make_keys(NULL), 0);
	k.name[3] = '+';
	assert_false(note_vkey(&k, got));
	assert_string_equal(got, "");
}

static void test_what_is_no_key_s_text_is_refused(void **state)
{
	static const char *const keys[] = {
	    "",
	    "+",
	    "++",
	    "PeterNeumann",
	    "PeterNeumann+c74f20a3",
	    "PeterNeumann+c74f20a3+",
	    "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	    "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	    "PeterNeumann+c74f20a+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	    "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	    "PeterNeumanm+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TX",
	    /* type 2 */
	    "PeterNeumann+c74f20a3+AhRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10",
	    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW ",
	    "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	};
	struct note_key k = {.name = "kept"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (note_vkey_parse(str_from(keys[i]), &k))
			fail_msg("key %zu was read", i);
	assert_string_equal(k.name, "kept");
}

static void test_a_checkpoint_is_written_as_documented(void **state)
{
	uint8_t want[71], bytes[NOTE_BYTES], seed[32], public_key[32];
	uint8_t secret[64];
	struct checkpoint c = {.size = 8}, back;
	char line[256], note[640], origin[256];
	struct note_key k;
	struct str text;
	struct buf b;

	(void)state;
	vector("log", "origin", origin);
	assert_true(str_copy(c.origin, sizeof(c.origin), str_from(origin)));
	vector_hex("log", "root_8", c.root.bytes, sizeof(c.root.bytes));
	vector_hex("log", "checkpoint", want, sizeof(want));
	vector_hex("log", "seed", seed, sizeof(seed));
	assert_int_equal(crypto_sign_seed_keypair(public_key, secret, seed), 0);
	buf_init(&b, bytes, sizeof(bytes));
	assert_true(checkpoint_put(&c, &b));
	assert_int_equal(b.len, sizeof(want));
	assert_memory_equal(bytes, want, sizeof(want));
	vector("log", "checkpoint_signed", line);
	(void)snprintf(note, sizeof(note), "%.*s\n" DASH "%s %s\n",
	    (int)sizeof(want), (const char *)want, origin, line);
	buf_init(&b, bytes, sizeof(bytes));
	assert_true(note_sign(str_of(want, sizeof(want)), origin, secret, &b));
	assert_true(str_is(buf_view(&b), note));
	vector("log", "vkey", line);
	assert_true(note_vkey_parse(str_from(line), &k));
	assert_true(note_open(str_from(note), &k, &text));
	assert_true(checkpoint_parse(text, &back));
	assert_memory_equal(&back, &c, sizeof(c));
}

#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

static void test_lines_behind_the_third_are_passed_over(void **state)
{
	struct checkpoint c;

	(void)state;
	/* the example of C2SP tlog-checkpoint */
	assert_true(checkpoint_parse(
	    str_from("example.com/behind-the-sofa\n20852163\n" ROOT), &c));
	assert_string_equal(c.origin, "example.com/behind-the-sofa");
	assert_int_equal(c.size, 20852163);
	assert_true(checkpoint_parse(
	    str_from("a log\n0\n" ROOT "more\nand more\n"), &c));
	assert_int_equal(c.size, 0);
	assert_true(
	    checkpoint_parse(str_from("a\n999999999999999999\n" ROOT), &c));
}

static void test_what_is_no_checkpoint_is_refused(void **state)
{
	static const char *const texts[] = {
	    "",
	    "\n",
	    "a\n",
	    "a\n1\n",
	    "a\n1",
	    "a\n1\nCsUY\n",
	    "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
	    "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
	    "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
	    "a\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
	    "\n1\n" ROOT,
	    "a\n\n" ROOT,
	    "a\n01\n" ROOT,
	    "a\n00\n" ROOT,
	    "a\n-1\n" ROOT,
	    "a\n+1\n" ROOT,
	    "a\n 1\n" ROOT,
	    "a\n1 \n" ROOT,
	    "a\n0x1\n" ROOT,
	    "a\n1000000000000000000\n" ROOT,
	    "a\n18446744073709551616\n" ROOT,
	    "a\n1\n" ROOT "\n",
	    "a\n1\n" ROOT "b\n\n",
	    "a\n1\n" ROOT "b",
	    "a\tb\n1\n" ROOT,
	    "\xFF\n1\n" ROOT,
	};
	struct checkpoint c = {.size = 7};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (checkpoint_parse(str_from(texts[i]), &c))
			fail_msg("checkpoint %zu was read", i);
	assert_int_equal(c.size, 7);
}

static void test_a_checkpoint_that_could_not_be_read_is_not_written(
    void **state)
{
	uint8_t bytes[256];
	struct checkpoint c = {.origin = "a", .size = 999999999999999999};
	struct buf b;

	(void)state;
	buf_init(&b, bytes, sizeof(bytes));
	assert_true(checkpoint_put(&c, &b));
	c.size++;
	assert_false(checkpoint_put(&c, &b));
	c = (struct checkpoint){.origin = ""};
	assert_false(checkpoint_put(&c, &b));
	memcpy(c.origin, "a\nb", 4);
	assert_false(checkpoint_put(&c, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_note_of_the_go_library_opens),
	    cmocka_unit_test(test_the_example_of_the_specification_opens),
	    cmocka_unit_test(test_a_note_is_signed_as_the_go_library_signs_it),
	    cmocka_unit_test(test_signatures_by_others_are_passed_over),
	    cmocka_unit_test(test_name_and_key_hash_both_tell_the_key),
	    cmocka_unit_test(
		test_one_bad_signature_by_the_key_refuses_the_note),
	    cmocka_unit_test(test_no_bit_of_a_note_can_change),
	    cmocka_unit_test(test_what_is_no_note_is_refused),
	    cmocka_unit_test(test_a_note_has_a_bound),
	    cmocka_unit_test(test_what_cannot_be_a_note_is_not_signed),
	    cmocka_unit_test(test_a_key_is_told_as_its_text),
	    cmocka_unit_test(test_what_is_no_key_s_text_is_refused),
	    cmocka_unit_test(test_a_checkpoint_is_written_as_documented),
	    cmocka_unit_test(test_lines_behind_the_third_are_passed_over),
	    cmocka_unit_test(test_what_is_no_checkpoint_is_refused),
	    cmocka_unit_test(
		test_a_checkpoint_that_could_not_be_read_is_not_written),
	};

	return cmocka_run_group_tests(tests, make_keys, NULL);
}
