#define _GNU_SOURCE /* O_PATH */

#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/landlock.h>
#include <linux/sched.h>

/* Newer than Debian 12's headers, known to newer kernels (landlock(7)). */
#define ACCESS_REFER    (UINT64_C(1) << 13) /* ABI 2 */
#define ACCESS_TRUNCATE (UINT64_C(1) << 14) /* ABI 3 */

static const uint64_t READ_FILE = LANDLOCK_ACCESS_FS_READ_FILE;
static const uint64_t READ_DIR = LANDLOCK_ACCESS_FS_READ_DIR;
static const uint64_t WRITE_FILE = LANDLOCK_ACCESS_FS_WRITE_FILE |
    ACCESS_TRUNCATE;
static const uint64_t WRITE_DIR = LANDLOCK_ACCESS_FS_REMOVE_DIR |
    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
    LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM | ACCESS_REFER;
static const uint64_t NEVER = LANDLOCK_ACCESS_FS_EXECUTE |
    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK;

/* Files, memory, time, threads, polling, sockets: what SDL on X11, SQLite,
 * libusb, libudev, the C library and the sanitizers ask for. What is not
 * here is refused: programs, tracing, mounts, modules, keys, other
 * processes' memory, the clock, io_uring, bpf, user namespaces. Names that
 * an architecture does not know are passed over. */
static const char *const CALLS[] = {
    "_llseek",
    "accept",
    "accept4",
    "access",
    "alarm",
    "arch_prctl",
    "bind",
    "brk",
    "chdir",
    "chmod",
    "clock_getres",
    "clock_gettime",
    "clock_gettime64",
    "clock_nanosleep",
    "clock_nanosleep_time64",
    "close",
    "close_range",
    "connect",
    "copy_file_range",
    "creat",
    "dup",
    "dup2",
    "dup3",
    "epoll_create",
    "epoll_create1",
    "epoll_ctl",
    "epoll_pwait",
    "epoll_pwait2",
    "epoll_wait",
    "eventfd",
    "eventfd2",
    "exit",
    "exit_group",
    "faccessat",
    "faccessat2",
    "fadvise64",
    "fallocate",
    "fchdir",
    "fchmod",
    "fchmodat",
    "fchown",
    "fcntl",
    "fcntl64",
    "fdatasync",
    "flock",
    "fstat",
    "fstat64",
    "fstatat64",
    "fstatfs",
    "fstatfs64",
    "fsync",
    "ftruncate",
    "ftruncate64",
    "futex",
    "futex_time64",
    "get_mempolicy",
    "getcpu",
    "getcwd",
    "getdents",
    "getdents64",
    "getegid",
    "geteuid",
    "getgid",
    "getgroups",
    "getpeername",
    "getpgid",
    "getpgrp",
    "getpid",
    "getppid",
    "getpriority",
    "getrandom",
    "getresgid",
    "getresuid",
    "getrlimit",
    "getrusage",
    "getsid",
    "getsockname",
    "getsockopt",
    "gettid",
    "gettimeofday",
    "getuid",
    "inotify_add_watch",
    "inotify_init",
    "inotify_init1",
    "inotify_rm_watch",
    "ioctl",
    "kill",
    "link",
    "linkat",
    "listen",
    "lseek",
    "lstat",
    "lstat64",
    "madvise",
    "membarrier",
    "memfd_create",
    "mincore",
    "mkdir",
    "mkdirat",
    "mlock",
    "mlock2",
    "mmap",
    "mmap2",
    "mprotect",
    "mremap",
    "msync",
    "munlock",
    "munmap",
    "nanosleep",
    "newfstatat",
    "open",
    "openat",
    "openat2",
    "pause",
    "pipe",
    "pipe2",
    "poll",
    "ppoll",
    "ppoll_time64",
    "prctl",
    "pread64",
    "preadv",
    "preadv2",
    "prlimit64",
    "pselect6",
    "pselect6_time64",
    "pwrite64",
    "pwritev",
    "pwritev2",
    "read",
    "readahead",
    "readlink",
    "readlinkat",
    "readv",
    "recv",
    "recvfrom",
    "recvmmsg",
    "recvmsg",
    "rename",
    "renameat",
    "renameat2",
    "restart_syscall",
    "rmdir",
    "rseq",
    "rt_sigaction",
    "rt_sigpending",
    "rt_sigprocmask",
    "rt_sigqueueinfo",
    "rt_sigreturn",
    "rt_sigsuspend",
    "rt_sigtimedwait",
    "sched_get_priority_max",
    "sched_get_priority_min",
    "sched_getaffinity",
    "sched_getattr",
    "sched_getparam",
    "sched_getscheduler",
    "sched_setaffinity",
    "sched_setattr",
    "sched_setscheduler",
    "sched_yield",
    "select",
    "send",
    "sendfile",
    "sendmmsg",
    "sendmsg",
    "sendto",
    "set_robust_list",
    "set_tid_address",
    "setitimer",
    "setpriority",
    "setrlimit",
    "setsockopt",
    "shmat",
    "shmctl",
    "shmdt",
    "shmget",
    "shutdown",
    "sigaltstack",
    "signalfd",
    "signalfd4",
    "stat",
    "stat64",
    "statfs",
    "statfs64",
    "statx",
    "symlink",
    "symlinkat",
    "sync_file_range",
    "sysinfo",
    "tgkill",
    "time",
    "timer_create",
    "timer_delete",
    "timer_settime",
    "timerfd_create",
    "timerfd_gettime",
    "timerfd_settime",
    "truncate",
    "ugetrlimit",
    "umask",
    "uname",
    "unlink",
    "unlinkat",
    "utimensat",
    "wait4",
    "waitid",
    "write",
    "writev",
};

static const int FAMILIES[] = {AF_UNIX, AF_NETLINK};
/* With the network: no raw sockets, for root neither. */
static const int INTERNET[] = {AF_INET, AF_INET6};
static const int KINDS[] = {SOCK_STREAM, SOCK_DGRAM};
enum { KIND_MASK = 0xf }; /* SOCK_CLOEXEC and SOCK_NONBLOCK are above it */

static uint64_t known_to(int abi)
{
	uint64_t all = READ_FILE | READ_DIR | WRITE_FILE | WRITE_DIR | NEVER;

	if (abi < 2)
		all &= ~ACCESS_REFER;
	if (abi < 3)
		all &= ~ACCESS_TRUNCATE;
	return all;
}

/* 1 = added, 0 = the path is not there, or -errno. */
static int add_path(int ruleset, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {0};
	struct stat st;
	int r = 1;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	if (fstat(rule.parent_fd, &st) != 0)
		r = -errno;
	else if (!S_ISDIR(st.st_mode))
		access &= READ_FILE | WRITE_FILE;
	rule.allowed_access = access;
	if (r == 1 &&
	    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
		&rule, 0) != 0)
		r = -errno;
	close(rule.parent_fd);
	return r;
}

static int add_paths(int ruleset, const char *const *paths, uint64_t access,
    struct sandbox_report *out, struct err *e)
{
	size_t i;
	int r;

	for (i = 0; i < SANDBOX_PATHS && paths[i] != NULL; i++) {
		r = add_path(ruleset, paths[i], access);
		if (r < 0)
			return err_set(e, r, "sandbox: no rule for %s: %s",
			    paths[i], strerror(-r));
		if (r == 0)
			out->missing++;
		else
			out->rules++;
	}
	return 0;
}

static int close_files(const struct sandbox_rules *rules,
    struct sandbox_report *out, struct err *e)
{
	struct landlock_ruleset_attr attr = {0};
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	int ruleset;
	int r;

	if (abi < 1)
		return 0;
	out->landlock_abi = (int)abi;
	attr.handled_access_fs = known_to(out->landlock_abi);
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr),
	    0);
	if (ruleset < 0)
		return err_set(e, -errno, "sandbox: no landlock ruleset: %s",
		    strerror(errno));
	r = add_paths(ruleset, rules->read,
	    attr.handled_access_fs & (READ_FILE | READ_DIR), out, e);
	if (r == 0)
		r = add_paths(ruleset, rules->write,
		    attr.handled_access_fs & ~NEVER, out, e);
	if (r == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		r = err_set(e, -errno, "sandbox: landlock refused: %s",
		    strerror(errno));
	close(ruleset);
	out->landlock = r == 0;
	return r;
}

static int add_internet(scmp_filter_ctx ctx)
{
	int r = 0;

	for (size_t f = 0; f < ARRAY_LEN(INTERNET); f++)
		for (size_t k = 0; k < ARRAY_LEN(KINDS) && r == 0; k++)
			r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW,
			    SCMP_SYS(socket), 2,
			    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)INTERNET[f], 0),
			    SCMP_A1(SCMP_CMP_MASKED_EQ, KIND_MASK,
				(scmp_datum_t)KINDS[k]));
	return r;
}

static int add_calls(scmp_filter_ctx ctx, bool network)
{
	size_t i;
	int r = network ? add_internet(ctx) : 0;

	for (i = 0; i < ARRAY_LEN(CALLS) && r == 0; i++) {
		int nr = seccomp_syscall_resolve_name(CALLS[i]);

		if (network && strcmp(CALLS[i], "listen") == 0)
			continue;
		if (nr != __NR_SCMP_ERROR)
			r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0);
		/* A multiplexed call of another architecture. */
		if (r == -EDOM || r == -EINVAL)
			r = 0;
	}
	for (i = 0; i < ARRAY_LEN(FAMILIES) && r == 0; i++) {
		scmp_datum_t family = (scmp_datum_t)FAMILIES[i];

		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
		    SCMP_A0(SCMP_CMP_EQ, family, 0));
		if (r == 0)
			r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW,
			    SCMP_SYS(socketpair), 1,
			    SCMP_A0(SCMP_CMP_EQ, family, 0));
	}
	/* Threads of libraries, no processes. clone3 keeps its flags where
	 * seccomp cannot look; ENOSYS makes the C library use clone. */
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
		    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS),
		    SCMP_SYS(clone3), 0);
	/* Asking for the personality, not setting it. */
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(personality),
		    1, SCMP_A0(SCMP_CMP_EQ, 0xffffffff, 0));
	return r;
}

static int close_calls(bool network, struct sandbox_report *out, struct err *e)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r;

	if (ctx == NULL)
		return err_set(e, -ENOMEM, "sandbox: seccomp: out of memory");
	r = add_calls(ctx, network);
	if (r == 0)
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	if (r < 0)
		return err_set(e, r, "sandbox: seccomp: %s", strerror(-r));
	out->seccomp = true;
	return 0;
}

void sandbox_link_rules(struct sandbox_rules *out, const char *file)
{
	/* /etc/resolv.conf and /etc/ssl/certs are often links into these. */
	*out = (struct sandbox_rules){
	    .read = {"/etc", "/usr/lib", "/lib", "/run/systemd/resolve",
		"/run/resolvconf", "/run/NetworkManager",
		"/usr/share/ca-certificates",
		"/usr/local/share/ca-certificates", file},
	    .network = true,
	};
}

int sandbox_close_in(const struct sandbox_rules *rules,
    struct sandbox_report *out, struct err *e)
{
	const struct rlimit none = {0, 0};
	int r;

	memset(out, 0, sizeof(*out));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    setrlimit(RLIMIT_CORE, &none) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return err_set(e, -errno, "sandbox: no privileges to drop: %s",
		    strerror(errno));
	r = close_files(rules, out, e);
	if (r == 0)
		r = close_calls(rules->network, out, e);
	out->closed = r == 0;
	return r;
}

void sandbox_describe(const struct sandbox_report *r, struct buf *out)
{
	if (r->landlock)
		buf_fmt(out, "landlock abi %d", r->landlock_abi);
	else
		buf_text(out, "landlock off");
	buf_fmt(out, ", seccomp %s", r->seccomp ? "on" : "off");
}
