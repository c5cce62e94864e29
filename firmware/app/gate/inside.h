/*
 * Who is inside today: what went through this gate (the journal) and through
 * all others (the hub's feed), by subject. For the count on the screen and the
 * list of an evacuation: it may show somebody who has left unseen, never hide
 * somebody who is inside.
 *
 * A number (a ticket's, a short code's) is followed from entry to exit. What
 * came without a number (a bare booking code, somebody an officer let in)
 * can't be told apart in the feed: of these the first to leave is taken for
 * the first that came; the count is right, the time of entry may be another's.
 */
#ifndef KARCIS_APP_INSIDE_H
#define KARCIS_APP_INSIDE_H

#include "firmware/store/cache.h"
#include "firmware/store/journal.h"
#include "ui/ui.h"

struct inside;

int inside_open(struct inside **out, struct err *e) MUST_USE;
void inside_close(struct inside *in); /* NULL does nothing */

/* Reads a day anew. device: this gate's number under its hub, 0 = none; of
 * its own movements only the journal tells. After a failure it holds
 * nothing. -ENOMEM, or what the stores say. */
int inside_load(struct inside *in, struct journal *j, struct cache *c,
    int32_t day, uint32_t device, struct err *e) MUST_USE;
/* One more movement of that day, made here just now. -ENOMEM. */
int inside_put(struct inside *in, const struct pass_move *m,
    struct err *e) MUST_USE;

/* Of no day: the next caller has to load one. Doubles that were told stay. */
void inside_forget(struct inside *in);
int32_t inside_day(const struct inside *in);
int32_t inside_persons(const struct inside *in);
/* By their time of entry; good until the next call that is not const. */
const struct gate_inside *inside_rows(const struct inside *in, size_t *n);

/* What went in at two gates without having come out between; letter 0: it has
 * no number. */
struct inside_double {
	struct gate_double what; /* there is "" */
	uint32_t device;         /* the other gate; 0 = not known */
};
/* The hub told of one: kept beside those that are found. */
void inside_add_double(struct inside *in, const struct inside_double *d);
/* How many, and the newest; *out is cleared when there is none. */
size_t inside_doubles(const struct inside *in, struct inside_double *out);

#endif
