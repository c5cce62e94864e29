/*
 * Stands in for libgpiod 1.6: a chip is any file that exists, and what is done
 * to its lines goes as a datagram to the socket named by GPIOD_FAKE, one each:
 * "MONOTONIC_MS request LINE FLAGS VALUE", "MS set LINE VALUE",
 * "MS release LINE". A chip whose file went away fails with ENODEV, as one
 * that was unplugged; a line asked for as 99 is taken by somebody else.
 * Preloaded into a program, or included by a test.
 */
#include <errno.h>
#include <gpiod.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { FAKE_PATH = 200, FAKE_TAKEN = 99 };

struct gpiod_chip {
	char path[FAKE_PATH];
};
struct gpiod_line {
	struct gpiod_chip *chip;
	unsigned offset;
};

__attribute__((format(printf, 1, 2))) static void fake_tell(const char *fmt,
    ...)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	const char *path = getenv("GPIOD_FAKE");
	struct timespec t;
	char text[128];
	va_list ap;
	int n, s;

	if (path == NULL || strlen(path) >= sizeof(to.sun_path) ||
	    clock_gettime(CLOCK_MONOTONIC, &t) != 0)
		return;
	memcpy(to.sun_path, path, strlen(path));
	n = snprintf(text, sizeof(text), "%lld ",
	    (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000);
	va_start(ap, fmt);
	n += vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	va_end(ap);
	s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s < 0)
		return;
	if (sendto(s, text, (size_t)n, 0, (const struct sockaddr *)&to,
		sizeof(to)) < 0)
		fprintf(stderr, "gpiod fake: %s: %s\n", path, strerror(errno));
	close(s);
}

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

/* Of the program's one line. */
static struct gpiod_line the_line;

struct gpiod_line *gpiod_chip_get_line(struct gpiod_chip *chip, unsigned offset)
{
	the_line = (struct gpiod_line){chip, offset};
	return &the_line;
}

int gpiod_line_request_output_flags(struct gpiod_line *line,
    const char *consumer, int flags, int default_val)
{
	if (line->offset == FAKE_TAKEN || strcmp(consumer, "karcis") != 0) {
		errno = EBUSY;
		return -1;
	}
	fake_tell("request %u %d %d", line->offset, flags, default_val);
	return 0;
}

int gpiod_line_set_value(struct gpiod_line *line, int value)
{
	if (access(line->chip->path, R_OK) != 0) {
		errno = ENODEV;
		return -1;
	}
	fake_tell("set %u %d", line->offset, value);
	return 0;
}

void gpiod_line_release(struct gpiod_line *line)
{
	fake_tell("release %u", line->offset);
}
