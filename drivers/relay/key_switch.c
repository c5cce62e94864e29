#include "key_switch.h"

#include <errno.h>
#include <gpiod.h>
#include <stdlib.h>
#include <string.h>

#include "relay.h"

enum { EDGES = 64 }; /* taken in one turn, so that a loose wire ends it */

struct key_switch {
	struct relay_config at; /* path, line, active_low */
	struct gpiod_chip *chip;
	struct gpiod_line *line;
	int fd; /* -1 = not taken */
	bool on, seen;
	int64_t due_ms; /* of the settling, or of the next try */
	bool told;      /* why it can't be taken */
};

int key_switch_open(const char *text, struct key_switch **out, struct err *e)
{
	struct relay_config at = {0};
	struct key_switch *k;

	*out = NULL;
	if (!relay_parse(str_from(text), &at) || at.kind == RELAY_COMMAND)
		return err_set(e, -EINVAL,
		    "key switch: %s: write none or gpio:/dev/gpiochip0:LINE",
		    text);
	if (at.kind == RELAY_NONE)
		return 0;
	k = calloc(1, sizeof(*k));
	if (k == NULL)
		return err_set(e, -ENOMEM, "key switch: out of memory");
	k->at = at;
	k->fd = -1;
	*out = k;
	return 0;
}

static void drop(struct key_switch *k)
{
	if (k->line != NULL)
		gpiod_line_release(k->line);
	if (k->chip != NULL)
		gpiod_chip_close(k->chip);
	k->line = NULL;
	k->chip = NULL;
	k->fd = -1;
}

void key_switch_close(struct key_switch *k)
{
	if (k == NULL)
		return;
	drop(k);
	free(k);
}

size_t key_switch_pollfds(const struct key_switch *k, struct pollfd *fds,
    size_t cap)
{
	if (k == NULL || k->fd < 0 || cap < 1)
		return 0;
	fds[0] = (struct pollfd){k->fd, POLLIN, 0};
	return 1;
}

int64_t key_switch_deadline_ms(const struct key_switch *k)
{
	return k == NULL ? INT64_MAX : k->due_ms;
}

static int take(struct key_switch *k, struct err *e)
{
	int flags = k->at.active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0;

	k->chip = gpiod_chip_open(k->at.path);
	if (k->chip == NULL)
		return err_set(e, -errno, "key switch: %s: %s", k->at.path,
		    strerror(errno));
	k->line = gpiod_chip_get_line(k->chip, k->at.line);
	if (k->line == NULL ||
	    gpiod_line_request_both_edges_events_flags(k->line, "karcis",
		flags) != 0) {
		int r = err_set(e, -errno, "key switch: %s: line %u: %s",
		    k->at.path, k->at.line, strerror(errno));

		k->line = NULL;
		return r;
	}
	k->fd = gpiod_line_event_get_fd(k->line);
	return k->fd < 0
	    ? err_set(e, -EIO, "key switch: %s: no events", k->at.path)
	    : 0;
}

/* Lost or never had: the key is off until it is there again. */
static bool lost(struct key_switch *k, int64_t mono_ms)
{
	bool was = k->on;

	drop(k);
	k->on = k->seen = false;
	k->told = true;
	k->due_ms = mono_ms + KEY_SWITCH_AGAIN_MS;
	return was;
}

static bool try_take(struct key_switch *k, int64_t mono_ms, struct err *e)
{
	struct err why = {0};

	if (mono_ms < k->due_ms)
		return false;
	if (take(k, &why) < 0) {
		if (!k->told)
			*e = why;
		return lost(k, mono_ms);
	}
	k->told = false;
	/* What it is now stands as long as any turn of the key. */
	k->due_ms = mono_ms + KEY_SWITCH_SETTLE_MS;
	k->seen = gpiod_line_get_value(k->line) == 1;
	return false;
}

/* The edges say when; what the line is says what. */
static int read_edges(struct key_switch *k)
{
	const struct timespec now = {0, 0};
	struct gpiod_line_event edge;
	int r = 0;

	for (int i = 0; i < EDGES; i++) {
		r = gpiod_line_event_wait(k->line, &now);
		if (r <= 0)
			break;
		r = gpiod_line_event_read(k->line, &edge);
		if (r < 0)
			break;
	}
	return r;
}

bool key_switch_service(struct key_switch *k, int64_t mono_ms, struct err *e)
{
	int value;

	*e = (struct err){0};
	if (k == NULL)
		return false;
	if (k->fd < 0)
		return try_take(k, mono_ms, e);
	value = read_edges(k) < 0 ? -1 : gpiod_line_get_value(k->line);
	if (value < 0) {
		err_set(e, -errno, "key switch: %s: line %u: %s", k->at.path,
		    k->at.line, strerror(errno));
		return lost(k, mono_ms);
	}
	if ((value == 1) != k->seen) {
		k->seen = value == 1;
		k->due_ms = mono_ms + KEY_SWITCH_SETTLE_MS;
	}
	if (mono_ms < k->due_ms)
		return false;
	k->due_ms = INT64_MAX;
	if (k->seen == k->on)
		return false;
	k->on = k->seen;
	return true;
}

bool key_switch_on(const struct key_switch *k)
{
	return k != NULL && k->on;
}
