/*
 * The technicians of a terminal, in STATE/technicians (docs/FORMATS.md,
 * Technicians file): who may open its service screens. A technician has a
 * badge, a text of 130 random bits carried as a QR code, and a PIN of 6 to 10
 * digits. The file knows of the badge a keyed hash, of the PIN an Argon2id
 * string, and how often it was keyed wrong. Text, mode 0600.
 *
 * Argon2id takes 7 MiB and 5 passes: the OWASP Password Storage Cheat Sheet's
 * row for the least memory. That is 9 ms on a desk and less than 100 ms on a
 * processor ten times slower, so it is done in the loop, and no helper process
 * has to hold the file. It is not what protects a stolen file: a million PINs
 * are soon tried there. At the terminal the lock-out protects, and the badge.
 */
#ifndef KARCIS_STORE_TECHNICIANS_H
#define KARCIS_STORE_TECHNICIANS_H

#include "firmware/core/digest.h"
#include "firmware/core/err.h"
#include "firmware/core/pass.h"

#define TECHNICIANS_PREFIX "KARCIS-TECHNICIAN-"
/* What every Argon2id string begins with: another cost is refused, for it may
 * be one that this machine can't pay. */
#define TECHNICIANS_COST "$argon2id$v=19$m=7168,t=5,p=1$"
enum {
	TECHNICIANS = 16,
	TECHNICIANS_SYMBOLS = 26, /* of 5 bits */
	TECHNICIANS_BADGE = sizeof(TECHNICIANS_PREFIX) +
	    TECHNICIANS_SYMBOLS, /* with NUL */
	TECHNICIANS_HASH_BYTES = 32,
	TECHNICIANS_PIN_HASH = 128, /* crypto_pwhash_STRBYTES */
	TECHNICIANS_PIN_MIN = 6,
	TECHNICIANS_PIN_MAX = 10,
	/* Wrong PINs of one technician, and of all together, before a lock. */
	TECHNICIANS_TRIES = 5,
	TECHNICIANS_TRIES_ALL = 10,
	/* The first lock; each further one lasts twice as long, up to: */
	TECHNICIANS_LOCK_S = 300,
	TECHNICIANS_LOCK_MAX_S = 3600
};

struct technicians_tries {
	uint8_t wrong;   /* since the last right one or the last lock */
	uint8_t locks;   /* since the last right one */
	int64_t until_s; /* locked before this; 0 = not */
};

struct technicians {
	struct secret_key key; /* the file's own, random */
	struct technicians_tries all;
	uint8_t count;
	struct {
		char name[PASS_OFFICER];
		uint8_t hash[TECHNICIANS_HASH_BYTES];
		char pin[TECHNICIANS_PIN_HASH];
		struct technicians_tries tries;
	} item[TECHNICIANS];
};

/* No file is no technicians. -EPERM, -EBADMSG, -EFBIG: not a file of ours. */
int technicians_load(const char *path, struct technicians *out,
    struct err *e) MUST_USE;
/* After a power cut it is the old file or the new one. */
int technicians_save(const char *path, const struct technicians *t,
    struct err *e) MUST_USE;

/* Whose badge this is, in a time that does not tell; -1: nobody's. */
int technicians_find(const struct technicians *t, struct str badge);
/* The same by name. */
int technicians_find_name(const struct technicians *t, struct str name);

enum technicians_word {
	TECHNICIANS_WORD_UNSET = 0,
	TECHNICIANS_LOCKED, /* the PIN was not looked at */
	TECHNICIANS_WRONG,
	TECHNICIANS_RIGHT
};
struct technicians_answer {
	enum technicians_word word;
	uint8_t left;   /* WRONG: tries before a lock; 0 = now it is locked */
	int64_t wait_s; /* LOCKED, and WRONG with none left */
};
/* How long the technician, or all of them, are locked; 0: not. A clock that
 * was set back makes no lock longer than it was made for. */
int64_t technicians_wait_s(const struct technicians *t, size_t who,
    int64_t now_s);
/* Judges a PIN. The try is counted in the file before it is looked at, so
 * that pulling the plug gives none back. -errno: the file could not be
 * written; then it is no answer and opens nothing. */
int technicians_check(const char *path, struct technicians *t, size_t who,
    struct str pin, int64_t now_s, struct technicians_answer *out,
    struct err *e) MUST_USE;

/* 6 to 10 digits, not all the same and not in a row up or down. */
bool technicians_is_pin(struct str pin);
/* The Argon2id string of a PIN. -EINVAL: not a PIN; -ENOMEM. */
int technicians_hash_pin(struct str pin, char out[TECHNICIANS_PIN_HASH],
    struct err *e) MUST_USE;
/* Draws a badge for a name; not saved. Its text is nowhere else: show it now.
 * `pin` is of technicians_hash_pin. -EINVAL: not a name, or not such a string;
 * -EEXIST: the name has a badge; -ENOSPC: TECHNICIANS. */
int technicians_add(struct technicians *t, struct str name, struct str pin,
    char badge[TECHNICIANS_BADGE], struct err *e) MUST_USE;
/* A new PIN for an old badge, and no lock. -ENOENT, -EINVAL; not saved. */
int technicians_set_pin(struct technicians *t, struct str name, struct str pin,
    struct err *e) MUST_USE;
/* False: no such technician. Not saved. */
bool technicians_remove(struct technicians *t, struct str name) MUST_USE;
bool technicians_unlock(struct technicians *t, struct str name) MUST_USE;
/* Nobody is locked and nothing was keyed wrong: of a file that was brought. */
void technicians_forget_tries(struct technicians *t);
/* Wipes it; NULL does nothing. */
void technicians_fini(struct technicians *t);

#endif
