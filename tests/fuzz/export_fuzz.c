/*
 * An audit export of any bytes: it is read to its end or a finding is named;
 * what is read of its lines is written the same; and without the key that
 * signed the seed nothing but the seed fits under it. Its seeds are exports of
 * a small journal, full and bare.
 */
#include <errno.h>

#include "firmware/store/audit_export.h"
#include "firmware/store/audit_payload.h"
#include "firmware/store/audit_text.h"
#include "firmware/store/journal.h"
#include "fuzz_dir.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SEEDS = 2, SEED_MAX = 1 << 15, NOW = 1764000000, DAY = 20416 };

static char path[96];
static struct keys keys;
static uint8_t seed[SEEDS][SEED_MAX];
static size_t seed_len[SEEDS];

/* A short journal with an admission, a purge and one more. */
static void fill(const char *file, const char *copy)
{
	struct journal_options o = {&keys, 19, NOW, false};
	struct admit_request q = {.time_s = NOW,
	    .day = DAY,
	    .letter = 1,
	    .service = 3,
	    .slot_min = 540,
	    .window_min = 45,
	    .booking_class = CLASS_BOOKED,
	    .verdict = VERDICT_ADMIT_BOOKED};
	struct admission a;
	struct journal *j;
	struct err e;

	must(journal_open(file, &o, &j, &e) == 0);
	q.op_id = journal_op_id();
	must(journal_admit(j, &q, &a, &e) == 0);
	must(journal_purge(j, NOW, DAY + 1, &e) == 0);
	q.op_id = journal_op_id();
	q.day++;
	must(journal_admit(j, &q, &a, &e) == 0);
	must(journal_backup(j, copy, &e) == 0);
	journal_close(j);
}

static void make_seed(size_t i, const char *copy, const char *corpus)
{
	struct audit_export x = {.office = 4102,
	    .terminal = "kiosk-1",
	    .made_s = NOW,
	    .bare = i == 1,
	    .audit_secret = keys.audit_secret};
	char name[512];
	struct err e;
	FILE *f;

	snprintf(name, sizeof(name), "%s/seed-%zu", fuzz_dir, i);
	must(audit_export_write(copy, &x, name, NULL, &e) == 0);
	f = fopen(name, "rb");
	must(f != NULL);
	seed_len[i] = fread(seed[i], 1, SEED_MAX, f);
	must(fclose(f) == 0);
	if (corpus == NULL)
		return;
	snprintf(name, sizeof(name), "%s/seed-%zu", corpus, i);
	fuzz_write(name, seed[i], seed_len[i]);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *corpus = (*argv)[*argc - 1];
	char file[96], copy[96];
	struct stat st;
	struct err e;

	fuzz_dir_make();
	snprintf(path, sizeof(path), "%s/export", fuzz_dir);
	snprintf(file, sizeof(file), "%s/journal.db", fuzz_dir);
	snprintf(copy, sizeof(copy), "%s/copy.db", fuzz_dir);
	must(keys_draw(&keys, (struct keys_place){0}, &e) == 0);
	fill(file, copy);
	for (size_t i = 0; i < SEEDS; i++)
		make_seed(i, copy,
		    stat(corpus, &st) == 0 && S_ISDIR(st.st_mode) ? corpus
								  : NULL);
	return 0;
}

static void try_line(struct str s)
{
	uint8_t payload[AUDIT_PAYLOAD], text[2 * AUDIT_LINE];
	uint8_t signature[64];
	struct audit_payload said;
	struct audit_row row;
	struct audit_head head;
	struct buf b;

	buf_init(&b, text, sizeof(text));
	if (audit_row_read(s, &row, payload)) {
		audit_row_put(&row, false, &b);
		must(b.len == s.len + 1 &&
		    str_eq(s, str_cut(buf_view(&b), 0, s.len)));
		(void)audit_payload_read(row.payload, &said);
	}
	buf_init(&b, text, sizeof(text));
	if (audit_head_read(s, &head)) {
		audit_head_put(&head, &b);
		must(str_eq(s, str_cut(buf_view(&b), 0, s.len)));
	}
	buf_init(&b, text, sizeof(text));
	if (audit_signed_read(s, signature)) {
		audit_signed_put(signature, &b);
		must(str_eq(s, str_cut(buf_view(&b), 0, s.len)));
	}
}

static void try_header(struct str s)
{
	uint8_t text[2 * AUDIT_LINE];
	struct audit_header h;
	struct buf b;
	unsigned line = 0;

	if (!audit_header_read(s, &h, &line)) {
		must(line >= 1 && line <= AUDIT_HEADER_LINES);
		return;
	}
	buf_init(&b, text, sizeof(text));
	must(audit_header_put(&h, &b));
	must(str_eq(s, buf_view(&b)));
}

static void see(void *ctx, const struct audit_row *row)
{
	uint64_t *n = ctx;

	must(row->n == *n + 1);
	*n = row->n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct audit_header h;
	struct audit_finding f, under;
	struct err e = {0};
	uint64_t n = 0;
	bool is_seed = false;

	try_line(str_of(data, size));
	try_header(str_of(data, size));
	fuzz_write(path, data, size);
	must(audit_export_check(path, NULL, see, &n, &h, &f, &e) == 0);
	must((f.where == AUDIT_NOWHERE) == (f.text[0] == '\0'));
	must(f.where != AUDIT_IN_ENTRY || f.n == n + 1);
	must(audit_export_check(path, keys.audit_public, NULL, NULL, &h, &under,
		 &e) == 0);
	for (size_t i = 0; i < SEEDS; i++)
		is_seed = is_seed ||
		    (size == seed_len[i] && memcmp(data, seed[i], size) == 0);
	must((under.where == AUDIT_NOWHERE) == is_seed);
	return 0;
}
