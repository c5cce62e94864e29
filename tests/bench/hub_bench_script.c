/*
 * A recorded batch again: as a script for pgbench, with the texts and the
 * arguments that PostgreSQL gets from the hub; or by one connection that has
 * nothing else to do.
 */
#include "hub_bench_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/hub/hub_text.h"

/*
 * The script. A kiosk of pgbench is client_id; :n counts its batches. Texts are
 * variables that the command line sets, as the hub sends them as parameters.
 */

static bool holds(const char *text, const char *what)
{
	return strstr(text, what) != NULL;
}

/* An argument as pgbench's SQL. BOOKING_STATUS asks for bookings that are
 * there: those of few batches. */
static void put_text_arg(struct hub_text *t, const struct step *s, size_t step,
    size_t arg)
{
	const char *text = s->arg[arg].text;
	bool mark = holds(text, RECORD_MARK), head = holds(text, RECORD_HEAD);

	hub_text_fmt(t, "%s%s:t%zu_%zu%s%s", mark ? "replace(" : "",
	    head ? "replace(" : "", step, arg,
	    head ? ", '" RECORD_HEAD "', :h)" : "",
	    mark ? ", '" RECORD_MARK "', " : "");
	if (mark)
		hub_text_str(t,
		    s->id == HUB_SQL_BOOKING_STATUS ? ":b)" : ":m)");
}

static void put_arg(struct hub_text *t, const struct step *s, size_t step,
    size_t arg)
{
	if (s->arg[arg].text != NULL)
		put_text_arg(t, s, step, arg);
	else if (s->arg[arg].number == RECORD_DEVICE)
		hub_text_str(t, ":device");
	else if (s->arg[arg].number == RECORD_OFFICE)
		hub_text_str(t, ":office");
	else
		hub_text_fmt(t, ":t%zu_%zu", step, arg);
}

static void put_statement(struct hub_text *t, const struct step *s, size_t step)
{
	char *sql = hub_sql_text(s->id, HUB_POSTGRES), *p;

	if (sql == NULL)
		bench_die("script", "out of memory");
	for (p = sql; *p != '\0'; p++) {
		if (*p != '$') {
			hub_text_put(t, p, 1);
			continue;
		}
		p++;
		put_arg(t, s, step, (size_t)(*p - '1'));
	}
	hub_text_str(t, ";\n");
	free(sql);
}

/* hub_db_postgres.c has the text. */
static const char notify[] =
    "SELECT set_config('synchronous_commit', 'off', true), "
    "pg_notify('karcis_feed', value) "
    "FROM jsonb_array_elements_text(CAST(:told AS jsonb));\n";

struct script {
	struct hub_text text;
	bool pipeline, open, told;
};

/* Statements go together up to the first one whose rows are read. */
static void begin_line(struct script *s)
{
	if (s->pipeline && !s->open)
		hub_text_str(&s->text, "\\startpipeline\n");
	s->open = true;
}

static void end_line(struct script *s)
{
	if (s->pipeline && s->open)
		hub_text_str(&s->text, "\\endpipeline\n");
	s->open = false;
}

static void put_step(struct script *s, const struct step *step, size_t i)
{
	switch (step->kind) {
	case STEP_WRITE:
		begin_line(s);
		hub_text_str(&s->text,
		    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;\n");
		return;
	case STEP_RUN:
	case STEP_ASK:
		begin_line(s);
		put_statement(&s->text, step, i);
		return;
	case STEP_NEXT:
		end_line(s);
		return;
	case STEP_COMMIT:
		begin_line(s);
		hub_text_str(&s->text, "COMMIT;\n");
		if (s->told)
			hub_text_str(&s->text, notify);
		end_line(s);
		return;
	case STEP_TELL:
		s->told = true;
		return;
	case STEP_READ:
	case STEP_UNSET:
		break;
	}
	bench_die("script", "a step that has no form");
}

static void put_variables(const struct record *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct step *s = &r->step[i];

		for (size_t k = 0; k < s->args; k++)
			if (s->arg[k].text != NULL)
				printf("-D\nt%zu_%zu=%s\n", i, k,
				    s->arg[k].text);
			else
				printf("-D\nt%zu_%zu=%lld\n", i, k,
				    (long long)s->arg[k].number);
	}
	printf("-D\ntold=[\"%u %d\"]\n", OFFICE_MIRROR, BENCH_DAY);
}

/* Arguments of pgbench, one a line, then an empty line, then the script. */
void bench_script(const char *dir, unsigned batch, bool pipeline)
{
	const struct record *r = bench_record(dir, batch);
	struct script s = {.pipeline = pipeline};

	hub_text_fmt(&s.text,
	    "\\set n :n + 1\n"
	    "\\set office %d + :client_id / %d\n"
	    "\\set device :office * 100 + 1 + :client_id %% %d\n"
	    "\\set m 1000000000000000 + (:client_id * 1000000 + :n)"
	    " * 5926535897 %% 9000000000000000\n"
	    "\\set b 1000000000000000 + (:n %% %d)"
	    " * 5926535897 %% 9000000000000000\n"
	    "\\set h 1000000000000000 + :client_id * 1000000 + :n\n",
	    OFFICE_MIRROR, KIOSKS, KIOSKS, RECORD_LOOKS);
	for (size_t i = 0; i < r->n; i++)
		put_step(&s, &r->step[i], i);
	if (s.text.failed)
		bench_die("script", "out of memory");
	put_variables(r);
	printf("\n%s", s.text.ptr);
	hub_text_fini(&s.text);
}

/* Again and again, by one connection that has nothing else to do. */

static char *replaced(const char *text, const char *what, uint64_t by)
{
	char digits[24], *out = strdup(text), *p = out;
	size_t len = strlen(what);

	if (out == NULL)
		bench_die("replay", "out of memory");
	snprintf(digits, sizeof(digits), "%0*llu", (int)len,
	    (unsigned long long)by);
	while ((p = strstr(p, what)) != NULL)
		memcpy(p, digits, len);
	return out;
}

static struct hub_arg arg_for(const struct step *s, size_t i, uint64_t batch)
{
	const uint64_t look = s->id == HUB_SQL_BOOKING_STATUS
	    ? batch % RECORD_LOOKS
	    : batch;
	struct hub_arg a = s->arg[i];
	char *marked;

	if (a.text != NULL) {
		marked = replaced(a.text, RECORD_MARK, bench_mark(look));
		a.text = replaced(marked, RECORD_HEAD,
		    UINT64_C(1000000000000000) + batch);
		free(marked);
	} else if (a.number == RECORD_OFFICE) {
		a.number = OFFICE_MIRROR;
	} else if (a.number == RECORD_DEVICE) {
		a.number = OFFICE_MIRROR * 100 + 1;
	}
	return a;
}

static int again(struct hub_db *db, const struct step *s, uint64_t batch,
    struct err *e)
{
	struct hub_arg arg[RECORD_ARGS];
	int r = 0;

	for (size_t i = 0; i < s->args; i++)
		arg[i] = arg_for(s, i, batch);
	switch (s->kind) {
	case STEP_WRITE:
		r = hub_db_begin(db, HUB_DB_WRITE, e);
		break;
	case STEP_RUN:
		r = hub_db_run(db, s->id, arg, s->args, e);
		break;
	case STEP_ASK:
		r = hub_db_ask(db, s->id, arg, s->args, e);
		break;
	case STEP_NEXT:
		r = hub_db_next(db, e);
		while (r == 0 && (r = hub_db_row(db, e)) == 1)
			r = 0;
		break;
	case STEP_COMMIT:
		r = hub_db_commit(db, e);
		break;
	case STEP_UNSET:
	case STEP_READ:
	case STEP_TELL:
		break;
	}
	for (size_t i = 0; i < s->args; i++)
		if (arg[i].text != NULL)
			free((void *)(uintptr_t)arg[i].text);
	return r;
}

void bench_replay(const char *store, const char *dir, unsigned batch,
    unsigned ms, uint64_t first)
{
	const struct record *r = bench_record(dir, batch);
	int64_t begin, now;
	struct bench_store s;
	uint64_t n = 0;
	struct err e;

	bench_store_open(&s, store);
	begin = now = bench_ns();
	while (now - begin < (int64_t)ms * 1000000) {
		for (size_t i = 0; i < r->n; i++)
			bench_must(again(s.db, &r->step[i], first + n, &e),
			    hub_sql_name(r->step[i].id), &e);
		n++;
		now = bench_ns();
	}
	bench_store_close(&s);
	printf("{\"batches\": %llu, \"rate\": %.2f}\n", (unsigned long long)n,
	    (double)n / ((double)(now - begin) / 1e9));
}
