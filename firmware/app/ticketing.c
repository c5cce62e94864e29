#include "ticketing.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "drivers/printer/paper.h"
#include "firmware/core/issue.h"
#include "ui/ui.h"

static void copy_text(char *dst, size_t cap, const char *src)
{
	if (!str_copy(dst, cap, str_from(src)))
		dst[0] = '\0';
}

static void slot_text(char *out, size_t cap, int32_t from, int32_t to)
{
	struct buf b;

	buf_init(&b, out, cap - 1);
	text_minute(from, &b);
	buf_text(&b, "\xE2\x80\x93"); /* en dash */
	text_minute(to, &b);
	out[b.len] = '\0';
}

/* XXX-XXX-XXX of any run of symbols. */
static void grouped(char *out, size_t cap, const char *symbols, size_t group)
{
	struct buf b;

	buf_init(&b, out, cap - 1);
	for (size_t i = 0; symbols[i] != '\0'; i++) {
		if (i > 0 && i % group == 0)
			buf_byte(&b, '-');
		buf_byte(&b, (unsigned char)symbols[i]);
	}
	out[b.len] = '\0';
}

static const struct {
	enum slip_word word;
	enum msg_id msg;
} words[] = {
    {SLIP_PRINTED_AT, MSG_P_PRINTED_AT},
    {SLIP_COUNTER, MSG_P_COUNTER},
    {SLIP_SLOT, MSG_P_SLOT},
    {SLIP_SERVICE, MSG_P_SERVICE},
    {SLIP_SHOW_AT_DOOR, MSG_P_SHOW},
    {SLIP_IF_UNREADABLE, MSG_P_UNREADABLE},
    {SLIP_NAME, MSG_P_NAME},
    {SLIP_WORD_OF_DAY, MSG_P_WORD},
    {SLIP_BRING, MSG_P_BRING},
    {SLIP_FEE, MSG_P_FEE},
    {SLIP_FREE, MSG_P_FREE},
    {SLIP_COMPLAINT, MSG_P_COMPLAINT},
    {SLIP_TRAIL, MSG_P_TRAIL},
    {SLIP_PRIVACY, MSG_P_PRIVACY},
    {SLIP_COPY, MSG_P_COPY},
    {SLIP_LATE, MSG_P_LATE},
    {SLIP_VALID_UNTIL, MSG_P_VALID_UNTIL},
    {SLIP_GATE, MSG_P_GATE},
    {SLIP_COMPANIONS, MSG_P_COMPANIONS},
};

/* The value that stands in a word's {1}. */
static struct str value_of(enum slip_word word, const struct slip *s,
    const char *until)
{
	if (word == SLIP_PRINTED_AT)
		return str_from(s->printed_at);
	if (word == SLIP_FEE)
		return str_from(s->fee);
	if (word == SLIP_VALID_UNTIL)
		return str_from(until);
	return str_from("");
}

static void fill_words(struct slip *s, enum lang lang, const struct ticket *t)
{
	char until[8];
	struct buf b;

	buf_init(&b, until, sizeof(until) - 1);
	text_minute(t->slot_min + t->window_min, &b);
	until[b.len] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		struct str value = value_of(words[i].word, s, until);
		char *out = s->word[words[i].word];

		buf_init(&b, out, sizeof(s->word[0]) - 1);
		msg_fill(&b, str_from(text_get(lang, words[i].msg)), &value, 1);
		out[b.len] = '\0';
	}
}

static void fill_service(struct slip *s, const struct service *service,
    enum lang lang)
{
	copy_text(s->service, sizeof(s->service), service->name[lang]);
	copy_text(s->counter, sizeof(s->counter), service->counter);
	copy_text(s->pay, sizeof(s->pay), service->pay[lang]);
	for (size_t i = 0; i < service->needs && i < SERVICE_NEEDS; i++)
		copy_text(s->need[i], sizeof(s->need[i]),
		    service->need[lang][i]);
	s->needs = service->needs;
	issue_fee(service->fee_rupiah, s->fee);
}

static void fill_gate(struct slip *s, const struct office *o,
    const struct stores *st, const struct admission *a)
{
	struct day_key key = ticket_day_key(&st->keys.gate, a->ticket.day);
	char symbols[AUDIT_MARK_SYMBOLS + 1];

	ticket_short_code(&key, o->config.office, a->ticket.day,
	    a->ticket.letter, a->ticket.number, symbols);
	grouped(s->short_code, sizeof(s->short_code), symbols, 3);
	copy_text(s->day_word, sizeof(s->day_word),
	    ticket_day_word(&key, a->ticket.day));
	ticket_audit_mark(a->hash.bytes, symbols);
	grouped(s->audit_mark, sizeof(s->audit_mark), symbols, 4);
	sodium_memzero(&key, sizeof(key));
}

/* Cut off from each other, each of several gates opens its own tickets only;
 * so the paper says which one that is. A roster that can't be read must not
 * keep a visitor from a ticket. */
static void fill_home(struct slip *s, const struct office *o,
    const struct stores *st, const struct ticket *t)
{
	static struct roster hub;
	const struct roster *r = &st->roster;
	struct pass_subject subject = gate_subject(t, PASS_TICKET);
	const struct roster_device *home;
	struct err none;

	if (o->config.hub_url[0] != '\0') {
		if (cache_roster(st->cache, &hub, &none) < 0)
			return;
		r = &hub;
	}
	home = gate_home(r, &subject);
	if (home != NULL)
		copy_text(s->gate, sizeof(s->gate), home->name);
}

bool ticketing_text(const struct office *o, const struct stores *s,
    const struct admission *a, struct ticket_text *out)
{
	return a->ticket.key_id == s->keys.key_id &&
	    ticket_sign(&a->ticket, o->config.office, s->keys.ticket_secret,
		out);
}

bool ticketing_slip(const struct office *o, const struct stores *s,
    const struct admission *a, const struct booking *b, enum lang lang,
    bool copy, int64_t now_s, struct slip *out)
{
	const struct service *service = service_find(&o->services,
	    a->ticket.service);
	struct civil_now now = civil_local(now_s, o->config.offset_s);
	struct buf text;

	memset(out, 0, sizeof(*out));
	if (service == NULL || !ticketing_text(o, s, a, &out->qr))
		return false;
	copy_text(out->office, sizeof(out->office), o->config.office_name);
	copy_text(out->terminal, sizeof(out->terminal), o->config.terminal_id);
	buf_init(&text, out->date, sizeof(out->date) - 1);
	text_date(lang, a->ticket.day, &text);
	buf_init(&text, out->printed_at, sizeof(out->printed_at) - 1);
	text_minute(now.minute, &text);
	ticket_label(a->ticket.letter, a->ticket.number, out->label);
	slot_text(out->slot, sizeof(out->slot), b->start_min, b->end_min);
	fill_service(out, service, lang);
	fill_gate(out, o, s, a);
	fill_home(out, o, s, &a->ticket);
	if (o->config.masked_name)
		copy_text(out->masked_name, sizeof(out->masked_name),
		    b->masked_name);
	if (a->ticket.companions > 0) {
		buf_init(&text, out->companions, sizeof(out->companions) - 1);
		buf_fmt(&text, "+%d", (int)a->ticket.companions);
	}
	out->copy = copy;
	out->late = (a->ticket.flags & TICKET_LATE) != 0;
	fill_words(out, lang, &a->ticket);
	if (o->config.complaint[0] != '\0')
		copy_text(out->word[SLIP_COMPLAINT], sizeof(out->word[0]),
		    o->config.complaint);
	return true;
}

void ticketing_test_slip(const struct office *o, int64_t now_s,
    struct slip *out)
{
	static const struct ticket none;
	struct civil_now now = civil_local(now_s, o->config.offset_s);
	enum lang lang = o->config.language;
	struct buf text;

	memset(out, 0, sizeof(*out));
	copy_text(out->office, sizeof(out->office), o->config.office_name);
	copy_text(out->terminal, sizeof(out->terminal), o->config.terminal_id);
	buf_init(&text, out->date, sizeof(out->date) - 1);
	text_date(lang, now.day, &text);
	buf_init(&text, out->printed_at, sizeof(out->printed_at) - 1);
	text_minute(now.minute, &text);
	/* As full as a ticket is, so that the whole paper can be judged. */
	if (o->services.count > 0)
		fill_service(out, &o->services.item[0], lang);
	copy_text(out->label, sizeof(out->label), "TEST");
	copy_text(out->slot, sizeof(out->slot), "00.00");
	copy_text(out->short_code, sizeof(out->short_code), "000-000-000");
	copy_text(out->masked_name, sizeof(out->masked_name), "T*** T****");
	copy_text(out->day_word, sizeof(out->day_word), "TEST");
	copy_text(out->audit_mark, sizeof(out->audit_mark), "0000-0000-0000");
	/* 200 zeros are no ticket: version 0. */
	memset(out->qr.digits, '0', TICKET_DIGITS);
	fill_words(out, lang, &none);
}

int ticketing_draw_paper(const uint8_t *bytes, size_t len, int width_dots,
    const struct glyph_source *glyphs, const char *png_path, struct err *e)
{
	struct paper *p = NULL;
	struct paper_facts facts;
	int r = paper_open(width_dots, glyphs, &p, e);

	if (r < 0)
		return r;
	paper_feed(p, bytes, len);
	facts = paper_end(p);
	if (facts.cut_off)
		r = err_set(e, -EFBIG, "paper: the strip is too long to draw");
	else
		r = paper_png(p, png_path, e);
	paper_close(p);
	return r;
}
