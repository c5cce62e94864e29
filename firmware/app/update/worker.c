#define _GNU_SOURCE /* close_range */
#include "worker.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "firmware/app/log.h"

/* How long one that was killed is waited for: 2 s. */
enum { STEP_NS = 1000000, GONE_STEPS = 2000 };

void worker_tell(int fd, const struct worker_note *note)
{
	ssize_t n;

	do {
		n = send(fd, note, sizeof(*note), MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(*note))
		_exit(1);
}

static void run(const struct worker_config *c, const struct worker_job *job,
    int fd)
{
	static struct worker_note last;
	const struct rlimit none = {0, 0};

	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NAME, "karcis-update-w");
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGINT, SIG_DFL);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    setrlimit(RLIMIT_CORE, &none) != 0)
		_exit(1);
	if (fd > STDERR_FILENO + 1)
		(void)close_range(STDERR_FILENO + 1, (unsigned)fd - 1, 0);
	(void)close_range((unsigned)fd + 1, ~0U, 0);
	works_run(c, job, fd, &last);
	worker_tell(fd, &last);
	_exit(0);
}

int worker_start(struct worker *w, const struct worker_config *c,
    const struct worker_job *job, struct err *e)
{
	int pair[2], status;
	pid_t pid;

	/* Those that were stuck. */
	while (waitpid(-1, &status, WNOHANG) > 0)
		continue;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return err_set(e, -errno, "update: socketpair: %s",
		    strerror(errno));
	pid = fork();
	if (pid == 0)
		run(c, job, pair[1]);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return err_set(e, -errno, "update: fork: %s", strerror(errno));
	}
	/* Both do it, so that it is true whoever comes first. */
	(void)setpgid(pid, pid);
	*w = (struct worker){.pid = pid, .fd = pair[0], .work = job->work};
	return 0;
}

static bool is_text(const char *text, size_t cap)
{
	size_t len = strnlen(text, cap);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20)
			return false;
	return len < cap && str_is_utf8(str_of(text, len));
}

/* The process that wrote it may have been taken over. */
static bool is_note(const struct worker_note *n)
{
	const struct release *r = &n->release;
	bool kind = n->kind == UPDATE_EV_PROGRESS ||
	    n->kind == UPDATE_EV_DONE || n->kind == UPDATE_EV_FAILED;
	bool why = n->refusal > UPDATE_REFUSAL_UNSET &&
	    n->refusal < UPDATE_REFUSALS;

	return kind && (n->kind == UPDATE_EV_FAILED) == why &&
	    n->found.bytes >= 0 && n->found.bytes <= UPDATE_BUNDLE_MAX &&
	    n->found.signed_s >= 0 &&
	    is_text(n->found.signer, sizeof(n->found.signer)) &&
	    is_text(n->found.compatible, sizeof(n->found.compatible)) &&
	    is_text(r->product, sizeof(r->product)) &&
	    is_text(r->compatible, sizeof(r->compatible)) &&
	    is_text(n->detail, sizeof(n->detail));
}

int worker_read(struct worker *w, struct worker_note *note)
{
	ssize_t n = recv(w->fd, note, sizeof(*note), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -EPIPE;
	if (n == 0)
		return -EPIPE;
	return n == (ssize_t)sizeof(*note) && is_note(note) ? 1 : -EBADMSG;
}

/* False: it is killed, but the kernel still waits for a device in its name. It
 * will not run another instruction. */
static bool is_gone(pid_t pid)
{
	const struct timespec step = {0, STEP_NS};
	int status;

	for (int i = 0; i < GONE_STEPS; i++) {
		pid_t r = waitpid(pid, &status, WNOHANG);

		if (r == pid || (r < 0 && errno != EINTR))
			return true;
		(void)nanosleep(&step, NULL);
	}
	return false;
}

void worker_stop(struct worker *w)
{
	if (w->pid <= 0)
		return;
	(void)kill(-w->pid, SIGKILL);
	(void)kill(w->pid, SIGKILL);
	if (!is_gone(w->pid))
		log_line(LOG_LEVEL_WARNING,
		    "update: the work `%s` hangs in the kernel and is left",
		    update_work_name(w->work));
	close(w->fd);
	*w = (struct worker){.fd = -1};
}
