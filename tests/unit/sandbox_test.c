/* app/sandbox: what is out of reach afterwards, each tried in a child. */
#include "firmware/app/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

enum { NO_SANDBOX = 250, WORKED = 0 };

static char dir[64];   /* inside the rules, writable */
static char other[64]; /* outside */

static struct sandbox_report report_of_child;
static bool kernel_has_landlock; /* asked before: not askable inside */

/* The errno of try(), WORKED when it succeeded. */
static int in_rules(const struct sandbox_rules *rules, int (*try)(void))
{
	struct sandbox_report *out = &report_of_child;
	struct err e = {0};
	int status = 0;
	pid_t pid;

	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (sandbox_close_in(rules, out, &e) != 0)
			_exit(NO_SANDBOX);
		_exit(try());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_not_equal(WEXITSTATUS(status), NO_SANDBOX);
	return WEXITSTATUS(status);
}

static int in_sandbox(int (*try)(void))
{
	struct sandbox_rules rules = {0};

	rules.read[0] = "/proc/self/status";
	rules.read[1] = "/usr/lib";
	rules.read[2] = "/no/such/path";
	rules.write[0] = dir;
	return in_rules(&rules, try);
}

/* karcis-link's; `dir` stands for a state directory, `other` for the place
 * of a CA file. */
static int in_link(int (*try)(void))
{
	struct sandbox_rules rules;
	char ca[128];

	snprintf(ca, sizeof(ca), "%s/file", other);
	sandbox_link_rules(&rules, ca);
	return in_rules(&rules, try);
}

static void *nothing(void *ctx)
{
	return ctx;
}

static int try_open(const char *name, int flags)
{
	char path[128];
	int n = snprintf(path, sizeof(path), "%s/file", name);

	if (n < 0 || open(path, flags | O_CLOEXEC, 0600) < 0)
		return errno;
	return WORKED;
}

static int write_inside(void)
{
	return try_open(dir, O_RDWR | O_CREAT | O_TRUNC);
}

static int read_inside(void)
{
	return try_open(dir, O_RDONLY);
}

static int read_outside(void)
{
	return try_open(other, O_RDONLY);
}

static int write_to_read_only(void)
{
	return open("/usr/lib/os-release", O_WRONLY | O_CLOEXEC) < 0 ? errno
								     : WORKED;
}

static int read_read_only(void)
{
	return open("/usr/lib/os-release", O_RDONLY | O_CLOEXEC) < 0 ? errno
								     : WORKED;
}

static int try_exec(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return errno;
}

static int try_fork(void)
{
	return syscall(SYS_clone, (long)SIGCHLD, NULL, NULL, NULL, 0L) < 0
	    ? errno
	    : WORKED;
}

static int try_socket(int family, int type)
{
	return socket(family, type | SOCK_CLOEXEC, 0) < 0 ? errno : WORKED;
}

static int try_inet(void)
{
	return try_socket(AF_INET, SOCK_STREAM);
}

static int try_inet6(void)
{
	return try_socket(AF_INET6, SOCK_DGRAM);
}

static int try_raw(void)
{
	return try_socket(AF_INET, SOCK_RAW);
}

/* A connection to nobody: refused by the kernel, not by the sandbox. */
static int try_connect(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(1)};
	int s = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (s < 0)
		return errno;
	return connect(s, (struct sockaddr *)&a, sizeof(a)) < 0 ? errno
								: WORKED;
}

static int try_listen(void)
{
	int s = socket(AF_INET, SOCK_STREAM, 0);

	return s < 0 || listen(s, 1) < 0 ? errno : WORKED;
}

static int try_thread(void)
{
	pthread_t t;

	return pthread_create(&t, NULL, nothing, NULL);
}

static int read_etc(void)
{
	return open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 ? errno : WORKED;
}

static int write_etc(void)
{
	return open("/etc/passwd", O_WRONLY | O_CLOEXEC) < 0 ? errno : WORKED;
}

static int open_device(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC) < 0 ? errno : WORKED;
}

static int list_devices(void)
{
	return open("/sys/bus", O_RDONLY | O_DIRECTORY | O_CLOEXEC) < 0
	    ? errno
	    : WORKED;
}

static int read_processes(void)
{
	return open("/proc/1/status", O_RDONLY | O_CLOEXEC) < 0 ? errno
								: WORKED;
}

static int make_beside_ca(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/new", other);
	return open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0 ? errno
								    : WORKED;
}

static int try_packet(void)
{
	return try_socket(AF_PACKET, SOCK_RAW);
}

static int try_unix(void)
{
	return try_socket(AF_UNIX, SOCK_STREAM);
}

static int try_netlink(void)
{
	return try_socket(AF_NETLINK, SOCK_DGRAM);
}

static int try_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? errno : WORKED;
}

static int try_mount(void)
{
	return syscall(SYS_mount, "none", dir, "tmpfs", 0L, NULL) < 0 ? errno
								      : WORKED;
}

static int core_limit_is_zero(void)
{
	struct rlimit l = {1, 1};

	if (getrlimit(RLIMIT_CORE, &l) != 0)
		return errno;
	return l.rlim_cur == 0 && l.rlim_max == 0 ? WORKED : E2BIG;
}

static void need_landlock(void)
{
	if (kernel_has_landlock)
		return;
	print_message("skipped: this kernel has no Landlock\n");
	skip();
}

static void test_files_inside_the_rules_work(void **state)
{
	(void)state;
	assert_int_equal(in_sandbox(write_inside), WORKED);
	assert_int_equal(in_sandbox(read_inside), WORKED);
	assert_int_equal(in_sandbox(read_read_only), WORKED);
}

static void test_files_outside_the_rules_are_refused(void **state)
{
	(void)state;
	need_landlock();
	assert_int_equal(try_open(other, O_RDONLY), WORKED);
	assert_int_equal(in_sandbox(read_outside), EACCES);
	assert_int_equal(in_sandbox(write_to_read_only), EACCES);
}

static void test_no_program_and_no_process_starts(void **state)
{
	(void)state;
	assert_int_equal(in_sandbox(try_exec), EPERM);
	assert_int_equal(in_sandbox(try_fork), EPERM);
}

static void test_only_unix_and_netlink_sockets_open(void **state)
{
	(void)state;
	assert_int_equal(in_sandbox(try_inet), EPERM);
	assert_int_equal(in_sandbox(try_inet6), EPERM);
	assert_int_equal(in_sandbox(try_packet), EPERM);
	assert_int_equal(in_sandbox(try_unix), WORKED);
	assert_int_equal(in_sandbox(try_netlink), WORKED);
}

static void test_tracing_and_mounting_are_refused(void **state)
{
	(void)state;
	assert_int_equal(in_sandbox(try_ptrace), EPERM);
	assert_int_equal(in_sandbox(try_mount), EPERM);
}

static void test_no_core_is_dumped(void **state)
{
	(void)state;
	assert_int_equal(in_sandbox(core_limit_is_zero), WORKED);
}

static void test_the_link_connects_and_does_not_listen(void **state)
{
	(void)state;
	assert_int_equal(in_link(try_inet), WORKED);
	assert_int_equal(in_link(try_inet6), WORKED);
	assert_int_equal(in_link(try_unix), WORKED);
	assert_int_equal(in_link(try_netlink), WORKED);
	assert_int_equal(in_link(try_connect), ECONNREFUSED);
	assert_int_equal(in_link(try_thread), WORKED);
	assert_int_equal(try_listen(), WORKED);
	assert_int_equal(in_link(try_listen), EPERM);
	assert_int_equal(in_link(try_raw), EPERM);
	assert_int_equal(in_link(try_packet), EPERM);
}

static void test_the_link_starts_no_program_and_traces_nobody(void **state)
{
	(void)state;
	assert_int_equal(in_link(try_exec), EPERM);
	assert_int_equal(in_link(try_fork), EPERM);
	assert_int_equal(in_link(try_ptrace), EPERM);
	assert_int_equal(in_link(try_mount), EPERM);
	assert_int_equal(in_link(core_limit_is_zero), WORKED);
}

static void test_the_link_reads_etc_and_the_ca_file(void **state)
{
	(void)state;
	assert_int_equal(in_link(read_etc), WORKED);
	assert_int_equal(in_link(read_read_only), WORKED);
	assert_int_equal(in_link(read_outside), WORKED); /* the CA file */
}

static void test_the_link_has_no_state_and_no_device(void **state)
{
	(void)state;
	need_landlock();
	assert_int_equal(in_sandbox(write_inside), WORKED);
	assert_int_equal(in_link(read_inside), EACCES);
	assert_int_equal(in_link(write_inside), EACCES);
	assert_int_equal(in_link(make_beside_ca), EACCES);
	assert_int_equal(in_link(write_etc), EACCES);
	assert_int_equal(open_device(), WORKED);
	assert_int_equal(in_link(open_device), EACCES);
	assert_int_equal(list_devices(), WORKED);
	assert_int_equal(in_link(list_devices), EACCES);
	assert_int_equal(in_link(read_processes), EACCES);
}

static int report_is_true(void)
{
	const struct sandbox_report *r = &report_of_child;
	bool files = r->landlock == kernel_has_landlock &&
	    (r->landlock_abi >= 1) == r->landlock;
	bool paths = !r->landlock || (r->rules == 3 && r->missing == 1);

	return r->closed && r->seccomp && files && paths ? WORKED : 1;
}

static void test_the_report_says_what_was_given(void **state)
{
	struct sandbox_report r = {0};
	uint8_t bytes[64];
	struct buf b;

	(void)state;
	assert_int_equal(in_sandbox(report_is_true), WORKED);
	buf_init(&b, bytes, sizeof(bytes));
	sandbox_describe(&r, &b);
	assert_string_equal(buf_cstr(&b), "landlock off, seccomp off");
	r.landlock = r.seccomp = true;
	r.landlock_abi = 7;
	buf_init(&b, bytes, sizeof(bytes));
	sandbox_describe(&r, &b);
	assert_string_equal(buf_cstr(&b), "landlock abi 7, seccomp on");
}

static int set_up(void **state)
{
	(void)state;
	kernel_has_landlock = syscall(SYS_landlock_create_ruleset, NULL, 0,
				  1L) >= 1;
	snprintf(dir, sizeof(dir), "/tmp/karcis-in-XXXXXX");
	snprintf(other, sizeof(other), "/tmp/karcis-out-XXXXXX");
	if (mkdtemp(dir) == NULL || mkdtemp(other) == NULL)
		return -1;
	return try_open(other, O_RDWR | O_CREAT);
}

static int tear_down(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/file", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/file", other);
	unlink(path);
	return rmdir(dir) + rmdir(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_files_inside_the_rules_work),
	    cmocka_unit_test(test_files_outside_the_rules_are_refused),
	    cmocka_unit_test(test_no_program_and_no_process_starts),
	    cmocka_unit_test(test_only_unix_and_netlink_sockets_open),
	    cmocka_unit_test(test_tracing_and_mounting_are_refused),
	    cmocka_unit_test(test_no_core_is_dumped),
	    cmocka_unit_test(test_the_report_says_what_was_given),
	    cmocka_unit_test(test_the_link_connects_and_does_not_listen),
	    cmocka_unit_test(test_the_link_starts_no_program_and_traces_nobody),
	    cmocka_unit_test(test_the_link_reads_etc_and_the_ca_file),
	    cmocka_unit_test(test_the_link_has_no_state_and_no_device),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
