/*
 * The terminal's secrets, in one file of mode 0600 (STATE/keys).
 *
 * The office key hashes codes and birth dates and is the same for every
 * terminal of an office; the ticket key signs tickets under its key id; the
 * gate secret gives the day keys; the audit key signs the journal's head.
 * Rekeying draws a new ticket key and key id and starts the next epoch; the
 * public halves of earlier ticket keys stay, so that paper already in
 * people's hands is still known.
 */
#ifndef KARCIS_STORE_KEYS_H
#define KARCIS_STORE_KEYS_H

#include "firmware/core/digest.h"
#include "firmware/core/err.h"
#include "firmware/core/ticket.h"

enum { KEYS_OLD = 8, FINGERPRINT_BYTES = 16, KEYS_ROOT_BYTES = 16 };

/* Where keys belong. An empty part is one that cannot be told here. */
enum keys_part { KEYS_MACHINE, KEYS_FILE_SYSTEM, KEYS_DISK, KEYS_PARTS };
struct keys_place {
	struct str part[KEYS_PARTS]; /* /etc/machine-id; UUID; serial */
};

struct keys_old {
	uint16_t key_id;
	uint8_t ticket_public[TICKET_PUBLIC_BYTES];
	int32_t
	    until_day; /* it signed no ticket of a later one; 0 = not known */
	bool revoked;  /* its tickets are refused, whatever their day */
};

struct keys {
	struct secret_key office;
	struct secret_key gate;
	uint8_t ticket_secret[TICKET_SECRET_BYTES];
	uint8_t ticket_public[TICKET_PUBLIC_BYTES];
	uint8_t audit_secret[TICKET_SECRET_BYTES];
	uint8_t audit_public[TICKET_PUBLIC_BYTES];
	uint16_t key_id; /* never 0 */
	uint32_t epoch;  /* 1.. */
	/* of the place's parts; all zero = that part was not known */
	uint8_t fingerprint[KEYS_PARTS][FINGERPRINT_BYTES];
	struct keys_old old[KEYS_OLD]; /* newest first */
	uint8_t olds;
	/* Of a gate without a hub: the fingerprint of the root key whose roster
	 * brought office and gate keys; all zero = they are this file's own. */
	uint8_t secrets_of[KEYS_ROOT_BYTES];
};

/* Draws everything anew: epoch 1. Of the place only hashes are kept. -EIO:
 * no randomness to be had. */
int keys_draw(struct keys *out, struct keys_place place,
    struct err *e) MUST_USE;
/* keys_draw and a new file. -EEXIST: there is one already, and it stays. */
int keys_create(const char *path, struct keys_place place, struct keys *out,
    struct err *e) MUST_USE;
/* -ENOENT: none; -EPERM: readable by group or others, or of another owner;
 * -EBADMSG: not a file of keys (the line is named); -EFBIG: over 4096 bytes. */
int keys_load(const char *path, struct keys *out, struct err *e) MUST_USE;
/* Replaces the file (or makes it) in one step: after a power cut it is the
 * old one or the new one. */
int keys_save(const char *path, const struct keys *k, struct err *e) MUST_USE;
/* New ticket key and key id, next epoch, this place; not saved yet. */
int keys_rekey(struct keys *k, struct keys_place place, struct err *e) MUST_USE;
/* What the hub gave at enrolment: the office's keys, the key id of the ticket
 * key that k already has, and the epoch; not saved yet. The ticket key was
 * drawn with keys_rekey before, so that the hub could be told of it. */
void keys_enrolled(struct keys *k, const struct secret_key *office,
    const struct secret_key *gate, uint16_t key_id, uint32_t epoch);
/* The newest earlier key signed tickets up to and with this day: call it right
 * after keys_rekey; not saved yet. */
void keys_end_old(struct keys *k, int32_t day);
enum keys_revoke {
	KEYS_REVOKE_UNSET = 0,
	KEYS_REVOKED,
	KEYS_REVOKED_BEFORE,
	KEYS_REVOKE_PRESENT, /* it signs today's tickets: rekey first */
	KEYS_REVOKE_UNKNOWN
};
/* Not saved yet. */
enum keys_revoke keys_revoke(struct keys *k, uint16_t key_id) MUST_USE;
/* What a roster brought to a gate: the office's keys, from this root key; not
 * saved yet. */
void keys_take_secrets(struct keys *k, const struct secret_key *office,
    const struct secret_key *gate, const uint8_t root[TICKET_PUBLIC_BYTES]);
/* True when office and gate keys came with a roster of this root. */
bool keys_secrets_of(const struct keys *k,
    const uint8_t root[TICKET_PUBLIC_BYTES]);
/* The first part that says that these keys were drawn or rekeyed elsewhere
 * (a copied card, a restored disk); KEYS_PARTS: none. Only parts that are
 * known on both sides can differ. */
enum keys_part keys_moved(const struct keys *k, struct keys_place place);
/* The public ticket key of a key id, present or earlier; NULL = not known. */
const uint8_t *keys_public(const struct keys *k, uint16_t key_id);
/* Wipes the secrets; NULL does nothing. */
void keys_fini(struct keys *k);

#endif
