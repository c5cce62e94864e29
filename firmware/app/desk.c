#include "desk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "camera.h"
#include "firmware/link/link.h"
#include "log.h"
#include "ticketing.h"

/* "tcp:HOST:PORT": the last colon parts them. */
static bool split_tcp(const char *device, char *host, size_t cap,
    const char **port)
{
	struct str s = str_from(device);
	const char *colon = strrchr(device, ':');

	if (s.len < 5 || colon == NULL || colon < device + 4)
		return false;
	*port = colon + 1;
	return str_copy(host, cap,
	    str_of(device + 4, (size_t)(colon - device) - 4));
}

static int start_link(struct terminal *t, struct err *e)
{
	const char *device = t->office.config.printer, *port;
	char host[CONFIG_TEXT];
	int pair[2];
	pid_t pid;

	if (strncmp(device, "tcp:", 4) != 0)
		return 0;
	if (!split_tcp(device, host, sizeof(host), &port))
		return err_set(e, -EINVAL,
		    "printer.device: %s: write "
		    "tcp:HOST:PORT",
		    device);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return err_set(e, -errno, "link: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		return err_set(e, -errno, "link: fork: %s", strerror(errno));
	if (pid == 0) {
		close(pair[0]);
		_exit(link_run_printer(pair[1], host, port) == 0 ? 0 : 1);
	}
	close(pair[1]);
	t->link_fd = pair[0];
	return 0;
}

static int close_relay_in(void *ctx, struct err *e)
{
	/* A chip may come later, under a name that no rule can hold yet. */
	const struct sandbox_rules rules = {.write = {"/dev"}};
	struct sandbox_report report;

	(void)ctx;
	return sandbox_close_in(&rules, &report, e);
}

static int start_relay(struct terminal *t, struct err *e)
{
	const struct config *c = &t->office.config;
	struct relay_config relay = {.open_ms = c->gate_open_ms,
	    .close_in = close_relay_in};

	if (!relay_parse(str_from(c->gate_output), &relay))
		return err_set(e, -EINVAL, "gate.output: %s is no output",
		    c->gate_output);
	return relay_start(&relay, &t->relay, e);
}

/* The relay comes last: no other process may hold the end whose closing tells
 * it that the terminal is gone. */
int desk_start_processes(struct terminal *t, struct err *e)
{
	bool gate = t->role == &gate_role;
	int r;

	if (t->role->bare)
		return 0;
	r = gate ? 0 : start_link(t, e);
	if (r == 0)
		r = uplink_start(&t->office, &t->uplink, e);
	if (r == 0)
		r = camera_start(&t->office.config, &t->camera_fd, e);
	if (r == 0 && gate)
		r = start_relay(t, e);
	return r;
}

static void end_process(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void desk_end_processes(struct terminal *t)
{
	uplink_close(t->uplink);
	t->uplink = NULL;
	relay_close(t->relay);
	t->relay = NULL;
	end_process(&t->link_fd);
	end_process(&t->camera_fd);
}

static enum printer_profile profile_of(const struct config *c)
{
	switch (c->profile) {
	case PROFILE_EPSON:
		return PRINTER_EPSON;
	case PROFILE_ASB:
		return PRINTER_ASB;
	case PROFILE_ORDER:
		return PRINTER_ORDER;
	case PROFILE_CUSTOM:
		return PRINTER_CUSTOM;
	case PROFILE_GENERIC:
		return PRINTER_GENERIC;
	case PROFILE_AUTO:
	case PROFILE_UNSET:
		return PRINTER_AUTO;
	}
	return PRINTER_AUTO;
}

static int draw_paper(void *ctx, const uint8_t *bytes, size_t len,
    const char *png_path, struct err *e)
{
	struct terminal *t = ctx;

	return ticketing_draw_paper(bytes, len, t->office.config.width_dots,
	    ui_glyphs(t->ui), png_path, e);
}

static int open_printer(struct terminal *t, struct err *e)
{
	struct printer_config p = {.profile = profile_of(&t->office.config),
	    .fd = t->link_fd,
	    .draw = draw_paper,
	    .draw_ctx = t};

	if (!str_copy(p.device, sizeof(p.device),
		str_from(t->office.config.printer)))
		return err_set(e, -ENAMETOOLONG, "printer.device: too long");
	t->link_fd = -1;
	return printer_open(&p, &t->printer, e);
}

static int open_scanner(struct terminal *t, struct err *e)
{
	const struct config *c = &t->office.config;
	static struct scanner_config s;

	memset(&s, 0, sizeof(s));
	for (size_t i = 0; i < c->scanners && i < SCANNER_SPECS; i++)
		if (!str_copy(s.device[i], sizeof(s.device[i]),
			str_from(c->scanner[i])))
			return err_set(e, -ENAMETOOLONG,
			    "scanner.device: %s "
			    "is too long",
			    c->scanner[i]);
	for (size_t i = 0; i < c->allowed && i < SCANNER_ALLOWED; i++) {
		s.allow[i].vendor = c->allow[i].vendor;
		s.allow[i].product = c->allow[i].product;
		s.allow_count++;
	}
	s.camera_fd = t->camera_fd;
	t->camera_fd = -1; /* the scanner's from here on */
	return scanner_open(&s, clock_mono_ms(), &t->scanner, e);
}

int desk_open_devices(struct terminal *t, struct err *e)
{
	int r = t->role == &kiosk_role ? open_printer(t, e) : 0;

	return r < 0 ? r : open_scanner(t, e);
}

/* The directory or file a printer string names, "" = none. */
static const char *printer_path(const struct config *c)
{
	if (strncmp(c->printer, "device:", 7) == 0)
		return c->printer + 7;
	if (strncmp(c->printer, "virtual:", 8) == 0)
		return c->printer + 8;
	return "";
}

int desk_close_in(struct terminal *t, struct err *e)
{
	const struct config *c = &t->office.config;
	/* Fonts and catalogues may be read late; time zones and X's own files
	 * belong to libraries; devices come and go. */
	struct sandbox_rules rules = {
	    .read = {"/usr/share", "/usr/lib", "/lib", "/etc", "/sys", "/proc",
		"/run/udev", "/tmp/.X11-unix", workshop_in_folder(t->workshop)},
	    .write = {"/dev", c->state,
		t->printer != NULL ? printer_path(c) : "", c->backup_path,
		workshop_config_folder(t->workshop),
		workshop_out_folder(t->workshop)},
	};
	int r = sandbox_close_in(&rules, &t->sandbox, e);

	if (r == 0)
		log_line(LOG_LEVEL_INFO, "sandbox: seccomp %s, landlock abi %d",
		    t->sandbox.seccomp ? "on" : "off",
		    t->sandbox.landlock ? t->sandbox.landlock_abi : 0);
	return r;
}
