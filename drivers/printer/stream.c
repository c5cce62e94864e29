/*
 * A printer behind a file descriptor: a connected stream, a channel on which
 * karcis-link hands over sockets, a device file or a regular file.
 */
#include "transport.h"
#include "firmware/core/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <linux/sockios.h>
#include <unistd.h>

enum { SLICE_BYTES = 4096, READ_BYTES = 256, RETRY_MS = 2000, DRAIN_MS = 50 };
/* The channel's words; firmware/link/link.h has the same. */
enum { WORD_CONNECT = 'c', WORD_CONNECTED = 'C' };

enum source { SOURCE_FD, SOURCE_CHANNEL, SOURCE_PATH };

struct stream {
	struct transport t;
	enum source source;
	int fd, channel;
	int given; /* FD: taken up by the first service */
	char path[PRINTER_DEVICE_MAX + 1];
	bool is_socket, is_file, reads, asked, told_missing;
	const uint8_t *run;
	size_t run_left;
	bool draining, stopping;
	int64_t now_ms, retry_ms, drain_ms;
};

static struct stream *stream_of(struct transport *t)
{
	return (struct stream *)(void *)t;
}

static void up(struct stream *s, int fd)
{
	struct stat st;
	char name[PRINTER_DEVICE_MAX + 16];
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	s->fd = fd;
	s->is_socket = fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
	s->is_file = !s->is_socket && S_ISREG(st.st_mode);
	s->reads = !s->is_file;
	s->t.talks = !s->is_file;
	s->told_missing = false;
	(void)snprintf(name, sizeof(name), "%s %s",
	    s->is_file         ? "file"
		: s->is_socket ? "stream"
			       : "device",
	    s->path[0] != '\0' ? s->path : "(connected)");
	s->t.tell(s->t.owner,
	    &(struct transport_event){.kind = TRANSPORT_UP,
		.text = name,
		.profile = PRINTER_GENERIC,
		.held = s->source != SOURCE_FD});
}

static void lost(struct stream *s)
{
	if (s->fd < 0)
		return;
	(void)close(s->fd);
	s->fd = -1;
	s->run_left = 0;
	s->draining = s->stopping = false;
	s->retry_ms = s->now_ms + RETRY_MS;
	transport_say(&s->t, TRANSPORT_LOST, 0);
}

/* One packet from karcis-link: a word and, with CONNECTED, a socket. */
static void read_channel(struct stream *s)
{
	char word = 0;
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = {&word, 1};
	struct msghdr m = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.room,
	    .msg_controllen = sizeof(control.room)};
	struct cmsghdr *c;
	ssize_t r = recvmsg(s->channel, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	int fd = -1;

	if (r < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (r <= 0) {
		transport_note(&s->t, "printer: karcis-link is gone");
		(void)close(s->channel);
		s->channel = -1;
		return;
	}
	s->asked = false;
	c = CMSG_FIRSTHDR(&m);
	if (c != NULL && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	if (fd >= 0 && word == WORD_CONNECTED && s->fd < 0) {
		up(s, fd);
		return;
	}
	if (fd >= 0)
		(void)close(fd);
	s->retry_ms = s->now_ms + RETRY_MS;
}

static void connect_again(struct stream *s)
{
	char word = WORD_CONNECT;
	int fd;

	switch (s->source) {
	case SOURCE_FD:
		fd = s->given;
		s->given = -1;
		if (fd >= 0)
			up(s, fd);
		return;
	case SOURCE_CHANNEL:
		if (s->channel < 0)
			return;
		if (s->asked)
			read_channel(s);
		else if (s->now_ms >= s->retry_ms)
			s->asked = send(s->channel, &word, 1,
				       MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
		if (s->fd < 0 && !s->asked && s->now_ms >= s->retry_ms)
			s->retry_ms = s->now_ms + RETRY_MS;
		return;
	case SOURCE_PATH:
		if (s->now_ms < s->retry_ms)
			return;
		s->retry_ms = s->now_ms + RETRY_MS;
		fd = device_open_path(s->path);
		if (fd >= 0)
			up(s, fd);
		else if (!s->told_missing)
			transport_note(&s->t, strerror(-fd));
		s->told_missing = fd < 0;
		return;
	}
}

static void read_some(struct stream *s)
{
	uint8_t bytes[READ_BYTES];
	ssize_t r;

	while (s->fd >= 0 && s->reads) {
		r = read(s->fd, bytes, sizeof(bytes));
		if (r > 0) {
			s->t.tell(s->t.owner,
			    &(struct transport_event){.kind = TRANSPORT_BYTES,
				.bytes = bytes,
				.n = (size_t)r});
			continue;
		}
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0 && errno == EAGAIN)
			return;
		if (s->source != SOURCE_PATH || (r < 0 && errno != EBADF))
			lost(s);
		else
			s->reads = false; /* one that only listens */
	}
}

static ssize_t write_slice(struct stream *s)
{
	size_t n = s->run_left < SLICE_BYTES ? s->run_left : SLICE_BYTES;

	if (s->is_socket)
		return send(s->fd, s->run, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	return write(s->fd, s->run, n);
}

static void write_some(struct stream *s)
{
	ssize_t r;

	while (s->fd >= 0 && s->run_left > 0) {
		r = write_slice(s);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0 && errno == EAGAIN)
			return;
		if (r <= 0) {
			transport_note(&s->t,
			    r < 0 ? strerror(errno)
				  : "printer: takes no bytes");
			lost(s);
			return;
		}
		s->run += r;
		s->run_left -= (size_t)r;
		s->draining = s->run_left == 0;
		s->drain_ms = s->now_ms + DRAIN_MS;
		transport_say(&s->t, TRANSPORT_TAKEN, (size_t)r);
	}
}

static bool drained(struct stream *s)
{
	struct pollfd p = {.fd = s->fd, .events = POLLOUT};
	int queued = 0;

	if (s->is_socket)
		return ioctl(s->fd, SIOCOUTQ, &queued) != 0 || queued == 0;
	if (s->is_file)
		return fdatasync(s->fd) == 0;
	return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0;
}

static void stream_service(struct transport *t, const struct pollfd *fds,
    size_t n, int64_t mono_ms)
{
	struct stream *s = stream_of(t);

	s->now_ms = mono_ms;
	for (size_t i = 0; i < n; i++)
		if (fds[i].fd == s->fd && (fds[i].revents & POLLIN) == 0 &&
		    (fds[i].revents & (POLLERR | POLLHUP)) != 0)
			lost(s);
	if (s->fd < 0)
		connect_again(s);
	if (s->stopping && s->fd >= 0) {
		s->stopping = false;
		s->run_left = 0;
		transport_say(t, TRANSPORT_STOPPED, 0);
	}
	read_some(s);
	write_some(s);
	if (s->fd < 0 || !s->draining)
		return;
	s->drain_ms = s->now_ms + DRAIN_MS;
	if (drained(s)) {
		s->draining = false;
		transport_say(t, TRANSPORT_DRAINED, 0);
	}
}

static size_t stream_pollfds(struct transport *t, struct pollfd *fds,
    size_t cap)
{
	struct stream *s = stream_of(t);
	short events = 0;

	if (cap == 0)
		return 0;
	if (s->fd < 0) {
		if (!s->asked || s->channel < 0)
			return 0;
		fds[0] = (struct pollfd){.fd = s->channel, .events = POLLIN};
		return 1;
	}
	if (s->reads)
		events |= POLLIN;
	if (s->run_left > 0)
		events |= POLLOUT;
	fds[0] = (struct pollfd){.fd = s->fd, .events = events};
	return 1;
}

static int64_t stream_deadline(const struct transport *t)
{
	const struct stream *s = (const struct stream *)(const void *)t;

	if (s->fd >= 0 && s->stopping)
		return 0;
	if (s->fd >= 0)
		return s->draining ? s->drain_ms : INT64_MAX;
	if (s->given >= 0)
		return 0;
	if (s->source == SOURCE_FD || s->asked ||
	    (s->source == SOURCE_CHANNEL && s->channel < 0))
		return INT64_MAX;
	return s->retry_ms;
}

static int stream_send(struct transport *t, const uint8_t *bytes, size_t n)
{
	struct stream *s = stream_of(t);

	if (s->fd < 0)
		return -ENODEV;
	if (s->run_left > 0)
		return -EBUSY;
	s->run = bytes;
	s->run_left = n;
	s->draining = false;
	return 0;
}

static void stream_stop(struct transport *t)
{
	stream_of(t)->stopping = true;
}

/* A new connection is the only way to drop what the old one holds. */
static void stream_reset(struct transport *t)
{
	struct stream *s = stream_of(t);

	if (s->source != SOURCE_FD) {
		lost(s);
		return;
	}
	s->t.tell(s->t.owner,
	    &(struct transport_event){.kind = TRANSPORT_UP,
		.text = "stream (connected)",
		.profile = PRINTER_GENERIC});
}

static void stream_close(struct transport *t)
{
	struct stream *s = stream_of(t);

	if (s->fd >= 0)
		(void)close(s->fd);
	if (s->channel >= 0)
		(void)close(s->channel);
	if (s->given >= 0)
		(void)close(s->given);
	free(s);
}

static const struct transport_ops stream_ops = {
    .close = stream_close,
    .pollfds = stream_pollfds,
    .deadline_ms = stream_deadline,
    .service = stream_service,
    .send = stream_send,
    .stop = stream_stop,
    .reset = stream_reset,
};

static struct stream *stream_new(enum source source, transport_tell *tell,
    void *owner)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->t = (struct transport){&stream_ops, tell, owner, true, false};
	s->source = source;
	s->fd = s->channel = s->given = -1;
	return s;
}

int transport_open_device(const char *path, transport_tell *tell, void *owner,
    struct transport **out, struct err *e)
{
	struct stream *s = stream_new(SOURCE_PATH, tell, owner);

	*out = NULL;
	if (s == NULL)
		return err_set(e, -ENOMEM, "printer: out of memory");
	if (!str_copy(s->path, sizeof(s->path), str_from(path))) {
		free(s);
		return err_set(e, -EINVAL, "printer: the path is too long");
	}
	*out = &s->t;
	return 0;
}

int transport_open_stream(int fd, bool channel, transport_tell *tell,
    void *owner, struct transport **out, struct err *e)
{
	struct stream *s = stream_new(channel ? SOURCE_CHANNEL : SOURCE_FD,
	    tell, owner);

	*out = NULL;
	if (s == NULL)
		return err_set(e, -ENOMEM, "printer: out of memory");
	if (fd < 0) {
		free(s);
		return err_set(e, -EINVAL, "printer: no connection was given");
	}
	if (channel)
		s->channel = fd;
	else
		s->given = fd;
	*out = &s->t;
	return 0;
}
