/*
 * A print-and-camera simulator: the shipped ticket's symbol, printed at
 * 203 dpi with the faults of paper and print head, held before a camera.
 *
 * The same kind and seed give the same picture, on every machine that
 * computes IEEE doubles. What is drawn at random, and why from that range,
 * stands beside the numbers in camera_sim.c. One picture is one try: a gate
 * takes several a second of the same ticket.
 */
#ifndef KARCIS_BENCH_CAMERA_SIM_H
#define KARCIS_BENCH_CAMERA_SIM_H

#include "firmware/core/ticket.h"

enum { CAMERA_SIM_WIDTH = 1280, CAMERA_SIM_HEIGHT = 720 };
enum { CAMERA_SIM_BYTES = CAMERA_SIM_WIDTH * CAMERA_SIM_HEIGHT };

enum camera_kind {
	CAMERA_KIND_UNSET = 0,
	CAMERA_CLEAN,
	CAMERA_DEAD_DOTS, /* three heating dots below the symbol are dead */
	CAMERA_CREASE,    /* folded once or twice through the symbol */
	CAMERA_DAMAGE,    /* a tenth of the symbol torn, scratched, blotted */
	CAMERA_POOR,      /* faded and folded, and a poor camera */
	CAMERA_KINDS
};
const char *camera_sim_name(enum camera_kind kind);

/* A ticket, signed, of this seed: its texts differ in all but the version. */
struct ticket_text camera_sim_ticket(uint64_t seed);
/* One grey picture, rows without gaps. digits as ticket_sign gives them. */
void camera_sim_shoot(enum camera_kind kind, uint64_t seed, const char *digits,
    uint8_t pixels[CAMERA_SIM_BYTES]);
/* What a gate's camera sees most of the time: a room and no ticket. */
void camera_sim_room(uint64_t seed, uint8_t pixels[CAMERA_SIM_BYTES]);

#endif
