#include "bare.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commission_check.h"
#include "firmware/store/state.h"

enum {
	PANEL_MM10 = 5461, /* 21.5 inches */
	/* Smaller than any screen of ours: a monitor that tells its aspect
	 * ratio where its size should stand, "16 cm by 9 cm", is one. */
	PANEL_LONG_MM = 205,
	PANEL_SHORT_MM = 125,
	PANEL_MOST_MM10 = 25400,
	MODE_LEAST_PX = 320, /* of a side (theme.c) */
	EDID_BYTES = 128,
	EDID_WIDTH_CM = 21, /* EDID 1.4, 3.6.2 */
	EDID_HEIGHT_CM = 22
};

static struct tech_line *add(struct bare *b, enum tech_mark mark)
{
	struct tech_line *l = &b->line[b->lines];

	if (b->lines == TECH_LINES)
		return NULL;
	*l = (struct tech_line){.mark = mark};
	b->lines++;
	return l;
}

static void add_text(struct bare *b, enum msg_id id)
{
	struct tech_line *l = add(b, TECH_MARK_BAD);

	if (l != NULL)
		l->text = id;
	b->is = true;
}

/* Sentences of the programs, one a line, cut where a line is too long. */
static void add_lines(struct bare *b, struct str text)
{
	struct tech_line *l;
	struct str line;

	while (str_split(&text, '\n', &line)) {
		size_t len = line.len < sizeof(l->value) ? line.len
							 : sizeof(l->value) - 1;

		while (len > 0 && !str_is_utf8(str_cut(line, 0, len)))
			len--;
		l = len == 0 ? NULL : add(b, TECH_MARK_NONE);
		if (l != NULL &&
		    !str_copy(l->value, sizeof(l->value),
			str_cut(line, 0, len)))
			l->value[0] = '\0';
	}
}

static bool there(const struct office *o, const char *name)
{
	char path[256];

	return office_path(o, name, path) && access(path, F_OK) == 0;
}

static void add_said(const struct office *o, struct bare *b)
{
	char path[256], text[2048];
	size_t len;

	if (office_path(o, "prepare.said", path) &&
	    state_read(path, "prepare", text, sizeof(text), &len, NULL) == 0)
		add_lines(b, str_of(text, len));
}

void bare_look(const char *config, struct office *o, struct bare *out)
{
	static char text[4096], plain[4096];
	struct buf problems, shown;
	struct err e = {0};
	int r;

	*out = (struct bare){0};
	buf_init(&problems, text, sizeof(text));
	r = office_check(config, o, &problems, &e);
	out->readable = r == 0;
	if (r == -ENOENT && access(config, F_OK) != 0) {
		add_text(out, MSG_TECH_B_NO_CONFIG);
	} else if (r < 0) {
		add_text(out, MSG_TECH_B_BAD_CONFIG);
		buf_init(&shown, plain, sizeof(plain));
		commission_plain(config,
		    problems.len == 0 ? str_from(e.text) : buf_view(&problems),
		    &shown);
		add_lines(out, buf_view(&shown));
	} else if (!there(o, "keys")) {
		add_text(out, MSG_TECH_B_NO_KEYS);
	} else if (o->config.hub_url[0] != '\0' && !there(o, "enrolment")) {
		add_text(out, MSG_TECH_B_NOT_ENROLLED);
	}
	if (out->is && r == 0)
		add_said(o, out);
}

void bare_add_screen(struct bare *b, const char *why)
{
	b->prepared = !b->is;
	add_text(b, MSG_TECH_B_BAD_CONFIG);
	add_lines(b, str_from(why));
}

/* ---- the panel ---- */

static size_t read_file(const char *dir, const char *connector,
    const char *name, void *out, size_t cap)
{
	char path[512];
	FILE *f;
	size_t n;
	int r = snprintf(path, sizeof(path), "%s/%s/%s", dir, connector, name);

	if (r < 0 || (size_t)r >= sizeof(path))
		return 0;
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	n = fread(out, 1, cap, f);
	fclose(f);
	return n;
}

static bool parse_mode(struct str line, int64_t *w, int64_t *h)
{
	struct str part;

	return str_split(&line, 'x', &part) &&
	    str_number(part, MODE_LEAST_PX, 8192, w) && line.ptr != NULL &&
	    str_number(line, MODE_LEAST_PX, 8192, h);
}

/* The first mode is the preferred one: "1080x1920"; one with more behind it,
 * "1920x1080i", is not for us. */
static bool read_mode(const char *dir, const char *connector, int64_t *w,
    int64_t *h)
{
	char text[1024];
	size_t n = read_file(dir, connector, "status", text, sizeof(text));
	struct str rest, line;
	bool found = false;

	if (!str_is(str_trim(str_of(text, n)), "connected"))
		return false;
	n = read_file(dir, connector, "modes", text, sizeof(text));
	rest = str_of(text, n);
	while (!found && str_split(&rest, '\n', &line))
		found = parse_mode(line, w, h);
	return found;
}

static int32_t diagonal_mm10(const char *dir, const char *connector,
    double w_px, double h_px)
{
	uint8_t edid[EDID_BYTES];
	double w, h, mm10, mm10_px;

	if (read_file(dir, connector, "edid", edid, sizeof(edid)) <
		EDID_BYTES ||
	    edid[EDID_WIDTH_CM] == 0 || edid[EDID_HEIGHT_CM] == 0)
		return PANEL_MM10;
	w = edid[EDID_WIDTH_CM] * 100.0;
	h = edid[EDID_HEIGHT_CM] * 100.0;
	mm10 = sqrt(w * w + h * h);
	mm10_px = mm10 / sqrt(w_px * w_px + h_px * h_px);
	if (mm10 > PANEL_MOST_MM10 ||
	    fmax(w_px, h_px) * mm10_px < PANEL_LONG_MM * 10.0 ||
	    fmin(w_px, h_px) * mm10_px < PANEL_SHORT_MM * 10.0)
		return PANEL_MM10;
	return (int32_t)lround(mm10);
}

void bare_display(struct config *c, int width_px, int height_px)
{
	c->width_px = width_px;
	c->height_px = height_px;
	c->rotate = 0;
	c->diagonal_mm10 = PANEL_MM10;
}

bool bare_panel(const char *sys, struct config *c)
{
	DIR *d = opendir(sys);
	const struct dirent *entry;
	int64_t w, h;
	bool found = false;

	if (d == NULL)
		return false;
	while (!found && (entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.' ||
		    !read_mode(sys, entry->d_name, &w, &h))
			continue;
		bare_display(c, (int)w, (int)h);
		c->diagonal_mm10 = diagonal_mm10(sys, entry->d_name, (double)w,
		    (double)h);
		found = true;
	}
	closedir(d);
	return found;
}
