/*
 * A pass: somebody went through a gate, in or out. The k-th movement of one
 * ticket (or of what stands for one) has one key, so that it can be used once
 * only, at whatever gate: the hub treats the key as it treats a booking's
 * admission. docs/FORMATS.md, Pass key and Pass byte.
 */
#ifndef KARCIS_CORE_PASS_H
#define KARCIS_CORE_PASS_H

#include "admission.h"

enum pass_of {
	PASS_UNSET = 0,
	PASS_TICKET, /* (key id, seq) of a signed ticket */
	PASS_LABEL,  /* a number: by its short code, or a ticket that is lost */
	PASS_CODE,   /* a booking code */
	PASS_STAFF   /* nothing was shown: an officer let somebody through */
};

enum { PASS_MOVES = 64, PASS_COMPANIONS = 7, PASS_OFFICER = 24 };

/* Why an officer decides against the gate. */
enum pass_reason {
	PASS_REASON_NONE = 0,
	PASS_REASON_UNREADABLE, /* the ticket can't be read */
	PASS_REASON_LOST,       /* ticket lost inside */
	PASS_REASON_COMPANION,  /* a companion or helper */
	PASS_REASON_EMERGENCY,
	PASS_REASON_ORDER, /* the head of office says so */
	PASS_REASONS
};
/* "unreadable"; "" for NONE. Stable: stands in the journal. */
const char *pass_reason_word(enum pass_reason r);

/* Who or what goes through. */
struct pass_subject {
	enum pass_of of;
	int32_t day;
	uint16_t key_id; /* TICKET */
	uint32_t seq;    /* TICKET */
	uint8_t letter;  /* TICKET, LABEL; 0 = none */
	uint16_t number;
	struct code_hash booking; /* CODE; STAFF: random */
	uint8_t companions;
};

struct pass {
	uint64_t n;           /* its entry in the audit chain; 0 = none */
	struct op_id op_id;   /* pass_op_id */
	struct code_hash key; /* pass_key */
	struct pass_subject subject;
	uint8_t move; /* 0 = the first */
	bool out;
	int64_t time_s;
	/* Of an override: who, why, and what the gate had said
	 * (enum gate_verdict). "" = none. */
	char officer[PASS_OFFICER];
	enum pass_reason reason;
	uint8_t overruled;
};

/* One movement as the journal or the hub's feed knows it. */
struct pass_move {
	struct code_hash key;
	enum pass_of of;
	bool out;
	uint8_t companions;
	uint8_t letter;
	uint16_t number;
	int64_t time_s;
	uint32_t device; /* of the roster; 0 = here */
};
/* All that is known of one subject, in the order of their times. */
struct pass_history {
	struct pass_move item[PASS_MOVES];
	size_t n;
};

/* BLAKE2b-128 over "karcis-pass-v1" || u8 of || i32 day || id || u8 move; id:
 * TICKET u16 key id, u32 seq; LABEL u8 letter, u16 number; CODE and STAFF the
 * 16 bytes of booking. UNSET: zeros, which are no key. */
struct code_hash pass_key(const struct pass_subject *s, uint8_t move);
/* The same device asks for the same movement with the same op_id for ever:
 * BLAKE2b-128 over "karcis-pass-op-v1" || u32 device || u32 epoch || key.
 * Without a hub device is 0. */
struct op_id pass_op_id(uint32_t device, uint32_t epoch,
    const struct code_hash *key);
/* 0x80 | out << 6 | (of - 1) << 4 | companions: how the hub carries it. 0: of
 * nothing, or more companions than there can be. */
uint8_t pass_byte(const struct pass_move *m);
/* False: not one of a pass; *m's of, out and companions are set on success. */
bool pass_byte_read(uint8_t byte, struct pass_move *m) MUST_USE;

/* Adds a movement in its place by time, behind those of the same second; one
 * whose key is there already is left out (it was heard of twice). False:
 * full. */
bool pass_history_add(struct pass_history *h, const struct pass_move *m);
/* True after an entry that no exit followed. */
bool pass_inside(const struct pass_history *h);
/* Persons that went in since the last exit, 1 + companions each: an officer
 * may let a helper in on the same ticket. Not 0 just when pass_inside. */
int32_t pass_persons(const struct pass_history *h);

/* True when what m is of is also meant by s: the same key's subject, or the
 * same label where one of both is a LABEL. `move_key_matches`: m->key is one
 * of pass_key(s, 0 .. PASS_MOVES - 1). */
bool pass_concerns(const struct pass_subject *s, const struct pass_move *m,
    bool move_key_matches);

#endif
