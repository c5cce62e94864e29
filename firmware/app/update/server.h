/*
 * karcis-update: the root helper's loop. It serves the terminal on a Unix
 * socket (SOCK_SEQPACKET), steps core/update.h, and carries its effects out:
 * one worker at a time, the USB guard, restarts.
 */
#ifndef KARCIS_APP_UPDATE_SERVER_H
#define KARCIS_APP_UPDATE_SERVER_H

#include "firmware/core/err.h"
#include "worker.h"

struct server_options {
	struct worker_config worker;
	const char *config;  /* karcis.ini: allow list, name; NULL = none */
	const char *sysfs;   /* of the USB guard; NULL = no guard */
	const char *restart; /* "reboot", "exit", "command:PATH" */
	int socket;          /* listening */
	uid_t user;          /* besides root and this one: who may ask */
	int64_t trial_ms;    /* from boot, or from the start with files: */
};

/* Until SIGTERM, or a restart by "exit". */
int server_run(struct server_options *o, struct err *e) MUST_USE;

#endif
