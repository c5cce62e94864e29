/* The output: a command that writes down when it ran, and a GPIO line that is
 * played by tests/device/gpiod_fake.c. Times are of CLOCK_MONOTONIC. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "drivers/relay/relay.h"
#include "tests/device/gpiod_fake.c"

enum {
	OPEN_MS = 300,
	/* Two busy cores: a process may be late by this, never early. */
	LATE_MS = 450,
	WAIT_MS = 5000
};

static char dir[64], script[96], notes[96];

static int64_t mono_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void pause_ms(long ms)
{
	const struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

static void path_in(char out[96], const char *name)
{
	assert_true(snprintf(out, 96, "%s/%s", dir, name) < 96);
}

static int make_dir(void **state)
{
	(void)state;
	memcpy(dir, "/tmp/karcis-relay-XXXXXX", 25);
	if (mkdtemp(dir) == NULL)
		return -1;
	path_in(script, "open.sh");
	path_in(notes, "notes");
	return 0;
}

static int remove_dir(void **state)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[96 + 256];

	(void)state;
	while (d != NULL && (e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		unlink(path);
	}
	if (d != NULL)
		closedir(d);
	return rmdir(dir);
}

/* A program whose `note WORD` adds "WORD UPTIME_S" to the notes. */
static void write_script(const char *body)
{
	FILE *f = fopen(script, "we");

	assert_non_null(f);
	fprintf(f,
	    "#!/bin/sh\nnote() { read -r up rest </proc/uptime; "
	    "echo \"$1 $up\" >>%s; }\n%s\n",
	    notes, body);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(script, 0700), 0);
}

/* How many notes of a word there are; the time of the last. */
static int count_notes(const char *word, int64_t *last_ms)
{
	FILE *f = fopen(notes, "re");
	char line[128], name[64];
	double up_s;
	int n = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%63s %lf", name, &up_s) == 2 &&
		    strcmp(name, word) == 0) {
			n++;
			if (last_ms != NULL)
				*last_ms = (int64_t)(up_s * 1000);
		}
	if (f != NULL)
		fclose(f);
	return n;
}

static int64_t wait_note(const char *word, int n)
{
	int64_t end = mono_ms() + WAIT_MS, at = 0;

	while (count_notes(word, &at) < n) {
		assert_true(mono_ms() < end);
		pause_ms(5);
	}
	return at;
}

static struct relay *start_command(int32_t open_ms)
{
	struct relay_config c = {.kind = RELAY_COMMAND, .open_ms = open_ms};
	struct relay *r = NULL;
	struct err e = {0};

	assert_true(str_copy(c.path, sizeof(c.path), str_from(script)));
	assert_int_equal(relay_start(&c, &r, &e), 0);
	assert_non_null(r);
	return r;
}

static void wait_log(struct relay *r, const char *wanted)
{
	int64_t end = mono_ms() + WAIT_MS;
	char text[RELAY_LOG];

	while (!relay_next_log(r, text)) {
		assert_true(mono_ms() < end);
		pause_ms(5);
	}
	if (strstr(text, wanted) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", text, wanted);
}

/* /proc/uptime has hundredths. */
static void assert_after(int64_t from_ms, int64_t to_ms, int64_t wanted_ms)
{
	int64_t took = to_ms - from_ms;

	if (took < wanted_ms - 20 || took > wanted_ms + LATE_MS)
		fail_msg("%lld ms, not %lld", (long long)took,
		    (long long)wanted_ms);
}

static void test_outputs_are_named_by_their_way(void **state)
{
	static const struct {
		const char *text;
		enum relay_kind kind;
		const char *path;
		unsigned line;
		bool low;
	} good[] = {
	    {"none", RELAY_NONE, "", 0, false},
	    {"gpio:/dev/gpiochip0:17", RELAY_GPIO, "/dev/gpiochip0", 17, false},
	    {"gpio:/dev/gpiochip1:0:low", RELAY_GPIO, "/dev/gpiochip1", 0,
		true},
	    {"gpio:/dev/c:1023", RELAY_GPIO, "/dev/c", 1023, false},
	    {"command:/usr/bin/open door", RELAY_COMMAND, "/usr/bin/open door",
		0, false},
	};
	static const char *const bad[] = {"", "gpio:", "gpio:/dev/c",
	    "gpio:/dev/c:", "gpio:/dev/c:1024", "gpio:/dev/c:-1",
	    "gpio:dev/c:1", "gpio:/:1", "gpio:/dev/c:1:high",
	    "gpio:/dev/c:1:low:low", "gpio:/dev/c:1:", "command:", "command:/",
	    "command:open", "none ", "GPIO:/dev/c:1"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct relay_config c = {.open_ms = 7};

		assert_true(relay_parse(str_from(good[i].text), &c));
		assert_int_equal(c.kind, good[i].kind);
		assert_string_equal(c.path, good[i].path);
		assert_int_equal(c.line, good[i].line);
		assert_int_equal(c.active_low, good[i].low);
		assert_int_equal(c.open_ms, 7);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct relay_config c = {.open_ms = 7};

		assert_false(relay_parse(str_from(bad[i]), &c));
	}
}

static void test_no_output_is_no_process(void **state)
{
	struct relay_config c = {.kind = RELAY_NONE};
	struct relay *r = NULL;
	struct pollfd p;
	char text[RELAY_LOG];
	struct err e;

	(void)state;
	assert_int_equal(relay_start(&c, &r, &e), 0);
	assert_null(r);
	assert_false(relay_open_once(r));
	assert_int_equal(relay_pollfds(r, &p, 1), 0);
	assert_false(relay_next_log(r, text));
	assert_false(relay_present(r));
	relay_close(r);
}

static void test_a_command_is_told_to_end_after_the_time(void **state)
{
	struct relay *r;
	int64_t begun, ended;

	(void)state;
	write_script("trap 'note ended; exit 0' TERM\nnote begun\n"
		     "while :; do sleep 0.01; done");
	r = start_command(OPEN_MS);
	assert_true(relay_open_once(r));
	begun = wait_note("begun", 1);
	ended = wait_note("ended", 1);
	/* The time begins a little before the script's first line. */
	if (ended - begun > OPEN_MS + LATE_MS ||
	    ended - begun < OPEN_MS - LATE_MS)
		fail_msg("%lld ms", (long long)(ended - begun));
	relay_close(r);
	assert_int_equal(count_notes("begun", NULL), 1);
}

static void test_a_command_that_does_not_listen_is_killed(void **state)
{
	struct relay *r;
	int64_t asked, last;
	int n;

	(void)state;
	write_script("trap '' TERM\nnote begun\n"
		     "while :; do note alive; sleep 0.02; done");
	r = start_command(OPEN_MS);
	asked = mono_ms();
	assert_true(relay_open_once(r));
	wait_note("begun", 1);
	wait_log(r, "signal 9 ended it");
	assert_after(asked, mono_ms(), OPEN_MS + RELAY_KILL_MS);
	n = count_notes("alive", &last);
	pause_ms(100);
	assert_int_equal(count_notes("alive", NULL), n);
	relay_close(r);
}

static void test_a_command_that_runs_is_not_started_twice(void **state)
{
	struct relay *r;
	int64_t again, ended;

	(void)state;
	write_script("trap 'note ended; exit 0' TERM\nnote begun\n"
		     "while :; do sleep 0.01; done");
	r = start_command(OPEN_MS);
	assert_true(relay_open_once(r));
	wait_note("begun", 1);
	pause_ms(OPEN_MS / 2);
	again = mono_ms();
	assert_true(relay_open_once(r));
	ended = wait_note("ended", 1);
	assert_int_equal(count_notes("begun", NULL), 1);
	/* But its time begins anew. */
	assert_after(again, ended, OPEN_MS);
	/* Once it has ended it is started again. */
	pause_ms(100);
	assert_true(relay_open_once(r));
	wait_note("begun", 2);
	relay_close(r);
}

static void test_a_command_gets_nothing_of_the_terminal(void **state)
{
	struct relay *r;
	FILE *f;
	char line[512];
	size_t len;
	int secret = open("/dev/zero", O_RDONLY); /* and no CLOEXEC */

	(void)state;
	assert_true(secret >= 0);
	assert_int_equal(setenv("KARCIS_SECRET", "yes", 1), 0);
	/* 3 is what ls reads the folder by. */
	write_script("for f in 0 1 2; do\n"
		     "[ /dev/null -ef /proc/$$/fd/$f ] && null=\"$null$f\"\n"
		     "done\nenv | sort | cut -d= -f1 >$0.out\n"
		     "echo \"null $null\" >>$0.out\n"
		     "ls /proc/self/fd >>$0.out\nnote done");
	r = start_command(2000);
	assert_true(relay_open_once(r));
	wait_note("done", 1);
	relay_close(r);
	close(secret);
	snprintf(line, sizeof(line), "%s.out", script);
	f = fopen(line, "re");
	assert_non_null(f);
	len = fread(line, 1, sizeof(line) - 1, f);
	line[len] = '\0';
	fclose(f);
	/* PWD is dash's own word. */
	assert_string_equal(line, "PATH\nPWD\nnull 012\n0\n1\n2\n3\n");
}

static void test_a_command_that_is_missing_is_told_at_once(void **state)
{
	struct relay *r;

	(void)state;
	(void)unlink(script);
	r = start_command(OPEN_MS);
	wait_log(r, "open.sh: No such file or directory");
	write_script("note begun");
	assert_true(relay_open_once(r));
	wait_note("begun", 1);
	relay_close(r);
}

static void test_a_command_that_fails_is_told(void **state)
{
	struct relay *r;

	(void)state;
	write_script("exit 3");
	r = start_command(OPEN_MS);
	assert_true(relay_open_once(r));
	wait_log(r, "open.sh: it ended with 3");
	assert_int_equal(unlink(script), 0);
	assert_true(relay_open_once(r));
	wait_log(r, "open.sh: No such file or directory");
	/* A file of no program's form. */
	{
		int fd = open(script, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);

		assert_true(fd >= 0);
		assert_int_equal(write(fd, "\177nothing", 8), 8);
		close(fd);
	}
	assert_true(relay_open_once(r));
	wait_log(r, "open.sh: it could not be run");
	relay_close(r);
}

static void test_a_command_ends_when_the_output_is_closed(void **state)
{
	struct relay *r;
	int64_t at;

	(void)state;
	write_script("trap 'note ended; exit 0' TERM\nnote begun\n"
		     "while :; do sleep 0.01; done");
	r = start_command(10000);
	assert_true(relay_open_once(r));
	wait_note("begun", 1);
	at = mono_ms();
	relay_close(r);
	assert_int_equal(count_notes("ended", NULL), 1);
	assert_true(mono_ms() - at < 2 * RELAY_KILL_MS + LATE_MS);
}

/* A terminal of its own process that opened for ten seconds; it is killed. */
static pid_t terminal_that_opened(const struct relay_config *c, bool shared)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct relay *r;
		struct err e;

		if (relay_start(c, &r, &e) < 0 || !relay_open_once(r))
			_exit(1);
		/* Another process that holds the terminal's end. */
		if (shared && fork() == 0) {
			close(ready[0]);
			close(ready[1]);
			alarm(3);
			pause();
			_exit(0);
		}
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void kill_terminal(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_a_command_ends_when_the_terminal_is_killed(void **state)
{
	struct relay_config c = {.kind = RELAY_COMMAND, .open_ms = 10000};
	int64_t at;
	pid_t pid;

	(void)state;
	write_script("trap 'note ended; exit 0' TERM\nnote begun\n"
		     "while :; do sleep 0.01; done");
	assert_true(str_copy(c.path, sizeof(c.path), str_from(script)));
	pid = terminal_that_opened(&c, true);
	wait_note("begun", 1);
	at = mono_ms();
	kill_terminal(pid);
	assert_after(at, wait_note("ended", 1), 0);
}

/* True when a process of that name is a child of ours. */
static pid_t relay_pid(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	pid_t found = 0;

	while (d != NULL && (e = readdir(d)) != NULL) {
		char path[300], name[32];
		int pid, parent;
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%s/stat", e->d_name);
		f = fopen(path, "re");
		if (f == NULL)
			continue;
		if (fscanf(f, "%d (%31[^)]) %*c %d", &pid, name, &parent) ==
			3 &&
		    parent == getpid() && strcmp(name, "karcis-relay") == 0)
			found = pid;
		fclose(f);
	}
	if (d != NULL)
		closedir(d);
	return found;
}

static void test_a_process_that_is_gone_is_told_once(void **state)
{
	struct relay *r;
	char text[RELAY_LOG];
	struct pollfd p;
	pid_t pid;

	(void)state;
	write_script("note begun");
	r = start_command(OPEN_MS);
	assert_true(relay_open_once(r));
	wait_note("begun", 1);
	pid = relay_pid();
	assert_true(pid > 0);
	assert_int_equal(relay_pollfds(r, &p, 1), 1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	wait_log(r, "its process is gone");
	assert_false(relay_next_log(r, text));
	assert_false(relay_open_once(r));
	assert_false(relay_present(r));
	assert_int_equal(relay_pollfds(r, &p, 1), 0);
	relay_close(r);
}

static void test_a_term_to_all_leaves_the_closing_to_it(void **state)
{
	struct relay *r;

	(void)state;
	write_script("trap 'note ended; exit 0' TERM\nnote begun\n"
		     "while :; do sleep 0.01; done");
	r = start_command(10000);
	assert_true(relay_open_once(r));
	wait_note("begun", 1);
	/* As systemd does to every process of a unit, but the command. */
	assert_int_equal(kill(relay_pid(), SIGTERM), 0);
	assert_int_equal(kill(relay_pid(), SIGINT), 0);
	pause_ms(100);
	assert_int_equal(count_notes("ended", NULL), 0);
	relay_close(r);
	assert_int_equal(count_notes("ended", NULL), 1);
}

/* ---- a line ---- */

static char chip[96];
static int listener = -1;

static int make_chip(void **state)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int r = make_dir(state);

	path_in(chip, "gpiochip0");
	if (r == 0)
		r = close(open(chip, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	snprintf(a.sun_path, sizeof(a.sun_path), "%s/calls", dir);
	listener = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (r != 0 || listener < 0 ||
	    bind(listener, (const struct sockaddr *)&a, sizeof(a)) != 0)
		return -1;
	return setenv("GPIOD_FAKE", a.sun_path, 1);
}

static int remove_chip(void **state)
{
	close(listener);
	listener = -1;
	return remove_dir(state);
}

/* The next call: its words must be these; gives its time. */
static int64_t next_call(const char *wanted)
{
	struct pollfd p = {listener, POLLIN, 0};
	char text[128];
	char *rest;
	int64_t at;
	ssize_t n;

	if (poll(&p, 1, WAIT_MS) != 1)
		fail_msg("no call came, wanted \"%s\"", wanted);
	n = recv(listener, text, sizeof(text) - 1, 0);
	assert_true(n > 0);
	text[n] = '\0';
	at = strtoll(text, &rest, 10);
	assert_string_equal(rest + 1, wanted);
	return at;
}

static void no_call_for(int ms)
{
	struct pollfd p = {listener, POLLIN, 0};

	assert_int_equal(poll(&p, 1, ms), 0);
}

static struct relay_config line_config(unsigned line, bool low)
{
	struct relay_config c = {.kind = RELAY_GPIO,
	    .line = line,
	    .active_low = low,
	    .open_ms = OPEN_MS};

	assert_true(str_copy(c.path, sizeof(c.path), str_from(chip)));
	return c;
}

static struct relay *start_line(unsigned line, bool low)
{
	struct relay_config c = line_config(line, low);
	struct relay *r = NULL;
	struct err e;

	assert_int_equal(relay_start(&c, &r, &e), 0);
	return r;
}

static void test_a_line_is_inactive_until_it_is_asked_for(void **state)
{
	struct relay *r;
	int64_t asked, opened;

	(void)state;
	r = start_line(17, false);
	next_call("request 17 0 0");
	no_call_for(100);
	asked = mono_ms();
	assert_true(relay_open_once(r));
	opened = next_call("set 17 1");
	assert_after(asked, opened, 0);
	assert_after(opened, next_call("set 17 0"), OPEN_MS);
	no_call_for(100);
	relay_close(r);
	next_call("release 17");
	no_call_for(50);
}

static void test_a_low_line_is_asked_for_as_active_low(void **state)
{
	struct relay *r;

	(void)state;
	r = start_line(3, true);
	/* GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW of gpiod.h is bit 2; values stay
	 * logical. */
	next_call("request 3 4 0");
	assert_true(relay_open_once(r));
	next_call("set 3 1");
	next_call("set 3 0");
	relay_close(r);
}

static void test_opening_while_open_begins_the_time_anew(void **state)
{
	struct relay *r;
	int64_t again;

	(void)state;
	r = start_line(17, false);
	next_call("request 17 0 0");
	assert_true(relay_open_once(r));
	next_call("set 17 1");
	pause_ms(OPEN_MS / 2);
	assert_true(relay_open_once(r));
	again = next_call("set 17 1");
	assert_after(again, next_call("set 17 0"), OPEN_MS);
	no_call_for(OPEN_MS + 50);
	relay_close(r);
}

static void test_a_line_is_closed_when_the_terminal_is_killed(void **state)
{
	struct relay_config c = line_config(17, false);
	int64_t at;
	pid_t pid;

	(void)state;
	c.open_ms = 10000;
	for (int shared = 0; shared < 2; shared++) {
		pid = terminal_that_opened(&c, shared == 1);
		next_call("request 17 0 0");
		next_call("set 17 1");
		at = mono_ms();
		kill_terminal(pid);
		assert_after(at, next_call("set 17 0"), 0);
		next_call("release 17");
	}
}

static void test_a_chip_that_is_missing_is_tried_at_each_opening(void **state)
{
	struct relay *r;

	(void)state;
	assert_int_equal(unlink(chip), 0);
	r = start_line(17, false);
	wait_log(r, "gpiochip0: No such file or directory");
	assert_true(relay_open_once(r));
	wait_log(r, "gpiochip0: No such file or directory");
	assert_int_equal(close(open(chip, O_WRONLY | O_CREAT, 0600)), 0);
	assert_true(relay_open_once(r));
	next_call("request 17 0 0");
	next_call("set 17 1");
	next_call("set 17 0");
	relay_close(r);
}

static void test_a_line_of_somebody_else_is_told(void **state)
{
	struct relay *r;

	(void)state;
	r = start_line(FAKE_TAKEN, false);
	wait_log(r, "line 99: Device or resource busy");
	assert_true(relay_open_once(r));
	wait_log(r, "line 99: Device or resource busy");
	no_call_for(50);
	relay_close(r);
}

static void test_a_chip_unplugged_while_open_is_closed_when_back(void **state)
{
	struct relay *r;

	(void)state;
	r = start_line(17, false);
	next_call("request 17 0 0");
	assert_true(relay_open_once(r));
	next_call("set 17 1");
	assert_int_equal(unlink(chip), 0);
	wait_log(r, "line 17 could not be closed: No such device");
	next_call("release 17");
	no_call_for(300);
	/* Taken again it is driven inactive. */
	assert_int_equal(close(open(chip, O_WRONLY | O_CREAT, 0600)), 0);
	next_call("request 17 0 0");
	no_call_for(300);
	relay_close(r);
}

static int refuse(void *ctx, struct err *e)
{
	return err_set(e, -EPERM, "sandbox: %s", (const char *)ctx);
}

static void test_a_process_that_cannot_be_closed_in_touches_nothing(
    void **state)
{
	static char why[] = "no";
	struct relay_config c = line_config(17, false);
	struct relay *r;
	struct err e;

	(void)state;
	c.close_in = refuse;
	c.ctx = why;
	assert_int_equal(relay_start(&c, &r, &e), 0);
	wait_log(r, "sandbox: no");
	wait_log(r, "its process is gone");
	no_call_for(50);
	relay_close(r);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)
#define ON_CHIP(test) \
	cmocka_unit_test_setup_teardown(test, make_chip, remove_chip)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_outputs_are_named_by_their_way),
	    cmocka_unit_test(test_no_output_is_no_process),
	    IN_DIR(test_a_command_is_told_to_end_after_the_time),
	    IN_DIR(test_a_command_that_does_not_listen_is_killed),
	    IN_DIR(test_a_command_that_runs_is_not_started_twice),
	    IN_DIR(test_a_command_gets_nothing_of_the_terminal),
	    IN_DIR(test_a_command_that_is_missing_is_told_at_once),
	    IN_DIR(test_a_command_that_fails_is_told),
	    IN_DIR(test_a_command_ends_when_the_output_is_closed),
	    IN_DIR(test_a_command_ends_when_the_terminal_is_killed),
	    IN_DIR(test_a_process_that_is_gone_is_told_once),
	    IN_DIR(test_a_term_to_all_leaves_the_closing_to_it),
	    ON_CHIP(test_a_line_is_inactive_until_it_is_asked_for),
	    ON_CHIP(test_a_low_line_is_asked_for_as_active_low),
	    ON_CHIP(test_opening_while_open_begins_the_time_anew),
	    ON_CHIP(test_a_line_is_closed_when_the_terminal_is_killed),
	    ON_CHIP(test_a_chip_that_is_missing_is_tried_at_each_opening),
	    ON_CHIP(test_a_line_of_somebody_else_is_told),
	    ON_CHIP(test_a_chip_unplugged_while_open_is_closed_when_back),
	    ON_CHIP(test_a_process_that_cannot_be_closed_in_touches_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
