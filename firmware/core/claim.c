#include "claim.h"

static const char *const op_word[CLAIM_OPS] = {
    [CLAIM_OP_UNSET] = "",
    [CLAIM_ADMIT] = "admit",
    [CLAIM_NUMBERS] = "numbers",
    [CLAIM_ALLOWANCE] = "allowance",
    [CLAIM_PASS] = "pass",
};

static const char *const answer_word[CLAIM_ANSWERS] = {
    [CLAIM_UNSET] = "",
    [CLAIM_ADMITTED] = "admitted",
    [CLAIM_USED] = "used",
    [CLAIM_CANCELLED] = "cancelled",
    [CLAIM_RESCHEDULED] = "rescheduled",
    [CLAIM_BLOCKED] = "blocked",
    [CLAIM_REVOKED] = "revoked",
    [CLAIM_UNKNOWN] = "unknown",
    [CLAIM_GRANTED] = "granted",
    [CLAIM_BAD] = "bad",
    [CLAIM_UNSUPPORTED] = "unsupported",
};

const char *claim_op_word(enum claim_op op)
{
	return (unsigned)op < CLAIM_OPS ? op_word[op] : "";
}

enum claim_op claim_op_parse(struct str word)
{
	for (int i = CLAIM_OP_UNSET + 1; i < CLAIM_OPS; i++)
		if (str_is(word, op_word[i]))
			return (enum claim_op)i;
	return CLAIM_OP_UNSET;
}

const char *claim_answer_word(enum claim_answer a)
{
	return (unsigned)a < CLAIM_ANSWERS ? answer_word[a] : "";
}

enum claim_answer claim_answer_parse(struct str word)
{
	for (int i = CLAIM_UNSET + 1; i < CLAIM_ANSWERS; i++)
		if (str_is(word, answer_word[i]))
			return (enum claim_answer)i;
	return CLAIM_UNSET;
}
