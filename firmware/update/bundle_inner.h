/* bundle.c asks bundle_signer.c whether a signature is genuine. */
#ifndef KARCIS_UPDATE_BUNDLE_INNER_H
#define KARCIS_UPDATE_BUNDLE_INNER_H

#include "bundle.h"

/* cms: of the one form that core/cms_form.h takes, signed at signed_s.
 * found: signer is filled. Errors as of bundle_look. */
int bundle_check_signer(struct str cms, int64_t signed_s, const char *keyring,
    struct update_found *found, enum update_refusal *why,
    struct err *e) MUST_USE;

#endif
