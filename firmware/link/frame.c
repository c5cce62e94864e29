#include "frame.h"

#include <errno.h>

enum {
	REQUEST = 'R',
	ANSWER = 'A',
	TEXT_HEAD = 2, /* a text's length */
	BODY_HEAD = 4,
	REQUEST_FIXED = 1 + 4 + 4 + 8,        /* kind to counter */
	ANSWER_FIXED = 1 + 4 + 1 + 2 + 4 + 4, /* kind to epoch */
};

/* True when a frame of `fixed` bytes, these texts and this body may be and
 * has room; its length field is written then. */
static bool begin(struct buf *out, size_t fixed, const struct str *text,
    size_t texts, struct str body)
{
	size_t len = fixed + BODY_HEAD + body.len;

	for (size_t i = 0; i < texts; i++) {
		len += TEXT_HEAD + text[i].len;
		if (text[i].len > FRAME_TEXT)
			out->full = true;
	}
	if (body.len > FRAME_BODY_MAX || out->cap - out->len < FRAME_HEAD ||
	    out->cap - out->len - FRAME_HEAD < len)
		out->full = true;
	if (!out->full)
		buf_be(out, len, FRAME_HEAD);
	return !out->full;
}

static void put_rest(struct buf *out, const struct str *text, size_t texts,
    struct str body)
{
	for (size_t i = 0; i < texts; i++) {
		buf_be(out, text[i].len, TEXT_HEAD);
		buf_str(out, text[i]);
	}
	buf_be(out, body.len, BODY_HEAD);
	buf_str(out, body);
}

void frame_put_request(struct buf *out, const struct frame_request *q)
{
	const struct str text[] = {q->method, q->path, q->if_none_match};

	if (!begin(out, REQUEST_FIXED, text, ARRAY_LEN(text), q->body))
		return;
	buf_byte(out, REQUEST);
	buf_be(out, q->id, 4);
	buf_be(out, q->timeout_ms, 4);
	buf_be(out, q->counter, 8);
	put_rest(out, text, ARRAY_LEN(text), q->body);
}

void frame_put_answer(struct buf *out, const struct frame_answer *a)
{
	const struct str text[] = {a->kind, a->signature, a->etag, a->trouble};

	if (!begin(out, ANSWER_FIXED, text, ARRAY_LEN(text), a->body))
		return;
	buf_byte(out, ANSWER);
	buf_be(out, a->id, 4);
	buf_byte(out, a->fate);
	buf_be(out, a->status, 2);
	buf_be(out, a->retry_after_s, 4);
	buf_be(out, a->epoch, 4);
	put_rest(out, text, ARRAY_LEN(text), a->body);
}

/* What is left of a frame; `bad` once it asked for more than there is. */
struct rest {
	struct str bytes;
	bool bad;
};

static struct str take(struct rest *r, size_t len)
{
	struct str got = {"", 0};

	if (r->bad || len > r->bytes.len) {
		r->bad = true;
		return got;
	}
	got = str_of(r->bytes.ptr, len);
	r->bytes = str_of(r->bytes.ptr + len, r->bytes.len - len);
	return got;
}

static uint64_t take_be(struct rest *r, unsigned bytes)
{
	struct str s = take(r, bytes);
	uint64_t v = 0;

	for (size_t i = 0; i < s.len; i++)
		v = v << 8 | (uint8_t)s.ptr[i];
	return v;
}

static struct str take_text(struct rest *r)
{
	size_t len = (size_t)take_be(r, TEXT_HEAD);

	if (len > FRAME_TEXT)
		r->bad = true;
	return take(r, len);
}

static struct str take_body(struct rest *r)
{
	size_t len = (size_t)take_be(r, BODY_HEAD);

	if (len > FRAME_BODY_MAX)
		r->bad = true;
	return take(r, len);
}

/* The length field says exactly what follows, and the kind is this one. */
static struct rest open_frame(struct str frame, unsigned kind)
{
	struct rest r = {frame, false};
	uint64_t len = take_be(&r, FRAME_HEAD);

	if (len != r.bytes.len || len > FRAME_MAX || take_be(&r, 1) != kind)
		r.bad = true;
	return r;
}

long frame_length(struct str bytes)
{
	struct rest r = {bytes, false};
	uint64_t len = take_be(&r, FRAME_HEAD);

	if (r.bad)
		return 0;
	if (len > FRAME_MAX)
		return -EBADMSG;
	return len > r.bytes.len ? 0 : (long)len + FRAME_HEAD;
}

bool frame_get_request(struct str frame, struct frame_request *out)
{
	struct rest r = open_frame(frame, REQUEST);

	out->id = (uint32_t)take_be(&r, 4);
	out->timeout_ms = (uint32_t)take_be(&r, 4);
	out->counter = take_be(&r, 8);
	out->method = take_text(&r);
	out->path = take_text(&r);
	out->if_none_match = take_text(&r);
	out->body = take_body(&r);
	return !r.bad && r.bytes.len == 0;
}

bool frame_get_answer(struct str frame, struct frame_answer *out)
{
	struct rest r = open_frame(frame, ANSWER);
	uint64_t fate;

	out->id = (uint32_t)take_be(&r, 4);
	fate = take_be(&r, 1);
	out->status = (uint16_t)take_be(&r, 2);
	out->retry_after_s = (uint32_t)take_be(&r, 4);
	out->epoch = (uint32_t)take_be(&r, 4);
	out->kind = take_text(&r);
	out->signature = take_text(&r);
	out->etag = take_text(&r);
	out->trouble = take_text(&r);
	out->body = take_body(&r);
	out->fate = fate > FRAME_CUT ? FRAME_UNSET : (enum frame_fate)fate;
	return !r.bad && r.bytes.len == 0 && out->fate != FRAME_UNSET;
}
