/* What the files of the workshop share. */
#ifndef KARCIS_APP_WORKSHOP_INNER_H
#define KARCIS_APP_WORKSHOP_INNER_H

#include "workshop.h"

#include "commission.h"
#include "drivers/printer/paper.h"
#include "drivers/relay/key_switch.h"
#include "firmware/app/terminal.h"
#include "firmware/app/update/update_client.h"
#include "firmware/store/audit_slices.h"
#include "firmware/store/technicians.h"

enum workshop_files { FILES_NONE = 0, FILES_FETCH, FILES_STORE };
enum workshop_job { JOB_NONE = 0, JOB_TEST, JOB_SELFTEST };

struct workshop {
	struct terminal *t;
	const struct bare *why; /* NULL = set up */
	struct tech_session session;
	struct tech_rules rules;
	struct technicians technicians;
	bool unreadable; /* there is a file of theirs: somebody is known */
	struct update_client *update; /* NULL = none on this machine */
	struct key_switch *key;
	bool key_told; /* the session knows that it is on */
	char config[512], config_folder[512], in[128], out[128];

	/* Work under way. */
	enum workshop_files files;
	bool files_begun; /* karcis-update was seen at it */
	int64_t files_ms; /* asked for, monotonic */
	bool exporting;   /* the out-folder is being filled; then STORE */
	bool exported;    /* there is something in it */
	bool audit_too_big;
	struct audit_slices *audit; /* under way; NULL = none */
	struct commission *commission;
	bool commissioning; /* it has more to do */
	enum workshop_job job;
	uint32_t job_id;
	int64_t sync_ms, sync_s;   /* asked for; 0 = not */
	int64_t clock_ms, clock_s; /* the same; what it is to be */
	int64_t quit_ms;           /* the program ends then; 0 = not */

	struct paper *paper;     /* as the last test slip should look */
	struct paper *old_paper; /* the screen may still show it */
	uint32_t papers;
	struct tech_line line[TECH_LINES]; /* of the last self-test */
	uint8_t lines;

	int64_t storage_ms;      /* not asked again before; monotonic */
	enum update_phase phase; /* of the last report */
	enum update_refusal refusal;
	char refused[UPDATE_DEVICE];  /* USB device, as logged last */
	uint32_t noted_id, logged_id; /* of outcomes */
	bool good;                    /* said */
	int64_t since_ms;             /* of the start */
	int32_t brightness;           /* dialled; -1 = not */
	int32_t volume;
	bool late_taken; /* what stands in late.h's file is in the journal */
	int64_t late_ms; /* not tried again before */
};

/* An event, and what follows from it. */
void workshop_feed(struct workshop *w, struct tech_event *ev);
struct tech_event workshop_event(enum tech_event_kind kind);
/* What a step asked for. True: *next is the answer. (workshop_carry.c) */
bool workshop_carry_out(struct workshop *w, const struct tech_effects *fx,
    struct tech_event *next);
/* What was done while the journal was closed comes into it. */
void workshop_take_late(struct workshop *w);
/* What karcis-update reports (workshop_update.c). */
void workshop_take_report(struct workshop *w);
void workshop_go_on(struct workshop *w, int64_t mono_ms);
bool workshop_ask_files(struct workshop *w, enum workshop_files files,
    struct err *e) MUST_USE;
bool workshop_ask(struct workshop *w, enum update_request_kind kind,
    struct err *e) MUST_USE;
/* Whether the terminal is healthy, said once (workshop_update.c). */
void workshop_say_good(struct workshop *w, int64_t mono_ms);

/* What STATUS and SELFTEST are about; returns how many lines
 * (workshop_lines.c). */
uint8_t workshop_lines(const struct workshop *w,
    struct tech_line line[TECH_LINES]);
/* None of the self-test's lines is bad. */
bool workshop_all_good(const struct workshop *w);
/* Adds what became of its page; then as workshop_all_good. */
bool workshop_end_selftest(struct workshop *w, enum print_verdict verdict);
/* The picture of what was sent to the printer last (workshop_paper.c). */
void workshop_draw_paper(struct workshop *w);
void workshop_drop_paper(struct workshop *w);
/* Prints the lines of the self-test. */
int workshop_print_lines(struct workshop *w, struct err *e) MUST_USE;
/* Fills the out-folder: status and log at once, the audit export by steps of
 * some 10 ms: 1 = there is more to do, 0 = all that there will be is there.
 * One that is too large for the folder is left out and w->audit_too_big says
 * so. (workshop_export.c) */
int workshop_export(struct workshop *w, struct err *e) MUST_USE;
int workshop_export_step(struct workshop *w, struct err *e) MUST_USE;
/* What was put there goes, it stands in memory. */
void workshop_end_export(struct workshop *w);

#endif
