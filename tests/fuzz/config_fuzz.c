/* Lines of a configuration, a services file and a holidays file. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "firmware/core/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool fact)
{
	if (!fact)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config c;
	static struct services all;
	struct services_reader r;
	struct str rest = str_of(data, size), line;
	unsigned n = 0;
	char room[1024];
	struct buf problems;

	if (size == 0)
		return 0;
	buf_init(&problems, room, sizeof(room));
	config_defaults(&c, "f");
	services_begin(&r, &all, "f");
	while (str_split(&rest, '\n', &line)) {
		bool holiday;

		config_line(&c, line, ++n, &problems);
		services_line(&r, line, n, &problems);
		holiday = config_holiday_line(&c, "f", line, n, &problems);
		must(holiday || c.problems > 0);
	}
	must(config_finish(&c, &problems) == (c.problems == 0));
	must(c.problems > 0 || (c.office != 0 && c.scanners > 0));
	must(services_finish(&r, &problems) == (r.problems == 0));
	must(r.problems > 0 ||
	    (all.count > 0 && all.item[0].letter_booked != 0));
	return 0;
}
