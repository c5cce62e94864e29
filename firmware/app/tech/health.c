#include "health.h"

bool health_is_good(const struct health *h)
{
	if (!h->presented || !h->stores)
		return false;
	if (!h->lit && (h->monitor || h->up_ms < HEALTH_SCREEN_MS))
		return false;
	if (h->printer && h->found == FACT_UNKNOWN)
		return false;
	return !h->hub || h->heard || h->up_ms >= HEALTH_HUB_MS;
}
