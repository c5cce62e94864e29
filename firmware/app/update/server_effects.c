#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firmware/app/clock.h"
#include "firmware/app/log.h"
#include "firmware/update/machine.h"
#include "firmware/update/mounts.h"
#include "firmware/update/record.h"
#include "server_inner.h"

static void fail_at_once(struct server *s, enum update_work work,
    const struct err *e)
{
	struct update_event ev = {.kind = UPDATE_EV_FAILED,
	    .now_s = clock_wall_s(),
	    .mono_ms = clock_mono_ms(),
	    .work = work,
	    .refusal = UPDATE_INTERNAL,
	    .detail = str_from(e->text)};

	server_step(s, &ev);
}

void server_end_worker(struct server *s)
{
	if (s->worker.pid <= 0)
		return;
	worker_stop(&s->worker);
	mounts_clear(s->o->worker.mount, MOUNTS_STICK);
	mounts_clear(s->o->worker.mount, MOUNTS_SLOT);
}

static void start(struct server *s, enum update_work work)
{
	struct worker_job job = {.work = work,
	    .offer = s->update.offer,
	    .verified = s->update.verified,
	    .running = s->update.base.running,
	    .trial = s->update.report.trial,
	    .now_s = clock_wall_s()};
	struct err e = {0};

	log_line(LOG_LEVEL_INFO, "update: work: %s", update_work_name(work));
	server_end_worker(s);
	if (worker_start(&s->worker, &s->o->worker, &job, &e) < 0)
		fail_at_once(s, work, &e);
}

static void forget_outcome(struct server *s)
{
	struct record r;
	struct err e = {0};
	int done = record_load(s->o->worker.state, &r, &e);

	r.stage = RECORD_NONE;
	if (done == 0)
		done = record_save(s->o->worker.state, &r, &e);
	if (done < 0)
		log_err(&e);
}

/* Not waited for: it may well end this process. Its own child, so that none
 * of ours is left. */
static int run_command(const char *path, const char *word, struct err *e)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return err_set(e, -errno, "update: fork: %s", strerror(errno));
	if (pid == 0) {
		if (fork() == 0) {
			(void)execl(path, path, word, (char *)NULL);
			_exit(127);
		}
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return 0;
}

static void go_down(struct server *s, bool off)
{
	static const char COMMAND[] = "command:";
	const char *how = s->o->restart;
	struct err e = {0};
	int r = 0;

	log_line(LOG_LEVEL_INFO, "update: the machine %s",
	    off ? "is switched off" : "is restarted");
	if (strncmp(how, COMMAND, sizeof(COMMAND) - 1) == 0)
		r = run_command(how + sizeof(COMMAND) - 1,
		    off ? "power-off" : "restart", &e);
	else if (strcmp(how, "reboot") == 0)
		r = off ? machine_power_off(&e) : machine_restart(&e);
	else
		s->leave = true;
	if (r < 0)
		log_err(&e);
}

static void set_clock(struct server *s, int64_t clock_s)
{
	struct err e = {0};

	if (strcmp(s->o->restart, "reboot") != 0)
		log_line(LOG_LEVEL_INFO,
		    "update: the clock of a developer's machine stays");
	else if (machine_set_clock(clock_s, &e) < 0)
		log_err(&e);
}

static void drop_copy(struct server *s)
{
	struct err e = {0};

	if (works_clean(s->o->worker.work, &e) < 0)
		log_err(&e);
}

static void log_change(const struct server *s, enum update_phase before)
{
	const struct update_report *r = &s->update.report;

	if (r->phase == before)
		return;
	if (r->phase == UPDATE_REFUSED)
		log_line(LOG_LEVEL_WARNING, "update: refused: %s: %s",
		    update_refusal_name(r->refusal), r->detail);
	else
		log_line(LOG_LEVEL_INFO, "update: %s",
		    update_phase_name(r->phase));
}

void server_step(struct server *s, const struct update_event *ev)
{
	enum update_phase before = s->update.report.phase;
	struct update_effects out = update_step(&s->update, ev);

	log_change(s, before);
	if ((out.bits & UPDATE_DO_STOP) != 0)
		server_end_worker(s);
	if ((out.bits & UPDATE_DO_DROP) != 0)
		drop_copy(s);
	if ((out.bits & UPDATE_DO_STORAGE_ON) != 0)
		server_storage(s, true);
	if ((out.bits & UPDATE_DO_STORAGE_OFF) != 0)
		server_storage(s, false);
	if ((out.bits & UPDATE_DO_FORGET) != 0)
		forget_outcome(s);
	if ((out.bits & UPDATE_DO_CLOCK) != 0)
		set_clock(s, out.clock_s);
	if ((out.bits & UPDATE_DO_REPORT) != 0)
		server_report(s);
	if ((out.bits & UPDATE_DO_RESTART) != 0)
		go_down(s, false);
	if ((out.bits & UPDATE_DO_POWER_OFF) != 0)
		go_down(s, true);
	if ((out.bits & UPDATE_DO_START) != 0)
		start(s, out.work);
}
