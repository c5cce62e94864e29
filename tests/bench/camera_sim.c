#include "camera_sim_inner.h"

#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static const double PI = 3.14159265358979;

/* splitmix64 (Vigna, public domain): any seed is a good one. */
uint64_t dice_roll(struct dice *d)
{
	uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

double dice_between(struct dice *d, double lo, double hi)
{
	return lo + (hi - lo) * (double)(dice_roll(d) >> 11) * 0x1p-53;
}

bool dice_chance(struct dice *d, double p)
{
	return dice_between(d, 0, 1) < p;
}

static double lattice(uint64_t seed, int64_t x, int64_t y)
{
	struct dice d = {seed ^ (uint64_t)x * UINT64_C(0x8da6b343) ^
	    (uint64_t)y * UINT64_C(0xd8163841)};

	return (double)(dice_roll(&d) >> 11) * 0x1p-53;
}

double smooth_noise(uint64_t seed, double x, double y)
{
	double fx = floor(x), fy = floor(y);
	int64_t ix = (int64_t)fx, iy = (int64_t)fy;
	double u = x - fx, v = y - fy;

	u = u * u * (3 - 2 * u);
	v = v * v * (3 - 2 * v);
	return (lattice(seed, ix, iy) * (1 - u) +
		   lattice(seed, ix + 1, iy) * u) *
	    (1 - v) +
	    (lattice(seed, ix, iy + 1) * (1 - u) +
		lattice(seed, ix + 1, iy + 1) * u) *
	    v;
}

const char *camera_sim_name(enum camera_kind kind)
{
	switch (kind) {
	case CAMERA_CLEAN:
		return "clean";
	case CAMERA_DEAD_DOTS:
		return "three dead dots";
	case CAMERA_CREASE:
		return "crease";
	case CAMERA_DAMAGE:
		return "10 % damage";
	case CAMERA_POOR:
		return "faded, creased, poor camera";
	case CAMERA_KIND_UNSET:
	case CAMERA_KINDS:
		break;
	}
	return "?";
}

struct ticket_text camera_sim_ticket(uint64_t seed)
{
	struct dice d = {seed ^ 0x7469636b6574};
	uint8_t secret[TICKET_SECRET_BYTES], public_key[TICKET_PUBLIC_BYTES];
	uint8_t key_seed[32];
	struct ticket_text out;
	struct ticket t = {.type = TICKET_QUEUE,
	    .key_id = (uint16_t)dice_roll(&d),
	    .seq = (uint32_t)dice_roll(&d) & 0xffffff,
	    .day = TICKET_EPOCH_DAY + (int32_t)(dice_roll(&d) % 4000),
	    .service = (uint8_t)dice_roll(&d),
	    .letter = (uint8_t)(1 + dice_roll(&d) % 26),
	    .number = (uint16_t)(1 + dice_roll(&d) % TICKET_NUMBER_MAX),
	    .slot_min = (uint16_t)(dice_roll(&d) % 1440),
	    .window_min = 60,
	    .flags = TICKET_BOOKED};

	for (size_t i = 0; i < sizeof(key_seed); i++)
		key_seed[i] = (uint8_t)dice_roll(&d);
	crypto_sign_seed_keypair(public_key, secret, key_seed);
	if (!ticket_sign(&t, 4102, secret, &out))
		abort();
	return out;
}

/*
 * Thermal paper: white reflects about 0.8; fresh ink has an optical density
 * of 1.1 to 1.3, which is 0.05 to 0.08 (makers' data of direct thermal
 * rolls). A printer at its default heat lets dots grow into one another a
 * little. Rolls curl, less when a hand holds the strip.
 */
static void fresh_paper(struct dice *d, struct paper *p)
{
	memset(p, 0, sizeof(*p));
	p->seed = dice_roll(d);
	p->white = dice_between(d, 0.72, 0.84);
	p->ink = dice_between(d, 0.05, 0.09);
	p->gain = dice_between(d, -0.02, 0.14);
	p->mottle = dice_between(d, 0.02, 0.10);
	p->curl_mm = dice_between(d, 60, 250);
}

/* A dot is white from top to bottom of the strip. Only columns that cross
 * the symbol count: elsewhere they would do it no harm. */
static void kill_dots(struct dice *d, struct paper *p)
{
	const int first = (STRIP_DOTS_W - 245) / 2;

	while (p->dead_count < DEAD)
		p->dead[p->dead_count++] = first + (int)(dice_roll(d) % 245);
}

/* Folded for a pocket and flattened by hand: the line crosses the middle two
 * thirds of the symbol, a second fold is about square to the first. The coat
 * cracks in a strip of some tenths of a millimetre; flattened paper keeps a
 * lean of 5 to 25 degrees. */
static void fold_paper(struct dice *d, struct paper *p)
{
	double way = dice_between(d, 0, PI);

	p->folds = dice_chance(d, 0.5) ? 2 : 1;
	for (int i = 0; i < p->folds; i++) {
		struct fold *f = &p->fold[i];
		double a = way + i * PI / 2 + dice_between(d, -0.1, 0.1);

		f->nx = cos(a);
		f->ny = sin(a);
		f->c = dice_between(d, -10, 10);
		f->angle = dice_between(d, 5, 25) * PI / 180 *
		    (dice_chance(d, 0.5) ? 1 : -1);
		f->width_mm = dice_between(d, 0.25, 0.9);
		f->loss = dice_between(d, 0.4, 1.0);
		f->wander_mm = dice_between(d, 0.1, 0.6);
		f->seed = dice_roll(d);
	}
}

/* One to four places anywhere in the symbol, the corners' patterns too. */
static void blot_paper(struct dice *d, struct paper *p)
{
	static const enum blot_kind kinds[] = {BLOT_SCRATCH, BLOT_HOLE,
	    BLOT_STAIN};
	const double half = SYMBOL_MM / 2;

	p->blotted = 0.10;
	p->blots = 1 + (int)(dice_roll(d) % BLOTS);
	for (int i = 0; i < p->blots; i++) {
		struct blot *b = &p->blot[i];

		b->kind = kinds[dice_roll(d) % 3];
		b->x = dice_between(d, -half, half);
		b->y = dice_between(d, -half, half);
		b->radius = dice_between(d, 0.6, 1.4);
		b->stretch = dice_between(d, 1, 3);
		b->turn = dice_between(d, 0, PI);
		b->seed = dice_roll(d);
	}
}

/* Faded paper (sun, plastic wallet, weeks in a pocket) keeps a density of
 * 0.35 to 0.6 above its own white, and unevenly. */
static void fade_paper(struct dice *d, struct paper *p)
{
	p->ink = p->white * pow(10, -dice_between(d, 0.35, 0.6));
	p->mottle = dice_between(d, 0.10, 0.25);
	p->gain = dice_between(d, -0.10, 0.05);
}

/*
 * A camera module of 1280 x 720 with a field of 60 degrees across, focused
 * where tickets are held: 130 to 210 mm, so that a module takes 5.3 to 3.3
 * pixels. Tickets are held as they come: turned up to 25 degrees (and by
 * quarter turns), leaning up to 20. In 1/60 s a steady hand moves them by
 * 0 to 20 mm/s. Signal to noise of such modules in office light: 37 to 30 dB.
 */
static void good_camera(struct dice *d, struct camera *c)
{
	const double degree = PI / 180;

	memset(c, 0, sizeof(*c));
	c->seed = dice_roll(d);
	c->focal_px = 1108;
	c->distance_mm = dice_between(d, 130, 210);
	c->shift_x_mm = dice_between(d, -25, 25);
	c->shift_y_mm = dice_between(d, -6, 6);
	c->roll = dice_between(d, -25, 25) * degree +
	    (double)(dice_roll(d) % 4) * PI / 2;
	c->tilt = dice_between(d, -20, 20) * degree;
	c->pan = dice_between(d, -20, 20) * degree;
	c->defocus_px = dice_between(d, 0.0, 1.0);
	c->motion_way = dice_between(d, 0, PI);
	c->motion_px = dice_between(d, 0, 20) / 60 * c->focal_px /
	    c->distance_mm;
	c->lens_px = dice_between(d, 0.5, 0.7);
	c->exposure = dice_between(d, 0.55, 0.85);
	c->light_x = dice_between(d, -0.3, 0.3);
	c->light_y = dice_between(d, -0.3, 0.3);
	c->gloss = dice_between(d, 0, 0.15);
	c->noise = dice_between(d, 0.014, 0.03);
}

/* A cheap one with a fixed focus farther away, in the half-light of an
 * entrance: blur of about half a module, less light, 26 to 22 dB. */
static void poor_camera(struct dice *d, struct camera *c)
{
	good_camera(d, c);
	c->distance_mm = dice_between(d, 130, 190);
	c->defocus_px = dice_between(d, 1.2, 2.0);
	c->motion_px = dice_between(d, 0, 20) / 40 * c->focal_px /
	    c->distance_mm;
	c->lens_px = dice_between(d, 0.6, 0.8);
	c->exposure = dice_between(d, 0.30, 0.60);
	c->noise = dice_between(d, 0.05, 0.08);
}

void camera_sim_shoot(enum camera_kind kind, uint64_t seed, const char *digits,
    uint8_t pixels[CAMERA_SIM_BYTES])
{
	static struct strip strip;
	struct dice d = {seed * 16 + (uint64_t)kind};
	struct paper p;
	struct camera c;

	fresh_paper(&d, &p);
	good_camera(&d, &c);
	switch (kind) {
	case CAMERA_KIND_UNSET:
	case CAMERA_KINDS:
	case CAMERA_CLEAN:
		break;
	case CAMERA_DEAD_DOTS:
		kill_dots(&d, &p);
		break;
	case CAMERA_CREASE:
		fold_paper(&d, &p);
		break;
	case CAMERA_DAMAGE:
		blot_paper(&d, &p);
		break;
	case CAMERA_POOR:
		fade_paper(&d, &p);
		fold_paper(&d, &p);
		poor_camera(&d, &c);
		break;
	}
	camera_sim_print(&p, digits, &strip);
	camera_sim_expose(&c, &p, &strip, pixels);
}

void camera_sim_room(uint64_t seed, uint8_t pixels[CAMERA_SIM_BYTES])
{
	struct dice d = {seed * 16 + 15};
	struct camera c;

	good_camera(&d, &c);
	camera_sim_expose(&c, NULL, NULL, pixels);
}
