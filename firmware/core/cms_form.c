#include "cms_form.h"

#include <errno.h>
#include <string.h>

#include "civil.h"

/* DER (X.690 8.1): tag, length, content. */
enum {
	DER_INTEGER = 0x02,
	DER_OCTETS = 0x04,
	DER_UTC_TIME = 0x17,
	DER_GENERAL_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT_0 = 0xa0,
	DIGEST_BYTES = 32
};

/* Fixed parts, whole. RFC 5652 has the identifiers of CMS, RFC 5754 those of
 * SHA-256 and of ECDSA with it. */
static const char oid_signed_data[] =
    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
static const char oid_data[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
static const char version_1[] = "\x02\x01\x01";
static const char sha256[] =
    "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01";
static const char ecdsa_sha256[] =
    "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
static const char type_is_data[] =
    "\x30\x18\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03"
    "\x31\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
static const char oid_time[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05";
static const char oid_digest[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";
static const char version_3[] = "\xa0\x03\x02\x01\x02"; /* X.509 v3 */

#define FIXED(part) str_of(part, sizeof(part) - 1)

/* What is left to read. The first fault is kept, and everything read after it
 * is empty. */
struct walk {
	struct str rest;
	const char *start; /* of the whole */
	const char *fault; /* NULL = none */
	size_t at;
};

static void fail(struct walk *w, const char *what)
{
	if (w->fault == NULL) {
		w->fault = what;
		w->at = (size_t)(w->rest.ptr - w->start);
	}
	w->rest.len = 0;
}

/* The bytes of a length (X.690 10.1: the shortest form), 0 = malformed. */
static size_t read_length(struct str s, size_t *len)
{
	size_t n;

	*len = 0;
	if (s.len < 2)
		return 0;
	*len = (uint8_t)s.ptr[1];
	if (*len < 0x80)
		return 1;
	n = *len - 0x80;
	*len = 0;
	if (n < 1 || n > 3 || s.len < 2 + n)
		return 0;
	for (size_t i = 0; i < n; i++)
		*len = *len << 8 | (uint8_t)s.ptr[2 + i];
	return *len >= 0x80 && *len >> 8 * (n - 1) != 0 ? 1 + n : 0;
}

/* One element's content; *whole, where wanted, has its tag and length too. */
static struct str take(struct walk *w, unsigned tag, const char *what,
    struct str *whole)
{
	struct str s = w->rest, content;
	size_t len, head = read_length(s, &len);

	if (head == 0 || (uint8_t)s.ptr[0] != tag || len > s.len - 1 - head) {
		fail(w, what);
		content = str_of(s.ptr, 0);
		if (whole != NULL)
			*whole = content;
		return content;
	}
	content = str_cut(s, 1 + head, len);
	if (whole != NULL)
		*whole = str_cut(s, 0, 1 + head + len);
	w->rest = str_cut(s, 1 + head + len, s.len);
	return content;
}

static void same(struct walk *w, struct str part, const char *what)
{
	if (!str_eq(str_cut(w->rest, 0, part.len), part))
		fail(w, what);
	w->rest = str_cut(w->rest, part.len, w->rest.len);
}

static void ends(struct walk *w, const char *what)
{
	if (w->rest.len != 0)
		fail(w, what);
}

/* Into the only element that stands here: nothing follows it. */
static void enter(struct walk *w, unsigned tag, const char *what)
{
	struct str content = take(w, tag, what, NULL);

	ends(w, what);
	if (w->fault == NULL)
		w->rest = content;
}

/* An element of its own, read to its end by the caller. */
static struct walk inside(struct walk *w, unsigned tag, const char *what)
{
	struct walk in = *w;

	in.rest = take(w, tag, what, NULL);
	in.fault = w->fault;
	in.at = w->at;
	return in;
}

static void leave(struct walk *w, struct walk *in, const char *what)
{
	ends(in, what);
	if (w->fault == NULL && in->fault != NULL) {
		w->fault = in->fault;
		w->at = in->at;
		w->rest.len = 0;
	}
}

/* ---- times ---- */

static bool two_digits(struct str s, size_t at, int64_t lo, int64_t hi,
    int64_t *out)
{
	return str_number(str_cut(s, at, 2), lo, hi, out);
}

static bool real_date(struct civil_date d)
{
	struct civil_date back = civil_date(civil_day(d));

	return back.month == d.month && back.day == d.day;
}

/* YYMMDDHHMMSSZ (1950 to 2049) or YYYYMMDDHHMMSSZ: RFC 5652 11.3. */
static bool read_time(struct str s, bool general, int64_t *out)
{
	size_t at = general ? 4 : 2;
	int64_t year, month, day, hour, minute, second;
	struct civil_date d;

	*out = 0;
	if (s.len != at + 11 || s.ptr[s.len - 1] != 'Z' ||
	    !str_number(str_cut(s, 0, at), general ? 2050 : 0,
		general ? 9999 : 99, &year) ||
	    !two_digits(s, at, 1, 12, &month) ||
	    !two_digits(s, at + 2, 1, 31, &day) ||
	    !two_digits(s, at + 4, 0, 23, &hour) ||
	    !two_digits(s, at + 6, 0, 59, &minute) ||
	    !two_digits(s, at + 8, 0, 59, &second))
		return false;
	if (!general)
		year += year < 50 ? 2000 : 1900;
	d = (struct civil_date){(int)year, (int)month, (int)day};
	if (year < 1970 || !real_date(d))
		return false;
	*out = civil_unix(civil_day(d),
	    (int32_t)(hour * 3600 + minute * 60 + second), 0);
	return true;
}

static void read_signing_time(struct walk *w, struct cms_form *out)
{
	static const char what[] = "signing time";
	struct walk a = inside(w, DER_SEQUENCE, what), t;
	unsigned tag;

	same(&a, FIXED(oid_time), what);
	t = inside(&a, DER_SET, what);
	tag = t.rest.len > 0 && (uint8_t)t.rest.ptr[0] == DER_GENERAL_TIME
	    ? DER_GENERAL_TIME
	    : DER_UTC_TIME;
	if (!read_time(take(&t, tag, what, NULL), tag == DER_GENERAL_TIME,
		&out->signed_s))
		fail(&t, what);
	leave(&a, &t, what);
	leave(w, &a, what);
}

/* ---- the parts ---- */

static void read_attributes(struct walk *w, struct cms_form *out)
{
	static const char what[] = "message digest";
	struct walk all = inside(w, DER_CONTEXT_0, "signed attributes"), a, set;

	same(&all, FIXED(type_is_data), "content type");
	read_signing_time(&all, out);
	a = inside(&all, DER_SEQUENCE, what);
	same(&a, FIXED(oid_digest), what);
	set = inside(&a, DER_SET, what);
	if (take(&set, DER_OCTETS, what, NULL).len != DIGEST_BYTES)
		fail(&set, what);
	leave(&a, &set, what);
	leave(&all, &a, what);
	leave(w, &all, "signed attributes");
}

/* Issuer and serial of the certificate, each whole. */
static void read_certificate(struct walk *w, struct cms_form *out,
    struct str *issuer, struct str *serial)
{
	static const char what[] = "certificate";
	struct walk all, c, tbs;

	all = inside(w, DER_CONTEXT_0, what);
	c = all;
	take(&all, DER_SEQUENCE, what, &out->certificate);
	leave(w, &all, "further certificate");
	c.fault = w->fault;
	c.at = w->at;
	c = inside(&c, DER_SEQUENCE, what);
	tbs = inside(&c, DER_SEQUENCE, what);
	same(&tbs, FIXED(version_3), what);
	out->serial = take(&tbs, DER_INTEGER, what, serial);
	take(&tbs, DER_SEQUENCE, what, NULL);
	take(&tbs, DER_SEQUENCE, what, issuer);
	/* The rest of it is under the root's signature. */
	tbs.rest.len = 0;
	c.rest.len = 0;
	leave(&c, &tbs, what);
	leave(w, &c, what);
}

static void read_signer(struct walk *w, struct str issuer, struct str serial,
    struct cms_form *out)
{
	static const char what[] = "signer";
	struct walk set = inside(w, DER_SET, what), s, id;

	s = inside(&set, DER_SEQUENCE, what);
	same(&s, FIXED(version_1), "signer's version");
	id = inside(&s, DER_SEQUENCE, "signer's identifier");
	same(&id, issuer, "signer's identifier");
	same(&id, serial, "signer's identifier");
	leave(&s, &id, "signer's identifier");
	same(&s, FIXED(sha256), "signer's digest");
	read_attributes(&s, out);
	same(&s, FIXED(ecdsa_sha256), "signature's kind");
	take(&s, DER_OCTETS, "signature", NULL);
	leave(&set, &s, "unsigned attributes");
	leave(w, &set, "further signer");
}

int cms_form_read(struct str cms, struct cms_form *out, struct err *e)
{
	struct walk w = {cms, cms.ptr, NULL, 0}, content;
	struct str issuer = {cms.ptr, 0}, serial = {cms.ptr, 0};
	bool detached;

	memset(out, 0, sizeof(*out));
	if (cms.len > CMS_FORM_MAX)
		return err_set(e, -EBADMSG,
		    "bundle: its signature is over %d bytes long",
		    CMS_FORM_MAX);
	enter(&w, DER_SEQUENCE, "outermost part");
	same(&w, FIXED(oid_signed_data), "kind of message");
	enter(&w, DER_CONTEXT_0, "message");
	enter(&w, DER_SEQUENCE, "message");
	same(&w, FIXED(version_1), "version");
	content = inside(&w, DER_SET, "digest");
	same(&content, FIXED(sha256), "digest");
	leave(&w, &content, "further digest");
	content = inside(&w, DER_SEQUENCE, "manifest");
	same(&content, FIXED(oid_data), "manifest's type");
	detached = content.fault == NULL && w.fault == NULL &&
	    content.rest.len == 0;
	enter(&content, DER_CONTEXT_0, "manifest");
	out->manifest = take(&content, DER_OCTETS, "manifest", NULL);
	leave(&w, &content, "manifest");
	read_certificate(&w, out, &issuer, &serial);
	read_signer(&w, issuer, serial, out);
	ends(&w, "end of the message");
	if (w.fault == NULL)
		return 0;
	memset(out, 0, sizeof(*out));
	if (detached)
		return err_set(e, -ENODATA,
		    "bundle: its signature holds no manifest: RAUC's format "
		    "'plain' is not taken");
	return err_set(e, -EBADMSG,
	    "bundle: its signature is not in the form our signers write: %s, "
	    "at byte %lu",
	    w.fault, (unsigned long)w.at);
}

size_t cms_form_length(const uint8_t tail[CMS_LENGTH_BYTES],
    int64_t bundle_bytes)
{
	uint64_t len = 0;

	for (size_t i = 0; i < CMS_LENGTH_BYTES; i++)
		len = len << 8 | tail[i];
	return len <= CMS_FORM_MAX && bundle_bytes > CMS_LENGTH_BYTES &&
		(int64_t)len <= bundle_bytes - CMS_LENGTH_BYTES
	    ? (size_t)len
	    : 0;
}
