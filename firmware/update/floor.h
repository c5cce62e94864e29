/*
 * The security floor: the highest security counter that was ever good here.
 *
 * DIR/floor is the one line "security N\n". It only rises. Together with the
 * counter of what runs (whichever is higher) it is the lowest that an update
 * may have, so a hole that was closed is not opened again by an old bundle
 * that is signed as well as any.
 */
#ifndef KARCIS_UPDATE_FLOOR_H
#define KARCIS_UPDATE_FLOOR_H

#include "firmware/core/err.h"
#include "firmware/core/str.h"

/* 0 in *out when there is none yet. -EINVAL: it cannot be read. */
int floor_load(const char *dir, uint32_t *out, struct err *e) MUST_USE;
/* Durable on return; a lower or equal value changes nothing. */
int floor_raise(const char *dir, uint32_t security, struct err *e) MUST_USE;

#endif
