/*
 * The request key: the Ed25519 key that signs a device's requests to the hub
 * (docs/PROTOCOL.md). It stands in a file of its own, mode 0600, because
 * karcis-link reads it and no other key. The file, version 1, is text:
 *
 *   karcis-request 1
 *   request_secret <128 hex digits: seed, public key>
 */
#ifndef KARCIS_STORE_REQUEST_KEY_H
#define KARCIS_STORE_REQUEST_KEY_H

#include "firmware/core/err.h"
#include "firmware/core/wire.h"

/* -ENOENT: none; -EPERM: readable by group or others, or of another owner;
 * -EBADMSG: not such a file, or the halves of the key do not belong together.
 * The caller wipes what it got. */
int request_key_load(const char *path, uint8_t out[WIRE_SECRET_BYTES],
    struct err *e) MUST_USE;
/* Replaces the file (or makes it) in one step: after a power cut it is the
 * old one or the new one. */
int request_key_save(const char *path, const uint8_t secret[WIRE_SECRET_BYTES],
    struct err *e) MUST_USE;

#endif
