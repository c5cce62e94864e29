#include "update_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "firmware/core/update_wire.h"

/* Reports are read up to here in one service; more wait for the next. */
enum { REPORTS_A_TURN = 64 };

struct update_client {
	struct sockaddr_un at;
	int fd; /* -1 = nobody is there */
	int64_t again_ms;
	struct update_report report;
	bool moved; /* files were cleared or under way since it was asked */
};

static const struct update_report NOBODY;

int update_client_open(const char *path, struct update_client **out,
    struct err *e)
{
	struct update_client *c;

	*out = NULL;
	if (path == NULL || path[0] == '\0')
		return 0;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return err_set(e, -ENOMEM, "update: out of memory");
	c->fd = -1;
	c->at.sun_family = AF_UNIX;
	if (!str_copy(c->at.sun_path, sizeof(c->at.sun_path), str_from(path))) {
		free(c);
		return err_set(e, -ENAMETOOLONG,
		    "update: %s: too long for a socket", path);
	}
	*out = c;
	return 0;
}

void update_client_close(struct update_client *c)
{
	if (c == NULL)
		return;
	if (c->fd >= 0)
		close(c->fd);
	free(c);
}

size_t update_client_pollfds(const struct update_client *c, struct pollfd *fds,
    size_t cap)
{
	if (c == NULL || c->fd < 0 || cap == 0)
		return 0;
	fds[0] = (struct pollfd){.fd = c->fd, .events = POLLIN};
	return 1;
}

int64_t update_client_deadline_ms(const struct update_client *c)
{
	return c == NULL || c->fd >= 0 ? INT64_MAX : c->again_ms;
}

/* Connecting to a Unix socket does not wait: it is there, full, or not. */
static void connect_it(struct update_client *c, int64_t mono_ms)
{
	if (mono_ms < c->again_ms)
		return;
	c->again_ms = mono_ms + UPDATE_CLIENT_AGAIN_MS;
	c->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (c->fd < 0)
		return;
	if (connect(c->fd, (struct sockaddr *)&c->at, sizeof(c->at)) == 0)
		return;
	close(c->fd);
	c->fd = -1;
}

static void lose(struct update_client *c, int64_t mono_ms)
{
	close(c->fd);
	c->fd = -1;
	c->again_ms = mono_ms + UPDATE_CLIENT_AGAIN_MS;
	memset(&c->report, 0, sizeof(c->report));
}

/* False: nothing more waits. */
static bool take(struct update_client *c, int64_t mono_ms)
{
	char room[UPDATE_REPORT_BYTES + 1];
	ssize_t n = recv(c->fd, room, sizeof(room), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n > 0 && update_report_parse(str_of(room, (size_t)n), &c->report)) {
		c->moved = c->moved || c->report.files == UPDATE_FILES_NONE ||
		    c->report.files == UPDATE_FETCHING ||
		    c->report.files == UPDATE_STORING;
		return true;
	}
	lose(c, mono_ms);
	return false;
}

bool update_client_service(struct update_client *c, int64_t mono_ms)
{
	struct update_report before;

	if (c == NULL)
		return false;
	before = c->report;
	if (c->fd < 0)
		connect_it(c, mono_ms);
	for (int i = 0; c->fd >= 0 && i < REPORTS_A_TURN; i++)
		if (!take(c, mono_ms))
			break;
	return memcmp(&before, &c->report, sizeof(before)) != 0;
}

const struct update_report *update_client_report(const struct update_client *c)
{
	return c == NULL ? &NOBODY : &c->report;
}

bool update_client_moved(struct update_client *c)
{
	bool moved = c != NULL && c->moved;

	if (moved)
		c->moved = false;
	return moved;
}

int update_client_ask(struct update_client *c,
    const struct update_request *request, struct err *e)
{
	char room[UPDATE_REQUEST_BYTES];
	struct buf b;
	ssize_t n;

	if (c == NULL || c->fd < 0)
		return err_set(e, -ENOTCONN,
		    "update: karcis-update is not there: see its unit");
	buf_init(&b, room, sizeof(room));
	update_request_write(request, &b);
	n = send(c->fd, room, b.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n == (ssize_t)b.len)
		return 0;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return err_set(e, -EAGAIN, "update: it does not read");
	return err_set(e, -ENOTCONN, "update: the connection is broken");
}

int update_client_ask_kind(struct update_client *c,
    enum update_request_kind kind, struct err *e)
{
	struct update_request request = {.kind = kind};

	return update_client_ask(c, &request, e);
}
