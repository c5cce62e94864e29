/* The process that holds the line: one loop of two descriptors and a time. */
#define _GNU_SOURCE /* close_range */
#include "relay_inner.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A line that could not be closed is tried again until it is. */
enum { AGAIN_MS = 200 };

struct output {
	const struct relay_config *config;
	int fd, signals; /* of SIGCHLD, and SIGUSR1: the terminal died */
	pid_t terminal;
	bool open;        /* until: */
	bool told_to_end; /* a command got SIGTERM; until is SIGKILL's */
	int64_t until_ms;
	struct relay_line line;
	struct relay_command command;
};

void relay_say(int fd, const char *fmt, ...)
{
	char text[RELAY_LOG];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n > (int)sizeof(text) - 1)
		n = (int)sizeof(text) - 1;
	if (n > 0)
		(void)send(fd, text, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static int64_t now_ms(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
		return 0;
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void say_err(const struct output *o, const struct err *e)
{
	relay_say(o->fd, "%s", e->text);
}

static int open_line(struct output *o, struct err *e)
{
	int r = relay_line_take(&o->line, o->config, e);

	if (r == 0)
		r = relay_line_drive(&o->line, o->config, true, e);
	/* Let go of after an unplug: once more with the chip as it is. */
	if (r < 0 && o->line.line == NULL)
		r = relay_line_take(&o->line, o->config, e) < 0
		    ? r
		    : relay_line_drive(&o->line, o->config, true, e);
	return r;
}

static void open_once(struct output *o)
{
	struct err e = {0};
	int r = o->config->kind == RELAY_GPIO
	    ? open_line(o, &e)
	    : relay_command_start(&o->command, o->config->path, &e);

	if (r < 0) {
		say_err(o, &e);
		return;
	}
	if (o->told_to_end)
		return; /* too late to go on */
	o->open = true;
	o->until_ms = now_ms() + o->config->open_ms;
}

/* Taking a line drives it inactive: also where the last try left it open. */
static void close_line(struct output *o)
{
	struct err e = {0};
	bool held = o->line.line != NULL;

	if (held && relay_line_drive(&o->line, o->config, false, &e) == 0) {
		o->open = false;
		return;
	}
	if (held)
		say_err(o, &e);
	if (relay_line_take(&o->line, o->config, &e) == 0)
		o->open = false;
	else
		o->until_ms = now_ms() + AGAIN_MS;
}

static void close_command(struct output *o)
{
	relay_command_signal(&o->command, o->told_to_end ? SIGKILL : SIGTERM);
	o->until_ms = now_ms() + RELAY_KILL_MS;
	o->told_to_end = true;
}

static void time_is_up(struct output *o)
{
	if (o->config->kind == RELAY_GPIO)
		close_line(o);
	else
		close_command(o);
}

static void reap(struct output *o)
{
	struct signalfd_siginfo info;
	char how[RELAY_LOG];

	while (read(o->signals, &info, sizeof(info)) > 0)
		;
	if (!relay_command_ended(&o->command, o->config->path, o->told_to_end,
		how))
		return;
	if (how[0] != '\0')
		relay_say(o->fd, "%s", how);
	o->open = o->told_to_end = false;
}

/* The terminal is gone. */
static void close_for_good(struct output *o)
{
	struct pollfd p = {.fd = o->signals, .events = POLLIN};
	int64_t end_ms = now_ms() + RELAY_KILL_MS;

	if (o->open && o->config->kind == RELAY_GPIO)
		close_line(o);
	relay_line_drop(&o->line);
	relay_command_signal(&o->command, SIGTERM);
	while (o->command.pid != 0 && now_ms() < end_ms) {
		(void)poll(&p, 1, (int)(end_ms - now_ms()));
		reap(o);
	}
	relay_command_signal(&o->command, SIGKILL);
}

/* False: the other end is closed. */
static bool take_words(struct output *o)
{
	char word[8];
	ssize_t n = recv(o->fd, word, sizeof(word), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 1 && word[0] == 'O')
		open_once(o);
	return n > 0;
}

static void serve(struct output *o)
{
	struct pollfd p[] = {{o->fd, POLLIN, 0}, {o->signals, POLLIN, 0}};
	bool there = true;

	while (there) {
		int64_t left = o->open ? o->until_ms - now_ms() : -1;

		if (o->open && left <= 0) {
			time_is_up(o);
			continue;
		}
		if (poll(p, ARRAY_LEN(p), (int)left) < 0 && errno != EINTR)
			break;
		reap(o);
		there = take_words(o) && getppid() == o->terminal;
	}
}

/* SIGTERM and the like come to the whole group or unit: the line is closed
 * because the terminal ends, not because this process is ended first. */
static int open_signals(void)
{
	static const int ignored[] = {SIGHUP, SIGINT, SIGTERM, SIGQUIT,
	    SIGPIPE};
	sigset_t set;

	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGUSR1);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return -1;
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void close_others(int keep)
{
	if (keep > STDERR_FILENO + 1)
		(void)close_range(STDERR_FILENO + 1, (unsigned)keep - 1, 0);
	(void)close_range((unsigned)keep + 1, ~0U, 0);
}

void relay_process(const struct relay_config *c, int fd, pid_t terminal)
{
	struct output o = {.config = c, .fd = fd, .terminal = terminal};
	struct err e = {0};

	close_others(fd);
	(void)prctl(PR_SET_NAME, "karcis-relay");
	o.signals = open_signals();
	/* The other end's closing tells it too, unless another process of the
	 * terminal still holds it. */
	if (o.signals < 0 || prctl(PR_SET_PDEATHSIG, SIGUSR1) != 0) {
		relay_say(fd, "relay: signals: %s", strerror(errno));
		return;
	}
	if (c->kind == RELAY_GPIO && c->close_in != NULL &&
	    c->close_in(c->ctx, &e) < 0) {
		say_err(&o, &e);
		return;
	}
	/* What is missing is told before somebody stands before it. */
	if ((c->kind == RELAY_GPIO ? relay_line_take(&o.line, c, &e)
				   : relay_command_there(c->path, &e)) < 0)
		say_err(&o, &e);
	serve(&o);
	close_for_good(&o);
}
