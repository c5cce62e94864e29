/*
 * The touch screen: takes a flat picture of what to show (struct view) and
 * gives back what was pressed. It knows no rules, devices or clocks; nothing
 * here waits. One window or one panel; everything is laid out in millimetres
 * and scaled by the configured panel.
 */
#ifndef KARCIS_UI_H
#define KARCIS_UI_H

#include "firmware/core/err.h"
#include "firmware/core/gate_session.h"
#include "firmware/core/glyph.h"
#include "firmware/core/msg.h"
#include "firmware/core/session.h"

#include "tech_view.h"

struct ui;

struct ui_config {
	int width_px, height_px; /* 1080x1920 ... */
	int diagonal_tenth_inch; /* 215 = 21.5 */
	int viewing_mm;          /* 0 = 600, compact panels 400 */
	bool fullscreen;         /* a kiosk; false = a window */
	const char *font_dir;    /* NULL = Debian's places */
	bool sound;              /* tones of a gate's verdicts */

	/* The screen itself through DRM, without a desktop; false = a window,
	 * which stands upright, and then what follows is of no use. */
	bool drm;
	int rotate; /* 0, 90, 180, 270: degrees clockwise by which the picture
		       is turned on the panel; touches turn with it */
	const char *touch;   /* "auto" (NULL), or a device: /dev/input/event3 */
	const char *drm_dir; /* NULL = /dev/dri */
};

/* Everything a screen shows. Compared bytewise with the last one, so it is
 * zeroed before it is filled. */
struct view {
	struct session session; /* state, decision, typed ... */
	char office[64];
	char desk[64];       /* where staff are, "" = not configured */
	int32_t day, minute; /* local */
	enum home_state home;
	struct hours_answer hours; /* of now */
	struct service service;    /* of the booking in hand, id 0 = none */
	struct code_profile code;
	int32_t late_minutes, offset_s;
	int32_t seconds_left;  /* of TICKET, WARNING; -1 = no count shown */
	int64_t last_sync_s;   /* 0 = never */
	bool checking_slow;    /* CHECKING has lasted over 300 ms */
	bool arrow_up;         /* phase of the 1 Hz scanner arrow */
	struct ticket_text qr; /* NUMBER: the ticket's text, else "" */
	bool proves_paper;     /* false: "take your ticket below" only and
				  the "no paper came out" button */
};

/* Somebody who is inside, for the list: no names. */
struct gate_inside {
	uint8_t letter; /* 0: came without a number */
	uint16_t number;
	uint8_t persons;
	enum pass_of of;
	int64_t time_s; /* went in */
};
enum { GATE_LIST_ROWS = 24 };

/* Everything a gate's screen shows; as struct view. */
struct gate_view {
	struct gate_session session;
	char office[64];
	char terminal[32];
	char desk[64];
	int32_t day, minute, offset_s;
	struct service service; /* of the ticket in hand, id 0 = none */
	int32_t inside;         /* persons */
	bool both_ways;         /* the button for "out" is drawn */
	bool short_codes;       /* the button to key one in is drawn */
	bool officers;          /* there are badges: say that one helps */
	bool keys;              /* a roster is there */
	bool reentry;           /* who went out may come in again */
	bool blind;             /* no scanner is there */
	bool strange_badge;     /* what was read is a badge, but not of here */
	bool slow;              /* LOOKING, ENTERING: for over 300 ms */
	bool clock_unsure;
	bool hub, up;     /* under a hub; it is heard */
	int64_t heard_s;  /* when last, 0 = never */
	int32_t pause_s;  /* SHORT_WAIT: seconds left */
	uint16_t doubles; /* of today; the newest: */
	struct gate_double double_;
	struct gate_inside list[GATE_LIST_ROWS]; /* of session.list_page */
	uint8_t rows;
	uint16_t pages;
};

enum ui_event_kind {
	UI_NONE = 0,
	UI_ACTION,
	UI_SYMBOL,
	UI_ERASE,
	UI_QUIT,
	UI_PRESS, /* of a gate's screen */
	UI_TECH,  /* of a technician's */
	UI_WAKE   /* a dark screen was touched: it is lit, nothing else */
};
enum ui_sound { UI_SOUND_NONE = 0, UI_SOUND_YES, UI_SOUND_WAIT, UI_SOUND_NO };
struct ui_event {
	enum ui_event_kind kind;
	enum action action;
	enum gate_press press; /* PRESS */
	enum tech_press tech;  /* TECH */
	char symbol;
};

/* One sentence on a missing font (names file and Debian package), a missing
 * display, a panel that is too small or has no mode of the configured size. */
int ui_open(const struct ui_config *c, struct ui **out, struct err *e) MUST_USE;
void ui_close(struct ui *u);
/* The desktop's display, while no ui is open: what fits a window on it.
 * -ENODEV: there is none. */
int ui_display(int *width_px, int *height_px, struct err *e) MUST_USE;
/* The descriptor to poll for input; -1 = none. */
int ui_fd(const struct ui *u);
/* Draws what changed since the last view and presents it; draws nothing when
 * nothing changed. Returns the pixels that were redrawn, or -errno. */
int64_t ui_show(struct ui *u, const struct view *v, struct err *e) MUST_USE;
/* The same for a gate. */
int64_t ui_show_gate(struct ui *u, const struct gate_view *v,
    struct err *e) MUST_USE;
/* The same for a technician, and for a machine that is not set up yet. */
int64_t ui_show_tech(struct ui *u, const struct tech_view *v,
    struct err *e) MUST_USE;
/* Plays it, now, in place of what plays; silent where there is no sound card
 * or sounds are off. Never blocks. */
void ui_sound(struct ui *u, enum ui_sound sound);
/* 0..100, of the sounds after it. */
void ui_volume(struct ui *u, int percent);
/* Next press; call until it returns false. Never blocks. An expose redraws
 * from the kept picture. */
bool ui_next_event(struct ui *u, struct ui_event *out) MUST_USE;
/* Dark (by power saving where the screen can) and lit again with what is shown
 * then. A touch of a dark screen lights it by itself (UI_WAKE). */
void ui_blank(struct ui *u, bool on);
/* 1..100 of the light behind the panel; nothing where it cannot be set. */
void ui_brightness(struct ui *u, int percent);
/* What was shown last stands on a screen, or the screen is blank as it should;
 * false also while no screen is connected, which is no failure: it is taken
 * when it comes. */
bool ui_lit(const struct ui *u);
/* The next sentence for the log on screens and touch screens that came, went
 * or cannot be used; its code is 0 where nothing is wrong. False = none. */
bool ui_next_note(struct ui *u, struct err *out) MUST_USE;
/* Writes the picture as PNG (tests, docs). */
int ui_save_png(struct ui *u, const char *path, struct err *e) MUST_USE;
/* Writes one line per thing on the screen: x y w h kind action text (px). The
 * kind of a keypad's key is "key", of a gate's or a technician's button its
 * name ("gate-type", "tech-print"). */
int ui_dump_layout(const struct ui *u, int fd, struct err *e) MUST_USE;
/* Glyphs for the printer, from the same fonts; lives as long as u. */
const struct glyph_source *ui_glyphs(struct ui *u);

/* Translations: reads assets/locale catalogues below dir. */
int text_init(const char *locale_dir, struct err *e) MUST_USE;
/* The text of an id in a language; static until the next call to text_init. */
const char *text_get(enum lang lang, enum msg_id id);
/* "Selasa, 24 November 2026" */
void text_date(enum lang lang, int32_t day, struct buf *out);
/* Minute of day as 09.30 */
void text_minute(int32_t minute, struct buf *out);

#endif
