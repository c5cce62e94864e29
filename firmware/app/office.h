/*
 * An office as it stands on disk: configuration, services, holidays, and the
 * files of the state directory. Both mains load it the same way.
 */
#ifndef KARCIS_APP_OFFICE_H
#define KARCIS_APP_OFFICE_H

#include "firmware/core/config.h"
#include "firmware/core/session.h"
#include "firmware/store/cache.h"
#include "firmware/store/enrolment.h"
#include "firmware/store/journal.h"
#include "firmware/store/keys.h"

struct office {
	struct config config;
	struct services services;
};

/* Reads the configuration and the files it names. Every problem goes to
 * standard error as "file:line: section.key: reason"; then -EINVAL. */
int office_load(const char *path, struct office *o, struct err *e) MUST_USE;
/* The same, and the problems go to `problems`; what does not fit is lost. Of a
 * configuration with problems *o holds what could be read. */
int office_check(const char *path, struct office *o, struct buf *problems,
    struct err *e) MUST_USE;

/* A services file alone; problems as above. */
int office_services(const char *path, struct services *out,
    struct err *e) MUST_USE;

struct stores {
	int lock;
	struct keys keys;
	struct cache *cache;
	struct journal *journal;
	bool enrolled; /* under a hub, that the configuration names too */
	struct enrolment enrolment;
	/* Of a kiosk without a hub: what it wrote for its gates last
	 * (office_roster_file); version 0 = nothing. */
	struct roster roster;
};

/* STATE/name; false when it does not fit. */
bool office_path(const struct office *o, const char *name,
    char out[256]) MUST_USE;
/* A file named in the configuration: beside it unless absolute. False for ""
 * or when it does not fit. */
bool office_beside(const struct office *o, const char *name,
    char out[512]) MUST_USE;
/* The hub's public key, from the file of [hub] key: 64 hex digits. */
int office_hub_key(const struct office *o, uint8_t out[WIRE_PUBLIC_BYTES],
    struct err *e) MUST_USE;
/* What identifies where the state directory lies: this machine, its file
 * system and its disk, as far as udev knows them. Views into storage. */
enum { PLACE_TEXT = 128 };
struct place_storage {
	char text[KEYS_PARTS][PLACE_TEXT];
};
struct keys_place office_place(const struct office *o,
    struct place_storage *storage);
/* Takes the lock and opens keys, cache and journal; -EBUSY: another process
 * works there. stores_close takes a half-opened one. */
int stores_open(const struct office *o, struct stores *s,
    struct err *e) MUST_USE;
void stores_close(struct stores *s);
/* Makes the state directory with fresh keys; -EEXIST: it has keys. */
int stores_init(const struct office *o, struct err *e) MUST_USE;

/* The rules that follow from configuration, keys and the journal's floor. */
void office_rules(const struct office *o, const struct stores *s,
    struct session_rules *out);

#endif
