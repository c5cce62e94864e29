/* An answer as a response of libmicrohttpd: headers, gzip. */
#include "server_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { GZIP_FROM = 1024, GZIP_BITS = 15 + 16, GZIP_LEVEL = 6, GZIP_MEM = 8 };

/* "q=0", "q=0.0": not wanted. */
static bool is_refused(struct str parameters)
{
	struct str one;

	while (str_split(&parameters, ';', &one)) {
		one = str_trim(one);
		if (one.len < 3 || (one.ptr[0] != 'q' && one.ptr[0] != 'Q') ||
		    one.ptr[1] != '=')
			continue;
		for (size_t i = 2; i < one.len; i++)
			if (one.ptr[i] != '0' && one.ptr[i] != '.')
				return false;
		return true;
	}
	return false;
}

bool server_answer_takes_gzip(struct str accept)
{
	struct str one, name;

	while (str_split(&accept, ',', &one))
		if (str_split(&one, ';', &name) &&
		    str_is_nocase(str_trim(name), "gzip"))
			return one.ptr == NULL || !is_refused(one);
	return false;
}

/* Replaces the body when that makes it shorter. FILTERED: half of a feed is
 * hashes, in which short repetitions cost more than they save. */
static bool press(struct hub_answer *a)
{
	z_stream z = {0};
	size_t room;
	char *out = NULL;
	bool shorter = false;

	if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, GZIP_BITS, GZIP_MEM,
		Z_FILTERED) != Z_OK)
		return false;
	/* One byte less than the body, or it is not worth it. */
	room = a->len - 1;
	out = malloc(room);
	if (out != NULL) {
		z.next_in = (Bytef *)a->body;
		z.avail_in = (uInt)a->len;
		z.next_out = (Bytef *)out;
		z.avail_out = (uInt)room;
		shorter = deflate(&z, Z_FINISH) == Z_STREAM_END;
	}
	deflateEnd(&z);
	if (shorter) {
		free(a->body);
		a->body = out;
		a->len = z.total_out;
		out = NULL;
	}
	free(out);
	return shorter;
}

struct header {
	const char *name, *value; /* value NULL or "": left out */
};

static bool add_all(struct MHD_Response *r, const struct header *h, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (h[i].value != NULL && h[i].value[0] != '\0' &&
		    MHD_add_response_header(r, h[i].name, h[i].value) !=
			MHD_YES)
			return false;
	return true;
}

static const char *number(char *out, size_t cap, uint32_t n)
{
	snprintf(out, cap, "%u", (unsigned)n);
	return out;
}

static bool add_headers(struct client *c, const char *type, bool long_body,
    bool pressed)
{
	const struct hub_answer *a = &c->answer;
	bool signed_ = a->kind[0] != '\0', bare = a->status == 304;
	bool last = c->refusal != NULL || c->server->draining;
	char epoch[16], retry[16];
	const struct header all[] = {
	    {"Cache-Control",
		a->immutable ? "public, max-age=31536000, immutable"
			     : "no-store"},
	    {"Content-Type", bare ? NULL : type},
	    {"Content-Encoding", pressed ? "gzip" : NULL},
	    {"Vary", long_body ? "Accept-Encoding" : NULL},
	    {"ETag", a->etag},
	    {"Karcis-Kind", a->kind},
	    {"Karcis-Epoch",
		signed_ ? number(epoch, sizeof(epoch), a->epoch) : NULL},
	    {"Karcis-Hub-Signature", signed_ ? a->signature : NULL},
	    {"Retry-After",
		a->retry_after_s > 0
		    ? number(retry, sizeof(retry), (uint32_t)a->retry_after_s)
		    : NULL},
	    {"Allow",
		a->status == 405
		    ? server_path_methods(server_path_of(str_from(c->path)))
		    : NULL},
	    {"Connection", last ? "close" : NULL},
	};

	return add_all(c->response, all, ARRAY_LEN(all));
}

void server_answer_build(struct client *c, const char *type)
{
	static char nothing[] = "";
	struct hub_answer *a = &c->answer;
	bool long_body = a->len > GZIP_FROM;
	bool pressed = long_body && c->gzip && press(a);

	if (a->body == NULL)
		a->len = 0;
	c->response = MHD_create_response_from_buffer(a->len,
	    a->body == NULL ? nothing : a->body,
	    a->body == NULL ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_FREE);
	if (c->response == NULL)
		return;
	a->body = NULL; /* it is the response's now */
	if (!add_headers(c, type, long_body, pressed)) {
		MHD_destroy_response(c->response);
		c->response = NULL;
	}
}
