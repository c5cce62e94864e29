/* karcis-hub: serves, or does what an administrator asks. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "firmware/app/ctl/commands.h"
#include "firmware/app/hub/hub_keys.h"
#include "firmware/hub/server.h"
#include "firmware/app/hub/hub_admin.h"

enum {
	STOP_MS = 4500, /* of five seconds */
	PEM_MAX = 65536,
	OTHER_FILES = 512, /* descriptors besides connections */
	PROBLEMS_BYTES = 16384
};

/* One line; its level in front for journald (sd-daemon(3)). */
static void say(int level, const char *text)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "karcis-hub: %s\n", text);
	else
		fprintf(stderr, "<%d>karcis-hub: %s\n", level, text);
}

static int fail(const struct err *e)
{
	say(SERVER_LOG_ERROR, e->text);
	return EXIT_COULD_NOT;
}

/* sd_notify(3): one datagram, "@" for an abstract name. No service manager,
 * nothing to tell. */
static void notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	socklen_t len;
	int fd;

	if (path == NULL || (path[0] != '/' && path[0] != '@') ||
	    !str_copy(a.sun_path, sizeof(a.sun_path), str_from(path)))
		return;
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	    strlen(path));
	if (a.sun_path[0] == '@')
		a.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL,
		(struct sockaddr *)&a, len) < 0)
		say(SERVER_LOG_WARNING, "the service manager cannot be told");
	close(fd);
}

/* How often to tell that this process lives: half of what is asked for. */
static int64_t watchdog_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	int64_t n, of;

	if (usec == NULL || !str_number(str_from(usec), 1, INT64_MAX, &n) ||
	    (pid != NULL &&
		(!str_number(str_from(pid), 1, INT32_MAX, &of) ||
		    of != getpid())))
		return 0;
	return n / 2000 < 1 ? 1 : n / 2000;
}

/* No core dump holds a key. */
static int keep_secrets(struct err *e)
{
	const struct rlimit none = {0, 0};

	if (setrlimit(RLIMIT_CORE, &none) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return err_set(e, -errno, "core dumps cannot be kept off: %s",
		    strerror(errno));
	return 0;
}

/* Every connection is a descriptor. */
static int make_room(int connections, struct err *e)
{
	const rlim_t wanted = (rlim_t)connections + OTHER_FILES;
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) != 0)
		return err_set(e, -errno, "getrlimit: %s", strerror(errno));
	if (l.rlim_cur >= wanted)
		return 0;
	if (l.rlim_max < wanted)
		return err_set(e, -EMFILE,
		    "hub.connections: %d need %lld descriptors and %lld are"
		    " allowed (LimitNOFILE=)",
		    connections, (long long)wanted, (long long)l.rlim_max);
	l.rlim_cur = wanted;
	if (setrlimit(RLIMIT_NOFILE, &l) != 0)
		return err_set(e, -errno, "setrlimit: %s", strerror(errno));
	return 0;
}

/* "" as path reads nothing. */
static int read_pem(const char *path, char **out, struct err *e)
{
	char *text = NULL;
	ssize_t n = -1;
	int fd, r = 0;

	*out = NULL;
	if (path[0] == '\0')
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	text = calloc(1, PEM_MAX + 1);
	if (fd >= 0 && text != NULL)
		n = read(fd, text, PEM_MAX);
	if (n < 0)
		r = err_set(e, -errno, "%s: %s", path, strerror(errno));
	else if (strstr(text, "-----BEGIN ") == NULL)
		r = err_set(e, -EINVAL, "%s: is no PEM file", path);
	if (fd >= 0)
		close(fd);
	if (r == 0)
		*out = text;
	else
		free(text);
	return r;
}

static void block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigprocmask(SIG_BLOCK, set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Until a signal; the watchdog hears of a server that answers. */
static void wait_for_end(struct server *s, const sigset_t *set)
{
	int64_t ms = watchdog_ms();
	const struct timespec step = {ms / 1000, ms % 1000 * 1000000};
	int got;

	do {
		got = ms > 0 ? sigtimedwait(set, NULL, &step)
			     : sigwaitinfo(set, NULL);
		if (got < 0 && errno == EAGAIN && server_alive(s))
			notify("WATCHDOG=1");
	} while (got < 0 && (errno == EAGAIN || errno == EINTR));
}

/* What may be said of a store: a CONNINFO may hold a password. */
static const char *store_name(const struct hub_config *c)
{
	return str_is(str_cut(str_from(c->store), 0, 9), "postgres:")
	    ? "postgres"
	    : c->store;
}

static void say_start(const struct hub_config *c, const struct server *s)
{
	const char *address = server_address(s);
	char text[400];

	snprintf(text, sizeof(text), "listening on %s, store %s", address,
	    store_name(c));
	say(SERVER_LOG_INFO, text);
	if (c->tls_certificate[0] == '\0' && strncmp(address, "127.", 4) != 0 &&
	    strncmp(address, "[::1]", 5) != 0)
		say(SERVER_LOG_WARNING,
		    "without TLS on an address that others reach: names and"
		    " codes of bookings can be read on the way");
}

static int run_server(const struct hub_config *c,
    const struct server_options *o, const sigset_t *set)
{
	struct server *s;
	struct err e = {0};

	if (server_open(o, &s, &e) < 0)
		return fail(&e);
	say_start(c, s);
	notify("READY=1");
	wait_for_end(s, set);
	notify("STOPPING=1");
	if (server_stop(s, STOP_MS, &e) < 0) {
		/* A worker hangs in the store: what it did there is whole or
		 * not at all. */
		say(SERVER_LOG_WARNING, e.text);
		_exit(EXIT_DONE);
	}
	server_close(s);
	say(SERVER_LOG_INFO, "stopped");
	return EXIT_DONE;
}

static int serve(const struct hub_config *c)
{
	struct server_options o = {
	    .url = c->url,
	    .store = c->store,
	    .listen = c->listen,
	    .workers = c->workers,
	    .threads = c->threads,
	    .connections = c->connections,
	    .log = say,
	};
	char *certificate = NULL, *key = NULL;
	struct err e = {0};
	struct hub_keys keys;
	sigset_t set;
	int r;

	block_signals(&set);
	r = keep_secrets(&e);
	if (r == 0)
		r = make_room(c->connections, &e);
	if (r == 0)
		r = read_pem(c->tls_certificate, &certificate, &e);
	if (r == 0)
		r = read_pem(c->tls_key, &key, &e);
	if (r == 0)
		r = hub_keys_load(c->keys, &keys, &e);
	if (r == 0) {
		o.keys = &keys;
		o.certificate = certificate;
		o.key = key;
		r = run_server(c, &o, &set);
		hub_keys_fini(&keys);
	} else {
		r = fail(&e);
	}
	if (key != NULL)
		sodium_memzero(key, strlen(key));
	free(key);
	free(certificate);
	return r;
}

static int load_config(const char *path, struct hub_config *c, bool check)
{
	static char text[PROBLEMS_BYTES];
	struct buf problems;
	struct err e = {0};
	int r;

	buf_init(&problems, text, sizeof(text));
	r = hub_config_load(path, c, &problems, &e);
	fwrite(problems.ptr, 1, problems.len, stderr);
	if (r == 0)
		return EXIT_DONE;
	fprintf(stderr, "karcis-hub: %s\n", e.text);
	return check && r == -EINVAL ? EXIT_REFUSED : EXIT_COULD_NOT;
}

static int usage(void)
{
	fputs("usage: karcis-hub --config FILE [COMMAND]\n"
	      "Without a command it serves. Commands:\n",
	    stderr);
	hub_admin_usage();
	return EXIT_COULD_NOT;
}

int main(int argc, char **argv)
{
	static struct hub_config c;
	bool check = argc == 4 && strcmp(argv[3], "check-config") == 0;
	int r;

	if (argc < 3 || strcmp(argv[1], "--config") != 0)
		return usage();
	if (sodium_init() < 0)
		return usage();
	r = load_config(argv[2], &c, check);
	if (r != EXIT_DONE)
		return r;
	if (check) {
		printf("%s: no problems\n", argv[2]);
		return EXIT_DONE;
	}
	return argc == 3 ? serve(&c) : hub_admin_run(&c, argc - 3, argv + 3);
}
