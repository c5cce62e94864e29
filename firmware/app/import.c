#include "import.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "firmware/app/ctl/commands.h"
#include "firmware/core/csv.h"

enum stage {
	STAGE_UNSET,
	STAGE_HEADER,
	STAGE_LINES,
	STAGE_WRITE,
	STAGE_COMMIT,
	STAGE_NOTE,
	STAGE_DONE
};

/* A line of any length, cut at what csv_row needs to see that it is over. */
struct line_reader {
	FILE *file;
	char text[CSV_LINE_MAX + 2];
	size_t len;
	bool part; /* the line goes on */
};

struct import {
	enum stage stage;
	int exit;
	char name[128];
	struct line_reader reader;
	struct stores *stores;
	struct buf *out;
	struct csv_context context;
	struct csv_layout layout;
	bool mask;
	bool begun; /* the cache's import is ours */
	unsigned line_no;
	unsigned taken, refused;
	unsigned unnamed; /* of those refused: no room was left to name them */
};

/* Kept free for the last lines: the sum, or why the import ended. */
enum { SUM_BYTES = 512 };

/* How much is done between two looks at the clock: below 1 ms each. */
enum { STEP_LINES = 64, STEP_BYTES = 1 << 16, STEP_ROWS = 128 };

/* False: the file has ended, or after STEP_BYTES the line has not. */
static bool read_line(struct line_reader *r)
{
	size_t left = STEP_BYTES;
	int c = 0;

	if (!r->part)
		r->len = 0;
	while (left-- > 0 && (c = getc_unlocked(r->file)) != EOF) {
		if (r->len < sizeof(r->text))
			r->text[r->len++] = (char)c;
		if (c == '\n')
			break;
	}
	r->part = c != '\n' && c != EOF;
	return !r->part && r->len > 0;
}

static void refuse(struct import *im, const char *reason)
{
	im->refused++;
	if (im->unnamed > 0 || im->out->cap - im->out->len < 2 * SUM_BYTES) {
		im->unnamed++;
		return;
	}
	buf_fmt(im->out, "%s:%u: %s\n", im->name, im->line_no, reason);
}

/* 0, or a failure that ends the import. */
static int take_row(struct import *im, const struct csv_booking *row,
    struct err *e)
{
	struct booking b = csv_to_booking(row, &im->stores->keys.office,
	    im->mask);
	int r = cache_import_put(im->stores->cache, &b, e);

	if (r == -EEXIST)
		refuse(im,
		    "code: this code came before in the file; the "
		    "first line stays");
	else if (r == -EINVAL)
		refuse(im, e->text);
	else if (r == 0)
		im->taken++;
	sodium_memzero(&b, sizeof(b));
	return r == -EEXIST || r == -EINVAL ? 0 : r;
}

static int take_line(struct import *im, struct str line, struct err *e)
{
	struct csv_booking row;
	char text[256];
	struct buf reason;
	int r = 0;

	buf_init(&reason, text, sizeof(text));
	switch (csv_row(&im->layout, &im->context, line, &row, &reason)) {
	case CSV_OK:
		r = take_row(im, &row, e);
		break;
	case CSV_REFUSED:
		refuse(im, buf_cstr(&reason));
		break;
	case CSV_BLANK:
	case CSV_UNSET:
		break;
	}
	sodium_memzero(&row, sizeof(row));
	return r;
}

static int take_header(struct import *im, struct err *e)
{
	struct line_reader *r = &im->reader;
	char text[256];
	struct buf reason;
	int result;

	if (!read_line(r) && r->part)
		return 0;
	buf_init(&reason, text, sizeof(text));
	im->line_no = 1;
	if (r->len == 0)
		return err_set(e, -EINVAL, "%s: the file is empty", im->name);
	if (csv_header(str_of(r->text, r->len), &im->layout, &reason) != CSV_OK)
		return err_set(e, -EINVAL, "%s:1: %s; nothing was imported",
		    im->name, buf_cstr(&reason));
	im->stage = STAGE_LINES;
	result = cache_import_begin(im->stores->cache, e);
	im->begun = result == 0;
	return result;
}

static int take_lines(struct import *im, struct err *e)
{
	struct line_reader *r = &im->reader;
	int result = 0;

	for (int i = 0; result == 0 && i < STEP_LINES; i++) {
		if (read_line(r)) {
			im->line_no++;
			result = take_line(im, str_of(r->text, r->len), e);
		} else if (r->part) {
			return 0;
		} else {
			im->stage = STAGE_WRITE;
			return ferror(r->file) ? err_set(e, -EIO,
						     "%s: the "
						     "file cannot be read",
						     im->name)
					       : 0;
		}
	}
	return result;
}

static int write_rows(struct import *im, struct err *e)
{
	int r = cache_import_write(im->stores->cache, STEP_ROWS, e);

	if (r == 0)
		im->stage = STAGE_COMMIT;
	return r < 0 ? r : 0;
}

static int note(struct import *im, struct err *e)
{
	char text[96];
	struct buf b;

	buf_init(&b, text, sizeof(text));
	buf_fmt(&b, "refused %u", im->refused);
	im->stage = STAGE_DONE;
	return journal_note(im->stores->journal, clock_wall_s(), AUDIT_IMPORT,
	    im->taken, buf_view(&b), e);
}

static int work(struct import *im, struct err *e)
{
	switch (im->stage) {
	case STAGE_HEADER:
		return take_header(im, e);
	case STAGE_LINES:
		return take_lines(im, e);
	case STAGE_WRITE:
		return write_rows(im, e);
	case STAGE_COMMIT:
		im->stage = STAGE_NOTE;
		return cache_import_commit(im->stores->cache, clock_wall_s(),
		    e);
	case STAGE_NOTE:
		return note(im, e);
	case STAGE_UNSET:
	case STAGE_DONE:
		break;
	}
	return err_set(e, -EINVAL, "import: it has ended");
}

static void say_end(struct import *im, int r, const struct err *e)
{
	im->exit = EXIT_COULD_NOT;
	if (r < 0) {
		buf_fmt(im->out, "karcis-ctl: %.255s\n", e->text);
		return;
	}
	if (im->unnamed > 0)
		buf_fmt(im->out,
		    "import: %u more refused lines are not named; "
		    "correct these first\n",
		    im->unnamed);
	buf_fmt(im->out, "import: %u bookings taken, %u lines refused\n",
	    im->taken, im->refused);
	im->exit = im->refused > 0 ? EXIT_REFUSED : EXIT_DONE;
}

bool import_step(struct import *im, int64_t until_ms)
{
	struct err e = {0};
	int r = 0;

	while (r == 0 && im->stage != STAGE_DONE) {
		enum stage before = im->stage;

		r = work(im, &e);
		/* A commit is long: what was done before it is enough. */
		if (r == 0 && im->stage != STAGE_DONE &&
		    (clock_mono_ms() >= until_ms ||
			(im->stage != before && im->stage == STAGE_COMMIT)))
			return true;
	}
	im->stage = STAGE_DONE;
	say_end(im, r, &e);
	return false;
}

int import_exit(const struct import *im)
{
	return im->exit;
}

static int open_file(struct import *im, int fd, struct err *e)
{
	struct stat st;
	int own = dup(fd);

	im->reader.file = own < 0 ? NULL : fdopen(own, "r");
	if (im->reader.file == NULL) {
		int r = err_set(e, -errno, "%s: %s", im->name, strerror(errno));

		if (own >= 0)
			close(own);
		return r;
	}
	if (fstat(own, &st) != 0 || !S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "%s: not a regular file", im->name);
	return 0;
}

int import_open(const struct office *o, struct stores *s, struct str name,
    int fd, struct buf *out, struct import **im, struct err *e)
{
	struct import *new = calloc(1, sizeof(*new));
	int r;

	*im = NULL;
	if (new == NULL)
		return err_set(e, -ENOMEM, "import: out of memory");
	*new = (struct import){.stage = STAGE_HEADER,
	    .exit = EXIT_COULD_NOT,
	    .stores = s,
	    .out = out,
	    .mask = o->config.masked_name,
	    .context = {&o->config.code, &o->services, o->config.office}};
	r = str_copy(new->name, sizeof(new->name), name)
	    ? 0
	    : err_set(e, -ENAMETOOLONG, "import: the name is too long");
	if (r == 0)
		r = open_file(new, fd, e);
	if (r == 0) {
		*im = new;
		new = NULL;
	}
	import_close(new);
	return r;
}

void import_close(struct import *im)
{
	if (im == NULL)
		return;
	if (im->begun)
		cache_import_rollback(im->stores->cache);
	if (im->reader.file != NULL)
		fclose(im->reader.file);
	sodium_memzero(im, sizeof(*im));
	free(im);
}
