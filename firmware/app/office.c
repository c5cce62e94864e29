#include "office.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "firmware/store/state.h"
#include "office_roster.h"

enum { PROBLEMS_BYTES = 16384, FILE_MAX = 1 << 20 };

typedef void (
    *line_fn)(void *to, struct str line, unsigned n, struct buf *problems);

/* Feeds a text file line by line; a NUL byte stays in its line. */
static int each_line(const char *path, line_fn fn, void *to,
    struct buf *problems, struct err *e)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	unsigned n = 0;
	int r = 0;

	if (f == NULL)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	while ((len = getline(&line, &cap, f)) >= 0 && n < FILE_MAX)
		fn(to, str_of(line, (size_t)len), ++n, problems);
	if (ferror(f))
		r = err_set(e, -EIO, "%s: %s", path, strerror(errno));
	free(line);
	if (fclose(f) != 0 && r == 0)
		r = err_set(e, -EIO, "%s: %s", path, strerror(errno));
	return r;
}

/* A file named in the configuration stands beside it unless absolute. */
static bool beside(const char *config, const char *name, char *out, size_t cap)
{
	const char *slash = strrchr(config, '/');
	struct buf b;

	buf_init(&b, out, cap - 1);
	if (name[0] != '/' && slash != NULL)
		buf_put(&b, config, (size_t)(slash - config) + 1);
	buf_text(&b, name);
	out[b.len] = '\0';
	return !b.full;
}

static void on_config_line(void *to, struct str line, unsigned n,
    struct buf *problems)
{
	config_line(to, line, n, problems);
}

static void on_services_line(void *to, struct str line, unsigned n,
    struct buf *problems)
{
	services_line(to, line, n, problems);
}

struct holidays_reader {
	struct config *config;
	const char *file;
	bool bad;
};

static void on_holiday_line(void *to, struct str line, unsigned n,
    struct buf *problems)
{
	struct holidays_reader *r = to;

	if (!config_holiday_line(r->config, r->file, line, n, problems))
		r->bad = true;
}

static int read_services(const char *path, struct office *o,
    struct buf *problems, struct err *e)
{
	struct services_reader reader;
	char file[512];
	int r;

	if (!beside(path, o->config.services_file, file, sizeof(file)))
		return err_set(e, -ENAMETOOLONG,
		    "%s: services.file: the path "
		    "is too long",
		    path);
	services_begin(&reader, &o->services, file);
	r = each_line(file, on_services_line, &reader, problems, e);
	if (r < 0)
		return r;
	return services_finish(&reader, problems) ? 0 : -EINVAL;
}

static int read_holidays(const char *path, struct office *o,
    struct buf *problems, struct err *e)
{
	char file[512];
	struct holidays_reader reader = {&o->config, file, false};
	int r;

	if (o->config.holidays_file[0] == '\0')
		return 0;
	if (!beside(path, o->config.holidays_file, file, sizeof(file)))
		return err_set(e, -ENAMETOOLONG,
		    "%s: hours.holidays: the path "
		    "is too long",
		    path);
	r = each_line(file, on_holiday_line, &reader, problems, e);
	if (r < 0)
		return r;
	return reader.bad ? -EINVAL : 0;
}

int office_services(const char *path, struct services *out, struct err *e)
{
	static char text[PROBLEMS_BYTES];
	struct services_reader reader;
	struct buf problems;
	int r;

	memset(out, 0, sizeof(*out));
	buf_init(&problems, text, sizeof(text));
	services_begin(&reader, out, path);
	r = each_line(path, on_services_line, &reader, &problems, e);
	if (r == 0 && !services_finish(&reader, &problems))
		r = err_set(e, -EINVAL, "%s: correct the lines named above",
		    path);
	fwrite(problems.ptr, 1, problems.len, stderr);
	return r;
}

int office_check(const char *path, struct office *o, struct buf *problems,
    struct err *e)
{
	int r;

	memset(o, 0, sizeof(*o));
	config_defaults(&o->config, path);
	r = each_line(path, on_config_line, &o->config, problems, e);
	if (r < 0)
		return r;
	if (!config_finish(&o->config, problems))
		r = -EINVAL;
	if (r == 0)
		r = read_services(path, o, problems, e);
	if (r == 0)
		r = read_holidays(path, o, problems, e);
	if (r == -EINVAL)
		return err_set(e, r,
		    "%s: the configuration has problems; "
		    "correct the lines named above",
		    path);
	return r;
}

int office_load(const char *path, struct office *o, struct err *e)
{
	static char text[PROBLEMS_BYTES];
	struct buf problems;
	int r;

	buf_init(&problems, text, sizeof(text));
	r = office_check(path, o, &problems, e);
	fwrite(problems.ptr, 1, problems.len, stderr);
	return r;
}

bool office_path(const struct office *o, const char *name, char out[256])
{
	struct buf b;

	buf_init(&b, out, 255);
	buf_text(&b, o->config.state);
	buf_byte(&b, '/');
	buf_text(&b, name);
	out[b.len] = '\0';
	return !b.full;
}

static int path_error(const struct office *o, struct err *e)
{
	return err_set(e, -ENAMETOOLONG, "terminal.state: %s is too long",
	    o->config.state);
}

bool office_beside(const struct office *o, const char *name, char out[512])
{
	return name[0] != '\0' && beside(o->config.file, name, out, 512);
}

int office_hub_key(const struct office *o, uint8_t out[WIRE_PUBLIC_BYTES],
    struct err *e)
{
	char path[512], text[2 * WIRE_PUBLIC_BYTES + 16];
	FILE *f;
	size_t n;

	if (!office_beside(o, o->config.hub_key, path))
		return err_set(e, -ENAMETOOLONG,
		    "hub.key: the path is too long");
	f = fopen(path, "re");
	if (f == NULL)
		return err_set(e, -errno, "hub.key: %s: %s", path,
		    strerror(errno));
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	if (!wire_unhex(str_trim(str_of(text, n)), out, WIRE_PUBLIC_BYTES))
		return err_set(e, -EBADMSG,
		    "hub.key: %s does not hold 64 hexadecimal digits", path);
	return 0;
}

/* Without a hub an enrolment that is still there means nothing. */
static int load_enrolment(const struct office *o, struct stores *s,
    struct err *e)
{
	char path[256];
	int r;

	if (o->config.hub_url[0] == '\0')
		return 0;
	if (!office_path(o, "enrolment", path))
		return path_error(o, e);
	r = enrolment_load(path, &s->enrolment, e);
	if (r == -ENOENT)
		return err_set(e, r,
		    "%s: this terminal is not enrolled; run karcis-ctl enrol",
		    path);
	if (r == 0 && s->enrolment.office != o->config.office)
		return err_set(e, -EINVAL,
		    "%s: enrolled for office %lu, the configuration says %lu",
		    path, (unsigned long)s->enrolment.office,
		    (unsigned long)o->config.office);
	s->enrolled = r == 0;
	return r;
}

static int open_journal(const struct office *o, struct stores *s, struct err *e)
{
	struct journal_options options = {
	    .keys = &s->keys,
	    .letter = o->config.terminal_letter == '\0'
		? 0
		: (uint8_t)(o->config.terminal_letter - 'A' + 1),
	    .now_s = clock_wall_s(),
	};
	char path[256];

	if (s->enrolled) {
		options.letter = s->enrolment.letter;
		options.hub = true;
	}
	if (!office_path(o, "journal.db", path))
		return path_error(o, e);
	return journal_open(path, &options, &s->journal, e);
}

static int load_keys(const struct office *o, struct stores *s, struct err *e)
{
	static const char *const other[KEYS_PARTS] = {"machine", "file system",
	    "disk"};
	struct place_storage storage;
	enum keys_part moved;
	char path[256];
	int r;

	if (!office_path(o, "keys", path))
		return path_error(o, e);
	r = keys_load(path, &s->keys, e);
	if (r == -ENOENT)
		return err_set(e, r,
		    "%s: this terminal has no keys yet; run "
		    "karcis-ctl init",
		    path);
	if (r < 0)
		return r;
	moved = keys_moved(&s->keys, office_place(o, &storage));
	if (moved < KEYS_PARTS)
		return err_set(e, -EXDEV,
		    "%s: these keys were made on another "
		    "%s; run karcis-ctl rekey, so that no ticket number "
		    "is given twice",
		    path, other[moved]);
	return 0;
}

/* Tickets are printed without it too: they only do not name their gate. */
static void load_roster(const struct office *o, struct stores *s)
{
	struct err e;

	if (o->config.hub_url[0] == '\0' && o->config.role != ROLE_GATE &&
	    office_roster_file(o, &s->keys, &s->roster, &e) < 0)
		memset(&s->roster, 0, sizeof(s->roster));
}

int stores_open(const struct office *o, struct stores *s, struct err *e)
{
	char path[256];
	int r;

	memset(s, 0, sizeof(*s));
	s->lock = -1;
	r = state_lock(o->config.state, &s->lock, e);
	if (r < 0)
		goto out;
	r = load_keys(o, s, e);
	if (r == 0)
		r = load_enrolment(o, s, e);
	if (r < 0)
		goto out;
	if (!office_path(o, "cache.db", path)) {
		r = path_error(o, e);
		goto out;
	}
	r = cache_open(path, &s->cache, e);
	if (r < 0)
		goto out;
	r = open_journal(o, s, e);
	if (r == 0)
		load_roster(o, s);
out:
	if (r < 0)
		stores_close(s);
	return r;
}

void stores_close(struct stores *s)
{
	journal_close(s->journal);
	cache_close(s->cache);
	keys_fini(&s->keys);
	if (s->lock >= 0)
		close(s->lock);
	s->journal = NULL;
	s->cache = NULL;
	s->lock = -1;
}

int stores_init(const struct office *o, struct err *e)
{
	struct place_storage storage;
	char path[256];
	struct keys keys;
	int lock = -1, r;

	if (mkdir(o->config.state, 0700) != 0 && errno != EEXIST)
		return err_set(e, -errno,
		    "%s: the state directory cannot be "
		    "made: %s",
		    o->config.state, strerror(errno));
	r = state_lock(o->config.state, &lock, e);
	if (r < 0)
		return r;
	if (!office_path(o, "keys", path)) {
		close(lock);
		return path_error(o, e);
	}
	r = keys_create(path, office_place(o, &storage), &keys, e);
	keys_fini(&keys);
	close(lock);
	return r;
}

void office_rules(const struct office *o, const struct stores *s,
    struct session_rules *out)
{
	int64_t floor = journal_floor_s(s->journal);

	if (floor < CLOCK_RELEASE_S)
		floor = CLOCK_RELEASE_S;
	memset(out, 0, sizeof(*out));
	out->checkin = config_rules(&o->config, floor);
	out->code = o->config.code;
	out->office_key = s->keys.office;
	out->lang = o->config.language;
}
