/* What the simulator's three files share. */
#ifndef KARCIS_BENCH_CAMERA_SIM_INNER_H
#define KARCIS_BENCH_CAMERA_SIM_INNER_H

#include "camera_sim.h"

struct dice {
	uint64_t state;
};
uint64_t dice_roll(struct dice *d);
double dice_between(struct dice *d, double lo, double hi);
bool dice_chance(struct dice *d, double p);
/* Smooth noise in 0..1, about one bump a unit. */
double smooth_noise(uint64_t seed, double x, double y);

/* A fold: the line nx x + ny y = c, in mm from the symbol's middle. */
struct fold {
	double nx, ny, c;
	double angle;     /* by which the far side leans, radians */
	double width_mm;  /* of the strip where the coat cracked */
	double loss;      /* how much ink went there, 0..1 */
	double wander_mm; /* a fold by hand is no ruler's line */
	uint64_t seed;
};

enum { FOLDS = 2, DEAD = 3, BLOTS = 4 };

enum blot_kind { BLOT_UNSET = 0, BLOT_SCRATCH, BLOT_HOLE, BLOT_STAIN };
struct blot {
	enum blot_kind kind;
	double x, y, radius; /* mm */
	double stretch, turn;
	uint64_t seed;
};

struct paper {
	double white, ink; /* reflectance, linear */
	double gain;       /* dots grow by this, in parts of the threshold */
	double mottle;     /* unevenness of the ink, 0..1 */
	int dead[DEAD];    /* columns of dots */
	int dead_count;
	struct fold fold[FOLDS];
	int folds;
	struct blot blot[BLOTS];
	int blots;
	double blotted; /* part of the symbol's area */
	double curl_mm; /* radius of the curl, along the feed */
	uint64_t seed;
};

struct camera {
	double focal_px, distance_mm;
	double shift_x_mm, shift_y_mm;
	double roll, tilt, pan; /* of the ticket, radians */
	double defocus_px;      /* radius of the blur's disc */
	double motion_px, motion_way;
	double lens_px;  /* sigma of lens, demosaicing and filter */
	double exposure; /* linear value of white paper */
	double light_x, light_y, gloss; /* unevenness of the light */
	double noise;                   /* sigma at full scale, linear */
	uint64_t seed;
};

/* The strip, STRIP_SCALE samples a dot. */
enum {
	STRIP_SCALE = 2,
	STRIP_DOTS_W = 576, /* 72 mm of an 80 mm roll */
	STRIP_DOTS_H = 720, /* 90 mm */
	STRIP_W = STRIP_DOTS_W * STRIP_SCALE,
	STRIP_H = STRIP_DOTS_H * STRIP_SCALE,
};
static const double DOTS_MM = 8.0;      /* 203 dpi */
static const double SYMBOL_MM = 30.625; /* 49 modules */

struct strip {
	float r[STRIP_H][STRIP_W]; /* reflectance, linear, 0..1 */
};
void camera_sim_print(const struct paper *p, const char *digits,
    struct strip *out);
/* NULL strip: nothing but the room. */
void camera_sim_expose(const struct camera *c, const struct paper *p,
    const struct strip *s, uint8_t pixels[CAMERA_SIM_BYTES]);

#endif
