/*
 * What the emulator's parts share: devices, their front ends, `at` actions.
 *
 * A front end carries bytes between a transport and a model. All calls are
 * made with the emulator's lock held.
 */
#ifndef KARCIS_TESTS_PRINTER_EMULATOR_H
#define KARCIS_TESTS_PRINTER_EMULATOR_H

#include <poll.h>

#include "printer_model.h"

enum { DEVICES = 2, ATS = 8, ACTION_MAX = 96 };

/* Waits until so many bytes of a job (or its cut) were taken. */
struct at {
	size_t job, pos;
	bool cut;
	char action[ACTION_MAX];
};

/* The USB side of a device, as `plug` shows it. */
struct usb_look {
	char vidpid[9], id[256]; /* "04b80e03"; IEEE 1284 id, "": stalls */
	int class_, id_length;   /* id_length -1: the true one */
	enum { SHAPE_PLAIN, SHAPE_ALTERNATES, SHAPE_LISTENS } shape;
	bool usblp, busy, no_reset, splits;
};

struct device {
	struct model m;
	struct usb_look look;
	bool plugged;
	bool keeps; /* an unplugged cable leaves the printer its bytes */
	int fault;  /* ends the transfer under way: -EPIPE, -EPROTO */
	size_t short_every;
	struct at at[ATS];
	size_t ats;
	unsigned cables; /* how often it was unplugged */
	size_t resets, claims, alternate, attached;
	void *front;
};

struct front {
	/* arg: its own word; prints one line that says where it is. */
	bool (*open)(struct device *d, const char *arg);
	void (*plug)(struct device *d);
	void (*unplug)(struct device *d);
	/* Moves what can be moved. */
	void (*work)(struct device *d);
	/* Adds descriptors to wait for. */
	int (*pollfds)(struct device *d, struct pollfd *fds);
	void (*close)(void);
	void (*killed)(void); /* NULL, or: the terminal was killed */
};

extern const struct front front_usb, front_tcp, front_pty, front_usbredir;
extern struct device devices[DEVICES];

void emulator_lock(void);
void emulator_unlock(void);
int64_t emulator_us(void);
/* Hands bytes to the model and fires what they reach; how many it took.
 * Then d->fault may be set, or the cable be out
 * (d->cables has changed). */
size_t emulator_take(struct device *d, const uint8_t *bytes, size_t n);

#endif
