/* karcis-ctl: what technicians and administrators type. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "firmware/app/ctl/audit_ctl.h"
#include "firmware/app/ctl/bundle_ctl.h"
#include "firmware/app/ctl/commands.h"
#include "control.h"
#include "firmware/app/ctl/ctl.h"
#include "firmware/app/ctl/enrol.h"
#include "firmware/app/ctl/officer_ctl.h"
#include "firmware/app/ctl/pki_ctl.h"
#include "firmware/app/ctl/prepare_ctl.h"
#include "firmware/app/ctl/roster_ctl.h"
#include "firmware/app/ctl/technician_ctl.h"
#include "firmware/app/ctl/tools.h"
#include "firmware/app/ctl/words_ctl.h"

struct ctl {
	const char *config;
	int argc;
	char **argv; /* argv[0] = subcommand */
};

static int run_shared(const struct ctl *c)
{
	static struct office office;
	char text[CONTROL_LINE];
	struct err e = {0};
	struct buf line;
	int fd = -1, r;

	if (office_load(c->config, &office, &e) < 0)
		return ctl_fail(&e);
	buf_init(&line, text, sizeof(text));
	if (!ctl_join(c->argc, c->argv, &line)) {
		err_set(&e, -E2BIG, "the command line is too long");
		return ctl_fail(&e);
	}
	if (strcmp(c->argv[0], "import") == 0 && c->argc > 1) {
		fd = open(c->argv[1], O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			err_set(&e, -errno, "%s: %s", c->argv[1],
			    strerror(errno));
			return ctl_fail(&e);
		}
	}
	r = ctl_ask_or_do(&office, buf_view(&line), fd, &e);
	if (fd >= 0)
		close(fd);
	return r;
}

/* A running terminal may write only to its state directory: the copy is
 * made there and carried to where it is wanted by this process. */
static int run_backup(const struct ctl *c)
{
	static struct office office;
	char text[CONTROL_LINE], path[256];
	struct err e = {0};
	struct buf line;
	int r;

	if (c->argc != 2) {
		err_set(&e, -EINVAL, "backup: name a file");
		return ctl_fail(&e);
	}
	if (office_load(c->config, &office, &e) < 0)
		return ctl_fail(&e);
	if (!office_path(&office, "backup.new", path)) {
		err_set(&e, -ENAMETOOLONG, "terminal.state: too long");
		return ctl_fail(&e);
	}
	unlink(path); /* of a backup that was cut off */
	buf_init(&line, text, sizeof(text));
	buf_text(&line, "backup\t");
	buf_text(&line, path);
	r = ctl_ask_or_do(&office, buf_view(&line), -1, &e);
	if (r == EXIT_DONE && ctl_copy_file(path, c->argv[1], &e) < 0)
		r = ctl_fail(&e);
	else if (r == EXIT_DONE)
		printf("backup: %s\n", c->argv[1]);
	unlink(path);
	return r;
}

static int run_init(const struct ctl *c)
{
	static struct office office;
	struct err e = {0};

	if (office_load(c->config, &office, &e) < 0 ||
	    stores_init(&office, &e) < 0)
		return ctl_fail(&e);
	printf("init: keys and state are in %s\n", office.config.state);
	return EXIT_DONE;
}

static int run_check_config(const struct ctl *c)
{
	static struct office office;
	struct err e = {0};

	if (c->argc != 2) {
		err_set(&e, -EINVAL, "check-config: name one file");
		return ctl_fail(&e);
	}
	if (office_load(c->argv[1], &office, &e) < 0) {
		fprintf(stderr, "karcis-ctl: %s\n", e.text);
		return e.code == -EINVAL ? EXIT_REFUSED : EXIT_COULD_NOT;
	}
	printf("%s: no problems\n", c->argv[1]);
	return EXIT_DONE;
}

static int run_enrol(const struct ctl *c)
{
	static struct office office;
	struct err e = {0};

	if (c->argc != 2) {
		err_set(&e, -EINVAL,
		    "enrol: give the text of the hub's QR as one word");
		return ctl_fail(&e);
	}
	if (office_load(c->config, &office, &e) < 0 ||
	    enrol_run(&office, c->argv[1], &e) < 0)
		return ctl_fail(&e);
	return EXIT_DONE;
}

static int run_prepare(const struct ctl *c)
{
	return prepare_ctl_run(c->config);
}

static int run_audit(const struct ctl *c)
{
	return audit_ctl_run(c->config, c->argc, c->argv);
}

static int run_tool(const struct ctl *c)
{
	return tools_run(c->config, c->argc, c->argv);
}

static int run_roster(const struct ctl *c)
{
	return roster_ctl_run(c->config, c->argc, c->argv);
}

static int run_officer(const struct ctl *c)
{
	return officer_ctl_run(c->config, c->argc, c->argv);
}

static int run_technician(const struct ctl *c)
{
	return technician_ctl_run(c->config, c->argc, c->argv);
}

static int run_words(const struct ctl *c)
{
	return words_ctl_run(c->config, c->argc, c->argv);
}

static int run_bundle(const struct ctl *c)
{
	return bundle_ctl_run(c->argc, c->argv);
}

static int run_pki(const struct ctl *c)
{
	return pki_ctl_run(c->argc, c->argv);
}

static const struct {
	const char *name;
	bool needs_config;
	int (*run)(const struct ctl *c);
	const char *help;
} subcommands[] = {
    {"init", true, run_init, "init"},
    {"prepare", true, run_prepare, "prepare"},
    {"import", true, run_shared, "import FILE.csv"},
    {"status", true, run_shared, "status [--json]"},
    {"report", true, run_shared, "report DATE [--json]"},
    {"audit", false, run_audit,
	"audit verify [FILE | --hub URL] | audit export FILE | audit key"},
    {"backup", true, run_backup, "backup FILE"},
    {"print", true, run_shared, "print test | print " WORDS_USAGE},
    {"sync", true, run_shared, "sync now"},
    {"inside", true, run_shared, "inside [--json]"},
    {"roster", true, run_roster, ROSTER_USAGE},
    {"officer", true, run_officer, OFFICER_USAGE},
    {"technician", true, run_technician, TECHNICIAN_USAGE},
    {"words", true, run_words, WORDS_USAGE},
    {"enrol", true, run_enrol, "enrol TEXT"},
    {"ticket", true, run_tool, "ticket verify DIGITS"},
    {"rekey", true, run_tool, "rekey"},
    {"check-config", false, run_check_config, "check-config FILE"},
    {"code", false, run_tool, "code new [-n N] | code check CODE"},
    {"paper", false, run_tool, "paper [--width 58|80] IN.bin OUT.png"},
    {"pki", false, run_pki, PKI_USAGE},
    {"bundle", false, run_bundle, BUNDLE_USAGE},
};

static int usage(void)
{
	fputs("usage: karcis-ctl [--config FILE] COMMAND\n", stderr);
	for (size_t i = 0; i < ARRAY_LEN(subcommands); i++)
		fprintf(stderr, "  %s%s\n", subcommands[i].help,
		    subcommands[i].needs_config ? "  (needs --config)" : "");
	return EXIT_COULD_NOT;
}

int main(int argc, char **argv)
{
	struct ctl c = {NULL, 0, NULL};
	int at = 1;

	if (at + 1 < argc && strcmp(argv[at], "--config") == 0) {
		c.config = argv[at + 1];
		at += 2;
	}
	if (at >= argc || sodium_init() < 0)
		return usage();
	c.argc = argc - at;
	c.argv = argv + at;
	for (size_t i = 0; i < ARRAY_LEN(subcommands); i++) {
		if (strcmp(argv[at], subcommands[i].name) != 0)
			continue;
		if (subcommands[i].needs_config && c.config == NULL) {
			fprintf(stderr, "karcis-ctl: %s needs --config FILE\n",
			    argv[at]);
			return EXIT_COULD_NOT;
		}
		return subcommands[i].run(&c);
	}
	return usage();
}
