/*
 * The log of an office, on the store: entries, the Merkle tree over them, and
 * the checkpoints that the office's log key signs (firmware/core/log.h;
 * docs/FORMATS.md, Log entry). Who appends holds the office's lock; who reads
 * sees one snapshot.
 *
 * The tree is kept as the tiles in which it is published: 256 hashes of level
 * 8 L make one of tile level L, and a full tile's root stands in the tile
 * above. Nodes between are computed from a tile, so that a proof reads a few
 * tiles whatever the tree's size.
 */
#ifndef KARCIS_HUB_HUB_LOG_H
#define KARCIS_HUB_HUB_LOG_H

#include "firmware/core/log.h"
#include "hub_db.h"
#include "hub_text.h"

struct hub_log;

/* Of one transaction. hub_log_close(NULL) does nothing. */
int hub_log_open(struct hub_db *db, uint32_t office, struct hub_log **out,
    struct err *e) MUST_USE;
void hub_log_close(struct hub_log *l);
uint64_t hub_log_size(const struct hub_log *l);
/* Entries of this office, into the rows and the tree. */
int hub_log_append(struct hub_log *l, const struct log_entry *entries, size_t n,
    struct err *e) MUST_USE;

/* The tree as it is, appended entries counted. */
int hub_log_root(struct hub_log *l, struct merkle_hash *out,
    struct err *e) MUST_USE;
/* Proofs for that tree; of MERKLE_PROOF hashes at most. */
int hub_log_included(struct hub_log *l, uint64_t index,
    struct merkle_hash *proof, size_t *n, struct err *e) MUST_USE;
int hub_log_consistent(struct hub_log *l, uint64_t from,
    struct merkle_hash *proof, size_t *n, struct err *e) MUST_USE;
/* Appends the signed note to *out. */
int hub_log_checkpoint(struct hub_log *l, const struct hub *h,
    struct hub_text *out, struct err *e) MUST_USE;

/* A row of LOG_ENTRIES or LOG_OF_DEVICE and its place; false: no good. */
bool hub_log_row(struct hub_db *db, uint32_t office, struct log_entry *out,
    uint64_t *index) MUST_USE;
/* At most LOG_TILE hashes of the store's text; false: it is no good. */
bool hub_log_hashes(struct str text, struct merkle_hash *out,
    size_t *n) MUST_USE;

/* The key that signs an office's checkpoints: from the hub's master; its name
 * is the log's origin. -EINVAL: the hub's URL makes no name. */
int hub_log_key(const struct hub *h, uint32_t office, struct note_key *key,
    uint8_t secret[NOTE_SECRET_BYTES], struct err *e) MUST_USE;

#endif
