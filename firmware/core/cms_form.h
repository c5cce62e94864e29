/*
 * The one form that the signature at the end of an update bundle has.
 *
 * A signature is a CMS SignedData (RFC 5652) in DER. Some of its bytes are
 * under no signature: version numbers, object identifiers, the signer's
 * identifier, tags. A library that verifies it takes many other values there
 * too, and a bundle that was altered would still be called genuine; on some
 * values RAUC 1.8 dies. So this is asked first: every byte that nothing signs
 * is compared with the only value our signers write. It judges form alone;
 * whether the signature is genuine is the library's answer.
 *
 * Taken is: one signer, ECDSA on SHA-256, its certificate inside and no other,
 * no revocation list, the manifest inside, the three signed attributes content
 * type, signing time and message digest, no unsigned ones.
 */
#ifndef KARCIS_CORE_CMS_FORM_H
#define KARCIS_CORE_CMS_FORM_H

#include "err.h"
#include "str.h"

/* RAUC 1.8 takes no longer one (its signature.c: 64 KiB). */
enum { CMS_FORM_MAX = 65536, CMS_LENGTH_BYTES = 8 };

/* Views into the caller's bytes. */
struct cms_form {
	struct str manifest;
	struct str certificate; /* X.509, DER */
	struct str serial;      /* of it, big-endian, as DER has it */
	int64_t signed_s;       /* Unix; the signer's word */
};

/* The last CMS_LENGTH_BYTES of a bundle of `bundle_bytes`: how many bytes
 * before them are the signature. 0 = no possible length. */
size_t cms_form_length(const uint8_t tail[CMS_LENGTH_BYTES],
    int64_t bundle_bytes) MUST_USE;
/* 0; -ENODATA: it holds no manifest, as in RAUC's old format `plain`;
 * -EBADMSG: e names the part that differs and its offset. */
int cms_form_read(struct str cms, struct cms_form *out, struct err *e) MUST_USE;

#endif
