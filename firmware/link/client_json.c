#include "client_json.h"

#include <string.h>

#include "firmware/core/civil.h"
#include "firmware/core/wire.h"

json_t *client_object(struct str body)
{
	json_t *o = json_loadb(body.ptr, body.len, JSON_REJECT_DUPLICATES,
	    NULL);

	if (json_is_object(o))
		return o;
	json_decref(o);
	return NULL;
}

bool client_int(const json_t *value, int64_t lo, int64_t hi, int64_t *out)
{
	json_int_t v = json_integer_value(value);

	if (!json_is_integer(value) || v < lo || v > hi)
		return false;
	*out = v;
	return true;
}

bool client_int_of(const json_t *object, const char *key, int64_t lo,
    int64_t hi, int64_t *out)
{
	return client_int(json_object_get(object, key), lo, hi, out);
}

bool client_bool_of(const json_t *object, const char *key, bool *out)
{
	const json_t *value = json_object_get(object, key);

	*out = json_is_true(value);
	return json_is_boolean(value);
}

bool client_text(const json_t *value, struct str *out)
{
	*out = json_is_string(value)
	    ? str_of(json_string_value(value), json_string_length(value))
	    : str_from("");
	return json_is_string(value);
}

bool client_text_of(const json_t *object, const char *key, struct str *out)
{
	return client_text(json_object_get(object, key), out);
}

bool client_hex_of(const json_t *object, const char *key, uint8_t *out,
    size_t len)
{
	struct str s;

	return client_text_of(object, key, &s) && wire_unhex(s, out, len);
}

bool client_day_of(const json_t *object, const char *key, int32_t *out)
{
	struct civil_date date;
	struct str s;

	if (!client_text_of(object, key, &s) || !civil_parse_date(s, &date))
		return false;
	*out = civil_day(date);
	return true;
}

bool client_letter(const json_t *value, uint8_t *out)
{
	struct str s;

	*out = 0;
	if (!client_text(value, &s) || s.len > 1)
		return false;
	if (s.len == 1)
		*out = (uint8_t)(s.ptr[0] - 'A' + 1);
	return s.len == 0 || (s.ptr[0] >= 'A' && s.ptr[0] <= 'Z');
}

void client_printable(struct str s, char *out, size_t cap)
{
	size_t i;

	for (i = 0; i < s.len && i < cap - 1; i++)
		out[i] = s.ptr[i] >= ' ' && s.ptr[i] <= '~' ? s.ptr[i] : '?';
	out[i] = '\0';
}
