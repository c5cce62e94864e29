#include "claims_read.h"

#include <string.h>

#include "firmware/core/booking.h"
#include "firmware/core/pass.h"
#include "hub_call.h"

enum { LETTERS = 26, SHARED_LETTERS = 18 /* A to R */, NUMBER_MAX = 2047 };
#define JSON_INT_MAX INT64_C(9007199254740991)

/* Reads a letter A..last; 1 = A. */
static bool read_letter(const json_t *o, uint8_t last, uint8_t *out)
{
	struct str s;

	if (!hub_json_text(o, "letter", &s) || s.len != 1 || s.ptr[0] < 'A' ||
	    s.ptr[0] >= 'A' + last)
		return false;
	*out = (uint8_t)(s.ptr[0] - 'A' + 1);
	return true;
}

static bool read_byte(const json_t *o, const char *name, int64_t lo, int64_t hi,
    uint8_t *out)
{
	int64_t n;

	if (!hub_json_number(o, name, lo, hi, &n))
		return false;
	*out = (uint8_t)n;
	return true;
}

static bool read_verdict(const json_t *o, struct claim_in *in)
{
	struct str s;

	if (!hub_json_text(o, "verdict", &s) ||
	    !str_copy(in->verdict, sizeof(in->verdict), s))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!(s.ptr[i] >= 'a' && s.ptr[i] <= 'z') && s.ptr[i] != '-')
			return false;
	return true;
}

/* Of what a disk holds already: its place there. */
static const char *read_entry(const json_t *o, int64_t lowest_key_id,
    struct claim_in *in)
{
	int64_t n;

	if (!hub_json_number(o, "key_id", lowest_key_id, UINT16_MAX, &n))
		return lowest_key_id == 0
		    ? "key_id: not a number from 0 to 65535"
		    : "key_id: not a number from 1 to 65535";
	in->key_id = (uint16_t)n;
	if (!hub_json_number(o, "seq", 0, 0xFFFFFF, &n))
		return "seq: not a number from 0 to 16777215";
	in->seq = (uint32_t)n;
	if (!hub_json_number(o, "n", 1, JSON_INT_MAX, &in->n))
		return "n: not a number from 1";
	return NULL;
}

/* What an admission adds that a disk holds already. */
static const char *read_done(const json_t *o, struct claim_in *in)
{
	int64_t n;

	if (!read_letter(o, LETTERS, &in->letter))
		return "letter: not a letter from A to Z";
	if (!hub_json_number(o, "number", 1, NUMBER_MAX, &n))
		return "number: not a number from 1 to 2047";
	in->number = (uint16_t)n;
	return read_entry(o, 1, in);
}

/* A pass may be of something without a number, or a key. */
static const char *read_done_pass(const json_t *o, struct claim_in *in)
{
	struct str letter;
	int64_t n;

	if (!hub_json_text(o, "letter", &letter) ||
	    (letter.len > 0 && !read_letter(o, LETTERS, &in->letter)))
		return "letter: neither empty nor a letter from A to Z";
	if (!hub_json_number(o, "number", 0, NUMBER_MAX, &n) ||
	    (n == 0) != (letter.len == 0))
		return "number: not a number from 1 to 2047, or 0 without a "
		       "letter";
	in->number = (uint16_t)n;
	return read_entry(o, 0, in);
}

static const char *read_pass(const json_t *o, struct claim_in *in)
{
	struct pass_move move;

	if (!hub_json_hex(o, "booking", in->booking.bytes,
		sizeof(in->booking.bytes)))
		return "booking: not 32 hexadecimal digits";
	if (!hub_json_bool(o, "done", &in->done))
		return "done: neither true nor false";
	if (!hub_json_number(o, "time", 0, JSON_INT_MAX, &in->time_s))
		return "time: not a number from 0";
	if (!read_byte(o, "pass", 0, UINT8_MAX, &in->pass) ||
	    !pass_byte_read(in->pass, &move))
		return "pass: not a pass byte";
	return in->done ? read_done_pass(o, in) : NULL;
}

static const char *read_admit(const json_t *o, struct claim_in *in)
{
	if (!hub_json_hex(o, "booking", in->booking.bytes,
		sizeof(in->booking.bytes)))
		return "booking: not 32 hexadecimal digits";
	if (!hub_json_bool(o, "done", &in->done))
		return "done: neither true nor false";
	if (!hub_json_number(o, "time", 0, JSON_INT_MAX, &in->time_s))
		return "time: not a number from 0";
	if (!read_byte(o, "service", 1, UINT8_MAX, &in->service))
		return "service: not a number from 1 to 255";
	if (!read_byte(o, "class", CLASS_BOOKED, CLASS_STANDBY, &in->op_class))
		return "class: not a number from 1 to 4";
	if (!read_verdict(o, in))
		return "verdict: not a word of up to 31 letters";
	return in->done ? read_done(o, in) : NULL;
}

static bool read_count(const json_t *o, int64_t most, struct claim_in *in)
{
	int64_t n;

	if (!hub_json_number(o, "count", 1, most, &n))
		return false;
	in->count = (int32_t)n;
	return true;
}

static const char *read_numbers(const json_t *o, struct claim_in *in)
{
	if (!read_letter(o, SHARED_LETTERS, &in->letter))
		return "letter: not a letter from A to R";
	if (!read_count(o, CLAIM_NUMBERS_MAX, in))
		return "count: not a number from 1 to 100";
	return NULL;
}

static const char *read_allowance(const json_t *o, struct claim_in *in)
{
	if (!read_byte(o, "service", 1, UINT8_MAX, &in->service))
		return "service: not a number from 1 to 255";
	if (!read_byte(o, "class", CLASS_WALK_IN, CLASS_WALK_IN, &in->op_class))
		return "class: not 3";
	if (!read_count(o, CLAIM_ALLOWANCE_MAX, in))
		return "count: not a number from 1 to 100";
	return NULL;
}

static const char *read_kind(const json_t *o, struct claim_in *in)
{
	switch (in->kind) {
	case CLAIM_ADMIT:
		return read_admit(o, in);
	case CLAIM_NUMBERS:
		return read_numbers(o, in);
	case CLAIM_ALLOWANCE:
		return read_allowance(o, in);
	case CLAIM_PASS:
		return read_pass(o, in);
	case CLAIM_OP_UNSET:
	case CLAIM_OPS:
		break;
	}
	return "op: not known";
}

static bool read_day(const json_t *o, int32_t *out)
{
	struct str s;

	return hub_json_text(o, "day", &s) && hub_day_parse(s, out);
}

static void read_op(const json_t *o, bool gate, struct claim_in *in)
{
	struct str word;
	const char *why = NULL;

	memset(in, 0, sizeof(*in));
	in->has_id = hub_json_hex(o, "op_id", in->op_id.bytes,
	    sizeof(in->op_id.bytes));
	if (!hub_json_text(o, "op", &word))
		why = "op: is missing or no text";
	in->kind = claim_op_parse(word);
	if (why == NULL && in->kind == CLAIM_OP_UNSET) {
		in->refused = CLAIM_UNSUPPORTED;
		return;
	}
	if (why == NULL && (in->kind == CLAIM_PASS) != gate)
		why = "op: not for a device of this role";
	if (why == NULL && !in->has_id)
		why = "op_id: not 32 hexadecimal digits";
	if (why == NULL && !read_day(o, &in->day))
		why = "day: not a day like 2026-11-26";
	if (why == NULL)
		why = read_kind(o, in);
	if (why != NULL) {
		in->refused = CLAIM_BAD;
		in->detail = why;
	}
}

static bool read_at(const json_t *o, struct claim_at *at)
{
	return read_day(o, &at->day) &&
	    hub_json_number(o, "epoch", 0, JSON_INT_MAX, &at->epoch) &&
	    hub_json_number(o, "after", 0, JSON_INT_MAX, &at->after);
}

enum claims_read claims_read(const json_t *request, struct claims *out,
    const char **why)
{
	const json_t *ops = json_object_get(request, "ops");
	const json_t *at = json_object_get(request, "at");

	*why = "";
	if (!json_is_array(ops)) {
		*why = "ops: is missing or no list";
		return CLAIMS_READ_BAD;
	}
	if (at != NULL && !json_is_array(at)) {
		*why = "at: not a list";
		return CLAIMS_READ_BAD;
	}
	if (json_array_size(ops) > CLAIM_BATCH ||
	    json_array_size(at) > CLAIM_BATCH) {
		*why = "at most 500 ops and 500 days in one request";
		return CLAIMS_READ_LARGE;
	}
	out->n = json_array_size(ops);
	out->at_n = json_array_size(at);
	for (size_t i = 0; i < out->n; i++)
		read_op(json_array_get(ops, i), out->gate, &out->in[i]);
	for (size_t i = 0; i < out->at_n; i++)
		if (!read_at(json_array_get(at, i), &out->at[i])) {
			*why = "at: its day, epoch or after is no good";
			return CLAIMS_READ_BAD;
		}
	return CLAIMS_READ_OK;
}
