/*
 * Closes the process in: after it, files outside the rules, programs and,
 * but for the link, the network are out of reach, for all that a bug in a
 * parser might try.
 *
 * Called once, after everything that is to be spawned was forked and before
 * the first byte from outside is read. It sets no_new_privs, forbids core
 * dumps and debuggers (the process holds keys), then closes the file system
 * with Landlock and the system calls with seccomp. A kernel without Landlock
 * is not an error: the report says what was given and `status` shows it.
 *
 * Refused calls return EPERM (files outside the rules: EACCES) and the
 * process goes on. Sockets: AF_UNIX and AF_NETLINK only; with `network` also
 * TCP and UDP, but then no socket can be made to listen.
 */
#ifndef KARCIS_APP_SANDBOX_H
#define KARCIS_APP_SANDBOX_H

#include "firmware/core/err.h"
#include "firmware/core/str.h"

enum { SANDBOX_PATHS = 32 };

struct sandbox_rules {
	/* Files or folders (with all below); NULL ends early. A path that does
	 * not exist is passed over: no rule can name it. */
	const char *read[SANDBOX_PATHS];
	const char *write[SANDBOX_PATHS]; /* read, write, create, remove */
	bool network; /* for karcis-link alone: it may connect */
};

struct sandbox_report {
	bool closed; /* seccomp is on; false in a cleared report */
	bool seccomp;
	int landlock_abi; /* of the kernel, 0 = it has none */
	bool landlock;    /* the file rules are on */
	unsigned rules;   /* paths that took part */
	unsigned missing; /* paths that did not exist */
};

/* karcis-link's: the network, /etc, what the resolver, the C library's modules
 * and TLS read, and one more file (NULL: none). Nothing to write, no device,
 * no state. */
void sandbox_link_rules(struct sandbox_rules *out, const char *file);

/* Cannot be undone. -ENOSYS and others: the kernel refused seccomp, which a
 * caller should treat as fatal; *out says how far it went. */
int sandbox_close_in(const struct sandbox_rules *rules,
    struct sandbox_report *out, struct err *e) MUST_USE;
/* One line for `status`, e.g. "landlock abi 7, seccomp on". */
void sandbox_describe(const struct sandbox_report *r, struct buf *out);

#endif
