#include "audit_ctl.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit_verify.h"
#include "firmware/app/clock.h"
#include "commands.h"
#include "firmware/app/control.h"
#include "ctl.h"
#include "firmware/core/wire.h"
#include "firmware/store/audit_export.h"

struct audit_ctl {
	const char *config; /* NULL = not given */
	struct office office;
	char copy[256]; /* STATE/audit.new */
	/* The words. */
	const char *verb, *file;
	const char *key, *hub, *log_key, *office_id, *ca, *known, *ticket,
	    *mark;
	bool bare;
	uint8_t trusted[AUDIT_KEY_BYTES];
	uint8_t own[AUDIT_KEY_BYTES];
	struct paper paper;
};

static int usage(void)
{
	struct err e;

	err_set(&e, -EINVAL,
	    "audit: say audit verify [FILE [--key HEX] | --hub URL --log-key "
	    "KEY [--office N] [--ca FILE] [--known FILE]] [--ticket DIGITS] [--mark MARK], "
	    "audit export FILE [--bare], or audit key");
	return ctl_fail(&e);
}

/* The place of an option's value; NULL: no such option. */
static const char **option(struct audit_ctl *c, const char *name)
{
	const struct {
		const char *name;
		const char **value;
	} options[] = {{"--key", &c->key}, {"--hub", &c->hub},
	    {"--log-key", &c->log_key}, {"--office", &c->office_id},
	    {"--ca", &c->ca}, {"--known", &c->known}, {"--ticket", &c->ticket},
	    {"--mark", &c->mark}};

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (strcmp(options[i].name, name) == 0)
			return options[i].value;
	return NULL;
}

/* False: a word that is not known, comes twice or has no value. */
static bool read_words(struct audit_ctl *c, int argc, char **argv)
{
	const char **value;

	if (argc < 2)
		return false;
	c->verb = argv[1];
	for (int i = 2; i < argc; i++) {
		value = option(c, argv[i]);
		if (value != NULL) {
			if (*value != NULL || i + 1 == argc)
				return false;
			*value = argv[++i];
		} else if (strcmp(argv[i], "--bare") == 0) {
			c->bare = true;
		} else if (argv[i][0] != '-' && c->file == NULL) {
			c->file = argv[i];
		} else {
			return false;
		}
	}
	return true;
}

/* Which words go together. */
static bool words_fit(const struct audit_ctl *c)
{
	bool hub = c->log_key != NULL || c->office_id != NULL ||
	    c->ca != NULL || c->known != NULL;
	bool any = hub || c->hub != NULL || c->key != NULL ||
	    c->ticket != NULL || c->mark != NULL;

	if (strcmp(c->verb, "key") == 0)
		return !any && !c->bare && c->file == NULL;
	if (strcmp(c->verb, "export") == 0)
		return !any && c->file != NULL;
	if (strcmp(c->verb, "verify") != 0 || c->bare)
		return false;
	if (c->hub != NULL)
		return c->file == NULL && c->key == NULL && c->log_key != NULL;
	return !hub && (c->key == NULL || c->file != NULL);
}

/* Configuration, and this terminal's audit key. */
static int load(struct audit_ctl *c, uint8_t *secret, struct err *e)
{
	struct keys keys;
	char path[256];
	int r = office_load(c->config, &c->office, e);

	if (r == 0 &&
	    (!office_path(&c->office, "keys", path) ||
		!office_path(&c->office, "audit.new", c->copy)))
		r = err_set(e, -ENAMETOOLONG, "terminal.state: too long");
	if (r == 0)
		r = keys_load(path, &keys, e);
	if (r < 0)
		return r;
	memcpy(c->own, keys.audit_public, sizeof(c->own));
	if (secret != NULL)
		memcpy(secret, keys.audit_secret, sizeof(keys.audit_secret));
	keys_fini(&keys);
	return 0;
}

/* The terminal makes a copy of its journal in its state directory; all that
 * takes long is done on the copy, by this process. Returns an exit code. */
static int make_copy(struct audit_ctl *c, struct err *e)
{
	char text[CONTROL_LINE];
	struct buf line;

	unlink(c->copy); /* of a run that was cut off */
	buf_init(&line, text, sizeof(text));
	buf_text(&line, "backup\t");
	buf_text(&line, c->copy);
	return ctl_ask_or_do(&c->office, buf_view(&line), -1, e);
}

static int export_copy(const struct audit_ctl *c, const uint8_t *secret,
    struct err *e)
{
	struct audit_export x = {.office = c->office.config.office,
	    .terminal = c->office.config.terminal_id,
	    .made_s = clock_wall_s(),
	    .bare = c->bare,
	    .audit_secret = secret};
	char hex[2 * AUDIT_KEY_BYTES + 1];
	struct journal_finding f;
	uint64_t entries = 0;

	if (journal_verify(c->copy, c->own, &f, NULL, e) < 0 ||
	    audit_export_write(c->copy, &x, c->file, &entries, e) < 0)
		return ctl_fail(e);
	wire_hex(c->own, sizeof(c->own), hex);
	printf("audit: %" PRIu64 " entries written to %s; it is checked with "
	       "the key %s\n",
	    entries, c->file, hex);
	if (f.n == 0)
		return EXIT_DONE;
	printf("audit: %s\n", f.text);
	return EXIT_REFUSED;
}

static int run_export(struct audit_ctl *c, struct err *e)
{
	uint8_t secret[AUDIT_SECRET_BYTES];
	int code;

	if (access(c->file, F_OK) == 0) {
		err_set(e, -EEXIST, "%s is there already", c->file);
		return ctl_fail(e);
	}
	if (load(c, secret, e) < 0)
		return ctl_fail(e);
	code = make_copy(c, e);
	if (code == EXIT_DONE)
		code = export_copy(c, secret, e);
	unlink(c->copy);
	sodium_memzero(secret, sizeof(secret));
	return code;
}

static int run_key(struct audit_ctl *c, struct err *e)
{
	char hex[2 * AUDIT_KEY_BYTES + 1];

	if (load(c, NULL, e) < 0)
		return ctl_fail(e);
	wire_hex(c->own, sizeof(c->own), hex);
	puts(hex);
	return EXIT_DONE;
}

/* As the running terminal checks its journal itself. */
static int run_own(struct audit_ctl *c, struct paper *paper, struct err *e)
{
	int code;

	if (load(c, NULL, e) < 0)
		return ctl_fail(e);
	if (paper == NULL)
		return ctl_ask_or_do(&c->office, str_from("audit\tverify"), -1,
		    e);
	code = make_copy(c, e);
	if (code == EXIT_DONE)
		code = audit_verify_file(c->copy, NULL, c->own, paper, e);
	unlink(c->copy);
	return code;
}

static int run_file(struct audit_ctl *c, struct paper *paper, struct err *e)
{
	if (c->key != NULL &&
	    !wire_unhex(str_from(c->key), c->trusted, sizeof(c->trusted))) {
		err_set(e, -EINVAL,
		    "audit: --key takes the 64 hexadecimal digits of an audit "
		    "key");
		return ctl_fail(e);
	}
	if (c->config != NULL && load(c, NULL, e) < 0)
		return ctl_fail(e);
	return audit_verify_file(c->file, c->key == NULL ? NULL : c->trusted,
	    c->config == NULL ? NULL : c->own, paper, e);
}

/* With a configuration, the terminal's own chain is compared too, when it is
 * enrolled under that hub's office. */
static int find_own(struct audit_ctl *c, struct audit_hub_words *w,
    char ca[512], char before[NOTE_BYTES], struct err *e)
{
	struct enrolment en;
	char path[256];
	int code;

	if (load(c, NULL, e) < 0)
		return ctl_fail(e);
	if (w->office == 0)
		w->office = c->office.config.office;
	if (w->ca_file == NULL &&
	    office_beside(&c->office, c->office.config.hub_ca, ca))
		w->ca_file = ca;
	if (!office_path(&c->office, "enrolment", path) ||
	    enrolment_load(path, &en, e) < 0 || en.office != w->office) {
		puts("audit: this terminal is not enrolled for that log; its "
		     "own chain is not compared");
		return EXIT_DONE;
	}
	/* A terminal that runs goes on telling the hub. */
	if (audit_verify_note(w, before, e) < 0)
		return ctl_fail(e);
	code = make_copy(c, e);
	w->before = before;
	w->own = c->copy;
	w->own_device = en.device;
	return code;
}

static int run_hub(struct audit_ctl *c, struct paper *paper, struct err *e)
{
	struct audit_hub_words w = {.url = c->hub,
	    .log_key = c->log_key,
	    .ca_file = c->ca,
	    .known = c->known};
	int64_t office = 0;
	char ca[512], before[NOTE_BYTES];
	int code = EXIT_DONE;

	if (c->office_id != NULL &&
	    !str_number(str_from(c->office_id), 1, UINT32_MAX, &office)) {
		err_set(e, -EINVAL, "audit: --office takes 1 to %" PRIu32,
		    UINT32_MAX);
		return ctl_fail(e);
	}
	w.office = (uint32_t)office;
	if (c->config != NULL)
		code = find_own(c, &w, ca, before, e);
	if (code == EXIT_DONE && w.office == 0)
		return usage();
	if (code == EXIT_DONE)
		code = audit_verify_hub(&w, paper, e);
	if (w.own != NULL)
		unlink(c->copy);
	return code;
}

static int run_verify(struct audit_ctl *c, struct err *e)
{
	struct paper *paper = NULL;

	if (c->ticket != NULL || c->mark != NULL) {
		if (paper_read(c->ticket, c->mark, &c->paper, e) < 0)
			return ctl_fail(e);
		paper = &c->paper;
	}
	if (c->hub != NULL)
		return run_hub(c, paper, e);
	if (c->file != NULL)
		return run_file(c, paper, e);
	return run_own(c, paper, e);
}

int audit_ctl_run(const char *config, int argc, char **argv)
{
	static struct audit_ctl c;
	struct err e = {0};

	c.config = config;
	if (!read_words(&c, argc, argv) || !words_fit(&c))
		return usage();
	if (config == NULL && c.file == NULL && c.hub == NULL) {
		err_set(&e, -EINVAL, "audit %s needs --config FILE", c.verb);
		return ctl_fail(&e);
	}
	if (strcmp(c.verb, "verify") == 0)
		return run_verify(&c, &e);
	if (config == NULL) {
		err_set(&e, -EINVAL, "audit %s needs --config FILE", c.verb);
		return ctl_fail(&e);
	}
	return strcmp(c.verb, "export") == 0 ? run_export(&c, &e)
					     : run_key(&c, &e);
}
