/* How one key of the configuration is read: for config.c alone. */
#ifndef KARCIS_CORE_CONFIG_READ_H
#define KARCIS_CORE_CONFIG_READ_H

#include "config.h"

struct word {
	const char *text; /* NULL ends the list */
	int value;
};

struct row;
/* NULL, or why the value is refused. */
typedef const char *parser(const struct row *r, struct config *c, struct str v);

/* One key: how it is read, where it goes, what it is without the file. */
struct row {
	const char *section, *key;
	parser *parse;
	size_t where;
	size_t count;   /* lists: offset of their uint8_t count */
	int64_t lo, hi; /* numbers; texts and lists: hi = room */
	const struct word *words;
	const char *initial; /* NULL = empty */
	bool required, list;
};

extern const struct row config_rows[]; /* config_rows.c */
extern const size_t config_rows_count;

/* What config.c says in full: the words, the range. */
extern const char config_not_a_word[], config_not_a_number[];

void *config_at(struct config *c, size_t offset);

parser config_read_number;
parser config_read_office;
parser config_read_word;
parser config_read_bool;
parser config_read_text;
parser config_read_absolute;
parser config_read_zone;
parser config_read_terminal;
parser config_read_letter;
parser config_read_hours;
parser config_read_size;
parser config_read_inches;
parser config_read_scanner;
parser config_read_allow;
parser config_read_printer;
parser config_read_output;
parser config_read_switch;
parser config_read_touch;
parser config_read_dim;
parser config_read_url;
parser config_read_alphabet;
parser config_read_prefix;
parser config_read_byte;

#endif
