#include "gates_file.h"

#include <errno.h>
#include <string.h>

#include "state.h"

#define FIRST_LINE "karcis-gates 1"
enum { FILE_MAX = 16384, HEX_KEY = 2 * WIRE_PUBLIC_BYTES };

/* "gate DEVICE NAME KEY live|removed" */
static bool read_gate(struct str line, struct gates *g)
{
	struct gates_item *i = &g->item[g->count];
	struct str word, name;
	int64_t device;

	if (g->count == ROSTER_GATES || !str_split(&line, ' ', &word) ||
	    !str_is(word, "gate") || !str_split(&line, ' ', &word) ||
	    !str_number(word, GATES_FIRST_DEVICE, UINT16_MAX, &device) ||
	    !str_split(&line, ' ', &name) || !roster_is_name(name) ||
	    gates_find(g, name) != NULL ||
	    !str_copy(i->name, sizeof(i->name), name) ||
	    !str_split(&line, ' ', &word) ||
	    !wire_unhex(word, i->key, sizeof(i->key)))
		return false;
	i->device = (uint32_t)device;
	i->live = str_is(line, "live");
	for (size_t n = 0; n < g->count; n++)
		if (g->item[n].device == i->device)
			return false;
	g->count++;
	return i->live || str_is(line, "removed");
}

static int read_text(const char *path, struct str text, struct gates *g,
    struct err *e)
{
	struct str line;
	int at = 0;

	while (str_split(&text, '\n', &line)) {
		at++;
		if (at > 1 && text.ptr == NULL && line.len == 0)
			return 0;
		if (text.ptr == NULL ||
		    (at == 1 ? !str_is(line, FIRST_LINE) : !read_gate(line, g)))
			break;
	}
	return err_set(e, -EBADMSG, "gates: %s:%d: not a line of a gates file",
	    path, at);
}

int gates_load(const char *path, struct gates *out, struct err *e)
{
	char text[FILE_MAX];
	size_t len;
	int r;

	memset(out, 0, sizeof(*out));
	r = state_read(path, "gates", text, sizeof(text), &len, e);
	if (r == -ENOENT) {
		if (e != NULL) /* none is an answer, no failure */
			*e = (struct err){0};
		return 0;
	}
	if (r == 0)
		r = read_text(path, str_of(text, len), out, e);
	if (r < 0)
		memset(out, 0, sizeof(*out));
	return r;
}

int gates_save(const char *path, const struct gates *g, struct err *e)
{
	char text[FILE_MAX], hex[HEX_KEY + 1];
	struct buf b;

	buf_init(&b, text, sizeof(text));
	buf_text(&b, FIRST_LINE "\n");
	for (size_t i = 0; i < g->count; i++) {
		wire_hex(g->item[i].key, WIRE_PUBLIC_BYTES, hex);
		buf_fmt(&b, "gate %lu %s %s %s\n",
		    (unsigned long)g->item[i].device, g->item[i].name, hex,
		    g->item[i].live ? "live" : "removed");
	}
	if (b.full)
		return err_set(e, -E2BIG, "gates: too much for one file");
	return state_write(path, "gates", buf_view(&b), true, e);
}

static struct gates_item *find(struct gates *g, struct str name)
{
	for (size_t i = 0; i < g->count; i++)
		if (str_is(name, g->item[i].name))
			return &g->item[i];
	return NULL;
}

const struct gates_item *gates_find(const struct gates *g, struct str name)
{
	for (size_t i = 0; i < g->count; i++)
		if (str_is(name, g->item[i].name))
			return &g->item[i];
	return NULL;
}

int gates_add(struct gates *g, const struct roster_request *q, struct err *e)
{
	struct str name = str_from(q->name);
	struct gates_item *i = find(g, name);
	uint32_t device = GATES_FIRST_DEVICE;

	if (!roster_is_name(name))
		return err_set(e, -EINVAL, "gates: the name is not one");
	if (i == NULL) {
		if (g->count == ROSTER_GATES)
			return err_set(e, -ENOSPC,
			    "gates: there are %d names already", ROSTER_GATES);
		for (size_t n = 0; n < g->count; n++)
			if (g->item[n].device >= device)
				device = g->item[n].device + 1;
		i = &g->item[g->count++];
		memset(i, 0, sizeof(*i));
		i->device = device;
		memcpy(i->name, q->name, sizeof(i->name));
	}
	memcpy(i->key, q->key, sizeof(i->key));
	i->live = true;
	return 0;
}

bool gates_remove(struct gates *g, struct str name)
{
	struct gates_item *i = find(g, name);

	if (i == NULL || !i->live)
		return false;
	i->live = false;
	return true;
}
