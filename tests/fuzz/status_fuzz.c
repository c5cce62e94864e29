/* Any bytes from a printer: replies and IEEE 1284 ids. */
#include "drivers/printer/proof.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_view(struct str s, const uint8_t *data, size_t size)
{
	const char *base = (const char *)data;

	if (s.len > 0 && (s.ptr < base || s.ptr + s.len > base + size))
		abort();
}

/* Three equal answers in a row pass, and nothing else does. */
static void check_order(struct order_run *o, uint8_t last[ORDER_RUN],
    uint8_t value)
{
	enum order_says says = order_byte(o, value);

	for (int i = 0; i + 1 < ORDER_RUN; i++)
		last[i] = last[i + 1];
	last[ORDER_RUN - 1] = value;
	if (says == ORDER_PASSED &&
	    (last[0] != value || last[1] != value ||
		(value != 0 && value != 3)))
		abort();
}

/* The first byte says which family speaks. */
static void hear(const uint8_t *data, size_t size)
{
	bool full = size > 0 && (data[0] & 2) != 0;
	uint8_t last[ORDER_RUN] = {0xff, 0xff, 0xff};
	struct printer_status st = {0};
	struct presenter presenter;
	struct order_run order = {0};
	struct status_parser sp;

	presenter_begin(&presenter, FACT_UNKNOWN);
	status_parser_init(&sp, size > 0 && (data[0] & 1) != 0, full);
	for (size_t i = 1; i < size; i++) {
		struct reply r;

		if (data[i] % 5 == 0)
			(void)status_asked(&sp, data[i] % 7);
		r = status_byte(&sp, data[i], &st);
		if (r.process_id >= PROCESS_ID_MOD ||
		    sp.asked_len > STATUS_ASKED_MAX ||
		    sp.asb_len >= (full ? STATUS_FULL_BYTES : 4) ||
		    sp.block_len > 6 || sp.garbage > i)
			abort();
		if (r.kind == REPLY_ORDER)
			check_order(&order, last, r.value);
		if (r.kind == REPLY_FULL &&
		    presenter_status(&presenter, &r.full) && !presenter.passed)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ieee1284 id;

	hear(data, size);
	ieee1284_parse(str_of(data, size), &id);
	check_view(id.manufacturer, data, size);
	check_view(id.model, data, size);
	check_view(id.commands, data, size);
	(void)ieee1284_speaks(&id, "ESC/POS");
	return 0;
}
