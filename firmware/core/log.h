/*
 * The hub's log of one office: the audit chains of its devices, merged in the
 * order in which the hub took them, as the entries of a Merkle tree. What
 * stands in it tells of no person. docs/FORMATS.md, Log entry.
 */
#ifndef KARCIS_CORE_LOG_H
#define KARCIS_CORE_LOG_H

#include "audit.h"
#include "note.h"

enum {
	LOG_ENTRY_BYTES = 91, /* version 1 */
	LOG_TILE = 256,       /* C2SP tlog-tiles: hashes and entries a tile */
	LOG_PATH = 96
};

/* u8 version 1 || u32 office || u32 device || u64 n || i64 time || u16 kind ||
 * commitment || hash */
struct log_entry {
	uint32_t office, device; /* of the hub's roster */
	uint64_t n;              /* of the device's chain */
	int64_t time_s;
	uint16_t kind;
	struct audit_hash commitment, hash;
};
void log_entry_put(const struct log_entry *x, uint8_t out[LOG_ENTRY_BYTES]);
bool log_entry_read(struct str bytes, struct log_entry *out) MUST_USE;

/* "hub.example/karcis/4102" of "https://hub.example", 4102. */
bool log_origin(struct str url, uint32_t office, char out[NOTE_NAME]) MUST_USE;

/* Path of a tile below the log's own (C2SP tlog-tiles): level -1 = entries,
 * width 1..256; "tile/0/x001/067", "tile/entries/000.p/12". */
bool log_tile_path(int level, uint64_t index, unsigned width,
    char out[LOG_PATH]) MUST_USE;
bool log_tile_parse(struct str path, int *level, uint64_t *index,
    unsigned *width) MUST_USE;

#endif
