/*
 * Every sentence the terminal shows or prints has an id here; msg.def holds
 * the English source text, assets/locale/ the translations (gettext). Texts
 * take values as {1}..{4}, so that data is never a format.
 */
#ifndef KARCIS_CORE_MSG_H
#define KARCIS_CORE_MSG_H

#include "str.h"

enum msg_id {
	MSG_NONE = 0,
#define MSG(id, text) MSG_##id,
#include "msg.def"
#undef MSG
	MSGS
};

/* English source text, "" for MSG_NONE. */
const char *msg_source(enum msg_id id);
/* Copies text into out with {1}..{4} replaced; a value that is missing
 * leaves nothing. Values are copied as they are, never expanded again. */
void msg_fill(struct buf *out, struct str text, const struct str *values,
    size_t count);

#endif
