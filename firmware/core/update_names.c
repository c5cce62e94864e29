#include "update.h"

static const char *const PHASES[UPDATE_PHASES] = {
    [UPDATE_UNSET] = "unset",
    [UPDATE_IDLE] = "idle",
    [UPDATE_LOOKING] = "looking",
    [UPDATE_OFFERED] = "offered",
    [UPDATE_COPYING] = "copying",
    [UPDATE_VERIFYING] = "verifying",
    [UPDATE_WRITING] = "writing",
    [UPDATE_CHECKING] = "checking",
    [UPDATE_READY] = "ready",
    [UPDATE_RESTARTING] = "restarting",
    [UPDATE_REFUSED] = "refused",
};

static const char *const REFUSALS[UPDATE_REFUSALS] = {
    [UPDATE_REFUSAL_UNSET] = "none",
    [UPDATE_NO_STICK] = "no-stick",
    [UPDATE_NO_BUNDLE] = "no-bundle",
    [UPDATE_TWO_BUNDLES] = "two-bundles",
    [UPDATE_TOO_BIG] = "too-big",
    [UPDATE_WRONG_FS] = "wrong-fs",
    [UPDATE_DAMAGED_FS] = "damaged-fs",
    [UPDATE_STICK_GONE] = "stick-gone",
    [UPDATE_READ_ERROR] = "read-error",
    [UPDATE_CORRUPT] = "corrupt",
    [UPDATE_TRUNCATED] = "truncated",
    [UPDATE_NOT_A_BUNDLE] = "not-a-bundle",
    [UPDATE_UNSIGNED] = "unsigned",
    [UPDATE_WRONG_SIGNER] = "wrong-signer",
    [UPDATE_SIGNING_TIME] = "signing-time",
    [UPDATE_REVOKED] = "revoked",
    [UPDATE_WRONG_PRODUCT] = "wrong-product",
    [UPDATE_DOWNGRADE] = "downgrade",
    [UPDATE_SAME_VERSION] = "same-version",
    [UPDATE_BELOW_FLOOR] = "below-floor",
    [UPDATE_BAD_RELEASE] = "bad-release",
    [UPDATE_NO_ROOM] = "no-room",
    [UPDATE_SLOT_WRITE] = "slot-write",
    [UPDATE_CHANGED] = "changed",
    [UPDATE_STICK_IS_MORE] = "stick-is-more",
    [UPDATE_BUSY] = "busy",
    [UPDATE_SLOT_SICK] = "slot-sick",
    [UPDATE_INTERNAL] = "internal",
};

static const char *const OUTCOMES[] = {
    [UPDATE_OUTCOME_NONE] = "none",
    [UPDATE_INSTALLED] = "installed",
    [UPDATE_RETURNED] = "returned",
};

static const char *const FILES[UPDATE_FILES_STATES] = {
    [UPDATE_FILES_NONE] = "none",
    [UPDATE_FETCHING] = "fetching",
    [UPDATE_FETCHED] = "fetched",
    [UPDATE_STORING] = "storing",
    [UPDATE_STORED] = "stored",
    [UPDATE_FILES_REFUSED] = "refused",
};

static const char *const ASKED[UPDATE_REQUESTS] = {
    [UPDATE_ASK_UNSET] = "unset",
    [UPDATE_ASK_REPORT] = "report",
    [UPDATE_ASK_LOOK] = "look",
    [UPDATE_ASK_UPDATE] = "update",
    [UPDATE_ASK_CANCEL] = "cancel",
    [UPDATE_ASK_RESTART] = "restart",
    [UPDATE_ASK_GOOD] = "good",
    [UPDATE_ASK_LOGGED] = "logged",
    [UPDATE_ASK_STORAGE_ON] = "storage-on",
    [UPDATE_ASK_STORAGE_OFF] = "storage-off",
    [UPDATE_ASK_FETCH] = "fetch",
    [UPDATE_ASK_STORE] = "store",
    [UPDATE_ASK_POWER_OFF] = "power-off",
    [UPDATE_ASK_CLOCK] = "clock",
};

static const char *const WORKS[UPDATE_WORKS] = {
    [UPDATE_WORK_NONE] = "none",
    [UPDATE_WORK_LOOK] = "look",
    [UPDATE_WORK_COPY] = "copy",
    [UPDATE_WORK_VERIFY] = "verify",
    [UPDATE_WORK_WRITE] = "write",
    [UPDATE_WORK_CHECK] = "check",
    [UPDATE_WORK_ACTIVATE] = "activate",
    [UPDATE_WORK_GOOD] = "good",
    [UPDATE_WORK_FETCH] = "fetch",
    [UPDATE_WORK_STORE] = "store",
};

static const char *pick(const char *const *names, size_t n, unsigned i)
{
	return i < n ? names[i] : NULL;
}

const char *update_phase_name(enum update_phase p)
{
	return pick(PHASES, ARRAY_LEN(PHASES), p);
}

const char *update_refusal_name(enum update_refusal r)
{
	return pick(REFUSALS, ARRAY_LEN(REFUSALS), r);
}

const char *update_outcome_name(enum update_outcome o)
{
	return pick(OUTCOMES, ARRAY_LEN(OUTCOMES), o);
}

const char *update_files_name(enum update_files f)
{
	return pick(FILES, ARRAY_LEN(FILES), f);
}

const char *update_request_name(enum update_request_kind k)
{
	return pick(ASKED, ARRAY_LEN(ASKED), k);
}

const char *update_work_name(enum update_work w)
{
	return pick(WORKS, ARRAY_LEN(WORKS), w);
}
