/* karcis: the terminal. */
#include <getopt.h>
#include <locale.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/app/ctl/commands.h"
#include "log.h"
#include "terminal.h"

static int usage(FILE *to)
{
	fputs("usage: karcis --config FILE [--role kiosk|gate] [--window WxH] "
	      "[--dump-layout] [--setup SOCKET]\n",
	    to);
	return EXIT_COULD_NOT;
}

static bool read_size(const char *text, struct terminal_options *o)
{
	struct str rest = str_from(text), part;
	int64_t w, h;

	if (!str_split(&rest, 'x', &part) || !str_number(part, 1, 8192, &w) ||
	    !str_split(&rest, 'x', &part) || !str_number(part, 1, 8192, &h) ||
	    rest.ptr != NULL)
		return false;
	o->window_width = (int)w;
	o->window_height = (int)h;
	return true;
}

static bool read_role(const char *text, struct terminal_options *o)
{
	o->role = strcmp(text, "kiosk") == 0 ? ROLE_KIOSK
	    : strcmp(text, "gate") == 0      ? ROLE_GATE
					     : ROLE_UNSET;
	return o->role != ROLE_UNSET;
}

static bool read_options(int argc, char **argv, struct terminal_options *o)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"window", required_argument, NULL, 'w'},
	    {"role", required_argument, NULL, 'r'},
	    {"dump-layout", no_argument, NULL, 'd'},
	    {"setup", required_argument, NULL, 's'},
	    {NULL, 0, NULL, 0},
	};
	bool ok = true;
	int option;

	while (
	    ok && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'c')
			o->config = optarg;
		else if (option == 'd')
			o->dump_layout = true;
		else if (option == 's')
			o->setup = optarg;
		else if (option == 'r')
			ok = read_role(optarg, o);
		else
			ok = option == 'w' && read_size(optarg, o);
	}
	return ok && o->config != NULL && optind == argc;
}

int main(int argc, char **argv)
{
	struct terminal_options options = {
	    .locale_dir = getenv("KARCIS_LOCALE")};
	struct terminal *t = NULL;
	struct err e = {0};
	int r;

	if (!read_options(argc, argv, &options))
		return usage(stderr);
	if (options.locale_dir == NULL)
		options.locale_dir = KARCIS_LOCALEDIR;
	if (sodium_init() < 0) {
		log_line(LOG_LEVEL_ERROR, "libsodium does not start");
		return EXIT_COULD_NOT;
	}
	r = terminal_open(&options, &t, &e);
	if (r == 0)
		r = terminal_run(t, &e);
	if (r < 0)
		log_err(&e);
	terminal_close(t);
	return r < 0 ? EXIT_COULD_NOT : EXIT_DONE;
}
