/* JSON that came from outside: bounded, and read field by field. */
#ifndef KARCIS_HUB_JSON_H
#define KARCIS_HUB_JSON_H

#include <jansson.h>

#include "firmware/core/str.h"

enum { HUB_JSON_DEPTH = 8, HUB_JSON_MEMBERS = 65536 };

enum hub_json_verdict {
	HUB_JSON_UNSET = 0,
	HUB_JSON_OK,
	HUB_JSON_BAD,  /* no JSON, no object, a name twice, too deep */
	HUB_JSON_LARGE /* more members than any good request has */
};
/* An object; *out is the caller's (json_decref). `why` gets a sentence. */
enum hub_json_verdict hub_json_parse(struct str body, json_t **out,
    struct buf *why) MUST_USE;

/* False: not there, of another type, or out of its bounds. */
bool hub_json_number(const json_t *object, const char *name, int64_t lo,
    int64_t hi, int64_t *out) MUST_USE;
/* Borrowed from the object; a text with a NUL in it is none. */
bool hub_json_text(const json_t *object, const char *name,
    struct str *out) MUST_USE;
bool hub_json_bool(const json_t *object, const char *name, bool *out) MUST_USE;
/* Exactly len bytes as lower-case hexadecimal. */
bool hub_json_hex(const json_t *object, const char *name, uint8_t *out,
    size_t len) MUST_USE;

#endif
