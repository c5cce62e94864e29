/*
 * Certificates of the keys that sign update bundles: a root that stays
 * offline, signers under it, and the root's list of revoked signers.
 *
 * All keys are ECDSA on P-256 with SHA-256: Ed25519 is not to be had, OpenSSL
 * 3.0 of Debian 12 can't put it into a CMS signature (tried; the certificate
 * alone would work), and P-256 is what cheap tokens hold. A signer may sign
 * code and nothing else (extended key usage codeSigning), the root nothing but
 * signers and its list. Texts are PEM.
 *
 * RAUC judges certificate and list at the bundle's own signing time. A list
 * dated by the day it was made would refuse every good bundle signed before;
 * so each list is dated from the root's first second to its last.
 */
#ifndef KARCIS_APP_PKI_CERT_H
#define KARCIS_APP_PKI_CERT_H

#include "firmware/core/err.h"
#include "firmware/core/str.h"

enum {
	PKI_PEM = 4096,       /* of a key or certificate, with its NUL */
	PKI_NAME = 48,        /* A-Z a-z 0-9 space . _ - */
	PKI_OWN_SERIAL = 32,  /* 127 random bits in capital hexadecimal */
	PKI_SERIAL = 40 + 1,  /* of anybody: 20 bytes (RFC 5280), NUL */
	PKI_PRINT = 64 + 1,   /* SHA-256 of the certificate, hexadecimal, NUL */
	PKI_REVOKED_MAX = 64, /* in one list */
	PKI_LIST_PEM = 16384
};

struct pki_days {
	int64_t from_s, until_s; /* Unix; both valid */
};

struct pki_pair {
	char key[PKI_PEM];
	char cert[PKI_PEM];
};

struct pki_about {
	char name[PKI_NAME + 1]; /* "?" where it is no name of ours */
	char serial[PKI_SERIAL];
	char print[PKI_PRINT];
	struct pki_days days;
};

struct pki_revoked {
	char serial[PKI_SERIAL];
	int64_t at_s;
};

struct pki_root;

bool pki_name_ok(struct str name);
/* One of our own. */
bool pki_serial_ok(struct str serial);

/* A root; its key is encrypted with the passphrase (PKCS #8, scrypt with N
 * 2^14, r 8, p 10, AES-256). */
int pki_cert_root(const char *name, struct pki_days days, const char *pass,
    struct pki_pair *out, struct err *e) MUST_USE;
/* -EACCES: the passphrase does not open the key; -EBADMSG: no such texts, or
 * they do not belong together. */
int pki_root_open(const char *key, const char *cert, const char *pass,
    struct pki_root **out, struct err *e) MUST_USE;
void pki_root_close(struct pki_root *root);
/* -EINVAL: days outside the root's. The key is not encrypted: a build machine
 * uses it alone. */
int pki_cert_signer(const struct pki_root *root, const char *name,
    struct pki_days days, struct pki_pair *out, struct err *e) MUST_USE;
/* The same for a key that exists already, on a token perhaps: of a request
 * (PKCS #10, PEM) its key alone is taken. out holds PKI_PEM. -EINVAL: it is
 * no request, not signed by its own key, or that is not on P-256. */
int pki_cert_request(const struct pki_root *root, const char *name,
    struct pki_days days, const char *request, char *out,
    struct err *e) MUST_USE;
/* Replaces the list `number - 1`; out holds PKI_LIST_PEM. */
int pki_cert_list(const struct pki_root *root, const struct pki_revoked *r,
    size_t n, int64_t number, char *out, struct err *e) MUST_USE;

/* -EBADMSG: no certificate. */
int pki_cert_about(const char *cert, struct pki_about *out,
    struct err *e) MUST_USE;
int pki_der_about(struct str der, struct pki_about *out,
    struct err *e) MUST_USE;
/* The list is the root's own and names this serial. */
bool pki_list_has(const char *list, const char *root, const char *serial);
/* 0 = the list is not the root's. */
int64_t pki_list_number(const char *list, const char *root);

#endif
