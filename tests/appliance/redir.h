/*
 * A USB device of ours behind QEMU's usb-redir: the server side of the
 * usbredir protocol over a Unix socket, one connection at a time.
 *
 * QEMU is the client (`-chardev socket,path=...,reconnect=1`). The layer
 * answers what every device answers (descriptors, configuration, HID idle and
 * protocol) and keeps the transfers that wait; the device says what it is by
 * its descriptors and fills or takes the rest. Endpoints and interfaces that
 * the protocol asks for are read from the configuration descriptor.
 */
#ifndef KARCIS_TESTS_REDIR_H
#define KARCIS_TESTS_REDIR_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct usbredirparser;

enum {
	REDIR_INTERFACES = 4,
	REDIR_STRINGS = 4,
	REDIR_TRANSFERS = 64,
	REDIR_CONTROL_MAX = 512,
	REDIR_BULK_MAX = 65536,
	REDIR_ENDPOINTS = 32, /* as the protocol counts: 16 out, 16 in */
};

/* A control request that is not a standard one. */
struct redir_setup {
	uint8_t type, request;
	uint16_t value, index, length;
};

/* What a device is. Descriptors are as they go over the wire. */
struct redir_look {
	uint8_t device[18];
	uint8_t config[256];
	size_t config_len;
	const uint8_t *report[REDIR_INTERFACES]; /* HID; by interface */
	size_t report_len[REDIR_INTERFACES];
	const char *string[REDIR_STRINGS]; /* [1] is string 1 */
};

/* A bulk transfer that the guest waits for. */
struct redir_transfer {
	uint64_t id;
	uint8_t endpoint;
	uint8_t *data; /* OUT: the bytes */
	size_t len, done;
	uint32_t stream;
};

struct redir {
	struct redir_look look;
	int listener, fd; /* -1: none */
	struct usbredirparser *parser;
	bool plugged;   /* the cable is in */
	bool connected; /* and QEMU was told */
	uint8_t configuration;
	bool polled[16]; /* interrupt IN endpoints that the guest reads */
	struct redir_transfer transfer[REDIR_TRANSFERS];
	size_t transfers;
	unsigned resets;
	/* Class and vendor requests: fills at most *len bytes and sets *len;
	 * false: stalls. NULL: all stall. */
	bool (*control)(void *ctx, const struct redir_setup *setup,
	    uint8_t *data, size_t *len);
	/* The bus was reset, or the other side went: forget what waits. */
	void (*reset)(void *ctx);
	void *ctx;
};

/* Listens on path (made anew). False, and perror said why: not possible. */
bool redir_open(struct redir *r, const char *path);
void redir_close(struct redir *r);
/* The descriptors to wait for, at most two; returns how many. */
int redir_pollfds(const struct redir *r, struct pollfd *fds);
/* Accepts, reads, writes what is ready. Never waits. */
void redir_service(struct redir *r);
void redir_plug(struct redir *r);
void redir_unplug(struct redir *r);
/* Ends transfer i with usb_redir_* status. IN: data has `done` bytes. */
void redir_complete(struct redir *r, size_t i, int status, const uint8_t *data);
/* One report of an interrupt IN endpoint (0x81...). False: nobody reads. */
bool redir_interrupt(struct redir *r, uint8_t endpoint, const uint8_t *data,
    size_t len);

#endif
