/* The camera: paper in space becomes light on a sensor, and numbers. */
#include "camera_sim_inner.h"

#include <math.h>
#include <string.h>

enum { W = CAMERA_SIM_WIDTH, H = CAMERA_SIM_HEIGHT, REACH = 6 };
enum { PSF = 2 * REACH + 1, RAYS = 2 };

static float light[H][W], blurred[H][W];

struct vec {
	double x, y, z;
};
struct frame { /* a flat piece of paper: origin and its two directions */
	struct vec o, u, v;
};

static struct vec add(struct vec a, struct vec b, double k)
{
	return (struct vec){a.x + k * b.x, a.y + k * b.y, a.z + k * b.z};
}

static double dot(struct vec a, struct vec b)
{
	return a.x * b.x + a.y * b.y + a.z * b.z;
}

static struct vec cross(struct vec a, struct vec b)
{
	return (struct vec){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z,
	    a.x * b.y - a.y * b.x};
}

static struct vec turned(const struct camera *c, struct vec p)
{
	struct vec a = {p.x * cos(c->roll) - p.y * sin(c->roll),
	    p.x * sin(c->roll) + p.y * cos(c->roll), p.z};
	struct vec b = {a.x, a.y * cos(c->tilt) - a.z * sin(c->tilt),
	    a.y * sin(c->tilt) + a.z * cos(c->tilt)};

	return (struct vec){b.x * cos(c->pan) + b.z * sin(c->pan), b.y,
	    b.z * cos(c->pan) - b.x * sin(c->pan)};
}

static struct frame flat(const struct camera *c)
{
	return (struct frame){
	    {c->shift_x_mm, c->shift_y_mm, c->distance_mm},
	    turned(c, (struct vec){1, 0, 0}),
	    turned(c, (struct vec){0, 1, 0}),
	};
}

/* Turns v about the axis a (of length 1) by an angle (Rodrigues). */
static struct vec about(struct vec v, struct vec a, double angle)
{
	struct vec out = {0, 0, 0};

	out = add(out, v, cos(angle));
	out = add(out, cross(a, v), sin(angle));
	return add(out, a, dot(a, v) * (1 - cos(angle)));
}

/* The piece beyond a fold: turned about the fold's line. */
static struct frame beyond(const struct frame *f, const struct fold *fold)
{
	struct vec zero = {0, 0, 0};
	struct vec axis = add(add(zero, f->u, -fold->ny), f->v, fold->nx);
	struct vec foot = add(add(f->o, f->u, fold->nx * fold->c), f->v,
	    fold->ny * fold->c);
	struct frame out = {f->o, about(f->u, axis, fold->angle),
	    about(f->v, axis, fold->angle)};

	out.o = add(add(foot, out.u, -fold->nx * fold->c), out.v,
	    -fold->ny * fold->c);
	return out;
}

/* Where the ray through a pixel meets the piece: mm on the paper. */
static bool meet(const struct frame *f, struct vec ray, double *x, double *y)
{
	struct vec n = cross(f->u, f->v);
	double slope = dot(n, ray);
	struct vec p;
	double t;

	if (fabs(slope) < 1e-9)
		return false;
	t = dot(n, f->o) / slope;
	p = add((struct vec){t * ray.x, t * ray.y, t * ray.z}, f->o, -1);
	*x = dot(p, f->u);
	*y = dot(p, f->v);
	return t > 0;
}

/* The pieces that one or two folds make, by which sides they lie on. */
struct shape {
	struct frame piece[4];
	double shade[4]; /* light by the piece's lean */
	int pieces;
};

static void shape_of(const struct camera *c, const struct paper *p,
    struct shape *s)
{
	const struct vec lamp = {0.3, -0.5, -0.81};

	s->pieces = 1 << p->folds;
	s->piece[0] = flat(c);
	for (int i = 1; i < s->pieces; i++) {
		int last = i & 2 ? 1 : 0;

		s->piece[i] = beyond(&s->piece[i & ~(1 << last)],
		    &p->fold[last]);
	}
	for (int i = 0; i < s->pieces; i++) {
		double facing = fabs(
		    dot(cross(s->piece[i].u, s->piece[i].v), lamp));

		s->shade[i] = 0.45 + 0.55 * facing;
	}
}

/* How far a place lies on the wrong side of a fold for its piece, mm. */
static double astray(const struct paper *p, int piece, double x, double y)
{
	double most = 0;

	for (int k = 0; k < p->folds; k++) {
		double far = p->fold[k].nx * x + p->fold[k].ny * y -
		    p->fold[k].c;

		most = fmax(most, (piece >> k & 1) != 0 ? -far : far);
	}
	return most;
}

static float sample(const struct strip *s, double mx, double my)
{
	double x = mx * STRIP_SCALE * DOTS_MM + STRIP_W / 2.0 - 0.5;
	double y = my * STRIP_SCALE * DOTS_MM + STRIP_H / 2.0 - 0.5;
	int ix = (int)floor(x), iy = (int)floor(y);
	float u = (float)(x - ix), v = (float)(y - iy);

	if (ix < 0 || iy < 0 || ix + 1 >= STRIP_W || iy + 1 >= STRIP_H)
		return -1;
	return (s->r[iy][ix] * (1 - u) + s->r[iy][ix + 1] * u) * (1 - v) +
	    (s->r[iy + 1][ix] * (1 - u) + s->r[iy + 1][ix + 1] * u) * v;
}

/* Flat pieces around two folds that cross do not quite meet; paper gives, and
 * bridges so much. */
static const double BRIDGED_MM = 2.5;

/* Light of one ray, < 0 = it misses the paper. */
static float paper_light(const struct paper *p, const struct strip *s,
    const struct shape *shape, struct vec ray)
{
	double x, y, far, best = BRIDGED_MM, roll, at_x = 0, at_y = 0;
	int piece = -1;

	for (int i = 0; i < shape->pieces; i++) {
		if (!meet(&shape->piece[i], ray, &x, &y))
			continue;
		far = astray(p, i, x, y);
		if (far < best) {
			best = far;
			piece = i;
			at_x = x;
			at_y = y;
		}
	}
	if (piece < 0)
		return -1;
	/* A curl about the paper's width: flat mm to paper mm. */
	roll = fmin(fmax(at_y / p->curl_mm, -0.95), 0.95);
	return sample(s, at_x, p->curl_mm * asin(roll)) *
	    (float)(shape->shade[piece] *
		(0.75 + 0.25 * sqrt(1 - roll * roll)) * (1 + 0.25 * roll));
}

/* Behind the ticket: wall, clothes, somebody's hand, all out of focus; with
 * stripes and edges as a corridor has them. Coarser than the picture. */
enum { COARSE = 4 };
static float room[H / COARSE][W / COARSE];

static void build_room(const struct camera *c)
{
	for (int j = 0; j < H / COARSE; j++)
		for (int i = 0; i < W / COARSE; i++) {
			double x = i * COARSE, y = j * COARSE;
			double wall = 0.10 +
			    0.25 * smooth_noise(c->seed ^ 10, x / 260, y / 260);
			double cloth = smooth_noise(c->seed ^ 11, x / 40,
			    y / 40);
			bool line = smooth_noise(c->seed ^ 12, x / 90, 0.5) >
			    0.55;

			room[j][i] = (float)(wall + 0.06 * cloth +
			    (line ? 0.12 : 0));
		}
}

/* Two rays a pixel, on its diagonal: the blur that follows is wider. */
static float pixel_light(const struct camera *c, const struct paper *p,
    const struct strip *s, const struct shape *shape, int x, int y)
{
	float sum = 0;

	for (int k = 0; k < RAYS; k++) {
		double px = x + (k + 0.5) / RAYS, py = y + (k + 0.5) / RAYS;
		struct vec ray = {(px - W / 2) / c->focal_px,
		    (py - H / 2) / c->focal_px, 1};
		float v = p == NULL ? -1 : paper_light(p, s, shape, ray);

		sum += v < 0 ? room[y / COARSE][x / COARSE] : v;
	}
	return sum / RAYS;
}

static void trace(const struct camera *c, const struct paper *p,
    const struct strip *s)
{
	struct shape shape = {0};

	if (p != NULL)
		shape_of(c, p, &shape);
	for (int y = 0; y < H; y++)
		for (int x = 0; x < W; x++)
			light[y][x] = pixel_light(c, p, s, &shape, x, y);
}

/* Lens, focus and motion in one: the picture of a point. */
static void point_spread(const struct camera *c, float psf[PSF][PSF])
{
	enum { FINE = 5, STEPS = 9 };
	double sum = 0;

	for (int y = 0; y < PSF; y++)
		for (int x = 0; x < PSF; x++) {
			double v = 0;

			for (int k = 0; k < FINE * FINE * STEPS; k++) {
				double t = (k / (FINE * FINE)) / (STEPS - 1.0) -
				    0.5;
				double dx = x - REACH +
				    (k % FINE + 0.5) / FINE - 0.5 -
				    t * c->motion_px * cos(c->motion_way);
				double dy = y - REACH +
				    (k / FINE % FINE + 0.5) / FINE - 0.5 -
				    t * c->motion_px * sin(c->motion_way);
				double r = sqrt(dx * dx + dy * dy) -
				    c->defocus_px;

				r = fmax(r, 0) / c->lens_px;
				v += exp(-r * r / 2);
			}
			psf[y][x] = (float)v;
			sum += v;
		}
	for (int i = 0; i < PSF * PSF; i++)
		psf[i / PSF][i % PSF] /= (float)sum;
}

static void blur(const struct camera *c)
{
	float psf[PSF][PSF];

	point_spread(c, psf);
	memset(blurred, 0, sizeof(blurred));
	for (int dy = -REACH; dy <= REACH; dy++)
		for (int dx = -REACH; dx <= REACH; dx++) {
			float k = psf[dy + REACH][dx + REACH];

			if (k < 0.0005F)
				continue;
			for (int y = 0; y < H; y++) {
				int sy = y + dy < 0 ? 0
				    : y + dy >= H   ? H - 1
						    : y + dy;
				int from = dx < 0 ? -dx : 0;
				int to = dx > 0 ? W - dx : W;

				for (int x = from; x < to; x++)
					blurred[y][x] += k * light[sy][x + dx];
			}
		}
}

/* Sum of four uniforms: near enough to normal, sigma 1. */
static double noise(struct dice *d)
{
	uint64_t r = dice_roll(d);
	double sum = 0;

	for (int i = 0; i < 4; i++)
		sum += (double)(r >> (16 * i) & 0xffff) / 65536.0 - 0.5;
	return sum * 1.7320508;
}

/* Uneven light, a gleam, shot noise (grows with the root of the light) and
 * the noise of reading; then the usual gamma and eight bits. */
enum { GAMMA = 4096 };
static uint8_t gamma_of[GAMMA];

static void make_gamma(void)
{
	for (int i = 0; i < GAMMA; i++)
		gamma_of[i] = (uint8_t)(255 * pow(i / (GAMMA - 1.0), 1 / 2.2) +
		    0.5);
}

static void develop(const struct camera *c, uint8_t *pixels)
{
	struct dice d = {c->seed ^ 77};
	double gx = dice_between(&d, 0.2, 0.8) * W;
	double gy = dice_between(&d, 0.2, 0.8) * H;

	for (int y = 0; y < H; y++)
		for (int x = 0; x < W; x++) {
			double u = (x - W / 2) / (double)W;
			double v = (y - H / 2) / (double)W;
			double far = ((x - gx) * (x - gx) +
					 (y - gy) * (y - gy)) /
			    (200.0 * 200.0);
			double l = (double)blurred[y][x] / 0.8 * c->exposure *
				(1 + c->light_x * u * 2 + c->light_y * v * 2) +
			    c->gloss * c->exposure * exp(-far);
			double sigma = c->noise *
			    sqrt(fmax(l, 0) * 0.9 + 0.1 * 0.1);

			l += sigma * noise(&d);
			pixels[y * W + x] = gamma_of[(
			    int)(fmin(fmax(l, 0), 1) * (GAMMA - 1) + 0.5)];
		}
}

void camera_sim_expose(const struct camera *c, const struct paper *p,
    const struct strip *s, uint8_t pixels[CAMERA_SIM_BYTES])
{
	make_gamma();
	build_room(c);
	trace(c, p, s);
	blur(c);
	develop(c, pixels);
}
