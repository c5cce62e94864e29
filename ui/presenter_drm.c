#include "presenter.h"

#include "backlight.h"
#include "kms.h"
#include "touch.h"

#include <errno.h>
#include <libudev.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
	SOON_MS = 200,     /* no card yet, or another program still holds it */
	LATER_MS = 2000,   /* a card without a monitor: udev tells as well */
	SELDOM_MS = 16000, /* each wait is twice the last, up to this one */
	UEVENTS = 64,
};

struct drm {
	struct presenter base;
	struct drm_config config;
	struct turn turn;
	struct picture shadow; /* upright, ours */
	struct kms *kms;       /* NULL = no screen */
	bool shown;            /* it shows our buffer */
	bool painted;          /* there is a picture to show */
	bool blank;
	int percent; /* of the light, 0 = not set yet */
	struct backlight light;
	struct touch *touch;
	struct said said;
	struct err trouble; /* why there is no screen, as said last */
	int wait_ms; /* before the next look; 0 = nothing is waited for */
	struct udev *udev;
	struct udev_monitor *monitor; /* NULL = the timer alone */
	int epoll, timer;
};

static struct drm *of(struct presenter *p)
{
	return (struct drm *)(void *)p;
}

static const struct drm *of_const(const struct presenter *p)
{
	return (const struct drm *)(const void *)p;
}

static struct rect whole(const struct drm *d)
{
	return (struct rect){0, 0, d->turn.width_px, d->turn.height_px};
}

/* ---- the screen comes and goes ---- */

static void try_again(struct drm *d, int first_ms)
{
	int ms = d->wait_ms < first_ms   ? first_ms
	    : d->wait_ms < SELDOM_MS / 2 ? d->wait_ms * 2
					 : SELDOM_MS;
	struct itimerspec at = {.it_value = {ms / 1000, ms % 1000 * 1000000L}};

	d->wait_ms = ms;
	if (timerfd_settime(d->timer, 0, &at, NULL) != 0)
		said_add(&d->said, -errno, "screen: no timer: %s",
		    strerror(errno));
}

static void complain(struct drm *d, const struct err *why)
{
	if (why->code != d->trouble.code ||
	    strcmp(why->text, d->trouble.text) != 0)
		said_add(&d->said, why->code, "%s", why->text);
	d->trouble = *why;
	try_again(d,
	    why->code == -ENODEV || why->code == -ERANGE ? LATER_MS : SOON_MS);
}

static void detach(struct drm *d)
{
	kms_close(d->kms);
	d->kms = NULL;
	d->shown = false;
}

/* Takes the screen, unless it shows our buffer already, and tells the card
 * what was written. Trouble is over when both were good. */
static int show_parts(struct drm *d, const struct rect *r, int count,
    struct err *e)
{
	bool first = !d->shown;
	int result = first ? kms_show(d->kms, e) : 0;

	if (result == 0)
		result = kms_flush(d->kms, r, count, e);
	if (result < 0 || !first)
		return result;
	d->shown = true;
	memset(&d->trouble, 0, sizeof(d->trouble));
	d->wait_ms = 0;
	said_add(&d->said, 0, "screen: %s shows the picture", kms_name(d->kms));
	return 0;
}

/* Black as well: there may be no power saving. A screen that comes in the dark
 * is taken all the same: what showed something else on it goes. */
static int darken(struct drm *d, struct err *e)
{
	struct picture panel = kms_picture(d->kms);
	struct rect all = {0};
	int r;

	kms_size(d->kms, &all.w, &all.h);
	for (int y = 0; y < all.h; y++)
		memset(panel.px + (ptrdiff_t)y * panel.stride_px, 0,
		    (size_t)all.w * sizeof(*panel.px));
	r = show_parts(d, &all, 1, e);
	if (r == 0)
		kms_power(d->kms, false);
	return r;
}

static void darken_or_detach(struct drm *d)
{
	struct err why = {0};

	if (darken(d, &why) == 0)
		return;
	detach(d);
	complain(d, &why);
}

/* Copies and shows; what was painted before the screen came is in it. */
static int put(struct drm *d, const struct rect *r, int count, struct err *e)
{
	struct picture panel = kms_picture(d->kms);
	struct rect there[DAMAGE_RECTS];

	for (int i = 0; i < count; i++) {
		turn_copy(&d->turn, &d->shadow, r[i], &panel);
		there[i] = turn_rect(&d->turn, r[i]);
	}
	return show_parts(d, there, count, e);
}

/* A screen that fails is let go and taken anew. */
static void put_or_detach(struct drm *d, const struct rect *r, int count)
{
	struct rect all = whole(d);
	struct err why = {0};

	if (!d->shown) {
		r = &all;
		count = 1;
	}
	if (put(d, r, count, &why) == 0)
		return;
	detach(d);
	complain(d, &why);
}

static int attach(struct drm *d, bool probe, struct err *e)
{
	struct kms_config c = {.dir = d->config.dir, .probe = probe};
	int r;

	turn_panel(&d->turn, &c.width_px, &c.height_px);
	r = kms_open(&c, &d->kms, e);
	if (r < 0)
		return r;
	if (d->painted && d->blank)
		darken_or_detach(d);
	else if (d->painted)
		put_or_detach(d, NULL, 0);
	return 0;
}

static void retry(struct drm *d)
{
	struct err why = {0};

	if (d->kms == NULL && attach(d, true, &why) < 0)
		complain(d, &why);
}

/* udev says that something about a card or its monitors is different. */
static void look(struct drm *d)
{
	struct err why = {0};

	/* Many monitors say that they are gone once they save power, and come
	 * back by themselves: let go and taken again, they would wake. */
	if (d->blank && d->shown && kms_shown(d->kms))
		return;
	if (d->kms != NULL && !kms_connected(d->kms)) {
		said_add(&d->said, -ENODEV, "screen: %s was unplugged",
		    kms_name(d->kms));
		detach(d);
	}
	if (d->kms == NULL) {
		retry(d);
		return;
	}
	/* Unplugged and plugged again, it may need its mode set anew; the
	 * kernel does nothing when it does not. */
	if (d->shown && !d->blank && kms_show(d->kms, &why) < 0) {
		detach(d);
		complain(d, &why);
	}
}

static void service_screen(struct drm *d)
{
	uint64_t times;
	bool told = false;

	for (int i = 0; i < UEVENTS && d->monitor != NULL; i++) {
		struct udev_device *u = udev_monitor_receive_device(d->monitor);

		if (u == NULL)
			break;
		told = true;
		udev_device_unref(u);
	}
	if (told) {
		d->wait_ms = 0;
		look(d);
	}
	if (read(d->timer, &times, sizeof(times)) == sizeof(times))
		retry(d);
}

/* ---- as the screens see it ---- */

static int picture(struct presenter *p, struct picture *out, struct err *e)
{
	(void)e;
	*out = of(p)->shadow;
	return 0;
}

static int present(struct presenter *p, const struct rect *r, int count,
    struct err *e)
{
	struct drm *d = of(p);

	(void)e; /* a screen that is gone is waited for */
	if (count == 0)
		return 0;
	d->painted = true;
	if (d->kms == NULL)
		return 0;
	if (!d->blank)
		put_or_detach(d, r, count);
	else if (!d->shown)
		darken_or_detach(d);
	return 0;
}

static int fd(const struct presenter *p)
{
	return of_const(p)->epoll;
}

static bool next(struct presenter *p, struct input *out)
{
	struct drm *d = of(p);

	memset(out, 0, sizeof(*out));
	if (touch_next(d->touch, out))
		return true;
	service_screen(d);
	return false;
}

static void blank(struct presenter *p, bool on)
{
	struct drm *d = of(p);
	struct rect all = whole(d);

	if (d->blank == on)
		return;
	d->blank = on;
	if (!d->painted)
		return;
	if (d->kms == NULL) {
		d->wait_ms = 0;
		if (!on)
			retry(d);
		return;
	}
	if (on) {
		darken_or_detach(d);
		return;
	}
	kms_power(d->kms, true);
	put_or_detach(d, &all, 1);
}

static void brightness(struct presenter *p, int percent)
{
	struct drm *d = of(p);
	struct err why = {0};

	if (d->percent == percent)
		return;
	d->percent = percent;
	if (backlight_set(&d->light, percent, &why) < 0)
		said_add(&d->said, why.code, "%s", why.text);
}

static bool note(struct presenter *p, struct err *out)
{
	return said_take(&of(p)->said, out);
}

static bool lit(const struct presenter *p)
{
	return of_const(p)->shown;
}

static void end(struct presenter *p)
{
	struct drm *d = of(p);

	touch_close(d->touch);
	kms_close(d->kms);
	backlight_fini(&d->light);
	udev_monitor_unref(d->monitor);
	udev_unref(d->udev);
	if (d->timer >= 0)
		close(d->timer);
	if (d->epoll >= 0)
		close(d->epoll);
	if (d->shadow.px != NULL)
		sodium_memzero(d->shadow.px,
		    (size_t)d->shadow.stride_px * (size_t)d->turn.height_px *
			sizeof(uint32_t));
	free(d->shadow.px);
	free(d);
}

static const struct presenter_ops ops = {
    .picture = picture,
    .present = present,
    .fd = fd,
    .next = next,
    .blank = blank,
    .brightness = brightness,
    .note = note,
    .lit = lit,
    .close = end,
};

/* ---- opening ---- */

static int listen_to(struct drm *d, int descriptor)
{
	struct epoll_event ev = {.events = EPOLLIN};

	return epoll_ctl(d->epoll, EPOLL_CTL_ADD, descriptor, &ev) == 0
	    ? 0
	    : -errno;
}

/* Without udev the timer does it alone. */
static void watch_cards(struct drm *d)
{
	d->udev = udev_new();
	if (d->udev != NULL)
		d->monitor = udev_monitor_new_from_netlink(d->udev, "udev");
	if (d->monitor == NULL)
		return;
	if (udev_monitor_filter_add_match_subsystem_devtype(d->monitor, "drm",
		NULL) < 0 ||
	    udev_monitor_enable_receiving(d->monitor) < 0 ||
	    listen_to(d, udev_monitor_get_fd(d->monitor)) < 0) {
		udev_monitor_unref(d->monitor);
		d->monitor = NULL;
	}
}

static int make_ears(struct drm *d, struct err *e)
{
	int r = 0;

	d->epoll = epoll_create1(EPOLL_CLOEXEC);
	d->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (d->epoll < 0 || d->timer < 0)
		r = -errno;
	if (r == 0)
		r = listen_to(d, d->timer);
	if (r < 0)
		return err_set(e, r, "screen: no events to wait for: %s",
		    strerror(-r));
	watch_cards(d);
	return 0;
}

static int open_touch(struct drm *d, struct err *e)
{
	const struct touch_config c = {d->config.touch, d->turn, &d->said};
	int r = touch_open(&c, &d->touch, e);

	if (r == 0 && listen_to(d, touch_fd(d->touch)) < 0)
		r = err_set(e, -errno, "touch: no events to wait for: %s",
		    strerror(errno));
	return r;
}

static void open_light(struct drm *d)
{
	struct err why = {0};

	if (backlight_init(&d->light, d->config.backlight_dir, &why) > 0)
		return;
	said_add(&d->said, why.code, "%s",
	    why.code == 0 ? "screen: its light cannot be set, there is none"
			  : why.text);
}

/* A monitor that is not there comes; one that cannot hold the picture is a
 * fault of the configuration. */
static int first_attach(struct drm *d, struct err *e)
{
	struct err why = {0};
	int r = attach(d, false, &why);

	if (r == -ERANGE)
		return err_set(e, r, "%s", why.text);
	if (r < 0)
		complain(d, &why);
	return 0;
}

int drm_presenter_open(const struct drm_config *c, struct presenter **out,
    struct err *e)
{
	struct drm *d = calloc(1, sizeof(*d));
	int r;

	*out = NULL;
	if (d == NULL)
		return err_set(e, -ENOMEM, "screen: out of memory");
	d->base.ops = &ops;
	d->config = *c;
	if (c->dir == NULL)
		d->config.dir = "/dev/dri";
	d->turn = (struct turn){c->width_px, c->height_px, c->rotate};
	d->epoll = d->timer = -1;
	d->shadow.stride_px = c->width_px;
	d->shadow.px = calloc((size_t)c->width_px * (size_t)c->height_px,
	    sizeof(uint32_t));
	r = d->shadow.px == NULL ? err_set(e, -ENOMEM, "screen: out of memory")
				 : make_ears(d, e);
	if (r == 0)
		r = open_touch(d, e);
	if (r == 0) {
		open_light(d);
		r = first_attach(d, e);
	}
	if (r < 0)
		end(&d->base);
	else
		*out = &d->base;
	return r;
}
