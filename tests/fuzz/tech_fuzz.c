/* Hostile presses, scans, answers and reports in service mode: nobody is in
 * but by a PIN that was found right, the key switch or a bare machine's
 * press; storage is let in on three screens alone; every screen can be drawn,
 * whatever stands in the report and in the lines. */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "ui/screen_tech.h"

static void must(bool fact)
{
	if (!fact)
		abort();
}

/* What is left of the bytes. */
struct world {
	const uint8_t *at, *end;
	struct tech_session s;
	struct tech_rules rules;
	int64_t mono_ms;
};

static unsigned next(struct world *w)
{
	return w->at == w->end ? 0 : *w->at++;
}

/* A text of up to 255 of the bytes. */
static struct str next_text(struct world *w)
{
	size_t len = next(w), left = (size_t)(w->end - w->at);
	struct str text = {(const char *)w->at, len < left ? len : left};

	w->at += text.len;
	return text;
}

/* Each letter is half as wide as it is high. */
static int width(void *self, enum font f, int size, struct str s)
{
	(void)self;
	(void)f;
	return (int)s.len * size / 2;
}

static int height(void *self, enum font f, int size)
{
	(void)self;
	(void)f;
	return size;
}

static void draw(struct world *w, unsigned choice)
{
	static struct scene scene;
	static struct tech_view v;
	const struct metrics m = {NULL, width, height, height};
	struct theme t;

	memset(&v, 0, sizeof(v));
	v.session = w->s;
	v.rules = w->rules;
	v.seconds_left = tech_seconds_left(&w->s, w->mono_ms);
	v.lines = (uint8_t)next(w);
	v.problems = (uint8_t)next(w);
	for (int i = 0; i < 4; i++) {
		struct tech_line *l = &v.line[i];
		struct str text = next_text(w);

		l->mark = (enum tech_mark)(next(w) & 7);
		l->text = (enum msg_id)(next(w) % (MSGS + 1));
		/* The application hands over UTF-8 only. */
		if (!str_is_utf8(text) ||
		    !str_copy(l->value, sizeof(l->value), text))
			l->value[0] = '\0';
		v.problem[i] = *l;
	}
	must(theme_init(&t, choice & 1 ? 1080 : 1024, choice & 1 ? 1920 : 600,
		 choice & 1 ? 215 : 101) == 0);
	tech_screens_build(&scene, &t, &m, &v);
	must(scene.count > 0 && scene.count <= SCENE_ITEMS);
	for (int i = 0; i < scene.count; i++) {
		const struct item *it = &scene.item[i];

		must(memchr(it->text, '\0', sizeof(it->text)) != NULL);
		if (it->tech != TECH_PRESS_NONE)
			must(tech_offers(&w->s, &w->rules, it->tech));
	}
}

/* A report as update_wire reads it: enums in range, texts ended. */
static struct update_report next_report(struct world *w)
{
	struct update_report r;
	struct str signer = next_text(w);

	memset(&r, 0, sizeof(r));
	r.phase = (enum update_phase)(next(w) % UPDATE_PHASES);
	r.refusal = (enum update_refusal)(next(w) % UPDATE_REFUSALS);
	r.outcome = (enum update_outcome)(next(w) % 3);
	r.done_bytes = (int64_t)next(w) << (next(w) & 31);
	r.total_bytes = (int64_t)next(w) << (next(w) & 31);
	r.security = next(w);
	r.floor = next(w);
	r.to.major = next(w);
	r.signed_s = (int64_t)next(w) << (next(w) & 31);
	if (!str_is_utf8(signer) ||
	    !str_copy(r.signer, sizeof(r.signer), signer))
		r.signer[0] = '\0';
	return r;
}

static struct tech_event next_event(struct world *w)
{
	struct tech_event ev;

	memset(&ev, 0, sizeof(ev));
	ev.kind = (enum tech_event_kind)(next(w) % (TECH_EVENTS + 1));
	ev.now_s = 1795663440;
	w->mono_ms += (int64_t)next(w) << (next(w) & 15);
	ev.mono_ms = w->mono_ms;
	ev.press = (enum tech_press)(next(w) % (TECH_PRESSES + 1));
	ev.symbol = (char)next(w);
	ev.pin = (enum tech_pin)(next(w) % 5);
	ev.tries = (uint8_t)next(w);
	ev.wait_ms = (int64_t)next(w) << (next(w) & 31);
	ev.print = (enum print_verdict)(next(w) % 6);
	ev.ok = next(w) & 1;
	ev.files = (uint16_t)next(w);
	ev.problems = (uint16_t)(next(w) & 3);
	if (ev.kind == TECH_EV_REPORT)
		ev.report = next_report(w);
	if (ev.kind == TECH_EV_SCAN) {
		ev.text = next_text(w);
		ev.device = next_text(w);
		ev.name = next_text(w);
	} else {
		ev.detail = next_text(w);
	}
	return ev;
}

static void check(const struct world *w, const struct tech_session *before,
    const struct tech_event *ev, const struct tech_effects *fx)
{
	const struct tech_session *s = &w->s;

	if (tech_is_open(s) && !tech_is_open(before))
		must((ev->kind == TECH_EV_PIN && ev->pin == TECH_PIN_OK &&
			 before->state == TECH_CHECKING) ||
		    (ev->kind == TECH_EV_SWITCH && ev->ok) ||
		    (ev->kind == TECH_EV_PRESS &&
			ev->press == TECH_PRESS_BEGIN && w->rules.bare &&
			!w->rules.technicians));
	must(s->storage ==
	    (s->state == TECH_UPDATE || s->state == TECH_EXPORT ||
		s->state == TECH_SETUP));
	must(tech_is_open(s) == (s->by != TECH_BY_NOBODY));
	must(s->state == TECH_PIN || s->state == TECH_CHECKING ||
	    sodium_is_zero((const unsigned char *)s->pin, sizeof(s->pin)));
	must(str_is_utf8(str_from(s->detail)) || s->detail[0] == '\0');
	must(str_is_utf8(str_from(s->badge)) || s->badge[0] == '\0');
	must(memchr(fx->record, '\0', TECH_RECORD) != NULL);
	if (fx->bits & TECH_EFFECT_UPDATE)
		must(before->report.phase == UPDATE_OFFERED);
	if (fx->bits & TECH_EFFECT_ADOPT)
		must(before->fetched && before->problems == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w = {.at = data, .end = data + size, .mono_ms = 1000000};
	unsigned choice = next(&w), has = next(&w);

	w.rules.idle_ms = 300000;
	w.rules.bare = has & 1;
	w.rules.technicians = has >> 1 & 1;
	w.rules.printer = has >> 2 & 1;
	w.rules.hub = has >> 3 & 1;
	w.rules.updates = has >> 4 & 1;
	w.rules.clock = has >> 5 & 1;
	w.rules.brightness = has >> 6 & 1 ? 50 : -1;
	w.rules.volume = has >> 7 ? 50 : -1;
	tech_init(&w.s, &w.rules);
	while (w.at < w.end) {
		struct tech_session before = w.s;
		struct tech_event ev = next_event(&w);
		struct tech_effects fx = tech_step(&w.s, &w.rules, &ev);

		check(&w, &before, &ev, &fx);
		if (fx.bits & TECH_EFFECT_SHOW)
			draw(&w, choice);
	}
	return 0;
}
