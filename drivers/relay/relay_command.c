/* A program that opens a door, with nothing of the terminal's. */
#define _GNU_SOURCE /* close_range */
#include "relay_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COULD_NOT_RUN = 127 };

static void run(const char *path)
{
	/* Not const: execve's type is older than const. */
	static char search[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:"
			       "/usr/bin:/sbin:/bin";
	char program[RELAY_PATH];
	char *argv[] = {program, NULL}, *env[] = {search, NULL};
	sigset_t none;
	int null;

	(void)setpgid(0, 0);
	for (int s = 1; s < NSIG; s++)
		(void)signal(s, SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	null = open("/dev/null", O_RDWR);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0 ||
	    close_range(STDERR_FILENO + 1, ~0U, 0) != 0 ||
	    !str_copy(program, sizeof(program), str_from(path)))
		_exit(COULD_NOT_RUN);
	(void)execve(program, argv, env);
	_exit(COULD_NOT_RUN);
}

int relay_command_there(const char *path, struct err *e)
{
	return access(path, X_OK) == 0
	    ? 0
	    : err_set(e, -errno, "relay: %s: %s", path, strerror(errno));
}

int relay_command_start(struct relay_command *p, const char *path,
    struct err *e)
{
	int r;

	if (p->pid != 0)
		return 0;
	r = relay_command_there(path, e);
	if (r < 0)
		return r;
	p->pid = fork();
	if (p->pid == 0)
		run(path);
	if (p->pid < 0) {
		p->pid = 0;
		return err_set(e, -errno, "relay: fork: %s", strerror(errno));
	}
	(void)setpgid(p->pid, p->pid); /* whoever is first */
	return 0;
}

static void tell(struct buf *b, const char *path, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == COULD_NOT_RUN)
		buf_fmt(b, "relay: %s: it could not be run", path);
	else if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		buf_fmt(b, "relay: %s: it ended with %d", path,
		    WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		buf_fmt(b, "relay: %s: signal %d ended it", path,
		    WTERMSIG(status));
}

bool relay_command_ended(struct relay_command *p, const char *path,
    bool stopped, char how[RELAY_LOG])
{
	siginfo_t info = {0};
	struct buf b;
	int status;

	buf_init(&b, how, RELAY_LOG - 1);
	how[0] = '\0';
	/* Its group is ended before its number is given back. */
	if (p->pid == 0 ||
	    waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) !=
		0 ||
	    info.si_pid != p->pid)
		return false;
	if (stopped)
		relay_command_signal(p, SIGKILL);
	if (waitpid(p->pid, &status, 0) == p->pid)
		tell(&b, path, status);
	how[b.len] = '\0';
	p->pid = 0;
	return true;
}

void relay_command_signal(const struct relay_command *p, int number)
{
	if (p->pid > 0)
		(void)kill(-p->pid, number);
}
