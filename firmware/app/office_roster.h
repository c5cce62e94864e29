/*
 * Who belongs to the office and whose tickets are good, as far as this state
 * directory knows: from the hub, from a kiosk's own keys and gates, or from
 * the document that a gate was brought (firmware/store/roster_file.h).
 */
#ifndef KARCIS_APP_OFFICE_ROSTER_H
#define KARCIS_APP_OFFICE_ROSTER_H

#include "firmware/store/roster_file.h"
#include "office.h"

/* version 0 (and 0 returned): nothing is known yet. cache may be NULL where
 * there is no hub. -errno: what is there cannot be trusted or read. */
int office_roster(const struct office *o, const struct keys *k,
    struct cache *cache, struct roster *out, struct err *e) MUST_USE;
/* STATE/roster: what a kiosk wrote last, or a gate was brought last. version 0
 * (and 0 returned): none yet. */
int office_roster_file(const struct office *o, const struct keys *k,
    struct roster *out, struct err *e) MUST_USE;
/* Whose signature counts for STATE/roster: a kiosk's own audit key, or the
 * one a gate pinned. -ENOENT: none yet. */
int office_roster_root(const struct office *o, const struct keys *k,
    uint8_t root[WIRE_PUBLIC_BYTES], struct err *e) MUST_USE;
/* Office and gate keys are the office's: short codes and booking codes can be
 * judged here. */
bool office_has_secrets(const struct office *o, const struct keys *k);

/* How many of its gates are live. */
size_t office_gates(const struct roster *r);

#endif
