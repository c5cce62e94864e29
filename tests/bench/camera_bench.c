/* How many tickets a gate's camera reads, by what was done to them, and what
 * a picture costs: TRIALS pictures of each kind from the simulator, by zbar
 * alone and by the whole decoder, in the same run. Fails when a goal is
 * missed or when any text is not the ticket's.
 *
 *     camera-bench [TRIALS [PROCESSES]]
 *     camera-bench pictures DIR    a few as PGM, to look at
 */
#include "camera_sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "drivers/scanner/camera_decode.h"

enum { TRIALS = 300, PROCESSES = 2, MOST = 4000 };

/* Per mille of the pictures. */
static const int goal[CAMERA_KINDS] = {
    [CAMERA_CLEAN] = 995,
    [CAMERA_DEAD_DOTS] = 900,
    [CAMERA_CREASE] = 800,
    [CAMERA_DAMAGE] = 600,
    [CAMERA_POOR] = 800,
};

/* One picture's result, as it comes back from a process. Kind UNSET: a room
 * without a ticket. */
struct result {
	int kind;
	bool plain, full, wrong, glance;
	double plain_ms, full_ms, glance_ms;
};

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static bool read_it(struct camera_decoder *d, const struct camera_picture *p,
    enum camera_effort effort, const char *digits, struct result *r, double *ms)
{
	struct camera_text got;
	double from = cpu_ms();
	bool found = camera_decode(d, p, effort, &got);

	*ms = cpu_ms() - from;
	if (found && strcmp(got.text, digits) != 0)
		r->wrong = true;
	return found;
}

static struct result try_one(struct camera_decoder *d, int kind, uint64_t seed)
{
	static uint8_t pixels[CAMERA_SIM_BYTES];
	const struct camera_picture p = {pixels, CAMERA_SIM_WIDTH,
	    CAMERA_SIM_HEIGHT, CAMERA_SIM_WIDTH};
	struct ticket_text t = {.digits = ""};
	struct result r = {.kind = kind};
	double from;

	if (kind == CAMERA_KIND_UNSET) {
		camera_sim_room(seed, pixels);
	} else {
		t = camera_sim_ticket(seed);
		camera_sim_shoot((enum camera_kind)kind, seed, t.digits,
		    pixels);
	}
	from = cpu_ms();
	r.glance = camera_glance(d, &p);
	r.glance_ms = cpu_ms() - from;
	r.plain = read_it(d, &p, CAMERA_EFFORT_PLAIN, t.digits, &r,
	    &r.plain_ms);
	r.full = read_it(d, &p, CAMERA_EFFORT_FULL, t.digits, &r, &r.full_ms);
	return r;
}

/* Every n-th seed, its results down the pipe. */
static int work(int trials, int n, int first, int out)
{
	struct camera_decoder *d;
	struct err e = {0};

	if (camera_decoder_open(&d, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	for (int kind = 0; kind < CAMERA_KINDS; kind++)
		for (int s = first; s < trials; s += n) {
			struct result r = try_one(d, kind, 1000 + (uint64_t)s);

			if (write(out, &r, sizeof(r)) != sizeof(r))
				return 1;
		}
	camera_decoder_close(d);
	return 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* p50, p99 and the most. */
static void times(const char *what, double *ms, int n)
{
	if (n == 0)
		return;
	qsort(ms, (size_t)n, sizeof(*ms), by_value);
	printf("%-34s %7.1f %7.1f %7.1f ms of CPU\n", what, ms[n / 2],
	    ms[n * 99 / 100], ms[n - 1]);
}

struct tally {
	int n[CAMERA_KINDS], plain[CAMERA_KINDS], full[CAMERA_KINDS];
	int glance[CAMERA_KINDS], wrong;
	double first_ms[MOST * CAMERA_KINDS], late_ms[MOST * CAMERA_KINDS];
	double room_ms[MOST], none_ms[MOST * CAMERA_KINDS];
	int firsts, lates, rooms, nones;
};

static void count(struct tally *t, const struct result *r)
{
	t->n[r->kind]++;
	t->plain[r->kind] += r->plain;
	t->full[r->kind] += r->full;
	t->glance[r->kind] += r->glance;
	t->wrong += r->wrong;
	if (r->kind == CAMERA_KIND_UNSET)
		t->room_ms[t->rooms++] = r->glance_ms +
		    (r->glance ? r->full_ms : 0);
	else if (r->plain)
		t->first_ms[t->firsts++] = r->glance_ms + r->full_ms;
	else if (r->full)
		t->late_ms[t->lates++] = r->glance_ms + r->full_ms;
	else
		t->none_ms[t->nones++] = r->glance_ms + r->full_ms;
}

static int judge(struct tally *t)
{
	int missed = t->wrong > 0;

	printf("\nkind                          trials   zbar alone   here    "
	       "goal\n");
	for (int k = 1; k < CAMERA_KINDS; k++) {
		bool bad = t->full[k] * 1000 < goal[k] * t->n[k];

		printf("%-30s %5d  %8.1f %%  %5.1f %%  %5.1f %%%s\n",
		    camera_sim_name((enum camera_kind)k), t->n[k],
		    100.0 * t->plain[k] / t->n[k], 100.0 * t->full[k] / t->n[k],
		    goal[k] / 10.0, bad ? "  MISSED" : "");
		missed |= bad;
	}
	printf("wrong texts: %d (goal 0)\n", t->wrong);
	printf("rooms without a ticket that were looked at closely: "
	       "%d of %d\ntickets that a glance passed over:",
	    t->glance[0], t->n[0]);
	for (int k = 1; k < CAMERA_KINDS; k++)
		printf(" %d", t->n[k] - t->glance[k]);
	printf(
	    "\n\na picture to a text                   p50     p99    most\n");
	times("read at once", t->first_ms, t->firsts);
	times("read by the further steps", t->late_ms, t->lates);
	times("not read, all steps", t->none_ms, t->nones);
	times("a room without a ticket", t->room_ms, t->rooms);
	return missed ? 1 : 0;
}

static int run(int trials, int processes)
{
	static struct tally tally;
	struct result r;
	int pipe_fd[2], failed = 0, status;

	if (pipe(pipe_fd) != 0)
		return 2;
	fflush(stdout);
	for (int i = 0; i < processes; i++)
		if (fork() == 0) {
			close(pipe_fd[0]);
			_exit(work(trials, processes, i, pipe_fd[1]));
		}
	close(pipe_fd[1]);
	/* Records are smaller than PIPE_BUF: they come whole. */
	while (read(pipe_fd[0], &r, sizeof(r)) == sizeof(r))
		count(&tally, &r);
	for (int i = 0; i < processes; i++)
		if (wait(&status) < 0 || status != 0)
			failed = 2;
	if (failed != 0 || tally.n[CAMERA_POOR] != trials) {
		fprintf(stderr, "camera-bench: a process failed\n");
		return 2;
	}
	return judge(&tally);
}

static int pictures(const char *dir)
{
	static uint8_t pixels[CAMERA_SIM_BYTES];

	for (int k = 0; k < CAMERA_KINDS; k++)
		for (uint64_t s = 1; s <= 4; s++) {
			struct ticket_text t = camera_sim_ticket(s);
			char path[512];
			FILE *f;

			if (k == 0)
				camera_sim_room(s, pixels);
			else
				camera_sim_shoot((enum camera_kind)k, s,
				    t.digits, pixels);
			(void)snprintf(path, sizeof(path), "%s/%d-%d.pgm", dir,
			    k, (int)s);
			f = fopen(path, "wb");
			if (f == NULL) {
				perror(path);
				return 2;
			}
			fprintf(f, "P5\n%d %d\n255\n", CAMERA_SIM_WIDTH,
			    CAMERA_SIM_HEIGHT);
			fwrite(pixels, 1, sizeof(pixels), f);
			fclose(f);
		}
	return 0;
}

int main(int argc, char **argv)
{
	long trials = argc > 1 ? strtol(argv[1], NULL, 10) : TRIALS;
	long processes = argc > 2 ? strtol(argv[2], NULL, 10) : PROCESSES;

	if (argc == 3 && strcmp(argv[1], "pictures") == 0)
		return pictures(argv[2]);
	if (trials < 1 || trials > MOST || processes < 1 || processes > 64) {
		fprintf(stderr, "usage: camera-bench [TRIALS [PROCESSES]]\n");
		return 2;
	}
	return run((int)trials, (int)processes);
}
