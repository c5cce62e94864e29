/*
 * A turnstile or door opener: a line of a GPIO chip (libgpiod) or a command.
 *
 * It lives in a process of its own, forked before the terminal closes itself
 * in: it alone may touch the chip or start the command, it can do nothing else
 * but open for the configured time, and it closes when the terminal dies,
 * however that dies. The terminal sends one byte; the time limit is kept here.
 *
 * A line is taken when the process starts and driven inactive until it is
 * asked for. A command is started anew for each opening, with nothing of ours:
 * no descriptor but /dev/null, no environment but PATH, a process group of its
 * own. It should end by itself within open_ms; then its group gets SIGTERM,
 * and SIGKILL half a second later.
 */
#ifndef KARCIS_RELAY_RELAY_H
#define KARCIS_RELAY_RELAY_H

#include "firmware/core/err.h"
#include "firmware/core/str.h"

#include <poll.h>

enum relay_kind { RELAY_NONE = 0, RELAY_GPIO, RELAY_COMMAND };
enum { RELAY_PATH = 192, RELAY_LOG = 256, RELAY_KILL_MS = 500 };
struct relay_config {
	enum relay_kind kind;
	char path[RELAY_PATH]; /* of the chip, or the program */
	unsigned line;
	bool active_low;
	int32_t open_ms; /* 100..10000 */
	/* Called in the process before it touches anything, so that it can be
	 * closed in; NULL = not. Less than 0: the process ends, and says why.
	 * Not called for a command, which needs to start a program. */
	int (*close_in)(void *ctx, struct err *e);
	void *ctx;
};
/* "none", "gpio:/dev/gpiochip0:17", "gpio:/dev/gpiochip0:17:low",
 * "command:/PATH". Leaves open_ms and close_in alone. */
bool relay_parse(struct str text, struct relay_config *out) MUST_USE;

struct relay;
/* Forks the process. kind NONE: *out = NULL and 0. A chip that is missing, a
 * line that is taken or a command that can't be run is told by relay_next_log
 * at once, and tried again at each opening. It ends with the caller's process,
 * also where other processes still hold the caller's end. */
int relay_start(const struct relay_config *c, struct relay **out,
    struct err *e) MUST_USE;
/* The process closes the line and ends. NULL does nothing. */
void relay_close(struct relay *r);
/* Asks for one opening; opening while open begins the time anew, a command
 * that still runs is not started a second time. False: the process is gone
 * (or r is NULL). */
bool relay_open_once(struct relay *r) MUST_USE;
/* At most one; NULL has none. */
size_t relay_pollfds(const struct relay *r, struct pollfd *fds, size_t cap);
/* The oldest sentence ("relay: ..."); false when none. Tells once when the
 * process is gone. */
bool relay_next_log(struct relay *r, char text[RELAY_LOG]) MUST_USE;
/* False after it told that the process is gone. */
bool relay_present(const struct relay *r);

#endif
