/* A header and lines of a bookings file, from any bytes. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/core/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool fact)
{
	if (!fact)
		abort();
}

static void check(const struct csv_booking *b)
{
	struct secret_key key = {{1}};
	struct booking kept = csv_to_booking(b, &key, true);

	must(b->start_min >= 0 && b->start_min < b->end_min &&
	    b->end_min <= DAY_MINUTES);
	must(b->code.text[0] != '\0' && b->service == 1 && b->office != 0);
	must(b->booking_class != CLASS_UNSET && b->status != BOOKING_UNSET);
	must(memchr(kept.masked_name, '\0', sizeof(kept.masked_name)) != NULL);
	for (const char *p = kept.masked_name; *p != '\0'; p++)
		must((unsigned char)*p >= 0x20 && *p != 0x7F);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct services offered = {.item = {{.id = 1, .key = "a"}},
	    .count = 1};
	struct code_profile own = code_profile_own();
	struct csv_context context = {&own, &offered, 1};
	struct str rest = str_of(data, size), line;
	struct csv_layout layout;
	char room[128];
	struct buf reason;

	if (size == 0 || !str_split(&rest, '\n', &line))
		return 0;
	buf_init(&reason, room, sizeof(room));
	if (csv_header(line, &layout, &reason) != CSV_OK) {
		must(reason.len > 0);
		reason.len = 0;
		must(csv_header(str_from("code,service,date,start,end,name,"
					 "birth_date,status"),
			 &layout, &reason) == CSV_OK);
	}
	while (str_split(&rest, '\n', &line)) {
		struct csv_booking b;

		buf_init(&reason, room, sizeof(room));
		switch (csv_row(&layout, &context, line, &b, &reason)) {
		case CSV_OK:
			check(&b);
			break;
		case CSV_REFUSED:
			must(reason.len > 0 && !reason.full);
			break;
		case CSV_BLANK:
			break;
		case CSV_UNSET:
			must(false);
		}
	}
	return 0;
}
