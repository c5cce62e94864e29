/* What the technician's screens share: header, footer, dispatch. */
#include "screen_tech.h"

#include <string.h>

static const char *const press_names[TECH_PRESSES] = {
    [TECH_PRESS_NONE] = "",
    [TECH_PRESS_BACK] = "tech-back",
    [TECH_PRESS_LANG] = "tech-lang",
    [TECH_PRESS_ENTER] = "tech-enter",
    [TECH_PRESS_BEGIN] = "tech-begin",
    [TECH_PRESS_STATUS] = "tech-status",
    [TECH_PRESS_PRINT] = "tech-print",
    [TECH_PRESS_TOUCH] = "tech-touch",
    [TECH_PRESS_SCANNER] = "tech-scanner",
    [TECH_PRESS_SYNC] = "tech-sync",
    [TECH_PRESS_UPDATE] = "tech-update",
    [TECH_PRESS_EXPORT] = "tech-export",
    [TECH_PRESS_SETUP] = "tech-setup",
    [TECH_PRESS_SELFTEST] = "tech-selftest",
    [TECH_PRESS_CLEANING] = "tech-cleaning",
    [TECH_PRESS_SCREEN] = "tech-screen",
    [TECH_PRESS_CLOCK] = "tech-clock",
    [TECH_PRESS_POWER] = "tech-power",
    [TECH_PRESS_START] = "tech-start",
    [TECH_PRESS_CONFIRM] = "tech-confirm",
    [TECH_PRESS_CANCEL] = "tech-cancel",
    [TECH_PRESS_RESTART] = "tech-restart",
    [TECH_PRESS_POWER_OFF] = "tech-power-off",
    [TECH_PRESS_BRIGHTER] = "tech-brighter",
    [TECH_PRESS_DARKER] = "tech-darker",
    [TECH_PRESS_LOUDER] = "tech-louder",
    [TECH_PRESS_SOFTER] = "tech-softer",
    [TECH_PRESS_MORE] = "tech-more",
    [TECH_PRESS_MISS] = "tech-miss",
};

const char *tech_press_name(enum tech_press p)
{
	return p < TECH_PRESSES && press_names[p] != NULL ? press_names[p] : "";
}

void tech_button(struct build *b, struct box x, enum button look,
    const struct tech_button *button)
{
	bool leads = tech_offers(&b->x->session, &b->x->rules, button->press);

	build_button(b, x, leads ? look : BUTTON_OFF, button->icon,
	    button->text, ACTION_NONE)
	    ->tech = leads ? button->press : TECH_PRESS_NONE;
}

/* Back, and the other language in its own words. */
static void row(struct build *b, const struct tech_footer *f, struct box x,
    double most)
{
	const struct tech_session *s = &b->x->session;
	bool wide = b->t->wide, id = b->lang == LANG_ID;
	double gap = wide ? 2.5 : 5,
	       lang = id ? (wide ? 40 : 76) : (wide ? 48 : 100);
	struct tech_button back = {TECH_PRESS_BACK, ICON_BACK,
	    f->back.text != NULL ? f->back.text : build_msg(b, MSG_BACK)};
	const struct tech_button other = {TECH_PRESS_LANG, ICON_GLOBE,
	    id ? "English" : "Indonesia"};
	double w = wide ? x.w - lang - gap : (x.w - gap) / 2;

	if (w > most)
		w = most;
	if (!wide)
		lang = w;
	if (tech_offers(s, &b->x->rules, TECH_PRESS_BACK))
		tech_button(b, (struct box){x.x, x.y, w, x.h}, BUTTON_FOOTER,
		    &back);
	else if (wide)
		w = -gap;
	x.x += w + gap;
	if (tech_offers(s, &b->x->rules, TECH_PRESS_LANG))
		tech_button(b, (struct box){x.x, x.y, lang, x.h}, BUTTON_FOOTER,
		    &other);
}

static void footer_wide(struct build *b, const struct tech_footer *f)
{
	double m = b->margin, h = 20, y = b->h - h - 3.5, gap = 2.5;
	double right = b->w - m;

	build_box(b, (struct box){0, y - 3.5, b->w, h + 7}, COL_CARD, COL_NONE,
	    0);
	build_box(b, (struct box){0, y - 3.5, b->w, 0.35}, COL_HAIR, COL_NONE,
	    0);
	if (f->primary.text != NULL) {
		double w = f->secondary.text != NULL ? 62 : 76;

		tech_button(b, (struct box){right - w, y, w, h}, BUTTON_PRIMARY,
		    &f->primary);
		right -= w + gap;
	}
	if (f->secondary.text != NULL) {
		tech_button(b, (struct box){right - 46, y, 46, h},
		    BUTTON_SECONDARY, &f->secondary);
		right -= 46 + gap;
	}
	row(b, f, (struct box){m, y, right - m, h}, 44);
	b->bottom = y - 3.5;
}

static void footer_tall(struct build *b, const struct tech_footer *f)
{
	double m = b->margin, y = b->h - 41, w = b->w - 2 * m;

	build_box(b, (struct box){0, y, b->w, 41}, COL_CARD, COL_NONE, 0);
	build_box(b, (struct box){0, y, b->w, 0.7}, COL_HAIR, COL_NONE, 0);
	row(b, f, (struct box){m, y + 6, w, 29}, w);
	b->bottom = y - 8;
	if (f->primary.text != NULL) {
		tech_button(b, (struct box){m, b->bottom - 42, w, 42},
		    BUTTON_PRIMARY, &f->primary);
		b->bottom -= 42 + 7;
	}
	if (f->secondary.text != NULL) {
		tech_button(b, (struct box){m, b->bottom - 34, w, 34},
		    BUTTON_SECONDARY, &f->secondary);
		b->bottom -= 34 + 7;
	}
}

void tech_footer(struct build *b, const struct tech_footer *f)
{
	if (b->t->wide)
		footer_wide(b, f);
	else
		footer_tall(b, f);
}

void tech_more(struct build *b, struct tech_footer *f, int pages,
    struct words *storage)
{
	struct buf out;

	if (pages < 2)
		return;
	buf_init(&out, storage->text, sizeof(storage->text));
	buf_fmt(&out, "%s (%d/%d)", build_msg(b, MSG_TECH_MORE),
	    b->x->session.page % pages + 1, pages);
	f->secondary = (struct tech_button){TECH_PRESS_MORE, ICON_NONE,
	    buf_cstr(&out)};
}

/* True when everything since item `from` fits. */
static bool fits(const struct scene *s, int from)
{
	for (int i = from; i < s->count; i++) {
		if (s->item[i].overflow)
			return false;
	}
	return true;
}

void tech_take_back(struct build *b, int from)
{
	struct scene *s = b->s;

	memset(&s->item[from], 0,
	    sizeof(struct item) * (size_t)(s->count - from));
	s->count = from;
}

int tech_rows(struct build *b, double width, struct style st, int rows_max,
    const char *text)
{
	const struct box wide = {0, 0, width, b->h};
	int from = b->s->count, rows;
	bool enough = false;

	st.smallest = st.size;
	for (rows = 1; rows < rows_max; rows++) {
		build_text(b, wide, st, rows, text);
		enough = fits(b->s, from);
		tech_take_back(b, from);
		if (enough)
			break;
	}
	return rows;
}

void tech_text_cut(struct build *b, struct box x, struct style st, int rows,
    const char *text)
{
	int from = b->s->count;
	size_t len = strlen(text);
	char cut[TEXT_BYTES];
	struct buf out;

	st.smallest = st.size;
	build_text(b, x, st, rows, text);
	while (len > 8 && !fits(b->s, from)) {
		tech_take_back(b, from);
		/* Never between the bytes of one character. */
		do {
			len--;
		} while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80);
		buf_init(&out, cut, sizeof(cut));
		buf_put(&out, text, len);
		buf_text(&out, "…");
		build_text(b, x, st, rows, buf_cstr(&out));
	}
}

void tech_message(struct build *b, const struct band *band, const char *title,
    const char *sub)
{
	struct box x = {0, b->top, b->w, b->bottom - b->top};
	double m = b->margin, side = 20, y = x.y + x.h * 0.12;

	if (!b->t->wide) {
		(void)build_band(b, band, title, sub);
		return;
	}
	build_box(b, x, band->fill, COL_NONE, 0);
	if (band->bar != COL_NONE)
		build_box(b, (struct box){0, x.y, 2, x.h}, band->bar, COL_NONE,
		    0);
	build_icon(b, (struct box){(x.w - side) / 2, y, side, side}, band->icon,
	    band->ink);
	y += side + 4;
	build_text(b, (struct box){m, y, x.w - 2 * m, 15},
	    build_style(b, FONT_BOLD, TYPE_TITLE, band->text, ALIGN_CENTRE), 1,
	    title);
	build_text(b, (struct box){m, y + 16, x.w - 2 * m, 20},
	    build_style(b, FONT_REGULAR, TYPE_BODY, band->text, ALIGN_CENTRE),
	    2, sub);
}

struct words tech_version(struct release_version v)
{
	struct words out;
	char text[RELEASE_VERSION_TEXT];
	struct buf buf;

	memset(&out, 0, sizeof(out));
	(void)release_version_text(v, text);
	buf_init(&buf, out.text, sizeof(out.text));
	buf_text(&buf, text[0] != '\0' ? text : "?");
	(void)buf_cstr(&buf);
	return out;
}

static void (*const screen[TECH_STATES])(struct build *) = {
    [TECH_STATE_UNSET] = tech_bare,
    [TECH_CLOSED] = tech_bare,
    [TECH_PIN] = tech_pin,
    [TECH_CHECKING] = tech_pin,
    [TECH_LOCKED] = tech_locked,
    [TECH_MENU] = tech_menu,
    [TECH_STATUS] = tech_status,
    [TECH_PRINT] = tech_print,
    [TECH_TOUCH] = tech_touch,
    [TECH_SCANNER] = tech_scanner,
    [TECH_SYNC] = tech_sync,
    [TECH_UPDATE] = tech_update,
    [TECH_EXPORT] = tech_export,
    [TECH_SETUP] = tech_setup,
    [TECH_SELFTEST] = tech_selftest,
    [TECH_CLEANING] = tech_cleaning,
    [TECH_SCREEN] = tech_screen,
    [TECH_CLOCK] = tech_clock,
    [TECH_POWER] = tech_power,
    [TECH_DONE] = tech_done,
};

void tech_screens_build(struct scene *s, const struct theme *t,
    const struct metrics *m, const struct tech_view *v)
{
	struct build b = {s, t, m, NULL, NULL, v, v->session.lang,
	    t->width_px / t->px, t->height_px / t->px, 0, 0, t->wide ? 6 : 14};
	enum tech_state at = v->session.state;
	const struct header head = {build_msg(&b, MSG_TECH_MODE), v->day,
	    v->minute, v->terminal, COL_AMBER, COL_INK, COL_INK};

	if (at >= TECH_STATES)
		at = TECH_CLOSED;
	scene_clear(s);
	build_box(&b, (struct box){0, 0, b.w, b.h}, COL_PAPER, COL_NONE, 0);
	if (at != TECH_TOUCH)
		build_header(&b, &head);
	screen[at](&b);
}
