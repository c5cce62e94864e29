/*
 * The roster of an office without a hub, in STATE/roster: the document that a
 * kiosk wrote and a gate took (core/roster_text.h), and the root key that a
 * gate trusts, in STATE/root. On a kiosk the root is its own audit key.
 */
#ifndef KARCIS_STORE_ROSTER_FILE_H
#define KARCIS_STORE_ROSTER_FILE_H

#include "firmware/core/roster_text.h"

#include "gates_file.h"
#include "keys.h"

/* The roster, judged anew at each load. -ENOENT: none yet; -EACCES: not
 * signed by root; -EINVAL: of another office; -EPERM, -EBADMSG, -EFBIG: not a
 * file of ours. After a failure out->version is 0. */
int roster_file_load(const char *path, const uint8_t root[WIRE_PUBLIC_BYTES],
    uint32_t office, struct roster *out, struct err *e) MUST_USE;
/* The same with all that the document says; its bytes, as long as text's cap
 * allows, go to text (may be NULL). */
int roster_file_read(const char *path, const uint8_t root[WIRE_PUBLIC_BYTES],
    uint32_t office, struct roster_text *out, struct buf *text,
    struct err *e) MUST_USE;
/* In one step: after a power cut it is the old one or the new one. */
int roster_file_save(const char *path, struct str text, struct err *e) MUST_USE;

/* The root that a gate trusts. -ENOENT: none yet. */
int roster_root_load(const char *path, uint8_t root[WIRE_PUBLIC_BYTES],
    struct err *e) MUST_USE;
int roster_root_save(const char *path, const uint8_t root[WIRE_PUBLIC_BYTES],
    struct err *e) MUST_USE;

/* What a kiosk without a hub knows by itself: its own ticket keys, present
 * (device 1) and earlier (device 65536 + key id), and its gates. version is
 * left 0 where there is no letter to say it: the caller sets it. */
void roster_of_kiosk(const struct keys *k, const char *name, uint8_t letter,
    const struct gates *g, struct roster *out);

/* Seals the office's secrets for a gate's audit key. -EINVAL: no such key. */
int roster_seal(const struct keys *k, const uint8_t gate_key[WIRE_PUBLIC_BYTES],
    uint8_t box[ROSTER_BOX_BYTES], struct err *e) MUST_USE;
/* Opens a box with the gate's own audit key and puts the secrets into k, as
 * those of root; not saved yet. False: it is not for this gate. */
bool roster_unseal(struct keys *k, const uint8_t box[ROSTER_BOX_BYTES],
    const uint8_t root[WIRE_PUBLIC_BYTES]) MUST_USE;

#endif
