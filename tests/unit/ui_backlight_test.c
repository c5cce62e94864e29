/* The light behind the panel, on files like sysfs's. */
#define _GNU_SOURCE /* nftw */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ui/backlight.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char dir[64];
static struct backlight light;

static int drop(const char *path, const struct stat *st, int type,
    struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/karcis-light-XXXXXX");
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	backlight_fini(&light);
	return nftw(dir, drop, 8, FTW_DEPTH | FTW_PHYS);
}

static void put(const char *name, const char *file, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		fail_msg("%s: %s", path, strerror(errno));
	snprintf(path, sizeof(path), "%s/%s/%s", dir, name, file);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void add(const char *name, const char *most)
{
	put(name, "max_brightness", most);
	put(name, "brightness", "-\n");
}

/* What was written last, one line. */
static const char *now(const char *name)
{
	static char text[64];
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s/brightness", dir, name);
	f = fopen(path, "re");
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	text[strcspn(text, "\n")] = '\0';
	assert_int_equal(fclose(f), 0);
	return text;
}

static void set(int percent)
{
	struct err e = {0};

	if (backlight_set(&light, percent, &e) != 0)
		fail_msg("%s", e.text);
}

static void test_percent_are_of_its_most(void **state)
{
	struct err e = {0};

	(void)state;
	add("panel", "200\n");
	assert_int_equal(backlight_init(&light, dir, &e), 1);
	set(100);
	assert_string_equal(now("panel"), "200");
	set(30);
	assert_string_equal(now("panel"), "60");
}

static void test_it_is_never_quite_dark(void **state)
{
	static const int percent[] = {1, 0, -5, 11};
	struct err e = {0};

	(void)state;
	add("panel", "7");
	assert_int_equal(backlight_init(&light, dir, &e), 1);
	for (size_t i = 0; i < ARRAY_LEN(percent); i++) {
		set(percent[i]);
		assert_string_equal(now("panel"), "1");
	}
	set(101);
	assert_string_equal(now("panel"), "7");
}

static void test_all_that_are_there_are_set(void **state)
{
	struct err e = {0};

	(void)state;
	add("left", "100");
	add("right", "1000");
	assert_int_equal(backlight_init(&light, dir, &e), 2);
	set(50);
	assert_string_equal(now("left"), "50");
	assert_string_equal(now("right"), "500");
}

static void test_none_is_no_fault(void **state)
{
	struct err e = {0};

	(void)state;
	assert_int_equal(backlight_init(&light, dir, &e), 0);
	assert_int_equal(backlight_init(&light, "/nonexistent", &e), 0);
	assert_int_equal(e.code, 0);
	set(50);
}

static void test_nonsense_is_passed_over(void **state)
{
	static const char *const most[] = {"", "0", "-1", "many",
	    "99999999999999"};
	struct err e = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(most); i++) {
		add("panel", most[i]);
		assert_int_equal(backlight_init(&light, dir, &e), 0);
	}
}

static void test_one_that_may_not_be_set_says_why(void **state)
{
	struct err e = {0};

	(void)state;
	put("panel", "max_brightness", "10");
	assert_int_equal(backlight_init(&light, dir, &e), 0);
	assert_int_equal(e.code, -ENOENT);
	assert_non_null(strstr(e.text, "/panel/brightness: No such file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	    TEST(test_percent_are_of_its_most),
	    TEST(test_it_is_never_quite_dark),
	    TEST(test_all_that_are_there_are_set),
	    TEST(test_none_is_no_fault),
	    TEST(test_nonsense_is_passed_over),
	    TEST(test_one_that_may_not_be_set_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
