#include "config.h"

#include <stddef.h>
#include <string.h>

enum {
	PANEL_LONG_MM10 = 2000,
	PANEL_SHORT_MM10 = 1200, /* UI: 200 x 120 mm */
	COMPACT_HEIGHT_MM10 = 2500
};

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

/* What explain() says in full. */
static const char not_a_word[] = "not one of its words";
static const char not_a_number[] = "not a number in its range";

static void *at(struct config *c, size_t offset)
{
	return (char *)c + offset;
}

static void put_int(struct config *c, size_t offset, int64_t value)
{
	int32_t v = (int32_t)value;

	memcpy(at(c, offset), &v, sizeof(v));
}

static bool find_word(const struct word *w, struct str v, int *value)
{
	for (; w->text != NULL; w++)
		if (str_is(v, w->text)) {
			*value = w->value;
			return true;
		}
	return false;
}

static const char *read_number(const struct row *r, struct config *c,
    struct str v)
{
	int64_t n;

	if (!str_number(v, r->lo, r->hi, &n))
		return not_a_number;
	put_int(c, r->where, n);
	return NULL;
}

static const char *read_office(const struct row *r, struct config *c,
    struct str v)
{
	int64_t n;

	if (!str_number(v, r->lo, r->hi, &n))
		return "must be a number from 1 to 4294967295";
	c->office = (uint32_t)n;
	return NULL;
}

/* For members of an enum type: int-sized in gcc and clang. */
static const char *read_word(const struct row *r, struct config *c,
    struct str v)
{
	int value;

	_Static_assert(sizeof(enum late_policy) == sizeof(int32_t), "enum");
	if (!find_word(r->words, v, &value))
		return not_a_word;
	put_int(c, r->where, value);
	return NULL;
}

static const char *read_bool(const struct row *r, struct config *c,
    struct str v)
{
	int value;
	bool yes;

	if (!find_word(r->words, v, &value))
		return not_a_word;
	yes = value != 0;
	memcpy(at(c, r->where), &yes, sizeof(yes));
	return NULL;
}

static const char *read_text(const struct row *r, struct config *c,
    struct str v)
{
	if (v.len == 0)
		return "is empty";
	if (!str_copy(at(c, r->where), (size_t)r->hi, v))
		return "is too long";
	return NULL;
}

static const char *read_absolute(const struct row *r, struct config *c,
    struct str v)
{
	if (v.len == 0 || v.ptr[0] != '/')
		return "must be an absolute path";
	return read_text(r, c, v);
}

static const char *read_zone(const struct row *r, struct config *c,
    struct str v)
{
	int32_t offset_s;

	if (!civil_parse_zone(v, &offset_s))
		return "must be WIB, WITA, WIT or like +07:00";
	put_int(c, r->where, offset_s);
	return NULL;
}

static const char *read_terminal(const struct row *r, struct config *c,
    struct str v)
{
	for (size_t i = 0; i < v.len; i++)
		if (!((v.ptr[i] >= 'a' && v.ptr[i] <= 'z') ||
			(v.ptr[i] >= '0' && v.ptr[i] <= '9') ||
			v.ptr[i] == '-'))
			return "may hold only a-z, 0-9 and -";
	return read_text(r, c, v);
}

static const char *read_letter(const struct row *r, struct config *c,
    struct str v)
{
	(void)r;
	if (v.len != 1 || v.ptr[0] < 'S' || v.ptr[0] > 'Z')
		return "must be one letter from S to Z";
	c->terminal_letter = v.ptr[0];
	return NULL;
}

/* r->lo is the weekday. */
static const char *read_hours(const struct row *r, struct config *c,
    struct str v)
{
	if (!hours_parse(v, &c->hours, (enum weekday)r->lo))
		return "must be like 07:30-12:00 13:00-15:00 (ascending, not"
		       " overlapping) or closed";
	return NULL;
}

static const char *read_size(const struct row *r, struct config *c,
    struct str v)
{
	struct str rest = v, w, h;
	int64_t width, height;

	(void)r;
	if (!str_split(&rest, 'x', &w) || !str_split(&rest, 'x', &h) ||
	    rest.ptr != NULL || !str_number(w, 320, 16384, &width) ||
	    !str_number(h, 320, 16384, &height))
		return "must be WIDTHxHEIGHT in pixels, 320 to 16384";
	c->width_px = (int32_t)width;
	c->height_px = (int32_t)height;
	return NULL;
}

/* "21.5" to 5461 tenths of a millimetre: one decimal at most. */
static const char *read_inches(const struct row *r, struct config *c,
    struct str v)
{
	struct str rest = v, part;
	int64_t whole = 0, tenth = 0;
	bool ok = str_split(&rest, '.', &part) &&
	    str_number(part, 5, 100, &whole);

	if (ok && rest.ptr != NULL)
		ok = rest.len == 1 && str_number(rest, 0, 9, &tenth);
	if (!ok)
		return "must be inches from 5 to 100, like 21.5";
	put_int(c, r->where, (whole * 10 + tenth) * 254 / 10);
	return NULL;
}

static bool starts(struct str v, const char *head)
{
	return str_is(str_cut(v, 0, strlen(head)), head) &&
	    v.len > strlen(head);
}

static bool read_hex4(struct str v, uint16_t *out)
{
	unsigned value = 0;

	if (v.len != 4)
		return false;
	for (size_t i = 0; i < 4; i++) {
		char ch = v.ptr[i];

		value <<= 4;
		if (ch >= '0' && ch <= '9')
			value += (unsigned)(ch - '0');
		else if (ch >= 'a' && ch <= 'f')
			value += (unsigned)(ch - 'a') + 10;
		else if (ch >= 'A' && ch <= 'F')
			value += (unsigned)(ch - 'A') + 10;
		else
			return false;
	}
	*out = (uint16_t)value;
	return true;
}

static bool read_usb_id(struct str v, struct config_usb_id *out)
{
	struct str rest = v, vendor, product;

	return str_split(&rest, ':', &vendor) &&
	    str_split(&rest, ':', &product) && rest.ptr == NULL &&
	    read_hex4(vendor, &out->vendor) &&
	    read_hex4(product, &out->product);
}

static const char *read_scanner(const struct row *r, struct config *c,
    struct str v)
{
	(void)r;
	if (!starts(v, "serial:/") && !starts(v, "evdev:/") &&
	    !starts(v, "hidraw:/") && !starts(v, "camera:/") &&
	    !str_is(v, "evdev:auto") && !str_is(v, "hidraw:auto"))
		return "must be serial:/PATH, evdev:auto, evdev:/PATH,"
		       " hidraw:auto, hidraw:/PATH or camera:/PATH";
	if (c->scanners == CONFIG_SCANNERS)
		return "more than 4 scanners";
	if (!str_copy(c->scanner[c->scanners], CONFIG_TEXT, v))
		return "is too long";
	c->scanners++;
	return NULL;
}

static const char *read_allow(const struct row *r, struct config *c,
    struct str v)
{
	(void)r;
	if (c->allowed == CONFIG_ALLOWED)
		return "more than 16 devices";
	if (!read_usb_id(v, &c->allow[c->allowed]))
		return "must be VENDOR:PRODUCT, four hex digits each";
	c->allowed++;
	return NULL;
}

static bool is_tcp(struct str v)
{
	struct str host = str_cut(v, 4, v.len);
	int64_t port;
	size_t colon = host.len;

	while (colon > 0 && host.ptr[colon - 1] != ':')
		colon--;
	return colon > 1 &&
	    str_number(str_cut(host, colon, host.len), 1, 65535, &port);
}

static const char *read_printer(const struct row *r, struct config *c,
    struct str v)
{
	struct config_usb_id id;
	bool ok = str_is(v, "usb:auto") || starts(v, "device:/") ||
	    starts(v, "virtual:") || (starts(v, "tcp:") && is_tcp(v)) ||
	    (starts(v, "usb:") && read_usb_id(str_cut(v, 4, v.len), &id)) ||
	    str_is(v, "none");

	if (!ok)
		return "must be usb:auto, usb:VVVV:PPPP, device:/PATH,"
		       " tcp:HOST:PORT, virtual:DIR or none";
	return read_text(r, c, v);
}

/* "gpio:/dev/gpiochip0:17" and ":low"; "command:/PATH". */
static bool is_gpio(struct str v)
{
	struct str rest = str_cut(v, 5, v.len), path, line, level;
	int64_t n;

	if (!str_split(&rest, ':', &path) || path.len < 2 ||
	    path.ptr[0] != '/' || !str_split(&rest, ':', &line) ||
	    !str_number(line, 0, 1023, &n))
		return false;
	return rest.ptr == NULL ||
	    (str_split(&rest, ':', &level) && rest.ptr == NULL &&
		str_is(level, "low"));
}

static const char *read_output(const struct row *r, struct config *c,
    struct str v)
{
	if (!str_is(v, "none") && !starts(v, "command:/") &&
	    !(starts(v, "gpio:/") && is_gpio(v)))
		return "must be none, gpio:/dev/NAME:LINE,"
		       " gpio:/dev/NAME:LINE:low or command:/PATH";
	return read_text(r, c, v);
}

static const char *read_url(const struct row *r, struct config *c, struct str v)
{
	/* Plain only to this machine itself: a proxy there, or a test. */
	if (!starts(v, "https://") && !starts(v, "http://127.0.0.1:") &&
	    !starts(v, "http://[::1]:"))
		return "must start with https://";
	if (v.ptr[v.len - 1] == '/')
		return "must not end with a slash";
	return read_text(r, c, v);
}

static const char *read_alphabet(const struct row *r, struct config *c,
    struct str v)
{
	for (size_t i = 0; i < v.len; i++) {
		char ch = v.ptr[i];

		if (!(ch >= 'A' && ch <= 'Z') && !(ch >= '0' && ch <= '9'))
			return "may hold only A-Z and 0-9";
		if (memchr(v.ptr, ch, i) != NULL)
			return "names a symbol twice";
	}
	return read_text(r, c, v);
}

static const char *read_prefix(const struct row *r, struct config *c,
    struct str v)
{
	for (size_t i = 0; i < v.len; i++)
		if (!(v.ptr[i] >= 'A' && v.ptr[i] <= 'Z') &&
		    !(v.ptr[i] >= '0' && v.ptr[i] <= '9'))
			return "may hold only A-Z and 0-9";
	return read_text(r, c, v);
}

static const char *read_byte(const struct row *r, struct config *c,
    struct str v)
{
	int64_t n;
	uint8_t byte;

	if (!str_number(v, r->lo, r->hi, &n))
		return not_a_number;
	byte = (uint8_t)n;
	memcpy(at(c, r->where), &byte, 1);
	return NULL;
}

/* One key a row, by hand. */
/* clang-format off */
#define AT(member) .where = offsetof(struct config, member)
#define TEXT(member) \
	AT(member), .hi = (int64_t)sizeof(((struct config *)0)->member)
#define DAY(name, day) \
	{.section = "hours", .key = name, .parse = read_hours, .lo = day}

static const struct row rows[] = {
	{.section = "office", .key = "id", .parse = read_office, .lo = 1,
	 .hi = UINT32_MAX, .required = true},
	{.section = "office", .key = "name", .parse = read_text,
	 TEXT(office_name), .required = true},
	{.section = "office", .key = "timezone", .parse = read_zone,
	 AT(offset_s), .required = true},
	{.section = "terminal", .key = "id", .parse = read_terminal,
	 TEXT(terminal_id), .initial = "kiosk-1"},
	{.section = "terminal", .key = "letter", .parse = read_letter,
	 .initial = "S"},
	{.section = "terminal", .key = "role", .parse = read_word, AT(role),
	 .words = roles, .initial = "kiosk"},
	{.section = "terminal", .key = "state", .parse = read_absolute,
	 TEXT(state), .initial = "/var/lib/karcis"},
	{.section = "terminal", .key = "language", .parse = read_word,
	 AT(language), .words = langs, .initial = "id"},
	DAY("mon", MON), DAY("tue", TUE), DAY("wed", WED), DAY("thu", THU),
	DAY("fri", FRI), DAY("sat", SAT), DAY("sun", SUN),
	{.section = "hours", .key = "holidays", .parse = read_text,
	 TEXT(holidays_file)},
	{.section = "arrival", .key = "early_minutes", .parse = read_number,
	 AT(early_minutes), .hi = 720, .initial = "30"},
	{.section = "arrival", .key = "late", .parse = read_word, AT(late),
	 .words = lates, .initial = "counter"},
	{.section = "arrival", .key = "late_minutes", .parse = read_number,
	 AT(late_minutes), .hi = 720, .initial = "30"},
	{.section = "screen", .key = "size", .parse = read_size,
	 .initial = "1080x1920"},
	{.section = "screen", .key = "diagonal_inches", .parse = read_inches,
	 AT(diagonal_mm10), .initial = "21.5"},
	{.section = "screen", .key = "viewing_mm", .parse = read_number,
	 AT(viewing_mm), .lo = 200, .hi = 2000},
	{.section = "screen", .key = "rotate", .parse = read_word,
	 AT(rotate), .words = turns, .initial = "0"},
	{.section = "screen", .key = "presenter", .parse = read_word,
	 AT(presenter), .words = presenters, .initial = "window"},
	{.section = "scanner", .key = "device", .parse = read_scanner,
	 .count = offsetof(struct config, scanners), .list = true,
	 .initial = "evdev:auto"},
	{.section = "scanner", .key = "allow", .parse = read_allow,
	 .count = offsetof(struct config, allowed), .list = true},
	{.section = "printer", .key = "device", .parse = read_printer,
	 TEXT(printer), .initial = "usb:auto"},
	{.section = "printer", .key = "profile", .parse = read_word,
	 AT(profile), .words = profiles, .initial = "auto"},
	{.section = "printer", .key = "width_dots", .parse = read_word,
	 AT(width_dots), .words = widths, .initial = "576"},
	{.section = "printer", .key = "form", .parse = read_word, AT(form),
	 .words = forms, .initial = "picture"},
	{.section = "identity", .key = "birth_date", .parse = read_bool,
	 AT(ask_birth_date), .words = asks, .initial = "ask"},
	{.section = "services", .key = "file", .parse = read_text,
	 TEXT(services_file), .initial = "services.ini"},
	{.section = "clock", .key = "trust", .parse = read_word, AT(trust),
	 .words = trusts, .initial = "system"},
	{.section = "hub", .key = "url", .parse = read_url, TEXT(hub_url)},
	{.section = "hub", .key = "key", .parse = read_text, TEXT(hub_key)},
	{.section = "hub", .key = "ca", .parse = read_text, TEXT(hub_ca)},
	{.section = "hub", .key = "days_ahead", .parse = read_number,
	 AT(hub_days_ahead), .lo = 0, .hi = 60, .initial = "14"},
	{.section = "code", .key = "prefix", .parse = read_prefix,
	 TEXT(code.prefix)},
	{.section = "code", .key = "length", .parse = read_byte,
	 AT(code.length), .lo = 4, .hi = CODE_MAX},
	{.section = "code", .key = "alphabet", .parse = read_alphabet,
	 TEXT(code.alphabet)},
	{.section = "code", .key = "check", .parse = read_word,
	 AT(code.check), .words = checks},
	{.section = "code", .key = "group", .parse = read_byte,
	 AT(code.group), .lo = 0, .hi = 8},
	{.section = "staff", .key = "desk.id", .parse = read_text,
	 TEXT(desk[LANG_ID]), .initial = "meja informasi"},
	{.section = "staff", .key = "desk.en", .parse = read_text,
	 TEXT(desk[LANG_EN]), .initial = "the information desk"},
	{.section = "complaint", .key = "channel", .parse = read_text,
	 TEXT(complaint), .initial = "lapor.go.id \xC2\xB7 SMS 1708"},
	{.section = "privacy", .key = "masked_name", .parse = read_bool,
	 AT(masked_name), .words = yesno, .initial = "yes"},
	{.section = "privacy", .key = "keep_days", .parse = read_number,
	 AT(keep_days), .lo = 1, .hi = 400, .initial = "30"},
	{.section = "gate", .key = "accept", .parse = read_word, AT(accept),
	 .words = accepts, .initial = "tickets"},
	{.section = "gate", .key = "direction", .parse = read_word, AT(way),
	 .words = ways, .initial = "in"},
	{.section = "gate", .key = "reentry", .parse = read_bool, AT(reentry),
	 .words = yesno, .initial = "no"},
	{.section = "gate", .key = "early_minutes", .parse = read_number,
	 AT(gate_early_minutes), .hi = 720, .initial = "720"},
	{.section = "gate", .key = "show_seconds", .parse = read_number,
	 AT(gate_show_s), .lo = 2, .hi = 30, .initial = "4"},
	{.section = "gate", .key = "output", .parse = read_output,
	 TEXT(gate_output), .initial = "none"},
	{.section = "gate", .key = "open_ms", .parse = read_number,
	 AT(gate_open_ms), .lo = 100, .hi = 10000, .initial = "800"},
	{.section = "gate", .key = "sound", .parse = read_bool, AT(gate_sound),
	 .words = yesno, .initial = "yes"},
	{.section = "backup", .key = "path", .parse = read_absolute,
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

	if (reason == not_a_number) {
		buf_fmt(text, "must be a whole number from %lld to %lld",
		    (long long)r->lo, (long long)r->hi);
		return buf_cstr(text);
	}
	if (reason != not_a_word)
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
		*(uint8_t *)at(c, rows[i].count) = 0; /* the default goes */
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
