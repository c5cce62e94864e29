#include "technician_ctl.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "badge_ctl.h"
#include "commands.h"
#include "ctl.h"
#include "firmware/app/clock.h"
#include "firmware/app/control.h"
#include "firmware/app/terminal.h"
#include "firmware/store/technicians.h"

/* ---- the answering side ---- */

enum { WORD_VERB = 1, WORD_NAME, WORD_PIN };

static int load(const struct question *q, char path[256],
    struct technicians *out, struct err *e)
{
	if (!office_path(q->office, "technicians", path))
		return err_set(e, -ENAMETOOLONG, "terminal.state: too long");
	return technicians_load(path, out, e);
}

/* In the journal first: nobody has a badge of which it does not know. */
static int keep(const struct question *q, const char *path,
    const struct technicians *t, const char *what, struct err *e)
{
	char text[64];
	struct buf b;
	int r;

	buf_init(&b, text, sizeof(text));
	buf_text(&b, what);
	buf_str(&b, q->word[WORD_NAME]);
	r = journal_note(q->stores->journal, clock_wall_s(), AUDIT_TECHNICIAN,
	    t->count, buf_view(&b), e);
	if (r == 0)
		r = technicians_save(path, t, e);
	if (r == 0 && q->terminal != NULL)
		terminal_reload(q->terminal);
	return r;
}

static int refused(struct question *q, int r, const struct err *e)
{
	question_failed(q, e);
	return r == -EEXIST || r == -EINVAL || r == -ENOSPC || r == -ENOENT
	    ? EXIT_REFUSED
	    : EXIT_COULD_NOT;
}

/* The answer is the badge's text, for karcis-ctl to show. */
static int add(struct question *q, const char *path, struct technicians *t)
{
	char badge[TECHNICIANS_BADGE];
	struct err e = {0};
	int r = technicians_add(t, q->word[WORD_NAME], q->word[WORD_PIN], badge,
	    &e);

	if (r == 0)
		r = keep(q, path, t, "added: ", &e);
	if (r == 0)
		buf_fmt(q->out, "%s\n", badge);
	sodium_memzero(badge, sizeof(badge));
	return r < 0 ? refused(q, r, &e) : EXIT_DONE;
}

static int set_pin(struct question *q, const char *path, struct technicians *t)
{
	struct err e = {0};
	int r = technicians_set_pin(t, q->word[WORD_NAME], q->word[WORD_PIN],
	    &e);

	if (r == 0)
		r = keep(q, path, t, "new PIN: ", &e);
	if (r == 0)
		buf_text(q->out, "technician: the new PIN counts\n");
	return r < 0 ? refused(q, r, &e) : EXIT_DONE;
}

static int change(struct question *q, const char *path, struct technicians *t,
    bool known, const char *what, const char *said)
{
	struct err e = {0};

	if (!known) {
		buf_text(q->out,
		    "technician: there is no such name; see technician list\n");
		return EXIT_REFUSED;
	}
	if (keep(q, path, t, what, &e) < 0)
		return question_failed(q, &e);
	buf_fmt(q->out, "technician: %s\n", said);
	return EXIT_DONE;
}

static int drop(struct question *q, const char *path, struct technicians *t)
{
	return change(q, path, t, technicians_remove(t, q->word[WORD_NAME]),
	    "removed: ", "removed, the badge is good for nothing now");
}

static int unlock(struct question *q, const char *path, struct technicians *t)
{
	return change(q, path, t, technicians_unlock(t, q->word[WORD_NAME]),
	    "unlocked: ", "unlocked");
}

static int list(struct question *q, const char *path, struct technicians *t)
{
	json_t *names = json_array(), *whole = json_object();

	(void)path;
	for (size_t i = 0; i < t->count; i++)
		json_array_append_new(names,
		    json_pack("{s:s, s:I}", "name", t->item[i].name, "locked_s",
			(json_int_t)technicians_wait_s(t, i, clock_wall_s())));
	json_object_set_new(whole, "technicians", names);
	return question_put(q, whole);
}

static const struct verb {
	const char *name;
	size_t words; /* 0 = any more */
	int (*run)(struct question *q, const char *path, struct technicians *t);
} verbs[] = {
    {"list", 0, list},
    {"add", 4, add},
    {"pin", 4, set_pin},
    {"remove", 3, drop},
    {"unlock", 3, unlock},
};

int technician_answer(struct question *q)
{
	static struct technicians t;
	char path[256];
	struct err e = {0};
	int code;

	for (size_t i = 0; i < ARRAY_LEN(verbs) && q->words > WORD_VERB; i++) {
		if (!str_is(q->word[WORD_VERB], verbs[i].name) ||
		    (verbs[i].words != 0 && verbs[i].words != q->words))
			continue;
		code = load(q, path, &t, &e) < 0 ? question_failed(q, &e)
						 : verbs[i].run(q, path, &t);
		technicians_fini(&t);
		return code;
	}
	err_set(&e, -EINVAL, "technician: say " TECHNICIAN_USAGE);
	return question_failed(q, &e);
}

/* ---- karcis-ctl's side ---- */

struct words {
	const char *verb, *name, *png;
	int pin_fd;
};

static bool read_words(int argc, char **argv, struct words *w)
{
	int64_t fd;

	*w = (struct words){.pin_fd = -1};
	for (int i = 1; i < argc; i++) {
		bool more = i + 1 < argc;

		if (strcmp(argv[i], "--pin-fd") == 0 && more &&
		    str_number(str_from(argv[++i]), 0, 1023, &fd))
			w->pin_fd = (int)fd;
		else if (strcmp(argv[i], "--png") == 0 && more)
			w->png = argv[++i];
		else if (argv[i][0] == '-')
			return false;
		else if (w->verb == NULL)
			w->verb = argv[i];
		else if (w->name == NULL)
			w->name = argv[i];
		else
			return false;
	}
	return w->verb != NULL && w->name != NULL;
}

/* One line, without its end; what is longer is no PIN and is cut. */
static int read_line(int fd, char *out, size_t cap, struct err *e)
{
	size_t len = 0;
	char c;
	ssize_t n;

	while ((n = read(fd, &c, 1)) == 1 && c != '\n')
		if (len + 1 < cap)
			out[len++] = c;
	out[len] = '\0';
	return n < 0
	    ? err_set(e, -errno, "technician: the PIN: %s", strerror(errno))
	    : 0;
}

/* Typed blind, twice. */
static int ask_pin(char *pin, size_t cap, struct err *e)
{
	struct termios before, blind;
	char again[32];
	int r;

	if (tcgetattr(STDIN_FILENO, &before) != 0)
		return err_set(e, -ENOTTY,
		    "technician: no terminal to ask for a PIN; use --pin-fd");
	blind = before;
	blind.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &blind);
	fputs("PIN (6 to 10 digits): ", stderr);
	r = read_line(STDIN_FILENO, pin, cap, e);
	fputs("\nonce more: ", stderr);
	if (r == 0)
		r = read_line(STDIN_FILENO, again, sizeof(again), e);
	fputc('\n', stderr);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	if (r == 0 && strcmp(pin, again) != 0)
		r = err_set(e, -EINVAL, "technician: the two PINs differ");
	sodium_memzero(again, sizeof(again));
	return r;
}

static int hash_pin(const struct words *w, char hash[TECHNICIANS_PIN_HASH],
    struct err *e)
{
	char pin[32];
	int r = w->pin_fd >= 0 ? read_line(w->pin_fd, pin, sizeof(pin), e)
			       : ask_pin(pin, sizeof(pin), e);

	if (r == 0)
		r = technicians_hash_pin(str_from(pin), hash, e);
	sodium_memzero(pin, sizeof(pin));
	return r;
}

static int run_with_pin(const struct office *o, const struct words *w,
    struct err *e)
{
	char hash[TECHNICIANS_PIN_HASH], verb[8], name[64],
	    tech[] = "technician";
	char *argv[] = {tech, verb, name, hash};
	char text[CONTROL_LINE];
	struct buf line;
	int r;

	if (!str_copy(verb, sizeof(verb), str_from(w->verb)) ||
	    !str_copy(name, sizeof(name), str_from(w->name))) {
		err_set(e, -EINVAL, "technician: the name is too long");
		(void)ctl_fail(e);
		return EXIT_REFUSED;
	}
	r = hash_pin(w, hash, e);
	if (r < 0) {
		(void)ctl_fail(e);
		return r == -EINVAL ? EXIT_REFUSED : EXIT_COULD_NOT;
	}
	buf_init(&line, text, sizeof(text));
	if (!ctl_join(ARRAY_LEN(argv), argv, &line)) {
		err_set(e, -E2BIG, "the command line is too long");
		r = ctl_fail(e);
	} else {
		r = strcmp(verb, "add") == 0
		    ? badge_ctl_draw(o, "technician", buf_view(&line), w->png,
			  e)
		    : ctl_ask_or_do(o, buf_view(&line), -1, e);
	}
	sodium_memzero(hash, sizeof(hash));
	sodium_memzero(text, sizeof(text));
	return r;
}

int technician_ctl_run(const char *config, int argc, char **argv)
{
	static struct office office;
	char text[CONTROL_LINE];
	struct err e = {0};
	struct words w;
	struct buf line;

	if (office_load(config, &office, &e) < 0)
		return ctl_fail(&e);
	if (argc > 1 &&
	    (strcmp(argv[1], "add") == 0 || strcmp(argv[1], "pin") == 0)) {
		if (read_words(argc, argv, &w) &&
		    (w.png == NULL || strcmp(w.verb, "add") == 0))
			return run_with_pin(&office, &w, &e);
		err_set(&e, -EINVAL, "technician: say " TECHNICIAN_USAGE);
		return ctl_fail(&e);
	}
	buf_init(&line, text, sizeof(text));
	if (!ctl_join(argc, argv, &line)) {
		err_set(&e, -E2BIG, "the command line is too long");
		return ctl_fail(&e);
	}
	return ctl_ask_or_do(&office, buf_view(&line), -1, &e);
}
