/*
 * The folder of a root, on a computer without a network:
 *
 *     root.key             the root's key, encrypted
 *     root.pem             its certificate
 *     crl.pem              the list of revoked signers, signed by it
 *     revoked              what shall stand on the next list
 *     signers/SERIAL.pem   each certificate it ever signed
 *
 * Files have mode 0600, folders 0700. Each file is replaced in one step and a
 * folder appears whole or not at all. `revoked` is a text: its first line
 * "karcis-revoked 1", then a line "SERIAL UNIXTIME" for each.
 */
#ifndef KARCIS_APP_PKI_FOLDER_H
#define KARCIS_APP_PKI_FOLDER_H

#include "pki_cert.h"

enum { PKI_SIGNERS_MAX = 256, PKI_PATH = 512 };

struct pki_file {
	const char *name; /* "signers/" for a folder */
	const char *text;
};

struct pki_folder {
	char key[PKI_PEM];
	char cert[PKI_PEM];
	char list[PKI_LIST_PEM];
	struct pki_revoked revoked[PKI_REVOKED_MAX];
	size_t revoked_count;
};

/* A new folder with these files. -EEXIST: there is one, and something in it. */
int pki_folder_make(const char *dir, const struct pki_file *files, size_t n,
    struct err *e) MUST_USE;
/* -ENOENT: no root there; -EBADMSG: a file is not what it should be. */
int pki_folder_load(const char *dir, struct pki_folder *out,
    struct err *e) MUST_USE;
int pki_folder_add_signer(const char *dir, const char *serial, const char *cert,
    struct err *e) MUST_USE;
/* Those it signed, by name, then date; *n of at most PKI_SIGNERS_MAX. */
int pki_folder_signers(const char *dir, struct pki_about *out, size_t *n,
    struct err *e) MUST_USE;
/* Saves f->revoked with one more. -EALREADY, -ENOSPC (PKI_REVOKED_MAX). */
int pki_folder_revoke(const char *dir, struct pki_folder *f, const char *serial,
    int64_t now_s, struct err *e) MUST_USE;
int pki_folder_save_list(const char *dir, const char *list,
    struct err *e) MUST_USE;
/* NULL, or the first that is revoked but does not stand on the list. */
const char *pki_folder_unlisted(const struct pki_folder *f);

#endif
