/* Claims as they come: JSON to struct claims. */
#ifndef KARCIS_HUB_CLAIMS_READ_H
#define KARCIS_HUB_CLAIMS_READ_H

#include "claims_judge.h"
#include "hub_json.h"

enum claims_read {
	CLAIMS_READ_UNSET = 0,
	CLAIMS_READ_OK,
	CLAIMS_READ_BAD,  /* the request as a whole; why says so */
	CLAIMS_READ_LARGE /* more than CLAIM_BATCH ops or days */
};
/* Fills in[] and at[], judged by the device's role (out->gate). One op that is
 * no good is BAD alone. */
enum claims_read claims_read(const json_t *request, struct claims *out,
    const char **why) MUST_USE;

#endif
