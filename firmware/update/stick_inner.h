/* stick.c asks stick_find.c for devices, and mounts what it finds. */
#ifndef KARCIS_UPDATE_STICK_INNER_H
#define KARCIS_UPDATE_STICK_INNER_H

#include "stick.h"

enum stick_fs { STICK_FS_NONE = 0, STICK_FS_VFAT, STICK_FS_EXFAT };

enum { STICK_BOOT_BYTES = 512 };

/* From the first 512 bytes of a partition. */
enum stick_fs stick_fs_of(const uint8_t boot[STICK_BOOT_BYTES]) MUST_USE;

/* The USB disk's partition (or the disk itself) that holds the file system.
 * -EBADMSG with *why: no disk, two disks, neither vfat nor exfat. */
int stick_find_device(char node[STICK_PATH], enum stick_fs *fs,
    enum update_refusal *why, struct err *e) MUST_USE;
/* How many USB disks with a medium there are; asks sysfs, never a disk, which
 * might not answer. */
unsigned stick_count_disks(void);

#endif
