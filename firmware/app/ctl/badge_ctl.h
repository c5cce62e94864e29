/* What karcis-ctl does to hand out a badge: the answering side draws it and
 * keeps its hash, this side shows its text, once. */
#ifndef KARCIS_APP_BADGE_CTL_H
#define KARCIS_APP_BADGE_CTL_H

#include "firmware/app/office.h"

/* Asks with `line` (words parted by TAB), whose answer is the badge's text,
 * and shows it: as a QR on the screen or, with png, in a new file. `who` says
 * whose it is: "officer". Returns an exit code. */
int badge_ctl_draw(const struct office *o, const char *who, struct str line,
    const char *png, struct err *e);

#endif
