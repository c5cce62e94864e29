/*
 * Signed notes (C2SP signed-note) with Ed25519 keys, and the checkpoints of a
 * log as their text (C2SP tlog-checkpoint). Notes come from outside: parsers
 * take hostile bytes and fill *out only on success.
 */
#ifndef KARCIS_CORE_NOTE_H
#define KARCIS_CORE_NOTE_H

#include "merkle.h"

enum {
	NOTE_NAME = 128,   /* a key's name, with NUL */
	NOTE_VKEY = 256,   /* its text, with NUL */
	NOTE_BYTES = 4096, /* a whole note */
	NOTE_PUBLIC_BYTES = 32,
	NOTE_SECRET_BYTES = 64
};

/* Who signs: no space, no plus in the name. */
struct note_key {
	char name[NOTE_NAME];
	uint8_t public_key[NOTE_PUBLIC_BYTES];
};
/* "NAME+HASH8+BASE64": what witnesses and auditors are given. */
bool note_vkey(const struct note_key *k, char out[NOTE_VKEY]) MUST_USE;
bool note_vkey_parse(struct str text, struct note_key *out) MUST_USE;

/* text ends with LF and holds no empty line. Appends the whole note; false:
 * the text or name is no good, or it does not fit. */
bool note_sign(struct str text, const char *name,
    const uint8_t secret[NOTE_SECRET_BYTES], struct buf *out) MUST_USE;
/* True when the note bears a good signature by that key and no bad one by it;
 * signatures by others are passed over. *text is a view into note. */
bool note_open(struct str note, const struct note_key *k,
    struct str *text) MUST_USE;

struct checkpoint {
	char origin[NOTE_NAME];
	uint64_t size;
	struct merkle_hash root;
};
bool checkpoint_put(const struct checkpoint *c, struct buf *out) MUST_USE;
/* Lines after the third are passed over. */
bool checkpoint_parse(struct str text, struct checkpoint *out) MUST_USE;

#endif
