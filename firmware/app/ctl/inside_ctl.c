#include "inside_ctl.h"

#include <errno.h>
#include <string.h>

#include "firmware/app/clock.h"
#include "commands.h"
#include "firmware/store/officers.h"
#include "firmware/app/gate/gatehouse.h"
#include "firmware/app/office_roster.h"
#include "firmware/app/terminal.h"

/* As the running gate sees it, or as the stores hold it. */
static int load(const struct question *q, struct inside **own,
    const struct inside **out, struct err *e)
{
	const struct stores *s = q->stores;
	int32_t day = civil_local(clock_wall_s(), q->office->config.offset_s)
			  .day;
	uint32_t device = s->enrolled ? s->enrolment.device : 0;
	int r;

	*own = NULL;
	if (q->terminal != NULL && q->terminal->gate != NULL &&
	    inside_day(q->terminal->gate->inside) == day) {
		*out = q->terminal->gate->inside;
		return 0;
	}
	r = inside_open(own, e);
	if (r == 0)
		r = inside_load(*own, s->journal, s->cache, day, device, e);
	*out = *own;
	return r;
}

static json_t *row_object(const struct question *q,
    const struct gate_inside *row)
{
	char label[8] = "-", at[8];
	struct buf b;

	if (row->letter != 0)
		ticket_label(row->letter, row->number, label);
	buf_init(&b, at, sizeof(at) - 1);
	text_minute(civil_local(row->time_s, q->office->config.offset_s).minute,
	    &b);
	return json_pack("{s:s, s:s, s:i}", "number", label, "at", buf_cstr(&b),
	    "persons", (int)row->persons);
}

int inside_answer(struct question *q)
{
	const struct inside *in = NULL;
	const struct gate_inside *row;
	struct inside *own = NULL;
	json_t *list, *o;
	struct err e = {0};
	size_t n = 0;

	if (q->words > 2 || (q->words == 2 && !question_has(q, "--json"))) {
		err_set(&e, -EINVAL, "inside: say inside [--json]");
		return question_failed(q, &e);
	}
	if (load(q, &own, &in, &e) < 0) {
		inside_close(own);
		return question_failed(q, &e);
	}
	list = json_array();
	row = inside_rows(in, &n);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, row_object(q, &row[i]));
	o = json_object();
	json_object_set_new(o, "inside", list);
	json_object_set_new(o, "persons", json_integer(inside_persons(in)));
	inside_close(own);
	return question_put(q, o);
}

static int put_officers(const struct question *q, json_t *o, struct err *e)
{
	static struct officers officers;
	char path[256];
	int r;

	if (!office_path(q->office, "officers", path))
		return err_set(e, -ENAMETOOLONG, "terminal.state: too long");
	r = officers_load(path, &officers, e);
	json_object_set_new(o, "officers", json_integer(officers.count));
	officers_fini(&officers);
	return r;
}

static int put_roster(const struct question *q, json_t *o, struct err *e)
{
	static struct roster roster;
	int r = office_roster(q->office, &q->stores->keys, q->stores->cache,
	    &roster, e);

	json_object_set_new(o, "roster", json_integer(roster.version));
	json_object_set_new(o, "gates",
	    json_integer((json_int_t)office_gates(&roster)));
	json_object_set_new(o, "secrets",
	    json_boolean(office_has_secrets(q->office, &q->stores->keys)));
	return r;
}

int inside_status(struct question *q, json_t *o, struct err *e)
{
	const struct inside *in = NULL;
	struct inside *own = NULL;
	int r = load(q, &own, &in, e);

	if (r == 0)
		json_object_set_new(o, "inside",
		    json_integer(inside_persons(in)));
	inside_close(own);
	if (r == 0)
		r = put_roster(q, o, e);
	if (r == 0)
		r = put_officers(q, o, e);
	json_object_set_new(o, "output",
	    json_string(q->office->config.gate_output));
	return r;
}

void inside_report(const struct question *q, const struct journal_report *r,
    json_t *o)
{
	uint64_t all = r->overrides;
	char key[64];
	struct buf b;

	for (int v = 0; v < GATE_VERDICTS; v++)
		all += r->gate[v];
	if (all == 0 && q->office->config.role != ROLE_GATE)
		return;
	json_object_set_new(o, "went_in", json_integer(r->gate[GATE_OPEN]));
	json_object_set_new(o, "went_out",
	    json_integer(r->gate[GATE_OPEN_OUT]));
	json_object_set_new(o, "overrides", json_integer(r->overrides));
	for (int v = GATE_OPEN_OUT + 1; v < GATE_VERDICTS; v++) {
		if (r->gate[v] == 0)
			continue;
		buf_init(&b, key, sizeof(key) - 1);
		buf_fmt(&b, "gate.%s", gate_verdict_name((enum gate_verdict)v));
		json_object_set_new(o, buf_cstr(&b), json_integer(r->gate[v]));
	}
}
