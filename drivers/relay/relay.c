#include "relay_inner.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The process ends a command within RELAY_KILL_MS of our leaving. */
enum { END_MS = 2 * RELAY_KILL_MS, END_STEP_MS = 5, LINE_MAX_NO = 1023 };

struct relay {
	int fd; /* SEQPACKET: 'O' out, sentences in; -1 = gone */
	pid_t pid;
};

static bool parse_gpio(struct str rest, struct relay_config *out)
{
	struct str path, line, level;
	int64_t n;

	if (!str_split(&rest, ':', &path) || path.len < 2 ||
	    path.ptr[0] != '/' || !str_split(&rest, ':', &line) ||
	    !str_number(line, 0, LINE_MAX_NO, &n))
		return false;
	out->active_low = rest.ptr != NULL;
	if (out->active_low &&
	    (!str_split(&rest, ':', &level) || rest.ptr != NULL ||
		!str_is(level, "low")))
		return false;
	out->kind = RELAY_GPIO;
	out->line = (unsigned)n;
	return str_copy(out->path, sizeof(out->path), path);
}

bool relay_parse(struct str text, struct relay_config *out)
{
	static const char gpio[] = "gpio:", command[] = "command:";
	struct str rest;

	out->kind = RELAY_NONE;
	out->path[0] = '\0';
	out->line = 0;
	out->active_low = false;
	if (str_is(text, "none"))
		return true;
	if (str_is(str_cut(text, 0, sizeof(gpio) - 1), gpio))
		return parse_gpio(str_cut(text, sizeof(gpio) - 1, text.len),
		    out);
	rest = str_cut(text, sizeof(command) - 1, text.len);
	if (!str_is(str_cut(text, 0, sizeof(command) - 1), command) ||
	    rest.len < 2 || rest.ptr[0] != '/')
		return false;
	out->kind = RELAY_COMMAND;
	return str_copy(out->path, sizeof(out->path), rest);
}

int relay_start(const struct relay_config *c, struct relay **out, struct err *e)
{
	struct relay *r;
	pid_t terminal;
	int pair[2];

	*out = NULL;
	if (c->kind == RELAY_NONE)
		return 0;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return err_set(e, -ENOMEM, "relay: out of memory");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		free(r);
		return err_set(e, -errno, "relay: %s", strerror(errno));
	}
	r->fd = pair[0];
	terminal = getpid();
	r->pid = fork();
	if (r->pid == 0) {
		relay_process(c, pair[1], terminal);
		_exit(0);
	}
	close(pair[1]);
	if (r->pid < 0) {
		int code = err_set(e, -errno, "relay: fork: %s",
		    strerror(errno));

		relay_close(r);
		return code;
	}
	*out = r;
	return 0;
}

/* It closes the line first, which may take a command half a second. */
static void wait_for_end(pid_t pid)
{
	const struct timespec step = {0, END_STEP_MS * 1000000L};

	for (int ms = 0; ms < END_MS; ms += END_STEP_MS) {
		if (waitpid(pid, NULL, WNOHANG) != 0)
			return;
		nanosleep(&step, NULL);
	}
	kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

void relay_close(struct relay *r)
{
	if (r == NULL)
		return;
	if (r->fd >= 0)
		close(r->fd);
	if (r->pid > 0)
		wait_for_end(r->pid);
	free(r);
}

bool relay_open_once(struct relay *r)
{
	static const char word = 'O';

	return r != NULL && r->fd >= 0 &&
	    send(r->fd, &word, 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
}

size_t relay_pollfds(const struct relay *r, struct pollfd *fds, size_t cap)
{
	if (r == NULL || r->fd < 0 || cap < 1)
		return 0;
	fds[0] = (struct pollfd){r->fd, POLLIN, 0};
	return 1;
}

bool relay_next_log(struct relay *r, char text[RELAY_LOG])
{
	static const char gone[] = "relay: its process is gone; nothing opens "
				   "until the terminal is started again";
	ssize_t n;

	if (r == NULL || r->fd < 0)
		return false;
	n = recv(r->fd, text, RELAY_LOG - 1, MSG_DONTWAIT);
	if (n > 0) {
		text[n] = '\0';
		return true;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	memcpy(text, gone, sizeof(gone));
	close(r->fd);
	r->fd = -1;
	return true;
}

bool relay_present(const struct relay *r)
{
	return r != NULL && r->fd >= 0;
}
