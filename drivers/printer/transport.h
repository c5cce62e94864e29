/*
 * How bytes reach a printer: USB, a file descriptor, or virtual paper.
 *
 * A transport takes one run of bytes at a time with `send` and tells what
 * became of it through `tell`, from inside its calls; `tell` never calls back
 * into the transport. Bytes handed to `send`
 * stay the caller's and unchanged until all were told as TAKEN, or STOPPED or
 * LOST came. Nothing blocks. No function pointer is NULL.
 */
#ifndef KARCIS_PRINTER_TRANSPORT_H
#define KARCIS_PRINTER_TRANSPORT_H

#include "printer.h"
#include "firmware/core/str.h"

enum transport_event_kind {
	TRANSPORT_NOTHING = 0,
	TRANSPORT_UP,      /* text: its name; profile: what it seems to be */
	TRANSPORT_LOST,    /* n: bytes that may have been taken uncounted */
	TRANSPORT_TAKEN,   /* n more bytes of the run were taken */
	TRANSPORT_STOPPED, /* the run ended early; what was taken is told */
	TRANSPORT_DRAINED, /* what was taken has left this machine */
	TRANSPORT_BYTES,   /* bytes, n: the printer said something */
	TRANSPORT_FACTS,   /* status: what a printer without replies knows */
	TRANSPORT_PROVED,  /* the whole run is on paper */
	TRANSPORT_NOTE,    /* text for the log */
};

struct transport_event {
	enum transport_event_kind kind;
	size_t n;
	const uint8_t *bytes;
	const char *text;
	enum printer_profile profile;
	bool held; /* UP: the printer may wait for the rest of a command */
	struct printer_status status;
};

typedef void transport_tell(void *owner, const struct transport_event *ev);

struct transport;

struct transport_ops {
	void (*close)(struct transport *t);
	size_t (*pollfds)(struct transport *t, struct pollfd *fds, size_t cap);
	int64_t (*deadline_ms)(const struct transport *t);
	void (*service)(struct transport *t, const struct pollfd *fds, size_t n,
	    int64_t mono_ms);
	/* 0; -EBUSY: a run is under way; -ENODEV: not up. */
	int (*send)(struct transport *t, const uint8_t *bytes, size_t n);
	/* Cancels the run; STOPPED (or LOST) follows, at once or later. */
	void (*stop)(struct transport *t);
	/* Throws away what the printer holds; UP follows when it is back. */
	void (*reset)(struct transport *t);
};

struct transport {
	const struct transport_ops *ops;
	transport_tell *tell;
	void *owner;
	bool talks;  /* speaks ESC/POS: it may be asked for status and proof */
	bool proves; /* tells PROVED by itself */
};

static inline void transport_say(struct transport *t,
    enum transport_event_kind kind, size_t n)
{
	t->tell(t->owner, &(struct transport_event){.kind = kind, .n = n});
}

static inline void transport_note(struct transport *t, const char *text)
{
	t->tell(t->owner,
	    &(struct transport_event){.kind = TRANSPORT_NOTE, .text = text});
}

/* Each tells nothing before its first service. */
int transport_open_usb(int vendor, int product, transport_tell *tell,
    void *owner, struct transport **out, struct err *e) MUST_USE;
int transport_open_device(const char *path, transport_tell *tell, void *owner,
    struct transport **out, struct err *e) MUST_USE;
int transport_open_stream(int fd, bool channel, transport_tell *tell,
    void *owner, struct transport **out, struct err *e) MUST_USE;
/* A device file for reading and writing, or a regular file to append to:
 * a descriptor that does not block, or -errno. */
int device_open_path(const char *path) MUST_USE;
int transport_open_virtual(const struct printer_config *config, const char *dir,
    transport_tell *tell, void *owner, struct transport **out,
    struct err *e) MUST_USE;

#endif
