#include "pass.h"

#include <sodium.h>
#include <string.h>

/*
 * Pass byte (docs/FORMATS.md):
 *   bit 7 set | bit 6 out | bits 5-4 of - 1 | bit 3 zero | bits 2-0 companions
 */
enum {
	BYTE_PASS = 0x80,
	BYTE_OUT = 0x40,
	BYTE_OF = 4,
	BYTE_ZERO = 0x08,
	/* The longest domain, and the longest of what follows it. */
	HASHED_BYTES = 48
};

static const char *const words[PASS_REASONS] = {
    [PASS_REASON_NONE] = "",
    [PASS_REASON_UNREADABLE] = "unreadable",
    [PASS_REASON_LOST] = "lost",
    [PASS_REASON_COMPANION] = "companion",
    [PASS_REASON_EMERGENCY] = "emergency",
    [PASS_REASON_ORDER] = "order",
};

const char *pass_reason_word(enum pass_reason r)
{
	return (unsigned)r < PASS_REASONS ? words[r] : "";
}

/* False: of nothing. */
static bool put_id(struct buf *b, const struct pass_subject *s)
{
	switch (s->of) {
	case PASS_UNSET:
		return false;
	case PASS_TICKET:
		buf_be(b, s->key_id, 2);
		buf_be(b, s->seq, 4);
		return true;
	case PASS_LABEL:
		buf_byte(b, s->letter);
		buf_be(b, s->number, 2);
		return true;
	case PASS_CODE:
	case PASS_STAFF:
		buf_put(b, s->booking.bytes, sizeof(s->booking.bytes));
		return true;
	}
	return false;
}

struct code_hash pass_key(const struct pass_subject *s, uint8_t move)
{
	struct code_hash key = {{0}};
	uint8_t in[HASHED_BYTES];
	struct buf b;

	buf_init(&b, in, sizeof(in));
	buf_text(&b, "karcis-pass-v1");
	buf_byte(&b, (unsigned)s->of);
	buf_be(&b, (uint32_t)s->day, 4);
	if (!put_id(&b, s))
		return key;
	buf_byte(&b, move);
	/* Fails only for lengths that are constants here. */
	(void)crypto_generichash(key.bytes, sizeof(key.bytes), b.ptr, b.len,
	    NULL, 0);
	return key;
}

struct op_id pass_op_id(uint32_t device, uint32_t epoch,
    const struct code_hash *key)
{
	struct op_id id = {{0}};
	uint8_t in[HASHED_BYTES];
	struct buf b;

	buf_init(&b, in, sizeof(in));
	buf_text(&b, "karcis-pass-op-v1");
	buf_be(&b, device, 4);
	buf_be(&b, epoch, 4);
	buf_put(&b, key->bytes, sizeof(key->bytes));
	(void)crypto_generichash(id.bytes, sizeof(id.bytes), b.ptr, b.len, NULL,
	    0);
	return id;
}

uint8_t pass_byte(const struct pass_move *m)
{
	unsigned of = (unsigned)m->of;

	if (of == PASS_UNSET || of > PASS_STAFF ||
	    m->companions > PASS_COMPANIONS)
		return 0;
	return (uint8_t)(BYTE_PASS | (m->out ? BYTE_OUT : 0) |
	    (of - 1) << BYTE_OF | m->companions);
}

bool pass_byte_read(uint8_t byte, struct pass_move *m)
{
	if ((byte & BYTE_PASS) == 0 || (byte & BYTE_ZERO) != 0)
		return false;
	m->of = (enum pass_of)((byte >> BYTE_OF & 3) + 1);
	m->out = (byte & BYTE_OUT) != 0;
	m->companions = byte & PASS_COMPANIONS;
	return true;
}

static bool same_key(const struct pass_move *a, const struct pass_move *b)
{
	return memcmp(a->key.bytes, b->key.bytes, sizeof(a->key.bytes)) == 0;
}

bool pass_history_add(struct pass_history *h, const struct pass_move *m)
{
	size_t at = h->n;

	for (size_t i = 0; i < h->n; i++)
		if (same_key(&h->item[i], m))
			return true;
	if (h->n >= PASS_MOVES)
		return false;
	while (at > 0 && h->item[at - 1].time_s > m->time_s)
		at--;
	memmove(&h->item[at + 1], &h->item[at],
	    (h->n - at) * sizeof(h->item[0]));
	h->item[at] = *m;
	h->n++;
	return true;
}

bool pass_inside(const struct pass_history *h)
{
	return h->n > 0 && !h->item[h->n - 1].out;
}

int32_t pass_persons(const struct pass_history *h)
{
	int32_t persons = 0;

	for (size_t i = h->n; i-- > 0 && !h->item[i].out;)
		persons += 1 + h->item[i].companions;
	return persons;
}

/* What has a number on paper. */
static bool has_label(enum pass_of of)
{
	return of == PASS_TICKET || of == PASS_LABEL;
}

bool pass_concerns(const struct pass_subject *s, const struct pass_move *m,
    bool move_key_matches)
{
	if (move_key_matches)
		return true;
	if (s->of != PASS_LABEL && m->of != PASS_LABEL)
		return false;
	return has_label(s->of) && has_label(m->of) && s->letter != 0 &&
	    s->letter == m->letter && s->number == m->number;
}
