/*
 * What the hub says of its log, judged: the checkpoint that came after a piece
 * of a device's audit chain was sent, against the log's key, the checkpoint
 * that was known before, and the chain itself.
 */
#ifndef KARCIS_CORE_LOG_CHECK_H
#define KARCIS_CORE_LOG_CHECK_H

#include "log.h"

struct log_question {
	struct str log_key; /* its vkey text */
	uint32_t office;
	struct str known;              /* the note known before; "" = none */
	const struct log_entry *entry; /* ours that must be in the tree */
	/* The answer. */
	struct str note;
	uint64_t index; /* of our entry */
	const struct merkle_hash *inclusion;
	size_t inclusions;
	const struct merkle_hash *consistency; /* known to note */
	size_t consistencies;
};

enum log_answer {
	LOG_UNSET = 0,
	LOG_AGREES,
	LOG_BAD_KEY,        /* the key's text is none */
	LOG_BAD_NOTE,       /* not a checkpoint that the key signed */
	LOG_OTHER_ORIGIN,   /* key or checkpoint of another log or office */
	LOG_WENT_BACK,      /* smaller than the one known before */
	LOG_NOT_CONSISTENT, /* it does not begin with the one known before, or
			       that one does not open under the key */
	LOG_NOT_INCLUDED,   /* our entry is not in it */
	LOG_ANSWERS
};
/* The first that applies, in the enum's order. */
enum log_answer log_check(const struct log_question *q) MUST_USE;
/* "our newest entry is not in it" */
const char *log_answer_words(enum log_answer a);

/* A checkpoint of that office, opened under the key: LOG_AGREES and *out, or
 * why not. */
enum log_answer log_open(struct str note, struct str log_key, uint32_t office,
    struct checkpoint *out) MUST_USE;

#endif
