#include "csv.h"

#include <string.h>

enum { FIELDS_MAX = 32, COMPANIONS_MAX = 7 };

static const char *const titles[CSV_COLUMNS] = {
    [CSV_CODE] = "code",
    [CSV_SERVICE] = "service",
    [CSV_DATE] = "date",
    [CSV_START] = "start",
    [CSV_END] = "end",
    [CSV_OFFICE] = "office",
    [CSV_CLASS] = "class",
    [CSV_NAME] = "name",
    [CSV_BIRTH_DATE] = "birth_date",
    [CSV_CONTACT] = "contact",
    [CSV_DOCUMENT] = "document",
    [CSV_PERMIT_EXPIRES] = "permit_expires",
    [CSV_COMPANIONS] = "companions",
    [CSV_STATUS] = "status",
};

struct fields {
	char text[CSV_LINE_MAX]; /* unquoted, one after the other */
	struct str item[FIELDS_MAX];
	size_t count;
};

static struct str strip_end(struct str s)
{
	if (s.len > 0 && s.ptr[s.len - 1] == '\n')
		s.len--;
	if (s.len > 0 && s.ptr[s.len - 1] == '\r')
		s.len--;
	return s;
}

/* Copies one field from line[*at..] to text[*used..] and leaves *at behind
 * it, at a comma or the end; false: a quote that is not RFC 4180's. */
static bool take_field(struct str line, size_t *at, struct fields *f,
    size_t *used)
{
	size_t i = *at;

	if (i == line.len || line.ptr[i] != '"') {
		for (; i < line.len && line.ptr[i] != ','; i++) {
			if (line.ptr[i] == '"')
				return false;
			f->text[(*used)++] = line.ptr[i];
		}
		*at = i;
		return true;
	}
	for (i++; i < line.len; i++) {
		if (line.ptr[i] == '"') {
			if (i + 1 == line.len || line.ptr[i + 1] != '"')
				break;
			i++;
		}
		f->text[(*used)++] = line.ptr[i];
	}
	if (i == line.len)
		return false;
	*at = i + 1;
	return *at == line.len || line.ptr[*at] == ',';
}

/* NULL, or why the line is none. A field takes no more room in text than in
 * the line, so text never overflows. */
static const char *split(struct str line, struct fields *f)
{
	size_t at = 0, used = 0;

	f->count = 0;
	for (;;) {
		size_t from = used;

		if (f->count == FIELDS_MAX)
			return "more than 32 fields";
		if (!take_field(line, &at, f, &used))
			return "a quote that is not closed or not alone";
		f->item[f->count++] = str_trim(
		    str_of(f->text + from, used - from));
		if (at == line.len)
			return NULL;
		at++;
	}
}

static const char *check_line(struct str line)
{
	if (line.len > CSV_LINE_MAX)
		return "line is longer than 4096 bytes";
	if (line.len > 0 && memchr(line.ptr, '\0', line.len))
		return "line holds a NUL byte";
	if (!str_is_utf8(line))
		return "line is not UTF-8";
	return NULL;
}

static enum csv_result refuse(struct buf *reason, enum csv_column column,
    const char *why)
{
	buf_fmt(reason, "%s: %s", titles[column], why);
	return CSV_REFUSED;
}

static enum csv_result refuse_line(struct buf *reason, const char *why)
{
	buf_text(reason, why);
	return CSV_REFUSED;
}

static enum csv_column find_column(struct str title)
{
	unsigned i = 0;

	while (i < CSV_COLUMNS && !str_is(title, titles[i]))
		i++;
	return (enum csv_column)i;
}

static enum csv_result place_columns(const struct fields *f,
    struct csv_layout *out, struct buf *reason)
{
	for (size_t i = 0; i < f->count; i++) {
		enum csv_column c = find_column(f->item[i]);

		if (c == CSV_COLUMNS) {
			buf_fmt(reason, "header: field %zu is no known column",
			    i + 1);
			return CSV_REFUSED;
		}
		if (out->at[c] >= 0)
			return refuse(reason, c, "column is there twice");
		out->at[c] = (int8_t)i;
	}
	for (unsigned c = CSV_CODE; c <= CSV_END; c++)
		if (out->at[c] < 0)
			return refuse(reason, (enum csv_column)c,
			    "column is missing");
	out->fields = (uint8_t)f->count;
	return CSV_OK;
}

enum csv_result csv_header(struct str line, struct csv_layout *out,
    struct buf *reason)
{
	struct fields f;
	struct str s = strip_end(line);
	const char *why;

	memset(out, 0, sizeof(*out));
	memset(out->at, -1, sizeof(out->at));
	if (s.len >= 3 && str_is(str_cut(s, 0, 3), "\xEF\xBB\xBF"))
		s = str_cut(s, 3, s.len);
	if (s.len == 0)
		return refuse_line(reason, "header: is missing");
	why = check_line(s);
	if (why == NULL)
		why = split(s, &f);
	if (why != NULL)
		return refuse_line(reason, why);
	return place_columns(&f, out, reason);
}

/* What a line is being made of. */
struct reading {
	const struct csv_layout *layout;
	const struct csv_context *context;
	struct fields f;
	struct csv_booking *out;
};

/* Empty where the file lacks the column. */
static struct str field(const struct reading *r, enum csv_column c)
{
	int at = r->layout->at[c];

	return at < 0 ? str_from("") : r->f.item[at];
}

static const char *read_code(struct reading *r, struct str v)
{
	switch (code_parse(r->context->code, v, &r->out->code)) {
	case CODE_OK:
		return NULL;
	case CODE_BAD_CHECK:
		return "the check symbol does not fit";
	case CODE_UNSET:
	case CODE_BAD_FORM:
		return "not a code of this office";
	}
	return "not a code of this office";
}

static const char *read_service(struct reading *r, struct str v)
{
	const struct service *s = service_find_name(r->context->services, v);

	if (s == NULL)
		return "not in the services file";
	r->out->service = s->id;
	return NULL;
}

static const char *read_day(struct str v, int32_t *out)
{
	struct civil_date date;

	if (!civil_parse_date(v, &date))
		return "not a date like 2026-11-24";
	*out = civil_day(date);
	return NULL;
}

static const char *read_date(struct reading *r, struct str v)
{
	return read_day(v, &r->out->day);
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
	return read_minute(v, &r->out->start_min);
}

/* Stands after read_start in the table, so the start is there. */
static const char *read_end(struct reading *r, struct str v)
{
	const char *why = read_minute(v, &r->out->end_min);

	if (why == NULL && r->out->end_min <= r->out->start_min)
		why = "not after start";
	return why;
}

static const char *read_office(struct reading *r, struct str v)
{
	int64_t n = r->context->office;

	if (v.len > 0 && !str_number(v, 1, UINT32_MAX, &n))
		return "not a number from 1 to 4294967295";
	r->out->office = (uint32_t)n;
	return NULL;
}

static const char *read_class(struct reading *r, struct str v)
{
	if (v.len == 0 || str_is(v, "booked"))
		r->out->booking_class = CLASS_BOOKED;
	else if (str_is(v, "priority"))
		r->out->booking_class = CLASS_PRIORITY;
	else
		return "must be booked or priority";
	return NULL;
}

static const char *read_name(struct reading *r, struct str v)
{
	if (!str_copy(r->out->name, sizeof(r->out->name), v))
		return "longer than 127 bytes";
	return NULL;
}

static const char *read_birth(struct reading *r, struct str v)
{
	if (v.len == 0)
		return NULL;
	if (!civil_parse_date(v, &r->out->birth))
		return "not a date like 1990-01-31";
	if (civil_day(r->out->birth) > r->out->day)
		return "lies after the booking";
	r->out->has_birth = true;
	return NULL;
}

static const char *read_permit(struct reading *r, struct str v)
{
	return v.len == 0 ? NULL : read_day(v, &r->out->permit_expires_day);
}

static const char *read_companions(struct reading *r, struct str v)
{
	int64_t n = 0;

	if (v.len > 0 && !str_number(v, 0, COMPANIONS_MAX, &n))
		return "not a number from 0 to 7";
	r->out->companions = (uint8_t)n;
	return NULL;
}

static const char *read_status(struct reading *r, struct str v)
{
	static const struct {
		const char *word;
		enum booking_status status;
	} words[] = {
	    {"", BOOKING_CONFIRMED},
	    {"confirmed", BOOKING_CONFIRMED},
	    {"cancelled", BOOKING_CANCELLED},
	    {"rescheduled", BOOKING_RESCHEDULED},
	    {"blocked", BOOKING_BLOCKED},
	    {"revoked", BOOKING_REVOKED},
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_is(v, words[i].word)) {
			r->out->status = words[i].status;
			return NULL;
		}
	return "must be confirmed, cancelled, rescheduled, blocked or revoked";
}

/* Contact and document are of no use to a terminal and go no further. */
static const struct {
	enum csv_column column;
	const char *(*read)(struct reading *r, struct str v);
} readers[] = {
    {CSV_CODE, read_code},
    {CSV_SERVICE, read_service},
    {CSV_DATE, read_date},
    {CSV_START, read_start},
    {CSV_END, read_end},
    {CSV_OFFICE, read_office},
    {CSV_CLASS, read_class},
    {CSV_NAME, read_name},
    {CSV_BIRTH_DATE, read_birth},
    {CSV_PERMIT_EXPIRES, read_permit},
    {CSV_COMPANIONS, read_companions},
    {CSV_STATUS, read_status},
};

enum csv_result csv_row(const struct csv_layout *layout,
    const struct csv_context *context, struct str line, struct csv_booking *out,
    struct buf *reason)
{
	struct reading r;
	struct str s = strip_end(line);
	const char *why = check_line(s);

	r.layout = layout;
	r.context = context;
	r.out = out;
	memset(out, 0, sizeof(*out));
	if (why == NULL && str_trim(s).len == 0)
		return CSV_BLANK;
	if (why == NULL)
		why = split(s, &r.f);
	if (why != NULL)
		return refuse_line(reason, why);
	if (r.f.count != layout->fields) {
		buf_fmt(reason, "line has %zu fields, the header %u", r.f.count,
		    (unsigned)layout->fields);
		return CSV_REFUSED;
	}
	for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
		why = readers[i].read(&r, field(&r, readers[i].column));
		if (why != NULL)
			return refuse(reason, readers[i].column, why);
	}
	return CSV_OK;
}

struct booking csv_to_booking(const struct csv_booking *row,
    const struct secret_key *office_key, bool mask)
{
	struct booking b = {
	    .hash = digest_code(office_key, &row->code),
	    .office = row->office,
	    .day = row->day,
	    .start_min = row->start_min,
	    .end_min = row->end_min,
	    .service = row->service,
	    .booking_class = (uint8_t)row->booking_class,
	    .status = (uint8_t)row->status,
	    .companions = row->companions,
	    .permit_expires_day = row->permit_expires_day,
	};

	if (row->has_birth)
		b.birth = digest_birth(office_key, &b.hash, row->birth);
	if (mask)
		digest_mask_name(str_from(row->name), b.masked_name);
	return b;
}
