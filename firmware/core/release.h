/*
 * What a root file system says it is: /usr/share/karcis/release, a text of
 * `key value` lines.
 *
 *     product karcis
 *     compatible karcis-x86-64
 *     version 0.4.0
 *     security 3
 *     built 1793466000
 *
 * Each key once, all five, in any order; blank lines and `#` comments are
 * passed over, unknown keys too (a newer image may say more). The security
 * counter grows with each release that closes a hole and never goes back.
 */
#ifndef KARCIS_CORE_RELEASE_H
#define KARCIS_CORE_RELEASE_H

#include "err.h"
#include "str.h"

enum {
	RELEASE_BYTES_MAX = 4096, /* of the file */
	RELEASE_NAME = 48,        /* product, compatible: a-z 0-9 . _ - */
	RELEASE_VERSION_TEXT = 36,
	RELEASE_PART_MAX = 999999 /* of a version */
};

/* Semantic version, its three numbers alone: no pre-release, no build, so
 * that two versions are either equal or ordered. All 0 = unset. */
struct release_version {
	uint32_t major, minor, patch;
};

struct release {
	char product[RELEASE_NAME];
	char compatible[RELEASE_NAME];
	struct release_version version;
	uint32_t security; /* 1..2^31-1; 0 = unset */
	int64_t built_s;   /* Unix seconds */
};

/* "0.4.0": three numbers without leading zeros, not all 0. */
bool release_version_parse(struct str text,
    struct release_version *out) MUST_USE;
/* <0, 0, >0 as a is older, the same, newer. */
int release_version_compare(struct release_version a, struct release_version b);
bool release_version_is_set(struct release_version v);
/* "" when unset. Returns text. */
const char *release_version_text(struct release_version v,
    char text[RELEASE_VERSION_TEXT]);

/* -EINVAL with the line and the reason; *out is then cleared. */
int release_parse(struct str text, struct release *out, struct err *e) MUST_USE;
void release_write(const struct release *r, struct buf *out);

#endif
