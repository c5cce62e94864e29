#include "ui_screens.h"

#include <stdio.h>
#include <string.h>

const struct panel sample_panels[] = {{1080, 1920, 215}, {1280, 800, 156},
    {1280, 800, 101}, {1024, 600, 101}};
const int sample_panel_count = (int)ARRAY_LEN(sample_panels);

enum { DAY = 20781, NOW_MIN = 8 * 60 + 42, WIB_S = 7 * 3600 };

struct sample {
	const char *name;
	enum session_state state;
	enum verdict verdict;
	void (*more)(struct view *v);
};

static void typed_some(struct view *v)
{
	snprintf(v->session.typed, sizeof(v->session.typed), "7M4R");
}

static void typed_all(struct view *v)
{
	snprintf(v->session.typed, sizeof(v->session.typed), "7M4RX92AKW");
}

static void slip(struct view *v)
{
	typed_all(v);
	v->session.typed_slip = true;
}

static void closed(struct view *v)
{
	v->home = HOME_CLOSED;
	v->hours = (struct hours_answer){HOURS_OVER, 0, DAY + 2, 450, 900};
}

static void before(struct view *v)
{
	v->home = HOME_CLOSED;
	v->hours = (struct hours_answer){HOURS_BEFORE, 0, DAY, 450, 900};
}

static void never(struct view *v)
{
	v->home = HOME_CLOSED;
	v->hours = (struct hours_answer){HOURS_OVER, 0, -1, 0, 0};
}

static void fault(struct view *v)
{
	v->home = HOME_FAULT;
}

static void clock_unsure(struct view *v)
{
	v->home = HOME_CLOCK;
}

static void unreadable(struct view *v)
{
	v->session.unreadable_until_ms = 1;
}

static void ticket_shown(struct view *v)
{
	unreadable(v);
	v->session.ticket_shown = true;
}

static void birth(struct view *v)
{
	snprintf(v->session.birth, sizeof(v->session.birth), "0703");
}

static void birth_bad(struct view *v)
{
	snprintf(v->session.birth, sizeof(v->session.birth), "31021990");
	v->session.birth_bad = true;
}

static void slow(struct view *v)
{
	v->checking_slow = true;
}

static void typed_code(struct view *v)
{
	v->session.was_typed = true;
	v->session.decision.tries_left = 2;
}

static void past(struct view *v)
{
	v->session.decision.day = DAY - 3;
}

static void other_day(struct view *v)
{
	v->session.decision.day = DAY + 1; /* a Wednesday: the longest name */
}

static void opens_later(struct view *v)
{
	v->session.decision.day = DAY + 1;
	v->session.decision.from_min = 450;
}

static void blind(struct view *v)
{
	v->proves_paper = false;
}

static void late(struct view *v)
{
	v->session.admission.verdict = VERDICT_ADMIT_LATE;
	v->session.admission.ticket.number = 1041;
}

static void copy(struct view *v)
{
	v->session.copy = true;
}

static void qr(struct view *v)
{
	for (int i = 0; i < TICKET_DIGITS; i++)
		v->qr.digits[i] = (char)('0' + i * 7 % 10);
	v->session.printer.paper_out = FACT_YES;
	v->session.print = PRINT_NOT_PRINTED;
}

static void qr_late(struct view *v)
{
	qr(v);
	late(v);
	v->session.printer.paper_out = FACT_NO;
}

static void under_keypad(struct view *v)
{
	typed_some(v);
	v->session.under = SESSION_KEYPAD;
	v->seconds_left = 20;
}

static void desk(struct view *v)
{
	snprintf(v->desk, sizeof(v->desk), "Loket Informasi, sebelah kiri");
}

static void elsewhere(struct view *v)
{
	snprintf(v->session.facts.terminal, sizeof(v->session.facts.terminal),
	    "kiosk-2");
}

static void named(struct view *v)
{
	snprintf(v->session.facts.terminal, sizeof(v->session.facts.terminal),
	    "lantai-dua-timur");
}

#define REFUSAL(name, verdict, more) \
	{ \
		name, SESSION_RESULT, verdict, more \
	}
static const struct sample samples[] = {
    {"home", SESSION_HOME, 0, NULL},
    {"home-unreadable", SESSION_HOME, 0, unreadable},
    {"home-closed", SESSION_HOME, 0, closed},
    {"home-before", SESSION_HOME, 0, before},
    {"home-never", SESSION_HOME, 0, never},
    {"home-fault", SESSION_HOME, 0, fault},
    {"home-clock", SESSION_HOME, 0, clock_unsure},
    {"keypad", SESSION_KEYPAD, 0, typed_some},
    {"keypad-whole", SESSION_KEYPAD, 0, typed_all},
    {"keypad-slip", SESSION_KEYPAD, 0, slip},
    {"identity", SESSION_IDENTITY, 0, birth},
    {"identity-bad", SESSION_IDENTITY, 0, birth_bad},
    {"checking", SESSION_CHECKING, 0, slow},
    REFUSAL("storage", VERDICT_STORAGE_FAULT, NULL),
    REFUSAL("clock", VERDICT_CLOCK_UNSURE, NULL),
    REFUSAL("form", VERDICT_BAD_FORM, NULL),
    REFUSAL("check", VERDICT_BAD_CHECK, NULL),
    REFUSAL("rate", VERDICT_RATE_LIMITED, NULL),
    REFUSAL("mismatch", VERDICT_MISMATCH, typed_code),
    REFUSAL("tries", VERDICT_TRIES_USED, desk),
    REFUSAL("office", VERDICT_OTHER_OFFICE, NULL),
    REFUSAL("unknown", VERDICT_UNKNOWN, typed_code),
    REFUSAL("unknown-scan", VERDICT_UNKNOWN, NULL),
    REFUSAL("data-old", VERDICT_DATA_OLD, NULL),
    REFUSAL("blocked", VERDICT_BLOCKED, NULL),
    REFUSAL("revoked", VERDICT_REVOKED, NULL),
    REFUSAL("cancelled", VERDICT_CANCELLED, NULL),
    REFUSAL("rescheduled", VERDICT_RESCHEDULED, NULL),
    REFUSAL("used", VERDICT_USED, NULL),
    REFUSAL("used-elsewhere", VERDICT_USED, elsewhere),
    REFUSAL("used-copy", VERDICT_USED_COPY, NULL),
    REFUSAL("other-day", VERDICT_OTHER_DAY, other_day),
    REFUSAL("other-day-past", VERDICT_OTHER_DAY, past),
    REFUSAL("closed", VERDICT_CLOSED, opens_later),
    REFUSAL("not-open", VERDICT_NOT_OPEN_YET, NULL),
    REFUSAL("early", VERDICT_TOO_EARLY, NULL),
    REFUSAL("over", VERDICT_TOO_LATE, NULL),
    REFUSAL("terminal", VERDICT_OTHER_TERMINAL, elsewhere),
    REFUSAL("terminal-named", VERDICT_OTHER_TERMINAL, named),
    REFUSAL("permit", VERDICT_PERMIT_CHECK, NULL),
    REFUSAL("full", VERDICT_QUOTA_FULL, NULL),
    {"printing", SESSION_PRINTING, VERDICT_ADMIT_BOOKED, NULL},
    {"ticket", SESSION_TICKET, VERDICT_ADMIT_BOOKED, NULL},
    {"ticket-blind", SESSION_TICKET, VERDICT_ADMIT_BOOKED, blind},
    {"ticket-late", SESSION_TICKET, VERDICT_ADMIT_LATE, late},
    {"ticket-copy", SESSION_TICKET, VERDICT_ADMIT_BOOKED, copy},
    {"number", SESSION_NUMBER, VERDICT_ADMIT_BOOKED, qr},
    {"number-late", SESSION_NUMBER, VERDICT_ADMIT_LATE, qr_late},
    {"help", SESSION_HELP, 0, NULL},
    {"help-desk", SESSION_HELP, 0, desk},
    {"warning", SESSION_WARNING, 0, under_keypad},
    {"home-ticket", SESSION_HOME, 0, ticket_shown},
};

static void fill(struct view *v, enum lang lang)
{
	memset(v, 0, sizeof(*v));
	v->session.lang = lang;
	snprintf(v->office, sizeof(v->office), "Kantor Imigrasi Singkawang");
	v->day = DAY;
	v->minute = NOW_MIN;
	v->home = HOME_OPEN;
	v->code = code_profile_own();
	v->late_minutes = 30;
	v->offset_s = WIB_S;
	v->seconds_left = 10;
	v->last_sync_s = civil_unix(DAY, (NOW_MIN - 2) * 60, WIB_S);
	v->proves_paper = true;
	v->service.id = 1;
	snprintf(v->service.name[LANG_ID], SERVICE_TEXT, "Paspor baru");
	snprintf(v->service.name[LANG_EN], SERVICE_TEXT, "New passport");
	snprintf(v->service.counter, sizeof(v->service.counter), "3");
	snprintf(v->session.code.text, sizeof(v->session.code.text),
	    "7M4RX92AKW");
	v->session.facts.usage = (struct usage){.used = true,
	    .letter = 1,
	    .number = 12,
	    .used_s = civil_unix(DAY, 8 * 3600 + 1020, WIB_S)};
	v->session.facts.booking.status_s = civil_unix(DAY - 3, 51000, WIB_S);
	v->session.admission.ticket.letter = 1;
	v->session.admission.ticket.number = 17;
	v->session.admission.verdict = VERDICT_ADMIT_BOOKED;
	v->session.under = SESSION_HOME;
}

const char *sample_view(int n, enum lang lang, struct view *v)
{
	const struct sample *s;

	if (n < 0 || n >= (int)ARRAY_LEN(samples))
		return NULL;
	s = &samples[n];
	fill(v, lang);
	v->session.state = s->state;
	v->session.decision = (struct decision){.verdict = s->verdict,
	    .day = DAY,
	    .slot_start_min = 600,
	    .slot_end_min = 615,
	    .from_min = 570,
	    .wait_min = 48};
	if (s->more != NULL)
		s->more(v);
	return s->name;
}
