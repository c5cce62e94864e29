#include "ui_screens.h"

#include <stdio.h>
#include <string.h>

enum { DAY = 20781, NOW_MIN = 9 * 60 + 41, WIB_S = 7 * 3600 };

/* As long as a terminal's name and an officer's may be. */
#define LONGEST_NAME    "kantor-unit-dua-lantai-dua-timu"
#define LONGEST_OFFICER "Siti Nurhaliza Rahmawat"

static int64_t at(int minute)
{
	return civil_unix(DAY, minute * 60, WIB_S);
}

struct sample {
	const char *name;
	enum gate_state state;
	enum gate_verdict verdict;
	void (*more)(struct gate_view *v);
};

static void scanned(struct gate_view *v)
{
	struct gate_last *l = v->session.last;

	l[0] = (struct gate_last){at(NOW_MIN - 1), GATE_OPEN, 1, 17, 2};
	l[1] = (struct gate_last){at(NOW_MIN - 2), GATE_WAIT, 24, 1041, 0};
	l[2] = (struct gate_last){at(NOW_MIN - 6), GATE_USED, 2, 3, 0};
	v->inside = 17;
}

static void scanned_others(struct gate_view *v)
{
	struct gate_last *l = v->session.last;

	l[0] = (struct gate_last){at(NOW_MIN - 1), GATE_FORM, 0, 0, 0};
	l[1] = (struct gate_last){at(NOW_MIN - 2), GATE_OPEN_OUT, 23, 1999, 7};
	l[2] = (struct gate_last){at(NOW_MIN - 6), GATE_SIGNATURE, 0, 0, 0};
	v->inside = 1204;
}

static void next_out(struct gate_view *v)
{
	scanned(v);
	v->session.out = true;
}

/* Everything at once: cut off, doubles, no buttons but the list. */
static void doubles(struct gate_view *v)
{
	scanned(v);
	v->doubles = 1;
	v->double_ = (struct gate_double){1, 17, at(545), at(542), "gate-1"};
	v->up = false;
}

static void doubles_more(struct gate_view *v)
{
	scanned_others(v);
	v->doubles = 12;
	v->double_ = (struct gate_double){23, 1041, at(545), at(542),
	    LONGEST_NAME};
	v->both_ways = v->short_codes = false;
}

static void doubles_code(struct gate_view *v)
{
	doubles(v);
	v->double_.letter = 0;
}

static void cut(struct gate_view *v)
{
	scanned(v);
	v->up = false;
}

static void cut_long(struct gate_view *v)
{
	cut(v);
	v->heard_s -= 2 * 86400;
}

static void cut_ever(struct gate_view *v)
{
	cut(v);
	v->heard_s = 0;
}

static void no_keys(struct gate_view *v)
{
	v->keys = false;
	v->up = false;
	v->heard_s = 0;
}

static void no_clock(struct gate_view *v)
{
	v->clock_unsure = true;
}

static void no_storage(struct gate_view *v)
{
	scanned(v);
	v->session.storage_ok = false;
}

static void one_way(struct gate_view *v)
{
	scanned(v);
	v->both_ways = false;
}

static void slow(struct gate_view *v)
{
	v->slow = true;
}

static void companions(struct gate_view *v)
{
	v->session.ticket.companions = v->session.subject.companions = 2;
	v->session.pass.subject = v->session.subject;
}

static void long_number(struct gate_view *v)
{
	v->session.ticket.letter = 23;
	v->session.ticket.number = 1041;
	v->session.subject.companions = 7;
	v->session.pass.subject = v->session.subject;
	snprintf(v->service.name[LANG_ID], SERVICE_TEXT,
	    "Penggantian paspor hilang");
	snprintf(v->service.name[LANG_EN], SERVICE_TEXT,
	    "Replacement of a lost passport");
}

static void overridden(struct gate_view *v)
{
	v->session.overridden = true;
	v->session.pass.reason = PASS_REASON_UNREADABLE;
	snprintf(v->session.officer, PASS_OFFICER, "Budi Santoso");
	snprintf(v->session.pass.officer, PASS_OFFICER, "Budi Santoso");
}

static void let_in_many(struct gate_view *v)
{
	companions(v);
	overridden(v);
	snprintf(v->session.pass.officer, PASS_OFFICER, LONGEST_OFFICER);
	v->session.pass.reason = PASS_REASON_ORDER;
}

/* Nothing was shown. */
static void let_in(struct gate_view *v)
{
	overridden(v);
	memset(&v->session.ticket, 0, sizeof(v->session.ticket));
	memset(&v->session.subject, 0, sizeof(v->session.subject));
	memset(&v->service, 0, sizeof(v->service));
	v->session.subject.of = PASS_STAFF;
	v->session.pass.reason = PASS_REASON_ORDER;
}

static void by_code(struct gate_view *v)
{
	memset(&v->session.ticket, 0, sizeof(v->session.ticket));
	v->session.subject = (struct pass_subject){.of = PASS_CODE, .day = DAY};
}

static void nothing_known(struct gate_view *v)
{
	memset(&v->session.ticket, 0, sizeof(v->session.ticket));
}

static void no_officers(struct gate_view *v)
{
	nothing_known(v);
	v->officers = false;
}

static void tomorrow(struct gate_view *v)
{
	v->session.ticket.day = DAY + 1; /* a Wednesday: the longest name */
}

static void yesterday(struct gate_view *v)
{
	v->session.ticket.day = DAY - 6;
}

static void used_there(struct gate_view *v)
{
	v->session.used_s = at(542);
	snprintf(v->session.by.terminal, CLAIM_NAME, "gate-1");
}

static void used_named(struct gate_view *v)
{
	used_there(v);
	snprintf(v->session.by.terminal, CLAIM_NAME, LONGEST_NAME);
}

static void used_here(struct gate_view *v)
{
	v->session.used_s = at(542);
}

static void used_again(struct gate_view *v)
{
	used_here(v);
	v->reentry = true;
}

static void elsewhere(struct gate_view *v)
{
	snprintf(v->session.home, CHECKIN_TERMINAL, "gate-2");
}

static void elsewhere_no_hub(struct gate_view *v)
{
	elsewhere(v);
	v->hub = v->up = false;
}

static void elsewhere_named(struct gate_view *v)
{
	snprintf(v->session.home, CHECKIN_TERMINAL, LONGEST_NAME);
	snprintf(v->terminal, sizeof(v->terminal), LONGEST_NAME);
}

static void desk(struct gate_view *v)
{
	nothing_known(v);
	snprintf(v->desk, sizeof(v->desk), "Loket Informasi, sebelah kiri");
}

/* A refused booking code. */
static void refuse(struct gate_view *v, enum verdict verdict)
{
	by_code(v);
	v->session.decision.verdict = verdict;
}

#define CODE(name, verdict) \
	static void name(struct gate_view *v) \
	{ \
		refuse(v, verdict); \
	}
CODE(code_form, VERDICT_BAD_FORM)
CODE(code_office, VERDICT_OTHER_OFFICE)
CODE(code_unknown, VERDICT_UNKNOWN)
CODE(code_old, VERDICT_DATA_OLD)
CODE(code_blocked, VERDICT_BLOCKED)
CODE(code_cancelled, VERDICT_CANCELLED)
CODE(code_moved, VERDICT_RESCHEDULED)
CODE(code_late, VERDICT_TOO_LATE)
CODE(code_rate, VERDICT_RATE_LIMITED)

static void code_day(struct gate_view *v)
{
	refuse(v, VERDICT_OTHER_DAY);
	v->session.decision.day = DAY + 1;
}

static void code_past(struct gate_view *v)
{
	refuse(v, VERDICT_OTHER_DAY);
	v->session.decision.day = DAY - 6;
}

static void code_closed(struct gate_view *v)
{
	refuse(v, VERDICT_CLOSED);
	v->session.decision.day = DAY + 1;
	v->session.decision.from_min = 450;
}

static void code_never(struct gate_view *v)
{
	refuse(v, VERDICT_CLOSED);
	v->session.decision.day = -1;
}

static void typed_some(struct gate_view *v)
{
	snprintf(v->session.typed, sizeof(v->session.typed), "4K7M");
}

static void typed_all(struct gate_view *v)
{
	snprintf(v->session.typed, sizeof(v->session.typed), "4K7M2RX9B");
}

static void typed_wrong(struct gate_view *v)
{
	typed_all(v);
	v->session.typed_wrong = true;
}

static void lost_letter(struct gate_view *v)
{
	snprintf(v->session.typed, sizeof(v->session.typed), "A");
}

static void lost_whole(struct gate_view *v)
{
	snprintf(v->session.typed, sizeof(v->session.typed), "A1041");
}

static void lost_wrong(struct gate_view *v)
{
	snprintf(v->session.typed, sizeof(v->session.typed), "A017");
	v->session.typed_wrong = true;
}

static void compare_long(struct gate_view *v)
{
	v->session.ticket.letter = 23;
	v->session.ticket.number = 1041;
}

static void compare_with(struct gate_view *v)
{
	companions(v);
}

static void compare_out(struct gate_view *v)
{
	v->session.out = true;
}

static void blind(struct gate_view *v)
{
	scanned(v);
	v->blind = true;
}

static void blind_typing_not(struct gate_view *v)
{
	blind(v);
	v->short_codes = false;
}

static void strange_badge(struct gate_view *v)
{
	nothing_known(v);
	v->strange_badge = true;
}

static void officer(struct gate_view *v)
{
	overridden(v);
	v->session.overridden = false;
	v->session.verdict = GATE_USED;
}

static void officer_alone(struct gate_view *v)
{
	officer(v);
	nothing_known(v);
	v->both_ways = false;
	snprintf(v->session.officer, PASS_OFFICER, LONGEST_OFFICER);
}

static void officer_out(struct gate_view *v)
{
	officer(v);
	v->session.out = true;
}

static void listed(struct gate_view *v)
{
	v->inside = 57;
	v->rows = GATE_LIST_ROWS;
	v->pages = 3;
	v->session.list_page = 1;
	for (int i = 0; i < GATE_LIST_ROWS; i++)
		v->list[i] = (struct gate_inside){(uint8_t)(1 + i % 23),
		    (uint16_t)(990 + i), (uint8_t)(1 + i % 8), PASS_TICKET,
		    at(480 + 3 * i)};
	v->list[4].letter = v->list[9].letter = 0;
	v->list[4].of = PASS_STAFF;
	v->list[9].of = PASS_CODE;
}

static void listed_few(struct gate_view *v)
{
	listed(v);
	v->inside = 9;
	v->rows = 5;
	v->pages = 1;
	v->session.list_page = 0;
}

#define SHOWN(name, verdict, more) \
	{ \
		name, GATE_SHOWN, verdict, more \
	}
static const struct sample samples[] = {
    {"gate-ready", GATE_READY, 0, scanned},
    {"gate-ready-first", GATE_READY, 0, NULL},
    {"gate-ready-others", GATE_READY, 0, scanned_others},
    {"gate-ready-out", GATE_READY, 0, next_out},
    {"gate-ready-one-way", GATE_READY, 0, one_way},
    {"gate-ready-double", GATE_READY, 0, doubles},
    {"gate-ready-doubles", GATE_READY, 0, doubles_more},
    {"gate-ready-double-code", GATE_READY, 0, doubles_code},
    {"gate-ready-cut", GATE_READY, 0, cut},
    {"gate-ready-cut-long", GATE_READY, 0, cut_long},
    {"gate-ready-cut-ever", GATE_READY, 0, cut_ever},
    {"gate-ready-no-keys", GATE_READY, 0, no_keys},
    {"gate-ready-blind", GATE_READY, 0, blind},
    {"gate-ready-blind-only", GATE_READY, 0, blind_typing_not},
    {"gate-ready-clock", GATE_READY, 0, no_clock},
    {"gate-ready-storage", GATE_READY, 0, no_storage},
    {"gate-looking", GATE_LOOKING, 0, slow},
    {"gate-entering", GATE_ENTERING, 0, slow},
    SHOWN("gate-unset", GATE_UNSET, nothing_known),
    SHOWN("gate-open", GATE_OPEN, NULL),
    SHOWN("gate-open-with", GATE_OPEN, companions),
    SHOWN("gate-open-long", GATE_OPEN, long_number),
    SHOWN("gate-open-override", GATE_OPEN, overridden),
    SHOWN("gate-open-by", GATE_OPEN, let_in_many),
    SHOWN("gate-open-staff", GATE_OPEN, let_in),
    SHOWN("gate-open-code", GATE_OPEN, by_code),
    SHOWN("gate-out", GATE_OPEN_OUT, companions),
    SHOWN("gate-wait", GATE_WAIT, NULL),
    SHOWN("gate-standby", GATE_WAIT_STANDBY, NULL),
    SHOWN("gate-storage", GATE_STORAGE, NULL),
    SHOWN("gate-clock", GATE_CLOCK, nothing_known),
    SHOWN("gate-no-keys", GATE_NO_KEYS, nothing_known),
    SHOWN("gate-form", GATE_FORM, no_officers),
    SHOWN("gate-badge", GATE_FORM, strange_badge),
    SHOWN("gate-version", GATE_VERSION, nothing_known),
    SHOWN("gate-key", GATE_KEY, desk),
    SHOWN("gate-key-date", GATE_KEY_DATE, desk),
    SHOWN("gate-revoked", GATE_KEY_REVOKED, NULL),
    SHOWN("gate-signature", GATE_SIGNATURE, nothing_known),
    SHOWN("gate-tomorrow", GATE_OTHER_DAY, tomorrow),
    SHOWN("gate-yesterday", GATE_OTHER_DAY, yesterday),
    SHOWN("gate-over", GATE_OVER, NULL),
    SHOWN("gate-used", GATE_USED, NULL),
    SHOWN("gate-used-there", GATE_USED, used_there),
    SHOWN("gate-used-named", GATE_USED, used_named),
    SHOWN("gate-used-here", GATE_USED, used_here),
    SHOWN("gate-not-inside", GATE_NOT_INSIDE, NULL),
    SHOWN("gate-used-again", GATE_USED, used_again),
    SHOWN("gate-other-gate", GATE_OTHER_GATE, elsewhere),
    SHOWN("gate-other-door", GATE_OTHER_GATE, elsewhere_no_hub),
    SHOWN("gate-other-named", GATE_OTHER_GATE, elsewhere_named),
    SHOWN("gate-short", GATE_SHORT, nothing_known),
    SHOWN("gate-short-wait", GATE_SHORT_WAIT, nothing_known),
    SHOWN("gate-need-ticket", GATE_NEED_TICKET, by_code),
    SHOWN("gate-code-form", GATE_CODE, code_form),
    SHOWN("gate-code-office", GATE_CODE, code_office),
    SHOWN("gate-code-unknown", GATE_CODE, code_unknown),
    SHOWN("gate-code-old", GATE_CODE, code_old),
    SHOWN("gate-code-blocked", GATE_CODE, code_blocked),
    SHOWN("gate-code-cancelled", GATE_CODE, code_cancelled),
    SHOWN("gate-code-moved", GATE_CODE, code_moved),
    SHOWN("gate-code-late", GATE_CODE, code_late),
    SHOWN("gate-code-rate", GATE_CODE, code_rate),
    SHOWN("gate-code-day", GATE_CODE, code_day),
    SHOWN("gate-code-past", GATE_CODE, code_past),
    SHOWN("gate-code-closed", GATE_CODE, code_closed),
    SHOWN("gate-code-never", GATE_CODE, code_never),
    {"gate-keypad", GATE_KEYPAD, 0, typed_some},
    {"gate-keypad-whole", GATE_KEYPAD, 0, typed_all},
    {"gate-keypad-wrong", GATE_KEYPAD, 0, typed_wrong},
    {"gate-compare", GATE_COMPARE, 0, NULL},
    {"gate-compare-long", GATE_COMPARE, 0, compare_long},
    {"gate-compare-with", GATE_COMPARE, 0, compare_with},
    {"gate-compare-out", GATE_COMPARE, 0, compare_out},
    {"gate-officer", GATE_OFFICER, 0, officer},
    {"gate-officer-alone", GATE_OFFICER, 0, officer_alone},
    {"gate-officer-out", GATE_OFFICER, 0, officer_out},
    {"gate-lost", GATE_LOST, 0, NULL},
    {"gate-lost-letter", GATE_LOST, 0, lost_letter},
    {"gate-lost-whole", GATE_LOST, 0, lost_whole},
    {"gate-lost-wrong", GATE_LOST, 0, lost_wrong},
    {"gate-list", GATE_LIST, 0, listed},
    {"gate-list-few", GATE_LIST, 0, listed_few},
    {"gate-list-none", GATE_LIST, 0, NULL},
};

static void fill(struct gate_view *v, enum lang lang)
{
	struct gate_session *s = &v->session;

	memset(v, 0, sizeof(*v));
	s->lang = lang;
	s->storage_ok = true;
	s->from_min = 570;
	s->ticket = (struct ticket){.letter = 1,
	    .number = 17,
	    .day = DAY,
	    .slot_min = 540,
	    .window_min = 45};
	s->subject = (struct pass_subject){.of = PASS_TICKET,
	    .day = DAY,
	    .letter = 1,
	    .number = 17};
	s->pass.subject = s->subject;
	s->decision = (struct decision){.day = DAY,
	    .slot_start_min = 540,
	    .slot_end_min = 555};
	snprintf(v->office, sizeof(v->office), "Kantor Imigrasi Singkawang");
	snprintf(v->terminal, sizeof(v->terminal), "gate-2");
	v->day = DAY;
	v->minute = NOW_MIN;
	v->offset_s = WIB_S;
	v->service.id = 1;
	snprintf(v->service.name[LANG_ID], SERVICE_TEXT, "Paspor baru");
	snprintf(v->service.name[LANG_EN], SERVICE_TEXT, "New passport");
	snprintf(v->service.counter, sizeof(v->service.counter), "3");
	v->both_ways = v->short_codes = v->officers = v->keys = true;
	v->hub = v->up = true;
	v->heard_s = at(520);
	v->pause_s = 42;
}

const char *sample_gate_view(int n, enum lang lang, struct gate_view *v)
{
	const struct sample *s;

	if (n < 0 || n >= (int)ARRAY_LEN(samples))
		return NULL;
	s = &samples[n];
	fill(v, lang);
	v->session.state = s->state;
	v->session.verdict = s->verdict;
	if (s->more != NULL)
		s->more(v);
	return s->name;
}

bool sample_gate_named(const char *name, enum lang lang, struct gate_view *v)
{
	const char *found;

	for (int n = 0; (found = sample_gate_view(n, lang, v)) != NULL; n++) {
		if (strcmp(found, name) == 0)
			return true;
	}
	return false;
}
