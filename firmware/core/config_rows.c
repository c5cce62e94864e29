/* Every key of the configuration: config.c reads by this table. */
#include "config_read.h"

#include <stddef.h>

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
static const struct word blanks[] = {{"never", false}, {"closed", true},
    {NULL, 0}};
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

const struct row config_rows[] = {
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
	{.section = "screen", .key = "touch", .parse = config_read_touch,
	 TEXT(touch), .initial = "auto"},
	{.section = "screen", .key = "blank", .parse = config_read_bool,
	 AT(blank_closed), .words = blanks, .initial = "never"},
	{.section = "screen", .key = "blank_minutes", .parse = config_read_number,
	 AT(blank_minutes), .hi = 720, .initial = "60"},
	{.section = "screen", .key = "brightness", .parse = config_read_number,
	 AT(brightness), .lo = 1, .hi = 100, .initial = "100"},
	{.section = "screen", .key = "dim", .parse = config_read_dim,
	 .initial = "none"},
	{.section = "screen", .key = "dim_brightness", .parse = config_read_number,
	 AT(dim_brightness), .lo = 1, .hi = 100, .initial = "30"},
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
	{.section = "hub", .key = "link", .parse = config_read_absolute,
	 TEXT(hub_link)},
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
	{.section = "technician", .key = "switch", .parse = config_read_switch,
	 TEXT(tech_switch), .initial = "none"},
	{.section = "technician", .key = "idle_minutes",
	 .parse = config_read_number, AT(tech_idle_minutes), .lo = 1, .hi = 60,
	 .initial = "5"},
	{.section = "update", .key = "socket", .parse = config_read_absolute,
	 TEXT(update_socket)},
	{.section = "backup", .key = "path", .parse = config_read_absolute,
	 TEXT(backup_path)},
};
/* clang-format on */

const size_t config_rows_count = ARRAY_LEN(config_rows);

_Static_assert(ARRAY_LEN(config_rows) <= CONFIG_KEYS,
    "config.seen holds a bit for each key");
