#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <libevdev/libevdev.h>
#include <time.h>
#include <unistd.h>

enum {
	EVENTS = 1024, /* a turn, so that one device starves nobody */
	PRESSED = 1,   /* value of EV_KEY; 0 = released, 2 = autorepeat */
};

/* US layout, the layout of every wedge as delivered. 0 = not a character. */
struct key {
	char plain, shifted;
};

static const struct key KEYS[] = {
	[KEY_1] = {'1', '!'},
	[KEY_2] = {'2', '@'},
	[KEY_3] = {'3', '#'},
	[KEY_4] = {'4', '$'},
	[KEY_5] = {'5', '%'},
	[KEY_6] = {'6', '^'},
	[KEY_7] = {'7', '&'},
	[KEY_8] = {'8', '*'},
	[KEY_9] = {'9', '('},
	[KEY_0] = {'0', ')'},
	[KEY_MINUS] = {'-', '_'},
	[KEY_EQUAL] = {'=', '+'},
	[KEY_TAB] = {'\t', '\t'},
	[KEY_Q] = {'q', 'Q'},
	[KEY_W] = {'w', 'W'},
	[KEY_E] = {'e', 'E'},
	[KEY_R] = {'r', 'R'},
	[KEY_T] = {'t', 'T'},
	[KEY_Y] = {'y', 'Y'},
	[KEY_U] = {'u', 'U'},
	[KEY_I] = {'i', 'I'},
	[KEY_O] = {'o', 'O'},
	[KEY_P] = {'p', 'P'},
	[KEY_LEFTBRACE] = {'[', '{'},
	[KEY_RIGHTBRACE] = {']', '}'},
	[KEY_ENTER] = {'\r', '\r'},
	[KEY_A] = {'a', 'A'},
	[KEY_S] = {'s', 'S'},
	[KEY_D] = {'d', 'D'},
	[KEY_F] = {'f', 'F'},
	[KEY_G] = {'g', 'G'},
	[KEY_H] = {'h', 'H'},
	[KEY_J] = {'j', 'J'},
	[KEY_K] = {'k', 'K'},
	[KEY_L] = {'l', 'L'},
	[KEY_SEMICOLON] = {';', ':'},
	[KEY_APOSTROPHE] = {'\'', '"'},
	[KEY_GRAVE] = {'`', '~'},
	[KEY_BACKSLASH] = {'\\', '|'},
	[KEY_Z] = {'z', 'Z'},
	[KEY_X] = {'x', 'X'},
	[KEY_C] = {'c', 'C'},
	[KEY_V] = {'v', 'V'},
	[KEY_B] = {'b', 'B'},
	[KEY_N] = {'n', 'N'},
	[KEY_M] = {'m', 'M'},
	[KEY_COMMA] = {',', '<'},
	[KEY_DOT] = {'.', '>'},
	[KEY_SLASH] = {'/', '?'},
	[KEY_KPASTERISK] = {'*', '*'},
	[KEY_SPACE] = {' ', ' '},
	[KEY_KP7] = {'7', '7'},
	[KEY_KP8] = {'8', '8'},
	[KEY_KP9] = {'9', '9'},
	[KEY_KPMINUS] = {'-', '-'},
	[KEY_KP4] = {'4', '4'},
	[KEY_KP5] = {'5', '5'},
	[KEY_KP6] = {'6', '6'},
	[KEY_KPPLUS] = {'+', '+'},
	[KEY_KP1] = {'1', '1'},
	[KEY_KP2] = {'2', '2'},
	[KEY_KP3] = {'3', '3'},
	[KEY_KP0] = {'0', '0'},
	[KEY_KPDOT] = {'.', '.'},
	[KEY_KPENTER] = {'\r', '\r'},
	[KEY_KPSLASH] = {'/', '/'},
};

static bool is_down(const struct device *d, unsigned a, unsigned b)
{
	return libevdev_get_event_value(d->dev, EV_KEY, a) != 0 ||
	    libevdev_get_event_value(d->dev, EV_KEY, b) != 0;
}

static bool is_modifier(unsigned code)
{
	switch (code) {
	case KEY_LEFTSHIFT:
	case KEY_RIGHTSHIFT:
	case KEY_LEFTCTRL:
	case KEY_RIGHTCTRL:
	case KEY_LEFTALT:
	case KEY_RIGHTALT:
	case KEY_LEFTMETA:
	case KEY_RIGHTMETA:
	case KEY_NUMLOCK:
		return true;
	}
	return false;
}

/* The character of a key pressed now; 0 = none, its line is spoilt. */
static unsigned char_of(const struct device *d, unsigned code)
{
	const struct key *k = code < ARRAY_LEN(KEYS) ? &KEYS[code] : NULL;
	bool shift = is_down(d, KEY_LEFTSHIFT, KEY_RIGHTSHIFT);

	if (k == NULL || is_down(d, KEY_LEFTCTRL, KEY_RIGHTCTRL) ||
	    is_down(d, KEY_LEFTALT, KEY_RIGHTALT) ||
	    is_down(d, KEY_LEFTMETA, KEY_RIGHTMETA))
		return 0;
	if (d->caps && k->plain >= 'a' && k->plain <= 'z')
		shift = !shift;
	return (unsigned char)(shift ? k->shifted : k->plain);
}

static void take_key(struct scanner *s, struct device *d, unsigned code,
    int64_t at_ms, int64_t mono_ms)
{
	if (code == KEY_CAPSLOCK)
		d->caps = !d->caps;
	else if (!is_modifier(code))
		scanner_feed(s, d, char_of(d, code), at_ms, mono_ms);
}

/* The kernel's time of the event: gaps stay true when the caller is late. */
static int64_t event_ms(const struct input_event *ev)
{
	return (int64_t)ev->input_event_sec * 1000 +
	    (int64_t)ev->input_event_usec / 1000;
}

/* Events were lost: catches up on which keys are down and spoils the line. */
static void resync(struct device *d, int64_t at_ms)
{
	struct input_event ev;
	int r;

	do
		r = libevdev_next_event(d->dev, LIBEVDEV_READ_FLAG_SYNC, &ev);
	while (r == LIBEVDEV_READ_STATUS_SYNC);
	scan_line_spoil(&d->line, at_ms);
}

bool evdev_read(struct scanner *s, struct device *d, int64_t mono_ms)
{
	struct input_event ev;
	int i;
	int r;

	d->more = false;
	for (i = 0; i < EVENTS; i++) {
		r = libevdev_next_event(d->dev, LIBEVDEV_READ_FLAG_NORMAL, &ev);
		if (r == -EAGAIN || r == -EINTR)
			return true;
		if (r < 0)
			return false;
		if (r == LIBEVDEV_READ_STATUS_SYNC)
			resync(d, event_ms(&ev));
		else if (ev.type == EV_KEY && ev.value == PRESSED)
			take_key(s, d, ev.code, event_ms(&ev), mono_ms);
	}
	d->more = true; /* some may lie in libevdev's own queue */
	return true;
}

static bool is_allowed(const struct scanner_config *cfg, struct scanner_id id)
{
	size_t i;

	for (i = 0; i < cfg->allow_count && i < SCANNER_ALLOWED; i++)
		if (cfg->allow[i].vendor == id.vendor &&
		    cfg->allow[i].product == id.product)
			return true;
	return false;
}

static enum wedge judge(struct device *d, const struct scanner_config *cfg,
    struct scanner_id *id)
{
	id->vendor = (uint16_t)libevdev_get_id_vendor(d->dev);
	id->product = (uint16_t)libevdev_get_id_product(d->dev);
	if (!libevdev_has_event_code(d->dev, EV_KEY, KEY_1) ||
	    !libevdev_has_event_code(d->dev, EV_KEY, KEY_ENTER))
		return WEDGE_OTHER;
	if (!is_allowed(cfg, *id))
		return WEDGE_STRANGER;
	if (libevdev_grab(d->dev, LIBEVDEV_GRAB) < 0)
		return WEDGE_NO_GRAB;
	/* Refused, times are of the other clock and gaps nearly as good. */
	if (libevdev_set_clock_id(d->dev, CLOCK_MONOTONIC) < 0)
		errno = 0;
	d->caps = libevdev_get_event_value(d->dev, EV_LED, LED_CAPSL) != 0;
	scan_line_init(&d->line, SCAN_SILENCE_DISCARDS);
	return WEDGE_TAKEN;
}

enum wedge evdev_take(struct device *d, const char *path,
    const struct scanner_config *cfg, struct scanner_id *id, int *why)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	enum wedge w;

	if (fd < 0) {
		*why = -errno;
		return WEDGE_FAILED;
	}
	*why = libevdev_new_from_fd(fd, &d->dev);
	if (*why < 0) {
		d->dev = NULL;
		close(fd);
		return WEDGE_FAILED;
	}
	w = judge(d, cfg, id);
	if (w != WEDGE_TAKEN) {
		libevdev_free(d->dev);
		d->dev = NULL;
		close(fd);
		return w;
	}
	d->fd = fd;
	return w;
}

void evdev_release(struct device *d)
{
	if (d->dev == NULL)
		return;
	/* Closing the descriptor ends the grab too, whatever this says. */
	(void)libevdev_grab(d->dev, LIBEVDEV_UNGRAB);
	libevdev_free(d->dev);
	d->dev = NULL;
}
