#include "bookings_read.h"

#include <sodium.h>
#include <string.h>

#include "hub_call.h"

enum { CODE_MIN = 4, COMPANIONS_MAX = 7 };

static const char *const status_words[] = {
    [BOOKING_UNSET] = "",
    [BOOKING_CONFIRMED] = "confirmed",
    [BOOKING_CANCELLED] = "cancelled",
    [BOOKING_RESCHEDULED] = "rescheduled",
    [BOOKING_BLOCKED] = "blocked",
    [BOOKING_REVOKED] = "revoked",
};

const char *bookings_status_word(unsigned status)
{
	return status < ARRAY_LEN(status_words) ? status_words[status] : "";
}

void bookings_refuse(struct booking_wish *w, const char *error,
    const char *field, const char *detail)
{
	w->error = error;
	w->field = field;
	w->detail = detail;
}

/* What is being read; each reader gives NULL or why not. A reader is called
 * with an empty text where an optional field is missing. */
struct reading {
	const struct secret_key *key;
	const json_t *o;
	struct booking_wish *out;
};

/* As it is written, without spaces and hyphens: a code is data, and offices
 * have codes of their own, so nothing is corrected here. */
static const char *read_code(struct reading *r, struct str v)
{
	char *text = r->out->code.text;
	size_t n = 0;

	for (size_t i = 0; i < v.len; i++) {
		char c = v.ptr[i];

		if (c == ' ' || c == '-')
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9'))
			return "not letters and digits";
		if (n == CODE_MAX)
			return "longer than 32 symbols";
		text[n++] = c;
	}
	if (n > 0 && n < CODE_MIN)
		return "shorter than 4 symbols";
	text[n] = '\0';
	r->out->drawn = n == 0;
	while (r->out->drawn) {
		uint64_t value;

		randombytes_buf(&value, sizeof(value));
		if (code_issue(value >> 19, &r->out->code))
			break;
	}
	r->out->b.hash = digest_code(r->key, &r->out->code);
	return NULL;
}

static const char *read_date(struct reading *r, struct str v)
{
	if (!hub_day_parse(v, &r->out->b.day))
		return "not a date like 2026-11-26";
	return NULL;
}

static const char *read_minute(struct str v, int16_t *out)
{
	int32_t minute;

	if (!civil_parse_minute(v, &minute))
		return "not a time like 09:00";
	*out = (int16_t)minute;
	return NULL;
}

static const char *read_start(struct reading *r, struct str v)
{
	return read_minute(v, &r->out->b.start_min);
}

/* Stands after read_start in the table. */
static const char *read_end(struct reading *r, struct str v)
{
	const char *why = read_minute(v, &r->out->b.end_min);

	if (why == NULL && r->out->b.end_min <= r->out->b.start_min)
		why = "not after start";
	return why;
}

static const char *read_class(struct reading *r, struct str v)
{
	if (v.len == 0 || str_is(v, "booked"))
		r->out->b.booking_class = CLASS_BOOKED;
	else if (str_is(v, "priority"))
		r->out->b.booking_class = CLASS_PRIORITY;
	else
		return "neither booked nor priority";
	return NULL;
}

static const char *read_name(struct reading *r, struct str v)
{
	if (v.len > BOOKINGS_NAME_MAX)
		return "longer than 127 bytes";
	digest_mask_name(v, r->out->b.masked_name);
	return NULL;
}

/* Stands after read_code and read_date. */
static const char *read_birth(struct reading *r, struct str v)
{
	struct civil_date birth;

	if (v.len == 0)
		return NULL;
	if (!civil_parse_date(v, &birth))
		return "not a date like 1990-01-31";
	if (civil_day(birth) > r->out->b.day)
		return "lies after the booking";
	r->out->b.birth = digest_birth(r->key, &r->out->b.hash, birth);
	return NULL;
}

static const char *read_permit(struct reading *r, struct str v)
{
	if (v.len > 0 && !hub_day_parse(v, &r->out->b.permit_expires_day))
		return "not a date like 2026-11-26";
	return NULL;
}

static const char *find_status(struct str v, uint8_t *out)
{
	for (unsigned i = BOOKING_CONFIRMED; i < ARRAY_LEN(status_words); i++)
		if (str_is(v, status_words[i])) {
			*out = (uint8_t)i;
			return NULL;
		}
	return "none of confirmed, cancelled, rescheduled, blocked, revoked";
}

static const char *read_status(struct reading *r, struct str v)
{
	r->out->b.status = BOOKING_CONFIRMED;
	return v.len == 0 ? NULL : find_status(v, &r->out->b.status);
}

static const struct field {
	const char *name;
	bool required;
	const char *(*read)(struct reading *r, struct str v);
} fields[] = {
    {"code", false, read_code},
    {"date", true, read_date},
    {"start", true, read_start},
    {"end", true, read_end},
    {"class", false, read_class},
    {"name", false, read_name},
    {"birth_date", false, read_birth},
    {"permit_expires", false, read_permit},
    {"status", false, read_status},
};

static const char *read_field(struct reading *r, const struct field *f)
{
	struct str v = str_from("");

	if (json_object_get(r->o, f->name) == NULL) {
		if (f->required)
			return "is missing";
	} else if (!hub_json_text(r->o, f->name, &v)) {
		return "not a text";
	}
	return f->read(r, v);
}

void bookings_read(const json_t *o, const struct secret_key *office_key,
    uint32_t office, struct booking_wish *out)
{
	struct reading r = {office_key, o, out};
	int64_t n = 0;
	const char *why;

	memset(out, 0, sizeof(*out));
	out->b.office = office;
	if (!json_is_object(o)) {
		bookings_refuse(out, "bad_request", "", "not an object");
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		why = read_field(&r, &fields[i]);
		if (why != NULL) {
			bookings_refuse(out, "bad_request", fields[i].name,
			    why);
			return;
		}
	}
	if (!hub_json_number(o, "service", 1, UINT8_MAX, &n))
		bookings_refuse(out, "bad_request", "service",
		    "not a number from 1 to 255");
	out->b.service = (uint8_t)n;
	n = 0;
	if (json_object_get(o, "companions") != NULL &&
	    !hub_json_number(o, "companions", 0, COMPANIONS_MAX, &n))
		bookings_refuse(out, "bad_request", "companions",
		    "not a number from 0 to 7");
	out->b.companions = (uint8_t)n;
}

static const char *change_one(const char *name, struct str v, struct booking *b)
{
	if (strcmp(name, "status") == 0)
		return find_status(v, &b->status);
	if (strcmp(name, "start") == 0)
		return read_minute(v, &b->start_min);
	if (strcmp(name, "end") == 0)
		return read_minute(v, &b->end_min);
	return hub_day_parse(v, &b->day) ? NULL : "not a date like 2026-11-26";
}

bool bookings_change(const json_t *o, struct booking *b, const char **field,
    const char **detail)
{
	static const char *const names[] = {"status", "date", "start", "end"};
	struct str v;
	bool any = false;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		*field = names[i];
		if (json_object_get(o, names[i]) == NULL)
			continue;
		any = true;
		*detail = hub_json_text(o, names[i], &v)
		    ? change_one(names[i], v, b)
		    : "not a text";
		if (*detail != NULL)
			return false;
	}
	*field = any ? "end" : "status";
	*detail = any ? "not after start"
		      : "neither status, date, start nor end is given";
	return any && b->start_min < b->end_min;
}
