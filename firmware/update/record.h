/*
 * What karcis-update remembers of the last update, so that after a restart or
 * a crash at any point it tells the true story.
 *
 * DIR/record is written before the other slot is activated, after it, and at
 * the end. boot is the kernel's boot id at the activation: while it is the
 * same the machine has not started again, whatever happened to this process.
 */
#ifndef KARCIS_UPDATE_RECORD_H
#define KARCIS_UPDATE_RECORD_H

#include "firmware/core/update.h"

enum record_stage {
	RECORD_NONE = 0,   /* nothing is due */
	RECORD_ACTIVATING, /* maybe the other slot is active already */
	RECORD_ACTIVATED,
	RECORD_INSTALLED, /* the end; not logged yet */
	RECORD_RETURNED,
	RECORD_STAGES
};

enum { RECORD_BOOT = 48 };

struct record {
	uint32_t id; /* of the last update; goes on counting */
	enum record_stage stage;
	struct release_version from, to;
	char from_slot[UPDATE_SLOT], to_slot[UPDATE_SLOT];
	char boot[RECORD_BOOT]; /* at the activation */
	int64_t time_s;         /* of the end, wall; 0 = none yet */
};

/* What a start finds. */
enum record_story {
	STORY_UNSET = 0,
	STORY_NOTHING, /* no update is under way */
	STORY_DROPPED, /* the activation never took place */
	STORY_READY,   /* activated; the machine has not started again */
	STORY_TRIAL,   /* the new one runs for the first time */
	STORY_RETURNED /* the old one runs again */
};

/* The facts: the kernel's boot id, the slot that runs, and whether the other
 * one is first in the loader's order. */
enum record_story record_story(const struct record *r, const char *boot,
    const char *running, bool other_first) MUST_USE;

/* Cleared when there is none. -EINVAL: it cannot be read. Keys that are not
 * known are passed over: the old system reads what the new one left. */
int record_load(const char *dir, struct record *out, struct err *e) MUST_USE;
int record_save(const char *dir, const struct record *r,
    struct err *e) MUST_USE;

#endif
