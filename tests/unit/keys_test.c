/* The secrets' file and the state lock. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "firmware/store/keys.h"
#include "firmware/store/state.h"

static char dir[64], path[96];

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/karcis-keys-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/keys", dir);
	return 0;
}

static int remove_dir(void **state)
{
	char cmd[128];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return system(cmd);
}

static void write_to(const char *text, const char *mode)
{
	FILE *f = fopen(path, mode);

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static struct keys_place at(const char *machine)
{
	return (struct keys_place){.part[KEYS_MACHINE] = str_from(machine)};
}

static void test_created_keys_load_again(void **state)
{
	struct keys a, b;
	struct stat st;

	(void)state;
	assert_int_equal(keys_create(path, at("m1"), &a, NULL), 0);
	assert_int_equal(keys_load(path, &b, NULL), 0);
	assert_memory_equal(a.office.bytes, b.office.bytes, KEY_BYTES);
	assert_memory_equal(a.gate.bytes, b.gate.bytes, KEY_BYTES);
	assert_memory_equal(a.ticket_secret, b.ticket_secret, 64);
	assert_memory_equal(a.ticket_public, b.ticket_public, 32);
	assert_memory_equal(a.audit_secret, b.audit_secret, 64);
	assert_memory_equal(a.audit_public, b.audit_public, 32);
	assert_int_equal(a.key_id, b.key_id);
	assert_int_not_equal(b.key_id, 0);
	assert_int_equal(b.epoch, 1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	keys_fini(&a);
	keys_fini(&b);
	keys_fini(NULL);
}

static void test_keys_are_never_overwritten_by_create(void **state)
{
	struct keys a, b, c;
	struct err e;

	(void)state;
	assert_int_equal(keys_create(path, at("m"), &a, NULL), 0);
	assert_int_equal(keys_create(path, at("m"), &b, &e), -EEXIST);
	assert_non_null(strstr(e.text, "exists already"));
	assert_int_equal(keys_load(path, &c, NULL), 0);
	assert_memory_equal(a.office.bytes, c.office.bytes, KEY_BYTES);
}

static void test_missing_keys_are_enoent(void **state)
{
	struct keys k;

	(void)state;
	assert_int_equal(keys_load(path, &k, NULL), -ENOENT);
}

static void test_readable_by_others_is_refused(void **state)
{
	static const mode_t bad[] = {0640, 0604, 0620, 0601};
	struct keys k;
	struct err e;
	size_t i;

	(void)state;
	assert_int_equal(keys_create(path, at("m"), &k, NULL), 0);
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(chmod(path, bad[i]), 0);
		assert_int_equal(keys_load(path, &k, &e), -EPERM);
	}
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(keys_load(path, &k, &e), 0);
}

static void test_a_broken_line_is_named(void **state)
{
	struct keys k;
	struct err e;

	(void)state;
	write_to("something else\n", "w");
	assert_int_equal(keys_load(path, &k, &e), -EBADMSG);
	assert_non_null(strstr(e.text, ":1:"));
	write_to("karcis-keys 1\noffice 00\n", "w");
	assert_int_equal(keys_load(path, &k, &e), -EBADMSG);
	assert_non_null(strstr(e.text, ":2:"));
	write_to("karcis-keys 1\n", "w");
	assert_int_equal(keys_load(path, &k, &e), -EBADMSG);
	assert_non_null(strstr(e.text, "not complete"));
	write_to("", "w");
	assert_int_equal(keys_load(path, &k, &e), -EBADMSG);
}

static void test_a_second_value_of_a_name_is_refused(void **state)
{
	struct keys k;
	struct err e;

	(void)state;
	assert_int_equal(keys_create(path, at("m"), &k, NULL), 0);
	write_to("key_id 0001\n", "a");
	assert_int_equal(keys_load(path, &k, &e), -EBADMSG);
	/* line 1 names the format, 10 values follow */
	assert_non_null(strstr(e.text, ":12:"));
}

static void test_rekey_changes_the_ticket_key_and_keeps_the_rest(void **state)
{
	struct keys a, b, c;

	(void)state;
	assert_int_equal(keys_create(path, at("m1"), &a, NULL), 0);
	b = a;
	assert_int_equal(keys_rekey(&b, at("m2"), NULL), 0);
	assert_int_equal(b.epoch, 2);
	assert_int_not_equal(b.key_id, a.key_id);
	assert_memory_not_equal(b.ticket_secret, a.ticket_secret, 64);
	assert_memory_equal(b.office.bytes, a.office.bytes, KEY_BYTES);
	assert_memory_equal(b.audit_secret, a.audit_secret, 64);
	assert_int_equal(keys_moved(&b, at("m2")), KEYS_PARTS);
	assert_int_equal(keys_moved(&b, at("m1")), KEYS_MACHINE);
	assert_int_equal(keys_save(path, &b, NULL), 0);
	assert_int_equal(keys_load(path, &c, NULL), 0);
	assert_int_equal(c.key_id, b.key_id);
	assert_memory_equal(keys_public(&c, a.key_id), a.ticket_public, 32);
	assert_memory_equal(keys_public(&c, b.key_id), b.ticket_public, 32);
	assert_null(keys_public(&c, 0));
}

/* What is not known, here or when they were made, differs from nothing. */
static void test_keys_that_moved_are_noticed_by_each_part(void **state)
{
	static const struct {
		const char *was[KEYS_PARTS], *is[KEYS_PARTS];
		enum keys_part moved;
	} t[] = {
	    {{"m", "f", "d"}, {"m", "f", "d"}, KEYS_PARTS},
	    {{"m", "f", "d"}, {"x", "f", "d"}, KEYS_MACHINE},
	    {{"m", "f", "d"}, {"m", "x", "d"}, KEYS_FILE_SYSTEM},
	    {{"m", "f", "d"}, {"m", "f", "x"}, KEYS_DISK},
	    {{"m", "f", "d"}, {"m", "", ""}, KEYS_PARTS},
	    {{"m", "", ""}, {"m", "f", "d"}, KEYS_PARTS},
	    {{"m", "f", ""}, {"m", "x", "d"}, KEYS_FILE_SYSTEM},
	    {{"", "", ""}, {"", "", ""}, KEYS_PARTS},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct keys_place was, is;
		struct keys k, l;

		for (int p = 0; p < KEYS_PARTS; p++) {
			was.part[p] = str_from(t[i].was[p]);
			is.part[p] = str_from(t[i].is[p]);
		}
		assert_int_equal(keys_draw(&k, was, NULL), 0);
		assert_int_equal(keys_save(path, &k, NULL), 0);
		assert_int_equal(keys_load(path, &l, NULL), 0);
		assert_int_equal(keys_moved(&l, is), t[i].moved);
		assert_int_equal(keys_rekey(&l, is, NULL), 0);
		assert_int_equal(keys_moved(&l, is), KEYS_PARTS);
	}
}

static void test_the_eight_newest_earlier_keys_stay(void **state)
{
	uint16_t id[10];
	struct keys k, l;
	int i;

	(void)state;
	assert_int_equal(keys_draw(&k, at("m"), NULL), 0);
	for (i = 0; i < 9; i++) {
		id[i] = k.key_id;
		assert_int_equal(keys_rekey(&k, at("m"), NULL), 0);
	}
	id[9] = k.key_id;
	assert_int_equal(keys_save(path, &k, NULL), 0);
	assert_int_equal(keys_load(path, &l, NULL), 0);
	assert_null(keys_public(&l, id[0]));
	for (i = 1; i < 10; i++)
		assert_non_null(keys_public(&l, id[i]));
}

static void test_a_left_over_of_a_power_cut_is_no_obstacle(void **state)
{
	char kept[96];
	struct keys k;

	(void)state;
	memcpy(kept, path, sizeof(kept));
	snprintf(path, sizeof(path), "%s/keys.new", dir);
	write_to("half", "w");
	memcpy(path, kept, sizeof(kept));
	assert_int_equal(keys_create(path, at("m"), &k, NULL), 0);
	assert_int_equal(keys_load(path, &k, NULL), 0);
}

static void test_the_state_belongs_to_one(void **state)
{
	struct err e;
	int a, b;

	(void)state;
	assert_int_equal(state_lock(dir, &a, &e), 0);
	assert_int_equal(state_lock(dir, &b, &e), -EBUSY);
	assert_int_equal(b, -1);
	assert_non_null(strstr(e.text, "another karcis"));
	close(a);
	assert_int_equal(state_lock(dir, &b, &e), 0);
	close(b);
	assert_int_equal(state_lock("/nowhere/at/all", &b, &e), -ENOENT);
	assert_string_equal(e.text,
	    "state: there is no /nowhere/at/all; karcis-ctl init makes it");
}

static void test_a_reserve_is_room_that_is_given_back(void **state)
{
	char file[256];
	struct stat st;
	struct err e;

	(void)state;
	snprintf(file, sizeof(file), "%s/reserve", dir);
	assert_false(state_release(file));
	assert_int_equal(state_reserve(file, 65536, &e), 0);
	assert_int_equal(state_reserve(file, 65536, &e), 0); /* it is there */
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_size, 65536);
	assert_true(st.st_blocks * 512 >= 65536); /* really */
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(state_release(file));
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_false(state_release(file));
	/* More than the disk has: nothing of it stays. */
	assert_int_equal(state_reserve(file, (size_t)1 << 55, &e) < 0, 1);
	assert_false(state_release(file));
}

/* A file as releases before 0.5 wrote it: no days, no root. */
static void test_a_file_without_days_of_earlier_keys_loads(void **state)
{
	struct keys k, l;
	char text[4096];
	size_t n;
	FILE *f;

	(void)state;
	assert_int_equal(keys_draw(&k, at("m"), NULL), 0);
	assert_int_equal(keys_rekey(&k, at("m"), NULL), 0);
	assert_int_equal(keys_save(path, &k, NULL), 0);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	assert_null(strstr(text, "old_day"));
	assert_null(strstr(text, "secrets_of"));
	assert_int_equal(keys_load(path, &l, NULL), 0);
	assert_int_equal(l.olds, 1);
	assert_int_equal(l.old[0].until_day, 0);
	assert_false(l.old[0].revoked);
}

static void test_the_day_of_the_rekey_ends_the_key_before(void **state)
{
	struct keys k, l;

	(void)state;
	assert_int_equal(keys_draw(&k, at("m"), NULL), 0);
	keys_end_old(&k, 20000); /* there is none: nothing happens */
	assert_int_equal(keys_rekey(&k, at("m"), NULL), 0);
	keys_end_old(&k, 20777);
	assert_int_equal(keys_rekey(&k, at("m"), NULL), 0);
	keys_end_old(&k, 20780);
	assert_int_equal(keys_save(path, &k, NULL), 0);
	assert_int_equal(keys_load(path, &l, NULL), 0);
	assert_int_equal(l.old[0].until_day, 20780);
	assert_int_equal(l.old[1].until_day, 20777);
	assert_memory_equal(&k, &l, sizeof(k));
}

static void test_an_earlier_key_can_be_revoked_and_the_present_not(void **state)
{
	struct keys k, l;
	uint16_t old;

	(void)state;
	assert_int_equal(keys_draw(&k, at("m"), NULL), 0);
	old = k.key_id;
	assert_int_equal(keys_rekey(&k, at("m"), NULL), 0);
	assert_int_equal(keys_revoke(&k, k.key_id), KEYS_REVOKE_PRESENT);
	assert_int_equal(keys_revoke(&k, 0), KEYS_REVOKE_UNKNOWN);
	assert_int_equal(keys_revoke(&k, old), KEYS_REVOKED);
	assert_int_equal(keys_revoke(&k, old), KEYS_REVOKED_BEFORE);
	assert_int_equal(keys_save(path, &k, NULL), 0);
	assert_int_equal(keys_load(path, &l, NULL), 0);
	assert_true(l.old[0].revoked);
	assert_int_equal(l.old[0].until_day, 0);
	assert_memory_equal(&k, &l, sizeof(k));
	/* The public half stays: a gate must know what it refuses. */
	assert_non_null(keys_public(&l, old));
}

static void test_secrets_of_a_roster_are_known_by_its_root(void **state)
{
	uint8_t root[32] = {1}, other[32] = {2};
	struct secret_key office = {{3}}, gate = {{4}};
	struct keys k, l;

	(void)state;
	assert_int_equal(keys_draw(&k, at("m"), NULL), 0);
	assert_false(keys_secrets_of(&k, root));
	keys_take_secrets(&k, &office, &gate, root);
	assert_int_equal(keys_save(path, &k, NULL), 0);
	assert_int_equal(keys_load(path, &l, NULL), 0);
	assert_true(keys_secrets_of(&l, root));
	assert_false(keys_secrets_of(&l, other));
	assert_memory_equal(l.office.bytes, office.bytes, KEY_BYTES);
	assert_memory_equal(l.gate.bytes, gate.bytes, KEY_BYTES);
	/* A hub's own keys end that. */
	keys_enrolled(&l, &office, &gate, 7, 3);
	assert_false(keys_secrets_of(&l, root));
}

static void test_a_wrong_day_line_is_refused(void **state)
{
	static const char *const bad[] = {
	    "00005129",     /* too short */
	    "0000512902",   /* revoked is 0 or 1 */
	    "0000000000",   /* says nothing */
	    "ffffffff00",   /* a day before 1970 */
	    "000051290100", /* too long */
	};
	char line[64], value[48];
	struct keys k, l;
	struct err e;

	(void)state;
	assert_int_equal(keys_draw(&k, at("m"), NULL), 0);
	assert_int_equal(keys_rekey(&k, at("m"), NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(keys_save(path, &k, NULL), 0);
		snprintf(value, sizeof(value), "%04x%s", k.old[0].key_id,
		    bad[i]);
		snprintf(line, sizeof(line), "old_day %s\n", value);
		write_to(line, "a");
		assert_int_equal(keys_load(path, &l, &e), -EBADMSG);
		assert_non_null(strstr(e.text, ":13:"));
	}
	/* Of a key that the file does not name; and twice. */
	assert_int_equal(keys_save(path, &k, NULL), 0);
	snprintf(line, sizeof(line), "old_day %04x0000512900\n", k.key_id);
	write_to(line, "a");
	assert_int_equal(keys_load(path, &l, &e), -EBADMSG);
	keys_end_old(&k, 20777);
	assert_int_equal(keys_save(path, &k, NULL), 0);
	assert_int_equal(keys_load(path, &l, &e), 0);
	snprintf(line, sizeof(line), "old_day %04x0000512900\n",
	    k.old[0].key_id);
	write_to(line, "a");
	assert_int_equal(keys_load(path, &l, &e), -EBADMSG);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_created_keys_load_again),
	    CASE(test_keys_are_never_overwritten_by_create),
	    CASE(test_missing_keys_are_enoent),
	    CASE(test_readable_by_others_is_refused),
	    CASE(test_a_broken_line_is_named),
	    CASE(test_a_second_value_of_a_name_is_refused),
	    CASE(test_rekey_changes_the_ticket_key_and_keeps_the_rest),
	    CASE(test_keys_that_moved_are_noticed_by_each_part),
	    CASE(test_the_eight_newest_earlier_keys_stay),
	    CASE(test_a_left_over_of_a_power_cut_is_no_obstacle),
	    CASE(test_a_file_without_days_of_earlier_keys_loads),
	    CASE(test_the_day_of_the_rekey_ends_the_key_before),
	    CASE(test_an_earlier_key_can_be_revoked_and_the_present_not),
	    CASE(test_secrets_of_a_roster_are_known_by_its_root),
	    CASE(test_a_wrong_day_line_is_refused),
	    CASE(test_the_state_belongs_to_one),
	    CASE(test_a_reserve_is_room_that_is_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
