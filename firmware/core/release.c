#include "release.h"

#include <errno.h>
#include <string.h>

static bool parse_part(struct str text, uint32_t *out)
{
	int64_t n;

	if (text.len > 1 && text.ptr[0] == '0')
		return false;
	if (!str_number(text, 0, RELEASE_PART_MAX, &n))
		return false;
	*out = (uint32_t)n;
	return true;
}

bool release_version_parse(struct str text, struct release_version *out)
{
	uint32_t n[3] = {0};
	struct str part;
	size_t i = 0;

	memset(out, 0, sizeof(*out));
	while (str_split(&text, '.', &part))
		if (i == ARRAY_LEN(n) || !parse_part(part, &n[i++]))
			return false;
	if (i != ARRAY_LEN(n) || (n[0] | n[1] | n[2]) == 0)
		return false;
	*out = (struct release_version){n[0], n[1], n[2]};
	return true;
}

static int order(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

int release_version_compare(struct release_version a, struct release_version b)
{
	int r = order(a.major, b.major);

	if (r == 0)
		r = order(a.minor, b.minor);
	return r != 0 ? r : order(a.patch, b.patch);
}

bool release_version_is_set(struct release_version v)
{
	return (v.major | v.minor | v.patch) != 0;
}

const char *release_version_text(struct release_version v,
    char text[RELEASE_VERSION_TEXT])
{
	struct buf b;

	buf_init(&b, text, RELEASE_VERSION_TEXT);
	if (release_version_is_set(v))
		buf_fmt(&b, "%u.%u.%u", v.major, v.minor, v.patch);
	return buf_cstr(&b);
}

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.ptr[i] >= 'a' && s.ptr[i] <= 'z') ||
			(s.ptr[i] >= '0' && s.ptr[i] <= '9') ||
			s.ptr[i] == '.' || s.ptr[i] == '_' || s.ptr[i] == '-'))
			return false;
	return s.len > 0;
}

static bool set_product(struct release *r, struct str v)
{
	return is_name(v) && str_copy(r->product, sizeof(r->product), v);
}

static bool set_compatible(struct release *r, struct str v)
{
	return is_name(v) && str_copy(r->compatible, sizeof(r->compatible), v);
}

static bool set_version(struct release *r, struct str v)
{
	return release_version_parse(v, &r->version);
}

static bool set_security(struct release *r, struct str v)
{
	int64_t n;

	if (!str_number(v, 1, INT32_MAX, &n))
		return false;
	r->security = (uint32_t)n;
	return true;
}

static bool set_built(struct release *r, struct str v)
{
	/* 9999-12-31T23:59:59Z */
	return str_number(v, 1, INT64_C(253402300799), &r->built_s);
}

static const struct {
	const char *key;
	bool (*set)(struct release *r, struct str v);
} KEYS[] = {
    {"product", set_product},
    {"compatible", set_compatible},
    {"version", set_version},
    {"security", set_security},
    {"built", set_built},
};

/* One line; *seen has a bit for each row of KEYS. NULL, or why not. */
static const char *parse_line(struct release *r, struct str line,
    unsigned *seen)
{
	struct str key;

	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		return "has a carriage return";
	if (line.len == 0 || line.ptr[0] == '#')
		return NULL;
	if (!str_split(&line, ' ', &key) || line.ptr == NULL)
		return "is no key and value";
	for (size_t i = 0; i < ARRAY_LEN(KEYS); i++) {
		if (!str_is(key, KEYS[i].key))
			continue;
		if ((*seen & 1U << i) != 0)
			return "repeats its key";
		*seen |= 1U << i;
		return KEYS[i].set(r, line) ? NULL : "has a bad value";
	}
	return NULL;
}

int release_parse(struct str text, struct release *out, struct err *e)
{
	unsigned seen = 0, n = 0;
	const char *bad = NULL;
	struct str line;

	memset(out, 0, sizeof(*out));
	if (text.len > RELEASE_BYTES_MAX || !str_is_utf8(text))
		bad = "is too long or no text";
	while (bad == NULL && str_split(&text, '\n', &line)) {
		n++;
		bad = parse_line(out, line, &seen);
	}
	if (bad == NULL && seen == (1U << ARRAY_LEN(KEYS)) - 1)
		return 0;
	memset(out, 0, sizeof(*out));
	if (bad != NULL)
		return err_set(e, -EINVAL, "release: line %u %s", n, bad);
	return err_set(e, -EINVAL, "release: a key is missing");
}

void release_write(const struct release *r, struct buf *out)
{
	char version[RELEASE_VERSION_TEXT];

	buf_fmt(out,
	    "product %s\ncompatible %s\nversion %s\nsecurity %u\nbuilt %lld\n",
	    r->product, r->compatible,
	    release_version_text(r->version, version), r->security,
	    (long long)r->built_s);
}
