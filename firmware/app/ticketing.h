/* From an admission to the words and bytes of its paper. */
#ifndef KARCIS_APP_TICKETING_H
#define KARCIS_APP_TICKETING_H

#include "firmware/core/slip.h"
#include "office.h"

/* The ticket's text; the same for every copy. False: a field is out of range (a
 * damaged journal), or its key was replaced since (rekey, enrolment): another
 * one under the old key's id would be a forgery to every gate. */
bool ticketing_text(const struct office *o, const struct stores *s,
    const struct admission *a, struct ticket_text *out) MUST_USE;
/* The slip of an admission; b is the booking it was made from. */
bool ticketing_slip(const struct office *o, const struct stores *s,
    const struct admission *a, const struct booking *b, enum lang lang,
    bool copy, int64_t now_s, struct slip *out) MUST_USE;

/* A slip that is no ticket: its QR is refused everywhere. */
void ticketing_test_slip(const struct office *o, int64_t now_s,
    struct slip *out);

/* Draws the paper of printer bytes as a PNG file; glyphs may be NULL. */
int ticketing_draw_paper(const uint8_t *bytes, size_t len, int width_dots,
    const struct glyph_source *glyphs, const char *png_path,
    struct err *e) MUST_USE;

#endif
