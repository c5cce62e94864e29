/* The keypad for booking codes and the digit pad for birth dates. */
#include "screens.h"

#include <string.h>

static const char *const rows[] = {"1234567890", "QWERTYUIOP", "ASDFGHJKL",
    "ZXCVBNM"};

enum { ROWS = 4 };

static void key(struct build *b, struct box x, char symbol)
{
	const char text[2] = {symbol, '\0'};
	struct item *it = build_box(b, x, COL_CARD, COL_BORDER,
	    b->t->wide ? 2 : 4);

	it->symbol = symbol;
	build_text(b, x,
	    build_style(b, FONT_MONO, TYPE_KEY, COL_INK, ALIGN_CENTRE), 1,
	    text);
}

static void erase_key(struct build *b, struct box x)
{
	double side = b->t->wide ? 9 : 16;
	struct item *it = build_box(b, x, COL_HAIR, COL_BORDER,
	    b->t->wide ? 2 : 4);

	it->symbol = '\b';
	build_icon(b,
	    (struct box){x.x + (x.w - side) / 2, x.y + (x.h - side) / 2, side,
		side},
	    ICON_ERASE, COL_INK);
}

void build_keys(struct build *b, struct box x, const struct code_profile *code)
{
	double gap = b->t->wide ? 2 : 3, kw = (x.w - 9 * gap) / 10;
	double kh = (x.h - (ROWS - 1) * gap) / ROWS;
	int r;

	for (r = 0; r < ROWS; r++) {
		char row[12];
		size_t n = 0, extra = r == ROWS - 1 ? 2 : 0;
		double left, y = x.y + r * (kh + gap);

		for (const char *p = rows[r]; *p != '\0'; p++) {
			if (code_symbol(code, *p) != '\0')
				row[n++] = *p;
		}
		left = x.x + (x.w - (double)(n + extra) * (kw + gap) + gap) / 2;
		for (size_t i = 0; i < n; i++)
			key(b,
			    (struct box){left + (double)i * (kw + gap), y, kw,
				kh},
			    row[i]);
		if (extra > 0)
			erase_key(b,
			    (struct box){left + (double)n * (kw + gap), y,
				2 * kw + gap, kh});
	}
}

static void symbol_box(struct build *b, struct box x, char symbol, bool next)
{
	bool wide = b->t->wide, filled = symbol != '\0';
	const char text[2] = {symbol, '\0'};
	struct item *it = build_box(b, x, filled || next ? COL_CARD : COL_PAPER,
	    next         ? COL_BRAND
		: filled ? COL_INK2
			 : COL_BORDER,
	    wide ? 2 : 4);

	if (next)
		it->stroke = it->stroke * 2;
	if (filled)
		build_text(b, x,
		    build_style(b, FONT_MONO, TYPE_CODE, COL_INK, ALIGN_CENTRE),
		    1, text);
	else if (next)
		build_box(b,
		    (struct box){x.x + x.w * 0.27, x.y + x.h * 0.78, x.w * 0.46,
			wide ? 0.7 : 1.4},
		    COL_BRAND, COL_NONE, 0);
}

void build_typed(struct build *b, struct box x, const struct code_profile *p,
    const char *typed)
{
	int len = (int)strlen(typed), n = p->length;
	int dashes = p->group > 0 && n > 0 ? (n - 1) / p->group : 0;
	double gap = b->t->wide ? 1.2 : 2, dash = b->t->wide ? 4.5 : 7;
	double w, at = x.x;

	if (n == 0)
		return;
	w = (x.w - (n - 1 - dashes) * gap - dashes * dash) / n;
	if (w > (b->t->wide ? 12 : 24))
		w = b->t->wide ? 12 : 24;
	for (int i = 0; i < n; i++) {
		symbol_box(b, (struct box){at, x.y, w, x.h},
		    i < len ? typed[i] : '\0', i == len);
		at += w;
		if (i + 1 == n)
			break;
		if (p->group > 0 && (i + 1) % p->group == 0) {
			build_box(b,
			    (struct box){at + dash * 0.25, x.y + x.h / 2,
				dash * 0.5, b->t->wide ? 0.8 : 1.6},
			    COL_INK2, COL_NONE, 0.8);
			at += dash;
		} else {
			at += gap;
		}
	}
}

static void keypad_head(struct build *b, struct box x)
{
	struct words n = build_number(b->v->code.length);
	struct words sub = build_fill(b, MSG_KEYPAD_SUB, n.text, "");
	double m = x.x;

	if (b->v->session.typed_slip) {
		build_strip(b, x, ICON_WARNING, COL_WARN, COL_WARN_SOFT,
		    build_msg(b, MSG_SLIP_TITLE), build_msg(b, MSG_SLIP_SUB));
		return;
	}
	build_text_top(b, (struct box){m, x.y, x.w, 24},
	    build_style(b, FONT_BOLD, TYPE_TITLE, COL_INK, ALIGN_LEFT), 1,
	    build_msg(b, MSG_KEYPAD_TITLE));
	build_text_top(b, (struct box){m, x.y + 24, x.w, x.h - 24},
	    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2, ALIGN_LEFT), 2,
	    sub.text);
}

static void keypad_tall(struct build *b)
{
	double m = b->margin, w = b->w - 2 * m, keys_h = 4 * 29 + 3 * 3;
	double y = b->bottom - keys_h, free_top = b->top + 12;
	double hint = y - 22, boxes = hint - 50;

	build_keys(b, (struct box){m, y, w, keys_h}, &b->v->code);
	build_text(b, (struct box){m, hint, w, 14},
	    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2, ALIGN_LEFT), 1,
	    build_msg(b, MSG_KEYPAD_HINT));
	build_typed(b, (struct box){m, boxes, w, 44}, &b->v->code,
	    b->v->session.typed);
	keypad_head(b, (struct box){m, free_top, w, 54});
}

static void keypad_wide(struct build *b)
{
	double m = b->margin, w = b->w - 2 * m, gap = 2;
	double boxes_w = w * 0.6, y = b->top + 2.5, keys_y;

	build_typed(b, (struct box){m, y, boxes_w, 16}, &b->v->code,
	    b->v->session.typed);
	if (b->v->session.typed_slip)
		build_strip(b,
		    (struct box){m + boxes_w + 3, y, w - boxes_w - 3, 16},
		    ICON_WARNING, COL_WARN, COL_WARN_SOFT,
		    build_msg(b, MSG_SLIP_TITLE), NULL);
	else
		build_text(b,
		    (struct box){m + boxes_w + 4, y, w - boxes_w - 4, 16},
		    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2,
			ALIGN_LEFT),
		    2, build_msg(b, MSG_KEYPAD_HINT));
	keys_y = y + 16 + gap + 0.5;
	build_keys(b, (struct box){m, keys_y, w, b->bottom - 2 - keys_y},
	    &b->v->code);
}

void screen_keypad(struct build *b)
{
	struct words n = build_number(b->v->code.length);
	struct words enter = build_fill(b, MSG_KEYPAD_ENTER, n.text, "");
	bool whole = strlen(b->v->session.typed) == b->v->code.length;
	const struct footer f = {ACTION_BACK, true,
	    whole ? build_msg(b, MSG_KEYPAD_GO) : enter.text,
	    whole ? ACTION_ENTER : ACTION_NONE, ICON_NONE, NULL, ACTION_NONE};

	build_footer(b, &f);
	if (b->t->wide)
		keypad_wide(b);
	else
		keypad_tall(b);
}

void build_pad(struct build *b, struct box x)
{
	static const char digits[] = "123456789";
	double gap = b->t->wide ? 2 : 3, kw = (x.w - 2 * gap) / 3;
	double kh = (x.h - 3 * gap) / 4;

	for (int i = 0; i < 9; i++)
		key(b,
		    (struct box){x.x + i % 3 * (kw + gap),
			x.y + (double)(i / 3) * (kh + gap), kw, kh},
		    digits[i]);
	key(b, (struct box){x.x + kw + gap, x.y + 3 * (kh + gap), kw, kh}, '0');
	erase_key(b,
	    (struct box){x.x + 2 * (kw + gap), x.y + 3 * (kh + gap), kw, kh});
}

void build_digits(struct build *b, struct box x, const struct digit_part *part,
    size_t parts, const char *typed)
{
	int len = typed != NULL ? (int)strlen(typed) : -1;
	int digits = part[parts - 1].from + part[parts - 1].count;
	double gap = b->t->wide ? 1.2 : 2;
	double apart = (b->t->wide ? 10.0 : 28.0) / (double)(parts - 1);
	double w, at = x.x, label = b->t->wide ? 8 : 16;

	w = (x.w - (double)(parts - 1) * apart -
		(digits - (double)parts) * gap) /
	    digits;
	for (size_t p = 0; p < parts; p++) {
		double n = part[p].count, all = n * w + (n - 1) * gap;

		build_text(b, (struct box){at, x.y, all + apart - 1, label},
		    build_style(b, FONT_SEMI, TYPE_LABEL, COL_INK2, ALIGN_LEFT),
		    1, build_msg(b, part[p].name));
		for (int i = 0; i < part[p].count; i++) {
			int k = part[p].from + i;

			symbol_box(b,
			    (struct box){at + i * (w + gap), x.y + label, w,
				x.h - label},
			    k < len ? typed[k] : '\0', k == len);
		}
		at += all + apart;
	}
}

/* Day, month, year: two, two and four boxes under their names. */
static void birth_boxes(struct build *b, struct box x)
{
	static const struct digit_part part[] = {{MSG_BIRTH_DAY, 0, 2},
	    {MSG_BIRTH_MONTH, 2, 2}, {MSG_BIRTH_YEAR, 4, 4}};

	build_digits(b, x, part, ARRAY_LEN(part), b->v->session.birth);
}

static void birth_head(struct build *b, struct box x)
{
	bool wide = b->t->wide;
	double title = wide ? 11 : 24;

	if (b->v->session.birth_bad) {
		build_strip(b, x, ICON_WARNING, COL_WARN, COL_WARN_SOFT,
		    build_msg(b, MSG_BIRTH_BAD), NULL);
		return;
	}
	build_text_top(b, (struct box){x.x, x.y, x.w, title},
	    build_style(b, FONT_BOLD, TYPE_TITLE, COL_INK, ALIGN_LEFT), 1,
	    build_msg(b, MSG_BIRTH_TITLE));
	build_text_top(b, (struct box){x.x, x.y + title, x.w, x.h - title},
	    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2, ALIGN_LEFT), 2,
	    build_msg(b, MSG_BIRTH_SUB));
}

void screen_identity(struct build *b)
{
	bool whole = strlen(b->v->session.birth) == BIRTH_DIGITS;
	const struct footer f = {ACTION_BACK, true,
	    build_msg(b, whole ? MSG_NEXT : MSG_BIRTH_ENTER),
	    whole ? ACTION_ENTER : ACTION_NONE, ICON_NONE, NULL, ACTION_NONE};
	struct style why = build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2,
	    ALIGN_LEFT);
	double m = b->margin, w = b->w - 2 * m, y;

	build_footer(b, &f);
	if (b->t->wide) {
		double left = w * 0.56, h = b->bottom - b->top;

		birth_head(b, (struct box){m, b->top + 5, left, 26});
		birth_boxes(b, (struct box){m, b->top + 31, left, 28});
		build_text(b, (struct box){m, b->top + 61, left, 18}, why, 2,
		    build_msg(b, MSG_BIRTH_WHY));
		build_pad(b,
		    (struct box){m + left + 8, b->top + 4, w - left - 8,
			h - 8});
		return;
	}
	y = b->bottom - (4 * 29 + 3 * 3);
	build_pad(b, (struct box){m + 20, y, w - 40, b->bottom - y});
	build_text(b, (struct box){m, y - 36, w, 32}, why, 2,
	    build_msg(b, MSG_BIRTH_WHY));
	birth_boxes(b, (struct box){m, y - 104, w, 62});
	birth_head(b, (struct box){m, b->top + 10, w, 52});
}
