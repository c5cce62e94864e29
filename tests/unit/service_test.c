#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "firmware/core/service.h"

static struct services all;
static char room[2048];
static struct buf problems;

static bool read_text(const char *text)
{
	struct services_reader r;
	struct str rest = str_from(text), line;
	unsigned n = 0;

	buf_init(&problems, room, sizeof(room));
	services_begin(&r, &all, "services.ini");
	while (str_split(&rest, '\n', &line))
		services_line(&r, line, ++n, &problems);
	return services_finish(&r, &problems);
}

#define BARE \
	"id = 1\nname.id = Paspor\nname.en = Passport\n" \
	"letter.booked = A\n"

static void test_a_service_is_read_whole(void **state)
{
	const struct service *s;

	(void)state;
	assert_true(read_text(
	    "[service.paspor-baru]\nid = 7\n"
	    "name.id = Paspor baru\nname.en = New passport\ncounter = 3\n"
	    "fee = 350000\npay.id = bank\npay.en = a bank\n"
	    "need.id = KTP\nneed.en = ID card\n"
	    "need.id = KK\nneed.en = Family card\n"
	    "letter.booked = A\nletter.walk_in = B\nletter.priority = C\n"
	    "letter.standby = R\n"));
	s = service_find_name(&all, str_from("paspor-baru"));
	assert_non_null(s);
	assert_ptr_equal(s, service_find(&all, 7));
	assert_string_equal(s->name[LANG_EN], "New passport");
	assert_string_equal(s->counter, "3");
	assert_int_equal(s->fee_rupiah, 350000);
	assert_int_equal(s->needs, 2);
	assert_string_equal(s->need[LANG_ID][1], "KK");
	assert_string_equal(s->need[LANG_EN][0], "ID card");
	assert_int_equal(service_letter(s, CLASS_BOOKED), 1);
	assert_int_equal(service_letter(s, CLASS_WALK_IN), 2);
	assert_int_equal(service_letter(s, CLASS_PRIORITY), 3);
	assert_int_equal(service_letter(s, CLASS_STANDBY), 18);
	assert_int_equal(service_letter(s, CLASS_UNSET), 0);
}

static void test_what_is_not_there_is_not_found(void **state)
{
	(void)state;
	assert_true(read_text("[service.a]\n" BARE));
	assert_null(service_find(&all, 0));
	assert_null(service_find(&all, 2));
	assert_null(service_find_name(&all, str_from("")));
	assert_null(service_find_name(&all, str_from("b")));
	assert_int_equal(service_letter(service_find(&all, 1), CLASS_STANDBY),
	    0);
}

static void test_every_problem_is_named_with_file_and_line(void **state)
{
	static const struct {
		const char *text, *problems;
	} cases[] = {
	    {"", "services.ini: no service in it\n"},
	    {"id = 1\n[service.a]\n" BARE,
		"services.ini:1: id: key before any section\n"},
	    {"[service.a]\n" BARE "colour = red\n",
		"services.ini:6: a.colour: unknown key\n"},
	    {"[service.a]\n" BARE "id = 2\n",
		"services.ini:6: a.id: is given twice\n"},
	    {"[service.a]\n" BARE "letter.walk_in = A\n",
		"services.ini:6: a.letter.walk_in: is used twice in this"
		" file\n"},
	    {"[service.a]\n" BARE "letter.walk_in = S\n",
		"services.ini:6: a.letter.walk_in: must be one letter from"
		" A to R\n"},
	    {"[service.a]\n" BARE "[service.a]\n",
		"services.ini:6: service.a: this service stands in the file"
		" twice\n"},
	    {"[service.a]\n" BARE "[office]\nid = 3\n",
		"services.ini:6: office: unknown section, must be"
		" [service.NAME]\n"},
	    {"[service.a]\n" BARE "[service.A b]\n",
		"services.ini:6: service.A b: the name takes a-z, 0-9, - and"
		" _, at most 31\n"},
	    {"[service.a]\n" BARE "need.id = KTP\n",
		"services.ini: a.need: not as many in English as in"
		" Indonesian\n"},
	    {"[service.a]\n" BARE "fee = 1\n",
		"services.ini: a.pay: a fee needs pay.id and pay.en\n"},
	    {"[service.a]\n" BARE "fee = Rp 1\n",
		"services.ini:6: a.fee: must be whole rupiah, digits only\n"},
	    {"[service.a]\nid = 256\nname.id = P\nname.en = P\n"
	     "letter.booked = A\n",
		"services.ini:2: a.id: must be a number from 1 to 255\n"},
	    {"[service.a]\nid = 1\nname.id = P\nname.en = P\n",
		"services.ini: a.letter.booked: is missing\n"},
	    {"[service.a]\n" BARE " counter = 1\n",
		"services.ini:6: line starts with a blank\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_false(read_text(cases[i].text));
		assert_string_equal(buf_cstr(&problems), cases[i].problems);
	}
}

static void test_an_id_or_letter_stands_once_across_services(void **state)
{
	(void)state;
	assert_false(read_text("[service.a]\n" BARE "[service.b]\n" BARE));
	assert_string_equal(buf_cstr(&problems),
	    "services.ini:7: b.id: is the id of another service\n"
	    "services.ini:10: b.letter.booked: is used twice in this file\n");
}

static void test_six_needs_fit_and_no_seventh(void **state)
{
	char text[512];
	struct buf b;

	(void)state;
	buf_init(&b, text, sizeof(text));
	buf_text(&b, "[service.a]\n" BARE);
	for (int i = 0; i < 6; i++)
		buf_text(&b, "need.id = x\nneed.en = x\n");
	assert_true(read_text(buf_cstr(&b)));
	assert_int_equal(all.item[0].needs, 6);
	buf_text(&b, "need.id = x\nneed.en = x\n");
	assert_false(read_text(buf_cstr(&b)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_service_is_read_whole),
	    cmocka_unit_test(test_what_is_not_there_is_not_found),
	    cmocka_unit_test(test_every_problem_is_named_with_file_and_line),
	    cmocka_unit_test(test_an_id_or_letter_stands_once_across_services),
	    cmocka_unit_test(test_six_needs_fit_and_no_seventh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
