/* Expected values from tests/unit/vectors: lines of a name and its value. The
 * files are made with Python's hashlib and OpenSSL, never with the code under
 * test; docs/FORMATS.md says what is in them. */
#ifndef KARCIS_TESTS_TEST_VECTORS_H
#define KARCIS_TESTS_TEST_VECTORS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

static inline void vector(const char *file, const char *name, char out[256])
{
	char from[64], key[32];
	FILE *f;

	(void)snprintf(from, sizeof(from), "tests/unit/vectors/%s.txt", file);
	f = fopen(from, "r");
	assert_non_null(f);
	while (fscanf(f, "%31s %255s", key, out) == 2)
		if (strcmp(key, name) == 0) {
			fclose(f);
			return;
		}
	fclose(f);
	fail_msg("no vector %s in %s", name, from);
}

static inline void vector_hex(const char *file, const char *name, uint8_t *out,
    size_t len)
{
	char text[256];
	size_t got = 0;

	vector(file, name, text);
	assert_int_equal(
	    sodium_hex2bin(out, len, text, strlen(text), NULL, &got, NULL), 0);
	assert_int_equal(got, len);
}

#endif
