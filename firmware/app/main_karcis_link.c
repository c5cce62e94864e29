/* karcis-link: bytes between the terminal and the network. */
#define _GNU_SOURCE /* close_range, accept4 */

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "firmware/app/ctl/commands.h"
#include "firmware/link/carrier.h"
#include "firmware/link/link.h"
#include "firmware/store/request_key.h"
#include "log.h"
#include "office.h"
#include "sandbox.h"

enum { FIRST_LISTEN_FD = 3 /* sd_listen_fds(3) */ };

struct options {
	struct carrier_config hub; /* url NULL: for a printer */
	const char *key;
	const char *config, *enrolment; /* instead of URL, device and CA */
	char ca[512];                   /* as the configuration names it */
	char host[256];                 /* "": for the hub */
	const char *port;
	int fd; /* -1 = systemd's */
};

static int usage(void)
{
	fputs("usage: karcis-link --url URL --device N --key FILE "
	      "[--ca FILE] [--proxy URL] [--fd N]\n"
	      "       karcis-link --config FILE --enrolment FILE --key FILE "
	      "[--proxy URL] [--fd N]\n"
	      "       karcis-link --printer HOST:PORT [--fd N]\n",
	    stderr);
	return EXIT_COULD_NOT;
}

/* "HOST:PORT": the last colon parts them. */
static bool read_printer(struct options *o, const char *text)
{
	const char *colon = strrchr(text, ':');

	if (colon == NULL || colon == text || colon[1] == '\0')
		return false;
	o->port = colon + 1;
	return str_copy(o->host, sizeof(o->host),
	    str_of(text, (size_t)(colon - text)));
}

static bool read_option(struct options *o, int option, const char *text)
{
	int64_t n = 0;
	bool good = true;

	switch (option) {
	case 'u':
		o->hub.url = text;
		break;
	case 'c':
		o->hub.ca_file = text;
		break;
	case 'x':
		o->hub.proxy = text;
		break;
	case 'k':
		o->key = text;
		break;
	case 'C':
		o->config = text;
		break;
	case 'e':
		o->enrolment = text;
		break;
	case 'd':
		good = str_number(str_from(text), 1, UINT32_MAX, &n);
		o->hub.device = (uint32_t)n;
		break;
	case 'f':
		good = str_number(str_from(text), 0, 65535, &n);
		o->fd = (int)n;
		break;
	case 'p':
		good = read_printer(o, text);
		break;
	default:
		good = false;
	}
	return good;
}

/* For a hub, for the hub of a configuration, or for a printer. */
static bool is_one_use(const struct options *o)
{
	bool said = o->hub.url != NULL || o->hub.device != 0 ||
	    o->hub.ca_file != NULL;
	bool named = o->config != NULL || o->enrolment != NULL;

	if (o->host[0] != '\0')
		return !said && !named && o->key == NULL;
	if (named)
		return !said && o->config != NULL && o->enrolment != NULL &&
		    o->key != NULL;
	return o->hub.url != NULL && o->hub.device != 0 && o->key != NULL;
}

static bool read_options(int argc, char **argv, struct options *o)
{
	static const struct option options[] = {
	    {"url", required_argument, NULL, 'u'},
	    {"ca", required_argument, NULL, 'c'},
	    {"proxy", required_argument, NULL, 'x'},
	    {"device", required_argument, NULL, 'd'},
	    {"key", required_argument, NULL, 'k'},
	    {"config", required_argument, NULL, 'C'},
	    {"enrolment", required_argument, NULL, 'e'},
	    {"printer", required_argument, NULL, 'p'},
	    {"fd", required_argument, NULL, 'f'},
	    {NULL, 0, NULL, 0},
	};
	int option;

	o->fd = -1;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!read_option(o, option, optarg))
			return false;
	return optind == argc && is_one_use(o);
}

static bool env_is(const char *name, int64_t value)
{
	const char *text = getenv(name);
	int64_t n;

	return text != NULL && str_number(str_from(text), 0, INT32_MAX, &n) &&
	    n == value;
}

/* One socket, of the command line or of systemd's. */
static int find_socket(struct options *o, struct err *e)
{
	int kind = 0;
	socklen_t len = sizeof(kind);

	if (o->fd < 0 && env_is("LISTEN_PID", getpid()) &&
	    env_is("LISTEN_FDS", 1))
		o->fd = FIRST_LISTEN_FD;
	if (o->fd < 0)
		return err_set(e, -EINVAL,
		    "link: no socket: start it from its systemd socket unit "
		    "(one ListenStream=), or say --fd");
	if (getsockopt(o->fd, SOL_SOCKET, SO_TYPE, &kind, &len) < 0)
		return err_set(e, -errno, "link: descriptor %d: %s", o->fd,
		    strerror(errno));
	return 0;
}

/* Nothing else that was open here stays open. */
static int close_others(int fd, struct err *e)
{
	unsigned at = (unsigned)fd;
	int r = 0;

	if (at > STDERR_FILENO + 1)
		r = close_range(STDERR_FILENO + 1, at - 1, 0);
	if (r == 0)
		r = close_range(at > STDERR_FILENO ? at + 1 : STDERR_FILENO + 1,
		    ~0u, 0);
	return r == 0
	    ? 0
	    : err_set(e, -errno, "link: close_range: %s", strerror(errno));
}

static int close_in(const struct options *o, struct err *e)
{
	struct sandbox_rules rules;
	struct sandbox_report report;
	int r;

	sandbox_link_rules(&rules, o->hub.ca_file);
	r = sandbox_close_in(&rules, &report, e);
	if (r == 0)
		log_line(LOG_LEVEL_INFO,
		    "link: sandbox: seccomp %s, landlock abi %d",
		    report.seccomp ? "on" : "off",
		    report.landlock ? report.landlock_abi : 0);
	return r;
}

static int serve(int fd, const struct options *o, struct err *e)
{
	int r;

	if (o->hub.url != NULL)
		return carrier_run(fd, &o->hub, e);
	r = link_run_printer(fd, o->host, o->port);
	return r == 0
	    ? 0
	    : err_set(e, r, "link: the terminal's socket: %s", strerror(-r));
}

/* One terminal after the other: it may be started anew. What one did wrong
 * ends its connection, not the link. */
static int serve_all(const struct options *o, struct err *e)
{
	struct err one;
	int fd;

	for (;;) {
		fd = accept4(o->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd < 0)
			return err_set(e, -errno, "link: accept: %s",
			    strerror(errno));
		one = (struct err){0};
		if (serve(fd, o, &one) < 0)
			log_err(&one);
		(void)close(fd);
		if (one.code != 0 && one.code != -EBADMSG)
			return err_set(e, one.code, "link: ends");
	}
}

/* URL and CA as the terminal's configuration says, the device as the hub
 * gave it. */
static int read_office(struct options *o, struct err *e)
{
	static struct office office;
	struct enrolment enrolment;
	int r;

	if (o->config == NULL)
		return 0;
	r = office_load(o->config, &office, e);
	if (r == 0)
		r = enrolment_load(o->enrolment, &enrolment, e);
	if (r < 0)
		return r;
	if (office.config.hub_url[0] == '\0')
		return err_set(e, -EINVAL, "link: %s names no hub (hub.url)",
		    o->config);
	o->hub.url = office.config.hub_url;
	o->hub.device = enrolment.device;
	if (office_beside(&office, office.config.hub_ca, o->ca))
		o->hub.ca_file = o->ca;
	return 0;
}

static bool is_listening(int fd)
{
	int on = 0;
	socklen_t len = sizeof(on);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 &&
	    on != 0;
}

static int run(struct options *o, struct err *e)
{
	int r = find_socket(o, e);

	if (r == 0)
		r = close_others(o->fd, e);
	if (r == 0)
		r = read_office(o, e);
	if (r == 0 && o->key != NULL)
		r = request_key_load(o->key, o->hub.secret, e);
	if (r == 0 && o->hub.url != NULL)
		r = carrier_check(&o->hub, e);
	if (r == 0)
		r = close_in(o, e);
	if (r < 0)
		return r;
	if (o->hub.url != NULL && strncmp(o->hub.url, "http:", 5) == 0)
		log_line(LOG_LEVEL_WARNING,
		    "link: %s: whoever is on the way can read along; use "
		    "https",
		    o->hub.url);
	return is_listening(o->fd) ? serve_all(o, e) : serve(o->fd, o, e);
}

int main(int argc, char **argv)
{
	static struct options o;
	struct err e = {0};
	int r;

	if (!read_options(argc, argv, &o))
		return usage();
	/* GnuTLS would write the sessions' keys there. */
	(void)unsetenv("SSLKEYLOGFILE");
	(void)signal(SIGPIPE, SIG_IGN);
	r = run(&o, &e);
	sodium_memzero(&o, sizeof(o));
	if (r < 0)
		log_err(&e);
	return r < 0 ? EXIT_COULD_NOT : EXIT_DONE;
}
