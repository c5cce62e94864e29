/*
 * What the service manager is told: ready, alive, stopping, and one line of
 * status (sd_notify(3): one datagram each to $NOTIFY_SOCKET).
 *
 * A watchdog proves that the loop turns, so only the loop feeds it: never a
 * thread, never a timer of its own. Whoever hangs in a device is ended and
 * started anew. A turn of the loop that comes anyway feeds it too, so that an
 * idle machine wakes for it once in half of WatchdogSec= at most.
 *
 * Without a service manager every call does nothing. Nothing blocks: a manager
 * that does not read loses the message. READY=1 and WATCHDOG=1 are told again
 * a second later, for it ends whom it does not hear.
 */
#ifndef KARCIS_APP_NOTIFY_H
#define KARCIS_APP_NOTIFY_H

#include <sys/socket.h>
#include <sys/un.h>

#include "firmware/core/err.h"

enum { NOTIFY_STATUS = 128 };

struct notify {
	int fd; /* -1 = nobody to tell */
	struct sockaddr_un to;
	socklen_t to_len;
	int64_t every_ms; /* half of what the manager allows; 0 = no watchdog */
	int64_t due_ms;   /* monotonic */
	bool ready;
	bool late;                  /* the last one was lost, due_ms is soon */
	char status[NOTIFY_STATUS]; /* as told last */
};

/* Reads $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID, and takes them out
 * of the environment, so that no child speaks for this process. Called before
 * the process closes itself in and before it forks. -EINVAL: an address that
 * is none; n tells nobody then, as after any other failure. */
int notify_init(struct notify *n, struct err *e) MUST_USE;
void notify_fini(struct notify *n); /* also of a cleared struct with fd -1 */

/* The first picture stands: READY=1, once; the watchdog counts from here. */
void notify_ready(struct notify *n, int64_t mono_ms);
/* The loop went round and the picture that was due was presented: WATCHDOG=1
 * when half of the time is used up, or a quarter and something woke us. */
void notify_alive(struct notify *n, int64_t mono_ms);
/* One line, cut at NOTIFY_STATUS; told when it differs from the last. */
void notify_status(struct notify *n, const char *text);
void notify_stopping(struct notify *n);
/* When the loop must come round for notify_ready and notify_alive, monotonic;
 * INT64_MAX where there is no watchdog or it does not count yet. */
int64_t notify_deadline_ms(const struct notify *n);

#endif
