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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_item_stays_on_the_paper_and_apart),
	    cmocka_unit_test(test_control_bytes_never_reach_the_page),
	    cmocka_unit_test(test_paper_narrower_than_the_qr_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
