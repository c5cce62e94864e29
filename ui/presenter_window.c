#include "presenter.h"

#include <SDL.h>
#include <SDL_syswm.h>
#include <X11/Xlib.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MOUSE = -1 };

struct window {
	struct presenter base;
	int width_px, height_px;
	SDL_Window *window;
	SDL_Surface *surface; /* the window's, borrowed */
	bool sdl_ready;
	bool blank;
	bool lit;
};

static struct window *of(struct presenter *p)
{
	return (struct window *)(void *)p;
}

static const struct window *of_const(const struct presenter *p)
{
	return (const struct window *)(const void *)p;
}

static int start_sdl(struct window *w, struct err *e)
{
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
	w->sdl_ready = true;
	SDL_StopTextInput();
	SDL_EnableScreenSaver();
	SDL_DisableScreenSaver();
	return 0;
}

static int make_window(struct window *w, bool fullscreen, struct err *e)
{
	Uint32 flags = fullscreen
	    ? SDL_WINDOW_FULLSCREEN_DESKTOP | SDL_WINDOW_BORDERLESS
	    : 0;

	w->window = SDL_CreateWindow("Karcis", SDL_WINDOWPOS_UNDEFINED,
	    SDL_WINDOWPOS_UNDEFINED, w->width_px, w->height_px, flags);
	if (w->window == NULL)
		return err_set(e, -ENODEV, "ui: no window can be opened: %s",
		    SDL_GetError());
	if (fullscreen)
		SDL_ShowCursor(SDL_DISABLE);
	return 0;
}

/* The surface is only good until the window changes; asked before use. */
static int take_surface(struct window *w, struct err *e)
{
	SDL_Surface *s = SDL_GetWindowSurface(w->window);

	w->surface = NULL;
	if (s == NULL)
		return err_set(e, -EIO, "ui: no picture memory: %s",
		    SDL_GetError());
	if (s->format->BytesPerPixel != 4 || s->format->Rmask != 0xFF0000 ||
	    s->format->Bmask != 0x0000FF)
		return err_set(e, -ENOTSUP,
		    "ui: the display needs 32 bits a "
		    "pixel, it has %d",
		    s->format->BitsPerPixel);
	if (s->w < w->width_px || s->h < w->height_px)
		return err_set(e, -ERANGE,
		    "ui: the display is %dx%d, the "
		    "configured panel %dx%d",
		    s->w, s->h, w->width_px, w->height_px);
	w->surface = s;
	return 0;
}

static int picture(struct presenter *p, struct picture *out, struct err *e)
{
	struct window *w = of(p);
	int r = take_surface(w, e);

	if (r < 0)
		return r;
	out->px = w->surface->pixels;
	out->stride_px = w->surface->pitch / 4;
	return 0;
}

static int present(struct presenter *p, const struct rect *r, int count,
    struct err *e)
{
	struct window *w = of(p);
	SDL_Rect rects[DAMAGE_RECTS];

	if (w->blank)
		return 0;
	for (int i = 0; i < count; i++)
		rects[i] = (SDL_Rect){r[i].x, r[i].y, r[i].w, r[i].h};
	if (SDL_UpdateWindowSurfaceRects(w->window, rects, count) != 0)
		return err_set(e, -EIO, "ui: the picture cannot be shown: %s",
		    SDL_GetError());
	w->lit = true;
	return 0;
}

static int fd(const struct presenter *p)
{
	SDL_SysWMinfo info;

	SDL_VERSION(&info.version);
	if (!SDL_GetWindowWMInfo(of_const(p)->window, &info) ||
	    info.subsystem != SDL_SYSWM_X11)
		return -1;
	return ConnectionNumber(info.info.x11.display);
}

static bool take_mouse(const SDL_Event *ev, struct input *out)
{
	out->finger = MOUSE;
	if (ev->type == SDL_MOUSEMOTION) {
		out->kind = INPUT_MOVE;
		out->x = ev->motion.x;
		out->y = ev->motion.y;
		return true;
	}
	if (ev->button.button != SDL_BUTTON_LEFT)
		return false;
	out->kind = ev->type == SDL_MOUSEBUTTONUP ? INPUT_RELEASE : INPUT_PRESS;
	out->x = ev->button.x;
	out->y = ev->button.y;
	return true;
}

static bool take_finger(const struct window *w, const SDL_TouchFingerEvent *f,
    struct input *out)
{
	out->kind = f->type == SDL_FINGERMOTION ? INPUT_MOVE
	    : f->type == SDL_FINGERUP           ? INPUT_RELEASE
						: INPUT_PRESS;
	out->finger = f->fingerId & INT64_MAX;
	out->x = (int)(f->x * (float)w->width_px);
	out->y = (int)(f->y * (float)w->height_px);
	return true;
}

static bool take(const struct window *w, const SDL_Event *ev, struct input *out)
{
	if (ev->type == SDL_QUIT) {
		out->kind = INPUT_QUIT;
		return true;
	}
	if (ev->type == SDL_WINDOWEVENT &&
	    (ev->window.event == SDL_WINDOWEVENT_EXPOSED ||
		ev->window.event == SDL_WINDOWEVENT_SIZE_CHANGED)) {
		out->kind = INPUT_EXPOSE;
		return true;
	}
	if (ev->type == SDL_MOUSEMOTION || ev->type == SDL_MOUSEBUTTONDOWN ||
	    ev->type == SDL_MOUSEBUTTONUP)
		return take_mouse(ev, out);
	if (ev->type == SDL_FINGERMOTION || ev->type == SDL_FINGERDOWN ||
	    ev->type == SDL_FINGERUP)
		return take_finger(w, &ev->tfinger, out);
	/* Keyboards do nothing here: a scanner may look like one. */
	return false;
}

static bool next(struct presenter *p, struct input *out)
{
	SDL_Event ev;

	while (SDL_PollEvent(&ev)) {
		memset(out, 0, sizeof(*out));
		if (take(of(p), &ev, out))
			return true;
	}
	return false;
}

/* A desktop has a screen saver of its own: a black picture will do. The one
 * that was there is painted again by the expose that follows. */
static void blank(struct presenter *p, bool on)
{
	struct window *w = of(p);
	struct err e = {0};

	if (w->blank == on)
		return;
	w->blank = on;
	if (!on || take_surface(w, &e) < 0)
		return;
	if (SDL_FillRect(w->surface, NULL, 0) != 0 ||
	    SDL_UpdateWindowSurface(w->window) != 0)
		w->blank = false;
}

static void brightness(struct presenter *p, int percent)
{
	(void)p; /* the desktop's */
	(void)percent;
}

static bool note(struct presenter *p, struct err *out)
{
	(void)p;
	(void)out;
	return false;
}

static bool lit(const struct presenter *p)
{
	return of_const(p)->lit;
}

static void end(struct presenter *p)
{
	struct window *w = of(p);

	if (w->window != NULL)
		SDL_DestroyWindow(w->window);
	if (w->sdl_ready)
		SDL_Quit();
	free(w);
}

static const struct presenter_ops ops = {
    .picture = picture,
    .present = present,
    .fd = fd,
    .next = next,
    .blank = blank,
    .brightness = brightness,
    .note = note,
    .lit = lit,
    .close = end,
};

int window_display(int *width_px, int *height_px, struct err *e)
{
	SDL_DisplayMode mode;
	int r = 0;

	if (SDL_InitSubSystem(SDL_INIT_VIDEO) != 0)
		return err_set(e, -ENODEV, "ui: no display can be opened: %s",
		    SDL_GetError());
	if (SDL_GetDesktopDisplayMode(0, &mode) != 0)
		r = err_set(e, -ENODEV, "ui: the display has no size: %s",
		    SDL_GetError());
	SDL_QuitSubSystem(SDL_INIT_VIDEO);
	if (r == 0) {
		*width_px = mode.w;
		*height_px = mode.h;
	}
	return r;
}

int window_open(const struct window_config *c, struct presenter **out,
    struct err *e)
{
	struct window *w = calloc(1, sizeof(*w));
	int r;

	*out = NULL;
	if (w == NULL)
		return err_set(e, -ENOMEM, "ui: out of memory");
	w->base.ops = &ops;
	w->width_px = c->width_px;
	w->height_px = c->height_px;
	r = start_sdl(w, e);
	if (r == 0)
		r = make_window(w, c->fullscreen, e);
	if (r == 0)
		r = take_surface(w, e);
	if (r < 0) {
		end(&w->base);
		return r;
	}
	*out = &w->base;
	return 0;
}
