/* What a path says behind its question mark, and days as text. */
#include "hub_call.h"

/* 1 = there, 0 = not, -1 = there twice. Nothing is percent-encoded in what
 * the protocol knows. */
static int find(struct str query, const char *name, struct str *out)
{
	struct str part, key;
	int found = 0;

	*out = str_from("");
	while (str_split(&query, '&', &part)) {
		struct str value = part;

		if (!str_split(&value, '=', &key) || !str_is(key, name) ||
		    value.ptr == NULL)
			continue;
		if (found++ > 0)
			return -1;
		*out = value;
	}
	return found;
}

bool hub_query_text(struct str query, const char *name, struct str *out)
{
	return find(query, name, out) == 1;
}

bool hub_query_number(struct str query, const char *name, int64_t lo,
    int64_t hi, int64_t missing, int64_t *out)
{
	struct str value;
	int found = find(query, name, &value);

	*out = missing;
	if (found == 0)
		return missing >= lo && missing <= hi;
	return found == 1 && str_number(value, lo, hi, out);
}

bool hub_day_parse(struct str text, int32_t *out)
{
	struct civil_date date;

	*out = 0;
	if (!civil_parse_date(text, &date))
		return false;
	*out = civil_day(date);
	return *out >= 0;
}

bool hub_query_day(struct str query, const char *name, int32_t *out)
{
	struct str value;

	return hub_query_text(query, name, &value) && hub_day_parse(value, out);
}

void hub_text_day(struct hub_text *t, int32_t day)
{
	struct civil_date d = civil_date(day);

	hub_text_fmt(t, "\"%04d-%02d-%02d\"", d.year, d.month, d.day);
}
