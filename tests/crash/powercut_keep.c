/* The journal's purge: the day before is there wholly or erased wholly. */
#include "powercut.h"

#include <errno.h>
#include <string.h>

enum { OLD_VISITORS = 10, NEW_VISITORS = 6 };

static bool in_bytes(const struct bytes *b, const struct code_hash *hash)
{
	const uint8_t *p = b->ptr, *end;

	if (b->len < CODE_HASH_BYTES)
		return false;
	end = b->ptr + b->len - CODE_HASH_BYTES + 1;
	while (p < end &&
	    (p = memchr(p, hash->bytes[0], (size_t)(end - p))) != NULL) {
		if (memcmp(p, hash->bytes, CODE_HASH_BYTES) == 0)
			return true;
		p++;
	}
	return false;
}

bool on_disk(const struct image *i, const struct code_hash *hash)
{
	for (size_t f = 0; f < i->files; f++)
		if (in_bytes(&i->file[f].bytes, hash))
			return true;
	return false;
}

void purge_prepare(struct world *w)
{
	open_journal(w);
	for (int i = 0; i < OLD_VISITORS; i++)
		visitor(w, PC_DAY);
	for (int i = 0; i < NEW_VISITORS; i++)
		visitor(w, PC_DAY + 1);
	if (w->run % 2 == 0)
		close_journal(w);
}

static void purge_again(struct world *w)
{
	struct promise p;
	struct err e;

	promise_begin(&p);
	if (journal_purge(w->journal, PC_NOW, PC_DAY + 1, &e) < 0) {
		wrong(w, FAULT_DAMAGED, "purge: %s", e.text);
		return;
	}
	promise_kept(&p);
	if (!promise_made(&w->change))
		w->change = p;
	mark_entries(w, &p);
}

void purge_run(struct world *w)
{
	w->purges = true;
	open_journal(w);
	purge_again(w);
	visitor(w, PC_DAY + 1);
	close_journal(w);
}

static bool purged(struct world *w, const struct told *t)
{
	struct admission a;
	struct err e;
	int r = journal_find_admission(w->journal, &t->a.booking,
	    t->a.ticket.day, &a, &e);

	if (r < 0 && r != -ENOENT)
		wrong(w, FAULT_DAMAGED, "find: %s", e.text);
	return r == -ENOENT;
}

/* The purged tickets stay on the list as never given; those of the day after
 * are judged like any other. */
static void judge_purge(struct world *w)
{
	bool gone = purged(w, &w->told[0]);
	size_t i;

	promise_judge(w, &w->change, gone, "the purge");
	for (i = 0; i < OLD_VISITORS; i++) {
		struct told *t = &w->told[i];

		if (purged(w, t) != gone)
			wrong(w, FAULT_LOST, "half of a day was purged");
		if (gone) {
			promise_settle(&t->promise, false);
			promise_settle(&t->print, false);
		}
	}
}

static void judge_traces(struct world *w)
{
	struct image now;

	disk_read_all(&now);
	for (uint32_t person = 1; person <= OLD_VISITORS; person++) {
		struct code_hash h = person_hash(person);

		if (on_disk(&now, &h))
			wrong(w, FAULT_FALSE, "person %u is still on the disk",
			    person);
	}
	image_free(&now);
}

void purge_judge(struct world *w)
{
	open_journal(w);
	if (w->journal == NULL)
		return;
	judge_purge(w);
	judge_tickets(w);
	if (!promise_made(&w->change))
		purge_again(w);
	w->people += 1000;
	visitor(w, PC_DAY + 1);
	close_journal(w);
	judge_traces(w);
}
