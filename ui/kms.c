#include "kms.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

enum { CARDS = 16, NAME = 48, BITS = 32, DEPTH = 24, CLIPS = DAMAGE_RECTS };

struct kms {
	int fd;
	uint32_t connector, crtc;
	uint32_t handle, buffer; /* 0 = none */
	uint32_t power;          /* the property DPMS, 0 = none */
	drmModeModeInfo mode;
	struct picture to;
	size_t bytes; /* mapped, 0 = none */
	bool copies;  /* it wants to be told what was written */
	char name[NAME];
};

const char *kms_name(const struct kms *k)
{
	return k->name;
}

void kms_size(const struct kms *k, int *width_px, int *height_px)
{
	*width_px = k->mode.hdisplay;
	*height_px = k->mode.vdisplay;
}

struct picture kms_picture(const struct kms *k)
{
	return k->to;
}

static bool fits(const drmModeModeInfo *m, const struct kms_config *c)
{
	if ((m->flags & DRM_MODE_FLAG_INTERLACE) != 0)
		return false;
	return c->width_px == 0 ||
	    (m->hdisplay == c->width_px && m->vdisplay == c->height_px);
}

/* The preferred one if it fits, else the first: the kernel sorts them. */
static bool choose_mode(struct kms *k, const drmModeConnector *c,
    const struct kms_config *config)
{
	const drmModeModeInfo *best = NULL;

	for (int i = 0; i < c->count_modes; i++) {
		const drmModeModeInfo *m = &c->modes[i];

		if (fits(m, config) &&
		    (best == NULL ||
			((m->type & DRM_MODE_TYPE_PREFERRED) != 0 &&
			    (best->type & DRM_MODE_TYPE_PREFERRED) == 0)))
			best = m;
	}
	if (best != NULL)
		k->mode = *best;
	return best != NULL;
}

/* The first that can feed the connector. */
static bool choose_crtc(struct kms *k, const drmModeConnector *c,
    const drmModeRes *all)
{
	for (int i = 0; i < c->count_encoders; i++) {
		drmModeEncoder *en = drmModeGetEncoder(k->fd, c->encoders[i]);
		uint32_t possible = en == NULL ? 0 : en->possible_crtcs;

		drmModeFreeEncoder(en);
		for (int n = 0; n < all->count_crtcs && n < 32; n++) {
			if ((possible & UINT32_C(1) << n) != 0) {
				k->crtc = all->crtcs[n];
				return true;
			}
		}
	}
	return false;
}

static drmModeConnector *ask(int fd, uint32_t id, bool probe)
{
	drmModeConnector *c = NULL;

	if (!probe)
		c = drmModeGetConnectorCurrent(fd, id);
	if (c != NULL && c->connection == DRM_MODE_CONNECTED &&
	    c->count_modes > 0)
		return c;
	drmModeFreeConnector(c);
	return drmModeGetConnector(fd, id);
}

static uint32_t find_power(int fd, const drmModeConnector *c)
{
	uint32_t id = 0;

	for (int i = 0; i < c->count_props && id == 0; i++) {
		drmModePropertyRes *p = drmModeGetProperty(fd, c->props[i]);

		if (p != NULL && strcmp(p->name, "DPMS") == 0)
			id = p->prop_id;
		drmModeFreeProperty(p);
	}
	return id;
}

static void name_it(struct kms *k, const drmModeConnector *c)
{
	const char *type = drmModeGetConnectorTypeName(c->connector_type);

	snprintf(k->name, sizeof(k->name), "%s-%u",
	    type == NULL ? "screen" : type, (unsigned)c->connector_type_id);
}

/* 0 = taken, -ENODEV = no monitor on this one. */
static int take_connector(struct kms *k, const drmModeRes *all, uint32_t id,
    const struct kms_config *config, struct err *e)
{
	drmModeConnector *c = ask(k->fd, id, config->probe);
	int r = -ENODEV;

	if (c == NULL || c->connection != DRM_MODE_CONNECTED)
		goto out;
	name_it(k, c);
	if (!choose_mode(k, c, config))
		r = err_set(e, -ERANGE,
		    "screen: %s has no mode of %dx%d, which screen.size and "
		    "screen.rotate ask for; its own is %dx%d",
		    k->name, config->width_px, config->height_px,
		    c->count_modes > 0 ? c->modes[0].hdisplay : 0,
		    c->count_modes > 0 ? c->modes[0].vdisplay : 0);
	else if (!choose_crtc(k, c, all))
		r = err_set(e, -ENOTSUP, "screen: %s cannot be driven",
		    k->name);
	else
		r = 0;
	k->connector = id;
	k->power = find_power(k->fd, c);
out:
	drmModeFreeConnector(c);
	return r;
}

static int take_screen(struct kms *k, const char *path,
    const struct kms_config *config, struct err *e)
{
	drmModeRes *all = drmModeGetResources(k->fd);
	struct err one = {0};
	int r = err_set(e, -ENODEV, "screen: no monitor is connected to %s",
	    path);

	if (all == NULL)
		return err_set(e, -ENODEV, "screen: %s drives no monitors",
		    path);
	for (int i = 0; i < all->count_connectors && r != 0; i++) {
		int now = take_connector(k, all, all->connectors[i], config,
		    &one);

		/* The first that has a monitor says what is wrong. */
		if (now < 0 && (now == -ENODEV || r != -ENODEV))
			continue;
		r = now;
		if (r < 0 && e != NULL)
			*e = one;
	}
	drmModeFreeResources(all);
	return r;
}

static int failed(struct err *e, const char *what, int why)
{
	return err_set(e, why, "screen: %s: %s", what, strerror(-why));
}

static int make_buffer(struct kms *k, struct err *e)
{
	uint32_t pitch = 0;
	uint64_t size = 0, offset = 0;
	void *at;
	int r = drmModeCreateDumbBuffer(k->fd, k->mode.hdisplay,
	    k->mode.vdisplay, BITS, 0, &k->handle, &pitch, &size);

	if (r < 0)
		return failed(e, "the card gives no buffer", r);
	if (size < (uint64_t)pitch * k->mode.vdisplay || pitch % 4 != 0 ||
	    pitch / 4 < k->mode.hdisplay)
		return failed(e, "the card gives a wrong buffer", -EIO);
	r = drmModeAddFB(k->fd, k->mode.hdisplay, k->mode.vdisplay, DEPTH, BITS,
	    pitch, k->handle, &k->buffer);
	if (r == 0)
		r = drmModeMapDumbBuffer(k->fd, k->handle, &offset);
	if (r < 0)
		return failed(e, "the buffer cannot be used", r);
	at = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, k->fd,
	    (off_t)offset);
	if (at == MAP_FAILED)
		return failed(e, "the buffer cannot be mapped", -errno);
	k->bytes = (size_t)size;
	k->to.px = at;
	k->to.stride_px = (int)(pitch / 4);
	memset(at, 0, k->bytes);
	return 0;
}

/* -ENOENT = there is no such card. */
static int open_card(struct kms *k, const char *path,
    const struct kms_config *c, struct err *e)
{
	uint64_t dumb = 0;
	int r;

	k->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (k->fd < 0)
		return err_set(e, -errno, "screen: %s: %s (its group is video)",
		    path, strerror(errno));
	if (drmGetCap(k->fd, DRM_CAP_DUMB_BUFFER, &dumb) < 0 || dumb == 0)
		return err_set(e, -ENODEV, "screen: %s shows no pictures",
		    path);
	/* Which monitor is there can be asked by anybody. */
	r = take_screen(k, path, c, e);
	if (r == 0 && !drmIsMaster(k->fd))
		r = err_set(e, -EBUSY, "screen: another program holds %s",
		    path);
	return r == 0 ? make_buffer(k, e) : r;
}

static int try_card(int n, const struct kms_config *c, struct kms **out,
    struct err *e)
{
	struct kms *k = calloc(1, sizeof(*k));
	char path[256];
	int r;

	if (k == NULL)
		return err_set(e, -ENOMEM, "screen: out of memory");
	snprintf(path, sizeof(path), "%s/card%d", c->dir, n);
	k->fd = -1;
	k->copies = true;
	r = open_card(k, path, c, e);
	if (r < 0)
		kms_close(k);
	else
		*out = k;
	return r;
}

int kms_open(const struct kms_config *c, struct kms **out, struct err *e)
{
	struct err one = {0};
	int r = err_set(e, -ENXIO, "screen: there is no card in %s", c->dir);

	*out = NULL;
	for (int n = 0; n < CARDS; n++) {
		int now = try_card(n, c, out, &one);

		if (now == 0)
			return 0;
		/* The first card with a monitor says what is wrong. */
		if (now != -ENOENT && (r == -ENXIO || r == -ENODEV)) {
			r = now;
			if (e != NULL)
				*e = one;
		}
	}
	return r;
}

void kms_close(struct kms *k)
{
	if (k == NULL)
		return;
	if (k->bytes > 0)
		munmap(k->to.px, k->bytes);
	/* A card that is gone has no buffers to give back. */
	if (k->buffer != 0 && drmModeRmFB(k->fd, k->buffer) < 0)
		errno = 0;
	if (k->handle != 0 && drmModeDestroyDumbBuffer(k->fd, k->handle) < 0)
		errno = 0;
	if (k->fd >= 0)
		close(k->fd);
	free(k);
}

int kms_show(struct kms *k, struct err *e)
{
	int r = drmModeSetCrtc(k->fd, k->crtc, k->buffer, 0, 0, &k->connector,
	    1, &k->mode);

	return r < 0 ? failed(e, "the mode cannot be set", r) : 0;
}

int kms_flush(struct kms *k, const struct rect *r, int count, struct err *e)
{
	drmModeClip clip[CLIPS];
	int why;

	if (!k->copies)
		return 0;
	if (count > CLIPS)
		return failed(e, "too many parts", -EINVAL);
	for (int i = 0; i < count; i++)
		clip[i] = (drmModeClip){(uint16_t)r[i].x, (uint16_t)r[i].y,
		    (uint16_t)(r[i].x + r[i].w), (uint16_t)(r[i].y + r[i].h)};
	why = drmModeDirtyFB(k->fd, k->buffer, clip, (uint32_t)count);
	/* Drivers whose screen reads the buffer itself know no such call. */
	if (why == -ENOSYS || why == -EINVAL || why == -EOPNOTSUPP) {
		k->copies = false;
		return 0;
	}
	return why < 0 ? failed(e, "the picture cannot be shown", why) : 0;
}

bool kms_connected(struct kms *k)
{
	drmModeConnector *c = drmModeGetConnector(k->fd, k->connector);
	bool there = c != NULL && c->connection == DRM_MODE_CONNECTED;

	drmModeFreeConnector(c);
	return there;
}

bool kms_power(struct kms *k, bool on)
{
	return k->power != 0 &&
	    drmModeConnectorSetProperty(k->fd, k->connector, k->power,
		on ? DRM_MODE_DPMS_ON : DRM_MODE_DPMS_OFF) == 0;
}

void kms_yield(struct kms *k)
{
	/* Not being it any more is what was wanted. */
	if (drmDropMaster(k->fd) < 0)
		errno = 0;
}

bool kms_shown(struct kms *k)
{
	drmModeCrtc *c = drmModeGetCrtc(k->fd, k->crtc);
	bool ours = c != NULL && c->buffer_id == k->buffer;

	drmModeFreeCrtc(c);
	return ours;
}
