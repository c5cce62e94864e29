/*
 * Cuts the power under the terminal's stores, many times, and judges what is
 * left. See powercut.h.
 *
 * usage: powercut [SCENARIO [RUN [CUT]]]
 *   In the environment SEED, and CUTS: how many of all scenarios together.
 *   Each check prints a line "ok" or "not ok"; ends with 1 when one failed.
 */
#include "powercut.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CUTS = 3000 };

/* What else the stores learn to do is one more row. */
static const struct scenario scenarios[] = {
    {"claims", NULL, claims_run, claims_judge, 8, 36},
    {"passes", NULL, passes_run, passes_judge, 8, 24},
    {"import", import_prepare, import_run, import_judge, 4, 24},
    {"journal-purge", purge_prepare, purge_run, purge_judge, 4, 24},
    {"cache-purge", cache_purge_prepare, cache_purge_run, cache_purge_judge, 4,
	16},
    {"feed", feed_prepare, feed_run, feed_judge, 4, 24},
    {"feed-purge", feed_prepare, feed_purge_run, feed_purge_judge, 4, 8},
    {"hub", hub_prepare, hub_run, hub_judge, 4, 32},
    {"create", NULL, create_run, create_judge, 2, 36},
    {"migrate", migrate_prepare, migrate_run, migrate_judge, 4, 24},
};
/* With synchronous=NORMAL, and on a disk that does not sync. */
static const struct scenario control = {"control", NULL, claims_run,
    claims_judge, 4, 16};

static size_t passed, failed;

static void say(bool ok, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void say(bool ok, const char *fmt, ...)
{
	va_list ap;

	printf(ok ? "ok powercut: " : "not ok powercut: ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	passed += ok;
	failed += !ok;
}

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The plan with this scenario's cuts a run, of so many for all. */
static struct plan plan_for(const struct scenario *s, const struct plan *plan)
{
	struct plan p = *plan;
	size_t all = 0;

	for (size_t i = 0; i < ARRAY_LEN(scenarios); i++)
		all += scenarios[i].runs * scenarios[i].cuts;
	p.cuts = plan->all * s->cuts / all + 1;
	return p;
}

struct sum {
	size_t cuts, shells;
	struct tally tally;
};

static void try_scenario(const struct scenario *s, const struct plan *plan,
    struct sum *sum)
{
	const struct plan p = plan_for(s, plan);
	double start = now_s();
	struct trial t = {0};
	size_t bad;

	engine_run(s, &p, &t);
	bad = t.bad[FAULT_LOST] + t.bad[FAULT_DAMAGED] + t.bad[FAULT_FALSE];
	say(bad == 0,
	    "%s: %zu cuts and %zu while it recovered: lost %zu, damaged %zu,"
	    " false %zu (seed %llu, %.1f s)",
	    s->name, t.cuts, t.again, t.bad[FAULT_LOST], t.bad[FAULT_DAMAGED],
	    t.bad[FAULT_FALSE], (unsigned long long)p.seed, now_s() - start);
	if (t.traces > 0)
		printf("powercut: %s: after %zu cuts the WAL still held what"
		       " was purged, until it was folded in\n",
		    s->name, t.traces);
	sum->cuts += t.cuts + t.again;
	sum->shells += t.shells;
	sum->tally.kept += t.tally.kept;
	sum->tally.dropped += t.tally.dropped;
	sum->tally.torn += t.tally.torn;
}

/* What was told is lost, and the judge sees it. */
static void control_normal(const struct plan *plan)
{
	struct plan p = plan_for(&control, plan);
	struct trial t = {.quiet = true};
	size_t all;

	p.normal = true;
	engine_run(&control, &p, &t);
	all = t.cuts + t.again;
	say(t.bad[FAULT_LOST] * 5 >= all,
	    "control: with synchronous=NORMAL %zu of %zu cuts lost what was"
	    " acknowledged",
	    t.bad[FAULT_LOST], all);
}

/* The database itself breaks, and the judge sees it. */
static void control_lies(const struct plan *plan)
{
	struct plan p = plan_for(&control, plan);
	struct trial t = {.quiet = true};
	size_t all;

	p.lies = true;
	engine_run(&control, &p, &t);
	all = t.cuts + t.again;
	say(t.bad[FAULT_LOST] * 2 >= all && t.bad[FAULT_DAMAGED] > 0,
	    "control: on a disk that does not sync %zu of %zu cuts lost"
	    " something, %zu left a damaged file",
	    t.bad[FAULT_LOST], all, t.bad[FAULT_DAMAGED]);
}

static void digest_of(uint64_t seed, uint8_t out[PC_DIGEST])
{
	struct scenario two = scenarios[0];
	const struct plan plan = {.seed = seed,
	    .cuts = 4,
	    .run = PC_ALL,
	    .only = PC_ALL};
	struct trial t = {.quiet = true};

	two.runs = 2;
	engine_run(&two, &plan, &t);
	crypto_generichash_final(&t.digest, out, PC_DIGEST);
}

static void control_seed(const struct plan *plan)
{
	uint8_t a[PC_DIGEST], b[PC_DIGEST], c[PC_DIGEST];

	digest_of(plan->seed, a);
	digest_of(plan->seed, b);
	digest_of(plan->seed + 1, c);
	say(memcmp(a, b, sizeof(a)) == 0 && memcmp(a, c, sizeof(a)) != 0,
	    "one seed is one run (%02x%02x%02x%02x), another is another", a[0],
	    a[1], a[2], a[3]);
}

static void controls(const struct plan *plan)
{
	struct tally t = {0};
	const char *why = control_like_unix(engine_directory());

	say(why == NULL, "the disk says of itself what SQLite's own says%s%s",
	    why == NULL ? "" : ": ", why == NULL ? "" : why);
	why = control_disk(plan->seed, &t);
	say(why == NULL,
	    "the disk keeps what was synced and nothing else surely (%zu"
	    " sectors kept, %zu dropped, %zu torn)%s%s",
	    t.kept, t.dropped, t.torn, why == NULL ? "" : ": ",
	    why == NULL ? "" : why);
	control_seed(plan);
	control_normal(plan);
	control_lies(plan);
}

static uint64_t number_of(const char *text, uint64_t otherwise)
{
	return text == NULL || text[0] == '\0' ? otherwise
					       : strtoull(text, NULL, 10);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	struct plan plan = {
	    .seed = number_of(getenv("SEED"), 1),
	    .all = (size_t)number_of(getenv("CUTS"), CUTS),
	    .run = (size_t)number_of(argc > 2 ? argv[2] : NULL, PC_ALL),
	    .only = (size_t)number_of(argc > 3 ? argv[3] : NULL, PC_ALL),
	};
	struct sum sum = {0};
	double start = now_s();

	engine_start();
	if (name == NULL)
		controls(&plan);
	for (size_t i = 0; i < ARRAY_LEN(scenarios); i++)
		if (name == NULL || strcmp(name, scenarios[i].name) == 0)
			try_scenario(&scenarios[i], &plan, &sum);
	engine_end();
	printf("powercut: %zu cuts, %zu of them judged by the sqlite3 shell"
	       " too, seed %llu, %.1f s; of what was not synced %zu sectors"
	       " were kept, %zu dropped, %zu torn\n",
	    sum.cuts, sum.shells, (unsigned long long)plan.seed,
	    now_s() - start, sum.tally.kept, sum.tally.dropped, sum.tally.torn);
	printf("%zu passed, %zu failed, 0 skipped\n", passed, failed);
	return failed > 0 || passed == 0;
}
