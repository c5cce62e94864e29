/* What reader and writer of the roster's texts share. */
#ifndef KARCIS_CORE_ROSTER_TEXT_INNER_H
#define KARCIS_CORE_ROSTER_TEXT_INNER_H

#include "roster_text.h"

#define ROSTER_FIRST  "karcis-roster 1"
#define GATE_FIRST    "karcis-gate 1"
#define ROSTER_DOMAIN "karcis-roster-v1\n"
#define GATE_DOMAIN   "karcis-gate-v1\n"
enum { ROSTER_SIGNED_MAX = ROSTER_TEXT_MAX + sizeof(ROSTER_DOMAIN) };

/* By enum roster_role. */
extern const char *const roster_role_word[ROSTER_GATE + 1];

/* What is signed: the domain, then every byte before the line "sign". */
bool roster_signed_text(const char *domain, struct str text,
    struct buf *b) MUST_USE;

#endif
