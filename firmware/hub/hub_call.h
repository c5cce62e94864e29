/*
 * One request on its way through the hub: whose it is, what it asks, what it
 * is answered. hub.c makes it, the handlers (hub_rooms.h) work on it.
 */
#ifndef KARCIS_HUB_CALL_H
#define KARCIS_HUB_CALL_H

#include "hub_answer.h"
#include "hub_db.h"
#include "hub_json.h"

enum { HUB_URL = 200, HUB_CHANGES = 64 };

struct hub {
	struct hub_keys keys;
	char url[HUB_URL];
	hub_changed_fn changed;
	void *changed_ctx;
};

enum hub_role { HUB_ROLE_UNSET = 0, HUB_KIOSK, HUB_GATE, HUB_CHANNEL };
/* "kiosk"; "" for UNSET. */
const char *hub_role_word(enum hub_role role);
enum hub_role hub_role_parse(struct str word);

struct hub_device {
	uint32_t device, office, epoch;
	enum hub_role role;
	char name[HUB_NAME];
	uint8_t letter; /* 19 = S; 0 = none */
	uint16_t key_id;
	uint8_t request_key[WIRE_PUBLIC_BYTES];
	uint8_t ticket_key[WIRE_PUBLIC_BYTES];
	int64_t enrolled_s;
	int64_t closed_s;  /* 0 = live */
	int64_t revoked_s; /* its tickets; 0 = they are good */
	int64_t last_s;    /* heard of last */
	struct wire_window window;
};

/* Days whose feed is new, to be told of after the commit. */
struct hub_changes {
	struct {
		uint32_t office;
		int32_t day;
	} item[HUB_CHANGES];
	size_t n;
};

struct hub_call {
	struct hub *hub;
	struct hub_db *db;
	const struct hub_request *q;
	struct hub_answer *out;
	struct str path, query; /* of q->path, parted at the ? */
	struct hub_device device;
	uint64_t counter;
	struct hub_changes changes;
};

/* The day's feed has something new; more days of one office than there is
 * room for become HUB_DAY_ALL. Other hubs are told too. */
void hub_changed(struct hub_changes *changes, struct hub_db *db,
    uint32_t office, int32_t day);
/* After the commit. */
void hub_changes_tell(const struct hub_changes *changes, const struct hub *h);

/* Refuses with the word and a sentence; 0, for the handler to return. */
int hub_refuse(struct hub_call *c, int status, const char *error,
    const char *detail);
/* Answers with a body, which it takes; -ENOMEM when it failed to grow. */
int hub_reply(struct hub_call *c, int status, struct hub_text *body,
    struct err *e) MUST_USE;

/* The body; false: refused already. The caller's to json_decref. */
bool hub_call_json(struct hub_call *c, json_t **out) MUST_USE;

/* A number of the query, decimal; `missing` counts where it is not there.
 * False: no number, outside lo..hi, or there twice. */
bool hub_query_number(struct str query, const char *name, int64_t lo,
    int64_t hi, int64_t missing, int64_t *out) MUST_USE;
bool hub_query_text(struct str query, const char *name,
    struct str *out) MUST_USE;
/* A civil day of the query, "2026-11-26", from 1970 on. */
bool hub_query_day(struct str query, const char *name, int32_t *out) MUST_USE;
bool hub_day_parse(struct str text, int32_t *out) MUST_USE;
/* In double quotes. */
void hub_text_day(struct hub_text *t, int32_t day);

/* The office's keys, from the hub's master (FORMATS.md). */
void hub_office_keys(const struct hub *h, uint32_t office,
    struct secret_key *code_key, struct secret_key *gate_secret);

/* The columns of DEVICE_*; false: the store holds no good row. */
bool hub_device_read(struct hub_db *db, struct hub_device *out) MUST_USE;

/* Signed with that key, as device 0 and counter 0? */
bool hub_enrol_signed(const struct hub_request *q,
    const uint8_t key[WIRE_PUBLIC_BYTES]);
/* What the store knows of a token: BLAKE2b-256 of its 16 bytes, in hex. */
void hub_token_hash(const uint8_t token[16], char out[65]);

/* Handlers: 0 = answered (also a refusal), -errno = the store failed. */
int hub_enrol(struct hub_call *c, struct err *e) MUST_USE;
int hub_time_get(struct hub_call *c, struct err *e) MUST_USE;
int hub_feed_get(struct hub_call *c, struct err *e) MUST_USE;
int hub_claims_post(struct hub_call *c, struct err *e) MUST_USE;
int hub_roster_get(struct hub_call *c, struct err *e) MUST_USE;
int hub_bookings_post(struct hub_call *c, struct err *e) MUST_USE;
int hub_booking_patch(struct hub_call *c, struct err *e) MUST_USE;
int hub_booking_delete(struct hub_call *c, struct err *e) MUST_USE;
int hub_slots_get(struct hub_call *c, struct err *e) MUST_USE;
int hub_audit_post(struct hub_call *c, struct err *e) MUST_USE;
/* Not of a device: whoever asks. */
int hub_log_public(struct hub_call *c, struct err *e) MUST_USE;

#endif
