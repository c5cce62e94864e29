#include "tools.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "commands.h"
#include "firmware/store/state.h"
#include "ticketing.h"
#include "ui/font.h"

enum { PAPER_MAX = 4 << 20, CODES_MAX = 100000 };

static int fail(const struct err *e)
{
	fprintf(stderr, "karcis-ctl: %s\n", e->text);
	return EXIT_COULD_NOT;
}

static const char *check_word(enum ticket_check c)
{
	switch (c) {
	case TICKET_VALID:
		return "valid";
	case TICKET_BAD_FORM:
		return "not the text of a ticket";
	case TICKET_BAD_VERSION:
		return "a version this program does not know";
	case TICKET_BAD_SIGNATURE:
		return "the signature does not fit: forged or damaged";
	case TICKET_UNSET:
		return "not judged";
	}
	return "not judged";
}

/* The key the header names: one of this terminal, or of another device of the
 * office, as the hub's roster says. NULL: not known. */
static const uint8_t *key_of(const struct keys *k, const struct roster *r,
    uint16_t key_id)
{
	const uint8_t *own = keys_public(k, key_id);

	for (size_t i = 0; own == NULL && i < r->count; i++)
		if (r->item[i].key_id == key_id)
			return r->item[i].ticket_key;
	return own;
}

static enum ticket_check judge(const struct keys *k, const struct roster *r,
    uint32_t office, struct str digits, struct ticket *t)
{
	enum ticket_check c = ticket_verify(digits, office, k->ticket_public,
	    t);
	const uint8_t *key;

	if (c != TICKET_BAD_SIGNATURE)
		return c;
	key = key_of(k, r, t->key_id);
	return key == NULL ? c : ticket_verify(digits, office, key, t);
}

/* The roster, when there is a hub and no terminal runs on it. */
static void read_roster(const struct office *o, struct roster *out)
{
	struct stores s;
	struct err e = {0};

	memset(out, 0, sizeof(*out));
	if (o->config.hub_url[0] == '\0')
		return;
	if (stores_open(o, &s, &e) < 0) {
		fprintf(stderr,
		    "karcis-ctl: %s; only this terminal's own keys are "
		    "known\n",
		    e.text);
		return;
	}
	if (cache_roster(s.cache, out, &e) < 0)
		fprintf(stderr, "karcis-ctl: %s\n", e.text);
	stores_close(&s);
}

static int ticket_verify_command(const struct office *o, int argc, char **argv,
    struct err *e)
{
	static struct roster roster;
	enum ticket_check c;
	struct ticket t;
	struct keys k;
	char path[256], label[8];
	struct civil_date d;

	if (argc != 3 || strcmp(argv[1], "verify") != 0) {
		err_set(e, -EINVAL, "ticket: say ticket verify DIGITS");
		return fail(e);
	}
	if (!office_path(o, "keys", path) || keys_load(path, &k, e) < 0)
		return fail(e);
	read_roster(o, &roster);
	c = judge(&k, &roster, o->config.office, str_from(argv[2]), &t);
	keys_fini(&k);
	if (c != TICKET_VALID) {
		printf("ticket: %s\n", check_word(c));
		return EXIT_REFUSED;
	}
	ticket_label(t.letter, t.number, label);
	d = civil_date(t.day);
	printf("ticket: valid\nlabel: %s\nday: %04d-%02d-%02d\n"
	       "service: %u\nslot: %02u:%02u\nuntil: %02u:%02u\nkey: %u\n"
	       "seq: %u\nflags: %u\ncompanions: %u\n",
	    label, d.year, d.month, d.day, t.service, t.slot_min / 60U,
	    t.slot_min % 60U, (t.slot_min + t.window_min) / 60U,
	    (t.slot_min + t.window_min) % 60U, t.key_id, t.seq, t.flags,
	    t.companions);
	return EXIT_DONE;
}

static int rekey(const struct office *o, struct err *e)
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
	if (r == 0)
		r = keys_save(path, &s.keys, e);
	if (r == 0)
		printf("rekey: epoch %u, ticket key %u\n", s.keys.epoch,
		    s.keys.key_id);
	keys_fini(&s.keys);
	if (s.lock >= 0)
		close(s.lock);
	return r < 0 ? fail(e) : EXIT_DONE;
}

static int code_new(int argc, char **argv, struct err *e)
{
	struct code_profile own = code_profile_own();
	int64_t n = 1;

	if (argc == 4 && strcmp(argv[2], "-n") == 0 &&
	    !str_number(str_from(argv[3]), 1, CODES_MAX, &n)) {
		err_set(e, -EINVAL, "code new: -n takes 1 to %d", CODES_MAX);
		return fail(e);
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
		return fail(e);
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
		return fail(e);
	}
	if (fonts_open(NULL, &fonts, e) < 0)
		fprintf(stderr,
		    "karcis-ctl: %s; characters are drawn as "
		    "empty cells\n",
		    e->text);
	r = draw_file(argv[1], argv[2], width_dots,
	    fonts == NULL ? NULL : fonts_glyphs(fonts), e);
	fonts_close(fonts);
	return r < 0 ? fail(e) : EXIT_DONE;
}

int tools_run(const char *config, int argc, char **argv)
{
	static struct office office;
	struct err e = {0};

	if (strcmp(argv[0], "code") == 0)
		return code_command(argc, argv, &e);
	if (strcmp(argv[0], "paper") == 0)
		return paper_command(argc, argv, &e);
	if (office_load(config, &office, &e) < 0)
		return fail(&e);
	if (strcmp(argv[0], "ticket") == 0)
		return ticket_verify_command(&office, argc, argv, &e);
	return rekey(&office, &e);
}
