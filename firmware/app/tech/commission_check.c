#include "commission_check.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "firmware/app/office.h"
#include "firmware/store/officers.h"
#include "firmware/store/technicians.h"

static struct str folder_of(const char *config)
{
	const char *slash = strrchr(config, '/');

	return str_of(config, slash == NULL ? 0 : (size_t)(slash - config) + 1);
}

void commission_plain(const char *config, struct str text, struct buf *out)
{
	struct str folder = folder_of(config);

	for (size_t i = 0; i < text.len;) {
		if (folder.len > 0 &&
		    str_eq(str_cut(text, i, folder.len), folder)) {
			i += folder.len;
			continue;
		}
		buf_byte(out, (unsigned char)text.ptr[i++]);
	}
}

static void say(struct buf *problems, const struct err *e, const char *config)
{
	commission_plain(config, str_from(e->text), problems);
	buf_byte(problems, '\n');
}

static void check_office(const char *config, struct office *o,
    struct buf *problems)
{
	static char text[16384];
	uint8_t key[WIRE_PUBLIC_BYTES];
	struct err e = {0};
	struct buf raw;
	int r;

	buf_init(&raw, text, sizeof(text));
	r = office_check(config, o, &raw, &e);
	commission_plain(config, buf_view(&raw), problems);
	/* Its last sentence only says that there are some. */
	if (r < 0 && (r != -EINVAL || raw.len == 0))
		say(problems, &e, config);
	if (r == 0 && o->config.hub_url[0] != '\0' &&
	    office_hub_key(o, key, &e) < 0)
		say(problems, &e, config);
}

/* Who may come and repair it, after this set-up has been taken over? */
static void check_someone(const struct office *o, struct buf *problems)
{
	static struct technicians t;
	char path[512];
	int n = 0;

	if (strcmp(o->config.tech_switch, "none") != 0)
		return;
	if (!office_beside(o, "technicians", path) ||
	    technicians_load(path, &t, NULL) < 0)
		return; /* told already */
	n = t.count;
	if (n == 0 && office_path(o, "technicians", path) &&
	    technicians_load(path, &t, NULL) == 0)
		n = t.count;
	technicians_fini(&t);
	if (n == 0)
		buf_text(problems,
		    "technicians: none is known, and there is no key switch: "
		    "nobody could come in again\n");
}

static int read_beside(const struct office *o, const char *name, char *out,
    size_t cap, size_t *len)
{
	char path[512];
	ssize_t n;
	int fd;

	*len = 0;
	if (!office_beside(o, name, path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	n = read(fd, out, cap);
	close(fd);
	if (n < 0)
		return -EIO;
	*len = (size_t)n;
	return 0;
}

static void check_badges(const char *config, const struct office *o,
    struct buf *problems)
{
	static struct technicians technicians;
	static struct officers officers;
	char path[512];
	struct err e = {0};

	if (office_beside(o, "technicians", path) &&
	    technicians_load(path, &technicians, &e) < 0)
		say(problems, &e, config);
	if (office_beside(o, "officers", path) &&
	    officers_load(path, &officers, &e) < 0)
		say(problems, &e, config);
	technicians_fini(&technicians);
	officers_fini(&officers);
}

static void check_enrolment(const struct office *o, struct buf *problems)
{
	struct enrolment_text text;
	char line[1024];
	size_t len;

	if (read_beside(o, "enrol.txt", line, sizeof(line), &len) < 0)
		return;
	if (!enrolment_text_parse(str_trim(str_of(line, len)), &text))
		buf_text(problems,
		    "enrol.txt:1: not an enrolment text; it begins with "
		    "karcis-enrol:1\n");
	else if (strcmp(text.url, o->config.hub_url) != 0)
		buf_fmt(problems,
		    "enrol.txt:1: for %s, but karcis.ini says hub.url = %s\n",
		    text.url,
		    o->config.hub_url[0] == '\0' ? "none" : o->config.hub_url);
	sodium_memzero(&text, sizeof(text));
	sodium_memzero(line, sizeof(line));
}

static void check_rekey(const struct office *o, struct buf *problems)
{
	char line[128];
	size_t len;

	if (read_beside(o, "rekey.txt", line, sizeof(line), &len) == 0 &&
	    !str_is(str_trim(str_of(line, len)), o->config.terminal_id))
		buf_fmt(problems,
		    "rekey.txt:1: it must be the terminal's name, %s\n",
		    o->config.terminal_id);
}

void commission_check(const char *config, struct buf *problems)
{
	static struct office o;

	check_office(config, &o, problems);
	check_badges(config, &o, problems);
	check_enrolment(&o, problems);
	check_rekey(&o, problems);
	if (problems->len == 0)
		check_someone(&o, problems);
}
