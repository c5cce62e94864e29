#include "config_read.h"

#include <string.h>

enum {
	PANEL_LONG_MM10 = 2000,
	PANEL_SHORT_MM10 = 1200, /* UI: 200 x 120 mm */
	COMPACT_HEIGHT_MM10 = 2500
};

static bool seen(const struct config *c, size_t i)
{
	return (c->seen[i / 64] >> i % 64 & 1U) != 0;
}

static void problem(struct config *c, unsigned line_no, struct str key,
    const char *reason, struct buf *problems)
{
	c->problems++;
	ini_problem(problems, c->file, line_no, str_from(c->section), key,
	    reason);
}

/* What the row would have taken. */
static const char *explain(const struct row *r, const char *reason,
    struct buf *text)
{
	const struct word *w = r->words;

	if (reason == config_not_a_number) {
		buf_fmt(text, "must be a whole number from %lld to %lld",
		    (long long)r->lo, (long long)r->hi);
		return buf_cstr(text);
	}
	if (reason != config_not_a_word)
		return reason;
	buf_fmt(text, "must be %s", w->text);
	for (w++; w->text != NULL; w++)
		buf_fmt(text, "%s%s", w[1].text != NULL ? ", " : " or ",
		    w->text);
	return buf_cstr(text);
}

/* A problem of the file as a whole. */
static void whole(struct config *c, const char *key, const char *reason,
    struct buf *problems)
{
	c->problems++;
	ini_problem(problems, c->file, 0, str_from(key), str_from(""), reason);
}

void config_defaults(struct config *c, const char *file)
{
	memset(c, 0, sizeof(*c));
	if (!str_copy(c->file, sizeof(c->file), str_from(file)))
		memcpy(c->file, "configuration", sizeof("configuration"));
	c->code = code_profile_own();
	for (size_t i = 0; i < config_rows_count; i++) {
		const char *initial = config_rows[i].initial;

		/* The defaults pass their own parsers: a test reads them. */
		if (initial != NULL &&
		    config_rows[i].parse(&config_rows[i], c,
			str_from(initial)) != NULL)
			c->problems++;
	}
}

static void enter_section(struct config *c, struct str name, unsigned line_no,
    struct buf *problems)
{
	c->section_begun = true;
	c->section_known = false;
	c->section[0] = '\0';
	for (size_t i = 0; i < config_rows_count; i++)
		if (str_is(name, config_rows[i].section)) {
			c->section_known = str_copy(c->section,
			    sizeof(c->section), name);
			return;
		}
	c->problems++;
	ini_problem(problems, c->file, line_no, name, str_from(""),
	    "unknown section");
}

static size_t find_row(const char *section, struct str key)
{
	size_t i = 0;

	while (i < config_rows_count &&
	    !(str_is(str_from(section), config_rows[i].section) &&
		str_is(key, config_rows[i].key)))
		i++;
	return i;
}

static void read_key_line(struct config *c, const struct ini_line *l,
    unsigned line_no, struct buf *problems)
{
	size_t i = find_row(c->section, l->name);
	const char *reason;
	char storage[160];
	struct buf text;

	if (i == config_rows_count) {
		problem(c, line_no, l->name, "unknown key", problems);
		return;
	}
	if (seen(c, i) && !config_rows[i].list) {
		problem(c, line_no, l->name, "is given twice", problems);
		return;
	}
	if (!seen(c, i) && config_rows[i].list)
		*(uint8_t *)config_at(c,
		    config_rows[i].count) = 0; /* the default goes */
	c->seen[i / 64] |= UINT64_C(1) << i % 64;
	reason = config_rows[i].parse(&config_rows[i], c, l->value);
	if (reason == NULL)
		return;
	buf_init(&text, storage, sizeof(storage));
	problem(c, line_no, l->name, explain(&config_rows[i], reason, &text),
	    problems);
}

void config_line(struct config *c, struct str line, unsigned line_no,
    struct buf *problems)
{
	struct ini_line l = ini_parse(line);

	switch (l.kind) {
	case INI_UNSET:
	case INI_BAD:
		problem(c, line_no, str_from(""), l.reason, problems);
		return;
	case INI_BLANK:
		return;
	case INI_SECTION:
		enter_section(c, l.name, line_no, problems);
		return;
	case INI_KEY:
		if (c->section_known)
			read_key_line(c, &l, line_no, problems);
		else if (!c->section_begun)
			problem(c, line_no, l.name, "key before any section",
			    problems);
		return; /* an unknown section was named once already */
	}
}

/* side_px of the panel is at least limit (tenths of mm): both squared, so
 * that no root is needed. */
static bool side_at_least(const struct config *c, int64_t side_px,
    int64_t limit_mm10)
{
	int64_t w = c->width_px, h = c->height_px;
	int64_t side = side_px * c->diagonal_mm10;

	return side * side >= limit_mm10 * limit_mm10 * (w * w + h * h);
}

static bool given(const struct config *c, const char *section, const char *key)
{
	return seen(c, find_row(section, str_from(key)));
}

/* What the language of the file knows and this release does not do yet. A
 * kiosk that took such a key in silence would do something else. */
static void finish_unbuilt(struct config *c, struct buf *problems)
{
	if (c->backup_path[0] != '\0')
		whole(c, "backup",
		    "a second medium is not built in this "
		    "release; remove the section",
		    problems);
	if (c->trust == TRUST_NTP || c->trust == TRUST_RTC)
		whole(c, "clock",
		    "only trust = system is built in this "
		    "release",
		    problems);
	if (c->late == LATE_STANDBY)
		whole(c, "arrival",
		    "late = standby is not built in this "
		    "release; use counter or refuse",
		    problems);
}

static void finish_role(struct config *c, struct buf *problems)
{
	if (c->role == ROLE_GATE && !given(c, "printer", "device"))
		memcpy(c->printer, "none", sizeof("none"));
	if (c->role == ROLE_GATE && !given(c, "terminal", "id"))
		memcpy(c->terminal_id, "gate-1", sizeof("gate-1"));
	if (c->role != ROLE_GATE && strcmp(c->printer, "none") == 0)
		whole(c, "printer.device",
		    "none is for gates; a kiosk prints tickets", problems);
}

static void finish_screen(struct config *c, struct buf *problems)
{
	int32_t long_px = c->width_px, short_px = c->height_px;

	if (c->rotate != 0 && c->presenter != PRESENTER_DRM)
		whole(c, "screen.rotate",
		    "a window is turned by its desktop; rotate is for "
		    "presenter = drm",
		    problems);
	if (long_px < short_px) {
		long_px = c->height_px;
		short_px = c->width_px;
	}
	if (!side_at_least(c, long_px, PANEL_LONG_MM10) ||
	    !side_at_least(c, short_px, PANEL_SHORT_MM10))
		whole(c, "screen.diagonal_inches",
		    "the panel is smaller than 200 x 120 mm", problems);
	if (!given(c, "screen", "viewing_mm"))
		c->viewing_mm = side_at_least(c, c->height_px,
				    COMPACT_HEIGHT_MM10)
		    ? 600
		    : 400;
}

static void finish_code(struct config *c, struct buf *problems)
{
	struct code_profile own = code_profile_own();

	if (c->code.check == CODE_CHECK_CROCKFORD &&
	    !str_is(str_from(c->code.alphabet), own.alphabet))
		whole(c, "code.check",
		    "crockford needs Karcis' own alphabet; say check = none",
		    problems);
	if (strlen(c->code.prefix) + c->code.length > CODE_MAX)
		whole(c, "code.length", "with its prefix over 32 symbols",
		    problems);
}

bool config_finish(struct config *c, struct buf *problems)
{
	unsigned ranges = 0;

	for (size_t i = 0; i < config_rows_count; i++)
		if (config_rows[i].required && !seen(c, i)) {
			c->problems++;
			ini_problem(problems, c->file, 0,
			    str_from(config_rows[i].section),
			    str_from(config_rows[i].key), "is missing");
		}
	for (size_t d = 0; d < WEEKDAYS; d++)
		ranges += c->hours.ranges[d];
	if (ranges == 0)
		whole(c, "hours", "no day has opening hours", problems);
	if ((c->hub_url[0] != '\0') != (c->hub_key[0] != '\0'))
		whole(c, "hub", "url and key go together", problems);
	if (c->hub_url[0] != '\0' && given(c, "terminal", "letter"))
		whole(c, "terminal.letter",
		    "the hub gives the letter; remove the line", problems);
	finish_unbuilt(c, problems);
	finish_role(c, problems);
	finish_screen(c, problems);
	finish_code(c, problems);
	return c->problems == 0;
}

bool config_holiday_line(struct config *c, const char *file, struct str line,
    unsigned line_no, struct buf *problems)
{
	struct str s = str_trim(line), rest = s, date;
	struct civil_date day;
	const char *reason = NULL;

	if (s.len == 0 || s.ptr[0] == '#' || s.ptr[0] == ';')
		return true;
	if (s.len > INI_LINE_MAX || !str_is_utf8(s))
		reason = "not a line of text of at most 190 bytes";
	else if (!str_split(&rest, ',', &date) || rest.ptr == NULL ||
	    str_trim(rest).len == 0)
		reason = "must be like 2026-12-25,Name";
	else if (!civil_parse_date(date, &day))
		reason = "not a date like 2026-12-25";
	else if (hours_add_holiday(&c->hours, civil_day(day)) != 0)
		reason = "more than 128 holidays";
	if (reason != NULL) {
		c->problems++;
		ini_problem(problems, file, line_no, str_from("holiday"),
		    str_from(""), reason);
	}
	return reason == NULL;
}

struct checkin_rules config_rules(const struct config *c, int64_t clock_floor_s)
{
	struct checkin_rules r = {
	    .office = c->office,
	    .offset_s = c->offset_s,
	    .clock_floor_s = clock_floor_s,
	    .hours = c->hours,
	    .early_minutes = c->early_minutes,
	    .late_minutes = c->late_minutes,
	    .late = c->late,
	    .ask_birth_date = c->ask_birth_date,
	    .hub_configured = c->hub_url[0] != '\0',
	};

	return r;
}
