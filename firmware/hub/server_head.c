/* The head of a request: what is kept of it, and whether it is refused before
 * its body came. */
#include "server_inner.h"

#include <string.h>

static const struct refusal long_path = {414, "bad_request",
    "at most 512 bytes in a path with its query", 0};
static const struct refusal bad_line = {400, "bad_request",
    "the request line is no good or Host is missing", 0};
static const struct refusal two_lengths = {400, "bad_request",
    "Content-Length and Transfer-Encoding at once", 0};
static const struct refusal bad_method = {405, "method",
    "this path does not take this method", 0};

const struct refusal server_head_too_large = {413, "too_large",
    "at most 1048576 bytes in one request", 0};

static struct str header(struct client *c, const char *name)
{
	const char *value = NULL;
	size_t len = 0;

	if (MHD_lookup_connection_value_n(c->connection, MHD_HEADER_KIND, name,
		strlen(name), &value, &len) != MHD_YES ||
	    value == NULL)
		return str_of(NULL, 0);
	return str_of(value, len);
}

/* One that is longer than any good one stays as an empty one. */
static void copy_field(struct client *c, const char *name, struct field *out)
{
	struct str v = header(c, name);

	out->given = v.ptr != NULL;
	out->len = v.len < sizeof(out->text) ? v.len : 0;
	if (v.ptr != NULL && out->len > 0)
		memcpy(out->text, v.ptr, out->len);
}

static void copy_headers(struct client *c)
{
	struct str encodings = header(c, "Accept-Encoding");

	copy_field(c, "Karcis-Device", &c->device);
	copy_field(c, "Karcis-Counter", &c->counter);
	copy_field(c, "Karcis-Signature", &c->signature);
	copy_field(c, "If-None-Match", &c->if_none_match);
	c->gzip = encodings.ptr != NULL && server_answer_takes_gzip(encodings);
}

static bool is_method(const struct client *c, const char *word)
{
	return strcmp(c->method, word) == 0;
}

/* RFC 9112: nothing but visible ASCII in a target; HTTP/1.1 names its host. */
static bool is_line_good(struct client *c, const char *version)
{
	for (const char *p = c->path; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~')
			return false;
	return strcmp(version, MHD_HTTP_VERSION_1_1) != 0 ||
	    header(c, "Host").ptr != NULL;
}

static const struct refusal *judge(struct client *c, const char *version)
{
	static const char *const methods[] = {"GET", "POST", "PATCH", "DELETE"};
	struct str length = header(c, "Content-Length");
	bool known = false, own = c->job != JOB_HANDLE;
	int64_t n;

	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		known = known || is_method(c, methods[i]);
	if (c->path_long)
		return &long_path;
	if (!is_line_good(c, version))
		return &bad_line;
	if (!known || (own && !is_method(c, "GET")))
		return &bad_method;
	if (length.ptr != NULL && header(c, "Transfer-Encoding").ptr != NULL)
		return &two_lengths;
	if (length.ptr != NULL && !str_number(length, 0, WIRE_BODY_MAX, &n))
		return &server_head_too_large;
	return NULL;
}

const struct refusal *server_head(struct client *c, const char *method,
    const char *version)
{
	const struct refusal *why;

	if (!str_copy(c->method, sizeof(c->method), str_from(method)))
		c->method[0] = '\0';
	why = judge(c, version);
	if (why == NULL)
		copy_headers(c);
	return why;
}
