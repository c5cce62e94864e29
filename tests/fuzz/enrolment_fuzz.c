/* Any bytes as the text of an enrolment QR and as an enrolment file: a text
 * that is read says the same when it is put together again, and a file that
 * loads is saved as one that loads the same. Its seeds are a text and the
 * files of a kiosk and a gate. */
#include <errno.h>

#include "firmware/store/enrolment.h"
#include "fuzz_dir.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[96], again[96];

static void seed_file(const char *name, const struct enrolment *x)
{
	struct err e;

	must(enrolment_save(name, x, &e) == 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char text[] =
	    "karcis-enrol:1 https://hub.example 6f0e112233445566"
	    "778899aabbccddee a41c00112233445566778899aabbccdd";
	const char *corpus = (*argv)[*argc - 1];
	struct enrolment x = {.url = "https://hub.example",
	    .office = 4102,
	    .device = 17,
	    .name = "kiosk-1",
	    .role = ROSTER_KIOSK,
	    .letter = 19,
	    .epoch = 1};
	char seed[512];
	struct stat st;

	fuzz_dir_make();
	snprintf(path, sizeof(path), "%s/enrolment", fuzz_dir);
	snprintf(again, sizeof(again), "%s/again", fuzz_dir);
	if (stat(corpus, &st) != 0 || !S_ISDIR(st.st_mode))
		return 0;
	snprintf(seed, sizeof(seed), "%s/text", corpus);
	fuzz_write(seed, text, sizeof(text) - 1);
	snprintf(seed, sizeof(seed), "%s/kiosk", corpus);
	seed_file(seed, &x);
	x.role = ROSTER_GATE;
	x.letter = 0;
	snprintf(seed, sizeof(seed), "%s/gate", corpus);
	seed_file(seed, &x);
	return 0;
}

static void fuzz_text(struct str s)
{
	static const struct enrolment_text none;
	char hex[2 * WIRE_FINGERPRINT_BYTES + 1], whole[512];
	struct enrolment_text x;
	struct buf b;

	if (!enrolment_text_parse(s, &x)) {
		must(memcmp(&x, &none, sizeof(x)) == 0);
		return;
	}
	must(strnlen(x.url, sizeof(x.url)) < sizeof(x.url) &&
	    strnlen(x.token, sizeof(x.token)) == 32);
	wire_hex(x.fingerprint, sizeof(x.fingerprint), hex);
	buf_init(&b, whole, sizeof(whole));
	buf_fmt(&b, "karcis-enrol:1 %s %s %s", x.url, x.token, hex);
	must(!b.full && str_eq(buf_view(&b), str_trim(s)));
}

static void fuzz_file(const uint8_t *data, size_t size)
{
	static const struct enrolment none;
	struct enrolment x, same;
	struct err e = {0};
	int r;

	fuzz_write(path, data, size);
	r = enrolment_load(path, &x, &e);
	must(r == 0 ||
	    ((r == -EBADMSG || r == -EFBIG) && e.text[0] != '\0' &&
		memcmp(&x, &none, sizeof(x)) == 0));
	if (r < 0)
		return;
	must(x.url[0] != '\0' && x.name[0] != '\0' && x.office >= 1 &&
	    x.device >= 1 && x.epoch >= 1 && x.role != ROSTER_UNSET &&
	    x.role <= ROSTER_GATE && x.letter <= 26);
	must(enrolment_save(again, &x, &e) == 0);
	must(enrolment_load(again, &same, &e) == 0);
	must(memcmp(&x, &same, sizeof(x)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_text(str_of(data, size));
	fuzz_file(data, size);
	return 0;
}
