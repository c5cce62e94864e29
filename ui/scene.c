#include "scene.h"

#include <sodium.h>
#include <string.h>

bool rect_meets(struct rect a, struct rect b)
{
	return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h &&
	    b.y < a.y + a.h;
}

bool rect_contains(struct rect outer, struct rect inner)
{
	return inner.x >= outer.x && inner.y >= outer.y &&
	    inner.x + inner.w <= outer.x + outer.w &&
	    inner.y + inner.h <= outer.y + outer.h;
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

static int most(int a, int b)
{
	return a > b ? a : b;
}

struct rect rect_union(struct rect a, struct rect b)
{
	int x = least(a.x, b.x), y = least(a.y, b.y);

	return (struct rect){x, y, most(a.x + a.w, b.x + b.w) - x,
	    most(a.y + a.h, b.y + b.h) - y};
}

struct rect rect_clip(struct rect a, struct rect b)
{
	int x = most(a.x, b.x), y = most(a.y, b.y);

	return (struct rect){x, y, most(0, least(a.x + a.w, b.x + b.w) - x),
	    most(0, least(a.y + a.h, b.y + b.h) - y)};
}

struct rect rect_inset(struct rect r, int by)
{
	return (struct rect){r.x + by, r.y + by, r.w - 2 * by, r.h - 2 * by};
}

void scene_clear(struct scene *s)
{
	/* Items past the count are still zero. */
	sodium_memzero(s->item, sizeof(s->item[0]) * (size_t)s->count);
	sodium_memzero(&s->qr, sizeof(s->qr));
	memset(&s->paper, 0, sizeof(s->paper));
	s->count = 0;
	s->full = false;
}

static struct item *add(struct scene *s, enum item_kind kind, struct rect r)
{
	static struct item spare; /* a full scene swallows the rest */
	struct item *it = &spare;

	if (s->count < SCENE_ITEMS)
		it = &s->item[s->count++];
	else
		s->full = true;
	memset(it, 0, sizeof(*it));
	it->kind = kind;
	it->r = r;
	return it;
}

struct item *scene_box(struct scene *s, struct rect r, enum colour fill,
    enum colour edge, int radius, int stroke)
{
	struct item *it = add(s, ITEM_BOX, r);

	it->fill = fill;
	it->edge = edge;
	it->radius = radius;
	it->stroke = stroke;
	return it;
}

void scene_icon(struct scene *s, struct rect r, enum icon icon,
    enum colour colour)
{
	struct item *it = add(s, ITEM_ICON, r);

	it->icon = icon;
	it->fill = colour;
}

void scene_qr(struct scene *s, struct rect r, const struct ticket_text *qr)
{
	(void)add(s, ITEM_QR, r);
	s->qr = *qr;
}

void scene_paper(struct scene *s, struct rect r, const struct tech_paper *paper)
{
	(void)add(s, ITEM_PAPER, r);
	s->paper = *paper;
}

void scene_cover(struct scene *s, struct rect r)
{
	for (int i = 0; i < s->count; i++) {
		s->item[i].action = ACTION_NONE;
		s->item[i].press = GATE_PRESS_NONE;
		s->item[i].tech = TECH_PRESS_NONE;
		s->item[i].symbol = '\0';
	}
	(void)add(s, ITEM_SCRIM, r);
}

/* Line breaks of a text at one size. */
struct lines {
	struct str line[8];
	int count;
	bool fits;
};

static void break_lines(const struct metrics *m, struct style st, int width,
    int lines, struct str text, struct lines *out)
{
	size_t start = 0, good = 0, i;

	out->count = 0;
	out->fits = true;
	for (i = 0; i <= text.len; i++) {
		struct str run = str_cut(text, start, i - start);

		if (i < text.len && text.ptr[i] != ' ')
			continue;
		if (m->width(m->self, st.font, st.size, run) > width) {
			if (good == start || out->count + 1 >= lines) {
				out->fits = false;
			} else {
				out->line[out->count++] = str_cut(text, start,
				    good - start);
				start = good + 1;
				run = str_cut(text, start, i - start);
				if (m->width(m->self, st.font, st.size, run) >
				    width)
					out->fits = false;
			}
		}
		good = i;
	}
	out->line[out->count++] = str_cut(text, start, text.len - start);
}

static int leading(int size)
{
	return size * 5 / 4;
}

/* Two lines of like length read better than a long one and a lone word. */
static void balance(const struct metrics *m, struct style st, int width,
    int lines, struct str text, struct lines *out)
{
	int lo = width / 3, hi = width, want = out->count;

	if (want < 2 || want > 3)
		return;
	while (hi - lo > 8) {
		int mid = (lo + hi) / 2;

		break_lines(m, st, mid, lines, text, out);
		if (out->fits && out->count <= want)
			hi = mid;
		else
			lo = mid;
	}
	break_lines(m, st, hi, lines, text, out);
}

static void put_line(struct scene *s, const struct metrics *m, struct rect r,
    struct style st, int baseline, struct str line, bool overflow)
{
	int w = m->width(m->self, st.font, st.size, line);
	int x = st.align == ALIGN_LEFT ? r.x
	    : st.align == ALIGN_RIGHT  ? r.x + r.w - w
				       : r.x + (r.w - w) / 2;
	struct item *it = add(s, ITEM_TEXT,
	    (struct rect){x, baseline - m->ascent(m->self, st.font, st.size), w,
		m->height(m->self, st.font, st.size)});

	it->fill = st.colour;
	it->font = st.font;
	it->size = st.size;
	it->overflow = !str_copy(it->text, sizeof(it->text), line);
	it->overflow |= overflow;
}

/* Inter's and JetBrains Mono's capitals are 0.73 em. */
static int capital(int size)
{
	return size * 73 / 100;
}

static int lay(struct scene *s, const struct metrics *m, struct rect r,
    struct style st, int lines, struct str text, bool centred)
{
	int baseline, used, room;
	struct lines l;

	if (text.len == 0)
		return 0;
	for (;;) {
		break_lines(m, st, r.w, lines, text, &l);
		used = (l.count - 1) * leading(st.size) + capital(st.size);
		/* Lines below others need room for their descenders. */
		room = r.h - (l.count > 1 ? st.size / 5 : 0);
		if ((l.fits && used <= room) || st.size <= st.smallest)
			break;
		st.size -= most(1, st.size / 32);
	}
	if (l.fits)
		balance(m, st, r.w, lines, text, &l);
	baseline = r.y + capital(st.size);
	if (centred)
		baseline += (room - used) / 2;
	for (int i = 0; i < l.count; i++)
		put_line(s, m, r, st, baseline + i * leading(st.size),
		    l.line[i], !l.fits || used > room);
	return used;
}

int scene_text(struct scene *s, const struct metrics *m, struct rect r,
    struct style st, int lines, struct str text)
{
	return lay(s, m, r, st, lines, text, true);
}

int scene_text_top(struct scene *s, const struct metrics *m, struct rect r,
    struct style st, int lines, struct str text)
{
	return lay(s, m, r, st, lines, text, false);
}

bool item_is_key(const struct item *it)
{
	return it->action != ACTION_NONE || it->press != GATE_PRESS_NONE ||
	    it->tech != TECH_PRESS_NONE || it->symbol != '\0';
}

int scene_hit(const struct scene *s, int x, int y)
{
	for (int i = s->count - 1; i >= 0; i--) {
		const struct item *it = &s->item[i];

		if (item_is_key(it) &&
		    rect_meets(it->r, (struct rect){x, y, 1, 1}))
			return i;
	}
	return -1;
}

void scene_press(struct scene *s, int index)
{
	struct item *it = &s->item[index];

	it->fill = theme_pressed(it->fill);
}

static int64_t area(struct rect r)
{
	return (int64_t)r.w * r.h;
}

/* One present costs more than a few pixels between two neighbours. */
static bool join(struct rect a, struct rect b)
{
	return rect_meets(a, b) ||
	    area(rect_union(a, b)) * 3 <= (area(a) + area(b)) * 4;
}

static void damage_add(struct damage *d, struct rect r, struct rect screen)
{
	r = rect_clip(r, screen);
	if (r.w == 0 || r.h == 0)
		return;
	for (int i = 0; i < d->count; i++) {
		if (!join(d->r[i], r))
			continue;
		/* Join, then start again: the union may meet others. */
		r = rect_union(d->r[i], r);
		d->r[i] = d->r[--d->count];
		i = -1;
	}
	if (d->count == DAMAGE_RECTS) {
		struct rect last = d->r[--d->count];

		damage_add(d, rect_union(last, r), screen);
		return;
	}
	d->r[d->count++] = r;
}

static bool same(const struct scene *a, int i, const struct scene *b, int k)
{
	if (memcmp(&a->item[i], &b->item[k], sizeof(a->item[i])) != 0)
		return false;
	if (a->item[i].kind == ITEM_PAPER)
		return a->paper.serial == b->paper.serial;
	return a->item[i].kind != ITEM_QR ||
	    memcmp(&a->qr, &b->qr, sizeof(a->qr)) == 0;
}

void scene_damage(const struct scene *a, const struct scene *b,
    struct rect screen, struct damage *out)
{
	int head = 0, tail = 0, i;

	out->count = 0;
	while (head < a->count && head < b->count && same(a, head, b, head))
		head++;
	while (tail < a->count - head && tail < b->count - head &&
	    same(a, a->count - 1 - tail, b, b->count - 1 - tail))
		tail++;
	for (i = head; i < a->count - tail || i < b->count - tail; i++) {
		bool in_a = i < a->count - tail, in_b = i < b->count - tail;

		if (in_a && in_b && same(a, i, b, i))
			continue;
		if (in_a)
			damage_add(out, a->item[i].r, screen);
		if (in_b)
			damage_add(out, b->item[i].r, screen);
	}
}
