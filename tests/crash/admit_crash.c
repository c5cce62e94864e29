/*
 * Kills a terminal's journal at random moments and judges what is left.
 *
 * A child admits people, prints and refuses, and tells every admission only
 * after journal_admit came back. The parent kills it (SIGKILL), then asks the
 * sqlite3 shell and journal_verify about a copy of the files: every number
 * that was told is there, nobody has two, no number has two people, and the
 * chain is whole. The next child goes on in the same files.
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
	uint32_t person, again;
	uint8_t letter;
	uint16_t number;
	uint32_t seq;
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
	if (write(out, &t, sizeof(t)) != (ssize_t)sizeof(t))
		_exit(2);
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
	for (i = from;; i++) {
		admit(j, i, false, out);
		if (i % AGAIN == 0)
			admit(j, i / 2 + 1, true, out);
	}
}

/* Gathers what the child told before it died; returns the next person. */
static uint32_t gather(int in, FILE *csv, uint32_t next, unsigned *count)
{
	struct told t;

	while (read(in, &t, sizeof(t)) == (ssize_t)sizeof(t)) {
		fprintf(csv, "%u,%u,%u,%u\n", t.person, t.letter, t.number,
		    t.seq);
		(*count)++;
		if (t.again == 0 && t.person >= next)
			next = t.person + 1;
	}
	fflush(csv);
	return next;
}

static void pause_us(long us)
{
	struct timespec t = {0, us * 1000};

	nanosleep(&t, NULL);
}

static uint32_t one_round(const char *path, const struct keys *keys,
    uint32_t next, FILE *csv, unsigned *count)
{
	int fd[2], status;
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
	pause_us(random() % KILL_US);
	kill(pid, SIGKILL);
	next = gather(fd[0], csv, next, count);
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
	    "SQL\n"
	    "[ \"$(cat judge/out)\" = ok ] || { cat judge/out; exit 1; }");
}

int main(int argc, char **argv)
{
	long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 60;
	unsigned seed = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1;
	unsigned count = 0;
	uint32_t next = 1;
	struct keys keys;
	char path[96];
	FILE *csv;
	long i;

	if (mkdtemp(dir) == NULL || setenv("DIR", dir, 1) < 0)
		die(dir, strerror(errno));
	snprintf(path, sizeof(path), "%s/told.csv", dir);
	csv = fopen(path, "w");
	snprintf(path, sizeof(path), "%s/journal.db", dir);
	if (csv == NULL || keys_draw(&keys, (struct keys_place){0}, NULL) < 0)
		die("start", strerror(errno));
	srandom(seed);
	for (i = 0; i < rounds; i++) {
		next = one_round(path, &keys, next, csv, &count);
		if (access(path, F_OK) == 0 && next > 1)
			judge(&keys);
	}
	fclose(csv);
	if (count == 0)
		die("nothing was admitted", "the rounds are too short");
	printf("crash: %ld kills, seed %u, %u admissions told, none lost, "
	       "none double\n",
	    rounds, seed, count);
	run("rm -rf \"$DIR\"");
	return 0;
}
