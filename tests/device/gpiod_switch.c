/*
 * Stands in for libgpiod 1.6 where a line is an input: a chip is a file whose
 * first byte is the line's value, '1' or '0', and whoever writes the file makes
 * an edge. Preloaded into a program. The file lies in /dev, as a chip does.
 */
#include <errno.h>
#include <fcntl.h>
#include <gpiod.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { FAKE_PATH = 200 };

struct gpiod_chip {
	char path[FAKE_PATH];
};
struct gpiod_line {
	struct gpiod_chip *chip;
	int fd;
};

struct gpiod_chip *gpiod_chip_open(const char *path)
{
	struct gpiod_chip *c;

	if (access(path, R_OK) != 0 || strlen(path) >= FAKE_PATH)
		return NULL;
	c = calloc(1, sizeof(*c));
	if (c != NULL)
		memcpy(c->path, path, strlen(path));
	return c;
}

void gpiod_chip_close(struct gpiod_chip *chip)
{
	free(chip);
}

/* The program's one line. */
static struct gpiod_line the_line;

struct gpiod_line *gpiod_chip_get_line(struct gpiod_chip *chip, unsigned offset)
{
	(void)offset;
	the_line = (struct gpiod_line){chip, -1};
	return &the_line;
}

int gpiod_line_request_both_edges_events_flags(struct gpiod_line *line,
    const char *consumer, int flags)
{
	(void)consumer;
	(void)flags;
	line->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	return line->fd < 0 ||
		inotify_add_watch(line->fd, line->chip->path, IN_CLOSE_WRITE) <
		    0
	    ? -1
	    : 0;
}

void gpiod_line_release(struct gpiod_line *line)
{
	close(line->fd);
}

int gpiod_line_event_get_fd(struct gpiod_line *line)
{
	return line->fd;
}

int gpiod_line_event_wait(struct gpiod_line *line,
    const struct timespec *timeout)
{
	struct pollfd p = {line->fd, POLLIN, 0};

	(void)timeout;
	return poll(&p, 1, 0);
}

int gpiod_line_event_read(struct gpiod_line *line,
    struct gpiod_line_event *event)
{
	_Alignas(struct inotify_event) char room[4096];

	(void)event;
	return read(line->fd, room, sizeof(room)) > 0 ? 0 : -1;
}

int gpiod_line_get_value(struct gpiod_line *line)
{
	int fd = open(line->chip->path, O_RDONLY | O_CLOEXEC);
	char value = '0';
	ssize_t n = fd < 0 ? -1 : read(fd, &value, 1);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return -1;
	return value == '1';
}
