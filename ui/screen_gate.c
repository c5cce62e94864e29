/* What the screens of a gate share: header, footer, dispatch. */
#include "screen_gate.h"

static const char *const press_names[GATE_PRESSES] = {
    [GATE_PRESS_NONE] = "",
    [GATE_PRESS_TYPE] = "gate-type",
    [GATE_PRESS_ENTER] = "gate-enter",
    [GATE_PRESS_BACK] = "gate-back",
    [GATE_PRESS_SAME] = "gate-same",
    [GATE_PRESS_DIFFERS] = "gate-differs",
    [GATE_PRESS_WAY_IN] = "gate-way-in",
    [GATE_PRESS_WAY_OUT] = "gate-way-out",
    [GATE_PRESS_LIST] = "gate-list",
    [GATE_PRESS_MORE] = "gate-more",
    [GATE_PRESS_LOST] = "gate-lost",
    [GATE_PRESS_LANG] = "gate-lang",
    [GATE_PRESS_UNREADABLE] = "gate-unreadable",
    [GATE_PRESS_COMPANION] = "gate-companion",
    [GATE_PRESS_EMERGENCY] = "gate-emergency",
    [GATE_PRESS_ORDER] = "gate-order",
};

const char *gate_press_name(enum gate_press p)
{
	return p < GATE_PRESSES && press_names[p] != NULL ? press_names[p] : "";
}

/* Three outlines that no eye takes for one another, whatever colours it
 * sees: a tick or an arrow, a clock, a cross. */
static const struct gate_look yes = {ICON_TICK, COL_OK, COL_CARD, COL_OK};
static const struct gate_look out = {ICON_LEAVE, COL_OK, COL_CARD, COL_OK};
static const struct gate_look wait = {ICON_CLOCK, COL_AMBER, COL_INK, COL_WARN};
static const struct gate_look no = {ICON_STOP, COL_BAD, COL_CARD, COL_BAD};

const struct gate_look *gate_look(enum gate_verdict v)
{
	switch (v) {
	case GATE_OPEN:
		return &yes;
	case GATE_OPEN_OUT:
		return &out;
	case GATE_WAIT:
	case GATE_WAIT_STANDBY:
		return &wait;
	case GATE_UNSET:
	case GATE_STORAGE:
	case GATE_CLOCK:
	case GATE_NO_KEYS:
	case GATE_FORM:
	case GATE_VERSION:
	case GATE_KEY:
	case GATE_KEY_DATE:
	case GATE_KEY_REVOKED:
	case GATE_SIGNATURE:
	case GATE_OTHER_DAY:
	case GATE_OVER:
	case GATE_USED:
	case GATE_NOT_INSIDE:
	case GATE_OTHER_GATE:
	case GATE_SHORT:
	case GATE_SHORT_WAIT:
	case GATE_CODE:
	case GATE_NEED_TICKET:
	case GATE_VERDICTS:
		return &no;
	}
	return &no;
}

struct words gate_time(const struct build *b, int64_t unix_s)
{
	return build_minute(civil_local(unix_s, b->g->offset_s).minute);
}

struct words gate_label(const struct build *b, uint8_t letter, uint16_t number,
    enum pass_of of)
{
	struct words w = build_text_of(b,
	    of == PASS_CODE        ? MSG_GATE_OF_CODE
		: of == PASS_STAFF ? MSG_GATE_OF_STAFF
				   : MSG_GATE_NO_NUMBER);

	if (letter != 0)
		ticket_label(letter, number, w.text);
	return w;
}

void gate_button(struct build *b, struct box x, enum button look,
    const struct gate_button *button)
{
	build_button(b, x, look, button->icon, button->text, ACTION_NONE)
	    ->press = button->press;
}

/* The other language, in its own words. */
static struct gate_button language(const struct build *b)
{
	return (struct gate_button){GATE_PRESS_LANG, ICON_GLOBE,
	    b->lang == LANG_ID ? "English" : "Indonesia"};
}

static void row(struct build *b, const struct gate_footer *f, struct box x,
    double most)
{
	bool wide = b->t->wide;
	struct gate_button other = language(b);
	double gap = wide ? 2.5 : 5, each;
	double lang = b->lang == LANG_ID ? (wide ? 40 : 76) : (wide ? 48 : 100);
	int n = 0;

	for (size_t i = 0; i < ARRAY_LEN(f->left); i++)
		n += f->left[i].text != NULL;
	if (n < 2 && !wide)
		lang = (x.w - gap) / 2;
	each = n > 0 ? (x.w - lang - n * gap) / n : 0;
	if (each > most)
		each = most;
	for (size_t i = 0; i < ARRAY_LEN(f->left); i++) {
		if (f->left[i].text == NULL)
			continue;
		gate_button(b, (struct box){x.x, x.y, each, x.h}, BUTTON_FOOTER,
		    &f->left[i]);
		x.x += each + gap;
		x.w -= each + gap;
	}
	if (n == 0 && !wide)
		x.x += x.w - lang;
	gate_button(b, (struct box){x.x, x.y, lang, x.h}, BUTTON_FOOTER,
	    &other);
}

static void primary(struct build *b, struct box x, const struct gate_button *p)
{
	gate_button(b, x,
	    p->press == GATE_PRESS_NONE ? BUTTON_OFF : BUTTON_PRIMARY, p);
}

static void footer_wide(struct build *b, const struct gate_footer *f)
{
	double m = b->margin, h = 20, y = b->h - h - 3.5, gap = 2.5;
	double right = b->w - m;

	if (!f->bare) {
		build_box(b, (struct box){0, y - 3.5, b->w, h + 7}, COL_CARD,
		    COL_NONE, 0);
		build_box(b, (struct box){0, y - 3.5, b->w, 0.35}, COL_HAIR,
		    COL_NONE, 0);
	}
	if (f->primary.text != NULL) {
		primary(b, (struct box){right - 76, y, 76, h}, &f->primary);
		right -= 76 + gap;
	}
	if (f->secondary.text != NULL) {
		gate_button(b, (struct box){right - 46, y, 46, h},
		    BUTTON_SECONDARY, &f->secondary);
		right -= 46 + gap;
	}
	row(b, f, (struct box){m, y, right - m, h}, 54);
	b->bottom = y - 3.5;
}

static void footer_tall(struct build *b, const struct gate_footer *f)
{
	double m = b->margin, y = b->h - 41, w = b->w - 2 * m;

	if (!f->bare) {
		build_box(b, (struct box){0, y, b->w, 41}, COL_CARD, COL_NONE,
		    0);
		build_box(b, (struct box){0, y, b->w, 0.7}, COL_HAIR, COL_NONE,
		    0);
	}
	row(b, f, (struct box){m, y + 6, w, 29}, w);
	b->bottom = y - 8;
	if (f->primary.text != NULL) {
		primary(b, (struct box){m, b->bottom - 42, w, 42}, &f->primary);
		b->bottom -= 42 + 7;
	}
	if (f->secondary.text != NULL) {
		gate_button(b, (struct box){m, b->bottom - 34, w, 34},
		    BUTTON_SECONDARY, &f->secondary);
		b->bottom -= 34 + 7;
	}
}

void gate_footer(struct build *b, const struct gate_footer *f)
{
	if (b->t->wide)
		footer_wide(b, f);
	else
		footer_tall(b, f);
}

void gate_moment(struct build *b)
{
	const struct gate_footer f = {.bare = false};

	gate_footer(b, &f);
	(void)build_band(b, &band_busy, build_msg(b, MSG_GATE_MOMENT),
	    build_msg(b, MSG_GATE_MOMENT_SUB));
}

static void (*screen_of(const struct gate_view *v))(struct build *)
{
	switch (v->session.state) {
	case GATE_LOOKING:
	case GATE_ENTERING:
		/* A quick answer follows. Until then nothing is said, least
		 * of all what was said to the one before. */
		return v->slow ? gate_moment : gate_ready;
	case GATE_SHOWN:
		return gate_verdict_screen;
	case GATE_KEYPAD:
		return gate_keypad;
	case GATE_COMPARE:
		return gate_compare;
	case GATE_OFFICER:
		return gate_officer;
	case GATE_LOST:
		return gate_lost;
	case GATE_LIST:
		return gate_list;
	case GATE_READY:
	case GATE_STATE_UNSET:
	case GATE_STATES:
		return gate_ready;
	}
	return gate_ready;
}

void gate_screens_build(struct scene *s, const struct theme *t,
    const struct metrics *m, const struct gate_view *v)
{
	struct build b = {s, t, m, NULL, v, NULL, v->session.lang,
	    t->width_px / t->px, t->height_px / t->px, 0, 0, t->wide ? 6 : 14};
	struct header head = {v->office, v->day, v->minute, v->terminal,
	    COL_BRAND, COL_CARD, COL_BRAND_SOFT};
	const struct gate_look *look = gate_look(v->session.verdict);
	bool verdict = v->session.state == GATE_SHOWN;

	if (verdict) {
		head.fill = look->fill;
		head.ink = head.ink2 = look->ink;
	}
	scene_clear(s);
	build_box(&b, (struct box){0, 0, b.w, b.h},
	    verdict ? look->fill : COL_PAPER, COL_NONE, 0);
	build_header(&b, &head);
	screen_of(v)(&b);
}
