/*
 * The screens of a gate: one builder a screen, from a gate's view to a scene.
 * Pure, as screens.h.
 */
#ifndef KARCIS_UI_SCREEN_GATE_H
#define KARCIS_UI_SCREEN_GATE_H

#include "screens.h"

/* Clears the scene and builds the view's screen. */
void gate_screens_build(struct scene *s, const struct theme *t,
    const struct metrics *m, const struct gate_view *v);
/* "gate-type"; "" for NONE. How tests find a button. */
const char *gate_press_name(enum gate_press p);

/* What a verdict looks like from afar. */
struct gate_look {
	enum icon icon;
	enum colour fill, ink; /* of the whole screen */
	enum colour mark;      /* of the icon on a card */
};
const struct gate_look *gate_look(enum gate_verdict v);

/* What a verdict says; "" is left out. */
struct gate_words {
	struct words word;   /* BOLEH MASUK */
	struct words reason; /* the one reason of a refusal */
	struct words todo;
	bool badge; /* an officer can decide otherwise */
};
void gate_words_fill(const struct build *b, struct gate_words *out);
/* Why an officer opened. */
const char *gate_reason_text(const struct build *b, enum pass_reason r);

/* For the builders. */
struct gate_button {
	enum gate_press press; /* NONE: the button is off */
	enum icon icon;
	const char *text; /* NULL = not drawn */
};
/* Buttons at the left, the language, and the primary at the right (on tall
 * panels above them). Sets b->bottom. `bare`: no card below. */
struct gate_footer {
	struct gate_button left[3];
	struct gate_button primary, secondary;
	bool bare;
};
void gate_footer(struct build *b, const struct gate_footer *f);
void gate_button(struct build *b, struct box x, enum button look,
    const struct gate_button *button);
/* "A-017", or what there is instead of a number. */
struct words gate_label(const struct build *b, uint8_t letter, uint16_t number,
    enum pass_of of);
/* Local hh.mm of a moment. */
struct words gate_time(const struct build *b, int64_t unix_s);

void gate_ready(struct build *b);
void gate_moment(struct build *b);
void gate_verdict_screen(struct build *b);
void gate_keypad(struct build *b);
void gate_lost(struct build *b);
void gate_compare(struct build *b);
void gate_officer(struct build *b);
void gate_list(struct build *b);

#endif
