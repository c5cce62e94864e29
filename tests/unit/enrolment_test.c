/* What a terminal knows of its hub: the file, and the text of the QR. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/store/enrolment.h"

static char dir[64], path[96];
static struct err e;

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/karcis-enrol-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/enrolment", dir);
	return 0;
}

static int remove_dir(void **state)
{
	char cmd[128];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return system(cmd);
}

#define HUB_KEY \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

enum { LINES = 9 };
static const char *const good[LINES] = {"karcis-enrolment 1",
    "url https://hub.example:8443/karcis", ("hub_key " HUB_KEY), "office 4102",
    "device 17", "name kiosk-1", "role kiosk", "letter S", "epoch 3"};

static void write_file(const char *text, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static void write_lines(const char *const line[], size_t n)
{
	char text[2048];
	struct buf b;

	buf_init(&b, text, sizeof(text));
	for (size_t i = 0; i < n; i++)
		buf_fmt(&b, "%s\n", line[i]);
	assert_false(b.full);
	write_file(text, b.len);
}

/* A failure leaves nothing that could be taken for an enrolment. */
static int load(struct enrolment *out)
{
	static const struct enrolment none;
	int r;

	memset(out, 0x5a, sizeof(*out));
	memset(&e, 0, sizeof(e));
	r = enrolment_load(path, out, &e);
	assert_int_equal(e.code, r);
	if (r < 0)
		assert_memory_equal(out, &none, sizeof(none));
	return r;
}

static struct enrolment kiosk(void)
{
	struct enrolment x = {.url = "https://hub.example:8443/karcis",
	    .office = 4102,
	    .device = 17,
	    .name = "kiosk-1",
	    .role = ROSTER_KIOSK,
	    .letter = 19,
	    .epoch = 3};

	for (size_t i = 0; i < sizeof(x.hub_key); i++)
		x.hub_key[i] = (uint8_t)i;
	return x;
}

static void assert_same(const struct enrolment *a, const struct enrolment *b)
{
	assert_string_equal(a->url, b->url);
	assert_memory_equal(a->hub_key, b->hub_key, sizeof(a->hub_key));
	assert_int_equal(a->office, b->office);
	assert_int_equal(a->device, b->device);
	assert_string_equal(a->name, b->name);
	assert_int_equal(a->role, b->role);
	assert_int_equal(a->letter, b->letter);
	assert_int_equal(a->epoch, b->epoch);
}

/* ---- the file ---- */

static void test_the_file_is_as_documented(void **state)
{
	struct enrolment x = kiosk(), got;
	char text[1024], want[1024];
	struct buf b;
	struct stat st;
	FILE *f;
	size_t n;

	(void)state;
	write_lines(good, LINES);
	assert_int_equal(load(&got), 0);
	assert_same(&got, &x);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(enrolment_save(path, &x, &e), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	buf_init(&b, want, sizeof(want) - 1);
	for (size_t i = 0; i < LINES; i++)
		buf_fmt(&b, "%s\n", good[i]);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	assert_string_equal(text, buf_cstr(&b));
}

static void test_the_ends_of_each_field_come_back(void **state)
{
	struct enrolment x = kiosk(), got;

	(void)state;
	x.office = x.device = x.epoch = UINT32_MAX;
	x.role = ROSTER_GATE;
	x.letter = 0;
	memset(x.hub_key, 0xff, sizeof(x.hub_key));
	memset(x.name, 'n', sizeof(x.name) - 1);
	memset(x.url + 8, 'u', sizeof(x.url) - 9);
	assert_int_equal(strlen(x.name), CLAIM_NAME - 1);
	assert_int_equal(strlen(x.url), ENROLMENT_URL - 1);
	assert_int_equal(enrolment_save(path, &x, &e), 0);
	assert_int_equal(load(&got), 0);
	assert_same(&got, &x);
	x = kiosk();
	x.office = x.device = x.epoch = 1;
	x.letter = 26;
	snprintf(x.name, sizeof(x.name), "Loket 1 \xc3\xa9");
	assert_int_equal(enrolment_save(path, &x, &e), 0); /* replaces it */
	assert_int_equal(load(&got), 0);
	assert_same(&got, &x);
}

static void test_not_enrolled_is_enoent(void **state)
{
	struct enrolment x;

	(void)state;
	assert_int_equal(load(&x), -ENOENT);
}

static void test_readable_by_others_is_refused(void **state)
{
	static const mode_t bad[] = {0640, 0604, 0620, 0602, 0610, 0601};
	struct enrolment x;

	(void)state;
	write_lines(good, LINES);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(chmod(path, bad[i]), 0);
		assert_int_equal(load(&x), -EPERM);
	}
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(load(&x), 0);
	if (geteuid() != 0) {
		print_message("skipped: another owner needs root\n");
		return;
	}
	assert_int_equal(chown(path, 12345, 12345), 0);
	assert_int_equal(load(&x), -EPERM);
}

static void test_a_link_is_not_followed(void **state)
{
	char target[128];
	struct enrolment x;

	(void)state;
	write_lines(good, LINES);
	snprintf(target, sizeof(target), "%s/elsewhere", dir);
	assert_int_equal(rename(path, target), 0);
	assert_int_equal(symlink(target, path), 0);
	assert_true(load(&x) < 0);
}

static void test_each_line_is_there_once_and_in_its_place(void **state)
{
	const char *line[LINES + 1];
	struct enrolment x;

	(void)state;
	for (size_t i = 0; i < LINES; i++) {
		/* missing */
		memcpy(line, good, sizeof(good));
		memmove(line + i, line + i + 1,
		    (LINES - 1 - i) * sizeof(*line));
		write_lines(line, LINES - 1);
		assert_int_equal(load(&x), -EBADMSG);
		/* twice */
		memcpy(line, good, sizeof(good));
		memmove(line + i + 1, line + i, (LINES - i) * sizeof(*line));
		write_lines(line, LINES + 1);
		assert_int_equal(load(&x), -EBADMSG);
		/* empty */
		memcpy(line, good, sizeof(good));
		line[i] = "";
		write_lines(line, LINES);
		assert_int_equal(load(&x), -EBADMSG);
		/* before its time */
		if (i + 1 == LINES)
			break;
		memcpy(line, good, sizeof(good));
		line[i] = good[i + 1];
		line[i + 1] = good[i];
		write_lines(line, LINES);
		assert_int_equal(load(&x), -EBADMSG);
	}
	assert_non_null(strstr(e.text, "enrol this terminal again"));
}

#define X32  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X192 X32 X32 X32 X32 X32 X32

static void test_no_line_holds_anything_else(void **state)
{
	static const struct {
		size_t at;
		const char *line;
	} bad[] = {
	    {0, "karcis-enrolment 2"},
	    {0, "karcis-enrolment 1 "},
	    {0, "karcis-keys 1"},
	    {1, "url"},
	    {1, "url "},
	    {1, "url https://"},
	    {1, "url ftp://hub.example"},
	    {1, "url hub.example"},
	    {1, "url HTTPS://hub.example"},
	    {1, "url https://hub.example/"},
	    {1, "url https://hub example"},
	    {1, "url https://hub.example "},
	    {1, "url https://hub.example\t"},
	    {1, "url https://hub.example\r"},
	    {1, "url https://hub.ex\x7fmple"},
	    {1, "url https://hub.\xc3\xa9"},
	    {1, "url  https://hub.example"},
	    {1, "url https://" X192},
	    {1, "URL https://hub.example"},
	    {2, "hub_key"},
	    {2, "hub_key "},
	    {2, "hub_key 00"},
	    {2, "hub_key " HUB_KEY "0"},
	    {2, "hub_key " HUB_KEY "00"},
	    {2, "hub_key " HUB_KEY " "},
	    {2,
		"hub_key 000102030405060708090A0b0c0d0e0f"
		"101112131415161718191a1b1c1d1e1f"},
	    {3, "office 0"},
	    {3, "office -1"},
	    {3, "office +1"},
	    {3, "office 4294967296"},
	    {3, "office 99999999999999999999"},
	    {3, "office 1 "},
	    {3, "office 0x10"},
	    {3, "office "},
	    {4, "device 0"},
	    {4, "device 4294967296"},
	    {5, "name "},
	    {5, "name"},
	    {5, "name " X32},
	    {5, "name \xff"},
	    {5, "name kiosk\t1"},
	    {5, "name kiosk\r"},
	    {5, "name \x1b[2J"},
	    {5, "name \x7f"},
	    {6, "role channel"},
	    {6, "role "},
	    {6, "role Kiosk"},
	    {6, "role kiosk gate"},
	    {7, "letter s"},
	    {7, "letter ["},
	    {7, "letter @"},
	    {7, "letter ST"},
	    {7, "letter "},
	    {7, "letter --"},
	    {8, "epoch 0"},
	    {8, "epoch 4294967296"},
	    {8, "epoch"},
	};
	const char *line[LINES];
	struct enrolment x;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		memcpy(line, good, sizeof(good));
		line[bad[i].at] = bad[i].line;
		write_lines(line, LINES);
		if (load(&x) != -EBADMSG)
			fail_msg("taken: %s", bad[i].line);
	}
}

static void test_a_file_cut_anywhere_is_refused(void **state)
{
	char text[1024];
	struct enrolment x;
	struct buf b;

	(void)state;
	buf_init(&b, text, sizeof(text));
	for (size_t i = 0; i < LINES; i++)
		buf_fmt(&b, "%s\n", good[i]);
	for (size_t n = 0; n < b.len; n++) {
		write_file(text, n);
		assert_int_equal(load(&x), -EBADMSG);
	}
	write_file(text, b.len);
	assert_int_equal(load(&x), 0);
	text[b.len] = ' ';
	write_file(text, b.len + 1);
	assert_int_equal(load(&x), -EBADMSG);
}

static void test_a_nul_is_no_letter_of_a_name(void **state)
{
	static const char text[] =
	    "karcis-enrolment 1\nurl https://hub.example\nhub_key " HUB_KEY
	    "\noffice 1\ndevice 1\nname ki\0sk\nrole kiosk\nletter S\n"
	    "epoch 1\n";
	struct enrolment x;

	(void)state;
	write_file(text, sizeof(text) - 1);
	assert_int_equal(load(&x), -EBADMSG);
}

static void test_a_long_file_is_refused(void **state)
{
	static char text[4096];
	struct enrolment x;

	(void)state;
	memset(text, 'x', sizeof(text));
	write_file(text, 1024);
	assert_int_equal(load(&x), -EBADMSG);
	write_file(text, 1025);
	assert_int_equal(load(&x), -EFBIG);
	write_file(text, sizeof(text));
	assert_int_equal(load(&x), -EFBIG);
}

/* A terminal that forgets its hub at the next start is worse than one that
 * says at once that it can't be enrolled. */
static void test_what_would_not_load_is_not_saved(void **state)
{
	struct enrolment bad[11], x = kiosk(), got;
	size_t i;

	(void)state;
	assert_int_equal(enrolment_save(path, &x, &e), 0);
	for (i = 0; i < ARRAY_LEN(bad); i++)
		bad[i] = x;
	bad[0].url[0] = '\0';
	snprintf(bad[1].url, sizeof(bad[1].url), "https://hub.example/");
	snprintf(bad[2].url, sizeof(bad[2].url), "https://hub\n.example");
	bad[3].office = 0;
	bad[4].device = 0;
	bad[5].epoch = 0;
	bad[6].name[0] = '\0';
	snprintf(bad[7].name, sizeof(bad[7].name), "kiosk\nrole gate");
	bad[8].role = ROSTER_UNSET;
	bad[9].role = ROSTER_GATE + 1;
	bad[10].letter = 27;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(enrolment_save(path, &bad[i], &e), -EINVAL);
		assert_int_equal(load(&got), 0);
		assert_same(&got, &x);
	}
}

static void test_a_file_that_cannot_be_written_is_told(void **state)
{
	struct enrolment x = kiosk();

	(void)state;
	assert_int_equal(enrolment_save("/nowhere/at/all", &x, &e), -ENOENT);
	assert_non_null(strstr(e.text, "enrolment"));
}

/* ---- the text of the QR ---- */

#define TOKEN "6f0e112233445566778899aabbccddee"
#define PRINT "a41c00112233445566778899aabbccdd"

static void test_the_text_of_the_qr_is_read(void **state)
{
	static const char *const text[] = {
	    "karcis-enrol:1 https://hub.example " TOKEN " " PRINT,
	    "karcis-enrol:1 https://hub.example " TOKEN " " PRINT "\r\n",
	    " \tkarcis-enrol:1 https://hub.example " TOKEN " " PRINT " ",
	};
	struct enrolment_text x;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(text); i++) {
		memset(&x, 0x5a, sizeof(x));
		assert_true(enrolment_text_parse(str_from(text[i]), &x));
		assert_string_equal(x.url, "https://hub.example");
		assert_string_equal(x.token, TOKEN);
		assert_int_equal(x.fingerprint[0], 0xa4);
		assert_int_equal(x.fingerprint[1], 0x1c);
		assert_int_equal(x.fingerprint[15], 0xdd);
	}
}

static void test_a_url_is_read_up_to_its_room(void **state)
{
	char text[512], url[ENROLMENT_URL + 1] = "https://";
	struct enrolment_text x;

	(void)state;
	memset(url + 8, 'u', ENROLMENT_URL - 9);
	snprintf(text, sizeof(text), "karcis-enrol:1 %s " TOKEN " " PRINT, url);
	assert_true(enrolment_text_parse(str_from(text), &x));
	assert_string_equal(x.url, url);
	url[ENROLMENT_URL - 1] = 'u';
	snprintf(text, sizeof(text), "karcis-enrol:1 %s " TOKEN " " PRINT, url);
	assert_false(enrolment_text_parse(str_from(text), &x));
}

static void test_any_other_text_is_refused_and_leaves_nothing(void **state)
{
	static const char *const bad[] = {
	    "",
	    " ",
	    "karcis-enrol:1",
	    "karcis-enrol:1 ",
	    "karcis-enrol:1 https://hub.example",
	    "karcis-enrol:1 https://hub.example " TOKEN,
	    "karcis-enrol:1 https://hub.example " TOKEN " ",
	    "karcis-enrol:2 https://hub.example " TOKEN " " PRINT,
	    "karcis-enrol: https://hub.example " TOKEN " " PRINT,
	    "Karcis-enrol:1 https://hub.example " TOKEN " " PRINT,
	    "https://hub.example " TOKEN " " PRINT,
	    "xkarcis-enrol:1 https://hub.example " TOKEN " " PRINT,
	    "karcis-enrol:1  https://hub.example " TOKEN " " PRINT,
	    "karcis-enrol:1 https://hub.example  " TOKEN " " PRINT,
	    "karcis-enrol:1 https://hub.example " TOKEN "  " PRINT,
	    "karcis-enrol:1\thttps://hub.example " TOKEN " " PRINT,
	    "karcis-enrol:1 https://hub.example\n" TOKEN " " PRINT,
	    "karcis-enrol:1 https://hub.example " TOKEN " " PRINT " x",
	    "karcis-enrol:1 https://hub.example " TOKEN " " PRINT "\nx",
	    "karcis-enrol:1 https://hub.example " PRINT,
	    "karcis-enrol:1 " TOKEN " " PRINT " https://hub.example",
	    "karcis-enrol:1 hub.example " TOKEN " " PRINT,
	    "karcis-enrol:1 https:// " TOKEN " " PRINT,
	    "karcis-enrol:1 https:/hub.example " TOKEN " " PRINT,
	    "karcis-enrol:1 file:///etc/passwd " TOKEN " " PRINT,
	    "karcis-enrol:1 javascript:alert(1) " TOKEN " " PRINT,
	    "karcis-enrol:1 https://hub.example/ " TOKEN " " PRINT,
	    "karcis-enrol:1 https://hub.\x01xample " TOKEN " " PRINT,
	    "karcis-enrol:1 https://hub.\xe2\x80\xaexample " TOKEN " " PRINT,
	    "karcis-enrol:1 https://hub.example 6f0e " PRINT,
	    "karcis-enrol:1 https://hub.example " TOKEN "0 " PRINT,
	    "karcis-enrol:1 https://hub.example " TOKEN "00 " PRINT,
	    "karcis-enrol:1 https://hub.example "
	    "6F0E112233445566778899AABBCCDDEE " PRINT,
	    "karcis-enrol:1 https://hub.example "
	    "6g0e112233445566778899aabbccddee " PRINT,
	    "karcis-enrol:1 https://hub.example " TOKEN " a41c",
	    "karcis-enrol:1 https://hub.example " TOKEN " " PRINT "0",
	    "karcis-enrol:1 https://hub.example " TOKEN " "
	    "A41C00112233445566778899aabbccdd",
	    "karcis-enrol:1 https://hub.example " TOKEN " "
	    "a41c00112233445566778899aabbccd.",
	    "karcis-enrol:1 https://" X192 " " TOKEN " " PRINT,
	};
	static const struct enrolment_text none;
	struct enrolment_text x;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		memset(&x, 0x5a, sizeof(x));
		if (enrolment_text_parse(str_from(bad[i]), &x))
			fail_msg("taken: %s", bad[i]);
		if (memcmp(&x, &none, sizeof(x)) != 0)
			fail_msg("left something: %s", bad[i]);
	}
}

static void test_a_text_may_lack_a_nul_and_hold_one(void **state)
{
	static const char with_nul[] =
	    "karcis-enrol:1 https://hub\0example " TOKEN " " PRINT;
	static const char text[] = "karcis-enrol:1 https://hub.example " TOKEN
				   " " PRINT;
	size_t len = sizeof(text) - 1;
	struct enrolment_text x;
	char *exact;

	(void)state;
	assert_false(
	    enrolment_text_parse(str_of(with_nul, sizeof(with_nul) - 1), &x));
	/* On the heap, so that a sanitizer sees a step beyond. */
	for (size_t n = 0; n <= len; n++) {
		exact = malloc(n + 1);
		assert_non_null(exact);
		memcpy(exact, text, n);
		exact = realloc(exact, n == 0 ? 1 : n);
		assert_non_null(exact);
		assert_int_equal(enrolment_text_parse(str_of(exact, n), &x),
		    n == len);
		free(exact);
	}
	assert_false(enrolment_text_parse(str_of(NULL, 0), &x));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_the_file_is_as_documented),
	    CASE(test_the_ends_of_each_field_come_back),
	    CASE(test_not_enrolled_is_enoent),
	    CASE(test_readable_by_others_is_refused),
	    CASE(test_a_link_is_not_followed),
	    CASE(test_each_line_is_there_once_and_in_its_place),
	    CASE(test_no_line_holds_anything_else),
	    CASE(test_a_file_cut_anywhere_is_refused),
	    CASE(test_a_nul_is_no_letter_of_a_name),
	    CASE(test_a_long_file_is_refused),
	    CASE(test_what_would_not_load_is_not_saved),
	    CASE(test_a_file_that_cannot_be_written_is_told),
	    CASE(test_the_text_of_the_qr_is_read),
	    CASE(test_a_url_is_read_up_to_its_room),
	    CASE(test_any_other_text_is_refused_and_leaves_nothing),
	    CASE(test_a_text_may_lack_a_nul_and_hold_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
