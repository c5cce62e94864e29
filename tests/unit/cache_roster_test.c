/* The roster in the cache: whole, or the one before. */
#include "test_feed.h"

static struct roster_device device_of(unsigned i)
{
	struct roster_device d = {.device = i + 1,
	    .role = i % 2 == 0 ? ROSTER_KIOSK : ROSTER_GATE,
	    .letter = (uint8_t)(i % 27),
	    .live = i % 3 != 0,
	    .epoch = 4294967295u - i,
	    .key_id = (uint16_t)(65535 - i),
	    .from_day = i % 2 == 0 ? 0 : INT32_MAX - (int32_t)i,
	    .until_day = i % 4 == 0 ? 0 : 20416 + (int32_t)i,
	    .revoked = i % 5 == 1};

	snprintf(d.name, sizeof(d.name), "kiosk-%u", i);
	memset(d.ticket_key, (int)i, sizeof(d.ticket_key));
	return d;
}

static void assert_device(const struct roster_device *d, unsigned i)
{
	struct roster_device want = device_of(i);

	assert_int_equal(d->device, want.device);
	assert_string_equal(d->name, want.name);
	assert_int_equal(d->role, want.role);
	assert_int_equal(d->letter, want.letter);
	assert_int_equal(d->live, want.live);
	assert_int_equal(d->epoch, want.epoch);
	assert_int_equal(d->key_id, want.key_id);
	assert_memory_equal(d->ticket_key, want.ticket_key,
	    TICKET_PUBLIC_BYTES);
	assert_int_equal(d->from_day, want.from_day);
	assert_int_equal(d->until_day, want.until_day);
	assert_int_equal(d->revoked, want.revoked);
}

static void put_roster(int64_t version, unsigned from, unsigned n)
{
	static struct roster r;

	memset(&r, 0, sizeof(r));
	r.version = version;
	r.count = (uint16_t)n;
	for (unsigned i = 0; i < n; i++)
		r.item[i] = device_of(from + i);
	snprintf(r.log_key, sizeof(r.log_key), "hub/karcis/7+%lld+key",
	    (long long)version);
	assert_int_equal(cache_set_roster(c, &r, &e), 0);
}

static void check_roster(int64_t version, unsigned from, unsigned n)
{
	static struct roster r;
	char log_key[64];

	memset(&r, 0x5a, sizeof(r));
	assert_int_equal(cache_roster(c, &r, &e), 0);
	assert_int_equal(r.version, version);
	assert_int_equal(r.count, n);
	for (unsigned i = 0; i < n; i++)
		assert_device(&r.item[i], from + i);
	snprintf(log_key, sizeof(log_key), "hub/karcis/7+%lld+key",
	    (long long)version);
	assert_string_equal(r.log_key, version == 0 ? "" : log_key);
}

static void test_the_roster_is_kept_whole_and_replaced(void **state)
{
	(void)state;
	check_roster(0, 0, 0);
	put_roster(4, 0, 3);
	check_roster(4, 0, 3);
	reopen();
	check_roster(4, 0, 3);
	put_roster(5, 2, 5);
	check_roster(5, 2, 5);
	put_roster(6, 0, 0);
	check_roster(6, 0, 0);
	reopen();
	check_roster(6, 0, 0);
	put_roster(7, 0, ROSTER_DEVICES);
	reopen();
	check_roster(7, 0, ROSTER_DEVICES);
}

static void test_the_longest_log_key_is_kept(void **state)
{
	static struct roster r, got;

	(void)state;
	r.version = 1;
	memset(r.log_key, 'k', sizeof(r.log_key) - 1);
	assert_int_equal(cache_set_roster(c, &r, &e), 0);
	reopen();
	assert_int_equal(cache_roster(c, &got, &e), 0);
	assert_string_equal(got.log_key, r.log_key);
	assert_int_equal(cache_forget(c, &e), 0);
	assert_int_equal(cache_roster(c, &got, &e), 0);
	assert_string_equal(got.log_key, "");
	assert_int_equal(number("SELECT count(*) FROM told"), 0);
}

static void test_a_roster_that_does_not_fit_leaves_the_old_one(void **state)
{
	static struct roster r;
	size_t i;

	(void)state;
	put_roster(4, 0, 3);
	for (i = 0; i < 10; i++) {
		memset(&r, 0, sizeof(r));
		r.version = 5;
		r.count = 2;
		r.item[0] = device_of(8);
		r.item[1] = device_of(9);
		if (i == 0)
			r.item[1].device = r.item[0].device;
		else if (i == 1)
			r.count = ROSTER_DEVICES + 1;
		else if (i == 2)
			r.item[1].device = 0;
		else if (i == 3)
			memset(r.item[1].name, 'x', sizeof(r.item[1].name));
		else if (i == 4)
			r.item[1].role = ROSTER_UNSET;
		else if (i == 5)
			r.item[1].role = ROSTER_GATE + 1;
		else if (i == 6)
			r.item[1].from_day = -1;
		else if (i == 7)
			r.item[1].until_day = -1;
		else if (i == 8)
			memset(r.log_key, 'x', sizeof(r.log_key));
		else
			r.item[1].letter = 27;
		assert_true(cache_set_roster(c, &r, &e) < 0);
		check_roster(4, 0, 3);
	}
}

static void test_a_damaged_roster_is_a_fault_and_no_roster(void **state)
{
	static const char *const damage[] = {
	    "UPDATE roster SET ticket_key = x'00' WHERE device = 2",
	    "UPDATE roster SET name = printf('%032d', 1) WHERE device = 2",
	    "UPDATE roster SET role = 257 WHERE device = 1",
	    "UPDATE roster SET role = 0 WHERE device = 1",
	    "UPDATE roster SET letter = 257 WHERE device = 1",
	    "UPDATE roster SET device = 4294967297 WHERE device = 3",
	    "UPDATE roster SET from_day = -1 WHERE device = 1",
	    "UPDATE roster SET until_day = 4294967296 WHERE device = 1",
	    "UPDATE told SET value = printf('%0256d', 1)",
	};
	static struct roster r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(damage); i++) {
		put_roster(4, 0, 3);
		assert_int_equal(db_exec(c->db, "test", damage[i], &e), 0);
		memset(&r, 0x5a, sizeof(r));
		if (cache_roster(c, &r, &e) != -EUCLEAN)
			fail_msg("not noticed: %s", damage[i]);
		assert_int_equal(r.version, 0);
		assert_int_equal(r.count, 0);
	}
	put_roster(5, 0, 1);
	check_roster(5, 0, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_the_roster_is_kept_whole_and_replaced),
	    CASE(test_the_longest_log_key_is_kept),
	    CASE(test_a_roster_that_does_not_fit_leaves_the_old_one),
	    CASE(test_a_damaged_roster_is_a_fault_and_no_roster),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
