#include "hub_answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BUSY_S = 1, STORAGE_S = 5 };

void hub_answer_fini(struct hub_answer *a)
{
	free(a->body);
	memset(a, 0, sizeof(*a));
}

bool hub_answer_body(struct hub_answer *out, int status, struct hub_text *body)
{
	if (body->failed) {
		hub_text_fini(body);
		return false;
	}
	free(out->body);
	out->status = status;
	out->body = body->ptr;
	out->len = body->len;
	memset(body, 0, sizeof(*body));
	return true;
}

void hub_answer_error(struct hub_answer *out, int status, const char *error,
    const char *detail)
{
	struct hub_text body = {0};

	hub_answer_fini(out);
	hub_text_str(&body, "{\"error\": ");
	hub_text_quote(&body, str_from(error));
	hub_text_str(&body, ", \"detail\": ");
	hub_text_quote(&body, str_from(detail));
	hub_text_str(&body, "}");
	/* Out of memory: the status says it alone. */
	if (!hub_answer_body(out, status, &body))
		out->status = status;
	if (!str_copy(out->error, sizeof(out->error), str_from(error)))
		out->error[0] = '\0';
}

void hub_answer_unchanged(struct hub_answer *out)
{
	free(out->body);
	out->body = NULL;
	out->len = 0;
	out->status = 304;
}

bool hub_etag_fits(struct str if_none_match, const char *etag)
{
	struct str s = if_none_match;

	if (s.ptr == NULL || etag[0] == '\0')
		return false;
	s = str_trim(s);
	if (str_is(str_cut(s, 0, 2), "W/"))
		s = str_cut(s, 2, s.len);
	return str_is(s, etag);
}

void hub_answer_failure(struct hub_answer *out, const struct err *failure)
{
	bool busy = failure->code == -EBUSY || failure->code == -EAGAIN;

	hub_answer_error(out, 503, busy ? "busy" : "storage",
	    busy ? "others are being served, ask again"
		 : "the hub cannot reach or write its store, ask again");
	out->retry_after_s = busy ? BUSY_S : STORAGE_S;
	out->failure = *failure;
}

void hub_answer_sign(struct hub_answer *out, const struct hub_keys *keys,
    const char *kind, uint32_t device, uint32_t epoch, uint64_t counter)
{
	uint8_t signature[WIRE_SIGNATURE_BYTES];
	struct wire_answer a = {
	    .kind = str_from(out->error[0] == '\0' ? kind : "error"),
	    .status = out->status,
	    .device = device,
	    .counter = counter,
	    .epoch = epoch,
	    .body = str_of(out->body == NULL ? "" : out->body, out->len),
	};

	if (!str_copy(out->kind, sizeof(out->kind), a.kind) ||
	    !wire_sign_answer(&a, keys->secret, signature)) {
		out->kind[0] = '\0';
		return;
	}
	out->epoch = epoch;
	wire_base64(signature, sizeof(signature), out->signature);
}
