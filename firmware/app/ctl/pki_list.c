/* The list of revoked signers, and what a certificate says. */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "firmware/core/wire.h"
#include "pki_cert_inner.h"

static int64_t unix_of(const ASN1_TIME *t)
{
	struct tm tm;

	/* OpenSSL gives it in UTC. */
	return ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

static bool serial_text(const ASN1_INTEGER *serial, char out[PKI_SERIAL])
{
	BIGNUM *n = ASN1_INTEGER_to_BN(serial, NULL);
	char *hex = n != NULL ? BN_bn2hex(n) : NULL;
	bool ok = hex != NULL && str_copy(out, PKI_SERIAL, str_from(hex));

	OPENSSL_free(hex);
	BN_free(n);
	return ok;
}

static void name_text(X509 *cert, char out[PKI_NAME + 1])
{
	char name[PKI_NAME + 2];
	int len = X509_NAME_get_text_by_NID(X509_get_subject_name(cert),
	    NID_commonName, name, sizeof(name));

	if (len < 1 || !pki_name_ok(str_of(name, (size_t)len)) ||
	    !str_copy(out, PKI_NAME + 1, str_of(name, (size_t)len)))
		memcpy(out, "?", sizeof("?"));
}

int pki_about(X509 *cert, struct pki_about *out, struct err *e)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	memset(out, 0, sizeof(*out));
	if (!serial_text(X509_get0_serialNumber(cert), out->serial) ||
	    X509_digest(cert, EVP_sha256(), digest, &len) != 1 ||
	    2 * len + 1 != PKI_PRINT)
		return pki_failed(e, -EBADMSG, "certificate");
	wire_hex(digest, len, out->print);
	name_text(cert, out->name);
	out->days.from_s = unix_of(X509_get0_notBefore(cert));
	out->days.until_s = unix_of(X509_get0_notAfter(cert));
	return 0;
}

/* Frees it. */
static int about_and_free(X509 *cert, struct pki_about *out, struct err *e)
{
	int r;

	memset(out, 0, sizeof(*out));
	ERR_clear_error();
	if (cert == NULL)
		return err_set(e, -EBADMSG, "pki: that is no certificate");
	r = pki_about(cert, out, e);
	X509_free(cert);
	return r;
}

int pki_cert_about(const char *text, struct pki_about *out, struct err *e)
{
	return about_and_free(pki_read_cert(text), out, e);
}

int pki_der_about(struct str der, struct pki_about *out, struct err *e)
{
	const unsigned char *at = (const unsigned char *)der.ptr;

	return about_and_free(d2i_X509(NULL, &at, (long)der.len), out, e);
}

/* ---- lists ---- */

static bool put_revoked(X509_CRL *list, const struct pki_revoked *r)
{
	X509_REVOKED *x = X509_REVOKED_new();
	ASN1_TIME *at = ASN1_TIME_set(NULL, r->at_s);
	ASN1_INTEGER *serial = NULL;
	BIGNUM *n = NULL;
	bool ok = x != NULL && at != NULL && BN_hex2bn(&n, r->serial) > 0;

	if (ok)
		serial = BN_to_ASN1_INTEGER(n, NULL);
	ok = ok && serial != NULL && X509_REVOKED_set_serialNumber(x, serial) &&
	    X509_REVOKED_set_revocationDate(x, at) &&
	    X509_CRL_add0_revoked(list, x);
	if (!ok)
		X509_REVOKED_free(x);
	ASN1_INTEGER_free(serial);
	ASN1_TIME_free(at);
	BN_free(n);
	return ok;
}

static bool put_list_extensions(X509_CRL *list, X509 *issuer, int64_t number)
{
	ASN1_INTEGER *n = ASN1_INTEGER_new();
	X509_EXTENSION *x = NULL;
	X509V3_CTX c;
	bool ok;

	X509V3_set_ctx(&c, issuer, NULL, NULL, list, 0);
	x = X509V3_EXT_conf_nid(NULL, &c, NID_authority_key_identifier,
	    "keyid");
	ok = x != NULL && X509_CRL_add_ext(list, x, -1) && n != NULL &&
	    ASN1_INTEGER_set_int64(n, number) &&
	    X509_CRL_add1_ext_i2d(list, NID_crl_number, n, 0, 0) == 1;
	X509_EXTENSION_free(x);
	ASN1_INTEGER_free(n);
	return ok;
}

static X509_CRL *make_list(const struct pki_root *root,
    const struct pki_revoked *r, size_t n, int64_t number)
{
	X509_CRL *list = X509_CRL_new();
	bool ok = list != NULL &&
	    X509_CRL_set_version(list, X509_CRL_VERSION_2) &&
	    X509_CRL_set_issuer_name(list, X509_get_subject_name(root->cert)) &&
	    X509_CRL_set1_lastUpdate(list, X509_get0_notBefore(root->cert)) &&
	    X509_CRL_set1_nextUpdate(list, X509_get0_notAfter(root->cert));

	for (size_t i = 0; ok && i < n; i++)
		ok = put_revoked(list, &r[i]);
	ok = ok && put_list_extensions(list, root->cert, number) &&
	    X509_CRL_sort(list) &&
	    X509_CRL_sign(list, root->key, EVP_sha256()) > 0;
	if (ok)
		return list;
	X509_CRL_free(list);
	return NULL;
}

int pki_cert_list(const struct pki_root *root, const struct pki_revoked *r,
    size_t n, int64_t number, char *out, struct err *e)
{
	X509_CRL *list = make_list(root, r, n, number);
	BIO *b = BIO_new(BIO_s_mem());
	int got = list != NULL && b != NULL && PEM_write_bio_X509_CRL(b, list)
	    ? pki_text(b, out, PKI_LIST_PEM, e)
	    : pki_failed(e, -EIO, "list of revoked signers");

	BIO_free(b);
	X509_CRL_free(list);
	return got;
}

/* NULL = it is none, or another root's. */
static X509_CRL *read_list(const char *text, const char *root)
{
	BIO *b = BIO_new_mem_buf(text, -1);
	X509 *cert = pki_read_cert(root);
	X509_CRL *list = b != NULL ? PEM_read_bio_X509_CRL(b, NULL, NULL, NULL)
				   : NULL;

	if (list != NULL &&
	    (cert == NULL ||
		X509_CRL_verify(list, X509_get0_pubkey(cert)) != 1)) {
		X509_CRL_free(list);
		list = NULL;
	}
	ERR_clear_error();
	X509_free(cert);
	BIO_free(b);
	return list;
}

bool pki_list_has(const char *text, const char *root, const char *serial)
{
	X509_CRL *list = read_list(text, root);
	STACK_OF(X509_REVOKED) *all = list != NULL ? X509_CRL_get_REVOKED(list)
						   : NULL;
	bool found = false;
	char is[PKI_SERIAL];

	for (int i = 0; all != NULL && i < sk_X509_REVOKED_num(all); i++)
		if (serial_text(X509_REVOKED_get0_serialNumber(
				    sk_X509_REVOKED_value(all, i)),
			is) &&
		    strcmp(is, serial) == 0)
			found = true;
	X509_CRL_free(list);
	return found;
}

int64_t pki_list_number(const char *text, const char *root)
{
	X509_CRL *list = read_list(text, root);
	ASN1_INTEGER *n = list != NULL
	    ? X509_CRL_get_ext_d2i(list, NID_crl_number, NULL, NULL)
	    : NULL;
	int64_t number = 0;

	if (n != NULL && ASN1_INTEGER_get_int64(&number, n) != 1)
		number = 0;
	ASN1_INTEGER_free(n);
	X509_CRL_free(list);
	return number;
}
