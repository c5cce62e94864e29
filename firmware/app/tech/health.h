/*
 * Whether a freshly started terminal is one that a new version may be kept
 * for. Pure. Said to karcis-update (`good`), once: on a machine in trial the
 * new version stays from then on; whoever never gets here returns by itself.
 */
#ifndef KARCIS_APP_HEALTH_H
#define KARCIS_APP_HEALTH_H

#include "firmware/core/print.h"

/* So long a hub may keep silent, or a screen stay dark without a monitor,
 * before it counts as not there: what a machine lacks is no fault of a new
 * version. A monitor that is there and stays dark is. */
enum { HEALTH_SCREEN_MS = 10000, HEALTH_HUB_MS = 45000 };

struct health {
	bool presented;  /* a first picture was handed to the screen */
	bool lit;        /* and stands on it */
	bool monitor;    /* the kernel sees one (DRM alone) */
	bool stores;     /* journal and cache are open and take writes */
	bool printer;    /* this terminal has one configured */
	enum fact found; /* it is connected: known, one way or the other */
	bool hub;        /* there is one */
	bool heard;      /* since the start */
	int64_t up_ms;   /* since the start */
};

bool health_is_good(const struct health *h);

#endif
