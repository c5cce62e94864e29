/* The keys that the movements of one subject have, worked out when the first
 * one is asked for: what cache and journal know a subject's own rows by. */
#ifndef KARCIS_STORE_PASS_KEYS_H
#define KARCIS_STORE_PASS_KEYS_H

#include "firmware/core/err.h"
#include "firmware/core/pass.h"

struct pass_keys {
	const struct pass_subject *subject; /* borrowed */
	bool known;
	struct code_hash key[PASS_MOVES];
};

const struct code_hash *pass_keys_all(struct pass_keys *k);
/* Adds m when it concerns the subject. -E2BIG: there are more movements than
 * a history holds, so nothing can be said about the subject. */
int pass_keys_add(struct pass_keys *k, const struct pass_move *m,
    struct pass_history *out, const char *module, struct err *e) MUST_USE;

#endif
