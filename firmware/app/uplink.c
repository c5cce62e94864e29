#define _GNU_SOURCE /* close_range */
#include "uplink.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firmware/link/carrier.h"
#include "firmware/link/frame.h"
#include "firmware/store/request_key.h"
#include "log.h"
#include "sandbox.h"

enum {
	OUT_BYTES = 2 << 20, /* of a few requests under way */
	AGAIN_MS = 1000,     /* before a link that died is started again */
	/* Where it dies at once each time: each connection starts a process. */
	AGAIN_AT_MOST_MS = 16000,
	LIVED_MS = 10000 /* after that it did not die at once */
};

struct uplink {
	int keeper; /* SEQPACKET: a new stream comes over it; -1 = gone */
	int stream; /* -1 = none now */
	/* Without a keeper: somebody else's socket. */
	struct sockaddr_un at; /* sun_path "": there is a keeper */
	int64_t again_ms;      /* monotonic: not before */
	int64_t since_ms;      /* the stream's beginning */
	int64_t wait_ms;
	bool said; /* that nobody is there */
	bool idle; /* nobody has anything to say: no sync */
	uint8_t *in, *out;
	size_t in_len, out_len, out_at;
};

/* ---- the keeper and the link: other processes ---- */

static void die_with_parent(const char *name)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NAME, name);
}

static int send_stream(int keeper, int fd)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	char word = 'S';
	struct iovec iov = {&word, 1};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

	memset(&control, 0, sizeof(control));
	m.msg_control = control.room;
	m.msg_controllen = sizeof(control.room);
	control.align.cmsg_level = SOL_SOCKET;
	control.align.cmsg_type = SCM_RIGHTS;
	control.align.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
	return sendmsg(keeper, &m, MSG_NOSIGNAL) == 1 ? 0 : -errno;
}

/* What the terminal had open is none of the link's business. */
static void close_others(int keep)
{
	if (keep > STDERR_FILENO + 1)
		(void)close_range(STDERR_FILENO + 1, (unsigned)keep - 1, 0);
	(void)close_range((unsigned)keep + 1, ~0U, 0);
	/* GnuTLS would write the sessions' keys there. */
	(void)unsetenv("SSLKEYLOGFILE");
}

/* The link itself: closed in, then bytes for the rest of its life. */
static int run_link(const struct office *o, int fd)
{
	struct carrier_config c = {.url = o->config.hub_url};
	struct sandbox_report report;
	struct sandbox_rules rules;
	struct enrolment enrolment;
	struct err e = {0};
	char path[256], ca[512];
	int r = 0;

	die_with_parent("karcis-link");
	close_others(fd);
	if (!office_path(o, "enrolment", path))
		return 1;
	r = enrolment_load(path, &enrolment, &e);
	/* Not enrolled: the terminal has said so, and this one comes again. */
	if (r == -ENOENT)
		return 1;
	c.device = enrolment.device;
	if (r == 0 && office_path(o, "request.key", path))
		r = request_key_load(path, c.secret, &e);
	if (r == 0 && office_beside(o, o->config.hub_ca, ca))
		c.ca_file = ca;
	sandbox_link_rules(&rules, c.ca_file);
	if (r == 0)
		r = sandbox_close_in(&rules, &report, &e);
	if (r == 0)
		r = carrier_run(fd, &c, &e);
	if (r < 0)
		log_err(&e);
	sodium_memzero(&c, sizeof(c));
	return r < 0;
}

static bool hung_up(int keeper)
{
	struct pollfd p = {.fd = keeper};

	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR)) != 0;
}

/* One life of the link. */
static void keep_once(const struct office *o, int keeper)
{
	int pair[2], status;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return;
	pid = fork();
	if (pid == 0) {
		_exit(run_link(o, pair[1]));
	}
	close(pair[1]);
	if (pid > 0)
		(void)send_stream(keeper, pair[0]);
	close(pair[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
}

static void keep(const struct office *o, int keeper)
{
	struct pollfd p = {.fd = keeper};

	die_with_parent("karcis-keeper");
	while (!hung_up(keeper)) {
		keep_once(o, keeper);
		(void)poll(&p, 1, AGAIN_MS);
	}
}

/* ---- the terminal's end ---- */

/* The keeper, before anything is open that is none of its business. */
static int start_keeper(const struct office *o, struct uplink *u, struct err *e)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return err_set(e, -errno, "link: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		keep(o, pair[1]);
		_exit(0);
	}
	close(pair[1]);
	u->keeper = pair[0];
	return pid < 0 ? err_set(e, -errno, "link: fork: %s", strerror(errno))
		       : 0;
}

static int name_socket(const char *path, struct uplink *u, struct err *e)
{
	u->at.sun_family = AF_UNIX;
	if (path[0] != '/' ||
	    !str_copy(u->at.sun_path, sizeof(u->at.sun_path), str_from(path)))
		return err_set(e, -EINVAL,
		    "link: hub.link: %s is no absolute path of at most %zu "
		    "bytes",
		    path, sizeof(u->at.sun_path) - 1);
	return 0;
}

int uplink_start(const struct office *o, struct uplink **out, struct err *e)
{
	struct uplink *u;
	int r = 0;

	*out = NULL;
	if (o->config.hub_url[0] == '\0')
		return 0;
	u = calloc(1, sizeof(*u));
	if (u == NULL)
		return err_set(e, -ENOMEM, "link: out of memory");
	u->keeper = u->stream = -1;
	u->wait_ms = AGAIN_MS;
	u->in = malloc(FRAME_HEAD + FRAME_MAX);
	u->out = malloc(OUT_BYTES);
	if (u->in == NULL || u->out == NULL)
		r = err_set(e, -ENOMEM, "link: out of memory");
	else if (o->config.hub_link[0] != '\0')
		r = name_socket(o->config.hub_link, u, e);
	else
		r = start_keeper(o, u, e);
	if (r == 0) {
		*out = u;
		u = NULL;
	}
	uplink_close(u);
	return r;
}

void uplink_close(struct uplink *u)
{
	if (u == NULL)
		return;
	if (u->keeper >= 0)
		close(u->keeper);
	if (u->stream >= 0)
		close(u->stream);
	free(u->in);
	free(u->out);
	free(u);
}

size_t uplink_pollfds(struct uplink *u, struct pollfd *fds, size_t cap)
{
	size_t n = 0;

	if (u == NULL || u->idle)
		return 0;
	if (u->keeper >= 0 && n < cap)
		fds[n++] = (struct pollfd){u->keeper, POLLIN, 0};
	if (u->stream >= 0 && n < cap)
		fds[n++] = (struct pollfd){u->stream,
		    (short)(u->out_at < u->out_len ? POLLIN | POLLOUT : POLLIN),
		    0};
	return n;
}

/* When the next one may be tried, after a stream that ended. */
static void plan_again(struct uplink *u, int64_t mono_ms)
{
	if (mono_ms - u->since_ms >= LIVED_MS)
		u->wait_ms = AGAIN_MS;
	u->again_ms = mono_ms + u->wait_ms;
	if (u->wait_ms < AGAIN_AT_MOST_MS)
		u->wait_ms *= 2;
}

static void drop_stream(struct uplink *u, struct sync *s, int64_t mono_ms,
    const char *why)
{
	log_line(LOG_LEVEL_WARNING, "link: %s", why);
	close(u->stream);
	u->stream = -1;
	u->in_len = u->out_len = u->out_at = 0;
	plan_again(u, mono_ms);
	sync_lost(s, mono_ms);
}

/* A stream to the socket, or -errno. A socket of this machine takes it at
 * once or never. */
static int connect_stream(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)at, sizeof(*at)) != 0) {
		r = -errno;
		close(fd);
	}
	return r < 0 ? r : fd;
}

/* Each second; less often where the link dies as soon as it is there. */
static void reconnect(struct uplink *u, int64_t mono_ms)
{
	int fd;

	if (mono_ms < u->again_ms)
		return;
	fd = connect_stream(&u->at);
	if (fd < 0) {
		u->again_ms = mono_ms + AGAIN_MS;
		if (!u->said)
			log_line(LOG_LEVEL_WARNING,
			    "link: nobody listens at %s: %s", u->at.sun_path,
			    strerror(-fd));
		u->said = true;
		return;
	}
	u->said = false;
	u->stream = fd;
	u->since_ms = mono_ms;
}

/* What the keeper hands over, or -1. */
static int receive_stream(struct uplink *u)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	char word;
	struct iovec iov = {&word, 1};
	struct msghdr m = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.room,
	    .msg_controllen = sizeof(control.room)};
	ssize_t n = recvmsg(u->keeper, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	const struct cmsghdr *h;
	int fd = -1;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return -1;
	if (n <= 0) {
		log_line(LOG_LEVEL_ERROR,
		    "link: its keeper is gone; the terminal goes on without "
		    "the hub until it is started again");
		close(u->keeper);
		u->keeper = -1;
		return -1;
	}
	h = CMSG_FIRSTHDR(&m);
	if (h == NULL || h->cmsg_level != SOL_SOCKET ||
	    h->cmsg_type != SCM_RIGHTS || h->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(h), sizeof(fd));
	return fd;
}

/* A new life of the link begins. */
static void take_stream(struct uplink *u, struct sync *s, int64_t mono_ms)
{
	int fd = receive_stream(u);

	if (fd < 0)
		return;
	if (u->stream >= 0)
		drop_stream(u, s, mono_ms, "it was started again");
	u->stream = fd;
}

/* -EPIPE: the link is gone; -EBADMSG: what it said is no frame. */
static int take_frames(struct uplink *u, struct sync *s, int64_t now_s,
    int64_t mono_ms)
{
	struct frame_answer a;
	size_t at = 0;
	long len;

	while ((len = frame_length(str_of(u->in + at, u->in_len - at))) > 0 &&
	    (size_t)len <= u->in_len - at) {
		if (!frame_get_answer(str_of(u->in + at, (size_t)len), &a))
			return -EBADMSG;
		sync_answer(s, &a, now_s, mono_ms);
		at += (size_t)len;
	}
	if (len < 0)
		return -EBADMSG;
	memmove(u->in, u->in + at, u->in_len - at);
	u->in_len -= at;
	return 0;
}

static int read_stream(struct uplink *u, struct sync *s, int64_t now_s,
    int64_t mono_ms)
{
	ssize_t n;
	int r;

	for (;;) {
		n = recv(u->stream, u->in + u->in_len,
		    FRAME_HEAD + FRAME_MAX - u->in_len, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -EPIPE;
		if (n == 0)
			return -EPIPE;
		u->in_len += (size_t)n;
		r = take_frames(u, s, now_s, mono_ms);
		if (r < 0)
			return r;
	}
}

/* Requests are taken while there is room for the longest. */
static void gather(struct uplink *u, struct sync *s, int64_t now_s,
    int64_t mono_ms)
{
	struct frame_request q;
	struct buf b;

	memmove(u->out, u->out + u->out_at, u->out_len - u->out_at);
	u->out_len -= u->out_at;
	u->out_at = 0;
	while (OUT_BYTES - u->out_len > WIRE_BODY_MAX + 4096 &&
	    sync_next(s, now_s, mono_ms, &q)) {
		buf_init(&b, u->out + u->out_len, OUT_BYTES - u->out_len);
		frame_put_request(&b, &q);
		if (!b.full)
			u->out_len += b.len;
	}
}

static int write_stream(struct uplink *u)
{
	while (u->out_at < u->out_len) {
		ssize_t n = send(u->stream, u->out + u->out_at,
		    u->out_len - u->out_at, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -EPIPE;
		u->out_at += (size_t)n;
	}
	return 0;
}

/* Nobody speaks over them; the keeper goes on bringing new ones. */
static void drop_streams(struct uplink *u)
{
	int fd;

	if (u->stream >= 0)
		close(u->stream);
	u->stream = -1;
	u->in_len = u->out_len = u->out_at = 0;
	while (u->keeper >= 0 && (fd = receive_stream(u)) >= 0)
		close(fd);
}

void uplink_service(struct uplink *u, struct sync *s, int64_t now_s,
    int64_t mono_ms)
{
	int r;

	if (u == NULL)
		return;
	u->idle = s == NULL;
	if (u->idle) {
		drop_streams(u);
		return;
	}
	if (u->keeper >= 0)
		take_stream(u, s, mono_ms);
	if (u->stream < 0 && u->at.sun_path[0] != '\0')
		reconnect(u, mono_ms);
	if (u->stream < 0)
		return;
	r = read_stream(u, s, now_s, mono_ms);
	if (r == 0) {
		gather(u, s, now_s, mono_ms);
		r = write_stream(u);
	}
	if (r < 0)
		drop_stream(u, s, mono_ms,
		    r == -EBADMSG ? "it said what is no frame; it is started "
				    "again"
				  : "it ended");
}

bool uplink_present(const struct uplink *u)
{
	return u != NULL && u->stream >= 0;
}

int64_t uplink_deadline_ms(const struct uplink *u)
{
	return u != NULL && !u->idle && u->stream < 0 &&
		u->at.sun_path[0] != '\0'
	    ? u->again_ms
	    : INT64_MAX;
}
