#include "ticket_ctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "firmware/app/clock.h"
#include "commands.h"
#include "ctl.h"
#include "firmware/core/gate.h"
#include "firmware/app/office_roster.h"

/* Why a ticket is none. */
static const char *why(enum gate_verdict v)
{
	switch (v) {
	case GATE_FORM:
		return "not the text of a ticket";
	case GATE_VERSION:
		return "a version this program does not know";
	case GATE_KEY:
		return "its key is not known here";
	case GATE_KEY_DATE:
		return "its key was not valid on its day";
	case GATE_KEY_REVOKED:
		return "its key is revoked";
	case GATE_SIGNATURE:
		return "the signature does not fit: forged, damaged, or of "
		       "another office";
	case GATE_UNSET:
	case GATE_OPEN:
	case GATE_OPEN_OUT:
	case GATE_WAIT:
	case GATE_WAIT_STANDBY:
	case GATE_STORAGE:
	case GATE_CLOCK:
	case GATE_NO_KEYS:
	case GATE_OTHER_DAY:
	case GATE_OVER:
	case GATE_USED:
	case GATE_NOT_INSIDE:
	case GATE_OTHER_GATE:
	case GATE_SHORT:
	case GATE_SHORT_WAIT:
	case GATE_CODE:
	case GATE_NEED_TICKET:
	case GATE_VERDICTS:
		break;
	}
	return "not judged";
}

/* Under a hub the roster is in the cache, which a running terminal keeps to
 * itself: then this terminal's own keys are known. */
static int read_roster(const struct office *o, const struct keys *k,
    struct roster *out, struct err *e)
{
	struct stores s = {.lock = -1};
	int r;

	memset(out, 0, sizeof(*out));
	if (o->config.hub_url[0] == '\0')
		return office_roster(o, k, NULL, out, e);
	r = stores_open(o, &s, e);
	if (r == 0) {
		r = office_roster(o, k, s.cache, out, e);
		stores_close(&s);
	}
	if (r < 0)
		fprintf(stderr,
		    "karcis-ctl: %s; only this terminal's own keys are "
		    "known\n",
		    e->text);
	return 0;
}

static struct gate_ticket judge(const struct office *o,
    const struct roster *roster, struct str digits)
{
	struct gate_rules rules = {
	    /* No floor: a ticket is judged here by whatever clock there is. */
	    .checkin = config_rules(&o->config, 0),
	    .roster = roster,
	    .accept = ACCEPT_TICKETS,
	    .way = WAY_IN,
	    .early_minutes = o->config.gate_early_minutes,
	};

	return gate_check_ticket(&rules, digits, clock_wall_s());
}

/* What the hub's roster does not know, this terminal's own keys may. */
static struct gate_ticket judge_all(const struct office *o,
    const struct keys *k, const struct roster *known, struct str digits)
{
	static struct roster own;
	struct gate_ticket t = {0};

	if (known->version != 0)
		t = judge(o, known, digits);
	if (o->config.hub_url[0] == '\0' ||
	    (known->version != 0 && t.verdict != GATE_KEY))
		return t;
	roster_of_kiosk(k, o->config.terminal_id, 1, NULL, &own);
	own.version = 1;
	return judge(o, &own, digits);
}

static void print_ticket(const struct ticket *t)
{
	struct civil_date d = civil_date(t->day);
	unsigned until = t->slot_min + t->window_min;
	char label[8];

	ticket_label(t->letter, t->number, label);
	printf("label: %s\nday: %04d-%02d-%02d\nservice: %u\n", label, d.year,
	    d.month, d.day, t->service);
	printf("slot: %02u:%02u\nuntil: %02u:%02u\nkey: %u\nseq: %u\n"
	       "flags: %u\ncompanions: %u\n",
	    t->slot_min / 60U, t->slot_min % 60U, until / 60, until % 60,
	    t->key_id, t->seq, t->flags, t->companions);
}

/* What stands in a claim of nobody knows whom is not printed as a fact. */
static int say(const struct gate_ticket *t)
{
	if (!gate_proven(t->verdict)) {
		printf("ticket: %s: %s\n", gate_verdict_name(t->verdict),
		    why(t->verdict));
		return EXIT_REFUSED;
	}
	puts("ticket: valid");
	print_ticket(&t->ticket);
	printf("gate: %s",
	    gate_verdict_name(
		t->verdict == GATE_UNSET ? GATE_OPEN : t->verdict));
	if (t->verdict == GATE_WAIT)
		printf(" until %02d:%02d", t->from_min / 60, t->from_min % 60);
	puts(t->verdict == GATE_UNSET ? ", if it was not used" : "");
	return EXIT_DONE;
}

static int verify(const struct office *o, const char *digits, struct err *e)
{
	static struct roster roster;
	struct gate_ticket t;
	struct keys k;
	char path[256];
	int r;

	if (!office_path(o, "keys", path)) {
		err_set(e, -ENAMETOOLONG, "terminal.state: too long");
		return ctl_fail(e);
	}
	r = keys_load(path, &k, e);
	if (r == 0)
		r = read_roster(o, &k, &roster, e);
	if (r == 0 && roster.version == 0 && o->config.hub_url[0] == '\0')
		r = err_set(e, -ENOKEY,
		    "ticket: this gate has no keys yet; see roster import");
	if (r == 0)
		t = judge_all(o, &k, &roster, str_from(digits));
	keys_fini(&k);
	return r < 0 ? ctl_fail(e) : say(&t);
}

int ticket_ctl_run(const char *config, int argc, char **argv)
{
	static struct office office;
	struct err e = {0};

	if (argc != 3 || strcmp(argv[1], "verify") != 0) {
		err_set(&e, -EINVAL, "ticket: say ticket verify DIGITS");
		return ctl_fail(&e);
	}
	if (office_load(config, &office, &e) < 0)
		return ctl_fail(&e);
	return verify(&office, argv[2], &e);
}
