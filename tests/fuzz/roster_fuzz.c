/* Any bytes as a roster document, a gate's request, a gates file, an officers
 * file and a root file: each is refused with a sentence and leaves nothing, or
 * says the same when it is written again. Documents are signed anew as well, so
 * that what stands behind a good signature is reached. */
#include <errno.h>
#include <sodium.h>

#include "firmware/core/roster_text.h"
#include "firmware/store/gates_file.h"
#include "firmware/store/officers.h"
#include "firmware/store/roster_file.h"
#include "fuzz_dir.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[96];
static uint8_t public_key[32], secret[64];

static const struct keys_place nowhere;

static void seed(const char *corpus, const char *name, struct str text)
{
	char file[512];

	snprintf(file, sizeof(file), "%s/%s", corpus, name);
	fuzz_write(file, text.ptr, text.len);
}

/* A kiosk with an earlier key and two gates, one of them with a box. */
static void seed_roster(const char *corpus)
{
	static uint8_t storage[ROSTER_TEXT_MAX];
	static struct roster_text t;
	static struct gates g;
	struct roster_request q = {.office = 4102, .name = "gate-1"};
	struct keys k;
	struct err e;
	struct buf b;

	must(keys_draw(&k, nowhere, &e) == 0);
	must(keys_rekey(&k, nowhere, &e) == 0);
	keys_end_old(&k, 20777);
	memcpy(k.audit_public, public_key, sizeof(public_key));
	memcpy(k.audit_secret, secret, sizeof(secret));
	memcpy(q.key, public_key, sizeof(public_key));
	must(gates_add(&g, &q, &e) == 0);
	memcpy(q.name, "gate-2", 7);
	must(gates_add(&g, &q, &e) == 0);
	t.office = 4102;
	roster_of_kiosk(&k, "kiosk-1", 19, &g, &t.roster);
	t.roster.version = 17;
	memcpy(t.sealed[0].name, "gate-1", 7);
	must(roster_seal(&k, public_key, t.sealed[0].box, &e) == 0);
	t.sealed_count = 1;
	buf_init(&b, storage, sizeof(storage));
	must(roster_text_build(&t, secret, &b, &e) == 0);
	seed(corpus, "roster", buf_view(&b));
	buf_init(&b, storage, sizeof(storage));
	must(roster_request_build(&q, secret, &b, &e) == 0);
	seed(corpus, "request", buf_view(&b));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *corpus = (*argv)[*argc - 1];
	static const uint8_t first[32] = {7};
	struct stat st;

	must(sodium_init() >= 0);
	crypto_sign_seed_keypair(public_key, secret, first);
	fuzz_dir_make();
	snprintf(path, sizeof(path), "%s/file", fuzz_dir);
	if (stat(corpus, &st) == 0 && S_ISDIR(st.st_mode))
		seed_roster(corpus);
	return 0;
}

/* Takes the line "sign" off and puts one that fits in its place. */
static struct str sign(const uint8_t *data, size_t size, const char *domain)
{
	static uint8_t whole[ROSTER_TEXT_MAX + 64], text[ROSTER_TEXT_MAX + 256];
	uint8_t signature[64];
	char hex[129];
	struct buf b, w;

	while (size > 0 && data[size - 1] == '\n')
		size--;
	while (size > 0 && data[size - 1] != '\n')
		size--;
	if (size > ROSTER_TEXT_MAX)
		size = ROSTER_TEXT_MAX;
	buf_init(&w, whole, sizeof(whole));
	buf_text(&w, domain);
	buf_put(&w, data, size);
	crypto_sign_detached(signature, NULL, w.ptr, w.len, secret);
	sodium_bin2hex(hex, sizeof(hex), signature, sizeof(signature));
	buf_init(&b, text, sizeof(text));
	buf_put(&b, data, size);
	buf_fmt(&b, "sign %s\n", hex);
	return buf_view(&b);
}

static void check_roster(const struct roster_text *t)
{
	must(t->office >= 1 && t->roster.version >= 1);
	must(t->roster.count >= 1 && t->roster.count <= ROSTER_DEVICES);
	must(t->sealed_count <= ROSTER_GATES);
	for (size_t i = 0; i < t->roster.count; i++) {
		const struct roster_device *d = &t->roster.item[i];

		must(d->device >= 1 && roster_is_name(str_from(d->name)));
		must(d->role == ROSTER_KIOSK || d->role == ROSTER_GATE);
		must((d->role == ROSTER_KIOSK) == (d->key_id != 0));
		must(d->letter <= 26);
		must(d->until_day == 0 || d->from_day <= d->until_day);
	}
}

static void fuzz_roster(struct str text)
{
	static const struct roster_text none;
	static uint8_t storage[ROSTER_TEXT_MAX];
	static struct roster_text t;
	struct err e = {0};
	struct buf b;
	int r = roster_text_parse(text, &t, &e);

	must(r == 0 ||
	    (e.text[0] != '\0' && e.code == r &&
		memcmp(&t, &none, sizeof(t)) == 0));
	if (r < 0)
		return;
	check_roster(&t);
	if (memcmp(t.root, public_key, sizeof(public_key)) != 0)
		return;
	/* One roster has one text. */
	buf_init(&b, storage, sizeof(storage));
	must(roster_text_build(&t, secret, &b, &e) == 0);
	must(str_eq(buf_view(&b), text));
}

static void fuzz_request(struct str text)
{
	uint8_t storage[ROSTER_REQUEST_MAX];
	struct roster_request q;
	struct err e = {0};
	struct buf b;
	int r = roster_request_parse(text, &q, &e);

	must(r == 0 || (e.text[0] != '\0' && q.office == 0));
	if (r < 0 || memcmp(q.key, public_key, sizeof(public_key)) != 0)
		return;
	buf_init(&b, storage, sizeof(storage));
	must(roster_request_build(&q, secret, &b, &e) == 0);
	must(str_eq(buf_view(&b), text));
}

static void fuzz_files(const uint8_t *data, size_t size)
{
	static struct gates g, g2;
	static struct officers o, o2;
	uint8_t root[32];
	struct err e = {0};

	fuzz_write(path, data, size);
	if (gates_load(path, &g, &e) == 0) {
		must(gates_save(path, &g, &e) == 0);
		must(gates_load(path, &g2, &e) == 0);
		must(memcmp(&g, &g2, sizeof(g)) == 0);
	} else {
		must(e.text[0] != '\0' && g.count == 0);
	}
	fuzz_write(path, data, size);
	if (officers_load(path, &o, &e) == 0) {
		must(officers_save(path, &o, &e) == 0);
		must(officers_load(path, &o2, &e) == 0);
		must(memcmp(&o, &o2, sizeof(o)) == 0);
	} else {
		must(e.text[0] != '\0' && o.count == 0);
	}
	fuzz_write(path, data, size);
	if (roster_root_load(path, root, &e) < 0)
		must(sodium_is_zero(root, sizeof(root)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_roster(str_of(data, size));
	fuzz_request(str_of(data, size));
	fuzz_roster(sign(data, size, "karcis-roster-v1\n"));
	fuzz_request(sign(data, size, "karcis-gate-v1\n"));
	(void)roster_text_kind(str_of(data, size));
	must(roster_fingerprint_match(str_of(data, size), public_key) !=
	    ROSTER_MATCH_UNSET);
	fuzz_files(data, size);
	return 0;
}
