/* CPU and bytes of one ticket in both forms, with the terminal's own fonts
 * and another visitor every round; prints medians, judges nothing. With a
 * directory it also leaves there what the peers (tests/bench/peers) are
 * measured with: slip.json, qr.pbm and ticket.bin. */
#include <jansson.h>
#include <stdio.h>
#include <time.h>

#include "drivers/printer/escpos.h"
#include "drivers/printer/qr.h"
#include "tests/unit/test_slip.h"
#include "ui/font.h"

enum { ROUNDS = 200 };
static uint8_t storage[ESCPOS_PICTURE_MAX];

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* What differs from one visitor to the next. */
static void next_visitor(struct slip *s, int n)
{
	(void)snprintf(s->label, sizeof(s->label), "A-%03d", n % 999 + 1);
	(void)snprintf(s->short_code, sizeof(s->short_code), "%03d-7RX-%03d",
	    n * 37 % 1000, n * 11 % 1000);
	(void)snprintf(s->audit_mark, sizeof(s->audit_mark), "K4W%d-%04d-RN8Z",
	    n % 10, n * 71 % 10000);
	(void)snprintf(s->word[SLIP_PRINTED_AT], sizeof(s->word[0]),
	    "dicetak 09.%02d", n % 60);
	for (int i = 0; i < 4; i++)
		s->qr.digits[20 + i] = (char)('0' + n * (i + 3) % 10);
}

static FILE *file_in(const char *dir, const char *name)
{
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "wb");
	if (f == NULL) {
		perror(path);
		exit(2);
	}
	return f;
}

/* Five dots a module, and white to a multiple of 8 dots. */
static void write_qr(const char *dir, const struct slip *s)
{
	enum { MODULE_DOTS = 5, SIDE = (QR_MODULES * MODULE_DOTS + 7) / 8 * 8 };
	FILE *f = file_in(dir, "qr.pbm");
	struct qr_grid qr;

	if (qr_draw(s->qr.digits, &qr, NULL) < 0)
		exit(2);
	fprintf(f, "P1\n%d %d\n", SIDE, SIDE);
	for (int y = 0; y < SIDE; y++)
		for (int x = 0; x < SIDE; x++)
			fputs(y / MODULE_DOTS < QR_MODULES &&
				    x / MODULE_DOTS < QR_MODULES &&
				    qr.dark[y / MODULE_DOTS][x / MODULE_DOTS]
				? "1\n"
				: "0\n",
			    f);
	fclose(f);
}

static void write_words(const char *dir, const struct slip *s)
{
	FILE *f = file_in(dir, "slip.json");
	json_t *o = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,"
			      "s:s,s:s,s:s,s:[ssss]}",
	    "office", s->office, "date", s->date, "label", s->label, "slot",
	    s->slot, "service", s->service, "counter", s->counter, "digits",
	    s->qr.digits, "short_code", s->short_code, "masked_name",
	    s->masked_name, "day_word", s->day_word, "pay", s->pay, "terminal",
	    s->terminal, "audit_mark", s->audit_mark, "printed_at",
	    s->word[SLIP_PRINTED_AT], "need", s->need[0], s->need[1],
	    s->need[2], s->need[3]);
	static const struct {
		const char *name;
		enum slip_word word;
	} words[] = {{"w_counter", SLIP_COUNTER}, {"w_slot", SLIP_SLOT},
	    {"w_service", SLIP_SERVICE}, {"w_show", SLIP_SHOW_AT_DOOR},
	    {"w_valid", SLIP_VALID_UNTIL}, {"w_unreadable", SLIP_IF_UNREADABLE},
	    {"w_name", SLIP_NAME}, {"w_word", SLIP_WORD_OF_DAY},
	    {"w_bring", SLIP_BRING}, {"w_fee", SLIP_FEE}, {"w_free", SLIP_FREE},
	    {"w_complaint", SLIP_COMPLAINT}, {"w_trail", SLIP_TRAIL},
	    {"w_privacy", SLIP_PRIVACY}};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		json_object_set_new(o, words[i].name,
		    json_string(s->word[words[i].word]));
	if (o == NULL || json_dumpf(o, f, 0) != 0)
		exit(2);
	json_decref(o);
	fclose(f);
}

static void write_ticket(const char *dir, const struct slip *s,
    const struct glyph_source *glyphs)
{
	FILE *f = file_in(dir, "ticket.bin");
	struct slip_page page;
	struct buf b;

	buf_init(&b, storage, sizeof(storage));
	if (slip_layout(s, 576, glyphs, &page, NULL) < 0 ||
	    escpos_picture(&page, glyphs, &b, NULL) < 0 ||
	    fwrite(b.ptr, 1, b.len, f) != b.len)
		exit(2);
	fclose(f);
}

enum figure { LAYOUT, FIRST, PICTURE, TEXT, FIGURES };
static double ms[FIGURES][ROUNDS];

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(enum figure f)
{
	qsort(ms[f], ROUNDS, sizeof(ms[f][0]), by_size);
	return ms[f][ROUNDS / 2];
}

/* One visitor's ticket in both forms, and what it took. */
static int one_ticket(const struct slip *s, const struct glyph_source *glyphs,
    int round, size_t bytes[FIGURES])
{
	static struct escpos_picture enc;
	double begun = cpu_ms();
	struct slip_page page;
	struct buf b;
	int bad;

	bad = slip_layout(s, 576, glyphs, &page, NULL);
	ms[LAYOUT][round] = cpu_ms() - begun;
	begun = cpu_ms();
	buf_init(&b, storage, sizeof(storage));
	bad |= escpos_picture_begin(&enc, &page, glyphs, NULL);
	bad |= !escpos_picture_next(&enc, &b);
	ms[FIRST][round] = cpu_ms() - begun;
	while (escpos_picture_next(&enc, &b))
		;
	ms[PICTURE][round] = cpu_ms() - begun;
	bytes[PICTURE] = b.len;
	begun = cpu_ms();
	buf_init(&b, storage, sizeof(storage));
	bad |= escpos_text(s, 48, glyphs, &b, NULL);
	ms[TEXT][round] = cpu_ms() - begun;
	bytes[TEXT] = b.len;
	return bad;
}

int main(int argc, char **argv)
{
	const struct glyph_source *glyphs;
	struct fonts *fonts;
	struct err e = {0};
	size_t bytes[FIGURES] = {0};
	struct slip s;
	int bad = 0;

	if (fonts_open(NULL, &fonts, &e) < 0) {
		fprintf(stderr, "paper-bench: %s\n", e.text);
		return 2;
	}
	glyphs = fonts_glyphs(fonts);
	test_slip(&s, false);
	if (argc > 1) {
		write_words(argv[1], &s);
		write_qr(argv[1], &s);
		write_ticket(argv[1], &s, glyphs);
	}
	/* The first only opens the fonts. */
	for (int i = -1; i < ROUNDS; i++) {
		next_visitor(&s, i + 1);
		bad |= one_ticket(&s, glyphs, i < 0 ? 0 : i, bytes);
	}
	printf("layout %.3f ms, picture %zu bytes %.3f ms (first band %.3f), "
	       "text %zu bytes %.3f ms\n",
	    median(LAYOUT), bytes[PICTURE], median(PICTURE), median(FIRST),
	    bytes[TEXT], median(TEXT));
	fonts_close(fonts);
	return bad != 0;
}
