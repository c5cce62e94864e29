/*
 * Word of changes between processes on one SQLite file: a datagram of 8 bytes
 * (u32 office, i32 day, big-endian) to PATH-notice, a Unix socket of the hub
 * that serves. Lost ones do no harm: a poll ends in time.
 */
#ifndef KARCIS_HUB_HUB_NOTICE_H
#define KARCIS_HUB_HUB_NOTICE_H

#include "firmware/core/err.h"

/* The serving hub's end, not blocking; what an earlier one left is replaced.
 * -ENAMETOOLONG: the path is too long for a socket (at most 100 bytes). */
int hub_notice_open(const char *path, struct err *e) MUST_USE;
void hub_notice_send(const char *path, uint32_t office, int32_t day);
bool hub_notice_take(int fd, uint32_t *office, int32_t *day) MUST_USE;

#endif
