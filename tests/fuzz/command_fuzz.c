/*
 * The control socket's questions. The first line of the input is a question,
 * the rest the file that comes with an import. It is asked with the storage
 * out of reach and with stores in memory: every answer has an exit code, and
 * an answer of JSON is JSON.
 */
#define _GNU_SOURCE /* memfd_create */
#include <jansson.h>
#include <sodium.h>
#include <sys/mman.h>

#include "firmware/app/ctl/commands.h"
#include "firmware/app/control.h"
#include "fuzz_dir.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A journal of many imports takes long to verify: begun anew. */
enum { ROUNDS = 500 };

static struct office office;
static struct stores stores;
static bool is_open;

static void begin_anew(void)
{
	struct err e;

	if (is_open)
		stores_close(&stores);
	fuzz_dir_empty();
	must(stores_init(&office, &e) == 0);
	must(stores_open(&office, &stores, &e) == 0);
	is_open = true;
}

static void seed(const char *corpus, const char *name, const char *text)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", corpus, name);
	fuzz_write(path, text, strlen(text));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *corpus = (*argv)[*argc - 1];
	struct service *s = &office.services.item[0];
	struct stat st;

	must(sodium_init() >= 0);
	fuzz_dir_make();
	config_defaults(&office.config, "f");
	office.config.office = 1;
	must(str_copy(office.config.state, sizeof(office.config.state),
	    str_from(fuzz_dir)));
	office.services.count = 1;
	s->id = 1;
	s->letter_booked = 1;
	must(str_copy(s->key, sizeof(s->key), str_from("a")));
	if (stat(corpus, &st) != 0 || !S_ISDIR(st.st_mode))
		return 0;
	seed(corpus, "status", "status\t--json");
	seed(corpus, "report", "report\t2026-11-24\t--json");
	seed(corpus, "audit", "audit\tverify");
	seed(corpus, "print", "print\ttest");
	seed(corpus, "backup", "backup\tx");
	seed(corpus, "inside", "inside\t--json");
	seed(corpus, "roster-show", "roster\tshow\t--json");
	seed(corpus, "roster-export", "roster\texport");
	seed(corpus, "roster-revoke", "roster\trevoke\t7");
	seed(corpus, "officer", "officer\tadd\tBudi");
	seed(corpus, "roster-import",
	    "roster\timport\tf\t0123-4567-89ab-cdef-0123-4567-89ab-cdef\n"
	    "karcis-gate 1\noffice 1\nname gate-1\n");
	seed(corpus, "import",
	    "import\tb.csv\ncode,service,date,start,end,"
	    "name,birth_date,status\n"
	    "000-000-001-1,a,2026-11-24,09:00,09:15,Siti,1990-03-07,"
	    "confirmed\n000-000-001-1,a,2026-11-24,09:00,09:15,,,\nbad\n");
	return 0;
}

static int file_of(struct str bytes)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	must(fd >= 0);
	must(bytes.len == 0 ||
	    write(fd, bytes.ptr, bytes.len) == (ssize_t)bytes.len);
	must(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* A backup goes to any absolute path it names: here to one of ours. */
static struct str inside(struct str line, char room[128])
{
	struct str rest = line, word;

	if (!str_split(&rest, '\t', &word) || !str_is(word, "backup") ||
	    rest.len == 0 || rest.ptr[0] != '/')
		return line;
	snprintf(room, 128, "backup\t%s/copy", fuzz_dir);
	return str_from(room);
}

static void ask(struct stores *s, struct str line, struct str file)
{
	static char reply[CONTROL_REPLY];
	struct str rest = line, word;
	struct buf out;
	int fd = file_of(file), code;

	buf_init(&out, reply, sizeof(reply));
	code = command_run(&office, s, NULL, line, fd, &out);
	must(code >= EXIT_DONE && code <= EXIT_COULD_NOT);
	must(code == EXIT_DONE || out.len > 0);
	close(fd);
	if (code == EXIT_DONE && !out.full && str_split(&rest, '\t', &word) &&
	    !str_is(word, "import") && out.len > 0 && reply[0] == '{') {
		json_t *o = json_loadb(reply, out.len, 0, NULL);

		must(json_is_object(o));
		json_decref(o);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned round;
	struct str rest = str_of(data, size), line = {"", 0};
	char room[128];

	if (round++ % ROUNDS == 0)
		begin_anew();
	if (!str_split(&rest, '\n', &line))
		return 0;
	line = inside(str_cut(line, 0, CONTROL_LINE), room);
	ask(NULL, line, rest);
	ask(&stores, line, rest);
	return 0;
}
