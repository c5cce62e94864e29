/* Which presses lead somewhere: what is drawn, and all that is obeyed. */
#include "technician_turn.h"

#include <string.h>

/* The menu's entries in the order of enum tech_press. */
static const struct {
	enum tech_press press;
	enum tech_state state;
	bool bare;    /* also on a machine that is not set up ... */
	bool unknown; /* ... by somebody it does not know */
} entries[] = {
    {TECH_PRESS_STATUS, TECH_STATUS, true, true},
    {TECH_PRESS_PRINT, TECH_PRINT, false, false},
    {TECH_PRESS_TOUCH, TECH_TOUCH, true, true},
    {TECH_PRESS_SCANNER, TECH_SCANNER, false, false},
    {TECH_PRESS_SYNC, TECH_SYNC, false, false},
    {TECH_PRESS_UPDATE, TECH_UPDATE, true, true},
    {TECH_PRESS_EXPORT, TECH_EXPORT, false, false},
    {TECH_PRESS_SETUP, TECH_SETUP, true, true},
    {TECH_PRESS_SELFTEST, TECH_SELFTEST, false, false},
    {TECH_PRESS_CLEANING, TECH_CLEANING, true, true},
    {TECH_PRESS_SCREEN, TECH_SCREEN, true, false},
    {TECH_PRESS_CLOCK, TECH_CLOCK, true, false},
    {TECH_PRESS_POWER, TECH_POWER, true, true},
};

/* What the machine needs to have for an entry to lead somewhere. */
static bool equipped(const struct tech_rules *r, enum tech_state state)
{
	switch (state) {
	case TECH_PRINT:
		return r->printer;
	case TECH_SYNC:
		return r->hub;
	case TECH_UPDATE:
	case TECH_EXPORT:
	case TECH_SETUP:
	case TECH_POWER:
		return r->updates;
	case TECH_CLOCK:
		return r->clock;
	case TECH_SCREEN:
		return r->brightness >= 0 || r->volume >= 0;
	case TECH_STATUS:
	case TECH_TOUCH:
	case TECH_SCANNER:
	case TECH_SELFTEST:
	case TECH_CLEANING:
		return true;
	case TECH_STATE_UNSET:
	case TECH_CLOSED:
	case TECH_PIN:
	case TECH_CHECKING:
	case TECH_LOCKED:
	case TECH_MENU:
	case TECH_DONE:
	case TECH_STATES:
		break;
	}
	return false;
}

enum tech_state tech_entry(const struct tech_session *s,
    const struct tech_rules *r, enum tech_press press)
{
	for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
		if (entries[i].press != press)
			continue;
		if ((r->bare && !entries[i].bare) ||
		    (s->by == TECH_BY_BARE && !entries[i].unknown) ||
		    !equipped(r, entries[i].state))
			return TECH_STATE_UNSET;
		return entries[i].state;
	}
	return TECH_STATE_UNSET;
}

static bool offers_back(const struct tech_session *s)
{
	if (s->state == TECH_UPDATE)
		return !tech_updating(&s->report);
	return s->state >= TECH_PIN && s->state != TECH_CHECKING &&
	    s->state != TECH_CLEANING && s->state < TECH_DONE;
}

static bool offers_start(const struct tech_session *s)
{
	switch (s->state) {
	case TECH_PRINT:
	case TECH_SYNC:
	case TECH_EXPORT:
	case TECH_SETUP:
	case TECH_SELFTEST:
		return true;
	case TECH_UPDATE:
		return s->report.phase == UPDATE_IDLE ||
		    s->report.phase == UPDATE_REFUSED;
	case TECH_STATE_UNSET:
	case TECH_CLOSED:
	case TECH_PIN:
	case TECH_CHECKING:
	case TECH_LOCKED:
	case TECH_MENU:
	case TECH_STATUS:
	case TECH_TOUCH:
	case TECH_SCANNER:
	case TECH_CLEANING:
	case TECH_SCREEN:
	case TECH_CLOCK:
	case TECH_POWER:
	case TECH_DONE:
	case TECH_STATES:
		break;
	}
	return false;
}

static bool offers_confirm(const struct tech_session *s)
{
	if (s->state == TECH_UPDATE)
		return s->report.phase == UPDATE_OFFERED;
	if (s->state == TECH_SETUP)
		return s->fetched && s->files > 0 && s->problems == 0;
	return s->state == TECH_POWER && s->ask != TECH_PRESS_NONE;
}

static bool offers_enter(const struct tech_session *s)
{
	if (s->state == TECH_PIN)
		return strlen(s->pin) >= TECH_PIN_MIN;
	return s->state == TECH_CLOCK && strlen(s->typed) == TECH_DIGITS;
}

static bool offers_dial(const struct tech_session *s,
    const struct tech_rules *r, enum tech_press press)
{
	if (s->state != TECH_SCREEN)
		return false;
	if (press == TECH_PRESS_BRIGHTER)
		return r->brightness >= 0 && s->brightness < TECH_PERCENT_MAX;
	if (press == TECH_PRESS_DARKER)
		return r->brightness >= 0 && s->brightness > TECH_PERCENT_MIN;
	if (press == TECH_PRESS_LOUDER)
		return r->volume >= 0 && s->volume < TECH_PERCENT_MAX;
	return r->volume >= 0 && s->volume > 0;
}

static bool offers_language(const struct tech_session *s,
    const struct tech_rules *r)
{
	if (s->state <= TECH_CLOSED)
		return r->bare;
	return s->state != TECH_TOUCH && s->state != TECH_CLEANING &&
	    s->state < TECH_DONE;
}

bool tech_offers(const struct tech_session *s, const struct tech_rules *r,
    enum tech_press press)
{
	bool asked = s->ask != TECH_PRESS_NONE;

	/* What runs is waited for: it has a deadline. */
	if (s->work == TECH_WORK_RUNNING && press != TECH_PRESS_LANG)
		return false;
	switch (press) {
	case TECH_PRESS_BACK:
		return offers_back(s);
	case TECH_PRESS_LANG:
		return offers_language(s, r);
	case TECH_PRESS_ENTER:
		return offers_enter(s);
	case TECH_PRESS_BEGIN:
		return s->state <= TECH_CLOSED && r->bare && !r->technicians;
	case TECH_PRESS_STATUS:
	case TECH_PRESS_PRINT:
	case TECH_PRESS_TOUCH:
	case TECH_PRESS_SCANNER:
	case TECH_PRESS_SYNC:
	case TECH_PRESS_UPDATE:
	case TECH_PRESS_EXPORT:
	case TECH_PRESS_SETUP:
	case TECH_PRESS_SELFTEST:
	case TECH_PRESS_CLEANING:
	case TECH_PRESS_SCREEN:
	case TECH_PRESS_CLOCK:
	case TECH_PRESS_POWER:
		return s->state == TECH_MENU &&
		    tech_entry(s, r, press) != TECH_STATE_UNSET;
	case TECH_PRESS_START:
		return offers_start(s);
	case TECH_PRESS_CONFIRM:
		return offers_confirm(s);
	case TECH_PRESS_CANCEL:
		return s->state == TECH_UPDATE && tech_updating(&s->report) &&
		    tech_can_cancel(&s->report);
	case TECH_PRESS_RESTART:
		return (s->state == TECH_POWER && !asked) ||
		    (s->state == TECH_UPDATE &&
			s->report.phase == UPDATE_READY);
	case TECH_PRESS_POWER_OFF:
		return s->state == TECH_POWER && !asked;
	case TECH_PRESS_BRIGHTER:
	case TECH_PRESS_DARKER:
	case TECH_PRESS_LOUDER:
	case TECH_PRESS_SOFTER:
		return offers_dial(s, r, press);
	case TECH_PRESS_MORE:
		return s->state == TECH_STATUS || s->state == TECH_SELFTEST ||
		    s->state == TECH_SETUP ||
		    (s->state <= TECH_CLOSED && r->bare);
	case TECH_PRESS_MISS:
		return s->state == TECH_TOUCH && s->target <= TECH_TARGETS;
	case TECH_PRESS_NONE:
	case TECH_PRESSES:
		break;
	}
	return false;
}
