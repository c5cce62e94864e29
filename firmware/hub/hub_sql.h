/*
 * Every statement of the hub, by name, for both stores. Each is one text;
 * what the stores say differently stands in braces and is put in by
 * hub_sql_text:
 *
 *   {each $2}   the members of a JSON list, as rows with a column `value`
 *   {words $2}  the same, of plain strings and numbers
 *   {among $2}  is one of the numbers of a JSON list
 *   {pg TEXT}   the text, for PostgreSQL alone
 *   {lock}      FOR UPDATE; SQLite has one writer at a time anyway
 *   {text}      the type of a column of text, compared by bytes
 *   {hot}       of a table whose rows change all the time
 *   {rowless}   of a table that is its own index
 *
 * Hashes, ids and keys are lower-case hexadecimal; numbers of 64 bits without
 * a sign are kept as their signed twins.
 */
#ifndef KARCIS_HUB_SQL_H
#define KARCIS_HUB_SQL_H

#include "firmware/core/err.h"
#include "firmware/core/str.h"

enum hub_dialect { HUB_DIALECT_UNSET = 0, HUB_SQLITE, HUB_POSTGRES };

#define HUB_SQL_NAMES(X) \
	X(PING) \
	X(OFFICE_ADD) \
	X(OFFICE_GET) \
	X(OFFICE_LOCK) \
	X(OFFICE_ROSTER) \
	X(OFFICE_RESTORED) \
	X(OFFICE_LIST) \
	X(TOKEN_ADD) \
	X(TOKEN_LOCK) \
	X(TOKEN_BIND) \
	X(DEVICE_GET) \
	X(DEVICE_LOCK) \
	X(DEVICE_WINDOW) \
	X(DEVICE_NAMED) \
	X(DEVICE_OFFICE) \
	X(DEVICE_ROSTER) \
	X(DEVICE_LAST) \
	X(DEVICE_SKIP) \
	X(DEVICE_ADD) \
	X(DEVICE_CLOSE) \
	X(DEVICE_REVOKE) \
	X(BUCKET_GET) \
	X(BUCKET_LOCK) \
	X(BUCKET_ADD) \
	X(BUCKET_SAVE) \
	X(BUCKET_ALL) \
	X(FEED_PAGE) \
	X(OP_FIND) \
	X(OP_ADD) \
	X(OP_TOLD) \
	X(LABEL_FIND) \
	X(ADMISSION_FIND) \
	X(ADMISSION_PUT) \
	X(BOOKING_STATUS) \
	X(BOOKING_FIND) \
	X(BOOKING_PUT) \
	X(NUMBER_FIND) \
	X(NUMBER_PUT) \
	X(POOL_FIND) \
	X(POOL_GRANT) \
	X(SLOT_SET) \
	X(SLOT_LIST) \
	X(SLOT_BOOKED) \
	X(REPORT_ADD) \
	X(REPORT_LIST) \
	X(DAY_BOOKINGS) \
	X(DAY_ADMISSIONS) \
	X(GAUGES) \
	X(LOG_GET) \
	X(LOG_PUT) \
	X(LOG_ADD) \
	X(LOG_ENTRIES) \
	X(LOG_OF_DEVICE) \
	X(LOG_TILE) \
	X(LOG_TILE_PUT) \
	X(CHAIN_GET) \
	X(CHAIN_PUT) \
	X(CHAIN_REPORT)

#define HUB_SQL_ENUM(name) HUB_SQL_##name,
enum hub_sql { HUB_SQL_NAMES(HUB_SQL_ENUM) HUB_SQL_COUNT };
#undef HUB_SQL_ENUM

/* "OP_FIND" */
const char *hub_sql_name(enum hub_sql id);
/* malloc'd; NULL when out of memory. */
char *hub_sql_text(enum hub_sql id, enum hub_dialect dialect);
/* Any text with the same braces. */
char *hub_sql_expand(const char *text, enum hub_dialect dialect);

#endif
