#include "bigserial.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* The digest without that row. */
static bool without(json_t *page, const struct feed_page *p,
    const struct feed_op *op)
{
	struct feed_digest d = p->digest;
	char hex[FEED_DIGEST_HEX + 1];

	if (op->kind == FEED_PUT)
		feed_take_booking(&d, &op->booking);
	else if (op->kind == FEED_ADM)
		feed_take_admission(&d, p->office, p->day, &op->admission);
	else
		return false;
	feed_digest_hex(&d, hex);
	return json_object_set_new(page, "digest", json_string(hex)) == 0;
}

static void sign_again(struct world *w, int kiosk, uint64_t counter,
    struct hub_answer *a)
{
	const struct kiosk *k = &w->kiosk[kiosk];
	const struct wire_answer wire = {str_from(a->kind), a->status,
	    k->enrolment.device, counter, a->epoch, str_of(a->body, a->len)};
	uint8_t signature[WIRE_SIGNATURE_BYTES];

	if (wire_sign_answer(&wire, w->hub.keys.secret, signature))
		wire_base64(signature, sizeof(signature), a->signature);
}

void bigserial_hide(struct world *w, int kiosk, uint64_t counter,
    struct hub_answer *a)
{
	static struct feed_op ops[FEED_PAGE_MAX];
	struct feed_page page;
	struct err e = {0};
	json_t *root, *list;
	size_t at;
	char *text;

	if (a->status != 200 || !rng_chance(&w->net_rng, 100) ||
	    client_feed(str_of(a->body, a->len), ops, FEED_PAGE_MAX, &page,
		&e) < 0 ||
	    page.more || page.n < 2)
		return;
	root = json_loadb(a->body, a->len, 0, NULL);
	list = json_object_get(root, "ops");
	at = (size_t)rng_range(&w->net_rng, 0, (int64_t)page.n - 2);
	if (without(root, &page, &ops[at]) &&
	    json_array_remove(list, at) == 0) {
		text = json_dumps(root, JSON_COMPACT);
		if (text != NULL) {
			free(a->body);
			a->body = text;
			a->len = strlen(text);
			sign_again(w, kiosk, counter, a);
		}
	}
	json_decref(root);
}
