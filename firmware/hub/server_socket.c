#include "server_inner.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hub_config.h"

union address {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

static bool read_address(const char *listen, union address *a, socklen_t *len)
{
	char host[HUB_CONFIG_HOST];
	uint16_t port;

	memset(a, 0, sizeof(*a));
	if (!hub_config_listen(str_from(listen), host, &port))
		return false;
	if (inet_pton(AF_INET, host, &a->four.sin_addr) == 1) {
		a->four.sin_family = AF_INET;
		a->four.sin_port = htons(port);
		*len = sizeof(a->four);
		return true;
	}
	a->six.sin6_family = AF_INET6;
	a->six.sin6_port = htons(port);
	*len = sizeof(a->six);
	return inet_pton(AF_INET6, host, &a->six.sin6_addr) == 1;
}

/* The address as it is bound, with the port that was picked. */
static bool write_address(int fd, char out[80])
{
	char host[INET6_ADDRSTRLEN];
	union address a;
	socklen_t len = sizeof(a);
	struct buf b;
	bool six;

	if (getsockname(fd, &a.any, &len) != 0)
		return false;
	six = a.any.sa_family == AF_INET6;
	if (inet_ntop(a.any.sa_family,
		six ? (const void *)&a.six.sin6_addr
		    : (const void *)&a.four.sin_addr,
		host, sizeof(host)) == NULL)
		return false;
	buf_init(&b, out, 80);
	buf_fmt(&b, six ? "[%s]:%u" : "%s:%u", host,
	    (unsigned)ntohs(six ? a.six.sin6_port : a.four.sin_port));
	buf_cstr(&b);
	return !b.full;
}

int server_listen(const char *listen_at, int *out, char address[80],
    struct err *e)
{
	const int yes = 1;
	union address a;
	socklen_t len;
	int fd = -1, r = 0;

	if (!read_address(listen_at, &a, &len))
		return err_set(e, -EINVAL, "hub.listen: %s is no address",
		    listen_at);
	fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
	    bind(fd, &a.any, len) != 0 || listen(fd, SOMAXCONN) != 0)
		r = err_set(e, -errno,
		    "hub.listen: %s cannot be listened on: %s", listen_at,
		    strerror(errno));
	else if (!write_address(fd, address))
		r = err_set(e, -EIO, "hub.listen: %s has no name", listen_at);
	if (r == 0) {
		*out = fd;
		fd = -1;
	}
	if (fd >= 0)
		close(fd);
	return r;
}
