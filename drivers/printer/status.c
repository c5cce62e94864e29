#include "status.h"

#include <string.h>

enum { ASB_BYTES = 4 };

void status_parser_init(struct status_parser *sp, bool in_order, bool full)
{
	memset(sp, 0, sizeof(*sp));
	sp->in_order = in_order;
	sp->full = full;
}

bool status_asked(struct status_parser *sp, uint8_t n)
{
	if (sp->asked_len == STATUS_ASKED_MAX)
		return false;
	sp->asked[sp->asked_len++] = n;
	return true;
}

void status_forget_asked(struct status_parser *sp)
{
	sp->asked_len = 0;
}

static enum fact fact_of(unsigned bits)
{
	return bits != 0 ? FACT_YES : FACT_NO;
}

/* ESC/POS DLE EOT n, the four answers every model gives. */
static bool real_time(struct status_parser *sp, uint8_t byte,
    struct printer_status *st)
{
	uint8_t n;

	if (sp->asked_len == 0)
		return false;
	n = sp->asked[0];
	sp->asked_len--;
	memmove(sp->asked, sp->asked + 1, sp->asked_len);
	switch (n) {
	case 1:
		st->offline = fact_of(byte & 0x08u);
		return true;
	case 2:
		st->cover_open = fact_of(byte & 0x04u);
		return true;
	case 3:
		st->cutter_error = fact_of(byte & 0x08u);
		return true;
	case 4:
		st->paper_low = fact_of(byte & 0x0cu);
		st->paper_out = fact_of(byte & 0x60u);
		return true;
	}
	return false;
}

/* ESC/POS GS a n: four bytes. */
static void asb_facts(const uint8_t *asb, struct printer_status *st)
{
	st->offline = fact_of(asb[0] & 0x08u);
	st->cover_open = fact_of(asb[0] & 0x20u);
	st->cutter_error = fact_of(asb[1] & 0x08u);
	st->paper_low = fact_of(asb[2] & 0x03u);
	st->paper_out = fact_of(asb[2] & 0x0cu);
}

static struct reply reply_of(enum reply_kind kind)
{
	return (struct reply){.kind = kind};
}

static bool digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

/* Takes the byte when it fits the open 37 block. */
static bool block_byte(struct status_parser *sp, uint8_t byte,
    struct reply *reply)
{
	size_t at = sp->block_len;
	unsigned id = 0;
	bool end, fits;

	if (at == 0)
		return false;
	end = (at == 6 && sp->block[1] == 0x22) ||
	    (at == 2 && sp->block[1] == 0x25);
	if (at == 1)
		fits = byte == 0x22 || byte == 0x25;
	else if (end)
		fits = byte == 0;
	else
		fits = digit(byte);
	if (!fits)
		return false;
	if (!end) {
		sp->block[sp->block_len++] = byte;
		return true;
	}
	sp->block_len = 0;
	if (at == 2) {
		*reply = reply_of(REPLY_CLEARED);
		return true;
	}
	for (size_t i = 2; i < 2 + PROCESS_ID_LEN; i++)
		id = id * 10 + (unsigned)(sp->block[i] - '0');
	*reply = (struct reply){.kind = REPLY_PROCESS, .process_id = id};
	return true;
}

/* Custom VKP80, DLE EOT 20: b[2] paper, b[3] user, b[4] recoverable, b[5]
 * unrecoverable errors. */
static struct reply full_facts(const uint8_t *b, struct printer_status *st)
{
	struct reply r = {.kind = REPLY_FULL};
	/* Bit 5 of the recoverable ones only means "command not known". */
	bool broken = (b[4] & ~0x20u) != 0 || (b[5] & ~0x03u) != 0;

	st->paper_out = fact_of(b[2] & 0x01u);
	st->paper_low = fact_of(b[2] & 0x04u);
	st->ticket_out = fact_of(b[2] & 0x20u);
	st->cover_open = fact_of(b[3] & 0x03u);
	st->cutter_error = fact_of(b[5] & 0x03u);
	st->offline = fact_of(broken);
	r.full.ticket = st->ticket_out == FACT_YES;
	r.full.moving = (b[3] & 0x0cu) != 0;
	r.full.fault = printer_status_blocked(st);
	return r;
}

static bool full_byte(struct status_parser *sp, uint8_t byte,
    struct printer_status *st, struct reply *reply)
{
	if (!sp->full || sp->asb_len == 0)
		return false;
	if (sp->asb_len == 1 && byte != 0x0f) {
		sp->asb_len = 0;
		return false;
	}
	sp->asb[sp->asb_len++] = byte;
	if (sp->asb_len < STATUS_FULL_BYTES)
		return true;
	sp->asb_len = 0;
	*reply = full_facts(sp->asb, st);
	return true;
}

static bool asb_byte(struct status_parser *sp, uint8_t byte,
    struct printer_status *st, struct reply *reply)
{
	if (sp->full)
		return full_byte(sp, byte, st, reply);
	if (sp->asb_len == 0 || (byte & 0x90u) != 0)
		return false;
	sp->asb[sp->asb_len++] = byte;
	if (sp->asb_len < ASB_BYTES)
		return true;
	sp->asb_len = 0;
	sp->asb_seen = true;
	asb_facts(sp->asb, st);
	*reply = reply_of(REPLY_FACTS);
	return true;
}

/* A byte that nothing open wanted: what does it begin? */
static struct reply first_byte(struct status_parser *sp, uint8_t byte,
    struct printer_status *st)
{
	if (byte == 0x11)
		return reply_of(REPLY_XON);
	if (byte == 0x13)
		return reply_of(REPLY_XOFF);
	if (byte == 0x37) {
		sp->block[0] = byte;
		sp->block_len = 1;
		sp->asb_on_top = false;
		return reply_of(REPLY_NONE);
	}
	if ((byte & 0x93u) == 0x12 && real_time(sp, byte, st))
		return reply_of(REPLY_FACTS);
	if (sp->in_order && (byte & 0x90u) == 0)
		return (struct reply){.kind = REPLY_ORDER, .value = byte};
	if ((byte & 0x93u) == 0x10) {
		sp->asb[0] = byte;
		sp->asb_len = 1;
		sp->asb_on_top = sp->block_len > 0;
		return reply_of(REPLY_NONE);
	}
	/* Out of step: what was open is not to be trusted either. */
	sp->garbage++;
	sp->asb_len = 0;
	sp->block_len = 0;
	return reply_of(REPLY_NONE);
}

struct reply status_byte(struct status_parser *sp, uint8_t byte,
    struct printer_status *st)
{
	struct reply reply = {0};

	if (sp->asb_on_top && asb_byte(sp, byte, st, &reply))
		return reply;
	if (block_byte(sp, byte, &reply))
		return reply;
	if (!sp->asb_on_top && asb_byte(sp, byte, st, &reply))
		return reply;
	return first_byte(sp, byte, st);
}

bool printer_status_eq(const struct printer_status *a,
    const struct printer_status *b)
{
	return a->connected == b->connected && a->paper_out == b->paper_out &&
	    a->paper_low == b->paper_low && a->cover_open == b->cover_open &&
	    a->cutter_error == b->cutter_error && a->offline == b->offline &&
	    a->ticket_out == b->ticket_out &&
	    a->proves_paper == b->proves_paper;
}

bool printer_status_blocked(const struct printer_status *st)
{
	return st->paper_out == FACT_YES || st->cover_open == FACT_YES ||
	    st->cutter_error == FACT_YES || st->offline == FACT_YES;
}

static bool letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

void ieee1284_parse(struct str bytes, struct ieee1284 *out)
{
	struct str rest = bytes, pair, key;

	memset(out, 0, sizeof(*out));
	if (bytes.len < 2)
		return;
	if (!letter(bytes.ptr[0]) || !letter(bytes.ptr[1]))
		rest = str_cut(bytes, 2, bytes.len - 2);
	for (size_t i = 0; i < rest.len; i++)
		if (rest.ptr[i] == '\0')
			rest.len = i;
	while (str_split(&rest, ';', &pair)) {
		if (!str_split(&pair, ':', &key) || pair.ptr == NULL)
			continue;
		key = str_trim(key);
		if (str_is_nocase(key, "MFG") ||
		    str_is_nocase(key, "MANUFACTURER"))
			out->manufacturer = str_trim(pair);
		else if (str_is_nocase(key, "MDL") ||
		    str_is_nocase(key, "MODEL"))
			out->model = str_trim(pair);
		else if (str_is_nocase(key, "CMD") ||
		    str_is_nocase(key, "COMMAND SET"))
			out->commands = str_trim(pair);
	}
}

bool ieee1284_speaks(const struct ieee1284 *id, const char *language)
{
	struct str rest = id->commands, one;

	while (str_split(&rest, ',', &one))
		if (str_is_nocase(str_trim(one), language))
			return true;
	return false;
}
