#include "hub_admin.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "firmware/app/ctl/commands.h"
#include "firmware/core/civil.h"
#include "hub_keys.h"
#include "hub_import.h"

enum { SERVICE_MAX = 255, QUOTA_MAX = 1000000 };

/* What a command works with. */
struct admin {
	const struct hub_config *config;
	struct hub *hub;
	struct hub_db *db;
	int64_t now_s;
	int argc; /* of the command's own words, options taken out */
	char *argv[8];
	bool json, tickets;
	const char *png;
	unsigned refused; /* lines of an import */
};

static int bad(struct err *e, const char *what, const char *value,
    const char *wanted)
{
	return err_set(e, -EINVAL, "%s %.60s: must be %s", what, value, wanted);
}

static int read_office(const struct admin *a, int at, uint32_t *out,
    struct err *e)
{
	int64_t n;

	if (!str_number(str_from(a->argv[at]), 1, UINT32_MAX, &n))
		return bad(e, "office", a->argv[at],
		    "a number from 1 to 4294967295");
	*out = (uint32_t)n;
	return 0;
}

static int read_day(const struct admin *a, int at, int32_t *out, struct err *e)
{
	struct civil_date date;

	if (!civil_parse_date(str_from(a->argv[at]), &date))
		return bad(e, "date", a->argv[at], "like 2026-11-26");
	*out = civil_day(date);
	return 0;
}

static int read_minute(const struct admin *a, int at, int16_t *out,
    struct err *e)
{
	int32_t minute;

	if (!civil_parse_minute(str_from(a->argv[at]), &minute))
		return bad(e, "time", a->argv[at], "like 09:15");
	*out = (int16_t)minute;
	return 0;
}

static int read_service(const struct admin *a, int at, uint8_t *out,
    struct err *e)
{
	int64_t n;

	if (!str_number(str_from(a->argv[at]), 1, SERVICE_MAX, &n))
		return bad(e, "service", a->argv[at], "a number from 1 to 255");
	*out = (uint8_t)n;
	return 0;
}

static int read_quota(const struct admin *a, int at, int32_t *out,
    struct err *e)
{
	int64_t n;

	if (!str_number(str_from(a->argv[at]), 0, QUOTA_MAX, &n))
		return bad(e, "quota", a->argv[at],
		    "a number from 0 to 1000000");
	*out = (int32_t)n;
	return 0;
}

static int run_office(struct admin *a, struct err *e)
{
	struct hub_office o = {0};
	int r = read_office(a, 0, &o.office, e);

	if (r < 0)
		return r;
	if (a->argv[1][0] == '\0' ||
	    !str_copy(o.name, sizeof(o.name), str_from(a->argv[1])))
		return bad(e, "name", a->argv[1], "of 1 to 63 bytes");
	if (!civil_parse_zone(str_from(a->argv[2]), &o.offset_s))
		return bad(e, "zone", a->argv[2],
		    "WIB, WITA, WIT or like +07:00");
	r = hub_office_add(a->hub, a->db, &o, e);
	if (r == 0)
		printf("office %u: added\n", (unsigned)o.office);
	return r;
}

static int run_token(struct admin *a, struct err *e)
{
	char text[HUB_TOKEN_TEXT];
	uint32_t office = 0;
	int r = read_office(a, 0, &office, e);

	if (r == 0)
		r = hub_token(a->hub, a->db, office, a->argv[1], a->argv[2],
		    a->now_s, text, e);
	if (r < 0)
		return r;
	r = a->png != NULL ? hub_admin_qr_png(text, a->png, e)
			   : hub_admin_qr_show(text, e);
	if (r < 0)
		return r;
	printf("%s\ngood for 15 minutes and for one device; whoever has it can"
	       " enrol as %s\n",
	    text, a->argv[2]);
	return 0;
}

static int run_revoke(struct admin *a, struct err *e)
{
	uint32_t office = 0;
	int r = read_office(a, 0, &office, e);

	if (r == 0)
		r = (a->tickets ? hub_revoke_tickets : hub_revoke)(a->hub,
		    a->db, office, a->argv[1], a->now_s, e);
	if (r == 0)
		printf(a->tickets ? "%s: closed, its tickets are refused\n"
				  : "%s: closed\n",
		    a->argv[1]);
	return r;
}

static int run_log_key(struct admin *a, struct err *e)
{
	char vkey[NOTE_VKEY];
	uint32_t office = 0;
	int r = read_office(a, 0, &office, e);

	if (r == 0)
		r = hub_log_vkey(a->hub, a->db, office, vkey, e);
	if (r == 0)
		puts(vkey);
	return r;
}

static int run_slot(struct admin *a, struct err *e)
{
	struct hub_slot s = {.slot_class = CLASS_BOOKED};
	int r = read_office(a, 0, &s.office, e);

	if (r == 0)
		r = read_day(a, 1, &s.day, e);
	if (r == 0)
		r = read_service(a, 2, &s.service, e);
	if (r == 0)
		r = read_minute(a, 3, &s.start_min, e);
	if (r == 0)
		r = read_minute(a, 4, &s.end_min, e);
	if (r == 0)
		r = read_quota(a, 5, &s.quota, e);
	if (r == 0 && s.start_min >= s.end_min)
		r = bad(e, "end", a->argv[4], "after the start");
	if (r == 0)
		r = hub_slot_set(a->hub, a->db, &s, e);
	if (r == 0)
		printf("slot %s %s-%s: %d\n", a->argv[1], a->argv[3],
		    a->argv[4], (int)s.quota);
	return r;
}

static int run_walk_in(struct admin *a, struct err *e)
{
	struct hub_slot s = {.slot_class = CLASS_WALK_IN};
	int r = read_office(a, 0, &s.office, e);

	if (r == 0)
		r = read_day(a, 1, &s.day, e);
	if (r == 0)
		r = read_service(a, 2, &s.service, e);
	if (r == 0)
		r = read_quota(a, 3, &s.quota, e);
	if (r == 0)
		r = hub_slot_set(a->hub, a->db, &s, e);
	if (r == 0)
		printf("walk-in %s: %d\n", a->argv[1], (int)s.quota);
	return r;
}

static int run_import(struct admin *a, struct err *e)
{
	uint32_t office = 0;
	int r = read_office(a, 0, &office, e);

	if (r < 0)
		return r;
	return hub_import_run(a->hub, a->db, office, a->argv[1], a->argv[2],
	    a->now_s, &a->refused, e);
}

static int run_restored(struct admin *a, struct err *e)
{
	int r = hub_restored(a->hub, a->db, a->now_s, e);

	if (r == 0)
		puts("every day has a new epoch; terminals load anew and send"
		     " their claims again");
	return r;
}

static void indent(int depth)
{
	for (int i = 0; i < depth; i++)
		fputs("  ", stdout);
}

static void print_value(const json_t *v, int depth);

/* "name value" a line, lists and objects below their name. */
static void print_member(const char *name, const json_t *v, int depth)
{
	bool deep = json_is_object(v) || json_is_array(v);

	indent(depth);
	fputs(name, stdout);
	if (deep && json_object_size(v) + json_array_size(v) == 0) {
		puts(" none");
	} else if (deep) {
		putchar('\n');
		print_value(v, depth + 1);
	} else {
		putchar(' ');
		print_value(v, 0);
	}
}

static void print_value(const json_t *v, int depth)
{
	void *at;
	size_t i;

	switch (json_typeof(v)) {
	case JSON_OBJECT:
		for (at = json_object_iter((json_t *)(uintptr_t)v); at != NULL;
		     at = json_object_iter_next((json_t *)(uintptr_t)v, at))
			print_member(json_object_iter_key(at),
			    json_object_iter_value(at), depth);
		return;
	case JSON_ARRAY:
		for (i = 0; i < json_array_size(v); i++)
			print_member("-", json_array_get(v, i), depth);
		return;
	case JSON_STRING:
		puts(json_string_value(v));
		return;
	case JSON_INTEGER:
		printf("%lld\n", (long long)json_integer_value(v));
		return;
	case JSON_REAL:
		printf("%g\n", json_real_value(v));
		return;
	case JSON_TRUE:
		puts("yes");
		return;
	case JSON_FALSE:
		puts("no");
		return;
	case JSON_NULL:
		puts("none");
		return;
	}
}

static int print_report(const struct admin *a, const char *text, struct err *e)
{
	json_error_t why;
	json_t *j;

	if (a->json) {
		puts(text);
		return 0;
	}
	j = json_loads(text, 0, &why);
	if (j == NULL)
		return err_set(e, -EPROTO, "report: no JSON: %s", why.text);
	print_value(j, 0);
	json_decref(j);
	return 0;
}

static int run_devices(struct admin *a, struct err *e)
{
	char *text = NULL;
	uint32_t office = 0;
	int r = read_office(a, 0, &office, e);

	if (r == 0)
		r = hub_report_devices(a->hub, a->db, office, &text, e);
	if (r == 0)
		r = print_report(a, text, e);
	free(text);
	return r;
}

static int run_report(struct admin *a, struct err *e)
{
	char *text = NULL;
	uint32_t office = 0;
	int32_t day = 0;
	int r = read_office(a, 0, &office, e);

	if (r == 0)
		r = read_day(a, 1, &day, e);
	if (r == 0)
		r = hub_report_day(a->hub, a->db, office, day, &text, e);
	if (r == 0)
		r = print_report(a, text, e);
	free(text);
	return r;
}

enum { JSON = 1, PNG = 2, TICKETS = 4 };

static const struct command {
	const char *name;
	int words; /* behind the name */
	int (*run)(struct admin *a, struct err *e);
	unsigned options; /* that it takes */
	const char *help;
} commands[] = {
    {"office add", 3, run_office, 0, "office add ID NAME ZONE"},
    {"token", 3, run_token, PNG,
	"token OFFICE kiosk|gate|channel NAME [--png FILE]"},
    {"devices", 1, run_devices, JSON, "devices OFFICE [--json]"},
    {"revoke", 2, run_revoke, TICKETS, "revoke OFFICE NAME [--tickets]"},
    {"log-key", 1, run_log_key, 0, "log-key OFFICE"},
    {"slot", 6, run_slot, 0, "slot OFFICE DATE SERVICE-ID START END QUOTA"},
    {"walk-in", 4, run_walk_in, 0, "walk-in OFFICE DATE SERVICE-ID QUOTA"},
    {"import", 3, run_import, 0, "import OFFICE SERVICES.ini FILE.csv"},
    {"report", 2, run_report, JSON, "report OFFICE DATE [--json]"},
    {"restored", 0, run_restored, 0, "restored"},
};

void hub_admin_usage(void)
{
	fputs("  init\n  check-config\n", stderr);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		fprintf(stderr, "  %s\n", commands[i].help);
}

static int fail(const struct err *e)
{
	fprintf(stderr, "karcis-hub: %s\n", e->text);
	return EXIT_COULD_NOT;
}

/* Keys that are there stay; a hub.pub that is not is written again. */
static int run_init(const struct hub_config *c)
{
	char hex[2 * WIRE_PUBLIC_BYTES + 1];
	struct err e = {0}, why;
	struct hub_keys keys;
	bool fresh;
	int r = hub_keys_create(c->keys, &keys, &e);

	fresh = r == 0;
	if (r == -EEXIST) {
		why = e;
		r = hub_keys_load(c->keys, &keys, &e);
	}
	if (r == 0)
		r = hub_keys_publish(c->keys, &keys, &e);
	if (r < 0)
		return fail(&e);
	wire_hex(keys.public_key, sizeof(keys.public_key), hex);
	hub_keys_fini(&keys);
	if (!fresh && r == 1)
		return fail(&why);
	printf("keys: %s%s\npublic key, also in hub.pub beside it: %s\n",
	    c->keys, fresh ? "" : " (they were there and stay)", hex);
	return EXIT_DONE;
}

/* The words behind the command's name, and its options. False: not its. */
static bool read_words(const struct command *cmd, struct admin *a, int argc,
    char **argv)
{
	for (int i = 0; i < argc; i++) {
		if ((cmd->options & JSON) != 0 &&
		    strcmp(argv[i], "--json") == 0)
			a->json = true;
		else if ((cmd->options & TICKETS) != 0 &&
		    strcmp(argv[i], "--tickets") == 0)
			a->tickets = true;
		else if ((cmd->options & PNG) != 0 &&
		    strcmp(argv[i], "--png") == 0 && i + 1 < argc)
			a->png = argv[++i];
		else if (a->argc == cmd->words ||
		    str_is(str_cut(str_from(argv[i]), 0, 2), "--"))
			return false;
		else
			a->argv[a->argc++] = argv[i];
	}
	return a->argc == cmd->words;
}

static int run_command(const struct command *cmd, struct admin *a)
{
	struct hub_options options = {.url = a->config->url};
	struct hub_keys keys;
	struct err e = {0};
	int r = hub_keys_load(a->config->keys, &keys, &e);

	if (r < 0)
		return fail(&e);
	options.keys = &keys;
	r = hub_open(&options, &a->hub, &e);
	hub_keys_fini(&keys);
	if (r == 0)
		r = hub_db_open(a->config->store, &a->db, &e);
	if (r == 0)
		r = cmd->run(a, &e);
	hub_db_close(a->db);
	hub_close(a->hub);
	if (r == 0 && fflush(stdout) != 0)
		r = err_set(&e, -EIO, "standard output: %s", strerror(errno));
	if (r < 0)
		return fail(&e);
	return a->refused > 0 ? EXIT_REFUSED : EXIT_DONE;
}

/* How many words the command line's beginning shares with a name. */
static int words_of(const char *name, int argc, char **argv)
{
	struct str rest = str_from(name), word;
	int n = 0;

	while (str_split(&rest, ' ', &word)) {
		if (n == argc || !str_is(word, argv[n]))
			return 0;
		n++;
	}
	return n;
}

int hub_admin_run(const struct hub_config *c, int argc, char **argv)
{
	struct admin a = {.config = c, .now_s = (int64_t)time(NULL)};

	if (argc == 1 && strcmp(argv[0], "init") == 0)
		return run_init(c);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		int n = words_of(commands[i].name, argc, argv);

		if (n == 0)
			continue;
		if (read_words(&commands[i], &a, argc - n, argv + n))
			return run_command(&commands[i], &a);
		fprintf(stderr,
		    "karcis-hub: say: karcis-hub --config FILE"
		    " %s\n",
		    commands[i].help);
		return EXIT_COULD_NOT;
	}
	fprintf(stderr,
	    "karcis-hub: %.60s: no such command; karcis-hub alone"
	    " lists them\n",
	    argv[0]);
	return EXIT_COULD_NOT;
}
