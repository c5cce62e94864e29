/*
 * Requests and reports between the terminal and karcis-update, as text.
 *
 * One message is one datagram of a SOCK_SEQPACKET socket. A request is one
 * line: its name, for `logged` and `clock` a blank and the number. A report is
 * lines of `key value`; a value may be empty, has no control character, and
 * each key stands there once, in the order of struct update_report. Both sides
 * refuse what does not read exactly so.
 */
#ifndef KARCIS_CORE_UPDATE_WIRE_H
#define KARCIS_CORE_UPDATE_WIRE_H

#include "update.h"

enum { UPDATE_REQUEST_BYTES = 64, UPDATE_REPORT_BYTES = 2048 };

void update_request_write(const struct update_request *r, struct buf *out);
/* False (and *out cleared) when it is no request. */
bool update_request_parse(struct str text, struct update_request *out) MUST_USE;
/* Fits UPDATE_REPORT_BYTES whatever the texts; control characters and what is
 * not UTF-8 are written as '?'. */
void update_report_write(const struct update_report *r, struct buf *out);
/* False (and *out cleared: UPDATE_UNSET) when it is no report. */
bool update_report_parse(struct str text, struct update_report *out) MUST_USE;

#endif
