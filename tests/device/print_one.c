/*
 * Drives the real printer driver from lines on stdin, in one poll loop:
 *   submit ID N   a job of N bytes: ESC @, then a pattern of letters
 *   quit
 * Every event of the driver is one line on stdout with its time in ms.
 */
#include "drivers/printer/printer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FDS = 16 };

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static long long cpu_ms(void)
{
	return (long long)clock() * 1000 / CLOCKS_PER_SEC;
}

static void say(const struct printer_event *ev)
{
	const struct printer_status *s = &ev->status;
	long long at = (long long)now_ms();

	switch (ev->kind) {
	case PRINTER_NOTHING:
		return;
	case PRINTER_JOB:
		printf("%lld job %u %s%s taken=%zu total=%zu cpu_ms=%lld\n", at,
		    ev->job_id, print_verdict_name(ev->verdict),
		    ev->late ? " late" : "", ev->taken, ev->total, cpu_ms());
		return;
	case PRINTER_PROGRESS:
		printf("%lld progress %u %zu %zu\n", at, ev->job_id, ev->taken,
		    ev->total);
		return;
	case PRINTER_STATUS:
		printf("%lld status connected=%d paper_out=%d cover=%d "
		       "offline=%d proves=%d\n",
		    at, s->connected, s->paper_out, s->cover_open, s->offline,
		    s->proves_paper);
		return;
	case PRINTER_LOG:
		printf("%lld log %s\n", at, ev->text);
		return;
	}
}

static void submit(struct printer *p, const char *args)
{
	char *end;
	uint32_t id = (uint32_t)strtoul(args, &end, 10);
	size_t n = strtoul(end, NULL, 10);
	uint8_t *bytes = malloc(n);
	struct err e = {0};

	for (size_t i = 0; bytes != NULL && i < n; i++)
		bytes[i] = i < 2 ? (uint8_t) "\x1b@"[i]
				 : (uint8_t)('A' + (i * 7 + i / 251) % 26);
	if (bytes != NULL && printer_submit(p, id, bytes, n, now_ms(), &e) != 0)
		printf("%lld refused %u %s\n", (long long)now_ms(), id, e.text);
	free(bytes);
}

static bool obey(struct printer *p)
{
	char line[128];

	if (fgets(line, sizeof(line), stdin) == NULL ||
	    strncmp(line, "quit", 4) == 0)
		return false;
	if (strncmp(line, "submit ", 7) == 0)
		submit(p, line + 7);
	return true;
}

int main(int argc, char **argv)
{
	struct printer_config config = {.fd = -1};
	struct pollfd fds[FDS];
	struct printer_event ev;
	struct printer *p;
	struct err e = {0};
	bool go = true;

	setvbuf(stdin, NULL, _IONBF, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	(void)snprintf(config.device, sizeof(config.device), "%s",
	    argc > 1 ? argv[1] : "usb:auto");
	if (printer_open(&config, &p, &e) != 0) {
		printf("failed %s\n", e.text);
		return 2;
	}
	while (go) {
		size_t n = printer_pollfds(p, fds + 1, FDS - 1);
		int64_t due = printer_deadline_ms(p), now = now_ms();
		int wait = due == INT64_MAX ? -1
		    : due <= now            ? 0
					    : (int)(due - now);

		fds[0] = (struct pollfd){.fd = 0, .events = POLLIN};
		(void)poll(fds, (nfds_t)n + 1, wait);
		printer_service(p, fds + 1, n, now_ms());
		if (fds[0].revents != 0)
			go = obey(p);
		while (printer_next_event(p, &ev))
			say(&ev);
	}
	printer_close(p);
	return 0;
}
