/*
 * Inside a guest: sticks come and go, and the real karcis-update looks at each
 * and takes what it is offered. For each stick fresh slots.
 *
 *   hostile-guest KARCIS-UPDATE IMAGE KEYRING STICKS
 *
 *   waits             the next stick may be plugged in
 *   look PHASE REFUSAL
 *   end PHASE REFUSAL SLOT-B DETAIL   SLOT-B: "written" or "none"
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REPORT = 4096, WAIT_S = 240, TICK_MS = 100, SETTLE_S = 1 };

#define SLOTS  "/t/slots"
#define SOCKET "/t/sock"

static char report[REPORT];
static int to_server = -1;

static void die(const char *why)
{
	printf("fault %s\n", why);
	exit(1);
}

static pid_t start(char *const *argv)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		execv(argv[0], argv);
		_exit(127);
	}
	return pid;
}

static void run(char *const *argv)
{
	int status;

	if (waitpid(start(argv), &status, 0) < 0 || status != 0)
		die(argv[0]);
}

/* The word behind "key ". */
static const char *value(const char *key, char *out, size_t cap)
{
	const char *at = report;
	size_t len = strlen(key);

	out[0] = '\0';
	while (at != NULL && (strncmp(at, key, len) != 0 || at[len] != ' ')) {
		at = strchr(at, '\n');
		if (at != NULL)
			at++;
	}
	if (at != NULL)
		snprintf(out, cap, "%.*s", (int)strcspn(at + len + 1, "\n"),
		    at + len + 1);
	return out;
}

/* Until the report says one of these (ends with NULL). */
static void await(const char *key, const char *const *any)
{
	char word[256];

	for (int i = 0; i < WAIT_S * 1000 / TICK_MS; i++) {
		struct pollfd p = {to_server, POLLIN, 0};
		ssize_t n;

		value(key, word, sizeof(word));
		for (size_t k = 0; any[k] != NULL; k++)
			if (strcmp(word, any[k]) == 0)
				return;
		if (poll(&p, 1, TICK_MS) <= 0)
			continue;
		n = recv(to_server, report, sizeof(report) - 1, 0);
		if (n <= 0)
			die("karcis-update went away");
		report[n] = '\0';
	}
	die("it does not end");
}

static void ask(const char *line)
{
	if (send(to_server, line, strlen(line), MSG_NOSIGNAL) < 0)
		die("karcis-update does not listen");
}

static void join_server(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = SOCKET};

	for (int i = 0; i < WAIT_S * 1000 / TICK_MS; i++) {
		to_server = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
		if (connect(to_server, (struct sockaddr *)&a, sizeof(a)) == 0)
			return;
		close(to_server);
		usleep(TICK_MS * 1000);
	}
	die("karcis-update does not start");
}

static void say(const char *what)
{
	char phase[32], refusal[32], detail[256];

	printf("%s %s %s %s %s\n", what, value("phase", phase, sizeof(phase)),
	    value("refusal", refusal, sizeof(refusal)),
	    access(SLOTS "/b/rootfs.img", F_OK) == 0 ? "written" : "none",
	    value("detail", detail, sizeof(detail)));
}

static void one_stick(void)
{
	static const char *const idle[] = {"idle", NULL};
	static const char *const yes[] = {"yes", NULL};
	static const char *const no[] = {"no", NULL};
	static const char *const looked[] = {"offered", "refused", NULL};
	static const char *const looking[] = {"looking", "offered", "refused",
	    NULL};
	static const char *const moved[] = {"copying", "verifying", "writing",
	    "checking", "ready", "refused", NULL};
	static const char *const ended[] = {"ready", "refused", NULL};
	char phase[32];

	await("phase", idle);
	ask("storage-on\n");
	printf("waits\n");
	await("stick", yes);
	sleep(SETTLE_S); /* partitions are found */
	ask("look\n");
	await("phase", looking);
	await("phase", looked);
	say("look");
	if (strcmp(value("phase", phase, sizeof(phase)), "offered") == 0) {
		ask("update\n");
		await("phase", moved);
		await("phase", ended);
	}
	say("end");
	await("stick", no);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 5)
		die("usage");
	for (int n = atoi(argv[4]); n > 0; n--) {
		char *clean[] = {"/bin/rm", "-rf", "/t", NULL};
		char *dirs[] = {"/bin/mkdir", "-p", "/t/state", "/t/in",
		    "/t/out", "/t/mount", NULL};
		char *make[] = {argv[1], "--backend", "files:" SLOTS, "--make",
		    argv[2], NULL};
		char *serve[] = {argv[1], "--backend", "files:" SLOTS,
		    "--keyring", argv[3], "--state", "/t/state", "--in",
		    "/t/in", "--out", "/t/out", "--mount", "/t/mount",
		    "--socket", SOCKET, NULL};
		pid_t server;

		run(clean);
		run(dirs);
		run(make);
		server = start(serve);
		report[0] = '\0';
		join_server();
		one_stick();
		close(to_server);
		kill(server, SIGTERM);
		waitpid(server, NULL, 0);
	}
	return 0;
}
