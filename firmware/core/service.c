#include "service.h"

#include <stddef.h>
#include <string.h>

#include "ini.h"

enum { FEE_MAX_RUPIAH = 100000000, LETTER_LAST = 'R' };

const struct service *service_find(const struct services *s, uint8_t id)
{
	for (uint8_t i = 0; id != 0 && i < s->count; i++)
		if (s->item[i].id == id)
			return &s->item[i];
	return NULL;
}

const struct service *service_find_name(const struct services *s,
    struct str name)
{
	for (uint8_t i = 0; name.len > 0 && i < s->count; i++)
		if (str_is(name, s->item[i].key))
			return &s->item[i];
	return NULL;
}

uint8_t service_letter(const struct service *s, enum booking_class c)
{
	switch (c) {
	case CLASS_UNSET:
		return 0;
	case CLASS_BOOKED:
		return s->letter_booked;
	case CLASS_PRIORITY:
		return s->letter_priority;
	case CLASS_WALK_IN:
		return s->letter_walk_in;
	case CLASS_STANDBY:
		return s->letter_standby;
	}
	return 0;
}

struct row;
/* NULL, or why the value is refused. */
typedef const char *parser(const struct row *row, struct services_reader *r,
    struct service *s, struct str v);

struct row {
	const char *key;
	parser *parse;
	size_t where, room; /* member of struct service */
	enum lang lang;     /* needs */
	bool required, list;
};

static const char *read_text(const struct row *row, struct services_reader *r,
    struct service *s, struct str v)
{
	(void)r;
	if (v.len == 0)
		return "is empty";
	if (!str_copy((char *)s + row->where, row->room, v))
		return "is too long";
	return NULL;
}

static const char *read_id(const struct row *row, struct services_reader *r,
    struct service *s, struct str v)
{
	int64_t n;

	(void)row;
	if (!str_number(v, 1, 255, &n))
		return "must be a number from 1 to 255";
	if (service_find(r->out, (uint8_t)n) != NULL)
		return "is the id of another service";
	s->id = (uint8_t)n;
	return NULL;
}

static const char *read_fee(const struct row *row, struct services_reader *r,
    struct service *s, struct str v)
{
	(void)row;
	(void)r;
	if (!str_number(v, 0, FEE_MAX_RUPIAH, &s->fee_rupiah))
		return "must be whole rupiah, digits only";
	return NULL;
}

static const char *read_need(const struct row *row, struct services_reader *r,
    struct service *s, struct str v)
{
	uint8_t *n = &r->needs_seen[row->lang];

	if (v.len == 0)
		return "is empty";
	if (*n == SERVICE_NEEDS)
		return "is given more than 6 times";
	if (!str_copy(s->need[row->lang][*n], SERVICE_TEXT, v))
		return "is too long";
	(*n)++;
	return NULL;
}

static bool letter_taken(const struct services *all, uint8_t letter)
{
	for (uint8_t i = 0; i < all->count; i++) {
		const struct service *s = &all->item[i];

		if (s->letter_booked == letter || s->letter_walk_in == letter ||
		    s->letter_priority == letter || s->letter_standby == letter)
			return true;
	}
	return false;
}

static const char *read_letter(const struct row *row, struct services_reader *r,
    struct service *s, struct str v)
{
	uint8_t letter;

	if (v.len != 1 || v.ptr[0] < 'A' || v.ptr[0] > LETTER_LAST)
		return "must be one letter from A to R";
	letter = (uint8_t)(v.ptr[0] - 'A' + 1);
	if (letter_taken(r->out, letter))
		return "is used twice in this file";
	memcpy((char *)s + row->where, &letter, 1);
	return NULL;
}

#define TEXT(member) \
	.parse = read_text, .where = offsetof(struct service, member), \
	.room = sizeof(((struct service *)0)->member)
#define LETTER(member) \
	.parse = read_letter, .where = offsetof(struct service, member)

static const struct row rows[] = {
    {.key = "id", .parse = read_id, .required = true},
    {.key = "name.id", TEXT(name[LANG_ID]), .required = true},
    {.key = "name.en", TEXT(name[LANG_EN]), .required = true},
    {.key = "counter", TEXT(counter)},
    {.key = "fee", .parse = read_fee},
    {.key = "pay.id", TEXT(pay[LANG_ID])},
    {.key = "pay.en", TEXT(pay[LANG_EN])},
    {.key = "need.id", .parse = read_need, .lang = LANG_ID, .list = true},
    {.key = "need.en", .parse = read_need, .lang = LANG_EN, .list = true},
    {.key = "letter.booked", LETTER(letter_booked), .required = true},
    {.key = "letter.walk_in", LETTER(letter_walk_in)},
    {.key = "letter.priority", LETTER(letter_priority)},
    {.key = "letter.standby", LETTER(letter_standby)},
};

static void problem(struct services_reader *r, unsigned line_no,
    const char *section, struct str key, const char *reason,
    struct buf *problems)
{
	r->problems++;
	ini_problem(problems, r->file, line_no, str_from(section), key, reason);
}

void services_begin(struct services_reader *r, struct services *out,
    const char *file)
{
	memset(out, 0, sizeof(*out));
	memset(r, 0, sizeof(*r));
	r->out = out;
	r->current = -1;
	if (!str_copy(r->file, sizeof(r->file), str_from(file)))
		memcpy(r->file, "services", sizeof("services"));
}

/* What the section that ends here still lacks. */
static void end_section(struct services_reader *r, struct buf *problems)
{
	struct service *s;

	if (r->current < 0)
		return;
	s = &r->out->item[r->current];
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].required && (r->seen >> i & 1U) == 0)
			problem(r, 0, s->key, str_from(rows[i].key),
			    "is missing", problems);
	if (r->needs_seen[LANG_ID] != r->needs_seen[LANG_EN])
		problem(r, 0, s->key, str_from("need"),
		    "not as many in English as in Indonesian", problems);
	s->needs = r->needs_seen[LANG_ID];
	if (r->needs_seen[LANG_EN] < s->needs)
		s->needs = r->needs_seen[LANG_EN];
	if (s->fee_rupiah > 0 &&
	    (s->pay[LANG_ID][0] == '\0' || s->pay[LANG_EN][0] == '\0'))
		problem(r, 0, s->key, str_from("pay"),
		    "a fee needs pay.id and pay.en", problems);
	r->current = -1;
}

static bool is_key(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.ptr[i] >= 'a' && s.ptr[i] <= 'z') &&
		    !(s.ptr[i] >= '0' && s.ptr[i] <= '9') && s.ptr[i] != '-' &&
		    s.ptr[i] != '_')
			return false;
	return s.len > 0 && s.len < SERVICE_KEY;
}

static void enter_section(struct services_reader *r, struct str section,
    unsigned line_no, struct buf *problems)
{
	static const char head[] = "service.";
	struct str key = str_cut(section, sizeof(head) - 1, section.len);
	const char *reason = NULL;

	end_section(r, problems);
	r->section_begun = true;
	if (!str_is(str_cut(section, 0, sizeof(head) - 1), head))
		reason = "unknown section, must be [service.NAME]";
	else if (!is_key(key))
		reason = "the name takes a-z, 0-9, - and _, at most 31";
	else if (service_find_name(r->out, key) != NULL)
		reason = "this service stands in the file twice";
	else if (r->out->count == SERVICES_MAX)
		reason = "more than 16 services";
	if (reason != NULL) {
		r->problems++;
		ini_problem(problems, r->file, line_no, section, str_from(""),
		    reason);
		return;
	}
	r->current = r->out->count++;
	r->seen = 0;
	memset(r->needs_seen, 0, sizeof(r->needs_seen));
	if (!str_copy(r->out->item[r->current].key, SERVICE_KEY, key))
		r->current = -1;
}

static void read_key_line(struct services_reader *r, const struct ini_line *l,
    unsigned line_no, struct buf *problems)
{
	struct service *s = &r->out->item[r->current];
	const char *reason = NULL;
	size_t i = 0;

	while (i < ARRAY_LEN(rows) && !str_is(l->name, rows[i].key))
		i++;
	if (i == ARRAY_LEN(rows)) {
		reason = "unknown key";
	} else if ((r->seen >> i & 1U) != 0 && !rows[i].list) {
		reason = "is given twice";
	} else {
		r->seen |= 1U << i;
		reason = rows[i].parse(&rows[i], r, s, l->value);
	}
	if (reason != NULL)
		problem(r, line_no, s->key, l->name, reason, problems);
}

void services_line(struct services_reader *r, struct str line, unsigned line_no,
    struct buf *problems)
{
	struct ini_line l = ini_parse(line);

	switch (l.kind) {
	case INI_UNSET:
	case INI_BAD:
		problem(r, line_no, "", str_from(""), l.reason, problems);
		return;
	case INI_BLANK:
		return;
	case INI_SECTION:
		enter_section(r, l.name, line_no, problems);
		return;
	case INI_KEY:
		if (r->current >= 0)
			read_key_line(r, &l, line_no, problems);
		else if (!r->section_begun)
			problem(r, line_no, "", l.name,
			    "key before any section", problems);
		return; /* a section that was refused is named once */
	}
}

bool services_finish(struct services_reader *r, struct buf *problems)
{
	end_section(r, problems);
	if (r->out->count == 0)
		problem(r, 0, "", str_from(""), "no service in it", problems);
	return r->problems == 0;
}
