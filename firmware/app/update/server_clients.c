#define _GNU_SOURCE /* accept4, struct ucred */
#include <errno.h>
#include <string.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "firmware/app/clock.h"
#include "firmware/app/log.h"
#include "server_inner.h"

static bool may_ask(const struct server *s, int fd)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0)
		return false;
	return who.uid == 0 || who.uid == geteuid() || who.uid == s->o->user;
}

static void drop(struct server_client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	*c = (struct server_client){.fd = -1};
}

/* A report is whole or not there: a datagram. Who does not read gets the
 * newest when it does. */
static void send_report(struct server *s, struct server_client *c)
{
	char room[UPDATE_REPORT_BYTES];
	struct buf b;
	ssize_t n;

	buf_init(&b, room, sizeof(room));
	update_report_write(&s->update.report, &b);
	n = send(c->fd, room, b.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	c->due = n < 0 && (errno == EAGAIN || errno == EINTR);
	if (n < 0 && !c->due)
		drop(c);
}

void server_accept(struct server *s)
{
	int fd = accept4(s->o->socket, NULL, NULL,
	    SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (!may_ask(s, fd)) {
		log_line(LOG_LEVEL_WARNING,
		    "update: a stranger asked and was sent away");
		close(fd);
		return;
	}
	for (size_t i = 0; i < SERVER_CLIENTS; i++) {
		if (s->clients[i].fd >= 0)
			continue;
		s->clients[i].fd = fd;
		server_read_config(s);
		server_guard_renew(s);
		send_report(s, &s->clients[i]);
		return;
	}
	close(fd);
}

/* What is no request ends the connection: both sides are of one release. */
static void take(struct server *s, struct server_client *c)
{
	char room[UPDATE_REQUEST_BYTES + 1];
	struct update_event ev = {.kind = UPDATE_EV_REQUEST};
	ssize_t n = recv(c->fd, room, sizeof(room), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || n > UPDATE_REQUEST_BYTES ||
	    !update_request_parse(str_of(room, (size_t)n), &ev.request)) {
		if (n > 0)
			log_line(LOG_LEVEL_WARNING,
			    "update: what came is no request");
		drop(c);
		return;
	}
	ev.now_s = clock_wall_s();
	ev.mono_ms = clock_mono_ms();
	if (ev.request.kind != UPDATE_ASK_REPORT)
		log_line(LOG_LEVEL_INFO, "update: asked: %s",
		    update_request_name(ev.request.kind));
	server_step(s, &ev);
}

void server_serve(struct server *s, size_t i, short revents)
{
	struct server_client *c = &s->clients[i];

	if (c->fd < 0 || revents == 0)
		return;
	if ((revents & POLLIN) != 0)
		take(s, c);
	else if ((revents & (POLLHUP | POLLERR | POLLNVAL)) != 0)
		drop(c);
	if (c->fd >= 0 && (revents & POLLOUT) != 0 && c->due)
		send_report(s, c);
}

void server_watch_clients(struct server *s)
{
	struct update_event ev = {.kind = UPDATE_EV_REQUEST,
	    .now_s = clock_wall_s(),
	    .mono_ms = clock_mono_ms(),
	    .request = {.kind = UPDATE_ASK_STORAGE_OFF}};

	if (!s->update.report.storage)
		return;
	for (size_t i = 0; i < SERVER_CLIENTS; i++)
		if (s->clients[i].fd >= 0)
			return;
	log_line(LOG_LEVEL_INFO, "update: the terminal is gone: no sticks");
	server_step(s, &ev);
}

void server_report(struct server *s)
{
	for (size_t i = 0; i < SERVER_CLIENTS; i++)
		if (s->clients[i].fd >= 0)
			send_report(s, &s->clients[i]);
}

void server_drop_all(struct server *s)
{
	for (size_t i = 0; i < SERVER_CLIENTS; i++)
		drop(&s->clients[i]);
}
