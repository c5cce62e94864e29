/* A catalogue (.mo) of any bytes: every text with its end is in the catalogue
 * or in the source, and can be filled. */
#define _GNU_SOURCE /* memmem */
#include <errno.h>

#include "fuzz_dir.h"
#include "ui/ui.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[LANGS][128];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const name[LANGS] =
	    {[LANG_ID] = "id", [LANG_EN] = "en"};
	char part[128];

	(void)argc;
	(void)argv;
	fuzz_dir_make();
	for (int i = 0; i < LANGS; i++) {
		snprintf(part, sizeof(part), "%s/%s", fuzz_dir, name[i]);
		must(mkdir(part, 0700) == 0);
		snprintf(part, sizeof(part), "%s/%s/LC_MESSAGES", fuzz_dir,
		    name[i]);
		must(mkdir(part, 0700) == 0);
		snprintf(path[i], sizeof(path[i]),
		    "%s/%s/LC_MESSAGES/"
		    "karcis.mo",
		    fuzz_dir, name[i]);
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char room[8192];
	struct str value[4] = {{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}};
	struct err e = {0};
	int r;

	for (int i = 0; i < LANGS; i++)
		fuzz_write(path[i], data, size);
	r = text_init(fuzz_dir, &e);
	must(r == 0 || (r == -EINVAL && e.text[0] != '\0'));
	for (int lang = 0; lang < LANGS; lang++) {
		for (int id = MSG_NONE + 1; id < MSGS; id++) {
			const char *text = text_get((enum lang)lang,
			    (enum msg_id)id);
			struct buf out;

			must(text != NULL &&
			    (text == msg_source((enum msg_id)id) ||
				memmem(data, size, text, strlen(text) + 1) !=
				    NULL));
			buf_init(&out, room, sizeof(room));
			msg_fill(&out, str_from(text), value, 4);
		}
	}
	return 0;
}
