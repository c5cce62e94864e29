#include "log_check.h"

/* Log and key have one name, and it ends as log_origin makes it. */
static bool is_of_office(const char *origin, const struct note_key *k,
    uint32_t office)
{
	struct str whole = str_from(origin);
	char end[32];
	struct buf b;

	buf_init(&b, end, sizeof(end));
	buf_fmt(&b, "/karcis/%lu", (unsigned long)office);
	return str_is(whole, k->name) && whole.len > b.len &&
	    str_eq(str_cut(whole, whole.len - b.len, b.len), buf_view(&b));
}

enum log_answer log_open(struct str note, struct str log_key, uint32_t office,
    struct checkpoint *out)
{
	struct note_key key;
	struct checkpoint c;
	struct str text;

	if (!note_vkey_parse(log_key, &key))
		return LOG_BAD_KEY;
	if (!note_open(note, &key, &text) || !checkpoint_parse(text, &c))
		return LOG_BAD_NOTE;
	if (!is_of_office(c.origin, &key, office))
		return LOG_OTHER_ORIGIN;
	*out = c;
	return LOG_AGREES;
}

static bool holds_entry(const struct log_question *q,
    const struct checkpoint *now)
{
	uint8_t bytes[LOG_ENTRY_BYTES];
	struct merkle_hash leaf;

	log_entry_put(q->entry, bytes);
	leaf = merkle_leaf(str_of(bytes, sizeof(bytes)));
	return merkle_included(q->index, now->size, &leaf, q->inclusion,
	    q->inclusions, &now->root);
}

enum log_answer log_check(const struct log_question *q)
{
	struct checkpoint now, before = {0};
	enum log_answer a = log_open(q->note, q->log_key, q->office, &now);

	if (a != LOG_AGREES)
		return a;
	if (q->known.len > 0 &&
	    log_open(q->known, q->log_key, q->office, &before) != LOG_AGREES)
		return LOG_NOT_CONSISTENT;
	if (now.size < before.size)
		return LOG_WENT_BACK;
	if (!merkle_consistent(before.size, &before.root, now.size, &now.root,
		q->consistency, q->consistencies))
		return LOG_NOT_CONSISTENT;
	return holds_entry(q, &now) ? LOG_AGREES : LOG_NOT_INCLUDED;
}

const char *log_answer_words(enum log_answer a)
{
	switch (a) {
	case LOG_AGREES:
		return "it holds our newest entry and all it held before";
	case LOG_BAD_KEY:
		return "its key is not the text of a key";
	case LOG_BAD_NOTE:
		return "its checkpoint is not signed by its key";
	case LOG_OTHER_ORIGIN:
		return "its checkpoint is of another log";
	case LOG_WENT_BACK:
		return "it is smaller than it was before";
	case LOG_NOT_CONSISTENT:
		return "it does not begin with what it held before";
	case LOG_NOT_INCLUDED:
		return "our newest entry is not in it";
	case LOG_UNSET:
	case LOG_ANSWERS:
		break;
	}
	return "it was not judged";
}
