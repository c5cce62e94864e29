/* Why a machine is bare, and how large its panel is. */
#include "firmware/app/tech/bare.h"
#include "test_state_dir.h"

static struct office office;
static struct bare bare;
static char config[128];

static const char hours[] =
    "[hours]\nmon = 07:30-12:00\n[services]\nfile = services.ini\n"
    "[printer]\ndevice = usb:auto\n[scanner]\ndevice = evdev:auto\n";

static void put(const char *where, const char *text)
{
	(void)snprintf(path, sizeof(path), "%s/%s", state_dir, where);
	write_text(text);
}

static void put_letter(const char *letter, const char *more)
{
	char text[2048], cmd[256];

	(void)snprintf(text, sizeof(text),
	    "[office]\nid = 4102\nname = Kantor\ntimezone = WIB\n[terminal]\n"
	    "id = kiosk-1\n%sstate = %s\n%s%s",
	    letter, state_dir, hours, more);
	put("karcis.ini", text);
	(void)snprintf(cmd, sizeof(cmd), "cp assets/example/services.ini %s/",
	    state_dir);
	assert_int_equal(system(cmd), 0);
}

static void put_config(const char *more)
{
	put_letter("letter = S\n", more);
}

static void look(void)
{
	(void)snprintf(config, sizeof(config), "%s/karcis.ini", state_dir);
	bare_look(config, &office, &bare);
}

static bool says(const char *part)
{
	for (size_t i = 0; i < bare.lines; i++)
		if (strstr(bare.line[i].value, part) != NULL)
			return true;
	return false;
}

static void test_without_a_configuration(void **state)
{
	(void)state;
	look();
	assert_true(bare.is);
	assert_false(bare.readable);
	assert_int_equal(bare.lines, 1);
	assert_int_equal(bare.line[0].text, MSG_TECH_B_NO_CONFIG);
	assert_int_equal(bare.line[0].mark, TECH_MARK_BAD);
}

static void test_with_a_broken_one_its_problems_are_named(void **state)
{
	(void)state;
	put_config("[screen]\nrotate = 45\n");
	look();
	assert_true(bare.is);
	assert_false(bare.readable);
	assert_int_equal(bare.line[0].text, MSG_TECH_B_BAD_CONFIG);
	assert_memory_equal(bare.line[1].value, "karcis.ini:", 11);
	/* Who may repair it is read from where it says. */
	assert_string_equal(office.config.state, state_dir);
}

static void test_with_a_file_missing_it_is_named(void **state)
{
	(void)state;
	put_config("");
	(void)snprintf(path, sizeof(path), "%s/services.ini", state_dir);
	assert_int_equal(unlink(path), 0);
	look();
	assert_int_equal(bare.line[0].text, MSG_TECH_B_BAD_CONFIG);
	assert_true(says("services.ini"));
}

static void test_without_keys_it_says_what_prepare_said(void **state)
{
	(void)state;
	put_config("");
	put("prepare.said", "enrol: refused: token\n\nmore\n");
	look();
	assert_true(bare.is);
	assert_true(bare.readable);
	assert_int_equal(bare.line[0].text, MSG_TECH_B_NO_KEYS);
	assert_int_equal(bare.lines, 3);
	assert_true(says("enrol: refused: token"));
	put("keys", "");
	look();
	assert_false(bare.is);
	assert_int_equal(bare.lines, 0);
}

static void test_under_a_hub_it_must_be_enrolled(void **state)
{
	(void)state;
	put_letter("", "[hub]\nurl = https://hub.example\nkey = hub.pub\n");
	put("keys", "");
	look();
	assert_true(bare.is);
	assert_int_equal(bare.line[0].text, MSG_TECH_B_NOT_ENROLLED);
	put("enrolment", "");
	look();
	assert_false(bare.is);
}

static void test_a_screen_that_does_not_open_makes_it_bare(void **state)
{
	(void)state;
	put_config("");
	look();
	assert_true(bare.is);
	bare_add_screen(&bare, "screen: no mode");
	assert_false(bare.prepared);
	put("keys", "");
	look();
	assert_false(bare.is);
	bare_add_screen(&bare, "screen: no mode");
	assert_true(bare.is);
	assert_true(bare.readable);
	assert_true(bare.prepared);
	assert_int_equal(bare.line[0].text, MSG_TECH_B_BAD_CONFIG);
	assert_string_equal(bare.line[1].value, "screen: no mode");
}

static void test_a_long_line_is_cut_at_a_whole_character(void **state)
{
	char said[300];

	(void)state;
	put_config("");
	/* 158 bytes, then one of two: it does not fit in 159. */
	memset(said, 'a', sizeof(said));
	memcpy(said + 158, "\xC3\xA9\n", 4);
	put("prepare.said", said);
	look();
	assert_int_equal(strlen(bare.line[1].value), 158);
}

/* ---- the panel ---- */

static void put_connector(const char *name, const char *status,
    const char *modes)
{
	char dir[128];

	(void)snprintf(dir, sizeof(dir), "%s/%s", state_dir, name);
	assert_int_equal(mkdir(dir, 0700), 0);
	(void)snprintf(dir, sizeof(dir), "%s/status", name);
	put(dir, status);
	(void)snprintf(dir, sizeof(dir), "%s/modes", name);
	put(dir, modes);
}

static void test_the_panel_is_the_connected_one_by_its_first_mode(void **state)
{
	uint8_t edid[128] = {0};
	struct config c = {.rotate = 90};

	(void)state;
	put_connector("card0-DP-1", "disconnected\n", "640x480\n");
	put_connector("card0-DP-2", "connected\n", "1080x1920\n800x600\n");
	assert_true(bare_panel(state_dir, &c));
	assert_int_equal(c.width_px, 1080);
	assert_int_equal(c.height_px, 1920);
	assert_int_equal(c.rotate, 0);
	assert_int_equal(c.diagonal_mm10, 5461);
	/* 30 cm by 40 cm are 50 cm across. */
	edid[21] = 30;
	edid[22] = 40;
	(void)snprintf(path, sizeof(path), "%s/card0-DP-2/edid", state_dir);
	write_bytes(edid, sizeof(edid));
	assert_true(bare_panel(state_dir, &c));
	assert_int_equal(c.diagonal_mm10, 5000);
}

static void test_interlaced_modes_are_passed_over(void **state)
{
	struct config c = {0};

	(void)state;
	put_connector("card0-HDMI-A-1", "connected\n",
	    "1920x1080i\n1280x720\n");
	assert_true(bare_panel(state_dir, &c));
	assert_int_equal(c.width_px, 1280);
	assert_int_equal(c.height_px, 720);
}

static void edid_says(uint8_t w_cm, uint8_t h_cm)
{
	uint8_t edid[128] = {0};

	edid[21] = w_cm;
	edid[22] = h_cm;
	(void)snprintf(path, sizeof(path), "%s/card0-DP-1/edid", state_dir);
	write_bytes(edid, sizeof(edid));
}

/* A picture of 1920x1080 on 25.1 cm is 22 cm by 12.3 cm: too low for ours. */
static void test_a_size_that_no_screen_of_ours_has_is_not_believed(void **state)
{
	struct config c = {0};

	(void)state;
	put_connector("card0-DP-1", "connected\n", "1920x1080\n");
	edid_says(16, 9);
	assert_true(bare_panel(state_dir, &c));
	assert_int_equal(c.diagonal_mm10, 5461);
	edid_says(22, 12);
	assert_true(bare_panel(state_dir, &c));
	assert_int_equal(c.diagonal_mm10, 5461);
	/* All that a byte can say: 3606 mm. */
	edid_says(255, 255);
	assert_true(bare_panel(state_dir, &c));
	assert_int_equal(c.diagonal_mm10, 5461);
	/* 28.6 cm are 24.9 cm by 14 cm. */
	edid_says(25, 14);
	assert_true(bare_panel(state_dir, &c));
	assert_int_equal(c.diagonal_mm10, 2865);
}

static void test_no_panel_changes_nothing(void **state)
{
	struct config c = {.width_px = 7, .rotate = 90};

	(void)state;
	assert_false(bare_panel("/nowhere", &c));
	put_connector("card0-DP-1", "connected\n", "");
	put_connector("card0-DP-2", "connected\n", "x1920\n");
	put_connector("card0-DP-3", "connected\n", "1080x99999\n");
	assert_false(bare_panel(state_dir, &c));
	assert_int_equal(c.width_px, 7);
	assert_int_equal(c.rotate, 90);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_DIR(test_without_a_configuration),
	    IN_DIR(test_with_a_broken_one_its_problems_are_named),
	    IN_DIR(test_with_a_file_missing_it_is_named),
	    IN_DIR(test_without_keys_it_says_what_prepare_said),
	    IN_DIR(test_under_a_hub_it_must_be_enrolled),
	    IN_DIR(test_a_screen_that_does_not_open_makes_it_bare),
	    IN_DIR(test_a_long_line_is_cut_at_a_whole_character),
	    IN_DIR(test_the_panel_is_the_connected_one_by_its_first_mode),
	    IN_DIR(test_interlaced_modes_are_passed_over),
	    IN_DIR(test_a_size_that_no_screen_of_ours_has_is_not_believed),
	    IN_DIR(test_no_panel_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
