#include "roster_ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/app/clock.h"
#include "commands.h"
#include "firmware/app/control.h"
#include "ctl.h"
#include "firmware/app/office_roster.h"
#include "firmware/app/terminal.h"

/* What an export leaves in the state directory for karcis-ctl to carry. */
static const char *export_name(const struct office *o)
{
	return o->config.role == ROLE_GATE ? "roster.request" : "roster";
}

/* ---- the answering side ---- */

int roster_refuse(struct question *q, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	buf_fmt(q->out, "roster: %s\n", text);
	return EXIT_REFUSED;
}

int roster_path(const struct question *q, const char *name, char out[256],
    struct err *e)
{
	return office_path(q->office, name, out)
	    ? 0
	    : err_set(e, -ENAMETOOLONG, "terminal.state: too long");
}

int roster_note(const struct question *q, int64_t detail, const char *text,
    struct err *e)
{
	return journal_note(q->stores->journal, clock_wall_s(), AUDIT_ROSTER,
	    detail, str_from(text), e);
}

void roster_changed(struct question *q)
{
	struct err none;

	if (q->office->config.role != ROLE_GATE &&
	    office_roster_file(q->office, &q->stores->keys, &q->stores->roster,
		&none) < 0)
		memset(&q->stores->roster, 0, sizeof(q->stores->roster));
	if (q->terminal != NULL)
		terminal_reload(q->terminal);
}

static int read_fd(int fd, char *text, size_t cap, size_t *len, struct err *e)
{
	struct stat st;
	ssize_t n = 0;

	*len = 0;
	/* A read from a pipe could stop a running terminal. */
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "roster: not a regular file");
	while (*len < cap && (n = read(fd, text + *len, cap - *len)) > 0)
		*len += (size_t)n;
	return n < 0 ? err_set(e, -errno, "roster: the file cannot be read: %s",
			   strerror(errno))
		     : 0;
}

static int import(struct question *q)
{
	static char text[ROSTER_TEXT_MAX + 1];
	bool gate = q->office->config.role == ROLE_GATE;
	struct err e = {0};
	size_t len = 0;

	if (q->words <= ROSTER_WORD_FILE || q->fd < 0) {
		err_set(&e, -EINVAL, "roster import: name a file");
		return question_failed(q, &e);
	}
	if (read_fd(q->fd, text, sizeof(text), &len, &e) < 0)
		return question_failed(q, &e);
	switch (roster_text_kind(str_of(text, len))) {
	case ROSTER_KIND_GATE:
		if (gate)
			return roster_refuse(q,
			    "this is the request of a gate; import it at the "
			    "kiosk");
		return roster_kiosk_import(q, str_of(text, len));
	case ROSTER_KIND_ROSTER:
		if (!gate)
			return roster_refuse(q,
			    "this is the roster of a kiosk; import it at a "
			    "gate");
		return roster_gate_import(q, str_of(text, len));
	case ROSTER_KIND_UNSET:
		break;
	}
	return roster_refuse(q,
	    "not a roster and not the request of a gate (its first line is "
	    "karcis-roster 1 or karcis-gate 1); nothing was changed");
}

static int of_kiosk(struct question *q, int (*run)(struct question *q))
{
	if (q->office->config.role == ROLE_GATE)
		return roster_refuse(q,
		    "this is for the kiosk; a gate shows, "
		    "exports and imports");
	return run(q);
}

static int act(struct question *q)
{
	struct err e = {0};

	if (q->words > 1 && str_is(q->word[1], "import"))
		return import(q);
	if (q->words == 2 && str_is(q->word[1], "export"))
		return q->office->config.role == ROLE_GATE
		    ? roster_gate_export(q)
		    : roster_kiosk_export(q);
	if (q->words == 3 && str_is(q->word[1], "remove"))
		return of_kiosk(q, roster_kiosk_remove);
	if (q->words == 3 && str_is(q->word[1], "revoke"))
		return of_kiosk(q, roster_kiosk_revoke);
	err_set(&e, -EINVAL, "roster: say " ROSTER_USAGE);
	return question_failed(q, &e);
}

int roster_answer(struct question *q)
{
	struct err e = {0};

	if (q->words > 1 && str_is(q->word[1], "show"))
		return roster_show(q);
	if (q->office->config.hub_url[0] != '\0') {
		err_set(&e, -EINVAL,
		    "roster: this office has a hub: gates enrol there");
		return question_failed(q, &e);
	}
	return act(q);
}

/* ---- karcis-ctl's side ---- */

static int ask(const struct office *o, int argc, char **argv, int fd,
    struct err *e)
{
	char text[CONTROL_LINE];
	struct buf line;

	buf_init(&line, text, sizeof(text));
	if (!ctl_join(argc, argv, &line)) {
		err_set(e, -E2BIG, "the command line is too long");
		return ctl_fail(e);
	}
	return ctl_ask_or_do(o, buf_view(&line), fd, e);
}

/* The state directory's copy is carried to where it is wanted: a running
 * terminal may write nowhere else. */
static int run_export(const struct office *o, char **argv, struct err *e)
{
	char path[256];
	int r;

	if (access(argv[2], F_OK) == 0) {
		err_set(e, -EEXIST, "%s: exists already and stays", argv[2]);
		return ctl_fail(e);
	}
	if (!office_path(o, export_name(o), path)) {
		err_set(e, -ENAMETOOLONG, "terminal.state: too long");
		return ctl_fail(e);
	}
	r = ask(o, 2, argv, -1, e);
	if (r == EXIT_DONE && ctl_copy_file(path, argv[2], e) < 0)
		return ctl_fail(e);
	return r;
}

/* A fingerprint may be given in one word or in its groups. */
static int run_import(const struct office *o, int argc, char **argv,
    struct err *e)
{
	char typed[128];
	char *words[] = {argv[0], argv[1], argv[2], typed};
	struct buf b;
	int fd, r;

	buf_init(&b, typed, sizeof(typed) - 1);
	for (int i = ROSTER_WORD_PRINT; i < argc; i++)
		buf_text(&b, argv[i]);
	typed[b.len] = '\0';
	fd = b.full ? -1 : open(argv[2], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		err_set(e, -errno, "%s: %s", argv[2],
		    b.full ? "the fingerprint is too long" : strerror(errno));
		return ctl_fail(e);
	}
	r = ask(o, argc > ROSTER_WORD_PRINT ? 4 : 3, words, fd, e);
	close(fd);
	return r;
}

int roster_ctl_run(const char *config, int argc, char **argv)
{
	static struct office office;
	struct err e = {0};

	if (office_load(config, &office, &e) < 0)
		return ctl_fail(&e);
	if (argc == 3 && strcmp(argv[1], "export") == 0)
		return run_export(&office, argv, &e);
	if (argc >= 3 && strcmp(argv[1], "import") == 0)
		return run_import(&office, argc, argv, &e);
	if (argc >= 2 && strcmp(argv[1], "export") != 0 &&
	    strcmp(argv[1], "import") != 0)
		return ask(&office, argc, argv, -1, &e);
	err_set(&e, -EINVAL, "roster: say " ROSTER_USAGE);
	return ctl_fail(&e);
}
