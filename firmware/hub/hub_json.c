#include "hub_json.h"

#include <string.h>

#include "firmware/core/wire.h"

/* Before jansson sees it: how deep does it nest, how many members has it? */
static enum hub_json_verdict measure(struct str s)
{
	size_t depth = 0, members = 0;
	bool quoted = false;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '[' || c == '{') {
			if (++depth > HUB_JSON_DEPTH)
				return HUB_JSON_BAD;
		} else if ((c == ']' || c == '}') && depth > 0) {
			depth--;
		} else if (c == ',' && ++members > HUB_JSON_MEMBERS) {
			return HUB_JSON_LARGE;
		}
	}
	return HUB_JSON_OK;
}

enum hub_json_verdict hub_json_parse(struct str body, json_t **out,
    struct buf *why)
{
	enum hub_json_verdict v = measure(body);
	json_error_t error;

	*out = NULL;
	if (v != HUB_JSON_OK) {
		buf_text(why,
		    v == HUB_JSON_BAD ? "JSON that nests too deep"
				      : "too many members");
		return v;
	}
	/* A NUL in a text is refused where the text is read, so that it
	 * spoils no other part of the request. */
	*out = json_loadb(body.ptr == NULL ? "" : body.ptr, body.len,
	    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	if (*out == NULL) {
		buf_fmt(why, "no good JSON at byte %d", error.position);
		return HUB_JSON_BAD;
	}
	if (json_is_object(*out))
		return HUB_JSON_OK;
	json_decref(*out);
	*out = NULL;
	buf_text(why, "not a JSON object");
	return HUB_JSON_BAD;
}

bool hub_json_number(const json_t *object, const char *name, int64_t lo,
    int64_t hi, int64_t *out)
{
	const json_t *v = json_object_get(object, name);
	int64_t n;

	if (!json_is_integer(v))
		return false;
	n = json_integer_value(v);
	if (n < lo || n > hi)
		return false;
	*out = n;
	return true;
}

bool hub_json_text(const json_t *object, const char *name, struct str *out)
{
	const json_t *v = json_object_get(object, name);

	*out = str_from("");
	if (!json_is_string(v))
		return false;
	*out = str_of(json_string_value(v), json_string_length(v));
	return memchr(out->ptr, '\0', out->len) == NULL;
}

bool hub_json_bool(const json_t *object, const char *name, bool *out)
{
	const json_t *v = json_object_get(object, name);

	*out = json_is_true(v);
	return json_is_boolean(v);
}

bool hub_json_hex(const json_t *object, const char *name, uint8_t *out,
    size_t len)
{
	struct str text;

	return hub_json_text(object, name, &text) && wire_unhex(text, out, len);
}
