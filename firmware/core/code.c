#include "code.h"

#include <string.h>

/* Crockford, "Base 32 Encoding": no I, L, O, U. */
static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

enum {
	CHECK_MODULUS = 37,
	BODY_SYMBOLS = CODE_OWN_LEN - 1,
	SYMBOL_BITS = 5,
	TYPED_MAX = CODE_MAX + 9
};

struct code_profile code_profile_own(void)
{
	struct code_profile p = {
	    .length = CODE_OWN_LEN,
	    .group = 3,
	    .check = CODE_CHECK_CROCKFORD,
	};

	memcpy(p.alphabet, crockford, sizeof(crockford));
	return p;
}

static char raise(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool in_alphabet(const struct code_profile *p, char c)
{
	return c != '\0' && strchr(p->alphabet, c) != NULL;
}

/* An alphabet that has O, I or L itself keeps them. */
char code_symbol(const struct code_profile *p, char typed)
{
	char c = raise(typed);

	if (in_alphabet(p, c))
		return c;
	if (c == 'O')
		c = '0';
	else if (c == 'I' || c == 'L')
		c = '1';
	return in_alphabet(p, c) ? c : '\0';
}

static unsigned symbol_value(char c)
{
	const char *found = strchr(crockford, c);

	return found == NULL ? CHECK_MODULUS : (unsigned)(found - crockford);
}

static unsigned body_mod(const char *symbols, size_t len)
{
	unsigned v = 0;

	for (size_t i = 0; i < len; i++)
		v = (v * 32 + symbol_value(symbols[i])) % CHECK_MODULUS;
	return v;
}

/* Raised, without blanks and hyphens; false when it is far too long. */
static bool squeeze(struct str s, char typed[TYPED_MAX], size_t *len)
{
	*len = 0;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == ' ' || s.ptr[i] == '-')
			continue;
		if (*len == TYPED_MAX)
			return false;
		typed[(*len)++] = raise(s.ptr[i]);
	}
	return true;
}

static bool check_fits(const struct code_profile *p, const char *text)
{
	switch (p->check) {
	case CODE_CHECK_UNSET:
		return false;
	case CODE_CHECK_NONE:
		return true;
	case CODE_CHECK_CROCKFORD:
		return body_mod(text, p->length - 1U) ==
		    symbol_value(text[p->length - 1]);
	}
	return false;
}

enum code_verdict code_parse(const struct code_profile *p, struct str s,
    struct booking_code *out)
{
	char typed[TYPED_MAX];
	size_t len, from = 0, prefix_len = strlen(p->prefix);

	memset(out, 0, sizeof(*out));
	if (p->length == 0 || p->length > CODE_MAX || !squeeze(s, typed, &len))
		return CODE_BAD_FORM;
	if (prefix_len > 0 && len == prefix_len + p->length &&
	    memcmp(typed, p->prefix, prefix_len) == 0)
		from = prefix_len;
	if (len - from != p->length)
		return CODE_BAD_FORM;
	for (size_t i = 0; i < p->length; i++) {
		out->text[i] = code_symbol(p, typed[from + i]);
		if (out->text[i] == '\0') {
			memset(out, 0, sizeof(*out));
			return CODE_BAD_FORM;
		}
	}
	return check_fits(p, out->text) ? CODE_OK : CODE_BAD_CHECK;
}

void code_format(const struct code_profile *p, struct str symbols,
    struct buf *out)
{
	for (size_t i = 0; i < symbols.len; i++) {
		if (p->group != 0 && i != 0 && i % p->group == 0)
			buf_byte(out, '-');
		buf_byte(out, (unsigned char)symbols.ptr[i]);
	}
}

bool code_issue(uint64_t value45, struct booking_code *out)
{
	uint64_t left = value45;
	unsigned check;

	memset(out, 0, sizeof(*out));
	for (size_t i = BODY_SYMBOLS; i-- > 0; left >>= SYMBOL_BITS)
		out->text[i] = crockford[left & 31];
	check = body_mod(out->text, BODY_SYMBOLS);
	if (left != 0 || check >= sizeof(crockford) - 1) {
		memset(out, 0, sizeof(*out));
		return false;
	}
	out->text[BODY_SYMBOLS] = crockford[check];
	if (strchr(out->text, 'Q') != NULL) {
		memset(out, 0, sizeof(*out));
		return false;
	}
	return true;
}
