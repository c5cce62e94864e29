/* A directory of its own for each test, and files in it of mode 0600. */
#ifndef KARCIS_TESTS_TEST_STATE_DIR_H
#define KARCIS_TESTS_TEST_STATE_DIR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char state_dir[64], path[96];

static inline int make_dir(void **state)
{
	(void)state;
	(void)snprintf(state_dir, sizeof(state_dir),
	    "/tmp/karcis-state-XXXXXX");
	if (mkdtemp(state_dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/file", state_dir);
	return 0;
}

static inline int remove_dir(void **state)
{
	char cmd[128];

	(void)state;
	(void)snprintf(cmd, sizeof(cmd), "rm -rf %s", state_dir);
	return system(cmd);
}

static inline void write_bytes(const void *bytes, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static inline void write_text(const char *text)
{
	write_bytes(text, strlen(text));
}

static inline size_t read_bytes(char *out, size_t cap)
{
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(out, 1, cap - 1, f);
	out[n] = '\0';
	assert_int_equal(fclose(f), 0);
	return n;
}

#define IN_DIR(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)

#endif
