/* The technician's screens: what fits, what each says, which buttons there
 * are, and what is never on them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/bench/ui_tech_screens.c"
#include "scene_checks.h"
#include "ui/screen_tech.h"

static const struct panel panels[] = {{1080, 1920, 215}, {1280, 800, 156},
    {1280, 800, 101}, {1024, 600, 101}};

/* Runs check over every view, language and panel; counts the bad ones. */
static int each(int (*check)(const struct theme *t, const char *name))
{
	struct tech_view v;
	const char *name;
	int bad_ones = 0;

	for (size_t p = 0; p < ARRAY_LEN(panels); p++) {
		struct theme t = theme_of(&panels[p]);

		for (int n = 0;
		     (name = sample_tech_view(n, LANG_ID, &v)) != NULL; n++) {
			for (int lang = 0; lang < LANGS; lang++) {
				(void)sample_tech_view(n, (enum lang)lang, &v);
				tech_screens_build(&scene, &t, &metrics, &v);
				bad_ones += check(&t, name);
			}
		}
	}
	return bad_ones;
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

static bool has(enum tech_press press)
{
	for (int i = 0; i < scene.count; i++) {
		if (scene.item[i].tech == press)
			return true;
	}
	return false;
}

/* Where a finger does something else or nothing, and at the end. */
static bool wordless(const char *name)
{
	return strncmp(name, "tech-touch", 10) == 0 ||
	    strncmp(name, "tech-done", 9) == 0 ||
	    strcmp(name, "tech-cleaning") == 0;
}

static int without_language(const struct theme *t, const char *name)
{
	if (has(TECH_PRESS_LANG) || wordless(name))
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

/* A visitor's action, or a gate's, would go nowhere. */
static int with_action(const struct theme *t, const char *name)
{
	for (int i = 0; i < scene.count; i++) {
		if (scene.item[i].action == ACTION_NONE &&
		    scene.item[i].press == GATE_PRESS_NONE)
			continue;
		print_error("%dx%d %s: a visitor's button\n", t->width_px,
		    t->height_px, name);
		return 1;
	}
	return 0;
}

static void test_no_button_of_a_visitor(void **state)
{
	(void)state;
	assert_int_equal(each(with_action), 0);
}

/* The header is amber and says so; the touch test needs the whole panel. */
static int without_mode(const struct theme *t, const char *name)
{
	if (strncmp(name, "tech-touch", 10) == 0)
		return 0;
	if (scene.item[1].fill == COL_AMBER &&
	    scene.item[1].r.w == t->width_px && scene.item[1].r.y == 0)
		return 0;
	print_error("%dx%d %s: it looks like a visitor's screen\n", t->width_px,
	    t->height_px, name);
	return 1;
}

static void test_the_mode_is_marked(void **state)
{
	(void)state;
	assert_int_equal(each(without_mode), 0);
}

static int pale(const struct theme *t, const char *name)
{
	int bad_ones = 0;

	for (int i = 0; i < scene.count; i++) {
		const struct item *it = &scene.item[i];
		enum colour below = COL_PAPER;

		if (it->kind != ITEM_TEXT || it->fill == COL_OFF_INK)
			continue;
		for (int k = 0; k < i; k++) {
			if (scene.item[k].kind == ITEM_BOX &&
			    rect_contains(scene.item[k].r, ink(it)))
				below = scene.item[k].fill;
		}
		if (theme_contrast(it->fill, below) >= 4.5)
			continue;
		print_error("%dx%d %s: \"%s\" is pale\n", t->width_px,
		    t->height_px, name, it->text);
		bad_ones++;
	}
	return bad_ones;
}

/* WCAG 1.4.3. */
static void test_every_text_has_contrast(void **state)
{
	(void)state;
	assert_int_equal(each(pale), 0);
}

/* But a signer's name of 63 wide letters, and versions of 20 digits. */
static int cut_off(const struct theme *t, const char *name)
{
	int bad_ones = 0;

	if (strcmp(name, "tech-update-offered-long") == 0)
		return 0;
	for (int i = 0; i < scene.count; i++) {
		if (strstr(scene.item[i].text, "…") == NULL)
			continue;
		print_error("%dx%d %s: \"%s\" is cut\n", t->width_px,
		    t->height_px, name, scene.item[i].text);
		bad_ones++;
	}
	return bad_ones;
}

static void test_no_text_is_cut(void **state)
{
	(void)state;
	assert_int_equal(each(cut_off), 0);
}

/* Builds the view; its text is afterwards in `said`. */
static char said[4096];
static void say(const struct tech_view *v)
{
	const struct panel desk = {1024, 600, 101};
	struct theme t = theme_of(&desk);
	struct buf out;

	tech_screens_build(&scene, &t, &metrics, v);
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
	struct tech_view v;

	if (!sample_tech_named(name, lang, &v))
		fail_msg("there is no sample %s", name);
	say(&v);
}

static void assert_says(const char *words)
{
	if (strstr(said, words) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", words, said);
}

static void assert_says_not(const char *words)
{
	if (strstr(said, words) != NULL)
		fail_msg("\"%s\" is in \"%s\"", words, said);
}

static const struct {
	const char *sample;
	const char *words;
} sentences[] = {
    {"tech-bare", "Mesin ini belum disiapkan"},
    {"tech-bare", "Belum ada karcis.ini."},
    {"tech-bare", "Siapkan mesin"},
    {"tech-bare-badge", "Teknisi: pindai lencana Anda."},

    {"tech-pin", "Lencana Budi Santoso. PIN-nya 6–10 angka."},
    {"tech-pin-wrong", "PIN tidak cocok. Kesempatan: 3 lagi."},
    {"tech-pin-unsure", "PIN belum bisa diperiksa."},
    {"tech-pin-checking", "PIN sedang diperiksa."},
    {"tech-locked", "5 menit"}, /* 299 s */
    {"tech-locked-soon", "42 detik"},
    {"tech-menu-installed", "Versi 0.4.0 terpasang dan berjalan baik."},
    {"tech-menu-returned", "0.5.0 tidak berjalan baik: kembali ke 0.4.0."},
    {"tech-print-yes", "Printer membuktikan bahwa kertas sudah keluar."},
    {"tech-print-unsure", "Printer ini tidak memberi bukti"},
    {"tech-print-not", "Tidak ada yang tercetak"},
    {"tech-print-part", "Baru tercetak sebagian"},
    {"tech-touch", "Meleset: 2 kali"},
    {"tech-touch-done", "Semua 8 kotak kena"},
    {"tech-scanner-test", "Terbaca: lembar uji"},
    {"tech-scanner-other", "Terbaca: kode lain"},
    {"tech-sync-bad", "hub.example.go.id:8443"},
    {"tech-update", "Versi yang dipakai 0.4.0"},
    {"tech-update-no-answer", "Belum ada jawaban."},
    {"tech-update-nobody", "Layanan pembaruan tidak menjawab."},
    {"tech-update-offered", "0.4.0 → 0.5.0"},
    {"tech-update-offered", "Tanda tangan Karcis release 2026"},
    {"tech-update-offered", "Ditandatangani Jumat, 20 November 2026"},
    {"tech-update-offered", "4 (di sini paling rendah 3)"},
    {"tech-update-offered-long", "tidak disebut"}, /* when it was signed */
    {"tech-update-copying", "120 dari 206 MB"},
    {"tech-update-copying", "Jangan cabut stik."},
    {"tech-update-writing", "Stik tidak diperlukan lagi."},
    {"tech-update-ready", "mesin kembali sendiri."},
    {"tech-export-good", "kiosk-1-20261126-102412"},
    {"tech-setup-found", "Berkas ditemukan: 9"},
    {"tech-setup-found", "karcis.ini akan dipakai"},
    {"tech-setup-found", "hub.pub sudah sama"},
    {"tech-setup-problems", "Masalah: 5. Tidak ada yang dipakai."},
    {"tech-setup-problems", "karcis.ini:14: hours.mon: 25:00 is no"},
    {"tech-setup-none", "Tidak ada berkas untuk mesin ini di stik."},
    {"tech-selftest-bad", "Pemindai tidak tersambung"},
    {"tech-selftest-good", "Semua berfungsi"},
    {"tech-cleaning", "58"},
    {"tech-screen", "70 %"},
    {"tech-clock-wrong", "Tidak ada tanggal atau jam itu."},
    {"tech-power-off", "Matikan mesin?"},
    {"tech-power-restart", "Mulai ulang mesin?"},
    {"tech-done-adopted", "Karcis mulai lagi"},
    {"tech-status", "Pencetak kertas hampir habis"},
    {"tech-status", "Server pusat belum terhubung"},
};

/* Wrapped lines are one sentence; so compared without regard to where they
 * break: say() joins them by one space. */
static void test_sentences(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sentences); i++) {
		say_sample(sentences[i].sample, LANG_ID);
		assert_says(sentences[i].words);
	}
}

static void test_every_refusal_says_why_and_what_to_do(void **state)
{
	(void)state;
	for (int r = 0; r < UPDATE_REFUSALS; r++) {
		struct tech_refusal a = tech_refusal((enum update_refusal)r);

		assert_int_not_equal(a.why, MSG_NONE);
		assert_int_not_equal(a.todo, MSG_NONE);
		for (int k = 0; k < r; k++)
			assert_int_not_equal(a.why,
			    tech_refusal((enum update_refusal)k).why);
	}
	assert_int_equal(tech_refusal(UPDATE_REFUSALS).why,
	    MSG_TECH_R_INTERNAL);
	say_sample("tech-refused-unsigned", LANG_ID);
	assert_says("Pembaruan tidak bertanda tangan.");
	assert_says("Ambil pembaruan dari sumber resmi saja.");
	assert_says("Versi yang dipakai tetap sama.");
	say_sample("tech-refused-stick-is-more", LANG_EN);
	assert_says("The stick is also another device.");
}

/* Whoever comes to it while the machine goes down is told so. */
static void test_a_restart_under_way_is_no_set_up(void **state)
{
	struct tech_view v;

	(void)state;
	assert_true(sample_tech_named("tech-update", LANG_ID, &v));
	v.session.report.phase = UPDATE_RESTARTING;
	say(&v);
	assert_says("Mesin mulai ulang");
	assert_says_not("Berkas dipakai");
}

/* Nobody reads a PIN from the screen, nor how long its owner's is. */
static void test_a_pin_is_dots(void **state)
{
	int filled = 0;

	(void)state;
	say_sample("tech-pin", LANG_ID); /* 4711 */
	assert_says_not("4711");
	for (int i = 0; i < scene.count; i++)
		filled += scene.item[i].kind == ITEM_BOX &&
		    scene.item[i].fill == COL_BRAND &&
		    scene.item[i].tech == TECH_PRESS_NONE;
	assert_int_equal(filled, 4);
}

/* Which buttons a screen has, besides the language. */
#define P(name) (1u << TECH_PRESS_##name)
#define MENU_ALL \
	(P(STATUS) | P(PRINT) | P(TOUCH) | P(SCANNER) | P(SYNC) | P(UPDATE) | \
	    P(EXPORT) | P(SETUP) | P(SELFTEST) | P(CLEANING) | P(SCREEN) | \
	    P(CLOCK) | P(POWER))
static const struct {
	const char *sample;
	unsigned presses;
} buttons[] = {
    {"tech-bare", P(BEGIN)},
    {"tech-bare-badge", P(MORE)}, /* it waits for a badge */
    {"tech-bare-long", P(BEGIN) | P(MORE)},
    {"tech-pin", P(BACK)}, /* four digits are no PIN */
    {"tech-pin-all", P(BACK) | P(ENTER)},
    {"tech-pin-wrong", P(BACK)}, /* a pause */
    {"tech-pin-checking", 0},
    {"tech-locked", P(BACK)},
    {"tech-menu", P(BACK) | MENU_ALL},
    {"tech-menu-bare",
	P(BACK) | P(STATUS) | P(TOUCH) | P(UPDATE) | P(SETUP) | P(CLEANING) |
	    P(POWER)},
    {"tech-status", P(BACK) | P(MORE)},
    {"tech-print", P(BACK) | P(START)},
    {"tech-print-runs", 0},
    {"tech-touch", P(BACK) | P(MISS)},
    {"tech-touch-done", P(BACK)},
    {"tech-update", P(BACK) | P(START)},
    {"tech-update-nobody", P(BACK)},
    {"tech-update-looking", P(CANCEL)},
    {"tech-update-offered", P(BACK) | P(CONFIRM)},
    {"tech-update-copying", P(CANCEL)},
    {"tech-update-verifying", P(CANCEL)},
    {"tech-update-writing", 0}, /* it cannot be taken back */
    {"tech-update-checking", 0},
    {"tech-update-ready", P(BACK) | P(RESTART)},
    {"tech-refused-corrupt", P(BACK) | P(START)},
    {"tech-setup", P(BACK) | P(START)},
    {"tech-setup-found", P(BACK) | P(MORE) | P(CONFIRM)},
    {"tech-setup-problems", P(BACK) | P(MORE) | P(START)},
    {"tech-setup-none", P(BACK) | P(START)},
    {"tech-setup-takes", 0},
    {"tech-cleaning", 0},
    {"tech-screen", P(BACK) | P(DARKER) | P(BRIGHTER) | P(SOFTER)}, /* 100 % */
    {"tech-screen-light", P(BACK) | P(DARKER) | P(BRIGHTER)},
    {"tech-clock", P(BACK)},
    {"tech-clock-whole", P(BACK) | P(ENTER)},
    {"tech-power", P(BACK) | P(RESTART) | P(POWER_OFF)},
    {"tech-power-off", P(BACK) | P(CONFIRM)},
    {"tech-done-off", 0},
};

static void test_buttons(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(buttons); i++) {
		say_sample(buttons[i].sample, LANG_ID);
		for (int p = 1; p < TECH_PRESSES; p++) {
			bool due = (buttons[i].presses & 1u << p) != 0;

			if (p != TECH_PRESS_LANG &&
			    has((enum tech_press)p) != due)
				fail_msg("%s: %s", buttons[i].sample,
				    tech_press_name((enum tech_press)p));
		}
	}
}
#undef MENU_ALL
#undef P

/* Every button drawn leads somewhere. */
static void test_no_button_leads_nowhere(void **state)
{
	struct tech_view v;

	(void)state;
	for (int n = 0; sample_tech_view(n, LANG_ID, &v) != NULL; n++) {
		say(&v);
		for (int p = 1; p < TECH_PRESSES; p++) {
			if (has((enum tech_press)p))
				assert_true(tech_offers(&v.session, &v.rules,
				    (enum tech_press)p));
		}
	}
}

/* An entry that this machine has no use for is not drawn. */
static void test_the_menu_follows_the_machine(void **state)
{
	struct tech_view v;

	(void)state;
	assert_true(sample_tech_named("tech-menu", LANG_ID, &v));
	v.rules.printer = v.rules.hub = v.rules.updates = v.rules.clock = false;
	v.rules.brightness = v.rules.volume = -1;
	say(&v);
	assert_true(has(TECH_PRESS_STATUS));
	assert_true(has(TECH_PRESS_SCANNER));
	assert_false(has(TECH_PRESS_PRINT));
	assert_false(has(TECH_PRESS_SYNC));
	assert_false(has(TECH_PRESS_UPDATE));
	assert_false(has(TECH_PRESS_EXPORT));
	assert_false(has(TECH_PRESS_SETUP));
	assert_false(has(TECH_PRESS_CLOCK));
	assert_false(has(TECH_PRESS_SCREEN));
	assert_false(has(TECH_PRESS_POWER));
}

/* An icon beside every entry, on every panel: none is cramped out. */
static void test_every_entry_has_its_icon(void **state)
{
	struct tech_view v;

	(void)state;
	for (size_t p = 0; p < ARRAY_LEN(panels); p++) {
		struct theme t = theme_of(&panels[p]);

		for (int lang = 0; lang < LANGS; lang++) {
			int icons = 0;

			assert_true(sample_tech_named("tech-menu",
			    (enum lang)lang, &v));
			tech_screens_build(&scene, &t, &metrics, &v);
			for (int i = 0; i < scene.count; i++)
				icons += scene.item[i].kind == ITEM_ICON;
			assert_int_equal(icons, 13 + 2); /* and the footer's */
		}
	}
}

/* 14 lines, seven a page; the last needs more rows than the second has. */
static void test_pages_show_every_line_once(void **state)
{
	static const char *const first[] = {"Pencetak", "Ruang kosong",
	    "USB ditolak"};
	struct tech_view v;

	(void)state;
	assert_true(sample_tech_named("tech-status", LANG_ID, &v));
	assert_int_equal(v.lines, 14);
	for (uint16_t page = 0; page < 4; page++) {
		v.session.page = page;
		say(&v);
		for (uint16_t i = 0; i < 3; i++) {
			if (i == page % 3)
				assert_says(first[i]);
			else
				assert_says_not(first[i]);
		}
	}
	assert_says("(1/3)");
}

/* Nothing of what is wrong with a machine is beyond reach. */
static void test_a_bare_machine_shows_every_reason(void **state)
{
	struct tech_view v;

	(void)state;
	assert_true(sample_tech_named("tech-bare-badge", LANG_ID, &v));
	say(&v);
	assert_says("karcis.ini bermasalah.");
	assert_says_not("Belum terdaftar di server pusat.");
	v.session.page = 1;
	say(&v);
	assert_says("Belum terdaftar di server pusat.");
	assert_says_not("karcis.ini bermasalah.");
}

/* More lines than there are, marks that are none: nothing is read beyond. */
static void test_lines_out_of_range(void **state)
{
	struct tech_view v;

	(void)state;
	assert_true(sample_tech_named("tech-status", LANG_ID, &v));
	v.lines = 255;
	v.line[0].mark = (enum tech_mark)99;
	v.session.page = UINT16_MAX;
	say(&v);
	assert_true(sample_tech_named("tech-setup-problems", LANG_ID, &v));
	v.problems = 255;
	say(&v);
	v.problems = v.lines = 0;
	say(&v);
	assert_says("Masalah: 5.");
}

/* Only what is good is green. */
static void test_only_good_is_green(void **state)
{
	struct tech_view v;

	(void)state;
	assert_true(sample_tech_named("tech-status", LANG_ID, &v));
	v.lines = 5;
	for (int mark = 0; mark < 5; mark++)
		v.line[mark].mark = (enum tech_mark)mark;
	say(&v);
	for (int i = 0; i < scene.count; i++) {
		if (scene.item[i].kind != ITEM_ICON ||
		    scene.item[i].icon == ICON_BACK ||
		    scene.item[i].icon == ICON_GLOBE)
			continue;
		assert_int_equal(scene.item[i].fill == COL_OK,
		    scene.item[i].icon == ICON_CHECK);
	}
	v.line[TECH_MARK_GOOD].mark = TECH_MARK_BAD;
	say(&v);
	for (int i = 0; i < scene.count; i++)
		assert_int_not_equal(scene.item[i].fill, COL_OK);
}

/* A text without spaces that is wider than its box is cut, by whole
 * characters, and says so. */
static void test_long_texts_are_cut(void **state)
{
	struct tech_view v;

	(void)state;
	assert_true(sample_tech_named("tech-sync-bad", LANG_ID, &v));
	memset(v.session.detail, 0, sizeof(v.session.detail));
	for (size_t i = 0; i + 2 < sizeof(v.session.detail); i += 2)
		memcpy(v.session.detail + i, "é", 2);
	say(&v);
	assert_says("é…");
	assert_true(str_is_utf8(str_from(said)));
	for (int i = 0; i < scene.count; i++)
		assert_false(scene.item[i].overflow);
}

static void test_names_are_found_once(void **state)
{
	(void)state;
	assert_string_equal(tech_press_name(TECH_PRESS_NONE), "");
	assert_string_equal(tech_press_name(TECH_PRESSES), "");
	assert_string_equal(tech_press_name(TECH_PRESS_PRINT), "tech-print");
	for (int a = 1; a < TECH_PRESSES; a++) {
		const char *name = tech_press_name((enum tech_press)a);

		assert_true(strncmp(name, "tech-", 5) == 0);
		assert_null(strchr(name, ' '));
		for (int b = 1; b < a; b++)
			assert_string_not_equal(name,
			    tech_press_name((enum tech_press)b));
	}
}

/* The rules of copy: at most 12 words, no exclamation mark, none of these. */
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
	for (int id = MSG_TECH_MODE; id <= MSG_TECH_P_TITLE; id++) {
		const char *en = text_get(LANG_EN, (enum msg_id)id);
		const char *indonesian = text_get(LANG_ID, (enum msg_id)id);

		if (!good_copy(en) || !good_copy(indonesian))
			fail_msg("%s / %s", en, indonesian);
		/* "12 MB", "12 booking": units and loan words. */
		if (strcmp(en, indonesian) == 0)
			fail_msg("\"%s\" is not translated", en);
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
	    cmocka_unit_test(test_no_button_of_a_visitor),
	    cmocka_unit_test(test_the_mode_is_marked),
	    cmocka_unit_test(test_every_text_has_contrast),
	    cmocka_unit_test(test_no_text_is_cut),
	    cmocka_unit_test(test_sentences),
	    cmocka_unit_test(test_every_refusal_says_why_and_what_to_do),
	    cmocka_unit_test(test_a_restart_under_way_is_no_set_up),
	    cmocka_unit_test(test_a_pin_is_dots),
	    cmocka_unit_test(test_buttons),
	    cmocka_unit_test(test_no_button_leads_nowhere),
	    cmocka_unit_test(test_the_menu_follows_the_machine),
	    cmocka_unit_test(test_every_entry_has_its_icon),
	    cmocka_unit_test(test_pages_show_every_line_once),
	    cmocka_unit_test(test_a_bare_machine_shows_every_reason),
	    cmocka_unit_test(test_lines_out_of_range),
	    cmocka_unit_test(test_only_good_is_green),
	    cmocka_unit_test(test_long_texts_are_cut),
	    cmocka_unit_test(test_names_are_found_once),
	    cmocka_unit_test(test_copy),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
