/* The camera process and the scanner that reads its pipe, as a terminal has
 * them, without a screen.
 *
 *     camera-process frames FILE   writes pictures for camera_fake.c: an empty
 *                                  room, ticket 1, ticket 2, ticket 1 faded;
 *                                  prints the digits of 1 and 2
 *     camera-process NODE MS       for so long: "scan TEXT", "present 0|1",
 *                                  "log WORDS" on standard output
 */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/scanner/scanner.h"
#include "firmware/app/camera.h"
#include "firmware/app/clock.h"
#include "tests/bench/camera_sim.h"

static int write_frames(const char *path)
{
	static uint8_t pixels[CAMERA_SIM_BYTES];
	struct ticket_text a = camera_sim_ticket(1), b = camera_sim_ticket(2);
	FILE *f = fopen(path, "wb");

	if (f == NULL) {
		perror(path);
		return 2;
	}
	camera_sim_room(1, pixels);
	fwrite(pixels, 1, sizeof(pixels), f);
	camera_sim_shoot(CAMERA_CLEAN, 1, a.digits, pixels);
	fwrite(pixels, 1, sizeof(pixels), f);
	camera_sim_shoot(CAMERA_CLEAN, 2, b.digits, pixels);
	fwrite(pixels, 1, sizeof(pixels), f);
	camera_sim_shoot(CAMERA_POOR, 1, a.digits, pixels);
	fwrite(pixels, 1, sizeof(pixels), f);
	printf("%s\n%s\n", a.digits, b.digits);
	return fclose(f) == 0 ? 0 : 2;
}

static void say_all(struct scanner *s)
{
	static int present = -1;
	char text[SCANNER_LOG_BYTES];
	struct scan scan;

	while (scanner_next(s, &scan))
		printf("scan %s\n", scan.text);
	while (scanner_next_log(s, text))
		printf("log %s\n", text);
	if (present != scanner_present(s))
		printf("present %d\n", present = scanner_present(s));
	fflush(stdout);
}

static int run(const char *node, int64_t for_ms)
{
	static struct config c;
	struct scanner_config sc = {0};
	struct scanner *s = NULL;
	struct err e = {0};
	int64_t end_ms = clock_mono_ms() + for_ms;
	int r;

	(void)snprintf(c.scanner[0], sizeof(c.scanner[0]), "camera:%s", node);
	(void)snprintf(sc.device[0], sizeof(sc.device[0]), "camera:%s", node);
	c.scanners = 1;
	r = camera_start(&c, &sc.camera_fd, &e);
	if (r == 0)
		r = scanner_open(&sc, clock_mono_ms(), &s, &e);
	if (r < 0) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	while (clock_mono_ms() < end_ms) {
		struct pollfd fds[SCANNER_POLLFDS];
		size_t n = scanner_pollfds(s, fds, SCANNER_POLLFDS);

		say_all(s);
		if (poll(fds, n, 50) < 0)
			return 1;
		scanner_service(s, fds, n, clock_mono_ms());
	}
	say_all(s);
	scanner_close(s);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 3 || sodium_init() < 0)
		return 2;
	if (strcmp(argv[1], "frames") == 0)
		return write_frames(argv[2]);
	return run(argv[1], strtol(argv[2], NULL, 10));
}
