/* Any bytes from the other side of the link: frames of the terminal and of
 * the link, and of the hub the head and body of an answer. The first byte
 * says which. */
#include "firmware/link/frame.h"

#include <stdlib.h>
#include <string.h>

#include "firmware/link/carrier_body.h"
#include "firmware/link/carrier_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool fact)
{
	if (!fact)
		abort();
}

/* A text lies inside the frame, whatever its length fields say. */
static void inside(struct str s, struct str frame, size_t most)
{
	must(s.len <= most);
	must(s.len == 0 ||
	    (s.ptr >= frame.ptr && s.ptr + s.len <= frame.ptr + frame.len));
}

/* What was understood is put as exactly the same bytes. */
static void same(const struct buf *b, struct str frame)
{
	must(!b->full && str_eq(buf_view(b), frame));
}

static void hear_request(struct str frame, void *room)
{
	struct frame_request q;
	struct buf b;

	if (!frame_get_request(frame, &q))
		return;
	inside(q.method, frame, FRAME_TEXT);
	inside(q.path, frame, FRAME_TEXT);
	inside(q.if_none_match, frame, FRAME_TEXT);
	inside(q.body, frame, FRAME_BODY_MAX);
	buf_init(&b, room, frame.len);
	frame_put_request(&b, &q);
	same(&b, frame);
}

static void hear_answer(struct str frame, void *room)
{
	struct frame_answer a;
	struct buf b;

	if (!frame_get_answer(frame, &a))
		return;
	must(a.fate != FRAME_UNSET && a.fate <= FRAME_CUT);
	inside(a.kind, frame, FRAME_TEXT);
	inside(a.signature, frame, FRAME_TEXT);
	inside(a.etag, frame, FRAME_TEXT);
	inside(a.trouble, frame, FRAME_TEXT);
	inside(a.body, frame, FRAME_BODY_MAX);
	buf_init(&b, room, frame.len);
	frame_put_answer(&b, &a);
	same(&b, frame);
}

/* A stream of frames, one after the other. */
static void hear_frames(struct str rest)
{
	void *room = malloc(rest.len + 1);
	long len;

	must(room != NULL);
	while ((len = frame_length(rest)) > 0) {
		struct str frame = str_cut(rest, 0, (size_t)len);

		must((size_t)len <= rest.len && len >= FRAME_HEAD);
		hear_request(frame, room);
		hear_answer(frame, room);
		rest = str_cut(rest, (size_t)len, rest.len);
	}
	must(len == 0 || rest.len >= FRAME_HEAD);
	/* Bytes that are no whole frame are none. */
	hear_request(rest, room);
	hear_answer(rest, room);
	free(room);
}

static void read_head(struct str rest)
{
	struct carrier_head h;
	struct str line;

	memset(&h, 0, sizeof(h));
	while (str_split(&rest, '\n', &line)) {
		carrier_head_line(&h, line);
		must(h.status == 0 || (h.status >= 100 && h.status <= 999));
		must(strlen(h.kind) <= FRAME_TEXT &&
		    strlen(h.etag) <= FRAME_TEXT &&
		    strlen(h.signature) <= FRAME_TEXT);
	}
	must(carrier_head_wait_s(&h, 784111777) <= CARRIER_WAIT_MAX_S);
}

/* Pieces as long as the second byte says. */
static void read_body(const char *encoding, struct str rest)
{
	struct carrier_body b = {0};
	size_t piece = rest.len > 0 ? 1 + (uint8_t)rest.ptr[0] : 1;

	while (rest.len > 0 &&
	    carrier_body_add(&b, encoding, str_cut(rest, 0, piece)))
		rest = str_cut(rest, piece, rest.len);
	must(b.len <= FRAME_BODY_MAX);
	must(b.len == 0 || b.bytes[b.len] == '\0');
	must(rest.len == 0 || carrier_body_trouble(&b) != NULL);
	carrier_body_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bytes = str_of(data, size);
	struct str rest = str_cut(bytes, 1, size);

	hear_frames(bytes);
	if (size == 0)
		return 0;
	if (data[0] % 4 == 1)
		read_head(rest);
	else if (data[0] % 4 == 2)
		read_body("gzip", rest);
	else if (data[0] % 4 == 3)
		read_body("", rest);
	return 0;
}
