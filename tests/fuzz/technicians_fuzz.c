/* A technicians file of any bytes, as a stick may bring one: what is taken is
 * whole and costs what our own does, and what is saved of it loads as the
 * same. */
#include <errno.h>

#include "firmware/store/technicians.h"
#include "fuzz_dir.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[96], brought[96];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static struct technicians t;
	const char *corpus = (*argv)[*argc - 1];
	char seed[512], badge[TECHNICIANS_BADGE], pin[TECHNICIANS_PIN_HASH];
	struct err e;
	struct stat st;

	fuzz_dir_make();
	snprintf(path, sizeof(path), "%s/technicians", fuzz_dir);
	snprintf(brought, sizeof(brought), "%s/brought", fuzz_dir);
	if (stat(corpus, &st) != 0 || !S_ISDIR(st.st_mode))
		return 0;
	must(technicians_hash_pin(str_from("271828"), pin, &e) == 0);
	must(technicians_add(&t, str_from("Agus"), str_from(pin), badge, &e) ==
	    0);
	must(technicians_add(&t, str_from("Dewi Lestari"), str_from(pin), badge,
		 &e) == 0);
	snprintf(seed, sizeof(seed), "%s/two", corpus);
	must(technicians_save(seed, &t, &e) == 0);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct technicians nothing;
	static struct technicians t, same;
	struct err e = {0};
	int r;

	fuzz_write(brought, data, size);
	r = technicians_load(brought, &t, &e);
	must(r == 0 ||
	    ((r == -EBADMSG || r == -EFBIG) && e.text[0] != '\0' &&
		memcmp(&t, &nothing, sizeof(t)) == 0));
	if (r < 0)
		return 0;
	must(t.count <= TECHNICIANS);
	for (size_t i = 0; i < t.count; i++) {
		must(memcmp(t.item[i].pin, TECHNICIANS_COST,
			 sizeof(TECHNICIANS_COST) - 1) == 0);
		must(technicians_wait_s(&t, i, 0) <= TECHNICIANS_LOCK_MAX_S);
		must(technicians_find_name(&t, str_from(t.item[i].name)) ==
		    (int)i);
	}
	must(technicians_save(path, &t, &e) == 0);
	must(technicians_load(path, &same, &e) == 0);
	must(memcmp(&t, &same, sizeof(t)) == 0);
	return 0;
}
