/*
 * The service key switch: one input line of a GPIO chip (libgpiod 1.6), read
 * by edges in the caller's poll loop. A contact bounces: only what has stood
 * for KEY_SWITCH_SETTLE_MS counts. A chip that is missing, or a line that is
 * taken, is told once and tried again; until then the key is off.
 */
#ifndef KARCIS_RELAY_KEY_SWITCH_H
#define KARCIS_RELAY_KEY_SWITCH_H

#include "firmware/core/err.h"
#include "firmware/core/str.h"

#include <poll.h>

enum { KEY_SWITCH_SETTLE_MS = 100, KEY_SWITCH_AGAIN_MS = 30000 };

struct key_switch;

/* "none" (*out is NULL, and every function takes that), or
 * "gpio:/dev/gpiochip0:17[:low]": on while the line is active. Does not touch
 * the chip yet. -EINVAL: another text; -ENOMEM. */
int key_switch_open(const char *text, struct key_switch **out,
    struct err *e) MUST_USE;
void key_switch_close(struct key_switch *k);
/* At most one. */
size_t key_switch_pollfds(const struct key_switch *k, struct pollfd *fds,
    size_t cap);
/* Monotonic, INT64_MAX = none. */
int64_t key_switch_deadline_ms(const struct key_switch *k);
/* Reads it. True: it was turned, one way or the other. *e tells what went
 * wrong, code 0 = nothing new. */
bool key_switch_service(struct key_switch *k, int64_t mono_ms, struct err *e);
bool key_switch_on(const struct key_switch *k);

#endif
