#include "powercut_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct chance chance_of(uint64_t seed, uint64_t a, uint64_t b, uint64_t c)
{
	struct chance ch = {seed};

	ch.state = chance_next(&ch) ^ a;
	ch.state = chance_next(&ch) ^ b;
	ch.state = chance_next(&ch) ^ c;
	return ch;
}

uint64_t chance_next(struct chance *c)
{
	uint64_t z = c->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

size_t chance_below(struct chance *c, size_t below)
{
	return (size_t)(chance_next(c) % below);
}

/* One file while the record is followed. */
struct node {
	struct bytes bytes; /* as synced */
	const struct operation **open;
	size_t opens, cap; /* operations since the last sync */
};

/* A name in the directory. */
struct name {
	char text[DISK_NAME];
	size_t inode; /* as synced; NOWHERE = there is no such name */
};
#define NOWHERE SIZE_MAX

struct replay {
	struct node *node;
	size_t nodes;
	struct name name[4 * DISK_FILES];
	size_t names;
	struct node directory; /* its open operations */
	struct chance *chance;
	struct tally *tally;
	size_t sector; /* bytes that the disk writes at once */
	unsigned keep, drop, tear;
};

/* How the cuts differ in temper: shares of sixteen. All three kinds of
 * survivors are met, and among them those where nothing or all survived. */
static const struct {
	unsigned keep, drop, tear;
} tempers[] = {{16, 0, 0}, {0, 16, 0}, {12, 2, 2}, {6, 6, 4}, {2, 12, 2},
    {0, 0, 16}, {14, 1, 1}};

static void *must(void *p)
{
	if (p == NULL) {
		fputs("powercut: out of memory\n", stderr);
		abort();
	}
	return p;
}

static void push(struct node *n, const struct operation *op)
{
	if (n->opens == n->cap) {
		n->cap = n->cap * 2 + 32;
		n->open = must(realloc(n->open,
		    n->cap * sizeof(const struct operation *)));
	}
	n->open[n->opens++] = op;
}

static void sync_node(struct node *n)
{
	for (size_t i = 0; i < n->opens; i++) {
		const struct operation *op = n->open[i];

		if (op->verb == DISK_WRITE)
			bytes_put(&n->bytes, op->offset, op->data, op->len);
		else
			bytes_resize(&n->bytes, op->offset);
	}
	n->opens = 0;
}

static struct name *name_of(struct replay *p, const char *text)
{
	struct name *n;

	for (size_t i = 0; i < p->names; i++)
		if (strcmp(p->name[i].text, text) == 0)
			return &p->name[i];
	if (p->names == ARRAY_LEN(p->name)) {
		fputs("powercut: too many names\n", stderr);
		abort();
	}
	n = &p->name[p->names++];
	snprintf(n->text, sizeof(n->text), "%s", text);
	n->inode = NOWHERE;
	return n;
}

static void change_name(struct replay *p, const struct operation *op)
{
	name_of(p, op->name)->inode = op->verb == DISK_CREATE ? op->inode
							      : NOWHERE;
}

static void sync_directory(struct replay *p)
{
	for (size_t i = 0; i < p->directory.opens; i++)
		change_name(p, p->directory.open[i]);
	p->directory.opens = 0;
}

/* Bytes of one write in one sector. */
static void tear(struct replay *p, struct bytes *b, size_t at,
    const uint8_t *new, size_t len)
{
	size_t i;

	if (at + len > b->len)
		bytes_resize(b, at + len);
	if (chance_below(p->chance, 2) == 0) {
		bytes_put(b, at, new, chance_below(p->chance, len));
		return;
	}
	for (i = 0; i < len; i++) {
		uint64_t r = chance_next(p->chance);

		if (r % 3 == 0)
			b->ptr[at + i] = new[i];
		else if (r % 3 == 1)
			b->ptr[at + i] = (uint8_t)(r >> 32);
	}
}

static void settle_write(struct replay *p, struct bytes *b,
    const struct operation *op)
{
	size_t done, len;

	for (done = 0; done < op->len; done += len) {
		size_t at = op->offset + done;
		size_t fate = chance_below(p->chance, 16);

		len = p->sector - at % p->sector;
		if (len > op->len - done)
			len = op->len - done;
		if (fate < p->keep) {
			bytes_put(b, at, op->data + done, len);
			p->tally->kept++;
		} else if (fate < p->keep + p->drop) {
			p->tally->dropped++;
		} else {
			tear(p, b, at, op->data + done, len);
			p->tally->torn++;
		}
	}
}

/* The size is any that the file had since it was synced. What grows without
 * having been written reads as zeros or as noise. */
static void settle_size(struct replay *p, struct node *n, size_t first)
{
	size_t which = chance_below(p->chance, n->opens + 1), i, size = first;
	bool noise = chance_below(p->chance, 4) == 0;
	size_t old = n->bytes.len;

	for (i = 0; i < which; i++) {
		const struct operation *op = n->open[i];

		if (op->verb == DISK_TRUNCATE)
			size = op->offset;
		else if (op->offset + op->len > size)
			size = op->offset + op->len;
	}
	bytes_resize(&n->bytes, size);
	for (i = old; noise && i < size; i++)
		n->bytes.ptr[i] = (uint8_t)chance_next(p->chance);
	p->tally->sizes += size != old;
}

static void settle_node(struct replay *p, struct node *n)
{
	size_t first = n->bytes.len;

	for (size_t i = 0; i < n->opens; i++) {
		const struct operation *op = n->open[i];

		if (op->verb == DISK_WRITE)
			settle_write(p, &n->bytes, op);
		else if (chance_below(p->chance, 2) == 0)
			bytes_resize(&n->bytes, op->offset);
	}
	if (n->opens > 0 && chance_below(p->chance, 2) == 0)
		settle_size(p, n, first);
	n->opens = 0;
}

/* Of the changes of one name since the last sync, the first ones happened. */
static void settle_name(struct replay *p, struct name *n)
{
	const struct node *d = &p->directory;
	size_t changes = 0, happen, i;

	for (i = 0; i < d->opens; i++)
		changes += strcmp(d->open[i]->name, n->text) == 0;
	happen = changes - chance_below(p->chance, changes + 1);
	for (i = 0; i < d->opens; i++) {
		if (strcmp(d->open[i]->name, n->text) != 0)
			continue;
		if (happen > 0) {
			change_name(p, d->open[i]);
			happen--;
		} else if (d->open[i]->verb == DISK_CREATE) {
			p->tally->names_gone++;
		} else {
			p->tally->names_back++;
		}
	}
}

static void follow(struct replay *p, const struct operation *op, bool over)
{
	switch (op->verb) {
	case DISK_WRITE:
	case DISK_TRUNCATE:
		push(&p->node[op->inode], op);
		return;
	case DISK_SYNC:
		if (over)
			sync_node(&p->node[op->inode]);
		return;
	case DISK_CREATE:
	case DISK_DELETE:
		name_of(p, op->name); /* from now on it is known */
		push(&p->directory, op);
		return;
	case DISK_SYNC_DIR:
		if (over)
			sync_directory(p);
		return;
	case DISK_NOTHING:
		return;
	}
}

static void start_replay(struct replay *p, const struct image *start,
    const struct record *record)
{
	size_t i, count = start->files;

	for (i = 0; i < record->ops; i++)
		count += record->op[i].verb == DISK_CREATE;
	p->node = must(calloc(count + 1, sizeof(*p->node)));
	p->nodes = count;
	for (i = 0; i < start->files; i++) {
		bytes_put(&p->node[i].bytes, 0, start->file[i].bytes.ptr,
		    start->file[i].bytes.len);
		name_of(p, start->file[i].name)->inode = i;
	}
	p->sector = chance_below(p->chance, 4) == 0 ? 4096 : 512;
	i = chance_below(p->chance, ARRAY_LEN(tempers));
	p->keep = tempers[i].keep;
	p->drop = tempers[i].drop;
	p->tear = tempers[i].tear;
}

static void end_replay(struct replay *p)
{
	for (size_t i = 0; i < p->nodes; i++) {
		free(p->node[i].bytes.ptr);
		free(p->node[i].open);
	}
	free(p->node);
	free(p->directory.open);
}

void power_cut(const struct image *start, const struct record *record,
    size_t cut, struct chance *chance, struct image *out, struct tally *tally)
{
	struct tally unused = {0};
	struct replay p = {.chance = chance,
	    .tally = tally == NULL ? &unused : tally};
	size_t i;

	memset(out, 0, sizeof(*out));
	start_replay(&p, start, record);
	for (i = 0; i <= cut && i < record->ops; i++)
		follow(&p, &record->op[i], i < cut);
	for (i = 0; i < p.nodes; i++)
		settle_node(&p, &p.node[i]);
	for (i = 0; i < p.names; i++) {
		settle_name(&p, &p.name[i]);
		if (p.name[i].inode != NOWHERE)
			image_add(out, p.name[i].text,
			    &p.node[p.name[i].inode].bytes);
	}
	end_replay(&p);
}
