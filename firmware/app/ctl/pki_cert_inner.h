/* What pki_cert.c and pki_list.c share: OpenSSL's own types. */
#ifndef KARCIS_APP_PKI_CERT_INNER_H
#define KARCIS_APP_PKI_CERT_INNER_H

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "pki_cert.h"

struct pki_root {
	EVP_PKEY *key;
	X509 *cert;
};

/* "pki: WHAT: why OpenSSL says it failed"; returns code. */
int pki_failed(struct err *e, int code, const char *what);
int pki_text(BIO *b, char *out, size_t cap, struct err *e) MUST_USE;
X509 *pki_read_cert(const char *text); /* NULL = none */
int pki_about(X509 *cert, struct pki_about *out, struct err *e) MUST_USE;

#endif
