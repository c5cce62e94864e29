/* A file on a disk of the simulator: what is read, and what is on the
 * platter. Shared by the sources of the disks alone. */
#ifndef KARCIS_TESTS_SIM_DISK_FILE_H
#define KARCIS_TESTS_SIM_DISK_FILE_H

#include "disk.h"

enum {
	FILES = 96,
	FILE_NAME = 64,
	PIECE = 512,
	SHM_REGIONS = 8,
	SHM_LOCKS = 8
};

struct file {
	char name[FILE_NAME]; /* "" = unused */
	int disk;
	bool gone;        /* unlinked */
	bool name_stable; /* the platter knows the name */
	int handles;
	uint8_t *bytes;
	size_t len, cap;
	/* What the platter has where it differs: old content by piece. */
	size_t stable_len;
	uint8_t **old;
	size_t olds;
	size_t *changed; /* which pieces have an old content */
	size_t changes, changed_cap;
	/* Locks of the connections: of the file, and of its WAL's index. */
	int shared;
	const void *reserved, *exclusive;
	int shm_shared[SHM_LOCKS];
	const void *shm_exclusive[SHM_LOCKS];
	uint8_t *shm[SHM_REGIONS];
	int shm_users;
};

extern struct file disk_file[FILES];

struct file *file_find(const char *name);
struct file *file_make(const char *name);
/* Unlinks; the rest goes with the last handle. */
void file_unlink(struct file *f);
/* Frees a file that is unlinked and closed. */
void file_forget(struct file *f);
void file_put(struct file *f, size_t at, const uint8_t *from, size_t len);
void file_cut(struct file *f, size_t len);
/* All of it is on the platter. */
void file_settle(struct file *f);
void file_shm_free(struct file *f);

#endif
