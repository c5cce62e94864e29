/* No text is accepted without the key; what unpacks packs to itself. */
#include <stdlib.h>
#include <string.h>

#include "firmware/core/ticket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t key[TICKET_PUBLIC_BYTES] = {9};
	uint8_t back[TICKET_HEADER_BYTES];
	struct ticket t;

	if (ticket_verify(str_of(data, size), 1, key, &t) == TICKET_VALID)
		abort();
	if (size < TICKET_HEADER_BYTES || !ticket_unpack(data, &t))
		return 0;
	if (!ticket_pack(&t, back) || memcmp(back, data, sizeof(back)) != 0)
		abort();
	return 0;
}
