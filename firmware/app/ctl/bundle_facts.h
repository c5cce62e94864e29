/*
 * What an update bundle is, as far as it is proven, by the very code that a
 * machine judges it with (update/bundle.h). The bundle is copied first, so
 * that nobody changes it meanwhile.
 */
#ifndef KARCIS_APP_BUNDLE_FACTS_H
#define KARCIS_APP_BUNDLE_FACTS_H

#include "firmware/update/bundle.h"
#include "pki_cert.h"

#define BUNDLE_PRODUCT "karcis"
/* What update/keep.h can write into, with names below it. */
enum { BUNDLE_FOLDER = 160, BUNDLE_PATH = 256 };

struct bundle_facts {
	struct pki_about signer;
	int64_t signed_s; /* Unix; the signer's word */
	struct release release;
	int64_t image_bytes;
};

/* -EBADMSG: it is not genuine or not one of ours, e says why. */
int bundle_facts_read(const char *file, const char *keyring,
    struct bundle_facts *out, struct err *e) MUST_USE;
/* A folder of mode 0700 that nobody has: BASE.new-XXXXXX, or one of its own
 * below TMPDIR (/var/tmp) where base is NULL. */
int bundle_folder(const char *base, char out[BUNDLE_FOLDER],
    struct err *e) MUST_USE;
void bundle_folder_drop(const char *dir); /* with all in it; "" is none */

#endif
