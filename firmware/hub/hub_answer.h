/* Answers: their bodies of errors, and the hub's signature. */
#ifndef KARCIS_HUB_ANSWER_H
#define KARCIS_HUB_ANSWER_H

#include "hub.h"
#include "hub_text.h"

/* Takes the body. False: it failed to grow. */
bool hub_answer_body(struct hub_answer *out, int status,
    struct hub_text *body) MUST_USE;
/* 304: the body goes, the etag stays. */
void hub_answer_unchanged(struct hub_answer *out);
/* Does If-None-Match name that etag? Proxies put W/ before it. */
bool hub_etag_fits(struct str if_none_match, const char *etag);
/* 503 `busy` or `storage`, by the failure. */
void hub_answer_failure(struct hub_answer *out, const struct err *failure);
/* Signs for the device's request. kind: of an answer that is no error. */
void hub_answer_sign(struct hub_answer *out, const struct hub_keys *keys,
    const char *kind, uint32_t device, uint32_t epoch, uint64_t counter);

#endif
