#include "metrics.h"

#include <dirent.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#ifndef KARCIS_VERSION
#define KARCIS_VERSION "unreleased"
#endif

/* 0 takes the rest. */
static const int statuses[METRICS_STATUSES] = {200, 304, 400, 401, 403, 404,
    405, 409, 413, 414, 503, 0};

/* The words of docs/PROTOCOL.md; the last takes the rest. */
static const char *const errors[METRICS_ERRORS] = {"bad_request", "unsigned",
    "unknown_device", "revoked", "other_office", "token", "not_found", "method",
    "epoch", "re_enrol", "replayed", "slot_full", "exists", "no_letter", "fork",
    "gap", "history", "too_large", "busy", "storage", "other"};

/* Upper bounds; the last bucket is +Inf. */
static const struct {
	int64_t ns;
	const char *text;
} bounds[METRICS_BUCKETS] = {
    {1000000, "0.001"},
    {2500000, "0.0025"},
    {5000000, "0.005"},
    {10000000, "0.01"},
    {25000000, "0.025"},
    {50000000, "0.05"},
    {100000000, "0.1"},
    {250000000, "0.25"},
    {500000000, "0.5"},
    {1000000000, "1"},
    {2500000000, "2.5"},
    {10000000000, "10"},
    {INT64_MAX, "+Inf"},
};

void metrics_request(struct metrics *m, struct str path, int status,
    const char *error, int64_t work_ns)
{
	size_t p = server_path_of(path), s = 0, x = 0, b = 0;

	while (s + 1 < METRICS_STATUSES && statuses[s] != status)
		s++;
	while (x + 1 < METRICS_ERRORS && strcmp(errors[x], error) != 0)
		x++;
	while (b + 1 < METRICS_BUCKETS && work_ns > bounds[b].ns)
		b++;
	atomic_fetch_add(&m->requests[p][s], 1);
	atomic_fetch_add(&m->buckets[p][b], 1);
	atomic_fetch_add(&m->ns[p], work_ns < 0 ? 0 : (uint64_t)work_ns);
	if (error[0] != '\0')
		atomic_fetch_add(&m->errors[x], 1);
}

static void head(FILE *f, const char *name, const char *type, const char *help)
{
	fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_requests(FILE *f, const struct metrics *m)
{
	head(f, "karcis_hub_requests_total", "counter",
	    "Requests answered, by path and HTTP status.");
	for (size_t p = 0; p < PATHS; p++)
		for (size_t s = 0; s < METRICS_STATUSES; s++) {
			uint64_t n = atomic_load(&m->requests[p][s]);

			if (n == 0)
				continue;
			fprintf(f, "karcis_hub_requests_total{path=\"%s\",",
			    server_path_label((enum server_path)p));
			if (statuses[s] == 0)
				fputs("status=\"other\"", f);
			else
				fprintf(f, "status=\"%d\"", statuses[s]);
			fprintf(f, "} %" PRIu64 "\n", n);
		}
}

static void put_errors(FILE *f, const struct metrics *m)
{
	head(f, "karcis_hub_errors_total", "counter",
	    "Errors answered, by their word in the protocol.");
	for (size_t i = 0; i < METRICS_ERRORS; i++)
		fprintf(f,
		    "karcis_hub_errors_total{error=\"%s\"} %" PRIu64 "\n",
		    errors[i], atomic_load(&m->errors[i]));
}

static void put_histogram(FILE *f, const struct metrics *m, size_t p)
{
	static const char name[] = "karcis_hub_request_seconds";
	uint64_t sum = 0;

	for (size_t b = 0; b < METRICS_BUCKETS; b++) {
		sum += atomic_load(&m->buckets[p][b]);
		fprintf(f, "%s_bucket{path=\"%s\",le=\"%s\"} %" PRIu64 "\n",
		    name, server_path_label((enum server_path)p),
		    bounds[b].text, sum);
	}
	fprintf(f, "%s_sum{path=\"%s\"} %.6f\n", name,
	    server_path_label((enum server_path)p),
	    (double)atomic_load(&m->ns[p]) / 1e9);
	fprintf(f, "%s_count{path=\"%s\"} %" PRIu64 "\n", name,
	    server_path_label((enum server_path)p), sum);
}

static void put_histograms(FILE *f, const struct metrics *m)
{
	head(f, "karcis_hub_request_seconds", "histogram",
	    "Time from the whole request to its answer, less the wait of a"
	    " long-poll.");
	for (size_t p = 0; p < PATHS; p++)
		put_histogram(f, m, p);
}

static void put_gauge(FILE *f, const char *name, const char *help,
    int64_t value)
{
	head(f, name, "gauge", help);
	fprintf(f, "%s %" PRId64 "\n", name, value);
}

static void put_store(FILE *f, const struct hub_gauges *g)
{
	put_gauge(f, "karcis_hub_store_up", "1 when the store answers.",
	    g != NULL);
	if (g == NULL)
		return;
	put_gauge(f, "karcis_hub_offices", "Offices.", g->offices);
	put_gauge(f, "karcis_hub_devices", "Devices that are not closed.",
	    g->devices);
	put_gauge(f, "karcis_hub_bookings", "Bookings in the store.",
	    g->bookings);
	put_gauge(f, "karcis_hub_admissions", "Admissions in the store.",
	    g->admissions);
	put_gauge(f, "karcis_hub_passes", "Passes of gates in the store.",
	    g->passes);
	put_gauge(f, "karcis_hub_doubles",
	    "Admissions beside another of the same booking and day.",
	    g->doubles);
	put_gauge(f, "karcis_hub_pass_doubles",
	    "Passes beside another of the same key and day.", g->pass_doubles);
	put_gauge(f, "karcis_hub_forks",
	    "Reports of chains or logs that are not what they were.", g->forks);
	put_gauge(f, "karcis_hub_log_entries", "Entries in all logs.",
	    g->log_entries);
}

static void put_server(FILE *f, const struct metrics *m,
    const struct metrics_now *now)
{
	put_gauge(f, "karcis_hub_connections", "Open HTTP connections.",
	    (int64_t)now->connections);
	put_gauge(f, "karcis_hub_long_polls", "Feed requests that are held.",
	    (int64_t)now->long_polls);
	put_gauge(f, "karcis_hub_queued_requests",
	    "Requests that wait for a worker.", (int64_t)now->queued);
	put_gauge(f, "karcis_hub_workers", "Connections to the store.",
	    (int64_t)now->workers);
	put_gauge(f, "karcis_hub_request_body_bytes",
	    "Bytes of the bodies at hand.", (int64_t)now->body_bytes);
	head(f, "karcis_hub_slow_clients_total", "counter",
	    "Connections cut because a request or answer took too long.");
	fprintf(f, "karcis_hub_slow_clients_total %" PRIu64 "\n",
	    atomic_load(&m->slow));
	head(f, "karcis_hub_build_info", "gauge", "What is running.");
	fprintf(f,
	    "karcis_hub_build_info{version=\"%s\",store=\"%s\","
	    "microhttpd=\"%s\"} 1\n",
	    KARCIS_VERSION, now->store, MHD_get_version());
}

static int64_t open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	int64_t n = 0;

	if (d == NULL)
		return 0;
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n < 3 ? 0 : n - 3; /* less ".", ".." and the directory's own */
}

static int64_t resident_bytes(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long total, resident = 0;

	if (f == NULL)
		return 0;
	if (fscanf(f, "%ld %ld", &total, &resident) != 2)
		resident = 0;
	fclose(f);
	return (int64_t)resident * sysconf(_SC_PAGESIZE);
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void put_process(FILE *f)
{
	struct rusage use;

	put_gauge(f, "process_resident_memory_bytes",
	    "Resident memory size in bytes.", resident_bytes());
	put_gauge(f, "process_open_fds", "Number of open file descriptors.",
	    open_files());
	if (getrusage(RUSAGE_SELF, &use) != 0)
		return;
	head(f, "process_cpu_seconds_total", "counter",
	    "Total user and system CPU time spent in seconds.");
	fprintf(f, "process_cpu_seconds_total %.6f\n",
	    seconds(use.ru_utime) + seconds(use.ru_stime));
}

char *metrics_text(const struct metrics *m, const struct metrics_now *now,
    size_t *len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	if (f == NULL)
		return NULL;
	put_requests(f, m);
	put_errors(f, m);
	put_histograms(f, m);
	put_store(f, now->gauges);
	put_server(f, m, now);
	put_process(f);
	/* A stream that failed may have left a part: then there is none. */
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
