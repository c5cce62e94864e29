#include "officer_ctl.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "badge_ctl.h"
#include "firmware/app/clock.h"
#include "commands.h"
#include "firmware/app/control.h"
#include "ctl.h"
#include "firmware/store/officers.h"
#include "firmware/app/terminal.h"

/* ---- the answering side ---- */

static int load(const struct question *q, char path[256], struct officers *out,
    struct err *e)
{
	if (!office_path(q->office, "officers", path))
		return err_set(e, -ENAMETOOLONG, "terminal.state: too long");
	return officers_load(path, out, e);
}

/* In the journal first: nobody has a badge of which it does not know. */
static int keep(const struct question *q, const char *path,
    const struct officers *o, const char *what, struct err *e)
{
	char text[64];
	struct buf b;
	int r;

	buf_init(&b, text, sizeof(text));
	buf_text(&b, what);
	buf_str(&b, q->word[2]);
	r = journal_note(q->stores->journal, clock_wall_s(), AUDIT_OFFICER,
	    o->count, buf_view(&b), e);
	if (r == 0)
		r = officers_save(path, o, e);
	if (r == 0 && q->terminal != NULL)
		terminal_reload(q->terminal);
	return r;
}

/* The answer is the badge's text, for karcis-ctl to show. */
static int add(struct question *q)
{
	static struct officers o;
	char path[256], badge[OFFICERS_BADGE];
	struct err e = {0};
	int r = load(q, path, &o, &e);

	if (r == 0)
		r = officers_add(&o, q->word[2], badge, &e);
	if (r == 0)
		r = keep(q, path, &o, "added: ", &e);
	officers_fini(&o);
	if (r == 0)
		buf_fmt(q->out, "%s\n", badge);
	sodium_memzero(badge, sizeof(badge));
	if (r < 0)
		question_failed(q, &e);
	return r == 0                                      ? EXIT_DONE
	    : r == -EEXIST || r == -EINVAL || r == -ENOSPC ? EXIT_REFUSED
							   : EXIT_COULD_NOT;
}

static int drop(struct question *q)
{
	static struct officers o;
	struct err e = {0};
	char path[256];
	bool known;
	int r = load(q, path, &o, &e);

	known = r == 0 && officers_remove(&o, q->word[2]);
	if (known)
		r = keep(q, path, &o, "removed: ", &e);
	officers_fini(&o);
	if (r < 0)
		return question_failed(q, &e);
	buf_text(q->out,
	    known ? "officer: removed, the badge is good for "
		    "nothing now\n"
		  : "officer: there is no such name; see officer "
		    "list\n");
	return known ? EXIT_DONE : EXIT_REFUSED;
}

static int list(struct question *q)
{
	static struct officers o;
	json_t *names = json_array(), *whole;
	struct err e = {0};
	char path[256];

	if (load(q, path, &o, &e) < 0) {
		json_decref(names);
		return question_failed(q, &e);
	}
	for (size_t i = 0; i < o.count; i++)
		json_array_append_new(names,
		    json_pack("{s:s}", "name", o.item[i].name));
	officers_fini(&o);
	whole = json_object();
	json_object_set_new(whole, "officers", names);
	return question_put(q, whole);
}

int officer_answer(struct question *q)
{
	struct err e = {0};

	if (q->words > 1 && str_is(q->word[1], "list"))
		return list(q);
	if (q->words == 3 && str_is(q->word[1], "add"))
		return add(q);
	if (q->words == 3 && str_is(q->word[1], "remove"))
		return drop(q);
	err_set(&e, -EINVAL, "officer: say " OFFICER_USAGE);
	return question_failed(q, &e);
}

/* ---- karcis-ctl's side ---- */

static int run_add(const struct office *o, int argc, char **argv, struct err *e)
{
	const char *png = argc == 5 ? argv[4] : NULL;
	char text[CONTROL_LINE];
	struct buf line;

	if (argc != 3 && (argc != 5 || strcmp(argv[3], "--png") != 0)) {
		err_set(e, -EINVAL, "officer: say " OFFICER_USAGE);
		return ctl_fail(e);
	}
	buf_init(&line, text, sizeof(text));
	if (!ctl_join(3, argv, &line)) {
		err_set(e, -E2BIG, "the command line is too long");
		return ctl_fail(e);
	}
	return badge_ctl_draw(o, "officer", buf_view(&line), png, e);
}

int officer_ctl_run(const char *config, int argc, char **argv)
{
	static struct office office;
	char text[CONTROL_LINE];
	struct err e = {0};
	struct buf line;

	if (office_load(config, &office, &e) < 0)
		return ctl_fail(&e);
	if (argc > 1 && strcmp(argv[1], "add") == 0)
		return run_add(&office, argc, argv, &e);
	buf_init(&line, text, sizeof(text));
	if (!ctl_join(argc, argv, &line)) {
		err_set(&e, -E2BIG, "the command line is too long");
		return ctl_fail(&e);
	}
	return ctl_ask_or_do(&office, buf_view(&line), -1, &e);
}
