#define _GNU_SOURCE /* pipe2, close_range */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 4096, NOT_RUN = 127 };

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void become(const struct program *p, int out, int log)
{
	static const char *const ENVIRONMENT[] = {"LC_ALL=C.UTF-8",
	    "PATH=/usr/bin:/bin:/usr/sbin:/sbin", NULL};
	struct rlimit files = {(rlim_t)p->file_bytes_max,
	    (rlim_t)p->file_bytes_max};
	struct rlimit core = {0, 0};
	int null = open("/dev/null", O_RDONLY);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (setrlimit(RLIMIT_FSIZE, &files) != 0 ||
	    setrlimit(RLIMIT_CORE, &core) != 0 || null < 0 ||
	    dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(log, STDERR_FILENO) < 0)
		_exit(NOT_RUN);
	(void)close_range(STDERR_FILENO + 1, ~0U, 0);
	/* execve does not write to them: POSIX's signature is historical. */
	(void)execve(p->argv[0], (char *const *)(uintptr_t)p->argv,
	    (char *const *)(uintptr_t)ENVIRONMENT);
	_exit(NOT_RUN);
}

/* Keeps the last bytes: the oldest half makes room. */
static void put_last(struct buf *b, const char *bytes, size_t len)
{
	if (len > b->cap / 2) {
		bytes += len - b->cap / 2;
		len = b->cap / 2;
	}
	if (b->len + len > b->cap) {
		size_t drop = b->len - b->cap / 2;

		memmove(b->ptr, b->ptr + drop, b->len - drop);
		b->len -= drop;
	}
	buf_put(b, bytes, len);
}

/* False: that end is closed. */
static bool take(struct program *p, int fd, bool is_out)
{
	char chunk[CHUNK];
	ssize_t n = read(fd, chunk, sizeof(chunk));
	size_t room;

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (n == 0)
		return false;
	if (!is_out) {
		put_last(p->log, chunk, (size_t)n);
		return true;
	}
	room = p->out->cap - p->out->len;
	if ((size_t)n > room)
		p->out_full = true;
	buf_put(p->out, chunk, (size_t)n < room ? (size_t)n : room);
	return true;
}

/* Until both ends are closed or the time is over. */
static bool listen_to(struct program *p, int out, int log)
{
	struct pollfd fds[2] = {{.fd = out, .events = POLLIN},
	    {.fd = log, .events = POLLIN}};
	int64_t ends_ms = now_ms() + p->timeout_ms;

	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		int64_t left = ends_ms - now_ms();

		if (left <= 0)
			return false;
		if (poll(fds, 2, (int)left) < 0 && errno != EINTR)
			return false;
		for (int i = 0; i < 2; i++)
			if (fds[i].fd >= 0 && fds[i].revents != 0 &&
			    !take(p, fds[i].fd, i == 0))
				fds[i].fd = -1;
	}
	return true;
}

/* Its pipes are closed; it should be gone at once. */
static int end(pid_t pid, bool in_time, int *status)
{
	if (!in_time)
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static int judge(const struct program *p, int status, bool in_time,
    struct err *e)
{
	struct str why = program_last_line(p->log);
	const char *name = p->argv[0];

	if (!in_time)
		return err_set(e, -ETIMEDOUT, "update: %s took too long", name);
	if (WIFSIGNALED(status))
		return err_set(e, -EFAULT, "update: %s died by signal %d", name,
		    WTERMSIG(status));
	if (WEXITSTATUS(status) == NOT_RUN)
		return err_set(e, -ENOENT, "update: %s cannot be run", name);
	if (WEXITSTATUS(status) != 0)
		return err_set(e, -EBADMSG, "update: %s: %.*s", name,
		    (int)(why.len < 160 ? why.len : 160), why.ptr);
	return 0;
}

int program_run(struct program *p, struct err *e)
{
	int out[2] = {-1, -1}, log[2] = {-1, -1}, status = 0, r = 0;
	bool in_time;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) != 0 || pipe2(log, O_CLOEXEC) != 0) {
		r = err_set(e, -errno, "update: pipe: %s", strerror(errno));
		goto out;
	}
	pid = fork();
	if (pid < 0) {
		r = err_set(e, -errno, "update: fork: %s", strerror(errno));
		goto out;
	}
	if (pid == 0)
		become(p, out[1], log[1]);
	close(out[1]);
	close(log[1]);
	out[1] = log[1] = -1;
	in_time = listen_to(p, out[0], log[0]);
	r = end(pid, in_time, &status);
	if (r == 0)
		r = judge(p, status, in_time, e);
out:
	for (int i = 0; i < 2; i++) {
		if (out[i] >= 0)
			close(out[i]);
		if (log[i] >= 0)
			close(log[i]);
	}
	return r;
}

struct str program_last_line(const struct buf *log)
{
	struct str all = str_trim(buf_view(log)), line = all;

	for (size_t i = all.len; i > 0; i--)
		if (all.ptr[i - 1] == '\n')
			return str_cut(all, i, all.len - i);
	return line;
}
