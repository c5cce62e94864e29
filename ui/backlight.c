#include "backlight.h"

#include "firmware/core/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH = 512, NUMBER = 24, ENTRIES = 64 };

static bool read_most(const char *dir, const char *name, int64_t *most)
{
	char path[PATH], text[NUMBER];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "%s/%s/max_brightness", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, sizeof(text));
		close(fd);
	}
	return n > 0 &&
	    str_number(str_trim(str_of(text, (size_t)n)), 1, INT32_MAX, most);
}

static void take(struct backlight *b, const char *dir, const char *name,
    struct err *e)
{
	char path[PATH];
	int fd;

	if (!read_most(dir, name, &b->most[b->count]))
		return;
	snprintf(path, sizeof(path), "%s/%s/brightness", dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		b->fd[b->count++] = fd;
	else
		(void)err_set(e, -errno, "screen: %s: %s", path,
		    strerror(errno));
}

int backlight_init(struct backlight *b, const char *dir, struct err *e)
{
	const char *where = dir == NULL ? "/sys/class/backlight" : dir;
	DIR *d = opendir(where);

	memset(b, 0, sizeof(*b));
	for (int i = 0; i < ENTRIES && d != NULL; i++) {
		const struct dirent *at = readdir(d);

		if (at == NULL || b->count == BACKLIGHTS)
			break;
		if (at->d_name[0] != '.')
			take(b, where, at->d_name, e);
	}
	if (d != NULL)
		closedir(d);
	return b->count;
}

void backlight_fini(struct backlight *b)
{
	for (int i = 0; i < b->count; i++)
		close(b->fd[i]);
	b->count = 0;
}

int backlight_set(const struct backlight *b, int percent, struct err *e)
{
	int64_t part = percent < 1 ? 1 : percent > 100 ? 100 : percent;
	int r = 0;

	for (int i = 0; i < b->count; i++) {
		int64_t value = (b->most[i] * part + 50) / 100;
		char text[NUMBER];
		int n = snprintf(text, sizeof(text), "%lld\n",
		    (long long)(value < 1 ? 1 : value));

		if (pwrite(b->fd[i], text, (size_t)n, 0) != n)
			r = err_set(e, -errno,
			    "screen: the light cannot be set: %s",
			    strerror(errno));
	}
	return r;
}
