/* A directory of the fuzz target's own, in memory where the machine has
 * /dev/shm; removed when the process exits. */
#ifndef KARCIS_FUZZ_DIR_H
#define KARCIS_FUZZ_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char fuzz_dir[64];

static void must(bool fact)
{
	if (!fact)
		abort();
}

static void fuzz_dir_empty(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s/*", fuzz_dir);
	must(system(command) == 0);
}

static void fuzz_dir_remove(void)
{
	fuzz_dir_empty();
	rmdir(fuzz_dir);
}

static void fuzz_dir_make(void)
{
	snprintf(fuzz_dir, sizeof(fuzz_dir), "%s/karcis-fuzz-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	must(mkdtemp(fuzz_dir) != NULL && atexit(fuzz_dir_remove) == 0);
}

static void fuzz_write(const char *path, const void *data, size_t size)
{
	FILE *f = fopen(path, "wb");

	must(f != NULL && fwrite(data, 1, size, f) == size);
	must(fclose(f) == 0 && chmod(path, 0600) == 0);
}

#endif
