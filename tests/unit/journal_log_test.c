/* The journal's chain for the hub's log: hashes, and nothing of a person. */
#include <sodium.h>

#include "test_journal_gate.h"

enum { ROWS = 64 };

static size_t chain_from(uint64_t from, struct log_entry *out, size_t cap)
{
	size_t n = 99;

	assert_int_equal(journal_chain(j, from, out, cap, &n, &e), 0);
	return n;
}

static uint64_t head(struct audit_hash *hash)
{
	uint64_t n;

	journal_head(j, &n, hash);
	return n;
}

/* Followed as docs/FORMATS.md says: each hash is over the one before. */
static void test_the_chain_links_up_to_the_head(void **state)
{
	struct audit_hash prev = {{0}}, want;
	static struct log_entry x[ROWS];
	uint64_t n;

	(void)state;
	admit(1, A);
	through(ticket_of(1), 0, false);
	assert_int_equal(
	    journal_note(j, NOW + 70, AUDIT_ROSTER, 3, str_from("roster"), &e),
	    0);
	n = head(&want);
	assert_int_equal(chain_from(1, x, ROWS), n);
	for (uint64_t i = 0; i < n; i++) {
		struct audit_hash h = audit_link(i + 1, &prev, x[i].time_s,
		    x[i].kind, &x[i].commitment);

		assert_int_equal(x[i].n, i + 1);
		assert_int_equal(x[i].office, 0);
		assert_int_equal(x[i].device, 0);
		assert_memory_equal(&h, &x[i].hash, sizeof(h));
		prev = h;
	}
	assert_memory_equal(&prev, &want, sizeof(prev));
	assert_int_equal(x[0].kind, AUDIT_GENESIS);
	assert_int_equal(x[3].kind, AUDIT_PASS);
	assert_int_equal(x[n - 1].kind, AUDIT_ROSTER);
	assert_int_equal(x[n - 1].time_s, NOW + 70);
}

static void test_the_chain_comes_in_pieces(void **state)
{
	static struct log_entry all[ROWS], x[ROWS];
	size_t n, got = 0;

	(void)state;
	for (unsigned i = 1; i <= 10; i++)
		through(ticket_of(i), 0, false);
	n = chain_from(0, all, ROWS);
	assert_int_equal(n, 12);
	while (got < n) {
		size_t k = chain_from(got + 1, x, 5);

		assert_int_equal(k, n - got < 5 ? n - got : 5);
		assert_memory_equal(x, all + got, k * sizeof(x[0]));
		got += k;
	}
	assert_int_equal(chain_from(n, x, 5), 1);
	assert_int_equal(chain_from(n + 1, x, 5), 0);
	assert_int_equal(chain_from(UINT64_MAX, x, 5), 0);
	assert_int_equal(chain_from(1, x, 0), 0);
}

static void test_what_was_purged_stays_in_the_chain(void **state)
{
	static struct log_entry before[ROWS], after[ROWS];
	size_t n;

	(void)state;
	admit(1, A);
	through(ticket_of(1), 0, false);
	n = chain_from(1, before, ROWS);
	assert_int_equal(journal_purge(j, NOW, DAY + 1, &e), 0);
	assert_int_equal(chain_from(1, after, ROWS), n + 1);
	assert_memory_equal(before, after, n * sizeof(before[0]));
}

static void test_the_signed_head_is_the_newest_entry(void **state)
{
	uint8_t message[HEAD_BYTES], signature[64];
	struct audit_hash hash, want;
	uint64_t n;

	(void)state;
	for (unsigned i = 1; i <= 3; i++) {
		through(ticket_of(i), 0, false);
		assert_int_equal(
		    journal_signed_head(j, &n, &hash, signature, &e), 0);
		assert_int_equal(n, head(&want));
		assert_memory_equal(&hash, &want, sizeof(hash));
		head_message(n, &hash, message);
		assert_int_equal(crypto_sign_verify_detached(signature, message,
				     sizeof(message), journal_audit_public(j)),
		    0);
		reopen();
	}
	assert_memory_equal(journal_audit_public(j), keys.audit_public,
	    sizeof(keys.audit_public));
}

static void test_a_damaged_head_is_a_fault(void **state)
{
	static const char *const damage[] = {"DELETE FROM head",
	    "UPDATE head SET hash = x'00'", "UPDATE head SET signature = x''"};
	uint8_t signature[64];
	struct audit_hash hash;
	uint64_t n;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(damage); i++) {
		assert_int_equal(db_exec(j->db, "test", damage[i], &e), 0);
		assert_int_equal(
		    journal_signed_head(j, &n, &hash, signature, &e), -EUCLEAN);
		assert_int_equal(n, 0);
		/* the next entry signs a new one */
		through(ticket_of((unsigned)i + 1), 0, false);
		assert_int_equal(
		    journal_signed_head(j, &n, &hash, signature, &e), 0);
	}
}

static void test_a_damaged_entry_is_a_fault_of_the_chain(void **state)
{
	static struct log_entry x[ROWS];
	size_t n;

	(void)state;
	close_journal();
	run_sql("DROP TRIGGER entry_no_update;"
		"UPDATE entry SET commitment = x'00' WHERE n = 2",
	    SQLITE_OK);
	open_at(NOW);
	assert_int_equal(journal_chain(j, 1, x, ROWS, &n, &e), -EUCLEAN);
	assert_non_null(strstr(e.text, "damaged"));
	assert_int_equal(n, 1);
}

static void assert_logged(uint64_t want, const char *note)
{
	char got[NOTE_BYTES];
	uint64_t n = 99;

	memset(got, 'x', sizeof(got));
	assert_int_equal(journal_logged(j, &n, got, &e), 0);
	assert_int_equal(n, want);
	assert_string_equal(got, note);
}

static void test_what_the_log_holds_is_kept_with_its_note(void **state)
{
	static char longest[NOTE_BYTES + 1];

	(void)state;
	assert_logged(0, "");
	assert_int_equal(
	    journal_set_logged(j, 4, str_from("hub/karcis/7\n4\n"), &e), 0);
	assert_logged(4, "hub/karcis/7\n4\n");
	crash();
	assert_logged(4, "hub/karcis/7\n4\n");
	/* A hub that was put back holds less. */
	assert_int_equal(journal_set_logged(j, 2, str_of(NULL, 0), &e), 0);
	assert_logged(2, "");
	memset(longest, 'y', NOTE_BYTES);
	assert_int_equal(journal_set_logged(j, 9, str_from(longest), &e),
	    -EINVAL);
	assert_logged(2, "");
	longest[NOTE_BYTES - 1] = '\0';
	assert_int_equal(journal_set_logged(j, 9, str_from(longest), &e), 0);
	assert_logged(9, longest);
	assert_chain();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_the_chain_links_up_to_the_head),
	    CASE(test_the_chain_comes_in_pieces),
	    CASE(test_what_was_purged_stays_in_the_chain),
	    CASE(test_the_signed_head_is_the_newest_entry),
	    CASE(test_a_damaged_head_is_a_fault),
	    CASE(test_a_damaged_entry_is_a_fault_of_the_chain),
	    HUB(test_what_the_log_holds_is_kept_with_its_note),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
