#include <string.h>

#include "firmware/core/civil.h"
#include "firmware/update/program.h"
#include "works_inner.h"

enum { LOG_BYTES = 4 << 20, LOG_MS = 20000 };

int works_fetch(struct doing *d)
{
	struct stick stick = {.root = -1};
	int r = stick_open(&d->c->stick, false, &stick, &d->why, &d->e);

	if (r == 0)
		r = stick_fetch(&stick, d->c->in, d->c->group, &d->note->count,
		    &d->why, &d->e);
	return r;
}

/* What the journal of the system holds of this start; none is no failure. */
static struct str system_log(void)
{
	static const char *const ARGV[] = {"/usr/bin/journalctl", "--boot",
	    "--no-pager", "--quiet", "--output=short-iso", "--lines=20000",
	    NULL};
	static char room[LOG_BYTES];
	char words[1024];
	struct program p = {.argv = ARGV,
	    .timeout_ms = LOG_MS,
	    .file_bytes_max = 0};
	struct err ignored = {0};
	struct buf out, log;

	buf_init(&out, room, sizeof(room));
	buf_init(&log, words, sizeof(words));
	p.out = &out;
	p.log = &log;
	if (program_run(&p, &ignored) < 0)
		return str_from("");
	return buf_view(&out);
}

int works_store(struct doing *d)
{
	struct stick stick = {.root = -1};
	struct civil_now at = civil_local(d->job->now_s, d->c->offset_s);
	struct civil_date date = civil_date(at.day);
	char name[80];
	struct buf b;
	int r, closed;

	buf_init(&b, name, sizeof(name));
	buf_fmt(&b, "%s-%04d%02d%02d-%02d%02d%02d",
	    d->c->terminal[0] != '\0' ? d->c->terminal : "karcis", date.year,
	    date.month, date.day, at.minute / 60, at.minute % 60,
	    at.second % 60);
	buf_cstr(&b);
	r = stick_open(&d->c->stick, true, &stick, &d->why, &d->e);
	if (r == 0)
		r = stick_store(&stick, d->c->out, name, system_log(),
		    &d->note->count, &d->why, &d->e);
	closed = stick_close(&stick, r == 0 ? &d->e : NULL);
	if (r == 0 && closed < 0) {
		d->why = stick_refusal(closed);
		r = closed;
	}
	return r;
}
