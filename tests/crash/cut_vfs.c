#include "cut_vfs.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct inode {
	char name[DISK_NAME]; /* "" = deleted */
	struct bytes bytes;
};

static struct {
	struct inode **inode;
	size_t inodes;
	struct record record;
	size_t handles;
	bool lies;
	uint64_t random;
} disk;

struct handle {
	sqlite3_file base;
	size_t inode;
	bool sync_dir; /* with the next sync of the file */
	bool delete_on_close;
};

static void *must(void *p)
{
	if (p == NULL) {
		fputs("disk: out of memory\n", stderr);
		abort();
	}
	return p;
}

void bytes_resize(struct bytes *b, size_t len)
{
	if (len > b->cap) {
		b->cap = len + len / 2 + 4096;
		b->ptr = must(realloc(b->ptr, b->cap));
	}
	if (len > b->len)
		memset(b->ptr + b->len, 0, len - b->len);
	b->len = len;
}

void bytes_put(struct bytes *b, size_t offset, const uint8_t *src, size_t len)
{
	if (len == 0)
		return;
	if (offset + len > b->len)
		bytes_resize(b, offset + len);
	memcpy(b->ptr + offset, src, len);
}

void image_free(struct image *i)
{
	for (size_t f = 0; f < i->files; f++)
		free(i->file[f].bytes.ptr);
	memset(i, 0, sizeof(*i));
}

const struct image_file *image_find(const struct image *i, const char *end)
{
	for (size_t f = 0; f < i->files; f++) {
		const char *name = i->file[f].name;
		size_t len = strlen(name), tail = strlen(end);

		if (len >= tail && strcmp(name + len - tail, end) == 0)
			return &i->file[f];
	}
	return NULL;
}

void image_add(struct image *i, const char *name, const struct bytes *b)
{
	struct image_file *f;

	if (i->files == DISK_FILES) {
		fputs("disk: too many files\n", stderr);
		abort();
	}
	f = &i->file[i->files++];
	memset(f, 0, sizeof(*f));
	snprintf(f->name, sizeof(f->name), "%s", name);
	bytes_put(&f->bytes, 0, b->ptr, b->len);
}

void record_free(struct record *r)
{
	for (size_t i = 0; i < r->ops; i++)
		free(r->op[i].data);
	free(r->op);
	memset(r, 0, sizeof(*r));
}

static struct operation *note(enum disk_verb verb, size_t inode)
{
	struct record *r = &disk.record;
	struct operation *op;

	if (r->ops == r->cap) {
		r->cap = r->cap * 2 + 256;
		r->op = must(realloc(r->op, r->cap * sizeof(*r->op)));
	}
	op = &r->op[r->ops++];
	memset(op, 0, sizeof(*op));
	op->verb = verb;
	op->inode = inode;
	return op;
}

static size_t add_inode(const char *name)
{
	struct inode *n = must(calloc(1, sizeof(*n)));

	snprintf(n->name, sizeof(n->name), "%s", name);
	disk.inode = must(
	    realloc(disk.inode, (disk.inodes + 1) * sizeof(struct inode *)));
	disk.inode[disk.inodes] = n;
	return disk.inodes++;
}

/* disk.inodes: no such name. */
static size_t find_inode(const char *name)
{
	size_t i;

	for (i = 0; i < disk.inodes; i++)
		if (strcmp(disk.inode[i]->name, name) == 0)
			break;
	return i;
}

static void forget(void)
{
	for (size_t i = 0; i < disk.inodes; i++) {
		free(disk.inode[i]->bytes.ptr);
		free(disk.inode[i]);
	}
	free(disk.inode);
	disk.inode = NULL;
	disk.inodes = 0;
	record_free(&disk.record);
}

void disk_load(const struct image *start)
{
	if (disk.handles != 0) {
		fputs("disk: a file is still open\n", stderr);
		abort();
	}
	forget();
	for (size_t i = 0; start != NULL && i < start->files; i++) {
		size_t n = add_inode(start->file[i].name);

		bytes_put(&disk.inode[n]->bytes, 0, start->file[i].bytes.ptr,
		    start->file[i].bytes.len);
	}
}

void disk_read_all(struct image *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < disk.inodes; i++)
		if (disk.inode[i]->name[0] != '\0')
			image_add(out, disk.inode[i]->name,
			    &disk.inode[i]->bytes);
}

size_t disk_operations(void)
{
	return disk.record.ops;
}

void disk_take_record(struct record *out)
{
	*out = disk.record;
	memset(&disk.record, 0, sizeof(disk.record));
}

void disk_lie(bool lies)
{
	disk.lies = lies;
}

void disk_seed(uint64_t seed)
{
	disk.random = seed;
	sqlite3_randomness(0, NULL); /* SQLite asks the VFS anew */
}

static struct handle *handle_of(sqlite3_file *f)
{
	return (struct handle *)(void *)f;
}

static struct inode *inode_of(sqlite3_file *f)
{
	return disk.inode[handle_of(f)->inode];
}

static void unlink_inode(size_t i)
{
	struct operation *op = note(DISK_DELETE, i);

	memcpy(op->name, disk.inode[i]->name, sizeof(op->name));
	disk.inode[i]->name[0] = '\0';
}

static int file_close(sqlite3_file *f)
{
	struct handle *h = handle_of(f);

	if (h->delete_on_close && inode_of(f)->name[0] != '\0')
		unlink_inode(h->inode);
	disk.handles--;
	return SQLITE_OK;
}

static int file_read(sqlite3_file *f, void *to, int amount, sqlite3_int64 at)
{
	const struct bytes *b = &inode_of(f)->bytes;
	size_t want = (size_t)amount, offset = (size_t)at, have = 0;

	if (offset < b->len)
		have = b->len - offset < want ? b->len - offset : want;
	if (have > 0)
		memcpy(to, b->ptr + offset, have);
	if (have == want)
		return SQLITE_OK;
	memset((uint8_t *)to + have, 0, want - have);
	return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *f, const void *from, int amount,
    sqlite3_int64 at)
{
	struct operation *op = note(DISK_WRITE, handle_of(f)->inode);

	op->offset = (size_t)at;
	op->len = (size_t)amount;
	op->data = must(malloc(op->len + 1));
	memcpy(op->data, from, op->len);
	bytes_put(&inode_of(f)->bytes, op->offset, op->data, op->len);
	return SQLITE_OK;
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	note(DISK_TRUNCATE, handle_of(f)->inode)->offset = (size_t)size;
	bytes_resize(&inode_of(f)->bytes, (size_t)size);
	return SQLITE_OK;
}

static int file_sync(sqlite3_file *f, int flags)
{
	struct handle *h = handle_of(f);

	(void)flags;
	if (disk.lies)
		return SQLITE_OK;
	note(DISK_SYNC, h->inode);
	if (h->sync_dir)
		note(DISK_SYNC_DIR, 0);
	h->sync_dir = false;
	return SQLITE_OK;
}

static int file_size(sqlite3_file *f, sqlite3_int64 *size)
{
	*size = (sqlite3_int64)inode_of(f)->bytes.len;
	return SQLITE_OK;
}

static int file_lock(sqlite3_file *f, int level)
{
	(void)f;
	(void)level;
	return SQLITE_OK;
}

static int file_reserved(sqlite3_file *f, int *out)
{
	(void)f;
	*out = 0;
	return SQLITE_OK;
}

static int file_control(sqlite3_file *f, int what, void *arg)
{
	(void)f;
	(void)what;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int file_sector(sqlite3_file *f)
{
	(void)f;
	return DISK_SECTOR;
}

static int file_traits(sqlite3_file *f)
{
	(void)f;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

/* Version 1: no shared memory and no mapping, which exclusive locking does
 * without. */
static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_lock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
};

static int create(const char *name)
{
	size_t i = add_inode(name);

	snprintf(note(DISK_CREATE, i)->name, DISK_NAME, "%s", name);
	return (int)i;
}

/* A database is made by who opens it: the store makes the real file of that
 * name first, which lies outside this disk. */
static int vfs_open(sqlite3_vfs *v, const char *name, sqlite3_file *f,
    int flags, int *out_flags)
{
	const int beside = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL |
	    SQLITE_OPEN_SUPER_JOURNAL;
	struct handle *h = handle_of(f);
	size_t i;

	(void)v;
	memset(h, 0, sizeof(*h));
	if (name == NULL || strlen(name) >= DISK_NAME)
		return SQLITE_CANTOPEN;
	i = find_inode(name);
	if (i == disk.inodes &&
	    (flags & (SQLITE_OPEN_CREATE | SQLITE_OPEN_MAIN_DB)) == 0)
		return SQLITE_CANTOPEN;
	h->inode = i == disk.inodes ? (size_t)create(name) : i;
	h->sync_dir = (flags & SQLITE_OPEN_CREATE) != 0 &&
	    (flags & beside) != 0;
	h->delete_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
	h->base.pMethods = &methods;
	disk.handles++;
	if (out_flags != NULL)
		*out_flags = flags;
	return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *v, const char *name, int sync_dir)
{
	size_t i = find_inode(name);

	(void)v;
	if (i == disk.inodes)
		return SQLITE_IOERR_DELETE_NOENT;
	unlink_inode(i);
	if (sync_dir != 0 && !disk.lies)
		note(DISK_SYNC_DIR, 0);
	return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *v, const char *name, int flags, int *out)
{
	size_t i = find_inode(name);

	(void)v;
	/* An empty file does not exist, as in os_unix.c. */
	*out = i < disk.inodes &&
	    (flags != SQLITE_ACCESS_EXISTS || disk.inode[i]->bytes.len > 0);
	return SQLITE_OK;
}

static int vfs_path(sqlite3_vfs *v, const char *name, int cap, char *out)
{
	(void)v;
	return snprintf(out, (size_t)cap, "%s", name) < cap ? SQLITE_OK
							    : SQLITE_CANTOPEN;
}

static int vfs_random(sqlite3_vfs *v, int amount, char *out)
{
	(void)v;
	for (int i = 0; i < amount; i++) {
		disk.random = disk.random * 6364136223846793005u +
		    1442695040888963407u;
		out[i] = (char)(disk.random >> 56);
	}
	return amount;
}

static int vfs_sleep(sqlite3_vfs *v, int us)
{
	(void)v;
	return us;
}

static int vfs_time(sqlite3_vfs *v, double *out)
{
	(void)v;
	*out = 2461000.5; /* Julian days; the stores never ask */
	return SQLITE_OK;
}

static int vfs_error(sqlite3_vfs *v, int cap, char *out)
{
	(void)v;
	if (cap > 0)
		out[0] = '\0';
	return 0;
}

static sqlite3_vfs vfs = {
    .iVersion = 1,
    .szOsFile = sizeof(struct handle),
    .mxPathname = DISK_NAME - 16,
    .zName = "cut",
    .xOpen = vfs_open,
    .xDelete = vfs_delete,
    .xAccess = vfs_access,
    .xFullPathname = vfs_path,
    .xRandomness = vfs_random,
    .xSleep = vfs_sleep,
    .xCurrentTime = vfs_time,
    .xGetLastError = vfs_error,
};

void disk_mount(void)
{
	sqlite3_vfs_register(&vfs, 1);
}

void disk_unmount(void)
{
	sqlite3_vfs_register(sqlite3_vfs_find("unix"), 1);
}
