#include "printer_model.h"

#include <string.h>

enum { ESC = 0x1b, GS = 0x1d, DLE = 0x10, SECOND_US = 1000000 };

static const struct {
	bool process, asb, real_time, ask, full;
} can[MODEL_FAMILIES] = {
    [MODEL_EPSON] = {true, true, true, true, false},
    [MODEL_ASB] = {false, true, true, true, false},
    [MODEL_ORDER] = {false, false, true, true, false},
    [MODEL_CUSTOM] = {false, false, true, true, true},
    [MODEL_GENERIC] = {false, false, true, false, false},
};

void model_init(struct model *m, enum model_family family)
{
	memset(m, 0, sizeof(*m));
	m->family = family;
	m->buffer = 4096;
	m->paper_left = SIZE_MAX;
	m->process_due_us = -1;
	m->present_us = 20000;
}

/* ---- commands ---- */

/* Bytes of the command that begins with h; 0: not known yet. */
static size_t need(const uint8_t *h, size_t len)
{
	size_t x, y;

	if (h[0] != ESC && h[0] != GS && h[0] != DLE)
		return 1;
	if (len < 2)
		return 0;
	if (h[0] == DLE)
		return h[1] == 4 || h[1] == 5 ? 3 : h[1] == 0x14 ? 5 : 1;
	if (h[0] == ESC)
		return strchr("JdtE!aM-GR 3{", h[1]) != NULL && h[1] != 0 ? 3
									  : 2;
	switch (h[1]) {
	case 'a':
	case 'r':
	case '!':
	case 'I':
	case 'B':
	case 'h':
	case 'w':
	case 'H':
		return 3;
	case 'V':
		return len < 3 ? 0 : h[2] >= 65 ? 4 : 3;
	case 'e':
		return len < 3 ? 0 : h[2] == 3 ? 4 : 3;
	case '(':
		return len < 5 ? 0 : 5 + (size_t)(h[3] + h[4] * 256);
	case 'v':
		if (len < 8)
			return 0;
		x = (size_t)(h[4] + h[5] * 256);
		y = (size_t)(h[6] + h[7] * 256);
		return 8 + x * y;
	}
	return 2;
}

static enum token_kind kind_of(const uint8_t *h)
{
	if (h[0] == DLE)
		return h[1] == 4 || h[1] == 5 || h[1] == 0x14 ? TOKEN_REAL_TIME
							      : TOKEN_UNKNOWN;
	if (h[0] == ESC)
		return h[1] == '@'               ? TOKEN_INIT
		    : h[1] == 'J' || h[1] == 'd' ? TOKEN_FEED
		    : strchr("tE!aM-GR 3{2", h[1]) != NULL && h[1] != 0
		    ? TOKEN_FORMAT
		    : TOKEN_UNKNOWN;
	if (h[0] != GS) /* NUL between commands is passed over */
		return h[0] == 0 ? TOKEN_NUL : TOKEN_TEXT;
	switch (h[1]) {
	case 'a':
		return TOKEN_ASB;
	case 'r':
	case 'I':
		return TOKEN_ASK;
	case '(':
		return h[2] == 'H' ? TOKEN_PROCESS : TOKEN_UNKNOWN;
	case 'e':
		return TOKEN_PRESENT;
	case 'V':
		return TOKEN_CUT;
	case 'v':
		return TOKEN_RASTER;
	case '!':
	case 'B':
		return TOKEN_FORMAT;
	}
	return TOKEN_UNKNOWN;
}

/* One byte on; the kind when the command is whole. */
static enum token_kind feed(struct token *t, uint8_t byte)
{
	enum token_kind kind;

	if (t->len < TOKEN_HEAD)
		t->head[t->len] = byte;
	t->len++;
	if (t->need == 0)
		t->need = need(t->head, t->len);
	if (t->need == 0 || t->len < t->need)
		return TOKEN_NONE;
	kind = kind_of(t->head);
	t->need = 0;
	return kind;
}

static bool prints(enum token_kind kind)
{
	return kind == TOKEN_TEXT || kind == TOKEN_FEED ||
	    kind == TOKEN_RASTER || kind == TOKEN_CUT;
}

/* ---- what it says ---- */

static void say(struct model *m, const void *bytes, size_t n, int64_t at_us)
{
	struct model_reply *r;

	if (m->replies == MODEL_REPLIES || m->dropped ||
	    n > sizeof(m->reply[0].bytes))
		return;
	r = &m->reply[m->replies++];
	r->due_us = at_us + m->reply_delay_us;
	r->len = n;
	memcpy(r->bytes, bytes, n);
}

void model_say(struct model *m, const void *bytes, size_t n, int64_t now_us)
{
	say(m, bytes, n, now_us);
}

static bool stopped(const struct model *m)
{
	return m->paper_out || m->cover_open || m->cutter_error;
}

static void say_asb(struct model *m, int64_t now_us)
{
	uint8_t b[4] = {0x10, 0, 0, 0};

	if (stopped(m))
		b[0] |= 0x08;
	if (m->cover_open)
		b[0] |= 0x20;
	if (m->cutter_error)
		b[1] |= 0x08;
	if (m->near_end)
		b[2] |= 0x03;
	if (m->paper_out)
		b[2] |= 0x0c;
	say(m, b, sizeof(b), now_us);
}

void model_changed(struct model *m, int64_t now_us)
{
	if (m->asb_on)
		say_asb(m, now_us);
}

static void say_full(struct model *m, int64_t now_us)
{
	uint8_t b[6] = {0x10, 0x0f, 0, m->full_status[0], m->full_status[1],
	    m->full_status[2]};

	if (m->paper_out)
		b[2] |= 0x01;
	if (m->near_end)
		b[2] |= 0x04;
	if (m->presenter == PRESENTER_SHOWN)
		b[2] |= 0x20;
	if (m->presenter == PRESENTER_MOVING)
		b[3] |= 0x08;
	if (m->cover_open)
		b[3] |= 0x02;
	if (m->waiting > m->in.len) /* the question itself does not count */
		b[3] |= 0x04;
	if (m->cutter_error)
		b[5] |= 0x01;
	say(m, b, sizeof(b), now_us);
}

static void real_time(struct model *m, const uint8_t *h, int64_t now_us)
{
	uint8_t b = 0x12;

	if (!can[m->family].real_time || h[1] != 4)
		return;
	m->asked++;
	if (h[2] == 20 && can[m->family].full) {
		say_full(m, now_us);
		return;
	}
	if (h[2] < 1 || h[2] > 4)
		return;
	if (h[2] == 1 && stopped(m))
		b |= 0x08;
	if (h[2] == 2)
		b |= (uint8_t)((m->cover_open ? 0x04 : 0) |
		    (m->paper_out ? 0x20 : 0) | (m->cutter_error ? 0x40 : 0));
	if (h[2] == 3 && m->cutter_error)
		b |= 0x08;
	if (h[2] == 4)
		b |= (uint8_t)((m->near_end ? 0x0c : 0) |
		    (m->paper_out ? 0x60 : 0));
	say(m, &b, 1, now_us);
}

static void say_process(struct model *m, int64_t now_us)
{
	uint8_t b[7] = {0x37, 0x22, 0, 0, 0, 0, 0};

	memcpy(b + 2, m->process, sizeof(m->process));
	m->process_due_us = -1;
	m->proofs++;
	say(m, b, sizeof(b), now_us);
	if (m->doubled)
		say(m, b, sizeof(b), now_us);
}

/* ---- paper ---- */

static void end_strip(struct model *m, enum paper_kind kind, size_t len)
{
	if (kind == PAPER_CUT)
		m->cuts++;
	else if (kind == PAPER_TORN)
		m->torn++;
	else
		m->joined++;
	if (kind == PAPER_CUT && m->torn_hangs)
		m->heads++;
	m->torn_hangs = kind != PAPER_CUT;
	if (m->paper != NULL)
		m->paper(m->ctx, kind, m->strip, len);
}

/* `blank`: nothing was printed since ESC @; what hung there falls off. */
static void cut(struct model *m, bool blank)
{
	if (blank)
		m->torn_hangs = false;
	else
		end_strip(m, PAPER_CUT, m->strip_len);
	m->strip_len = m->ink = 0;
	if (!can[m->family].full)
		return;
	if (m->presenter != PRESENTER_EMPTY)
		m->ejected++;
	m->presenter = PRESENTER_HELD;
}

static void present(struct model *m, uint8_t n, int64_t now_us)
{
	if (!can[m->family].full || m->presenter == PRESENTER_EMPTY)
		return;
	if (n == 3) {
		if (m->presenter == PRESENTER_HELD)
			m->presenter = PRESENTER_MOVING;
		m->present_due_us = now_us + m->present_us;
		return;
	}
	if (n == 2)
		m->retracted++;
	else if (n == 5)
		m->ejected++;
	m->presenter = PRESENTER_EMPTY;
}

void model_remove(struct model *m)
{
	if (m->presenter == PRESENTER_SHOWN) {
		m->removed++;
		m->presenter = PRESENTER_EMPTY;
	}
}

/* A whole command that prints nothing. */
static void control(struct model *m, enum token_kind kind, const uint8_t *h,
    int64_t now_us)
{
	uint8_t b = 0;

	switch (kind) {
	case TOKEN_ASB:
		if (!can[m->family].asb)
			return;
		m->asb_on = h[2] != 0;
		model_changed(m, now_us);
		return;
	case TOKEN_ASK:
		if (!can[m->family].ask || h[1] != 'r')
			return;
		b = (uint8_t)((m->near_end ? 0x03 : 0) |
		    (m->paper_out ? 0x0c : 0));
		say(m, &b, 1, now_us);
		return;
	case TOKEN_PROCESS:
		memcpy(m->process, h + 7, sizeof(m->process));
		if (!can[m->family].process || m->proof_off)
			return;
		m->process_due_us = now_us + m->proof_delay_us;
		return;
	case TOKEN_PRESENT:
		present(m, h[2], now_us);
		return;
	case TOKEN_NONE:
	case TOKEN_TEXT:
	case TOKEN_INIT:
	case TOKEN_FORMAT:
	case TOKEN_FEED:
	case TOKEN_RASTER:
	case TOKEN_CUT:
	case TOKEN_REAL_TIME:
	case TOKEN_NUL:
	case TOKEN_UNKNOWN:
		return;
	}
}

/* The strip ends with this whole command. */
static void done(struct model *m, enum token_kind kind, int64_t now_us)
{
	size_t len = m->out.len;

	m->out.len = 0;
	if (prints(kind)) {
		bool blank = m->ink == 0;

		m->ink += len;
		if (kind == TOKEN_TEXT)
			m->texts++;
		if (kind == TOKEN_CUT)
			cut(m, blank);
		return;
	}
	if (kind == TOKEN_FORMAT)
		return;
	if (kind == TOKEN_UNKNOWN) {
		/* One that broke off behind its first byte is ended by the
		 * zeros that fill up what was half sent. */
		if (len != 2 || m->out.head[1] != 0)
			m->unknown++;
		return;
	}
	m->strip_len -= len < m->strip_len ? len : m->strip_len;
	if (m->paper_left != SIZE_MAX && kind != TOKEN_INIT)
		m->paper_left += len;
	if (kind != TOKEN_INIT) {
		control(m, kind, m->out.head, now_us);
		return;
	}
	if (m->init_stops_asb)
		m->asb_on = false;
	/* On what was begun the next ticket follows without a cut. */
	if (m->ink > 0)
		end_strip(m, PAPER_JOINED, m->strip_len);
	m->wakes++;
	m->ink = 0;
	m->strip[0] = ESC;
	m->strip[1] = '@';
	m->strip_len = 2;
}

/* A real printer finds real-time commands inside images too. */
static void look_into_image(struct model *m)
{
	const uint8_t *s = m->strip + m->strip_len;
	size_t n = m->out.len;

	if (n >= 10 && m->out.head[0] == GS && m->out.head[1] == 'v' &&
	    m->strip_len >= 2 && s[-2] == DLE &&
	    (s[-1] == 4 || s[-1] == 5 || s[-1] == 0x14))
		m->image_commands++;
}

/* False: the byte can't be printed now. */
static bool print_byte(struct model *m, uint8_t byte, int64_t now_us)
{
	enum token_kind kind;

	if (m->paper_left == 0) {
		m->paper_left = SIZE_MAX;
		m->paper_out = true;
		model_changed(m, now_us);
		return false;
	}
	if (m->cutter_jam && m->out.len > 0 && m->out.len + 1 == m->out.need &&
	    kind_of(m->out.head) == TOKEN_CUT) {
		m->cutter_error = true;
		model_changed(m, now_us);
		return false;
	}
	if (m->strip_len < MODEL_STRIP_MAX)
		m->strip[m->strip_len++] = byte;
	if (m->paper_left != SIZE_MAX)
		m->paper_left--;
	kind = feed(&m->out, byte);
	look_into_image(m);
	if (kind != TOKEN_NONE)
		done(m, kind, now_us);
	return true;
}

void model_run(struct model *m, int64_t now_us)
{
	int64_t may = INT64_MAX;

	if (m->presenter == PRESENTER_MOVING && !m->present_fails &&
	    now_us >= m->present_due_us) {
		m->presenter = PRESENTER_SHOWN;
		m->shown++;
	}
	if (m->process_due_us >= 0 && now_us >= m->process_due_us)
		say_process(m, now_us);
	if (m->speed > 0)
		may = (now_us - m->printed_us) * (int64_t)m->speed / SECOND_US;
	if (m->waiting == 0 || stopped(m) || m->paused) {
		m->printed_us = now_us;
		return;
	}
	if (may <= 0)
		return;
	m->printed_us = now_us;
	for (; may > 0 && m->waiting > 0 && !stopped(m); may--) {
		if (!print_byte(m, m->fifo[m->first], now_us))
			return;
		m->first = (m->first + 1) % MODEL_BUFFER_MAX;
		m->waiting--;
	}
	if (m->process_due_us >= 0 && now_us >= m->process_due_us)
		say_process(m, now_us);
}

int64_t model_due_us(const struct model *m)
{
	int64_t due = INT64_MAX;

	if (m->process_due_us >= 0)
		due = m->process_due_us;
	if (m->presenter == PRESENTER_MOVING && !m->present_fails &&
	    m->present_due_us < due)
		due = m->present_due_us;
	for (size_t i = 0; i < m->replies; i++)
		if (m->reply[i].due_us < due)
			due = m->reply[i].due_us;
	if (m->waiting > 0 && m->speed > 0 && !stopped(m) && !m->paused &&
	    m->printed_us + 1000 < due)
		due = m->printed_us + 1000;
	return due;
}

/* ---- what it takes ---- */

/* ESC @, perhaps GS a n, and then something that prints: a ticket begins. */
static bool job_begins(const uint8_t *b, size_t n)
{
	if (n < 2 || b[0] != ESC || b[1] != '@')
		return false;
	b += 2;
	n -= 2;
	if (n > 3 && b[0] == GS && b[1] == 'a') {
		b += 3;
		n -= 3;
	}
	return n >= 2 && b[0] != DLE &&
	    (b[0] != GS || strchr("are(V", b[1]) == NULL);
}

static bool room(const struct model *m, const uint8_t *b, size_t n)
{
	if (m->waiting < m->buffer && m->waiting < MODEL_BUFFER_MAX)
		return true;
	/* The receiver looks at every byte: these get through. */
	return (m->in.len == 0 && n >= 3 && b[0] == DLE && b[1] == 4) ||
	    (m->in.len > 0 && m->in.head[0] == DLE &&
		m->waiting < MODEL_BUFFER_MAX);
}

static void take_byte(struct model *m, uint8_t byte, int64_t now_us)
{
	m->fifo[(m->first + m->waiting) % MODEL_BUFFER_MAX] = byte;
	m->waiting++;
	m->taken++;
	if (m->in_job)
		m->job_taken++;
	switch (feed(&m->in, byte)) {
	case TOKEN_NONE:
		return;
	case TOKEN_REAL_TIME:
		real_time(m, m->in.head, now_us);
		break;
	case TOKEN_CUT:
		m->job_cut = true;
		break;
	case TOKEN_TEXT:
	case TOKEN_INIT:
	case TOKEN_FORMAT:
	case TOKEN_FEED:
	case TOKEN_RASTER:
	case TOKEN_ASB:
	case TOKEN_ASK:
	case TOKEN_PROCESS:
	case TOKEN_PRESENT:
	case TOKEN_NUL:
	case TOKEN_UNKNOWN:
		break;
	}
	m->in.len = 0;
}

static bool stops(const struct model *m)
{
	return m->in_job && m->jobs == m->stop_job &&
	    (m->stop_cut ? m->job_cut : m->job_taken >= m->stop_at);
}

size_t model_take(struct model *m, const uint8_t *bytes, size_t n,
    int64_t now_us)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (m->in.len == 0 && job_begins(bytes + i, n - i)) {
			m->in_job = true;
			m->jobs++;
			m->job_taken = 0;
			m->job_cut = false;
		}
		if (m->paused || stops(m))
			break;
		if (!room(m, bytes + i, n - i)) {
			model_run(m, now_us);
			if (!room(m, bytes + i, n - i))
				break;
		}
		take_byte(m, bytes[i], now_us);
	}
	model_run(m, now_us);
	return i;
}

size_t model_replies(struct model *m, uint8_t *out, size_t cap, int64_t now_us)
{
	size_t n = 0;

	if (m->split && cap > 1)
		cap = 1;
	while (m->replies > 0 && n < cap && m->reply[0].due_us <= now_us) {
		struct model_reply *r = &m->reply[0];
		size_t some = r->len < cap - n ? r->len : cap - n;

		memcpy(out + n, r->bytes, some);
		n += some;
		r->len -= some;
		memmove(r->bytes, r->bytes + some, r->len);
		if (r->len > 0)
			continue;
		m->replies--;
		memmove(r, r + 1, m->replies * sizeof(*r));
	}
	return n;
}

static void drop_all(struct model *m)
{
	m->lost += m->waiting;
	m->waiting = 0;
	m->process_due_us = -1;
	memset(&m->in, 0, sizeof(m->in));
	memset(&m->out, 0, sizeof(m->out));
	m->in_job = false;
}

void model_reset(struct model *m)
{
	drop_all(m);
	m->asb_on = false;
	m->replies = 0;
	if (m->ink > 0)
		end_strip(m, PAPER_TORN, m->strip_len);
	m->strip_len = m->ink = 0;
}

void model_clear(struct model *m, int64_t now_us)
{
	drop_all(m);
	say(m, "\x37\x25", 3, now_us);
}
