/*
 * Other hubs on the same database tell of their changes. While the connection
 * was lost none were heard, so everybody is asked again then.
 */
#include "server_inner.h"

#include <errno.h>
#include <poll.h>

enum { RETRY_MS = 1000 };

/* False: the server stops. */
static bool wait_for(struct server *s, int fd, int timeout_ms, bool *news)
{
	struct pollfd p[2] = {{s->stop_fd, POLLIN, 0}, {fd, POLLIN, 0}};
	int n;

	do
		n = poll(p, fd < 0 ? 1 : 2, timeout_ms);
	while (n < 0 && errno == EINTR);
	*news = n > 0 && p[1].revents != 0;
	return p[0].revents == 0;
}

static bool tell_all(struct server *s)
{
	uint32_t office;
	int32_t day;
	bool any = false;

	while (hub_db_notice(s->notice_db, &office, &day)) {
		server_park_changed(s, office, day);
		any = true;
	}
	return any;
}

/* Readable without a notice: mostly its end. The descriptor, or -1. */
static int listen_again(struct server *s, bool *said)
{
	struct err e = {0};
	int fd;

	fd = hub_db_listen(s->notice_db, &e);
	if (fd < 0 && !*said)
		server_say(s, SERVER_LOG_WARNING,
		    "changes of other hubs are not heard: %s", e.text);
	else if (fd >= 0 && *said)
		server_say(s, SERVER_LOG_INFO,
		    "changes of other hubs are heard again");
	*said = fd < 0;
	return fd;
}

void *server_notice(void *server)
{
	struct server *s = server;
	bool said = false, news = false;
	int fd = listen_again(s, &said);

	while (wait_for(s, fd, fd < 0 ? RETRY_MS : -1, &news)) {
		if (news && tell_all(s))
			continue;
		fd = listen_again(s, &said);
		if (fd >= 0) {
			tell_all(s);
			server_park_wake(s, false);
		}
	}
	return NULL;
}
