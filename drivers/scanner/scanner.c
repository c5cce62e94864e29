#include "device.h"

#include <dirent.h>
#include <errno.h>
#include <libudev.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum {
	RETRY_MS = 2000, /* while something is missing that nobody announces */
	HELD_MS = 30000, /* while somebody else holds a wedge */
	AGAIN_MS = 250,  /* after a device went: it may be back already */
	SAID = 32,       /* sentences remembered, so that each is said once */
	PATH_BYTES = SCANNER_SPEC_BYTES,
};

/* What is taken by its VID:PID: where its nodes are and who judges them. */
struct class
{
	const char *kind; /* of the configuration */
	const char *folder, *node;
	const char *noun; /* for the log */
	enum wedge (*take)(struct device *d, const char *path,
	    const struct scanner_config *cfg, struct scanner_id *id, int *why);
};

static const struct class CLASSES[] = {
    {"evdev:", "/dev/input", "event", "keyboard", evdev_take},
    {"hidraw:", "/dev", "hidraw", "bar code scanner", hidpos_take},
};

struct said {
	char path[PATH_BYTES];
	int what; /* enum wedge, or -errno */
	struct scanner_id id;
};

struct scanner {
	struct scanner_config cfg;
	struct device device[SCANNER_DEVICES];
	struct scan queue[SCANNER_QUEUE];
	size_t queue_first, queue_count;
	char log[SCANNER_LOGS][SCANNER_LOG_BYTES];
	size_t log_first, log_count;
	struct said said[SAID];
	size_t said_next;
	struct scan_debounce debounce;
	struct udev *udev;
	struct udev_monitor *monitor; /* NULL = inotify alone */
	int inotify;                  /* -1 = none */
	int64_t retry_ms;             /* look again then, -1 = no need */
};

static const char SERIAL[] = "serial:", CAMERA[] = "camera:";
static const char AUTO[] = "auto";

/* The path behind a kind, NULL when the spec is of another kind. */
static const char *path_of(const char *spec, const char *kind)
{
	size_t n = strlen(kind);

	return strncmp(spec, kind, n) == 0 ? spec + n : NULL;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool hex16(struct str s, uint16_t *out)
{
	unsigned v = 0;
	size_t i;

	if (s.len != 4)
		return false;
	for (i = 0; i < s.len; i++) {
		int digit = hex_digit(s.ptr[i]);

		if (digit < 0)
			return false;
		v = v * 16 + (unsigned)digit;
	}
	*out = (uint16_t)v;
	return true;
}

bool scanner_id_parse(struct str s, struct scanner_id *out)
{
	return s.len == 9 && s.ptr[4] == ':' &&
	    hex16(str_cut(s, 0, 4), &out->vendor) &&
	    hex16(str_cut(s, 5, 4), &out->product);
}

bool scanner_allows(const struct scanner_config *cfg, struct scanner_id id)
{
	size_t i;

	for (i = 0; i < cfg->allow_count && i < SCANNER_ALLOWED; i++)
		if (cfg->allow[i].vendor == id.vendor &&
		    cfg->allow[i].product == id.product)
			return true;
	return false;
}

void scanner_say(struct scanner *s, const char *fmt, ...)
{
	char *text;
	va_list ap;

	if (s->log_count == SCANNER_LOGS)
		return;
	text = s->log[(s->log_first + s->log_count++) % SCANNER_LOGS];
	va_start(ap, fmt);
	vsnprintf(text, SCANNER_LOG_BYTES, fmt, ap);
	va_end(ap);
}

bool scanner_next_log(struct scanner *s, char text[SCANNER_LOG_BYTES])
{
	if (s->log_count == 0)
		return false;
	memcpy(text, s->log[s->log_first], SCANNER_LOG_BYTES);
	s->log_first = (s->log_first + 1) % SCANNER_LOGS;
	s->log_count--;
	return true;
}

void scanner_push(struct scanner *s, const struct scan *scan, int64_t mono_ms)
{
	if (!scan_debounce(&s->debounce, scan, mono_ms))
		return;
	if (s->queue_count == SCANNER_QUEUE) {
		s->queue_first = (s->queue_first + 1) % SCANNER_QUEUE;
		s->queue_count--;
	}
	s->queue[(s->queue_first + s->queue_count++) % SCANNER_QUEUE] = *scan;
}

bool scanner_next(struct scanner *s, struct scan *out)
{
	if (s->queue_count == 0)
		return false;
	*out = s->queue[s->queue_first];
	s->queue_first = (s->queue_first + 1) % SCANNER_QUEUE;
	s->queue_count--;
	return true;
}

bool scanner_present(const struct scanner *s)
{
	size_t i;

	for (i = 0; i < SCANNER_DEVICES; i++)
		if (s->device[i].fd >= 0 && !s->device[i].asleep)
			return true;
	return false;
}

static void device_close(struct device *d)
{
	evdev_release(d);
	if (d->fd >= 0)
		close(d->fd);
	memset(d, 0, sizeof(*d));
	d->fd = -1;
}

/* True the first time; what was said of a path is forgotten when it works. */
static bool say_once(struct scanner *s, const char *path, int what,
    struct scanner_id id)
{
	struct said *e;
	size_t i;

	for (i = 0; i < SAID; i++) {
		e = &s->said[i];
		if (e->what == what && strcmp(e->path, path) == 0 &&
		    e->id.vendor == id.vendor && e->id.product == id.product)
			return false;
	}
	e = &s->said[s->said_next];
	s->said_next = (s->said_next + 1) % SAID;
	if (!str_copy(e->path, sizeof(e->path), str_from(path)))
		return false;
	e->what = what;
	e->id = id;
	return true;
}

static void unsay(struct scanner *s, const char *path)
{
	size_t i;

	for (i = 0; i < SAID; i++)
		if (strcmp(s->said[i].path, path) == 0)
			memset(&s->said[i], 0, sizeof(s->said[i]));
}

static void retry_at(struct scanner *s, int64_t mono_ms)
{
	if (s->retry_ms < 0 || s->retry_ms > mono_ms)
		s->retry_ms = mono_ms;
}

/* That a path is not there, or not ours to open, is announced by inotify
 * when it ends; the rest is asked again. */
static void failed(struct scanner *s, const char *path, int code,
    int64_t mono_ms)
{
	const struct scanner_id none = {0};

	if (say_once(s, path, code, none))
		scanner_say(s, "scanner: %s: %s", path, strerror(-code));
	if (code != -ENOENT && code != -EACCES)
		retry_at(s, mono_ms + RETRY_MS);
}

static struct device *find(struct scanner *s, const char *path)
{
	size_t i;

	for (i = 0; i < SCANNER_DEVICES; i++)
		if (s->device[i].fd >= 0 &&
		    strcmp(s->device[i].path, path) == 0)
			return &s->device[i];
	return NULL;
}

/* A free place for a path that is not open yet, NULL otherwise. */
static struct device *place_for(struct scanner *s, const char *path)
{
	size_t i;

	if (find(s, path) != NULL)
		return NULL;
	for (i = 0; i < SCANNER_DEVICES; i++)
		if (s->device[i].fd < 0 &&
		    str_copy(s->device[i].path, sizeof(s->device[i].path),
			str_from(path)))
			return &s->device[i];
	return NULL;
}

static void try_serial(struct scanner *s, const char *path, int64_t mono_ms)
{
	struct device *d = place_for(s, path);
	int r;

	if (d == NULL)
		return;
	r = serial_open(d, path);
	if (r < 0) {
		failed(s, path, r, mono_ms);
		return;
	}
	unsay(s, path);
	scanner_say(s, "scanner: %s is in use", path);
}

/* The pipe is there from the start or never. */
static void try_camera(struct scanner *s, const char *path)
{
	const struct scanner_id none = {0};
	struct device *d = place_for(s, path);
	int r = -ENODEV;

	if (d == NULL)
		return;
	if (s->cfg.camera_fd > 0)
		r = camera_take_pipe(d, s->cfg.camera_fd);
	if (r == 0)
		s->cfg.camera_fd = -1;
	else if (say_once(s, path, r, none))
		scanner_say(s,
		    "scanner: %s: no process reads this camera; one \"camera:\" "
		    "line is served, after a start of the terminal",
		    path);
}

static void try_class(struct scanner *s, const struct class *k,
    const char *path, int64_t mono_ms)
{
	struct device *d = place_for(s, path);
	struct scanner_id id = {0};
	enum wedge w;
	int why = 0;

	if (d == NULL)
		return;
	w = k->take(d, path, &s->cfg, &id, &why);
	switch (w) {
	case WEDGE_UNSET:
	case WEDGE_OTHER:
		return;
	case WEDGE_FAILED:
		failed(s, path, why, mono_ms);
		return;
	case WEDGE_STRANGER:
		if (say_once(s, path, (int)w, id))
			scanner_say(s,
			    "scanner: %s: %s %04x:%04x is not "
			    "allowed and is ignored",
			    path, k->noun, (unsigned)id.vendor,
			    (unsigned)id.product);
		return;
	case WEDGE_NO_GRAB:
		if (say_once(s, path, (int)w, id))
			scanner_say(s,
			    "scanner: %s: somebody else holds "
			    "%04x:%04x, it is ignored",
			    path, (unsigned)id.vendor, (unsigned)id.product);
		retry_at(s, mono_ms + HELD_MS); /* nobody tells of its end */
		return;
	case WEDGE_TAKEN:
		unsay(s, path);
		scanner_say(s, "scanner: %s (%04x:%04x) is in use", path,
		    (unsigned)id.vendor, (unsigned)id.product);
		return;
	}
}

static void try_all(struct scanner *s, const struct class *k, int64_t mono_ms)
{
	DIR *dir = opendir(k->folder);
	char path[PATH_BYTES];
	struct dirent *entry;
	int n;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, k->node, strlen(k->node)) != 0)
			continue;
		n = snprintf(path, sizeof(path), "%s/%s", k->folder,
		    entry->d_name);
		if (n > 0 && (size_t)n < sizeof(path))
			try_class(s, k, path, mono_ms);
	}
	closedir(dir);
}

/* Watches a folder in which a path will appear; asks again by time when the
 * folder itself is not there. */
static void watch(struct scanner *s, const char *dir, int64_t mono_ms)
{
	if (s->inotify < 0 ||
	    inotify_add_watch(s->inotify, dir,
		IN_CREATE | IN_ATTRIB | IN_MOVED_TO | IN_DELETE_SELF) < 0)
		retry_at(s, mono_ms + RETRY_MS);
}

static void watch_for(struct scanner *s, const char *path, int64_t mono_ms)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_BYTES];

	if (slash != NULL &&
	    str_copy(dir, sizeof(dir),
		str_of(path, slash == path ? 1 : (size_t)(slash - path))))
		watch(s, dir, mono_ms);
}

static void look_for(struct scanner *s, const char *spec, int64_t mono_ms)
{
	const char *path = path_of(spec, SERIAL);
	size_t i;

	if (path != NULL && find(s, path) == NULL) {
		watch_for(s, path, mono_ms);
		try_serial(s, path, mono_ms);
	}
	path = path_of(spec, CAMERA);
	if (path != NULL)
		try_camera(s, path);
	for (i = 0; i < ARRAY_LEN(CLASSES); i++) {
		const struct class *k = &CLASSES[i];

		path = path_of(spec, k->kind);
		if (path == NULL)
			continue;
		if (strcmp(path, AUTO) == 0) {
			watch(s, k->folder, mono_ms);
			try_all(s, k, mono_ms);
		} else {
			watch_for(s, path, mono_ms);
			try_class(s, k, path, mono_ms);
		}
	}
}

/* Takes into use whatever is there by now. Watches first, so that nothing
 * appears between looking and watching. */
static void look(struct scanner *s, int64_t mono_ms)
{
	size_t i;

	s->retry_ms = -1;
	for (i = 0; i < SCANNER_SPECS; i++)
		look_for(s, s->cfg.device[i], mono_ms);
}

static bool spec_is_good(const char *spec)
{
	const char *path = path_of(spec, SERIAL);
	size_t i;

	if (spec[0] == '\0')
		return true;
	if (path == NULL)
		path = path_of(spec, CAMERA);
	for (i = 0; i < ARRAY_LEN(CLASSES) && path == NULL; i++) {
		path = path_of(spec, CLASSES[i].kind);
		if (path != NULL && strcmp(path, AUTO) == 0)
			return true;
	}
	return path != NULL && path[0] == '/';
}

/* Without udev (a container, a small image) inotify does it alone. */
static void monitor_open(struct scanner *s)
{
	s->udev = udev_new();
	if (s->udev == NULL)
		return;
	s->monitor = udev_monitor_new_from_netlink(s->udev, "udev");
	if (s->monitor == NULL)
		return;
	if (udev_monitor_filter_add_match_subsystem_devtype(s->monitor, "input",
		NULL) < 0 ||
	    udev_monitor_filter_add_match_subsystem_devtype(s->monitor, "tty",
		NULL) < 0 ||
	    udev_monitor_filter_add_match_subsystem_devtype(s->monitor,
		"hidraw", NULL) < 0 ||
	    udev_monitor_enable_receiving(s->monitor) < 0) {
		udev_monitor_unref(s->monitor);
		s->monitor = NULL;
	}
}

/* What no "camera:" line took. */
static void close_pipe(const struct scanner_config *cfg)
{
	if (cfg->camera_fd > 0)
		close(cfg->camera_fd);
}

int scanner_open(const struct scanner_config *cfg, int64_t mono_ms,
    struct scanner **out, struct err *e)
{
	struct scanner *s;
	size_t i;

	*out = NULL;
	for (i = 0; i < SCANNER_SPECS; i++)
		if (!spec_is_good(cfg->device[i])) {
			close_pipe(cfg);
			return err_set(e, -EINVAL,
			    "scanner: device \"%s\" is "
			    "not serial:/path or camera:/path, nor "
			    "evdev: or hidraw: and a path or auto",
			    cfg->device[i]);
		}
	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		close_pipe(cfg);
		return err_set(e, -ENOMEM, "scanner: out of memory");
	}
	s->cfg = *cfg;
	for (i = 0; i < SCANNER_DEVICES; i++)
		s->device[i].fd = -1;
	s->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	monitor_open(s);
	look(s, mono_ms);
	*out = s;
	return 0;
}

void scanner_close(struct scanner *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < SCANNER_DEVICES; i++)
		device_close(&s->device[i]);
	close_pipe(&s->cfg);
	if (s->inotify >= 0)
		close(s->inotify);
	udev_monitor_unref(s->monitor);
	udev_unref(s->udev);
	free(s);
}

size_t scanner_pollfds(const struct scanner *s, struct pollfd *fds, size_t cap)
{
	int fd[SCANNER_POLLFDS];
	size_t n = 0;
	size_t i;

	for (i = 0; i < SCANNER_DEVICES; i++)
		fd[i] = s->device[i].fd;
	fd[i++] = s->inotify;
	fd[i] = s->monitor == NULL ? -1 : udev_monitor_get_fd(s->monitor);
	for (i = 0; i < SCANNER_POLLFDS && n < cap; i++)
		if (fd[i] >= 0)
			fds[n++] = (struct pollfd){fd[i], POLLIN, 0};
	return n;
}

int64_t scanner_deadline_ms(const struct scanner *s)
{
	int64_t first = s->retry_ms;
	size_t i;

	for (i = 0; i < SCANNER_DEVICES; i++) {
		const struct device *d = &s->device[i];
		int64_t t = d->more ? 0 : scan_line_deadline_ms(&d->line);

		if (d->fd >= 0 && t >= 0 && (first < 0 || t < first))
			first = t;
	}
	return first;
}

static int ready(const struct pollfd *fds, size_t n, int fd)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (fd >= 0 && fds[i].fd == fd)
			return fds[i].revents;
	return 0;
}

static bool read_device(struct scanner *s, struct device *d, int64_t mono_ms)
{
	switch (d->kind) {
	case DEVICE_UNSET:
		return false;
	case DEVICE_SERIAL:
		return serial_read(s, d, mono_ms);
	case DEVICE_WEDGE:
		return evdev_read(s, d, mono_ms);
	case DEVICE_HIDPOS:
		return hidpos_read_ready(s, d, mono_ms);
	case DEVICE_CAMERA:
		return camera_read(s, d, mono_ms);
	}
	return false;
}

static void serve(struct scanner *s, struct device *d, int revents,
    int64_t mono_ms)
{
	struct scan scan;
	bool here = true;

	if (revents != 0 || d->more)
		here = read_device(s, d, mono_ms);
	if (!here || (revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) {
		scanner_say(s, "scanner: %s went away", d->path);
		device_close(d);
		retry_at(s, mono_ms + AGAIN_MS);
	} else if (scan_line_quiet(&d->line, mono_ms, &scan)) {
		scanner_push(s, &scan, mono_ms);
	}
}

/* Empties what announces devices; the announcements are not read, because
 * looking at the devices themselves tells more. */
static bool drain(struct scanner *s, const struct pollfd *fds, size_t n)
{
	struct udev_device *device;
	char events[4096];
	bool news = false;

	if (ready(fds, n, s->inotify) != 0)
		while (read(s->inotify, events, sizeof(events)) > 0)
			news = true;
	if (s->monitor == NULL ||
	    ready(fds, n, udev_monitor_get_fd(s->monitor)) == 0)
		return news;
	while ((device = udev_monitor_receive_device(s->monitor)) != NULL) {
		udev_device_unref(device);
		news = true;
	}
	return news;
}

void scanner_service(struct scanner *s, const struct pollfd *fds, size_t n,
    int64_t mono_ms)
{
	size_t i;

	for (i = 0; i < SCANNER_DEVICES; i++)
		if (s->device[i].fd >= 0)
			serve(s, &s->device[i], ready(fds, n, s->device[i].fd),
			    mono_ms);
	if (drain(s, fds, n) || (s->retry_ms >= 0 && mono_ms >= s->retry_ms))
		look(s, mono_ms);
}
