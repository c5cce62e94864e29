/*
 * The paths that the hub knows: for labels of metrics, the Allow header, and
 * what the server answers itself. What they mean is docs/PROTOCOL.md.
 */
#ifndef KARCIS_HUB_SERVER_PATH_H
#define KARCIS_HUB_SERVER_PATH_H

#include "firmware/core/str.h"

enum server_path {
	PATH_ENROL,
	PATH_TIME,
	PATH_FEED,
	PATH_CLAIMS,
	PATH_ROSTER,
	PATH_BOOKINGS,
	PATH_BOOKING,
	PATH_SLOTS,
	PATH_AUDIT,
	PATH_LOG,
	PATH_HEALTH,
	PATH_METRICS,
	PATH_OTHER,
	PATHS
};

/* Of a path as on the request line, with or without its query. */
enum server_path server_path_of(struct str path);
const char *server_path_label(enum server_path p);
const char *server_path_methods(enum server_path p); /* "" for OTHER */

#endif
