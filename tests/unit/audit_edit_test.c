/*
 * Whatever is edited, deleted, swapped or inserted in an export is found, and
 * the first entry that differs is named: 10,000 random single edits, and every
 * bit and length of a small one. What differs first is told by comparing the
 * two texts line by line. audit_hub_test.c does the same to a hub's log.
 */
#include "test_export.h"

#include <ctype.h>

#include "firmware/core/wire.h"

enum { EDITS = 10000, HEADER_LINES = 9, TEXT_MAX = 1 << 17, LINES_MAX = 256 };

struct text {
	char bytes[TEXT_MAX];
	size_t len;
	size_t start[LINES_MAX + 1]; /* of each line; the last: len */
	size_t lines;
};

static struct text whole, bent;
static uint64_t entries; /* of the export at hand */

static void index_lines(struct text *t)
{
	t->lines = 0;
	for (size_t i = 0; i < t->len; i++)
		if (i == 0 || t->bytes[i - 1] == '\n') {
			assert_true(t->lines < LINES_MAX);
			t->start[t->lines++] = i;
		}
	t->start[t->lines] = t->len;
}

static void load_export(struct text *t)
{
	size_t len;
	char *text = slurp(out_path, &len);

	assert_true(len < TEXT_MAX / 2);
	memcpy(t->bytes, text, len);
	t->len = len;
	free(text);
	index_lines(t);
	entries = t->lines - HEADER_LINES - 1;
}

/* Replaces [at, at + out) of `bent` by `in` bytes. */
static void splice(size_t at, size_t out, const char *in, size_t n)
{
	assert_true(at + out <= bent.len && bent.len + n < TEXT_MAX);
	memmove(bent.bytes + at + n, bent.bytes + at + out,
	    bent.len - at - out);
	memcpy(bent.bytes + at, in, n);
	bent.len += n - out;
}

/* The edits. */
static void flip_a_bit(void)
{
	size_t i = draw((uint32_t)bent.len);

	bent.bytes[i] = (char)(bent.bytes[i] ^ 1 << draw(8));
}

static void change_a_byte(void)
{
	bent.bytes[draw((uint32_t)bent.len)] = (char)draw(256);
}

static void delete_a_byte(void)
{
	splice(draw((uint32_t)bent.len), 1, "", 0);
}

static void insert_a_byte(void)
{
	char c = (char)draw(256);

	splice(draw((uint32_t)bent.len + 1), 0, &c, 1);
}

static void delete_a_line(void)
{
	size_t l = draw((uint32_t)bent.lines);

	splice(bent.start[l], bent.start[l + 1] - bent.start[l], "", 0);
}

static void swap_two_lines(void)
{
	static char a[4096], b[4096];
	size_t i = draw((uint32_t)bent.lines), k = draw((uint32_t)bent.lines);
	size_t first = i < k ? i : k, second = i < k ? k : i;
	size_t an = bent.start[first + 1] - bent.start[first];
	size_t bn = bent.start[second + 1] - bent.start[second];

	if (first == second)
		return;
	memcpy(a, bent.bytes + bent.start[first], an);
	memcpy(b, bent.bytes + bent.start[second], bn);
	splice(bent.start[second], bn, a, an);
	splice(bent.start[first], an, b, bn);
}

static void insert_a_line(void)
{
	static char a[4096];
	size_t from = draw((uint32_t)bent.lines);
	size_t to = draw((uint32_t)bent.lines + 1);
	size_t n = bent.start[from + 1] - bent.start[from];

	memcpy(a, bent.bytes + bent.start[from], n);
	splice(bent.start[to], 0, a, n);
}

/* Another value of its kind in one field of one line: digits for digits. */
static void change_a_field(void)
{
	size_t l = draw((uint32_t)bent.lines), at = bent.start[l];
	size_t end = bent.start[l + 1] - 1;
	size_t fields = 1, pick, i = at;

	for (size_t k = at; k < end; k++)
		fields += bent.bytes[k] == ' ';
	for (pick = draw((uint32_t)fields); pick > 0; i++)
		pick -= bent.bytes[i] == ' ';
	for (; i < end && bent.bytes[i] != ' '; i++)
		if (isdigit((unsigned char)bent.bytes[i]))
			bent.bytes[i] = (char)('0' + draw(10));
		else if (isxdigit((unsigned char)bent.bytes[i]))
			bent.bytes[i] = (char)('a' + draw(6));
}

/* An entry's last two fields, as if a purge had erased them. */
static void erase_what_it_says(void)
{
	size_t l = HEADER_LINES + draw((uint32_t)entries);
	size_t end = bent.start[l + 1] - 1, at = bent.start[l];

	for (int field = 0; field < 5 && at < end; at++)
		field += bent.bytes[at] == ' ';
	if (at < end)
		splice(at - 1, end - at + 1, "", 0);
}

/* The last entry, or the last few, cut off. */
static void cut_the_end(void)
{
	size_t l = HEADER_LINES + draw((uint32_t)entries);
	size_t head = bent.start[bent.lines - 1];

	if (draw(2) == 0)
		splice(bent.start[l], head - bent.start[l], "", 0);
	else
		splice(bent.start[l], bent.len - bent.start[l], "", 0);
}

static void (*const edits[])(void) = {flip_a_bit, change_a_byte, delete_a_byte,
    insert_a_byte, delete_a_line, swap_two_lines, insert_a_line, change_a_field,
    erase_what_it_says, cut_the_end};

/* The first line that differs, from 0; the number of lines: none does. */
static size_t first_difference(void)
{
	size_t l = 0;

	while (l < whole.lines && l < bent.lines) {
		size_t n = whole.start[l + 1] - whole.start[l];

		if (n != bent.start[l + 1] - bent.start[l] ||
		    memcmp(whole.bytes + whole.start[l],
			bent.bytes + bent.start[l], n) != 0)
			return l;
		l++;
	}
	return whole.lines == bent.lines ? SIZE_MAX : l;
}

/* What must be named: behind the last entry, one that begins with a number and
 * a space was added, anything else is a bent last line. */
static void expect(size_t line, struct audit_finding *want)
{
	const char *s = bent.bytes + bent.start[line < bent.lines ? line : 0];
	size_t digits = strspn(s, "0123456789");

	if (line < HEADER_LINES) {
		want->where = AUDIT_IN_HEADER;
	} else if (line < HEADER_LINES + entries ||
	    (line == HEADER_LINES + entries && line < bent.lines &&
		digits > 0 && digits < 19 && s[digits] == ' ')) {
		want->where = AUDIT_IN_ENTRY;
		want->n = line - HEADER_LINES + 1;
	} else {
		want->where = AUDIT_IN_HEAD;
	}
}

/* False: the edit changed nothing. */
static bool judge(const char *name)
{
	struct audit_finding f, want = {.where = AUDIT_NOWHERE};
	size_t line;

	bent.bytes[bent.len] = '\0';
	index_lines(&bent);
	line = first_difference();
	if (line == SIZE_MAX)
		return false;
	expect(line, &want);
	spill(out_path, bent.bytes, bent.len);
	f = check_export(keys.audit_public);
	if (f.where != want.where || f.n != want.n)
		fail_msg("%s: line %zu differs, but: %s (%d, %llu)", name, line,
		    f.where == AUDIT_NOWHERE ? "nothing found" : f.text,
		    f.where, (unsigned long long)f.n);
	return true;
}

static void make_export(unsigned visitors, bool purge, bool bare)
{
	fill_journal(visitors);
	if (purge) {
		struct admit_request q = request_of(90, A);
		struct admission a;

		q.day = DAY + 1;
		assert_int_equal(journal_admit(j, &q, &a, &e), 0);
		assert_int_equal(journal_purge(j, NOW, DAY + 1, &e), 0);
		q = request_of(91, A);
		q.day = DAY + 1;
		assert_int_equal(journal_admit(j, &q, &a, &e), 0);
	}
	back_up();
	write_export(bare);
	load_export(&whole);
	assert_int_equal(check_export(keys.audit_public).where, AUDIT_NOWHERE);
}

static void edit_randomly(unsigned count)
{
	unsigned kinds[ARRAY_LEN(edits)] = {0};

	for (unsigned done = 0; done < count;) {
		size_t kind = draw(ARRAY_LEN(edits));
		char name[64];

		(void)snprintf(name, sizeof(name), "edit %u, kind %zu", done,
		    kind);
		memcpy(&bent, &whole, sizeof(bent));
		edits[kind]();
		if (!judge(name))
			continue;
		kinds[kind]++;
		done++;
	}
	for (size_t i = 0; i < ARRAY_LEN(edits); i++)
		if (edits[i] != erase_what_it_says)
			assert_true(kinds[i] > count / 20);
}

static void test_6000_random_edits_of_an_export_are_located(void **state)
{
	(void)state;
	seed = 20261126;
	make_export(20, false, false);
	edit_randomly(EDITS * 6 / 10);
}

static void test_2000_of_one_with_erased_entries_are_located(void **state)
{
	(void)state;
	seed = 20261127;
	make_export(12, true, false);
	edit_randomly(EDITS * 2 / 10);
}

static void test_2000_of_a_bare_one_are_located(void **state)
{
	(void)state;
	seed = 20261128;
	make_export(20, false, true);
	edit_randomly(EDITS * 2 / 10);
}

static void test_every_bit_and_every_length_of_a_small_one_count(void **state)
{
	(void)state;
	make_export(1, false, false);
	for (size_t bit = 0; bit < 8 * whole.len; bit++) {
		memcpy(&bent, &whole, sizeof(bent));
		bent.bytes[bit / 8] = (char)(bent.bytes[bit / 8] ^
		    1 << bit % 8);
		assert_true(judge("bit"));
	}
	for (size_t len = 0; len < whole.len; len++) {
		memcpy(&bent, &whole, sizeof(bent));
		bent.len = len;
		assert_true(judge("length"));
	}
}

/* A purge cannot be claimed: an entry may be without what it says only where
 * the header, which is signed, says so, and the header agrees with the purges
 * in the chain. */
static void test_an_entry_erased_beyond_the_purge_is_named(void **state)
{
	struct audit_finding f;
	size_t l;

	(void)state;
	make_export(4, true, false);
	for (uint64_t n = 1; n <= entries; n++) {
		size_t end, at;

		memcpy(&bent, &whole, sizeof(bent));
		l = HEADER_LINES + (size_t)n - 1;
		end = bent.start[l + 1] - 1;
		at = bent.start[l];
		for (int field = 0; field < 5 && at < end; at++)
			field += bent.bytes[at] == ' ';
		if (at >= end)
			continue; /* erased before */
		splice(at - 1, end - at + 1, "", 0);
		spill(out_path, bent.bytes, bent.len);
		f = check_export(keys.audit_public);
		assert_int_equal(f.where, AUDIT_IN_ENTRY);
		assert_int_equal(f.n, n);
		assert_non_null(strstr(f.text, "erased without a purge"));
	}
}

/* An entry that somebody linked to the one before it fits there; the next one
 * then does not. */
static void test_an_inserted_entry_that_was_linked_is_found(void **state)
{
	struct audit_finding f;

	(void)state;
	make_export(6, false, true);
	for (uint64_t n = 1; n <= entries; n++) {
		size_t l = HEADER_LINES + (size_t)n - 1;
		struct audit_hash prev = {{0}}, commitment = {{7}}, hash;
		char line[256], c[65], h[65];

		memcpy(&bent, &whole, sizeof(bent));
		if (n > 1) {
			/* the hash of the line before, its last field */
			assert_true(wire_unhex(
			    str_of(bent.bytes + bent.start[l] - 65, 64),
			    prev.bytes, 32));
		}
		hash = audit_link(n, &prev, NOW, AUDIT_ADMIT, &commitment);
		wire_hex(commitment.bytes, 32, c);
		wire_hex(hash.bytes, 32, h);
		(void)snprintf(line, sizeof(line), "%llu %d 2 %s %s\n",
		    (unsigned long long)n, NOW, c, h);
		splice(bent.start[l], 0, line, strlen(line));
		spill(out_path, bent.bytes, bent.len);
		f = check_export(keys.audit_public);
		assert_int_equal(f.where, AUDIT_IN_ENTRY);
		assert_int_equal(f.n, n + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_6000_random_edits_of_an_export_are_located),
	    CASE(test_2000_of_one_with_erased_entries_are_located),
	    CASE(test_2000_of_a_bare_one_are_located),
	    CASE(test_every_bit_and_every_length_of_a_small_one_count),
	    CASE(test_an_entry_erased_beyond_the_purge_is_named),
	    CASE(test_an_inserted_entry_that_was_linked_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
