/*
 * Walks the hub's log from its first entry on: each device's chain is linked
 * anew, and the tree grows as a checkpoint must say. Entries come from
 * outside; the first that does not fit is named.
 */
#ifndef KARCIS_CORE_LOG_WALK_H
#define KARCIS_CORE_LOG_WALK_H

#include "log.h"

enum { LOG_DEVICES = 1024 }; /* of one office, closed ones counted */

struct log_chain {
	uint32_t device;
	uint64_t n; /* newest entry seen */
	struct audit_hash hash;
};

/* Zeroed, but for the office, it stands before the first entry. */
struct log_walk {
	uint32_t office;
	struct merkle tree;
	struct log_chain chain[LOG_DEVICES];
	size_t chains;
};

enum log_fault {
	LOG_FAULT_NONE = 0,
	LOG_FAULT_TREE,    /* not the entry whose hash the tree holds */
	LOG_FAULT_FORM,    /* no entry of ours */
	LOG_FAULT_OFFICE,  /* of another office */
	LOG_FAULT_MISSING, /* the device's entry n does not stand here */
	LOG_FAULT_CHAIN,   /* its hash does not follow from the one before */
	LOG_FAULT_DEVICES, /* more than LOG_DEVICES */
	LOG_FAULTS
};
/* "is missing" */
const char *log_fault_words(enum log_fault f);

struct log_finding {
	enum log_fault fault;
	uint64_t index;  /* in the log, from 0 */
	uint32_t device; /* 0 = not known */
	uint64_t n;      /* of the device; 0 = not known */
};

/* The next entry; told: its hash as the log's tiles have it, NULL = not asked.
 * NONE: *x is the entry, and it is in the walk. Else nothing was changed and
 * *out names it. */
enum log_fault log_walk_add(struct log_walk *w, struct str bytes,
    const struct merkle_hash *told, struct log_entry *x,
    struct log_finding *out);

#endif
