/* The recording disk itself: is it what it says? */
#include "powercut.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TRIES = 400, BLOCK = 2048, NAME_ROOM = 64 };

/* What the files of one cut showed. */
struct seen {
	bool synced_lost, other_byte;
	size_t kept, lost, torn;      /* of the unsynced block */
	size_t short_file, long_file; /* the size did not hold, or did */
	size_t name_gone, name_there; /* of a file made */
	size_t back, away;            /* of a name removed */
	size_t truncated, not_truncated;
	bool dir_synced_gone;
};

static sqlite3_file *open_file(const char *name, int kind, void *room)
{
	sqlite3_vfs *v = sqlite3_vfs_find("cut");
	sqlite3_file *f = room;

	if (v->xOpen(v, name, f,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | kind,
		NULL) != SQLITE_OK)
		die("the disk does not open a file");
	return f;
}

static void put(sqlite3_file *f, int byte, size_t offset, size_t len)
{
	uint8_t block[BLOCK];

	memset(block, byte, sizeof(block));
	if (f->pMethods->xWrite(f, block, (int)len, (sqlite3_int64)offset) !=
	    SQLITE_OK)
		die("the disk does not write");
}

static void sync_file(sqlite3_file *f)
{
	if (f->pMethods->xSync(f, SQLITE_SYNC_NORMAL) != SQLITE_OK)
		die("the disk does not sync");
}

/*
 * "log", made with its directory: 2048 bytes of 'a', synced; then bytes
 * 100..1123 become 'b' and 2048..3071 are added, not synced. "new" is made and
 * not synced; "old" was synced with a directory sync and is removed; "cut" is
 * synced with 1000 bytes and truncated to 10.
 */
static void work(void)
{
	sqlite3_vfs *v = sqlite3_vfs_find("cut");
	uint64_t room[3][NAME_ROOM];
	sqlite3_file *log, *cut, *other;

	other = open_file("/old", SQLITE_OPEN_WAL, room[0]);
	put(other, 'o', 0, 10);
	sync_file(other);
	other->pMethods->xClose(other);
	cut = open_file("/cut", SQLITE_OPEN_WAL, room[1]);
	put(cut, 'c', 0, 1000);
	sync_file(cut);
	log = open_file("/log", SQLITE_OPEN_WAL, room[2]);
	put(log, 'a', 0, BLOCK);
	sync_file(log);
	put(log, 'b', 100, 1024);
	put(log, 'n', BLOCK, 1024);
	cut->pMethods->xTruncate(cut, 10);
	other = open_file("/new", SQLITE_OPEN_MAIN_DB, room[0]);
	put(other, 'n', 0, 10);
	sync_file(other); /* of the file: its name is not on the disk */
	other->pMethods->xClose(other);
	v->xDelete(v, "/old", 0);
	log->pMethods->xClose(log);
	cut->pMethods->xClose(cut);
}

/* Sectors of 512 bytes; the second, 512..1023, lies wholly in the 'b's. */
static void look_at_log(const struct image *left, struct seen *s)
{
	const struct image_file *f = image_find(left, "/log");
	size_t i, b = 0;

	if (f == NULL || f->bytes.len < BLOCK) {
		s->synced_lost = true;
		return;
	}
	for (i = 0; i < BLOCK; i++)
		if ((i < 100 || i >= 1124) && f->bytes.ptr[i] != 'a')
			s->other_byte = true;
	for (i = 512; i < 1024; i++)
		b += f->bytes.ptr[i] == 'b';
	for (i = 512; i < 1024 && f->bytes.ptr[i] == 'a'; i++)
		;
	s->kept += b == 512;
	s->lost += i == 1024;
	s->torn += b != 512 && i != 1024;
	s->short_file += f->bytes.len == BLOCK;
	s->long_file += f->bytes.len == BLOCK + 1024;
}

static void look(const struct image *left, struct seen *s)
{
	const struct image_file *f = image_find(left, "/cut");

	look_at_log(left, s);
	if (f == NULL || (f->bytes.len != 10 && f->bytes.len != 1000) ||
	    memcmp(f->bytes.ptr, "cccccccccc", 10) != 0)
		s->synced_lost = true;
	s->truncated += f != NULL && f->bytes.len == 10;
	s->not_truncated += f != NULL && f->bytes.len == 1000;
	f = image_find(left, "/new");
	s->name_there += f != NULL;
	s->name_gone += f == NULL;
	if (f != NULL && f->bytes.len != 10)
		s->synced_lost = true;
	f = image_find(left, "/old");
	s->back += f != NULL;
	s->away += f == NULL;
}

static const char *verdict(const struct seen *s)
{
	const struct {
		bool fine;
		const char *what;
	} all[] = {
	    {!s->synced_lost, "something synced was lost"},
	    {!s->other_byte, "a write harmed a byte beside it"},
	    {s->kept > 0 && s->lost > 0 && s->torn > 0,
		"a write is not now kept, now lost, now torn"},
	    {s->short_file > 0 && s->long_file > 0,
		"a file's size is always the same"},
	    {s->name_gone > 0 && s->name_there > 0,
		"a new name is not now there, now gone"},
	    {s->back > 0 && s->away > 0,
		"a removed name is not now there, now gone"},
	    {s->truncated > 0 && s->not_truncated > 0,
		"a truncation is not now done, now not"},
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (!all[i].fine)
			return all[i].what;
	return NULL;
}

/* With everything synced in the end, nothing may be left to chance. */
static const char *all_synced(uint64_t seed)
{
	uint64_t room[NAME_ROOM];
	sqlite3_vfs *v = sqlite3_vfs_find("cut");
	const char *why = NULL;
	struct record record;
	struct image left;
	sqlite3_file *f;

	disk_load(NULL);
	f = open_file("/first", SQLITE_OPEN_MAIN_DB, room);
	put(f, 'f', 0, 700);
	sync_file(f);
	f->pMethods->xClose(f);
	f = open_file("/gone", SQLITE_OPEN_MAIN_DB, room);
	f->pMethods->xClose(f);
	v->xDelete(v, "/gone", 1); /* and the directory is synced */
	disk_take_record(&record);
	for (uint64_t i = 0; i < TRIES && why == NULL; i++) {
		struct chance c = chance_of(seed, i, 5, 5);

		power_cut(&(struct image){0}, &record, record.ops, &c, &left,
		    NULL);
		if (left.files != 1 || left.file[0].bytes.len != 700 ||
		    left.file[0].bytes.ptr[699] != 'f')
			why = "a synced directory was not kept";
		image_free(&left);
	}
	record_free(&record);
	return why;
}

const char *control_disk(uint64_t seed, struct tally *tally)
{
	struct seen seen = {0};
	struct record record;
	struct image left;

	disk_load(NULL);
	work();
	disk_take_record(&record);
	for (uint64_t i = 0; i < TRIES; i++) {
		struct chance c = chance_of(seed, i, 4, 4);

		power_cut(&(struct image){0}, &record, record.ops, &c, &left,
		    tally);
		look(&left, &seen);
		image_free(&left);
	}
	record_free(&record);
	return verdict(&seen) != NULL ? verdict(&seen) : all_synced(seed);
}

/* What SQLite believes of a disk decides what it syncs. */
const char *control_like_unix(const char *dir)
{
	sqlite3_file *real = NULL;
	uint64_t room[NAME_ROOM];
	const char *why = NULL;
	sqlite3_file *ours;
	char path[128];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/journal.db", dir);
	if (sqlite3_open_v2(path, &db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
		"unix") != SQLITE_OK)
		die("SQLite's own disk does not open a file");
	sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &real);
	disk_load(NULL);
	ours = open_file("/journal.db", SQLITE_OPEN_MAIN_DB, room);
	if (ours->pMethods->xSectorSize(ours) !=
	    real->pMethods->xSectorSize(real))
		why = "the sectors differ";
	if (ours->pMethods->xDeviceCharacteristics(ours) !=
	    real->pMethods->xDeviceCharacteristics(real))
		why = "the traits differ";
	ours->pMethods->xClose(ours);
	sqlite3_close(db);
	unlink(path);
	return why;
}
