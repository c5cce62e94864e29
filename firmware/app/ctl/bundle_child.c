#include "bundle_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firmware/app/clock.h"

enum { NOT_THERE = 127 };

static void become(const char *const *argv, int out, bool with_errors)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(with_errors ? out : null, STDERR_FILENO) < 0)
		_exit(NOT_THERE);
	/* execvp takes the words as they are and changes none. */
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(NOT_THERE);
}

/* False: not at its end in time. */
static bool listen_to(int in, struct buf *said)
{
	int64_t end_ms = clock_mono_ms() + CHILD_S * 1000;
	struct pollfd p = {in, POLLIN, 0};
	char block[4096];
	ssize_t n = 1;

	while (n != 0) {
		int64_t left = end_ms - clock_mono_ms();

		if (left <= 0 || poll(&p, 1, (int)left) == 0)
			return false;
		n = read(in, block, sizeof(block));
		if (n < 0 && errno != EINTR)
			return false;
		for (ssize_t i = 0; i < n && said->len < said->cap; i++)
			buf_byte(said, (uint8_t)block[i]);
	}
	return true;
}

static int wait_for(pid_t pid, bool in_time, const char *name, struct err *e)
{
	int status = 0;

	if (!in_time)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_set(e, -errno, "%s: %s", name,
			    strerror(errno));
	if (!in_time)
		return err_set(e, -ETIMEDOUT, "%s: no end after %d s", name,
		    CHILD_S);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_THERE)
		return err_set(e, -ENOENT, "%s: is not installed here", name);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return err_set(e, -EPROTO, "%s: failed", name);
	return 0;
}

int child_run(const char *const *argv, bool with_errors, struct buf *said,
    struct err *e)
{
	bool in_time;
	int out[2];
	pid_t pid;

	if (pipe(out) != 0 || fcntl(out[0], F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(out[1], F_SETFD, FD_CLOEXEC) != 0)
		return err_set(e, -errno, "%s: %s", argv[0], strerror(errno));
	pid = fork();
	if (pid == 0)
		become(argv, out[1], with_errors);
	close(out[1]);
	if (pid < 0) {
		close(out[0]);
		return err_set(e, -errno, "%s: %s", argv[0], strerror(errno));
	}
	in_time = listen_to(out[0], said);
	close(out[0]);
	return wait_for(pid, in_time, argv[0], e);
}
