#include "audit_hub.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/core/log_check.h"
#include "firmware/core/log_walk.h"

enum {
	PREFIX_BYTES = 2, /* of an entry in a bundle: its length */
	ENTRY_LONGEST = 1024,
	BUNDLE_BYTES = LOG_TILE * (PREFIX_BYTES + ENTRY_LONGEST),
	HASHES_BYTES = LOG_TILE * MERKLE_BYTES
};

struct visit {
	const struct audit_source *source;
	const struct audit_hub_question *q;
	struct audit_hub_answer *out;
	struct log_walk walk;
	bool own_ended;
	uint64_t own_size; /* the journal must have what the log had then */
	/* Kept checkpoints, ascending; those before `at` were compared. */
	struct audit_known known[AUDIT_KNOWN + 2];
	size_t knowns, at;
	uint8_t bundle[BUNDLE_BYTES], hashes[HASHES_BYTES];
};

static void find(struct visit *v, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void find(struct visit *v, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(v->out->text, sizeof(v->out->text), fmt, args);
	va_end(args);
	v->out->found = true;
}

static void find_entry(struct visit *v, const struct log_finding *f)
{
	if (f->device == 0)
		find(v, "index %" PRIu64 " %s", f->index,
		    log_fault_words(f->fault));
	else
		find(v,
		    "index %" PRIu64 " (device %" PRIu32 ", entry %" PRIu64
		    ") %s",
		    f->index, f->device, f->n, log_fault_words(f->fault));
}

/* A tile that was partial when the checkpoint was made may be full by now. */
static int get_tile(const struct visit *v, int level, uint64_t index,
    unsigned width, uint8_t *out, size_t cap, size_t *len, struct err *e)
{
	char path[LOG_PATH];
	int r;

	if (!log_tile_path(level, index, width, path))
		return err_set(e, -EINVAL, "audit: the log is too long");
	r = v->source->get(v->source->ctx, path, out, cap, len, e);
	if (r != -ENOENT || width == LOG_TILE ||
	    !log_tile_path(level, index, LOG_TILE, path))
		return r;
	return v->source->get(v->source->ctx, path, out, cap, len, e);
}

/* The next row of the journal must be what the log says of n. */
static int compare_own(struct visit *v, const struct log_entry *x,
    struct err *e)
{
	struct audit_row row;
	int r = v->own_ended ? 0 : audit_rows_next(v->q->own, &row, e);

	if (r < 0)
		return r;
	if (r == 0) {
		v->own_ended = true;
		if (v->walk.tree.size > v->own_size)
			return 0;
		find(v,
		    "entry %" PRIu64 " is in the hub's log and not in this "
		    "terminal's journal",
		    x->n);
	} else if (row.n != x->n || row.time_s != x->time_s ||
	    row.kind != x->kind ||
	    memcmp(&row.commitment, &x->commitment, sizeof(x->commitment)) !=
		0 ||
	    memcmp(&row.hash, &x->hash, sizeof(x->hash)) != 0) {
		find(v,
		    "entry %" PRIu64 " differs between this terminal's journal "
		    "and the hub's log",
		    x->n);
	} else {
		v->out->own_logged = x->n;
	}
	return 0;
}

/* Each tree that was signed once must be a beginning of this one. */
static void compare_known(struct visit *v)
{
	struct merkle_hash root = {{0}};
	const struct audit_known *k;

	for (; v->at < v->knowns && !v->out->found; v->at++) {
		k = &v->known[v->at];
		if (k->size > v->walk.tree.size)
			return;
		root = merkle_root(&v->walk.tree);
		if (memcmp(&root, &k->root, sizeof(root)) != 0)
			find(v,
			    "the log does not begin with the %" PRIu64
			    " entries of a checkpoint that is kept here",
			    k->size);
	}
}

static int take_entry(struct visit *v, struct str bytes,
    const struct merkle_hash *told, struct err *e)
{
	struct log_finding f;
	struct log_entry x;
	int r = 0;

	if (log_walk_add(&v->walk, bytes, told, &x, &f) != LOG_FAULT_NONE) {
		find_entry(v, &f);
		return 0;
	}
	if (v->q->paper != NULL)
		paper_hash(v->q->paper, x.device, x.n, x.kind, &x.hash);
	if (v->q->own != NULL && x.device == v->q->own_device)
		r = compare_own(v, &x, e);
	if (r == 0)
		compare_known(v);
	return r;
}

/* One entry off the front of a bundle. */
static bool cut_entry(struct str *rest, struct str *entry)
{
	size_t len;

	if (rest->len < PREFIX_BYTES)
		return false;
	len = (size_t)((unsigned char)rest->ptr[0] << 8 |
	    (unsigned char)rest->ptr[1]);
	if (rest->len - PREFIX_BYTES < len)
		return false;
	*entry = str_cut(*rest, PREFIX_BYTES, len);
	*rest = str_cut(*rest, PREFIX_BYTES + len, rest->len);
	return true;
}

static int take_bundle(struct visit *v, unsigned width, size_t len,
    size_t hashes, struct err *e)
{
	struct str rest = str_of(v->bundle, len), entry;
	struct merkle_hash told;
	int r = 0;

	for (unsigned i = 0; i < width && r == 0 && !v->out->found; i++) {
		if ((i + 1) * (size_t)MERKLE_BYTES > hashes) {
			find(v, "index %" PRIu64 " has no hash in its tile",
			    v->walk.tree.size);
		} else if (!cut_entry(&rest, &entry)) {
			find(v, "index %" PRIu64 " is missing in its bundle",
			    v->walk.tree.size);
		} else {
			memcpy(told.bytes, v->hashes + (size_t)i * MERKLE_BYTES,
			    sizeof(told.bytes));
			r = take_entry(v, entry, &told, e);
		}
	}
	return r;
}

static int walk_entries(struct visit *v, uint64_t size, struct err *e)
{
	int r = 0;

	for (uint64_t at = 0; at < size && r == 0 && !v->out->found;
	     at += LOG_TILE) {
		unsigned width = size - at < LOG_TILE ? (unsigned)(size - at)
						      : LOG_TILE;
		size_t len = 0, hashes = 0;

		r = get_tile(v, -1, at / LOG_TILE, width, v->bundle,
		    sizeof(v->bundle), &len, e);
		if (r == 0)
			r = get_tile(v, 0, at / LOG_TILE, width, v->hashes,
			    sizeof(v->hashes), &hashes, e);
		if (r == 0)
			r = take_bundle(v, width, len, hashes, e);
		/* The checkpoint promises them. */
		if (r == -ENOENT) {
			find(v,
			    "index %" PRIu64 " on: the hub does not give "
			    "the entries of its checkpoint",
			    at);
			r = 0;
		}
	}
	return r;
}

/* What the journal holds beyond the log's last entry of ours. */
static int count_own(struct visit *v, struct err *e)
{
	struct audit_row row;
	int r = 0;

	if (v->q->own == NULL || v->own_ended || v->out->found)
		return 0;
	while ((r = audit_rows_next(v->q->own, &row, e)) > 0)
		v->out->own_not++;
	return r;
}

static int by_size(const void *a, const void *b)
{
	const struct audit_known *x = a, *y = b;

	return (x->size > y->size) - (x->size < y->size);
}

/* False: it is not one of that log. */
static bool know_note(struct visit *v, const char *note)
{
	struct checkpoint c;

	if (log_open(str_from(note), str_from(v->q->log_key), v->q->office,
		&c) != LOG_AGREES)
		return false;
	v->known[v->knowns].size = c.size;
	v->known[v->knowns++].root = c.root;
	return true;
}

/* The checkpoint that the journal here keeps, and the one from before it was
 * copied. */
static int know_own(struct visit *v, struct err *e)
{
	char note[NOTE_BYTES];
	int r;

	v->own_size = UINT64_MAX;
	if (v->q->own == NULL)
		return 0;
	if (v->q->before != NULL) {
		if (!know_note(v, v->q->before)) {
			find(v, "the log's checkpoint is not under that key");
			return 0;
		}
		v->own_size = v->known[v->knowns - 1].size;
	}
	r = audit_rows_checkpoint(v->q->own, note, e);
	if (r == 0 && note[0] != '\0' && !know_note(v, note))
		find(v,
		    "the checkpoint that this terminal keeps is not under "
		    "that key");
	return r;
}

/* All kept ones, and whether the log is large enough for them. */
static int know(struct visit *v, struct err *e)
{
	uint64_t size = v->out->checkpoint.size;
	int r;

	for (; v->knowns < v->q->knowns; v->knowns++)
		v->known[v->knowns] = v->q->known[v->knowns];
	r = know_own(v, e);
	if (r < 0 || v->out->found || v->knowns == 0)
		return r;
	qsort(v->known, v->knowns, sizeof(v->known[0]), by_size);
	if (v->known[v->knowns - 1].size > size)
		find(v,
		    "the log has %" PRIu64 " entries; a checkpoint of %" PRIu64
		    " is kept here",
		    size, v->known[v->knowns - 1].size);
	compare_known(v); /* those of the empty tree */
	return 0;
}

int audit_hub_note(const struct audit_source *source, char out[NOTE_BYTES],
    struct err *e)
{
	size_t len = 0;
	int r = source->get(source->ctx, "checkpoint", (uint8_t *)out,
	    NOTE_BYTES - 1, &len, e);

	out[r < 0 ? 0 : len] = '\0';
	return r;
}

static int check_log(struct visit *v, struct err *e)
{
	struct checkpoint *c = &v->out->checkpoint;
	struct merkle_hash root;
	enum log_answer a;
	int r = audit_hub_note(v->source, v->out->note, e);

	if (r < 0)
		return r;
	a = log_open(str_from(v->out->note), str_from(v->q->log_key),
	    v->q->office, c);
	if (a == LOG_BAD_KEY)
		return err_set(e, -EINVAL,
		    "audit: --log-key is not the text of a key");
	if (a != LOG_AGREES) {
		find(v, "the log does not fit: %s", log_answer_words(a));
		return 0;
	}
	r = know(v, e);
	if (r == 0)
		r = walk_entries(v, c->size, e);
	if (r == 0)
		r = count_own(v, e);
	root = merkle_root(&v->walk.tree);
	if (r == 0 && !v->out->found &&
	    memcmp(&root, &c->root, sizeof(root)) != 0)
		find(v,
		    "the tree of the %" PRIu64 " entries is another than the "
		    "checkpoint's",
		    c->size);
	v->out->devices = v->walk.chains;
	return r;
}

int audit_hub_check(const struct audit_source *source,
    const struct audit_hub_question *q, struct audit_hub_answer *out,
    struct err *e)
{
	static struct visit v; /* too large for a stack; one at a time */

	memset(out, 0, sizeof(*out));
	memset(&v, 0, sizeof(v));
	v.source = source;
	v.q = q;
	v.out = out;
	v.walk.office = q->office;
	return check_log(&v, e);
}
