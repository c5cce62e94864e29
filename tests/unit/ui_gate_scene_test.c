/* The gate's screens: what fits, what each verdict says, which buttons there
 * are, and that nothing but an opening verdict looks like one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/bench/ui_gate_screens.c"
#include "scene_checks.h"
#include "ui/screen_gate.h"

/* Runs check over every view, language and panel; counts the bad ones. */
static int each(int (*check)(const struct theme *t, const char *name))
{
	struct gate_view v;
	const char *name;
	int bad = 0;

	for (int p = 0; p < 4; p++) {
		static const struct panel panels[] = {{1080, 1920, 215},
		    {1280, 800, 156}, {1280, 800, 101}, {1024, 600, 101}};
		struct theme t = theme_of(&panels[p]);

		for (int n = 0;
		     (name = sample_gate_view(n, LANG_ID, &v)) != NULL; n++) {
			for (int lang = 0; lang < LANGS; lang++) {
				(void)sample_gate_view(n, (enum lang)lang, &v);
				gate_screens_build(&scene, &t, &metrics, &v);
				bad += check(&t, name);
			}
		}
	}
	return bad;
}

static void test_no_text_overflows(void **state)
{
	(void)state;
	assert_int_equal(each(overflows), 0);
}

static void test_no_text_meets_another(void **state)
{
	(void)state;
	assert_int_equal(each(overlaps), 0);
}

static void test_every_text_can_be_read(void **state)
{
	(void)state;
	assert_int_equal(each(unreadably_small), 0);
}

static void test_every_key_can_be_hit(void **state)
{
	(void)state;
	assert_int_equal(each(too_small_to_hit), 0);
}

static bool has(enum gate_press press)
{
	for (int i = 0; i < scene.count; i++) {
		if (scene.item[i].press == press)
			return true;
	}
	return false;
}

static int without_language(const struct theme *t, const char *name)
{
	if (has(GATE_PRESS_LANG))
		return 0;
	print_error("%dx%d %s: no language button\n", t->width_px, t->height_px,
	    name);
	return 1;
}

static void test_language_is_on_every_screen(void **state)
{
	(void)state;
	assert_int_equal(each(without_language), 0);
}

/* A kiosk's action on a gate would go nowhere. */
static int with_action(const struct theme *t, const char *name)
{
	for (int i = 0; i < scene.count; i++) {
		if (scene.item[i].action == ACTION_NONE)
			continue;
		print_error("%dx%d %s: a kiosk's button\n", t->width_px,
		    t->height_px, name);
		return 1;
	}
	return 0;
}

static void test_no_button_of_a_kiosk(void **state)
{
	(void)state;
	assert_int_equal(each(with_action), 0);
}

static void build_view(const struct gate_view *v)
{
	const struct panel desk = {1024, 600, 101};
	struct theme t = theme_of(&desk);

	gate_screens_build(&scene, &t, &metrics, v);
}

/* Builds the view; its text is afterwards in `said`. */
static char said[4096];
static void say(const struct gate_view *v)
{
	struct buf out;

	build_view(v);
	buf_init(&out, said, sizeof(said));
	for (int i = 0; i < scene.count; i++) {
		if (scene.item[i].kind != ITEM_TEXT)
			continue;
		buf_text(&out, scene.item[i].text);
		buf_byte(&out, ' ');
	}
	buf_cstr(&out);
	assert_false(out.full);
}

static void say_sample(const char *name, enum lang lang)
{
	struct gate_view v;

	if (!sample_gate_named(name, lang, &v))
		fail_msg("there is no sample %s", name);
	say(&v);
}

static void assert_says(const char *words)
{
	if (strstr(said, words) == NULL)
		fail_msg("\"%s\" is not in: %s", words, said);
}

static void assert_says_not(const char *words)
{
	if (strstr(said, words) != NULL)
		fail_msg("\"%s\" is in: %s", words, said);
}

/* Of the sample's moment: 24 November 2026, 09.41. */
static const struct {
	const char *sample;
	const char *in[LANGS][3];
} sentences[] = {
    {"gate-open",
	{{"BOLEH MASUK", "A-017", "Paspor baru, Loket 3"},
	    {"MAY ENTER", "A-017", "New passport, Counter 3"}}},
    {"gate-open-with",
	{{"BOLEH MASUK", "+2", "semuanya 3 orang"},
	    {"MAY ENTER", "+2", "3 persons in all"}}},
    {"gate-open-override",
	{{"BOLEH MASUK", "A-017",
	     "Dibuka oleh Budi Santoso: Tiket tak terbaca"},
	    {"MAY ENTER", "A-017",
		"Opened by Budi Santoso: Ticket not "
		"readable"}}},
    {"gate-open-code",
	{{"BOLEH MASUK", "09.00–09.15", ""}, {"MAY ENTER", "09.00–09.15", ""}}},
    {"gate-out",
	{{"SILAKAN KELUAR", "A-017", "+2"}, {"MAY LEAVE", "A-017", "+2"}}},
    {"gate-wait",
	{{"TUNGGU 09.30", "Boleh masuk mulai pukul 09.30.", ""},
	    {"WAIT 09.30", "Entry is open from 09.30.", ""}}},
    {"gate-used-there",
	{{"TIDAK", "Sudah masuk pukul 09.02 di gate-1.", ""},
	    {"NO", "Went in already at 09.02, at gate-1.", ""}}},
    {"gate-used-here",
	{{"TIDAK", "Sudah masuk pukul 09.02.",
	     "Satu tiket untuk satu kali masuk."},
	    {"NO", "Went in already at 09.02.",
		"One ticket lets its holder in once."}}},
    {"gate-used-again", /* where who went out may come in again */
	{{"TIDAK", "Sudah masuk pukul 09.02.",
	     "Menurut catatan, pemegangnya masih di dalam."},
	    {"NO", "Went in already at 09.02.",
		"By the records its holder is still inside."}}},
    {"gate-other-gate",
	{{"TIDAK", "Silakan ke gate-2.", "Gerbang ini terputus"},
	    {"NO", "Please go to gate-2.", "This gate is cut off"}}},
    {"gate-other-door", /* no hub: it is cut off from nothing */
	{{"TIDAK", "Silakan ke gate-2.", "Pintu itu tertulis pada tiket."},
	    {"NO", "Please go to gate-2.", "The ticket names that door."}}},
    {"gate-need-ticket",
	{{"TIDAK", "Ambil tiket di kiosk dulu.", ""},
	    {"NO", "Take a ticket at the kiosk first.", ""}}},
    {"gate-tomorrow",
	{{"TIDAK", "Tiket ini untuk Rabu, 25 November 2026.",
	     "Datang pada hari itu."},
	    {"NO",
		"The ticket is for Wednesday 25 November "
		"2026.",
		"Come on that day."}}},
    {"gate-yesterday",
	{{"TIDAK", "Rabu, 18 November 2026",
	     "Ambil tiket di kiosk kantor ini."},
	    {"NO", "Wednesday 18 November 2026",
		"Take a ticket at a kiosk of this office."}}},
    {"gate-over",
	{{"TIDAK", "Waktunya habis pukul 09.45.", ""},
	    {"NO", "Its time ended at 09.45.", ""}}},
    {"gate-no-keys",
	{{"TIDAK", "Belum ada kunci: impor daftar kunci", ""},
	    {"NO", "No keys yet: import the key roster", ""}}},
    {"gate-short-wait",
	{{"TIDAK", "Ketik lagi dalam 42 detik.", ""},
	    {"NO", "Type again in 42 seconds.", ""}}},
    {"gate-code-unknown",
	{{"TIDAK", "Kode booking tidak ditemukan.", ""},
	    {"NO", "The booking code was not found.", ""}}},
    {"gate-code-day",
	{{"TIDAK", "Booking ini untuk Rabu, 25 November 2026.", ""},
	    {"NO",
		"The booking is for Wednesday 25 November "
		"2026.",
		""}}},
    {"gate-code-old",
	{{"TIDAK", "terputus sejak 08.40", ""},
	    {"NO", "cut off since 08.40", ""}}},
    {"gate-ready",
	{{"Pindai tiket", "Di dalam", "09.40 A-017 +2"},
	    {"Scan the ticket", "Inside now", "09.40 A-017 +2"}}},
    {"gate-ready-cut",
	{{"Terputus sejak 08.40", "", ""}, {"Cut off since 08.40", "", ""}}},
    {"gate-ready-cut-long",
	{{"Terputus sudah 2 hari", "", ""}, {"Cut off for 2 days", "", ""}}},
    {"gate-ready-double",
	{{"Tiket A-017 dipakai dua kali", "Di sini 09.05, gate-1 09.02", ""},
	    {"Ticket A-017 was used twice", "Here 09.05, gate-1 09.02", ""}}},
    {"gate-ready-doubles",
	{{"Tiket W-1041 dipakai dua kali, dan 11 lainnya", "", ""},
	    {"Ticket W-1041 was used twice, and 11 more", "", ""}}},
    {"gate-ready-no-keys",
	{{"Belum ada kunci: impor daftar kunci", "", ""},
	    {"No keys yet: import the key roster", "", ""}}},
    {"gate-compare",
	{{"Samakan dengan kertas", "A-017", "Sama, buka"},
	    {"Compare with the paper", "A-017", "The same, open"}}},
    {"gate-compare-with",
	{{"A-017", "Pendamping +2", ""}, {"A-017", "Companions +2", ""}}},
    {"gate-ready-blind",
	{{"Pemindai tidak tersambung", "Kode pendek bisa diketik.",
	     "09.40 A-017 +2"},
	    {"The scanner is not connected", "Short codes can be typed.",
		"09.40 A-017 +2"}}},
    {"gate-ready-blind-only",
	{{"Pemindai tidak tersambung", "Periksa kabelnya.", ""},
	    {"The scanner is not connected", "Check its cable.", ""}}},
    {"gate-badge",
	{{"TIDAK", "Lencana ini tidak berlaku di gerbang ini.",
	     "Tiap gerbang punya lencana sendiri."},
	    {"NO", "This badge does not count at this gate.",
		"Each gate has badges of its own."}}},
    {"gate-list",
	{{"57 orang di dalam", "A-990 08.00 ×1", "Halaman 2 dari 3"},
	    {"57 persons inside", "A-990 08.00 ×1", "Page 2 of 3"}}},
    {"gate-looking", {{"Sebentar", "", ""}, {"One moment", "", ""}}},
};

static void test_sentences(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sentences); i++) {
		for (int lang = 0; lang < LANGS; lang++) {
			say_sample(sentences[i].sample, (enum lang)lang);
			for (int k = 0; k < 3; k++)
				assert_says(sentences[i].in[lang][k]);
		}
	}
}

static struct gate_words words_of(enum gate_verdict verdict,
    enum verdict decision, enum lang lang)
{
	struct gate_words w;
	struct gate_view v;
	struct build b;

	fill(&v, lang);
	v.session.verdict = verdict;
	v.session.decision.verdict = decision;
	memset(&b, 0, sizeof(b));
	b.g = &v;
	b.lang = lang;
	gate_words_fill(&b, &w);
	return w;
}

static void test_every_refusal_has_its_own_reason(void **state)
{
	(void)state;
	for (int lang = 0; lang < LANGS; lang++) {
		for (int v = 1; v < GATE_VERDICTS; v++) {
			struct gate_words a = words_of((enum gate_verdict)v,
			    VERDICT_UNKNOWN, (enum lang)lang);

			assert_true(a.word.text[0] != '\0');
			if (gate_opens((enum gate_verdict)v))
				continue;
			assert_true(a.reason.text[0] != '\0');
			assert_true(a.todo.text[0] != '\0');
			for (int k = 0; k < v; k++) {
				struct gate_words b = words_of(
				    (enum gate_verdict)k, VERDICT_UNKNOWN,
				    (enum lang)lang);

				if (gate_opens((enum gate_verdict)k))
					continue;
				assert_string_not_equal(a.reason.text,
				    b.reason.text);
			}
		}
	}
}

static void test_every_decision_on_a_code_has_a_reason(void **state)
{
	(void)state;
	for (int lang = 0; lang < LANGS; lang++) {
		for (int d = 0; d <= VERDICTS; d++) {
			struct gate_words w = words_of(GATE_CODE,
			    (enum verdict)d, (enum lang)lang);

			assert_true(w.reason.text[0] != '\0');
			assert_true(w.todo.text[0] != '\0');
			assert_string_equal(w.word.text,
			    lang == LANG_ID ? "TIDAK" : "NO");
		}
	}
}

/* Green, and the words of an opening, for the two that open and no other
 * value at all. */
static void test_only_an_opening_looks_like_one(void **state)
{
	(void)state;
	for (int v = 0; v <= GATE_VERDICTS + 1; v++) {
		enum gate_verdict verdict = (enum gate_verdict)v;
		struct gate_words w = words_of(verdict, VERDICT_ADMIT_BOOKED,
		    LANG_ID);
		bool opens = verdict == GATE_OPEN || verdict == GATE_OPEN_OUT;
		bool says = strcmp(w.word.text, "BOLEH MASUK") == 0 ||
		    strcmp(w.word.text, "SILAKAN KELUAR") == 0;

		assert_int_equal(gate_look(verdict)->fill == COL_OK, opens);
		assert_int_equal(says, opens);
	}
}

/* Yes, wait and no differ in colour, in outline and in word. */
static void test_three_looks(void **state)
{
	const struct gate_look *yes_look = gate_look(GATE_OPEN);
	const struct gate_look *wait_look = gate_look(GATE_WAIT);
	const struct gate_look *no_look = gate_look(GATE_USED);

	(void)state;
	assert_int_equal(yes_look->fill, COL_OK);
	assert_int_equal(wait_look->fill, COL_AMBER);
	assert_int_equal(no_look->fill, COL_BAD);
	assert_int_equal(yes_look->icon, ICON_TICK);
	assert_int_equal(gate_look(GATE_OPEN_OUT)->icon, ICON_LEAVE);
	assert_int_equal(wait_look->icon, ICON_CLOCK);
	assert_int_equal(no_look->icon, ICON_STOP);
	assert_int_equal(gate_look(GATE_WAIT_STANDBY)->fill, COL_AMBER);
	for (int v = 0; v < GATE_VERDICTS; v++) {
		const struct gate_look *l = gate_look((enum gate_verdict)v);

		assert_true(theme_contrast(l->ink, l->fill) >= 4.5);
		assert_true(theme_contrast(l->mark, COL_CARD) >= 3.0);
	}
}

/* The colour covers the whole panel, header and footer too. */
static void test_the_verdict_is_the_whole_screen(void **state)
{
	struct gate_view v;
	int fills = 0;

	(void)state;
	assert_true(sample_gate_named("gate-used", LANG_ID, &v));
	build_view(&v);
	assert_int_equal(scene.item[0].fill, COL_BAD);
	assert_int_equal(scene.item[0].r.w, 1024);
	assert_int_equal(scene.item[0].r.h, 600);
	for (int i = 0; i < scene.count; i++) {
		const struct item *it = &scene.item[i];

		if (it->kind == ITEM_BOX && it->fill != COL_BAD &&
		    it->press == GATE_PRESS_NONE)
			fills++;
	}
	assert_int_equal(fills, 0);
}

/* Before an answer is there nothing is said of it: neither the verdict of
 * the one before, nor "one moment" while it is quick. */
static void test_looking_shows_ready(void **state)
{
	struct gate_view v;

	(void)state;
	assert_true(sample_gate_named("gate-open", LANG_ID, &v));
	v.session.state = GATE_LOOKING;
	say(&v);
	assert_says("Pindai tiket");
	assert_says_not("BOLEH MASUK");
	v.session.state = GATE_ENTERING;
	say(&v);
	assert_says("Pindai tiket");
	assert_says_not("BOLEH MASUK");
	v.slow = true;
	say(&v);
	assert_says("Sebentar");
	assert_says_not("BOLEH MASUK");
}

/* Which buttons a screen has, besides the language. */
static const struct {
	const char *sample;
	unsigned presses;
} buttons[] = {
#define P(name) (1u << GATE_PRESS_##name)
    {"gate-ready", P(TYPE) | P(WAY_OUT) | P(LIST)},
    {"gate-ready-out", P(TYPE) | P(WAY_IN) | P(LIST)},
    {"gate-ready-one-way", P(TYPE) | P(LIST)}, {"gate-ready-doubles", P(LIST)},
    {"gate-looking", 0}, {"gate-open", P(BACK)},
    {"gate-used", P(BACK) | P(TYPE)},
    {"gate-keypad", P(BACK)}, /* four of nine symbols */
    {"gate-keypad-whole", P(BACK) | P(ENTER)},
    {"gate-compare", P(BACK) | P(SAME) | P(DIFFERS) | P(COMPANION)},
    {"gate-compare-out", P(BACK) | P(SAME) | P(DIFFERS)},
    {"gate-ready-blind", P(TYPE) | P(WAY_OUT) | P(LIST)},
    {"gate-officer",
	P(BACK) | P(UNREADABLE) | P(COMPANION) | P(EMERGENCY) | P(ORDER) |
	    P(LOST) | P(WAY_OUT)},
    {"gate-officer-out",
	P(BACK) | P(UNREADABLE) | P(COMPANION) | P(EMERGENCY) | P(ORDER) |
	    P(LOST) | P(WAY_IN)},
    {"gate-officer-alone",
	P(BACK) | P(UNREADABLE) | P(COMPANION) | P(EMERGENCY) | P(ORDER) |
	    P(LOST)},
    {"gate-lost", P(BACK)},
    {"gate-lost-letter", P(BACK)}, /* a letter without digits */
    {"gate-lost-whole", P(BACK) | P(ENTER)}, {"gate-list", P(BACK) | P(MORE)},
    {"gate-list-few", P(BACK)}, /* one page */
#undef P
};

static void test_buttons(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(buttons); i++) {
		say_sample(buttons[i].sample, LANG_ID);
		for (int p = 1; p < GATE_PRESSES; p++) {
			bool due = (buttons[i].presses & 1u << p) != 0 ||
			    p == GATE_PRESS_LANG;

			if (has((enum gate_press)p) != due)
				fail_msg("%s: %s", buttons[i].sample,
				    gate_press_name((enum gate_press)p));
		}
	}
}

static bool has_symbol(char symbol)
{
	for (int i = 0; i < scene.count; i++) {
		if (scene.item[i].symbol == symbol)
			return true;
	}
	return false;
}

/* A short code has Crockford's symbols and those read as one (no U); a
 * ticket's number any letter. */
static void test_keys(void **state)
{
	(void)state;
	say_sample("gate-keypad", LANG_ID);
	for (const char *c = "0123456789ABCDEFGHJKMNPQRSTVWXYZOIL\b"; *c; c++)
		assert_true(has_symbol(*c));
	assert_false(has_symbol('U'));
	say_sample("gate-lost", LANG_ID);
	for (const char *c = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ\b"; *c; c++)
		assert_true(has_symbol(*c));
}

/* Three groups of three: two hyphens between nine boxes. */
static void test_short_code_is_shown_as_on_paper(void **state)
{
	(void)state;
	say_sample("gate-keypad-whole", LANG_ID);
	assert_says("4 K 7 M 2 R X 9 B");
}

static void test_a_badge_is_hinted_at_where_it_helps(void **state)
{
	static const char hint[] = "Lencana petugas";
	struct gate_view v;

	(void)state;
	say_sample("gate-used", LANG_ID);
	assert_says(hint);
	say_sample("gate-form", LANG_ID); /* an office without badges */
	assert_says_not(hint);
	say_sample("gate-open", LANG_ID);
	assert_says_not(hint);
	say_sample("gate-storage", LANG_ID); /* nothing can be recorded */
	assert_says_not(hint);
	assert_true(sample_gate_named("gate-form", LANG_ID, &v));
	v.officers = true;
	say(&v);
	assert_says(hint);
}

static void test_the_worst_trouble_is_said(void **state)
{
	struct gate_view v;

	(void)state;
	fill(&v, LANG_ID);
	v.session.state = GATE_READY;
	v.keys = false;
	say(&v);
	assert_says("Belum ada kunci");
	v.clock_unsure = true;
	say(&v);
	assert_says("Jam gerbang ini belum pasti.");
	v.session.storage_ok = false;
	say(&v);
	assert_says("Gerbang ini belum bisa mencatat.");
	assert_says_not("Pindai tiket");
}

/* Nobody is inside on a list of nobody, and no number is made up. */
static void test_an_empty_list_says_so(void **state)
{
	(void)state;
	say_sample("gate-list-none", LANG_ID);
	assert_says("0 orang di dalam");
	assert_says("Tidak ada orang di dalam.");
}

/* The rules of copy: at most 12 words, no exclamation mark, none of
 * these words; a time is written 09.30. */
static bool good_copy(const char *text)
{
	static const char *const never[] = {"invalid", "Invalid", "error",
	    "Error", "gagal", "Gagal", "!"};
	int words = 1;

	for (const char *c = text; *c != '\0'; c++)
		words += *c == ' ';
	for (size_t i = 0; i < ARRAY_LEN(never); i++) {
		if (strstr(text, never[i]) != NULL)
			return false;
	}
	return words <= 12;
}

static void test_copy(void **state)
{
	(void)state;
	for (int id = MSG_GATE_SCAN; id <= MSG_GATE_NOBODY; id++) {
		const char *en = text_get(LANG_EN, (enum msg_id)id);
		const char *indonesian = text_get(LANG_ID, (enum msg_id)id);

		if (!good_copy(en) || !good_copy(indonesian))
			fail_msg("%s / %s", en, indonesian);
		if (strcmp(en, indonesian) == 0)
			fail_msg("\"%s\" is not translated", en);
	}
}

static void test_press_names_are_found_once(void **state)
{
	(void)state;
	assert_string_equal(gate_press_name(GATE_PRESS_TYPE), "gate-type");
	assert_string_equal(gate_press_name(GATE_PRESS_NONE), "");
	assert_string_equal(gate_press_name(GATE_PRESSES), "");
	for (int a = 1; a < GATE_PRESSES; a++) {
		const char *name = gate_press_name((enum gate_press)a);

		assert_true(strncmp(name, "gate-", 5) == 0);
		assert_null(strchr(name, ' '));
		for (int b = 1; b < a; b++)
			assert_string_not_equal(name,
			    gate_press_name((enum gate_press)b));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_no_text_overflows),
	    cmocka_unit_test(test_no_text_meets_another),
	    cmocka_unit_test(test_every_text_can_be_read),
	    cmocka_unit_test(test_every_key_can_be_hit),
	    cmocka_unit_test(test_language_is_on_every_screen),
	    cmocka_unit_test(test_no_button_of_a_kiosk),
	    cmocka_unit_test(test_sentences),
	    cmocka_unit_test(test_every_refusal_has_its_own_reason),
	    cmocka_unit_test(test_every_decision_on_a_code_has_a_reason),
	    cmocka_unit_test(test_only_an_opening_looks_like_one),
	    cmocka_unit_test(test_three_looks),
	    cmocka_unit_test(test_the_verdict_is_the_whole_screen),
	    cmocka_unit_test(test_looking_shows_ready),
	    cmocka_unit_test(test_buttons),
	    cmocka_unit_test(test_keys),
	    cmocka_unit_test(test_short_code_is_shown_as_on_paper),
	    cmocka_unit_test(test_a_badge_is_hinted_at_where_it_helps),
	    cmocka_unit_test(test_the_worst_trouble_is_said),
	    cmocka_unit_test(test_an_empty_list_says_so),
	    cmocka_unit_test(test_copy),
	    cmocka_unit_test(test_press_names_are_found_once),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
