/* Scanned or typed bytes as a booking code, own and office profile. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/core/code.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool fact)
{
	if (!fact)
		abort();
}

static void try(const struct code_profile *p, struct str s)
{
	struct booking_code code, again;
	char room[2 * CODE_MAX];
	struct buf shown;

	if (code_parse(p, s, &code) != CODE_OK)
		return;
	must(strlen(code.text) == p->length);
	/* What is shown reads back as the same code. */
	buf_init(&shown, room, sizeof(room));
	code_format(p, str_from(code.text), &shown);
	must(!shown.full);
	must(code_parse(p, buf_view(&shown), &again) == CODE_OK);
	must(strcmp(code.text, again.text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct code_profile own = code_profile_own();
	struct code_profile office = {.prefix = "IMI",
	    .length = 12,
	    .alphabet = "0123456789ABCDEFO",
	    .group = 4,
	    .check = CODE_CHECK_NONE};

	if (size == 0)
		return 0;
	try(&own, str_of(data, size));
	try(&office, str_of(data, size));
	return 0;
}
