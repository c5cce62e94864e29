#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "firmware/app/ctl/commands.h"
#include "import.h"
#include "log.h"
#include "terminal.h"

/* One byte exit code, then text, in one message. */
struct reply {
	struct buf text;
	char bytes[1 + CONTROL_REPLY];
};

struct control {
	int listener;
	int peer;              /* one question at a time; -1 = none */
	int64_t peer_until_ms; /* silent for longer, it gives way */
	int waiting;           /* for the end of an import; -1 = nobody */
	struct reply reply, later;
	char path[256];
};

/* An import's share of a turn of the loop: no visitor notices. */
enum { IMPORT_MS = 5 };
/* karcis-ctl asks as soon as it is connected. */
enum { SILENT_MS = 2000 };

static int make_address(const struct office *o, struct sockaddr_un *a,
    struct err *e)
{
	char path[256];

	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	if (!office_path(o, "control.sock", path) ||
	    !str_copy(a->sun_path, sizeof(a->sun_path), str_from(path)))
		return err_set(e, -ENAMETOOLONG,
		    "control: %s is too long for "
		    "a socket (at most 93 bytes)",
		    o->config.state);
	return 0;
}

/* True when a running terminal holds the other end. */
static bool is_answered(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	bool answered;

	if (fd < 0)
		return false;
	/* EAGAIN: it listens, and others are waiting already. */
	answered = connect(fd, (const struct sockaddr *)a, sizeof(*a)) == 0 ||
	    errno == EAGAIN;
	close(fd);
	return answered;
}

int control_open(const struct office *o, struct control **out, struct err *e)
{
	struct control *c = calloc(1, sizeof(*c));
	struct sockaddr_un a;
	mode_t mask;
	int r;

	*out = NULL;
	if (c == NULL)
		return err_set(e, -ENOMEM, "control: out of memory");
	c->peer = c->waiting = -1;
	c->listener = socket(AF_UNIX,
	    SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	r = make_address(o, &a, e);
	if (r < 0)
		goto out;
	/* A terminal that could not lock the state directory comes here too,
	 * and must leave the socket of the one that could. */
	if (is_answered(&a)) {
		r = err_set(e, -EADDRINUSE,
		    "control: another karcis answers "
		    "at %s",
		    a.sun_path);
		goto out;
	}
	if (unlink(a.sun_path) != 0 && errno != ENOENT && errno != EROFS)
		log_line(LOG_LEVEL_WARNING, "control: %s: %s", a.sun_path,
		    strerror(errno));
	mask = umask(0077);
	r = c->listener < 0
	    ? -1
	    : bind(c->listener, (const struct sockaddr *)&a, sizeof(a));
	umask(mask);
	if (r != 0 || listen(c->listener, 4) != 0) {
		r = err_set(e, -errno, "control: %s: %s", a.sun_path,
		    strerror(errno));
		goto out;
	}
	*out = c;
	c = NULL;
out:
	control_close(c);
	return r;
}

void control_close(struct control *c)
{
	if (c == NULL)
		return;
	if (c->peer >= 0)
		close(c->peer);
	if (c->waiting >= 0)
		close(c->waiting);
	if (c->listener >= 0)
		close(c->listener);
	free(c);
}

size_t control_pollfds(struct control *c, struct pollfd *fds, size_t cap)
{
	if (c == NULL || cap < 1)
		return 0;
	fds[0] = (struct pollfd){c->peer >= 0 ? c->peer : c->listener, POLLIN,
	    0};
	return 1;
}

int64_t control_deadline_ms(const struct control *c)
{
	return c == NULL || c->peer < 0 ? INT64_MAX : c->peer_until_ms;
}

union fd_space {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static ssize_t receive(int socket_fd, char *line, size_t cap, int *fd)
{
	union fd_space space;
	struct iovec io = {line, cap};
	struct msghdr m = {
	    .msg_iov = &io,
	    .msg_iovlen = 1,
	    .msg_control = &space,
	    .msg_controllen = sizeof(space),
	};
	struct cmsghdr *h;
	ssize_t n = recvmsg(socket_fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

	*fd = -1;
	h = n < 0 ? NULL : CMSG_FIRSTHDR(&m);
	if (h != NULL && h->cmsg_level == SOL_SOCKET &&
	    h->cmsg_type == SCM_RIGHTS && h->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(h), sizeof(int));
	return n;
}

static void hang_up(int *peer)
{
	close(*peer);
	*peer = -1;
}

/* Sends it, wipes it (a badge may be in it) and hangs up. */
static void send_reply(int *peer, struct reply *r, int code)
{
	r->bytes[0] = (char)code;
	if (send(*peer, r->bytes, 1 + r->text.len,
		MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		log_line(LOG_LEVEL_WARNING,
		    "control: the answer was not "
		    "taken: %s",
		    strerror(errno));
	sodium_memzero(r->bytes, 1 + r->text.len);
	hang_up(peer);
}

static void answer(struct control *c, struct terminal *t)
{
	struct reply *reply = t->import == NULL ? &c->later : &c->reply;
	char line[CONTROL_LINE];
	int fd, code;
	ssize_t n = receive(c->peer, line, sizeof(line), &fd);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		hang_up(&c->peer);
	} else {
		buf_init(&reply->text, reply->bytes + 1, CONTROL_REPLY);
		code = command_run(&t->office,
		    t->stores_open ? &t->stores : NULL, t,
		    str_of(line, (size_t)n), fd, &reply->text);
		if (code == EXIT_LATER) {
			c->waiting = c->peer;
			c->peer = -1;
		} else {
			send_reply(&c->peer, reply, code);
		}
		sodium_memzero(line, (size_t)n);
	}
	if (fd >= 0)
		close(fd);
}

static void carry_import_on(struct control *c, struct terminal *t)
{
	if (import_step(t->import, clock_mono_ms() + IMPORT_MS))
		return;
	send_reply(&c->waiting, &c->later, import_exit(t->import));
	import_close(t->import);
	t->import = NULL;
}

void control_service(struct control *c, struct terminal *t,
    const struct pollfd *fds, size_t n)
{
	if (c != NULL && t->import != NULL)
		carry_import_on(c, t);
	if (c == NULL || n < 1)
		return;
	if (fds[0].revents == 0) {
		if (c->peer >= 0 && clock_mono_ms() >= c->peer_until_ms)
			hang_up(&c->peer);
		return;
	}
	if (c->peer >= 0) {
		answer(c, t);
		return;
	}
	c->peer = accept(c->listener, NULL, NULL);
	c->peer_until_ms = clock_mono_ms() + SILENT_MS;
	if (c->peer >= 0 && fcntl(c->peer, F_SETFD, FD_CLOEXEC) != 0)
		hang_up(&c->peer);
}

static int send_line(int s, struct str line, int fd)
{
	union fd_space space;
	char copy[CONTROL_LINE];
	struct iovec io = {copy, line.len};
	struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1};
	int r;

	if (line.len > sizeof(copy))
		return -EMSGSIZE;
	memcpy(copy, line.ptr, line.len);
	memset(&space, 0, sizeof(space));
	if (fd >= 0) {
		struct cmsghdr *h;

		m.msg_control = &space;
		m.msg_controllen = sizeof(space);
		h = CMSG_FIRSTHDR(&m);
		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(h), &fd, sizeof(int));
	}
	r = sendmsg(s, &m, MSG_NOSIGNAL) < 0 ? -errno : 0;
	sodium_memzero(copy, line.len);
	return r;
}

int control_ask(const struct office *o, struct str line, int fd, char *reply,
    size_t cap, struct err *e)
{
	struct sockaddr_un a;
	ssize_t n;
	int s, r;

	r = make_address(o, &a, e);
	if (r < 0)
		return r;
	s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (s < 0)
		return err_set(e, -errno, "control: %s", strerror(errno));
	if (connect(s, (const struct sockaddr *)&a, sizeof(a)) != 0) {
		r = err_set(e, -errno, "control: %s: %s", a.sun_path,
		    strerror(errno));
		goto out;
	}
	r = send_line(s, line, fd);
	if (r < 0) {
		err_set(e, r, "control: the terminal takes no question");
		goto out;
	}
	n = recv(s, reply, cap - 1, 0);
	if (n < 1) {
		r = err_set(e, -EPIPE, "control: the terminal gave no answer");
		goto out;
	}
	r = (unsigned char)reply[0];
	memmove(reply, reply + 1, (size_t)n - 1);
	reply[n - 1] = '\0';
out:
	close(s);
	return r;
}
