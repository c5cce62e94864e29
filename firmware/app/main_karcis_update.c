/* karcis-update: updates, sticks and USB devices, for the terminal. */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <fcntl.h>
#include <unistd.h>

#include <sodium.h>

#include "firmware/app/ctl/commands.h"
#include "firmware/app/log.h"
#include "firmware/app/update/server.h"
#include "firmware/update/keep.h"
#include "firmware/update/slots_files.h"

enum { LISTEN_BACKLOG = 8 };

struct options {
	struct server_options server;
	const char *stick, *socket, *user, *reader, *make, *trial;
	bool boot;
	char work[KEEP_PATH];
};

static int usage(void)
{
	fputs("usage: karcis-update --backend files:DIR|rauc --keyring FILE\n"
	      "           --state DIR [--stick auto|dir:DIR] [--in DIR] "
	      "[--out DIR]\n"
	      "           [--socket PATH] [--mount DIR] [--config FILE] "
	      "[--sysfs DIR]\n"
	      "           [--user NAME] [--reader NAME] [--trial SECONDS]\n"
	      "           [--restart reboot|exit|command:PATH]\n"
	      "       karcis-update --backend files:DIR --make IMAGE\n"
	      "       karcis-update --backend files:DIR --boot\n",
	    stderr);
	return EXIT_COULD_NOT;
}

/* One row an option that has a text. */
static const char **option_text(struct options *o, int option)
{
	struct server_options *s = &o->server;

	switch (option) {
	case 'b':
		return &s->worker.backend;
	case 'k':
		return &s->worker.keyring;
	case 's':
		return &s->worker.state;
	case 'i':
		return &s->worker.in;
	case 'o':
		return &s->worker.out;
	case 'm':
		return &s->worker.mount;
	case 't':
		return &o->stick;
	case 'S':
		return &o->socket;
	case 'c':
		return &s->config;
	case 'y':
		return &s->sysfs;
	case 'u':
		return &o->user;
	case 'r':
		return &o->reader;
	case 'R':
		return &s->restart;
	case 'T':
		return &o->trial;
	case 'M':
		return &o->make;
	default:
		return NULL;
	}
}

static const struct option OPTIONS[] = {
    {"backend", required_argument, NULL, 'b'},
    {"keyring", required_argument, NULL, 'k'},
    {"state", required_argument, NULL, 's'},
    {"in", required_argument, NULL, 'i'},
    {"out", required_argument, NULL, 'o'},
    {"mount", required_argument, NULL, 'm'},
    {"stick", required_argument, NULL, 't'},
    {"socket", required_argument, NULL, 'S'},
    {"config", required_argument, NULL, 'c'},
    {"sysfs", required_argument, NULL, 'y'},
    {"user", required_argument, NULL, 'u'},
    {"reader", required_argument, NULL, 'r'},
    {"restart", required_argument, NULL, 'R'},
    {"trial", required_argument, NULL, 'T'},
    {"make", required_argument, NULL, 'M'},
    {"boot", no_argument, NULL, 'B'},
    {NULL, 0, NULL, 0},
};

static bool read_options(int argc, char **argv, struct options *o)
{
	struct server_options *s = &o->server;
	const char **text;
	int64_t trial_s = UPDATE_TRIAL_S;
	int option;

	s->restart = "exit";
	s->worker.group = -1;
	s->user = geteuid();
	o->stick = "auto";
	while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1) {
		text = option_text(o, option);
		if (text != NULL)
			*text = optarg;
		else if (option == 'B')
			o->boot = true;
		else
			return false;
	}
	if (o->trial != NULL &&
	    !str_number(str_from(o->trial), 1, 86400, &trial_s))
		return false;
	s->trial_ms = trial_s * 1000;
	if (optind != argc || s->worker.backend == NULL)
		return false;
	return o->boot || o->make != NULL ||
	    (s->worker.keyring != NULL && s->worker.state != NULL);
}

/* ---- users ---- */

static int find_user(const char *name, struct passwd **out, struct err *e)
{
	errno = 0;
	*out = getpwnam(name);
	return *out != NULL ? 0
			    : err_set(e, errno != 0 ? -errno : -ENOENT,
				  "update: there is no user %s", name);
}

static int find_users(struct options *o, struct err *e)
{
	struct server_options *s = &o->server;
	struct passwd *who;
	int r = 0;

	if (o->user != NULL) {
		r = find_user(o->user, &who, e);
		if (r < 0)
			return r;
		s->user = who->pw_uid;
		if (geteuid() == 0)
			s->worker.group = who->pw_gid;
	}
	if (o->reader != NULL && geteuid() == 0) {
		r = find_user(o->reader, &who, e);
		if (r < 0)
			return r;
		s->worker.drop = true;
		s->worker.reader = who->pw_uid;
		s->worker.reader_group = who->pw_gid;
	}
	return r;
}

/* ---- folders ---- */

static int make_folder(const char *path, mode_t mode, int64_t group,
    struct err *e)
{
	if ((mkdir(path, mode) != 0 && errno != EEXIST) ||
	    (group >= 0 && chown(path, (uid_t)-1, (gid_t)group) != 0) ||
	    chmod(path, mode) != 0)
		return err_set(e, -errno, "update: %s: %s", path,
		    strerror(errno));
	return 0;
}

/* STATE/lock: one of us at a time. Never closed. */
static int take_lock(const char *state, struct err *e)
{
	char path[KEEP_PATH];
	int fd = -1;

	if (keep_path(path, state, "lock"))
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		    0600);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0)
		return err_set(e, -errno, "update: %s: %s", state,
		    errno == EWOULDBLOCK ? "another karcis-update works there"
					 : strerror(errno));
	return 0;
}

static int make_folders(struct options *o, struct err *e)
{
	struct worker_config *w = &o->server.worker;
	int64_t reader = w->drop ? (int64_t)w->reader_group : -1;
	int r;

	if (!keep_path(o->work, w->state, "work"))
		return err_set(e, -ENAMETOOLONG, "update: %s: too long",
		    w->state);
	w->work = o->work;
	if (w->mount == NULL)
		w->mount = w->state;
	/* The reader goes through it, to the work folder alone. */
	r = make_folder(w->state, w->drop ? 0711 : 0700, -1, e);
	if (r == 0)
		r = take_lock(w->state, e);
	if (r == 0)
		r = make_folder(o->work, w->drop ? 0770 : 0700, reader, e);
	return r;
}

/* ---- the socket ---- */

static int bind_socket(struct options *o, int fd, struct err *e)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	if (!str_copy(at.sun_path, sizeof(at.sun_path), str_from(o->socket)))
		return err_set(e, -ENAMETOOLONG, "update: %s: too long",
		    o->socket);
	if (unlink(o->socket) != 0 && errno != ENOENT)
		return err_set(e, -errno, "update: %s: %s", o->socket,
		    strerror(errno));
	(void)umask(0177);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    (geteuid() == 0 &&
		chown(o->socket, o->server.user, (gid_t)-1) != 0) ||
	    listen(fd, LISTEN_BACKLOG) != 0)
		return err_set(e, -errno, "update: %s: %s", o->socket,
		    strerror(errno));
	(void)umask(022);
	return 0;
}

static int open_socket(struct options *o, struct err *e)
{
	int n = sd_listen_fds(1), r;

	if (o->socket == NULL && n == 1 &&
	    sd_is_socket(SD_LISTEN_FDS_START, AF_UNIX, SOCK_SEQPACKET, 1) > 0) {
		o->server.socket = SD_LISTEN_FDS_START;
		return 0;
	}
	if (o->socket == NULL)
		return err_set(e, -EINVAL,
		    "update: no socket: start it from its systemd socket unit "
		    "(one ListenSequentialPacket=), or say --socket");
	o->server.socket = socket(AF_UNIX,
	    SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (o->server.socket < 0)
		return err_set(e, -errno, "update: socket: %s",
		    strerror(errno));
	r = bind_socket(o, o->server.socket, e);
	if (r < 0)
		close(o->server.socket);
	return r;
}

/* ---- a developer's slots ---- */

static int on_files(const struct options *o, struct err *e)
{
	const char *backend = o->server.worker.backend;
	char slot[UPDATE_SLOT];
	int r;

	if (strncmp(backend, "files:", 6) != 0)
		return err_set(e, -EINVAL,
		    "update: %s: only files:DIR is "
		    "made or started so",
		    backend);
	if (o->make != NULL)
		return slots_files_make(backend + 6, o->make, e);
	r = slots_files_boot(backend + 6, slot, e);
	if (r == 0)
		printf("%s\n", slot);
	return r;
}

static int run(struct options *o, struct err *e)
{
	int r;

	if (o->boot || o->make != NULL)
		return on_files(o, e);
	/* What the reader makes can be read and taken back by this one. */
	(void)umask(022);
	r = find_users(o, e);
	if (r == 0)
		r = make_folders(o, e);
	if (r == 0)
		r = stick_place_parse(o->stick, o->server.worker.mount,
		    &o->server.worker.stick, e);
	if (r == 0)
		r = open_socket(o, e);
	return r < 0 ? r : server_run(&o->server, e);
}

int main(int argc, char **argv)
{
	static struct options o;
	struct err e = {0};
	int r;

	if (!read_options(argc, argv, &o))
		return usage();
	r = sodium_init() < 0 ? err_set(&e, -EIO, "update: no randomness")
			      : run(&o, &e);
	if (r < 0)
		log_err(&e);
	return r < 0 ? EXIT_COULD_NOT : EXIT_DONE;
}
