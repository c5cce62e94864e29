#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/hub/hub_config.h"
#include "firmware/app/hub/hub_keys.h"
#include "firmware/hub/server_path.h"

static struct hub_config c;
static char room[4096];
static struct buf problems;
static struct err e;

static bool read_text(const char *text)
{
	struct str rest = str_from(text), line;
	unsigned n = 0;

	buf_init(&problems, room, sizeof(room));
	hub_config_defaults(&c, "hub.ini");
	while (str_split(&rest, '\n', &line))
		hub_config_line(&c, line, ++n, &problems);
	return hub_config_finish(&c, &problems);
}

/* The least that a configuration needs: two lines. */
#define LEAST "[hub]\nurl = https://hub.example\n"

static void test_a_url_is_enough_and_the_rest_has_defaults(void **state)
{
	(void)state;
	assert_true(read_text(LEAST));
	assert_string_equal(buf_cstr(&problems), "");
	assert_string_equal(c.url, "https://hub.example");
	assert_string_equal(c.listen, "127.0.0.1:8443");
	assert_string_equal(c.store, "sqlite:/var/lib/karcis-hub/hub.db");
	assert_string_equal(c.keys, "/var/lib/karcis-hub/hub.keys");
	assert_string_equal(c.tls_certificate, "");
	assert_int_equal(c.workers, 0);
	assert_int_equal(c.threads, 0);
	assert_int_equal(c.connections, 4096);
}

static void test_every_default_is_a_good_value(void **state)
{
	(void)state;
	hub_config_defaults(&c, "hub.ini");
	assert_int_equal(c.problems, 0);
}

static void test_every_key_is_read(void **state)
{
	(void)state;
	assert_true(read_text("[hub]\n"
			      "; a comment\n"
			      "listen = [::1]:0\n"
			      "url = https://hub.example:444/karcis\n"
			      "store = postgres:host=/run/pg dbname=karcis\n"
			      "keys = /k\n"
			      "tls_certificate = /c.pem\n"
			      "tls_key = /k.pem\n"
			      "workers = 256\n"
			      "threads = 1\n"
			      "connections = 16\n"));
	assert_string_equal(c.listen, "[::1]:0");
	assert_string_equal(c.url, "https://hub.example:444/karcis");
	assert_string_equal(c.store, "postgres:host=/run/pg dbname=karcis");
	assert_string_equal(c.keys, "/k");
	assert_string_equal(c.tls_certificate, "/c.pem");
	assert_string_equal(c.tls_key, "/k.pem");
	assert_int_equal(c.workers, 256);
	assert_int_equal(c.threads, 1);
	assert_int_equal(c.connections, 16);
}

static void test_a_missing_url_is_named(void **state)
{
	(void)state;
	assert_false(read_text("[hub]\n"));
	assert_string_equal(buf_cstr(&problems),
	    "hub.ini: hub.url: is missing\n");
}

static const struct {
	const char *text, *problem;
} bad_lines[] = {
    {"listen = 8443\n",
	":3: hub.listen: must be ADDRESS:PORT, like 127.0.0.1:8443 or"
	" [::1]:8443"},
    {"listen = localhost:8443\n", ":3: hub.listen: must be ADDRESS:PORT"},
    {"listen = 127.0.0.1:65536\n", ":3: hub.listen: must be ADDRESS:PORT"},
    {"listen = ::1:8443\n", ":3: hub.listen: must be ADDRESS:PORT"},
    {"listen = [127.0.0.1]:8443\n", ":3: hub.listen: must be ADDRESS:PORT"},
    {"listen = :8443\n", ":3: hub.listen: must be ADDRESS:PORT"},
    {"url = https://other\n", ":3: hub.url: is given twice"},
    {"store = mysql:x\n",
	":3: hub.store: must be sqlite:/PATH or postgres:CONNINFO"},
    {"store = sqlite:hub.db\n", ":3: hub.store: must be sqlite:/PATH"},
    {"store = postgres:\n", ":3: hub.store: must be sqlite:/PATH"},
    {"keys = hub.keys\n", ":3: hub.keys: must be an absolute path"},
    {"workers = 0\n", ":3: hub.workers: must be a whole number from 1 to 256"},
    {"workers = 257\n",
	":3: hub.workers: must be a whole number from 1 to 256"},
    {"threads = 65\n", ":3: hub.threads: must be a whole number from 1 to 64"},
    {"connections = 15\n",
	":3: hub.connections: must be a whole number from 16 to 65536"},
    {"connections = many\n",
	":3: hub.connections: must be a whole number from 16 to 65536"},
    {"tls_key = /k.pem\n",
	"hub.ini: hub: tls_certificate and tls_key go together"},
    {"tls_certificate = /c.pem\n",
	"hub.ini: hub: tls_certificate and tls_key go together"},
    {"port = 1\n", ":3: hub.port: unknown key"},
    {"[office]\nid = 1\n", ":3: office: unknown section"},
    {" workers = 3\n", ":3: hub: line starts with a blank"},
};

static void test_a_bad_line_is_named_with_its_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad_lines); i++) {
		char text[256];

		snprintf(text, sizeof(text), LEAST "%s", bad_lines[i].text);
		assert_false(read_text(text));
		if (strstr(buf_cstr(&problems), bad_lines[i].problem) == NULL)
			fail_msg("%s: %s", bad_lines[i].text,
			    buf_cstr(&problems));
		assert_int_equal(c.problems, 1);
	}
}

#define NAME_100 \
	"a.example/0123456789/0123456789/0123456789/0123456789/0123456789/" \
	"0123456789/0123456789/0123456789/01"

static const struct {
	const char *url;
	bool good;
} urls[] = {
    {"https://hub.example", true},
    {"https://hub.example/karcis", true},
    {"http://127.0.0.1:8443", true},
    {"http://[::1]:8443", true},
    {"http://hub.example", false}, /* others would read it */
    {"http://127.0.0.1.example", false},
    {"https://", false},
    {"https://hub.example/", false},
    {"https://hub example", false}, /* parts stand between blanks */
    {"https://hub.ex\xC3\xA4mple", false},
    {"https://hub.example/a+b", false}, /* no name of a log */
    {"https://" NAME_100 "123456789", true},
    {"https://" NAME_100 "1234567890", false},
};

static void test_a_url_is_https_or_to_this_machine(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		char text[256];

		snprintf(text, sizeof(text), "[hub]\nurl = %s\n", urls[i].url);
		if (read_text(text) != urls[i].good)
			fail_msg("%s", urls[i].url);
	}
}

static void test_a_key_before_any_section_is_a_problem(void **state)
{
	(void)state;
	assert_false(read_text("workers = 3\n" LEAST));
	assert_non_null(strstr(buf_cstr(&problems),
	    "hub.ini:1: workers: key before any section"));
}

static void test_listen_gives_address_and_port(void **state)
{
	char host[HUB_CONFIG_HOST];
	uint16_t port = 1;

	(void)state;
	assert_true(hub_config_listen(str_from("0.0.0.0:65535"), host, &port));
	assert_string_equal(host, "0.0.0.0");
	assert_int_equal(port, 65535);
	assert_true(hub_config_listen(str_from("[fe80::1]:0"), host, &port));
	assert_string_equal(host, "fe80::1");
	assert_int_equal(port, 0);
}

static void test_a_file_that_is_not_there_is_no_configuration(void **state)
{
	(void)state;
	buf_init(&problems, room, sizeof(room));
	assert_int_equal(hub_config_load("/nowhere/hub.ini", &c, &problems, &e),
	    -ENOENT);
	assert_string_equal(e.text,
	    "/nowhere/hub.ini: No such file or directory");
}

/* Keys. */

static char dir[64], keys_path[128];

static int make_dir(void **state)
{
	(void)state;
	memcpy(dir, "/tmp/hub_config_test.XXXXXX", 28);
	if (sodium_init() < 0 || mkdtemp(dir) == NULL)
		return -1;
	snprintf(keys_path, sizeof(keys_path), "%s/keys/hub.keys", dir);
	return 0;
}

static int drop_dir(void **state)
{
	static const char *const names[] = {"keys/hub.keys", "keys/hub.pub",
	    "keys", ""};
	char path[160];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		remove(path);
	}
	return 0;
}

static void read_file(const char *path, char *out, size_t cap)
{
	FILE *f = fopen(path, "re");
	size_t n;

	assert_non_null(f);
	n = fread(out, 1, cap - 1, f);
	out[n] = '\0';
	fclose(f);
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
}

static void test_keys_are_drawn_once_and_read_back(void **state)
{
	struct hub_keys a, b;
	struct stat st;
	char text[512];

	(void)state;
	assert_int_equal(hub_keys_create(keys_path, &a, &e), 0);
	assert_int_equal(stat(keys_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(hub_keys_load(keys_path, &b, &e), 0);
	assert_memory_equal(&a, &b, sizeof(a));
	/* 17 + 1, 11 + 1 + 128 + 1, 6 + 1 + 64 + 1 */
	read_file(keys_path, text, sizeof(text));
	assert_int_equal(strlen(text), 231);
	assert_memory_equal(text, "karcis-hub-keys 1\nsign_secret ", 30);
}

static void test_keys_that_are_there_stay(void **state)
{
	struct hub_keys a, b;

	(void)state;
	assert_int_equal(hub_keys_create(keys_path, &a, &e), 0);
	assert_int_equal(hub_keys_create(keys_path, &b, &e), -EEXIST);
	assert_int_equal(hub_keys_load(keys_path, &b, &e), 0);
	assert_memory_equal(&a, &b, sizeof(a));
}

static void test_the_public_key_is_a_file_beside_them(void **state)
{
	char path[160], text[128], hex[65];
	struct hub_keys k;

	(void)state;
	assert_int_equal(hub_keys_create(keys_path, &k, &e), 0);
	assert_int_equal(hub_keys_publish(keys_path, &k, &e), 0);
	snprintf(path, sizeof(path), "%s/keys/hub.pub", dir);
	read_file(path, text, sizeof(text));
	sodium_bin2hex(hex, sizeof(hex), k.public_key, 32);
	assert_int_equal(strlen(text), 65);
	assert_memory_equal(text, hex, 64);
	assert_int_equal(text[64], '\n');
	assert_int_equal(hub_keys_publish(keys_path, &k, &e), 1);
	write_file(path, "of another hub\n");
	assert_int_equal(hub_keys_publish(keys_path, &k, &e), 0);
	read_file(path, text, sizeof(text));
	assert_memory_equal(text, hex, 64);
}

static void test_keys_that_others_can_read_are_refused(void **state)
{
	struct hub_keys k, nothing = {0};

	(void)state;
	assert_int_equal(hub_keys_create(keys_path, &k, &e), 0);
	assert_int_equal(chmod(keys_path, 0640), 0);
	assert_int_equal(hub_keys_load(keys_path, &k, &e), -EPERM);
	assert_non_null(strstr(e.text, "must belong to this user alone"));
	assert_memory_equal(&k, &nothing, sizeof(k));
	assert_int_equal(chmod(keys_path, 0604), 0);
	assert_int_equal(hub_keys_load(keys_path, &k, &e), -EPERM);
}

static void test_missing_keys_name_the_command(void **state)
{
	struct hub_keys k;

	(void)state;
	assert_int_equal(hub_keys_load(keys_path, &k, &e), -ENOENT);
	assert_non_null(strstr(e.text, "init"));
}

/* Each damage to a good file: what is put in place of what. */
static const struct {
	const char *from, *to, *says;
} damages[] = {
    {"karcis-hub-keys 1", "karcis-hub-keys 2", ":1: not a line"},
    {"sign_secret", "sign_sekret", ":2: not a line"},
    {"master", "maste ", ":3: not a line"},
    {"sign_secret ", "sign_secretx", ":2: not a line"},
};

static void test_a_damaged_file_is_named_with_its_line(void **state)
{
	struct hub_keys k;
	char text[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
		char *at;

		remove(keys_path);
		assert_int_equal(hub_keys_create(keys_path, &k, &e), 0);
		read_file(keys_path, text, sizeof(text));
		at = strstr(text, damages[i].from);
		assert_non_null(at);
		memcpy(at, damages[i].to, strlen(damages[i].to));
		write_file(keys_path, text);
		assert_int_equal(hub_keys_load(keys_path, &k, &e), -EBADMSG);
		assert_non_null(strstr(e.text, damages[i].says));
	}
}

static void test_a_cut_file_is_not_complete(void **state)
{
	struct hub_keys k;
	char text[512];

	(void)state;
	assert_int_equal(hub_keys_create(keys_path, &k, &e), 0);
	read_file(keys_path, text, sizeof(text));
	text[18 + 141] = '\0'; /* without its last line */
	write_file(keys_path, text);
	assert_int_equal(hub_keys_load(keys_path, &k, &e), -EBADMSG);
	assert_non_null(strstr(e.text, "is not complete"));
}

static void test_a_secret_whose_halves_differ_is_refused(void **state)
{
	struct hub_keys k;
	char text[512];
	char *last;

	(void)state;
	assert_int_equal(hub_keys_create(keys_path, &k, &e), 0);
	read_file(keys_path, text, sizeof(text));
	last = strstr(text, "\nmaster") - 1; /* of the public half */
	*last = *last == '0' ? '1' : '0';
	write_file(keys_path, text);
	assert_int_equal(hub_keys_load(keys_path, &k, &e), -EBADMSG);
	assert_non_null(strstr(e.text, "halves"));
}

/* Paths. */

static const struct {
	const char *path;
	enum server_path is;
} paths[] = {
    {"/v1/feed?office=1&day=2026-11-26", PATH_FEED},
    {"/v1/feed", PATH_FEED},
    {"/v1/feeds", PATH_OTHER},
    {"/v1/bookings", PATH_BOOKINGS},
    {"/v1/bookings/00ff", PATH_BOOKING},
    {"/v1/bookings?/x", PATH_BOOKINGS},
    {"/healthz", PATH_HEALTH},
    {"/healthz/", PATH_OTHER},
    {"/metrics?x", PATH_METRICS},
    {"", PATH_OTHER},
    {"/", PATH_OTHER},
};

static void test_a_path_is_known_without_its_query(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if (server_path_of(str_from(paths[i].path)) != paths[i].is)
			fail_msg("%s", paths[i].path);
	assert_string_equal(server_path_methods(PATH_BOOKING), "PATCH, DELETE");
	assert_string_equal(server_path_label(PATH_OTHER), "other");
}

#define WITH_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, drop_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_url_is_enough_and_the_rest_has_defaults),
	    cmocka_unit_test(test_every_default_is_a_good_value),
	    cmocka_unit_test(test_every_key_is_read),
	    cmocka_unit_test(test_a_missing_url_is_named),
	    cmocka_unit_test(test_a_bad_line_is_named_with_its_reason),
	    cmocka_unit_test(test_a_url_is_https_or_to_this_machine),
	    cmocka_unit_test(test_a_key_before_any_section_is_a_problem),
	    cmocka_unit_test(test_listen_gives_address_and_port),
	    cmocka_unit_test(test_a_file_that_is_not_there_is_no_configuration),
	    WITH_DIR(test_keys_are_drawn_once_and_read_back),
	    WITH_DIR(test_keys_that_are_there_stay),
	    WITH_DIR(test_the_public_key_is_a_file_beside_them),
	    WITH_DIR(test_keys_that_others_can_read_are_refused),
	    WITH_DIR(test_missing_keys_name_the_command),
	    WITH_DIR(test_a_damaged_file_is_named_with_its_line),
	    WITH_DIR(test_a_cut_file_is_not_complete),
	    WITH_DIR(test_a_secret_whose_halves_differ_is_refused),
	    cmocka_unit_test(test_a_path_is_known_without_its_query),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
