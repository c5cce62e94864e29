#include "inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	LETTERS = 27,
	NUMBERS = TICKET_NUMBER_MAX + 1,
	GROW = 512,
	DOUBLES = 64 /* a day's; of more the count stays here */
};

struct item {
	struct pass_move m;
	uint32_t order; /* as it was read */
	bool twin;      /* its key came before */
};

struct inside {
	int32_t day, told_day;
	uint32_t device;
	bool full; /* while loading: no memory */
	struct item *move;
	size_t moves, cap;
	struct gate_inside *row; /* cap of them */
	size_t rows;
	uint32_t at[LETTERS][NUMBERS];   /* 1 + place in row; 0 = not inside */
	uint32_t from[LETTERS][NUMBERS]; /* the device of the entry */
	struct inside_double found[DOUBLES], told[DOUBLES];
	size_t founds, tolds;
};

int inside_open(struct inside **out, struct err *e)
{
	*out = calloc(1, sizeof(**out));
	if (*out == NULL)
		return err_set(e, -ENOMEM, "inside: out of memory");
	return 0;
}

void inside_close(struct inside *in)
{
	if (in == NULL)
		return;
	free(in->move);
	free(in->row);
	free(in);
}

static bool grow(struct inside *in)
{
	size_t cap = in->cap + GROW;
	struct gate_inside *row;
	struct item *move;

	if (in->moves < in->cap)
		return true;
	move = realloc(in->move, cap * sizeof(*move));
	if (move == NULL)
		return false;
	in->move = move;
	row = realloc(in->row, cap * sizeof(*row));
	if (row == NULL)
		return false;
	in->row = row;
	in->cap = cap;
	return true;
}

static void add(void *ctx, const struct pass_move *m)
{
	struct inside *in = ctx;

	if (!grow(in)) {
		in->full = true;
		return;
	}
	in->move[in->moves] = (struct item){.m = *m,
	    .order = (uint32_t)in->moves};
	in->moves++;
}

/* The hub may know of one that never became durable here: nobody was let
 * through. */
static void add_others(void *ctx, const struct pass_move *m)
{
	const struct inside *in = ctx;

	if (in->device == 0 || m->device != in->device)
		add(ctx, m);
}

static bool numbered(const struct pass_move *m)
{
	return m->letter > 0 && m->letter < LETTERS && m->number > 0 &&
	    m->number < NUMBERS;
}

static void note_double(struct inside_double *list, size_t *n,
    const struct inside_double *d)
{
	if (*n < DOUBLES) {
		list[(*n)++] = *d;
		return;
	}
	/* The newest are worth more to whoever stands at the gate. */
	memmove(list, list + 1, (DOUBLES - 1) * sizeof(*list));
	list[DOUBLES - 1] = *d;
}

/* Twice in without an exit: at one gate an officer did it, at two it is a copy
 * of a ticket, or a gate that was cut off. Staff here are told of theirs. */
static void found(struct inside *in, const struct pass_move *m, int64_t a_s,
    uint32_t a_device)
{
	struct inside_double d = {
	    .what = {.letter = m->letter, .number = m->number}};
	bool a_here = a_device == 0;

	if (a_here == (m->device == 0))
		return;
	d.what.here_s = a_here ? a_s : m->time_s;
	d.what.there_s = a_here ? m->time_s : a_s;
	d.device = a_here ? m->device : a_device;
	note_double(in->found, &in->founds, &d);
}

static int by_key(const void *x, const void *y)
{
	const struct item *a = x, *b = y;
	int r = memcmp(&a->m.key, &b->m.key, sizeof(a->m.key));

	if (r != 0)
		return r;
	/* Here first: the feed's row of it is the same or a double. */
	if (a->m.device != b->m.device)
		return a->m.device < b->m.device ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static int by_time(const void *x, const void *y)
{
	const struct item *a = x, *b = y;

	if (a->m.time_s != b->m.time_s)
		return a->m.time_s < b->m.time_s ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

/* Of movements with one key the first counts; another device's is a double. Not
 * what went in at that very second: this gate told it under the number that it
 * had before it was enrolled again. */
static void mark_twins(struct inside *in)
{
	const struct pass_move *first = NULL;

	if (in->moves > 0)
		qsort(in->move, in->moves, sizeof(*in->move), by_key);
	for (size_t i = 0; i < in->moves; i++) {
		struct item *t = &in->move[i];

		t->twin = first != NULL &&
		    memcmp(&t->m.key, &first->key, sizeof(first->key)) == 0;
		if (!t->twin)
			first = &t->m;
		else if (!t->m.out && t->m.time_s != first->time_s)
			found(in, &t->m, first->time_s, first->device);
	}
}

static void enters(struct inside *in, const struct pass_move *m)
{
	struct gate_inside *row;
	uint32_t *at = numbered(m) ? &in->at[m->letter][m->number] : NULL;
	uint8_t persons = (uint8_t)(1 + m->companions);

	if (at != NULL && *at != 0) {
		row = &in->row[*at - 1];
		found(in, m, row->time_s, in->from[m->letter][m->number]);
		row->persons = row->persons > UINT8_MAX - persons
		    ? UINT8_MAX
		    : (uint8_t)(row->persons + persons);
		return;
	}
	row = &in->row[in->rows++];
	*row = (struct gate_inside){.persons = persons,
	    .of = m->of,
	    .time_s = m->time_s};
	if (at == NULL)
		return;
	row->letter = m->letter;
	row->number = m->number;
	*at = (uint32_t)in->rows;
	in->from[m->letter][m->number] = m->device;
}

/* Rows stay in their places until all is read: an empty one has no persons. */
static void leaves(struct inside *in, const struct pass_move *m)
{
	uint32_t *at;

	if (numbered(m)) {
		at = &in->at[m->letter][m->number];
		if (*at != 0)
			in->row[*at - 1].persons = 0;
		*at = 0;
		return;
	}
	for (size_t i = 0; i < in->rows; i++)
		if (in->row[i].letter == 0 && in->row[i].persons > 0 &&
		    in->row[i].of == m->of) {
			in->row[i].persons = 0;
			return;
		}
}

static void close_gaps(struct inside *in)
{
	size_t kept = 0;

	for (size_t i = 0; i < in->rows; i++)
		if (in->row[i].persons > 0)
			in->row[kept++] = in->row[i];
	in->rows = kept;
}

static void follow(struct inside *in)
{
	in->rows = 0;
	memset(in->at, 0, sizeof(in->at));
	if (in->moves > 0)
		qsort(in->move, in->moves, sizeof(*in->move), by_time);
	for (size_t i = 0; i < in->moves; i++) {
		if (in->move[i].twin)
			continue;
		if (in->move[i].m.out)
			leaves(in, &in->move[i].m);
		else
			enters(in, &in->move[i].m);
	}
	close_gaps(in);
}

static void work_out(struct inside *in)
{
	in->founds = 0;
	mark_twins(in);
	follow(in);
}

int inside_load(struct inside *in, struct journal *j, struct cache *c,
    int32_t day, uint32_t device, struct err *e)
{
	int r;

	if (day != in->told_day)
		in->tolds = 0;
	in->day = in->told_day = day;
	in->device = device;
	in->moves = in->rows = in->founds = 0;
	in->full = false;
	r = journal_pass_each(j, day, add, in, e);
	if (r == 0)
		r = cache_pass_each(c, day, add_others, in, e);
	if (r == 0 && in->full)
		r = err_set(e, -ENOMEM, "inside: out of memory");
	if (r < 0)
		in->moves = 0;
	work_out(in);
	return r;
}

int inside_put(struct inside *in, const struct pass_move *m, struct err *e)
{
	in->full = false;
	add(in, m);
	if (in->full)
		return err_set(e, -ENOMEM, "inside: out of memory");
	work_out(in);
	return 0;
}

void inside_forget(struct inside *in)
{
	in->day = INT32_MIN;
	in->moves = in->rows = in->founds = 0;
}

int32_t inside_day(const struct inside *in)
{
	return in->day;
}

int32_t inside_persons(const struct inside *in)
{
	int32_t n = 0;

	for (size_t i = 0; i < in->rows; i++)
		n += in->row[i].persons;
	return n;
}

const struct gate_inside *inside_rows(const struct inside *in, size_t *n)
{
	*n = in->rows;
	return in->row;
}

static bool same_double(const struct inside_double *a,
    const struct inside_double *b)
{
	return a->what.letter == b->what.letter &&
	    a->what.number == b->what.number &&
	    a->what.here_s == b->what.here_s;
}

void inside_add_double(struct inside *in, const struct inside_double *d)
{
	for (size_t i = 0; i < in->tolds; i++)
		if (same_double(&in->told[i], d))
			return;
	note_double(in->told, &in->tolds, d);
}

/* The later of its two times: when it became one. */
static int64_t since_s(const struct inside_double *d)
{
	return d->what.here_s > d->what.there_s ? d->what.here_s
						: d->what.there_s;
}

static bool is_told(const struct inside *in, const struct inside_double *d)
{
	for (size_t i = 0; i < in->tolds; i++)
		if (same_double(&in->told[i], d))
			return true;
	return false;
}

size_t inside_doubles(const struct inside *in, struct inside_double *out)
{
	size_t n = in->tolds;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < in->tolds; i++)
		if (since_s(&in->told[i]) >= since_s(out))
			*out = in->told[i];
	for (size_t i = 0; i < in->founds; i++) {
		if (is_told(in, &in->found[i]))
			continue;
		n++;
		if (since_s(&in->found[i]) >= since_s(out))
			*out = in->found[i];
	}
	return n;
}
