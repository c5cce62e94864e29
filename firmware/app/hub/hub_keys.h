/*
 * The hub's keys in their file of mode 0600: text, the first line
 * "karcis-hub-keys 1", then "sign_secret" and "master", each with its bytes
 * in lower-case hexadecimal. Beside it hub.pub holds the public key, 64
 * digits and a line end, for [hub] key of the terminals.
 */
#ifndef KARCIS_APP_HUB_KEYS_H
#define KARCIS_APP_HUB_KEYS_H

#include "firmware/hub/hub.h"

/* Draws keys and writes a new file; its directory is made if there is none.
 * -EEXIST: there is a file already, and it stays. */
int hub_keys_create(const char *path, struct hub_keys *out,
    struct err *e) MUST_USE;
/* -ENOENT: none; -EPERM: readable by group or others, or of another owner;
 * -EBADMSG: not a file of keys (the line is named). */
int hub_keys_load(const char *path, struct hub_keys *out,
    struct err *e) MUST_USE;
/* Writes hub.pub beside the keys; 1 = it was there already, the same. */
int hub_keys_publish(const char *path, const struct hub_keys *k,
    struct err *e) MUST_USE;
/* Wipes the secrets; NULL does nothing. */
void hub_keys_fini(struct hub_keys *k);

#endif
