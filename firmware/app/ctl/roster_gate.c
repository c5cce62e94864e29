/* The roster at a gate: it asks for the office's keys and takes what a kiosk
 * wrote for it, from the one kiosk it trusts. */
#include "roster_ctl.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "commands.h"
#include "firmware/store/roster_file.h"
#include "firmware/store/state.h"

int roster_gate_export(struct question *q)
{
	const struct config *c = &q->office->config;
	struct roster_request x = {.office = c->office};
	char path[256], print[ROSTER_FINGERPRINT_TEXT];
	uint8_t storage[ROSTER_REQUEST_MAX];
	struct err e = {0};
	struct buf b;
	int r;

	memcpy(x.name, c->terminal_id, sizeof(x.name));
	buf_init(&b, storage, sizeof(storage));
	r = roster_path(q, "roster.request", path, &e);
	if (r == 0)
		r = roster_request_build(&x, q->stores->keys.audit_secret, &b,
		    &e);
	if (r == 0)
		r = state_write(path, "roster", buf_view(&b), true, &e);
	if (r < 0)
		return question_failed(q, &e);
	roster_fingerprint(q->stores->keys.audit_public, print);
	buf_fmt(q->out,
	    "roster: the request of %s; its fingerprint is\n  %s\n"
	    "Import it at the kiosk with this fingerprint behind the file's "
	    "name.\n",
	    x.name, print);
	return EXIT_DONE;
}

/* What is in the state directory before anything is taken. */
struct taking {
	struct question *q;
	struct str text;
	struct roster_text now, old;
	struct buf old_text;
	uint8_t old_storage[ROSTER_TEXT_MAX];
	uint8_t root[WIRE_PUBLIC_BYTES];
	bool pinned; /* root is one that was trusted before */
	char roster_file[256], root_file[256], keys_file[256];
};

static int find_old(struct taking *x, struct err *e)
{
	const struct question *q = x->q;
	struct err none;
	int r = roster_path(q, "roster", x->roster_file, e);

	if (r == 0)
		r = roster_path(q, "root", x->root_file, e);
	if (r == 0)
		r = roster_path(q, "keys", x->keys_file, e);
	if (r < 0)
		return r;
	r = roster_root_load(x->root_file, x->root, e);
	x->pinned = r == 0;
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	/* One that can't be read is as good as none: it is replaced. */
	buf_init(&x->old_text, x->old_storage, sizeof(x->old_storage));
	if (roster_file_read(x->roster_file, x->root, q->office->config.office,
		&x->old, &x->old_text, &none) < 0)
		x->old_text.len = 0;
	return 0;
}

static int check_pinned(const struct taking *x, const char *print)
{
	char trusted[ROSTER_FINGERPRINT_TEXT];

	if (memcmp(x->root, x->now.root, WIRE_PUBLIC_BYTES) == 0)
		return EXIT_DONE;
	roster_fingerprint(x->root, trusted);
	return roster_refuse(x->q,
	    "signed by another kiosk than the one this gate trusts; nothing "
	    "was changed\n  signed by %s\n  trusted   %s\nWas the kiosk "
	    "replaced, remove %.120s and import it with the new fingerprint",
	    print, trusted, x->root_file);
}

/* The root is the one trusted before, or a person compared it. */
static int check_root(const struct taking *x)
{
	struct question *q = x->q;
	char print[ROSTER_FINGERPRINT_TEXT];
	bool given = q->words > ROSTER_WORD_PRINT;

	roster_fingerprint(x->now.root, print);
	if (x->pinned && check_pinned(x, print) != EXIT_DONE)
		return EXIT_REFUSED;
	if (!given && x->pinned)
		return EXIT_DONE;
	if (!given)
		return roster_refuse(q,
		    "this gate trusts no kiosk yet; the file is signed by\n"
		    "  %s\nCompare it with what `karcis-ctl roster show` says "
		    "at the kiosk.\nIs it the same, give it behind the file's "
		    "name; nothing was changed",
		    print);
	switch (
	    roster_fingerprint_match(q->word[ROSTER_WORD_PRINT], x->now.root)) {
	case ROSTER_SAME:
		return EXIT_DONE;
	case ROSTER_NO_FINGERPRINT:
		return roster_refuse(q,
		    "what stands behind the file's name is no fingerprint: "
		    "eight groups of four digits of 0-9 and a-f; nothing was "
		    "changed");
	case ROSTER_MATCH_UNSET:
	case ROSTER_DIFFERENT:
		break;
	}
	return roster_refuse(q,
	    "the fingerprint is another one: the file is signed by\n  %s\n"
	    "Somebody may have changed it on its way; nothing was changed",
	    print);
}

/* DONE: it is news. LATER: it is here already. */
static int check_version(const struct taking *x)
{
	long long now = (long long)x->now.roster.version;
	long long old = (long long)x->old.roster.version;
	unsigned long office = x->q->office->config.office;

	if (x->now.office != office)
		return roster_refuse(x->q,
		    "the roster is of office %lu, this gate is of office %lu; "
		    "nothing was changed",
		    (unsigned long)x->now.office, office);
	if (now > old)
		return EXIT_DONE;
	if (now < old)
		return roster_refuse(x->q,
		    "version %lld is older than version %lld, which is here; "
		    "export it anew at the kiosk; nothing was changed",
		    now, old);
	if (str_eq(buf_view(&x->old_text), x->text))
		return EXIT_LATER;
	return roster_refuse(x->q,
	    "another file is here with the same version %lld; export it anew "
	    "at the kiosk; nothing was changed",
	    now);
}

/* Secrets, root, journal, roster: what stands last makes the others count. */
static int take(struct taking *x, const struct keys *k, struct err *e)
{
	char text[96], print[ROSTER_FINGERPRINT_TEXT];
	struct buf b;
	int r;

	roster_fingerprint(x->now.root, print);
	buf_init(&b, text, sizeof(text));
	buf_fmt(&b, "roster taken, signed by %s", print);
	r = keys_save(x->keys_file, k, e);
	if (r == 0 && !x->pinned)
		r = roster_root_save(x->root_file, x->now.root, e);
	if (r == 0)
		r = roster_note(x->q, x->now.roster.version, buf_cstr(&b), e);
	return r < 0 ? r : roster_file_save(x->roster_file, x->text, e);
}

static bool is_listed(const struct taking *x)
{
	for (size_t i = 0; i < x->now.roster.count; i++)
		if (x->now.roster.item[i].live &&
		    x->now.roster.item[i].role == ROSTER_GATE &&
		    strcmp(x->now.roster.item[i].name,
			x->q->office->config.terminal_id) == 0)
			return true;
	return false;
}

static void say(const struct taking *x, bool boxed, bool opened)
{
	struct question *q = x->q;
	const char *name = q->office->config.terminal_id;

	buf_fmt(q->out, "roster: version %lld is taken, %u devices and keys\n",
	    (long long)x->now.roster.version, x->now.roster.count);
	if (opened)
		buf_text(q->out,
		    "roster: tickets, short codes and booking codes can be "
		    "judged\n");
	else
		buf_fmt(q->out,
		    "roster: tickets can be judged; short codes and booking "
		    "codes cannot: %s %s; roster export FILE here, import that "
		    "at the kiosk, and bring its next export\n",
		    boxed ? "the secrets in it are for another key of"
			  : "it brings no secrets for",
		    name);
	if (!is_listed(x))
		buf_fmt(q->out, "roster: %s is not among its gates\n", name);
}

/* What was imported under the key before fits no code from now on. */
static void say_unreadable(struct question *q)
{
	int64_t rows = 0;
	struct err unused;

	if (cache_count(q->stores->cache, &rows, &unused) == 0 && rows > 0)
		buf_fmt(q->out,
		    "roster: the office's key is new here, and the %lld "
		    "bookings that were imported before fit no code; import "
		    "them again\n",
		    (long long)rows);
}

static int take_all(struct taking *x)
{
	const struct roster_sealed *s = roster_sealed_for(&x->now,
	    x->q->office->config.terminal_id);
	struct keys k = x->q->stores->keys;
	bool opened = s != NULL && roster_unseal(&k, s->box, x->now.root);
	bool new_key = sodium_memcmp(k.office.bytes,
			   x->q->stores->keys.office.bytes, KEY_BYTES) != 0;
	struct err e = {0};
	int r = take(x, &k, &e);

	if (r == 0)
		x->q->stores->keys = k;
	if (r == 0)
		say(x, s != NULL, opened || keys_secrets_of(&k, x->now.root));
	if (r == 0 && new_key)
		say_unreadable(x->q);
	keys_fini(&k);
	if (r < 0)
		return question_failed(x->q, &e);
	roster_changed(x->q);
	return s != NULL && !opened ? EXIT_REFUSED : EXIT_DONE;
}

int roster_gate_import(struct question *q, struct str text)
{
	static struct taking x;
	struct err e = {0};
	int code;

	memset(&x, 0, sizeof(x));
	x.q = q;
	x.text = text;
	if (roster_text_parse(text, &x.now, &e) < 0)
		return roster_refuse(q, "%.*s: %.200s; nothing was changed",
		    (int)q->word[ROSTER_WORD_FILE].len,
		    q->word[ROSTER_WORD_FILE].ptr, e.text);
	if (find_old(&x, &e) < 0)
		return question_failed(q, &e);
	code = check_root(&x);
	if (code == EXIT_DONE)
		code = check_version(&x);
	if (code == EXIT_LATER) {
		buf_fmt(q->out, "roster: version %lld is taken already\n",
		    (long long)x.now.roster.version);
		return EXIT_DONE;
	}
	return code == EXIT_DONE ? take_all(&x) : code;
}
