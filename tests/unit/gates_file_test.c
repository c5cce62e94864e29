/* The gates that a kiosk without a hub knows. */
#include <errno.h>

#include "firmware/store/gates_file.h"
#include "test_state_dir.h"

static struct gates gates;
static struct err e;

static struct roster_request request(const char *name, uint8_t key)
{
	struct roster_request q = {.office = 4102};

	assert_true(str_copy(q.name, sizeof(q.name), str_from(name)));
	memset(q.key, key, sizeof(q.key));
	return q;
}

static void add(const char *name, uint8_t key)
{
	struct roster_request q = request(name, key);

	assert_int_equal(gates_add(&gates, &q, &e), 0);
}

static const struct gates_item *find(const char *name)
{
	return gates_find(&gates, str_from(name));
}

static void start(void)
{
	memset(&gates, 0, sizeof(gates));
}

static void test_no_file_is_no_gates(void **state)
{
	(void)state;
	memset(&gates, 0x5a, sizeof(gates));
	assert_int_equal(gates_load(path, &gates, &e), 0);
	assert_int_equal(gates.count, 0);
}

static void test_the_first_gate_is_device_2_and_others_follow(void **state)
{
	(void)state;
	start();
	add("gate-1", 1);
	add("gate-2", 2);
	assert_int_equal(find("gate-1")->device, 2);
	assert_int_equal(find("gate-2")->device, 3);
	assert_null(find("gate-3"));
}

static void test_a_name_keeps_its_device_with_a_new_key(void **state)
{
	(void)state;
	start();
	add("gate-1", 1);
	add("gate-2", 2);
	add("gate-1", 9);
	assert_int_equal(gates.count, 2);
	assert_int_equal(find("gate-1")->device, 2);
	assert_int_equal(find("gate-1")->key[0], 9);
}

static void test_a_removed_gate_keeps_its_number_for_its_name(void **state)
{
	(void)state;
	start();
	add("gate-1", 1);
	add("gate-2", 2);
	assert_true(gates_remove(&gates, str_from("gate-2")));
	assert_false(find("gate-2")->live);
	assert_false(gates_remove(&gates, str_from("gate-2")));
	assert_false(gates_remove(&gates, str_from("gate-9")));
	add("gate-3", 3);
	assert_int_equal(find("gate-3")->device, 4);
	add("gate-2", 5);
	assert_true(find("gate-2")->live);
	assert_int_equal(find("gate-2")->device, 3);
}

static void test_what_is_saved_loads_again(void **state)
{
	static struct gates before;
	struct stat st;

	(void)state;
	start();
	add("gate-1", 1);
	add("gate-2", 2);
	assert_true(gates_remove(&gates, str_from("gate-1")));
	before = gates;
	assert_int_equal(gates_save(path, &gates, &e), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(gates_load(path, &gates, &e), 0);
	assert_memory_equal(&gates, &before, sizeof(gates));
}

static void test_64_gates_fit_and_65_do_not(void **state)
{
	struct roster_request q;
	char name[16];

	(void)state;
	start();
	for (int i = 1; i <= ROSTER_GATES; i++) {
		(void)snprintf(name, sizeof(name), "gate-%u",
		    (unsigned)i % 100);
		add(name, (uint8_t)i);
	}
	q = request("gate-65", 65);
	assert_int_equal(gates_add(&gates, &q, &e), -ENOSPC);
	assert_int_equal(gates_save(path, &gates, &e), 0);
	assert_int_equal(gates_load(path, &gates, &e), 0);
	assert_int_equal(gates.count, ROSTER_GATES);
}

static void test_a_name_of_other_letters_is_refused(void **state)
{
	static const char *const bad[] = {"", "Gate", "gate 1", "gate\n1",
	    "gate_1", "gate/1"};
	struct roster_request q;

	(void)state;
	start();
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		q = request(bad[i], 1);
		assert_int_equal(gates_add(&gates, &q, &e), -EINVAL);
	}
	assert_int_equal(gates.count, 0);
}

#define KEY   "0101010101010101010101010101010101010101010101010101010101010101"
#define FIRST "karcis-gates 1\n"

static void test_a_line_that_is_none_is_named(void **state)
{
	static const struct {
		const char *text, *where;
	} bad[] = {
	    {"", ":1:"},
	    {"karcis-gates 2\n", ":1:"},
	    {"karcis-gates 1", ":1:"},
	    {FIRST "gate 1 gate-1 " KEY " live\n", ":2:"},
	    {FIRST "gate 2 gate-1 " KEY " alive\n", ":2:"},
	    {FIRST "gate 2 gate-1 " KEY "\n", ":2:"},
	    {FIRST "gate 2 gate-1 " KEY " live", ":2:"},
	    {FIRST "gate 2 Gate " KEY " live\n", ":2:"},
	    {FIRST "gate 2 gate-1 01 live\n", ":2:"},
	    {FIRST "gat 2 gate-1 " KEY " live\n", ":2:"},
	    {FIRST "\n", ":2:"},
	    {FIRST "gate 2 gate-1 " KEY " live\n"
		   "gate 3 gate-1 " KEY " live\n",
		":3:"},
	    {FIRST "gate 2 gate-1 " KEY " live\n"
		   "gate 2 gate-2 " KEY " live\n",
		":3:"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		write_text(bad[i].text);
		assert_int_equal(gates_load(path, &gates, &e), -EBADMSG);
		assert_non_null(strstr(e.text, bad[i].where));
		assert_int_equal(gates.count, 0);
	}
	write_text(FIRST "gate 2 gate-1 " KEY " live\n");
	assert_int_equal(gates_load(path, &gates, &e), 0);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(gates_load(path, &gates, &e), -EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_DIR(test_no_file_is_no_gates),
	    IN_DIR(test_the_first_gate_is_device_2_and_others_follow),
	    IN_DIR(test_a_name_keeps_its_device_with_a_new_key),
	    IN_DIR(test_a_removed_gate_keeps_its_number_for_its_name),
	    IN_DIR(test_what_is_saved_loads_again),
	    IN_DIR(test_64_gates_fit_and_65_do_not),
	    IN_DIR(test_a_name_of_other_letters_is_refused),
	    IN_DIR(test_a_line_that_is_none_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
