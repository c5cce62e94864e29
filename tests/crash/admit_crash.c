/*
 * Kills a terminal's journal at random moments and judges what is left.
 *
 * A child admits people, prints, and lets them through a gate, and tells every
 * admission and every pass only after journal_admit or journal_pass came back.
 * The parent kills it (SIGKILL), then asks the sqlite3 shell and
 * journal_verify about a copy of the files: every number and every pass that
 * was told is there, nobody has two, no number has two people, no movement was
 * made twice, and the chain is whole. The next child goes on in the same files.
 *
 * usage: admit_crash [rounds [seed]]; ends with 1 at the first thing wrong.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "firmware/store/journal.h"

enum { DAY = 20416, NOW = 1764000000, LETTERS = 3, KILL_US = 30000 };
/* Every fifth person comes a second time. */
enum { AGAIN = 5 };

struct told {
	bool pass;
	uint32_t person, again;
	uint8_t letter;
	uint16_t number;
	uint32_t seq;
	uint8_t move; /* of a pass, and its entry */
	uint64_t n;
};

/* What was told so far. */
struct tales {
	FILE *admitted, *passed;
	unsigned admissions, passes;
};

static char dir[64] = "/tmp/karcis-crash-XXXXXX";

static _Noreturn void die(const char *what, const char *why)
{
	fprintf(stderr, "crash: %s: %s (files stay in %s)\n", what, why, dir);
	exit(1);
}

static struct code_hash person(uint32_t i)
{
	struct code_hash h = {{0}};
	size_t k;

	/* Scattered, as the hashes of codes are (Fibonacci hashing). */
	for (k = 0; k < 4; k++)
		h.bytes[k] = (uint8_t)((i * 2654435761u) >> (24 - 8 * k));
	return h;
}

static void tell(int out, const struct told *t)
{
	if (write(out, t, sizeof(*t)) != (ssize_t)sizeof(*t))
		_exit(2);
}

/* Through the gate, and, as somebody whose answer was lost, once more. */
static void pass(struct journal *j, uint32_t i, uint8_t move, int out)
{
	struct pass p = {
	    .subject = {.of = PASS_TICKET,
		.day = DAY,
		.key_id = 7,
		.seq = i & 0xffffff,
		.letter = (uint8_t)(1 + i % LETTERS),
		.number = (uint16_t)(1 + i % TICKET_NUMBER_MAX)},
	    .move = move,
	    .out = move % 2 == 1,
	    .time_s = NOW + i,
	};
	struct told t = {.pass = true, .person = i, .move = move};
	struct pass made, again;
	struct err e;
	int r;

	p.key = pass_key(&p.subject, move);
	p.op_id = pass_op_id(3, 1, &p.key);
	/* Who was let through and not told of it comes again. */
	r = journal_pass(j, &p, &made, &e);
	if (r < 0 && r != -EEXIST)
		_exit(2);
	t.n = made.n;
	tell(out, &t);
	if (i % AGAIN == 0 &&
	    (journal_pass(j, &p, &again, &e) != -EEXIST || again.n != made.n))
		_exit(2);
}

static void admit(struct journal *j, uint32_t i, bool again, int out)
{
	struct admit_request q = {
	    .op_id = journal_op_id(),
	    .time_s = NOW + i,
	    .booking = person(i),
	    .day = DAY,
	    .letter = (uint8_t)(1 + i % LETTERS),
	    .service = 1,
	    .slot_min = 540,
	    .window_min = 30,
	    .flags = TICKET_BOOKED,
	    .booking_class = CLASS_BOOKED,
	    .verdict = VERDICT_ADMIT_BOOKED,
	};
	struct admission a;
	struct told t = {.person = i};
	struct err e;
	int r = journal_admit(j, &q, &a, &e);

	if (r == -ERANGE)
		_exit(3);
	if (r < 0 && r != -EEXIST)
		_exit(2);
	t.again = again;
	t.letter = a.ticket.letter;
	t.number = a.ticket.number;
	t.seq = a.ticket.seq;
	tell(out, &t);
	if (journal_print_start(j, NOW + i, &a, again, &e) < 0 ||
	    journal_print_end(j, NOW + i, &a, again, PRINT_PRINTED, &e) < 0)
		_exit(2);
}

static _Noreturn void child(const char *path, const struct keys *keys,
    uint32_t from, int out)
{
	struct journal_options o = {keys, 19, NOW, false};
	struct journal *j;
	struct err e;
	uint32_t i;

	if (journal_open(path, &o, &j, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		_exit(2);
	}
	if (journal_finding(j).n != 0)
		_exit(2);
	tell(out, &(struct told){.person = 0}); /* it begins */
	for (i = from;; i++) {
		admit(j, i, false, out);
		pass(j, i, 0, out);
		if (i % 3 == 0)
			pass(j, i, 1, out);
		if (i % AGAIN == 0)
			admit(j, i / 2 + 1, true, out);
	}
}

/* Gathers what the child told before it died; returns the next person. */
static uint32_t gather(int in, struct tales *told, uint32_t next)
{
	struct told t;

	while (read(in, &t, sizeof(t)) == (ssize_t)sizeof(t)) {
		if (t.person == 0)
			continue;
		if (t.pass) {
			fprintf(told->passed, "%u,%u,%llu\n", t.person, t.move,
			    (unsigned long long)t.n);
			told->passes++;
			continue;
		}
		fprintf(told->admitted, "%u,%u,%u,%u\n", t.person, t.letter,
		    t.number, t.seq);
		told->admissions++;
		if (t.again == 0 && t.person >= next)
			next = t.person + 1;
	}
	fflush(told->admitted);
	fflush(told->passed);
	return next;
}

static void pause_us(long us)
{
	struct timespec t = {0, us * 1000};

	nanosleep(&t, NULL);
}

static uint32_t one_round(const char *path, const struct keys *keys,
    uint32_t next, bool wait, struct tales *told)
{
	int fd[2], status;
	struct told hello;
	pid_t pid;

	if (pipe(fd) < 0)
		die("pipe", strerror(errno));
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("fork", strerror(errno));
	if (pid == 0) {
		close(fd[0]);
		child(path, keys, next, fd[1]);
	}
	close(fd[1]);
	/* Else a slow disk lets it be killed while it opens, always. */
	if (wait && read(fd[0], &hello, sizeof(hello)) < 0)
		die("read", strerror(errno));
	pause_us(random() % KILL_US);
	kill(pid, SIGKILL);
	next = gather(fd[0], told, next);
	close(fd[0]);
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		die("the child ended by itself",
		    WIFEXITED(status) && WEXITSTATUS(status) == 3
			? "numbers used up"
			: "failure");
	return next;
}

/* The shell finds the directory in $DIR. */
static void run(const char *script)
{
	if (system(script) != 0)
		die("the shell's judgement", "see above");
}

/* Each query prints its name when it finds a row, which fails the grep. */
static void judge(const struct keys *keys)
{
	struct journal_finding f;
	char path[96];
	struct err e;

	run("cd \"$DIR\" && rm -rf judge && mkdir judge &&"
	    " cp journal.db* judge/");
	snprintf(path, sizeof(path), "%s/judge/journal.db", dir);
	if (journal_verify(path, keys->audit_public, &f, NULL, &e) < 0)
		die("verify", e.text);
	if (f.n != 0)
		die("verify", f.text);
	run("cd \"$DIR\" && sqlite3 judge/journal.db > judge/out 2>&1 <<'SQL'\n"
	    "PRAGMA integrity_check;\n"
	    "CREATE TEMP TABLE told (person INT, label INT, number INT,"
	    " seq INT);\n"
	    ".mode csv\n.import told.csv told\n"
	    "SELECT 'lost', t.person FROM told t LEFT JOIN entry a ON"
	    " a.kind = 2 AND a.label = t.label AND a.number = t.number AND"
	    " a.seq = t.seq AND a.time_s - 1764000000 = t.person"
	    " WHERE a.n IS NULL;\n"
	    "SELECT 'two numbers', count(*) FROM entry WHERE kind = 2"
	    " GROUP BY hex(booking), day HAVING count(*) > 1;\n"
	    "SELECT 'two people', count(*) FROM entry WHERE kind = 2"
	    " GROUP BY day, label, number HAVING count(*) > 1;\n"
	    "SELECT 'two tickets', count(*) FROM entry WHERE kind = 2"
	    " GROUP BY key_id, seq HAVING count(*) > 1;\n"
	    "SELECT 'a gap', label FROM entry WHERE kind = 2 GROUP BY label"
	    " HAVING max(number) != count(*);\n"
	    "CREATE TEMP TABLE gone (person INT, move INT, n INT);\n"
	    ".import gone.csv gone\n"
	    "SELECT 'lost pass', g.person FROM gone g LEFT JOIN entry a ON"
	    " a.n = g.n AND a.kind = 13 AND a.seq = g.person AND"
	    " a.detail = g.move AND a.time_s - 1764000000 = g.person"
	    " WHERE a.n IS NULL;\n"
	    "SELECT 'two passes', count(*) FROM entry WHERE kind = 13"
	    " GROUP BY hex(booking), day HAVING count(*) > 1;\n"
	    "SELECT 'two passes', count(*) FROM entry WHERE kind = 13"
	    " GROUP BY key_id, seq, detail HAVING count(*) > 1;\n"
	    "SQL\n"
	    "[ \"$(cat judge/out)\" = ok ] || { cat judge/out; exit 1; }");
}

int main(int argc, char **argv)
{
	long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 60;
	unsigned seed = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1;
	struct tales told = {0};
	uint32_t next = 1;
	struct keys keys;
	char path[96];
	long i;

	if (mkdtemp(dir) == NULL || setenv("DIR", dir, 1) < 0)
		die(dir, strerror(errno));
	snprintf(path, sizeof(path), "%s/told.csv", dir);
	told.admitted = fopen(path, "w");
	snprintf(path, sizeof(path), "%s/gone.csv", dir);
	told.passed = fopen(path, "w");
	snprintf(path, sizeof(path), "%s/journal.db", dir);
	if (told.admitted == NULL || told.passed == NULL ||
	    keys_draw(&keys, (struct keys_place){0}, NULL) < 0)
		die("start", strerror(errno));
	srandom(seed);
	for (i = 0; i < rounds; i++) {
		next = one_round(path, &keys, next, i % 4 != 0, &told);
		if (access(path, F_OK) == 0 && next > 1)
			judge(&keys);
	}
	fclose(told.admitted);
	fclose(told.passed);
	if (told.admissions == 0 || told.passes == 0)
		die("nothing was told", "the rounds are too short");
	printf("crash: %ld kills, seed %u, %u admissions and %u passes told,"
	       " none lost, none double\n",
	    rounds, seed, told.admissions, told.passes);
	run("rm -rf \"$DIR\"");
	return 0;
}
