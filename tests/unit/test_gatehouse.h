/* A gatehouse on stores that are real files, with hands that write down what
 * they were asked for. */
#ifndef KARCIS_TESTS_TEST_GATEHOUSE_H
#define KARCIS_TESTS_TEST_GATEHOUSE_H

#include "test_gate_app.h"

static struct office office;
static struct gatehouse *g;
static struct sync *hub_sync; /* NULL = no hub */
static int64_t now_s, mono_ms;
static struct {
	bool serves;
	void (*make_room)(void); /* what the reserve gives; NULL = none */
	unsigned room;
	unsigned opened, failed;
	size_t durable; /* movements in the journal as it opened last */
	enum ui_sound sound;
	unsigned sounds;
	char said[256];
} hand;

static inline bool serves(void *ctx)
{
	(void)ctx;
	return hand.serves;
}

static inline void failed(void *ctx, const struct err *why)
{
	(void)ctx;
	hand.failed++;
	assert_true(why->text[0] != '\0');
}

static inline void count_move(void *ctx, const struct pass_move *m)
{
	(void)m;
	(*(size_t *)ctx)++;
}

static inline void open_it(void *ctx)
{
	(void)ctx;
	hand.opened++;
	hand.durable = 0;
	assert_int_equal(journal_pass_each(stores.journal, DAY, count_move,
			     &hand.durable, &e),
	    0);
}

static inline bool more_room(void *ctx)
{
	(void)ctx;
	if (hand.make_room == NULL)
		return false;
	hand.room++;
	hand.make_room();
	return true;
}

static inline void sound(void *ctx, enum ui_sound which)
{
	(void)ctx;
	hand.sound = which;
	hand.sounds++;
}

static inline void say(void *ctx, const char *sentence)
{
	(void)ctx;
	assert_true(str_copy(hand.said, sizeof(hand.said), str_from(sentence)));
}

static inline void configure(const char *more)
{
	static char text[4096];
	struct str rest, line;
	struct buf problems;
	char config[1024];
	unsigned n = 0;

	snprintf(config, sizeof(config),
	    "[office]\nid = 4102\nname = K\ntimezone = WIB\n"
	    "[terminal]\nstate = %s\n[hours]\nthu = 07:30-15:00\n"
	    "[services]\nfile = services.ini\n[gate]\ndirection = both\n%s",
	    dir, more);
	memset(&office, 0, sizeof(office));
	config_defaults(&office.config, "karcis.ini");
	buf_init(&problems, text, sizeof(text));
	rest = str_from(config);
	while (str_split(&rest, '\n', &line))
		config_line(&office.config, line, ++n, &problems);
	if (!config_finish(&office.config, &problems))
		fail_msg("%s", buf_cstr(&problems));
}

static inline void open_gate(const char *config)
{
	const struct gatehouse_hands hands = {.serves = serves,
	    .failed = failed,
	    .more_room = more_room,
	    .open = open_it,
	    .sound = sound,
	    .say = say};

	gatehouse_close(g);
	configure(config);
	assert_int_equal(gatehouse_open(&office, &hands, &g, &e), 0);
	gatehouse_rules(g, &stores, hub_sync);
	gatehouse_clock(g, NOW - 100000, 0);
}

static inline int make_gate(void **state)
{
	hub_sync = NULL;
	memset(&hand, 0, sizeof(hand));
	hand.serves = true;
	now_s = NOW;
	mono_ms = 50000;
	if (make_stores(state) < 0)
		return -1;
	open_gate("");
	return 0;
}

static inline int unmake_gate(void **state)
{
	gatehouse_close(g);
	g = NULL;
	return remove_stores(state);
}

static inline void event(struct gate_event ev)
{
	now_s += 2;
	mono_ms += 2000;
	ev.now_s = now_s;
	ev.mono_ms = mono_ms;
	gatehouse_event(g, &ev);
}

static inline void scan(const char *text)
{
	event(
	    (struct gate_event){.kind = GATE_EV_SCAN, .text = str_from(text)});
}

static inline void press(enum gate_press which)
{
	event((struct gate_event){.kind = GATE_EV_PRESS, .press = which});
}

static inline void tick(void)
{
	event((struct gate_event){.kind = GATE_EV_TICK});
}

static inline const char *ticket(uint16_t number)
{
	static struct ticket_text text;
	struct ticket t = ticket_of(number);

	assert_true(ticket_sign(&t, OFFICE, stores.keys.ticket_secret, &text));
	return text.digits;
}

static inline void assert_shown(enum gate_verdict v)
{
	if (g->session.state != GATE_SHOWN || g->session.verdict != v)
		fail_msg("%s %s, not %s", gate_state_name(g->session.state),
		    gate_verdict_name(g->session.verdict),
		    gate_verdict_name(v));
}

static inline const char *add_officer(const char *name)
{
	static char badge[OFFICERS_BADGE];
	static struct officers list;
	char path[96];

	snprintf(path, sizeof(path), "%s/officers", dir);
	assert_int_equal(officers_load(path, &list, &e), 0);
	assert_int_equal(officers_add(&list, str_from(name), badge, &e), 0);
	assert_int_equal(officers_save(path, &list, &e), 0);
	return badge;
}

#endif
