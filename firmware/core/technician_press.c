/* What a finger does, where it leads somewhere. */
#include "technician_turn.h"

#include <string.h>

static void press_back(struct tech_turn *t)
{
	struct tech_session *s = t->s;

	if (s->state == TECH_POWER && s->ask != TECH_PRESS_NONE) {
		s->ask = TECH_PRESS_NONE;
		tech_turn_touch(t);
	} else if (s->state <= TECH_MENU) {
		tech_turn_close(t, "by a press");
	} else {
		tech_turn_go(t, TECH_MENU);
	}
}

static void press_entry(struct tech_turn *t)
{
	struct tech_session *s = t->s;

	tech_turn_go(t, tech_entry(s, t->rules, t->ev->press));
	if (s->state == TECH_TOUCH)
		s->target = 1;
	if (s->state == TECH_SCREEN) {
		s->brightness = t->rules->brightness;
		s->volume = t->rules->volume;
	}
	if (s->state == TECH_CLEANING)
		tech_turn_record(t, "screen dead for cleaning");
}

static void press_start(struct tech_turn *t)
{
	struct tech_session *s = t->s;

	s->fetched = false;
	s->files = s->problems = s->page = 0;
	if (s->state == TECH_PRINT)
		tech_turn_work(t, TECH_EFFECT_TEST_PRINT, TECH_PRINT_MS,
		    "test print");
	else if (s->state == TECH_SYNC)
		tech_turn_work(t, TECH_EFFECT_SYNC, TECH_WORK_MS, "sync now");
	else if (s->state == TECH_EXPORT)
		tech_turn_work(t, TECH_EFFECT_STORE, TECH_WORK_MS,
		    "logs and audit export to a stick");
	else if (s->state == TECH_SELFTEST)
		tech_turn_work(t, TECH_EFFECT_SELFTEST, TECH_WORK_MS,
		    "self-test");
	else if (s->state == TECH_SETUP)
		tech_turn_work(t, TECH_EFFECT_FETCH, TECH_WORK_MS,
		    "reads a stick for set-up");
	else
		tech_turn_work(t, TECH_EFFECT_LOOK, TECH_LOOK_MS,
		    "looks for an update");
}

static void confirm_update(struct tech_turn *t)
{
	const struct update_report *r = &t->s->report;
	char from[RELEASE_VERSION_TEXT], to[RELEASE_VERSION_TEXT];

	tech_turn_work(t, TECH_EFFECT_UPDATE, TECH_LOOK_MS, NULL);
	tech_turn_record(t, "update %s to %s",
	    release_version_text(r->from, from),
	    release_version_text(r->to, to));
}

static void go_down(struct tech_turn *t, enum tech_press how)
{
	bool off = how == TECH_PRESS_POWER_OFF;

	tech_turn_record(t,
	    off ? "switches the machine off" : "starts the machine anew");
	tech_turn_go(t, TECH_DONE);
	t->s->ask = how;
	t->fx.bits |= off ? TECH_EFFECT_POWER_OFF : TECH_EFFECT_RESTART;
}

static void press_confirm(struct tech_turn *t)
{
	struct tech_session *s = t->s;

	if (s->state == TECH_UPDATE)
		confirm_update(t);
	else if (s->state == TECH_POWER)
		go_down(t, s->ask);
	else
		tech_turn_work(t, TECH_EFFECT_ADOPT, TECH_WORK_MS,
		    "takes the files of a stick over");
}

static void press_down(struct tech_turn *t)
{
	if (t->s->state == TECH_UPDATE) {
		go_down(t, t->ev->press);
		return;
	}
	t->s->ask = t->ev->press;
	tech_turn_touch(t);
}

static void press_dial(struct tech_turn *t)
{
	struct tech_session *s = t->s;
	enum tech_press p = t->ev->press;
	bool light = p == TECH_PRESS_BRIGHTER || p == TECH_PRESS_DARKER;
	bool more = p == TECH_PRESS_BRIGHTER || p == TECH_PRESS_LOUDER;
	int32_t *value = light ? &s->brightness : &s->volume;
	int32_t least = light ? TECH_PERCENT_MIN : 0;

	*value += more ? TECH_STEP : -TECH_STEP;
	if (*value > TECH_PERCENT_MAX)
		*value = TECH_PERCENT_MAX;
	if (*value < least)
		*value = least;
	t->fx.percent = *value;
	t->fx.bits |= light ? TECH_EFFECT_BRIGHTNESS : TECH_EFFECT_VOLUME;
	tech_turn_touch(t);
	tech_turn_record(t, "%s %d percent", light ? "brightness" : "volume",
	    (int)*value);
}

/* "DDMMYYYYhhmm" to Unix seconds; false: there is no such moment. */
static bool read_clock(const struct tech_turn *t, int64_t *out)
{
	const char *d = t->s->typed;
	struct civil_date date;
	int64_t hour, minute;
	char text[16];
	struct buf b;

	buf_init(&b, text, sizeof(text));
	buf_fmt(&b, "%.4s-%.2s-%.2s", d + 4, d + 2, d);
	if (!civil_parse_date(buf_view(&b), &date) ||
	    date.year < TECH_CLOCK_YEAR ||
	    !str_number(str_of(d + 8, 2), 0, 23, &hour) ||
	    !str_number(str_of(d + 10, 2), 0, 59, &minute))
		return false;
	*out = civil_unix(civil_day(date), (int32_t)(hour * 60 + minute) * 60,
	    t->rules->offset_s);
	return true;
}

static void press_enter(struct tech_turn *t)
{
	struct tech_session *s = t->s;
	int64_t to_s;

	if (s->state == TECH_PIN) {
		s->state = TECH_CHECKING;
		s->pin_wrong = s->pin_unsure = false;
		tech_turn_touch(t);
		t->fx.bits |= TECH_EFFECT_CHECK_PIN;
	} else if (!read_clock(t, &to_s)) {
		s->typed_wrong = true;
		tech_turn_touch(t);
	} else {
		tech_turn_work(t, TECH_EFFECT_SET_CLOCK, TECH_CLOCK_MS, NULL);
		tech_turn_record(t, "clock %lld to %lld",
		    (long long)t->ev->now_s, (long long)to_s);
		t->fx.clock_s = to_s;
	}
}

static void press_language(struct tech_turn *t)
{
	struct tech_session *s = t->s;

	s->lang = s->lang == LANG_ID ? LANG_EN : LANG_ID;
	t->fx.bits |= TECH_EFFECT_SHOW;
	if (s->work != TECH_WORK_RUNNING && s->pause_ms == 0 &&
	    s->state != TECH_CHECKING)
		tech_turn_touch(t);
}

void tech_turn_press(struct tech_turn *t)
{
	if (!tech_offers(t->s, t->rules, t->ev->press))
		return;
	switch (t->ev->press) {
	case TECH_PRESS_BACK:
		press_back(t);
		return;
	case TECH_PRESS_LANG:
		press_language(t);
		return;
	case TECH_PRESS_ENTER:
		press_enter(t);
		return;
	case TECH_PRESS_BEGIN:
		tech_turn_open(t, TECH_BY_BARE, "to set the machine up");
		return;
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
		press_entry(t);
		return;
	case TECH_PRESS_START:
		press_start(t);
		return;
	case TECH_PRESS_CONFIRM:
		press_confirm(t);
		return;
	case TECH_PRESS_CANCEL:
		tech_turn_work(t, TECH_EFFECT_CANCEL, TECH_LOOK_MS,
		    "takes the update back");
		return;
	case TECH_PRESS_RESTART:
	case TECH_PRESS_POWER_OFF:
		press_down(t);
		return;
	case TECH_PRESS_BRIGHTER:
	case TECH_PRESS_DARKER:
	case TECH_PRESS_LOUDER:
	case TECH_PRESS_SOFTER:
		press_dial(t);
		return;
	case TECH_PRESS_MORE:
		t->s->page++;
		tech_turn_touch(t);
		return;
	case TECH_PRESS_MISS:
		t->s->misses = tech_count(t->s->misses);
		tech_turn_touch(t);
		return;
	case TECH_PRESS_NONE:
	case TECH_PRESSES:
		return;
	}
}

static void add_digit(char *typed, size_t most, char symbol)
{
	size_t len = strlen(typed);

	if (symbol < '0' || symbol > '9' || len >= most)
		return;
	typed[len] = symbol;
	typed[len + 1] = '\0';
}

static void hit(struct tech_turn *t)
{
	struct tech_session *s = t->s;
	char symbol = t->ev->symbol;

	if (symbol < '1' || symbol > '0' + TECH_TARGETS ||
	    s->target > TECH_TARGETS)
		return;
	if (symbol == (char)('0' + s->target))
		s->target++;
	else
		s->misses = tech_count(s->misses);
	tech_turn_touch(t);
	if (s->target > TECH_TARGETS)
		tech_turn_record(t, "touch test, %u misses",
		    (unsigned)s->misses);
}

void tech_turn_key(struct tech_turn *t)
{
	struct tech_session *s = t->s;

	if (s->work == TECH_WORK_RUNNING)
		return;
	if (s->state == TECH_PIN && s->pause_ms == 0) {
		add_digit(s->pin, TECH_PIN_MAX, t->ev->symbol);
		s->pin_wrong = s->pin_unsure = false;
		tech_turn_touch(t);
	} else if (s->state == TECH_CLOCK) {
		add_digit(s->typed, TECH_DIGITS, t->ev->symbol);
		s->typed_wrong = false;
		s->work = TECH_WORK_NONE;
		tech_turn_touch(t);
	} else if (s->state == TECH_TOUCH) {
		hit(t);
	}
}

void tech_turn_erase(struct tech_turn *t)
{
	struct tech_session *s = t->s;
	char *typed = s->state == TECH_PIN && s->pause_ms == 0 ? s->pin
	    : s->state == TECH_CLOCK                           ? s->typed
							       : NULL;
	size_t len;

	if (typed == NULL || s->work == TECH_WORK_RUNNING)
		return;
	len = strlen(typed);
	if (len > 0)
		typed[len - 1] = '\0';
	s->typed_wrong = false;
	tech_turn_touch(t);
}
