#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "firmware/core/config.h"

static struct config c;
static char room[4096];
static struct buf problems;

static bool read_text(const char *text)
{
	struct str rest = str_from(text), line;
	unsigned n = 0;

	buf_init(&problems, room, sizeof(room));
	config_defaults(&c, "karcis.ini");
	while (str_split(&rest, '\n', &line))
		config_line(&c, line, ++n, &problems);
	return config_finish(&c, &problems);
}

/* The least that a configuration needs: six lines. */
#define LEAST \
	"[office]\nid = 4102\nname = Singkawang\ntimezone = WIB\n" \
	"[hours]\nmon = 07:30-12:00\n"

static void test_office_and_hours_are_enough(void **state)
{
	(void)state;
	assert_true(read_text(LEAST));
	assert_int_equal(problems.len, 0);
	assert_int_equal(c.office, 4102);
	assert_string_equal(c.office_name, "Singkawang");
	assert_int_equal(c.offset_s, 25200);
	assert_int_equal(c.hours.ranges[MON], 1);
	assert_int_equal(c.hours.ranges[TUE], 0);
}

static void test_every_default_is_a_good_value(void **state)
{
	(void)state;
	config_defaults(&c, "karcis.ini");
	assert_int_equal(c.problems, 0);
	assert_string_equal(c.terminal_id, "kiosk-1");
	assert_int_equal(c.terminal_letter, 'S');
	assert_int_equal(c.role, ROLE_KIOSK);
	assert_int_equal(c.early_minutes, 30);
	assert_int_equal(c.late, LATE_COUNTER);
	assert_int_equal(c.late_minutes, 30);
	assert_int_equal(c.width_px, 1080);
	assert_int_equal(c.height_px, 1920);
	assert_int_equal(c.diagonal_mm10, 5461); /* 21.5 * 25.4 = 546.1 */
	assert_int_equal(c.scanners, 1);
	assert_string_equal(c.scanner[0], "evdev:auto");
	assert_string_equal(c.printer, "usb:auto");
	assert_int_equal(c.width_dots, 576);
	assert_int_equal(c.form, FORM_PICTURE);
	assert_true(c.ask_birth_date);
	assert_int_equal(c.code.length, 10);
	assert_string_equal(c.hub_url, "");
	assert_int_equal(c.hub_days_ahead, 14);
}

static void test_a_hub_is_an_address_and_its_key(void **state)
{
	static const struct {
		const char *url;
		bool good;
	} cases[] = {
	    {"https://hub.example", true},
	    {"https://10.0.0.7:8443", true},
	    {"http://127.0.0.1:8080", true}, /* this machine itself */
	    {"http://[::1]:8080", true},
	    {"http://10.0.0.7", false},
	    {"http://127.0.0.1.example:80", false},
	    {"https://hub.example/", false},
	};
	char text[512];
	struct buf b;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		buf_init(&b, text, sizeof(text));
		buf_fmt(&b, LEAST "[hub]\nurl = %s\nkey = hub.pub\n",
		    cases[i].url);
		assert_int_equal(read_text(buf_cstr(&b)), cases[i].good);
	}
	assert_true(read_text(LEAST "[hub]\nurl = https://h\nkey = hub.pub\n"
				    "ca = ca.pem\ndays_ahead = 0\n"));
	assert_string_equal(c.hub_ca, "ca.pem");
	assert_int_equal(c.hub_days_ahead, 0);
	assert_false(read_text(LEAST "[hub]\nurl = https://h\nkey = k\n"
				     "days_ahead = 61\n"));
}

static void test_what_is_required_is_missed_by_name(void **state)
{
	(void)state;
	assert_false(read_text(""));
	assert_string_equal(buf_cstr(&problems),
	    "karcis.ini: office.id: is missing\n"
	    "karcis.ini: office.name: is missing\n"
	    "karcis.ini: office.timezone: is missing\n"
	    "karcis.ini: hours: no day has opening hours\n");
}

static void test_lists_are_repeated_and_replace_their_default(void **state)
{
	(void)state;
	assert_true(read_text(LEAST
	    "[scanner]\n"
	    "device = serial:/dev/ttyACM0\ndevice = evdev:/dev/input/event3\n"
	    "allow = 05e0:1200\nallow = 0C2E:0b61\n"));
	assert_int_equal(c.scanners, 2);
	assert_string_equal(c.scanner[0], "serial:/dev/ttyACM0");
	assert_string_equal(c.scanner[1], "evdev:/dev/input/event3");
	assert_int_equal(c.allowed, 2);
	assert_int_equal(c.allow[1].vendor, 0x0c2e);
	assert_int_equal(c.allow[1].product, 0x0b61);
	assert_false(
	    read_text(LEAST "[scanner]\ndevice = evdev:auto\n"
			    "device = evdev:auto\ndevice = evdev:auto\n"
			    "device = evdev:auto\ndevice = evdev:auto\n"));
	assert_string_equal(buf_cstr(&problems),
	    "karcis.ini:12: scanner.device: more than 4 scanners\n");
}

/* After LEAST, which is six lines. */
static const struct {
	const char *text, *problem;
} bad_lines[] = {
    {"[screens]\nsize = 1x1\n", ":7: screens: unknown section"},
    {"[screen]\nsise = 1x1\n", ":8: screen.sise: unknown key"},
    {"[office]\nid = 1\n", ":8: office.id: is given twice"},
    {"[hours]\ntue = 07:30-12:00 11:00-15:00\n",
	":8: hours.tue: must be like 07:30-12:00 13:00-15:00"
	" (ascending, not overlapping) or closed"},
    {"[screen]\n size = 1x1\n", ":8: screen: line starts with a blank"},
    {"[screen] ; ours\n", ":7: hours: text after a section name"},
    {"[screen\n", ":7: hours: section name lacks its ]"},
    {"size\n", ":7: hours: neither [section] nor key = value"},
    {"= 3\n", ":7: hours: no key before ="},
    {"sun = \x01\n", ":7: hours: line holds bytes that are not UTF-8 text"},
    {"sun = \xFF\n", ":7: hours: line holds bytes that are not UTF-8 text"},
    {"[terminal]\nletter = A\n",
	":8: terminal.letter: must be one letter from S to Z"},
    {"[terminal]\nrole = door\n", ":8: terminal.role: must be kiosk"},
    {"[terminal]\nstate = here\n",
	":8: terminal.state: must be an absolute path"},
    {"[terminal]\nid = Kiosk 1\n",
	":8: terminal.id: may hold only a-z, 0-9 and -"},
    {"[arrival]\nearly_minutes = -1\n",
	":8: arrival.early_minutes: must be a whole number from 0 to 720"},
    {"[arrival]\nlate_minutes = 721\n",
	":8: arrival.late_minutes: must be a whole number from 0 to 720"},
    {"[screen]\nsize = 1080*1920\n",
	":8: screen.size: must be WIDTHxHEIGHT in pixels, 320 to"
	" 16384"},
    {"[screen]\ndiagonal_inches = 21,5\n",
	":8: screen.diagonal_inches: must be inches from 5 to 100,"
	" like 21.5"},
    {"[scanner]\ndevice = serial:ttyACM0\n",
	":8: scanner.device: must be serial:/PATH, evdev:auto,"
	" evdev:/PATH, hidraw:auto, hidraw:/PATH or"
	" camera:/PATH"},
    {"[scanner]\ndevice = hidraw:hidraw0\n",
	":8: scanner.device: must be serial:/PATH, evdev:auto,"
	" evdev:/PATH, hidraw:auto, hidraw:/PATH or"
	" camera:/PATH"},
    {"[scanner]\nallow = 5e0:1200\n",
	":8: scanner.allow: must be VENDOR:PRODUCT, four hex digits"
	" each"},
    {"[printer]\ndevice = lp0\n",
	":8: printer.device: must be usb:auto, usb:VVVV:PPPP,"
	" device:/PATH, tcp:HOST:PORT, virtual:DIR or none"},
    {"[printer]\nwidth_dots = 575\n",
	":8: printer.width_dots: must be 576 or 384"},
    {"[printer]\nprofile = star\n",
	":8: printer.profile: must be auto, epson, asb, order, custom"
	" or generic"},
    {"[hub]\nurl = http://h\nkey = k\n",
	":8: hub.url: must start with https://"},
    {"[code]\nalphabet = ABA\ncheck = none\n",
	":8: code.alphabet: names a symbol twice"},
    {"[backup]\npath =\n", ":8: backup.path: must be an absolute path"},
};

static void test_every_problem_is_named_with_file_and_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad_lines); i++) {
		char text[512];
		struct buf b;

		buf_init(&b, text, sizeof(text));
		buf_text(&b, LEAST);
		buf_text(&b, bad_lines[i].text);
		assert_false(read_text(buf_cstr(&b)));
		assert_non_null(strstr(buf_cstr(&problems), "karcis.ini"));
		assert_non_null(
		    strstr(buf_cstr(&problems), bad_lines[i].problem));
	}
}

static void test_a_key_before_any_section_is_a_problem(void **state)
{
	(void)state;
	assert_false(read_text("id = 4102\n" LEAST));
	assert_string_equal(buf_cstr(&problems),
	    "karcis.ini:1: id: key before any section\n");
}

static void test_190_bytes_are_a_line_and_191_are_not(void **state)
{
	char line[192];
	struct ini_line l;

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, "name=", 5);
	l = ini_parse(str_of(line, 190));
	assert_int_equal(l.kind, INI_KEY);
	assert_int_equal(l.value.len, 185);
	assert_int_equal(ini_parse(str_of(line, 191)).kind, INI_BAD);
	line[190] = '\n'; /* the end is no part of it */
	assert_int_equal(ini_parse(str_of(line, 191)).kind, INI_KEY);
}

static void test_comments_start_the_line_and_values_keep_theirs(void **state)
{
	struct ini_line l = ini_parse(str_from("key = a ; b # c\r\n"));

	(void)state;
	assert_int_equal(l.kind, INI_KEY);
	assert_true(str_is(l.name, "key"));
	assert_true(str_is(l.value, "a ; b # c"));
	assert_int_equal(ini_parse(str_from("; x")).kind, INI_BLANK);
	assert_int_equal(ini_parse(str_from("# x")).kind, INI_BLANK);
	assert_int_equal(ini_parse(str_from(" \t\n")).kind, INI_BLANK);
	assert_int_equal(ini_parse(str_from("")).kind, INI_BLANK);
	assert_int_equal(ini_parse(str_from("\t; x")).kind, INI_BAD);
}

/* 1024x600 at 10.1 inches is 221.3 x 129.7 mm; its short side is 120.7 at
 * 9.4 inches and 119.4 at 9.3. A square's is 201.1 at 11.2, 197.6 at 11. */
static void test_panels_under_200_by_120_mm_are_refused(void **state)
{
	static const struct {
		const char *size, *inches;
		bool ok;
	} cases[] = {
	    {"1024x600", "10.1", true},
	    {"600x1024", "10.1", true},
	    {"1024x600", "9.4", true},
	    {"1024x600", "9.3", false},
	    {"800x800", "11.2", true},
	    {"800x800", "11", false},
	    {"1024x600", "7", false},
	    {"1280x800", "15.6", true},
	    {"1080x1920", "21.5", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[512];
		struct buf b;

		buf_init(&b, text, sizeof(text));
		buf_fmt(&b,
		    LEAST "[screen]\nsize = %s\n"
			  "diagonal_inches = %s\n",
		    cases[i].size, cases[i].inches);
		assert_int_equal(read_text(buf_cstr(&b)), cases[i].ok);
		if (!cases[i].ok)
			assert_string_equal(buf_cstr(&problems),
			    "karcis.ini: screen.diagonal_inches: the panel is"
			    " smaller than 200 x 120 mm\n");
	}
}

static void test_a_panel_may_be_turned_dimmed_and_dark(void **state)
{
	(void)state;
	assert_true(read_text(LEAST));
	assert_string_equal(c.touch, "auto");
	assert_false(c.blank_closed);
	assert_int_equal(c.blank_minutes, 60);
	assert_int_equal(c.brightness, 100);
	assert_int_equal(c.dim_from_min, -1);
	assert_int_equal(c.dim_until_min, -1);
	assert_int_equal(c.dim_brightness, 30);
	assert_true(
	    read_text(LEAST "[screen]\npresenter = drm\nrotate = 270\n"
			    "touch = /dev/input/event3\nblank = closed\n"
			    "blank_minutes = 0\nbrightness = 1\n"
			    "dim = 18:00-06:30\ndim_brightness = 5\n"));
	assert_int_equal(c.rotate, 270);
	assert_string_equal(c.touch, "/dev/input/event3");
	assert_true(c.blank_closed);
	assert_int_equal(c.blank_minutes, 0);
	assert_int_equal(c.brightness, 1);
	assert_int_equal(c.dim_from_min, 1080);
	assert_int_equal(c.dim_until_min, 390);
	assert_int_equal(c.dim_brightness, 5);
}

static void test_service_and_updates_are_off_by_default(void **state)
{
	(void)state;
	assert_true(read_text(LEAST));
	assert_string_equal(c.tech_switch, "none");
	assert_int_equal(c.tech_idle_minutes, 5);
	assert_string_equal(c.update_socket, "");
	assert_string_equal(c.hub_link, "");
	assert_true(read_text(
	    LEAST "[technician]\nswitch = gpio:/dev/gpiochip0:4:low\n"
		  "idle_minutes = 60\n[update]\nsocket = /run/karcis/u\n"
		  "[hub]\nurl = https://h\nkey = k\nlink = /run/l\n"));
	assert_string_equal(c.tech_switch, "gpio:/dev/gpiochip0:4:low");
	assert_int_equal(c.tech_idle_minutes, 60);
	assert_string_equal(c.update_socket, "/run/karcis/u");
	assert_string_equal(c.hub_link, "/run/l");
}

static void test_low_panels_are_seen_from_nearer(void **state)
{
	(void)state;
	assert_true(read_text(LEAST));
	assert_int_equal(c.viewing_mm, 600);
	assert_true(read_text(LEAST "[screen]\nsize = 1024x600\n"
				    "diagonal_inches = 10.1\n"));
	assert_int_equal(c.viewing_mm, 400);
	assert_true(
	    read_text(LEAST "[screen]\nsize = 1024x600\n"
			    "diagonal_inches = 10.1\nviewing_mm = 700\n"));
	assert_int_equal(c.viewing_mm, 700);
}

static void test_printers_are_named_by_their_way(void **state)
{
	static const char *const good[] = {"usb:auto", "usb:04b8:0202",
	    "device:/dev/usb/lp0", "tcp:10.0.0.7:9100", "virtual:out"};
	static const char *const bad[] = {"usb:", "usb:04b8", "usb:04b8:020",
	    "device:lp0", "tcp:10.0.0.7", "tcp::9100", "tcp:h:0", "tcp:h:65536",
	    "virtual:", ""};
	char text[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good) + ARRAY_LEN(bad); i++) {
		bool ok = i < ARRAY_LEN(good);
		struct buf b;

		buf_init(&b, text, sizeof(text));
		buf_fmt(&b, LEAST "[printer]\ndevice = %s\n",
		    ok ? good[i] : bad[i - ARRAY_LEN(good)]);
		assert_int_equal(read_text(buf_cstr(&b)), ok);
	}
}

static void test_a_gate_has_a_name_and_no_printer_of_itself(void **state)
{
	(void)state;
	assert_true(read_text(LEAST "[terminal]\nrole = gate\n"));
	assert_int_equal(c.role, ROLE_GATE);
	assert_string_equal(c.terminal_id, "gate-1");
	assert_string_equal(c.printer, "none");
	assert_true(read_text(LEAST "[terminal]\nrole = gate\nid = utara\n"
				    "[printer]\ndevice = virtual:out\n"));
	assert_string_equal(c.terminal_id, "utara");
	assert_string_equal(c.printer, "virtual:out");
	assert_false(read_text(LEAST "[printer]\ndevice = none\n"));
	assert_non_null(strstr(buf_cstr(&problems),
	    "karcis.ini: printer.device: none is for gates"));
}

static void test_what_a_gate_accepts_and_opens_is_configured(void **state)
{
	(void)state;
	assert_true(read_text(LEAST));
	assert_int_equal(c.accept, ACCEPT_TICKETS);
	assert_int_equal(c.way, WAY_IN);
	assert_false(c.reentry);
	assert_int_equal(c.gate_early_minutes, 720);
	assert_int_equal(c.gate_show_s, 4);
	assert_string_equal(c.gate_output, "none");
	assert_int_equal(c.gate_open_ms, 800);
	assert_true(c.gate_sound);
	assert_true(read_text(
	    LEAST "[gate]\naccept = both\ndirection = both\nreentry = yes\n"
		  "early_minutes = 0\nshow_seconds = 30\nopen_ms = 10000\n"
		  "output = gpio:/dev/gpiochip0:17:low\nsound = no\n"));
	assert_int_equal(c.accept, ACCEPT_BOTH);
	assert_int_equal(c.way, WAY_BOTH);
	assert_true(c.reentry);
	assert_int_equal(c.gate_early_minutes, 0);
	assert_int_equal(c.gate_show_s, 30);
	assert_string_equal(c.gate_output, "gpio:/dev/gpiochip0:17:low");
	assert_int_equal(c.gate_open_ms, 10000);
	assert_false(c.gate_sound);
}

static void test_outputs_and_cameras_are_named_by_their_way(void **state)
{
	static const struct {
		const char *line;
		bool good;
	} cases[] = {
	    {"[gate]\noutput = gpio:/dev/gpiochip0:0", true},
	    {"[gate]\noutput = gpio:/dev/gpiochip0:1023", true},
	    {"[gate]\noutput = gpio:/dev/gpiochip0:1024", false},
	    {"[gate]\noutput = gpio:/dev/gpiochip0", false},
	    {"[gate]\noutput = gpio:/dev/gpiochip0:1:high", false},
	    {"[gate]\noutput = gpio:/dev/gpiochip0:1:low:low", false},
	    {"[gate]\noutput = gpio:gpiochip0:1", false},
	    {"[gate]\noutput = command:/usr/bin/open-door", true},
	    {"[gate]\noutput = command:open-door", false},
	    {"[gate]\noutput = command:", false},
	    {"[gate]\nopen_ms = 99", false},
	    {"[gate]\nopen_ms = 100", true},
	    {"[gate]\nshow_seconds = 1", false},
	    {"[gate]\nshow_seconds = 2", true},
	    {"[gate]\naccept = all", false},
	    {"[scanner]\ndevice = camera:/dev/video0", true},
	    {"[scanner]\ndevice = camera:auto", false},
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf b;

		buf_init(&b, text, sizeof(text));
		buf_fmt(&b, LEAST "%s\n", cases[i].line);
		assert_int_equal(read_text(buf_cstr(&b)), cases[i].good);
	}
}

static void test_what_is_not_built_is_refused_by_name(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {LEAST "[hub]\nurl = https://h\nkey = k\n[terminal]\n"
		   "letter = S\n",
		"karcis.ini: terminal.letter: the hub gives the letter"},
	    {LEAST "[hub]\nurl = https://h\n",
		"karcis.ini: hub: url and key go together\n"},
	    {LEAST "[backup]\npath = /mnt/b\n", "karcis.ini: backup: "},
	    {LEAST "[screen]\nrotate = 90\n", "karcis.ini: screen.rotate: "},
	    {LEAST "[screen]\ntouch = evdev:auto\n",
		"karcis.ini:8: screen.touch: must be auto or a path"},
	    {LEAST "[screen]\nbrightness = 0\n",
		"screen.brightness: must be a whole number from 1 to 100"},
	    {LEAST "[screen]\nbrightness = 101\n", "screen.brightness: "},
	    {LEAST "[screen]\nblank = yes\n",
		"screen.blank: must be never or closed"},
	    {LEAST "[screen]\ndim = 18:00\n", "screen.dim: must be none or"},
	    {LEAST "[screen]\ndim = 18:00-18:00\n", "screen.dim: "},
	    {LEAST "[screen]\ndim = 24:00-06:00\n", "screen.dim: "},
	    {LEAST "[screen]\ndim = 18:00-06:00-07:00\n", "screen.dim: "},
	    {LEAST "[technician]\nswitch = gpio:/dev/gpiochip0\n",
		"technician.switch: must be none, gpio:/dev/NAME:LINE"},
	    {LEAST "[technician]\nidle_minutes = 61\n",
		"technician.idle_minutes: "},
	    {LEAST "[update]\nsocket = update.sock\n", "update.socket: "},
	    {LEAST "[hub]\nlink = link.sock\n", "hub.link: "},
	    {LEAST "[clock]\ntrust = ntp\n", "karcis.ini: clock: "},
	    {LEAST "[arrival]\nlate = standby\n", "karcis.ini: arrival: "},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_false(read_text(cases[i].text));
		assert_non_null(strstr(buf_cstr(&problems), cases[i].says));
	}
}

static void test_an_office_code_profile_is_judged_as_a_whole(void **state)
{
	(void)state;
	assert_true(read_text(
	    LEAST "[code]\nprefix = IMI\nlength = 8\n"
		  "alphabet = 0123456789\ncheck = none\ngroup = 4\n"));
	assert_int_equal(c.code.length, 8);
	assert_int_equal(c.code.group, 4);
	assert_int_equal(c.code.check, CODE_CHECK_NONE);
	assert_string_equal(c.code.prefix, "IMI");
	assert_false(read_text(LEAST "[code]\nalphabet = 0123456789\n"));
	assert_false(read_text(LEAST "[code]\nprefix = IMI\nlength = 30\n"
				     "check = none\n"));
}

static void test_rules_follow_from_the_configuration(void **state)
{
	struct checkin_rules r;

	(void)state;
	assert_true(
	    read_text(LEAST "[arrival]\nearly_minutes = 15\n"
			    "late = refuse\nlate_minutes = 5\n[identity]\n"
			    "birth_date = off\n"));
	r = config_rules(&c, 1234);
	assert_int_equal(r.office, 4102);
	assert_int_equal(r.offset_s, 25200);
	assert_int_equal(r.early_minutes, 15);
	assert_int_equal(r.late_minutes, 5);
	assert_int_equal(r.late, LATE_REFUSE);
	assert_int_equal(r.clock_floor_s, 1234);
	assert_false(r.ask_birth_date);
	assert_false(r.hub_configured);
	assert_int_equal(r.hours.range[MON][0].start_min, 450);
}

static void test_holidays_are_a_date_and_a_name(void **state)
{
	static const char *const bad[] = {"2026-12-25", "2026-12-25,",
	    "25-12-2026,Natal", "2026-02-30,X", "2026-12-25;Natal"};

	(void)state;
	assert_true(read_text(LEAST));
	assert_true(config_holiday_line(&c, "h.csv",
	    str_from("2026-12-25,Natal\r\n"), 1, &problems));
	assert_true(hours_is_holiday(&c.hours, 20812)); /* 20781 + 31 */
	assert_true(
	    config_holiday_line(&c, "h.csv", str_from("# x"), 2, &problems));
	assert_int_equal(problems.len, 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(config_holiday_line(&c, "h.csv", str_from(bad[i]),
		    3, &problems));
	assert_int_equal(c.hours.holidays, 1);
	assert_non_null(strstr(buf_cstr(&problems),
	    "h.csv:3: holiday: must be like 2026-12-25,Name\n"));
}

/* Reads a file of the repository; tests run at its root. */
static void each_line(const char *path,
    void (*take)(struct str line, unsigned n, void *arg), void *arg)
{
	FILE *f = fopen(path, "r");
	char line[512];
	unsigned n = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		take(str_from(line), ++n, arg);
	fclose(f);
	assert_true(n > 0);
}

static void take_config(struct str line, unsigned n, void *arg)
{
	config_line(arg, line, n, &problems);
}

static void take_service(struct str line, unsigned n, void *arg)
{
	services_line(arg, line, n, &problems);
}

static void take_holiday(struct str line, unsigned n, void *arg)
{
	assert_true(
	    config_holiday_line(arg, "holidays.csv", line, n, &problems));
}

static void test_the_example_office_has_no_problem(void **state)
{
	static struct services all;
	struct services_reader r;
	const struct service *s;

	(void)state;
	buf_init(&problems, room, sizeof(room));
	config_defaults(&c, "karcis.ini");
	each_line("assets/example/karcis.ini", take_config, &c);
	assert_true(config_finish(&c, &problems));
	each_line("assets/example/holidays.csv", take_holiday, &c);
	services_begin(&r, &all, "services.ini");
	each_line("assets/example/services.ini", take_service, &r);
	assert_true(services_finish(&r, &problems));
	assert_int_equal(problems.len, 0);
	assert_string_equal(c.office_name, "Kantor Imigrasi Singkawang");
	s = service_find_name(&all, str_from("paspor-baru"));
	assert_non_null(s);
	assert_int_equal(s->fee_rupiah, 350000); /* PP 45/2024 */
	assert_int_equal(all.count, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_office_and_hours_are_enough),
	    cmocka_unit_test(test_every_default_is_a_good_value),
	    cmocka_unit_test(test_a_hub_is_an_address_and_its_key),
	    cmocka_unit_test(test_what_is_required_is_missed_by_name),
	    cmocka_unit_test(test_lists_are_repeated_and_replace_their_default),
	    cmocka_unit_test(test_every_problem_is_named_with_file_and_line),
	    cmocka_unit_test(test_a_key_before_any_section_is_a_problem),
	    cmocka_unit_test(test_190_bytes_are_a_line_and_191_are_not),
	    cmocka_unit_test(
		test_comments_start_the_line_and_values_keep_theirs),
	    cmocka_unit_test(test_panels_under_200_by_120_mm_are_refused),
	    cmocka_unit_test(test_a_panel_may_be_turned_dimmed_and_dark),
	    cmocka_unit_test(test_service_and_updates_are_off_by_default),
	    cmocka_unit_test(test_low_panels_are_seen_from_nearer),
	    cmocka_unit_test(test_printers_are_named_by_their_way),
	    cmocka_unit_test(test_a_gate_has_a_name_and_no_printer_of_itself),
	    cmocka_unit_test(test_what_a_gate_accepts_and_opens_is_configured),
	    cmocka_unit_test(test_outputs_and_cameras_are_named_by_their_way),
	    cmocka_unit_test(test_what_is_not_built_is_refused_by_name),
	    cmocka_unit_test(test_an_office_code_profile_is_judged_as_a_whole),
	    cmocka_unit_test(test_rules_follow_from_the_configuration),
	    cmocka_unit_test(test_holidays_are_a_date_and_a_name),
	    cmocka_unit_test(test_the_example_office_has_no_problem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
