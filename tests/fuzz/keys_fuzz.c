/* A keys file of any bytes: what loads is complete, and what is saved of it
 * loads as the same. Its seeds are a fresh file and one with earlier keys. */
#include <errno.h>

#include "firmware/store/keys.h"
#include "fuzz_dir.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[96], again[96];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *corpus = (*argv)[*argc - 1];
	char seed[512];
	struct keys k;
	struct err e;
	struct stat st;

	fuzz_dir_make();
	snprintf(path, sizeof(path), "%s/keys", fuzz_dir);
	snprintf(again, sizeof(again), "%s/again", fuzz_dir);
	if (stat(corpus, &st) != 0 || !S_ISDIR(st.st_mode))
		return 0;
	must(keys_draw(&k, (struct keys_place){0}, &e) == 0);
	snprintf(seed, sizeof(seed), "%s/fresh", corpus);
	must(keys_save(seed, &k, &e) == 0);
	for (int i = 0; i <= KEYS_OLD; i++)
		must(keys_rekey(&k, (struct keys_place){0}, &e) == 0);
	snprintf(seed, sizeof(seed), "%s/rekeyed", corpus);
	must(keys_save(seed, &k, &e) == 0);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct keys nothing;
	struct keys k, same;
	struct err e = {0};
	int r;

	fuzz_write(path, data, size);
	r = keys_load(path, &k, &e);
	must(r == 0 ||
	    ((r == -EBADMSG || r == -EFBIG) && e.text[0] != '\0' &&
		memcmp(&k, &nothing, sizeof(k)) == 0));
	if (r < 0)
		return 0;
	must(k.key_id != 0 && k.epoch != 0 && k.olds <= KEYS_OLD);
	must(keys_public(&k, k.key_id) == k.ticket_public);
	must(keys_save(again, &k, &e) == 0);
	must(keys_load(again, &same, &e) == 0);
	must(memcmp(&k, &same, sizeof(k)) == 0);
	keys_fini(&k);
	keys_fini(&same);
	return 0;
}
