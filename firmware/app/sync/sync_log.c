/* This terminal's audit chain into the hub's log, and whether the log holds
 * what it held before. */
#include "sync_inner.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "firmware/core/log_check.h"

#define NEVER INT64_MAX

/* Static: one sync a process works at a time, and it is 12 KB. */
static struct client_log came;

static void trouble(struct sync *s, const struct err *e)
{
	sync_say(s, true, "%s", e->text);
}

/* What the checkpoint that is known here says, whoever signed it: it was
 * judged before it was kept. */
static struct checkpoint kept(const struct sync *s)
{
	struct str note = str_from(s->log.note);
	const char *end = strstr(s->log.note, "\n\n");
	struct checkpoint c;

	if (end != NULL)
		note = str_cut(note, 0, (size_t)(end - note.ptr) + 1);
	if (!checkpoint_parse(note, &c))
		memset(&c, 0, sizeof(c));
	return c;
}

/* What the checkpoint that is known here says; 0 = none, or of another key. */
static uint64_t known_size(const struct sync *s, struct checkpoint *out)
{
	struct note_key key;
	struct str text;

	memset(out, 0, sizeof(*out));
	if (!note_vkey_parse(str_from(s->roster.log_key), &key) ||
	    !note_open(str_from(s->log.note), &key, &text) ||
	    !checkpoint_parse(text, out))
		return 0;
	return out->size;
}

static uint64_t newest(const struct sync *s)
{
	struct audit_hash hash;
	uint64_t n;

	journal_head(s->o.journal, &n, &hash);
	return n;
}

/* What the store says of the log is no entry, and nobody signs it. Where it
 * makes no sense the log is told everything again. */
static int read_logged(struct sync *s, struct err *e)
{
	int r = journal_logged(s->o.journal, &s->log.logged, s->log.note, e);

	if (r == 0 && s->log.logged > newest(s))
		r = err_set(e, -EUCLEAN,
		    "journal: what the hub's log holds is damaged");
	if (r != -EUCLEAN)
		return r;
	trouble(s, e);
	s->log.logged = 0;
	s->log.note[0] = '\0';
	return journal_set_logged(s->o.journal, 0, str_from(""), e);
}

static bool know(struct sync *s, int64_t mono_ms)
{
	struct checkpoint known;
	struct err e = {0};

	if (s->log.known)
		return true;
	if (read_logged(s, &e) < 0) {
		trouble(s, &e);
		s->log.next_ms = mono_ms + LOG_MS;
		return false;
	}
	s->log.size = known_size(s, &known);
	s->log.known = true;
	return true;
}

int64_t sync_log_deadline_ms(const struct sync *s)
{
	/* Until the roster came there is no key to judge the log by. */
	if (s->roster.log_key[0] == '\0' ||
	    (s->log.known && s->log.logged >= newest(s)))
		return NEVER;
	return s->log.next_ms;
}

bool sync_log_next(struct sync *s, int64_t mono_ms, struct buf *body)
{
	struct client_audit a = {.entries = s->log.entry};
	uint8_t signature[64];
	struct err e = {0};
	int r;

	if (s->roster.log_key[0] == '\0' || mono_ms < s->log.next_ms ||
	    !know(s, mono_ms) || s->log.logged >= newest(s))
		return false;
	s->log.next_ms = mono_ms + LOG_MS;
	r = journal_chain(s->o.journal, s->log.logged + 1, s->log.entry,
	    LOG_BATCH, &s->log.n, &e);
	if (r == 0)
		r = journal_signed_head(s->o.journal, &a.head_n, &a.head,
		    signature, &e);
	if (r < 0) {
		trouble(s, &e);
		return false;
	}
	a.audit_key = journal_audit_public(s->o.journal);
	a.n = s->log.n;
	a.signature = signature;
	a.tree = s->log.size;
	client_audit_body(body, &a);
	return s->log.n > 0;
}

/* For staff and for the chain, once while it lasts. */
static void suspect(struct sync *s, uint64_t n, const char *what, int64_t now_s)
{
	struct err e = {0};

	if (s->log.bad)
		return;
	s->log.bad = true;
	sync_say(s, true, "hub: %s", what);
	if (journal_note(s->o.journal, now_s, AUDIT_LOG, (int64_t)n,
		str_from(what), &e) < 0)
		trouble(s, &e);
}

static int set_logged(struct sync *s, uint64_t n, const char *note,
    struct err *e)
{
	struct checkpoint known;
	int r = journal_set_logged(s->o.journal, n, str_from(note), e);

	if (r < 0)
		return r;
	s->log.logged = n;
	if (note != s->log.note)
		memcpy(s->log.note, note, strlen(note) + 1);
	s->log.size = known_size(s, &known);
	return 0;
}

/* The tree that was known here has no successor: its size and root stay in
 * the chain as evidence, and the log is told everything again. */
static void put_back(struct sync *s, const char *how, int64_t now_s,
    struct err *e)
{
	struct checkpoint known = kept(s);
	char what[192], root[2 * MERKLE_BYTES + 1];
	struct buf b;

	wire_hex(known.root.bytes, sizeof(known.root.bytes), root);
	buf_init(&b, what, sizeof(what));
	buf_fmt(&b, "its log %s; it had %" PRIu64 " entries, root %s", how,
	    known.size, root);
	s->log.bad = false;
	suspect(s, 0, buf_cstr(&b), now_s);
	s->log.bad = false;
	if (set_logged(s, 0, "", e) < 0)
		trouble(s, e);
}

/* The entry of ours that its proof is about: the last that was sent, or a
 * later one where the hub knew more of the chain than this terminal thought. */
static int find_taken(struct sync *s, uint64_t taken, struct log_entry *out,
    struct err *e)
{
	size_t n = 0;
	int r = 0;

	if (s->log.n > 0 && taken == s->log.entry[s->log.n - 1].n) {
		*out = s->log.entry[s->log.n - 1];
		n = 1;
	} else if (s->log.n > 0 && taken > s->log.entry[s->log.n - 1].n) {
		r = journal_chain(s->o.journal, taken, out, 1, &n, e);
	}
	if (r == 0 && (n != 1 || out->n != taken))
		return err_set(e, -EBADMSG,
		    "hub: it took other entries than were sent");
	out->office = s->enrolment.office;
	out->device = s->enrolment.device;
	return r;
}

/* What does not follow on the log that was known was put back, or changed:
 * either way nothing else will ever follow on that one. */
static void does_not_fit(struct sync *s, enum log_answer answer, uint64_t n,
    int64_t now_s, struct err *e)
{
	struct checkpoint known;
	char what[160];
	struct buf b;

	if (answer == LOG_NOT_CONSISTENT && known_size(s, &known) == 0) {
		put_back(s, "has another key or name", now_s, e);
	} else if (answer == LOG_NOT_CONSISTENT) {
		put_back(s, "does not begin with what it held before", now_s,
		    e);
	} else {
		buf_init(&b, what, sizeof(what));
		buf_fmt(&b, "its log does not fit: %s",
		    log_answer_words(answer));
		suspect(s, n, buf_cstr(&b), now_s);
	}
}

int sync_log_came(struct sync *s, struct str body, int64_t now_s,
    int64_t mono_ms, struct err *e)
{
	struct log_entry last;
	struct log_question q = {.log_key = str_from(s->roster.log_key),
	    .office = s->enrolment.office,
	    .known = str_from(s->log.note),
	    .entry = &last};
	enum log_answer answer;
	int r = client_log(body, &came, e);

	if (r == 0)
		r = find_taken(s, came.taken, &last, e);
	if (r < 0)
		return r;
	q.note = str_from(came.checkpoint);
	q.index = came.index;
	q.inclusion = came.inclusion;
	q.inclusions = came.inclusions;
	q.consistency = came.consistency;
	q.consistencies = came.consistencies;
	answer = log_check(&q);
	if (answer != LOG_AGREES) {
		does_not_fit(s, answer, last.n, now_s, e);
		s->log.next_ms = mono_ms + REFUSED_MS;
		return 0;
	}
	s->log.bad = false;
	r = set_logged(s, came.taken, came.checkpoint, e);
	/* More than one piece: the rest need not wait for long. But when all
	 * terminals have all to tell, after an update, visitors' questions
	 * must find the hub's store free (a piece takes it about 20 ms). */
	if (r == 0 && newest(s) >= s->log.logged + LOG_BATCH)
		s->log.next_ms = mono_ms + LOG_MORE_MS;
	return r;
}

void sync_log_refused(struct sync *s, int status, const struct client_error *x,
    int64_t now_s, int64_t mono_ms)
{
	struct err e = {0};
	char what[192];
	struct buf b;

	s->log.next_ms = mono_ms + LOG_MS;
	if (status == 409 && strcmp(x->word, "gap") == 0 &&
	    x->n < s->log.logged) {
		/* A hub that was put back, or this terminal enrolled anew. One
		 * that claims to hold more than it was sent does not get out
		 * of being sent it. */
		if (set_logged(s, x->n, s->log.note, &e) < 0)
			trouble(s, &e);
		s->log.next_ms = mono_ms;
	} else if (status == 409 && strcmp(x->word, "history") == 0 &&
	    s->log.size > 0) {
		put_back(s, "was put back", now_s, &e);
		s->log.next_ms = mono_ms;
	} else if (status == 409 && strcmp(x->word, "fork") == 0) {
		buf_init(&b, what, sizeof(what));
		buf_fmt(&b,
		    "its log holds another entry %" PRIu64 " of this terminal, "
		    "whose journal was put back or changed; once that is "
		    "explained, enrol it again",
		    x->n);
		suspect(s, x->n, buf_cstr(&b), now_s);
		s->log.next_ms = mono_ms + REFUSED_MS;
	} else {
		sync_say(s, true, "hub: %d %s: %s", status, x->word, x->detail);
		s->log.next_ms = mono_ms + REFUSED_MS;
	}
}
