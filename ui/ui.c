#include "ui.h"

#include "paint.h"
#include "screen_gate.h"
#include "sound.h"

#include <SDL.h>
#include <SDL_syswm.h>
#include <X11/Xlib.h>
#include <errno.h>
#include <png.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NO_ITEM = -1 };

struct ui {
	struct theme theme;
	SDL_Window *window;
	SDL_Surface *surface; /* the window's, borrowed */
	bool sdl_ready;
	struct fonts *fonts;
	struct metrics metrics;
	struct qr_cache qr;
	struct view view;
	struct gate_view gate;
	bool is_gate; /* `gate` is shown, not `view` */
	bool shown;   /* view and scene are of something */
	struct scene store[2];
	struct scene *scene; /* what is on the screen */
	struct scene *next;  /* being built */
	bool held;           /* a finger or button is down */
	struct item key;     /* ... on this */
	bool inside;         /* and still inside of it */
	SDL_FingerID finger;
	bool touch;          /* it is a finger */
	struct sound *sound; /* NULL = silent */
};

static struct rect whole(const struct ui *u)
{
	return (struct rect){0, 0, u->theme.width_px, u->theme.height_px};
}

static int open_window(struct ui *u, const struct ui_config *c, struct err *e)
{
	Uint32 flags = c->fullscreen
	    ? SDL_WINDOW_FULLSCREEN_DESKTOP | SDL_WINDOW_BORDERLESS
	    : 0;

	/* Keyboards do nothing here: X's table of key sequences, half a
	 * megabyte of text, need not be read before the first picture. */
	if (setenv("XCOMPOSEFILE", "/dev/null", 0) != 0)
		return err_set(e, -errno, "ui: %s", strerror(errno));
	SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
	/* A press that also brings focus counts: the first touch is meant. */
	SDL_SetHint(SDL_HINT_MOUSE_FOCUS_CLICKTHROUGH, "1");
	SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
	SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
	SDL_SetHint(SDL_HINT_TOUCH_MOUSE_EVENTS, "0");
	SDL_SetHint(SDL_HINT_MOUSE_TOUCH_EVENTS, "0");
	if (SDL_Init(SDL_INIT_VIDEO) != 0)
		return err_set(e, -ENODEV, "ui: no display can be opened: %s",
		    SDL_GetError());
	u->sdl_ready = true;
	SDL_StopTextInput();
	SDL_EnableScreenSaver();
	SDL_DisableScreenSaver();
	u->window = SDL_CreateWindow("Karcis", SDL_WINDOWPOS_UNDEFINED,
	    SDL_WINDOWPOS_UNDEFINED, c->width_px, c->height_px, flags);
	if (u->window == NULL)
		return err_set(e, -ENODEV, "ui: no window can be opened: %s",
		    SDL_GetError());
	if (c->fullscreen)
		SDL_ShowCursor(SDL_DISABLE);
	return 0;
}

/* The surface is only good until the window changes; asked before use. */
static int take_surface(struct ui *u, struct err *e)
{
	SDL_Surface *s = SDL_GetWindowSurface(u->window);

	u->surface = NULL;
	if (s == NULL)
		return err_set(e, -EIO, "ui: no picture memory: %s",
		    SDL_GetError());
	if (s->format->BytesPerPixel != 4 || s->format->Rmask != 0xFF0000 ||
	    s->format->Bmask != 0x0000FF)
		return err_set(e, -ENOTSUP,
		    "ui: the display needs 32 bits a "
		    "pixel, it has %d",
		    s->format->BitsPerPixel);
	if (s->w < u->theme.width_px || s->h < u->theme.height_px)
		return err_set(e, -ERANGE,
		    "ui: the display is %dx%d, the "
		    "configured panel %dx%d",
		    s->w, s->h, u->theme.width_px, u->theme.height_px);
	u->surface = s;
	return 0;
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
	/* Before SDL: what plays is another process and shares no display. */
	if (r == 0 && c->sound)
		u->sound = sound_start();
	if (r == 0)
		r = fonts_open(c->font_dir, &u->fonts, e);
	if (r == 0)
		r = open_window(u, c, e);
	if (r == 0)
		r = take_surface(u, e);
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
	if (u->window != NULL)
		SDL_DestroyWindow(u->window);
	if (u->sdl_ready)
		SDL_Quit();
	sodium_memzero(u, sizeof(*u));
	free(u);
}

int ui_fd(const struct ui *u)
{
	SDL_SysWMinfo info;

	SDL_VERSION(&info.version);
	if (!SDL_GetWindowWMInfo(u->window, &info) ||
	    info.subsystem != SDL_SYSWM_X11)
		return -1;
	return ConnectionNumber(info.info.x11.display);
}

static bool same_key(const struct item *a, const struct item *b)
{
	return item_is_key(a) && a->action == b->action &&
	    a->press == b->press && a->symbol == b->symbol;
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

static int present(struct ui *u, const struct damage *d, struct err *e)
{
	SDL_Rect rects[DAMAGE_RECTS];

	for (int i = 0; i < d->count; i++)
		rects[i] = (SDL_Rect){d->r[i].x, d->r[i].y, d->r[i].w,
		    d->r[i].h};
	if (SDL_UpdateWindowSurfaceRects(u->window, rects, d->count) != 0)
		return err_set(e, -EIO, "ui: the picture cannot be shown: %s",
		    SDL_GetError());
	return 0;
}

static int64_t redraw(struct ui *u, const struct damage *d, struct err *e)
{
	struct canvas c;
	int64_t pixels = 0;
	int r;

	if (d->count == 0)
		return 0;
	r = take_surface(u, e);
	if (r < 0)
		return r;
	c.px = u->surface->pixels;
	c.stride_px = u->surface->pitch / 4;
	for (int i = 0; i < d->count; i++) {
		c.clip = d->r[i];
		paint_scene(&c, u->scene, u->fonts, &u->qr);
		pixels += (int64_t)c.clip.w * c.clip.h;
	}
	r = present(u, d, e);
	return r < 0 ? r : pixels;
}

/* Builds the kept view's scene, draws where it differs from the last. */
static int64_t refresh(struct ui *u, bool all, struct err *e)
{
	struct damage d = {.count = 1};
	struct scene *last;

	if (u->is_gate)
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

int64_t ui_show(struct ui *u, const struct view *v, struct err *e)
{
	bool first = !u->shown || u->is_gate;

	/* A quick answer follows: the last picture stays until then. */
	if (!first && v->session.state == SESSION_CHECKING && !v->checking_slow)
		return 0;
	if (!first && memcmp(&u->view, v, sizeof(*v)) == 0)
		return 0;
	if (u->view.session.state != v->session.state) {
		u->held = false; /* what was held is gone */
		sodium_memzero(&u->qr, sizeof(u->qr));
	}
	memcpy(&u->view, v, sizeof(*v));
	u->shown = true;
	u->is_gate = false;
	return refresh(u, first, e);
}

int64_t ui_show_gate(struct ui *u, const struct gate_view *v, struct err *e)
{
	bool first = !u->shown || !u->is_gate;

	if (!first && memcmp(&u->gate, v, sizeof(*v)) == 0)
		return 0;
	if (u->gate.session.state != v->session.state)
		u->held = false; /* what was held is gone */
	memcpy(&u->gate, v, sizeof(*v));
	u->shown = u->is_gate = true;
	return refresh(u, first, e);
}

void ui_sound(struct ui *u, enum ui_sound sound)
{
	sound_play(u->sound, sound);
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
	return key->press != GATE_PRESS_NONE ? UI_PRESS : UI_ACTION;
}

static bool let_go(struct ui *u, int x, int y, struct ui_event *out)
{
	bool fire = u->held && u->inside && on_held(u, x, y);

	if (!u->held)
		return false;
	u->held = u->inside = false;
	if (fire) {
		out->kind = kind_of(&u->key);
		out->action = u->key.action;
		out->press = u->key.press;
		out->symbol = out->kind == UI_SYMBOL ? u->key.symbol : '\0';
	}
	sodium_memzero(&u->key, sizeof(u->key));
	repaint(u, false);
	return fire;
}

static bool on_mouse(struct ui *u, const SDL_Event *ev, struct ui_event *out)
{
	if (u->held && u->touch)
		return false;
	if (ev->type == SDL_MOUSEMOTION) {
		slide(u, ev->motion.x, ev->motion.y);
		return false;
	}
	if (ev->button.button != SDL_BUTTON_LEFT)
		return false;
	if (ev->type == SDL_MOUSEBUTTONUP)
		return let_go(u, ev->button.x, ev->button.y, out);
	u->touch = false;
	press(u, ev->button.x, ev->button.y);
	return false;
}

/* One finger at a time: a palm beside it does nothing. */
static bool on_finger(struct ui *u, const SDL_TouchFingerEvent *f,
    struct ui_event *out)
{
	int x = (int)(f->x * (float)u->theme.width_px);
	int y = (int)(f->y * (float)u->theme.height_px);

	if (u->held && (!u->touch || u->finger != f->fingerId))
		return false;
	if (f->type == SDL_FINGERMOTION) {
		slide(u, x, y);
		return false;
	}
	if (f->type == SDL_FINGERUP)
		return let_go(u, x, y, out);
	u->touch = true;
	u->finger = f->fingerId;
	press(u, x, y);
	return false;
}

static bool on_event(struct ui *u, const SDL_Event *ev, struct ui_event *out)
{
	if (ev->type == SDL_QUIT) {
		out->kind = UI_QUIT;
		return true;
	}
	if (ev->type == SDL_WINDOWEVENT &&
	    (ev->window.event == SDL_WINDOWEVENT_EXPOSED ||
		ev->window.event == SDL_WINDOWEVENT_SIZE_CHANGED))
		repaint(u, true);
	if (ev->type == SDL_MOUSEMOTION || ev->type == SDL_MOUSEBUTTONDOWN ||
	    ev->type == SDL_MOUSEBUTTONUP)
		return on_mouse(u, ev, out);
	if (ev->type == SDL_FINGERMOTION || ev->type == SDL_FINGERDOWN ||
	    ev->type == SDL_FINGERUP)
		return on_finger(u, &ev->tfinger, out);
	/* Keyboards do nothing here: a scanner may look like one. */
	return false;
}

bool ui_next_event(struct ui *u, struct ui_event *out)
{
	SDL_Event ev;

	memset(out, 0, sizeof(*out));
	while (SDL_PollEvent(&ev)) {
		if (on_event(u, &ev, out))
			return true;
	}
	return false;
}

int ui_save_png(struct ui *u, const char *path, struct err *e)
{
	png_image image = {.version = PNG_IMAGE_VERSION,
	    .width = (png_uint_32)u->theme.width_px,
	    .height = (png_uint_32)u->theme.height_px,
	    .format = PNG_FORMAT_BGR};
	size_t row = 3 * (size_t)image.width;
	uint8_t *rgb;
	int r;

	r = take_surface(u, e);
	if (r < 0)
		return r;
	rgb = malloc(row * image.height);
	if (rgb == NULL)
		return err_set(e, -ENOMEM, "ui: out of memory");
	for (uint32_t y = 0; y < image.height; y++) {
		const uint8_t *in = (const uint8_t *)u->surface->pixels +
		    (size_t)y * (size_t)u->surface->pitch;

		for (uint32_t x = 0; x < image.width; x++)
			memcpy(rgb + y * row + 3 * x, in + 4 * x, 3);
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
    [ITEM_SCRIM] = "scrim"};

/* A gate's button is named by its press, in place of its kind. */
static const char *name_of(const struct item *it)
{
	if (it->press != GATE_PRESS_NONE)
		return gate_press_name(it->press);
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
