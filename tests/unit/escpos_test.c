#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "drivers/printer/escpos.h"
#include "drivers/printer/paper.h"
#include "test_glyphs.h"
#include "test_slip.h"

static uint8_t storage[ESCPOS_PICTURE_MAX];

/* Prints the bytes on paper, keeps the picture, and reads its QR again. */
static void check_paper(const struct buf *b, int width, const char *name,
    const char *digits)
{
	struct paper *p;
	struct paper_facts f;
	char path[128], command[256], line[256] = "";
	struct err e = {0};
	FILE *zbar;

	assert_int_equal(paper_open(width, &TEST_GLYPHS, &p, &e), 0);
	paper_feed(p, b->ptr, b->len);
	f = paper_end(p);
	assert_int_equal(f.cuts, 1);
	assert_int_equal(f.unknown, 0);
	assert_int_equal(f.real_time, 0);
	assert_false(f.cut_off);
	snprintf(path, sizeof(path), "/tmp/karcis-%s.png", name);
	assert_int_equal(paper_png(p, path, &e), 0);
	paper_close(p);
	snprintf(command, sizeof(command),
	    "zbarimg -q --raw -Sdisable -Sqrcode.enable %s 2>/dev/null", path);
	zbar = popen(command, "r");
	assert_non_null(zbar);
	assert_non_null(fgets(line, sizeof(line), zbar));
	assert_int_equal(pclose(zbar), 0);
	line[strcspn(line, "\n")] = '\0';
	assert_string_equal(line, digits);
}

static void test_picture_prints_and_its_qr_decodes(void **state)
{
	static const int width[] = {576, 384};
	int w, english, copy;

	(void)state;
	for (w = 0; w < 2; w++)
		for (english = 0; english < 2; english++)
			for (copy = 0; copy < 2; copy++) {
				struct slip s;
				struct slip_page page;
				struct err e = {0};
				struct buf b;
				char name[64];

				test_slip(&s, english);
				s.copy = s.late = copy;
				assert_int_equal(slip_layout(&s, width[w],
						     &TEST_GLYPHS, &page, &e),
				    0);
				buf_init(&b, storage, sizeof(storage));
				assert_int_equal(
				    escpos_picture(&page, &TEST_GLYPHS, &b, &e),
				    0);
				assert_true(b.len <= 48 * 1024);
				snprintf(name, sizeof(name), "picture-%d-%s%s",
				    width[w], english ? "en" : "id",
				    copy ? "-copy" : "");
				print_message("%s: %zu bytes, %d rows\n", name,
				    b.len, page.height);
				check_paper(&b, width[w], name, s.qr.digits);
			}
}

static void test_text_prints_small_and_its_qr_decodes(void **state)
{
	int english;

	(void)state;
	for (english = 0; english < 4; english++) {
		int columns = english & 2 ? 32 : 48;
		struct slip s;
		struct err e = {0};
		struct buf b;
		char name[64];

		test_slip(&s, english & 1);
		s.copy = s.late = true;
		/* A hostile name: commands must not reach the printer. */
		SET(s.masked_name, "S\x1b@\x10\x04\x01\x1dV Ā");
		buf_init(&b, storage, sizeof(storage));
		assert_int_equal(escpos_text(&s, columns, &TEST_GLYPHS, &b, &e),
		    0);
		assert_true(b.len <= 16 * 1024);
		snprintf(name, sizeof(name), "text-%d-%d", columns, english);
		print_message("%s: %zu bytes\n", name, b.len);
		check_paper(&b, columns * 12, name, s.qr.digits);
	}
}

static void sequence_draw(void *self, enum glyph_font font, int size,
    struct str s, struct bitmap *to, int x, int y, bool white)
{
	static const uint8_t rows[] = {0x10, 0x04, 0x01, 0x10, 0x05, 0x10, 0x14,
	    0x10, 0x10, 0x04};
	int i;

	(void)self, (void)font, (void)size, (void)s, (void)x, (void)white;
	for (i = 0; i < 10 && y >= 0 && y < to->height; i++)
		to->bits[y * to->stride + i] = rows[i];
}

static void test_raster_holds_no_real_time_command(void **state)
{
	struct glyph_source g = {NULL, test_measure, test_ascent,
	    sequence_draw};
	struct slip_page page = {.width = 576, .height = 40, .count = 1};
	struct paper_facts f;
	struct paper *p;
	struct err e = {0};
	struct buf b;

	(void)state;
	page.item[0].kind = SLIP_ITEM_TEXT;
	page.item[0].size = 20;
	page.item[0].h = 30;
	buf_init(&b, storage, sizeof(storage));
	assert_int_equal(escpos_picture(&page, &g, &b, &e), 0);
	assert_int_equal(paper_open(576, NULL, &p, &e), 0);
	paper_feed(p, b.ptr, b.len);
	f = paper_end(p);
	assert_int_equal(f.real_time, 0);
	/* 10 04 became 18 04; a 10 before 10 stays. */
	assert_memory_equal(paper_strip(p).bits,
	    "\x18\x04\x01\x18\x05\x18\x14\x10\x18\x04", 10);
	paper_close(p);
}

/* Bytes whose paper was looked at; made with Debian 12's Inter. With
 * KARCIS_GOLDEN_WRITE set they are written anew and the test says skipped. */
static const struct golden {
	const char *path;
	int width; /* dots; 0 = the text form of 48 columns */
	bool english, copy;
} goldens[] = {
    {"tests/golden/ticket-576-id.bin", 576, false, false},
    {"tests/golden/ticket-576-en-copy.bin", 576, true, true},
    {"tests/golden/ticket-384-id.bin", 384, false, false},
    {"tests/golden/ticket-text-en.bin", 0, true, false},
};

static void encode_golden(const struct golden *g, struct buf *b)
{
	static struct slip_page page;
	struct slip s;

	test_slip(&s, g->english);
	s.copy = s.late = g->copy;
	buf_init(b, storage, sizeof(storage));
	if (g->width == 0) {
		assert_int_equal(escpos_text(&s, 48, &TEST_GLYPHS, b, NULL), 0);
		return;
	}
	assert_int_equal(slip_layout(&s, g->width, &TEST_GLYPHS, &page, NULL),
	    0);
	assert_int_equal(escpos_picture(&page, &TEST_GLYPHS, b, NULL), 0);
}

static void test_ticket_bytes_are_the_reviewed_ones(void **state)
{
	static uint8_t want[ESCPOS_PICTURE_MAX];
	bool write = getenv("KARCIS_GOLDEN_WRITE") != NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		struct buf b;
		FILE *f;

		encode_golden(&goldens[i], &b);
		f = fopen(goldens[i].path, write ? "wb" : "rb");
		assert_non_null(f);
		if (write) {
			assert_int_equal(fwrite(b.ptr, 1, b.len, f), b.len);
		} else {
			assert_int_equal(fread(want, 1, sizeof(want), f),
			    b.len);
			assert_memory_equal(b.ptr, want, b.len);
		}
		assert_int_equal(fclose(f), 0);
	}
	if (write) {
		print_message("golden bytes written, not compared\n");
		skip();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_picture_prints_and_its_qr_decodes),
	    cmocka_unit_test(test_text_prints_small_and_its_qr_decodes),
	    cmocka_unit_test(test_raster_holds_no_real_time_command),
	    cmocka_unit_test(test_ticket_bytes_are_the_reviewed_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
