#include "ui_screens.h"

#include <stdio.h>
#include <string.h>

enum { DAY = 20783, NOW_MIN = 10 * 60 + 24, WIB_S = 7 * 3600 };

struct sample {
	const char *name;
	enum tech_state state;
	void (*more)(struct tech_view *v);
};

static struct tech_line *add(struct tech_view *v, enum tech_mark mark,
    enum msg_id name, enum msg_id text, const char *value)
{
	struct tech_line *l = &v->line[v->lines++];

	l->mark = mark;
	l->name = name;
	l->text = text;
	snprintf(l->value, sizeof(l->value), "%s", value);
	return l;
}

static void wrong(struct tech_view *v, const char *value)
{
	struct tech_line *l = &v->problem[v->problems++];

	l->mark = TECH_MARK_BAD;
	snprintf(l->value, sizeof(l->value), "%s", value);
}

static void facts(struct tech_view *v)
{
	add(v, TECH_MARK_WARN, MSG_TECH_L_PRINTER, MSG_TECH_V_PAPER_LOW, "");
	add(v, TECH_MARK_GOOD, MSG_TECH_L_SCANNER, MSG_TECH_V_WORKS, "");
	add(v, TECH_MARK_GOOD, MSG_TECH_L_SCREEN, MSG_TECH_V_WORKS, "");
	add(v, TECH_MARK_UNKNOWN, MSG_TECH_L_PAPER, MSG_TECH_V_UNKNOWN, "");
	add(v, TECH_MARK_BAD, MSG_TECH_L_HUB, MSG_TECH_V_NOT_HEARD, "");
	add(v, TECH_MARK_GOOD, MSG_TECH_L_CLOCK, MSG_TECH_V_CLOCK_SURE, "");
	add(v, TECH_MARK_GOOD, MSG_TECH_L_STORAGE, MSG_TECH_V_TAKES_WRITES, "");
	add(v, TECH_MARK_NONE, MSG_TECH_L_SPACE, MSG_TECH_V_FREE, "11204");
	add(v, TECH_MARK_NONE, MSG_TECH_L_DATA, MSG_TECH_V_AT, "08.40");
	add(v, TECH_MARK_NONE, MSG_TECH_L_VERSION, MSG_NONE, "0.4.0");
	add(v, TECH_MARK_BAD, MSG_TECH_L_UPDATE, MSG_TECH_V_RETURNED, "0.5.0");
	add(v, TECH_MARK_NONE, MSG_TECH_L_SECURITY, MSG_NONE, "3");
	add(v, TECH_MARK_GOOD, MSG_TECH_L_SANDBOX, MSG_TECH_V_ON, "");
	add(v, TECH_MARK_WARN, MSG_TECH_L_USB, MSG_NONE,
	    "1-2 1234:5678 \"Flash & Keys Deluxe Edition\": mass storage and "
	    "keyboard");
}

static void tested(struct tech_view *v)
{
	v->session.work = TECH_WORK_BAD;
	v->session.answered = true;
	add(v, TECH_MARK_GOOD, MSG_TECH_L_PRINTER, MSG_TECH_V_WORKS, "");
	add(v, TECH_MARK_GOOD, MSG_TECH_L_PAPER, MSG_TECH_V_PROVEN, "");
	add(v, TECH_MARK_BAD, MSG_TECH_L_SCANNER, MSG_TECH_V_NOT_THERE, "");
	add(v, TECH_MARK_GOOD, MSG_TECH_L_STORAGE, MSG_TECH_V_TAKES_WRITES, "");
	add(v, TECH_MARK_GOOD, MSG_TECH_L_HUB, MSG_TECH_V_HEARD, "10.23");
}

static void tested_good(struct tech_view *v)
{
	tested(v);
	v->session.work = TECH_WORK_GOOD;
	v->line[2].mark = TECH_MARK_GOOD;
	v->line[2].text = MSG_TECH_V_WORKS;
}

static void why_bare(struct tech_view *v)
{
	v->rules.bare = true;
	v->terminal[0] = v->office[0] = '\0';
	v->session.by = TECH_BY_NOBODY;
	add(v, TECH_MARK_BAD, MSG_NONE, MSG_TECH_B_NO_CONFIG, "");
}

static void bare(struct tech_view *v)
{
	v->rules.technicians = false;
	why_bare(v);
}

static void bare_badge(struct tech_view *v)
{
	why_bare(v);
	v->line[0].text = MSG_TECH_B_BAD_CONFIG;
	add(v, TECH_MARK_BAD, MSG_NONE, MSG_NONE,
	    "karcis.ini:14: hours.mon: 25:00 is no time of day, write it as "
	    "07:30-15:00");
	add(v, TECH_MARK_BAD, MSG_NONE, MSG_TECH_B_NO_KEYS, "");
	add(v, TECH_MARK_BAD, MSG_NONE, MSG_TECH_B_NOT_ENROLLED, "");
}

/* As many problems as a screen holds. */
static void bare_long(struct tech_view *v)
{
	why_bare(v);
	for (int i = v->lines; i < TECH_LINES; i++)
		add(v, TECH_MARK_BAD, MSG_NONE, MSG_NONE,
		    "karcis.ini:20: hours.mon: must be like 07:30-12:00 "
		    "13:00-15:00 (ascending, not overlapping) or closed, and "
		    "is 97:30-12:00 13:00-15:00 here, which is no day");
	v->rules.technicians = false;
}

static void keyed(struct tech_view *v)
{
	snprintf(v->session.pin, sizeof(v->session.pin), "4711");
}

static void keyed_all(struct tech_view *v)
{
	snprintf(v->session.pin, sizeof(v->session.pin), "4711081547");
	snprintf(v->session.badge, sizeof(v->session.badge),
	    "Siti Nurhaliza Rahmawati Dewi H");
}

static void pin_wrong(struct tech_view *v)
{
	v->session.pin_wrong = true;
	v->session.tries = 3;
	v->session.pause_ms = 1;
}

static void pin_unsure(struct tech_view *v)
{
	v->session.pin_unsure = true;
}

static void locked(struct tech_view *v)
{
	v->seconds_left = 299;
}

static void locked_soon(struct tech_view *v)
{
	v->seconds_left = 42;
}

static void by_bare(struct tech_view *v)
{
	why_bare(v);
	v->rules.technicians = false;
	v->session.by = TECH_BY_BARE;
}

static void installed(struct tech_view *v)
{
	struct update_report *r = &v->session.outcome;

	r->outcome = UPDATE_INSTALLED;
	r->outcome_from = (struct release_version){0, 3, 9};
	r->outcome_to = (struct release_version){0, 4, 0};
}

static void returned(struct tech_view *v)
{
	struct update_report *r = &v->session.outcome;

	r->outcome = UPDATE_RETURNED;
	r->outcome_from = (struct release_version){0, 4, 0};
	r->outcome_to = (struct release_version){0, 5, 0};
}

static void running(struct tech_view *v)
{
	v->session.work = TECH_WORK_RUNNING;
}

static void no_answer(struct tech_view *v)
{
	v->session.work = TECH_WORK_BAD;
}

static void good(struct tech_view *v)
{
	v->session.work = TECH_WORK_GOOD;
	v->session.answered = true;
}

static void bad(struct tech_view *v)
{
	v->session.work = TECH_WORK_BAD;
	v->session.answered = true;
	snprintf(v->session.detail, TECH_DETAIL,
	    "link: hub.example.go.id:8443: the certificate is not of an "
	    "authority that we know, look at");
}

static void stored(struct tech_view *v)
{
	good(v);
	snprintf(v->session.detail, TECH_DETAIL, "kiosk-1-20261126-102412");
}

/* A slip's outline: rules, a block, a frame. */
static void paper(struct tech_view *v)
{
	enum { W = 384, H = 560, STRIDE = W / 8 };
	static uint8_t bits[STRIDE * H];

	for (int y = 0; y < H; y++) {
		for (int x = 0; x < W; x++) {
			bool black = (y > 20 && y < 50 && x < 240) ||
			    (y > 90 && y < 190 && x > 90 && x < 290) ||
			    (y > 210 && y < 400 && y / 16 % 2 == 0 &&
				x < 300 - y / 4) ||
			    (y > 420 && x > 90 && x < 222 &&
				(x / 6 * 7 + y / 6 * 5) % 3 == 0);

			if (black)
				bits[y * STRIDE + x / 8] |= (uint8_t)(0x80 >>
				    x % 8);
		}
	}
	v->paper = (struct tech_paper){W, H, STRIDE, 1, bits};
}

static void print_yes(struct tech_view *v)
{
	good(v);
	paper(v);
	v->session.print = PRINT_PRINTED;
}

static void print_unsure(struct tech_view *v)
{
	print_yes(v);
	v->session.work = TECH_WORK_BAD;
	v->session.print = PRINT_UNSURE;
}

static void print_not(struct tech_view *v)
{
	print_unsure(v);
	v->session.print = PRINT_NOT_PRINTED;
}

static void print_part(struct tech_view *v)
{
	print_unsure(v);
	v->session.print = PRINT_PARTIAL;
}

static void touch(struct tech_view *v)
{
	v->session.target = 4;
	v->session.misses = 2;
}

static void touch_done(struct tech_view *v)
{
	v->session.target = TECH_TARGETS + 1;
}

static void scanned_test(struct tech_view *v)
{
	v->session.scans = 2;
	v->session.length = TICKET_DIGITS;
	v->session.is_test_code = true;
	snprintf(v->session.device, TECH_NAME, "/dev/ttyACM0");
}

static void scanned_other(struct tech_view *v)
{
	scanned_test(v);
	v->session.is_test_code = false;
	v->session.length = 10;
	snprintf(v->session.device, TECH_NAME, "Newland HR22 Dorada II");
}

static void phase(struct tech_view *v, enum update_phase p)
{
	struct update_report *r = &v->session.report;

	r->phase = p;
	r->to = (struct release_version){0, 5, 0};
	r->security = 4;
	r->floor = 3;
	r->signed_s = civil_unix(DAY - 6, 36000, WIB_S);
	r->total_bytes = 205483213;
	r->done_bytes = 120000000;
	snprintf(r->signer, sizeof(r->signer), "Karcis release 2026");
}

static void up_looking(struct tech_view *v)
{
	phase(v, UPDATE_LOOKING);
}

static void up_offered(struct tech_view *v)
{
	phase(v, UPDATE_OFFERED);
}

static void up_offered_long(struct tech_view *v)
{
	struct update_report *r = &v->session.report;

	phase(v, UPDATE_OFFERED);
	r->from = (struct release_version){999999, 999999, 999998};
	r->to = (struct release_version){999999, 999999, 999999};
	r->security = r->floor = 2147483647;
	r->signed_s = 0;
	memset(r->signer, 'W', sizeof(r->signer) - 1);
}

static void up_copying(struct tech_view *v)
{
	phase(v, UPDATE_COPYING);
}

static void up_verifying(struct tech_view *v)
{
	phase(v, UPDATE_VERIFYING);
}

static void up_writing(struct tech_view *v)
{
	phase(v, UPDATE_WRITING);
}

static void up_checking(struct tech_view *v)
{
	phase(v, UPDATE_CHECKING);
}

static void up_ready(struct tech_view *v)
{
	phase(v, UPDATE_READY);
}

static void up_nobody(struct tech_view *v)
{
	v->session.report.phase = UPDATE_UNSET;
}

static void found(struct tech_view *v)
{
	static const char *const names[] = {"services.ini", "holidays.csv",
	    "hub.pub", "hub-ca.pem", "enrol.txt", "technicians", "officers",
	    "bookings.csv"};

	good(v);
	v->session.fetched = true;
	add(v, TECH_MARK_GOOD, MSG_NONE, MSG_TECH_SET_NEW, "karcis.ini");
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		add(v, i % 3 == 2 ? TECH_MARK_NONE : TECH_MARK_GOOD, MSG_NONE,
		    i % 3 == 2 ? MSG_TECH_SET_SAME : MSG_TECH_SET_NEW,
		    names[i]);
	v->session.files = v->lines;
}

static void found_bad(struct tech_view *v)
{
	found(v);
	wrong(v,
	    "karcis.ini:14: hours.mon: 25:00 is no time of day, write it "
	    "as 07:30-15:00");
	wrong(v,
	    "services.ini:3: service.paspor-baru.letter.booked: A is used "
	    "by another service");
	wrong(v, "holidays.csv:12: 2026-13-01 is no date");
	wrong(v,
	    "karcis.ini: hub.key: the file hub.pub is not on the stick "
	    "and not on this machine");
	wrong(v, "enrol.txt:1: the enrolment token ended on 2026-11-20");
	v->session.problems = v->problems;
}

static void found_none(struct tech_view *v)
{
	good(v);
	v->session.fetched = true;
}

static void adopting(struct tech_view *v)
{
	found(v);
	running(v);
}

static void cleaning(struct tech_view *v)
{
	v->seconds_left = 58;
}

static void no_volume(struct tech_view *v)
{
	v->rules.volume = -1;
}

static void clock_some(struct tech_view *v)
{
	snprintf(v->session.typed, sizeof(v->session.typed), "26112");
}

static void clock_all(struct tech_view *v)
{
	snprintf(v->session.typed, sizeof(v->session.typed), "261120261024");
}

static void clock_wrong(struct tech_view *v)
{
	snprintf(v->session.typed, sizeof(v->session.typed), "310220261024");
	v->session.typed_wrong = true;
}

static void ask_restart(struct tech_view *v)
{
	v->session.ask = TECH_PRESS_RESTART;
}

static void ask_off(struct tech_view *v)
{
	v->session.ask = TECH_PRESS_POWER_OFF;
}

static const struct sample samples[] = {
    {"tech-bare", TECH_CLOSED, bare},
    {"tech-bare-badge", TECH_CLOSED, bare_badge},
    {"tech-bare-long", TECH_CLOSED, bare_long},
    {"tech-pin", TECH_PIN, keyed},
    {"tech-pin-all", TECH_PIN, keyed_all},
    {"tech-pin-wrong", TECH_PIN, pin_wrong},
    {"tech-pin-unsure", TECH_PIN, pin_unsure},
    {"tech-pin-checking", TECH_CHECKING, keyed_all},
    {"tech-locked", TECH_LOCKED, locked},
    {"tech-locked-soon", TECH_LOCKED, locked_soon},
    {"tech-menu", TECH_MENU, NULL},
    {"tech-menu-bare", TECH_MENU, by_bare},
    {"tech-menu-installed", TECH_MENU, installed},
    {"tech-menu-returned", TECH_MENU, returned},
    {"tech-status", TECH_STATUS, facts},
    {"tech-print", TECH_PRINT, paper},
    {"tech-print-runs", TECH_PRINT, running},
    {"tech-print-yes", TECH_PRINT, print_yes},
    {"tech-print-unsure", TECH_PRINT, print_unsure},
    {"tech-print-not", TECH_PRINT, print_not},
    {"tech-print-part", TECH_PRINT, print_part},
    {"tech-print-bad", TECH_PRINT, bad},
    {"tech-touch", TECH_TOUCH, touch},
    {"tech-touch-done", TECH_TOUCH, touch_done},
    {"tech-scanner", TECH_SCANNER, NULL},
    {"tech-scanner-test", TECH_SCANNER, scanned_test},
    {"tech-scanner-other", TECH_SCANNER, scanned_other},
    {"tech-sync", TECH_SYNC, NULL},
    {"tech-sync-runs", TECH_SYNC, running},
    {"tech-sync-good", TECH_SYNC, good},
    {"tech-sync-bad", TECH_SYNC, bad},
    {"tech-update", TECH_UPDATE, NULL},
    {"tech-update-no-answer", TECH_UPDATE, no_answer},
    {"tech-update-nobody", TECH_UPDATE, up_nobody},
    {"tech-update-looking", TECH_UPDATE, up_looking},
    {"tech-update-offered", TECH_UPDATE, up_offered},
    {"tech-update-offered-long", TECH_UPDATE, up_offered_long},
    {"tech-update-copying", TECH_UPDATE, up_copying},
    {"tech-update-verifying", TECH_UPDATE, up_verifying},
    {"tech-update-writing", TECH_UPDATE, up_writing},
    {"tech-update-checking", TECH_UPDATE, up_checking},
    {"tech-update-ready", TECH_UPDATE, up_ready},
    {"tech-export", TECH_EXPORT, NULL},
    {"tech-export-runs", TECH_EXPORT, running},
    {"tech-export-good", TECH_EXPORT, stored},
    {"tech-export-bad", TECH_EXPORT, bad},
    {"tech-setup", TECH_SETUP, NULL},
    {"tech-setup-runs", TECH_SETUP, running},
    {"tech-setup-found", TECH_SETUP, found},
    {"tech-setup-problems", TECH_SETUP, found_bad},
    {"tech-setup-none", TECH_SETUP, found_none},
    {"tech-setup-takes", TECH_SETUP, adopting},
    {"tech-setup-bad", TECH_SETUP, bad},
    {"tech-selftest", TECH_SELFTEST, NULL},
    {"tech-selftest-runs", TECH_SELFTEST, running},
    {"tech-selftest-good", TECH_SELFTEST, tested_good},
    {"tech-selftest-bad", TECH_SELFTEST, tested},
    {"tech-selftest-no-answer", TECH_SELFTEST, no_answer},
    {"tech-cleaning", TECH_CLEANING, cleaning},
    {"tech-screen", TECH_SCREEN, NULL},
    {"tech-screen-light", TECH_SCREEN, no_volume},
    {"tech-clock", TECH_CLOCK, clock_some},
    {"tech-clock-whole", TECH_CLOCK, clock_all},
    {"tech-clock-wrong", TECH_CLOCK, clock_wrong},
    {"tech-clock-good", TECH_CLOCK, good},
    {"tech-clock-bad", TECH_CLOCK, no_answer},
    {"tech-power", TECH_POWER, NULL},
    {"tech-power-restart", TECH_POWER, ask_restart},
    {"tech-power-off", TECH_POWER, ask_off},
    {"tech-done-adopted", TECH_DONE, NULL},
    {"tech-done-restart", TECH_DONE, ask_restart},
    {"tech-done-off", TECH_DONE, ask_off},
};

static void fill(struct tech_view *v, enum lang lang)
{
	struct tech_session *s = &v->session;

	memset(v, 0, sizeof(*v));
	s->lang = lang;
	s->by = TECH_BY_BADGE;
	s->brightness = 70;
	s->volume = 100;
	s->report.phase = UPDATE_IDLE;
	s->report.from = (struct release_version){0, 4, 0};
	snprintf(s->badge, sizeof(s->badge), "Budi Santoso");
	v->rules = (struct tech_rules){.lang = LANG_ID,
	    .idle_ms = 300000,
	    .offset_s = WIB_S,
	    .technicians = true,
	    .printer = true,
	    .hub = true,
	    .updates = true,
	    .clock = true,
	    .brightness = 70,
	    .volume = 100};
	snprintf(v->office, sizeof(v->office), "Kantor Imigrasi Singkawang");
	snprintf(v->terminal, sizeof(v->terminal), "kiosk-1");
	snprintf(v->version, sizeof(v->version), "0.4.0");
	v->day = DAY;
	v->minute = NOW_MIN;
	v->seconds_left = -1;
}

/* After the samples: every refusal of an update. */
static const char *refusal(int r, struct tech_view *v)
{
	static char name[48];

	if (r >= UPDATE_REFUSALS)
		return NULL;
	v->session.state = TECH_UPDATE;
	phase(v, UPDATE_REFUSED);
	v->session.report.refusal = (enum update_refusal)r;
	snprintf(name, sizeof(name), "tech-refused-%s",
	    update_refusal_name((enum update_refusal)r));
	return name;
}

const char *sample_tech_view(int n, enum lang lang, struct tech_view *v)
{
	const struct sample *s;

	if (n < 0)
		return NULL;
	fill(v, lang);
	if (n >= (int)ARRAY_LEN(samples))
		return refusal(n - (int)ARRAY_LEN(samples), v);
	s = &samples[n];
	v->session.state = s->state;
	if (s->more != NULL)
		s->more(v);
	return s->name;
}

bool sample_tech_named(const char *name, enum lang lang, struct tech_view *v)
{
	const char *is;

	for (int n = 0; (is = sample_tech_view(n, lang, v)) != NULL; n++) {
		if (strcmp(is, name) == 0)
			return true;
	}
	return false;
}
