/* What stands behind relay.h: the process and its two kinds of output. */
#ifndef KARCIS_RELAY_INNER_H
#define KARCIS_RELAY_INNER_H

#include "relay.h"

#include <sys/types.h>

/* The process, for all its life; `fd` is its end. */
void relay_process(const struct relay_config *c, int fd, pid_t terminal);
/* One sentence for the terminal; what does not fit is lost. */
void relay_say(int fd, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A GPIO line; all zero = not taken. */
struct gpiod_chip;
struct gpiod_line;
struct relay_line {
	struct gpiod_chip *chip;
	struct gpiod_line *line;
};
/* Takes the line and drives it inactive; 0 also when it is ours already. */
int relay_line_take(struct relay_line *l, const struct relay_config *c,
    struct err *e) MUST_USE;
/* -EIO and others: it could not be driven, and was let go of. */
int relay_line_drive(struct relay_line *l, const struct relay_config *c,
    bool active, struct err *e) MUST_USE;
void relay_line_drop(struct relay_line *l);

/* A command; pid 0 = none runs. */
struct relay_command {
	int pid;
};
/* 0: it is there and may be run. */
int relay_command_there(const char *path, struct err *e) MUST_USE;
int relay_command_start(struct relay_command *p, const char *path,
    struct err *e) MUST_USE;
/* True when it has ended since; then how, for the log, "" = well. stopped: it
 * was told to end, and what it left behind in its group ends too. */
bool relay_command_ended(struct relay_command *p, const char *path,
    bool stopped, char how[RELAY_LOG]) MUST_USE;
void relay_command_signal(const struct relay_command *p, int number);

#endif
