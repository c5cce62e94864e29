/*
 * The stick: finding it, mounting it, and what may be read from it or written
 * to it.
 *
 * `auto` is the one USB disk of the machine: its file system must be vfat or
 * exfat, is known by its own first bytes, and is mounted nosuid, nodev and
 * noexec (and read-only but for stick_store) in a mount namespace that dies
 * with the worker process. `dir:DIR` is a folder that stands for a stick on a
 * developer's machine; it is there as long as the folder is.
 *
 * Everything on a stick is a stranger's: names are compared with what is
 * looked for, never used as they are; files are opened without following
 * links, must be regular, and have a bound; a folder is read to a bound.
 */
#ifndef KARCIS_UPDATE_STICK_H
#define KARCIS_UPDATE_STICK_H

#include "firmware/core/update.h"
#include "keep.h"

enum {
	STICK_PATH = 200,
	STICK_ENTRIES = 4096, /* of a folder; a root folder of FAT16 has 512 */
	STICK_OUT_FILES = 64, /* carried to a stick at once */
	STICK_CHUNK = 1 << 20
};

struct stick_place {
	bool is_folder;
	char folder[STICK_PATH]; /* is_folder */
	char mount[KEEP_PATH];   /* folder of the mount point */
};

struct stick {
	int root; /* descriptor of its root folder; -1 = none */
	bool mounted;
	char mount[KEEP_PATH];
};

/* "auto" or "dir:DIR"; mount: a folder for the mount point. */
int stick_place_parse(const char *text, const char *mount,
    struct stick_place *out, struct err *e) MUST_USE;
/* Whether one is there now. */
bool stick_is_there(const struct stick_place *p);

/* In a worker process only. -EBADMSG or another error with *why set. */
int stick_open(const struct stick_place *p, bool writable, struct stick *out,
    enum update_refusal *why, struct err *e) MUST_USE;
/* Unmounts; after writing an error means that not all may be on it. */
int stick_close(struct stick *s, struct err *e) MUST_USE;

/* The one file *.raucb at the root, open for reading, and its length. Files
 * "._*" are what macOS leaves beside a file and are passed over. */
int stick_find_bundle(const struct stick *s, int *fd, int64_t *bytes,
    enum update_refusal *why, struct err *e) MUST_USE;

/* Copies the known files of the stick's folder karcis/ into the folder `in`,
 * which is emptied first: mode 0640, of that group (-1: as it comes). */
int stick_fetch(const struct stick *s, const char *in, int64_t group,
    uint32_t *count, enum update_refusal *why, struct err *e) MUST_USE;
/* Takes the files of a folder away, nothing below it. */
int stick_empty(const char *in, struct err *e) MUST_USE;
/* Copies the regular files of `out` into the new folder karcis-out/NAME of
 * the stick, and one more, log (may be empty), as system.log. All durable on
 * return. */
int stick_store(const struct stick *s, const char *out, const char *name,
    struct str log, uint32_t *count, enum update_refusal *why,
    struct err *e) MUST_USE;

/* Errno of reading or writing a stick as a refusal. */
enum update_refusal stick_refusal(int error);

#endif
