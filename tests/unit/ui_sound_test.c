/* The tones: what is in them, and that they come out of a device as they
 * are, without waiting and without a sound card being needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ui/sound.h"

#include <fcntl.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int16_t made[SOUND_SAMPLES];

/* The amplitude of one frequency in a stretch, by the sum of its products
 * with sine and cosine (the discrete Fourier transform at one point). */
static double amplitude(const int16_t *s, size_t n, double hz)
{
	double re = 0, im = 0;

	for (size_t i = 0; i < n; i++) {
		double turn = 2 * 3.14159265358979 * hz * (double)i /
		    SOUND_RATE;

		re += s[i] * cos(turn);
		im += s[i] * sin(turn);
	}
	return 2 * hypot(re, im) / (double)n;
}

/* Which of the candidates is loudest in a stretch of milliseconds. */
static int loudest(int from_ms, int until_ms)
{
	static const int hz[] = {220, 440, 660, 880, 1100, 1320};
	size_t from = (size_t)from_ms * SOUND_RATE / 1000;
	size_t until = (size_t)until_ms * SOUND_RATE / 1000;
	double best = 0;
	int found = 0;

	for (size_t i = 0; i < ARRAY_LEN(hz); i++) {
		double a = amplitude(made + from, until - from, hz[i]);

		if (a > best) {
			best = a;
			found = hz[i];
		}
	}
	return best > 8000 ? found : 0;
}

static size_t ms_of(size_t samples)
{
	return (samples * 1000 + SOUND_RATE / 2) / SOUND_RATE;
}

static void test_yes_rises(void **state)
{
	(void)state;
	assert_int_equal(ms_of(sound_make(UI_SOUND_YES, made)), 300);
	assert_int_equal(loudest(0, 120), 880);
	assert_int_equal(loudest(140, 300), 1320);
}

static void test_wait_is_two_equal_tones(void **state)
{
	(void)state;
	assert_int_equal(ms_of(sound_make(UI_SOUND_WAIT, made)), 360);
	assert_int_equal(loudest(0, 140), 660);
	assert_int_equal(loudest(220, 360), 660);
	/* And silence between them, two samples from the edges. */
	for (size_t i = 142 * SOUND_RATE / 1000; i < 218 * SOUND_RATE / 1000;
	     i++)
		assert_int_equal(made[i], 0);
}

static void test_no_is_one_low_tone(void **state)
{
	size_t n = sound_make(UI_SOUND_NO, made);
	int still = 0;

	(void)state;
	assert_int_equal(ms_of(n), 480);
	assert_int_equal(loudest(0, 480), 220);
	for (size_t i = 0; i + 50 < n; i += 50) {
		int peak = 0;

		for (size_t k = i; k < i + 50; k++)
			peak = abs(made[k]) > peak ? abs(made[k]) : peak;
		still += peak < 1000;
	}
	assert_true(still <= 2); /* one tone: no pause but at its edges */
}

/* No click: begins and ends at zero, and leaves room below full scale. */
static void test_no_click_and_no_clipping(void **state)
{
	static const enum ui_sound sounds[] = {UI_SOUND_YES, UI_SOUND_WAIT,
	    UI_SOUND_NO};

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(sounds); k++) {
		size_t n = sound_make(sounds[k], made);

		assert_true(n > 0);
		assert_int_equal(made[0], 0);
		assert_int_equal(made[n - 1], 0);
		for (size_t i = 0; i < n; i++)
			assert_true(abs(made[i]) < 24000);
	}
}

static void test_none_is_silence(void **state)
{
	(void)state;
	assert_int_equal(sound_make(UI_SOUND_NONE, made), 0);
	assert_int_equal(sound_make((enum ui_sound)99, made), 0);
}

/* ---- through a device: SDL's disk driver writes what it would play ---- */

static void nap_ms(long ms)
{
	const struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static char path[] = "/tmp/karcis-sound-XXXXXX";

static void use_disk(void)
{
	int fd;

	memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(setenv("SDL_AUDIODRIVER", "disk", 1), 0);
	assert_int_equal(setenv("SDL_DISKAUDIOFILE", path, 1), 0);
}

static off_t size_of(void)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : 0;
}

/* Whether n bytes of `made` are in what was played. */
static bool bytes_were_played(size_t n)
{
	static char played[8 << 20];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? 0 : read(fd, played, sizeof(played));

	if (fd >= 0)
		close(fd);
	for (ssize_t i = 0; i + (ssize_t)n <= len; i += 2) {
		if (memcmp(played + i, made, n) == 0)
			return true;
	}
	return false;
}

static bool was_played(enum ui_sound sound)
{
	return bytes_were_played(sound_make(sound, made) * sizeof(made[0]));
}

static bool played_soon(enum ui_sound sound)
{
	for (int i = 0; i < 100; i++) {
		if (was_played(sound))
			return true;
		nap_ms(50);
	}
	return false;
}

static void test_the_device_gets_these_samples(void **state)
{
	struct sound *s;
	int64_t began;

	(void)state;
	use_disk();
	s = sound_start();
	assert_non_null(s);
	began = now_ms();
	sound_play(s, UI_SOUND_YES);
	assert_true(now_ms() - began < 50);
	assert_true(played_soon(UI_SOUND_YES));
	assert_false(was_played(UI_SOUND_NO));
	sound_play(s, UI_SOUND_NO);
	assert_true(played_soon(UI_SOUND_NO));
	sound_stop(s);
	unlink(path);
}

/* Half the volume is a quarter of the amplitude, none is silence; what is no
 * volume changes nothing. */
static void test_the_volume_softens(void **state)
{
	static int16_t loud[] = {0, 20000, -20000, 7, INT16_MIN};
	struct sound *s;
	bool softer = false;

	(void)state;
	sound_soften(loud, 5, 100);
	assert_int_equal(loud[1], 20000);
	assert_int_equal(loud[4], INT16_MIN);
	sound_soften(loud, 5, 50);
	assert_int_equal(loud[0], 0);
	assert_int_equal(loud[1], 5000);
	assert_int_equal(loud[2], -5000);
	assert_int_equal(loud[4], -8192);
	sound_soften(loud, 5, 0);
	assert_int_equal(loud[1], 0);
	use_disk();
	s = sound_start();
	assert_non_null(s);
	sound_volume(s, 50);
	sound_volume(s, 101);
	sound_volume(s, -1);
	sound_play(s, UI_SOUND_YES);
	for (int i = 0; i < 100 && !softer; i++) {
		size_t n = sound_make(UI_SOUND_YES, made);

		sound_soften(made, n, 50);
		softer = bytes_were_played(n * sizeof(made[0]));
		nap_ms(50);
	}
	assert_true(softer);
	assert_false(was_played(UI_SOUND_YES));
	sound_volume(NULL, 50);
	sound_stop(s);
	unlink(path);
}

/* Nothing is played that was not asked for; and what is asked for while
 * another sounds takes its place. */
static void test_a_sound_takes_the_place_of_another(void **state)
{
	struct sound *s;

	(void)state;
	use_disk();
	s = sound_start();
	assert_non_null(s);
	nap_ms(300);
	assert_int_equal(size_of(), 0);
	sound_play(s, UI_SOUND_NO);
	nap_ms(120);
	sound_play(s, UI_SOUND_YES);
	assert_true(played_soon(UI_SOUND_YES));
	assert_false(was_played(UI_SOUND_NO)); /* it was cut */
	sound_stop(s);
	unlink(path);
}

/* The process whose parent this is; 0 = none. */
static int player_pid(void)
{
	glob_t found;
	int pid = 0;

	assert_int_equal(glob("/proc/[0-9]*/stat", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc && pid == 0; i++) {
		FILE *f = fopen(found.gl_pathv[i], "r");
		int self = 0, parent = 0;

		if (f == NULL)
			continue;
		if (fscanf(f, "%d (%*[^)]) %*c %d", &self, &parent) == 2 &&
		    parent == getpid())
			pid = self;
		fclose(f);
	}
	globfree(&found);
	return pid;
}

static long status_of(int pid, const char *name)
{
	char line[256];
	long value = -1;
	FILE *f;

	snprintf(line, sizeof(line), "/proc/%d/status", pid);
	f = fopen(line, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, name, strlen(name)) == 0)
			value = strtol(line + strlen(name), NULL, 10);
	}
	fclose(f);
	assert_true(value >= 0);
	return value;
}

static long wakes_of(int pid)
{
	return status_of(pid, "voluntary_ctxt_switches:");
}

static long threads_of(int pid)
{
	return status_of(pid, "Threads:");
}

/* After a while the device is closed, so an idle gate sleeps: no thread, no
 * wake-up in a second. */
static void test_an_idle_device_is_closed(void **state)
{
	struct sound *s;
	off_t size;
	long wakes;
	int player;

	(void)state;
	use_disk();
	s = sound_start();
	assert_non_null(s);
	sound_play(s, UI_SOUND_WAIT);
	assert_true(played_soon(UI_SOUND_WAIT));
	player = player_pid();
	assert_true(player > 0);
	nap_ms(9500); /* it stays open for 8 s */
	size = size_of();
	wakes = wakes_of(player);
	assert_int_equal(threads_of(player), 1);
	nap_ms(1000);
	assert_int_equal(size_of(), size);
	assert_int_equal(wakes_of(player), wakes);
	/* The next one opens it anew: the file starts over. */
	sound_play(s, UI_SOUND_NO);
	assert_true(played_soon(UI_SOUND_NO));
	sound_stop(s);
	unlink(path);
}

static void test_without_a_sound_card_it_is_silent(void **state)
{
	struct sound *s;
	int64_t began;

	(void)state;
	assert_int_equal(setenv("SDL_AUDIODRIVER", "nothing-like-it", 1), 0);
	s = sound_start();
	nap_ms(100);
	began = now_ms();
	for (int i = 0; i < 1000; i++)
		sound_play(s, UI_SOUND_YES);
	assert_true(now_ms() - began < 200);
	sound_stop(s);
	sound_play(NULL, UI_SOUND_YES);
	sound_stop(NULL);
}

/* A thousand verdicts at once neither wait nor fail. */
static void test_it_never_waits(void **state)
{
	struct sound *s;
	int64_t began;

	(void)state;
	assert_int_equal(setenv("SDL_AUDIODRIVER", "dummy", 1), 0);
	s = sound_start();
	assert_non_null(s);
	began = now_ms();
	for (int i = 0; i < 20000; i++)
		sound_play(s, UI_SOUND_NO);
	assert_true(now_ms() - began < 500);
	sound_stop(s);
}

static int open_files(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void test_nothing_is_left_behind(void **state)
{
	int before = open_files();

	(void)state;
	assert_int_equal(setenv("SDL_AUDIODRIVER", "dummy", 1), 0);
	for (int i = 0; i < 20; i++)
		sound_stop(sound_start());
	assert_int_equal(open_files(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child */
}

/* The player holds none of its starter's files open: a lock would outlive
 * the terminal, and a socket's end would keep another process alive. */
static void test_the_player_holds_no_file_of_its_starter(void **state)
{
	int pair[2];
	struct sound *s;
	char byte;

	(void)state;
	assert_int_equal(setenv("SDL_AUDIODRIVER", "dummy", 1), 0);
	assert_int_equal(pipe(pair), 0);
	s = sound_start();
	assert_non_null(s);
	sound_play(s, UI_SOUND_NO);
	nap_ms(300);
	close(pair[1]);
	/* The last writer is gone: the end of the file at once. */
	assert_int_equal(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(read(pair[0], &byte, 1), 0);
	close(pair[0]);
	sound_stop(s);
}

/* SDL's disk driver and ALSA without a card complain on standard error. */
static void test_the_player_writes_nowhere(void **state)
{
	int pair[2], kept_out = dup(STDOUT_FILENO), kept = dup(STDERR_FILENO);
	struct sound *s;
	char byte;

	(void)state;
	use_disk();
	fflush(NULL);
	assert_int_equal(pipe(pair), 0);
	assert_true(dup2(pair[1], STDOUT_FILENO) >= 0);
	assert_true(dup2(pair[1], STDERR_FILENO) >= 0);
	s = sound_start();
	dup2(kept_out, STDOUT_FILENO);
	dup2(kept, STDERR_FILENO);
	close(kept_out);
	close(kept);
	close(pair[1]);
	assert_non_null(s);
	sound_play(s, UI_SOUND_YES);
	assert_true(played_soon(UI_SOUND_YES));
	/* Not even held open: the end of the file, and nothing before it. */
	assert_int_equal(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(read(pair[0], &byte, 1), 0);
	close(pair[0]);
	sound_stop(s);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_yes_rises),
	    cmocka_unit_test(test_wait_is_two_equal_tones),
	    cmocka_unit_test(test_no_is_one_low_tone),
	    cmocka_unit_test(test_no_click_and_no_clipping),
	    cmocka_unit_test(test_none_is_silence),
	    cmocka_unit_test(test_the_device_gets_these_samples),
	    cmocka_unit_test(test_the_volume_softens),
	    cmocka_unit_test(test_a_sound_takes_the_place_of_another),
	    cmocka_unit_test(test_an_idle_device_is_closed),
	    cmocka_unit_test(test_without_a_sound_card_it_is_silent),
	    cmocka_unit_test(test_it_never_waits),
	    cmocka_unit_test(test_nothing_is_left_behind),
	    cmocka_unit_test(test_the_player_holds_no_file_of_its_starter),
	    cmocka_unit_test(test_the_player_writes_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
