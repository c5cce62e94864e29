/*
 * A disk in memory under SQLite, for power cuts. While it is mounted it is
 * SQLite's default VFS: a file lives in memory under the name it is opened by,
 * and whatever a power cut could undo is recorded in order.
 *
 * It keeps the promises of SQLite's own "unix" VFS on a Linux file system and
 * no more. A file's bytes and size are on the disk after a sync of that file;
 * names made and removed are on the disk after a sync of the directory, which
 * the first sync of a journal or WAL that may have been made brings with it
 * (as in os_unix.c), and nothing else. A write that is cut may leave anything
 * in the bytes it wrote and changes no other byte ("powersafe overwrite").
 *
 * One disk, one process, one handle to a file; memory that runs out ends the
 * program.
 */
#ifndef KARCIS_TESTS_CUT_VFS_H
#define KARCIS_TESTS_CUT_VFS_H

#include "firmware/core/base.h"

enum { DISK_FILES = 8, DISK_NAME = 128, DISK_SECTOR = 4096 };

struct bytes {
	uint8_t *ptr;
	size_t len, cap;
};

/* A disk at rest: names and contents, all durable. */
struct image_file {
	char name[DISK_NAME];
	struct bytes bytes;
};
struct image {
	struct image_file file[DISK_FILES];
	size_t files;
};

enum disk_verb {
	DISK_NOTHING = 0,
	DISK_WRITE,    /* data and len at offset */
	DISK_TRUNCATE, /* to offset */
	DISK_SYNC,
	DISK_CREATE, /* name -> inode */
	DISK_DELETE, /* of the name; the inode lives on while it is open */
	DISK_SYNC_DIR
};

/* Inodes count from 0: first the files of the image at the start, in its
 * order, then one more with every DISK_CREATE. */
struct operation {
	enum disk_verb verb;
	size_t inode, offset, len;
	uint8_t *data;
	char name[DISK_NAME]; /* of CREATE and DELETE */
};
struct record {
	struct operation *op;
	size_t ops, cap;
};

/* Makes room and fills what is new with zeros. */
void bytes_resize(struct bytes *b, size_t len);
void bytes_put(struct bytes *b, size_t offset, const uint8_t *src, size_t len);
void image_free(struct image *i);
/* NULL: no file whose name ends with this. */
const struct image_file *image_find(const struct image *i, const char *end);
void image_add(struct image *i, const char *name, const struct bytes *b);
void record_free(struct record *r);

/* Makes the disk the default VFS, and SQLite's own again. */
void disk_mount(void);
void disk_unmount(void);
/* The disk now holds a copy of this (NULL: nothing) and its record is empty.
 * Every file of the disk must be closed. */
void disk_load(const struct image *start);
/* A copy of what a process reads at present. */
void disk_read_all(struct image *out);
/* How many operations the record has. */
size_t disk_operations(void);
/* Moves the record out and begins an empty one; the disk must be loaded
 * before it is used again. */
void disk_take_record(struct record *out);
/* Syncs do nothing while it lies: a disk with a cache and no honesty. */
void disk_lie(bool lies);
/* What SQLite draws from the disk (the salts of its WAL) follows this. */
void disk_seed(uint64_t seed);

#endif
