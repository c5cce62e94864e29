/*
 * The technician's screens: one builder a screen, from the technician's view
 * to a scene. Pure, as screens.h. Their header is amber, as no visitor's is.
 */
#ifndef KARCIS_UI_SCREEN_TECH_H
#define KARCIS_UI_SCREEN_TECH_H

#include "screens.h"

/* Clears the scene and builds the view's screen. */
void tech_screens_build(struct scene *s, const struct theme *t,
    const struct metrics *m, const struct tech_view *v);
/* "tech-print"; "" for NONE. How tests find a button. */
const char *tech_press_name(enum tech_press p);

/* What is said of a refusal: why, and what to do. */
struct tech_refusal {
	enum msg_id why, todo;
};
struct tech_refusal tech_refusal(enum update_refusal r);

/* For the builders. */
struct tech_button {
	enum tech_press press;
	enum icon icon;
	const char *text; /* NULL = not drawn */
};
/* Back (where it leads somewhere), the language, and at the right, on tall
 * panels above them, two buttons. Sets b->bottom. */
struct tech_footer {
	struct tech_button back; /* text NULL: "Back" */
	struct tech_button primary, secondary;
};
void tech_footer(struct build *b, const struct tech_footer *f);
/* Grey, without a press, when the session does not offer it. */
void tech_button(struct build *b, struct box x, enum button look,
    const struct tech_button *button);
/* How many rows of that width a text needs, at most rows_max. */
int tech_rows(struct build *b, double width, struct style st, int rows_max,
    const char *text);
/* As much of a text as fits, with an ellipsis: for texts of other programs,
 * whose length is not ours. */
void tech_text_cut(struct build *b, struct box x, struct style st, int rows,
    const char *text);
/* "Next page (1/3)" as a footer's secondary, where there are pages. */
void tech_more(struct build *b, struct tech_footer *f, int pages,
    struct words *storage);
/* A band that is all there is to say; on wide panels across the panel. */
void tech_message(struct build *b, const struct band *band, const char *title,
    const char *sub);
/* The band of an outcome, with the sentence that came with an answer. */
void tech_say(struct build *b, const struct outcome *o);
/* The sentence that came with an answer, which is not ours; "" = nothing. */
void tech_detail(struct build *b, struct box x);
/* "0.4.0", "?" when it is unset. */
struct words tech_version(struct release_version v);

/* A page of lines, each in as many rows as it needs. */
void tech_list(struct build *b, struct box x, const struct tech_line *line,
    int count);
/* How many pages there are. */
int tech_pages(struct build *b, struct box x, const struct tech_line *line,
    int count);
/* Takes back what was built since the scene had that many items. */
void tech_take_back(struct build *b, int items);

void tech_bare(struct build *b);
void tech_pin(struct build *b);
void tech_locked(struct build *b);
void tech_menu(struct build *b);
void tech_status(struct build *b);
void tech_print(struct build *b);
void tech_touch(struct build *b);
void tech_scanner(struct build *b);
void tech_sync(struct build *b);
void tech_update(struct build *b);
void tech_export(struct build *b);
void tech_setup(struct build *b);
void tech_selftest(struct build *b);
void tech_cleaning(struct build *b);
void tech_screen(struct build *b);
void tech_clock(struct build *b);
void tech_power(struct build *b);
void tech_done(struct build *b);

#endif
