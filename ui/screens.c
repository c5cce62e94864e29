#include "screens.h"

#include <string.h>

struct rect build_rect(const struct build *b, struct box x)
{
	int left = theme_px(b->t, x.x), top = theme_px(b->t, x.y);

	return (struct rect){left, top, theme_px(b->t, x.x + x.w) - left,
	    theme_px(b->t, x.y + x.h) - top};
}

struct item *build_box(struct build *b, struct box x, enum colour fill,
    enum colour edge, double radius)
{
	int stroke = theme_px(b->t, b->t->wide ? 0.5 : 0.9);

	return scene_box(b->s, build_rect(b, x), fill, edge,
	    theme_px(b->t, radius), stroke > 1 ? stroke : 2);
}

struct item *build_card(struct build *b, struct box x)
{
	double r = b->t->wide ? 4 : 8, fall = b->t->wide ? 0.5 : 1;

	build_box(b, (struct box){x.x, x.y + fall, x.w, x.h}, COL_SHADOW,
	    COL_NONE, r);
	return build_box(b, x, COL_CARD, COL_NONE, r);
}

void build_icon(struct build *b, struct box x, enum icon i, enum colour c)
{
	struct rect r = build_rect(b, x);

	r.h = r.w = r.w < r.h ? r.w : r.h;
	scene_icon(b->s, r, i, c);
}

struct style build_style(const struct build *b, enum font f,
    enum type_role role, enum colour c, enum align a)
{
	return (struct style){f, theme_type(b->t, role),
	    theme_smallest(b->t, role), c, a};
}

void build_text(struct build *b, struct box x, struct style st, int lines,
    const char *text)
{
	(void)scene_text(b->s, b->m, build_rect(b, x), st, lines,
	    str_from(text));
}

void build_text_top(struct build *b, struct box x, struct style st, int lines,
    const char *text)
{
	(void)scene_text_top(b->s, b->m, build_rect(b, x), st, lines,
	    str_from(text));
}

static double role_mm(const struct build *b, enum type_role role)
{
	return theme_type(b->t, role) / b->t->px;
}

struct item *build_button(struct build *b, struct box x, enum button look,
    enum icon icon, const char *text, enum action action)
{
	static const struct {
		enum colour fill, edge, ink;
	} looks[] = {
	    [BUTTON_PRIMARY] = {COL_BRAND, COL_NONE, COL_CARD},
	    [BUTTON_SECONDARY] = {COL_CARD, COL_BRAND, COL_BRAND},
	    [BUTTON_FOOTER] = {COL_CARD, COL_BRAND, COL_BRAND},
	    [BUTTON_OFF] = {COL_OFF, COL_NONE, COL_OFF_INK},
	};
	enum type_role role = look == BUTTON_FOOTER ? TYPE_LABEL : TYPE_BUTTON;
	struct style st = build_style(b,
	    look == BUTTON_PRIMARY ? FONT_BOLD : FONT_SEMI, role,
	    looks[look].ink, ALIGN_CENTRE);
	double pad = b->t->wide ? 2.2 : 4, side = role_mm(b, role) * 1.15;
	struct box in = {x.x + pad, x.y, x.w - 2 * pad, x.h};
	int text_px = b->m->width(b->m->self, st.font, st.size, str_from(text));
	struct item *it;

	it = build_box(b, x, looks[look].fill, looks[look].edge,
	    b->t->wide ? 3 : 6);
	it->action = action;
	/* Words alone say more than an icon beside cramped words. */
	if (icon != ICON_NONE && icon != ICON_GLOBE && look == BUTTON_FOOTER &&
	    side + text_px / b->t->px + 2 > in.w)
		icon = ICON_NONE;
	if (icon != ICON_NONE) {
		/* Icon and words are centred together. */
		double gap = b->t->wide ? 2 : 3.5;
		double all = side + gap + text_px / b->t->px;

		if (all < in.w) {
			in.x += (in.w - all) / 2;
			in.w = all + 0.5;
		} else {
			st.align = ALIGN_LEFT;
		}
		build_icon(b,
		    (struct box){in.x, x.y + (x.h - side) / 2, side, side},
		    icon, looks[look].ink);
		in.x += side + gap;
		in.w -= side + gap;
	}
	build_text(b, in, st, x.h > (b->t->wide ? 18 : 26) ? 2 : 1, text);
	return it;
}

const char *build_msg(const struct build *b, enum msg_id id)
{
	return text_get(b->lang, id);
}

struct words build_fill(const struct build *b, enum msg_id id, const char *v1,
    const char *v2)
{
	struct words out;
	struct str value[2] = {str_from(v1), str_from(v2)};
	struct buf buf;

	memset(&out, 0, sizeof(out));
	buf_init(&buf, out.text, sizeof(out.text));
	msg_fill(&buf, str_from(build_msg(b, id)), value, 2);
	buf_cstr(&buf);
	return out;
}

struct words build_text_of(const struct build *b, enum msg_id id)
{
	return build_fill(b, id, "", "");
}

static struct words words_of(void (*write)(struct buf *, int32_t, int32_t),
    int32_t a, int32_t b)
{
	struct words out;
	struct buf buf;

	memset(&out, 0, sizeof(out));
	buf_init(&buf, out.text, sizeof(out.text));
	write(&buf, a, b);
	buf_cstr(&buf);
	return out;
}

static void write_minute(struct buf *out, int32_t minute, int32_t unused)
{
	(void)unused;
	text_minute(minute, out);
}

static void write_slot(struct buf *out, int32_t start, int32_t end)
{
	text_minute(start, out);
	buf_text(out, "–");
	text_minute(end, out);
}

static void write_number(struct buf *out, int32_t n, int32_t unused)
{
	(void)unused;
	buf_fmt(out, "%d", (int)n);
}

static void write_date(struct buf *out, int32_t day, int32_t lang)
{
	text_date((enum lang)lang, day, out);
}

struct words build_minute(int32_t minute)
{
	return words_of(write_minute, minute, 0);
}

struct words build_slot(int32_t start_min, int32_t end_min)
{
	return words_of(write_slot, start_min, end_min);
}

struct words build_number(int32_t n)
{
	return words_of(write_number, n, 0);
}

struct words build_date(const struct build *b, int32_t day)
{
	return words_of(write_date, day, (int32_t)b->lang);
}

/* The day, and the terminal's name where there is room for it. */
static struct words day_and_place(const struct build *b, const struct header *h,
    double width, struct style st)
{
	struct words day = build_date(b, h->day), both = day;
	struct buf buf;

	if (h->place[0] == '\0')
		return day;
	buf_init(&buf, both.text, sizeof(both.text));
	buf_text(&buf, day.text);
	buf_text(&buf, " · ");
	buf_text(&buf, h->place);
	buf_cstr(&buf);
	return !buf.full &&
		b->m->width(b->m->self, st.font, st.size,
		    str_from(both.text)) <= theme_px(b->t, width)
	    ? both
	    : day;
}

void build_header(struct build *b, const struct header *head)
{
	bool wide = b->t->wide;
	double h = wide ? 17 : 48, m = b->margin, time_w = wide ? 34 : 64;
	double text_w = b->w - 2 * m - time_w - 4;
	struct style small = build_style(b, FONT_REGULAR, TYPE_BODY, head->ink2,
	    ALIGN_LEFT);
	struct words date = day_and_place(b, head, text_w, small);
	struct words time = build_minute(head->minute);
	struct box top = {m, h * 0.17, text_w, h * 0.34};
	struct box low = {m, h * 0.56, text_w, h * 0.3};

	if (wide) {
		top = (struct box){m, 0.6, text_w, 7.8};
		low = (struct box){m, 8.4, text_w, 7.8};
	}
	build_box(b, (struct box){0, 0, b->w, h}, head->fill, COL_NONE, 0);
	build_text(b, top,
	    build_style(b, FONT_BOLD, wide ? TYPE_LABEL : TYPE_BUTTON,
		head->ink, ALIGN_LEFT),
	    1, head->office);
	build_text(b, low, small, 1, date.text);
	build_text(b, (struct box){b->w - m - time_w, 0, time_w, h},
	    build_style(b, FONT_BOLD, TYPE_TIME, head->ink, ALIGN_RIGHT), 1,
	    time.text);
	b->top = h;
}

static void footer_button(struct build *b, struct box x, enum icon icon,
    enum msg_id id, enum action action)
{
	(void)build_button(b, x, BUTTON_FOOTER, icon, build_msg(b, id), action);
}

/* The other language, in its own words. */
static void language_button(struct build *b, struct box x)
{
	bool to_en = b->lang == LANG_ID;

	(void)build_button(b, x, BUTTON_FOOTER, ICON_GLOBE,
	    to_en ? "English" : "Indonesia",
	    to_en ? ACTION_LANG_EN : ACTION_LANG_ID);
}

static void footer_row(struct build *b, const struct footer *f, double x,
    double y, double w, double h)
{
	double gap = b->t->wide ? 2.5 : 5, lang, rest;
	int n = (f->back != ACTION_NONE) + f->help;

	/* The language takes what its longer name needs. */
	lang = b->t->wide ? (b->lang == LANG_ID ? 40 : 48)
			  : (b->lang == LANG_ID ? 76 : 100);
	if (n < 2 && !b->t->wide)
		lang = (w - gap) / 2;
	rest = n > 0 ? (w - lang - n * gap) / n : 0;
	if (b->t->wide && rest > 44)
		rest = 44;
	if (f->back != ACTION_NONE) {
		footer_button(b, (struct box){x, y, rest, h}, ICON_BACK,
		    MSG_BACK, f->back);
		x += rest + gap;
	}
	if (f->help) {
		footer_button(b, (struct box){x, y, rest, h}, ICON_HELP,
		    MSG_HELP, ACTION_HELP);
		x += rest + gap;
	}
	if (n == 0 && !b->t->wide)
		x += w - lang;
	language_button(b, (struct box){x, y, lang, h});
}

static void primary(struct build *b, const struct footer *f, struct box x)
{
	(void)build_button(b, x,
	    f->action == ACTION_NONE ? BUTTON_OFF : BUTTON_PRIMARY, f->icon,
	    f->primary, f->action);
}

static void footer_wide(struct build *b, const struct footer *f)
{
	double m = b->margin, h = 20, y = b->h - h - 3.5, gap = 2.5;
	double right = b->w - m, left = m;

	build_box(b, (struct box){0, y - 3.5, b->w, h + 7}, COL_CARD, COL_NONE,
	    0);
	build_box(b, (struct box){0, y - 3.5, b->w, 0.35}, COL_HAIR, COL_NONE,
	    0);
	if (f->primary != NULL) {
		double w = f->secondary != NULL ? 70 : 76;

		primary(b, f, (struct box){right - w, y, w, h});
		right -= w + gap;
	}
	if (f->secondary != NULL) {
		(void)build_button(b, (struct box){right - 46, y, 46, h},
		    BUTTON_SECONDARY, ICON_NONE, f->secondary,
		    f->second_action);
		right -= 46 + gap;
	}
	footer_row(b, f, left, y, right - left, h);
	b->bottom = y - 3.5;
}

static void footer_tall(struct build *b, const struct footer *f)
{
	double m = b->margin, y = b->h - 41;

	build_box(b, (struct box){0, y, b->w, 41}, COL_CARD, COL_NONE, 0);
	build_box(b, (struct box){0, y, b->w, 0.7}, COL_HAIR, COL_NONE, 0);
	footer_row(b, f, m, y + 6, b->w - 2 * m, 29);
	b->bottom = y - 8;
	if (f->primary != NULL) {
		primary(b, f,
		    (struct box){m, b->bottom - 42, b->w - 2 * m, 42});
		b->bottom -= 42 + 7;
	}
	if (f->secondary != NULL) {
		(void)build_button(b,
		    (struct box){m, b->bottom - 34, b->w - 2 * m, 34},
		    BUTTON_SECONDARY, ICON_NONE, f->secondary,
		    f->second_action);
		b->bottom -= 34 + 7;
	}
}

void build_footer(struct build *b, const struct footer *f)
{
	if (b->t->wide)
		footer_wide(b, f);
	else
		footer_tall(b, f);
}

void build_strip(struct build *b, struct box x, enum icon i, enum colour ink,
    enum colour soft, const char *title, const char *sub)
{
	bool wide = b->t->wide;
	double pad = wide ? 3 : 8, side = wide ? 10 : 20, tx;

	if (side > x.h - pad)
		side = x.h - pad;
	tx = x.x + pad + side + pad * 0.9;
	build_box(b, x, soft, ink, wide ? 3 : 6);
	build_icon(b,
	    (struct box){x.x + pad, x.y + (x.h - side) / 2, side, side}, i,
	    ink);
	if (sub == NULL) {
		build_text(b, (struct box){tx, x.y, x.x + x.w - pad - tx, x.h},
		    build_style(b, FONT_SEMI, TYPE_LABEL, ink, ALIGN_LEFT), 3,
		    title);
		return;
	}
	build_text(b,
	    (struct box){tx, x.y + x.h * 0.06, x.x + x.w - pad - tx,
		x.h * 0.38},
	    build_style(b, FONT_BOLD, TYPE_LABEL, ink, ALIGN_LEFT), 1, title);
	build_text(b,
	    (struct box){tx, x.y + x.h * 0.48, x.x + x.w - pad - tx,
		x.h * 0.48},
	    build_style(b, FONT_SEMI, TYPE_BODY, ink, ALIGN_LEFT), wide ? 1 : 2,
	    sub);
}

const struct band band_ok = {ICON_CHECK, COL_CARD, COL_OK, COL_CARD, COL_NONE};
const struct band band_warn = {ICON_CLOCK, COL_WARN, COL_WARN_SOFT, COL_INK,
    COL_WARN};
const struct band band_bad = {ICON_CROSS, COL_BAD, COL_BAD_SOFT, COL_INK,
    COL_BAD};
const struct band band_busy = {ICON_CLOCK, COL_BRAND, COL_CARD, COL_INK,
    COL_BRAND};

struct box build_band(struct build *b, const struct band *band,
    const char *title, const char *sub)
{
	bool wide = b->t->wide;
	double side = wide ? 20 : 36;
	struct box x = {0, b->top, wide ? b->w * 0.42 : b->w,
	    wide ? b->bottom - b->top : 103};
	double m = wide ? 8 : b->margin, y;
	struct style big = build_style(b, FONT_BOLD, TYPE_TITLE, band->text,
	    ALIGN_CENTRE);
	struct style small = build_style(b, FONT_REGULAR, TYPE_BODY, band->text,
	    ALIGN_CENTRE);

	build_box(b, x, band->fill, COL_NONE, 0);
	if (band->bar != COL_NONE)
		build_box(b, (struct box){0, x.y, wide ? 2 : 4, x.h}, band->bar,
		    COL_NONE, 0);
	y = x.y + (wide ? x.h * 0.11 : 8);
	build_icon(b, (struct box){x.x + (x.w - side) / 2, y, side, side},
	    band->icon, band->ink);
	y += side + (wide ? 3 : 2);
	build_text(b, (struct box){m, y, x.w - 2 * m, wide ? 24 : 27}, big,
	    wide ? 2 : 1, title);
	y += wide ? 25 : 27;
	build_text(b,
	    (struct box){m, y, x.w - 2 * m, x.y + x.h - y - (wide ? 3 : 5)},
	    small, wide ? 3 : 2, sub);
	if (wide)
		return (struct box){x.w + 5, b->top + 4,
		    b->w - x.w - 5 - b->margin, b->bottom - b->top - 7};
	return (struct box){b->margin, x.y + x.h + 9, b->w - 2 * b->margin,
	    b->bottom - (x.y + x.h + 9)};
}

static void (*const screen[SESSION_STATES])(struct build *) = {
    [SESSION_HOME] = screen_home,
    [SESSION_KEYPAD] = screen_keypad,
    [SESSION_IDENTITY] = screen_identity,
    [SESSION_CHECKING] = screen_checking,
    [SESSION_RESULT] = screen_result,
    [SESSION_PRINTING] = screen_printing,
    [SESSION_TICKET] = screen_ticket,
    [SESSION_NUMBER] = screen_number,
    [SESSION_HELP] = screen_help,
};

void screens_build(struct scene *s, const struct theme *t,
    const struct metrics *m, const struct view *v)
{
	struct build b = {s, t, m, v, NULL, NULL, v->session.lang,
	    t->width_px / t->px, t->height_px / t->px, 0, 0, t->wide ? 6 : 14};
	const struct header head = {v->office, v->day, v->minute, "", COL_BRAND,
	    COL_CARD, COL_BRAND_SOFT};
	enum session_state at = v->session.state;

	if (at == SESSION_WARNING)
		at = v->session.under;
	if (at >= SESSION_STATES || screen[at] == NULL)
		at = SESSION_HOME;
	scene_clear(s);
	build_box(&b, (struct box){0, 0, b.w, b.h}, COL_PAPER, COL_NONE, 0);
	build_header(&b, &head);
	screen[at](&b);
	if (v->session.state == SESSION_WARNING)
		screen_warning(&b);
}
