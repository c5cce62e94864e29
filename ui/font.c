#include "font.h"

#include <SDL_ttf.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
	FACES = 5, /* the screen's four and the paper's mono */
	/* (face, size) pairs kept open. Each holds some 200 KB of tables; more
	 * than 16 saved no time in any figure. */
	OPEN_MAX_FONTS = 24,
	MASKS_MAX = 160,
	MASKS_BYTES = 3 * 1024 * 1024,
	WIDTH_SETS = 512, /* a power of two */
	WIDTH_WAYS = 4,   /* runs that may share a set */
	RUN_MAX = 256
};

static const struct {
	const char *dir, *file, *package;
} faces[FACES] = {
    [FONT_REGULAR] = {"/usr/share/fonts/opentype/inter", "Inter-Regular.otf",
	"fonts-inter"},
    [FONT_SEMI] = {"/usr/share/fonts/opentype/inter", "Inter-SemiBold.otf",
	"fonts-inter"},
    [FONT_BOLD] = {"/usr/share/fonts/opentype/inter", "Inter-Bold.otf",
	"fonts-inter"},
    [FONT_MONO] = {"/usr/share/fonts/truetype/jetbrains-mono",
	"JetBrainsMono-Bold.ttf", "fonts-jetbrains-mono"},
    [FONTS] = {"/usr/share/fonts/truetype/jetbrains-mono",
	"JetBrainsMono-Regular.ttf", "fonts-jetbrains-mono"},
};

struct open_font {
	TTF_Font *ttf;
	int face, size;
	uint64_t used;
};

struct kept_mask {
	struct mask mask;
	uint64_t key, used;
};

struct width {
	uint64_t key;
	int width;
};

/* A font file, read once: FreeType asks for it in thousands of small
 * reads, anew for each size. */
struct face {
	void *bytes;
	size_t len;
};

struct fonts {
	struct face face[FACES];
	struct open_font open[OPEN_MAX_FONTS];
	struct kept_mask mask[MASKS_MAX];
	struct mask once; /* the last run that is not to be kept */
	struct width width[WIDTH_SETS][WIDTH_WAYS]; /* newest first */
	size_t mask_bytes;
	uint64_t clock;
	struct glyph_source glyphs;
	bool ttf_ready;
};

/* Eight bytes a step; the finaliser of MurmurHash3 after each, so that every
 * bit of the last step counts as much as those of the first. */
static uint64_t mix(uint64_t h, uint64_t bytes)
{
	h ^= bytes;
	h = (h ^ h >> 33) * 0xff51afd7ed558ccdu;
	h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53u;
	return h ^ h >> 33;
}

static uint64_t run_key(int face, int size, struct str text)
{
	uint64_t h = mix((uint64_t)face << 32 | (uint32_t)size, text.len), word;

	for (; text.len > 0; text = str_cut(text, sizeof(word), text.len)) {
		word = 0;
		memcpy(&word, text.ptr,
		    text.len < sizeof(word) ? text.len : sizeof(word));
		h = mix(h, word);
	}
	return h == 0 ? 1 : h;
}

/* What a visitor typed is never kept: only single symbols of the mono. */
static bool may_keep(int face, struct str text)
{
	return face != FONT_MONO || text.len <= 1;
}

static void mask_free(struct mask *m)
{
	if (m->cover != NULL)
		explicit_bzero(m->cover, (size_t)m->w * (size_t)m->h);
	free(m->cover);
	*m = (struct mask){NULL, 0, 0};
}

static TTF_Font *open_face(const struct face *face, int size)
{
	SDL_RWops *in = SDL_RWFromConstMem(face->bytes, (int)face->len);

	return in == NULL ? NULL : TTF_OpenFontRW(in, 1, size);
}

static TTF_Font *font_at(struct fonts *f, int face, int size)
{
	struct open_font *oldest = &f->open[0];

	for (int i = 0; i < OPEN_MAX_FONTS; i++) {
		struct open_font *o = &f->open[i];

		if (o->ttf != NULL && o->face == face && o->size == size) {
			o->used = ++f->clock;
			return o->ttf;
		}
		if (o->used < oldest->used)
			oldest = o;
	}
	if (oldest->ttf != NULL)
		TTF_CloseFont(oldest->ttf);
	oldest->ttf = open_face(&f->face[face], size);
	if (oldest->ttf == NULL) {
		oldest->used = 0;
		return NULL;
	}
	TTF_SetFontHinting(oldest->ttf, TTF_HINTING_LIGHT_SUBPIXEL);
	*oldest = (struct open_font){oldest->ttf, face, size, ++f->clock};
	return oldest->ttf;
}

/* SDL_ttf wants a NUL; a run that is too long is cut. */
static const char *terminated(struct str text, char run[RUN_MAX])
{
	if (!str_copy(run, RUN_MAX, text) &&
	    !str_copy(run, RUN_MAX, str_cut(text, 0, RUN_MAX - 1)))
		run[0] = '\0';
	return run;
}

/* The kept width of a run, -1 = none. */
static int width_find(const struct width *set, uint64_t key)
{
	for (int i = 0; i < WIDTH_WAYS; i++) {
		if (set[i].key == key)
			return set[i].width;
	}
	return -1;
}

static void width_keep(struct width *set, uint64_t key, int width)
{
	memmove(set + 1, set, (WIDTH_WAYS - 1) * sizeof(*set));
	set[0] = (struct width){key, width};
}

static int measure(struct fonts *f, int face, int size, struct str text)
{
	uint64_t key = run_key(face, size, text);
	struct width *set = f->width[key & (WIDTH_SETS - 1)];
	int width = width_find(set, key);
	char run[RUN_MAX];
	TTF_Font *ttf;

	if (text.len == 0)
		return 0;
	if (width >= 0)
		return width;
	ttf = font_at(f, face, size);
	if (ttf == NULL ||
	    TTF_SizeUTF8(ttf, terminated(text, run), &width, NULL) != 0)
		width = 0;
	if (may_keep(face, text))
		width_keep(set, key, width);
	explicit_bzero(run, sizeof(run));
	return width;
}

static int screen_width(void *self, enum font font, int size, struct str s)
{
	return measure(self, (int)font, size, s);
}

static int screen_ascent(void *self, enum font font, int size)
{
	TTF_Font *ttf = font_at(self, (int)font, size);

	return ttf == NULL ? size : TTF_FontAscent(ttf);
}

static int screen_height(void *self, enum font font, int size)
{
	TTF_Font *ttf = font_at(self, (int)font, size);

	return ttf == NULL ? size * 5 / 4 : TTF_FontHeight(ttf);
}

struct metrics fonts_metrics(struct fonts *f)
{
	return (struct metrics){f, screen_width, screen_ascent, screen_height};
}

static struct kept_mask *mask_find(struct fonts *f, uint64_t key)
{
	for (int i = 0; i < MASKS_MAX; i++) {
		if (f->mask[i].key == key) {
			f->mask[i].used = ++f->clock;
			return &f->mask[i];
		}
	}
	return NULL;
}

static struct kept_mask *mask_evict(struct fonts *f)
{
	struct kept_mask *oldest = &f->mask[0];

	for (int i = 0; i < MASKS_MAX; i++) {
		if (f->mask[i].used < oldest->used)
			oldest = &f->mask[i];
	}
	f->mask_bytes -= (size_t)oldest->mask.w * (size_t)oldest->mask.h;
	mask_free(&oldest->mask);
	oldest->key = oldest->used = 0;
	return oldest;
}

static struct kept_mask *oldest_used(struct fonts *f)
{
	struct kept_mask *found = NULL;

	for (int i = 0; i < MASKS_MAX; i++) {
		if (f->mask[i].key != 0 &&
		    (found == NULL || f->mask[i].used < found->used))
			found = &f->mask[i];
	}
	return found;
}

static const struct mask *mask_keep(struct fonts *f, uint64_t key,
    struct mask m)
{
	struct kept_mask *k, *old;

	f->mask_bytes += (size_t)m.w * (size_t)m.h;
	while (f->mask_bytes > MASKS_BYTES && (old = oldest_used(f)) != NULL) {
		f->mask_bytes -= (size_t)old->mask.w * (size_t)old->mask.h;
		mask_free(&old->mask);
		old->key = old->used = 0;
	}
	k = mask_evict(f);
	*k = (struct kept_mask){m, key, ++f->clock};
	return &k->mask;
}

/* Shaded gives one byte a dot: the step from black to white, so the cover. */
static bool render(struct fonts *f, int face, int size, struct str text,
    struct mask *out)
{
	static const SDL_Color black = {0, 0, 0, 255},
			       white = {255, 255, 255, 255};
	char run[RUN_MAX];
	TTF_Font *ttf = font_at(f, face, size);
	SDL_Surface *s = NULL;

	if (ttf != NULL)
		s = TTF_RenderUTF8_Shaded(ttf, terminated(text, run), white,
		    black);
	explicit_bzero(run, sizeof(run));
	if (s == NULL)
		return false;
	*out = (struct mask){malloc((size_t)s->w * (size_t)s->h), s->w, s->h};
	for (int y = 0; out->cover != NULL && y < s->h; y++)
		memcpy(out->cover + y * s->w,
		    (const uint8_t *)s->pixels + y * s->pitch, (size_t)s->w);
	SDL_FreeSurface(s);
	return out->cover != NULL;
}

static const struct mask *text_mask(struct fonts *f, int face, int size,
    struct str text)
{
	uint64_t key = run_key(face, size, text);
	struct kept_mask *k = mask_find(f, key);
	struct mask m = {NULL, 0, 0};

	if (text.len == 0)
		return NULL;
	if (k != NULL)
		return &k->mask;
	if (!render(f, face, size, text, &m))
		return NULL;
	if (may_keep(face, text))
		return mask_keep(f, key, m);
	mask_free(&f->once);
	f->once = m;
	return &f->once;
}

const struct mask *fonts_text(struct fonts *f, enum font font, int size,
    struct str text)
{
	return text_mask(f, (int)font, size, text);
}

const struct mask *fonts_icon(struct fonts *f, enum icon icon, int side)
{
	uint64_t key = run_key(1000 + (int)icon, side, str_from("icon"));
	struct kept_mask *k = mask_find(f, key);
	struct mask m = {NULL, side, side};

	if (k != NULL)
		return &k->mask;
	if (side <= 0)
		return NULL;
	m.cover = malloc((size_t)side * (size_t)side);
	if (m.cover == NULL)
		return NULL;
	icon_draw(icon, &m);
	return mask_keep(f, key, m);
}

static const int paper_face[] = {
    [GLYPH_REGULAR] = FONT_REGULAR,
    [GLYPH_BOLD] = FONT_BOLD,
    [GLYPH_MONO] = FONTS,
    [GLYPH_MONO_BOLD] = FONT_MONO,
};

static int paper_measure(void *self, enum glyph_font font, int size,
    struct str text)
{
	return measure(self, paper_face[font], size, text);
}

static int paper_ascent(void *self, enum glyph_font font, int size)
{
	return screen_ascent(self, (enum font)paper_face[font], size);
}

/* Dots at..at+n of one row, from as many of a mask, a byte of dots at once. */
static void paper_row(uint8_t *bits, const uint8_t *cover, int n, int at,
    bool white)
{
	uint8_t *to = bits + at / 8;
	int skip = at & 7;

	while (n > 0) {
		int take = n < 8 - skip ? n : 8 - skip;
		unsigned dots = 0;

		for (int i = 0; i < take; i++)
			dots = dots << 1 | cover[i] >> 7;
		dots <<= 8 - skip - take;
		*to = (uint8_t)(white ? *to & ~dots : *to | dots);
		cover += take;
		n -= take;
		skip = 0;
		to++;
	}
}

static void paper_draw(void *self, enum glyph_font font, int size,
    struct str text, struct bitmap *to, int x, int y, bool white)
{
	const struct mask *m = text_mask(self, paper_face[font], size, text);
	struct rect r;

	if (m == NULL)
		return;
	r = rect_clip((struct rect){x, y, m->w, m->h},
	    (struct rect){0, 0, to->width, to->height});
	for (int row = r.y; row < r.y + r.h; row++)
		paper_row(to->bits + row * to->stride,
		    m->cover + (row - y) * m->w + (r.x - x), r.w, r.x, white);
}

const struct glyph_source *fonts_glyphs(struct fonts *f)
{
	return &f->glyphs;
}

static int read_face(const char *dir, int i, struct face *out, struct err *e)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir != NULL ? dir : faces[i].dir,
	    faces[i].file);
	out->bytes = SDL_LoadFile(path, &out->len);
	if (out->bytes == NULL || out->len == 0 || out->len > INT_MAX)
		return err_set(e, -ENOENT,
		    "ui: the font %s is missing: "
		    "install the Debian package %s",
		    path, faces[i].package);
	return 0;
}

int fonts_open(const char *dir, struct fonts **out, struct err *e)
{
	struct fonts *f = calloc(1, sizeof(*f));
	int r = 0;

	*out = NULL;
	if (f == NULL)
		return err_set(e, -ENOMEM, "ui: out of memory");
	f->ttf_ready = TTF_Init() == 0;
	if (!f->ttf_ready) {
		r = err_set(e, -EIO, "ui: SDL_ttf: %s", TTF_GetError());
		goto out;
	}
	for (int i = 0; i < FACES && r == 0; i++)
		r = read_face(dir, i, &f->face[i], e);
	if (r < 0)
		goto out;
	f->glyphs = (struct glyph_source){f, paper_measure, paper_ascent,
	    paper_draw};
	*out = f;
	f = NULL;
out:
	fonts_close(f);
	return r;
}

void fonts_close(struct fonts *f)
{
	if (f == NULL)
		return;
	for (int i = 0; i < OPEN_MAX_FONTS; i++) {
		if (f->open[i].ttf != NULL)
			TTF_CloseFont(f->open[i].ttf);
	}
	for (int i = 0; i < MASKS_MAX; i++)
		mask_free(&f->mask[i].mask);
	mask_free(&f->once);
	if (f->ttf_ready)
		TTF_Quit();
	for (int i = 0; i < FACES; i++)
		SDL_free(f->face[i].bytes);
	free(f);
}
