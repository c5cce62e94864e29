/*
 * The terminal: one poll loop that wires screen, scanners, printer, stores
 * and a session: the visitor's at a kiosk, the guard's at a gate. It carries
 * out what the session's step asks for and feeds the answers back; it decides
 * nothing itself. What differs between the roles stands in a table each.
 */
#ifndef KARCIS_APP_TERMINAL_H
#define KARCIS_APP_TERMINAL_H

#include "drivers/printer/printer.h"
#include "firmware/core/slip.h"
#include "firmware/app/sync/claiming.h"
#include "clock.h"
#include "drivers/relay/relay.h"
#include "drivers/scanner/scanner.h"
#include "firmware/app/tech/bare.h"
#include "firmware/app/tech/workshop.h"
#include "notify.h"
#include "office.h"
#include "sandbox.h"
#include "firmware/app/sync/sync.h"
#include "ui/ui.h"
#include "uplink.h"

struct control;
struct gatehouse;
struct import;
struct role;

enum { TERMINAL_JOB_BYTES = 256 * 1024 };

struct terminal_job {
	uint32_t id;
	struct admission admission;
	bool copy;
};

struct terminal {
	const struct role *role;
	struct office office;
	struct stores stores;
	bool stores_open;
	bool storage_ok;
	struct err storage_said;    /* why not, as logged last */
	struct session_rules rules; /* a gate heeds of them the clock only */
	struct session session;     /* of a kiosk */
	struct gatehouse *gate;     /* of a gate; NULL = a kiosk */
	struct ui *ui;
	struct printer *printer; /* NULL = a gate */
	struct scanner *scanner;
	struct relay *relay; /* NULL = none */
	struct control *control;
	struct uplink *uplink;     /* to karcis-link; NULL = no hub */
	struct sync *sync;         /* with the hub; NULL = no hub */
	struct claiming claiming;  /* a visitor's way through the hub */
	struct import *import;     /* under way; NULL = none */
	struct workshop *workshop; /* the technician's */
	struct bare why;           /* of a machine that is not set up */
	struct notify notify;      /* the service manager */
	bool presented;            /* a first picture was */
	int64_t touched_s;         /* boot clock: somebody was last here;
				      0 = nobody yet */
	int32_t percent;           /* of the panel's light, as set last */
	struct sandbox_report sandbox;
	int link_fd;   /* of karcis-link, taken by the printer */
	int camera_fd; /* of the camera process, taken by the scanner */
	int signal_fd;
	bool quit;
	bool dump_layout;
	bool setup; /* --setup: what is wrong is shown, after a new start */
	int64_t checking_since_ms;
	int64_t minute; /* of the last minute's work, Unix minutes */
	struct clock_watch clock_watch;
	int64_t clock_step_s; /* not in the journal yet */
	int32_t purged_day;
	struct terminal_job job;      /* under way; id 0 = none */
	struct terminal_job last_job; /* the one before: its end or proof may
					 come when the next is under way */
	uint8_t *job_bytes;
	size_t job_len; /* of what was sent to the printer last */
};

/* What a role does in the loop. */
struct role {
	const char *name;
	bool bare; /* no configuration counts: no stores, no printer */
	/* Its session begins; the stores may be closed. */
	int (*open)(struct terminal *t, struct err *e);
	void (*close)(struct terminal *t); /* also half open */
	/* The stores were opened, or keys, roster or officers changed. */
	void (*rules)(struct terminal *t);
	/* Once the first picture stands. */
	void (*warm_up)(struct terminal *t);
	void (*press)(struct terminal *t, const struct ui_event *press);
	void (*scan)(struct terminal *t, struct str text);
	void (*tick)(struct terminal *t);
	/* Each minute, and when the stores take writes again. */
	void (*health)(struct terminal *t);
	void (*printer)(struct terminal *t, const struct printer_event *ev);
	/* What the hub said, if it did. */
	void (*hub)(struct terminal *t);
	/* See sync_options. */
	void (*doubled)(struct terminal *t, const struct admission *a,
	    const struct claim_by *by);
	/* When tick wants to be called at the latest, monotonic. */
	int64_t (*deadline_ms)(const struct terminal *t, int64_t mono_ms);
	/* Nobody is being served: a technician may come. */
	bool (*idle)(const struct terminal *t);
	/* As ui_show. */
	int64_t (*show)(struct terminal *t, struct err *e);
	const char *(*screen)(const struct terminal *t);
};
extern const struct role kiosk_role; /* kiosk.c */
extern const struct role gate_role;  /* gatehouse_role.c */
extern const struct role setup_role; /* setup_role.c */

struct terminal_options {
	const char *config;
	enum config_role role; /* UNSET: as configured */
	const char *locale_dir;
	int window_width, window_height; /* 0 = as configured, full screen */
	bool dump_layout; /* tell each new picture on standard output */
	/* The socket of karcis-update: a machine that is not set up shows why,
	 * and takes a technician's stick. NULL: it is an error. */
	const char *setup;
};

int terminal_open(const struct terminal_options *options, struct terminal **out,
    struct err *e) MUST_USE;
void terminal_close(struct terminal *t);
/* Runs until SIGTERM, SIGINT or the window is closed. */
int terminal_run(struct terminal *t, struct err *e) MUST_USE;
/* The name of what is on the screen. */
const char *terminal_screen(const struct terminal *t);
/* Keys (those of t->stores already are), roster, officers or technicians in
 * the state directory changed: they are read again into the rules. */
void terminal_reload(struct terminal *t);

/* Fills what the screen shows (view.c). */
void terminal_view(const struct terminal *t, int64_t now_s, int64_t mono_ms,
    struct view *out);
/* Feeds one event to the session and carries out its effects (carry.c). */
void terminal_event(struct terminal *t, struct event *ev);
/* Records how a print job ended and tells the session (carry.c). */
void terminal_printer_event(struct terminal *t, const struct printer_event *ev);
/* Draws a slip for nobody, so that the first visitor's paper does not wait
 * for fonts to be opened (carry.c). */
void terminal_warm_up(struct terminal *t);
/* Prints a slip that is no ticket; -EBUSY while a visitor is served, -ENODEV
 * on a gate, or what the printer says (carry.c). */
int terminal_print_test(struct terminal *t, struct err *e) MUST_USE;
/* The same of a page that is laid out already; always as a picture. */
int terminal_print_page(struct terminal *t, const struct slip_page *page,
    struct err *e) MUST_USE;
/* What the hub said to a kiosk's question, if it did (hubside.c). */
void terminal_take_hub(struct terminal *t);
/* Answers EFFECT_CLAIM where there is a hub (hubside.c); next->kind stays
 * EV_UNSET while the hub is asked. */
void terminal_claim_with_hub(struct terminal *t,
    const struct admit_request *request, struct event *next);
/* Opens the dealings with the hub once the stores are open (hubside.c). */
int terminal_open_sync(struct terminal *t, struct err *e) MUST_USE;
/* The hub's clock bounds ours (hubside.c). */
void terminal_hub_clock(struct terminal *t, int64_t mono_ms);
/* The clock is sure enough to forget old days by it: with a hub, its time was
 * heard since the start (hubside.c). */
bool terminal_may_purge(const struct terminal *t, int64_t now_s,
    int64_t mono_ms);
/* Visitors can be served: the stores work and the hub has not closed us. */
bool terminal_serves(const struct terminal *t);

/*
 * Under a hub, room on the disk for an admission that the hub holds already:
 * a full disk must not turn that visitor away everywhere. Made at the start
 * and after each trouble; given up for such an admission (hubside.c).
 */
int terminal_reserve(const struct terminal *t, struct err *e) MUST_USE;
bool terminal_use_reserve(const struct terminal *t);

/* Answers EFFECT_LOOKUP (carry.c). */
void terminal_look_up(struct terminal *t, struct event *next);
/* The admission itself, durable, as EV_CLAIMED or what it failed with
 * (carry.c). */
void terminal_admit(struct terminal *t, const struct admit_request *request,
    struct event *next);
/* Notes a failure of the stores: logged when it is news, and the screen says
 * so until a minute's try succeeds. */
void terminal_storage_failed(struct terminal *t, const struct err *e);

#endif
