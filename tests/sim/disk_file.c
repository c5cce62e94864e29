#include "disk_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct file disk_file[FILES];

static void *must(void *p)
{
	if (p == NULL) {
		fputs("sim: out of memory\n", stderr);
		abort();
	}
	return p;
}

struct file *file_find(const char *name)
{
	for (size_t i = 0; i < FILES; i++)
		if (!disk_file[i].gone && strcmp(disk_file[i].name, name) == 0)
			return &disk_file[i];
	return NULL;
}

static struct file *unused(void)
{
	for (size_t i = 0; i < FILES; i++)
		if (disk_file[i].name[0] == '\0')
			return &disk_file[i];
	fputs("sim: too many files\n", stderr);
	abort();
}

struct file *file_make(const char *name)
{
	struct file *f;

	/* An earlier one of that name is no longer in the directory. */
	for (size_t i = 0; i < FILES; i++)
		if (disk_file[i].gone && disk_file[i].handles == 0 &&
		    strcmp(disk_file[i].name, name) == 0)
			file_forget(&disk_file[i]);
	f = unused();
	memset(f, 0, sizeof(*f));
	snprintf(f->name, sizeof(f->name), "%s", name);
	f->disk = name[0] - '0';
	if (f->disk < 0 || f->disk >= DISKS) {
		fprintf(stderr, "sim: %s is on no disk\n", name);
		abort();
	}
	return f;
}

void file_settle(struct file *f)
{
	for (size_t i = 0; i < f->changes; i++) {
		free(f->old[f->changed[i]]);
		f->old[f->changed[i]] = NULL;
	}
	f->changes = 0;
	f->stable_len = f->len;
}

void file_shm_free(struct file *f)
{
	for (size_t i = 0; i < SHM_REGIONS; i++) {
		free(f->shm[i]);
		f->shm[i] = NULL;
	}
}

void file_forget(struct file *f)
{
	file_settle(f);
	file_shm_free(f);
	free(f->old);
	free(f->changed);
	free(f->bytes);
	memset(f, 0, sizeof(*f));
}

void file_unlink(struct file *f)
{
	f->gone = true;
	/* The platter may still have the name: kept for a power cut. */
	if (f->handles == 0 && !f->name_stable)
		file_forget(f);
}

static void note_change(struct file *f, size_t piece)
{
	if (f->changes == f->changed_cap) {
		f->changed_cap = f->changed_cap * 2 + 64;
		f->changed = must(
		    realloc(f->changed, f->changed_cap * sizeof(*f->changed)));
	}
	f->changed[f->changes++] = piece;
}

/* What the platter has of these bytes is put aside. */
static void put_aside(struct file *f, size_t at, size_t len)
{
	size_t first = at / PIECE, end = (at + len + PIECE - 1) / PIECE;

	if (end > f->olds) {
		size_t olds = end + end / 2 + 16;

		f->old = must(realloc(f->old, olds * sizeof(*f->old)));
		for (size_t i = f->olds; i < olds; i++)
			f->old[i] = NULL;
		f->olds = olds;
	}
	for (size_t i = first; i < end; i++) {
		size_t from = i * PIECE, n = 0;

		if (f->old[i] != NULL || from >= f->stable_len)
			continue;
		f->old[i] = must(calloc(1, PIECE));
		note_change(f, i);
		n = f->stable_len - from < PIECE ? f->stable_len - from : PIECE;
		if (from < f->len)
			memcpy(f->old[i], f->bytes + from,
			    f->len - from < n ? f->len - from : n);
	}
}

static void resize(struct file *f, size_t len)
{
	if (len > f->cap) {
		f->cap = len + len / 2 + 4096;
		f->bytes = must(realloc(f->bytes, f->cap));
	}
	if (len > f->len)
		memset(f->bytes + f->len, 0, len - f->len);
	f->len = len;
}

void file_put(struct file *f, size_t at, const uint8_t *from, size_t len)
{
	if (len == 0)
		return;
	put_aside(f, at, len);
	if (at + len > f->len)
		resize(f, at + len);
	memcpy(f->bytes + at, from, len);
}

void file_cut(struct file *f, size_t len)
{
	if (len < f->len)
		put_aside(f, len, f->len - len);
	resize(f, len);
}

/* One piece after the power came back: old, new, or a bit of both; where a
 * truncation is undone, old. */
static void tear(struct file *f, size_t i, size_t was, struct rng *r)
{
	size_t from = i * PIECE, n, keep = 0;
	int64_t how = rng_range(r, 0, 3);

	if (from >= f->len)
		return;
	n = f->len - from < PIECE ? f->len - from : PIECE;
	if (from + n > was)
		how = 2;
	if (how == 0)
		return;
	if (how == 1)
		keep = (size_t)rng_range(r, 0, (int64_t)n);
	memcpy(f->bytes + from + keep, f->old[i] + keep, n - keep);
}

/* Beyond what the platter had: written, or zeros. */
static void tear_new(struct file *f, size_t i, struct rng *r)
{
	size_t from = i * PIECE, keep = 0;
	int64_t how = rng_range(r, 0, 2);

	if (from < f->stable_len)
		from = f->stable_len;
	if (from >= f->len || how == 0)
		return;
	if (i * PIECE + PIECE <= from)
		return;
	if (how == 1)
		keep = (size_t)rng_range(r, 0, PIECE);
	for (size_t at = from + keep; at < (i + 1) * PIECE && at < f->len; at++)
		f->bytes[at] = 0;
}

static void cut_file(struct file *f, struct rng *r)
{
	size_t was = f->len, len = f->len, longest = f->len;

	if (longest < f->stable_len)
		longest = f->stable_len;
	/* The size is the old one, the new one, or between. */
	switch (rng_range(r, 0, 2)) {
	case 0:
		break;
	case 1:
		len = f->stable_len;
		break;
	default:
		if (f->len > f->stable_len)
			len = (size_t)rng_range(r, (int64_t)f->stable_len,
			    (int64_t)f->len);
		break;
	}
	resize(f, longest);
	for (size_t i = 0; i * PIECE < longest; i++) {
		if (i < f->olds && f->old[i] != NULL)
			tear(f, i, was < f->stable_len ? was : longest, r);
		if ((i + 1) * PIECE > f->stable_len)
			tear_new(f, i, r);
	}
	/* Bytes that a truncation took away and the size brought back. */
	resize(f, len);
	file_settle(f);
}

void disk_power_cut(int disk, struct rng *r)
{
	for (size_t i = 0; i < FILES; i++) {
		struct file *f = &disk_file[i];

		if (f->name[0] == '\0' || f->disk != disk)
			continue;
		if (f->handles != 0) {
			fprintf(stderr, "sim: %s is still open\n", f->name);
			abort();
		}
		cut_file(f, r);
		/* Its name: was it unlinked, was it ever there? */
		if (f->gone && f->name_stable && rng_chance(r, 500))
			f->gone = false;
		else if (!f->name_stable && rng_chance(r, 500))
			f->gone = true;
		f->name_stable = true;
		if (f->gone)
			file_forget(f);
	}
}

struct disk_image {
	struct {
		char name[FILE_NAME];
		uint8_t *bytes;
		size_t len;
	} file[FILES];
	size_t files;
};

struct disk_image *disk_copy(int disk)
{
	struct disk_image *c = must(calloc(1, sizeof(*c)));

	for (size_t i = 0; i < FILES; i++) {
		const struct file *f = &disk_file[i];

		if (f->name[0] == '\0' || f->disk != disk || f->gone)
			continue;
		memcpy(c->file[c->files].name, f->name, FILE_NAME);
		c->file[c->files].bytes = must(malloc(f->len + 1));
		if (f->len > 0)
			memcpy(c->file[c->files].bytes, f->bytes, f->len);
		c->file[c->files++].len = f->len;
	}
	return c;
}

void disk_wipe(int disk)
{
	for (size_t i = 0; i < FILES; i++)
		if (disk_file[i].name[0] != '\0' && disk_file[i].disk == disk)
			file_forget(&disk_file[i]);
}

void disk_restore(int disk, const struct disk_image *from)
{
	disk_wipe(disk);
	for (size_t i = 0; i < from->files; i++) {
		struct file *f = file_make(from->file[i].name);

		file_put(f, 0, from->file[i].bytes, from->file[i].len);
		file_settle(f);
		f->name_stable = true;
	}
}

void disk_image_free(struct disk_image *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->files; i++)
		free(c->file[i].bytes);
	free(c);
}

void disk_keep(int disk, const char *folder)
{
	char path[512];
	FILE *out;

	for (size_t i = 0; i < FILES; i++) {
		const struct file *f = &disk_file[i];

		if (f->name[0] == '\0' || f->disk != disk || f->gone)
			continue;
		snprintf(path, sizeof(path), "%.400s/%.63s", folder, f->name);
		out = fopen(path, "we");
		if (out == NULL)
			continue;
		if (fwrite(f->bytes, 1, f->len, out) != f->len)
			fprintf(stderr, "sim: %s is not whole\n", path);
		fclose(out);
	}
}
