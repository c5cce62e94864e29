/* RAUC's service, played by a process of this test on a bus of its own. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/update/keep.h"
#include "firmware/update/slots_inner.h"

static char dir[64], address[128];
static pid_t daemon_pid, rauc_pid;
static struct err e;

/* ---- the service ---- */

/* What it does wrong, and what it was asked for (in DIR/asked). */
struct play {
	bool b_runs, no_primary, three, none_runs, fails;
	const char *primary_error; /* NULL = its own: none is bootable */
};

static struct play play;
static int percent;

static void note(const char *a, const char *b)
{
	char path[96];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/asked", dir);
	f = fopen(path, "a");
	if (f == NULL)
		_exit(1);
	fprintf(f, "%s %s\n", a, b);
	fclose(f);
}

static int add_text(sd_bus_message *m, const char *key, const char *text)
{
	return sd_bus_message_append(m, "{sv}", key, "s", text);
}

static int add_slot(sd_bus_message *m, const char *name, const char *bootname,
    const char *class, bool booted)
{
	int r = sd_bus_message_open_container(m, 'r', "sa{sv}");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", name);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "{sv}");
	if (r >= 0)
		r = add_text(m, "class", class);
	if (r >= 0)
		r = add_text(m, "device", "/dev/nothing");
	if (r >= 0)
		r = add_text(m, "bootname", bootname);
	if (r >= 0)
		r = add_text(m, "state", booted ? "booted" : "inactive");
	if (r >= 0)
		r = add_text(m, "boot-status", booted ? "good" : "bad");
	/* Numbers stand there, too. */
	if (r >= 0)
		r = sd_bus_message_append(m, "{sv}", "size", "t",
		    UINT64_C(200000000));
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int on_status(sd_bus_message *call, void *data, sd_bus_error *error)
{
	sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_return(call, &m);

	(void)data;
	(void)error;
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(sa{sv})");
	if (r >= 0)
		r = add_slot(m, "efi.0", "", "efi", false);
	if (r >= 0)
		r = add_slot(m, "rootfs.0", "A", "rootfs",
		    !play.b_runs && !play.none_runs);
	if (r >= 0)
		r = add_slot(m, "rootfs.1", "B", "rootfs", play.b_runs);
	if (r >= 0 && play.three)
		r = add_slot(m, "rootfs.2", "C", "rootfs", false);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	if (r >= 0)
		r = sd_bus_send(NULL, m, NULL);
	sd_bus_message_unref(m);
	return r;
}

static int on_primary(sd_bus_message *call, void *data, sd_bus_error *error)
{
	(void)data;
	if (play.no_primary)
		return sd_bus_error_set(error,
		    play.primary_error != NULL ? play.primary_error
					       : SD_BUS_ERROR_FAILED,
		    "Failed getting primary slot");
	return sd_bus_reply_method_return(call, "s", "rootfs.1");
}

static int on_mark(sd_bus_message *call, void *data, sd_bus_error *error)
{
	const char *mark, *slot;
	int r = sd_bus_message_read(call, "ss", &mark, &slot);

	(void)data;
	(void)error;
	if (r < 0)
		return r;
	note(mark, slot);
	if (play.fails)
		return sd_bus_error_set(error, SD_BUS_ERROR_FAILED,
		    "grubenv is read-only");
	return sd_bus_reply_method_return(call, "ss", "rootfs.1", "marked");
}

static int on_install(sd_bus_message *call, void *data, sd_bus_error *error)
{
	const char *path;
	int r = sd_bus_message_read(call, "s", &path);

	(void)data;
	(void)error;
	if (r < 0)
		return r;
	note("install", path);
	percent = 0;
	return sd_bus_reply_method_return(call, "");
}

static int get_progress(sd_bus *bus, const char *path, const char *interface,
    const char *property, sd_bus_message *reply, void *data,
    sd_bus_error *error)
{
	(void)path;
	(void)interface;
	(void)property;
	(void)data;
	(void)error;
	if (percent < 100)
		percent += 50;
	if (percent == 100)
		(void)sd_bus_emit_signal(bus, "/",
		    "de.pengutronix.rauc.Installer", "Completed", "i",
		    play.fails ? 1 : 0);
	return sd_bus_message_append(reply, "(isi)", percent, "Copying", 3);
}

static int get_error(sd_bus *bus, const char *path, const char *interface,
    const char *property, sd_bus_message *reply, void *data,
    sd_bus_error *error)
{
	(void)bus;
	(void)path;
	(void)interface;
	(void)property;
	(void)data;
	(void)error;
	return sd_bus_message_append(reply, "s", "slot is too small");
}

/* RAUC 1.8, data/de.pengutronix.rauc.Installer.xml */
static const sd_bus_vtable TABLE[] = {SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("GetSlotStatus", "", "a(sa{sv})", on_status,
	SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("GetPrimary", "", "s", on_primary,
	SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("Mark", "ss", "ss", on_mark, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("InstallBundle", "sa{sv}", "", on_install,
	SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_PROPERTY("Progress", "(isi)", get_progress, 0, 0),
    SD_BUS_PROPERTY("LastError", "s", get_error, 0, 0),
    SD_BUS_SIGNAL("Completed", "i", 0), SD_BUS_VTABLE_END};

static void serve(int ready)
{
	sd_bus *bus = NULL;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (sd_bus_open_system(&bus) < 0 ||
	    sd_bus_add_object_vtable(bus, NULL, "/",
		"de.pengutronix.rauc.Installer", TABLE, NULL) < 0 ||
	    sd_bus_request_name(bus, "de.pengutronix.rauc", 0) < 0)
		_exit(1);
	if (write(ready, "r", 1) != 1)
		_exit(1);
	for (;;) {
		int r = sd_bus_process(bus, NULL);

		if (r == 0)
			r = sd_bus_wait(bus, UINT64_MAX);
		if (r < 0)
			_exit(0);
	}
}

static void start_rauc(struct play as)
{
	char word;
	int ready[2];

	play = as;
	assert_int_equal(pipe(ready), 0);
	rauc_pid = fork();
	if (rauc_pid == 0)
		serve(ready[1]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &word, 1), 1);
	close(ready[0]);
}

static void end(pid_t *pid)
{
	if (*pid > 0) {
		kill(*pid, SIGKILL);
		waitpid(*pid, NULL, 0);
	}
	*pid = 0;
}

/* ---- the bus ---- */

static void write_file(const char *name, const char *text)
{
	assert_int_equal(keep_write(dir, name, str_from(text), &e), 0);
}

static void start_bus(void)
{
	char conf[1024], path[96], fd_text[40], word;
	int ready[2];

	(void)snprintf(conf, sizeof(conf),
	    "<busconfig><type>system</type><listen>unix:path=%s/bus</listen>"
	    "<auth>EXTERNAL</auth><policy context=\"default\">"
	    "<allow user=\"*\"/><allow own=\"*\"/>"
	    "<allow send_destination=\"*\"/><allow eavesdrop=\"true\"/>"
	    "</policy></busconfig>\n",
	    dir);
	write_file("bus.conf", conf);
	(void)snprintf(address, sizeof(address), "unix:path=%s/bus", dir);
	assert_int_equal(setenv("DBUS_SYSTEM_BUS_ADDRESS", address, 1), 0);
	(void)snprintf(path, sizeof(path), "--config-file=%s/bus.conf", dir);
	assert_int_equal(pipe(ready), 0);
	daemon_pid = fork();
	if (daemon_pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)snprintf(fd_text, sizeof(fd_text), "--print-address=%d",
		    ready[1]);
		execlp("dbus-daemon", "dbus-daemon", path, "--nofork",
		    "--nopidfile", fd_text, (char *)NULL);
		_exit(127);
	}
	close(ready[1]);
	/* Its address comes when it listens. */
	assert_int_equal(read(ready[0], &word, 1), 1);
	close(ready[0]);
}

static int make(void **state)
{
	char path[96];

	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/karcis-rauc-XXXXXX");
	assert_non_null(mkdtemp(dir));
	start_bus();
	(void)snprintf(path, sizeof(path), "%s/usr", dir);
	assert_int_equal(mkdir(path, 0755), 0);
	(void)snprintf(path, sizeof(path), "%s/usr/share", dir);
	assert_int_equal(mkdir(path, 0755), 0);
	(void)snprintf(path, sizeof(path), "%s/usr/share/karcis", dir);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(keep_write(path, "release",
			     str_from("product karcis\n"
				      "compatible karcis-x86-64\n"
				      "version 0.4.0\nsecurity 3\nbuilt 1\n"),
			     &e),
	    0);
	return 0;
}

static int unmake(void **state)
{
	char command[96];

	(void)state;
	end(&daemon_pid);
	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

static int leave(void **state)
{
	char path[96];

	(void)state;
	end(&rauc_pid);
	(void)snprintf(path, sizeof(path), "%s/asked", dir);
	(void)unlink(path);
	e = (struct err){0};
	return 0;
}

static struct slots *open_slots(void)
{
	char spec[96];
	struct slots *s;

	(void)snprintf(spec, sizeof(spec), "rauc:%s", dir);
	assert_int_equal(slots_open(spec, dir, &s, &e), 0);
	return s;
}

static void assert_asked(const char *want)
{
	char room[KEEP_BYTES];
	struct str text;

	assert_int_equal(keep_read(dir, "asked", room, &text, &e), 0);
	assert_true(str_is(text, want));
}

/* ---- the tests ---- */

static void test_status_names_slots_and_reads_what_runs(void **state)
{
	struct slots_status st;
	struct slots *s;

	(void)state;
	start_rauc((struct play){0});
	s = open_slots();
	assert_int_equal(slots_status(s, &st, &e), 0);
	assert_string_equal(st.running, "a");
	assert_string_equal(st.other, "b");
	assert_true(st.running_good);
	assert_true(st.other_first);
	assert_int_equal(strlen(st.boot), 36);
	assert_int_equal(st.running_release.version.minor, 4);
	slots_close(s);
}

static void test_the_slot_that_runs_may_be_the_primary_one(void **state)
{
	struct slots_status st;
	struct slots *s;

	(void)state;
	start_rauc((struct play){.b_runs = true});
	s = open_slots();
	assert_int_equal(slots_status(s, &st, &e), 0);
	assert_string_equal(st.running, "b");
	assert_false(st.other_first);
	slots_close(s);
}

/* After a return: one slot was tried, the other is bad. */
static void test_no_primary_slot_is_an_answer(void **state)
{
	struct slots_status st;
	struct slots *s;

	(void)state;
	start_rauc((struct play){.no_primary = true});
	s = open_slots();
	assert_int_equal(slots_status(s, &st, &e), 0);
	assert_false(st.other_first);
	slots_close(s);
}

/* An update that waits for its start would be forgotten. */
static void test_a_service_that_does_not_answer_knows_no_primary(void **state)
{
	static const char *const names[] = {SD_BUS_ERROR_NO_REPLY,
	    SD_BUS_ERROR_TIMEOUT, SD_BUS_ERROR_SERVICE_UNKNOWN,
	    "org.freedesktop.DBus.Error.Spawn.ChildExited"};
	struct slots_status st;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct slots *s;

		start_rauc((struct play){.no_primary = true,
		    .primary_error = names[i]});
		s = open_slots();
		assert_true(slots_status(s, &st, &e) < 0);
		slots_close(s);
		end(&rauc_pid);
	}
	start_rauc((struct play){.no_primary = true,
	    .primary_error = "org.gtk.GDBus.UnmappedGError.Quark."
			     "_g_2dio_2derror_2dquark.Code0"});
	{
		struct slots *s = open_slots();

		assert_int_equal(slots_status(s, &st, &e), 0);
		assert_false(st.other_first);
		slots_close(s);
	}
}

static void test_a_machine_without_two_root_slots_is_refused(void **state)
{
	static const struct play odd[] = {{.three = true}, {.none_runs = true}};
	struct slots_status st;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		struct slots *s;

		start_rauc(odd[i]);
		s = open_slots();
		assert_int_equal(slots_status(s, &st, &e), -ENODEV);
		slots_close(s);
		end(&rauc_pid);
	}
}

static void test_marks_go_to_the_slots_they_mean(void **state)
{
	struct slots *s;

	(void)state;
	start_rauc((struct play){0});
	s = open_slots();
	assert_int_equal(slots_mark_good(s, &e), 0);
	assert_int_equal(slots_mark_bad(s, &e), 0);
	assert_int_equal(slots_activate(s, &e), 0);
	assert_asked("good booted\nbad other\nactive other\n");
	slots_close(s);
}

static void test_a_mark_that_fails_says_why(void **state)
{
	struct slots *s;

	(void)state;
	start_rauc((struct play){.fails = true});
	s = open_slots();
	assert_true(slots_mark_good(s, &e) < 0);
	assert_non_null(strstr(e.text, "grubenv is read-only"));
	slots_close(s);
}

struct told {
	int64_t last, total;
	unsigned n;
};

static void tell(void *context, int64_t done, int64_t total)
{
	struct told *t = context;

	assert_true(done >= t->last);
	t->last = done;
	t->total = total;
	t->n++;
}

static int install(struct told *told)
{
	struct slots_progress p = {tell, told};
	struct slots_image image = {.bundle = "/work/bundle.raucb",
	    .image = "/work/extract/rootfs.squashfs",
	    .bytes = 2000};
	struct slots *s = open_slots();
	int r = slots_write(s, &image, &p, &e);

	slots_close(s);
	return r;
}

static void test_an_installation_is_waited_for_and_told(void **state)
{
	struct told told = {0};

	(void)state;
	start_rauc((struct play){0});
	assert_int_equal(install(&told), 0);
	assert_asked("install /work/bundle.raucb\n");
	assert_true(told.n >= 1);
	assert_int_equal(told.total, 2000);
	assert_true(told.last == 1000 || told.last == 2000);
}

static void test_an_installation_that_fails_says_why(void **state)
{
	struct told told = {0};

	(void)state;
	start_rauc((struct play){.fails = true});
	assert_int_equal(install(&told), -EIO);
	assert_string_equal(e.text, "update: rauc: slot is too small");
}

static void test_without_the_service_everything_fails_with_a_sentence(
    void **state)
{
	struct slots_status st;
	struct slots *s;

	(void)state;
	s = open_slots();
	assert_true(slots_status(s, &st, &e) < 0);
	assert_int_equal(strncmp(e.text, "update: rauc: slot status: ", 27), 0);
	assert_true(slots_mark_good(s, &e) < 0);
	slots_close(s);
}

static void test_a_slot_that_cannot_be_mounted_has_no_release(void **state)
{
	struct release r;
	struct slots *s;

	(void)state;
	start_rauc((struct play){0});
	s = open_slots();
	assert_true(slots_other_release(s, &r, &e) < 0);
	assert_int_equal(r.security, 0);
	slots_close(s);
}

/* Documentation/block/stat.rst: reads, merged, sectors, ms, writes, merged,
 * sectors, ms, and more. */
static void test_bytes_written_are_the_seventh_figure(void **state)
{
	static const char *const bad[] = {"", "1 2 3 4 5 6", "1 2 3 4 5 6 x",
	    "1 2 3 4 5 6 -7"};
	int64_t bytes = 0;

	(void)state;
	assert_true(slots_rauc_written(
	    str_from("    9062     3028   1002  104  2078 17 2048  3 0 8 9\n"),
	    &bytes));
	assert_int_equal(bytes, 1048576);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(slots_rauc_written(str_from(bad[i]), &bytes));
}

#define EACH(test) cmocka_unit_test_teardown(test, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EACH(test_status_names_slots_and_reads_what_runs),
	    EACH(test_the_slot_that_runs_may_be_the_primary_one),
	    EACH(test_no_primary_slot_is_an_answer),
	    EACH(test_a_service_that_does_not_answer_knows_no_primary),
	    EACH(test_a_machine_without_two_root_slots_is_refused),
	    EACH(test_marks_go_to_the_slots_they_mean),
	    EACH(test_a_mark_that_fails_says_why),
	    EACH(test_an_installation_is_waited_for_and_told),
	    EACH(test_bytes_written_are_the_seventh_figure),
	    EACH(test_an_installation_that_fails_says_why),
	    EACH(test_without_the_service_everything_fails_with_a_sentence),
	    EACH(test_a_slot_that_cannot_be_mounted_has_no_release),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}
