/*
 * Key events of a keyboard wedge become characters, by the US layout that
 * every wedge has as delivered: the layout of the system does not matter.
 * Pure: values in, values out. Inside this room only.
 */
#ifndef KARCIS_SCANNER_WEDGE_H
#define KARCIS_SCANNER_WEDGE_H

#include <linux/input.h>

#include "firmware/core/scan.h"

struct wedge_keys {
	uint8_t down; /* bit = modifier that is held */
	bool caps;
};

/* Notes whether a modifier is held; other codes change nothing. value as in
 * struct input_event: 0 released, 1 pressed, 2 repeated. */
void wedge_hold(struct wedge_keys *k, unsigned code, int value);
/* Takes one EV_KEY event. True when something was typed: a character in
 * *byte, or 0 for a key or combination that is none and spoils its line.
 * Repeats and releases type nothing. */
bool wedge_event(struct wedge_keys *k, unsigned code, int value,
    unsigned *byte) MUST_USE;

/* Takes one event as the kernel gave it, in its own time: gaps stay true
 * when the caller is late. True when it completed a code, then in *out. */
bool wedge_take(struct wedge_keys *k, struct scan_line *line,
    const struct input_event *ev, struct scan *out) MUST_USE;
int64_t wedge_event_ms(const struct input_event *ev);

#endif
