#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/input-event-codes.h>

#include "drivers/scanner/wedge.h"

/* Left and right of each, in the order of a HID report's modifier byte. */
static const unsigned HID_MODIFIERS[8] = {
    KEY_LEFTCTRL,
    KEY_LEFTSHIFT,
    KEY_LEFTALT,
    KEY_LEFTMETA,
    KEY_RIGHTCTRL,
    KEY_RIGHTSHIFT,
    KEY_RIGHTALT,
    KEY_RIGHTMETA,
};
enum { HID_SHIFTS = 0x22 };

static unsigned press(struct wedge_keys *k, unsigned code)
{
	unsigned byte;

	return wedge_event(k, code, 1, &byte) ? byte : 0x100;
}

static void hold(struct wedge_keys *k, unsigned mask, int value)
{
	unsigned byte;

	for (unsigned i = 0; i < 8; i++)
		if ((mask >> i & 1) != 0)
			assert_false(
			    wedge_event(k, HID_MODIFIERS[i], value, &byte));
}

static void test_every_modifier_with_every_key(void **state)
{
	(void)state;
	for (unsigned mask = 0; mask < 256; mask++)
		for (unsigned code = 0; code < KEY_CNT; code++) {
			struct wedge_keys k = {0};
			unsigned byte;

			hold(&k, mask, 1);
			byte = press(&k, code);
			if (byte == 0x100) /* locks and modifiers */
				continue;
			if ((mask & ~(unsigned)HID_SHIFTS) != 0)
				assert_int_equal(byte, 0);
			assert_true(byte == 0 || byte == '\r' || byte == '\t' ||
			    (byte >= 0x20 && byte <= 0x7e));
			hold(&k, mask, 0);
			assert_int_equal(k.down, 0);
		}
}

static void test_both_shifts_and_one_let_go(void **state)
{
	struct wedge_keys k = {0};

	(void)state;
	hold(&k, HID_SHIFTS, 1);
	assert_int_equal(press(&k, KEY_2), '@');
	hold(&k, 0x02, 0);
	assert_int_equal(press(&k, KEY_2), '@');
	hold(&k, 0x20, 0);
	assert_int_equal(press(&k, KEY_2), '2');
}

static void test_caps_lock_turns_letters_alone(void **state)
{
	struct wedge_keys k = {0};

	(void)state;
	assert_int_equal(press(&k, KEY_CAPSLOCK), 0x100);
	assert_int_equal(press(&k, KEY_A), 'A');
	assert_int_equal(press(&k, KEY_1), '1');
	hold(&k, 0x02, 1);
	assert_int_equal(press(&k, KEY_A), 'a');
	assert_int_equal(press(&k, KEY_1), '!');
}

static void test_repeats_and_releases_type_nothing(void **state)
{
	struct wedge_keys k = {0};
	unsigned byte;

	(void)state;
	for (unsigned code = 0; code < KEY_CNT; code++) {
		assert_false(wedge_event(&k, code, 0, &byte));
		assert_false(wedge_event(&k, code, 2, &byte));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_modifier_with_every_key),
	    cmocka_unit_test(test_both_shifts_and_one_let_go),
	    cmocka_unit_test(test_caps_lock_turns_letters_alone),
	    cmocka_unit_test(test_repeats_and_releases_type_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
