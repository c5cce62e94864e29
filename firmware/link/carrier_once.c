#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "carrier.h"
#include "carrier_exchange.h"

/* What is too long for its place counts as not there. */
static int fill(struct carrier_answer *out, struct exchange *x, struct err *e)
{
	const struct carrier_head *h = &x->head;

	if (x->body.bytes == NULL && (x->body.bytes = calloc(1, 1)) == NULL)
		return err_set(e, -ENOMEM, "link: out of memory");
	out->status = h->status;
	out->epoch = h->epoch;
	out->retry_after_s = carrier_head_wait_s(h, (int64_t)time(NULL));
	if (!str_copy(out->kind, sizeof(out->kind), str_from(h->kind)))
		out->kind[0] = '\0';
	if (!str_copy(out->signature, sizeof(out->signature),
		str_from(h->signature)))
		out->signature[0] = '\0';
	if (!str_copy(out->etag, sizeof(out->etag), str_from(h->etag)))
		out->etag[0] = '\0';
	out->body = x->body.bytes;
	out->len = x->body.len;
	x->body.bytes = NULL; /* the caller owns it now */
	return 0;
}

static int perform(struct exchange *x, struct carrier_answer *out,
    struct err *e)
{
	exchange_end(x, curl_easy_perform(x->easy));
	if (x->body.state == BODY_NO_MEMORY)
		return err_set(e, -ENOMEM, "%s", x->trouble);
	if (x->fate != FRAME_CAME)
		return err_set(e, x->fate == FRAME_CUT ? -EPIPE : -EHOSTUNREACH,
		    "%s", x->trouble);
	return fill(out, x, e);
}

int carrier_once(const struct carrier_config *c, struct str method,
    struct str path, struct str body, uint64_t counter, int timeout_ms,
    struct carrier_answer *out, struct err *e)
{
	const struct frame_request q = {.counter = counter,
	    .method = method,
	    .path = path,
	    .if_none_match = str_from(""),
	    .body = body};
	struct carrier_sockets sockets = {0};
	struct exchange x = {0};
	int r = carrier_check(c, e);

	memset(out, 0, sizeof(*out));
	if (r < 0)
		return r;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(e, -EIO, "link: curl does not start");
	r = exchange_open(&x, c, &q, timeout_ms, &sockets, e);
	if (r == 0)
		r = perform(&x, out, e);
	exchange_close(&x);
	curl_global_cleanup();
	return r;
}

void carrier_answer_fini(struct carrier_answer *a)
{
	if (a == NULL)
		return;
	free(a->body);
	memset(a, 0, sizeof(*a));
}
