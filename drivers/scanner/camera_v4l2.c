#include "camera_v4l2.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "firmware/core/str.h"

enum {
	BUFFERS = 4,     /* asked for; fewer or more may come */
	BUFFERS_MIN = 2, /* one is read while another is filled */
	BUFFERS_MAX = 8,
	BUFFER_MAX = 64 << 20, /* bytes; more is no picture we asked for */
	FORMATS = 64,          /* a list that does not end is ended here */
	WIDTH = 1280,
	HEIGHT = 720,
	RATE = 10, /* pictures a second */
	STALE = 8, /* pictures passed over at most to reach the newest */
};

/* Where the grey of a pixel is in a row. */
struct layout {
	uint32_t fourcc;
	char name[8];
	int step, offset; /* bytes from grey to grey, of the first */
};
static const struct layout LAYOUTS[] = {
    {V4L2_PIX_FMT_GREY, "GREY", 1, 0},
    {V4L2_PIX_FMT_NV12, "NV12", 1, 0},
    {V4L2_PIX_FMT_YUYV, "YUYV", 2, 0},
    {V4L2_PIX_FMT_UYVY, "UYVY", 2, 1},
};

struct buffer {
	void *at; /* MAP_FAILED = not mapped */
	size_t len;
	bool queued; /* the driver has it */
};

struct camera {
	int fd;
	const struct layout *layout;
	int width, height;
	size_t stride, needed; /* bytes of a row, of a picture */
	struct buffer buffer[BUFFERS_MAX];
	unsigned buffers;
	int held;      /* index of the buffer that was handed out, -1 = none */
	uint8_t *grey; /* where greys do not lie side by side */
	char words[48];
};

static int ask(int fd, unsigned long request, void *argument)
{
	int r;

	do
		r = ioctl(fd, request, argument);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

static int failed(struct err *e, int r, const char *what)
{
	return err_set(e, r, "camera: %s: %s", what, strerror(-r));
}

static int check_kind(const struct camera *c, struct err *e)
{
	const uint32_t want = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
	struct v4l2_capability cap = {0};
	int r = ask(c->fd, VIDIOC_QUERYCAP, &cap);
	uint32_t can;

	if (r < 0)
		return err_set(e, -ENODEV, "camera: it is no camera");
	can = (cap.capabilities & V4L2_CAP_DEVICE_CAPS) != 0 ? cap.device_caps
							     : cap.capabilities;
	if ((can & want) != want)
		return err_set(e, -ENODEV,
		    "camera: this node gives no pictures; a camera has "
		    "several, try the next");
	return 0;
}

/* "MJPG", whatever bytes the device gave. */
static void put_fourcc(struct buf *b, uint32_t fourcc)
{
	buf_byte(b, ' ');
	for (int i = 0; i < 4; i++) {
		unsigned byte = fourcc >> (8 * i) & 0xff;

		buf_byte(b, byte > 0x20 && byte < 0x7f ? byte : '?');
	}
}

static int choose_layout(struct camera *c, struct err *e)
{
	char storage[80];
	struct buf offers;
	size_t best = ARRAY_LEN(LAYOUTS);

	buf_init(&offers, storage, sizeof(storage));
	for (uint32_t i = 0; i < FORMATS; i++) {
		struct v4l2_fmtdesc f = {.index = i,
		    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE};

		if (ask(c->fd, VIDIOC_ENUM_FMT, &f) < 0)
			break;
		put_fourcc(&offers, f.pixelformat);
		for (size_t k = 0; k < best; k++)
			if (LAYOUTS[k].fourcc == f.pixelformat)
				best = k;
	}
	if (best == ARRAY_LEN(LAYOUTS))
		return err_set(e, -ENOTSUP,
		    "camera: it offers%s, but GREY, NV12, YUYV or UYVY is "
		    "needed: use another camera",
		    offers.len == 0 ? " nothing" : buf_cstr(&offers));
	c->layout = &LAYOUTS[best];
	return 0;
}

/* The device's answer, taken only where it is possible. */
static int take_size(struct camera *c, const struct v4l2_pix_format *p)
{
	size_t least;

	if (p->pixelformat != c->layout->fourcc || p->width < CAMERA_SIDE_MIN ||
	    p->height < CAMERA_SIDE_MIN || p->width > CAMERA_WIDTH_MAX ||
	    p->height > CAMERA_HEIGHT_MAX)
		return -EPROTO;
	least = (size_t)p->width * (size_t)c->layout->step;
	c->stride = p->bytesperline == 0 ? least : p->bytesperline;
	if (c->stride < least || c->stride > 16 * least)
		return -EPROTO;
	c->width = (int)p->width;
	c->height = (int)p->height;
	/* The last row may lack its padding. */
	c->needed = c->stride * (p->height - 1) + least;
	return 0;
}

static int choose_size(struct camera *c, struct err *e)
{
	struct v4l2_format f = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
	struct v4l2_streamparm rate = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
	int r;

	f.fmt.pix.width = WIDTH;
	f.fmt.pix.height = HEIGHT;
	f.fmt.pix.pixelformat = c->layout->fourcc;
	f.fmt.pix.field = V4L2_FIELD_NONE;
	r = ask(c->fd, VIDIOC_S_FMT, &f);
	if (r < 0)
		return failed(e, r, "it takes no format");
	r = take_size(c, &f.fmt.pix);
	if (r < 0)
		return err_set(e, r,
		    "camera: it answers with a format that cannot be: %u x %u, "
		    "%u bytes a row",
		    f.fmt.pix.width, f.fmt.pix.height, f.fmt.pix.bytesperline);
	/* Not every driver knows rates: then pictures are passed over. */
	rate.parm.capture.timeperframe.numerator = 1;
	rate.parm.capture.timeperframe.denominator = RATE;
	(void)ask(c->fd, VIDIOC_S_PARM, &rate);
	(void)snprintf(c->words, sizeof(c->words), "%d x %d %s", c->width,
	    c->height, c->layout->name);
	if (c->layout->step > 1) {
		c->grey = malloc((size_t)c->width * (size_t)c->height);
		if (c->grey == NULL)
			return err_set(e, -ENOMEM, "camera: out of memory");
	}
	return 0;
}

static struct v4l2_buffer buffer_request(unsigned index)
{
	return (struct v4l2_buffer){.index = index,
	    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
	    .memory = V4L2_MEMORY_MMAP};
}

static int queue(struct camera *c, unsigned i)
{
	struct v4l2_buffer b = buffer_request(i);
	int r = ask(c->fd, VIDIOC_QBUF, &b);

	if (r == 0)
		c->buffer[i].queued = true;
	return r;
}

static int map_buffer(struct camera *c, unsigned i, struct err *e)
{
	struct v4l2_buffer b = buffer_request(i);
	int r = ask(c->fd, VIDIOC_QUERYBUF, &b);

	if (r < 0)
		return failed(e, r, "a buffer is not there");
	if (b.length < c->needed || b.length > BUFFER_MAX)
		return err_set(e, -EPROTO,
		    "camera: a buffer of %u bytes, a picture has %zu", b.length,
		    c->needed);
	c->buffer[i].at = mmap(NULL, b.length, PROT_READ | PROT_WRITE,
	    MAP_SHARED, c->fd, (off_t)b.m.offset);
	if (c->buffer[i].at == MAP_FAILED)
		return failed(e, -errno, "mmap");
	c->buffer[i].len = b.length;
	r = queue(c, i);
	return r < 0 ? failed(e, r, "a buffer is not taken") : 0;
}

static int start(struct camera *c, struct err *e)
{
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	struct v4l2_requestbuffers request = {.count = BUFFERS,
	    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
	    .memory = V4L2_MEMORY_MMAP};
	int r = ask(c->fd, VIDIOC_REQBUFS, &request);

	if (r < 0)
		return failed(e, r, "it gives no buffers");
	if (request.count < BUFFERS_MIN || request.count > BUFFERS_MAX)
		return err_set(e, -EPROTO, "camera: it gives %u buffers",
		    request.count);
	c->buffers = request.count;
	for (unsigned i = 0; i < c->buffers; i++) {
		r = map_buffer(c, i, e);
		if (r < 0)
			return r;
	}
	r = ask(c->fd, VIDIOC_STREAMON, &type);
	return r < 0 ? failed(e, r, "it does not start") : 0;
}

int camera_open(const char *path, struct camera **out, struct err *e)
{
	struct camera *c = calloc(1, sizeof(*c));
	int r;

	*out = NULL;
	if (c == NULL)
		return err_set(e, -ENOMEM, "camera: out of memory");
	c->held = -1;
	for (int i = 0; i < BUFFERS_MAX; i++)
		c->buffer[i].at = MAP_FAILED;
	c->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (c->fd < 0)
		r = err_set(e, -errno, "camera: %s: %s", path, strerror(errno));
	else
		r = check_kind(c, e);
	if (r == 0)
		r = choose_layout(c, e);
	if (r == 0)
		r = choose_size(c, e);
	if (r == 0)
		r = start(c, e);
	if (r < 0) {
		camera_close(c);
		return r;
	}
	*out = c;
	return 0;
}

void camera_close(struct camera *c)
{
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

	if (c == NULL)
		return;
	if (c->fd >= 0)
		(void)ask(c->fd, VIDIOC_STREAMOFF, &type);
	for (int i = 0; i < BUFFERS_MAX; i++)
		if (c->buffer[i].at != MAP_FAILED)
			(void)munmap(c->buffer[i].at, c->buffer[i].len);
	if (c->fd >= 0)
		close(c->fd);
	free(c->grey);
	free(c);
}

const char *camera_describe(const struct camera *c)
{
	return c->words;
}

/* The greys of a buffer, which the driver may still write: only its bytes
 * are, never a length. */
static void hand_out(struct camera *c, unsigned i, struct camera_picture *out)
{
	const uint8_t *from = c->buffer[i].at;

	*out = (struct camera_picture){from, c->width, c->height, c->stride};
	if (c->layout->step == 1)
		return;
	for (int y = 0; y < c->height; y++) {
		const uint8_t *row = from + (size_t)y * c->stride +
		    c->layout->offset;
		uint8_t *to = c->grey + (size_t)y * (size_t)c->width;

		for (int x = 0; x < c->width; x++)
			to[x] = row[x * c->layout->step];
	}
	out->pixels = c->grey;
	out->stride = (size_t)c->width;
}

/* 1: a whole picture in buffer *i; 0: none waits, or a broken one went back;
 * -errno. */
static int take_one(struct camera *c, unsigned *i)
{
	struct v4l2_buffer b = buffer_request(0);
	int r = ask(c->fd, VIDIOC_DQBUF, &b);

	if (r < 0)
		return r == -EAGAIN ? 0 : r;
	if (b.index >= c->buffers || !c->buffer[b.index].queued)
		return -EPROTO;
	c->buffer[b.index].queued = false;
	*i = b.index;
	if ((b.flags & V4L2_BUF_FLAG_ERROR) != 0 || b.bytesused < c->needed) {
		r = queue(c, b.index);
		return r < 0 ? r : 0;
	}
	return 1;
}

static int take_newest(struct camera *c, struct camera_picture *out)
{
	unsigned newer = 0;
	int r = 0, n = 0;

	while (n++ < STALE && (r = take_one(c, &newer)) == 1) {
		if (c->held >= 0) {
			int back = c->held;

			c->held = -1;
			r = queue(c, (unsigned)back);
			if (r < 0)
				return r;
		}
		c->held = (int)newer;
	}
	if (r < 0 || c->held < 0)
		return r < 0 ? r : 0;
	hand_out(c, (unsigned)c->held, out);
	return 1;
}

int camera_next(struct camera *c, int timeout_ms, struct camera_picture *out,
    struct err *e)
{
	struct pollfd p = {c->fd, POLLIN, 0};
	int r = 0;

	if (c->held >= 0) {
		r = queue(c, (unsigned)c->held);
		c->held = -1;
	}
	if (r == 0 && poll(&p, 1, timeout_ms) < 0 && errno != EINTR)
		r = -errno;
	/* An unplugged camera is ready at once, with POLLERR or POLLHUP. */
	if (r == 0 && (p.revents & (POLLHUP | POLLNVAL)) != 0)
		r = -ENODEV;
	if (r == 0 && (p.revents & (POLLIN | POLLERR)) != 0)
		r = take_newest(c, out);
	if (r == 0 && (p.revents & POLLERR) != 0)
		r = -EIO;
	if (r < 0)
		return r == -EPROTO ? err_set(e, r,
					  "camera: it gives a buffer that it "
					  "does not have")
				    : failed(e, r, "no more pictures");
	return r;
}
