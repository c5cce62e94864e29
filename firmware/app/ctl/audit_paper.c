#include "audit_paper.h"

#include <errno.h>
#include <string.h>

#include "firmware/core/civil.h"
#include "firmware/store/audit_payload.h"

/* The symbol that was meant; 0 = none. */
static char symbol_of(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		return '0';
	if (c == 'I' || c == 'L')
		return '1';
	if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z' && c != 'U'))
		return c;
	return 0;
}

static bool read_mark(const char *typed, char out[AUDIT_MARK_SYMBOLS + 1])
{
	size_t n = 0;

	for (; *typed != '\0'; typed++) {
		char c = symbol_of(*typed);

		if (*typed == ' ' || *typed == '-')
			continue;
		if (c == 0 || n == AUDIT_MARK_SYMBOLS)
			return false;
		out[n++] = c;
	}
	out[n] = '\0';
	return n == AUDIT_MARK_SYMBOLS;
}

int paper_read(const char *digits, const char *mark, struct paper *out,
    struct err *e)
{
	static const uint8_t nobody[TICKET_PUBLIC_BYTES];
	enum ticket_check c;

	memset(out, 0, sizeof(*out));
	out->has_ticket = digits != NULL;
	out->has_mark = mark != NULL;
	if (digits == NULL && mark == NULL)
		return err_set(e, -EINVAL, "audit: give --ticket or --mark");
	if (mark != NULL && !read_mark(mark, out->mark))
		return err_set(e, -EINVAL,
		    "audit: a mark has 12 characters, digits and letters "
		    "without U");
	if (digits == NULL)
		return 0;
	/* Read only: no key signs for nobody. */
	c = ticket_verify(str_from(digits), 1, nobody, &out->ticket);
	if (c != TICKET_BAD_SIGNATURE && c != TICKET_VALID)
		return err_set(e, -EINVAL,
		    "audit: --ticket takes the 200 digits of a ticket's QR");
	return 0;
}

static void keep(struct paper_entry *x, const struct audit_row *row,
    const struct audit_payload *said, const char *mark)
{
	x->n = row->n;
	x->whole = said != NULL;
	if (said != NULL)
		x->ticket = said->ticket;
	memcpy(x->mark, mark, sizeof(x->mark));
}

void paper_row(void *ctx, const struct audit_row *row)
{
	char mark[AUDIT_MARK_SYMBOLS + 1];
	uint8_t header[TICKET_HEADER_BYTES];
	struct audit_payload payload, *said = NULL;
	struct paper *p = ctx;

	if (row->kind != AUDIT_ADMIT)
		return;
	if (row->whole && audit_payload_read(row->payload, &payload) &&
	    ticket_pack(&payload.ticket, header))
		said = &payload;
	ticket_audit_mark(row->hash.bytes, mark);
	if (said == NULL)
		p->silent++;
	if (p->has_ticket && said != NULL && p->by_key.n == 0 &&
	    said->ticket.key_id == p->ticket.key_id &&
	    said->ticket.seq == p->ticket.seq)
		keep(&p->by_key, row, said, mark);
	if (p->has_mark && p->by_mark.n == 0 && strcmp(mark, p->mark) == 0)
		keep(&p->by_mark, row, said, mark);
}

void paper_hash(struct paper *p, uint32_t device, uint64_t n, uint16_t kind,
    const struct audit_hash *hash)
{
	const struct audit_row row = {.n = n, .kind = kind, .hash = *hash};
	bool before = p->by_mark.n != 0;

	paper_row(p, &row);
	if (!before)
		p->by_mark.device = device;
}

static void put_at(struct buf *out, const struct paper_entry *x)
{
	buf_fmt(out, " at entry %llu", (unsigned long long)x->n);
	if (x->device != 0)
		buf_fmt(out, " of device %lu", (unsigned long)x->device);
}

static void differ(struct buf *out, const char *what, const char *paper,
    const char *log, const struct paper_entry *x)
{
	buf_fmt(out, "ticket: the paper says %s %s, the log has %s", what,
	    paper, log);
	put_at(out, x);
	buf_byte(out, '\n');
}

static bool same_number(struct buf *out, const char *what, int64_t paper,
    int64_t log, const struct paper_entry *x)
{
	char a[24], b[24];
	struct buf text;

	if (paper == log)
		return true;
	buf_init(&text, a, sizeof(a));
	buf_fmt(&text, "%lld", (long long)paper);
	buf_cstr(&text);
	buf_init(&text, b, sizeof(b));
	buf_fmt(&text, "%lld", (long long)log);
	buf_cstr(&text);
	differ(out, what, a, b, x);
	return false;
}

static void day_text(int32_t day, char out[16])
{
	struct civil_date d = civil_date(day);
	struct buf b;

	buf_init(&b, out, 16);
	buf_fmt(&b, "%04d-%02d-%02d", d.year, d.month, d.day);
	buf_cstr(&b);
}

static bool same_label(struct buf *out, const struct ticket *a,
    const struct ticket *b, const struct paper_entry *x)
{
	char paper[8], log[8];

	if (a->letter == b->letter && a->number == b->number)
		return true;
	ticket_label(a->letter, a->number, paper);
	ticket_label(b->letter, b->number, log);
	differ(out, "number", paper, log, x);
	return false;
}

static bool same_day(struct buf *out, const struct ticket *a,
    const struct ticket *b, const struct paper_entry *x)
{
	char paper[16], log[16];

	if (a->day == b->day)
		return true;
	day_text(a->day, paper);
	day_text(b->day, log);
	differ(out, "day", paper, log, x);
	return false;
}

/* Each field that differs is named. */
static bool same_ticket(const struct paper *p, const struct paper_entry *x,
    struct buf *out)
{
	const struct ticket *a = &p->ticket, *b = &x->ticket;
	const struct {
		const char *what;
		int64_t paper, log;
	} fields[] = {
	    {"key", a->key_id, b->key_id},
	    {"seq", a->seq, b->seq},
	    {"service", a->service, b->service},
	    {"slot, minute", a->slot_min, b->slot_min},
	    {"window, minutes", a->window_min, b->window_min},
	    {"type", a->type, b->type},
	    {"flags", a->flags, b->flags},
	    {"companions", a->companions, b->companions},
	};
	bool same = same_label(out, a, b, x);

	same = same_day(out, a, b, x) && same;
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		same = same_number(out, fields[i].what, fields[i].paper,
			   fields[i].log, x) &&
		    same;
	return same;
}

/* The log names the ticket: everything must fit. */
static bool tell_known(const struct paper *p, struct buf *out)
{
	const struct paper_entry *x = &p->by_key;
	bool same = same_ticket(p, x, out);

	if (p->has_mark && strcmp(p->mark, x->mark) != 0) {
		differ(out, "mark", p->mark, x->mark, x);
		return false;
	}
	if (same) {
		buf_text(out, "ticket: it fits the log");
		put_at(out, x);
		buf_text(out,
		    p->has_mark ? ", mark "
				: "; the paper must bear the mark ");
		buf_text(out, x->mark);
		buf_byte(out, '\n');
	}
	return same;
}

/* Only the mark leads to an entry. */
static bool tell_marked(const struct paper *p, struct buf *out)
{
	const struct paper_entry *x = &p->by_mark;

	if (x->whole && p->has_ticket)
		return same_ticket(p, x, out);
	buf_fmt(out, "ticket: an admission with the mark %s stands", x->mark);
	put_at(out, x);
	buf_text(out, x->whole ? "\n" : "; what it said is not in this log\n");
	return true;
}

bool paper_tell(const struct paper *p, struct buf *out)
{
	if (p->by_key.n != 0)
		return tell_known(p, out);
	if (p->by_mark.n != 0)
		return tell_marked(p, out);
	buf_text(out, "ticket: no such ticket in the log");
	if (p->silent > 0 && !p->has_mark)
		buf_fmt(out,
		    "; %llu admissions do not say their ticket: give the "
		    "paper's --mark",
		    (unsigned long long)p->silent);
	buf_byte(out, '\n');
	return false;
}
