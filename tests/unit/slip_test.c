#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "test_glyphs.h"
#include "test_slip.h"

/* Every item inside the paper; no two texts on the same place (the number
 * counts by its capitals only: its line is empty above and below them). */
static void check_page(const struct slip_page *p, const char *label)
{
	int i, j;

	for (i = 0; i < p->count; i++) {
		const struct slip_item *a = &p->item[i];

		assert_true(a->x >= 0 && a->x + a->w <= p->width);
		assert_true(a->y + a->h <= p->height);
		assert_true(i == 0 || p->item[i - 1].y <= a->y);
		for (j = 0; j < i; j++) {
			const struct slip_item *b = &p->item[j];

			if (a->kind == SLIP_ITEM_BAR ||
			    b->kind == SLIP_ITEM_BAR ||
			    strcmp(a->text, label) == 0 ||
			    strcmp(b->text, label) == 0)
				continue;
			assert_true(a->x + a->w <= b->x ||
			    b->x + b->w <= a->x || a->y + a->h <= b->y ||
			    b->y + b->h <= a->y);
		}
	}
}

static void test_every_item_stays_on_the_paper_and_apart(void **state)
{
	struct slip_page page;
	struct slip s;
	int n;

	(void)state;
	for (n = 0; n < 16; n++) {
		test_slip(&s, n & 1);
		s.late = s.copy = n & 4;
		if (n & 8) {
			SET(s.service,
			    "Penggantian paspor hilang atau rusak "
			    "karena keadaan kahar");
			SET(s.need[0],
			    "Suratketerangankehilangandarikepolisian"
			    "setempatyangmasihberlaku");
			SET(s.label, "Z-2047");
		}
		assert_int_equal(slip_layout(&s, n & 2 ? 384 : 576,
				     &TEST_GLYPHS, &page, NULL),
		    0);
		check_page(&page, s.label);
	}
}

static void test_control_bytes_never_reach_the_page(void **state)
{
	struct slip_page page;
	struct slip s;
	int i;
	size_t j;

	(void)state;
	test_slip(&s, false);
	SET(s.masked_name, "S\x1b@\x10\x04\x01\x7f");
	assert_int_equal(slip_layout(&s, 576, &TEST_GLYPHS, &page, NULL), 0);
	for (i = 0; i < page.count; i++)
		for (j = 0; page.item[i].text[j] != '\0'; j++)
			assert_true((uint8_t)page.item[i].text[j] >= 0x20 &&
			    page.item[i].text[j] != 0x7f);
}

static void test_paper_narrower_than_the_qr_is_refused(void **state)
{
	struct slip_page page;
	struct slip s;

	(void)state;
	test_slip(&s, false);
	assert_int_equal(slip_layout(&s, 284, &TEST_GLYPHS, &page, NULL), -22);
	assert_int_equal(slip_layout(&s, 577, &TEST_GLYPHS, &page, NULL), -22);
}

/* The texts of a page, one a line. */
static void page_texts(const struct slip_page *p, char *out, size_t cap)
{
	struct buf b;

	buf_init(&b, out, cap - 1);
	for (int i = 0; i < p->count; i++)
		if (p->item[i].kind == SLIP_ITEM_TEXT)
			buf_fmt(&b, "%s\n", p->item[i].text);
	out[b.len] = '\0';
	assert_false(b.full);
}

static void test_a_home_gate_stands_under_its_word(void **state)
{
	char text[4096];
	struct slip_page page;
	struct slip s;

	(void)state;
	for (int n = 0; n < 4; n++) {
		test_slip(&s, n & 1);
		SET(s.gate, "gate-2");
		assert_int_equal(slip_layout(&s, n & 2 ? 384 : 576,
				     &TEST_GLYPHS, &page, NULL),
		    0);
		check_page(&page, s.label);
		page_texts(&page, text, sizeof(text));
		assert_non_null(strstr(text,
		    n & 1 ? "\nGate\ngate-2\n" : "\nPintu\ngate-2\n"));
	}
}

/* The guard sees how many may come in, also where there is no gate. */
static void test_companions_stand_under_their_word_and_none_are_not_told(
    void **state)
{
	char text[4096];
	struct slip_page page;
	struct slip s;

	(void)state;
	for (int n = 0; n < 8; n++) {
		test_slip(&s, n & 1);
		if (n & 4)
			SET(s.companions, "+2");
		assert_int_equal(slip_layout(&s, n & 2 ? 384 : 576,
				     &TEST_GLYPHS, &page, NULL),
		    0);
		check_page(&page, s.label);
		page_texts(&page, text, sizeof(text));
		assert_int_equal(strstr(text,
				     n & 1 ? "\nCompanions\n+2\n"
					   : "\nPendamping\n+2\n") != NULL,
		    (n & 4) != 0);
		assert_int_equal(strstr(text, n & 1 ? "Comp" : "Pend") != NULL,
		    (n & 4) != 0);
	}
}

static void test_without_a_home_gate_nothing_of_it_is_printed(void **state)
{
	char text[4096];
	struct slip_page page;
	struct slip s;

	(void)state;
	test_slip(&s, false);
	assert_int_equal(slip_layout(&s, 576, &TEST_GLYPHS, &page, NULL), 0);
	page_texts(&page, text, sizeof(text));
	assert_null(strstr(text, "Pintu"));
}

static void fill_list(struct slip_list *l, int days)
{
	memset(l, 0, sizeof(*l));
	SET(l->office, "Kantor Imigrasi Kelas II TPI Singkawang");
	SET(l->title, "Kata hari ini, daftar");
	SET(l->span, "Dari Senin, 23 November 2026 sampai Rabu, 23 Desember");
	SET(l->note,
	    "Untuk petugas pintu: tiket memuat kata pada harinya. "
	    "Simpan daftar ini agar tidak terlihat.");
	SET(l->made, "Senin, 23 November 2026 08.42");
	for (int i = 0; i < days; i++) {
		SET(l->day[i].date, "Senin, 23 November 2026");
		SET(l->day[i].word, "RAMBUTAN");
		l->day[i].word[7] = (char)('A' + i % 26);
	}
	l->days = (uint8_t)days;
}

static void test_a_list_has_each_day_with_its_word(void **state)
{
	static const int days[] = {1, 14, SLIP_LIST_DAYS};
	char text[4096];
	struct slip_page page;
	struct slip_list l;

	(void)state;
	for (size_t n = 0; n < 6; n++) {
		fill_list(&l, days[n / 2]);
		assert_int_equal(slip_list_layout(&l, n & 1 ? 384 : 576,
				     &TEST_GLYPHS, &page, NULL),
		    0);
		check_page(&page, "");
		page_texts(&page, text, sizeof(text));
		assert_non_null(strstr(text, "Singkawang"));
		for (int i = 0; i < days[n / 2]; i++)
			assert_non_null(strstr(text, l.day[i].word));
	}
}

static void fill_report(struct slip_report *r, int lines, bool wordy)
{
	memset(r, 0, sizeof(*r));
	SET(r->office, "Kantor Imigrasi Kelas II TPI Singkawang");
	SET(r->title, "Hasil uji mesin");
	SET(r->made, "kiosk-1 Senin, 23 November 2026 08.42");
	for (int i = 0; i < lines; i++) {
		SET(r->line[i].name,
		    wordy ? "Perangkat USB yang ditolak" : "Printer");
		SET(r->line[i].found,
		    wordy ? "1234:5678 sebuah stik yang juga papan tombol (!)"
			  : "berfungsi");
	}
	r->lines = (uint8_t)lines;
}

static int times(const char *text, const char *part)
{
	int n = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		n++;
	return n;
}

static void test_a_report_has_each_line_with_what_was_found(void **state)
{
	char text[8192];
	struct slip_page page;
	struct slip_report r;

	(void)state;
	for (size_t n = 0; n < 8; n++) {
		fill_report(&r, n & 4 ? SLIP_REPORT_LINES : 1, n & 2);
		assert_int_equal(slip_report_layout(&r, n & 1 ? 384 : 576,
				     &TEST_GLYPHS, &page, NULL),
		    0);
		check_page(&page, "");
		page_texts(&page, text, sizeof(text));
		assert_non_null(strstr(text, "Hasil uji mesin"));
		assert_int_equal(times(text, n & 2 ? "1234:5678" : "berfungsi"),
		    r.lines);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_item_stays_on_the_paper_and_apart),
	    cmocka_unit_test(test_control_bytes_never_reach_the_page),
	    cmocka_unit_test(test_a_home_gate_stands_under_its_word),
	    cmocka_unit_test(
		test_companions_stand_under_their_word_and_none_are_not_told),
	    cmocka_unit_test(test_without_a_home_gate_nothing_of_it_is_printed),
	    cmocka_unit_test(test_a_list_has_each_day_with_its_word),
	    cmocka_unit_test(test_a_report_has_each_line_with_what_was_found),
	    cmocka_unit_test(test_paper_narrower_than_the_qr_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
