#define _GNU_SOURCE /* close_range */
#include "sound.h"

#include <SDL.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	AMPLITUDE = 20000,
	/* A tone that begins or ends at once clicks. */
	EDGE_MS = 6,
	/* An open device costs wake-ups; one that is opened for each verdict
	 * would be late in a queue of visitors. */
	KEEP_OPEN_MS = 8000,
	TONES = 3
};

/* Hz 0 is a rest. What small loudspeakers drop of the low tone its third
 * harmonic still tells. */
struct tone {
	int hz, ms;
};

static const struct tone tunes[][TONES] = {
    [UI_SOUND_NONE] = {{0, 0}},
    [UI_SOUND_YES] = {{880, 120}, {0, 20}, {1320, 160}},
    [UI_SOUND_WAIT] = {{660, 140}, {0, 80}, {660, 140}},
    [UI_SOUND_NO] = {{220, 480}},
};

static double edge(size_t at, size_t len)
{
	double ramp = SOUND_RATE * EDGE_MS / 1000.0;
	double near = fmin((double)at, (double)(len - 1 - at));

	return fmin(1, near / ramp);
}

static size_t tone_make(struct tone t, int16_t *out, size_t room)
{
	size_t len = (size_t)(t.ms * SOUND_RATE / 1000);

	if (len > room)
		len = room;
	for (size_t i = 0; i < len; i++) {
		double turn = 2 * 3.14159265358979 * t.hz * (double)i /
		    SOUND_RATE;
		double wave = 0.8 * sin(turn) + 0.2 * sin(3 * turn);

		out[i] = (int16_t)lround(AMPLITUDE * wave * edge(i, len));
	}
	return len;
}

size_t sound_make(enum ui_sound sound, int16_t out[SOUND_SAMPLES])
{
	size_t n = 0;

	if ((size_t)sound >= ARRAY_LEN(tunes))
		return 0;
	for (int i = 0; i < TONES; i++)
		n += tone_make(tunes[sound][i], out + n, SOUND_SAMPLES - n);
	return n;
}

void sound_soften(int16_t *samples, size_t n, int percent)
{
	for (size_t i = 0; i < n; i++)
		samples[i] = (int16_t)(samples[i] * percent * percent / 10000);
}

/* ---- what plays: another process ---- */

/* A byte sent is a sound, or with this bit a volume. */
enum { VOLUME = 0x80, VOLUME_MAX = 100 };

struct player {
	SDL_AudioDeviceID device; /* 0 = closed */
	int volume;               /* percent */
	int16_t samples[SOUND_SAMPLES];
};

/* SDL's audio and its watch for cards that come and go live no longer than a
 * device is open: else they would wake up for ever. */
static void device_close(struct player *p)
{
	if (p->device != 0)
		SDL_CloseAudioDevice(p->device);
	p->device = 0;
	SDL_QuitSubSystem(SDL_INIT_AUDIO);
}

static bool device_open(struct player *p)
{
	const SDL_AudioSpec want = {.freq = SOUND_RATE,
	    .format = AUDIO_S16SYS,
	    .channels = 1,
	    .samples = 512};

	if (p->device != 0)
		return true;
	if (SDL_InitSubSystem(SDL_INIT_AUDIO) != 0)
		return false;
	p->device = SDL_OpenAudioDevice(NULL, 0, &want, NULL, 0);
	if (p->device == 0) {
		device_close(p);
		return false;
	}
	SDL_PauseAudioDevice(p->device, 0);
	return true;
}

static void play(struct player *p, enum ui_sound sound)
{
	size_t n = sound_make(sound, p->samples);

	/* A card that is plugged in later is found at the next sound. */
	if (n == 0 || !device_open(p))
		return;
	sound_soften(p->samples, n, p->volume);
	SDL_ClearQueuedAudio(p->device);
	if (SDL_QueueAudio(p->device, p->samples,
		(Uint32)(n * sizeof(p->samples[0]))) != 0)
		device_close(p);
}

/* Until the terminal's end of the line is closed. */
static void play_all(int fd)
{
	static struct player player = {.volume = VOLUME_MAX};
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	unsigned char byte;

	for (;;) {
		int n = poll(&wait, 1, player.device != 0 ? KEEP_OPEN_MS : -1);

		if (n == 0)
			device_close(&player);
		if (n <= 0)
			continue;
		if (read(fd, &byte, 1) <= 0)
			return;
		if (byte & VOLUME)
			player.volume = byte & ~VOLUME;
		else
			play(&player, (enum ui_sound)byte);
	}
}

/* ALSA writes a dozen lines where there is no card. The terminal's log and
 * its layout are not the place. */
static void be_quiet(void)
{
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (nowhere < 0 || dup2(nowhere, fd) < 0)
			close(fd);
	}
	if (nowhere > STDERR_FILENO)
		close(nowhere);
}

static void be_player(int fd)
{
	const struct rlimit none = {0, 0};

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NAME, "karcis-sound");
	(void)setrlimit(RLIMIT_CORE, &none);
	/* Started without standard streams, it may be in their place. */
	if (fd <= STDERR_FILENO)
		fd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (fd < 0)
		_exit(1);
	/* What the terminal has open is none of its business. */
	if (fd > STDERR_FILENO + 1)
		(void)close_range(STDERR_FILENO + 1, (unsigned)fd - 1, 0);
	(void)close_range((unsigned)fd + 1, ~0U, 0);
	be_quiet();
	SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
	play_all(fd);
	/* Not exit(): nothing of the terminal's is to be flushed here. */
	_exit(0);
}

/* ---- the terminal's end ---- */

struct sound {
	int fd;
	pid_t pid;
};

struct sound *sound_start(void)
{
	struct sound *s = calloc(1, sizeof(*s));
	int pair[2];

	if (s == NULL)
		return NULL;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
		free(s);
		return NULL;
	}
	s->pid = fork();
	if (s->pid == 0)
		be_player(pair[1]);
	close(pair[1]);
	s->fd = pair[0];
	if (s->pid < 0) {
		close(s->fd);
		free(s);
		return NULL;
	}
	return s;
}

void sound_stop(struct sound *s)
{
	if (s == NULL)
		return;
	close(s->fd);
	/* It may sit in a driver that does not come back. */
	(void)kill(s->pid, SIGKILL);
	(void)waitpid(s->pid, NULL, 0);
	free(s);
}

/* A player that is gone or busy makes no sound; nobody waits. */
static void tell(struct sound *s, unsigned char byte)
{
	if (s != NULL &&
	    send(s->fd, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL) != 1)
		return;
}

void sound_play(struct sound *s, enum ui_sound sound)
{
	tell(s, (unsigned char)sound);
}

void sound_volume(struct sound *s, int percent)
{
	if (percent >= 0 && percent <= VOLUME_MAX)
		tell(s, (unsigned char)(VOLUME | percent));
}
