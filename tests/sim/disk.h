/*
 * The disks of all machines of the simulator, in memory, under SQLite. While
 * they are mounted they are SQLite's default VFS. A file's machine is the
 * digit its name begins with: "0.hub.db", "1.journal.db".
 *
 * The promises are those of tests/crash/cut_vfs.h: bytes and size are on the
 * platter after a sync of the file, names after a sync of the directory, and
 * a write that is cut leaves anything in the bytes it wrote and changes no
 * other. Unlike that disk, these live on beside one another: one machine's
 * power fails while the others run, and several connections may share a file
 * (with shared memory, as a WAL needs it).
 */
#ifndef KARCIS_TESTS_SIM_DISK_H
#define KARCIS_TESTS_SIM_DISK_H

#include "rng.h"

enum { DISKS = 10 };

/* Everything gone; what SQLite draws follows the seed. No file may be open. */
void disks_mount(uint64_t seed);
void disks_unmount(void);

/* After so many more writes, syncs and the like the machine is dead: nothing
 * succeeds any more. Less than 0: it lives. */
void disk_fuse(int disk, int64_t operations);
bool disk_dead(int disk);
/* While it is full no file grows. */
void disk_full(int disk, bool full);
/* All files closed: what was not synced is kept, lost or torn. */
void disk_power_cut(int disk, struct rng *r);
/* Syncs so far. */
int64_t disk_syncs(int disk);

/* All files of a machine, as a process reads them now. */
struct disk_image;
struct disk_image *disk_copy(int disk);
void disk_restore(int disk, const struct disk_image *from); /* all closed */
void disk_image_free(struct disk_image *i);
void disk_wipe(int disk); /* a new card; all closed */
/* Writes the files of a machine into a real folder, for looking at. */
void disk_keep(int disk, const char *folder);

#endif
