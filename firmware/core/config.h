/*
 * The terminal's configuration: one table of keys, one struct of values.
 *
 * The caller reads the file and hands over its lines; this module judges
 * them. libinih would open the file itself, cuts lines over 199 bytes and
 * folds indented ones, so a pure module that names each line it refuses
 * reads the lines with ini.h instead.
 *
 * Every problem is one line "file:line: section.key: reason\n" appended to
 * `problems` (what does not fit is lost there but counted). Unknown sections
 * and keys, and a key given twice that is no list, are problems.
 *
 *     config_defaults(&c, "karcis.ini");
 *     for each line: config_line(&c, line, ++n, &problems);
 *     if (!config_finish(&c, &problems)) ...refuse to start...
 */
#ifndef KARCIS_CORE_CONFIG_H
#define KARCIS_CORE_CONFIG_H

#include "checkin.h"
#include "gate.h"
#include "ini.h"
#include "service.h"

enum {
	CONFIG_TEXT = 192, /* any value: a line holds 190 bytes */
	CONFIG_SCANNERS = 4,
	CONFIG_ALLOWED = 16,
	CONFIG_KEYS = 128
};

enum config_role { ROLE_UNSET = 0, ROLE_KIOSK, ROLE_GATE };
enum config_presenter { PRESENTER_UNSET = 0, PRESENTER_WINDOW, PRESENTER_DRM };
enum config_profile {
	PROFILE_UNSET = 0,
	PROFILE_AUTO,
	PROFILE_EPSON,
	PROFILE_ASB,
	PROFILE_ORDER,
	PROFILE_CUSTOM,
	PROFILE_GENERIC
};
enum config_form { FORM_UNSET = 0, FORM_PICTURE, FORM_TEXT };
enum config_trust { TRUST_UNSET = 0, TRUST_SYSTEM, TRUST_NTP, TRUST_RTC };

struct config_usb_id {
	uint16_t vendor, product;
};

struct config {
	/* [office] */
	uint32_t office; /* 1..2^32-1 */
	char office_name[SERVICE_TEXT];
	int32_t offset_s; /* timezone */
	/* [terminal] */
	char terminal_id[32]; /* a-z 0-9 and - */
	char terminal_letter; /* 'S'..'Z' */
	enum config_role role;
	char state[CONFIG_TEXT]; /* state directory, absolute */
	enum lang language;
	/* [hours]: mon .. sun, holidays */
	struct hours hours;
	char holidays_file[CONFIG_TEXT]; /* "" = none; else by the config */
	/* [arrival] */
	int32_t early_minutes, late_minutes;
	enum late_policy late;
	/* [screen] */
	int32_t width_px, height_px; /* as the visitor sees it */
	int32_t diagonal_mm10;       /* tenths of a millimetre */
	int32_t viewing_mm;
	int32_t rotate; /* 0, 90, 180, 270 */
	enum config_presenter presenter;
	char touch[CONFIG_TEXT]; /* presenter drm: "auto" or /dev/NAME */
	/* Dark from blank_minutes after closing to as long before opening. */
	bool blank_closed;
	int32_t blank_minutes;
	int32_t brightness; /* percent */
	/* [from, until), minutes of the day, over midnight where until is less;
	 * both -1 = never */
	int32_t dim_from_min, dim_until_min;
	int32_t dim_brightness; /* percent, then */
	/* [scanner]: "serial:PATH", "evdev:auto", "evdev:PATH",
	 * "hidraw:auto", "hidraw:PATH", "camera:PATH" */
	char scanner[CONFIG_SCANNERS][CONFIG_TEXT];
	uint8_t scanners;
	struct config_usb_id allow[CONFIG_ALLOWED];
	uint8_t allowed;
	/* [printer]: "usb:auto", "usb:04b8:0202", "device:PATH",
	 * "tcp:HOST:PORT", "virtual:DIR", "none" (a gate's default) */
	char printer[CONFIG_TEXT];
	enum config_profile profile;
	int32_t width_dots; /* 576 or 384 */
	enum config_form form;
	/* [identity] */
	bool ask_birth_date; /* birth_date = ask */
	/* [services] */
	char services_file[CONFIG_TEXT]; /* relative: beside the config */
	/* [clock] */
	enum config_trust trust;
	/* [hub] both or neither */
	char hub_url[CONFIG_TEXT];  /* "" = no hub */
	char hub_key[CONFIG_TEXT];  /* file: its public key, 64 hex digits */
	char hub_ca[CONFIG_TEXT];   /* file; "" = the system's authorities */
	int32_t hub_days_ahead;     /* bookings are held so far ahead */
	char hub_link[CONFIG_TEXT]; /* karcis-link's socket; "" = fork one */
	/* [code] */
	struct code_profile code;
	/* [staff] */
	char desk[LANGS][SERVICE_TEXT]; /* where staff are, for refusals */
	/* [complaint] printed on the ticket and shown in help */
	char complaint[SERVICE_TEXT];
	/* [privacy] */
	bool masked_name;  /* masked names kept and printed */
	int32_t keep_days; /* bookings older are purged */
	/* [backup] */
	char backup_path[CONFIG_TEXT]; /* "" = none */

	/* [gate] */
	enum gate_accept accept;
	enum gate_way way;
	bool reentry;
	int32_t gate_early_minutes;
	int32_t gate_show_s;
	char gate_output[CONFIG_TEXT]; /* "none", "gpio:/dev/NAME:LINE",
					  "gpio:/dev/NAME:LINE:low",
					  "command:/PATH" */
	int32_t gate_open_ms;
	bool gate_sound;
	/* [technician] */
	char tech_switch[CONFIG_TEXT]; /* of the service key: "none" or
					  "gpio:/dev/NAME:LINE[:low]" */
	int32_t tech_idle_minutes;     /* then service mode closes by itself */
	/* [update] karcis-update's socket; "" = no updates on this machine */
	char update_socket[CONFIG_TEXT];

	/* How far the reading is; of no use to others. */
	char file[CONFIG_TEXT];
	char section[32];
	bool section_begun, section_known;
	uint64_t seen[CONFIG_KEYS / 64]; /* bit = row of the table */
	unsigned problems;               /* so far */
};

/* Every default in place and `file` (for messages) remembered. */
void config_defaults(struct config *c, const char *file);
void config_line(struct config *c, struct str line, unsigned line_no,
    struct buf *problems);
/* What no line shows alone: required keys, panel size, code profile.
 * True when neither a line nor the whole has a problem. */
bool config_finish(struct config *c, struct buf *problems) MUST_USE;

/* One line "2026-12-25,Name" of the holidays file, a comment or a blank
 * line, added to c->hours; false and one problem when it is none. */
bool config_holiday_line(struct config *c, const char *file, struct str line,
    unsigned line_no, struct buf *problems) MUST_USE;

/* The rules of check-in that follow from a configuration. */
struct checkin_rules config_rules(const struct config *c,
    int64_t clock_floor_s);

#endif
