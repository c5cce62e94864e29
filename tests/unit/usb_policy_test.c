/* Who may come in at USB. Class codes are usb.org's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test_usb.h"

static const struct usb_id list[] = {{0x05e0, 0x1200}, {0x0c2e, 0x0b61}};

static struct usb_judgement judge(const struct usb_bytes *b, bool open)
{
	return usb_judge(b, list, ARRAY_LEN(list), open);
}

static void assert_allowed(const struct usb_bytes *b, bool open,
    enum usb_kind kind)
{
	struct usb_judgement j = judge(b, open);

	assert_int_equal(j.verdict, USB_ALLOWED);
	assert_int_equal(j.reason, USB_REASON_NONE);
	assert_int_equal(j.kind, kind);
}

static void assert_refused(const struct usb_bytes *b, bool open,
    enum usb_reason reason)
{
	struct usb_judgement j = judge(b, open);

	assert_int_equal(j.verdict, USB_REFUSED);
	assert_int_equal(j.reason, reason);
}

static void test_a_printer_may_come_in(void **state)
{
	struct usb_bytes b = usb_simple(0x04b8, 0x0202, 0x07, 1, 2);

	(void)state;
	assert_allowed(&b, false, USB_KIND_PRINTER);
	b = usb_device(0x04b8, 0x0202, 0, 1);
	usb_interface(&b, 0, 0, 0x07, 1, 1);
	usb_interface(&b, 0, 1, 0x07, 1, 2);
	assert_allowed(&b, false, USB_KIND_PRINTER);
}

static void test_a_hub_may_come_in(void **state)
{
	struct usb_bytes b = usb_device(0x05e3, 0x0608, 0x09, 1);

	(void)state;
	usb_interface(&b, 0, 0, 0x09, 0, 1);
	usb_interface(&b, 0, 1, 0x09, 0, 2);
	assert_allowed(&b, false, USB_KIND_HUB);
}

static void test_a_touch_screen_may_come_in(void **state)
{
	struct usb_bytes b = usb_simple(0x0eef, 0x0001, 0x03, 0, 0);

	(void)state;
	assert_allowed(&b, false, USB_KIND_TOUCH);
	b = usb_device(0x222a, 0x0001, 0, 2);
	usb_interface(&b, 0, 0, 0x03, 0, 0);
	usb_interface(&b, 1, 0, 0x03, 0, 0);
	assert_allowed(&b, false, USB_KIND_TOUCH);
}

static void test_a_boot_keyboard_or_mouse_must_be_listed(void **state)
{
	struct usb_bytes b = usb_simple(0x046d, 0xc31c, 0x03, 1, 1);

	(void)state;
	assert_refused(&b, true, USB_REASON_KEYBOARD);
	b = usb_simple(0x046d, 0xc077, 0x03, 1, 2);
	assert_refused(&b, true, USB_REASON_KEYBOARD);
	/* A protocol without the boot subclass is a doubt. */
	b = usb_simple(0x046d, 0xc077, 0x03, 0, 1);
	assert_refused(&b, true, USB_REASON_KEYBOARD);
	b = usb_simple(0x05e0, 0x1200, 0x03, 1, 1);
	assert_allowed(&b, false, USB_KIND_LISTED);
}

static void test_both_numbers_must_be_listed(void **state)
{
	struct usb_bytes b = usb_simple(0x05e0, 0x1201, 0x03, 1, 1);

	(void)state;
	assert_refused(&b, false, USB_REASON_KEYBOARD);
	b = usb_simple(0x05e1, 0x1200, 0x03, 1, 1);
	assert_refused(&b, false, USB_REASON_KEYBOARD);
	b = usb_simple(0x0c2e, 0x1200, 0x03, 1, 1);
	assert_refused(&b, false, USB_REASON_KEYBOARD);
}

static struct usb_bytes serial(uint16_t vendor, uint16_t product)
{
	struct usb_bytes b = usb_device(vendor, product, 0x02, 2);

	usb_interface(&b, 0, 0, 0x02, 2, 1);
	usb_interface(&b, 1, 0, 0x0a, 0, 0);
	return b;
}

static void test_a_serial_scanner_must_be_listed(void **state)
{
	struct usb_bytes b = serial(0x0c2e, 0x0b61);

	(void)state;
	assert_allowed(&b, false, USB_KIND_LISTED);
	b = serial(0x0c2e, 0x0b62);
	assert_refused(&b, true, USB_REASON_NOT_LISTED);
}

static void test_a_maker_s_own_class_must_be_listed(void **state)
{
	struct usb_bytes b = usb_simple(0x0c2e, 0x0b61, 0xff, 0, 0);

	(void)state;
	assert_allowed(&b, false, USB_KIND_LISTED);
	b = usb_simple(0x0403, 0x6001, 0xff, 0xff, 0xff);
	assert_refused(&b, true, USB_REASON_NOT_LISTED);
}

static void test_a_camera_must_be_listed(void **state)
{
	struct usb_bytes b = usb_device(0x0c2e, 0x0b61, 0xef, 2);

	(void)state;
	usb_interface(&b, 0, 0, 0x0e, 1, 0);
	usb_interface(&b, 1, 0, 0x0e, 2, 0);
	assert_allowed(&b, false, USB_KIND_LISTED);
	b.at[8]++;
	assert_refused(&b, false, USB_REASON_CLASS);
}

/* A usual one: 13 settings of its picture, 5 of its microphone. */
static void test_a_camera_with_many_settings_may_come_in(void **state)
{
	struct usb_bytes b = usb_device(0x0c2e, 0x0b61, 0xef, 4);

	(void)state;
	usb_interface(&b, 0, 0, 0x0e, 1, 0);
	for (uint8_t i = 0; i < 13; i++)
		usb_interface(&b, 1, i, 0x0e, 2, 0);
	usb_interface(&b, 2, 0, 0x01, 1, 0);
	for (uint8_t i = 0; i < 5; i++)
		usb_interface(&b, 3, i, 0x01, 2, 0);
	assert_allowed(&b, false, USB_KIND_LISTED);
}

/* DFU, where a maker puts new firmware in; no driver of the kernel asks. */
static void test_a_listed_scanner_may_have_a_part_for_its_firmware(void **state)
{
	struct usb_bytes b = usb_device(0x0c2e, 0x0b61, 0, 2);

	(void)state;
	usb_interface(&b, 0, 0, 0x03, 0, 0);
	usb_interface(&b, 1, 0, 0xfe, 1, 1);
	assert_allowed(&b, false, USB_KIND_LISTED);
	b.at[8]++;
	assert_refused(&b, false, USB_REASON_MIXED);
	b = usb_simple(0x0c2e, 0x0b61, 0xfe, 3, 1); /* a measuring device */
	assert_refused(&b, false, USB_REASON_CLASS);
}

/* ECM, NCM and RNDIS: class 2 as well. */
static void test_a_listed_network_card_is_refused(void **state)
{
	struct usb_bytes b = usb_simple(0x0c2e, 0x0b61, 0x02, 6, 0);

	(void)state;
	assert_refused(&b, true, USB_REASON_NOT_LISTED);
	b = usb_simple(0x0c2e, 0x0b61, 0x02, 13, 0);
	assert_refused(&b, true, USB_REASON_NOT_LISTED);
	b = usb_simple(0x0c2e, 0x0b61, 0x02, 2, 0xff);
	assert_refused(&b, true, USB_REASON_NOT_LISTED);
	b = usb_simple(0x0c2e, 0x0b61, 0xe0, 1, 3);
	assert_refused(&b, true, USB_REASON_CLASS);
}

static void test_storage_only_while_it_is_open(void **state)
{
	struct usb_bytes b = usb_simple(0x0930, 0x6545, 0x08, 6, 0x50);
	struct usb_judgement j = judge(&b, false);

	(void)state;
	assert_refused(&b, false, USB_REASON_STORAGE_SHUT);
	assert_int_equal(j.kind, USB_KIND_STORAGE);
	assert_allowed(&b, true, USB_KIND_STORAGE);
}

/* UAS is a second setting of the same interface. */
static void test_storage_with_two_settings_is_storage(void **state)
{
	struct usb_bytes b = usb_device(0x0930, 0x6545, 0, 1);

	(void)state;
	usb_interface(&b, 0, 0, 0x08, 6, 0x50);
	usb_interface(&b, 0, 1, 0x08, 6, 0x62);
	assert_allowed(&b, true, USB_KIND_STORAGE);
}

static void test_a_stick_that_is_also_a_keyboard_is_refused(void **state)
{
	static const uint8_t besides[] = {0x03, 0x07, 0x09, 0x02, 0xe0, 0xff};

	(void)state;
	for (size_t i = 0; i < sizeof(besides); i++) {
		struct usb_bytes b = usb_device(0x0930, 0x6545, 0, 2);

		usb_interface(&b, 0, 0, 0x08, 6, 0x50);
		usb_interface(&b, 1, 0, besides[i], 0, 0);
		assert_refused(&b, true, USB_REASON_STORAGE_ALSO);
		assert_refused(&b, false, USB_REASON_STORAGE_ALSO);
	}
}

static void test_another_setting_counts_as_well(void **state)
{
	struct usb_bytes b = usb_device(0x0930, 0x6545, 0, 1);

	(void)state;
	usb_interface(&b, 0, 0, 0x08, 6, 0x50);
	usb_interface(&b, 0, 1, 0x03, 1, 1);
	assert_refused(&b, true, USB_REASON_STORAGE_ALSO);
}

static void test_a_listed_stick_is_a_stick(void **state)
{
	struct usb_bytes b = usb_simple(0x05e0, 0x1200, 0x08, 6, 0x50);

	(void)state;
	assert_refused(&b, false, USB_REASON_STORAGE_SHUT);
	b = usb_device(0x05e0, 0x1200, 0, 2);
	usb_interface(&b, 0, 0, 0x08, 6, 0x50);
	usb_interface(&b, 1, 0, 0x03, 1, 1);
	assert_refused(&b, true, USB_REASON_STORAGE_ALSO);
}

static void test_a_printer_that_types_is_refused(void **state)
{
	struct usb_bytes b = usb_device(0x04b8, 0x0202, 0, 2);

	(void)state;
	usb_interface(&b, 0, 0, 0x07, 1, 2);
	usb_interface(&b, 1, 0, 0x03, 1, 1);
	assert_refused(&b, false, USB_REASON_MIXED);
}

/* The kernel binds drivers by the device's class, too. */
static void test_the_device_s_class_must_agree(void **state)
{
	struct usb_bytes b = usb_device(0x04b8, 0x0202, 0x09, 1);

	(void)state;
	usb_interface(&b, 0, 0, 0x07, 1, 2);
	assert_refused(&b, false, USB_REASON_MIXED);
	b = usb_device(0x04b8, 0x0202, 0xe0, 1);
	usb_interface(&b, 0, 0, 0x07, 1, 2);
	assert_refused(&b, false, USB_REASON_MIXED);
	b = usb_device(0x0930, 0x6545, 0xe0, 1);
	usb_interface(&b, 0, 0, 0x08, 6, 0x50);
	assert_refused(&b, true, USB_REASON_STORAGE_ALSO);
	b = usb_device(0x05e0, 0x1200, 0xe0, 1);
	usb_interface(&b, 0, 0, 0x03, 1, 1);
	assert_refused(&b, true, USB_REASON_MIXED);
}

static void test_other_classes_have_no_use(void **state)
{
	static const uint8_t classes[] = {0x00, 0x01, 0x05, 0x06, 0x0b, 0x0d,
	    0x0e, 0x10, 0xdc, 0xe0, 0xef, 0xfe};

	(void)state;
	for (size_t i = 0; i < sizeof(classes); i++) {
		struct usb_bytes b = usb_simple(0x1234, 1, classes[i], 0, 0);

		assert_refused(&b, true, USB_REASON_CLASS);
	}
}

static void test_one_configuration_exactly(void **state)
{
	struct usb_bytes b = usb_simple(0x04b8, 0x0202, 0x07, 1, 2);

	(void)state;
	b.at[17] = 0;
	assert_refused(&b, false, USB_REASON_CONFIGURATIONS);
	b.at[17] = 2;
	assert_refused(&b, false, USB_REASON_CONFIGURATIONS);
}

/* A second one stands behind the first, which says it is alone. */
static void test_a_hidden_configuration_is_refused(void **state)
{
	struct usb_bytes b = usb_simple(0x04b8, 0x0202, 0x07, 1, 2);
	const uint8_t second[9] = {9, 2, 9, 0, 1, 2, 0, 0x80, 50};

	(void)state;
	usb_add(&b, second, sizeof(second));
	assert_refused(&b, false, USB_REASON_BROKEN);
	b.at[20] = (uint8_t)(b.len - 18 - sizeof(second));
	assert_refused(&b, false, USB_REASON_BROKEN);
}

static void test_cut_short_at_any_byte_is_refused(void **state)
{
	struct usb_bytes whole = serial(0x0c2e, 0x0b61);

	(void)state;
	for (size_t len = 0; len < whole.len; len++) {
		struct usb_bytes b = whole;

		b.len = len;
		assert_refused(&b, true, USB_REASON_BROKEN);
	}
	assert_int_equal(usb_policy((struct str){0}, NULL, 0, true).verdict,
	    USB_REFUSED);
}

/* The first interface's length is byte 27: 9 is right. */
static void test_lengths_that_lie_are_refused(void **state)
{
	static const uint8_t lies[] = {0, 1, 2, 8, 10, 16, 200, 255};

	(void)state;
	for (size_t i = 0; i < sizeof(lies); i++) {
		struct usb_bytes b = usb_simple(0x04b8, 0x0202, 0x07, 1, 2);

		b.at[27] = lies[i];
		assert_refused(&b, false, USB_REASON_BROKEN);
	}
	for (int delta = -1; delta <= 1; delta += 2) {
		struct usb_bytes b = usb_simple(0x04b8, 0x0202, 0x07, 1, 2);

		b.at[20] = (uint8_t)(b.at[20] + delta);
		assert_refused(&b, false, USB_REASON_BROKEN);
	}
}

static void test_interfaces_are_counted(void **state)
{
	struct usb_bytes b = usb_device(0x04b8, 0x0202, 0, 0);

	(void)state;
	assert_refused(&b, false, USB_REASON_INTERFACES);
	b = usb_device(0x04b8, 0x0202, 0, 1);
	assert_refused(&b, false, USB_REASON_INTERFACES);
	b = usb_device(0x04b8, 0x0202, 0, 2);
	usb_interface(&b, 0, 0, 0x07, 1, 2);
	assert_refused(&b, false, USB_REASON_INTERFACES);
	b = usb_device(0x04b8, 0x0202, 0, 1);
	usb_interface(&b, 1, 0, 0x07, 1, 2);
	assert_refused(&b, false, USB_REASON_INTERFACES);
	b = usb_device(0x04b8, 0x0202, 0, 1);
	usb_interface(&b, 0, 0, 0x07, 1, 2);
	usb_interface(&b, 1, 0, 0x07, 1, 2);
	assert_refused(&b, false, USB_REASON_INTERFACES);
}

static void test_sixty_four_settings_are_the_most(void **state)
{
	struct usb_bytes b = usb_device(0x04b8, 0x0202, 0, 1);

	(void)state;
	for (uint8_t i = 0; i < 64; i++)
		usb_interface(&b, 0, i, 0x07, 1, 2);
	assert_allowed(&b, false, USB_KIND_PRINTER);
	usb_interface(&b, 0, 64, 0x07, 1, 2);
	assert_refused(&b, false, USB_REASON_INTERFACES);
}

static void test_sixteen_interfaces_are_the_most(void **state)
{
	(void)state;
	for (uint8_t n = 16; n <= 17; n++) {
		struct usb_bytes b = usb_device(0x04b8, 0x0202, 0, n);

		for (uint8_t i = 0; i < n; i++)
			usb_interface(&b, i, 0, 0x07, 1, 2);
		if (n == 16)
			assert_allowed(&b, false, USB_KIND_PRINTER);
		else
			assert_refused(&b, false, USB_REASON_INTERFACES);
	}
}

/* 16384 bytes in all; what fills them is a class's own descriptor. */
static void test_16384_bytes_are_the_most(void **state)
{
	struct usb_bytes b = usb_simple(0x04b8, 0x0202, 0x07, 1, 2);
	const uint8_t filler[255] = {255, 0x24};
	const uint8_t two[2] = {2, 0x24};

	(void)state;
	while (b.len + sizeof(filler) <= 16384 - 2)
		usb_add(&b, filler, sizeof(filler));
	while (b.len + 2 <= 16384)
		usb_add(&b, two, sizeof(two));
	if (b.len < 16384) { /* an odd byte: one of three instead of two */
		const uint8_t three[3] = {3, 0x24, 0};

		b.len -= 2;
		usb_add(&b, three, sizeof(three));
	}
	assert_int_equal(b.len, 16384);
	assert_allowed(&b, false, USB_KIND_PRINTER);
	usb_add(&b, two, sizeof(two));
	assert_refused(&b, false, USB_REASON_BROKEN);
}

static void test_the_numbers_are_told_of_refused_ones_too(void **state)
{
	struct usb_bytes b = usb_simple(0x046d, 0xc31c, 0x03, 1, 1);
	struct usb_judgement j = judge(&b, false);

	(void)state;
	assert_int_equal(j.id.vendor, 0x046d);
	assert_int_equal(j.id.product, 0xc31c);
	b.len = 17;
	j = judge(&b, false);
	assert_int_equal(j.id.vendor, 0);
}

/* ---- report descriptors, after HID 1.11, 6.2.2 and its usage tables ---- */

static enum usb_report report(const void *bytes, size_t len)
{
	return usb_policy_report(str_of(bytes, len));
}

/* Usage page 0d, usage 04, application collection, end. */
static const uint8_t touch[] = {0x05, 0x0d, 0x09, 0x04, 0xa1, 0x01, 0xc0};

static void test_a_digitizer_is_a_touch_screen(void **state)
{
	static const uint8_t pad[] = {0x05, 0x0d, 0x09, 0x05, 0xa1, 0x01, 0xc0};
	static const uint8_t long_usage[] = {0x0b, 0x04, 0x00, 0x0d, 0x00, 0xa1,
	    0x01, 0xc0};

	(void)state;
	assert_int_equal(report(touch, sizeof(touch)), USB_REPORT_TOUCH);
	assert_int_equal(report(pad, sizeof(pad)), USB_REPORT_TOUCH);
	assert_int_equal(report(long_usage, sizeof(long_usage)),
	    USB_REPORT_TOUCH);
}

static void test_pens_and_mice_are_other_things(void **state)
{
	static const uint8_t pen[] = {0x05, 0x0d, 0x09, 0x02, 0xa1, 0x01, 0xc0};
	static const uint8_t mouse[] = {0x05, 0x01, 0x09, 0x02, 0xa1, 0x01,
	    0xc0};

	(void)state;
	assert_int_equal(report(pen, sizeof(pen)), USB_REPORT_OTHER);
	assert_int_equal(report(mouse, sizeof(mouse)), USB_REPORT_OTHER);
	assert_int_equal(report("", 0), USB_REPORT_OTHER);
}

static void test_keys_besides_a_touch_screen_are_refused(void **state)
{
	static const uint8_t keys[][8] = {
	    {0x05, 0x01, 0x09, 0x06, 0xa1, 0x01, 0xc0},       /* keyboard */
	    {0x05, 0x01, 0x09, 0x07, 0xa1, 0x01, 0xc0},       /* keypad */
	    {0x05, 0x07, 0x19, 0x00, 0x29, 0x65, 0xc0},       /* page 07 */
	    {0x06, 0x07, 0x00, 0x81, 0x00, 0xc0, 0xc0},       /* 16 bits */
	    {0x0b, 0x06, 0x00, 0x01, 0x00, 0xc0, 0xc0},       /* 01:06 */
	    {0x07, 0x07, 0x00, 0x00, 0x00, 0xc0, 0xc0, 0xc0}, /* 32 bits */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		uint8_t both[sizeof(touch) + 7];

		memcpy(both, touch, sizeof(touch));
		memcpy(both + sizeof(touch), keys[i], 7);
		assert_int_equal(report(both, sizeof(both)),
		    USB_REPORT_REFUSED);
	}
}

static void test_a_report_that_is_cut_or_too_long_is_refused(void **state)
{
	static const uint8_t cut[] = {0x05, 0x0d, 0x09, 0x04, 0xa1};
	static const uint8_t long_item[] = {0x05, 0x0d, 0x09, 0x04, 0xfe, 0x00,
	    0x00};
	static uint8_t big[4097];

	(void)state;
	assert_int_equal(report(cut, sizeof(cut)), USB_REPORT_REFUSED);
	assert_int_equal(report(long_item, sizeof(long_item)),
	    USB_REPORT_REFUSED);
	memset(big, 0xc0, sizeof(big));
	assert_int_equal(report(big, 4096), USB_REPORT_OTHER);
	assert_int_equal(report(big, 4097), USB_REPORT_REFUSED);
	assert_int_equal(usb_policy_report((struct str){0}),
	    USB_REPORT_REFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_printer_may_come_in),
	    cmocka_unit_test(test_a_hub_may_come_in),
	    cmocka_unit_test(test_a_touch_screen_may_come_in),
	    cmocka_unit_test(test_a_boot_keyboard_or_mouse_must_be_listed),
	    cmocka_unit_test(test_both_numbers_must_be_listed),
	    cmocka_unit_test(test_a_serial_scanner_must_be_listed),
	    cmocka_unit_test(test_a_maker_s_own_class_must_be_listed),
	    cmocka_unit_test(test_a_camera_must_be_listed),
	    cmocka_unit_test(test_a_camera_with_many_settings_may_come_in),
	    cmocka_unit_test(
		test_a_listed_scanner_may_have_a_part_for_its_firmware),
	    cmocka_unit_test(test_a_listed_network_card_is_refused),
	    cmocka_unit_test(test_storage_only_while_it_is_open),
	    cmocka_unit_test(test_storage_with_two_settings_is_storage),
	    cmocka_unit_test(test_a_stick_that_is_also_a_keyboard_is_refused),
	    cmocka_unit_test(test_another_setting_counts_as_well),
	    cmocka_unit_test(test_a_listed_stick_is_a_stick),
	    cmocka_unit_test(test_a_printer_that_types_is_refused),
	    cmocka_unit_test(test_the_device_s_class_must_agree),
	    cmocka_unit_test(test_other_classes_have_no_use),
	    cmocka_unit_test(test_one_configuration_exactly),
	    cmocka_unit_test(test_a_hidden_configuration_is_refused),
	    cmocka_unit_test(test_cut_short_at_any_byte_is_refused),
	    cmocka_unit_test(test_lengths_that_lie_are_refused),
	    cmocka_unit_test(test_interfaces_are_counted),
	    cmocka_unit_test(test_sixty_four_settings_are_the_most),
	    cmocka_unit_test(test_sixteen_interfaces_are_the_most),
	    cmocka_unit_test(test_16384_bytes_are_the_most),
	    cmocka_unit_test(test_the_numbers_are_told_of_refused_ones_too),
	    cmocka_unit_test(test_a_digitizer_is_a_touch_screen),
	    cmocka_unit_test(test_pens_and_mice_are_other_things),
	    cmocka_unit_test(test_keys_besides_a_touch_screen_are_refused),
	    cmocka_unit_test(test_a_report_that_is_cut_or_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
