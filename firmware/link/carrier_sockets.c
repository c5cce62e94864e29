#define _GNU_SOURCE /* SOCK_CLOEXEC */

#include "carrier_sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* A connection that died silently: probed after 10 s of nothing, given up
 * 15 s after the last sign of life. */
enum { PROBE_AFTER_S = 10, PROBE_EVERY_S = 5, GIVE_UP_MS = 15000 };

static void tune(int fd)
{
	int on = 1, after_s = PROBE_AFTER_S, every_s = PROBE_EVERY_S;
	unsigned give_up_ms = GIVE_UP_MS;

	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &after_s,
	    sizeof(after_s));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every_s,
	    sizeof(every_s));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &give_up_ms,
	    sizeof(give_up_ms));
}

static curl_socket_t on_open(void *ctx, curlsocktype use,
    struct curl_sockaddr *a)
{
	struct carrier_sockets *s = ctx;
	int fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);

	(void)use;
	if (fd < 0)
		return CURL_SOCKET_BAD;
	tune(fd);
	if (s->count < CARRIER_SOCKETS)
		s->fd[s->count++] = fd;
	return fd;
}

static int on_close(void *ctx, curl_socket_t fd)
{
	struct carrier_sockets *s = ctx;

	for (size_t i = 0; i < s->count; i++)
		if (s->fd[i] == fd) {
			s->fd[i] = s->fd[--s->count];
			break;
		}
	return close(fd);
}

bool carrier_sockets_open_for(struct carrier_sockets *s, CURL *easy)
{
	return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open) ==
	    CURLE_OK &&
	    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, s) == CURLE_OK &&
	    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close) ==
	    CURLE_OK &&
	    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, s) == CURLE_OK;
}

static int local_port(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} a;
	socklen_t len = sizeof(a);

	if (getsockname(fd, &a.any, &len) != 0)
		return -1;
	if (a.any.sa_family == AF_INET)
		return ntohs(a.v4.sin_port);
	return a.any.sa_family == AF_INET6 ? ntohs(a.v6.sin6_port) : -1;
}

bool carrier_sockets_readable(const struct carrier_sockets *s, int port)
{
	for (size_t i = 0; i < s->count; i++) {
		struct pollfd p = {.fd = s->fd[i], .events = POLLIN};

		if (local_port(s->fd[i]) == port && poll(&p, 1, 0) == 1)
			return true;
	}
	return false;
}
