/* Events of a touch device in any order: the first byte chooses the kind, then
 * 4 bytes each are type and what to do, code, and value. What comes out is
 * whole presses, whatever went in. */
#include <stdlib.h>
#include <string.h>

#include "ui/contacts.h"

/* Behind the session's own EV_KEY. */
#include <linux/input-event-codes.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool down[CONTACTS_MAX];

static void check(const struct contacts_change *c)
{
	bool press = c->kind == INPUT_PRESS;

	if (c->slot < 0 || c->slot >= CONTACTS_MAX || down[c->slot] == press)
		abort();
	down[c->slot] = press || c->kind == INPUT_MOVE;
}

static void drain(struct contacts *c)
{
	struct contacts_change change;

	while (contacts_next(c, &change))
		check(&change);
}

static void feed(struct contacts *c, const uint8_t *at)
{
	static const unsigned types[] = {EV_ABS, EV_SYN, EV_KEY};
	static const unsigned codes[] = {ABS_MT_SLOT, ABS_MT_TRACKING_ID,
	    ABS_MT_POSITION_X, ABS_MT_POSITION_Y, ABS_X, ABS_Y, SYN_REPORT,
	    SYN_MT_REPORT, BTN_TOUCH, BTN_LEFT};
	int32_t value = (int16_t)(at[2] << 8 | at[3]);

	if (at[0] == 255) {
		contacts_lost(c);
	} else if (at[0] == 254) {
		contacts_found(c);
		drain(c);
	} else if (at[0] == 253) {
		contacts_begin(c, value, at[2], at[3]);
		memset(down, 0, sizeof(down));
		memset(c->contact, 0, sizeof(c->contact));
	} else if (contacts_take(c, types[at[0] % 3], codes[at[1] % 10],
		       at[0] % 2 == 0 ? value : value % 20)) {
		drain(c);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct contacts_change change;
	struct contacts c = {0};

	if (size == 0)
		return 0;
	memset(down, 0, sizeof(down));
	c.kind = (enum contacts_kind)(data[0] % 4);
	for (size_t i = 1; i + 4 <= size; i += 4)
		feed(&c, data + i);
	while (contacts_end(&c, &change))
		check(&change);
	for (int i = 0; i < CONTACTS_MAX; i++)
		if (down[i])
			abort();
	return 0;
}
