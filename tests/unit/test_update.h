/* A machine that runs 0.4.0 with security 3, and events for it. */
#ifndef TEST_UPDATE_H
#define TEST_UPDATE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/core/update.h"

static struct update u;
static struct update_effects fx;
static int64_t now_ms = 1000;

static struct update_base base_good(void)
{
	struct update_base b = {
	    .running = {"karcis", "karcis-x86-64", {0, 4, 0}, 3, 1790000000},
	    .floor = 3,
	    .slot = "a",
	    .healthy = true,
	    .stick = true,
	};

	return b;
}

static inline void begin_as(const struct update_base *b)
{
	now_ms = 1000;
	update_init(&u, b);
}

static inline void begin(void)
{
	struct update_base b = base_good();

	begin_as(&b);
}

static inline void send(struct update_event ev)
{
	ev.now_s = 1795000000;
	ev.mono_ms = now_ms;
	fx = update_step(&u, &ev);
}

static inline void ask(enum update_request_kind kind)
{
	send((struct update_event){.kind = UPDATE_EV_REQUEST,
	    .request = {.kind = kind}});
}

static inline void tick_after(int64_t ms)
{
	now_ms += ms;
	send((struct update_event){.kind = UPDATE_EV_TICK});
}

static inline void stick(bool present)
{
	send(
	    (struct update_event){.kind = UPDATE_EV_STICK, .present = present});
}

static inline struct update_found offer(uint32_t minor, uint32_t security)
{
	struct update_found f = {.compatible = "karcis-x86-64",
	    .version = {0, minor, 0},
	    .security = security,
	    .signer = "Somebody",
	    .signed_s = 1794000000,
	    .bytes = 5000,
	    .digest = {1, 2, 3}};

	return f;
}

static inline struct release inside(uint32_t minor, uint32_t security)
{
	struct release r = {"karcis", "karcis-x86-64", {0, minor, 0}, security,
	    1793000000};

	return r;
}

static inline void found(enum update_work work, struct update_found f,
    struct release r)
{
	send((struct update_event){.kind = UPDATE_EV_DONE,
	    .work = work,
	    .found = f,
	    .release = r});
}

static inline void done(enum update_work work)
{
	found(work, offer(5, 4), inside(5, 4));
}

static inline void failed(enum update_work work, enum update_refusal why)
{
	send((struct update_event){.kind = UPDATE_EV_FAILED,
	    .work = work,
	    .refusal = why,
	    .detail = str_from("it failed")});
}

static inline void progress(enum update_work work, int64_t of, int64_t total)
{
	send((struct update_event){.kind = UPDATE_EV_PROGRESS,
	    .work = work,
	    .done_bytes = of,
	    .total_bytes = total});
}

/* To the phase, on the straight way. */
static inline void go_to(enum update_phase p)
{
	begin();
	ask(UPDATE_ASK_STORAGE_ON);
	if (p == UPDATE_IDLE)
		return;
	ask(UPDATE_ASK_LOOK);
	if (p == UPDATE_LOOKING)
		return;
	done(UPDATE_WORK_LOOK);
	if (p == UPDATE_OFFERED)
		return;
	ask(UPDATE_ASK_UPDATE);
	if (p == UPDATE_COPYING)
		return;
	done(UPDATE_WORK_COPY);
	if (p == UPDATE_VERIFYING)
		return;
	done(UPDATE_WORK_VERIFY);
	if (p == UPDATE_WRITING)
		return;
	done(UPDATE_WORK_WRITE);
	if (p == UPDATE_CHECKING)
		return;
	done(UPDATE_WORK_CHECK);
	done(UPDATE_WORK_ACTIVATE);
}

static inline void assert_started(enum update_phase p, enum update_work w)
{
	assert_int_equal(u.report.phase, p);
	assert_true(fx.bits & UPDATE_DO_START);
	assert_int_equal(fx.work, w);
	assert_int_equal(u.work, w);
}

static inline void assert_refused(enum update_refusal why)
{
	assert_int_equal(u.report.phase, UPDATE_REFUSED);
	assert_int_equal(u.report.refusal, why);
	assert_int_equal(u.work, UPDATE_WORK_NONE);
	assert_true(fx.bits & UPDATE_DO_REPORT);
	assert_int_equal(fx.bits &
		(UPDATE_DO_START | UPDATE_DO_RESTART | UPDATE_DO_POWER_OFF),
	    0);
}

#endif
