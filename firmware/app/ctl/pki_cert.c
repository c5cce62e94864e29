#include "pki_cert.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/core/civil.h"
#include "pki_cert_inner.h"

enum {
	SERIAL_BITS = 127,
	SCRYPT_N = 1 << 14, /* 16 MB: OpenSSL's own ceiling is 32 */
	SCRYPT_R = 8,
	SCRYPT_P = 10 /* OWASP: at least 5 with this N */
};

struct extension {
	int nid;
	const char *value;
};

static const struct extension of_root[] = {
    {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
    {NID_key_usage, "critical,keyCertSign,cRLSign"},
    {NID_subject_key_identifier, "hash"},
};

static const struct extension of_signer[] = {
    {NID_basic_constraints, "critical,CA:FALSE"},
    {NID_key_usage, "critical,digitalSignature"},
    {NID_ext_key_usage, "critical,codeSigning"},
    {NID_subject_key_identifier, "hash"},
    {NID_authority_key_identifier, "keyid"},
};

int pki_failed(struct err *e, int code, const char *what)
{
	const char *why = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return err_set(e, code, "pki: %s: %s", what,
	    why != NULL ? why : "no memory");
}

bool pki_name_ok(struct str name)
{
	static const char more[] = " ._-";

	if (name.len < 1 || name.len > PKI_NAME ||
	    !str_eq(str_trim(name), name))
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') &&
		    memchr(more, c, sizeof(more) - 1) == NULL)
			return false;
	}
	return true;
}

bool pki_serial_ok(struct str serial)
{
	if (serial.len != PKI_OWN_SERIAL)
		return false;
	for (size_t i = 0; i < serial.len; i++) {
		char c = serial.ptr[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'F'))
			return false;
	}
	return true;
}

/* ---- texts ---- */

int pki_text(BIO *b, char *out, size_t cap, struct err *e)
{
	char *bytes = NULL;
	long len = BIO_get_mem_data(b, &bytes);

	if (len <= 0 || !str_copy(out, cap, str_of(bytes, (size_t)len)))
		return err_set(e, -E2BIG, "pki: a text is too long");
	return 0;
}

static int cert_text(X509 *cert, char *out, struct err *e)
{
	BIO *b = BIO_new(BIO_s_mem());
	int r = b != NULL && PEM_write_bio_X509(b, cert)
	    ? pki_text(b, out, PKI_PEM, e)
	    : pki_failed(e, -EIO, "certificate");

	BIO_free(b);
	return r;
}

X509 *pki_read_cert(const char *text)
{
	BIO *b = BIO_new_mem_buf(text, -1);
	X509 *cert = b != NULL ? PEM_read_bio_X509(b, NULL, NULL, NULL) : NULL;

	BIO_free(b);
	return cert;
}

/* A secret BIO is cleared when it is freed. */
static int plain_key_text(EVP_PKEY *key, char *out, struct err *e)
{
	BIO *b = BIO_new(BIO_s_secmem());
	int r = b != NULL &&
		PEM_write_bio_PKCS8PrivateKey(b, key, NULL, NULL, 0, NULL, NULL)
	    ? pki_text(b, out, PKI_PEM, e)
	    : pki_failed(e, -EIO, "key");

	BIO_free(b);
	return r;
}

static int locked_key_text(EVP_PKEY *key, const char *pass, char *out,
    struct err *e)
{
	PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(key);
	X509_ALGOR *how = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), NULL, 0,
	    NULL, SCRYPT_N, SCRYPT_R, SCRYPT_P);
	BIO *b = BIO_new(BIO_s_mem());
	X509_SIG *locked = NULL;
	int r;

	if (plain != NULL && how != NULL && b != NULL) {
		locked = PKCS8_set0_pbe(pass, (int)strlen(pass), plain, how);
		if (locked != NULL)
			how = NULL; /* its own now */
	}
	r = locked != NULL && PEM_write_bio_PKCS8(b, locked)
	    ? pki_text(b, out, PKI_PEM, e)
	    : pki_failed(e, -EIO, "key");
	X509_SIG_free(locked);
	X509_ALGOR_free(how);
	PKCS8_PRIV_KEY_INFO_free(plain);
	BIO_free(b);
	return r;
}

/* ---- certificates ---- */

static bool put_serial(X509 *cert)
{
	BIGNUM *n = BN_new();
	/* The top bit set: 32 digits always. */
	bool ok = n != NULL &&
	    BN_rand(n, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
	    BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL;

	BN_free(n);
	return ok;
}

static bool put_name(X509 *cert, const char *name)
{
	return X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN",
		   MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0) == 1;
}

static bool put_extensions(X509 *cert, X509 *issuer,
    const struct extension *list, size_t n)
{
	X509V3_CTX c;

	X509V3_set_ctx(&c, issuer, cert, NULL, NULL, 0);
	for (size_t i = 0; i < n; i++) {
		X509_EXTENSION *x = X509V3_EXT_conf_nid(NULL, &c, list[i].nid,
		    list[i].value);
		bool ok = x != NULL && X509_add_ext(cert, x, -1);

		X509_EXTENSION_free(x);
		if (!ok)
			return false;
	}
	return true;
}

/* issuer == NULL: signed by itself. */
static X509 *make_cert(EVP_PKEY *key, const char *name, struct pki_days days,
    const struct pki_root *issuer)
{
	X509 *cert = X509_new(), *by = issuer != NULL ? issuer->cert : cert;
	const struct extension *list = issuer != NULL ? of_signer : of_root;
	size_t n = issuer != NULL ? ARRAY_LEN(of_signer) : ARRAY_LEN(of_root);

	if (cert != NULL && X509_set_version(cert, X509_VERSION_3) &&
	    put_serial(cert) && put_name(cert, name) &&
	    X509_set_issuer_name(cert, X509_get_subject_name(by)) &&
	    ASN1_TIME_set(X509_getm_notBefore(cert), days.from_s) != NULL &&
	    ASN1_TIME_set(X509_getm_notAfter(cert), days.until_s) != NULL &&
	    X509_set_pubkey(cert, key) && put_extensions(cert, by, list, n) &&
	    X509_sign(cert, issuer != NULL ? issuer->key : key, EVP_sha256()) >
		0)
		return cert;
	X509_free(cert);
	return NULL;
}

static int check_make(const char *name, struct pki_days days, struct err *e)
{
	if (!pki_name_ok(str_from(name)))
		return err_set(e, -EINVAL,
		    "pki: a name has 1 to %d of A-Z a-z 0-9 space . _ -",
		    PKI_NAME);
	if (days.until_s <= days.from_s)
		return err_set(e, -EINVAL, "pki: it would end before it began");
	return 0;
}

int pki_cert_root(const char *name, struct pki_days days, const char *pass,
    struct pki_pair *out, struct err *e)
{
	EVP_PKEY *key = NULL;
	X509 *cert = NULL;
	int r = check_make(name, days, e);

	memset(out, 0, sizeof(*out));
	if (r < 0)
		return r;
	key = EVP_EC_gen("P-256");
	if (key != NULL)
		cert = make_cert(key, name, days, NULL);
	r = cert != NULL ? cert_text(cert, out->cert, e)
			 : pki_failed(e, -EIO, "root");
	if (r == 0)
		r = locked_key_text(key, pass, out->key, e);
	X509_free(cert);
	EVP_PKEY_free(key);
	return r;
}

static int check_days(const struct pki_root *root, struct pki_days days,
    struct err *e)
{
	struct pki_about a;
	struct civil_date now, begun;
	int r = pki_about(root->cert, &a, e);

	if (r == 0 && days.from_s < a.days.from_s) {
		now = civil_date((int32_t)(days.from_s / DAY_SECONDS));
		begun = civil_date((int32_t)(a.days.from_s / DAY_SECONDS));
		return err_set(e, -EINVAL,
		    "pki: the clock of this computer says %04d-%02d-%02d, and "
		    "the root began on %04d-%02d-%02d; set the clock",
		    now.year, now.month, now.day, begun.year, begun.month,
		    begun.day);
	}
	if (r == 0 && days.until_s > a.days.until_s)
		r = err_set(e, -EINVAL,
		    "pki: the root itself ends in %lld days, this would end "
		    "in %lld; say fewer --days",
		    (long long)(a.days.until_s - days.from_s) / DAY_SECONDS,
		    (long long)(days.until_s - days.from_s) / DAY_SECONDS);
	return r;
}

static int sign_key(const struct pki_root *root, const char *name,
    struct pki_days days, EVP_PKEY *key, char *out, struct err *e)
{
	X509 *cert = make_cert(key, name, days, root);
	int r = cert != NULL ? cert_text(cert, out, e)
			     : pki_failed(e, -EIO, "signer");

	X509_free(cert);
	return r;
}

int pki_cert_signer(const struct pki_root *root, const char *name,
    struct pki_days days, struct pki_pair *out, struct err *e)
{
	EVP_PKEY *key = NULL;
	int r = check_make(name, days, e);

	memset(out, 0, sizeof(*out));
	if (r == 0)
		r = check_days(root, days, e);
	if (r < 0)
		return r;
	key = EVP_EC_gen("P-256");
	r = key != NULL ? sign_key(root, name, days, key, out->cert, e)
			: pki_failed(e, -EIO, "signer");
	if (r == 0)
		r = plain_key_text(key, out->key, e);
	EVP_PKEY_free(key);
	return r;
}

/* Who asks has the key: a request is signed by it. */
static bool is_request(X509_REQ *request, EVP_PKEY *key)
{
	char group[32] = "";
	size_t len = 0;

	return key != NULL && EVP_PKEY_is_a(key, "EC") == 1 &&
	    EVP_PKEY_get_group_name(key, group, sizeof(group), &len) == 1 &&
	    strcmp(group, SN_X9_62_prime256v1) == 0 &&
	    X509_REQ_verify(request, key) == 1;
}

int pki_cert_request(const struct pki_root *root, const char *name,
    struct pki_days days, const char *text, char *out, struct err *e)
{
	BIO *b = BIO_new_mem_buf(text, -1);
	X509_REQ *request = b != NULL
	    ? PEM_read_bio_X509_REQ(b, NULL, NULL, NULL)
	    : NULL;
	EVP_PKEY *key = request != NULL ? X509_REQ_get0_pubkey(request) : NULL;
	int r = check_make(name, days, e);

	out[0] = '\0';
	if (r == 0)
		r = check_days(root, days, e);
	if (r == 0 && !is_request(request, key))
		r = err_set(e, -EINVAL,
		    "pki: that is no certificate request of a key on P-256");
	ERR_clear_error();
	if (r == 0)
		r = sign_key(root, name, days, key, out, e);
	X509_REQ_free(request);
	BIO_free(b);
	return r;
}

/* ---- the root that signs ---- */

void pki_root_close(struct pki_root *root)
{
	if (root == NULL)
		return;
	EVP_PKEY_free(root->key);
	X509_free(root->cert);
	free(root);
}

int pki_root_open(const char *key, const char *cert, const char *pass,
    struct pki_root **out, struct err *e)
{
	struct pki_root *root = calloc(1, sizeof(*root));
	BIO *b = BIO_new_mem_buf(key, -1);
	char copy[256]; /* OpenSSL takes it by a pointer to change */
	int r = 0;

	*out = NULL;
	if (root == NULL || b == NULL ||
	    !str_copy(copy, sizeof(copy), str_from(pass))) {
		r = err_set(e, -ENOMEM, "pki: out of memory");
		goto out;
	}
	root->cert = pki_read_cert(cert);
	root->key = PEM_read_bio_PrivateKey(b, NULL, NULL, copy);
	if (root->key == NULL)
		r = err_set(e, -EACCES,
		    "pki: the passphrase does not open the root key");
	else if (root->cert == NULL ||
	    X509_check_private_key(root->cert, root->key) != 1)
		r = err_set(e, -EBADMSG,
		    "pki: root.pem is not the certificate of root.key");
	ERR_clear_error();
	if (r < 0)
		goto out;
	*out = root;
	root = NULL; /* the caller owns it now */
out:
	OPENSSL_cleanse(copy, sizeof(copy));
	BIO_free(b);
	pki_root_close(root);
	return r;
}
