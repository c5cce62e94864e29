#include "hub_bucket.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "hub_text.h"

int64_t hub_epoch_draw(void)
{
	uint64_t n;

	do {
		randombytes_buf(&n, sizeof(n));
		n >>= 11;
	} while (n == 0);
	return (int64_t)n;
}

bool hub_bucket_read(struct hub_db *db, int first, struct hub_bucket *out)
{
	memset(out, 0, sizeof(*out));
	out->day = (int32_t)hub_db_int(db, first);
	out->epoch = hub_db_int(db, first + 1);
	out->head = hub_db_int(db, first + 2);
	out->restored = (enum hub_restored)hub_db_int(db, first + 4);
	return feed_digest_parse(hub_db_text(db, first + 3), &out->digest);
}

/* Those of the days that are there: *found of them, ascending. */
static int lock_there(struct hub_db *db, uint32_t office, const char *list,
    size_t n, struct hub_bucket *out, size_t *found, struct err *e)
{
	int r = hub_db_ask(db, HUB_SQL_BUCKET_LOCK,
	    HUB_ARGS(hub_n(office), hub_t(list)), e);

	*found = 0;
	if (r == 0)
		r = hub_db_next(db, e);
	while (r == 0 && (r = hub_db_row(db, e)) == 1) {
		r = 0;
		if (*found == n || !hub_bucket_read(db, 0, &out[(*found)++]))
			r = err_set(e, -EIO, "hub: a day's row is no good");
	}
	return r;
}

/* A day that had begun when the hub was restored has lost what came after
 * the backup. */
static void list_missing(struct hub_text *rows, const int32_t *days,
    const int64_t *known_epoch, size_t n, int64_t restored_day,
    const struct hub_bucket *there, size_t found)
{
	char zero[FEED_DIGEST_HEX + 1];
	const struct feed_digest none = {{0}};
	size_t at = 0;

	feed_digest_hex(&none, zero);
	hub_text_str(rows, "[");
	for (size_t i = 0; i < n; i++) {
		bool lost = days[i] <= restored_day ||
		    (known_epoch != NULL && known_epoch[i] != 0);

		if (at < found && there[at].day == days[i]) {
			at++;
			continue;
		}
		hub_text_comma(rows);
		hub_text_fmt(rows, "[%ld,%lld,\"%s\",%d]", (long)days[i],
		    (long long)hub_epoch_draw(), zero,
		    lost ? HUB_LOST : HUB_FIRST);
	}
	hub_text_str(rows, "]");
}

static int add_missing(struct hub_db *db, uint32_t office, const int32_t *days,
    const int64_t *known_epoch, size_t n, const struct hub_bucket *there,
    size_t found, struct err *e)
{
	struct hub_text rows = {0};
	int64_t restored_day = -1;
	int r = hub_db_one(db, HUB_SQL_OFFICE_GET, HUB_ARGS(hub_n(office)), e);

	if (r == 1)
		restored_day = hub_db_int(db, 4);
	list_missing(&rows, days, known_epoch, n, restored_day, there, found);
	if (r >= 0 && rows.failed)
		r = err_set(e, -ENOMEM, "hub: out of memory");
	if (r >= 0)
		r = hub_db_run(db, HUB_SQL_BUCKET_ADD,
		    HUB_ARGS(hub_n(office), hub_t(rows.ptr)), e);
	hub_text_fini(&rows);
	return r;
}

int hub_bucket_lock(struct hub_db *db, uint32_t office, const int32_t *days,
    const int64_t *known_epoch, size_t n, struct hub_bucket *out, struct err *e)
{
	struct hub_text list = {0};
	size_t found = 0;
	int r = 0;

	if (n == 0)
		return 0;
	hub_text_str(&list, "[");
	for (size_t i = 0; i < n; i++) {
		hub_text_comma(&list);
		hub_text_int(&list, days[i]);
	}
	hub_text_str(&list, "]");
	if (list.failed)
		r = err_set(e, -ENOMEM, "hub: out of memory");
	if (r == 0)
		r = lock_there(db, office, list.ptr, n, out, &found, e);
	if (r == 0 && found < n) {
		r = add_missing(db, office, days, known_epoch, n, out, found,
		    e);
		if (r == 0)
			r = lock_there(db, office, list.ptr, n, out, &found, e);
		if (r == 0 && found < n)
			r = err_set(e, -EIO, "hub: a day could not be made");
	}
	hub_text_fini(&list);
	return r;
}

int hub_bucket_save(struct hub_db *db, uint32_t office,
    const struct hub_bucket *buckets, size_t n, struct err *e)
{
	char hex[FEED_DIGEST_HEX + 1];
	struct hub_text rows = {0};
	bool any = false;
	int r = 0;

	hub_text_str(&rows, "[");
	for (size_t i = 0; i < n; i++) {
		const struct hub_bucket *b = &buckets[i];

		if (!b->changed)
			continue;
		any = true;
		feed_digest_hex(&b->digest, hex);
		hub_text_comma(&rows);
		hub_text_fmt(&rows, "[%ld,%lld,%lld,\"%s\",%d]", (long)b->day,
		    (long long)b->epoch, (long long)b->head, hex,
		    (int)b->restored);
	}
	hub_text_str(&rows, "]");
	if (rows.failed)
		r = err_set(e, -ENOMEM, "hub: out of memory");
	else if (any)
		r = hub_db_run(db, HUB_SQL_BUCKET_SAVE,
		    HUB_ARGS(hub_n(office), hub_t(rows.ptr)), e);
	hub_text_fini(&rows);
	return r;
}

bool hub_bucket_judge(struct hub_bucket *b, int64_t epoch, int64_t after)
{
	if (epoch == b->epoch && after > b->head) {
		b->epoch = hub_epoch_draw();
		b->restored = HUB_LOST;
		b->changed = true;
		return true;
	}
	/* A day of its first epoch, and a device knows another one: this hub
	 * forgot it. */
	if (epoch != 0 && epoch != b->epoch && b->restored == HUB_FIRST) {
		b->restored = HUB_LOST;
		b->changed = true;
		return true;
	}
	return false;
}
