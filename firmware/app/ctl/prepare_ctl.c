#include "prepare_ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "ctl.h"
#include "enrol.h"
#include "firmware/app/clock.h"
#include "firmware/app/control.h"
#include "firmware/app/tech/commission.h"
#include "firmware/store/officers.h"
#include "firmware/store/state.h"
#include "firmware/store/technicians.h"
#include "tools.h"

struct prepare {
	struct office office;
	struct buf said; /* what is left to be done */
	char text[2048];
	int code;
};

static void done(const char *fmt, ...) PRINTF_LIKE(1, 2);
static void done(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("prepare: ", stdout);
	vprintf(fmt, ap);
	va_end(ap);
	fputc('\n', stdout);
}

static void left(struct prepare *p, const char *sentence)
{
	printf("prepare: %s\n", sentence);
	buf_fmt(&p->said, "%.300s\n", sentence);
	p->code = EXIT_REFUSED;
}

/* A file beside the configuration; false: it is not there. */
static bool beside(const struct prepare *p, const char *name, char out[512])
{
	return office_beside(&p->office, name, out) && access(out, F_OK) == 0;
}

/* It was taken in and is no longer wanted there. */
static void drop(struct prepare *p, const char *path)
{
	char text[600];
	int n;

	if (unlink(path) == 0)
		return;
	n = snprintf(text, sizeof(text), "%s was taken in, but stays: %s", path,
	    strerror(errno));
	left(p, n < 0 ? "a file stays" : text);
}

static void draw_keys(struct prepare *p)
{
	struct err e = {0};
	char path[256];
	int r;

	if (office_path(&p->office, "keys", path) && access(path, F_OK) == 0)
		return;
	r = stores_init(&p->office, &e);
	if (r < 0) {
		left(p, e.text);
		p->code = EXIT_COULD_NOT;
		return;
	}
	done("keys were drawn in %s", p->office.config.state);
}

static int read_line(const char *path, char *out, size_t cap, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, out, cap - 1);
	struct str text;

	if (n < 0)
		err_set(e, -errno, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return e->code;
	text = str_trim(str_of(out, (size_t)n));
	memmove(out, text.ptr, text.len);
	out[text.len] = '\0';
	return 0;
}

/* 1: these keys were made in another place. */
static int moved(const struct prepare *p, struct err *e)
{
	struct place_storage storage;
	char path[256];
	struct keys k;
	int r;

	if (!office_path(&p->office, "keys", path))
		return err_set(e, -ENAMETOOLONG, "terminal.state: too long");
	r = keys_load(path, &k, e);
	if (r < 0)
		return r;
	r = keys_moved(&k, office_place(&p->office, &storage)) < KEYS_PARTS;
	keys_fini(&k);
	return r;
}

/* An administrator's order, once, for the one terminal that it names. */
static void rekey(struct prepare *p)
{
	char path[512], name[128];
	struct err e = {0};
	int r;

	if (!beside(p, "rekey.txt", path))
		return;
	r = read_line(path, name, sizeof(name), &e);
	if (r == 0 && strcmp(name, p->office.config.terminal_id) != 0)
		r = err_set(&e, -EINVAL,
		    "rekey.txt names another terminal than %s",
		    p->office.config.terminal_id);
	if (r == 0)
		r = moved(p, &e);
	if (r == 0)
		done("rekey.txt: the keys are of this place already");
	else if (r > 0)
		r = tools_rekey(&p->office, &e);
	if (r < 0)
		left(p, e.text);
	else
		drop(p, path);
}

/* ---- badges ---- */

/* Taken anew at each start, a list would open every lock. */
static bool same_technicians(const struct technicians *a,
    const struct technicians *b)
{
	bool same = a->count == b->count &&
	    memcmp(a->key.bytes, b->key.bytes, sizeof(a->key.bytes)) == 0;

	for (size_t i = 0; same && i < a->count; i++)
		same = strcmp(a->item[i].name, b->item[i].name) == 0 &&
		    memcmp(a->item[i].hash, b->item[i].hash,
			sizeof(a->item[i].hash)) == 0 &&
		    strcmp(a->item[i].pin, b->item[i].pin) == 0;
	return same;
}

static int keep_technicians(struct prepare *p, struct technicians *got,
    struct err *e)
{
	static struct technicians had;
	char path[256];
	int r = 0;

	if (!office_path(&p->office, "technicians", path))
		return err_set(e, -ENAMETOOLONG, "terminal.state: too long");
	/* One that can't be read is replaced. */
	if (technicians_load(path, &had, NULL) < 0 ||
	    !same_technicians(&had, got)) {
		technicians_forget_tries(got);
		r = technicians_save(path, got, e);
	}
	technicians_fini(&had);
	return r;
}

static int keep_officers(struct prepare *p, struct officers *got, struct err *e)
{
	char path[256];

	if (!office_path(&p->office, "officers", path))
		return err_set(e, -ENAMETOOLONG, "terminal.state: too long");
	return officers_save(path, got, e);
}

static int note(struct prepare *p, enum audit_kind kind, int64_t count,
    const char *text, struct err *e)
{
	struct stores s;
	int r = stores_open(&p->office, &s, e);

	if (r == 0) {
		r = journal_note(s.journal, clock_wall_s(), kind, count,
		    str_from(text), e);
		stores_close(&s);
	}
	return r;
}

/* Kept before the journal knows: who is to mend a terminal whose journal does
 * not open must get in. The file stays until the journal has it. */
static void take_technicians(struct prepare *p)
{
	static struct technicians got;
	struct err e = {0};
	char path[512];
	int r;

	if (!beside(p, "technicians", path))
		return;
	r = technicians_load(path, &got, &e);
	if (r == 0)
		r = keep_technicians(p, &got, &e);
	if (r == 0)
		r = note(p, AUDIT_TECHNICIAN, got.count, "brought on a stick",
		    &e);
	if (r < 0) {
		left(p, e.text);
	} else {
		drop(p, path);
		done("technicians: %u are known", got.count);
	}
	technicians_fini(&got);
}

static void take_officers(struct prepare *p)
{
	static struct officers got;
	struct err e = {0};
	char path[512];
	int r;

	if (!beside(p, "officers", path))
		return;
	r = officers_load(path, &got, &e);
	if (r == 0)
		r = note(p, AUDIT_OFFICER, got.count, "brought on a stick", &e);
	if (r == 0)
		r = keep_officers(p, &got, &e);
	if (r < 0) {
		left(p, e.text);
	} else {
		drop(p, path);
		done("officers: %u are known", got.count);
	}
	officers_fini(&got);
}

/* ---- the hub ---- */

static void enrol(struct prepare *p)
{
	char path[512], known[256], text[1024];
	struct err e = {0};
	int r;

	if (p->office.config.hub_url[0] == '\0')
		return;
	if (!beside(p, "enrol.txt", path)) {
		if (!office_path(&p->office, "enrolment", known) ||
		    access(known, F_OK) != 0)
			left(p,
			    "enrol: not enrolled with the hub yet; bring an "
			    "enrol.txt on a stick or run karcis-ctl enrol");
		return;
	}
	r = read_line(path, text, sizeof(text), &e);
	if (r == 0)
		r = enrol_run(&p->office, text, &e);
	sodium_memzero(text, sizeof(text));
	if (r < 0)
		left(p, e.text);
	else
		drop(p, path);
}

/* ---- without a hub ---- */

/* As karcis-ctl does it; what it says, it says here. */
static void import(struct prepare *p, const char *name, const char *command)
{
	static char reply[CONTROL_REPLY + 64];
	char path[512], line[CONTROL_LINE], first[200];
	struct str rest, word;
	struct err e = {0};
	struct buf b;
	int fd, code;

	if (!beside(p, name, path))
		return;
	if (p->office.config.hub_url[0] != '\0') {
		/* Bookings hold names: they do not stay where nobody reads
		 * them. */
		drop(p, path);
		done("%s comes from the hub here; the file was removed", name);
		return;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	buf_init(&b, line, sizeof(line));
	buf_fmt(&b, "%s\t%s", command, name);
	code = fd < 0
	    ? err_set(&e, -errno, "%s: %s", path, strerror(errno))
	    : ctl_ask(&p->office, buf_view(&b), fd, reply, sizeof(reply), &e);
	if (fd >= 0)
		close(fd);
	if (code < 0) {
		left(p, e.text);
		return;
	}
	fputs(reply, stdout);
	if (code == EXIT_DONE) {
		drop(p, path);
		return;
	}
	rest = str_from(reply);
	if (!str_split(&rest, '\n', &word) ||
	    !str_copy(first, sizeof(first), str_cut(word, 0, 199)))
		first[0] = '\0';
	left(p, first);
	/* Bad lines stay bad; the good ones are in. */
	if (code == EXIT_REFUSED && strcmp(name, "bookings.csv") == 0)
		drop(p, path);
}

/* ---- all of it ---- */

static void keep_said(const struct prepare *p)
{
	struct err e = {0};
	char path[256];

	if (!office_path(&p->office, "prepare.said", path))
		return;
	if (p->said.len == 0)
		(void)unlink(path);
	else if (state_write(path, "prepare", buf_view(&p->said), true, &e) < 0)
		(void)ctl_fail(&e);
}

int prepare_ctl_run(const char *config)
{
	static struct prepare p;
	struct err e = {0};
	int r = commission_finish(config, &e);

	if (r < 0)
		return ctl_fail(&e);
	if (r > 0)
		done("the configuration of the stick is in place");
	if (office_load(config, &p.office, &e) < 0)
		return ctl_fail(&e);
	buf_init(&p.said, p.text, sizeof(p.text));
	draw_keys(&p);
	if (p.code == EXIT_DONE) {
		rekey(&p);
		enrol(&p);
		take_technicians(&p);
		take_officers(&p);
		import(&p, "roster", "roster\timport");
		import(&p, "bookings.csv", "import");
	}
	keep_said(&p);
	if (p.code == EXIT_DONE)
		done("ready");
	return p.code;
}
