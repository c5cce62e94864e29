#include "hub_import.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/core/csv.h"
#include "firmware/app/office.h"

enum { BATCH = 1000 };

struct batch {
	struct hub *hub;
	struct hub_db *db;
	uint32_t office;
	int64_t now_s;
	const char *name; /* of the file */
	struct services services;
	struct code_profile code;
	struct secret_key key;
	struct csv_layout layout;
	struct booking b[BATCH];
	unsigned line[BATCH];
	const char *why[BATCH];
	size_t n;
	unsigned taken, refused;
};

static void refuse(struct batch *x, unsigned line, const char *why)
{
	x->refused++;
	printf("%s:%u: %s\n", x->name, line, why);
}

static int flush(struct batch *x, struct err *e)
{
	int r = hub_bookings_put(x->hub, x->db, x->office, x->b, x->n, x->now_s,
	    x->why, e);

	for (size_t i = 0; r == 0 && i < x->n; i++) {
		if (x->why[i] == NULL)
			x->taken++;
		else
			refuse(x, x->line[i], x->why[i]);
	}
	x->n = 0;
	return r;
}

static int take_line(struct batch *x, struct str text, unsigned line,
    struct err *e)
{
	const struct csv_context context = {&x->code, &x->services, x->office};
	struct csv_booking row;
	char storage[256];
	struct buf reason;
	int r = 0;

	buf_init(&reason, storage, sizeof(storage));
	switch (csv_row(&x->layout, &context, text, &row, &reason)) {
	case CSV_OK:
		if (row.office != x->office) {
			refuse(x, line, "office: is another one");
			break;
		}
		x->line[x->n] = line;
		x->b[x->n++] = csv_to_booking(&row, &x->key, true);
		if (x->n == BATCH)
			r = flush(x, e);
		break;
	case CSV_REFUSED:
		refuse(x, line, buf_cstr(&reason));
		break;
	case CSV_BLANK:
	case CSV_UNSET:
		break;
	}
	sodium_memzero(&row, sizeof(row));
	return r;
}

static int take_header(struct batch *x, struct str line, struct err *e)
{
	char storage[256];
	struct buf reason;

	buf_init(&reason, storage, sizeof(storage));
	if (csv_header(line, &x->layout, &reason) == CSV_OK)
		return 0;
	return err_set(e, -EINVAL, "%s:1: %.200s", x->name, buf_cstr(&reason));
}

static int take_file(struct batch *x, FILE *f, struct err *e)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	unsigned n = 0;
	int r = 0;

	while (r == 0 && (len = getline(&line, &cap, f)) >= 0) {
		struct str text = str_of(line, (size_t)len);

		n++;
		r = n == 1 ? take_header(x, text, e) : take_line(x, text, n, e);
	}
	if (r == 0 && n == 0)
		r = err_set(e, -EINVAL, "%s: is empty", x->name);
	if (r == 0 && ferror(f))
		r = err_set(e, -EIO, "%s: cannot be read", x->name);
	if (r == 0)
		r = flush(x, e);
	if (line != NULL)
		sodium_memzero(line, cap);
	free(line);
	return r;
}

static int run(struct batch *x, const char *services, struct err *e)
{
	FILE *f;
	int r = office_services(services, &x->services, e);

	if (r < 0)
		return r;
	f = fopen(x->name, "re");
	if (f == NULL)
		return err_set(e, -errno, "%s: %s", x->name, strerror(errno));
	x->code = code_profile_own();
	hub_code_key(x->hub, x->office, &x->key);
	r = take_file(x, f, e);
	fclose(f);
	printf("import: %u taken, %u refused\n", x->taken, x->refused);
	return r;
}

int hub_import_run(struct hub *h, struct hub_db *db, uint32_t office,
    const char *services, const char *csv, int64_t now_s, unsigned *refused,
    struct err *e)
{
	struct batch *x = calloc(1, sizeof(*x));
	int r;

	*refused = 0;
	if (x == NULL)
		return err_set(e, -ENOMEM, "import: out of memory");
	x->hub = h;
	x->db = db;
	x->office = office;
	x->now_s = now_s;
	x->name = csv;
	r = run(x, services, e);
	*refused = x->refused;
	sodium_memzero(x, sizeof(*x));
	free(x);
	return r;
}
