/* The disks as SQLite sees them. */
#include "disk.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk_file.h"

enum { TEMP_DISK = DISKS - 1 };

static struct {
	int64_t fuse; /* operations until it is dead; < 0: none */
	bool dead, full;
	int64_t syncs;
} machine[DISKS];
static struct rng sqlite_stream;
static unsigned temporaries;

struct handle {
	sqlite3_file base;
	struct file *file;
	int level; /* of the lock it holds */
	bool sync_dir;
	bool delete_on_close;
	unsigned shm_shared, shm_exclusive; /* bit = slot */
	bool shm;
};

static struct handle *handle_of(sqlite3_file *f)
{
	return (struct handle *)(void *)f;
}

/* True when the machine still lives to do one more thing to its disk. */
static bool alive(int disk)
{
	if (machine[disk].fuse == 0)
		machine[disk].dead = true;
	if (machine[disk].fuse > 0)
		machine[disk].fuse--;
	return !machine[disk].dead;
}

void disk_fuse(int disk, int64_t operations)
{
	machine[disk].fuse = operations;
	if (operations < 0)
		machine[disk].dead = false;
}

bool disk_dead(int disk)
{
	return machine[disk].dead;
}

void disk_full(int disk, bool full)
{
	machine[disk].full = full;
}

int64_t disk_syncs(int disk)
{
	return machine[disk].syncs;
}

static int file_unlock(sqlite3_file *f, int level);
static int shm_unmap(sqlite3_file *f, int delete_it);

static int file_close(sqlite3_file *f)
{
	struct handle *h = handle_of(f);

	(void)shm_unmap(f, 0);
	(void)file_unlock(f, SQLITE_LOCK_NONE);
	h->file->handles--;
	if (h->delete_on_close && !h->file->gone)
		file_unlink(h->file);
	else if (h->file->gone && h->file->handles == 0 &&
	    !h->file->name_stable)
		file_forget(h->file);
	return SQLITE_OK;
}

static int file_read(sqlite3_file *f, void *to, int amount, sqlite3_int64 at)
{
	const struct file *x = handle_of(f)->file;
	size_t want = (size_t)amount, offset = (size_t)at, have = 0;

	if (offset < x->len)
		have = x->len - offset < want ? x->len - offset : want;
	if (have > 0)
		memcpy(to, x->bytes + offset, have);
	if (have == want)
		return SQLITE_OK;
	memset((uint8_t *)to + have, 0, want - have);
	return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *f, const void *from, int amount,
    sqlite3_int64 at)
{
	struct file *x = handle_of(f)->file;

	if (!alive(x->disk))
		return SQLITE_IOERR_WRITE;
	if (machine[x->disk].full && (size_t)at + (size_t)amount > x->len)
		return SQLITE_FULL;
	file_put(x, (size_t)at, from, (size_t)amount);
	return SQLITE_OK;
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	struct file *x = handle_of(f)->file;

	if (!alive(x->disk))
		return SQLITE_IOERR_TRUNCATE;
	file_cut(x, (size_t)size);
	return SQLITE_OK;
}

static void sync_names(int disk)
{
	for (size_t i = 0; i < FILES; i++) {
		struct file *f = &disk_file[i];

		if (f->name[0] == '\0' || f->disk != disk)
			continue;
		f->name_stable = !f->gone;
		if (f->gone && f->handles == 0)
			file_forget(f);
	}
}

static int file_sync(sqlite3_file *f, int flags)
{
	struct handle *h = handle_of(f);

	(void)flags;
	if (!alive(h->file->disk))
		return SQLITE_IOERR_FSYNC;
	machine[h->file->disk].syncs++;
	file_settle(h->file);
	if (h->sync_dir)
		sync_names(h->file->disk);
	h->sync_dir = false;
	return SQLITE_OK;
}

static int file_size(sqlite3_file *f, sqlite3_int64 *size)
{
	*size = (sqlite3_int64)handle_of(f)->file->len;
	return SQLITE_OK;
}

static int file_lock(sqlite3_file *f, int level)
{
	struct handle *h = handle_of(f);
	struct file *x = h->file;

	if (h->level >= level)
		return SQLITE_OK;
	if (x->exclusive != NULL && x->exclusive != h)
		return SQLITE_BUSY;
	if (h->level == SQLITE_LOCK_NONE)
		x->shared++;
	if (level >= SQLITE_LOCK_RESERVED) {
		if (x->reserved != NULL && x->reserved != h)
			goto busy;
		x->reserved = h;
	}
	if (level >= SQLITE_LOCK_EXCLUSIVE) {
		if (x->shared > 1)
			goto busy;
		x->exclusive = h;
	}
	h->level = level;
	return SQLITE_OK;
busy:
	if (h->level == SQLITE_LOCK_NONE)
		x->shared--;
	return SQLITE_BUSY;
}

static int file_unlock(sqlite3_file *f, int level)
{
	struct handle *h = handle_of(f);
	struct file *x = h->file;

	if (h->level <= level)
		return SQLITE_OK;
	if (x->exclusive == h)
		x->exclusive = NULL;
	if (x->reserved == h)
		x->reserved = NULL;
	if (level == SQLITE_LOCK_NONE)
		x->shared--;
	h->level = level;
	return SQLITE_OK;
}

static int file_reserved(sqlite3_file *f, int *out)
{
	*out = handle_of(f)->file->reserved != NULL;
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
	return 4096;
}

static int file_traits(sqlite3_file *f)
{
	(void)f;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

/* ---- shared memory ---- */

static int shm_map(sqlite3_file *f, int region, int size, int extend,
    void volatile **out)
{
	struct handle *h = handle_of(f);
	struct file *x = h->file;

	*out = NULL;
	if (region < 0 || region >= SHM_REGIONS)
		return SQLITE_IOERR_SHMMAP;
	if (!h->shm) {
		h->shm = true;
		x->shm_users++;
	}
	if (x->shm[region] == NULL && extend != 0)
		x->shm[region] = calloc(1, (size_t)size);
	*out = x->shm[region];
	return SQLITE_OK;
}

static bool shm_take(struct handle *h, int slot, bool exclusive)
{
	struct file *x = h->file;
	unsigned bit = 1u << slot;

	if (x->shm_exclusive[slot] != NULL && x->shm_exclusive[slot] != h)
		return false;
	if (exclusive) {
		if (x->shm_shared[slot] > ((h->shm_shared & bit) != 0 ? 1 : 0))
			return false;
		x->shm_exclusive[slot] = h;
		h->shm_exclusive |= bit;
	} else if ((h->shm_shared & bit) == 0) {
		x->shm_shared[slot]++;
		h->shm_shared |= bit;
	}
	return true;
}

static void shm_drop(struct handle *h, int slot)
{
	struct file *x = h->file;
	unsigned bit = 1u << slot;

	if ((h->shm_shared & bit) != 0)
		x->shm_shared[slot]--;
	if (x->shm_exclusive[slot] == h)
		x->shm_exclusive[slot] = NULL;
	h->shm_shared &= ~bit;
	h->shm_exclusive &= ~bit;
}

static int shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	struct handle *h = handle_of(f);

	for (int slot = offset; slot < offset + n; slot++) {
		if ((flags & SQLITE_SHM_UNLOCK) != 0) {
			shm_drop(h, slot);
		} else if (!shm_take(h, slot,
			       (flags & SQLITE_SHM_EXCLUSIVE) != 0)) {
			while (--slot >= offset)
				shm_drop(h, slot);
			return SQLITE_BUSY;
		}
	}
	return SQLITE_OK;
}

static void shm_barrier(sqlite3_file *f)
{
	(void)f;
}

static int shm_unmap(sqlite3_file *f, int delete_it)
{
	struct handle *h = handle_of(f);

	(void)delete_it;
	if (!h->shm)
		return SQLITE_OK;
	for (int slot = 0; slot < SHM_LOCKS; slot++)
		shm_drop(h, slot);
	h->shm = false;
	if (--h->file->shm_users == 0)
		file_shm_free(h->file);
	return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

/* ---- names ---- */

/* A database is made by who opens it: the store makes the real file of that
 * name first, which lies outside these disks. */
static int vfs_open(sqlite3_vfs *v, const char *name, sqlite3_file *f,
    int flags, int *out_flags)
{
	const int beside = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL |
	    SQLITE_OPEN_SUPER_JOURNAL;
	const int make = SQLITE_OPEN_CREATE | SQLITE_OPEN_MAIN_DB;
	char temporary[FILE_NAME];
	struct handle *h = handle_of(f);

	(void)v;
	memset(h, 0, sizeof(*h));
	if (name == NULL) { /* what a statement can't hold in memory */
		snprintf(temporary, sizeof(temporary), "%d.%u", TEMP_DISK,
		    ++temporaries);
		name = temporary;
		flags |= SQLITE_OPEN_CREATE;
	}
	if (strlen(name) >= FILE_NAME)
		return SQLITE_CANTOPEN;
	h->file = file_find(name);
	if (h->file == NULL) {
		if ((flags & make) == 0 || !alive(name[0] - '0'))
			return SQLITE_CANTOPEN;
		h->file = file_make(name);
	}
	h->sync_dir = (flags & SQLITE_OPEN_CREATE) != 0 &&
	    (flags & beside) != 0;
	h->delete_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
	h->base.pMethods = &methods;
	h->file->handles++;
	if (out_flags != NULL)
		*out_flags = flags;
	return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *v, const char *name, int sync_dir)
{
	struct file *f = file_find(name);
	int disk;

	(void)v;
	if (f == NULL)
		return SQLITE_IOERR_DELETE_NOENT;
	disk = f->disk;
	if (!alive(disk))
		return SQLITE_IOERR_DELETE;
	file_unlink(f);
	if (sync_dir != 0)
		sync_names(disk);
	return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *v, const char *name, int flags, int *out)
{
	const struct file *f = file_find(name);

	(void)v;
	/* An empty file does not exist, as in os_unix.c. */
	*out = f != NULL && (flags != SQLITE_ACCESS_EXISTS || f->len > 0);
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
	rng_fill(&sqlite_stream, out, (size_t)amount);
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
    .mxPathname = FILE_NAME - 16,
    .zName = "sim",
    .xOpen = vfs_open,
    .xDelete = vfs_delete,
    .xAccess = vfs_access,
    .xFullPathname = vfs_path,
    .xRandomness = vfs_random,
    .xSleep = vfs_sleep,
    .xCurrentTime = vfs_time,
    .xGetLastError = vfs_error,
};

void disks_unmount(void)
{
	for (size_t i = 0; i < FILES; i++) {
		if (disk_file[i].handles != 0) {
			fprintf(stderr, "sim: %s is still open\n",
			    disk_file[i].name);
			abort();
		}
		if (disk_file[i].name[0] != '\0')
			file_forget(&disk_file[i]);
	}
	sqlite3_vfs_register(sqlite3_vfs_find("unix"), 1);
}

void disks_mount(uint64_t seed)
{
	disks_unmount();
	memset(machine, 0, sizeof(machine));
	temporaries = 0;
	for (size_t i = 0; i < DISKS; i++)
		machine[i].fuse = -1;
	sqlite_stream = rng_stream(seed, "sqlite");
	sqlite3_vfs_register(&vfs, 1);
	sqlite3_randomness(0, NULL); /* SQLite asks the VFS anew */
}
