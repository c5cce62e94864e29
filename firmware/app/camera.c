#define _GNU_SOURCE /* close_range, pipe2 */
#include "camera.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "drivers/scanner/camera_pipe.h"
#include "drivers/scanner/camera_v4l2.h"
#include "drivers/scanner/camera_watch.h"
#include "log.h"
#include "sandbox.h"

enum {
	AGAIN_MS = 2000, /* before a camera that is not there is tried again */
	WAIT_MS = 1000,  /* for a picture; then whether the pipe still stands */
	SILENT = 5,      /* such waits without one: the camera hangs */
	STATUS_DIED =
	    255, /* the worker's exit says the errno; this: a signal */
};

/* The parent may have died before the kernel was asked to tell. */
static void die_with_parent(const char *name, pid_t parent)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NAME, name);
	if (getppid() != parent)
		_exit(0);
}

/* What the terminal had open is none of the camera's business. */
static void close_others(int keep)
{
	if (keep > STDERR_FILENO + 1)
		(void)close_range(STDERR_FILENO + 1, (unsigned)keep - 1, 0);
	(void)close_range((unsigned)keep + 1, ~0U, 0);
}

/* Waits; true when nobody reads the pipe any more. */
static bool hung_up(int pipe_fd, int wait_ms)
{
	struct pollfd p = {.fd = pipe_fd};

	return poll(&p, 1, wait_ms) > 0 &&
	    (p.revents & (POLLERR | POLLNVAL)) != 0;
}

/* Lines are shorter than PIPE_BUF: they are written whole or, where the
 * terminal does not read, not at all. */
static void put(int pipe_fd, const void *bytes, size_t len)
{
	ssize_t n;

	do
		n = write(pipe_fd, bytes, len);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EPIPE)
		_exit(0);
}

static void tell(int pipe_fd, enum camera_byte what)
{
	char byte = (char)what;

	put(pipe_fd, &byte, 1);
}

static void tell_text(int pipe_fd, const struct camera_text *t)
{
	char line[CAMERA_TEXT + 1];

	memcpy(line, t->text, t->len);
	line[t->len] = '\r';
	put(pipe_fd, line, t->len + 1);
}

/* ---- the worker: camera and decoder, closed in ---- */

static int watch_camera(struct camera *c, struct camera_decoder *d, int pipe_fd,
    struct err *e)
{
	static struct watch watch;
	struct camera_picture picture;
	struct camera_text text;
	int silent = 0, r;

	for (;;) {
		r = camera_next(c, WAIT_MS, &picture, e);
		if (r < 0)
			return r;
		if (hung_up(pipe_fd, 0))
			return 0;
		silent = r == 0 ? silent + 1 : 0;
		if (silent >= SILENT)
			return err_set(e, -ETIMEDOUT,
			    "camera: it gives no pictures");
		if (r == 1 &&
		    watch_picture(&watch, d, &picture, clock_mono_ms(), &text))
			tell_text(pipe_fd, &text);
	}
}

/* zbar converts texts with iconv, which may load its modules late. */
static int close_in(const char *path, struct err *e)
{
	const struct sandbox_rules rules = {.read = {"/usr/lib", "/lib"},
	    .write = {path}};
	struct sandbox_report report;

	return sandbox_close_in(&rules, &report, e);
}

/* What it has to say is said already when it ends as the one before. */
static int run_worker(const char *path, int pipe_fd, pid_t keeper, int said)
{
	struct camera_decoder *d = NULL;
	struct camera *c = NULL;
	struct err e = {0};
	int r;

	die_with_parent("karcis-camera", keeper);
	r = close_in(path, &e);
	if (r == 0)
		r = camera_decoder_open(&d, &e);
	if (r == 0)
		r = camera_open(path, &c, &e);
	if (r == 0) {
		log_line(LOG_LEVEL_INFO, "camera: %s is in use, %s", path,
		    camera_describe(c));
		tell(pipe_fd, CAMERA_BYTE_HERE);
		r = watch_camera(c, d, pipe_fd, &e);
		if (r < 0)
			log_err(&e);
		tell(pipe_fd, CAMERA_BYTE_GONE);
		r = 0;
	} else if (-r != said) {
		log_err(&e);
	}
	camera_close(c);
	camera_decoder_close(d);
	return -r;
}

/* ---- the keeper ---- */

/* One life of a worker: 0 when it had the camera, else the errno of why it
 * had not, or STATUS_DIED. */
static int keep_once(const char *path, int pipe_fd, int said)
{
	pid_t keeper = getpid(), pid = fork();
	int status = 0;

	if (pid < 0)
		return errno;
	if (pid == 0)
		_exit(run_worker(path, pipe_fd, keeper, said));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_DIED;
}

static void keep(const char *path, int pipe_fd, pid_t terminal)
{
	int said = 0;

	die_with_parent("karcis-keeper", terminal);
	close_others(pipe_fd);
	(void)signal(SIGPIPE, SIG_IGN);
	do {
		bool there = access(path, F_OK) == 0;
		int r = there ? keep_once(path, pipe_fd, said) : errno;

		if (r == STATUS_DIED) {
			log_line(LOG_LEVEL_WARNING,
			    "camera: its process died; it is started again");
			tell(pipe_fd, CAMERA_BYTE_GONE);
		} else if (!there && r != said) {
			log_line(LOG_LEVEL_WARNING,
			    "camera: %s: %s; it is taken into use when it is "
			    "there",
			    path, strerror(r));
		}
		said = r;
	} while (!hung_up(pipe_fd, AGAIN_MS));
}

int camera_start(const struct config *c, int *fd, struct err *e)
{
	static const char kind[] = "camera:";
	pid_t terminal = getpid(), pid;
	const char *path = NULL;
	int ends[2];

	*fd = -1;
	for (size_t i = 0; i < c->scanners && path == NULL; i++)
		if (strncmp(c->scanner[i], kind, strlen(kind)) == 0)
			path = c->scanner[i] + strlen(kind);
	if (path == NULL)
		return 0;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return err_set(e, -errno, "camera: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		keep(path, ends[1], terminal);
		_exit(0);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return err_set(e, -errno, "camera: fork: %s", strerror(errno));
	}
	*fd = ends[0];
	return 0;
}
