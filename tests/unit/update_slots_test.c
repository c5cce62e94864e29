/* The small files of karcis-update, its slots as files, and the story that a
 * start finds. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/update/floor.h"
#include "firmware/update/keep.h"
#include "firmware/update/record.h"
#include "firmware/update/slots_files.h"
#include "firmware/update/stick.h"
#include "firmware/update/stick_inner.h"

static char dir[64];
static struct err e;

static int make(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/karcis-slots-XXXXXX");
	assert_non_null(mkdtemp(dir));
	e = (struct err){0};
	return 0;
}

static int unmake(void **state)
{
	char sub[KEEP_PATH];

	(void)state;
	if (keep_path(sub, dir, "a") && access(sub, F_OK) == 0) {
		assert_int_equal(stick_empty(sub, &e), 0);
		assert_int_equal(rmdir(sub), 0);
	}
	assert_int_equal(stick_empty(dir, &e), 0);
	return rmdir(dir);
}

static void put(const char *name, const char *text)
{
	assert_int_equal(keep_write(dir, name, str_from(text), &e), 0);
}

static void assert_file(const char *name, const char *want)
{
	char room[KEEP_BYTES];
	struct str text;

	assert_int_equal(keep_read(dir, name, room, &text, &e), 0);
	assert_true(str_is(text, want));
}

/* ---- keep ---- */

static void test_a_file_is_replaced_whole(void **state)
{
	(void)state;
	put("x", "a long first text\n");
	put("x", "short\n");
	assert_file("x", "short\n");
}

static void test_what_is_no_regular_file_is_not_read(void **state)
{
	char room[KEEP_BYTES], path[KEEP_PATH];
	struct str text;

	(void)state;
	assert_int_equal(keep_read(dir, "none", room, &text, &e), -ENOENT);
	assert_true(keep_path(path, dir, "fifo"));
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(keep_read(dir, "fifo", room, &text, &e), -EINVAL);
	assert_true(keep_path(path, dir, "link"));
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(keep_read(dir, "link", room, &text, &e), -ELOOP);
}

static void test_a_file_is_read_up_to_its_bound(void **state)
{
	static char long_text[KEEP_BYTES + 1];
	char room[KEEP_BYTES];
	struct str text;

	(void)state;
	memset(long_text, 'x', KEEP_BYTES - 1);
	put("x", long_text);
	assert_int_equal(keep_read(dir, "x", room, &text, &e), 0);
	assert_int_equal(text.len, KEEP_BYTES - 1);
	long_text[KEEP_BYTES - 1] = 'x';
	put("x", long_text);
	assert_int_equal(keep_read(dir, "x", room, &text, &e), -EFBIG);
}

/* ---- floor ---- */

static void test_the_floor_only_rises(void **state)
{
	uint32_t n = 99;

	(void)state;
	assert_int_equal(floor_load(dir, &n, &e), 0);
	assert_int_equal(n, 0);
	assert_int_equal(floor_raise(dir, 3, &e), 0);
	assert_file("floor", "security 3\n");
	assert_int_equal(floor_raise(dir, 2, &e), 0);
	assert_file("floor", "security 3\n");
	assert_int_equal(floor_raise(dir, 4, &e), 0);
	assert_int_equal(floor_load(dir, &n, &e), 0);
	assert_int_equal(n, 4);
}

static void test_a_floor_that_cannot_be_read_is_told(void **state)
{
	static const char *const bad[] = {"", "security\n", "security 0\n",
	    "security x\n", "security 3 4\n", "security 2147483648\n",
	    "floor 3\n"};
	uint32_t n;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		put("floor", bad[i]);
		assert_int_equal(floor_load(dir, &n, &e), -EINVAL);
		assert_int_equal(n, 0);
	}
	assert_int_equal(floor_raise(dir, 5, &e), 0);
	assert_file("floor", "security 5\n");
}

/* ---- record ---- */

static struct record activated(enum record_stage stage)
{
	struct record r = {.id = 12,
	    .stage = stage,
	    .from = {0, 4, 0},
	    .to = {0, 5, 0},
	    .from_slot = "a",
	    .to_slot = "b",
	    .boot = "boot-1"};

	return r;
}

static void test_a_record_comes_back_as_it_was(void **state)
{
	struct record r = activated(RECORD_INSTALLED), back;

	(void)state;
	r.time_s = 1795000000;
	assert_int_equal(record_save(dir, &r, &e), 0);
	assert_file("record",
	    "id 12\nstage installed\nfrom 0.4.0\nto 0.5.0\nfrom-slot a\n"
	    "to-slot b\nboot boot-1\ntime 1795000000\n");
	assert_int_equal(record_load(dir, &back, &e), 0);
	assert_int_equal(back.id, 12);
	assert_int_equal(back.stage, RECORD_INSTALLED);
	assert_int_equal(back.to.minor, 5);
	assert_string_equal(back.to_slot, "b");
	assert_string_equal(back.boot, "boot-1");
	assert_int_equal(back.time_s, 1795000000);
}

static void test_no_record_is_an_empty_one_and_a_bad_one_is_told(void **state)
{
	struct record r;

	(void)state;
	assert_int_equal(record_load(dir, &r, &e), 0);
	assert_int_equal(r.stage, RECORD_NONE);
	put("record", "id 1\nstage dreaming\n");
	assert_int_equal(record_load(dir, &r, &e), -EINVAL);
	assert_int_equal(r.id, 0);
	put("record", "id 1\nstage none\nwhat\n");
	assert_int_equal(record_load(dir, &r, &e), -EINVAL);
	put("record", "id 1\nstage none\ntime -1\n");
	assert_int_equal(record_load(dir, &r, &e), -EINVAL);
	put("record", "stage none\n");
	assert_int_equal(record_load(dir, &r, &e), -EINVAL);
	put("record", "id 1\n");
	assert_int_equal(record_load(dir, &r, &e), -EINVAL);
}

/* After a return the old system reads what the new one left. */
static void test_a_record_of_a_later_release_is_read(void **state)
{
	struct record r;

	(void)state;
	put("record",
	    "id 7\nreason too-hot\nstage activated\nfrom 0.4.0\n"
	    "to 0.5.0\nfrom-slot a\nto-slot b\nboot boot-1\ntime 0\n");
	assert_int_equal(record_load(dir, &r, &e), 0);
	assert_int_equal(r.id, 7);
	assert_int_equal(record_story(&r, "boot-3", "a", false),
	    STORY_RETURNED);
}

static void test_the_story_follows_from_record_boot_and_slot(void **state)
{
	static const struct {
		enum record_stage stage;
		const char *boot, *running;
		bool other_first;
		enum record_story story;
	} cases[] = {
	    /* Nothing is due, whatever runs. */
	    {RECORD_NONE, "boot-2", "b", true, STORY_NOTHING},
	    {RECORD_INSTALLED, "boot-2", "b", false, STORY_NOTHING},
	    {RECORD_RETURNED, "boot-2", "a", false, STORY_NOTHING},
	    /* The same start of the machine. */
	    {RECORD_ACTIVATED, "boot-1", "a", true, STORY_READY},
	    {RECORD_ACTIVATING, "boot-1", "a", true, STORY_READY},
	    {RECORD_ACTIVATING, "boot-1", "a", false, STORY_DROPPED},
	    {RECORD_ACTIVATED, "boot-1", "a", false, STORY_DROPPED},
	    /* Another start, in the new slot: after a cut, too. */
	    {RECORD_ACTIVATED, "boot-2", "b", false, STORY_TRIAL},
	    {RECORD_ACTIVATING, "boot-2", "b", false, STORY_TRIAL},
	    /* Another start, in the old one. */
	    {RECORD_ACTIVATED, "boot-3", "a", true, STORY_RETURNED},
	    {RECORD_ACTIVATED, "boot-3", "a", false, STORY_RETURNED},
	    {RECORD_ACTIVATING, "boot-3", "a", true, STORY_RETURNED},
	    {RECORD_ACTIVATING, "boot-2", "a", false, STORY_DROPPED},
	    /* What cannot be. */
	    {RECORD_ACTIVATED, "boot-1", "b", false, STORY_UNSET},
	    {RECORD_ACTIVATED, "boot-2", "c", false, STORY_UNSET},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct record r = activated(cases[i].stage);

		assert_int_equal(record_story(&r, cases[i].boot,
				     cases[i].running, cases[i].other_first),
		    cases[i].story);
	}
}

/* ---- the loader's rule ---- */

static void boot_with(const char *first, const char *ok_a, const char *try_a,
    const char *ok_b, const char *try_b)
{
	char text[256];

	(void)snprintf(text, sizeof(text),
	    "first %s\nok-a %s\ntry-a %s\nok-b %s\ntry-b %s\nrunning a\n"
	    "boots 5\n",
	    first, ok_a, try_a, ok_b, try_b);
	put("boot", text);
}

static void test_the_first_that_is_ok_and_not_tried_is_started(void **state)
{
	static const struct {
		const char *first, *ok_a, *try_a, *ok_b, *try_b, *starts;
	} cases[] = {
	    {"a", "yes", "no", "no", "no", "a"},
	    {"b", "yes", "no", "yes", "no", "b"},
	    /* B was tried and not marked good: back to A. */
	    {"b", "yes", "no", "yes", "yes", "a"},
	    {"b", "yes", "no", "no", "no", "a"},
	    /* One try each, and none left: the first that is ok. */
	    {"b", "yes", "yes", "yes", "yes", "b"},
	    {"b", "yes", "yes", "no", "no", "a"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char slot[UPDATE_SLOT];

		boot_with(cases[i].first, cases[i].ok_a, cases[i].try_a,
		    cases[i].ok_b, cases[i].try_b);
		assert_int_equal(slots_files_boot(dir, slot, &e), 0);
		assert_string_equal(slot, cases[i].starts);
	}
}

static void test_a_start_counts_and_uses_up_the_try(void **state)
{
	char slot[UPDATE_SLOT];

	(void)state;
	boot_with("b", "yes", "no", "yes", "no");
	assert_int_equal(slots_files_boot(dir, slot, &e), 0);
	assert_file("boot",
	    "first b\nok-a yes\ntry-a no\nok-b yes\ntry-b yes\nrunning b\n"
	    "boots 6\n");
}

static struct slots *open_slots(void)
{
	char spec[80];
	struct slots *s;

	(void)snprintf(spec, sizeof(spec), "files:%s", dir);
	assert_int_equal(slots_open(spec, dir, &s, &e), 0);
	return s;
}

static void test_marks_change_what_they_say_and_no_more(void **state)
{
	struct slots *s;

	(void)state;
	boot_with("a", "yes", "yes", "no", "yes");
	s = open_slots();
	assert_int_equal(slots_mark_good(s, &e), 0);
	assert_file("boot",
	    "first a\nok-a yes\ntry-a no\nok-b no\ntry-b yes\nrunning a\n"
	    "boots 5\n");
	assert_int_equal(slots_activate(s, &e), 0);
	assert_file("boot",
	    "first b\nok-a yes\ntry-a no\nok-b yes\ntry-b no\nrunning a\n"
	    "boots 5\n");
	assert_int_equal(slots_mark_bad(s, &e), 0);
	assert_file("boot",
	    "first a\nok-a yes\ntry-a no\nok-b no\ntry-b no\nrunning a\n"
	    "boots 5\n");
	slots_close(s);
}

static void test_only_known_slots_are_opened(void **state)
{
	static const char *const bad[] = {"", "files",
	    "files:", "rauc:", "else:/tmp"};
	struct slots *s;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(slots_open(bad[i], dir, &s, &e), -EINVAL);
	assert_int_equal(slots_open("files:/nonexistent", dir, &s, &e),
	    -ENOENT);
	assert_null(s);
}

static void test_a_loader_state_that_cannot_be_read_is_told(void **state)
{
	static const char *const bad[] = {"first c\n", "ok-a maybe\n",
	    "boots x\n", "first\n", "unknown yes\n"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		char slot[UPDATE_SLOT];

		put("boot", bad[i]);
		assert_int_equal(slots_files_boot(dir, slot, &e), -EINVAL);
	}
}

static void tell_nobody(void *context, int64_t done, int64_t total)
{
	(void)context;
	(void)done;
	(void)total;
}

/* A write of the other slot begins with taking it out of the loader's choice
 * and leaves the one that runs alone. */
static void test_a_failed_write_leaves_the_running_slot_first(void **state)
{
	struct slots_progress p = {tell_nobody, NULL};
	struct slots_image image = {.image = "/nonexistent", .bytes = 10};
	struct slots *s;

	(void)state;
	boot_with("b", "yes", "no", "yes", "no");
	s = open_slots();
	assert_int_equal(slots_write(s, &image, &p, &e), -ENOENT);
	assert_file("boot",
	    "first a\nok-a yes\ntry-a no\nok-b no\ntry-b no\nrunning a\n"
	    "boots 5\n");
	slots_close(s);
	{
		char sub[KEEP_PATH];

		assert_true(keep_path(sub, dir, "b"));
		assert_int_equal(rmdir(sub), 0);
	}
}

/* ---- what the loader says ---- */

static void test_the_loader_tells_the_slot_on_the_command_line(void **state)
{
	static const struct {
		const char *line, *slot;
	} cases[] = {
	    {"root=/dev/sda2 ro rauc.slot=A quiet\n", "a"},
	    {"rauc.slot=B", "b"},
	    {"rauc.slot=B\n", "b"},
	    {"root=/dev/sda2 quiet\n", ""},
	    {"xrauc.slot=A rauc.slots=B", ""},
	    {"rauc.slot=", ""},
	    {"rauc.slot=ABCDEFGHIJKLMNOP", ""},
	    {"", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char slot[MACHINE_SLOT];

		machine_slot_of(str_from(cases[i].line), slot);
		assert_string_equal(slot, cases[i].slot);
	}
}

/* ---- the stick ---- */

/* The bytes that decide, by Microsoft's two specifications. */
static void test_only_vfat_and_exfat_are_file_systems(void **state)
{
	uint8_t b[STICK_BOOT_BYTES] = {0};

	(void)state;
	assert_int_equal(stick_fs_of(b), STICK_FS_NONE);
	b[510] = 0x55;
	b[511] = 0xaa;
	assert_int_equal(stick_fs_of(b), STICK_FS_NONE);
	b[0] = 0xeb;
	memcpy(b + 82, "FAT32   ", 8);
	assert_int_equal(stick_fs_of(b), STICK_FS_VFAT);
	b[511] = 0;
	assert_int_equal(stick_fs_of(b), STICK_FS_NONE);
	b[511] = 0xaa;
	memcpy(b + 82, "NTFS    ", 8);
	memcpy(b + 3, "NTFS    ", 8);
	assert_int_equal(stick_fs_of(b), STICK_FS_NONE);
	memcpy(b + 54, "FAT16   ", 8);
	assert_int_equal(stick_fs_of(b), STICK_FS_VFAT);
	b[1] = 0x76;
	b[2] = 0x90;
	memcpy(b + 3, "EXFAT   ", 8);
	assert_int_equal(stick_fs_of(b), STICK_FS_EXFAT);
}

static void test_a_stick_is_auto_or_a_folder(void **state)
{
	static const char *const bad[] = {"", "dir", "dir:", "auto:x",
	    "/dev/sda"};
	struct stick_place p;

	(void)state;
	assert_int_equal(stick_place_parse("auto", "/run/x", &p, &e), 0);
	assert_false(p.is_folder);
	assert_string_equal(p.mount, "/run/x");
	assert_int_equal(stick_place_parse("dir:/a:b", "/run/x", &p, &e), 0);
	assert_true(p.is_folder);
	assert_string_equal(p.folder, "/a:b");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(stick_place_parse(bad[i], "/x", &p, &e),
		    -EINVAL);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EACH(test_a_file_is_replaced_whole),
	    EACH(test_what_is_no_regular_file_is_not_read),
	    EACH(test_a_file_is_read_up_to_its_bound),
	    EACH(test_the_floor_only_rises),
	    EACH(test_a_floor_that_cannot_be_read_is_told),
	    EACH(test_a_record_comes_back_as_it_was),
	    EACH(test_no_record_is_an_empty_one_and_a_bad_one_is_told),
	    EACH(test_a_record_of_a_later_release_is_read),
	    EACH(test_the_story_follows_from_record_boot_and_slot),
	    EACH(test_the_first_that_is_ok_and_not_tried_is_started),
	    EACH(test_a_start_counts_and_uses_up_the_try),
	    EACH(test_marks_change_what_they_say_and_no_more),
	    EACH(test_only_known_slots_are_opened),
	    EACH(test_a_loader_state_that_cannot_be_read_is_told),
	    EACH(test_a_failed_write_leaves_the_running_slot_first),
	    EACH(test_the_loader_tells_the_slot_on_the_command_line),
	    EACH(test_only_vfat_and_exfat_are_file_systems),
	    EACH(test_a_stick_is_auto_or_a_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
