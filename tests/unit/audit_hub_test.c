/*
 * The hub's log as an auditor reads it: 4,000 random single edits of its list
 * of entries, bundles that are cut, trees that were signed anew, and this
 * terminal's own journal and checkpoint beside it. Each is found, and what
 * differs first is named.
 */
#include "test_export.h"

#include "firmware/app/ctl/audit_hub.h"
#include "test_log.h"

enum { LIST_EDITS = 2000 };

struct shown {
	uint8_t bundle[3][(2 + 1024) * LOG_TILE];
	size_t bundle_len[3];
	struct merkle_hash hash[TEST_LOG];
	size_t hashes;
	char note[NOTE_BYTES];
};
static struct test_log hub, kept;
static struct shown shown;

static void put_entry(struct shown *s, size_t i, const uint8_t *entry,
    size_t len)
{
	size_t b = i / LOG_TILE;
	uint8_t *at = s->bundle[b] + s->bundle_len[b];

	at[0] = (uint8_t)(len >> 8);
	at[1] = (uint8_t)len;
	memcpy(at + 2, entry, len);
	s->bundle_len[b] += 2 + len;
}

/* The list as `list` has it; hashes and checkpoint as `tree` has them. */
static void show(const struct test_log *list, const struct test_log *tree)
{
	memset(&shown, 0, sizeof(shown));
	for (size_t i = 0; i < list->n; i++)
		put_entry(&shown, i, list->entry[i], LOG_ENTRY_BYTES);
	memcpy(shown.hash, tree->leaf, sizeof(shown.hash));
	shown.hashes = tree->n;
	test_log_checkpoint(tree, tree->n, shown.note);
}

static int copy_out(const void *from, size_t n, uint8_t *out, size_t cap,
    size_t *len)
{
	assert_true(n <= cap);
	memcpy(out, from, n);
	*len = n;
	return 0;
}

static int serve(void *ctx, const char *name, uint8_t *out, size_t cap,
    size_t *len, struct err *err)
{
	const struct shown *s = ctx;
	uint64_t index;
	unsigned width;
	int level;

	if (strcmp(name, "checkpoint") == 0)
		return copy_out(s->note, strlen(s->note), out, cap, len);
	assert_true(log_tile_parse(str_from(name), &level, &index, &width));
	if (index >= 3)
		return err_set(err, -ENOENT, "no %s", name);
	if (level == -1)
		return copy_out(s->bundle[index], s->bundle_len[index], out,
		    cap, len);
	assert_int_equal(level, 0);
	index *= LOG_TILE;
	if (index >= s->hashes)
		return err_set(err, -ENOENT, "no %s", name);
	return copy_out(&s->hash[index],
	    (s->hashes - index < width ? s->hashes - index : width) *
		MERKLE_BYTES,
	    out, cap, len);
}

static struct audit_hub_answer ask_hub(struct audit_rows *own, uint32_t device,
    struct paper *paper)
{
	static struct audit_hub_answer a;
	const struct audit_source source = {serve, &shown};
	const struct audit_hub_question q = {.log_key = hub.vkey,
	    .office = TEST_OFFICE,
	    .own = own,
	    .own_device = device,
	    .paper = paper};

	if (audit_hub_check(&source, &q, &a, &e) < 0)
		fail_msg("%s", e.text);
	return a;
}

static void test_a_sound_hub_is_whole(void **state)
{
	static const size_t sizes[] = {0, 1, 255, 256, 257, 511, 512, 513, 700};
	struct audit_hub_answer a;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		test_log_fill(&hub, sizes[i]);
		show(&hub, &hub);
		a = ask_hub(NULL, 0, NULL);
		if (a.found)
			fail_msg("%zu entries: %s", sizes[i], a.text);
		assert_int_equal(a.checkpoint.size, sizes[i]);
		assert_string_equal(a.note, shown.note);
	}
	assert_int_equal(a.devices, TEST_DEVICES);
}

/* One edit of the list at random; the first index that differs. */
static size_t edit_list(struct test_log *l)
{
	size_t i = draw((uint32_t)l->n), k = draw((uint32_t)l->n);
	size_t rest = (l->n - i) * LOG_ENTRY_BYTES;
	uint8_t entry[LOG_ENTRY_BYTES];

	switch (draw(4)) {
	case 0:
		l->entry[i][draw(LOG_ENTRY_BYTES)] ^= (uint8_t)(1U << draw(8));
		break;
	case 1: /* the list becomes shorter */
		memmove(l->entry[i], l->entry[i + 1], rest - LOG_ENTRY_BYTES);
		l->n--;
		break;
	case 2:
		memcpy(entry, l->entry[i], sizeof(entry));
		memcpy(l->entry[i], l->entry[k], sizeof(entry));
		memcpy(l->entry[k], entry, sizeof(entry));
		break;
	default: /* longer */
		memcpy(entry, l->entry[k], sizeof(entry));
		memmove(l->entry[i + 1], l->entry[i], rest);
		memcpy(l->entry[i], entry, sizeof(entry));
		l->n++;
		break;
	}
	for (i = 0; i < l->n && i < hub.n; i++)
		if (memcmp(l->entry[i], hub.entry[i], LOG_ENTRY_BYTES) != 0)
			return i;
	return i;
}

/* The tree is the one that was signed: the index is named. */
static void test_2000_random_edits_of_a_hub_s_list_are_located(void **state)
{
	struct audit_hub_answer a;
	char want[32];

	(void)state;
	seed = 20261129;
	test_log_fill(&hub, 300);
	for (unsigned done = 0; done < LIST_EDITS;) {
		size_t at;

		kept = hub;
		at = edit_list(&kept);
		if (at == hub.n)
			continue; /* nothing, or only behind the tree */
		show(&kept, &hub);
		a = ask_hub(NULL, 0, NULL);
		(void)snprintf(want, sizeof(want), "index %zu ", at);
		if (!a.found || strncmp(a.text, want, strlen(want)) != 0)
			fail_msg("edit %u at %zu: %s", done, at, a.text);
		done++;
	}
}

/* The hub's operator edits an entry, builds the tree anew and signs it: what
 * was changed in place is named by device and n, what was left out at that
 * device's next entry. */
static void test_2000_edits_that_the_hub_signed_are_located(void **state)
{
	struct audit_hub_answer a;
	char want[64];

	(void)state;
	seed = 20261130;
	test_log_fill(&hub, 120);
	for (unsigned done = 0; done < LIST_EDITS;) {
		size_t i = draw((uint32_t)hub.n);
		struct log_entry x;
		bool out = draw(4) == 0;

		kept = hub;
		assert_true(
		    log_entry_read(str_of(hub.entry[i], LOG_ENTRY_BYTES), &x));
		if (out && hub.chain[x.device].n == x.n)
			continue; /* nothing of that device follows */
		if (out) {
			memmove(kept.entry[i], kept.entry[i + 1],
			    (hub.n - i - 1) * LOG_ENTRY_BYTES);
			kept.n--;
		} else {
			/* n, time, kind, commitment or hash */
			kept.entry[i][9 + draw(LOG_ENTRY_BYTES - 9)] ^=
			    (uint8_t)(1U << draw(8));
		}
		for (size_t k = i; k < kept.n; k++)
			kept.leaf[k] = test_log_leaf(kept.entry[k]);
		show(&kept, &kept);
		a = ask_hub(NULL, 0, NULL);
		(void)snprintf(want, sizeof(want), "(device %u, entry %u) ",
		    (unsigned)x.device, (unsigned)x.n);
		if (!a.found || strstr(a.text, want) == NULL)
			fail_msg("edit %u, want %s: %s", done, want, a.text);
		done++;
	}
}

static void test_a_bundle_that_is_cut_or_bent_is_located(void **state)
{
	struct audit_hub_answer a;

	(void)state;
	test_log_fill(&hub, 300);
	show(&hub, &hub);
	for (size_t cut = 1; cut < 200; cut++) {
		shown.bundle_len[1]--;
		a = ask_hub(NULL, 0, NULL);
		assert_true(a.found);
		/* 44 entries of 93 bytes in the second bundle */
		assert_int_equal(strtoul(a.text + 6, NULL, 10),
		    256 + (44 * 93 - cut) / 93);
	}
	show(&hub, &hub);
	shown.bundle[0][0] = 0xFF; /* an entry of 65,371 bytes */
	a = ask_hub(NULL, 0, NULL);
	assert_memory_equal(a.text, "index 0 ", 8);
	/* no hash for the last entry */
	show(&hub, &hub);
	shown.hashes--;
	a = ask_hub(NULL, 0, NULL);
	assert_memory_equal(a.text, "index 299 ", 10);
	/* the second bundle is not given */
	test_log_fill(&kept, 256);
	show(&hub, &hub);
	shown.hashes = 256;
	a = ask_hub(NULL, 0, NULL);
	assert_true(a.found);
	assert_memory_equal(a.text, "index 256 ", 10);
}

static void test_a_checkpoint_of_another_tree_is_found(void **state)
{
	struct audit_hub_answer a;
	struct merkle_hash root;

	(void)state;
	test_log_fill(&hub, 40);
	show(&hub, &hub);
	root = test_log_root(hub.leaf, 39);
	test_log_sign(TEST_ORIGIN, 40, &root, hub.secret, shown.note);
	a = ask_hub(NULL, 0, NULL);
	assert_true(a.found);
	assert_non_null(strstr(a.text, "another than the checkpoint's"));
	strchr(shown.note, '\n')[1] ^= 1;
	a = ask_hub(NULL, 0, NULL);
	assert_true(a.found);
	assert_non_null(strstr(a.text, "not signed"));
}

/* A tile that was partial may be full by the time it is asked for. */
static int serve_only_full(void *ctx, const char *name, uint8_t *out,
    size_t cap, size_t *len, struct err *err)
{
	if (strstr(name, ".p/") != NULL)
		return err_set(err, -ENOENT, "no %s", name);
	return serve(ctx, name, out, cap, len, err);
}

static void test_a_partial_tile_may_have_become_a_full_one(void **state)
{
	static struct audit_hub_answer a;
	const struct audit_source source = {serve_only_full, &shown};
	const struct audit_hub_question q = {.log_key = hub.vkey,
	    .office = TEST_OFFICE};

	(void)state;
	test_log_fill(&hub, 600);
	show(&hub, &hub);
	test_log_checkpoint(&hub, 300, shown.note);
	assert_int_equal(audit_hub_check(&source, &q, &a, &e), 0);
	if (a.found)
		fail_msg("%s", a.text);
	assert_int_equal(a.checkpoint.size, 300);
}

/* This terminal's journal, as device 3, among four others. */
static void log_own_journal(struct test_log *l, int64_t others_s)
{
	struct audit_rows *rows;
	struct audit_row row;
	uint32_t turn = 0;

	memset(l, 0, sizeof(*l));
	test_log_key(7, TEST_ORIGIN, l->secret, l->vkey);
	assert_int_equal(audit_rows_open(copy_path, &rows, &e), 0);
	while (audit_rows_next(rows, &row, &e) > 0) {
		struct log_entry x = {.office = TEST_OFFICE,
		    .device = 3,
		    .n = row.n,
		    .time_s = row.time_s,
		    .kind = row.kind,
		    .commitment = row.commitment,
		    .hash = row.hash};

		log_entry_put(&x, l->entry[l->n]);
		l->leaf[l->n] = test_log_leaf(l->entry[l->n]);
		l->n++;
		test_log_add(l, 1 + turn++ % 2, others_s, 2);
	}
	audit_rows_close(rows);
}

static struct audit_hub_answer ask_with_own(void)
{
	struct audit_rows *rows;
	struct audit_hub_answer a;

	assert_int_equal(audit_rows_open(copy_path, &rows, &e), 0);
	a = ask_hub(rows, 3, NULL);
	audit_rows_close(rows);
	return a;
}

static void test_the_journal_here_is_compared_with_the_hub_s_log(void **state)
{
	struct audit_hub_answer a;

	(void)state;
	fill_journal(8);
	back_up();
	log_own_journal(&hub, NOW);
	admit(60, A);
	admit(61, A);
	back_up();
	show(&hub, &hub);
	a = ask_with_own();
	if (a.found)
		fail_msg("%s", a.text);
	/* 2 + 8 x 3 + 2 + 1 = 29, and 2 that are not there yet */
	assert_int_equal(a.own_logged, 29);
	assert_int_equal(a.own_not, 2);
}

/* Both chains are whole: the journal was put back to an older copy and went on
 * from there. */
static void test_the_first_entry_that_differs_from_the_hub_s_is_named(
    void **state)
{
	struct audit_hub_answer a;

	(void)state;
	fill_journal(8);
	back_up();
	log_own_journal(&hub, NOW);
	for (uint64_t n = 1; n <= 29; n++) {
		struct audit_hash prev = {{0}};
		char want[64];

		/* the hub's story differs from entry n on, and is linked */
		kept = hub;
		for (size_t i = 0; i < kept.n; i++) {
			struct log_entry x;

			assert_true(log_entry_read(
			    str_of(kept.entry[i], LOG_ENTRY_BYTES), &x));
			if (x.device != 3)
				continue;
			x.time_s += x.n == n;
			x.hash = audit_link(x.n, &prev, x.time_s, x.kind,
			    &x.commitment);
			prev = x.hash;
			log_entry_put(&x, kept.entry[i]);
			kept.leaf[i] = test_log_leaf(kept.entry[i]);
		}
		show(&kept, &kept);
		assert_false(ask_hub(NULL, 0, NULL).found);
		a = ask_with_own();
		(void)snprintf(want, sizeof(want), "entry %llu differs",
		    (unsigned long long)n);
		if (!a.found || strstr(a.text, want) == NULL)
			fail_msg("%llu: %s", (unsigned long long)n, a.text);
	}
}

static void test_an_entry_that_only_the_hub_has_is_named(void **state)
{
	char first[112];
	struct audit_hub_answer a;

	(void)state;
	fill_journal(8);
	back_up();
	memcpy(first, copy_path, sizeof(first));
	(void)snprintf(copy_path, sizeof(copy_path), "%s/later.db", dir);
	admit(60, A);
	assert_int_equal(journal_backup(j, copy_path, &e), 0);
	log_own_journal(&hub, NOW);
	memcpy(copy_path, first, sizeof(first));
	show(&hub, &hub);
	a = ask_with_own();
	assert_true(a.found);
	assert_non_null(strstr(a.text, "entry 30 is in the hub's log and not"));
}

static size_t place_of_own(uint64_t n)
{
	struct log_entry x = {.n = 0};
	size_t i = 0;

	for (; i < hub.n; i++) {
		assert_true(
		    log_entry_read(str_of(hub.entry[i], LOG_ENTRY_BYTES), &x));
		if (x.device == 3 && x.n == n)
			break;
	}
	assert_true(i < hub.n);
	return i;
}

/* Of a terminal that runs: it told the hub something while its journal had
 * been copied and the log was not yet read. */
static void test_what_came_after_the_copy_is_no_finding(void **state)
{
	char first[112], before[NOTE_BYTES], later[NOTE_BYTES];
	const struct audit_source source = {serve, &shown};
	static struct audit_hub_answer a;
	struct audit_hub_question q = {.office = TEST_OFFICE,
	    .own_device = 3,
	    .before = before};
	size_t at;

	(void)state;
	fill_journal(8);
	back_up(); /* 29 entries */
	memcpy(first, copy_path, sizeof(first));
	(void)snprintf(copy_path, sizeof(copy_path), "%s/later.db", dir);
	admit(60, A);
	admit(61, A);
	assert_int_equal(journal_backup(j, copy_path, &e), 0);
	log_own_journal(&hub, NOW);
	memcpy(copy_path, first, sizeof(first));
	q.log_key = hub.vkey;
	show(&hub, &hub);
	at = place_of_own(30);
	for (size_t size = at - 2; size <= at + 3; size++) {
		test_log_checkpoint(&hub, size, before);
		assert_int_equal(audit_rows_open(copy_path, &q.own, &e), 0);
		assert_int_equal(audit_hub_check(&source, &q, &a, &e), 0);
		audit_rows_close(q.own);
		assert_int_equal(a.found, size > at);
		assert_int_equal(a.own_logged, 29);
	}
	/* And that checkpoint binds the hub as a kept one does. */
	kept = hub;
	kept.leaf[0].bytes[0] ^= 1;
	test_log_checkpoint(&kept, at, before);
	assert_int_equal(audit_rows_open(copy_path, &q.own, &e), 0);
	assert_int_equal(audit_hub_check(&source, &q, &a, &e), 0);
	audit_rows_close(q.own);
	assert_true(a.found);
	assert_non_null(strstr(a.text, "does not begin with the "));
	assert_int_equal(audit_hub_note(&source, later, &e), 0);
	assert_string_equal(later, shown.note);
}

static void keep_checkpoint(const struct test_log *l, size_t size)
{
	char note[NOTE_BYTES];

	test_log_checkpoint(l, size, note);
	assert_int_equal(journal_set_logged(j, 1, str_from(note), &e), 0);
	back_up();
}

/* The hub rewrote what it holds of other devices, linked and signed. */
static void test_the_checkpoint_that_is_kept_here_binds_the_hub(void **state)
{
	struct audit_hub_answer a;

	(void)state;
	fill_journal(8);
	back_up();
	log_own_journal(&hub, NOW);
	kept = hub;
	log_own_journal(&hub, NOW + 1);
	show(&hub, &hub);
	assert_false(ask_with_own().found);
	/* the first entry is ours, and the same in both */
	for (size_t size = 1; size <= kept.n; size++) {
		char want[64];

		keep_checkpoint(&kept, size);
		a = ask_with_own();
		(void)snprintf(want, sizeof(want),
		    "does not begin with the %zu entries", size);
		assert_int_equal(a.found, size > 1);
		if (a.found && strstr(a.text, want) == NULL)
			fail_msg("%zu: %s", size, a.text);
	}
	keep_checkpoint(&hub, hub.n);
	assert_false(ask_with_own().found);
}

static void test_a_log_that_is_shorter_than_it_was_is_found(void **state)
{
	struct audit_hub_answer a;

	(void)state;
	fill_journal(8);
	back_up();
	log_own_journal(&hub, NOW);
	keep_checkpoint(&hub, 40);
	hub.n = 39;
	show(&hub, &hub);
	a = ask_with_own();
	assert_true(a.found);
	assert_non_null(strstr(a.text, "has 39 entries"));
	hub.n = 40;
	show(&hub, &hub);
	assert_false(ask_with_own().found);
}

static void test_a_log_under_a_new_key_is_found(void **state)
{
	struct audit_hub_answer a;

	(void)state;
	fill_journal(2);
	back_up();
	log_own_journal(&hub, NOW);
	keep_checkpoint(&hub, 4);
	test_log_key(8, TEST_ORIGIN, hub.secret, hub.vkey);
	show(&hub, &hub);
	a = ask_with_own();
	assert_true(a.found);
	assert_non_null(strstr(a.text, "not under that key"));
}

/* Notes one behind the other, as `curl >>` keeps them. */
static size_t keep_file(const struct test_log *l, const size_t *sizes, size_t n)
{
	static char text[64 * 1024];
	char note[NOTE_BYTES];
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		test_log_checkpoint(l, sizes[i], note);
		memcpy(text + len, note, strlen(note));
		len += strlen(note);
	}
	spill(out_path, text, len);
	return len;
}

static struct audit_known kept_known[AUDIT_KNOWN];

static struct audit_hub_answer ask_with_known(void)
{
	static struct audit_hub_answer a;
	const struct audit_source source = {serve, &shown};
	struct audit_hub_question q = {.log_key = hub.vkey,
	    .office = TEST_OFFICE,
	    .known = kept_known};

	if (audit_known_load(out_path, hub.vkey, TEST_OFFICE, kept_known,
		&q.knowns, &e) < 0 ||
	    audit_hub_check(&source, &q, &a, &e) < 0)
		fail_msg("%s", e.text);
	return a;
}

static void test_the_log_begins_with_each_checkpoint_that_was_kept(void **state)
{
	static const size_t sizes[] = {300, 7, 256, 0, 1, 257, 7, 299};
	struct audit_hub_answer a;

	(void)state;
	back_up();
	test_log_fill(&hub, 300);
	show(&hub, &hub);
	keep_file(&hub, sizes, ARRAY_LEN(sizes));
	a = ask_with_known();
	if (a.found)
		fail_msg("%s", a.text);
	/* the last 45 entries are others now: linked, and signed anew */
	kept = hub;
	test_log_fill(&hub, 255);
	while (hub.n < 300)
		test_log_add(&hub, 5, NOW, 2);
	show(&hub, &hub);
	a = ask_with_known();
	assert_true(a.found);
	assert_non_null(strstr(a.text, "does not begin with the 256 entries"));
	hub = kept;
	hub.n = 299;
	show(&hub, &hub);
	a = ask_with_known();
	assert_true(a.found);
	assert_non_null(strstr(a.text, "has 299 entries; a checkpoint of 300"));
}

static void test_a_file_of_checkpoints_names_the_one_that_is_none(void **state)
{
	static const size_t sizes[] = {3, 4, 5};
	char *text;
	size_t len, n;

	(void)state;
	back_up();
	test_log_fill(&hub, 10);
	len = keep_file(&hub, sizes, 3);
	assert_int_equal(audit_known_load(out_path, hub.vkey, TEST_OFFICE,
			     kept_known, &n, &e),
	    0);
	assert_int_equal(n, 3);
	assert_int_equal(kept_known[2].size, 5);
	/* another office's */
	assert_int_equal(audit_known_load(out_path, hub.vkey, TEST_OFFICE + 1,
			     kept_known, &n, &e),
	    -EINVAL);
	assert_non_null(strstr(e.text, "checkpoint 1 "));
	text = slurp(out_path, &len);
	/* the size of the second */
	strstr(text + len / 3 - 20,
	    TEST_ORIGIN "\n")[strlen(TEST_ORIGIN) + 1] ^= 1;
	spill(out_path, text, len);
	assert_int_equal(audit_known_load(out_path, hub.vkey, TEST_OFFICE,
			     kept_known, &n, &e),
	    -EINVAL);
	assert_non_null(strstr(e.text, "checkpoint 2 "));
	spill(out_path, text, len / 3 - 30);
	assert_int_equal(audit_known_load(out_path, hub.vkey, TEST_OFFICE,
			     kept_known, &n, &e),
	    -EINVAL);
	free(text);
	spill(out_path, "", 0);
	assert_int_equal(audit_known_load(out_path, hub.vkey, TEST_OFFICE,
			     kept_known, &n, &e),
	    -EINVAL);
	assert_non_null(strstr(e.text, "holds no checkpoint"));
	unlink(out_path);
	assert_int_equal(audit_known_load(out_path, hub.vkey, TEST_OFFICE,
			     kept_known, &n, &e),
	    -ENOENT);
}

/* A file of anything, and of very long lines. */
static void test_a_file_that_holds_no_notes_is_refused(void **state)
{
	static char text[5 * NOTE_BYTES];
	size_t n;

	(void)state;
	back_up();
	test_log_fill(&hub, 10);
	for (int c = 0; c < 256; c++) {
		memset(text, c, sizeof(text));
		spill(out_path, text, sizeof(text));
		assert_int_equal(audit_known_load(out_path, hub.vkey,
				     TEST_OFFICE, kept_known, &n, &e),
		    -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_sound_hub_is_whole),
	    cmocka_unit_test(
		test_2000_random_edits_of_a_hub_s_list_are_located),
	    cmocka_unit_test(test_2000_edits_that_the_hub_signed_are_located),
	    cmocka_unit_test(test_a_bundle_that_is_cut_or_bent_is_located),
	    cmocka_unit_test(test_a_checkpoint_of_another_tree_is_found),
	    cmocka_unit_test(test_a_partial_tile_may_have_become_a_full_one),
	    CASE(test_the_journal_here_is_compared_with_the_hub_s_log),
	    CASE(test_the_first_entry_that_differs_from_the_hub_s_is_named),
	    CASE(test_an_entry_that_only_the_hub_has_is_named),
	    CASE(test_what_came_after_the_copy_is_no_finding),
	    CASE(test_the_checkpoint_that_is_kept_here_binds_the_hub),
	    CASE(test_a_log_that_is_shorter_than_it_was_is_found),
	    CASE(test_a_log_under_a_new_key_is_found),
	    CASE(test_the_log_begins_with_each_checkpoint_that_was_kept),
	    CASE(test_a_file_of_checkpoints_names_the_one_that_is_none),
	    CASE(test_a_file_that_holds_no_notes_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
