#include "machine.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>

#include "keep.h"

enum { CALL_US = 10 * 1000 * 1000, US_PER_S = 1000000 };

int machine_boot_id(char out[MACHINE_BOOT_ID], struct err *e)
{
	char room[KEEP_BYTES];
	struct str text;
	int r = keep_read("/proc/sys/kernel/random", "boot_id", room, &text, e);

	if (r == 0 && !str_copy(out, MACHINE_BOOT_ID, str_trim(text)))
		r = err_set(e, -EINVAL, "update: the kernel's boot id is long");
	return r;
}

void machine_slot_of(struct str line, char out[MACHINE_SLOT])
{
	static const char KEY[] = "rauc.slot=";
	const size_t key = sizeof(KEY) - 1;
	struct str word, value;

	out[0] = '\0';
	line = str_trim(line);
	while (str_split(&line, ' ', &word)) {
		if (!str_is(str_cut(word, 0, key), KEY))
			continue;
		value = str_cut(word, key, word.len - key);
		if (!str_copy(out, MACHINE_SLOT, value))
			out[0] = '\0';
	}
	for (char *p = out; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
}

void machine_booted_slot(char out[MACHINE_SLOT])
{
	char room[KEEP_BYTES];
	struct str text;

	out[0] = '\0';
	if (keep_read("/proc", "cmdline", room, &text, NULL) == 0)
		machine_slot_of(text, out);
}

static int open_bus(sd_bus **bus, struct err *e)
{
	int r = sd_bus_open_system(bus);

	if (r < 0)
		return err_set(e, r, "update: no system bus: %s", strerror(-r));
	(void)sd_bus_set_method_call_timeout(*bus, CALL_US);
	return 0;
}

static int ended(int r, const sd_bus_error *error, const char *what,
    struct err *e)
{
	if (r >= 0)
		return 0;
	return err_set(e, r, "update: %s: %s", what,
	    error->message != NULL ? error->message : strerror(-r));
}

static int ask_logind(const char *method, struct err *e)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus *bus = NULL;
	int r = open_bus(&bus, e);

	if (r == 0)
		r = ended(sd_bus_call_method(bus, "org.freedesktop.login1",
			      "/org/freedesktop/login1",
			      "org.freedesktop.login1.Manager", method, &error,
			      NULL, "b", 0),
		    &error, method, e);
	sd_bus_error_free(&error);
	sd_bus_flush_close_unref(bus);
	return r;
}

/* A new release may come without a bus or a logind that works, and its trial
 * must end all the same: process 1 is told by signal, systemd(1), "Signals". */
static int go_down(const char *method, int number, struct err *e)
{
	int r = ask_logind(method, e);

	if (r < 0 && sd_booted() > 0 && kill(1, SIGRTMIN + number) == 0)
		r = 0;
	return r;
}

int machine_restart(struct err *e)
{
	return go_down("Reboot", 5, e);
}

int machine_power_off(struct err *e)
{
	return go_down("PowerOff", 4, e);
}

static int ask_timedated(sd_bus *bus, int64_t now_s, struct err *e)
{
	static const char NAME[] = "org.freedesktop.timedate1";
	static const char OBJECT[] = "/org/freedesktop/timedate1";
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	/* An error here: there is no network time on this machine. */
	(void)sd_bus_call_method(bus, NAME, OBJECT, NAME, "SetNTP", NULL, NULL,
	    "bb", 0, 0);
	r = ended(sd_bus_call_method(bus, NAME, OBJECT, NAME, "SetTime", &error,
		      NULL, "xbb", now_s * US_PER_S, 0, 0),
	    &error, "the clock", e);
	sd_bus_error_free(&error);
	return r;
}

int machine_set_clock(int64_t now_s, struct err *e)
{
	sd_bus *bus = NULL;
	int r = open_bus(&bus, e);

	if (r == 0)
		r = ask_timedated(bus, now_s, e);
	sd_bus_flush_close_unref(bus);
	return r;
}
