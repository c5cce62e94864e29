/* The roster at a kiosk: which gates get its keys, and which keys count. */
#include "roster_ctl.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "firmware/app/clock.h"
#include "commands.h"
#include "firmware/store/roster_file.h"

static int load_gates(const struct question *q, char path[256],
    struct gates *out, struct err *e)
{
	int r = roster_path(q, "gates", path, e);

	return r < 0 ? r : gates_load(path, out, e);
}

/* ---- a gate's request ---- */

static int check_request(struct question *q, const struct roster_request *x)
{
	const struct config *c = &q->office->config;

	if (x->office != c->office)
		return roster_refuse(q,
		    "the request is of office %lu, this kiosk is of office %lu",
		    (unsigned long)x->office, (unsigned long)c->office);
	if (strcmp(x->name, c->terminal_id) == 0)
		return roster_refuse(q,
		    "the gate is called %s like this kiosk; change its "
		    "terminal.id",
		    x->name);
	return EXIT_DONE;
}

/* A person compared the fingerprint, or is told to. */
static int compare(struct question *q, const struct roster_request *x)
{
	char print[ROSTER_FINGERPRINT_TEXT];

	roster_fingerprint(x->key, print);
	if (q->words <= ROSTER_WORD_PRINT)
		return roster_refuse(q,
		    "%s asks for the office's keys; its fingerprint is\n"
		    "  %s\n"
		    "Compare it with what `karcis-ctl roster show` says at "
		    "that gate.\nIs it the same, give it behind the file's "
		    "name; nothing was changed",
		    x->name, print);
	switch (roster_fingerprint_match(q->word[ROSTER_WORD_PRINT], x->key)) {
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
	    "the fingerprint is another one: the request was signed by\n"
	    "  %s\nSomebody may have changed the file on its way; nothing was "
	    "changed",
	    print);
}

static int keep_gate(struct question *q, const char *path, struct gates *g,
    const struct roster_request *x, struct err *e)
{
	char text[96];
	struct buf b;
	int r = gates_add(g, x, e);

	if (r < 0)
		return r;
	buf_init(&b, text, sizeof(text));
	buf_fmt(&b, "gate added: %s", x->name);
	r = roster_note(q, gates_find(g, str_from(x->name))->device,
	    buf_cstr(&b), e);
	return r < 0 ? r : gates_save(path, g, e);
}

int roster_kiosk_import(struct question *q, struct str text)
{
	static struct gates gates;
	const struct gates_item *known;
	struct roster_request x;
	struct err e = {0};
	char path[256];
	int code;

	if (roster_request_parse(text, &x, &e) < 0)
		return roster_refuse(q, "%.*s: %.200s; nothing was changed",
		    (int)q->word[ROSTER_WORD_FILE].len,
		    q->word[ROSTER_WORD_FILE].ptr, e.text);
	code = check_request(q, &x);
	if (code != EXIT_DONE)
		return code;
	if (load_gates(q, path, &gates, &e) < 0)
		return question_failed(q, &e);
	known = gates_find(&gates, str_from(x.name));
	if (known != NULL && known->live &&
	    memcmp(known->key, x.key, sizeof(x.key)) == 0) {
		buf_fmt(q->out, "roster: %s is known already\n", x.name);
		return EXIT_DONE;
	}
	code = compare(q, &x);
	if (code != EXIT_DONE)
		return code;
	if (keep_gate(q, path, &gates, &x, &e) < 0)
		return question_failed(q, &e);
	buf_fmt(q->out,
	    "roster: %s is added; now roster export FILE, and import that at "
	    "each gate\n",
	    x.name);
	return EXIT_DONE;
}

int roster_kiosk_remove(struct question *q)
{
	static struct gates gates;
	char path[256], text[96];
	struct err e = {0};
	struct buf b;

	if (load_gates(q, path, &gates, &e) < 0)
		return question_failed(q, &e);
	if (!gates_remove(&gates, q->word[2]))
		return roster_refuse(q,
		    "there is no gate %.*s; see roster "
		    "show",
		    (int)(q->word[2].len > CLAIM_NAME ? CLAIM_NAME
						      : q->word[2].len),
		    q->word[2].ptr);
	buf_init(&b, text, sizeof(text));
	buf_text(&b, "gate removed: ");
	buf_str(&b, q->word[2]);
	if (roster_note(q, gates_find(&gates, q->word[2])->device, buf_cstr(&b),
		&e) < 0 ||
	    gates_save(path, &gates, &e) < 0)
		return question_failed(q, &e);
	buf_fmt(q->out,
	    "roster: %.*s is removed; it keeps the keys it has, so rekey too "
	    "where it was stolen; now roster export FILE for the others\n",
	    (int)q->word[2].len, q->word[2].ptr);
	return EXIT_DONE;
}

/* ---- the roster itself ---- */

static int seal_all(const struct question *q, const struct gates *g,
    struct roster_text *t, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < g->count; i++) {
		struct roster_sealed *s = &t->sealed[t->sealed_count];

		if (!g->item[i].live)
			continue;
		memcpy(s->name, g->item[i].name, sizeof(s->name));
		r = roster_seal(&q->stores->keys, g->item[i].key, s->box, e);
		t->sealed_count++;
	}
	return r;
}

/* The entry of the export gives the version: it only goes up, and it is in
 * the journal before the file is anywhere. */
static int draw_version(const struct question *q, const struct gates *g,
    int64_t *version, struct err *e)
{
	struct audit_hash hash;
	uint64_t n = 0;
	int64_t live = 0;
	int r;

	for (size_t i = 0; i < g->count; i++)
		live += g->item[i].live;
	r = roster_note(q, live, "roster exported", e);
	if (r == 0)
		journal_head(q->stores->journal, &n, &hash);
	*version = (int64_t)n;
	return r;
}

static int write_roster(const struct question *q, const struct gates *g,
    struct roster_text *t, struct err *e)
{
	static uint8_t storage[ROSTER_TEXT_MAX];
	const struct config *c = &q->office->config;
	const struct keys *k = &q->stores->keys;
	char path[256];
	int64_t version = 0;
	struct buf b;
	int r;

	memset(t, 0, sizeof(*t));
	r = roster_path(q, "roster", path, e);
	if (r == 0)
		r = draw_version(q, g, &version, e);
	if (r < 0)
		return r;
	t->office = c->office;
	t->made_s = clock_wall_s();
	roster_of_kiosk(k, c->terminal_id,
	    (uint8_t)(c->terminal_letter - 'A' + 1), g, &t->roster);
	t->roster.version = version;
	r = seal_all(q, g, t, e);
	buf_init(&b, storage, sizeof(storage));
	if (r == 0)
		r = roster_text_build(t, k->audit_secret, &b, e);
	return r < 0 ? r : roster_file_save(path, buf_view(&b), e);
}

int roster_kiosk_export(struct question *q)
{
	static struct roster_text t;
	static struct gates gates;
	char path[256], print[ROSTER_FINGERPRINT_TEXT];
	struct err e = {0};

	if (load_gates(q, path, &gates, &e) < 0 ||
	    write_roster(q, &gates, &t, &e) < 0)
		return question_failed(q, &e);
	roster_changed(q);
	roster_fingerprint(q->stores->keys.audit_public, print);
	buf_fmt(q->out, "roster: version %lld, with secrets for",
	    (long long)t.roster.version);
	for (size_t i = 0; i < t.sealed_count; i++)
		buf_fmt(q->out, "%s %s", i == 0 ? "" : ",", t.sealed[i].name);
	buf_fmt(q->out, "%s\nroster: signed by %s\n",
	    t.sealed_count == 0 ? " no gate; see roster import" : "", print);
	return EXIT_DONE;
}

/* ---- keys ---- */

static int save_keys(const struct question *q, struct err *e)
{
	char path[256];
	int r = roster_path(q, "keys", path, e);

	return r < 0 ? r : keys_save(path, &q->stores->keys, e);
}

static int revoke(struct question *q, uint16_t key_id)
{
	struct keys before = q->stores->keys;
	struct err e = {0};
	int r;

	switch (keys_revoke(&q->stores->keys, key_id)) {
	case KEYS_REVOKED:
		r = roster_note(q, key_id, "ticket key revoked", &e);
		if (r == 0)
			r = save_keys(q, &e);
		if (r < 0)
			q->stores->keys = before;
		keys_fini(&before);
		if (r < 0)
			return question_failed(q, &e);
		buf_fmt(q->out,
		    "roster: key %u is revoked; now roster export FILE, and "
		    "import that at each gate\n",
		    key_id);
		roster_changed(q);
		return EXIT_DONE;
	case KEYS_REVOKED_BEFORE:
		keys_fini(&before);
		buf_fmt(q->out, "roster: key %u is revoked already\n", key_id);
		return EXIT_DONE;
	case KEYS_REVOKE_PRESENT:
		keys_fini(&before);
		return roster_refuse(q,
		    "key %u signs today's tickets; first rekey, then revoke it",
		    key_id);
	case KEYS_REVOKE_UNSET:
	case KEYS_REVOKE_UNKNOWN:
		break;
	}
	keys_fini(&before);
	return roster_refuse(q, "there is no key %u here; see roster show",
	    key_id);
}

int roster_kiosk_revoke(struct question *q)
{
	int64_t id;

	if (!str_number(q->word[2], 1, UINT16_MAX, &id))
		return roster_refuse(q,
		    "a key id is a number from 1 to 65535; see roster show");
	return revoke(q, (uint16_t)id);
}
