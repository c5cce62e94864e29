/*
 * The tones of a gate's verdicts, so that a guard need not look: two rising
 * ones for yes, two equal ones for wait, one low one for no.
 *
 * A process of its own plays them. SDL's audio runs in a thread, which would
 * live outside of the terminal's sandbox and wake up without end, and opening
 * a device may take its time. Here playing is one byte sent.
 */
#ifndef KARCIS_UI_SOUND_H
#define KARCIS_UI_SOUND_H

#include "ui.h"

enum { SOUND_RATE = 22050, SOUND_SAMPLES = SOUND_RATE };

/* The samples of a sound, mono, 16 bits; returns how many, 0 for NONE. */
size_t sound_make(enum ui_sound sound, int16_t out[SOUND_SAMPLES]);

struct sound;

/* Forks what plays, so call it before the terminal closes itself in and
 * before a display is opened. NULL: there is no sound, which is no fault. It
 * ends with its starter. */
struct sound *sound_start(void);
void sound_stop(struct sound *s);
/* Plays it in place of what plays. Does not wait; NULL does nothing. */
void sound_play(struct sound *s, enum ui_sound sound);
/* How loud those after it are, 0..100; 100 at the start. */
void sound_volume(struct sound *s, int percent);
/* Makes samples softer: half of the loudness is a quarter of the amplitude. */
void sound_soften(int16_t *samples, size_t n, int percent);

#endif
