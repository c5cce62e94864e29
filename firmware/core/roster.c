#include "roster.h"

#include "feed.h"

const struct roster_device *roster_find(const struct roster *r, uint32_t device)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->item[i].device == device)
			return &r->item[i];
	return NULL;
}

const struct roster_device *roster_home(const struct roster *r,
    const struct code_hash *booking)
{
	uint32_t device[ROSTER_DEVICES];
	size_t n = 0, home;

	for (size_t i = 0; i < r->count; i++)
		if (r->item[i].live && r->item[i].role == ROSTER_KIOSK)
			device[n++] = r->item[i].device;
	home = feed_home(booking, device, n);
	return home == n ? NULL : roster_find(r, device[home]);
}
