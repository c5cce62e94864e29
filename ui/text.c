/*
 * Catalogues: GNU .mo files read whole (gettext manual, "The Format of GNU
 * MO Files"). libintl is not used: it knows one language a process at a
 * time, and here a visitor changes it at any moment.
 */
#include "ui.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MO_MAGIC = (int)0x950412de, MO_MAX_BYTES = 1 << 20 };

static char *file[LANGS];
static const char *translated[LANGS][MSGS];

/* MO header, in the machine's byte order: 0 magic, 8 count, 12 offset of the
 * table of originals, 16 of translations; a table entry is length, offset. */
static uint32_t word(const char *mo, size_t at)
{
	uint32_t v;

	memcpy(&v, mo + at, sizeof(v));
	return v;
}

/* The NUL-terminated string of a table's entry, NULL when out of bounds. */
static const char *entry(const char *mo, size_t len, uint32_t table, uint32_t i)
{
	size_t at = (size_t)table + 8 * (size_t)i, n, start;

	if (at + 8 > len)
		return NULL;
	n = word(mo, at);
	start = word(mo, at + 4);
	if (start > len || n >= len - start || mo[start + n] != '\0')
		return NULL;
	return mo + start;
}

/* A catalogue whose entries are all within its bytes. */
struct catalogue {
	const char *mo;
	size_t len;
	uint32_t count;
};

/* The originals are sorted (gettext manual); in a catalogue where they are
 * not, a text may not be found. NULL then. */
static const char *find(const struct catalogue *c, const char *source)
{
	uint32_t lo = 0, hi = c->count;

	while (lo < hi) {
		uint32_t at = lo + (hi - lo) / 2;
		int order = strcmp(source,
		    entry(c->mo, c->len, word(c->mo, 12), at));

		if (order == 0)
			return entry(c->mo, c->len, word(c->mo, 16), at);
		if (order < 0)
			hi = at;
		else
			lo = at + 1;
	}
	return NULL;
}

static void translate(enum lang lang, const struct catalogue *c)
{
	for (int id = MSG_NONE + 1; id < MSGS; id++) {
		const char *to = find(c, msg_source((enum msg_id)id));

		if (to != NULL && *to != '\0')
			translated[lang][id] = to;
	}
}

static int mo_read(enum lang lang, const char *mo, size_t len, const char *path,
    struct err *e)
{
	struct catalogue c = {mo, len, 0};

	if (len < 28 || word(mo, 0) != (uint32_t)MO_MAGIC)
		return err_set(e, -EINVAL, "ui: %s is no catalogue", path);
	c.count = word(mo, 8);
	for (uint32_t i = 0; i < c.count; i++) {
		if (entry(mo, len, word(mo, 12), i) == NULL ||
		    entry(mo, len, word(mo, 16), i) == NULL)
			return err_set(e, -EINVAL, "ui: %s is broken", path);
	}
	translate(lang, &c);
	return 0;
}

static int load(enum lang lang, const char *dir, const char *name,
    struct err *e)
{
	char path[512];
	FILE *in;
	size_t len;
	int r = 0;

	snprintf(path, sizeof(path), "%s/%s/LC_MESSAGES/karcis.mo", dir, name);
	in = fopen(path, "rb");
	if (in == NULL)
		return err_set(e, -errno, "ui: the catalogue %s cannot be read",
		    path);
	file[lang] = malloc(MO_MAX_BYTES);
	if (file[lang] == NULL) {
		r = err_set(e, -ENOMEM, "ui: out of memory");
		goto out;
	}
	len = fread(file[lang], 1, MO_MAX_BYTES, in);
	r = mo_read(lang, file[lang], len, path, e);
out:
	fclose(in);
	return r;
}

int text_init(const char *locale_dir, struct err *e)
{
	static const char *const name[LANGS] =
	    {[LANG_ID] = "id", [LANG_EN] = "en"};
	int r = 0;

	memset(translated, 0, sizeof(translated));
	for (int i = 0; i < LANGS; i++) {
		free(file[i]);
		file[i] = NULL;
	}
	for (int i = 0; i < LANGS && r == 0; i++)
		r = load((enum lang)i, locale_dir, name[i], e);
	return r;
}

const char *text_get(enum lang lang, enum msg_id id)
{
	if ((int)lang < LANGS && id > MSG_NONE && id < MSGS &&
	    translated[lang][id] != NULL)
		return translated[lang][id];
	return msg_source(id);
}

void text_date(enum lang lang, int32_t day, struct buf *out)
{
	struct civil_date date = civil_date(day);
	char d[4], y[8];
	struct str value[4];

	snprintf(d, sizeof(d), "%d", date.day % 100);
	snprintf(y, sizeof(y), "%d", date.year % 10000);
	value[0] = str_from(
	    text_get(lang, (enum msg_id)(MSG_MON + (int)civil_weekday(day))));
	value[1] = str_from(d);
	value[2] = str_from(
	    text_get(lang, (enum msg_id)(MSG_JAN + date.month - 1)));
	value[3] = str_from(y);
	msg_fill(out, str_from(text_get(lang, MSG_DATE_LONG)), value, 4);
}

void text_minute(int32_t minute, struct buf *out)
{
	buf_fmt(out, "%02d.%02d", (int)minute / 60, (int)minute % 60);
}
