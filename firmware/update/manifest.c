#include "manifest.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "firmware/core/ini.h"

/* The reading: which rows were seen, and what failed first. */
struct reading {
	struct manifest *m;
	unsigned seen; /* bit = row of KEYS */
	enum update_refusal why;
	const char *bad; /* NULL = nothing yet */
};

static bool is_compatible(struct reading *r, struct str v)
{
	return v.len > 0 &&
	    str_copy(r->m->compatible, sizeof(r->m->compatible), v);
}

static bool is_version(struct reading *r, struct str v)
{
	return release_version_parse(v, &r->m->version);
}

static bool is_build(struct reading *r, struct str v)
{
	struct str word;
	int64_t n;

	if (!str_split(&v, ' ', &word) || !str_is(word, "security") ||
	    v.ptr == NULL || !str_number(v, 1, INT32_MAX, &n))
		return false;
	r->m->security = (uint32_t)n;
	return true;
}

static bool is_anything(struct reading *r, struct str v)
{
	(void)r;
	(void)v;
	return true;
}

static bool is_format(struct reading *r, struct str v)
{
	if (!str_is(v, "verity"))
		r->why = UPDATE_NOT_A_BUNDLE;
	return r->why != UPDATE_NOT_A_BUNDLE;
}

/* 32 bytes, lower case. */
static bool read_hash(struct str v, uint8_t out[32])
{
	size_t len = 0;

	return v.len == 64 &&
	    sodium_hex2bin(out, 32, v.ptr, v.len, NULL, &len, NULL) == 0 &&
	    len == 32;
}

static bool is_hash(struct reading *r, struct str v)
{
	uint8_t room[32];

	(void)r;
	return read_hash(v, room);
}

static bool is_verity_size(struct reading *r, struct str v)
{
	return str_number(v, 4096, UPDATE_BUNDLE_MAX, &r->m->verity_bytes) &&
	    r->m->verity_bytes % 4096 == 0;
}

static bool is_sha256(struct reading *r, struct str v)
{
	return read_hash(v, r->m->sha256);
}

static bool is_size(struct reading *r, struct str v)
{
	return str_number(v, 1, UPDATE_BUNDLE_MAX, &r->m->image_bytes);
}

static bool is_filename(struct reading *r, struct str v)
{
	(void)r;
	return str_is(v, MANIFEST_IMAGE);
}

static const struct {
	const char *section, *key;
	bool (*take)(struct reading *r, struct str v);
	bool optional;
} KEYS[] = {
    {"update", "compatible", is_compatible, false},
    {"update", "version", is_version, false},
    {"update", "build", is_build, true},
    {"update", "description", is_anything, true},
    {"bundle", "format", is_format, false},
    {"bundle", "verity-hash", is_hash, false},
    {"bundle", "verity-salt", is_hash, false},
    {"bundle", "verity-size", is_verity_size, false},
    {"image.rootfs", "sha256", is_sha256, false},
    {"image.rootfs", "size", is_size, false},
    {"image.rootfs", "filename", is_filename, false},
};

static void take_key(struct reading *r, struct str section,
    const struct ini_line *line)
{
	for (size_t i = 0; i < ARRAY_LEN(KEYS); i++) {
		if (!str_is(section, KEYS[i].section) ||
		    !str_is(line->name, KEYS[i].key))
			continue;
		if ((r->seen & 1U << i) != 0)
			r->bad = "a key stands twice";
		else if (!KEYS[i].take(r, line->value))
			r->bad = "a value is not one of ours";
		r->seen |= 1U << i;
		return;
	}
	r->bad = "it asks for more than an image";
}

static bool is_section(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(KEYS); i++)
		if (str_is(name, KEYS[i].section))
			return true;
	return false;
}

static void read_lines(struct reading *r, struct str text)
{
	struct str part, section = str_from("");

	while (r->bad == NULL && str_split(&text, '\n', &part)) {
		struct ini_line line = ini_parse(part);

		switch (line.kind) {
		case INI_BLANK:
			break;
		case INI_SECTION:
			section = line.name;
			if (!is_section(section))
				r->bad = "it asks for more than an image";
			break;
		case INI_KEY:
			take_key(r, section, &line);
			break;
		case INI_UNSET:
		case INI_BAD:
			r->bad = "a line cannot be read";
			break;
		}
	}
}

/* A format that is not named is RAUC's plain one. */
static void check_all(struct reading *r)
{
	for (size_t i = 0; i < ARRAY_LEN(KEYS) && r->bad == NULL; i++) {
		if (KEYS[i].optional || (r->seen & 1U << i) != 0)
			continue;
		r->bad = "a key is missing";
		if (strcmp(KEYS[i].section, "bundle") == 0)
			r->why = UPDATE_NOT_A_BUNDLE;
	}
}

int manifest_parse(struct str text, struct manifest *out,
    enum update_refusal *why, struct err *e)
{
	struct reading r = {.m = out, .why = UPDATE_BAD_RELEASE};

	memset(out, 0, sizeof(*out));
	if (text.len > MANIFEST_BYTES || !str_is_utf8(text))
		r.bad = "it is no text, or too long";
	else
		read_lines(&r, text);
	check_all(&r);
	if (r.bad == NULL)
		return 0;
	memset(out, 0, sizeof(*out));
	*why = r.why;
	return err_set(e, -EBADMSG, "update: the manifest: %s", r.bad);
}
