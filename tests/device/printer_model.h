/*
 * A ticket printer as a pure model: bytes in; papers and replies out.
 *
 * Bytes that were taken wait in the receive buffer until they are printed, at
 * `speed` bytes a second. What waits is lost at power-off and at a soft
 * reset, and so is a command that is half read. Real-time commands (DLE EOT)
 * are answered when they arrive, even when the buffer is full. No clock, no
 * file, no device: the front end passes the time in and carries bytes.
 *
 *   GS ( H 48   process id: only the newest pending one is answered, when
 *               what stands before it is printed; what is cleared never is
 *   GS a n      four bytes of status when enabled and on each change
 *   GS r 1      one byte, in order; bits 2, 3: paper end; 0, 1: near end
 *   DLE EOT n   n = 1..4; n = 20: six bytes (custom)
 *   GS e n      2 retract, 3 m present, 5 eject (custom)
 */
#ifndef KARCIS_TESTS_PRINTER_MODEL_H
#define KARCIS_TESTS_PRINTER_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum model_family {
	MODEL_NONE = 0,
	MODEL_EPSON,   /* everything but the presenter */
	MODEL_ASB,     /* no process id */
	MODEL_ORDER,   /* neither process id nor automatic status */
	MODEL_CUSTOM,  /* as order; full status and presenter */
	MODEL_GENERIC, /* DLE EOT only */
	MODEL_MUTE,    /* only listens */
	MODEL_FAMILIES
};

enum token_kind {
	TOKEN_NONE = 0, /* not whole yet */
	TOKEN_TEXT,
	TOKEN_INIT,
	TOKEN_FORMAT,
	TOKEN_FEED,
	TOKEN_RASTER,
	TOKEN_CUT,
	TOKEN_REAL_TIME,
	TOKEN_ASB,
	TOKEN_ASK,
	TOKEN_PROCESS,
	TOKEN_PRESENT,
	TOKEN_NUL,
	TOKEN_UNKNOWN
};

enum { TOKEN_HEAD = 12 };

/* One command under way. */
struct token {
	uint8_t head[TOKEN_HEAD];
	size_t len, need; /* need 0: not known yet */
};

enum presenter {
	PRESENTER_EMPTY = 0,
	PRESENTER_HELD,
	PRESENTER_MOVING,
	PRESENTER_SHOWN
};

enum paper_kind {
	PAPER_NONE = 0,
	PAPER_CUT,    /* printed and cut off: somebody can hold it */
	PAPER_TORN,   /* begun, and its rest was lost */
	PAPER_JOINED, /* torn, and still at the head of the next paper */
};

enum {
	MODEL_BUFFER_MAX = 65536,
	MODEL_STRIP_MAX = 1 << 18,
	MODEL_REPLIES = 256
};

struct model_reply {
	int64_t due_us;
	uint8_t bytes[8];
	size_t len;
};

struct model {
	enum model_family family;
	/* what a test turns */
	size_t buffer;     /* bytes of the receive buffer */
	size_t speed;      /* bytes printed a second; 0: at once */
	size_t paper_left; /* bytes until the paper ends; SIZE_MAX: many */
	size_t stop_job;   /* of job number stop_job (first: 1; 0: none) */
	size_t stop_at;    /* takes this many bytes and then no more, */
	bool stop_cut;     /* or no more once its cut was taken */
	bool paper_out, near_end, cover_open, cutter_jam, cutter_error;
	bool paused; /* takes nothing and prints nothing */
	bool proof_off, doubled, split, dropped;
	bool init_stops_asb; /* ESC @ ends the automatic status */
	int64_t proof_delay_us, reply_delay_us;
	int64_t present_us;     /* custom: the way out takes so long, */
	bool present_fails;     /* or never ends */
	uint8_t full_status[3]; /* custom: user, recoverable, unrecoverable */
	/* what it is doing */
	struct token in, out; /* at the receiver; at the print head */
	bool in_job, job_cut;
	size_t job_taken, taken, jobs;
	uint8_t fifo[MODEL_BUFFER_MAX];
	size_t first, waiting;
	int64_t printed_us;
	bool asb_on;
	uint8_t process[4];
	int64_t process_due_us; /* -1: none pending */
	int64_t present_due_us;
	struct model_reply reply[MODEL_REPLIES];
	size_t replies;
	enum presenter presenter;
	uint8_t strip[MODEL_STRIP_MAX];
	size_t strip_len, ink;
	/* what it has done */
	size_t cuts, torn, joined, wakes, lost, image_commands, unknown,
	    texts;       /* bytes of plain text: a picture has none */
	bool torn_hangs; /* a torn piece was not cut off */
	size_t heads;    /* papers that bear one */
	size_t proofs, shown, ejected, retracted, removed, asked;
	/* each paper as it ends */
	void (*paper)(void *ctx, enum paper_kind kind, const uint8_t *bytes,
	    size_t len);
	void *ctx;
};

void model_init(struct model *m, enum model_family family);
/* Takes as many of the bytes as it can now and returns how many. Stops at
 * m->stop_at bytes of a job. Looking ahead, it counts a job from its ESC @
 * when something printable follows in the same bytes. */
size_t model_take(struct model *m, const uint8_t *bytes, size_t n,
    int64_t now_us);
/* Prints and answers what is due. */
void model_run(struct model *m, int64_t now_us);
/* When model_run has something to do; INT64_MAX: never by itself. */
int64_t model_due_us(const struct model *m);
/* Up to cap bytes of replies that are due. */
size_t model_replies(struct model *m, uint8_t *out, size_t cap, int64_t now_us);
/* After a fact was changed from outside: tells it (GS a). */
void model_changed(struct model *m, int64_t now_us);
/* Everything that waits is lost; kept facts stay. */
void model_reset(struct model *m);
/* Throws away what waits and says so (37 25 00). */
void model_clear(struct model *m, int64_t now_us);
/* Says these bytes, whatever they mean. */
void model_say(struct model *m, const void *bytes, size_t n, int64_t now_us);
/* A hand takes the ticket from the presenter. */
void model_remove(struct model *m);

#endif
