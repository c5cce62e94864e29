#include "pki_ctl.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "commands.h"
#include "ctl.h"
#include "firmware/app/clock.h"
#include "firmware/core/civil.h"
#include "pki_folder.h"
#include "pki_pass.h"

/* A root lives as long as the machines that carry it, a signer as long as its
 * keeper can be trusted to remember it. ADMIN.md has the reasons. */
enum {
	ROOT_DAYS = 7300,
	SIGNER_DAYS = 730,
	DAYS_MAX = 10950,
	WORDS_MAX = 3,
	SOON_DAYS = 90
};

struct asked {
	const char *word[WORDS_MAX]; /* that are no options */
	size_t words;
	const char *name;    /* NULL = none */
	int64_t days;        /* 0 = none */
	int64_t pass_fd;     /* -1 = the terminal */
	const char *request; /* of a key that exists already; NULL = none */
};

static int refused(const struct err *e)
{
	fprintf(stderr, "karcis-ctl: %s\n", e->text);
	return EXIT_REFUSED;
}

/* What was asked for can't be had as things stand; nothing is broken. */
static int end(const struct err *e)
{
	return e->code == -EACCES || e->code == -EEXIST ||
		e->code == -EALREADY || e->code == -EINVAL
	    ? refused(e)
	    : ctl_fail(e);
}

static struct pki_days days_from_now(int64_t days)
{
	int64_t now_s = clock_wall_s();

	return (struct pki_days){now_s, now_s + days * DAY_SECONDS};
}

/* Opens the root; the passphrase does not outlive it. */
static int open_root(const struct pki_folder *f, const struct asked *a,
    struct pki_root **root, struct err *e)
{
	char pass[PKI_PASS];
	int r = pki_pass_read((int)a->pass_fd, false, pass, e);

	*root = NULL;
	if (r == 0)
		r = pki_root_open(f->key, f->cert, pass, root, e);
	sodium_memzero(pass, sizeof(pass));
	return r;
}

/* ---- root ---- */

static int make_root(const struct asked *a, const char *pass,
    struct pki_pair *pair, char *list, struct err *e)
{
	struct pki_root *root = NULL;
	int r = pki_cert_root(a->name,
	    days_from_now(a->days > 0 ? a->days : ROOT_DAYS), pass, pair, e);

	if (r == 0)
		r = pki_root_open(pair->key, pair->cert, pass, &root, e);
	if (r == 0)
		r = pki_cert_list(root, NULL, 0, 1, list, e);
	pki_root_close(root);
	return r;
}

static int run_root(const struct asked *a)
{
	static char list[PKI_LIST_PEM];
	struct pki_pair pair = {"", ""};
	struct pki_about about;
	char pass[PKI_PASS];
	struct err e = {0};
	int r = pki_pass_read((int)a->pass_fd, true, pass, &e);

	if (r == 0)
		r = make_root(a, pass, &pair, list, &e);
	if (r == 0) {
		const struct pki_file files[] = {
		    {"root.key", pair.key},
		    {"root.pem", pair.cert},
		    {"crl.pem", list},
		    {"revoked", "karcis-revoked 1\n"},
		    {"signers/", NULL},
		};

		r = pki_folder_make(a->word[0], files, ARRAY_LEN(files), &e);
	}
	if (r == 0)
		r = pki_cert_about(pair.cert, &about, &e);
	sodium_memzero(pass, sizeof(pass));
	sodium_memzero(&pair, sizeof(pair));
	if (r < 0)
		return end(&e);
	printf("pki: root %s is in %s\nfingerprint: %s\n", about.name,
	    a->word[0], about.print);
	return EXIT_DONE;
}

/* ---- signers ---- */

static int read_request(const char *path, char out[PKI_PEM], struct err *e)
{
	FILE *f = fopen(path, "re");
	size_t n = f != NULL ? fread(out, 1, PKI_PEM, f) : 0;
	int r = 0;

	if (f == NULL)
		r = err_set(e, -errno, "pki: %s: %s", path, strerror(errno));
	else if (n == PKI_PEM || memchr(out, '\0', n) != NULL)
		r = err_set(e, -EINVAL, "pki: %s is no request", path);
	out[r == 0 ? n : 0] = '\0';
	if (f != NULL)
		fclose(f);
	return r;
}

/* pair->key is empty where the key is elsewhere. */
static int make_signer(const struct asked *a, struct pki_pair *pair,
    struct err *e)
{
	static struct pki_folder f;
	static char request[PKI_PEM];
	struct pki_days days = days_from_now(
	    a->days > 0 ? a->days : SIGNER_DAYS);
	struct pki_root *root = NULL;
	int r = pki_folder_load(a->word[0], &f, e);

	if (r == 0 && a->request != NULL)
		r = read_request(a->request, request, e);
	if (r == 0)
		r = open_root(&f, a, &root, e);
	if (r == 0 && a->request != NULL)
		r = pki_cert_request(root, a->name, days, request, pair->cert,
		    e);
	else if (r == 0)
		r = pki_cert_signer(root, a->name, days, pair, e);
	pki_root_close(root);
	return r;
}

/* On record before it exists: what is not known can't be revoked. */
static int run_signer(const struct asked *a)
{
	struct pki_pair pair = {"", ""};
	const struct pki_file files[] = {
	    {"signer.pem", pair.cert},
	    {"signer.key", pair.key},
	};
	size_t n = a->request != NULL ? 1 : ARRAY_LEN(files);
	struct pki_about about = {.serial = ""};
	struct err e = {0};
	int r = access(a->word[1], F_OK) == 0
	    ? err_set(&e, -EEXIST, "pki: %s is there already", a->word[1])
	    : make_signer(a, &pair, &e);

	if (r == 0)
		r = pki_cert_about(pair.cert, &about, &e);
	if (r == 0)
		r = pki_folder_add_signer(a->word[0], about.serial, pair.cert,
		    &e);
	if (r == 0)
		r = pki_folder_make(a->word[1], files, n, &e);
	sodium_memzero(&pair, sizeof(pair));
	if (r < 0)
		return end(&e);
	printf("pki: signer %s is in %s\nserial: %s\n", about.name, a->word[1],
	    about.serial);
	return EXIT_DONE;
}

static bool is_known(const struct pki_about *all, size_t n, const char *serial)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].serial, serial) == 0)
			return true;
	return false;
}

static int run_revoke(const struct asked *a)
{
	static struct pki_about all[PKI_SIGNERS_MAX];
	static struct pki_folder f;
	struct err e = {0};
	size_t n = 0;
	int r = pki_folder_load(a->word[0], &f, &e);

	if (r == 0)
		r = pki_folder_signers(a->word[0], all, &n, &e);
	if (r == 0 && !is_known(all, n, a->word[1]))
		r = err_set(&e, -EINVAL,
		    "pki: no signer of this root has the serial %.40s; see "
		    "pki show",
		    a->word[1]);
	if (r == 0)
		r = pki_folder_revoke(a->word[0], &f, a->word[1],
		    clock_wall_s(), &e);
	if (r < 0)
		return end(&e);
	puts("pki: revoked; machines learn it from the next list: pki crl, pki "
	     "keyring, a new image");
	return EXIT_DONE;
}

/* ---- the list, the keyring ---- */

static int run_crl(const struct asked *a)
{
	static struct pki_folder f;
	static char list[PKI_LIST_PEM];
	struct pki_root *root = NULL;
	struct err e = {0};
	int64_t number = 0;
	int r = pki_folder_load(a->word[0], &f, &e);

	if (r == 0)
		r = open_root(&f, a, &root, &e);
	if (r == 0) {
		number = pki_list_number(f.list, f.cert) + 1;
		r = pki_cert_list(root, f.revoked, f.revoked_count, number,
		    list, &e);
	}
	if (r == 0)
		r = pki_folder_save_list(a->word[0], list, &e);
	pki_root_close(root);
	if (r < 0)
		return end(&e);
	printf("pki: list %lld names %lu revoked signers\n", (long long)number,
	    (unsigned long)f.revoked_count);
	return EXIT_DONE;
}

static int run_keyring(const struct asked *a)
{
	static char text[PKI_PEM + PKI_LIST_PEM];
	static struct pki_folder f;
	struct err e = {0};
	struct buf b;
	int r = pki_folder_load(a->word[0], &f, &e);

	if (r == 0 && pki_folder_unlisted(&f) != NULL)
		r = err_set(&e, -EINVAL,
		    "pki: %s is revoked but not on the list; say pki crl first",
		    pki_folder_unlisted(&f));
	buf_init(&b, text, sizeof(text));
	buf_text(&b, f.cert);
	buf_text(&b, f.list);
	if (r == 0)
		r = ctl_write_file(a->word[1], buf_view(&b), &e);
	if (r < 0)
		return end(&e);
	printf("pki: keyring: %s\n", a->word[1]);
	return EXIT_DONE;
}

/* ---- show ---- */

static const char *state_of(const struct pki_folder *f,
    const struct pki_about *a, int64_t now_s)
{
	for (size_t i = 0; i < f->revoked_count; i++)
		if (strcmp(f->revoked[i].serial, a->serial) == 0)
			return pki_list_has(f->list, f->cert, a->serial)
			    ? "revoked"
			    : "revoked, but not on the list yet";
	return now_s < a->days.from_s ? "not valid yet"
	    : now_s > a->days.until_s ? "expired"
	    : now_s > a->days.until_s - SOON_DAYS * DAY_SECONDS ? "ends soon"
								: "valid";
}

static void show(const char *what, const struct pki_about *a, const char *state)
{
	struct civil_date from = civil_date(
	    (int32_t)(a->days.from_s / DAY_SECONDS));
	struct civil_date until = civil_date(
	    (int32_t)(a->days.until_s / DAY_SECONDS));

	printf("%s %s\n  serial: %s\n  from %04d-%02d-%02d until "
	       "%04d-%02d-%02d: %s\n",
	    what, a->name, a->serial, from.year, from.month, from.day,
	    until.year, until.month, until.day, state);
}

static int run_show(const struct asked *a)
{
	static struct pki_about all[PKI_SIGNERS_MAX];
	static struct pki_folder f;
	struct pki_about root;
	struct err e = {0};
	size_t n = 0;
	int r = pki_folder_load(a->word[0], &f, &e);

	if (r == 0)
		r = pki_cert_about(f.cert, &root, &e);
	if (r == 0)
		r = pki_folder_signers(a->word[0], all, &n, &e);
	if (r < 0)
		return end(&e);
	show("root", &root, state_of(&f, &root, clock_wall_s()));
	printf("  fingerprint: %s\n  list: %lld\n", root.print,
	    (long long)pki_list_number(f.list, f.cert));
	for (size_t i = 0; i < n; i++)
		show("signer", &all[i], state_of(&f, &all[i], clock_wall_s()));
	return EXIT_DONE;
}

/* ---- words ---- */

static const struct {
	const char *name;
	size_t words;
	bool needs_name, may_request;
	int (*run)(const struct asked *a);
} subcommands[] = {
    {"root", 1, true, false, run_root},
    {"signer", 2, true, true, run_signer},
    {"revoke", 2, false, false, run_revoke},
    {"crl", 1, false, false, run_crl},
    {"keyring", 2, false, false, run_keyring},
    {"show", 1, false, false, run_show},
};

static bool read_option(struct asked *a, const char *name, const char *value)
{
	struct str v = str_from(value);

	if (strcmp(name, "--name") == 0 && a->name == NULL) {
		a->name = value;
		return pki_name_ok(v);
	}
	if (strcmp(name, "--request") == 0 && a->request == NULL) {
		a->request = value;
		return true;
	}
	if (strcmp(name, "--days") == 0)
		return str_number(v, 1, DAYS_MAX, &a->days);
	return strcmp(name, "--pass-fd") == 0 &&
	    str_number(v, 0, 1023, &a->pass_fd);
}

static bool read_words(int argc, char **argv, struct asked *out)
{
	*out = (struct asked){.pass_fd = -1};
	for (int i = 2; i < argc; i++) {
		if (strncmp(argv[i], "--", 2) == 0) {
			if (i + 1 == argc ||
			    !read_option(out, argv[i], argv[i + 1]))
				return false;
			i++;
		} else if (out->words == WORDS_MAX) {
			return false;
		} else {
			out->word[out->words++] = argv[i];
		}
	}
	return true;
}

/* A passphrase and keys are in memory. */
static int keep_secrets(void)
{
	const struct rlimit none = {0, 0};
	struct err e = {0};

	if (setrlimit(RLIMIT_CORE, &none) == 0 &&
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)
		return 0;
	err_set(&e, -errno, "pki: core dumps can't be turned off: %s",
	    strerror(errno));
	return ctl_fail(&e);
}

int pki_ctl_run(int argc, char **argv)
{
	struct asked a;
	int r = keep_secrets();

	if (r != 0)
		return r;

	for (size_t i = 0; argc > 1 && i < ARRAY_LEN(subcommands); i++) {
		if (strcmp(argv[1], subcommands[i].name) != 0)
			continue;
		if (!read_words(argc, argv, &a) ||
		    a.words != subcommands[i].words ||
		    (a.name != NULL) != subcommands[i].needs_name ||
		    (a.request != NULL && !subcommands[i].may_request))
			break;
		return subcommands[i].run(&a);
	}
	fprintf(stderr,
	    "karcis-ctl: say " PKI_USAGE "\nA name has 1 to %d of A-Z a-z 0-9 "
	    "space . _ -; N is up to %d.\n",
	    PKI_NAME, DAYS_MAX);
	return EXIT_COULD_NOT;
}
