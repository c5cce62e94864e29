/* A bundle of one root file system. */
#ifndef KARCIS_APP_BUNDLE_MAKE_H
#define KARCIS_APP_BUNDLE_MAKE_H

#include "bundle_facts.h"

struct bundle_order {
	const char *key,
	    *cert;           /* of the signer, PEM; key: a PKCS #11 URL too */
	const char *keyring; /* that the machines have */
	const char *image;   /* squashfs */
	const char *out;
};

/* Signs, and proves the result as a machine would, before it has its name.
 * -EEXIST: out is there already; -EBADMSG: the image says nothing of itself,
 * or no machine with this keyring would take the bundle. */
int bundle_make(const struct bundle_order *o, struct bundle_facts *out,
    struct err *e) MUST_USE;

#endif
