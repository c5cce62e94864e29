/* A line of a GPIO chip, by libgpiod 1.6. */
#include "relay_inner.h"

#include <errno.h>
#include <gpiod.h>
#include <string.h>

int relay_line_take(struct relay_line *l, const struct relay_config *c,
    struct err *e)
{
	int r = 0;

	if (l->line != NULL)
		return 0;
	l->chip = gpiod_chip_open(c->path);
	if (l->chip == NULL)
		return err_set(e, -errno, "relay: %s: %s", c->path,
		    strerror(errno));
	l->line = gpiod_chip_get_line(l->chip, c->line);
	/* Taken as inactive: nothing opens because somebody asked for it. */
	if (l->line == NULL ||
	    gpiod_line_request_output_flags(l->line, "karcis",
		c->active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0, 0) != 0)
		r = err_set(e, -errno, "relay: %s: line %u: %s", c->path,
		    c->line, strerror(errno));
	if (r < 0) {
		gpiod_chip_close(l->chip);
		*l = (struct relay_line){NULL, NULL};
	}
	return r;
}

int relay_line_drive(struct relay_line *l, const struct relay_config *c,
    bool active, struct err *e)
{
	int r;

	if (l->line == NULL)
		return active
		    ? err_set(e, -ENODEV, "relay: %s: no line", c->path)
		    : 0;
	if (gpiod_line_set_value(l->line, active ? 1 : 0) == 0)
		return 0;
	r = err_set(e, -errno, "relay: %s: line %u could not be %s: %s",
	    c->path, c->line, active ? "opened" : "closed", strerror(errno));
	relay_line_drop(l);
	return r;
}

void relay_line_drop(struct relay_line *l)
{
	if (l->line != NULL)
		gpiod_line_release(l->line);
	if (l->chip != NULL)
		gpiod_chip_close(l->chip);
	*l = (struct relay_line){NULL, NULL};
}
