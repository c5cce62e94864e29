/* The technician's papers: a picture of the test slip, the self-test's page. */
#include "workshop_inner.h"

#include <errno.h>
#include <string.h>

#include "firmware/app/log.h"

void workshop_drop_paper(struct workshop *w)
{
	if (w->paper == NULL)
		return;
	paper_close(w->old_paper);
	w->old_paper = w->paper;
	w->paper = NULL;
}

void workshop_draw_paper(struct workshop *w)
{
	struct terminal *t = w->t;
	struct err e = {0};

	if (paper_open(t->office.config.width_dots, ui_glyphs(t->ui), &w->paper,
		&e) < 0) {
		log_err(&e);
		return;
	}
	paper_feed(w->paper, t->job_bytes, t->job_len);
	(void)paper_end(w->paper);
	w->papers++;
}

static void copy(char *out, size_t cap, struct str text)
{
	if (!str_copy(out, cap, str_cut(text, 0, cap - 1)))
		out[0] = '\0';
}

static void fill_line(struct slip_report *r, enum lang lang,
    const struct tech_line *l)
{
	const struct str value = str_from(l->value);
	char text[96];
	struct buf b;

	if (r->lines == SLIP_REPORT_LINES)
		return;
	buf_init(&b, text, sizeof(text));
	if (l->text != MSG_NONE)
		msg_fill(&b, str_from(text_get(lang, l->text)), &value, 1);
	else
		buf_str(&b, value);
	if (l->mark == TECH_MARK_BAD || l->mark == TECH_MARK_WARN)
		buf_text(&b, " (!)");
	copy(r->line[r->lines].name, sizeof(r->line[0].name),
	    str_from(text_get(lang, l->name)));
	copy(r->line[r->lines].found, sizeof(r->line[0].found), buf_view(&b));
	r->lines++;
}

int workshop_print_lines(struct workshop *w, struct err *e)
{
	static struct slip_page page;
	static struct slip_report r;
	struct terminal *t = w->t;
	const struct config *c = &t->office.config;
	enum lang lang = w->session.lang;
	struct civil_now now = civil_local(clock_wall_s(), c->offset_s);
	struct buf b;
	int code;

	memset(&r, 0, sizeof(r));
	copy(r.office, sizeof(r.office), str_from(c->office_name));
	copy(r.title, sizeof(r.title),
	    str_from(text_get(lang, MSG_TECH_P_TITLE)));
	buf_init(&b, r.made, sizeof(r.made));
	buf_fmt(&b, "%s ", c->terminal_id);
	text_date(lang, now.day, &b);
	buf_byte(&b, ' ');
	text_minute(now.minute, &b);
	(void)buf_cstr(&b);
	for (size_t i = 0; i < w->lines; i++)
		fill_line(&r, lang, &w->line[i]);
	code = slip_report_layout(&r, c->width_dots, ui_glyphs(t->ui), &page,
	    e);
	return code < 0 ? code : terminal_print_page(t, &page, e);
}
