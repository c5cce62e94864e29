/*
 * A ticket printer: takes one job at a time, never blocks, tells the truth.
 *
 * The owner runs one poll loop: it puts printer_pollfds() into its set, waits
 * no longer than printer_deadline_ms(), calls printer_service() after every
 * wait and then takes events until there are none. A job ends in exactly one
 * PRINTER_JOB event with a verdict; nothing is ever sent a second time.
 *
 * Devices:
 *   usb:auto           first printer of class 7 whose IEEE 1284 id speaks
 *                      ESC/POS, or whose vendor is known to
 *   usb:04b8:0202      that vendor and product
 *   device:/dev/usb/lp0  a character device, or a regular file (appended to)
 *   stream             `fd` is the connection itself
 *   tcp:HOST:PORT      `fd` is the channel on which karcis-link hands over a
 *                      connected socket, and a new one each time it is lost
 *   virtual:DIR        DIR/NNNN.bin and, with `draw`, DIR/NNNN.png; out of
 *                      paper while DIR/NO-PAPER exists
 */
#ifndef KARCIS_PRINTER_H
#define KARCIS_PRINTER_H

#include "firmware/core/err.h"
#include "firmware/core/print.h"

#include <poll.h>

/* Which language and which proof of printing the printer has. */
enum printer_profile {
	PRINTER_AUTO = 0, /* by USB ids and IEEE 1284 id; else generic */
	PRINTER_EPSON,    /* proof: GS ( H function 48, process id */
	PRINTER_ASB,      /* automatic status; proof: GS r in order */
	PRINTER_ORDER,    /* proof: GS r in order */
	PRINTER_CUSTOM,   /* proof: GS r in order and the presenter's status */
	PRINTER_GENERIC,  /* no proof: a full job ends UNSURE */
};

enum { PRINTER_DEVICE_MAX = 255 };

struct printer_config {
	char device[PRINTER_DEVICE_MAX + 1];
	enum printer_profile profile;
	int fd; /* stream, tcp: taken over (closed by printer_close) */
	/* virtual: draws `bytes` as the PNG file png_path; NULL: no picture.
	 * 0 or a negative errno; called from printer_service. */
	int (*draw)(void *draw_ctx, const uint8_t *bytes, size_t len,
	    const char *png_path, struct err *e);
	void *draw_ctx;
};

enum printer_event_kind {
	PRINTER_NOTHING = 0,
	PRINTER_JOB,      /* job_id, verdict, taken, total, late: it ended */
	PRINTER_PROGRESS, /* job_id, taken, total: bytes the printer took */
	PRINTER_STATUS,   /* status: some fact changed */
	PRINTER_LOG,      /* text: one line for the log */
};

struct printer_event {
	enum printer_event_kind kind;
	uint32_t job_id;
	enum print_verdict verdict;
	bool late; /* JOB: a proof after UNSURE was told: now PRINTED */
	size_t taken, total;
	struct printer_status status;
	char text[160];
};

struct printer;

/* True when the device string has a known form; why not is in e. */
int printer_check_device(const char *device, struct err *e) MUST_USE;
/* Opens. A printer that is absent is no failure (it may be plugged in later):
 * status.connected says so. -EINVAL for a bad device string, -ENOMEM, or what
 * libusb or the directory said. */
int printer_open(const struct printer_config *config, struct printer **out,
    struct err *e) MUST_USE;
/* An earlier run of the program left a job behind: what it printed is cut off
 * when the printer comes up next. */
void printer_assume_torn(struct printer *p);
/* Ends a running job without an event; NULL does nothing. */
void printer_close(struct printer *p);

/* Fills at most cap entries and returns how many there are; the set may
 * change after each printer_service. 8 are enough for every device. */
size_t printer_pollfds(struct printer *p, struct pollfd *fds, size_t cap);
/* When printer_service wants to be called at the latest, monotonic
 * milliseconds; INT64_MAX when it has nothing to wait for. */
int64_t printer_deadline_ms(const struct printer *p);
/* Does what is due. fds as filled above with revents, or n = 0. */
void printer_service(struct printer *p, const struct pollfd *fds, size_t n,
    int64_t mono_ms);

/* Starts a job; bytes are copied. job_id is 1..99999999 and differs from the
 * last eight. Refused up front, with no byte sent and a PRINTER_JOB event
 * NOT_PRINTED: -ENODEV not connected, -ENOSPC out of paper, -EIO cover open,
 * cutter or offline. -EBUSY (a job is running), -EINVAL and -ENOMEM give no
 * event. */
int printer_submit(struct printer *p, uint32_t job_id, const uint8_t *bytes,
    size_t len, int64_t mono_ms, struct err *e) MUST_USE;
/* Takes the oldest event; false when there is none. */
bool printer_next_event(struct printer *p, struct printer_event *out) MUST_USE;

const struct printer_status *printer_status(const struct printer *p);
bool printer_busy(const struct printer *p);
/* "USB 04b8:0202 EPSON TM-T20II", "file /tmp/x": for status and logs. */
const char *printer_name(const struct printer *p);
const char *print_verdict_name(enum print_verdict v);
/* The family in use, "epson" ... "generic"; "" before a printer is there or
 * where the device proves by itself. */
const char *printer_profile_name(const struct printer *p);

#endif
