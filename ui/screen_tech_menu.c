/* The menu, and what it leads to without any answer being awaited: cleaning,
 * brightness, power, the end. And a machine that is not set up. */
#include "screen_tech.h"

#include <string.h>

static const struct {
	enum tech_press press;
	enum icon icon;
	enum msg_id text;
} entries[] = {
    {TECH_PRESS_STATUS, ICON_LIST, MSG_TECH_M_STATUS},
    {TECH_PRESS_PRINT, ICON_PRINTER, MSG_TECH_M_PRINT},
    {TECH_PRESS_TOUCH, ICON_TOUCH, MSG_TECH_M_TOUCH},
    {TECH_PRESS_SCANNER, ICON_SCAN, MSG_TECH_M_SCANNER},
    {TECH_PRESS_SYNC, ICON_SYNC, MSG_TECH_M_SYNC},
    {TECH_PRESS_UPDATE, ICON_UP, MSG_TECH_M_UPDATE},
    {TECH_PRESS_EXPORT, ICON_STICK, MSG_TECH_M_EXPORT},
    {TECH_PRESS_SETUP, ICON_GEAR, MSG_TECH_M_SETUP},
    {TECH_PRESS_SELFTEST, ICON_TICK, MSG_TECH_M_SELFTEST},
    {TECH_PRESS_CLEANING, ICON_DROP, MSG_TECH_M_CLEANING},
    {TECH_PRESS_SCREEN, ICON_SUN, MSG_TECH_M_SCREEN},
    {TECH_PRESS_CLOCK, ICON_CLOCK, MSG_TECH_M_CLOCK},
    {TECH_PRESS_POWER, ICON_POWER, MSG_TECH_M_POWER},
};

/* How the last update of this machine ended; false: nothing is known. */
static bool outcome(struct build *b, struct box x)
{
	const struct update_report *r = &b->x->session.outcome;
	struct words from = tech_version(r->outcome_from);
	struct words to = tech_version(r->outcome_to);
	bool good = r->outcome == UPDATE_INSTALLED;
	struct words text = good
	    ? build_fill(b, MSG_TECH_UP_INSTALLED, to.text, "")
	    : build_fill(b, MSG_TECH_UP_RETURNED, to.text, from.text);

	if (r->outcome == UPDATE_OUTCOME_NONE)
		return false;
	if (x.h > 0)
		build_strip(b, x, good ? ICON_CHECK : ICON_WARNING,
		    good ? COL_OK : COL_BAD, good ? COL_OK_SOFT : COL_BAD_SOFT,
		    text.text, NULL);
	return true;
}

/* A list's entry: its icon stands at the left, whatever its words are. */
static void entry_button(struct build *b, struct box x,
    const struct tech_button *entry)
{
	bool wide = b->t->wide;
	double pad = wide ? 2.4 : 8, side = wide ? 7 : 16;
	double tx = x.x + pad + side + pad * 0.6;

	build_box(b, x, COL_CARD, COL_BRAND, wide ? 3 : 6)->tech = entry->press;
	build_icon(b,
	    (struct box){x.x + pad, x.y + (x.h - side) / 2, side, side},
	    entry->icon, COL_BRAND);
	build_text(b, (struct box){tx, x.y, x.x + x.w - 0.9 - tx, x.h},
	    build_style(b, FONT_SEMI, wide ? TYPE_LABEL : TYPE_BUTTON,
		COL_BRAND, ALIGN_LEFT),
	    1, entry->text);
}

static void grid(struct build *b, struct box x, int columns, int rows)
{
	const struct tech_view *v = b->x;
	double gap = b->t->wide ? 2 : 6;
	double w = (x.w - (columns - 1) * gap) / columns;
	double h = (x.h - (rows - 1) * gap) / rows;
	int n = 0;

	for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
		const struct tech_button entry = {entries[i].press,
		    entries[i].icon, build_msg(b, entries[i].text)};

		if (!tech_offers(&v->session, &v->rules, entry.press))
			continue;
		entry_button(b,
		    (struct box){x.x + n % columns * (w + gap),
			x.y + (double)(n / columns) * (h + gap), w, h},
		    &entry);
		n++;
	}
}

void tech_menu(struct build *b)
{
	const struct tech_footer f = {
	    .back = {.text = build_msg(b, MSG_TECH_CLOSE)}};
	bool wide = b->t->wide;
	double m = b->margin, w = b->w - 2 * m, y = b->top + (wide ? 3 : 10), h;
	double strip = wide ? 12 : 40;

	tech_footer(b, &f);
	h = b->bottom - y - (wide ? 3 : 2);
	/* Only an outcome takes the room: the rest stays where it is. */
	if (outcome(b, (struct box){m, y, w, strip})) {
		y += strip + (wide ? 2 : 8);
		h -= strip + (wide ? 2 : 8);
	}
	if (wide)
		grid(b, (struct box){m, y, w, h}, 4, 4);
	else
		grid(b, (struct box){m, y, w, h}, 2, 7);
}

/* Where the lines are in the card. */
static struct box why_room(const struct build *b, struct box x)
{
	double pad = b->t->wide ? 3 : 10, label = b->t->wide ? 9 : 18;

	return (struct box){x.x + pad, x.y + label + 1, x.w - 2 * pad,
	    x.h - label - 2};
}

static void why_bare(struct build *b, struct box x)
{
	struct box in = why_room(b, x);

	build_card(b, x);
	build_text(b, (struct box){in.x, x.y + 1, in.w, in.y - x.y - 1},
	    build_style(b, FONT_SEMI, TYPE_LABEL, COL_INK2, ALIGN_LEFT), 1,
	    build_msg(b, MSG_TECH_BARE_WHY));
	tech_list(b, in, b->x->line, b->x->lines);
}

static struct box bare_frame(struct build *b, const struct tech_footer *f)
{
	static const struct band band = {ICON_GEAR, COL_BRAND, COL_CARD,
	    COL_INK, COL_BRAND};
	bool badge = b->x->rules.technicians;
	struct box x;

	tech_footer(b, f);
	x = build_band(b, &band, build_msg(b, MSG_TECH_BARE),
	    build_msg(b, badge ? MSG_TECH_BARE_BADGE : MSG_TECH_BARE_SUB));
	if (!b->t->wide && x.h > 220)
		x.h = 220;
	return x;
}

void tech_bare(struct build *b)
{
	const struct tech_view *v = b->x;
	struct tech_footer f = {.primary = {TECH_PRESS_BEGIN, ICON_STICK,
				    build_msg(b, MSG_TECH_BARE_BEGIN)}};
	int before = b->s->count, pages;
	struct words more;
	struct box x;

	if (v->rules.technicians)
		f.primary.text = NULL;
	x = bare_frame(b, &f);
	pages = tech_pages(b, why_room(b, x), v->line, v->lines);
	if (pages > 1) {
		/* The button for the next page takes room of its own. */
		tech_take_back(b, before);
		tech_more(b, &f, pages, &more);
		x = bare_frame(b, &f);
		tech_take_back(b, before);
		tech_more(b, &f,
		    tech_pages(b, why_room(b, x), v->line, v->lines), &more);
		x = bare_frame(b, &f);
	}
	if (v->lines > 0)
		why_bare(b, x);
}

void tech_cleaning(struct build *b)
{
	int32_t left = b->x->seconds_left > 0 ? b->x->seconds_left : 0;
	struct words n = build_number(left);
	bool wide = b->t->wide;
	double m = b->margin, w = b->w - 2 * m, y = b->top + (wide ? 10 : 60);

	build_text(b, (struct box){m, y, w, wide ? 14 : 30},
	    build_style(b, FONT_BOLD, TYPE_TITLE, COL_INK, ALIGN_CENTRE), 1,
	    build_msg(b, MSG_TECH_CL_TITLE));
	y += wide ? 16 : 36;
	build_text(b, (struct box){m, y, w, wide ? 12 : 30},
	    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2, ALIGN_CENTRE), 2,
	    build_msg(b, MSG_TECH_CL_SUB));
	y += wide ? 18 : 60;
	build_text(b, (struct box){m, y, w, wide ? 36 : 90},
	    build_style(b, FONT_BOLD, TYPE_NUMBER, COL_BRAND, ALIGN_CENTRE), 1,
	    n.text);
}

struct dial {
	enum msg_id name;
	int32_t percent;
	enum tech_press less, more;
};

static void dial(struct build *b, struct box x, const struct dial *d)
{
	bool wide = b->t->wide;
	double pad = wide ? 4 : 10, bw = wide ? 44 : 88, bh = wide ? 18 : 38;
	double y = wide ? x.y + (x.h - bh) / 2 : x.y + x.h - bh - pad;
	double text_h = wide ? x.h : x.h - bh - pad;
	const struct tech_button less = {d->less, ICON_NONE,
	    build_msg(b, MSG_TECH_SC_LESS)};
	const struct tech_button more = {d->more, ICON_NONE,
	    build_msg(b, MSG_TECH_SC_MORE)};
	struct words value;
	struct buf buf;
	double name_w = x.w - 2 * pad - (wide ? 2 * bw + 4 : 0);

	buf_init(&buf, value.text, sizeof(value.text));
	buf_fmt(&buf, "%d %%", (int)d->percent);
	build_card(b, x);
	build_text(b, (struct box){x.x + pad, x.y, name_w * 0.62, text_h},
	    build_style(b, FONT_BOLD, TYPE_BUTTON, COL_INK, ALIGN_LEFT), 2,
	    build_msg(b, d->name));
	build_text(b,
	    (struct box){x.x + pad + name_w * 0.62, x.y, name_w * 0.36, text_h},
	    build_style(b, FONT_BOLD, TYPE_TITLE, COL_BRAND, ALIGN_RIGHT), 1,
	    buf_cstr(&buf));
	if (!wide)
		bw = (x.w - 2 * pad - 6) / 2;
	tech_button(b,
	    (struct box){x.x + x.w - pad - 2 * bw - (wide ? 3 : 6), y, bw, bh},
	    BUTTON_SECONDARY, &less);
	tech_button(b, (struct box){x.x + x.w - pad - bw, y, bw, bh},
	    BUTTON_SECONDARY, &more);
}

void tech_screen(struct build *b)
{
	const struct tech_view *v = b->x;
	const struct dial light = {MSG_TECH_SC_LIGHT, v->session.brightness,
	    TECH_PRESS_DARKER, TECH_PRESS_BRIGHTER};
	const struct dial volume = {MSG_TECH_SC_VOLUME, v->session.volume,
	    TECH_PRESS_SOFTER, TECH_PRESS_LOUDER};
	const struct tech_footer f = {.back = {.text = NULL}};
	bool wide = b->t->wide;
	double m = b->margin, w = b->w - 2 * m, y = b->top + (wide ? 4 : 12);
	double h = wide ? 26 : 92, gap = wide ? 3 : 9;

	tech_footer(b, &f);
	if (v->rules.brightness >= 0) {
		dial(b, (struct box){m, y, w, h}, &light);
		y += h + gap;
	}
	if (v->rules.volume >= 0) {
		dial(b, (struct box){m, y, w, h}, &volume);
		y += h + gap;
	}
	build_text_top(b, (struct box){m, y + gap, w, wide ? 16 : 32},
	    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2, ALIGN_LEFT), 2,
	    build_msg(b, MSG_TECH_SC_NOTE));
}

static void ask_power(struct build *b)
{
	bool off = b->x->session.ask == TECH_PRESS_POWER_OFF;
	const struct band band = {ICON_POWER, COL_WARN, COL_WARN_SOFT, COL_INK,
	    COL_WARN};
	const struct tech_footer f = {
	    .back = {.text = build_msg(b, MSG_TECH_PW_NO)},
	    .primary = {TECH_PRESS_CONFIRM, ICON_NONE,
		build_msg(b, MSG_TECH_PW_YES)}};

	tech_footer(b, &f);
	tech_message(b, &band,
	    build_msg(b, off ? MSG_TECH_PW_ASK_OFF : MSG_TECH_PW_ASK_RESTART),
	    build_msg(b, off ? MSG_TECH_PW_OFF_SUB : MSG_TECH_PW_RESTART_SUB));
}

void tech_power(struct build *b)
{
	static const struct {
		enum tech_press press;
		enum icon icon;
		enum msg_id text, sub;
	} ways[] = {{TECH_PRESS_RESTART, ICON_SYNC, MSG_TECH_PW_RESTART,
			MSG_TECH_PW_RESTART_SUB},
	    {TECH_PRESS_POWER_OFF, ICON_POWER, MSG_TECH_PW_OFF,
		MSG_TECH_PW_OFF_SUB}};
	const struct tech_footer f = {.back = {.text = NULL}};
	bool wide = b->t->wide;
	double m = b->margin, w = b->w - 2 * m, y = b->top + (wide ? 4 : 14);
	double h = wide ? 20 : 46, sub = wide ? 12 : 34;

	if (b->x->session.ask != TECH_PRESS_NONE) {
		ask_power(b);
		return;
	}
	tech_footer(b, &f);
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		const struct tech_button way = {ways[i].press, ways[i].icon,
		    build_msg(b, ways[i].text)};

		tech_button(b, (struct box){m, y, w, h}, BUTTON_SECONDARY,
		    &way);
		build_text(b, (struct box){m, y + h, w, sub},
		    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2,
			ALIGN_LEFT),
		    2, build_msg(b, ways[i].sub));
		y += h + sub + (wide ? 4 : 14);
	}
}

void tech_done(struct build *b)
{
	const struct tech_footer f = {.back = {.text = NULL}};
	const struct tech_session *s = &b->x->session;
	enum tech_press how = s->ask;

	/* Of the update's screen, which is reached while it goes down. */
	if (s->report.phase == UPDATE_RESTARTING && how == TECH_PRESS_NONE)
		how = TECH_PRESS_RESTART;
	tech_footer(b, &f);
	tech_message(b, &band_busy,
	    build_msg(b,
		how == TECH_PRESS_POWER_OFF     ? MSG_TECH_DN_OFF
		    : how == TECH_PRESS_RESTART ? MSG_TECH_DN_RESTART
						: MSG_TECH_DN_ADOPTED),
	    build_msg(b, MSG_TECH_DN_SUB));
}
