/* What is printed of an admission: the text of its QR. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sodium.h>

#include "firmware/app/ticketing.h"

enum { OFFICE = 4102, DAY = 20783 };

static struct office office;
static struct stores stores;
static struct admission admitted;

static int set_up(void **state)
{
	struct err e = {0};

	(void)state;
	memset(&stores, 0, sizeof(stores));
	if (sodium_init() < 0 ||
	    keys_draw(&stores.keys, (struct keys_place){0}, &e) < 0)
		return -1;
	office.config.office = OFFICE;
	admitted.ticket = (struct ticket){.type = TICKET_QUEUE,
	    .key_id = stores.keys.key_id,
	    .seq = 1,
	    .day = DAY,
	    .service = 1,
	    .letter = 1,
	    .number = 1,
	    .slot_min = 540,
	    .window_min = 60};
	return 0;
}

static void test_a_copy_has_the_same_text(void **state)
{
	struct ticket_text first, copy;
	struct ticket read;

	(void)state;
	assert_true(ticketing_text(&office, &stores, &admitted, &first));
	assert_true(ticketing_text(&office, &stores, &admitted, &copy));
	assert_string_equal(first.digits, copy.digits);
	assert_int_equal(ticket_verify(str_from(first.digits), OFFICE,
			     stores.keys.ticket_public, &read),
	    TICKET_VALID);
}

/* The present key under the old one's id: every gate would call it forged. */
static void test_a_ticket_of_a_replaced_key_is_not_printed_again(void **state)
{
	struct ticket_text text;
	struct err e = {0};

	(void)state;
	assert_int_equal(keys_rekey(&stores.keys, (struct keys_place){0}, &e),
	    0);
	assert_false(ticketing_text(&office, &stores, &admitted, &text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_a_copy_has_the_same_text, set_up),
	    cmocka_unit_test_setup(
		test_a_ticket_of_a_replaced_key_is_not_printed_again, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
