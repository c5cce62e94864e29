#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/app/clock.h"
#include "firmware/app/log.h"
#include "firmware/update/floor.h"
#include "firmware/update/machine.h"
#include "firmware/update/record.h"
#include "firmware/update/slots.h"
#include "server_inner.h"

enum { PROBLEMS = 2048, CONFIG_BYTES = 1 << 18 /* a full one has 8 KiB */ };

/* ---- the configuration ---- */

/* The file is the terminal's, and a terminal that was taken over may put
 * anything there: a pipe, a device, a file without an end. */
static int read_config(const char *path, char room[CONFIG_BYTES],
    struct str *text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	ssize_t n = -1;
	int r = 0;

	if (fd < 0 || fstat(fd, &st) != 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode))
		r = -EINVAL;
	else if (st.st_size > CONFIG_BYTES)
		r = -EFBIG;
	else if ((n = read(fd, room, CONFIG_BYTES)) < 0)
		r = -errno;
	if (fd >= 0)
		close(fd);
	*text = str_of(room, n < 0 ? 0 : (size_t)n);
	return r;
}

/* Not office_check: it reads the files that the configuration names, too. */
static void parse_config(struct config *c, const char *path, struct str text)
{
	char room[PROBLEMS];
	struct buf problems;
	struct str line;
	unsigned n = 0;

	buf_init(&problems, room, sizeof(room));
	config_defaults(c, path);
	while (str_split(&text, '\n', &line))
		config_line(c, line, ++n, &problems);
	if (!config_finish(c, &problems))
		log_line(LOG_LEVEL_INFO,
		    "update: the configuration has problems");
}

void server_read_config(struct server *s)
{
	static char room[CONFIG_BYTES];
	static struct config c;
	struct worker_config *w = &s->o->worker;
	struct str text;
	int r;

	if (s->o->config == NULL)
		return;
	r = read_config(s->o->config, room, &text);
	/* A machine that is not set up yet has none, or one with problems. */
	if (r < 0)
		log_line(LOG_LEVEL_INFO, "update: the configuration: %s",
		    strerror(-r));
	memset(&c, 0, sizeof(c));
	parse_config(&c, s->o->config, text);
	memcpy(w->terminal, c.terminal_id, sizeof(w->terminal));
	w->offset_s = c.offset_s;
	s->allow_n = 0;
	for (size_t i = 0; i < c.allowed; i++)
		s->allow[s->allow_n++] = (struct usb_id){c.allow[i].vendor,
		    c.allow[i].product};
}

/* ---- the story of the last update ---- */

struct found {
	struct slots_status status;
	struct record record;
	uint32_t floor;
};

static void show_outcome(const struct record *r, struct update_base *base)
{
	base->outcome = r->stage == RECORD_INSTALLED ? UPDATE_INSTALLED
	    : r->stage == RECORD_RETURNED            ? UPDATE_RETURNED
						     : UPDATE_OUTCOME_NONE;
	if (base->outcome == UPDATE_OUTCOME_NONE)
		return;
	base->outcome_id = r->id;
	base->outcome_from = r->from;
	base->outcome_to = r->to;
	base->outcome_s = r->time_s;
}

/* The slot is marked first: after a crash between the two it is marked again
 * at the next start. A mark that fails is tried again then, too; the outcome is
 * told all the same. */
static int came_back(const struct server *s, struct slots *slots,
    struct record *r, struct err *e)
{
	int done = slots_mark_bad(slots, e);

	r->stage = RECORD_RETURNED;
	r->time_s = clock_wall_s();
	return done < 0 ? done : record_save(s->o->worker.state, r, e);
}

/* The activation took place: the new one is first, or runs. Once it was tried
 * the loader may show no trace of it. */
static int is_active(const struct server *s, struct record *r, struct err *e)
{
	if (r->stage == RECORD_ACTIVATED)
		return 0;
	r->stage = RECORD_ACTIVATED;
	return record_save(s->o->worker.state, r, e);
}

static int never_left(const struct server *s, struct record *r, struct err *e)
{
	r->stage = RECORD_NONE;
	return record_save(s->o->worker.state, r, e);
}

static int tell_story(const struct server *s, struct slots *slots,
    struct found *f, struct update_base *base, struct err *e)
{
	int r = 0;

	switch (record_story(&f->record, f->status.boot, f->status.running,
	    f->status.other_first)) {
	case STORY_RETURNED:
		r = came_back(s, slots, &f->record, e);
		break;
	case STORY_DROPPED:
		r = never_left(s, &f->record, e);
		break;
	case STORY_READY:
		base->ready = true;
		base->ready_version = f->record.to;
		r = is_active(s, &f->record, e);
		break;
	case STORY_TRIAL:
		base->trial = true;
		base->trial_id = f->record.id;
		base->trial_from = f->record.from;
		r = is_active(s, &f->record, e);
		break;
	case STORY_UNSET:
		log_line(LOG_LEVEL_WARNING,
		    "update: the record does not fit what runs");
		r = never_left(s, &f->record, e);
		break;
	case STORY_NOTHING:
		break;
	}
	show_outcome(&f->record, base);
	return r;
}

/* The slots cannot be asked. If the loader says that this is the new one, it is
 * still on trial: a system whose slots cannot be asked is not healthy, and the
 * end of the trial brings the old one back. */
static void tell_without_slots(const struct server *s, struct found *f,
    struct update_base *base)
{
	struct record *r = &f->record;
	char boot[MACHINE_BOOT_ID], slot[MACHINE_SLOT];
	struct err e = {0};

	machine_booted_slot(slot);
	show_outcome(r, base);
	if (machine_boot_id(boot, &e) < 0 ||
	    record_story(r, boot, slot, false) != STORY_TRIAL)
		return;
	base->trial = true;
	base->trial_id = r->id;
	base->trial_from = r->from;
	base->running.version = r->to;
	memcpy(base->slot, slot, sizeof(base->slot));
	if (is_active(s, r, &e) < 0)
		log_err(&e);
}

static int find(const struct server *s, struct update_base *base, struct err *e)
{
	static struct found f;
	const struct worker_config *c = &s->o->worker;
	struct slots *slots = NULL;
	struct err later = {0};
	int r;

	if (floor_load(c->state, &f.floor, &later) < 0)
		log_err(&later);
	base->floor = f.floor;
	if (record_load(c->state, &f.record, &later) < 0)
		log_err(&later);
	r = slots_open(c->backend, c->mount, &slots, e);
	if (r == 0)
		r = slots_status(slots, &f.status, e);
	if (r == 0) {
		base->running = f.status.running_release;
		base->healthy = f.status.running_good;
		memcpy(base->slot, f.status.running, sizeof(base->slot));
		if (base->floor < base->running.security)
			base->floor = base->running.security;
		r = tell_story(s, slots, &f, base, e);
	} else {
		tell_without_slots(s, &f, base);
	}
	slots_close(slots);
	return r;
}

void server_find_base(struct server *s, struct update_base *base)
{
	bool from_boot = strncmp(s->o->worker.backend, "rauc", 4) == 0;
	struct err e = {0};

	memset(base, 0, sizeof(*base));
	if (find(s, base, &e) < 0)
		log_err(&e);
	base->trial_ends_ms = s->o->trial_ms +
	    (from_boot ? 0 : clock_mono_ms());
	base->stick = stick_is_there(&s->o->worker.stick);
}
