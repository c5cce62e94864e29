#include "record.h"

#include <errno.h>
#include <string.h>

#include "keep.h"

static const char NAME[] = "record";

static const char *const STAGES[RECORD_STAGES] = {
    [RECORD_NONE] = "none",
    [RECORD_ACTIVATING] = "activating",
    [RECORD_ACTIVATED] = "activated",
    [RECORD_INSTALLED] = "installed",
    [RECORD_RETURNED] = "returned",
};

enum record_story record_story(const struct record *r, const char *boot,
    const char *running, bool other_first)
{
	if (r->stage != RECORD_ACTIVATING && r->stage != RECORD_ACTIVATED)
		return STORY_NOTHING;
	if (strcmp(running, r->to_slot) == 0)
		return strcmp(r->boot, boot) == 0 ? STORY_UNSET : STORY_TRIAL;
	if (strcmp(running, r->from_slot) != 0)
		return STORY_UNSET;
	if (strcmp(r->boot, boot) == 0)
		return other_first ? STORY_READY : STORY_DROPPED;
	/* Power failed before the loader's order was changed. */
	if (r->stage == RECORD_ACTIVATING && !other_first)
		return STORY_DROPPED;
	return STORY_RETURNED;
}

static bool set_stage(struct record *r, struct str v)
{
	for (unsigned i = 0; i < RECORD_STAGES; i++) {
		if (str_is(v, STAGES[i])) {
			r->stage = (enum record_stage)i;
			return true;
		}
	}
	return false;
}

static bool set_version(struct str v, struct release_version *out)
{
	return v.len == 0 || release_version_parse(v, out);
}

static bool set_id(struct record *r, struct str v)
{
	int64_t n;
	bool good = str_number(v, 0, UINT32_MAX, &n);

	r->id = good ? (uint32_t)n : 0;
	return good;
}

static bool set_from(struct record *r, struct str v)
{
	return set_version(v, &r->from);
}

static bool set_to(struct record *r, struct str v)
{
	return set_version(v, &r->to);
}

static bool set_from_slot(struct record *r, struct str v)
{
	return str_copy(r->from_slot, sizeof(r->from_slot), v);
}

static bool set_to_slot(struct record *r, struct str v)
{
	return str_copy(r->to_slot, sizeof(r->to_slot), v);
}

static bool set_boot(struct record *r, struct str v)
{
	return str_copy(r->boot, sizeof(r->boot), v);
}

static bool set_time(struct record *r, struct str v)
{
	return str_number(v, 0, INT64_C(253402300799), &r->time_s);
}

static const struct {
	const char *key;
	bool (*set)(struct record *r, struct str v);
	bool required;
} KEYS[] = {
    {"id", set_id, true},
    {"stage", set_stage, true},
    {"from", set_from, false},
    {"to", set_to, false},
    {"from-slot", set_from_slot, false},
    {"to-slot", set_to_slot, false},
    {"boot", set_boot, false},
    {"time", set_time, false},
};

/* A key that is not known is of a later release, which was left again. */
static bool set(struct record *r, struct str key, struct str v, unsigned *seen)
{
	for (size_t i = 0; i < ARRAY_LEN(KEYS); i++) {
		if (!str_is(key, KEYS[i].key))
			continue;
		*seen |= 1U << i;
		return KEYS[i].set(r, v);
	}
	return true;
}

static bool parse(struct str text, struct record *out)
{
	struct str line, key;
	unsigned seen = 0;

	while (str_split(&text, '\n', &line)) {
		if (line.len == 0)
			continue;
		if (!str_split(&line, ' ', &key) || line.ptr == NULL ||
		    !set(out, key, line, &seen))
			return false;
	}
	for (size_t i = 0; i < ARRAY_LEN(KEYS); i++)
		if (KEYS[i].required && (seen & 1U << i) == 0)
			return false;
	return true;
}

int record_load(const char *dir, struct record *out, struct err *e)
{
	char room[KEEP_BYTES];
	struct str text;
	int r;

	memset(out, 0, sizeof(*out));
	r = keep_read(dir, NAME, room, &text, e);
	if (r == -ENOENT)
		return 0;
	if (r < 0 || parse(text, out))
		return r;
	memset(out, 0, sizeof(*out));
	return err_set(e, -EINVAL, "update: %s/%s cannot be read", dir, NAME);
}

int record_save(const char *dir, const struct record *r, struct err *e)
{
	char room[512], from[RELEASE_VERSION_TEXT], to[RELEASE_VERSION_TEXT];
	struct buf b;

	buf_init(&b, room, sizeof(room));
	buf_fmt(&b, "id %u\nstage %s\nfrom %s\nto %s\n", r->id,
	    STAGES[r->stage], release_version_text(r->from, from),
	    release_version_text(r->to, to));
	buf_fmt(&b, "from-slot %s\nto-slot %s\nboot %s\ntime %lld\n",
	    r->from_slot, r->to_slot, r->boot, (long long)r->time_s);
	return keep_write(dir, NAME, buf_view(&b), e);
}
