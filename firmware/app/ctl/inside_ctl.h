/* `karcis-ctl inside`: who is inside now, and what status and report say of a
 * gate. No names: numbers, times, persons. */
#ifndef KARCIS_APP_INSIDE_CTL_H
#define KARCIS_APP_INSIDE_CTL_H

#include "question.h"

int inside_answer(struct question *q);
/* Adds "inside", "gates", "roster", "officers" and "output" of a gate. */
int inside_status(struct question *q, json_t *o, struct err *e) MUST_USE;
/* Adds a gate's passes, refusals by reason and overrides of a day; nothing to
 * a kiosk that nobody went through. */
void inside_report(const struct question *q, const struct journal_report *r,
    json_t *o);

#endif
