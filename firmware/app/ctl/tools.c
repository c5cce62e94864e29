#include "tools.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/app/clock.h"
#include "commands.h"
#include "ctl.h"
#include "firmware/store/state.h"
#include "ticket_ctl.h"
#include "firmware/app/ticketing.h"
#include "ui/font.h"

enum { PAPER_MAX = 4 << 20, CODES_MAX = 100000 };

/* The key before signed tickets of today still; a clock that is certainly
 * wrong ends nothing. */
static void end_old(const struct office *o, struct keys *k)
{
	int64_t now_s = clock_wall_s();

	if (now_s >= CLOCK_RELEASE_S)
		keys_end_old(k, civil_local(now_s, o->config.offset_s).day);
}

static void say_rekeyed(const struct office *o, const struct keys *k)
{
	struct civil_date d = civil_date(k->old[0].until_day);

	printf("rekey: epoch %u, ticket key %u\n", k->epoch, k->key_id);
	if (k->old[0].until_day != 0)
		printf("rekey: key %u is good for tickets up to "
		       "%04d-%02d-%02d\n",
		    k->old[0].key_id, d.year, d.month, d.day);
	if (o->config.hub_url[0] == '\0' && o->config.role != ROLE_GATE)
		puts("rekey: where there are gates, they need the next roster "
		     "export");
}

int tools_rekey(const struct office *o, struct err *e)
{
	struct stores s = {.lock = -1};
	struct place_storage storage;
	char path[256];
	int r;

	r = state_lock(o->config.state, &s.lock, e);
	if (r == 0 && !office_path(o, "keys", path))
		r = err_set(e, -ENAMETOOLONG, "terminal.state: too long");
	if (r == 0)
		r = keys_load(path, &s.keys, e);
	if (r == 0)
		r = keys_rekey(&s.keys, office_place(o, &storage), e);
	if (r == 0) {
		end_old(o, &s.keys);
		r = keys_save(path, &s.keys, e);
	}
	if (r == 0)
		say_rekeyed(o, &s.keys);
	keys_fini(&s.keys);
	if (s.lock >= 0)
		close(s.lock);
	return r;
}

static int code_new(int argc, char **argv, struct err *e)
{
	struct code_profile own = code_profile_own();
	int64_t n = 1;

	if (argc == 4 && strcmp(argv[2], "-n") == 0 &&
	    !str_number(str_from(argv[3]), 1, CODES_MAX, &n)) {
		err_set(e, -EINVAL, "code new: -n takes 1 to %d", CODES_MAX);
		return ctl_fail(e);
	}
	while (n > 0) {
		struct booking_code code;
		char shown[32];
		struct buf b;
		uint64_t value;

		randombytes_buf(&value, sizeof(value));
		if (!code_issue(value & ((UINT64_C(1) << 45) - 1), &code))
			continue;
		buf_init(&b, shown, sizeof(shown));
		code_format(&own, str_from(code.text), &b);
		puts(buf_cstr(&b));
		n--;
	}
	return EXIT_DONE;
}

static int code_command(int argc, char **argv, struct err *e)
{
	struct code_profile own = code_profile_own();
	struct booking_code code;

	if (argc >= 2 && strcmp(argv[1], "new") == 0)
		return code_new(argc, argv, e);
	if (argc != 3 || strcmp(argv[1], "check") != 0) {
		err_set(e, -EINVAL,
		    "code: say code new [-n N] or "
		    "code check CODE");
		return ctl_fail(e);
	}
	switch (code_parse(&own, str_from(argv[2]), &code)) {
	case CODE_OK:
		puts("code: well formed, the check symbol fits");
		return EXIT_DONE;
	case CODE_BAD_CHECK:
		puts("code: one character is wrong, the check symbol does "
		     "not fit");
		return EXIT_REFUSED;
	case CODE_BAD_FORM:
	case CODE_UNSET:
		puts("code: not a booking code (9 symbols and a check symbol)");
		return EXIT_REFUSED;
	}
	return EXIT_COULD_NOT;
}

static int draw_file(const char *in, const char *out, int width_dots,
    const struct glyph_source *glyphs, struct err *e)
{
	uint8_t *bytes = malloc(PAPER_MAX);
	FILE *f = fopen(in, "rbe");
	size_t len = 0;
	int r;

	if (bytes == NULL || f == NULL) {
		r = err_set(e, -errno, "%s: %s", in, strerror(errno));
	} else {
		len = fread(bytes, 1, PAPER_MAX, f);
		r = ticketing_draw_paper(bytes, len, width_dots, glyphs, out,
		    e);
	}
	if (f != NULL && fclose(f) != 0 && r == 0)
		r = err_set(e, -EIO, "%s: cannot be read", in);
	free(bytes);
	return r;
}

/* The characters of the text form are drawn with the paper's fonts; they are
 * opened without a screen. */
static int paper_command(int argc, char **argv, struct err *e)
{
	struct fonts *fonts = NULL;
	int width_dots = 576, r;

	if (argc == 5 && strcmp(argv[1], "--width") == 0) {
		width_dots = strcmp(argv[2], "58") == 0 ? 384
		    : strcmp(argv[2], "80") == 0        ? 576
							: 0;
		argc -= 2;
		argv += 2;
	}
	if (argc != 3 || width_dots == 0) {
		err_set(e, -EINVAL,
		    "paper: say paper [--width 58|80] IN.bin "
		    "OUT.png");
		return ctl_fail(e);
	}
	if (fonts_open(NULL, &fonts, e) < 0)
		fprintf(stderr,
		    "karcis-ctl: %s; characters are drawn as "
		    "empty cells\n",
		    e->text);
	r = draw_file(argv[1], argv[2], width_dots,
	    fonts == NULL ? NULL : fonts_glyphs(fonts), e);
	fonts_close(fonts);
	return r < 0 ? ctl_fail(e) : EXIT_DONE;
}

int tools_run(const char *config, int argc, char **argv)
{
	static struct office office;
	struct err e = {0};

	if (strcmp(argv[0], "code") == 0)
		return code_command(argc, argv, &e);
	if (strcmp(argv[0], "paper") == 0)
		return paper_command(argc, argv, &e);
	if (strcmp(argv[0], "ticket") == 0)
		return ticket_ctl_run(config, argc, argv);
	if (office_load(config, &office, &e) < 0)
		return ctl_fail(&e);
	return tools_rekey(&office, &e) < 0 ? ctl_fail(&e) : EXIT_DONE;
}
