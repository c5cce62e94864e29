/*
 * The update of the machine: update_step(update, event) -> effects.
 *
 * Pure, like session.h. karcis-update carries the effects out and feeds the
 * answers back; what it tells the terminal is one struct update_report after
 * each change. A request carries no path, no name and no content: it can only
 * ask for the next step of what stands here.
 *
 *     IDLE -look-> LOOKING -> OFFERED -update-> COPYING -> VERIFYING
 *       -> WRITING -> CHECKING -> READY -restart-> RESTARTING
 *
 * From LOOKING to CHECKING each can end in REFUSED. Until WRITING a refusal
 * has changed nothing at all; from WRITING on it has changed nothing but the
 * slot that is not in use. Only the last piece of work of CHECKING, ACTIVATE,
 * makes the machine start the other slot.
 *
 * What is offered was read from the bundle's signed manifest, so from, to,
 * signer and time are genuine; that the content is, too, is known after
 * VERIFYING. Security is the signer's word until then.
 */
#ifndef KARCIS_CORE_UPDATE_H
#define KARCIS_CORE_UPDATE_H

#include "release.h"

enum update_phase {
	UPDATE_UNSET = 0, /* nobody answers: no updates on this machine */
	UPDATE_IDLE,
	UPDATE_LOOKING,
	UPDATE_OFFERED,    /* from, to, signer, signed_s, security */
	UPDATE_COPYING,    /* done_bytes of total_bytes, from the stick */
	UPDATE_VERIFYING,  /* the stick is no longer needed */
	UPDATE_WRITING,    /* done_bytes of total_bytes, into the slot */
	UPDATE_CHECKING,   /* version and floor from the written slot */
	UPDATE_READY,      /* the next start is the new one */
	UPDATE_RESTARTING, /* the machine goes down by itself */
	UPDATE_REFUSED,    /* refusal, detail */
	UPDATE_PHASES
};

enum update_refusal {
	UPDATE_REFUSAL_UNSET = 0, /* nothing was refused */
	UPDATE_NO_STICK,
	UPDATE_NO_BUNDLE,     /* nothing named *.raucb at the stick's root */
	UPDATE_TWO_BUNDLES,   /* or more */
	UPDATE_TOO_BIG,       /* above UPDATE_BUNDLE_MAX */
	UPDATE_WRONG_FS,      /* neither vfat nor exfat */
	UPDATE_DAMAGED_FS,    /* the kernel would not mount it */
	UPDATE_STICK_GONE,    /* pulled while it was needed */
	UPDATE_READ_ERROR,    /* or nothing came for COPY_STILL_MS */
	UPDATE_CORRUPT,       /* signed, but the content is not what was */
	UPDATE_TRUNCATED,     /* shorter or longer than it says */
	UPDATE_NOT_A_BUNDLE,  /* not RAUC's verity format */
	UPDATE_UNSIGNED,      /* no signature that can be read */
	UPDATE_WRONG_SIGNER,  /* signed, not under our root */
	UPDATE_SIGNING_TIME,  /* outside the certificate's dates */
	UPDATE_REVOKED,       /* the certificate stands on the CRL */
	UPDATE_WRONG_PRODUCT, /* for another machine */
	UPDATE_DOWNGRADE,     /* older than what runs */
	UPDATE_SAME_VERSION,
	UPDATE_BELOW_FLOOR, /* security below what was good here once */
	UPDATE_BAD_RELEASE, /* manifest or release unreadable or at odds */
	UPDATE_NO_ROOM,
	UPDATE_SLOT_WRITE,    /* the slot could not be written */
	UPDATE_CHANGED,       /* not what was offered, or changed while read */
	UPDATE_STICK_IS_MORE, /* the stick is also another device */
	UPDATE_BUSY,          /* other work is under way, or a trial */
	UPDATE_SLOT_SICK,     /* what runs is itself not known as good */
	UPDATE_INTERNAL,      /* detail says what; also a time-out */
	UPDATE_REFUSALS
};

/* How the last update ended; stays in the report, through restarts, until
 * the terminal said `logged outcome_id`. */
enum update_outcome {
	UPDATE_OUTCOME_NONE = 0,
	UPDATE_INSTALLED, /* the new one runs and was marked good */
	UPDATE_RETURNED   /* the machine came back to the old one by itself */
};

/* Files taken from the stick (fetch) or brought to it (store). */
enum update_files {
	UPDATE_FILES_NONE = 0,
	UPDATE_FETCHING,
	UPDATE_FETCHED, /* file_count files lie in the in-folder */
	UPDATE_STORING,
	UPDATE_STORED,        /* file_count files are on the stick, durable */
	UPDATE_FILES_REFUSED, /* files_refusal, detail */
	UPDATE_FILES_STATES
};

enum {
	UPDATE_SIGNER = 64,
	UPDATE_SLOT = 16,
	UPDATE_DEVICE = 96,
	UPDATE_DETAIL = 200
};
/* A root file system is about 200 MB; FAT's files end at 4 GiB. */
#define UPDATE_BUNDLE_MAX (INT64_C(2) << 30)

/* Everything the screens show. Flat: cleared, then filled, so two reports
 * can be compared byte by byte. Texts are UTF-8 without control characters. */
struct update_report {
	enum update_phase phase;
	enum update_refusal refusal; /* REFUSED: why */
	int64_t done_bytes, total_bytes;
	struct release_version from, to; /* from: what runs */
	uint32_t security;               /* of `to`; 0 = not told */
	uint32_t floor;                  /* lowest that is taken */
	char signer[UPDATE_SIGNER];      /* the certificate's name */
	int64_t signed_s;                /* as the signer says; 0 = unknown */
	char slot[UPDATE_SLOT];          /* that runs: "a", "b" */
	bool trial;                      /* it runs on trial: `good` is due */
	enum update_outcome outcome;
	uint32_t outcome_id; /* never the same twice on one machine */
	struct release_version outcome_from, outcome_to;
	int64_t outcome_s;                  /* wall */
	bool stick;                         /* one is there */
	bool storage;                       /* sticks are let in now */
	char refused_device[UPDATE_DEVICE]; /* the last USB device refused */
	enum update_files files;
	enum update_refusal files_refusal;
	uint32_t file_count;
	char detail[UPDATE_DETAIL]; /* one sentence for the log; English */
};

enum update_request_kind {
	UPDATE_ASK_UNSET = 0,
	UPDATE_ASK_REPORT,      /* say it again */
	UPDATE_ASK_LOOK,        /* what is on the stick? */
	UPDATE_ASK_UPDATE,      /* take what is offered */
	UPDATE_ASK_CANCEL,      /* until VERIFYING; leaves REFUSED */
	UPDATE_ASK_RESTART,     /* any time but WRITING and CHECKING */
	UPDATE_ASK_GOOD,        /* the terminal is healthy */
	UPDATE_ASK_LOGGED,      /* outcome_id stands in the journal */
	UPDATE_ASK_STORAGE_ON,  /* technician mode opened */
	UPDATE_ASK_STORAGE_OFF, /* and closed: ends what needs the stick; also
				 * when the last who could ask is gone */
	UPDATE_ASK_FETCH,
	UPDATE_ASK_STORE,
	UPDATE_ASK_POWER_OFF,
	UPDATE_ASK_CLOCK, /* set the wall clock to clock_s: not in a trial,
			   * and never before the running release was built */
	UPDATE_REQUESTS
};

struct update_request {
	enum update_request_kind kind;
	uint32_t id;     /* LOGGED: outcome_id */
	int64_t clock_s; /* CLOCK: Unix seconds */
};

/* ---- the machine: for karcis-update alone ---- */

/* What is done outside, in a process of its own; one at a time. */
enum update_work {
	UPDATE_WORK_NONE = 0,
	UPDATE_WORK_LOOK,   /* the stick's one bundle: found */
	UPDATE_WORK_COPY,   /* into a file of our own */
	UPDATE_WORK_VERIFY, /* the copy: found, and its release */
	UPDATE_WORK_WRITE,  /* into the slot not in use, not activated */
	UPDATE_WORK_CHECK,  /* the release in the written slot */
	UPDATE_WORK_ACTIVATE,
	UPDATE_WORK_GOOD, /* mark what runs good, raise the floor */
	UPDATE_WORK_FETCH,
	UPDATE_WORK_STORE,
	UPDATE_WORKS
};

enum { UPDATE_DIGEST = 32 };

/* What a bundle's signed manifest says, and who signed it. */
struct update_found {
	char compatible[RELEASE_NAME];
	struct release_version version;
	uint32_t security; /* 0 = the manifest does not say */
	char signer[UPDATE_SIGNER];
	int64_t signed_s;
	int64_t bytes;                 /* of the bundle */
	uint8_t digest[UPDATE_DIGEST]; /* of manifest and signature */
};

enum update_event_kind {
	UPDATE_EV_UNSET = 0,
	UPDATE_EV_TICK,
	UPDATE_EV_REQUEST,  /* request */
	UPDATE_EV_STICK,    /* present */
	UPDATE_EV_DEVICE,   /* detail: the USB device that was refused; more:
			     * it was a stick, too */
	UPDATE_EV_PROGRESS, /* work, done_bytes, total_bytes */
	UPDATE_EV_DONE,     /* work; found, release, count as it gives */
	UPDATE_EV_FAILED,   /* work, refusal, detail */
	UPDATE_EVENTS
};

struct update_event {
	enum update_event_kind kind;
	int64_t now_s, mono_ms;
	struct update_request request;
	bool present, more;
	enum update_work work;
	int64_t done_bytes, total_bytes;
	struct update_found found; /* LOOK, VERIFY */
	struct release release;    /* VERIFY, CHECK */
	uint32_t count;            /* FETCH, STORE */
	enum update_refusal refusal;
	struct str detail;
};

/* Or-ed into update_effects.bits, to be carried out in this order. */
enum update_effect {
	UPDATE_DO_STOP = 1,       /* end what is left of the work */
	UPDATE_DO_DROP = 2,       /* the copy is no longer wanted */
	UPDATE_DO_STORAGE_ON = 4, /* let sticks in */
	UPDATE_DO_STORAGE_OFF = 8,
	UPDATE_DO_START = 16,  /* begin effects.work */
	UPDATE_DO_FORGET = 32, /* the outcome was logged */
	UPDATE_DO_RESTART = 64,
	UPDATE_DO_POWER_OFF = 128,
	UPDATE_DO_CLOCK = 256, /* set it to effects.clock_s */
	UPDATE_DO_REPORT = 512 /* the report changed, or was asked for */
};

struct update_effects {
	unsigned bits;
	enum update_work work; /* START */
	int64_t clock_s;       /* CLOCK */
};

/* How the machine was found at the start. */
struct update_base {
	struct release running;
	uint32_t floor;         /* max of the kept one and running.security */
	char slot[UPDATE_SLOT]; /* that runs */
	bool healthy;           /* it was marked good (no matter in a trial) */
	bool trial;
	uint32_t trial_id; /* becomes outcome_id */
	struct release_version trial_from;
	int64_t trial_ends_ms; /* monotonic: `good` is due by then */
	bool ready;            /* activated before, not yet restarted */
	struct release_version ready_version;
	enum update_outcome outcome;
	uint32_t outcome_id;
	struct release_version outcome_from, outcome_to;
	int64_t outcome_s;
	bool stick;
};

struct update {
	struct update_base base;
	struct update_report report;
	struct update_found offer;
	struct release verified; /* what the proven copy holds */
	enum update_work work;   /* under way */
	bool healthy;            /* what runs was marked good in this start */
	bool good_due;           /* asked for while other work went on */
	bool look_due;
	bool hybrid;         /* a stick that was more was refused */
	bool power_off;      /* RESTARTING: off, not on again */
	int64_t deadline_ms; /* monotonic, INT64_MAX = none */
};

/* Milliseconds a state waits. Copying and writing may take long as long as
 * bytes go on; the others are bounded as a whole. */
enum {
	UPDATE_LOOK_MS = 60000,
	UPDATE_OFFER_MS = 600000,  /* a person reads it */
	UPDATE_STILL_MS = 30000,   /* COPYING: without a byte */
	UPDATE_VERIFY_MS = 600000, /* 2 GiB on a slow disk */
	UPDATE_WRITE_MS = 300000,  /* WRITING: without a byte: RAUC hashes */
	UPDATE_CHECK_MS = 60000,   /* CHECKING: the release; GOOD */
	/* Four calls to RAUC of 30 s: it has to end with a true record. */
	UPDATE_ACTIVATE_MS = 150000,
	UPDATE_FILES_MS = 120000,  /* fetch, store */
	UPDATE_RESTART_MS = 60000, /* then it is asked for again */
	UPDATE_TRIAL_S = 300       /* from boot to `good` */
};

void update_init(struct update *u, const struct update_base *base);
struct update_effects update_step(struct update *u,
    const struct update_event *ev) MUST_USE;

/* Short English words for logs and the wire: "no-stick", "offered"; NULL for
 * what is no value of the enum. The unset ones have one, too. */
const char *update_phase_name(enum update_phase p);
const char *update_refusal_name(enum update_refusal r);
const char *update_outcome_name(enum update_outcome o);
const char *update_files_name(enum update_files f);
const char *update_request_name(enum update_request_kind k);
const char *update_work_name(enum update_work w);

#endif
