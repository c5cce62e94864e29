/*
 * Booking codes. Karcis' own: 9 Crockford base-32 symbols and one check
 * symbol (value mod 37; only values 0..31 are issued), shown XXX-XXX-XXX-C.
 * O reads as 0, I and L as 1; Q is read but never issued; U is no symbol of
 * the body. An office with codes of its own gives a profile.
 * Source of alphabet and check: Crockford, "Base 32 Encoding".
 */
#ifndef KARCIS_CORE_CODE_H
#define KARCIS_CORE_CODE_H

#include "str.h"

enum { CODE_MAX = 32, CODE_OWN_LEN = 10 };

enum code_check { CODE_CHECK_UNSET = 0, CODE_CHECK_CROCKFORD, CODE_CHECK_NONE };

struct code_profile {
	char prefix[9];    /* stripped when read; "" = none */
	char alphabet[64]; /* allowed symbols; upper case */
	uint8_t length;    /* symbols after the prefix, check included */
	uint8_t group;     /* shown in groups of this many, 0 = none */
	enum code_check check;
};

struct booking_code {
	char text[CODE_MAX + 1]; /* normalised: upper case, no hyphens */
};

enum code_verdict {
	CODE_UNSET = 0,
	CODE_OK,
	CODE_BAD_FORM,  /* not a code of this office at all */
	CODE_BAD_CHECK, /* right form, check symbol does not fit */
};

struct code_profile code_profile_own(void);
/* Spaces and hyphens are skipped, lower case is raised. */
enum code_verdict code_parse(const struct code_profile *p, struct str s,
    struct booking_code *out) MUST_USE;
/* One typed symbol as it will be stored ('O' -> '0'); 0 = not a symbol. */
char code_symbol(const struct code_profile *p, char typed);
/* "XXX-XXX-XXX-C" for eyes; partial codes too. */
void code_format(const struct code_profile *p, struct str symbols,
    struct buf *out);
/* The code of a 45-bit value; false where its check is no ordinary symbol
 * or its text would hold Q: draw another value. */
bool code_issue(uint64_t value45, struct booking_code *out) MUST_USE;

#endif
