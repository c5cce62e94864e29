/* Bookings from a CSV file: every refused line is named, the good ones are
 * kept, and nothing is half-imported. */
#include "commands.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "firmware/core/csv.h"

struct import {
	const char *name;
	struct stores *stores;
	struct buf *out;
	struct csv_context context;
	struct csv_layout layout;
	bool mask;
	unsigned line_no;
	unsigned taken, refused;
	unsigned unnamed; /* of those refused: no room was left to name them */
};

/* Kept free for the last lines: the sum, or why the import ended. */
enum { SUM_BYTES = 512 };

/* A line of any length, cut at what csv_row needs to see that it is over. */
struct line_reader {
	FILE *file;
	char text[CSV_LINE_MAX + 2];
	size_t len;
};

static bool read_line(struct line_reader *r)
{
	int c;

	r->len = 0;
	while ((c = getc_unlocked(r->file)) != EOF) {
		if (r->len < sizeof(r->text))
			r->text[r->len++] = (char)c;
		if (c == '\n')
			return true;
	}
	return r->len > 0;
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
		refuse(im, "code: this code came before in the file; the "
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

static int take_header(struct import *im, struct line_reader *r,
    struct err *e)
{
	char text[256];
	struct buf reason;

	buf_init(&reason, text, sizeof(text));
	im->line_no = 1;
	if (!read_line(r))
		return err_set(e, -EINVAL, "%s: the file is empty", im->name);
	if (csv_header(str_of(r->text, r->len), &im->layout, &reason) !=
	    CSV_OK)
		return err_set(e, -EINVAL, "%s:1: %s; nothing was imported",
		    im->name, buf_cstr(&reason));
	return 0;
}

static int take_file(struct import *im, struct line_reader *r, struct err *e)
{
	int result = take_header(im, r, e);

	if (result < 0)
		return result;
	result = cache_import_begin(im->stores->cache, e);
	while (result == 0 && read_line(r)) {
		im->line_no++;
		result = take_line(im, str_of(r->text, r->len), e);
	}
	if (result == 0 && ferror(r->file))
		result = err_set(e, -EIO, "%s: the file cannot be read",
		    im->name);
	if (result < 0) {
		cache_import_rollback(im->stores->cache);
		return result;
	}
	return cache_import_commit(im->stores->cache, clock_wall_s(), e);
}

int command_import(const struct office *o, struct stores *s, const char *name,
    int fd, struct buf *out)
{
	struct import im = {.name = name, .stores = s, .out = out,
	    .context = {&o->config.code, &o->services, o->config.office},
	    .mask = o->config.masked_name};
	static struct line_reader reader;
	struct err e = {0};
	char note[96];
	struct buf b;
	int r, own = dup(fd);

	reader.file = own < 0 ? NULL : fdopen(own, "r");
	if (reader.file == NULL) {
		if (own >= 0)
			close(own);
		buf_fmt(out, "karcis-ctl: %s: %s\n", name, strerror(errno));
		return EXIT_COULD_NOT;
	}
	r = take_file(&im, &reader, &e);
	if (fclose(reader.file) != 0 && r == 0)
		r = err_set(&e, -EIO, "%s: the file cannot be read", name);
	sodium_memzero(&reader, sizeof(reader));
	if (r == 0) {
		buf_init(&b, note, sizeof(note));
		buf_fmt(&b, "refused %u", im.refused);
		r = journal_note(s->journal, clock_wall_s(), AUDIT_IMPORT,
		    im.taken, buf_view(&b), &e);
	}
	if (r < 0) {
		buf_fmt(out, "karcis-ctl: %.255s\n", e.text);
		return EXIT_COULD_NOT;
	}
	if (im.unnamed > 0)
		buf_fmt(out, "import: %u more refused lines are not named; "
		    "correct these first\n", im.unnamed);
	buf_fmt(out, "import: %u bookings taken, %u lines refused\n",
	    im.taken, im.refused);
	return im.refused > 0 ? EXIT_REFUSED : EXIT_DONE;
}
