#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "civil.h"
#include "roster_text_inner.h"

/* str_number reads 18 digits. */
#define NUMBER_MAX INT64_C(999999999999999999)

/* A walk along the lines of a text. */
struct reader {
	struct str text, rest;
	struct str line; /* the present one, without its LF */
	size_t line_at;  /* where it begins */
	unsigned n;      /* its number, from 1 */
	struct err *e;
};

static int refuse(const struct reader *r, const char *why)
{
	return err_set(r->e, -EBADMSG, "roster: line %u: %s", r->n, why);
}

static bool is_printable(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < ' ' || s.ptr[i] > '~')
			return false;
	return true;
}

/* Every line, the last one too, ends with LF. */
static int next(struct reader *r)
{
	r->line_at = r->rest.ptr == NULL ? r->text.len
					 : (size_t)(r->rest.ptr - r->text.ptr);
	r->n++;
	if (!str_split(&r->rest, '\n', &r->line) || r->rest.ptr == NULL)
		return refuse(r, "the file ends here, it is not whole");
	if (!is_printable(r->line))
		return refuse(r,
		    "a byte that is no printable ASCII; the file was changed "
		    "on its way");
	return 0;
}

/* True: the present line is "name VALUE". */
static bool is_named(const struct reader *r, const char *name,
    struct str *value)
{
	struct str rest = r->line, word;

	if (!str_split(&rest, ' ', &word) || rest.ptr == NULL ||
	    !str_is(word, name))
		return false;
	*value = rest;
	return true;
}

static int next_named(struct reader *r, const char *name, struct str *value)
{
	char why[64];
	struct buf b;
	int result = next(r);

	if (result < 0 || is_named(r, name, value))
		return result;
	buf_init(&b, why, sizeof(why) - 1);
	buf_fmt(&b, "not the line \"%s ...\" that stands here", name);
	return refuse(r, buf_cstr(&b));
}

/* One text for one number: no leading zeros. */
static bool read_number(struct str s, int64_t lo, int64_t hi, int64_t *out)
{
	return !(s.len > 1 && s.ptr[0] == '0') && str_number(s, lo, hi, out);
}

static int next_number(struct reader *r, const char *name, int64_t lo,
    int64_t hi, int64_t *out)
{
	struct str value = {NULL, 0};
	int result = next_named(r, name, &value);

	if (result == 0 && !read_number(value, lo, hi, out))
		return refuse(r, "not a number in its range");
	return result;
}

static int next_key(struct reader *r, const char *name,
    uint8_t out[WIRE_PUBLIC_BYTES])
{
	struct str value = {NULL, 0};
	int result = next_named(r, name, &value);

	if (result == 0 && !wire_unhex(value, out, WIRE_PUBLIC_BYTES))
		return refuse(r, "a key has 64 digits of 0-9 and a-f");
	return result;
}

/* The present line must be the last one, "sign HEX", and fit the key. */
static int check_signature(struct reader *r, const char *domain,
    const uint8_t key[WIRE_PUBLIC_BYTES])
{
	uint8_t whole[ROSTER_SIGNED_MAX];
	uint8_t signature[WIRE_SIGNATURE_BYTES];
	struct str value = {NULL, 0};
	struct buf b;

	if (!is_named(r, "sign", &value))
		return refuse(r, "not a line that may stand here");
	if (!wire_unhex(value, signature, sizeof(signature)))
		return refuse(r, "a signature has 128 digits of 0-9 and a-f");
	if (r->rest.len > 0)
		return refuse(r, "something follows the signature");
	buf_init(&b, whole, sizeof(whole));
	if (!roster_signed_text(domain, str_cut(r->text, 0, r->line_at), &b) ||
	    crypto_sign_verify_detached(signature, b.ptr, b.len, key) != 0)
		return err_set(r->e, -EACCES,
		    "roster: line %u: the signature does not fit, the file was "
		    "changed after it was signed",
		    r->n);
	return 0;
}

static int begin(struct reader *r, struct str text, size_t max,
    const char *first, struct err *e)
{
	struct str stem = str_of(first, strlen(first) - 1);
	int result;

	*r = (struct reader){.text = text, .rest = text, .e = e};
	if (text.len == 0)
		return err_set(e, -EBADMSG, "roster: the file is empty");
	if (text.len > max)
		return err_set(e, -EFBIG,
		    "roster: the file is longer than %zu bytes", max);
	result = next(r);
	if (result < 0 || str_is(r->line, first))
		return result;
	if (str_eq(str_cut(r->line, 0, stem.len), stem))
		return err_set(e, -EPROTO,
		    "roster: line 1: written by a newer release; update this "
		    "terminal");
	return refuse(r, "not a file of this kind");
}

static const char *read_day(struct str s, int32_t *out)
{
	struct civil_date d;

	*out = 0;
	if (str_is(s, "-"))
		return NULL;
	if (!civil_parse_date(s, &d) || d.year < 2020)
		return "a day is a date from 2020-01-01 on, or -";
	*out = civil_day(d);
	return NULL;
}

static const char *read_role(struct str s, uint8_t *out)
{
	for (uint8_t i = ROSTER_KIOSK; i <= ROSTER_GATE; i++)
		if (str_is(s, roster_role_word[i]))
			*out = i;
	return *out == ROSTER_UNSET ? "the role is kiosk or gate" : NULL;
}

static const char *read_flag(struct str s, const char *yes, const char *no,
    bool *out)
{
	*out = str_is(s, yes);
	return *out || str_is(s, no) ? NULL : "live or closed, good or revoked";
}

static const char *read_u32(struct str s, uint32_t *out)
{
	int64_t v;

	if (!read_number(s, 1, UINT32_MAX, &v))
		return "not a number from 1 to 4294967295";
	*out = (uint32_t)v;
	return NULL;
}

static const char *read_name(struct str s, char out[CLAIM_NAME])
{
	return roster_is_name(s) && str_copy(out, CLAIM_NAME, s)
	    ? NULL
	    : "a name has 1 to 31 of a-z, 0-9 and -";
}

/* A kiosk's letter, key id and key; a gate has none of them. */
static const char *read_key(struct str letter, struct str id, struct str key,
    struct roster_device *d)
{
	int64_t v;

	if (d->role == ROSTER_GATE)
		return str_is(letter, "-") && str_is(id, "0") &&
			str_is(key, "-")
		    ? NULL
		    : "a gate has no letter and no ticket key";
	if (letter.len != 1 || letter.ptr[0] < 'A' || letter.ptr[0] > 'Z')
		return "the letter is A to Z";
	d->letter = (uint8_t)(letter.ptr[0] - 'A' + 1);
	if (!read_number(id, 1, UINT16_MAX, &v))
		return "a key id is a number from 1 to 65535";
	d->key_id = (uint16_t)v;
	return wire_unhex(key, d->ticket_key, sizeof(d->ticket_key))
	    ? NULL
	    : "a key has 64 digits of 0-9 and a-f";
}

enum field {
	F_DEVICE,
	F_NAME,
	F_ROLE,
	F_LETTER,
	F_LIVE,
	F_EPOCH,
	F_KEY_ID,
	F_KEY,
	F_FROM,
	F_UNTIL,
	F_GOOD,
	FIELDS
};

static bool split(struct str line, struct str f[FIELDS])
{
	for (int i = 0; i < FIELDS; i++)
		if (!str_split(&line, ' ', &f[i]))
			return false;
	return line.ptr == NULL;
}

/* NULL, or what is wrong with the line. */
static const char *read_device(struct str line, struct roster_device *d)
{
	struct str f[FIELDS];
	const char *why = NULL;
	bool good = false;

	memset(d, 0, sizeof(*d));
	if (!split(line, f))
		return "a device has eleven fields";
	if (why == NULL)
		why = read_u32(f[F_DEVICE], &d->device);
	if (why == NULL)
		why = read_name(f[F_NAME], d->name);
	if (why == NULL)
		why = read_role(f[F_ROLE], &d->role);
	if (why == NULL)
		why = read_flag(f[F_LIVE], "live", "closed", &d->live);
	if (why == NULL)
		why = read_u32(f[F_EPOCH], &d->epoch);
	if (why == NULL)
		why = read_key(f[F_LETTER], f[F_KEY_ID], f[F_KEY], d);
	if (why == NULL)
		why = read_day(f[F_FROM], &d->from_day);
	if (why == NULL)
		why = read_day(f[F_UNTIL], &d->until_day);
	if (why == NULL)
		why = read_flag(f[F_GOOD], "good", "revoked", &good);
	if (why == NULL && d->until_day != 0 && d->from_day > d->until_day)
		why = "a key ends before it begins";
	d->revoked = !good;
	return why;
}

static const char *add_device(struct roster *r, const struct roster_device *d)
{
	if (r->count == ROSTER_DEVICES)
		return "more than 256 devices";
	for (size_t i = 0; i < r->count; i++) {
		const struct roster_device *o = &r->item[i];

		if (o->device == d->device)
			return "this device number came before";
		if (d->key_id != 0 && o->key_id == d->key_id)
			return "this key id came before";
		if (o->live && d->live && strcmp(o->name, d->name) == 0)
			return "this name came before";
	}
	r->item[r->count++] = *d;
	return NULL;
}

static const char *add_sealed(struct roster_text *t, struct str line)
{
	struct roster_sealed *s = &t->sealed[t->sealed_count];
	bool known = false;
	struct str name;

	if (t->sealed_count == ROSTER_GATES)
		return "more than 64 sealed lines";
	if (!str_split(&line, ' ', &name) || line.ptr == NULL ||
	    !str_copy(s->name, sizeof(s->name), name) ||
	    !wire_unbase64(line, s->box, sizeof(s->box)))
		return "not a name and a sealed box";
	if (roster_sealed_for(t, s->name) != NULL)
		return "this name came before";
	for (size_t i = 0; i < t->roster.count; i++)
		known = known ||
		    (t->roster.item[i].role == ROSTER_GATE &&
			t->roster.item[i].live &&
			strcmp(t->roster.item[i].name, s->name) == 0);
	if (!known)
		return "sealed for a gate that is not in the roster";
	t->sealed_count++;
	return NULL;
}

static int read_head(struct reader *r, struct roster_text *t)
{
	int64_t office = 0;
	int result = next_number(r, "office", 1, UINT32_MAX, &office);

	t->office = (uint32_t)office;
	if (result == 0)
		result = next_number(r, "version", 1, NUMBER_MAX,
		    &t->roster.version);
	if (result == 0)
		result = next_number(r, "made", 0, NUMBER_MAX, &t->made_s);
	if (result == 0)
		result = next_key(r, "root", t->root);
	return result;
}

/* Devices, then sealed boxes, up to the line that is neither. */
static int read_lists(struct reader *r, struct roster_text *t)
{
	struct roster_device d;
	struct str value;
	const char *why;
	int result;

	while ((result = next(r)) == 0) {
		if (t->sealed_count == 0 && is_named(r, "device", &value)) {
			why = read_device(value, &d);
			if (why == NULL)
				why = add_device(&t->roster, &d);
		} else if (is_named(r, "sealed", &value)) {
			why = add_sealed(t, value);
		} else {
			break;
		}
		if (why != NULL)
			return refuse(r, why);
	}
	if (result == 0 && t->roster.count == 0)
		return refuse(r, "a roster names at least one device");
	return result;
}

int roster_text_parse(struct str text, struct roster_text *out, struct err *e)
{
	struct reader r;
	int result;

	memset(out, 0, sizeof(*out));
	result = begin(&r, text, ROSTER_TEXT_MAX, ROSTER_FIRST, e);
	if (result == 0)
		result = read_head(&r, out);
	if (result == 0)
		result = read_lists(&r, out);
	if (result == 0)
		result = check_signature(&r, ROSTER_DOMAIN, out->root);
	if (result < 0)
		memset(out, 0, sizeof(*out));
	return result;
}

int roster_request_parse(struct str text, struct roster_request *out,
    struct err *e)
{
	struct str name = {NULL, 0};
	int64_t office = 0;
	struct reader r;
	int result;

	memset(out, 0, sizeof(*out));
	result = begin(&r, text, ROSTER_REQUEST_MAX, GATE_FIRST, e);
	if (result == 0)
		result = next_number(&r, "office", 1, UINT32_MAX, &office);
	if (result == 0)
		result = next_named(&r, "name", &name);
	if (result == 0 && read_name(name, out->name) != NULL)
		result = refuse(&r, read_name(name, out->name));
	if (result == 0)
		result = next_key(&r, "key", out->key);
	if (result == 0)
		result = next(&r);
	if (result == 0)
		result = check_signature(&r, GATE_DOMAIN, out->key);
	out->office = (uint32_t)office;
	if (result < 0)
		memset(out, 0, sizeof(*out));
	return result;
}
