/* Any bytes from a printer: replies and IEEE 1284 ids. */
#include "drivers/printer/status.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_view(struct str s, const uint8_t *data, size_t size)
{
	const char *base = (const char *)data;

	if (s.len > 0 && (s.ptr < base || s.ptr + s.len > base + size))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct status_parser sp;
	struct printer_status st = {0};
	struct ieee1284 id;

	status_parser_init(&sp, false, false);
	for (size_t i = 0; i < size; i++) {
		struct reply r;

		if (data[i] % 5 == 0)
			(void)status_asked(&sp, data[i] % 7);
		r = status_byte(&sp, data[i], &st);
		if (r.process_id >= PROCESS_ID_MOD ||
		    sp.asked_len > STATUS_ASKED_MAX || sp.asb_len > 3 ||
		    sp.block_len > 6 || sp.garbage > i + 1)
			abort();
	}
	ieee1284_parse(str_of(data, size), &id);
	check_view(id.manufacturer, data, size);
	check_view(id.model, data, size);
	check_view(id.commands, data, size);
	(void)ieee1284_speaks(&id, "ESC/POS");
	return 0;
}
