#include "update_wire.h"

#include <string.h>

/* ---- values ---- */

/* What a field may be at most. */
#define SECONDS_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define BYTES_MAX   (INT64_C(1) << 50)

static bool named(struct str v, const char *(*name)(unsigned), unsigned n,
    unsigned *out)
{
	for (unsigned i = 0; i < n; i++) {
		if (str_is(v, name(i))) {
			*out = i;
			return true;
		}
	}
	return false;
}

static const char *phase_name(unsigned i)
{
	return update_phase_name((enum update_phase)i);
}

static const char *refusal_name(unsigned i)
{
	return update_refusal_name((enum update_refusal)i);
}

static const char *outcome_name(unsigned i)
{
	return update_outcome_name((enum update_outcome)i);
}

static const char *files_name(unsigned i)
{
	return update_files_name((enum update_files)i);
}

static const char *request_name(unsigned i)
{
	return update_request_name((enum update_request_kind)i);
}

/* ---- requests ---- */

static bool has_number(enum update_request_kind k)
{
	return k == UPDATE_ASK_LOGGED || k == UPDATE_ASK_CLOCK;
}

void update_request_write(const struct update_request *r, struct buf *out)
{
	const char *name = update_request_name(r->kind);

	buf_text(out, name != NULL ? name : "unset");
	if (r->kind == UPDATE_ASK_LOGGED)
		buf_fmt(out, " %u", r->id);
	else if (r->kind == UPDATE_ASK_CLOCK)
		buf_fmt(out, " %lld", (long long)r->clock_s);
	buf_byte(out, '\n');
}

static bool parse_request(struct str text, struct update_request *out)
{
	struct str name;
	unsigned kind;
	int64_t n = 0;

	if (text.len < 2 || text.ptr[text.len - 1] != '\n')
		return false;
	text.len--;
	if (!str_split(&text, ' ', &name) ||
	    !named(name, request_name, UPDATE_REQUESTS, &kind))
		return false;
	out->kind = (enum update_request_kind)kind;
	if (!has_number(out->kind))
		return out->kind != UPDATE_ASK_UNSET && text.ptr == NULL;
	if (text.ptr == NULL ||
	    !str_number(text, 0,
		out->kind == UPDATE_ASK_LOGGED ? UINT32_MAX : SECONDS_MAX, &n))
		return false;
	if (out->kind == UPDATE_ASK_LOGGED)
		out->id = (uint32_t)n;
	else
		out->clock_s = n;
	return true;
}

bool update_request_parse(struct str text, struct update_request *out)
{
	memset(out, 0, sizeof(*out));
	if (parse_request(text, out))
		return true;
	memset(out, 0, sizeof(*out));
	return false;
}

/* ---- reports: a table of fields ---- */

enum field_kind {
	FIELD_UNSET = 0,
	FIELD_ENUM,
	FIELD_I64,
	FIELD_U32,
	FIELD_BOOL,
	FIELD_VERSION,
	FIELD_TEXT
};

struct field {
	const char *key;
	enum field_kind kind;
	size_t at, size;
	const char *(*name)(unsigned); /* ENUM */
	unsigned names;
	int64_t max; /* I64 */
};

#define AT(member)   offsetof(struct update_report, member)
#define SIZE(member) sizeof(((struct update_report *)NULL)->member)

/* The enums are four bytes, as gcc and clang make them. */
static const struct field FIELDS[] = {
    {"phase", FIELD_ENUM, AT(phase), 4, phase_name, UPDATE_PHASES, 0},
    {"refusal", FIELD_ENUM, AT(refusal), 4, refusal_name, UPDATE_REFUSALS, 0},
    {"done", FIELD_I64, AT(done_bytes), 8, NULL, 0, BYTES_MAX},
    {"total", FIELD_I64, AT(total_bytes), 8, NULL, 0, BYTES_MAX},
    {"from", FIELD_VERSION, AT(from), 0, NULL, 0, 0},
    {"to", FIELD_VERSION, AT(to), 0, NULL, 0, 0},
    {"security", FIELD_U32, AT(security), 4, NULL, 0, 0},
    {"floor", FIELD_U32, AT(floor), 4, NULL, 0, 0},
    {"signer", FIELD_TEXT, AT(signer), SIZE(signer), NULL, 0, 0},
    {"signed", FIELD_I64, AT(signed_s), 8, NULL, 0, SECONDS_MAX},
    {"slot", FIELD_TEXT, AT(slot), SIZE(slot), NULL, 0, 0},
    {"trial", FIELD_BOOL, AT(trial), 0, NULL, 0, 0},
    {"outcome", FIELD_ENUM, AT(outcome), 4, outcome_name, UPDATE_RETURNED + 1,
	0},
    {"outcome-id", FIELD_U32, AT(outcome_id), 4, NULL, 0, 0},
    {"outcome-from", FIELD_VERSION, AT(outcome_from), 0, NULL, 0, 0},
    {"outcome-to", FIELD_VERSION, AT(outcome_to), 0, NULL, 0, 0},
    {"outcome-time", FIELD_I64, AT(outcome_s), 8, NULL, 0, SECONDS_MAX},
    {"stick", FIELD_BOOL, AT(stick), 0, NULL, 0, 0},
    {"storage", FIELD_BOOL, AT(storage), 0, NULL, 0, 0},
    {"device", FIELD_TEXT, AT(refused_device), SIZE(refused_device), NULL, 0,
	0},
    {"files", FIELD_ENUM, AT(files), 4, files_name, UPDATE_FILES_STATES, 0},
    {"files-refusal", FIELD_ENUM, AT(files_refusal), 4, refusal_name,
	UPDATE_REFUSALS, 0},
    {"file-count", FIELD_U32, AT(file_count), 4, NULL, 0, 0},
    {"detail", FIELD_TEXT, AT(detail), SIZE(detail), NULL, 0, 0},
};

_Static_assert(sizeof(enum update_phase) == 4, "enum of four bytes");

static uint32_t get_u32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* What cannot stand in a line is a '?'. */
static void put_text(struct buf *out, const char *text, size_t size)
{
	struct str s = str_of(text, strnlen(text, size));
	bool good = str_is_utf8(s);

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		buf_byte(out,
		    c < 0x20 || c == 0x7f || (c >= 0x80 && !good) ? '?' : c);
	}
}

static void put_field(struct buf *out, const struct field *f,
    const struct update_report *r)
{
	const char *p = (const char *)r + f->at;
	char text[RELEASE_VERSION_TEXT];
	struct release_version version;
	const char *name;
	int64_t number;
	bool set;

	switch (f->kind) {
	case FIELD_ENUM:
		name = f->name(get_u32(p));
		buf_text(out, name != NULL ? name : f->name(0));
		return;
	case FIELD_I64:
		memcpy(&number, p, sizeof(number));
		buf_fmt(out, "%lld", (long long)(number < 0 ? 0 : number));
		return;
	case FIELD_U32:
		buf_fmt(out, "%u", get_u32(p));
		return;
	case FIELD_BOOL:
		memcpy(&set, p, sizeof(set));
		buf_text(out, set ? "yes" : "no");
		return;
	case FIELD_VERSION:
		memcpy(&version, p, sizeof(version));
		buf_text(out, release_version_text(version, text));
		return;
	case FIELD_TEXT:
		put_text(out, p, f->size);
		return;
	case FIELD_UNSET:
		return;
	}
}

void update_report_write(const struct update_report *r, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(FIELDS); i++) {
		buf_text(out, FIELDS[i].key);
		buf_byte(out, ' ');
		put_field(out, &FIELDS[i], r);
		buf_byte(out, '\n');
	}
}

static bool is_line_text(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
			return false;
	return str_is_utf8(s);
}

static bool parse_bool(struct str v, void *p)
{
	bool set = str_is(v, "yes");

	memcpy(p, &set, sizeof(set));
	return set || str_is(v, "no");
}

static bool parse_version(struct str v, void *p)
{
	struct release_version version = {0};
	bool good = v.len == 0 || release_version_parse(v, &version);

	memcpy(p, &version, sizeof(version));
	return good;
}

static bool parse_field(const struct field *f, struct str v,
    struct update_report *r)
{
	char *p = (char *)r + f->at;
	unsigned which = 0;
	int64_t n = 0;
	uint32_t small;

	switch (f->kind) {
	case FIELD_ENUM:
		if (!named(v, f->name, f->names, &which))
			return false;
		small = which;
		memcpy(p, &small, sizeof(small));
		return true;
	case FIELD_I64:
		if (!str_number(v, 0, f->max, &n))
			return false;
		memcpy(p, &n, sizeof(n));
		return true;
	case FIELD_U32:
		if (!str_number(v, 0, UINT32_MAX, &n))
			return false;
		small = (uint32_t)n;
		memcpy(p, &small, sizeof(small));
		return true;
	case FIELD_BOOL:
		return parse_bool(v, p);
	case FIELD_VERSION:
		return parse_version(v, p);
	case FIELD_TEXT:
		return is_line_text(v) && str_copy(p, f->size, v);
	case FIELD_UNSET:
		return false;
	}
	return false;
}

static bool parse_report(struct str text, struct update_report *out)
{
	struct str line, key;

	if (text.len == 0 || text.len > UPDATE_REPORT_BYTES ||
	    text.ptr[text.len - 1] != '\n')
		return false;
	text.len--;
	for (size_t i = 0; i < ARRAY_LEN(FIELDS); i++) {
		if (!str_split(&text, '\n', &line) ||
		    !str_split(&line, ' ', &key) || line.ptr == NULL)
			return false;
		if (!str_is(key, FIELDS[i].key) ||
		    !parse_field(&FIELDS[i], line, out))
			return false;
	}
	return text.ptr == NULL;
}

bool update_report_parse(struct str text, struct update_report *out)
{
	memset(out, 0, sizeof(*out));
	if (parse_report(text, out))
		return true;
	memset(out, 0, sizeof(*out));
	return false;
}
