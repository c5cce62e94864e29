#include "server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "firmware/app/clock.h"
#include "firmware/app/log.h"
#include "firmware/update/mounts.h"
#include "server_inner.h"

/* The descriptors of the loop, by name. */
enum {
	FD_SOCKET,
	FD_WORKER,
	FD_GUARD,
	FD_DISKS,
	FD_CLIENTS,
	FDS = FD_CLIENTS + SERVER_CLIENTS
};

enum {
	STICK_MS = 1000,     /* between two looks for a stick */
	STICK_BUSY_MS = 200, /* while it is read */
};

static volatile sig_atomic_t asked_to_leave;

static void on_signal(int number)
{
	(void)number;
	asked_to_leave = 1;
}

static void watch(struct server *s, struct pollfd fds[FDS])
{
	memset(fds, 0, sizeof(*fds) * FDS);
	for (size_t i = 0; i < FDS; i++)
		fds[i] = (struct pollfd){.fd = -1, .events = POLLIN};
	fds[FD_SOCKET].fd = s->o->socket;
	if (s->worker.pid > 0)
		fds[FD_WORKER].fd = s->worker.fd;
	if (s->guard != NULL)
		fds[FD_GUARD].fd = usb_guard_fd(s->guard);
	if (s->disks != NULL)
		fds[FD_DISKS].fd = udev_monitor_get_fd(s->disks);
	for (size_t i = 0; i < SERVER_CLIENTS; i++) {
		fds[FD_CLIENTS + i].fd = s->clients[i].fd;
		if (s->clients[i].due)
			fds[FD_CLIENTS + i].events |= POLLOUT;
	}
}

/* Sticks are looked for while one may be let in; a folder that stands for one
 * tells nobody when it goes. */
static int64_t look_ms(const struct server *s)
{
	if (!s->update.report.storage)
		return INT64_MAX;
	return s->update.work != UPDATE_WORK_NONE ? STICK_BUSY_MS : STICK_MS;
}

static int wait_ms(const struct server *s, int64_t now_ms)
{
	const struct update *u = &s->update;
	int64_t until_ms = u->deadline_ms, look = look_ms(s);

	if (u->report.trial && u->report.phase != UPDATE_RESTARTING &&
	    u->base.trial_ends_ms < until_ms)
		until_ms = u->base.trial_ends_ms;
	if (look != INT64_MAX && now_ms + look < until_ms)
		until_ms = now_ms + look;
	if (until_ms == INT64_MAX)
		return -1;
	if (until_ms <= now_ms)
		return 0;
	return until_ms - now_ms > INT32_MAX ? INT32_MAX
					     : (int)(until_ms - now_ms);
}

static void note_to_event(const struct worker_note *n, enum update_work work,
    struct update_event *ev)
{
	*ev = (struct update_event){.kind = n->kind,
	    .now_s = clock_wall_s(),
	    .mono_ms = clock_mono_ms(),
	    .work = work,
	    .done_bytes = n->done_bytes,
	    .total_bytes = n->total_bytes,
	    .found = n->found,
	    .release = n->release,
	    .count = n->count,
	    .refusal = n->refusal,
	    .detail = str_from(n->detail)};
}

/* The last note, or its missing, ends the worker. */
static void serve_worker(struct server *s)
{
	static struct worker_note note;
	static struct update_event ev;
	enum update_work work = s->worker.work;
	int r = worker_read(&s->worker, &note);

	if (r == 0)
		return;
	if (r < 0) {
		memset(&note, 0, sizeof(note));
		note.kind = UPDATE_EV_FAILED;
		note.refusal = UPDATE_INTERNAL;
		(void)snprintf(note.detail, sizeof(note.detail),
		    "update: the work `%s` ended without a word",
		    update_work_name(work));
	}
	if (note.kind != UPDATE_EV_PROGRESS)
		server_end_worker(s);
	note_to_event(&note, work, &ev);
	server_step(s, &ev);
}

static void tick(struct server *s)
{
	struct update_event ev = {.kind = UPDATE_EV_TICK,
	    .now_s = clock_wall_s(),
	    .mono_ms = clock_mono_ms()};

	server_step(s, &ev);
}

static void turn(struct server *s)
{
	struct pollfd fds[FDS];
	int n;

	watch(s, fds);
	n = poll(fds, FDS, wait_ms(s, clock_mono_ms()));
	if (n < 0)
		return;
	if (fds[FD_GUARD].revents != 0 || fds[FD_DISKS].revents != 0 ||
	    s->update.report.storage)
		server_devices_service(s);
	if (fds[FD_WORKER].revents != 0 && s->worker.pid > 0 &&
	    s->worker.fd == fds[FD_WORKER].fd)
		serve_worker(s);
	for (size_t i = 0; i < SERVER_CLIENTS; i++)
		server_serve(s, i, fds[FD_CLIENTS + i].revents);
	server_watch_clients(s);
	if (fds[FD_SOCKET].revents != 0)
		server_accept(s);
	tick(s);
}

int server_run(struct server_options *o, struct err *e)
{
	static struct server s;
	struct sigaction leave = {.sa_handler = on_signal};
	struct update_base base;
	struct err left = {0};

	memset(&s, 0, sizeof(s));
	s.o = o;
	s.worker.fd = -1;
	for (size_t i = 0; i < SERVER_CLIENTS; i++)
		s.clients[i].fd = -1;
	if (sigaction(SIGTERM, &leave, NULL) != 0 ||
	    sigaction(SIGINT, &leave, NULL) != 0 ||
	    signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return err_set(e, -errno, "update: signals: %s",
		    strerror(errno));
	/* What cannot be taken away stops an update, not the machine. */
	if (works_clean(o->worker.work, &left) < 0)
		log_err(&left);
	mounts_clear(o->worker.mount, MOUNTS_STICK);
	mounts_clear(o->worker.mount, MOUNTS_SLOT);
	server_read_config(&s);
	/* First: until it is open no screen, printer or scanner works, and
	 * RAUC may take long to answer. */
	server_guard_open(&s);
	server_find_base(&s, &base);
	update_init(&s.update, &base);
	server_devices_open(&s);
	(void)sd_notify(0, "READY=1");
	log_line(LOG_LEVEL_INFO, "update: ready%s",
	    base.trial ? ", on trial" : "");
	while (!s.leave && asked_to_leave == 0)
		turn(&s);
	server_end_worker(&s);
	server_devices_close(&s);
	server_drop_all(&s);
	return 0;
}
