/*
 * Stands in for the kernel's side of a DRM card (drm_fake.h). Preloaded into a
 * program, where /dev/dri is the folder named by DRM_FAKE, or included by a
 * test. Only what drm(7) programs without a GPU ask is known; all else fails
 * with EINVAL.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* RTLD_NEXT */
#endif

#include "drm_fake.h"

#include <dlfcn.h>
#include <drm.h>
#include <drm_mode.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	FAKE_PHANTOM = 30,
	FAKE_CONNECTOR = 31,
	FAKE_ENCODER = 41,
	FAKE_CRTC = 51,
	FAKE_PROPERTY = 61,
	FAKE_ALIGN = 4096,
};

int ioctl(int fd, unsigned long request, ...);
int close(int fd);
int open(const char *path, int flags, ...);

/* ---- the state of the card that a descriptor is of ---- */

static struct drm_fake *fake_map(int fd)
{
	char link[64], path[512];
	struct drm_fake *s;
	ssize_t n;
	int state;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 8);
	if (n <= 0)
		return NULL;
	path[n] = '\0';
	if (strstr(path, "/card") == NULL)
		return NULL;
	memcpy(path + n, ".state", 7);
	state = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
	if (state < 0)
		return NULL;
	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED, state,
	    0);
	syscall(SYS_close, state);
	return s == MAP_FAILED ? NULL : s;
}

static int64_t fake_key(int fd)
{
	return (int64_t)getpid() << 16 | fd;
}

static void fake_black_if(struct drm_fake *s, uint32_t buffer)
{
	if (s->shown != buffer)
		return;
	s->shown = 0;
	s->went_black++;
}

/* All that a descriptor holds goes with it. */
static void fake_leave(struct drm_fake *s, int64_t key)
{
	for (uint32_t i = 0; i < FAKE_BUFFERS; i++) {
		if (s->buffer[i].used == 0 || s->buffer[i].owner != key)
			continue;
		fake_black_if(s, i + 1);
		memset(&s->buffer[i], 0, sizeof(s->buffer[i]));
	}
	for (int i = 0; i < FAKE_OPENERS; i++)
		if (s->opener[i].key == key)
			s->opener[i].key = 0;
	if (s->master == key)
		s->master = 0;
}

/* The first that comes while there is no master is it. */
static void fake_enter(struct drm_fake *s, int64_t key)
{
	int unused = -1;

	for (int i = 0; i < FAKE_OPENERS; i++) {
		int64_t other = s->opener[i].key;

		if (other != 0 && kill((pid_t)(other >> 16), 0) != 0)
			fake_leave(s, other);
		if (s->opener[i].key == key)
			return;
		if (s->opener[i].key == 0)
			unused = i;
	}
	if (unused >= 0)
		s->opener[unused].key = key;
	if (s->master == 0)
		s->master = key;
}

/* ---- the calls ---- */

static void fake_copy(uint64_t to, uint32_t *count, const uint32_t *from,
    uint32_t n)
{
	if (*count >= n && to != 0 && n > 0)
		memcpy((void *)(uintptr_t)to, from, n * sizeof(*from));
	*count = n;
}

static int fake_resources(const struct drm_fake *s, struct drm_mode_card_res *r)
{
	static const uint32_t crtc = FAKE_CRTC, encoder = FAKE_ENCODER;
	static const uint32_t connectors[] = {FAKE_PHANTOM, FAKE_CONNECTOR};
	uint32_t from = s->phantom != 0 ? 0 : 1;

	fake_copy(r->crtc_id_ptr, &r->count_crtcs, &crtc, 1);
	fake_copy(r->connector_id_ptr, &r->count_connectors, connectors + from,
	    2 - from);
	fake_copy(r->encoder_id_ptr, &r->count_encoders, &encoder, 1);
	r->count_fbs = 0;
	r->max_width = r->max_height = 8192;
	return 0;
}

static void fake_modes(const struct drm_fake *s,
    struct drm_mode_get_connector *c, uint32_t n)
{
	struct drm_mode_modeinfo *out = (void *)(uintptr_t)c->modes_ptr;

	for (uint32_t i = 0; i < n && c->count_modes >= n && out != NULL; i++) {
		memset(&out[i], 0, sizeof(out[i]));
		out[i].hdisplay = s->mode[i].width;
		out[i].vdisplay = s->mode[i].height;
		out[i].vrefresh = 60;
		if (s->mode[i].preferred)
			out[i].type = DRM_MODE_TYPE_PREFERRED;
		if (s->mode[i].interlaced)
			out[i].flags = DRM_MODE_FLAG_INTERLACE;
	}
	c->count_modes = n;
}

/* What a board's firmware claims: a panel that nobody built in. */
static int fake_phantom(struct drm_mode_get_connector *c)
{
	static const struct drm_fake one = {
	    .mode = {{.width = 1024, .height = 768}}};
	static const uint32_t encoder = FAKE_ENCODER;

	fake_copy(c->encoders_ptr, &c->count_encoders, &encoder, 1);
	fake_modes(&one, c, 1);
	c->count_props = c->encoder_id = 0;
	c->connector_type = DRM_MODE_CONNECTOR_LVDS;
	c->connector_type_id = 1;
	c->connection = 1;
	c->mm_width = c->mm_height = c->subpixel = 0;
	return 0;
}

static int fake_connector(struct drm_fake *s, struct drm_mode_get_connector *c)
{
	static const uint32_t encoder = FAKE_ENCODER, power = FAKE_PROPERTY;
	uint64_t *values = (void *)(uintptr_t)c->prop_values_ptr;
	bool known;

	if (c->connector_id == FAKE_PHANTOM)
		return fake_phantom(c);
	if (c->connector_id != FAKE_CONNECTOR)
		return -ENOENT;
	if (c->count_modes == 0) { /* it is asked */
		s->probes++;
		s->unprobed = 0;
	}
	known = s->connected != 0 && s->unprobed == 0;
	if (s->no_power == 0 && c->count_props >= 1 && values != NULL)
		values[0] = s->power_off ? 3 : 0;
	fake_copy(c->encoders_ptr, &c->count_encoders, &encoder, 1);
	fake_copy(c->props_ptr, &c->count_props, &power, s->no_power ? 0 : 1);
	fake_modes(s, c, known ? s->mode_count : 0);
	c->encoder_id = 0;
	c->connector_type = DRM_MODE_CONNECTOR_HDMIA;
	c->connector_type_id = 1;
	c->connection = s->unprobed ? 3 : s->connected ? 1 : 2;
	c->mm_width = c->mm_height = c->subpixel = 0;
	return 0;
}

static int fake_property(struct drm_mode_get_property *p)
{
	if (p->prop_id != FAKE_PROPERTY)
		return -ENOENT;
	memset(p->name, 0, sizeof(p->name));
	memcpy(p->name, "DPMS", 4);
	p->flags = DRM_MODE_PROP_RANGE;
	p->count_values = p->count_enum_blobs = 0;
	return 0;
}

static struct fake_buffer *fake_find(struct drm_fake *s, uint32_t number)
{
	return number == 0 || number > FAKE_BUFFERS ||
		s->buffer[number - 1].used == 0
	    ? NULL
	    : &s->buffer[number - 1];
}

static int fake_create(struct drm_fake *s, int fd, int64_t key,
    struct drm_mode_create_dumb *c)
{
	for (uint32_t i = 0; i < FAKE_BUFFERS; i++) {
		struct fake_buffer *b = &s->buffer[i];

		if (b->used != 0)
			continue;
		b->used = 1;
		b->owner = key;
		b->width = c->width;
		b->height = c->height;
		/* Rows are longer than the picture, as on many cards. */
		b->pitch = c->pitch = (c->width * 4 + 255) / 256 * 256;
		b->size = c->size = (uint64_t)b->pitch * b->height;
		b->offset = s->end;
		s->end = (s->end + b->size + FAKE_ALIGN - 1) / FAKE_ALIGN *
		    FAKE_ALIGN;
		c->handle = i + 1;
		return ftruncate(fd, (off_t)s->end) == 0 ? 0 : -errno;
	}
	return -ENOMEM;
}

static int fake_show(struct drm_fake *s, int64_t key,
    const struct drm_mode_crtc *c)
{
	const struct fake_buffer *b = fake_find(s, c->fb_id);

	if (s->master != key)
		return -EACCES;
	if (s->show_fails != 0)
		return -s->show_fails;
	if (b == NULL || b->is_frame == 0 || c->crtc_id != FAKE_CRTC ||
	    c->count_connectors != 1 || c->mode.hdisplay > b->width ||
	    c->mode.vdisplay > b->height)
		return -EINVAL;
	s->shown = c->fb_id;
	s->power_off = 0;
	s->shows++;
	return 0;
}

static int fake_dirty(struct drm_fake *s, int64_t key,
    const struct drm_mode_fb_dirty_cmd *c)
{
	const struct drm_clip_rect *r = (const void *)(uintptr_t)c->clips_ptr;

	if (s->master != key)
		return -EACCES;
	s->dirties++;
	if (s->dirty_fails != 0)
		return -s->dirty_fails;
	if (fake_find(s, c->fb_id) == NULL)
		return -ENOENT;
	s->parts = c->num_clips;
	for (uint32_t i = 0; i < c->num_clips && i < FAKE_PARTS; i++)
		memcpy(s->part[i], &r[i], sizeof(s->part[i]));
	return 0;
}

static int fake_power(struct drm_fake *s, int64_t key,
    const struct drm_mode_connector_set_property *p)
{
	if (s->master != key)
		return -EACCES;
	if (p->prop_id != FAKE_PROPERTY || p->connector_id != FAKE_CONNECTOR)
		return -EINVAL;
	s->power_off = p->value != 0;
	s->powers++;
	return 0;
}

static int fake_buffers(struct drm_fake *s, int fd, int64_t key,
    unsigned long request, void *arg)
{
	struct drm_mode_map_dumb *map = arg;
	struct drm_mode_destroy_dumb *destroy = arg;
	struct drm_mode_fb_cmd *add = arg;
	uint32_t *number = arg;
	struct fake_buffer *b;

	switch (request) {
	case DRM_IOCTL_MODE_CREATE_DUMB:
		return fake_create(s, fd, key, arg);
	case DRM_IOCTL_MODE_MAP_DUMB:
		b = fake_find(s, map->handle);
		map->offset = b == NULL ? 0 : b->offset;
		return b == NULL ? -ENOENT : 0;
	case DRM_IOCTL_MODE_ADDFB:
		b = fake_find(s, add->handle);
		if (b == NULL || add->bpp != 32 || add->pitch != b->pitch)
			return -EINVAL;
		b->is_frame = 1;
		add->fb_id = add->handle;
		return 0;
	case DRM_IOCTL_MODE_RMFB:
		fake_black_if(s, *number);
		return 0;
	case DRM_IOCTL_MODE_DESTROY_DUMB:
		b = fake_find(s, destroy->handle);
		if (b != NULL)
			memset(b, 0, sizeof(*b));
		return b == NULL ? -ENOENT : 0;
	default:
		return -EINVAL;
	}
}

static int fake_call(struct drm_fake *s, int fd, unsigned long request,
    void *arg)
{
	struct drm_get_cap *cap = arg;
	struct drm_mode_get_encoder *encoder = arg;
	struct drm_mode_crtc *crtc = arg;
	int64_t key = fake_key(fd);

	if (s->gone != 0)
		return -ENODEV;
	fake_enter(s, key);
	switch (request) {
	case DRM_IOCTL_GET_CAP:
		cap->value = cap->capability == DRM_CAP_DUMB_BUFFER;
		return 0;
	case DRM_IOCTL_MODE_GETRESOURCES:
		return fake_resources(s, arg);
	case DRM_IOCTL_MODE_GETCONNECTOR:
		return fake_connector(s, arg);
	case DRM_IOCTL_MODE_GETENCODER:
		encoder->possible_crtcs = 1;
		return 0;
	case DRM_IOCTL_MODE_GETPROPERTY:
		return fake_property(arg);
	case DRM_IOCTL_MODE_SETPROPERTY:
		return fake_power(s, key, arg);
	case DRM_IOCTL_MODE_SETCRTC:
		return fake_show(s, key, arg);
	case DRM_IOCTL_MODE_GETCRTC:
		crtc->fb_id = s->shown;
		return 0;
	case DRM_IOCTL_MODE_DIRTYFB:
		return fake_dirty(s, key, arg);
	case DRM_IOCTL_AUTH_MAGIC:
		return s->master == key ? -EINVAL : -EACCES;
	case DRM_IOCTL_DROP_MASTER:
		if (s->master != key)
			return -EINVAL;
		s->master = 0;
		return 0;
	default:
		return fake_buffers(s, fd, key, request, arg);
	}
}

int ioctl(int fd, unsigned long request, ...)
{
	static int (*real)(int, unsigned long, void *);
	struct drm_fake *s;
	va_list args;
	void *arg;
	int r;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	s = _IOC_TYPE(request) == DRM_IOCTL_BASE ? fake_map(fd) : NULL;
	if (s == NULL) {
		if (real == NULL)
			*(void **)&real = dlsym(RTLD_NEXT, "ioctl");
		return real(fd, request, arg);
	}
	r = fake_call(s, fd, request, arg);
	munmap(s, sizeof(*s));
	if (r < 0)
		errno = -r;
	return r < 0 ? -1 : 0;
}

int close(int fd)
{
	static int (*real)(int);
	struct drm_fake *s = fake_map(fd);

	if (s != NULL) {
		fake_leave(s, fake_key(fd));
		munmap(s, sizeof(*s));
	}
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "close");
	return real(fd);
}

int open(const char *path, int flags, ...)
{
	static int (*real)(const char *, int, ...);
	const char *dir = getenv("DRM_FAKE");
	char there[512];
	unsigned mode;
	va_list args;

	va_start(args, flags);
	mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(args, unsigned)
						    : 0;
	va_end(args);
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "open");
	if (dir == NULL || strncmp(path, "/dev/dri/", 9) != 0)
		return real(path, flags, mode);
	snprintf(there, sizeof(there), "%s/%s", dir, path + 9);
	return real(there, flags, mode);
}
