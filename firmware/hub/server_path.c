#include "server_path.h"

#include <string.h>

static const struct {
	const char *path, *label, *methods;
	bool below; /* whatever is below it */
} rows[PATHS] = {
    [PATH_ENROL] = {"/v1/enrol", "/v1/enrol", "POST", false},
    [PATH_TIME] = {"/v1/time", "/v1/time", "GET", false},
    [PATH_FEED] = {"/v1/feed", "/v1/feed", "GET", false},
    [PATH_CLAIMS] = {"/v1/claims", "/v1/claims", "POST", false},
    [PATH_ROSTER] = {"/v1/roster", "/v1/roster", "GET", false},
    [PATH_BOOKINGS] = {"/v1/bookings", "/v1/bookings", "POST", false},
    [PATH_BOOKING] = {"/v1/bookings/", "/v1/bookings/:booking", "PATCH, DELETE",
	true},
    [PATH_SLOTS] = {"/v1/slots", "/v1/slots", "GET", false},
    [PATH_AUDIT] = {"/v1/audit", "/v1/audit", "POST", false},
    [PATH_LOG] = {"/v1/log/", "/v1/log", "GET", true},
    [PATH_HEALTH] = {"/healthz", "/healthz", "GET", false},
    [PATH_METRICS] = {"/metrics", "/metrics", "GET", false},
    [PATH_OTHER] = {"", "other", "", true},
};

enum server_path server_path_of(struct str path)
{
	int p = 0;

	for (size_t i = 0; i < path.len; i++)
		if (path.ptr[i] == '?')
			path.len = i;
	for (; p < PATH_OTHER; p++) {
		size_t len = strlen(rows[p].path);

		if (str_is(str_cut(path, 0, len), rows[p].path) &&
		    (rows[p].below || path.len == len))
			break;
	}
	return (enum server_path)p;
}

const char *server_path_label(enum server_path p)
{
	return rows[p].label;
}

const char *server_path_methods(enum server_path p)
{
	return rows[p].methods;
}
