#include "log_walk.h"

#include <string.h>

const char *log_fault_words(enum log_fault f)
{
	switch (f) {
	case LOG_FAULT_NONE:
		return "fits";
	case LOG_FAULT_TREE:
		return "is not the one in the tree";
	case LOG_FAULT_FORM:
		return "is malformed";
	case LOG_FAULT_OFFICE:
		return "is of another office";
	case LOG_FAULT_MISSING:
		return "is missing";
	case LOG_FAULT_CHAIN:
		return "was changed: it does not fit the chain";
	case LOG_FAULT_DEVICES:
		return "is of one device more than an office has";
	case LOG_FAULTS:
		break;
	}
	return "was not judged";
}

/* NULL: there is no room for one more. */
static struct log_chain *chain_of(struct log_walk *w, uint32_t device)
{
	size_t i = 0;

	while (i < w->chains && w->chain[i].device != device)
		i++;
	if (i == LOG_DEVICES)
		return NULL;
	if (i == w->chains)
		w->chain[i] = (struct log_chain){.device = device};
	return &w->chain[i];
}

static enum log_fault judge(const struct log_walk *w, const struct log_entry *x,
    const struct log_chain *c)
{
	struct audit_hash hash;

	if (x->office != w->office)
		return LOG_FAULT_OFFICE;
	if (c == NULL)
		return LOG_FAULT_DEVICES;
	if (x->n != c->n + 1)
		return LOG_FAULT_MISSING;
	hash = audit_link(x->n, &c->hash, x->time_s, x->kind, &x->commitment);
	return memcmp(&hash, &x->hash, sizeof(hash)) == 0 ? LOG_FAULT_NONE
							  : LOG_FAULT_CHAIN;
}

enum log_fault log_walk_add(struct log_walk *w, struct str bytes,
    const struct merkle_hash *told, struct log_entry *x,
    struct log_finding *out)
{
	struct merkle_hash leaf = merkle_leaf(bytes);
	struct log_chain *c = NULL;

	*out = (struct log_finding){.index = w->tree.size};
	if (!log_entry_read(bytes, x)) {
		out->fault = LOG_FAULT_FORM;
	} else {
		c = chain_of(w, x->device);
		out->fault = judge(w, x, c);
		out->device = x->device;
		out->n = out->fault == LOG_FAULT_MISSING ? c->n + 1 : x->n;
	}
	if (told != NULL && memcmp(told, &leaf, sizeof(leaf)) != 0)
		out->fault = LOG_FAULT_TREE;
	if (out->fault != LOG_FAULT_NONE || c == NULL)
		return out->fault;
	if (c == &w->chain[w->chains])
		w->chains++;
	c->n = x->n;
	c->hash = x->hash;
	merkle_add(&w->tree, &leaf);
	return LOG_FAULT_NONE;
}
