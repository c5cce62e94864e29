/*
 * Proofs of paper: which job asked, and which answer proves it. Pure.
 *
 * Process ids (GS ( H): several questions may be open; the answer to one
 * proves its job and every older one.
 *
 * In order (GS r 1, ORDER_RUN times): one question at a time. Its answers
 * are single bytes without a mark of their own, so only ORDER_RUN equal ones
 * in a row count, and only of the two values that say "there is paper".
 *
 * Presenter: in order, and besides the full status must show the ticket in
 * the mouth, nothing moving and nothing broken.
 */
#ifndef KARCIS_PRINTER_PROOF_H
#define KARCIS_PRINTER_PROOF_H

#include "profile.h"

enum {
	PROOF_OPEN_MAX = 8,
	PROOF_BYTES_MAX = 16,
	ORDER_RUN = 3,
	PRESENT_STEPS = 12 /* GS e 3: how far it comes out */
};

/* The bytes that follow a ticket of that family; returns how many. */
size_t proof_question(enum printer_profile p, uint32_t job_id,
    uint8_t out[PROOF_BYTES_MAX]);

struct proof_ids {
	struct {
		uint32_t job_id;
		bool current;   /* else: it ended UNSURE */
	} open[PROOF_OPEN_MAX]; /* oldest first */
	size_t count;
};

void proof_ids_asked(struct proof_ids *p, uint32_t job_id);
/* The current job ended; its question stays open when nobody knows. */
void proof_ids_ended(struct proof_ids *p, enum print_verdict verdict);
/* An answer. Returns how many jobs that ended UNSURE it proves, in `late`;
 * *current: it proves the job that runs. */
size_t proof_ids_answer(struct proof_ids *p, unsigned process_id,
    uint32_t late[PROOF_OPEN_MAX], bool *current);

enum order_says {
	ORDER_NOTHING = 0, /* not yet, or no answer that can be */
	ORDER_PASSED,      /* all before the question has been done */
	ORDER_NO_PAPER,    /* the question was reached without paper */
};

struct order_run {
	uint8_t value;
	unsigned count;
};

/* One answer byte of GS r 1. */
enum order_says order_byte(struct order_run *o, uint8_t value) MUST_USE;

struct presenter {
	bool passed;  /* the question in order was answered */
	bool was_out; /* the mouth was empty since the job began */
	bool seen;    /* and then had the ticket in it */
};

/* A job begins; ticket: what the mouth holds as far as known. */
void presenter_begin(struct presenter *p, enum fact ticket);
/* Both true when the ticket is proved. */
bool presenter_passed(struct presenter *p) MUST_USE;
bool presenter_status(struct presenter *p,
    const struct full_status *s) MUST_USE;

#endif
