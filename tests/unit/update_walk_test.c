/* Every state meets every event, twice: nothing is stuck, nothing is
 * activated that was not proven, and no work is lost. */
#include "test_update.h"

enum { STATES = 12 };

/* The states of the straight way, a refusal, and a trial. */
static void enter(unsigned i)
{
	struct update_base b = base_good();

	if (i < 10) {
		go_to((enum update_phase)(UPDATE_IDLE + i));
		if (i == 9)
			ask(UPDATE_ASK_RESTART);
	} else if (i == 10) {
		go_to(UPDATE_COPYING);
		failed(UPDATE_WORK_COPY, UPDATE_READ_ERROR);
	} else {
		b.trial = true;
		b.trial_ends_ms = 300000;
		begin_as(&b);
		ask(UPDATE_ASK_STORAGE_ON);
	}
}

/* All that can be said to it; n counts on. */
static bool event(unsigned n, struct update_event *ev)
{
	const unsigned works = UPDATE_WORKS, kinds = UPDATE_REQUESTS;

	*ev = (struct update_event){.now_s = 1795000000, .mono_ms = now_ms};
	ev->found = offer(5, 4);
	ev->release = inside(5, 4);
	if (n < kinds) {
		ev->kind = UPDATE_EV_REQUEST;
		ev->request.kind = (enum update_request_kind)n;
		return true;
	}
	n -= kinds;
	if (n < 3 * works) {
		ev->kind = n < works ? UPDATE_EV_DONE
		    : n < 2 * works  ? UPDATE_EV_FAILED
				     : UPDATE_EV_PROGRESS;
		ev->work = (enum update_work)(n % works);
		ev->refusal = UPDATE_CORRUPT;
		ev->total_bytes = 10;
		return true;
	}
	n -= 3 * works;
	ev->kind = n == 0 ? UPDATE_EV_TICK
	    : n == 1      ? UPDATE_EV_STICK
	    : n == 2      ? UPDATE_EV_STICK
	    : n == 3      ? UPDATE_EV_DEVICE
	    : n == 4      ? UPDATE_EV_TICK
			  : UPDATE_EV_UNSET;
	ev->present = n == 2;
	if (n == 4)
		ev->mono_ms += 700000;
	return n <= 5;
}

static bool works_in(enum update_phase p)
{
	return p == UPDATE_LOOKING || p == UPDATE_COPYING ||
	    p == UPDATE_VERIFYING || p == UPDATE_WRITING ||
	    p == UPDATE_CHECKING;
}

/* What must hold whatever was said. */
static void check(enum update_work before, const struct update_event *ev)
{
	const struct update_report *r = &u.report;

	assert_true(r->phase > UPDATE_UNSET && r->phase < UPDATE_PHASES);
	/* Work has a deadline, and the phases of work have work. */
	if (u.work != UPDATE_WORK_NONE)
		assert_true(u.deadline_ms != INT64_MAX);
	if (works_in(r->phase))
		assert_true(u.work != UPDATE_WORK_NONE);
	if (r->phase == UPDATE_OFFERED || r->phase == UPDATE_RESTARTING)
		assert_true(u.deadline_ms != INT64_MAX);
	/* A refusal has its reason, and only a refusal has one. */
	assert_int_equal(r->phase == UPDATE_REFUSED,
	    r->refusal != UPDATE_REFUSAL_UNSET);
	/* Activation follows the slot's own release and nothing else. */
	if ((fx.bits & UPDATE_DO_START) != 0 &&
	    fx.work == UPDATE_WORK_ACTIVATE) {
		assert_int_equal(before, UPDATE_WORK_CHECK);
		assert_int_equal(ev->kind, UPDATE_EV_DONE);
	}
	/* Work that replaces other work ended it first, or was its answer. */
	if (u.work != before && before != UPDATE_WORK_NONE)
		assert_true((fx.bits & UPDATE_DO_STOP) != 0 ||
		    (ev->work == before &&
			(ev->kind == UPDATE_EV_DONE ||
			    ev->kind == UPDATE_EV_FAILED)));
	/* Writing, checking and marking are never cut off but by time. */
	if ((before == UPDATE_WORK_WRITE || before == UPDATE_WORK_ACTIVATE) &&
	    u.work != before && ev->kind != UPDATE_EV_TICK)
		assert_int_equal(ev->work, before);
	if (!r->storage)
		assert_true(u.work != UPDATE_WORK_LOOK &&
		    u.work != UPDATE_WORK_COPY && u.work != UPDATE_WORK_FETCH &&
		    u.work != UPDATE_WORK_STORE);
}

static void step(const struct update_event *ev)
{
	enum update_work before = u.work;

	now_ms = ev->mono_ms;
	fx = update_step(&u, ev);
	check(before, ev);
}

static void test_every_state_takes_every_event_twice(void **state)
{
	struct update_event a, b;
	unsigned steps = 0;

	(void)state;
	for (unsigned s = 0; s < STATES; s++)
		for (unsigned i = 0; enter(s), event(i, &a); i++)
			for (unsigned j = 0;; j++) {
				enter(s);
				if (!event(j, &b))
					break;
				(void)event(i, &a);
				step(&a);
				b.mono_ms += now_ms - 1000;
				step(&b);
				steps++;
			}
	/* 14 requests, 3 events of 10 works, 6 others: 50 each time. */
	assert_int_equal(steps, STATES * 50 * 50);
}

/* Wherever it is: time, or a technician, brings it to an end. */
static void test_nothing_is_stuck(void **state)
{
	struct update_event ev;

	(void)state;
	for (unsigned s = 0; s < STATES; s++)
		for (unsigned i = 0; enter(s), event(i, &ev); i++) {
			step(&ev);
			for (int n = 0; n < 5; n++)
				tick_after(700000);
			assert_true(u.work == UPDATE_WORK_NONE);
			assert_true(u.report.phase == UPDATE_IDLE ||
			    u.report.phase == UPDATE_READY ||
			    u.report.phase == UPDATE_RESTARTING ||
			    u.report.phase == UPDATE_REFUSED);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_state_takes_every_event_twice),
	    cmocka_unit_test(test_nothing_is_stuck),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
