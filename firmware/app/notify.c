#include "notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/core/str.h"

enum { AGAIN_MS = 1000 }; /* after a message that was lost */

/* False: the manager's queue is full. One that is gone is nobody to tell. */
static bool tell(const struct notify *n, const char *text)
{
	return n->fd < 0 ||
	    sendto(n->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL,
		(const struct sockaddr *)&n->to, n->to_len) >= 0 ||
	    (errno != EAGAIN && errno != ENOBUFS);
}

/* A path, or "@" and an abstract name. */
static bool read_address(struct notify *n, const char *text)
{
	n->to.sun_family = AF_UNIX;
	if ((text[0] != '/' && text[0] != '@') || text[1] == '\0' ||
	    !str_copy(n->to.sun_path, sizeof(n->to.sun_path), str_from(text)))
		return false;
	n->to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	    strlen(text) + (text[0] == '/'));
	if (text[0] == '@')
		n->to.sun_path[0] = '\0';
	return true;
}

/* Half of $WATCHDOG_USEC, when it is meant for this process. */
static int64_t read_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	int64_t n, of;

	if (usec == NULL || !str_number(str_from(usec), 1, INT64_MAX, &n))
		return 0;
	if (pid != NULL &&
	    (!str_number(str_from(pid), 1, INT32_MAX, &of) || of != getpid()))
		return 0;
	return n < 2000 ? 1 : n / 2000;
}

int notify_init(struct notify *n, struct err *e)
{
	const char *path = getenv("NOTIFY_SOCKET");
	int r = 0;

	*n = (struct notify){.fd = -1};
	if (path == NULL)
		return 0;
	n->every_ms = read_watchdog();
	if (!read_address(n, path))
		r = err_set(e, -EINVAL, "notify: NOTIFY_SOCKET is no address");
	else
		n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (r == 0 && n->fd < 0)
		r = err_set(e, -errno, "notify: no socket: %s",
		    strerror(errno));
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
	return r;
}

void notify_fini(struct notify *n)
{
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
}

void notify_ready(struct notify *n, int64_t mono_ms)
{
	if (n->ready)
		return;
	n->ready = tell(n, "READY=1");
	n->late = !n->ready;
	n->due_ms = mono_ms + (n->ready ? n->every_ms : AGAIN_MS);
}

void notify_alive(struct notify *n, int64_t mono_ms)
{
	if (!n->ready || n->every_ms == 0 ||
	    mono_ms < n->due_ms - (n->late ? 0 : n->every_ms / 2))
		return;
	n->late = !tell(n, "WATCHDOG=1");
	n->due_ms = mono_ms + (n->late ? AGAIN_MS : n->every_ms);
}

void notify_status(struct notify *n, const char *text)
{
	char line[sizeof("STATUS=") + NOTIFY_STATUS], cut[NOTIFY_STATUS];

	/* A line end would begin another assignment. */
	(void)snprintf(cut, sizeof(cut), "%.*s", (int)strcspn(text, "\n"),
	    text);
	if (strcmp(cut, n->status) == 0)
		return;
	memcpy(n->status, cut, sizeof(cut));
	(void)snprintf(line, sizeof(line), "STATUS=%s", cut);
	(void)tell(n, line);
}

void notify_stopping(struct notify *n)
{
	(void)tell(n, "STOPPING=1");
}

int64_t notify_deadline_ms(const struct notify *n)
{
	return n->fd >= 0 && (n->late || (n->ready && n->every_ms > 0))
	    ? n->due_ms
	    : INT64_MAX;
}
