/* A stick's files become the configuration: all of them or none, and a power
 * cut leaves no mix. */
#include <errno.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "firmware/app/tech/commission.h"
#include "test_state_dir.h"

static struct err e;
static struct commission *c;

static const char ini[] =
    "[office]\nid = 4102\nname = Kantor\ntimezone = WIB\n"
    "[terminal]\nid = kiosk-1\nletter = S\nstate = /var/lib/karcis\n"
    "[hours]\nmon = 07:30-12:00\n"
    "[services]\nfile = services.ini\n"
    "[technician]\nswitch = gpio:/dev/gpiochip0:17\n"
    "[printer]\ndevice = usb:auto\n[scanner]\ndevice = evdev:auto\n";

static void put(const char *where, const char *text)
{
	(void)snprintf(path, sizeof(path), "%s/%s", state_dir, where);
	write_text(text);
}

static void copy_services(const char *where)
{
	char cmd[256];

	(void)snprintf(cmd, sizeof(cmd),
	    "cp assets/example/services.ini %s/%s && chmod u+w %s/%s",
	    state_dir, where, state_dir, where);
	assert_int_equal(system(cmd), 0);
}

static const char *get(const char *where)
{
	static char text[4096];

	(void)snprintf(path, sizeof(path), "%s/%s", state_dir, where);
	if (access(path, F_OK) != 0)
		return NULL;
	read_bytes(text, sizeof(text));
	return text;
}

static void gone(const char *where)
{
	(void)snprintf(path, sizeof(path), "%s/%s", state_dir, where);
	assert_int_not_equal(access(path, F_OK), 0);
}

static int make_both(void **state)
{
	char dir[128];

	if (make_dir(state) != 0)
		return -1;
	(void)snprintf(dir, sizeof(dir), "%s/etc", state_dir);
	if (mkdir(dir, 0700) != 0)
		return -1;
	(void)snprintf(dir, sizeof(dir), "%s/in", state_dir);
	c = NULL;
	return mkdir(dir, 0700);
}

static int remove_both(void **state)
{
	commission_close(c);
	return remove_dir(state);
}

static char config[128], in_dir[128];

static int open_it(void)
{
	(void)snprintf(config, sizeof(config), "%s/etc/karcis.ini", state_dir);
	(void)snprintf(in_dir, sizeof(in_dir), "%s/in", state_dir);
	return commission_open(config, in_dir, &c, &e);
}

static const struct commission_result *look(void)
{
	int r = open_it();

	assert_int_equal(r, 0);
	for (int i = 0; i < 10000 && (r = commission_step(c, &e)) > 0; i++)
		;
	if (r < 0)
		fail_msg("%s", e.text);
	return commission_result(c);
}

static enum commission_fate fate(const char *name)
{
	const struct commission_result *r = commission_result(c);

	for (size_t i = 0; i < COMMISSION_FILES; i++)
		if (strcmp(r->file[i].name, name) == 0)
			return r->file[i].fate;
	fail_msg("%s", name);
	return COMMISSION_UNSET;
}

static void test_a_bare_machine_takes_a_whole_stick(void **state)
{
	(void)state;
	put("in/karcis.ini", ini);
	copy_services("in/services.ini");
	put("in/enrolment.exe", "no");
	/* No program reads one beside the configuration. */
	put("in/gate.ini", ini);
	assert_int_equal(look()->problems, 0);
	assert_int_equal(commission_result(c)->files, 2);
	assert_int_equal(fate("karcis.ini"), COMMISSION_NEW);
	assert_int_equal(fate("services.ini"), COMMISSION_NEW);
	assert_int_equal(fate("holidays.csv"), COMMISSION_UNSET);
	gone("etc/karcis.ini");
	assert_int_equal(commission_adopt(c, &e), 0);
	assert_string_equal(get("etc/karcis.ini"), ini);
	assert_non_null(get("etc/services.ini"));
	assert_null(get("etc/enrolment.exe"));
	assert_null(get("etc/gate.ini"));
	gone("etc/.next");
	gone("etc/.adopt");
	/* Once only. */
	assert_int_equal(commission_adopt(c, &e), -EPERM);
}

static void test_what_the_stick_lacks_stays_and_is_judged_with_it(void **s)
{
	(void)s;
	put("etc/karcis.ini", ini);
	copy_services("etc/services.ini");
	put("etc/holidays.csv", "2026-12-25,Natal\n");
	put("in/karcis.ini", ini);
	put("in/holidays.csv", "2026-12-26,Natal\n");
	put("etc/notes.txt", "first\n");
	assert_int_equal(look()->problems, 0);
	assert_int_equal(fate("karcis.ini"), COMMISSION_SAME);
	assert_int_equal(fate("holidays.csv"), COMMISSION_CHANGED);
	/* Written meanwhile by somebody else: it is not put back. */
	put("etc/notes.txt", "second\n");
	assert_int_equal(commission_adopt(c, &e), 0);
	assert_string_equal(get("etc/notes.txt"), "second\n");
	assert_string_equal(get("etc/holidays.csv"), "2026-12-26,Natal\n");
	assert_non_null(get("etc/services.ini"));
}

static void test_a_longer_or_shorter_file_is_a_change(void **state)
{
	(void)state;
	put("etc/hub-ca.pem", "abcd");
	put("in/hub-ca.pem", "abc");
	put("etc/hub.pub", "abc");
	put("in/hub.pub", "abcd");
	put("etc/roster", "");
	put("in/roster", "");
	(void)look();
	assert_int_equal(fate("hub-ca.pem"), COMMISSION_CHANGED);
	assert_int_equal(fate("hub.pub"), COMMISSION_CHANGED);
	assert_int_equal(fate("roster"), COMMISSION_SAME);
}

static void test_a_problem_is_named_without_folders_and_bars_adoption(void **s)
{
	(void)s;
	put("etc/karcis.ini", ini);
	copy_services("etc/services.ini");
	put("in/karcis.ini", "[office]\nid = 0\n");
	assert_true(look()->problems > 0);
	assert_memory_equal(commission_result(c)->problem[0],
	    "karcis.ini:2: ", 14);
	assert_int_equal(commission_adopt(c, &e), -EPERM);
	commission_close(c);
	c = NULL;
	assert_string_equal(get("etc/karcis.ini"), ini);
	gone("etc/.next");
}

static void test_somebody_must_be_able_to_come_in_again(void **state)
{
	char text[1024], *at;

	(void)state;
	(void)snprintf(text, sizeof(text), "%s", ini);
	at = strstr(text, "[technician]");
	assert_non_null(at);
	memmove(at, strstr(at, "[printer]"),
	    strlen(strstr(at, "[printer]")) + 1);
	put("in/karcis.ini", text);
	copy_services("in/services.ini");
	assert_int_equal(look()->problems, 1);
	assert_memory_equal(commission_result(c)->problem[0],
	    "technicians: none is known", 26);
	commission_close(c);
	put("in/technicians",
	    "karcis-technicians 1\nkey "
	    "000102030405060708090a0b0c0d0e0f"
	    "101112131415161718191a1b1c1d1e1f\nterminal 0 0 0\n"
	    "technician 000102030405060708090a0b0c0d0e0f"
	    "101112131415161718191a1b1c1d1e1f 0 0 0 "
	    "$argon2id$v=19$m=7168,t=5,p=1$c2FsdA$aGFzaA Agus\n");
	assert_int_equal(look()->problems, 0);
}

static void test_an_order_for_new_keys_names_this_terminal(void **state)
{
	(void)state;
	put("in/karcis.ini", ini);
	copy_services("in/services.ini");
	put("in/rekey.txt", "kiosk-2\n");
	assert_int_equal(look()->problems, 1);
	assert_memory_equal(commission_result(c)->problem[0],
	    "rekey.txt:1: ", 13);
	commission_close(c);
	put("in/rekey.txt", " kiosk-1\r\n");
	assert_int_equal(look()->problems, 0);
}

static void test_badges_and_enrolment_are_judged_too(void **state)
{
	(void)state;
	put("in/karcis.ini", ini);
	copy_services("in/services.ini");
	put("in/technicians", "no\n");
	put("in/officers", "no\n");
	put("in/enrol.txt", "karcis-enrol:1 http://a b c\n");
	assert_int_equal(look()->problems, 3);
	assert_non_null(
	    strstr(commission_result(c)->problem[0], "technicians:1: "));
	assert_non_null(
	    strstr(commission_result(c)->problem[1], "officers:1: "));
	assert_non_null(
	    strstr(commission_result(c)->problem[2], "enrol.txt:1: "));
}

static void test_an_empty_stick_changes_nothing(void **state)
{
	(void)state;
	put("etc/karcis.ini", ini);
	copy_services("etc/services.ini");
	assert_int_equal(look()->files, 0);
	assert_int_equal(commission_adopt(c, &e), -EPERM);
	assert_string_equal(get("etc/karcis.ini"), ini);
}

static void test_links_and_folders_are_not_followed(void **state)
{
	char from[128];

	(void)state;
	(void)snprintf(from, sizeof(from), "%s/in/karcis.ini", state_dir);
	assert_int_equal(symlink("/etc/passwd", from), 0);
	(void)snprintf(from, sizeof(from), "%s/in/services.ini", state_dir);
	assert_int_equal(mkdir(from, 0700), 0);
	assert_int_equal(look()->files, 0);
}

static void test_a_file_of_4_MB_fits_and_one_byte_more_does_not(void **state)
{
	static char big[4 * 1024 * 1024 + 1];
	int r = 1;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/in/hub-ca.pem", state_dir);
	write_bytes(big, sizeof(big) - 1);
	(void)look();
	assert_int_equal(fate("hub-ca.pem"), COMMISSION_NEW);
	commission_close(c);
	c = NULL;
	(void)snprintf(path, sizeof(path), "%s/in/hub-ca.pem", state_dir);
	write_bytes(big, sizeof(big));
	assert_int_equal(open_it(), 0);
	for (int i = 0; i < 100 && r > 0; i++)
		r = commission_step(c, &e);
	assert_int_equal(r, -EFBIG);
	assert_int_equal(commission_adopt(c, &e), -EPERM);
}

static void test_a_cut_before_the_commit_leaves_the_old_one(void **state)
{
	(void)state;
	put("etc/karcis.ini", ini);
	copy_services("etc/services.ini");
	put("in/holidays.csv", "2026-12-26,Natal\n");
	(void)look();
	/* The plug is pulled here: .next stays behind. */
	assert_int_equal(commission_finish(config, &e), 0);
	assert_null(get("etc/holidays.csv"));
	assert_string_equal(get("etc/karcis.ini"), ini);
}

static void test_a_cut_after_the_commit_is_gone_on_with(void **state)
{
	static const char *const name[] = {"karcis.ini", "services.ini",
	    "holidays.csv"};
	char dir[128], where[64];

	(void)state;
	(void)snprintf(dir, sizeof(dir), "%s/etc/.adopt", state_dir);
	(void)snprintf(config, sizeof(config), "%s/etc/karcis.ini", state_dir);
	/* So many have moved already. */
	for (size_t moved = 0; moved <= ARRAY_LEN(name); moved++) {
		assert_int_equal(mkdir(dir, 0700), 0);
		for (size_t i = 0; i < ARRAY_LEN(name); i++) {
			(void)snprintf(where, sizeof(where), "etc/%s", name[i]);
			put(where, i < moved ? "new" : "old");
			(void)snprintf(where, sizeof(where), "etc/.adopt/%s",
			    name[i]);
			if (i >= moved)
				put(where, "new");
		}
		assert_int_equal(commission_finish(config, &e), 1);
		for (size_t i = 0; i < ARRAY_LEN(name); i++) {
			(void)snprintf(where, sizeof(where), "etc/%s", name[i]);
			assert_string_equal(get(where), "new");
		}
		gone("etc/.adopt");
	}
	assert_int_equal(commission_finish(config, &e), 0);
}

/* ---- killed at each step ---- */

static long cut_after; /* so many more steps, then this process ends; 0 = all */

static void count_step(void)
{
	if (cut_after > 0 && --cut_after == 0)
		_exit(77);
}

/* What changes a folder or a file, as the C library has it. */
int renameat(int from, const char *name, int to, const char *new_name)
{
	count_step();
	return (int)syscall(SYS_renameat2, from, name, to, new_name, 0);
}

int unlinkat(int at, const char *name, int flags)
{
	count_step();
	return (int)syscall(SYS_unlinkat, at, name, flags);
}

int mkdirat(int at, const char *name, mode_t mode)
{
	count_step();
	return (int)syscall(SYS_mkdirat, at, name, mode);
}

int fsync(int fd)
{
	count_step();
	return (int)syscall(SYS_fsync, fd);
}

int fchmod(int fd, mode_t mode)
{
	count_step();
	return (int)syscall(SYS_fchmod, fd, mode);
}

/* True: it came to its end before. */
static bool adopt_killed_at(long step)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		cut_after = step;
		if (open_it() != 0)
			_exit(1);
		for (int i = 0; i < 10000 && commission_step(c, &e) > 0; i++)
			;
		_exit(commission_adopt(c, &e) == 0 ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) != 0)
		assert_int_equal(WEXITSTATUS(status), 77);
	return WEXITSTATUS(status) == 0;
}

static void test_a_kill_at_any_step_leaves_the_old_one_or_the_new(void **state)
{
	long steps = 0, old = 0;
	bool whole = false;
	char text[1024], cmd[256], *at;

	(void)state;
	(void)snprintf(text, sizeof(text), "%s", ini);
	at = strstr(text, "Kantor");
	assert_non_null(at);
	memcpy(at, "Sambas", 6);
	(void)snprintf(config, sizeof(config), "%s/etc/karcis.ini", state_dir);
	while (!whole) {
		bool is_new;

		put("etc/karcis.ini", ini);
		put("etc/holidays.csv", "2026-12-25,Natal\n");
		put("etc/notes.txt", "kept\n");
		copy_services("etc/services.ini");
		put("in/karcis.ini", text);
		put("in/holidays.csv", "2026-12-26,Natal\n");
		put("in/hub.pub", "new\n");
		whole = adopt_killed_at(++steps);
		/* Whoever starts next. */
		assert_true(commission_finish(config, &e) >= 0);
		is_new = strcmp(get("etc/karcis.ini"), text) == 0;
		old += !is_new;
		if (!is_new)
			assert_string_equal(get("etc/karcis.ini"), ini);
		assert_string_equal(get("etc/holidays.csv"),
		    is_new ? "2026-12-26,Natal\n" : "2026-12-25,Natal\n");
		assert_int_equal(get("etc/hub.pub") != NULL, is_new);
		assert_string_equal(get("etc/notes.txt"), "kept\n");
		assert_non_null(get("etc/services.ini"));
		gone("etc/.adopt");
		/* Each time from the same beginning. */
		(void)snprintf(cmd, sizeof(cmd), "rm -rf %s/etc/* %s/etc/.next",
		    state_dir, state_dir);
		assert_int_equal(system(cmd), 0);
		assert_true(steps < 1000);
	}
	/* The folder, five files twice, judged, two dropped, flushed, renamed:
	 * 16 before it counts. Flushed, three moved, flushed, the folder gone,
	 * and the run to the end: 7. */
	assert_int_equal(old, 16);
	assert_int_equal(steps, 23);
}

static void test_secrets_are_the_users_alone_and_the_rest_is_read(void **s)
{
	struct stat st;

	(void)s;
	put("in/karcis.ini", ini);
	copy_services("in/services.ini");
	put("in/bookings.csv", "code\n");
	assert_int_equal(look()->problems, 0);
	assert_int_equal(commission_adopt(c, &e), 0);
	(void)get("etc/karcis.ini");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	(void)get("etc/bookings.csv");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_another_name_is_no_configuration_to_adopt(void **state)
{
	(void)state;
	(void)snprintf(config, sizeof(config), "%s/etc/other.ini", state_dir);
	(void)snprintf(in_dir, sizeof(in_dir), "%s/in", state_dir);
	assert_int_equal(commission_open(config, in_dir, &c, &e), -EINVAL);
	assert_null(c);
	(void)snprintf(config, sizeof(config), "%s/etc/karcis.ini", state_dir);
	(void)snprintf(in_dir, sizeof(in_dir), "%s/none", state_dir);
	assert_int_equal(commission_open(config, in_dir, &c, &e), -ENOENT);
}

#define IN_BOTH(f) cmocka_unit_test_setup_teardown(f, make_both, remove_both)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_BOTH(test_a_bare_machine_takes_a_whole_stick),
	    IN_BOTH(test_what_the_stick_lacks_stays_and_is_judged_with_it),
	    IN_BOTH(test_a_longer_or_shorter_file_is_a_change),
	    IN_BOTH(test_a_problem_is_named_without_folders_and_bars_adoption),
	    IN_BOTH(test_somebody_must_be_able_to_come_in_again),
	    IN_BOTH(test_an_order_for_new_keys_names_this_terminal),
	    IN_BOTH(test_badges_and_enrolment_are_judged_too),
	    IN_BOTH(test_an_empty_stick_changes_nothing),
	    IN_BOTH(test_links_and_folders_are_not_followed),
	    IN_BOTH(test_a_file_of_4_MB_fits_and_one_byte_more_does_not),
	    IN_BOTH(test_a_cut_before_the_commit_leaves_the_old_one),
	    IN_BOTH(test_a_cut_after_the_commit_is_gone_on_with),
	    IN_BOTH(test_a_kill_at_any_step_leaves_the_old_one_or_the_new),
	    IN_BOTH(test_secrets_are_the_users_alone_and_the_rest_is_read),
	    IN_BOTH(test_another_name_is_no_configuration_to_adopt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
