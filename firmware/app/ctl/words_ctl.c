#include "words_ctl.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "firmware/app/clock.h"
#include "commands.h"
#include "ctl.h"
#include "firmware/core/slip.h"
#include "firmware/app/office_roster.h"
#include "firmware/app/terminal.h"

enum { DAYS = 14, DAYS_MAX = 366 };

struct span {
	int32_t from;
	int64_t days;
};

/* [DATE] [--days N], from the present day on where no date is given. */
static bool read_span(const struct office *o, const struct str *word, size_t n,
    int64_t most, struct span *out)
{
	struct civil_date d;
	size_t at = 0;

	*out = (struct span){
	    civil_local(clock_wall_s(), o->config.offset_s).day, DAYS};
	if (at < n && civil_parse_date(word[at], &d)) {
		out->from = civil_day(d);
		at++;
	}
	if (at + 1 < n && str_is(word[at], "--days") &&
	    str_number(word[at + 1], 1, most, &out->days))
		at += 2;
	/* A day key is of a day since 1970. */
	return at == n && out->from >= 0;
}

static int check_secrets(const struct office *o, const struct keys *k,
    struct err *e)
{
	return office_has_secrets(o, k)
	    ? 0
	    : err_set(e, -ENOKEY,
		  "words: this gate has no secrets of the office yet; see "
		  "roster import");
}

static const char *word_of(const struct keys *k, int32_t day)
{
	struct day_key key = ticket_day_key(&k->gate, day);
	const char *word = ticket_day_word(&key, day);

	sodium_memzero(&key, sizeof(key));
	return word;
}

static void list(const struct office *o, const struct keys *k, struct span s)
{
	static const char *const name[WEEKDAYS] = {"Mon", "Tue", "Wed", "Thu",
	    "Fri", "Sat", "Sun"};

	printf("words of %s\n", o->config.office_name);
	for (int32_t day = s.from; day < s.from + s.days; day++) {
		struct civil_date d = civil_date(day);

		printf("%04d-%02d-%02d %s %s\n", d.year, d.month, d.day,
		    name[civil_weekday(day)], word_of(k, day));
	}
}

int words_ctl_run(const char *config, int argc, char **argv)
{
	static struct office office;
	struct str word[QUESTION_WORDS] = {{NULL, 0}};
	struct err e = {0};
	struct keys k;
	struct span s;
	char path[256];
	size_t n = 0;
	int r;

	if (office_load(config, &office, &e) < 0)
		return ctl_fail(&e);
	for (int i = 1; i < argc && n < QUESTION_WORDS; i++)
		word[n++] = str_from(argv[i]);
	if (!read_span(&office, word, n, DAYS_MAX, &s)) {
		err_set(&e, -EINVAL, "words: say " WORDS_USAGE ", N up to %d",
		    DAYS_MAX);
		return ctl_fail(&e);
	}
	if (!office_path(&office, "keys", path)) {
		err_set(&e, -ENAMETOOLONG, "terminal.state: too long");
		return ctl_fail(&e);
	}
	r = keys_load(path, &k, &e);
	if (r == 0)
		r = check_secrets(&office, &k, &e);
	if (r == 0)
		list(&office, &k, s);
	keys_fini(&k);
	return r < 0 ? ctl_fail(&e) : EXIT_DONE;
}

/* ---- on paper ---- */

static void fill(char *out, size_t cap, enum lang lang, enum msg_id id,
    const struct str *values, size_t n)
{
	struct buf b;

	buf_init(&b, out, cap - 1);
	msg_fill(&b, str_from(text_get(lang, id)), values, n);
	out[b.len] = '\0';
}

static void write_date(char *out, size_t cap, enum lang lang, int32_t day)
{
	struct buf b;

	buf_init(&b, out, cap - 1);
	text_date(lang, day, &b);
	out[b.len] = '\0';
}

static void fill_list(const struct office *o, const struct keys *k,
    struct span s, struct slip_list *l)
{
	enum lang lang = o->config.language;
	struct civil_now now = civil_local(clock_wall_s(), o->config.offset_s);
	char first[40], last[40], today[40];
	struct buf b;

	memset(l, 0, sizeof(*l));
	if (!str_copy(l->office, sizeof(l->office),
		str_from(o->config.office_name)))
		l->office[0] = '\0';
	write_date(first, sizeof(first), lang, s.from);
	write_date(last, sizeof(last), lang, s.from + (int32_t)s.days - 1);
	fill(l->title, sizeof(l->title), lang, MSG_P_WORDS, NULL, 0);
	fill(l->span, sizeof(l->span), lang, MSG_P_WORDS_FROM,
	    (struct str[]){str_from(first), str_from(last)}, 2);
	fill(l->note, sizeof(l->note), lang, MSG_P_WORDS_NOTE, NULL, 0);
	write_date(today, sizeof(today), lang, now.day);
	buf_init(&b, l->made, sizeof(l->made) - 1);
	buf_fmt(&b, "%s ", today);
	text_minute(now.minute, &b);
	l->days = (uint8_t)s.days;
	for (int32_t i = 0; i < s.days; i++) {
		struct slip_list_day *d = &l->day[i];

		write_date(d->date, sizeof(d->date), lang, s.from + i);
		if (!str_copy(d->word, sizeof(d->word),
			str_from(word_of(k, s.from + i))))
			d->word[0] = '\0';
	}
}

int words_print(struct question *q)
{
	static struct slip_page page;
	static struct slip_list l;
	struct err e = {0};
	struct span s;
	int r = 0;

	if (!read_span(q->office, q->word + 2, q->words - 2, SLIP_LIST_DAYS,
		&s))
		r = err_set(&e, -EINVAL,
		    "print: say print words [DATE] [--days N], N up to %d",
		    SLIP_LIST_DAYS);
	else if (q->stores == NULL)
		r = err_set(&e, -EIO,
		    "print words: the terminal cannot open its storage; see "
		    "its log");
	else
		r = check_secrets(q->office, &q->stores->keys, &e);
	if (r == 0) {
		fill_list(q->office, &q->stores->keys, s, &l);
		r = slip_list_layout(&l, q->office->config.width_dots,
		    ui_glyphs(q->terminal->ui), &page, &e);
	}
	if (r == 0)
		r = terminal_print_page(q->terminal, &page, &e);
	sodium_memzero(&l, sizeof(l));
	sodium_memzero(&page, sizeof(page));
	if (r < 0)
		return question_failed(q, &e);
	buf_text(q->out,
	    "print words: sent to the printer; give it to security alone\n");
	return EXIT_DONE;
}
