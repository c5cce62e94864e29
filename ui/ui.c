#include "ui.h"

#include "paint.h"
#include "presenter.h"
#include "screen_gate.h"
#include "screen_tech.h"
#include "sound.h"

#include <errno.h>
#include <png.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NO_ITEM = -1 };

enum shows { SHOWS_KIOSK, SHOWS_GATE, SHOWS_TECH };

struct ui {
	struct theme theme;
	struct presenter *screen;
	struct fonts *fonts;
	struct metrics metrics;
	struct qr_cache qr;
	struct view view;
	struct gate_view gate;
	struct tech_view tech;
	enum shows shows; /* which of them */
	bool shown;       /* it and the scene are of something */
	struct scene store[2];
	struct scene *scene; /* what is on the screen */
	struct scene *next;  /* being built */
	bool held;           /* a finger or button is down */
	struct item key;     /* ... on this */
	bool inside;         /* and still inside of it */
	int64_t finger;
	bool blank;  /* the screen is dark */
	bool waking; /* this finger has lit it and does nothing else */
	int64_t waker;
	struct sound *sound; /* NULL = silent */
};

static struct rect whole(const struct ui *u)
{
	return (struct rect){0, 0, u->theme.width_px, u->theme.height_px};
}

static int open_screen(struct ui *u, const struct ui_config *c, struct err *e)
{
	const struct window_config window = {c->width_px, c->height_px,
	    c->fullscreen};
	const struct drm_config drm = {.width_px = c->width_px,
	    .height_px = c->height_px,
	    .rotate = c->rotate,
	    .touch = c->touch,
	    .dir = c->drm_dir};

	return c->drm ? drm_presenter_open(&drm, &u->screen, e)
		      : window_open(&window, &u->screen, e);
}

static int open_theme(struct ui *u, const struct ui_config *c, struct err *e)
{
	int r = theme_init(&u->theme, c->width_px, c->height_px,
	    c->diagonal_tenth_inch);

	if (r == -ERANGE)
		return err_set(e, r, "ui: the panel is under %d x %d mm",
		    PANEL_MIN_W_MM, PANEL_MIN_H_MM);
	if (r < 0)
		return err_set(e, r, "ui: no such panel: %dx%d, %d.%d inch",
		    c->width_px, c->height_px, c->diagonal_tenth_inch / 10,
		    c->diagonal_tenth_inch % 10);
	return 0;
}

int ui_open(const struct ui_config *c, struct ui **out, struct err *e)
{
	struct ui *u = calloc(1, sizeof(*u));
	int r;

	*out = NULL;
	if (u == NULL)
		return err_set(e, -ENOMEM, "ui: out of memory");
	r = open_theme(u, c, e);
	/* Before the screen: what plays is another process and shares none. */
	if (r == 0 && c->sound)
		u->sound = sound_start();
	if (r == 0)
		r = fonts_open(c->font_dir, &u->fonts, e);
	if (r == 0)
		r = open_screen(u, c, e);
	if (r < 0)
		goto out;
	u->metrics = fonts_metrics(u->fonts);
	u->scene = &u->store[0];
	u->next = &u->store[1];
	*out = u;
	u = NULL;
out:
	ui_close(u);
	return r;
}

void ui_close(struct ui *u)
{
	if (u == NULL)
		return;
	sound_stop(u->sound);
	fonts_close(u->fonts);
	if (u->screen != NULL)
		u->screen->ops->close(u->screen);
	sodium_memzero(u, sizeof(*u));
	free(u);
}

int ui_display(int *width_px, int *height_px, struct err *e)
{
	return window_display(width_px, height_px, e);
}

int ui_fd(const struct ui *u)
{
	return u->screen->ops->fd(u->screen);
}

static bool same_key(const struct item *a, const struct item *b)
{
	return item_is_key(a) && a->action == b->action &&
	    a->press == b->press && a->tech == b->tech &&
	    a->symbol == b->symbol;
}

/* Finds the held thing in the scene being built and shows it pressed. */
static void show_held(const struct ui *u, struct scene *s)
{
	if (!u->held || !u->inside)
		return;
	for (int i = 0; i < s->count; i++) {
		if (same_key(&s->item[i], &u->key)) {
			scene_press(s, i);
			return;
		}
	}
}

static int64_t redraw(struct ui *u, const struct damage *d, struct err *e)
{
	struct picture to;
	struct canvas c;
	int64_t pixels = 0;
	int r;

	if (d->count == 0)
		return 0;
	r = u->screen->ops->picture(u->screen, &to, e);
	if (r < 0)
		return r;
	c.px = to.px;
	c.stride_px = to.stride_px;
	for (int i = 0; i < d->count; i++) {
		c.clip = d->r[i];
		paint_scene(&c, u->scene, u->fonts, &u->qr);
		pixels += (int64_t)c.clip.w * c.clip.h;
	}
	r = u->screen->ops->present(u->screen, d->r, d->count, e);
	return r < 0 ? r : pixels;
}

/* Builds the kept view's scene, draws where it differs from the last. */
static int64_t refresh(struct ui *u, bool all, struct err *e)
{
	struct damage d = {.count = 1};
	struct scene *last;

	if (u->shows == SHOWS_TECH)
		tech_screens_build(u->next, &u->theme, &u->metrics, &u->tech);
	else if (u->shows == SHOWS_GATE)
		gate_screens_build(u->next, &u->theme, &u->metrics, &u->gate);
	else
		screens_build(u->next, &u->theme, &u->metrics, &u->view);
	show_held(u, u->next);
	d.r[0] = whole(u);
	if (!all)
		scene_damage(u->scene, u->next, whole(u), &d);
	last = u->scene;
	u->scene = u->next;
	u->next = last;
	scene_clear(last);
	return redraw(u, &d, e);
}

/* Its button is gone. */
static void forget_held(struct ui *u)
{
	u->held = u->inside = false;
	sodium_memzero(&u->key, sizeof(u->key));
}

/* It may hold what was keyed of a PIN. */
static void forget_tech(struct ui *u)
{
	if (u->shows == SHOWS_TECH)
		sodium_memzero(&u->tech, sizeof(u->tech));
}

int64_t ui_show(struct ui *u, const struct view *v, struct err *e)
{
	bool first = !u->shown || u->shows != SHOWS_KIOSK;

	/* A quick answer follows: the last picture stays until then. */
	if (!first && v->session.state == SESSION_CHECKING && !v->checking_slow)
		return 0;
	if (!first && memcmp(&u->view, v, sizeof(*v)) == 0)
		return 0;
	if (first || u->view.session.state != v->session.state)
		forget_held(u);
	if (u->view.session.state != v->session.state)
		sodium_memzero(&u->qr, sizeof(u->qr));
	memcpy(&u->view, v, sizeof(*v));
	forget_tech(u);
	u->shown = true;
	u->shows = SHOWS_KIOSK;
	return refresh(u, first, e);
}

int64_t ui_show_gate(struct ui *u, const struct gate_view *v, struct err *e)
{
	bool first = !u->shown || u->shows != SHOWS_GATE;

	if (!first && memcmp(&u->gate, v, sizeof(*v)) == 0)
		return 0;
	if (first || u->gate.session.state != v->session.state)
		forget_held(u);
	memcpy(&u->gate, v, sizeof(*v));
	forget_tech(u);
	u->shown = true;
	u->shows = SHOWS_GATE;
	return refresh(u, first, e);
}

int64_t ui_show_tech(struct ui *u, const struct tech_view *v, struct err *e)
{
	bool first = !u->shown || u->shows != SHOWS_TECH;

	if (!first && memcmp(&u->tech, v, sizeof(*v)) == 0)
		return 0;
	if (first || u->tech.session.state != v->session.state)
		forget_held(u);
	memcpy(&u->tech, v, sizeof(*v));
	u->shown = true;
	u->shows = SHOWS_TECH;
	return refresh(u, first, e);
}

void ui_sound(struct ui *u, enum ui_sound sound)
{
	sound_play(u->sound, sound);
}

void ui_volume(struct ui *u, int percent)
{
	sound_volume(u->sound, percent);
}

static void repaint(struct ui *u, bool all)
{
	struct err e = {0};

	/* A picture that cannot be shown is reported by the next ui_show. */
	if (u->shown && refresh(u, all, &e) < 0)
		u->shown = false;
}

static void press(struct ui *u, int x, int y)
{
	int i = u->held ? NO_ITEM : scene_hit(u->scene, x, y);

	if (i == NO_ITEM)
		return;
	u->held = u->inside = true;
	u->key = u->scene->item[i];
	repaint(u, false);
}

static bool on_held(const struct ui *u, int x, int y)
{
	int i = scene_hit(u->scene, x, y);

	return i != NO_ITEM && same_key(&u->scene->item[i], &u->key);
}

/* Sliding off cancels for good: coming back does not press again. */
static void slide(struct ui *u, int x, int y)
{
	if (!u->held || !u->inside || on_held(u, x, y))
		return;
	u->inside = false;
	repaint(u, false);
}

static enum ui_event_kind kind_of(const struct item *key)
{
	if (key->symbol != '\0')
		return key->symbol == '\b' ? UI_ERASE : UI_SYMBOL;
	if (key->tech != TECH_PRESS_NONE)
		return UI_TECH;
	return key->press != GATE_PRESS_NONE ? UI_PRESS : UI_ACTION;
}

static bool let_go(struct ui *u, int x, int y, struct ui_event *out)
{
	bool fire = u->held && u->inside && on_held(u, x, y);

	if (!u->held)
		return false;
	if (fire) {
		out->kind = kind_of(&u->key);
		out->action = u->key.action;
		out->press = u->key.press;
		out->tech = u->key.tech;
		out->symbol = out->kind == UI_SYMBOL ? u->key.symbol : '\0';
	}
	forget_held(u);
	repaint(u, false);
	return fire;
}

static void drop(struct ui *u)
{
	if (!u->held)
		return;
	forget_held(u);
	repaint(u, false);
}

/* One finger at a time: a palm beside it does nothing. */
static bool on_finger(struct ui *u, const struct input *in,
    struct ui_event *out)
{
	if (u->held && u->finger != in->finger)
		return false;
	if (in->kind == INPUT_RELEASE)
		return let_go(u, in->x, in->y, out);
	if (in->kind == INPUT_MOVE) {
		slide(u, in->x, in->y);
	} else if (in->kind == INPUT_CANCEL) {
		drop(u);
	} else {
		u->finger = in->finger;
		press(u, in->x, in->y);
	}
	return false;
}

/* True for what a dark screen is touched with, until that finger is gone. */
static bool wakes(struct ui *u, const struct input *in, struct ui_event *out)
{
	if (u->waking && in->finger == u->waker) {
		u->waking = in->kind == INPUT_MOVE;
		return true;
	}
	if (!u->blank)
		return false;
	if (in->kind != INPUT_PRESS)
		return true;
	u->waking = true;
	u->waker = in->finger;
	ui_blank(u, false);
	out->kind = UI_WAKE;
	return true;
}

static bool on_input(struct ui *u, const struct input *in, struct ui_event *out)
{
	switch (in->kind) {
	case INPUT_NONE:
		return false;
	case INPUT_PRESS:
	case INPUT_MOVE:
	case INPUT_RELEASE:
	case INPUT_CANCEL:
		if (wakes(u, in, out))
			return out->kind != UI_NONE;
		return on_finger(u, in, out);
	case INPUT_QUIT:
		out->kind = UI_QUIT;
		return true;
	case INPUT_EXPOSE:
		repaint(u, true);
		return false;
	}
	return false;
}

bool ui_next_event(struct ui *u, struct ui_event *out)
{
	struct input in = {0};

	memset(out, 0, sizeof(*out));
	while (u->screen->ops->next(u->screen, &in)) {
		if (on_input(u, &in, out))
			return true;
	}
	return false;
}

void ui_blank(struct ui *u, bool on)
{
	if (u->blank == on)
		return;
	if (on)
		drop(u);
	u->blank = on;
	u->screen->ops->blank(u->screen, on);
	if (!on)
		repaint(u, true);
}

void ui_brightness(struct ui *u, int percent)
{
	u->screen->ops->brightness(u->screen, percent);
}

bool ui_lit(const struct ui *u)
{
	return u->shown && u->screen->ops->lit(u->screen);
}

bool ui_next_note(struct ui *u, struct err *out)
{
	memset(out, 0, sizeof(*out));
	return u->screen->ops->note(u->screen, out);
}

int ui_save_png(struct ui *u, const char *path, struct err *e)
{
	png_image image = {.version = PNG_IMAGE_VERSION,
	    .width = (png_uint_32)u->theme.width_px,
	    .height = (png_uint_32)u->theme.height_px,
	    .format = PNG_FORMAT_BGR,
	    .flags = PNG_IMAGE_FLAG_FAST};
	size_t row = 3 * (size_t)image.width;
	struct picture from;
	uint8_t *rgb;
	int r;

	r = u->screen->ops->picture(u->screen, &from, e);
	if (r < 0)
		return r;
	rgb = malloc(row * image.height);
	if (rgb == NULL)
		return err_set(e, -ENOMEM, "ui: out of memory");
	for (uint32_t y = 0; y < image.height; y++) {
		const uint32_t *in = from.px +
		    (size_t)y * (size_t)from.stride_px;

		for (uint32_t x = 0; x < image.width; x++)
			memcpy(rgb + y * row + 3 * x, in + x, 3);
	}
	if (png_image_write_to_file(&image, path, 0, rgb, 0, NULL) == 0)
		r = err_set(e, -EIO, "ui: %s cannot be written: %s", path,
		    image.message);
	png_image_free(&image);
	sodium_memzero(rgb, row * image.height);
	free(rgb);
	return r;
}

static const char *const kind_names[] = {[ITEM_NONE] = "none",
    [ITEM_BOX] = "box",
    [ITEM_TEXT] = "text",
    [ITEM_ICON] = "icon",
    [ITEM_QR] = "qr",
    [ITEM_SCRIM] = "scrim",
    [ITEM_PAPER] = "paper"};

/* A gate's or a technician's button is named by its press, in place of its
 * kind. */
static const char *name_of(const struct item *it)
{
	if (it->press != GATE_PRESS_NONE)
		return gate_press_name(it->press);
	if (it->tech != TECH_PRESS_NONE)
		return tech_press_name(it->tech);
	return it->symbol != '\0' ? "key" : kind_names[it->kind];
}

int ui_dump_layout(const struct ui *u, int fd, struct err *e)
{
	for (int i = 0; i < u->scene->count; i++) {
		const struct item *it = &u->scene->item[i];
		uint8_t line[ITEM_TEXT_MAX + 96];
		struct buf out;

		buf_init(&out, line, sizeof(line));
		buf_fmt(&out, "%d %d %d %d %s %d ", it->r.x, it->r.y, it->r.w,
		    it->r.h, name_of(it), (int)it->action);
		if (it->symbol == '\b')
			buf_text(&out, "erase");
		else if (it->symbol != '\0')
			buf_byte(&out, (unsigned char)it->symbol);
		else
			buf_text(&out, it->text);
		buf_byte(&out, '\n');
		if (write(fd, line, out.len) != (ssize_t)out.len)
			return err_set(e, -EIO,
			    "ui: the layout cannot be "
			    "written: %s",
			    strerror(errno));
	}
	return 0;
}

const struct glyph_source *ui_glyphs(struct ui *u)
{
	return fonts_glyphs(u->fonts);
}
