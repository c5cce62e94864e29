#include "claiming.h"

#include <errno.h>
#include <string.h>

int claiming_request(const struct session *s, const struct services *services,
    struct civil_now local, int64_t now_s, struct admit_request *out,
    struct err *e)
{
	const struct booking *b = &s->facts.booking;
	struct ticket ticket;

	memset(out, 0, sizeof(*out));
	if (!issue_ticket(&s->decision, b, services, local, &ticket))
		return err_set(e, -EINVAL,
		    "check-in: the services file has no "
		    "letter for service %u, class %u",
		    b->service, b->booking_class);
	out->op_id = journal_op_id();
	out->time_s = now_s;
	out->booking = s->hash;
	out->day = ticket.day;
	out->letter = ticket.letter;
	out->service = ticket.service;
	out->slot_min = ticket.slot_min;
	out->window_min = ticket.window_min;
	out->type = ticket.type;
	out->flags = ticket.flags;
	out->companions = ticket.companions;
	out->booking_class = b->booking_class;
	out->verdict = s->decision.verdict;
	return 0;
}

/* Asked before and not finished: the same question again. */
static bool take_up_intent(struct claiming *c)
{
	struct admit_request intent;

	if (journal_intent(c->journal, &c->asked.booking, c->asked.day, &intent,
		NULL) != 0)
		return false;
	c->asked.op_id = intent.op_id;
	return true;
}

static enum claiming_step ask(struct claiming *c, int64_t mono_ms)
{
	c->asking = true;
	sync_ask(c->sync, &c->asked, mono_ms);
	return CLAIMING_WAIT;
}

static void name(const char *terminal, char out[CHECKIN_TERMINAL])
{
	if (!str_copy(out, CHECKIN_TERMINAL, str_from(terminal)))
		out[0] = '\0';
}

/* The hub is asked only when the admission will fit on the disk: one that it
 * holds and nobody got would turn the visitor away everywhere. */
static int begin_asking(struct claiming *c, struct err *e)
{
	struct err other;
	int r = journal_intend(c->journal, &c->asked, e);

	if (r < 0)
		return r;
	r = journal_fits(c->journal, &c->asked, e);
	/* One that can't be dropped is not asked while the disk is full. */
	if (r < 0 &&
	    journal_intent_drop(c->journal, &c->asked.op_id, &other) < 0)
		return r;
	return r;
}

enum claiming_step claiming_begin(struct claiming *c,
    const struct admit_request *request, int64_t mono_ms,
    struct claiming_word *word, struct err *e)
{
	const struct roster_device *home;
	bool up = sync_judges(c->sync, mono_ms);

	memset(word, 0, sizeof(*word));
	c->asked = *request;
	if (take_up_intent(c)) /* asked once: never refused for no answer */
		return up ? ask(c, mono_ms) : CLAIMING_ADMIT;
	if (up)
		return begin_asking(c, e) < 0 ? CLAIMING_FAILED
					      : ask(c, mono_ms);
	home = sync_elsewhere(c->sync, &request->booking);
	if (home == NULL)
		return CLAIMING_ADMIT;
	word->elsewhere = true;
	name(home->name, word->terminal);
	return CLAIMING_JUDGE;
}

static bool refuses(enum claim_answer a)
{
	switch (a) {
	case CLAIM_USED:
	case CLAIM_CANCELLED:
	case CLAIM_RESCHEDULED:
	case CLAIM_BLOCKED:
	case CLAIM_REVOKED:
	case CLAIM_UNKNOWN:
		return true;
	case CLAIM_ADMITTED:
	case CLAIM_UNSET: /* what can't be read is no answer */
	case CLAIM_GRANTED:
	case CLAIM_BAD:
	case CLAIM_UNSUPPORTED:
	case CLAIM_ANSWERS:
		return false;
	}
	return false;
}

/* While the hub kept silent its feed may have spoken: of a cancellation, or of
 * an admission elsewhere. 1: nothing of the kind; 0: it did; or -errno. */
static int still_good(struct claiming *c, struct err *e)
{
	struct feed_admission a;
	struct booking b;
	int r;

	if (c->asked.booking_class == CLASS_WALK_IN)
		return 1;
	r = cache_find(c->cache, &c->asked.booking, &b, e);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (b.status != BOOKING_CONFIRMED || b.day != c->asked.day)
		return 0;
	r = cache_find_admission(c->cache, &c->asked.booking, c->asked.day, &a,
	    e);
	if (r < 0)
		return r == -ENOENT ? 1 : r;
	return memcmp(&a.op_id, &c->asked.op_id, sizeof(a.op_id)) == 0;
}

/* Never refused for lack of an answer, but for what is known by now. */
static enum claiming_step no_answer(struct claiming *c, struct err *e)
{
	int r = still_good(c, e);

	if (r != 0)
		return r < 0 ? CLAIMING_FAILED : CLAIMING_ADMIT;
	return journal_intent_drop(c->journal, &c->asked.op_id, e) < 0
	    ? CLAIMING_FAILED
	    : CLAIMING_JUDGE;
}

enum claiming_step claiming_go_on(struct claiming *c, int64_t mono_ms,
    struct claiming_word *word, struct err *e)
{
	struct client_answer a;
	enum sync_ask asked;

	memset(word, 0, sizeof(*word));
	if (!c->asking)
		return CLAIMING_IDLE;
	asked = sync_asked(c->sync, mono_ms, &a);
	if (asked == SYNC_ASK_WAITING)
		return CLAIMING_WAIT;
	c->asking = false;
	/* The hub closed this terminal meanwhile: fresh facts say so. */
	if (sync_state(c->sync) != SYNC_SERVING)
		return CLAIMING_JUDGE;
	if (asked == SYNC_ASK_ANSWERED && a.answer == CLAIM_ADMITTED)
		return CLAIMING_ADMIT;
	if (asked != SYNC_ASK_ANSWERED || !refuses(a.answer))
		return no_answer(c, e);
	if (journal_intent_drop(c->journal, &c->asked.op_id, e) < 0)
		return CLAIMING_FAILED;
	word->answer = a.answer;
	word->by = a.by;
	return CLAIMING_JUDGE;
}

/* Used at another terminal: no copy of it can be printed here. */
static void used_there(const struct claim_by *by, struct checkin_facts *f)
{
	f->usage.used = true;
	f->usage.used_s = by->time_s;
	f->usage.letter = by->letter;
	f->usage.number = by->number;
	f->usage.last_print_proven = true;
	name(by->terminal, f->terminal);
}

void claiming_put(const struct claiming_word *word, struct checkin_facts *f)
{
	static const enum booking_status status[CLAIM_ANSWERS] = {
	    [CLAIM_CANCELLED] = BOOKING_CANCELLED,
	    [CLAIM_RESCHEDULED] = BOOKING_RESCHEDULED,
	    [CLAIM_BLOCKED] = BOOKING_BLOCKED,
	    [CLAIM_REVOKED] = BOOKING_REVOKED,
	};

	if (word->elsewhere) {
		f->elsewhere = true;
		name(word->terminal, f->terminal);
	} else if (word->answer == CLAIM_USED) {
		used_there(&word->by, f);
	} else if (word->answer == CLAIM_UNKNOWN) {
		f->found = false;
	} else if (status[word->answer] != BOOKING_UNSET) {
		f->booking.status = (uint8_t)status[word->answer];
	}
}

/* True when the op is an intent of this terminal: its own question, that a
 * crash kept from being finished. */
static bool is_own_intent(struct claiming *c, const struct code_hash *booking,
    const struct op_id *op_id, int32_t day)
{
	struct admit_request intent;

	return journal_intent(c->journal, booking, day, &intent, NULL) == 0 &&
	    memcmp(&intent.op_id, op_id, sizeof(*op_id)) == 0;
}

int claiming_facts(struct claiming *c, const struct code_hash *booking,
    int64_t now_s, int64_t mono_ms, struct checkin_facts *f, struct err *e)
{
	int32_t day = civil_local(now_s, c->offset_s).day;
	struct feed_admission a;
	struct claim_by by = {0};
	int r;

	f->last_sync_s = sync_data_s(c->sync, now_s, mono_ms);
	if (f->usage.used)
		return 0;
	r = cache_find_admission(c->cache, booking, day, &a, e);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (is_own_intent(c, booking, &a.op_id, day))
		return 0;
	by.letter = a.letter;
	by.number = a.number;
	by.time_s = a.time_s;
	name(sync_device_name(c->sync, a.device), by.terminal);
	used_there(&by, f);
	return 0;
}
