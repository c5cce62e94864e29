#include "hub_config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/core/ini.h"
#include "firmware/core/log.h"

struct row;
/* NULL, or why the value is refused. */
typedef const char *parser(const struct row *r, struct hub_config *c,
    struct str v);

struct row {
	const char *section, *key;
	parser *parse;
	size_t where;
	int64_t lo, hi;
	const char *initial; /* NULL = empty */
	bool required;
};

static const char not_a_number[] = "not a number in its range";

static void *at(struct hub_config *c, size_t offset)
{
	return (char *)c + offset;
}

static bool starts(struct str v, const char *head)
{
	return str_is(str_cut(v, 0, strlen(head)), head) &&
	    v.len > strlen(head);
}

static const char *read_text(const struct row *r, struct hub_config *c,
    struct str v)
{
	if (v.len == 0)
		return "is empty";
	if (!str_copy(at(c, r->where), HUB_CONFIG_TEXT, v))
		return "is too long";
	return NULL;
}

static const char *read_absolute(const struct row *r, struct hub_config *c,
    struct str v)
{
	if (!starts(v, "/"))
		return "must be an absolute path";
	return read_text(r, c, v);
}

static const char *read_number(const struct row *r, struct hub_config *c,
    struct str v)
{
	int32_t value;
	int64_t n;

	if (!str_number(v, r->lo, r->hi, &n))
		return not_a_number;
	value = (int32_t)n;
	memcpy(at(c, r->where), &value, sizeof(value));
	return NULL;
}

bool hub_config_listen(struct str text, char host[HUB_CONFIG_HOST],
    uint16_t *port)
{
	struct in6_addr address;
	size_t colon = text.len;
	struct str name;
	bool six;
	int64_t n;

	while (colon > 0 && text.ptr[colon - 1] != ':')
		colon--;
	if (colon < 2 ||
	    !str_number(str_cut(text, colon, text.len), 0, UINT16_MAX, &n))
		return false;
	*port = (uint16_t)n;
	name = str_cut(text, 0, colon - 1);
	six = name.len > 2 && name.ptr[0] == '[' &&
	    name.ptr[name.len - 1] == ']';
	if (six)
		name = str_cut(name, 1, name.len - 2);
	return str_copy(host, HUB_CONFIG_HOST, name) &&
	    inet_pton(six ? AF_INET6 : AF_INET, host, &address) == 1;
}

static const char *read_listen(const struct row *r, struct hub_config *c,
    struct str v)
{
	char host[HUB_CONFIG_HOST];
	uint16_t port;

	if (!hub_config_listen(v, host, &port))
		return "must be ADDRESS:PORT, like 127.0.0.1:8443 or"
		       " [::1]:8443";
	return read_text(r, c, v);
}

/* It stands between blanks in the text of an enrolment, and names the logs of
 * the offices. */
static const char *read_url(const struct row *r, struct hub_config *c,
    struct str v)
{
	char name[NOTE_NAME];

	if (!starts(v, "https://") && !starts(v, "http://127.0.0.1:") &&
	    !starts(v, "http://[::1]:"))
		return "must start with https:// (http:// to 127.0.0.1 or"
		       " [::1] alone)";
	for (size_t i = 0; i < v.len; i++)
		if (v.ptr[i] <= ' ' || v.ptr[i] > '~')
			return "may hold only printable ASCII without blanks";
	if (v.ptr[v.len - 1] == '/')
		return "must not end with /";
	if (!log_origin(v, UINT32_MAX, name))
		return "may hold no + and at most 109 characters behind ://";
	return read_text(r, c, v);
}

static const char *read_store(const struct row *r, struct hub_config *c,
    struct str v)
{
	if (!starts(v, "sqlite:/") && !starts(v, "postgres:"))
		return "must be sqlite:/PATH or postgres:CONNINFO, like"
		       " postgres:dbname=karcis";
	return read_text(r, c, v);
}

/* One key a row, by hand. */
/* clang-format off */
#define AT(member) .section = "hub", .key = #member, \
	.where = offsetof(struct hub_config, member)

static const struct row rows[] = {
	{AT(listen), .parse = read_listen, .initial = "127.0.0.1:8443"},
	{AT(url), .parse = read_url, .required = true},
	{AT(store), .parse = read_store,
	 .initial = "sqlite:/var/lib/karcis-hub/hub.db"},
	{AT(keys), .parse = read_absolute,
	 .initial = "/var/lib/karcis-hub/hub.keys"},
	{AT(tls_certificate), .parse = read_absolute},
	{AT(tls_key), .parse = read_absolute},
	{AT(workers), .parse = read_number, .lo = 1, .hi = 256},
	{AT(threads), .parse = read_number, .lo = 1, .hi = 64},
	{AT(connections), .parse = read_number, .lo = 16, .hi = 65536,
	 .initial = "4096"},
};
/* clang-format on */

_Static_assert(ARRAY_LEN(rows) <= HUB_CONFIG_ROWS, "a bit for each key");

static void problem(struct hub_config *c, unsigned line_no, struct str key,
    const char *reason, struct buf *problems)
{
	c->problems++;
	ini_problem(problems, c->file, line_no, str_from(c->section), key,
	    reason);
}

void hub_config_defaults(struct hub_config *c, const char *file)
{
	memset(c, 0, sizeof(*c));
	if (!str_copy(c->file, sizeof(c->file), str_from(file)))
		memcpy(c->file, "configuration", sizeof("configuration"));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *initial = rows[i].initial;

		/* The defaults pass their own parsers: a test reads them. */
		if (initial != NULL &&
		    rows[i].parse(&rows[i], c, str_from(initial)) != NULL)
			c->problems++;
	}
}

static void enter_section(struct hub_config *c, struct str name,
    unsigned line_no, struct buf *problems)
{
	c->section_begun = true;
	c->section_known = str_is(name, "hub") &&
	    str_copy(c->section, sizeof(c->section), name);
	if (c->section_known)
		return;
	c->section[0] = '\0';
	c->problems++;
	ini_problem(problems, c->file, line_no, name, str_from(""),
	    "unknown section");
}

static size_t find_row(struct str key)
{
	size_t i = 0;

	while (i < ARRAY_LEN(rows) && !str_is(key, rows[i].key))
		i++;
	return i;
}

static void read_key_line(struct hub_config *c, const struct ini_line *l,
    unsigned line_no, struct buf *problems)
{
	size_t i = find_row(l->name);
	const char *reason;
	char storage[80];
	struct buf text;

	if (i == ARRAY_LEN(rows)) {
		problem(c, line_no, l->name, "unknown key", problems);
		return;
	}
	if ((c->seen >> i & 1U) != 0) {
		problem(c, line_no, l->name, "is given twice", problems);
		return;
	}
	c->seen |= 1U << i;
	reason = rows[i].parse(&rows[i], c, l->value);
	if (reason == not_a_number) {
		buf_init(&text, storage, sizeof(storage));
		buf_fmt(&text, "must be a whole number from %lld to %lld",
		    (long long)rows[i].lo, (long long)rows[i].hi);
		reason = buf_cstr(&text);
	}
	if (reason != NULL)
		problem(c, line_no, l->name, reason, problems);
}

void hub_config_line(struct hub_config *c, struct str line, unsigned line_no,
    struct buf *problems)
{
	struct ini_line l = ini_parse(line);

	switch (l.kind) {
	case INI_UNSET:
	case INI_BAD:
		problem(c, line_no, str_from(""), l.reason, problems);
		return;
	case INI_BLANK:
		return;
	case INI_SECTION:
		enter_section(c, l.name, line_no, problems);
		return;
	case INI_KEY:
		if (c->section_known)
			read_key_line(c, &l, line_no, problems);
		else if (!c->section_begun)
			problem(c, line_no, l.name, "key before any section",
			    problems);
		return; /* an unknown section was named once already */
	}
}

bool hub_config_finish(struct hub_config *c, struct buf *problems)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].required && (c->seen >> i & 1U) == 0) {
			c->problems++;
			ini_problem(problems, c->file, 0,
			    str_from(rows[i].section), str_from(rows[i].key),
			    "is missing");
		}
	if ((c->tls_certificate[0] != '\0') != (c->tls_key[0] != '\0')) {
		c->problems++;
		ini_problem(problems, c->file, 0, str_from("hub"), str_from(""),
		    "tls_certificate and tls_key go together");
	}
	return c->problems == 0;
}

int hub_config_load(const char *path, struct hub_config *c,
    struct buf *problems, struct err *e)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	unsigned n = 0;
	int r = 0;

	hub_config_defaults(c, path);
	if (f == NULL)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	while ((len = getline(&line, &cap, f)) >= 0)
		hub_config_line(c, str_of(line, (size_t)len), ++n, problems);
	if (ferror(f))
		r = err_set(e, -EIO, "%s: %s", path, strerror(errno));
	free(line);
	fclose(f);
	if (r == 0 && !hub_config_finish(c, problems))
		r = err_set(e, -EINVAL,
		    "%s: the configuration has problems; correct the lines"
		    " named above",
		    path);
	return r;
}
