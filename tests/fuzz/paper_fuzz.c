/* Any bytes are safe on paper, in slices of any size. */
#include <stdlib.h>

#include "drivers/printer/paper.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct paper *p;
	struct paper_facts f;
	size_t half = size / 2;

	if (paper_open(384, NULL, &p, NULL) != 0)
		abort();
	paper_feed(p, data, half);
	paper_feed(p, data + half, size - half);
	f = paper_end(p);
	if (f.rows < 0 || f.rows > PAPER_ROWS_MAX)
		abort();
	paper_close(p);
	return 0;
}
