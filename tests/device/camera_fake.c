/*
 * A V4L2 camera for one path, by LD_PRELOAD: open, ioctl, mmap and poll of
 * that path are answered here, everything else by the C library. Plays grey
 * pictures of 1280 x 720 from a file, in the format asked for.
 *
 *     CAMERA_FAKE_NODE    the path; the camera is there while the file is
 *     CAMERA_FAKE_FRAMES  pictures one after the other
 *     CAMERA_FAKE_PLAY    "0:1000 1:3000": picture 0 for a second, then 1;
 *                         the last stays
 *     CAMERA_FAKE_FORMAT  "YUYV MJPG": what it offers
 *     CAMERA_FAKE_EVIL    what it lies about, see below
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <linux/videodev2.h>

enum { W = 1280, H = 720, SLOTS = 4, FRAME_MS = 100, PADDED = 64 };
enum { SLOT_BYTES = 4 << 20 };

static const char *node, *play, *format, *evil;
static const uint8_t *frames;
static size_t frame_count;
static int camera = -1; /* the descriptor that stands for it */
static uint8_t *memory;
static uint32_t fourcc;
static uint32_t stride;
static bool queued[SLOTS];
static int64_t started_ms, next_ms;

static int (*real_open)(const char *, int, ...);
static int (*real_ioctl)(int, unsigned long, ...);
static int (*real_poll)(struct pollfd *, nfds_t, int);
static int (*real_close)(int);

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static const char *setting(const char *name)
{
	const char *v = getenv(name);

	return v == NULL ? "" : v;
}

/* Read before the process closes itself in. */
__attribute__((constructor)) static void load(void)
{
	struct stat st;
	int fd;

	real_open = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
	real_ioctl = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT,
	    "ioctl");
	real_poll = (int (*)(struct pollfd *, nfds_t, int))dlsym(RTLD_NEXT,
	    "poll");
	real_close = (int (*)(int))dlsym(RTLD_NEXT, "close");
	node = setting("CAMERA_FAKE_NODE");
	play = setting("CAMERA_FAKE_PLAY");
	format = setting("CAMERA_FAKE_FORMAT");
	evil = setting("CAMERA_FAKE_EVIL");
	fd = real_open(setting("CAMERA_FAKE_FRAMES"), O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		return;
	frame_count = (size_t)st.st_size / (W * H);
	frames = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	real_close(fd);
}

static bool lies(const char *about)
{
	return strcmp(evil, about) == 0;
}

static bool there(void)
{
	return access(node, F_OK) == 0;
}

static int take_node(void)
{
	if (!there()) {
		errno = ENOENT;
		return -1;
	}
	camera = memfd_create("camera", MFD_CLOEXEC);
	if (camera < 0 || ftruncate(camera, (off_t)SLOTS * SLOT_BYTES) != 0)
		return -1;
	memory = mmap(NULL, (size_t)SLOTS * SLOT_BYTES, PROT_READ | PROT_WRITE,
	    MAP_SHARED, camera, 0);
	memset(queued, 0, sizeof(queued));
	return camera;
}

int open(const char *path, int flags, ...)
{
	va_list ap;
	int mode;

	va_start(ap, flags);
	mode = va_arg(ap, int);
	va_end(ap);
	if (node != NULL && node[0] != '\0' && strcmp(path, node) == 0 &&
	    (flags & O_PATH) == 0)
		return take_node();
	return real_open(path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

int close(int fd)
{
	if (fd == camera && fd >= 0) {
		munmap(memory, (size_t)SLOTS * SLOT_BYTES);
		camera = -1;
	}
	return real_close(fd);
}

static int fail(int code)
{
	errno = code;
	return -1;
}

static int list_format(struct v4l2_fmtdesc *f)
{
	size_t at = (size_t)f->index * 5;

	/* A list that never ends. */
	if (lies("formats")) {
		f->pixelformat = V4L2_PIX_FMT_MJPEG;
		return 0;
	}
	if (at >= strlen(format))
		return fail(EINVAL);
	memcpy(&f->pixelformat, format + at, 4);
	return 0;
}

static int set_format(struct v4l2_format *f)
{
	struct v4l2_pix_format *p = &f->fmt.pix;
	uint32_t step;

	fourcc = p->pixelformat;
	step = fourcc == V4L2_PIX_FMT_YUYV || fourcc == V4L2_PIX_FMT_UYVY ? 2
									  : 1;
	stride = W * step + PADDED;
	p->width = lies("width") ? 100000 : W;
	p->height = lies("height") ? 0 : H;
	p->bytesperline = lies("stride") ? 7
	    : lies("long stride")        ? 0xfffffff0U
					 : stride;
	if (lies("other format"))
		p->pixelformat = V4L2_PIX_FMT_MJPEG;
	p->sizeimage = lies("size") ? 1 : stride * H;
	return 0;
}

static const uint8_t *frame_now(void)
{
	int64_t since = now_ms() - started_ms;
	const char *p = play;
	unsigned long i = 0;

	while (*p != '\0') {
		char *end;
		long ms;

		i = strtoul(p, &end, 10);
		if (*end != ':')
			break;
		ms = strtol(end + 1, &end, 10);
		if (since < ms)
			break;
		since -= ms;
		for (p = end; *p == ' '; p++)
			;
	}
	return frames + (i < frame_count ? i : 0) * W * H;
}

/* Colours are noise, so that a reader who took them for grey would fail. */
static void fill(uint8_t *to)
{
	const uint8_t *from = frame_now();
	bool pairs = fourcc == V4L2_PIX_FMT_YUYV || fourcc == V4L2_PIX_FMT_UYVY;
	int offset = fourcc == V4L2_PIX_FMT_UYVY ? 1 : 0;

	for (int y = 0; y < H; y++)
		for (int x = 0; x < W; x++) {
			uint8_t *at = to + (size_t)y * stride;

			if (pairs) {
				at[2 * x + offset] = from[y * W + x];
				at[2 * x + 1 - offset] = (uint8_t)(x * 37 + y);
			} else {
				at[x] = from[y * W + x];
			}
		}
}

static int give(struct v4l2_buffer *b)
{
	uint32_t i = 0;

	if (!there())
		return fail(ENODEV);
	if (lies("dqbuf"))
		return fail(EIO);
	while (i < SLOTS && !queued[i])
		i++;
	if (i == SLOTS || now_ms() < next_ms || lies("pollerr"))
		return fail(EAGAIN);
	next_ms = now_ms() + FRAME_MS;
	queued[i] = false;
	fill(memory + (size_t)i * SLOT_BYTES);
	b->index = lies("index") ? 4000000000U : i;
	b->bytesused = lies("short") ? 100 : stride * H;
	b->flags = lies("broken") ? V4L2_BUF_FLAG_ERROR : 0;
	/* Twice without having been given back. */
	if (lies("same buffer")) {
		b->index = 0;
		queued[i] = true;
		next_ms = now_ms();
	}
	return 0;
}

static int answer(unsigned long request, void *arg)
{
	struct v4l2_capability *cap = arg;
	struct v4l2_requestbuffers *r = arg;
	struct v4l2_buffer *b = arg;

	switch (request) {
	case VIDIOC_QUERYCAP:
		cap->capabilities = V4L2_CAP_DEVICE_CAPS |
		    V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
		cap->device_caps = lies("metadata")
		    ? V4L2_CAP_META_CAPTURE | V4L2_CAP_STREAMING
		    : V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
		return 0;
	case VIDIOC_ENUM_FMT:
		return list_format(arg);
	case VIDIOC_S_FMT:
		return set_format(arg);
	case VIDIOC_S_PARM:
		return fail(ENOTTY);
	case VIDIOC_REQBUFS:
		r->count = lies("count") ? 4000000000U
		    : lies("one buffer") ? 1
					 : SLOTS;
		return 0;
	case VIDIOC_QUERYBUF:
		b->length = lies("length") ? 1000
		    : lies("long")         ? 0xffffffffU
					   : SLOT_BYTES;
		b->m.offset = b->index * SLOT_BYTES;
		return 0;
	case VIDIOC_QBUF:
		queued[b->index % SLOTS] = true;
		return 0;
	case VIDIOC_STREAMON:
		started_ms = next_ms = now_ms();
		return 0;
	case VIDIOC_STREAMOFF:
		return 0;
	case VIDIOC_DQBUF:
		return give(b);
	}
	return fail(ENOTTY);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (fd == camera && fd >= 0)
		return answer((uint32_t)request, arg);
	return real_ioctl(fd, request, arg);
}

/* glibc 2.36 declares poll's entries as only written. */
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
int poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	int64_t wait;

	if (n != 1 || camera < 0 || fds->fd != camera)
		return real_poll(fds, n, timeout_ms);
	wait = next_ms - now_ms();
	if (wait > timeout_ms || lies("silent"))
		wait = timeout_ms;
	if (wait > 0)
		usleep((useconds_t)wait * 1000);
	fds->revents = 0;
	if (!there())
		fds->revents = POLLIN | POLLERR | POLLHUP;
	else if (lies("pollerr"))
		fds->revents = POLLERR;
	else if (now_ms() >= next_ms && !lies("silent"))
		fds->revents = POLLIN;
	return fds->revents != 0;
}

int __poll_chk(struct pollfd *fds, nfds_t n, int timeout_ms, size_t size);
int __poll_chk(struct pollfd *fds, nfds_t n, int timeout_ms, size_t size)
{
	(void)size;
	return poll(fds, n, timeout_ms);
}
