/*
 * The hub's public log of one office, checked from its first entry to its
 * checkpoint (docs/FORMATS.md, Log entry): the signature, each device's chain,
 * the hashes the tree is made of, and its root; and, where a terminal's own
 * journal is at hand, that chain and the checkpoint it keeps against the
 * log's.
 */
#ifndef KARCIS_APP_AUDIT_HUB_H
#define KARCIS_APP_AUDIT_HUB_H

#include "audit_paper.h"
#include "firmware/core/note.h"

/* Where the log is read: path is below the log's own, "checkpoint",
 * "tile/entries/000.p/12". -ENOENT: there is no such thing; -EMSGSIZE: it is
 * longer than cap. */
struct audit_source {
	int (*get)(void *ctx, const char *path, uint8_t *out, size_t cap,
	    size_t *len, struct err *e);
	void *ctx;
};

/* Reads BASE/v1/log/OFFICE/ over HTTP. ca_file NULL: the system's. */
struct audit_web {
	const char *url; /* of the hub, no slash at the end */
	const char *ca_file;
	uint32_t office;
};
struct audit_source audit_web_source(struct audit_web *web);

/* A checkpoint that somebody kept: the log must begin with that tree. */
struct audit_known {
	uint64_t size;
	struct merkle_hash root;
};
enum { AUDIT_KNOWN = 4096 };
/* Reads a file of checkpoints, one behind the other, as they were fetched.
 * -EINVAL: one of them, named by its place, is not one of that office under
 * that key, or there is none; -E2BIG: more than AUDIT_KNOWN. */
int audit_known_load(const char *path, const char *log_key, uint32_t office,
    struct audit_known out[AUDIT_KNOWN], size_t *n, struct err *e) MUST_USE;

struct audit_hub_question {
	const char *log_key; /* the log's vkey */
	uint32_t office;
	struct audit_rows *own; /* NULL = no journal at hand */
	uint32_t own_device;    /* of the hub's roster */
	/* The checkpoint from before the journal was copied: entries that the
	 * log took since may be too new for the copy. NULL = there are none. */
	const char *before;
	struct paper *paper; /* NULL = none */
	const struct audit_known *known;
	size_t knowns;
};
struct audit_hub_answer {
	bool found;     /* something does not fit: text names it */
	char text[224]; /* "index 17 (device 3, entry 5) is missing" */
	struct checkpoint checkpoint;
	char note[NOTE_BYTES]; /* the checkpoint as it came */
	size_t devices;
	uint64_t own_logged; /* entries of our own that are in the log */
	uint64_t own_not;    /* and those that are not yet */
};
/* The log's checkpoint of now, for `before`. */
int audit_hub_note(const struct audit_source *source, char out[NOTE_BYTES],
    struct err *e) MUST_USE;
/* 0 also when something is found. -errno: the log can't be read, or the key is
 * none. */
int audit_hub_check(const struct audit_source *source,
    const struct audit_hub_question *q, struct audit_hub_answer *out,
    struct err *e) MUST_USE;

#endif
