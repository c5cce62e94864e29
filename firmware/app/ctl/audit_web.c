/* The hub's log over HTTP: public, one request at a time. */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "audit_hub.h"
#include "firmware/link/carrier.h"

enum { GET_MS = 15000, PATH_BYTES = 192, OK = 200, NOT_FOUND = 404 };

static int take(const struct carrier_answer *a, const char *path, uint8_t *out,
    size_t cap, size_t *len, struct err *e)
{
	if (a->status == NOT_FOUND)
		return err_set(e, -ENOENT, "audit: the hub has no %s", path);
	if (a->status != OK)
		return err_set(e, -EPROTO, "audit: %s: the hub answered %d",
		    path, a->status);
	if (a->len > cap)
		return err_set(e, -EMSGSIZE,
		    "audit: %s: the hub's answer is longer than any of its "
		    "kind",
		    path);
	memcpy(out, a->body, a->len);
	*len = a->len;
	return 0;
}

static int get(void *ctx, const char *path, uint8_t *out, size_t cap,
    size_t *len, struct err *e)
{
	const struct audit_web *w = ctx;
	struct carrier_config c = {.url = w->url, .ca_file = w->ca_file};
	uint8_t nobody[WIRE_PUBLIC_BYTES];
	struct carrier_answer a = {0};
	char whole[PATH_BYTES];
	struct buf b;
	int r;

	/* The carrier signs whatever it carries. What is public asks for no
	 * signature, and this key is nobody's. */
	crypto_sign_keypair(nobody, c.secret);
	buf_init(&b, whole, sizeof(whole));
	buf_fmt(&b, "/v1/log/%lu/%s", (unsigned long)w->office, path);
	if (b.full)
		return err_set(e, -ENAMETOOLONG, "audit: the path is too long");
	r = carrier_once(&c, str_from("GET"), buf_view(&b), str_from(""), 0,
	    GET_MS, &a, e);
	if (r == 0)
		r = take(&a, buf_cstr(&b), out, cap, len, e);
	carrier_answer_fini(&a);
	sodium_memzero(&c, sizeof(c));
	return r;
}

struct audit_source audit_web_source(struct audit_web *web)
{
	return (struct audit_source){get, web};
}
