/*
 * `karcis-ctl roster ...`: keys on a stick between a kiosk and its gates, for
 * offices without a hub. `roster_ctl_run` is karcis-ctl's side: it opens and
 * writes the files that people name. `roster_answer` works on the state
 * directory, in the running terminal or in karcis-ctl itself.
 */
#ifndef KARCIS_APP_ROSTER_CTL_H
#define KARCIS_APP_ROSTER_CTL_H

#include "question.h"

#define ROSTER_USAGE \
	"roster show [--json] | export FILE | import FILE [FINGERPRINT] |" \
	" remove GATE | revoke KEYID"

int roster_ctl_run(const char *config, int argc, char **argv);
int roster_answer(struct question *q);

/* The parts of roster_answer. */
enum { ROSTER_WORD_FILE = 2, ROSTER_WORD_PRINT = 3 };
int roster_show(struct question *q);
int roster_kiosk_export(struct question *q);
int roster_kiosk_import(struct question *q, struct str text);
int roster_kiosk_remove(struct question *q);
int roster_kiosk_revoke(struct question *q);
int roster_gate_export(struct question *q);
int roster_gate_import(struct question *q, struct str text);

/* "roster: ..." for a refusal that is no failure; EXIT_REFUSED. */
int roster_refuse(struct question *q, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* STATE/name; -ENAMETOOLONG. */
int roster_path(const struct question *q, const char *name, char out[256],
    struct err *e) MUST_USE;
/* An AUDIT_ROSTER entry, now. */
int roster_note(const struct question *q, int64_t detail, const char *text,
    struct err *e) MUST_USE;
/* What changed counts from now on in a running terminal too. */
void roster_changed(struct question *q);

#endif
