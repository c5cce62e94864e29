#include "config_read.h"

#include <stddef.h>
#include <string.h>

enum {
	PANEL_LONG_MM10 = 2000,
	PANEL_SHORT_MM10 = 1200, /* UI: 200 x 120 mm */
	COMPACT_HEIGHT_MM10 = 2500
};

static const struct word roles[] = {{"kiosk", ROLE_KIOSK}, {"gate", ROLE_GATE},
    {NULL, 0}};
static const struct word langs[] = {{"id", LANG_ID}, {"en", LANG_EN},
    {NULL, 0}};
static const struct word lates[] = {{"counter", LATE_COUNTER},
    {"standby", LATE_STANDBY}, {"refuse", LATE_REFUSE}, {NULL, 0}};
static const struct word turns[] = {{"0", 0}, {"90", 90}, {"180", 180},
    {"270", 270}, {NULL, 0}};
static const struct word presenters[] = {{"window", PRESENTER_WINDOW},
    {"drm", PRESENTER_DRM}, {NULL, 0}};
static const struct word profiles[] = {{"auto", PROFILE_AUTO},
    {"epson", PROFILE_EPSON}, {"asb", PROFILE_ASB}, {"order", PROFILE_ORDER},
    {"custom", PROFILE_CUSTOM}, {"generic", PROFILE_GENERIC}, {NULL, 0}};
static const struct word widths[] = {{"576", 576}, {"384", 384}, {NULL, 0}};
static const struct word forms[] = {{"picture", FORM_PICTURE},
    {"text", FORM_TEXT}, {NULL, 0}};
static const struct word trusts[] = {{"system", TRUST_SYSTEM},
    {"ntp", TRUST_NTP}, {"rtc", TRUST_RTC}, {NULL, 0}};
static const struct word checks[] = {{"crockford", CODE_CHECK_CROCKFORD},
    {"none", CODE_CHECK_NONE}, {NULL, 0}};
static const struct word asks[] = {{"ask", true}, {"off", false}, {NULL, 0}};
static const struct word accepts[] = {{"tickets", ACCEPT_TICKETS},
    {"codes", ACCEPT_CODES}, {"both", ACCEPT_BOTH}, {NULL, 0}};
static const struct word ways[] = {{"in", WAY_IN}, {"out", WAY_OUT},
    {"both", WAY_BOTH}, {NULL, 0}};
static const struct word yesno[] = {{"yes", true}, {"no", false}, {NULL, 0}};

/* One key a row, by hand. */
/* clang-format off */
#define AT(member) .where = offsetof(struct config, member)
#define TEXT(member) \
	AT(member), .hi = (int64_t)sizeof(((struct config *)0)->member)
#define DAY(name, day) \
	{.section = "hours", .key = name, .parse = config_read_hours, .lo = day}

static const struct row rows[] = {
	{.section = "office", .key = "id", .parse = config_read_office, .lo = 1,
	 .hi = UINT32_MAX, .required = true},
	{.section = "office", .key = "name", .parse = config_read_text,
	 TEXT(office_name), .required = true},
	{.section = "office", .key = "timezone", .parse = config_read_zone,
	 AT(offset_s), .required = true},
	{.section = "terminal", .key = "id", .parse = config_read_terminal,
	 TEXT(terminal_id), .initial = "kiosk-1"},
	{.section = "terminal", .key = "letter", .parse = config_read_letter,
	 .initial = "S"},
	{.section = "terminal", .key = "role", .parse = config_read_word, AT(role),
	 .words = roles, .initial = "kiosk"},
	{.section = "terminal", .key = "state", .parse = config_read_absolute,
	 TEXT(state), .initial = "/var/lib/karcis"},
	{.section = "terminal", .key = "language", .parse = config_read_word,
	 AT(language), .words = langs, .initial = "id"},
	DAY("mon", MON), DAY("tue", TUE), DAY("wed", WED), DAY("thu", THU),
	DAY("fri", FRI), DAY("sat", SAT), DAY("sun", SUN),
	{.section = "hours", .key = "holidays", .parse = config_read_text,
	 TEXT(holidays_file)},
	{.section = "arrival", .key = "early_minutes", .parse = config_read_number,
	 AT(early_minutes), .hi = 720, .initial = "30"},
	{.section = "arrival", .key = "late", .parse = config_read_word, AT(late),
	 .words = lates, .initial = "counter"},
	{.section = "arrival", .key = "late_minutes", .parse = config_read_number,
	 AT(late_minutes), .hi = 720, .initial = "30"},
	{.section = "screen", .key = "size", .parse = config_read_size,
	 .initial = "1080x1920"},
	{.section = "screen", .key = "diagonal_inches", .parse = config_read_inches,
	 AT(diagonal_mm10), .initial = "21.5"},
	{.section = "screen", .key = "viewing_mm", .parse = config_read_number,
	 AT(viewing_mm), .lo = 200, .hi = 2000},
	{.section = "screen", .key = "rotate", .parse = config_read_word,
	 AT(rotate), .words = turns, .initial = "0"},
	{.section = "screen", .key = "presenter", .parse = config_read_word,
	 AT(presenter), .words = presenters, .initial = "window"},
	{.section = "scanner", .key = "device", .parse = config_read_scanner,
	 .count = offsetof(struct config, scanners), .list = true,
	 .initial = "evdev:auto"},
	{.section = "scanner", .key = "allow", .parse = config_read_allow,
	 .count = offsetof(struct config, allowed), .list = true},
	{.section = "printer", .key = "device", .parse = config_read_printer,
	 TEXT(printer), .initial = "usb:auto"},
	{.section = "printer", .key = "profile", .parse = config_read_word,
	 AT(profile), .words = profiles, .initial = "auto"},
	{.section = "printer", .key = "width_dots", .parse = config_read_word,
	 AT(width_dots), .words = widths, .initial = "576"},
	{.section = "printer", .key = "form", .parse = config_read_word, AT(form),
	 .words = forms, .initial = "picture"},
	{.section = "identity", .key = "birth_date", .parse = config_read_bool,
	 AT(ask_birth_date), .words = asks, .initial = "ask"},
	{.section = "services", .key = "file", .parse = config_read_text,
	 TEXT(services_file), .initial = "services.ini"},
	{.section = "clock", .key = "trust", .parse = config_read_word, AT(trust),
	 .words = trusts, .initial = "system"},
	{.section = "hub", .key = "url", .parse = config_read_url, TEXT(hub_url)},
	{.section = "hub", .key = "key", .parse = config_read_text, TEXT(hub_key)},
	{.section = "hub", .key = "ca", .parse = config_read_text, TEXT(hub_ca)},
	{.section = "hub", .key = "days_ahead", .parse = config_read_number,
	 AT(hub_days_ahead), .lo = 0, .hi = 60, .initial = "14"},
	{.section = "code", .key = "prefix", .parse = config_read_prefix,
	 TEXT(code.prefix)},
	{.section = "code", .key = "length", .parse = config_read_byte,
	 AT(code.length), .lo = 4, .hi = CODE_MAX},
	{.section = "code", .key = "alphabet", .parse = config_read_alphabet,
	 TEXT(code.alphabet)},
	{.section = "code", .key = "check", .parse = config_read_word,
	 AT(code.check), .words = checks},
	{.section = "code", .key = "group", .parse = config_read_byte,
	 AT(code.group), .lo = 0, .hi = 8},
	{.section = "staff", .key = "desk.id", .parse = config_read_text,
	 TEXT(desk[LANG_ID]), .initial = "meja informasi"},
	{.section = "staff", .key = "desk.en", .parse = config_read_text,
	 TEXT(desk[LANG_EN]), .initial = "the information desk"},
	{.section = "complaint", .key = "channel", .parse = config_read_text,
	 TEXT(complaint), .initial = "lapor.go.id \xC2\xB7 SMS 1708"},
	{.section = "privacy", .key = "masked_name", .parse = config_read_bool,
	 AT(masked_name), .words = yesno, .initial = "yes"},
	{.section = "privacy", .key = "keep_days", .parse = config_read_number,
	 AT(keep_days), .lo = 1, .hi = 400, .initial = "30"},
	{.section = "gate", .key = "accept", .parse = config_read_word, AT(accept),
	 .words = accepts, .initial = "tickets"},
	{.section = "gate", .key = "direction", .parse = config_read_word, AT(way),
	 .words = ways, .initial = "in"},
	{.section = "gate", .key = "reentry", .parse = config_read_bool, AT(reentry),
	 .words = yesno, .initial = "no"},
	{.section = "gate", .key = "early_minutes", .parse = config_read_number,
	 AT(gate_early_minutes), .hi = 720, .initial = "720"},
	{.section = "gate", .key = "show_seconds", .parse = config_read_number,
	 AT(gate_show_s), .lo = 2, .hi = 30, .initial = "4"},
	{.section = "gate", .key = "output", .parse = config_read_output,
	 TEXT(gate_output), .initial = "none"},
	{.section = "gate", .key = "open_ms", .parse = config_read_number,
	 AT(gate_open_ms), .lo = 100, .hi = 10000, .initial = "800"},
	{.section = "gate", .key = "sound", .parse = config_read_bool, AT(gate_sound),
	 .words = yesno, .initial = "yes"},
	{.section = "backup", .key = "path", .parse = config_read_absolute,
	 TEXT(backup_path)},
};
/* clang-format on */

_Static_assert(ARRAY_LEN(rows) <= 64, "seen holds a bit for each key");

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
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *initial = rows[i].initial;

		/* The defaults pass their own parsers: a test reads them. */
		if (initial != NULL &&
		    rows[i].parse(&rows[i], c, str_from(initial)) != NULL)
			c->problems++;
	}
}

static void enter_section(struct config *c, struct str name, unsigned line_no,
    struct buf *problems)
{
	c->section_begun = true;
	c->section_known = false;
	c->section[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_is(name, rows[i].section)) {
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

	while (i < ARRAY_LEN(rows) &&
	    !(str_is(str_from(section), rows[i].section) &&
		str_is(key, rows[i].key)))
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

	if (i == ARRAY_LEN(rows)) {
		problem(c, line_no, l->name, "unknown key", problems);
		return;
	}
	if ((c->seen >> i & 1U) != 0 && !rows[i].list) {
		problem(c, line_no, l->name, "is given twice", problems);
		return;
	}
	if ((c->seen >> i & 1U) == 0 && rows[i].list)
		*(uint8_t *)config_at(c,
		    rows[i].count) = 0; /* the default goes */
	c->seen |= UINT64_C(1) << i;
	reason = rows[i].parse(&rows[i], c, l->value);
	if (reason == NULL)
		return;
	buf_init(&text, storage, sizeof(storage));
	problem(c, line_no, l->name, explain(&rows[i], reason, &text),
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
	return (c->seen >> find_row(section, str_from(key)) & 1U) != 0;
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
	if (c->presenter == PRESENTER_DRM || c->rotate != 0)
		whole(c, "screen",
		    "presenter = drm and rotate are not built "
		    "in this release",
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

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].required && (c->seen >> i & 1U) == 0) {
			c->problems++;
			ini_problem(problems, c->file, 0,
			    str_from(rows[i].section), str_from(rows[i].key),
			    "is missing");
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
