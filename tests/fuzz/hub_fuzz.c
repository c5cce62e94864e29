/* Bodies as devices and channels send them: claims and bookings are read
 * within their bounds and judged without a store. */
#include <stdlib.h>
#include <string.h>

#include "firmware/hub/bookings_read.h"
#include "firmware/hub/claims_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_claims(const json_t *request)
{
	static struct claims c;
	const char *why;

	claims_init(&c);
	c.reports_n = c.buckets_n = 0;
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[96];
	struct buf b;
	json_t *request;

	buf_init(&b, why, sizeof(why));
	if (hub_json_parse(str_of(data, size), &request, &b) != HUB_JSON_OK)
		return 0;
	read_claims(request);
	read_bookings(request);
	json_decref(request);
	return 0;
}
