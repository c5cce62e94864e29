/*
 * sim [--seed N] [--seeds N] [--fault NAME] [--calm] [--never-up]
 *     [--real-signatures] [--digests] [--count] [--verbose] [--keep FOLDER]
 *
 * Runs so many seeds from the first on. Exits 0 when every invariant held;
 * with --fault, when one was broken: then its name is told. With --count
 * nothing is judged, and only the totals matter.
 */
#include <getopt.h>
#include <jansson.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "judge.h"
#include "wrap.h"

static const char *const fault_names[FAULTS] = {
    [FAULT_NONE] = "none",
    [FAULT_NO_HOME] = "no-home",
    [FAULT_NEW_OP] = "new-op",
    [FAULT_NORMAL] = "normal",
    [FAULT_BIGSERIAL] = "bigserial",
    [FAULT_UNVERIFIED] = "unverified",
    [FAULT_EARLY_MARK] = "early-mark",
};

struct work {
	struct options options;
	uint64_t seed, seeds;
	bool digests;
};

static enum fault fault_of(const char *name)
{
	for (int i = 0; i < FAULTS; i++)
		if (strcmp(name, fault_names[i]) == 0)
			return (enum fault)i;
	fprintf(stderr, "sim: no such fault: %s\n", name);
	exit(2);
}

static void read_arguments(int argc, char **argv, struct work *work)
{
	static const struct option options[] = {
	    {"seed", required_argument, NULL, 's'},
	    {"seeds", required_argument, NULL, 'n'},
	    {"fault", required_argument, NULL, 'f'},
	    {"keep", required_argument, NULL, 'k'},
	    {"calm", no_argument, NULL, 'c'},
	    {"never-up", no_argument, NULL, 'u'},
	    {"real-signatures", no_argument, NULL, 'r'},
	    {"digests", no_argument, NULL, 'd'},
	    {"verbose", no_argument, NULL, 'v'},
	    {"count", no_argument, NULL, 'o'},
	    {NULL, 0, NULL, 0},
	};
	int c;

	*work = (struct work){.seed = 1, .seeds = 1};
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's':
			work->seed = strtoull(optarg, NULL, 10);
			break;
		case 'n':
			work->seeds = strtoull(optarg, NULL, 10);
			break;
		case 'f':
			work->options.fault = fault_of(optarg);
			break;
		case 'k':
			work->options.keep = optarg;
			break;
		case 'c':
			work->options.calm = true;
			break;
		case 'u':
			work->options.never_up = true;
			break;
		case 'r':
			wrap_real_signatures(true);
			break;
		case 'd':
			work->digests = true;
			break;
		case 'o':
			work->options.count = true;
			break;
		case 'v':
			work->options.verbose = true;
			break;
		default:
			exit(2);
		}
	}
}

/* The stores make an empty real file of each name; here they may. */
static void enter_scratch(char folder[64])
{
	const char *tmp = getenv("TMPDIR");

	snprintf(folder, 64, "%.40s/karcis-sim-XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(folder) == NULL || chdir(folder) != 0) {
		perror("sim");
		exit(2);
	}
}

static void leave_scratch(const char *folder)
{
	static const char *const names[] = {"0.hub.db", "0.hub.db-lock"};
	char path[64];

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		unlink(names[i]);
	for (int i = 1; i < DISKS; i++) {
		snprintf(path, sizeof(path), "%d.journal.db", i);
		unlink(path);
		snprintf(path, sizeof(path), "%d.cache.db", i);
		unlink(path);
	}
	if (chdir("/") != 0 || rmdir(folder) != 0)
		perror(folder);
}

static void tell(const struct totals *t, uint64_t seeds)
{
	const struct {
		const char *name;
		int64_t n;
	} rows[] = {
	    {"office-days", t->days},
	    {"persons", t->persons},
	    {"with a ticket", t->tickets},
	    {"admissions", t->admissions},
	    {"of them walk-ins", t->walk_ins},
	    {"doubles (all reported)", t->doubles},
	    {"asks of the hub", t->asks},
	    {"without an answer", t->unanswered},
	    {"admitted unasked at home", t->alone},
	    {"sent to another terminal", t->elsewhere},
	    {"copies", t->copies},
	    {"sent to the desk", t->desk},
	    {"without an answer in the evening", t->gave_up},
	    {"wrongly refused", t->wrong},
	    {"partitions", t->partitions},
	    {"kiosk crashes", t->crashes},
	    {"hub crashes", t->hub_crashes},
	    {"of them power cuts", t->power_cuts},
	    {"hub put back", t->restores},
	    {"cards lost", t->cards},
	    {"revoked", t->revoked},
	    {"enrolments", t->enrolled},
	    {"evenings a kiosk was off", t->absent},
	    {"nights all stayed on", t->nights},
	    {"labels twice after a restore nobody told of", t->labels},
	    {"forged answers", t->forged},
	    {"events", t->events},
	};

	printf("%llu seeds:", (unsigned long long)seeds);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		printf("%s %lld %s", i == 0 ? "" : ",", (long long)rows[i].n,
		    rows[i].name);
	printf("\n");
	if (t->admissions > 0)
		printf("doubles per 3000 admissions: %.1f\n",
		    3000.0 * (double)t->doubles / (double)t->admissions);
}

int main(int argc, char **argv)
{
	struct work work;
	struct totals sum = {0};
	char folder[64], digest[17], broken[8], keep[PATH_MAX];
	int bad = 0;

	read_arguments(argc, argv, &work);
	if (work.options.keep != NULL &&
	    realpath(work.options.keep, keep) != NULL)
		work.options.keep = keep;
	/* Before libsodium begins to draw by itself. */
	rng_serve_sodium(work.seed);
	if (sodium_init() < 0)
		return 2;
	json_object_seed(1);
	setvbuf(stdout, NULL, _IOLBF, 0);
	enter_scratch(folder);
	for (uint64_t i = 0; i < work.seeds; i++) {
		uint64_t seed = work.seed + i;

		if (!world_run(seed, &work.options, &sum, digest, broken)) {
			bad++;
			if (work.options.count)
				continue;
			printf("seed %llu broke %s\n", (unsigned long long)seed,
			    broken);
			if (work.options.fault != FAULT_NONE)
				break;
		}
		if (work.digests)
			printf("digest %llu %s\n", (unsigned long long)seed,
			    digest);
	}
	leave_scratch(folder);
	tell(&sum, work.seeds);
	if (work.options.count)
		return 0;
	if (work.options.fault != FAULT_NONE)
		return bad > 0 ? 0 : 1;
	return bad == 0 ? 0 : 1;
}
