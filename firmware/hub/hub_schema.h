/*
 * The tables, and how they came to be: step i brings a store from version i
 * to i + 1. A release adds steps and never changes one.
 */
#ifndef KARCIS_HUB_SCHEMA_H
#define KARCIS_HUB_SCHEMA_H

#include "hub_sql.h"

enum { HUB_SCHEMA_VERSION = 2 };

/* How a store lets its schema be seen and changed; ctx goes along. */
struct hub_schema_port {
	enum hub_dialect dialect;
	void *ctx;
	/* Any number of statements without rows. */
	int (*exec)(void *ctx, const char *sql, struct err *e);
	/* One number; -ENOENT (no sentence) without a row. */
	int (*number)(void *ctx, const char *sql, int64_t *out, struct err *e);
};
/* Under a lock, in one transaction. -EPROTO: made by a newer release. */
int hub_schema_update(const struct hub_schema_port *p, struct err *e) MUST_USE;

#endif
