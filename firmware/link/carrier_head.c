#include "carrier_head.h"

#include <curl/curl.h>
#include <string.h>

/* "HTTP/1.1 200 OK" */
static bool read_status(struct str line, int *status)
{
	struct str word;
	int64_t n;

	if (line.len < 5 || memcmp(line.ptr, "HTTP/", 5) != 0)
		return false;
	*status = 0;
	if (str_split(&line, ' ', &word) && str_split(&line, ' ', &word) &&
	    word.len == 3 && str_number(word, 100, 999, &n))
		*status = (int)n;
	return true;
}

static void read_epoch(struct carrier_head *h, struct str value)
{
	int64_t n = 0;

	h->epoch = str_number(value, 0, UINT32_MAX, &n) ? (uint32_t)n : 0;
}

void carrier_head_line(struct carrier_head *h, struct str line)
{
	const struct {
		const char *name;
		char *to;
		size_t cap;
	} texts[] = {
	    {"Karcis-Kind", h->kind, sizeof(h->kind)},
	    {"Karcis-Hub-Signature", h->signature, sizeof(h->signature)},
	    {"ETag", h->etag, sizeof(h->etag)},
	    {"Content-Encoding", h->encoding, sizeof(h->encoding)},
	    {"Retry-After", h->retry_after, sizeof(h->retry_after)},
	    {"Date", h->date, sizeof(h->date)},
	};
	struct str name, value = str_trim(line);
	int status;

	if (read_status(value, &status)) {
		memset(h, 0, sizeof(*h));
		h->status = status;
		return;
	}
	/* What comes after the empty line are trailers of a chunked body. */
	h->whole = h->whole || str_is(line, "\r\n") || str_is(line, "\n") ||
	    line.len == 0;
	if (h->whole)
		return;
	value = line;
	if (!str_split(&value, ':', &name) || value.ptr == NULL)
		return;
	value = str_trim(value);
	if (str_is_nocase(name, "Karcis-Epoch"))
		read_epoch(h, value);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (str_is_nocase(name, texts[i].name) &&
		    !str_copy(texts[i].to, texts[i].cap, value))
			texts[i].to[0] = '\0';
}

static bool read_date(const char *text, int64_t *out)
{
	time_t t = text[0] == '\0' ? -1 : curl_getdate(text, NULL);

	*out = (int64_t)t;
	return t != -1;
}

static bool is_digits(const char *s)
{
	return s[0] != '\0' && s[strspn(s, "0123456789")] == '\0';
}

uint32_t carrier_head_wait_s(const struct carrier_head *h, int64_t now_s)
{
	int64_t wait_s = 0, until_s, from_s;

	if (is_digits(h->retry_after)) {
		if (!str_number(str_from(h->retry_after), 0, CARRIER_WAIT_MAX_S,
			&wait_s))
			wait_s = CARRIER_WAIT_MAX_S;
	} else if (read_date(h->retry_after, &until_s)) {
		wait_s = until_s -
		    (read_date(h->date, &from_s) ? from_s : now_s);
	}
	if (wait_s < 0)
		return 0;
	return wait_s > CARRIER_WAIT_MAX_S ? CARRIER_WAIT_MAX_S
					   : (uint32_t)wait_s;
}
