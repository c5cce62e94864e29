/* Bodies as devices and channels send them: claims, passes and bookings are
 * read within their bounds and judged without a store. */
#include <stdlib.h>
#include <string.h>

#include "firmware/core/pass.h"
#include "firmware/hub/bookings_read.h"
#include "firmware/hub/claims_read.h"
#include "firmware/hub/hub_audit_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_claims(const json_t *request, bool gate)
{
	static struct claims c;
	struct pass_move move;
	const char *why;

	claims_init(&c);
	c.reports_n = c.buckets_n = 0;
	c.gate = gate;
	if (claims_read(request, &c, &why) != CLAIMS_READ_OK)
		return;
	/* Two days are there, any others are not. */
	memset(c.buckets, 0, 2 * sizeof(c.buckets[0]));
	c.buckets[0].day = 20783;
	c.buckets[1].day = 20784;
	c.buckets_n = 2;
	claims_judge(&c);
	for (size_t i = 0; i < c.n; i++)
		if (c.results[i].answer == CLAIM_UNSET)
			abort();
	for (size_t i = 0; i < c.n; i++)
		if (c.in[i].refused == CLAIM_UNSET &&
		    ((c.in[i].kind == CLAIM_PASS) != gate ||
			(gate && !pass_byte_read(c.in[i].pass, &move))))
			abort();
}

static void read_bookings(const json_t *request)
{
	const json_t *list = json_object_get(request, "bookings");
	struct secret_key key = {{1}};
	struct booking_wish w;
	struct booking b = {.start_min = 540, .end_min = 555};
	const char *field, *detail;

	for (size_t i = 0; i < json_array_size(list); i++) {
		bookings_read(json_array_get(list, i), &key, 1, &w);
		if (w.error == NULL &&
		    (w.b.start_min >= w.b.end_min || w.b.day < 0 ||
			w.b.status == BOOKING_UNSET || strlen(w.code.text) < 4))
			abort();
	}
	if (bookings_change(request, &b, &field, &detail) &&
	    b.start_min >= b.end_min)
		abort();
}

/* Signatures do not come by chance: all that is read before is looked at. */
static void read_audit(const json_t *request)
{
	static struct hub_audit a;
	const json_t *list = json_object_get(request, "entries");
	const char *why;

	memset(&a, 0, sizeof(a));
	if (!json_is_array(list) || json_array_size(list) > HUB_AUDIT_ENTRIES)
		return;
	why = hub_audit_read(request, &a);
	if (why != NULL &&
	    strcmp(why, "head: its signature does not fit audit_key") != 0)
		return;
	for (size_t i = 0; i < a.n; i++)
		if (a.entry[i].n != a.from + i || a.entry[i].n > a.head.n ||
		    a.entry[i].kind == 0)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[96];
	struct buf b;
	json_t *request;

	buf_init(&b, why, sizeof(why));
	if (hub_json_parse(str_of(data, size), &request, &b) != HUB_JSON_OK)
		return 0;
	read_claims(request, false);
	read_claims(request, true);
	read_audit(request);
	read_bookings(request);
	json_decref(request);
	return 0;
}
