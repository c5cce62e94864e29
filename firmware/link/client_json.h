/* Fields of hostile JSON, for the sources of the client alone. Each gives
 * false when the field is missing, of another type or out of range. */
#ifndef KARCIS_LINK_CLIENT_JSON_H
#define KARCIS_LINK_CLIENT_JSON_H

#include <jansson.h>

#include "firmware/core/str.h"

/* NULL: not JSON, an object with a key twice, or not an object. The caller
 * frees it with json_decref. */
json_t *client_object(struct str body);
bool client_int(const json_t *value, int64_t lo, int64_t hi,
    int64_t *out) MUST_USE;
bool client_int_of(const json_t *object, const char *key, int64_t lo,
    int64_t hi, int64_t *out) MUST_USE;
bool client_bool_of(const json_t *object, const char *key, bool *out) MUST_USE;
/* A string's bytes; "" (and false) when it is none. */
bool client_text(const json_t *value, struct str *out) MUST_USE;
bool client_text_of(const json_t *object, const char *key,
    struct str *out) MUST_USE;
/* Exactly len bytes of lower-case hexadecimal. */
bool client_hex_of(const json_t *object, const char *key, uint8_t *out,
    size_t len) MUST_USE;
/* "2026-11-26" to a civil day. */
bool client_day_of(const json_t *object, const char *key,
    int32_t *out) MUST_USE;
/* "A" to 1; "" to 0. */
bool client_letter(const json_t *value, uint8_t *out) MUST_USE;
/* Copies what is printable ASCII, other bytes as '?', cut at cap - 1. */
void client_printable(struct str s, char *out, size_t cap);

#endif
