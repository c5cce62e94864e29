#include "carrier_exchange.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { IDLE_S = 60 }; /* a connection that idled longer is not used again */

static bool is_url(const char *url)
{
	static const CURLUPart never[] = {CURLUPART_USER, CURLUPART_PASSWORD,
	    CURLUPART_QUERY, CURLUPART_FRAGMENT};
	CURLU *u = curl_url();
	char *part = NULL;
	size_t len = strlen(url);
	bool good = u != NULL && len > 0 && url[len - 1] != '/' &&
	    curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_SCHEME, &part, 0) == CURLUE_OK &&
	    (strcmp(part, "https") == 0 || strcmp(part, "http") == 0);

	curl_free(part);
	for (size_t i = 0; i < ARRAY_LEN(never) && good; i++) {
		part = NULL;
		good = curl_url_get(u, never[i], &part, 0) != CURLUE_OK;
		curl_free(part);
	}
	curl_url_cleanup(u);
	return good;
}

int carrier_check(const struct carrier_config *c, struct err *e)
{
	if (!is_url(c->url))
		return err_set(e, -EINVAL,
		    "link: the hub's URL: write https://HOST[:PORT][/FOLDER], "
		    "no slash at the end");
	if (c->ca_file != NULL && access(c->ca_file, R_OK) != 0)
		return err_set(e, -errno, "link: cannot read %s: %s",
		    c->ca_file, strerror(errno));
	return 0;
}

/* Bytes that stand in a header or request line as they are. */
static bool is_visible(struct str s, const char *never)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] > '~' ||
		    strchr(never, s.ptr[i]) != NULL)
			return false;
	return true;
}

static bool has_method(struct str method)
{
	static const char *const methods[] = {"GET", "POST", "PUT", "PATCH",
	    "DELETE"};

	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (str_is(method, methods[i]))
			return true;
	return false;
}

static int check_request(const struct frame_request *q, struct err *e)
{
	if (!has_method(q->method))
		return err_set(e, -EINVAL, "link: not a method of the hub's");
	if (q->path.len == 0 || q->path.ptr[0] != '/' ||
	    !is_visible(q->path, "#"))
		return err_set(e, -EINVAL, "link: the path cannot be sent");
	if (!is_visible(q->if_none_match, ""))
		return err_set(e, -EINVAL, "link: the ETag cannot be sent");
	return 0;
}

static bool add_header(struct exchange *x, const char *line)
{
	struct curl_slist *more = curl_slist_append(x->headers, line);

	if (more != NULL)
		x->headers = more;
	return more != NULL;
}

static bool add_number(struct exchange *x, const char *name, uint64_t value)
{
	char line[64];
	struct buf b;

	buf_init(&b, line, sizeof(line));
	buf_fmt(&b, "%s: %llu", name, (unsigned long long)value);
	return add_header(x, buf_cstr(&b));
}

static bool add_text(struct exchange *x, const char *name, struct str value)
{
	char line[FRAME_TEXT + 64];
	struct buf b;

	buf_init(&b, line, sizeof(line));
	buf_text(&b, name);
	buf_text(&b, ": ");
	buf_str(&b, value);
	return add_header(x, buf_cstr(&b));
}

static int sign(struct exchange *x, const struct carrier_config *c,
    const struct frame_request *q, struct err *e)
{
	const struct wire_request w = {.method = q->method,
	    .path = q->path,
	    .body = q->body,
	    .device = c->device,
	    .counter = q->counter};
	uint8_t signature[WIRE_SIGNATURE_BYTES];
	char text[WIRE_BASE64 + 1];
	bool ok;

	if (!wire_sign_request(&w, c->secret, signature))
		return err_set(e, -EINVAL,
		    "link: the request cannot be "
		    "signed");
	wire_base64(signature, sizeof(signature), text);
	ok = add_number(x, "Karcis-Device", c->device) &&
	    add_number(x, "Karcis-Counter", q->counter) &&
	    add_text(x, "Karcis-Signature", str_from(text)) &&
	    add_header(x, "Expect:");
	if (ok && q->if_none_match.len > 0)
		ok = add_text(x, "If-None-Match", q->if_none_match);
	if (ok && q->body.len > 0)
		ok = add_header(x, "Content-Type: application/json");
	return ok ? 0 : err_set(e, -ENOMEM, "link: out of memory");
}

static size_t on_head(char *line, size_t one, size_t len, void *ctx)
{
	struct exchange *x = ctx;

	carrier_head_line(&x->head, str_of(line, one * len));
	return one * len;
}

/* Fewer bytes taken than given ends the exchange. */
static size_t on_body(char *bytes, size_t one, size_t len, void *ctx)
{
	struct exchange *x = ctx;

	return carrier_body_add(&x->body, x->head.encoding,
		   str_of(bytes, one * len))
	    ? one * len
	    : 0;
}

/* Just before the request goes out. */
static int on_ready(void *ctx, char *far, char *near, int far_port,
    int near_port)
{
	struct exchange *x = ctx;
	long opened = 0;

	(void)far;
	(void)near;
	(void)far_port;
	x->unasked = curl_easy_getinfo(x->easy, CURLINFO_NUM_CONNECTS,
			 &opened) == CURLE_OK &&
	    opened == 0 && carrier_sockets_readable(x->sockets, near_port);
	return x->unasked ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

struct number {
	CURLoption option;
	long value;
};
struct text {
	CURLoption option;
	const char *value;
};

static bool set_numbers(CURL *easy, const struct number *n, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (curl_easy_setopt(easy, n[i].option, n[i].value) != CURLE_OK)
			return false;
	return true;
}

static bool set_texts(CURL *easy, const struct text *t, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (curl_easy_setopt(easy, t[i].option, t[i].value) != CURLE_OK)
			return false;
	return true;
}

static bool set_rules(struct exchange *x, const struct carrier_config *c,
    long timeout_ms)
{
	const struct number numbers[] = {
	    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
	    {CURLOPT_FOLLOWLOCATION, 0},
	    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
	    {CURLOPT_PATH_AS_IS, 1},
	    {CURLOPT_SSL_VERIFYPEER, 1},
	    {CURLOPT_SSL_VERIFYHOST, 2},
	    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
	    {CURLOPT_PROXY_SSL_VERIFYPEER, 1},
	    {CURLOPT_PROXY_SSL_VERIFYHOST, 2},
	    {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
	    {CURLOPT_NOSIGNAL, 1},
	    /* A name that is still looked up when the time is over is left to
	     * its thread; else curl waits for it and all others with it. */
	    {CURLOPT_QUICK_EXIT, 1},
	    {CURLOPT_TIMEOUT_MS, timeout_ms},
	    {CURLOPT_CONNECTTIMEOUT_MS,
		timeout_ms < EXCHANGE_CONNECT_MS ? timeout_ms
						 : EXCHANGE_CONNECT_MS},
	    {CURLOPT_HTTP_CONTENT_DECODING, 0},
	    {CURLOPT_MAXAGE_CONN, IDLE_S},
	};
	const struct text texts[] = {
	    {CURLOPT_PROTOCOLS_STR, "http,https"},
	    {CURLOPT_ACCEPT_ENCODING, "gzip"},
	    {CURLOPT_PROXY, c->proxy == NULL ? "" : c->proxy},
	    {CURLOPT_NOPROXY, c->proxy == NULL ? "*" : ""},
	};
	/* The file takes the place of the system's authorities. */
	const struct text own[] = {
	    {CURLOPT_CAINFO, c->ca_file},
	    {CURLOPT_CAPATH, NULL},
	};

	return set_numbers(x->easy, numbers, ARRAY_LEN(numbers)) &&
	    set_texts(x->easy, texts, ARRAY_LEN(texts)) &&
	    (c->ca_file == NULL || set_texts(x->easy, own, ARRAY_LEN(own)));
}

static bool set_callbacks(struct exchange *x)
{
	CURL *h = x->easy;

	return curl_easy_setopt(h, CURLOPT_ERRORBUFFER, x->curl_says) ==
	    CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_head) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_HEADERDATA, x) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_WRITEDATA, x) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_PREREQFUNCTION, on_ready) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_PREREQDATA, x) == CURLE_OK;
}

/* A GET or DELETE without a body says nothing of a body's length. */
static bool set_body(struct exchange *x, const struct frame_request *q)
{
	if (q->body.len == 0 &&
	    (str_is(q->method, "GET") || str_is(q->method, "DELETE")))
		return true;
	return curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE_LARGE,
		   (curl_off_t)q->body.len) == CURLE_OK &&
	    curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS,
		q->body.len == 0 ? "" : q->body.ptr) == CURLE_OK;
}

static bool set_target(struct exchange *x, const struct carrier_config *c,
    const struct frame_request *q)
{
	char url[2048], method[WIRE_METHOD + 1];
	struct buf b;

	buf_init(&b, url, sizeof(url) - 1);
	buf_text(&b, c->url);
	buf_str(&b, q->path);
	return !b.full && str_copy(method, sizeof(method), q->method) &&
	    curl_easy_setopt(x->easy, CURLOPT_URL, buf_cstr(&b)) == CURLE_OK &&
	    curl_easy_setopt(x->easy, CURLOPT_CUSTOMREQUEST, method) ==
	    CURLE_OK &&
	    curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->headers) ==
	    CURLE_OK;
}

int exchange_open(struct exchange *x, const struct carrier_config *c,
    const struct frame_request *q, int64_t timeout_ms,
    struct carrier_sockets *sockets, struct err *e)
{
	int r;

	memset(x, 0, sizeof(*x));
	x->sockets = sockets;
	r = check_request(q, e);
	if (r == 0)
		r = sign(x, c, q, e);
	if (r < 0)
		return r;
	if (timeout_ms <= 0)
		return err_set(e, -EINVAL, "link: no time is left to ask");
	if (timeout_ms > EXCHANGE_LONGEST_MS)
		timeout_ms = EXCHANGE_LONGEST_MS;
	x->easy = curl_easy_init();
	if (x->easy == NULL)
		return err_set(e, -ENOMEM, "link: out of memory");
	if (!set_rules(x, c, (long)timeout_ms) || !set_callbacks(x) ||
	    !set_body(x, q) || !set_target(x, c, q) ||
	    !carrier_sockets_open_for(sockets, x->easy))
		return err_set(e, -EINVAL, "link: curl takes no such request");
	return 0;
}

/* curl may cite the server, so only what can be printed is said. */
static void say(struct exchange *x, const char *what)
{
	struct buf b;

	buf_init(&b, x->trouble, sizeof(x->trouble));
	buf_fmt(&b, "link: %s", what);
	(void)buf_cstr(&b);
	for (char *p = x->trouble; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}

void exchange_end(struct exchange *x, CURLcode result)
{
	const char *body = carrier_body_trouble(&x->body);

	if (result == CURLE_OK && x->head.whole && body == NULL) {
		x->fate = FRAME_CAME;
		return;
	}
	x->fate = x->head.status != 0 ? FRAME_CUT : FRAME_NO_ANSWER;
	if (body != NULL && (result == CURLE_OK || result == CURLE_WRITE_ERROR))
		say(x, body);
	else if (result == CURLE_OK)
		say(x, "the answer's head breaks off");
	else
		say(x,
		    x->curl_says[0] != '\0' ? x->curl_says
					    : curl_easy_strerror(result));
	memset(&x->head, 0, sizeof(x->head));
	x->body.len = 0;
}

void exchange_close(struct exchange *x)
{
	curl_easy_cleanup(x->easy);
	curl_slist_free_all(x->headers);
	carrier_body_fini(&x->body);
	memset(x, 0, sizeof(*x));
}
