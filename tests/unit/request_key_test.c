/* store/request_key: the file, who may read it, and what is refused. */
#include "firmware/store/request_key.h"

#include <errno.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char dir[64], path[96], tmp[96];

/* RFC 8032 7.1, TEST 1: secret key, then public key. */
#define SEED "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define PUBLIC \
	"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
#define FIRST "karcis-request 1\n"

static void write_text(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static int load(void)
{
	uint8_t secret[WIRE_SECRET_BYTES];
	struct err e = {0};
	int r;

	memset(secret, 0xaa, sizeof(secret));
	r = request_key_load(path, secret, &e);
	assert_int_equal(r, e.code);
	if (r < 0)
		assert_true(sodium_is_zero(secret, sizeof(secret)));
	return r;
}

static void test_a_key_written_by_hand_is_read(void **state)
{
	uint8_t secret[WIRE_SECRET_BYTES];
	char hex[2 * WIRE_SECRET_BYTES + 1];

	(void)state;
	write_text(FIRST "request_secret " SEED PUBLIC "\n");
	assert_int_equal(request_key_load(path, secret, NULL), 0);
	wire_hex(secret, sizeof(secret), hex);
	assert_string_equal(hex, SEED PUBLIC);
}

static void test_a_saved_key_is_this_text_for_its_owner_alone(void **state)
{
	uint8_t secret[WIRE_SECRET_BYTES];
	char text[256] = "";
	struct stat st;
	FILE *f;

	(void)state;
	assert_true(wire_unhex(str_from(SEED PUBLIC), secret, sizeof(secret)));
	/* Left by a power cut, and an older key. */
	f = fopen(tmp, "w");
	assert_non_null(f);
	fclose(f);
	write_text("old");
	assert_int_equal(request_key_save(path, secret, NULL), 0);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
	fclose(f);
	assert_string_equal(text, FIRST "request_secret " SEED PUBLIC "\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_not_equal(access(tmp, F_OK), 0);
	assert_int_equal(load(), 0);
}

static void test_a_key_that_others_can_read_is_refused(void **state)
{
	(void)state;
	write_text(FIRST "request_secret " SEED PUBLIC "\n");
	for (mode_t bit = 1; bit <= 040; bit <<= 1) {
		assert_int_equal(chmod(path, 0600 | bit), 0);
		assert_int_equal(load(), -EPERM);
	}
	assert_int_equal(chmod(path, 0400), 0);
	assert_int_equal(load(), 0);
}

static void test_no_file_a_link_and_a_pipe_are_refused(void **state)
{
	(void)state;
	unlink(path);
	assert_int_equal(load(), -ENOENT);
	assert_int_equal(symlink("/etc/hostname", path), 0);
	assert_int_equal(load(), -ELOOP);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(load(), -EPERM);
	unlink(path);
}

static void test_what_is_no_key_is_refused(void **state)
{
	static const char *const cases[] = {
	    "",
	    FIRST,
	    "karcis-request 2\nrequest_secret " SEED PUBLIC "\n",
	    "karcis-keys 1\nrequest_secret " SEED PUBLIC "\n",
	    FIRST "request_secret " SEED "\n",
	    FIRST "request_secret " SEED PUBLIC,
	    FIRST "request_secret " SEED PUBLIC "\n\n",
	    FIRST "request_secret " SEED PUBLIC "00\n",
	    FIRST "request_secret  " SEED PUBLIC "\n",
	    FIRST "ticket_secret " SEED PUBLIC "\n",
	    /* The halves the other way round: no pair. */
	    FIRST "request_secret " PUBLIC SEED "\n",
	    /* One digit of the public half. */
	    FIRST "request_secret " SEED "d75a980182b10ab7d54bfed3c964073a"
		  "0ee172f3daa62325af021a68f707511b\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		write_text(cases[i]);
		assert_int_equal(load(), -EBADMSG);
	}
}

static void test_a_key_that_cannot_be_saved_leaves_the_old_one(void **state)
{
	uint8_t secret[WIRE_SECRET_BYTES] = {0};
	struct err e = {0};

	(void)state;
	write_text(FIRST "request_secret " SEED PUBLIC "\n");
	/* A folder where the new file would be made. */
	assert_int_equal(mkdir(tmp, 0700), 0);
	assert_true(request_key_save(path, secret, &e) < 0);
	assert_memory_equal(e.text, "link: ", 6);
	assert_int_equal(rmdir(tmp), 0);
	assert_int_equal(load(), 0);
	assert_int_equal(request_key_save("/no/such/dir/key", secret, &e),
	    -ENOENT);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/karcis-key-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/request", dir);
	snprintf(tmp, sizeof(tmp), "%s/request.new", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_key_written_by_hand_is_read),
	    cmocka_unit_test(test_a_saved_key_is_this_text_for_its_owner_alone),
	    cmocka_unit_test(test_a_key_that_others_can_read_is_refused),
	    cmocka_unit_test(test_no_file_a_link_and_a_pipe_are_refused),
	    cmocka_unit_test(test_what_is_no_key_is_refused),
	    cmocka_unit_test(
		test_a_key_that_cannot_be_saved_leaves_the_old_one),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
