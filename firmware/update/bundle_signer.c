#include <errno.h>
#include <string.h>
#include <time.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <openssl/x509_vfy.h>

#include "bundle_inner.h"

/* What the chain's check found first; libcrypto hands it over by itself. */
struct verdict {
	int error; /* X509_V_ERR_..., 0 = none */
};

static int slot_of_verdict(void)
{
	static int slot = -1;

	if (slot < 0)
		slot = X509_STORE_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	return slot;
}

static int on_error(int ok, X509_STORE_CTX *ctx)
{
	struct verdict *v = X509_STORE_get_ex_data(
	    X509_STORE_CTX_get0_store(ctx), slot_of_verdict());

	if (ok == 0 && v != NULL && v->error == 0)
		v->error = X509_STORE_CTX_get_error(ctx);
	return ok;
}

/* Root and revocation list, both judged at the time of signing: the clock may
 * be wrong, and a certificate may end before the update is used. Who is no
 * longer trusted stands on the list. */
static X509_STORE *open_keyring(const char *path, int64_t signed_s,
    struct verdict *v)
{
	X509_STORE *store = X509_STORE_new();
	X509_LOOKUP *lookup = NULL;
	X509_VERIFY_PARAM *param;

	if (store != NULL)
		lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
	if (lookup == NULL ||
	    X509_load_cert_crl_file(lookup, path, X509_FILETYPE_PEM) < 2 ||
	    X509_STORE_set_ex_data(store, slot_of_verdict(), v) != 1) {
		X509_STORE_free(store);
		return NULL;
	}
	param = X509_STORE_get0_param(store);
	X509_VERIFY_PARAM_set_time(param, (time_t)signed_s);
	(void)X509_VERIFY_PARAM_set_flags(param,
	    X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	/* OpenSSL 3.0 knows no purpose for code; is_for_code asks. */
	(void)X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY);
	X509_STORE_set_verify_cb(store, on_error);
	return store;
}

static enum update_refusal refusal_of(int error)
{
	switch (error) {
	case X509_V_ERR_CERT_REVOKED:
		return UPDATE_REVOKED;
	case X509_V_ERR_CERT_NOT_YET_VALID:
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CRL_NOT_YET_VALID:
	case X509_V_ERR_CRL_HAS_EXPIRED:
		return UPDATE_SIGNING_TIME;
	case X509_V_ERR_UNABLE_TO_GET_CRL:
		return UPDATE_INTERNAL;
	default:
		return UPDATE_WRONG_SIGNER;
	}
}

static bool is_for_code(X509 *cert)
{
	return (X509_get_extension_flags(cert) & EXFLAG_XKUSAGE) != 0 &&
	    (X509_get_extended_key_usage(cert) & XKU_CODE_SIGN) != 0;
}

/* The common name, without what a screen cannot show. */
static void put_name(X509 *cert, char out[UPDATE_SIGNER])
{
	const X509_NAME *name = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
	unsigned char *utf8 = NULL;
	int len = 0;
	struct str s = str_from("?");

	if (at >= 0)
		len = ASN1_STRING_to_UTF8(&utf8,
		    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	if (len > 0 && str_is_utf8(str_of(utf8, (size_t)len)))
		s = str_of(utf8, (size_t)len);
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
			s = str_from("?");
	if (!str_copy(out, UPDATE_SIGNER, s))
		out[0] = '?';
	OPENSSL_free(utf8);
}

static int judge(CMS_ContentInfo *cms, bool verified, const struct verdict *v,
    struct update_found *found, enum update_refusal *why, struct err *e)
{
	STACK_OF(X509) *signers = CMS_get0_signers(cms);
	X509 *cert = sk_X509_num(signers) == 1 ? sk_X509_value(signers, 0)
					       : NULL;
	int r = 0;

	if (cert != NULL)
		put_name(cert, found->signer);
	if (v->error != 0) {
		*why = refusal_of(v->error);
		r = err_set(e, -EBADMSG, "update: the signer: %s",
		    X509_verify_cert_error_string(v->error));
	} else if (!verified || cert == NULL) {
		*why = UPDATE_CORRUPT;
		r = err_set(e, -EBADMSG,
		    "update: the signature does not fit the manifest");
	} else if (!is_for_code(cert)) {
		*why = UPDATE_WRONG_SIGNER;
		r = err_set(e, -EBADMSG,
		    "update: the signer's certificate is not for code");
	}
	sk_X509_free(signers);
	return r;
}

int bundle_check_signer(struct str cms, int64_t signed_s, const char *keyring,
    struct update_found *found, enum update_refusal *why, struct err *e)
{
	struct verdict verdict = {0};
	X509_STORE *store = open_keyring(keyring, signed_s, &verdict);
	const unsigned char *at = (const unsigned char *)cms.ptr;
	CMS_ContentInfo *info = NULL;
	BIO *out = NULL;
	int r;

	*why = UPDATE_INTERNAL;
	if (store == NULL) {
		r = err_set(e, -ENOKEY,
		    "update: %s: no root certificate and revocation list in it",
		    keyring);
		goto out;
	}
	info = d2i_CMS_ContentInfo(NULL, &at, (long)cms.len);
	if (info == NULL) {
		*why = UPDATE_CORRUPT;
		r = err_set(e, -EBADMSG, "update: the signature is damaged");
		goto out;
	}
	out = BIO_new(BIO_s_null());
	r = CMS_verify(info, NULL, store, NULL, out, CMS_BINARY);
	r = judge(info, r == 1, &verdict, found, why, e);
out:
	BIO_free(out);
	CMS_ContentInfo_free(info);
	X509_STORE_free(store);
	ERR_clear_error();
	return r;
}
