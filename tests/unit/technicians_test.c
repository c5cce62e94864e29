/* Technicians: badges, PINs and lock-outs, in a file that knows neither badge
 * nor PIN. */
#include <errno.h>
#include <sodium.h>

#include "firmware/store/technicians.h"
#include "test_state_dir.h"

static struct technicians t;
static struct technicians_answer answer;
static struct err e;

enum { NOW = 1800000000, HOUR = 3600 };

static int add_pin(const char *name, const char *pin,
    char badge[TECHNICIANS_BADGE])
{
	char hash[TECHNICIANS_PIN_HASH];

	assert_int_equal(technicians_hash_pin(str_from(pin), hash, &e), 0);
	return technicians_add(&t, str_from(name), str_from(hash), badge, &e);
}

static int add(const char *name)
{
	char badge[TECHNICIANS_BADGE];

	return add_pin(name, "271828", badge);
}

static void start(void)
{
	memset(&t, 0, sizeof(t));
}

/* As the file says it, not as memory remembers. */
static enum technicians_word check(const char *name, const char *pin,
    int64_t now_s)
{
	int who;

	assert_int_equal(technicians_load(path, &t, &e), 0);
	who = technicians_find_name(&t, str_from(name));
	assert_true(who >= 0);
	assert_int_equal(technicians_check(path, &t, (size_t)who, str_from(pin),
			     now_s, &answer, &e),
	    0);
	return answer.word;
}

static void wrong_times(const char *name, int n, int64_t now_s)
{
	for (int i = 0; i < n; i++)
		assert_int_equal(check(name, "000000", now_s),
		    TECHNICIANS_WRONG);
}

static void begin_with(const char *a, const char *b)
{
	start();
	assert_int_equal(add(a), 0);
	if (b != NULL)
		assert_int_equal(add(b), 0);
	assert_int_equal(technicians_save(path, &t, &e), 0);
}

static void test_a_badge_is_18_letters_and_26_symbols(void **state)
{
	char badge[TECHNICIANS_BADGE];

	(void)state;
	start();
	assert_int_equal(add_pin("Agus", "271828", badge), 0);
	assert_int_equal(strlen(badge), 18 + 26);
	assert_memory_equal(badge, "KARCIS-TECHNICIAN-", 18);
	assert_int_equal(strspn(badge + 18, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"),
	    26);
}

static void test_a_badge_finds_its_technician_and_no_other(void **state)
{
	char a[TECHNICIANS_BADGE], b[TECHNICIANS_BADGE];

	(void)state;
	start();
	assert_int_equal(add_pin("Agus", "271828", a), 0);
	assert_int_equal(add_pin("Dewi", "314159", b), 0);
	assert_int_equal(technicians_find(&t, str_from(a)), 0);
	assert_int_equal(technicians_find(&t, str_from(b)), 1);
	a[25] = a[25] == 'A' ? 'B' : 'A';
	assert_int_equal(technicians_find(&t, str_from(a)), -1);
	assert_int_equal(technicians_find(&t, str_from("")), -1);
	assert_int_equal(technicians_find(&t, str_from("KARCIS-TECHNICIAN-")),
	    -1);
	assert_int_equal(
	    technicians_find(&t,
		str_from("KARCIS-OFFICER-0123456789ABCDEFGHJKMNPQRS")),
	    -1);
}

static void test_an_empty_list_knows_no_badge(void **state)
{
	(void)state;
	start();
	assert_int_equal(
	    technicians_find(&t,
		str_from("KARCIS-TECHNICIAN-0123456789ABCDEFGHJKMNPQRS")),
	    -1);
}

static void test_a_pin_is_6_to_10_digits_and_not_the_first_one_tries(void **s)
{
	static const struct {
		const char *pin;
		bool is;
	} c[] = {{"27182", false}, {"271828", true}, {"2718281828", true},
	    {"27182818284", false}, {"", false}, {"27182a", false},
	    {"111111", false}, {"111112", true}, {"123456", false},
	    {"123457", true}, {"654321", false}, {"654320", true},
	    {"0123456789", false}, {"9876543210", false}, {" 71828", false},
	    {"890123", true}};

	(void)s;
	for (size_t i = 0; i < ARRAY_LEN(c); i++)
		if (technicians_is_pin(str_from(c[i].pin)) != c[i].is)
			fail_msg("%s", c[i].pin);
}

static void test_the_hash_of_a_pin_is_argon2id_of_that_cost(void **state)
{
	char hash[TECHNICIANS_PIN_HASH];

	(void)state;
	assert_int_equal(technicians_hash_pin(str_from("271828"), hash, &e), 0);
	assert_memory_equal(hash, "$argon2id$v=19$m=7168,t=5,p=1$", 30);
	assert_int_equal(crypto_pwhash_str_verify(hash, "271828", 6), 0);
	assert_int_not_equal(crypto_pwhash_str_verify(hash, "271829", 6), 0);
	assert_int_equal(technicians_hash_pin(str_from("123456"), hash, &e),
	    -EINVAL);
	assert_string_equal(hash, "");
}

static void test_the_right_pin_opens_and_another_does_not(void **state)
{
	(void)state;
	begin_with("Agus", NULL);
	assert_int_equal(check("Agus", "271828", NOW), TECHNICIANS_RIGHT);
	assert_int_equal(check("Agus", "271829", NOW), TECHNICIANS_WRONG);
	assert_int_equal(answer.left, 4);
	assert_int_equal(answer.wait_s, 0);
	assert_int_equal(check("Agus", "27182", NOW), TECHNICIANS_WRONG);
	assert_int_equal(check("Agus", "", NOW), TECHNICIANS_WRONG);
	assert_int_equal(answer.left, 2);
	assert_int_equal(check("Agus", "271828", NOW), TECHNICIANS_RIGHT);
	assert_int_equal(check("Agus", "1", NOW), TECHNICIANS_WRONG);
	assert_int_equal(answer.left, 4);
}

static void test_the_fifth_wrong_pin_locks_for_five_minutes(void **state)
{
	(void)state;
	begin_with("Agus", NULL);
	wrong_times("Agus", 4, NOW);
	assert_int_equal(answer.left, 1);
	wrong_times("Agus", 1, NOW);
	assert_int_equal(answer.left, 0);
	assert_int_equal(answer.wait_s, 300);
	/* The right one is not even looked at. */
	assert_int_equal(check("Agus", "271828", NOW + 299),
	    TECHNICIANS_LOCKED);
	assert_int_equal(answer.wait_s, 1);
	assert_int_equal(check("Agus", "271828", NOW + 300), TECHNICIANS_RIGHT);
}

static void test_each_further_lock_lasts_twice_as_long_up_to_an_hour(void **s)
{
	static const int lasts[] = {300, 600, 1200, 2400, 3600, 3600};
	int64_t now = NOW;

	(void)s;
	begin_with("Agus", NULL);
	for (size_t i = 0; i < ARRAY_LEN(lasts); i++) {
		wrong_times("Agus", 5, now);
		assert_int_equal(answer.wait_s, lasts[i]);
		assert_int_equal(check("Agus", "271828", now + lasts[i] - 1),
		    TECHNICIANS_LOCKED);
		now += lasts[i];
	}
	assert_int_equal(check("Agus", "271828", now), TECHNICIANS_RIGHT);
	wrong_times("Agus", 5, now);
	assert_int_equal(answer.wait_s, 300);
}

static void test_one_technicians_lock_is_not_anothers(void **state)
{
	(void)state;
	begin_with("Agus", "Dewi");
	wrong_times("Agus", 5, NOW);
	assert_int_equal(check("Agus", "271828", NOW), TECHNICIANS_LOCKED);
	assert_int_equal(check("Dewi", "271828", NOW), TECHNICIANS_RIGHT);
	/* And her right one does not open his lock. */
	assert_int_equal(check("Agus", "271828", NOW), TECHNICIANS_LOCKED);
}

static void test_ten_wrong_pins_of_all_lock_everybody(void **state)
{
	(void)state;
	begin_with("Agus", "Dewi");
	assert_int_equal(add("Rina"), 0);
	assert_int_equal(technicians_save(path, &t, &e), 0);
	wrong_times("Agus", 4, NOW);
	wrong_times("Dewi", 4, NOW);
	wrong_times("Rina", 1, NOW);
	/* Four of her own would be left, one of all is. */
	assert_int_equal(answer.left, 1);
	wrong_times("Rina", 1, NOW);
	assert_int_equal(answer.wait_s, 300);
	assert_int_equal(check("Agus", "271828", NOW), TECHNICIANS_LOCKED);
	assert_int_equal(check("Dewi", "271828", NOW), TECHNICIANS_LOCKED);
	assert_int_equal(check("Dewi", "271828", NOW + 300), TECHNICIANS_RIGHT);
}

static void test_a_try_counts_before_it_is_judged(void **state)
{
	char missing[128];

	(void)state;
	begin_with("Agus", NULL);
	/* Where it cannot be counted, the right PIN opens nothing. */
	(void)snprintf(missing, sizeof(missing), "%s/none/file", state_dir);
	assert_int_equal(technicians_check(missing, &t, 0, str_from("271828"),
			     NOW, &answer, &e),
	    -ENOENT);
	assert_int_equal(answer.word, TECHNICIANS_WORD_UNSET);
	assert_int_equal(technicians_check(path, &t, 1, str_from("271828"), NOW,
			     &answer, &e),
	    -EINVAL);
}

static void test_a_clock_set_back_makes_no_lock_longer(void **state)
{
	(void)state;
	begin_with("Agus", NULL);
	wrong_times("Agus", 5, NOW + 1000 * HOUR);
	assert_int_equal(check("Agus", "271828", NOW), TECHNICIANS_LOCKED);
	assert_int_equal(answer.wait_s, 300);
	assert_int_equal(check("Agus", "271828", NOW + 299),
	    TECHNICIANS_LOCKED);
	assert_int_equal(answer.wait_s, 1);
	assert_int_equal(check("Agus", "271828", NOW + 300), TECHNICIANS_RIGHT);
}

static void test_unlock_and_a_new_pin_end_a_lock(void **state)
{
	char hash[TECHNICIANS_PIN_HASH];

	(void)state;
	begin_with("Agus", NULL);
	wrong_times("Agus", 5, NOW);
	assert_true(technicians_unlock(&t, str_from("Agus")));
	assert_false(technicians_unlock(&t, str_from("Dewi")));
	assert_int_equal(technicians_save(path, &t, &e), 0);
	assert_int_equal(check("Agus", "271828", NOW), TECHNICIANS_RIGHT);
	wrong_times("Agus", 5, NOW);
	assert_int_equal(technicians_hash_pin(str_from("161803"), hash, &e), 0);
	assert_int_equal(
	    technicians_set_pin(&t, str_from("Agus"), str_from(hash), &e), 0);
	assert_int_equal(
	    technicians_set_pin(&t, str_from("Dewi"), str_from(hash), &e),
	    -ENOENT);
	assert_int_equal(
	    technicians_set_pin(&t, str_from("Agus"), str_from("161803"), &e),
	    -EINVAL);
	assert_int_equal(technicians_save(path, &t, &e), 0);
	assert_int_equal(check("Agus", "271828", NOW), TECHNICIANS_WRONG);
	assert_int_equal(check("Agus", "161803", NOW), TECHNICIANS_RIGHT);
}

static void test_the_file_holds_neither_badge_nor_pin(void **state)
{
	char badge[TECHNICIANS_BADGE], text[2048];
	struct stat st;

	(void)state;
	start();
	assert_int_equal(add_pin("Agus Salim", "271828", badge), 0);
	assert_int_equal(technicians_save(path, &t, &e), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(read_bytes(text, sizeof(text)) > 0);
	assert_null(strstr(text, badge + 18));
	assert_null(strstr(text, "271828"));
	assert_int_equal(technicians_load(path, &t, &e), 0);
	assert_int_equal(technicians_find(&t, str_from(badge)), 0);
	assert_string_equal(t.item[0].name, "Agus Salim");
}

static void test_a_removed_badge_finds_nobody(void **state)
{
	char a[TECHNICIANS_BADGE], b[TECHNICIANS_BADGE];

	(void)state;
	start();
	assert_int_equal(add_pin("Agus", "271828", a), 0);
	assert_int_equal(add_pin("Dewi", "271828", b), 0);
	assert_int_equal(add_pin("Dewi", "271828", a), -EEXIST);
	assert_string_equal(a, "");
	assert_true(technicians_remove(&t, str_from("Agus")));
	assert_false(technicians_remove(&t, str_from("Agus")));
	assert_int_equal(technicians_find(&t, str_from(b)), 0);
	assert_int_equal(t.count, 1);
}

static void test_16_fit_and_17_do_not(void **state)
{
	char name[PASS_OFFICER];

	(void)state;
	start();
	for (int i = 0; i < TECHNICIANS; i++) {
		(void)snprintf(name, sizeof(name), "technician-abcdefgh-%03u",
		    (unsigned)i % 1000);
		assert_int_equal(add(name), 0);
	}
	assert_int_equal(technicians_save(path, &t, &e), 0);
	assert_int_equal(technicians_load(path, &t, &e), 0);
	assert_int_equal(t.count, 16);
	assert_int_equal(add("one more"), -ENOSPC);
	assert_int_equal(add(" Agus"), -EINVAL);
}

#define KEY   "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define FIRST "karcis-technicians 1\nkey " KEY "\n"
#define HEAD  FIRST "terminal 0 0 0\n"
#define PIN   "$argon2id$v=19$m=7168,t=5,p=1$c2FsdA$aGFzaA"

static void test_a_line_that_is_none_is_named(void **state)
{
	static const struct {
		const char *text, *where;
	} bad[] = {
	    {"", ":1:"},
	    {"karcis-technicians 2\nkey " KEY "\n", ":1:"},
	    {"karcis-technicians 1\nkey 00\n", ":2:"},
	    {FIRST, ":3:"},
	    {FIRST "terminal 10 0 0\n", ":3:"},
	    {FIRST "terminal 0 256 0\n", ":3:"},
	    {FIRST "terminal 0 0 -1\n", ":3:"},
	    {FIRST "terminal 0 0 0 0\n", ":3:"},
	    {HEAD "technician " KEY " 0 0 0 " PIN "\n", ":4:"},
	    {HEAD "technician " KEY " 0 0 0 " PIN " \n", ":4:"},
	    {HEAD "technician " KEY " 5 0 0 " PIN " Agus\n", ":4:"},
	    {HEAD "technician 00 0 0 0 " PIN " Agus\n", ":4:"},
	    {HEAD "technician " KEY " 0 0 0 " PIN " Agus", ":4:"},
	    {HEAD "technician " KEY " 0 0 0 " PIN " Agus\ntechnician " KEY
		  " 0 0 0 " PIN " Agus\n",
		":5:"},
	    /* A cost that would hold the terminal up for hours. */
	    {HEAD "technician " KEY
		  " 0 0 0 $argon2id$v=19$m=4194304,t=99,p=1$c2FsdA$aGFzaA "
		  "Agus\n",
		":4:"},
	    {HEAD "technician " KEY " 0 0 0 271828 Agus\n", ":4:"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		write_text(bad[i].text);
		assert_int_equal(technicians_load(path, &t, &e), -EBADMSG);
		if (strstr(e.text, bad[i].where) == NULL)
			fail_msg("%zu: %s", i, e.text);
		assert_int_equal(t.count, 0);
	}
	write_text(HEAD "technician " KEY " 4 255 1800000000 " PIN " Agus\n");
	assert_int_equal(technicians_load(path, &t, &e), 0);
	assert_int_equal(t.count, 1);
	assert_int_equal(t.item[0].hash[31], 0x1f);
	assert_int_equal(t.key.bytes[31], 0x1f);
	assert_int_equal(technicians_wait_s(&t, 0, NOW - 60), 60);
	technicians_forget_tries(&t);
	assert_int_equal(technicians_wait_s(&t, 0, NOW - 60), 0);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(technicians_load(path, &t, &e), -EPERM);
}

static void test_no_file_is_no_technicians(void **state)
{
	(void)state;
	memset(&t, 0x5a, sizeof(t));
	assert_int_equal(technicians_load(path, &t, &e), 0);
	assert_int_equal(t.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_DIR(test_a_badge_is_18_letters_and_26_symbols),
	    IN_DIR(test_a_badge_finds_its_technician_and_no_other),
	    IN_DIR(test_an_empty_list_knows_no_badge),
	    IN_DIR(test_a_pin_is_6_to_10_digits_and_not_the_first_one_tries),
	    IN_DIR(test_the_hash_of_a_pin_is_argon2id_of_that_cost),
	    IN_DIR(test_the_right_pin_opens_and_another_does_not),
	    IN_DIR(test_the_fifth_wrong_pin_locks_for_five_minutes),
	    IN_DIR(test_each_further_lock_lasts_twice_as_long_up_to_an_hour),
	    IN_DIR(test_one_technicians_lock_is_not_anothers),
	    IN_DIR(test_ten_wrong_pins_of_all_lock_everybody),
	    IN_DIR(test_a_try_counts_before_it_is_judged),
	    IN_DIR(test_a_clock_set_back_makes_no_lock_longer),
	    IN_DIR(test_unlock_and_a_new_pin_end_a_lock),
	    IN_DIR(test_the_file_holds_neither_badge_nor_pin),
	    IN_DIR(test_a_removed_badge_finds_nobody),
	    IN_DIR(test_16_fit_and_17_do_not),
	    IN_DIR(test_a_line_that_is_none_is_named),
	    IN_DIR(test_no_file_is_no_technicians),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
