#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Keepalive finds a printer that was switched off: 10 s, then 3 x 5 s. */
static void tune(int fd)
{
	int on = 1, idle = 10, every = 5, times = 3;

	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof(every));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof(times));
}

static int finish_connect(int fd, int64_t until_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	int64_t left = until_ms - now_ms();
	int error = 0;
	socklen_t len = sizeof(error);

	if (left < 0 || poll(&p, 1, (int)left) != 1)
		return -ETIMEDOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		return -errno;
	return -error;
}

static int connect_one(const struct addrinfo *a, int64_t until_ms)
{
	int fd = socket(a->ai_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, a->ai_addr, a->ai_addrlen) != 0)
		r = errno == EINPROGRESS ? finish_connect(fd, until_ms)
					 : -errno;
	if (r != 0) {
		(void)close(fd);
		return r;
	}
	tune(fd);
	return fd;
}

int link_connect(const char *host, const char *port, int timeout_ms,
    struct err *e)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
	int64_t until_ms = now_ms() + timeout_ms;
	int r = getaddrinfo(host, port, &hints, &list), fd = -ENOENT;

	if (r != 0)
		return err_set(e, -ENOENT, "link: %s: %s", host,
		    gai_strerror(r));
	for (struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next)
		fd = connect_one(a, until_ms);
	freeaddrinfo(list);
	if (fd < 0)
		return err_set(e, fd, "link: %s port %s: %s", host, port,
		    strerror(-fd));
	return fd;
}

/* One packet: the word and, when sock >= 0, the socket with it. */
static int answer(int channel, char word, int sock)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = {&word, 1};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

	memset(&control, 0, sizeof(control));
	if (sock >= 0) {
		m.msg_control = control.room;
		m.msg_controllen = sizeof(control.room);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.align), &sock, sizeof(sock));
	}
	return sendmsg(channel, &m, MSG_NOSIGNAL) == 1 ? 0 : -errno;
}

int link_run_printer(int fd, const char *host, const char *port)
{
	char word;
	ssize_t n;
	int sock, r = 0;

	for (;;) {
		n = recv(fd, &word, 1, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 ? 0 : -errno;
		if (word != LINK_CONNECT)
			continue;
		sock = link_connect(host, port, LINK_CONNECT_MS, NULL);
		r = answer(fd, sock >= 0 ? LINK_CONNECTED : LINK_REFUSED, sock);
		if (sock >= 0)
			(void)close(sock);
		if (r == -EPIPE || r == -ECONNRESET)
			return 0;
		if (r != 0)
			return r;
	}
}
