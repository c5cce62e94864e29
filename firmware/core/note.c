#include "note.h"

#include "wire.h"

#include <sodium.h>
#include <string.h>

/*
 * A signature line: "— NAME BASE64\n" (em dash, U+2014), where the base64 is
 * of 4 bytes that tell the key (SHA-256 over name, LF, type and public key)
 * and the signature.
 */
#define DASH "\xE2\x80\x94 "

enum {
	TYPE_ED25519 = 0x01,
	ID_BYTES = 4,
	SIGNED_BYTES = ID_BYTES + WIRE_SIGNATURE_BYTES,
	SIGNED_BASE64 = 92,
	KEY_BYTES = 1 + NOTE_PUBLIC_BYTES,
	KEY_BASE64 = 44,
	ROOT_BASE64 = 44
};

/* White space beyond ASCII (Unicode 15, White_Space), which no name holds. */
static bool has_wide_space(struct str s)
{
	static const char *const spaces[] = {"\xC2\x85", "\xC2\xA0",
	    "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82",
	    "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
	    "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A",
	    "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F",
	    "\xE3\x80\x80"};

	for (size_t at = 0; at < s.len; at++)
		for (size_t i = 0; i < ARRAY_LEN(spaces); i++)
			if (str_is(str_cut(s, at, strlen(spaces[i])),
				spaces[i]))
				return true;
	return false;
}

/* Well-formed text without control characters, LF apart where it may be. */
static bool is_text(struct str s, bool lines)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < 0x20 &&
		    !(lines && s.ptr[i] == '\n'))
			return false;
	return str_is_utf8(s);
}

static bool is_name(struct str s)
{
	return s.len > 0 && s.len < NOTE_NAME && is_text(s, false) &&
	    memchr(s.ptr, ' ', s.len) == NULL &&
	    memchr(s.ptr, '+', s.len) == NULL && !has_wide_space(s);
}

static void key_id(struct str name, const uint8_t public_key[NOTE_PUBLIC_BYTES],
    uint8_t out[ID_BYTES])
{
	crypto_hash_sha256_state h;
	uint8_t digest[crypto_hash_sha256_BYTES];
	static const uint8_t join[] = {'\n', TYPE_ED25519};

	crypto_hash_sha256_init(&h);
	crypto_hash_sha256_update(&h, (const uint8_t *)name.ptr, name.len);
	crypto_hash_sha256_update(&h, join, sizeof(join));
	crypto_hash_sha256_update(&h, public_key, NOTE_PUBLIC_BYTES);
	crypto_hash_sha256_final(&h, digest);
	memcpy(out, digest, ID_BYTES);
}

bool note_vkey(const struct note_key *k, char out[NOTE_VKEY])
{
	struct str name = str_from(k->name);
	uint8_t key[KEY_BYTES], id[ID_BYTES];
	char hex[2 * ID_BYTES + 1], text[KEY_BASE64 + 1];
	struct buf b;

	out[0] = '\0';
	if (!is_name(name))
		return false;
	key_id(name, k->public_key, id);
	wire_hex(id, sizeof(id), hex);
	key[0] = TYPE_ED25519;
	memcpy(key + 1, k->public_key, NOTE_PUBLIC_BYTES);
	wire_base64(key, sizeof(key), text);
	buf_init(&b, out, NOTE_VKEY);
	buf_fmt(&b, "%s+%s+%s", k->name, hex, text);
	buf_cstr(&b);
	return !b.full;
}

bool note_vkey_parse(struct str text, struct note_key *out)
{
	struct note_key k = {0};
	uint8_t key[KEY_BYTES], id[ID_BYTES], told[ID_BYTES];
	struct str name, hex;

	if (!str_split(&text, '+', &name) || !is_name(name) ||
	    !str_split(&text, '+', &hex) ||
	    !wire_unhex(hex, told, sizeof(told)) || text.ptr == NULL ||
	    !wire_unbase64(text, key, sizeof(key)) || key[0] != TYPE_ED25519 ||
	    !str_copy(k.name, sizeof(k.name), name))
		return false;
	memcpy(k.public_key, key + 1, sizeof(k.public_key));
	key_id(name, k.public_key, id);
	if (memcmp(id, told, sizeof(id)) != 0)
		return false;
	*out = k;
	return true;
}

/* Offset behind the last "\n\n"; 0 = there is none. */
static size_t last_empty_line(struct str s)
{
	for (size_t i = s.len; i > 1; i--)
		if (s.ptr[i - 1] == '\n' && s.ptr[i - 2] == '\n')
			return i;
	return 0;
}

bool note_sign(struct str text, const char *name,
    const uint8_t secret[NOTE_SECRET_BYTES], struct buf *out)
{
	uint8_t public_key[NOTE_PUBLIC_BYTES], bytes[SIGNED_BYTES];
	char line[SIGNED_BASE64 + 1];
	size_t start = out->len;

	if (!is_name(str_from(name)) || text.len == 0 || text.ptr[0] == '\n' ||
	    text.ptr[text.len - 1] != '\n' || !is_text(text, true) ||
	    last_empty_line(text) != 0)
		return false;
	crypto_sign_ed25519_sk_to_pk(public_key, secret);
	key_id(str_from(name), public_key, bytes);
	if (crypto_sign_detached(bytes + ID_BYTES, NULL,
		(const uint8_t *)text.ptr, text.len, secret) != 0)
		return false;
	wire_base64(bytes, sizeof(bytes), line);
	buf_str(out, text);
	buf_fmt(out, "\n" DASH "%s %s\n", name, line);
	return !out->full && out->len - start <= NOTE_BYTES;
}

/* At least one byte of signature behind the key's 4. */
static bool is_base64(struct str s, uint8_t out[NOTE_BYTES], size_t *len)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] >= 0x80)
			return false; /* see wire.c, is_ascii */
	return sodium_base642bin(out, NOTE_BYTES, s.ptr, s.len, NULL, len, NULL,
		   sodium_base64_VARIANT_ORIGINAL) == 0 &&
	    *len > ID_BYTES;
}

enum line { LINE_BAD = 0, LINE_OTHER, LINE_GOOD };

static enum line judge_line(struct str line, struct str text,
    const struct note_key *k)
{
	uint8_t bytes[NOTE_BYTES], id[ID_BYTES];
	struct str name;
	size_t len = 0;

	if (!str_is(str_cut(line, 0, strlen(DASH)), DASH))
		return LINE_BAD;
	line = str_cut(line, strlen(DASH), line.len);
	if (!str_split(&line, ' ', &name) || !is_name(name) ||
	    line.ptr == NULL || !is_base64(line, bytes, &len))
		return LINE_BAD;
	key_id(str_from(k->name), k->public_key, id);
	if (!str_is(name, k->name) || memcmp(id, bytes, sizeof(id)) != 0)
		return LINE_OTHER;
	return len == SIGNED_BYTES &&
		crypto_sign_verify_detached(bytes + ID_BYTES,
		    (const uint8_t *)text.ptr, text.len, k->public_key) == 0
	    ? LINE_GOOD
	    : LINE_BAD;
}

bool note_open(struct str note, const struct note_key *k, struct str *text)
{
	size_t at = last_empty_line(note);
	struct str body, rest, line;
	bool good = false;

	if (note.len > NOTE_BYTES || at == 0 || at == note.len ||
	    note.ptr[note.len - 1] != '\n' || !is_text(note, true))
		return false;
	body = str_cut(note, 0, at - 1);
	rest = str_cut(note, at, note.len - at - 1);
	while (str_split(&rest, '\n', &line)) {
		switch (judge_line(line, body, k)) {
		case LINE_BAD:
			return false;
		case LINE_OTHER:
			break;
		case LINE_GOOD:
			good = true;
			break;
		}
	}
	if (good)
		*text = body;
	return good;
}

static bool is_origin(struct str s)
{
	return s.len > 0 && s.len < NOTE_NAME && is_text(s, false);
}

/* What str_number reads: 18 digits. */
#define SIZE_MAX_TEXT INT64_C(999999999999999999)

bool checkpoint_put(const struct checkpoint *c, struct buf *out)
{
	char root[ROOT_BASE64 + 1];

	if (!is_origin(str_from(c->origin)) || c->size > SIZE_MAX_TEXT)
		return false;
	wire_base64(c->root.bytes, sizeof(c->root.bytes), root);
	buf_fmt(out, "%s\n%llu\n%s\n", c->origin, (unsigned long long)c->size,
	    root);
	return !out->full;
}

bool checkpoint_parse(struct str text, struct checkpoint *out)
{
	struct checkpoint c = {0};
	struct str line;
	int64_t size;

	if (text.len == 0 || text.ptr[text.len - 1] != '\n' ||
	    last_empty_line(text) != 0)
		return false;
	if (!str_split(&text, '\n', &line) || !is_origin(line) ||
	    !str_copy(c.origin, sizeof(c.origin), line))
		return false;
	if (!str_split(&text, '\n', &line) ||
	    !str_number(line, 0, SIZE_MAX_TEXT, &size) ||
	    (line.len > 1 && line.ptr[0] == '0'))
		return false;
	if (!str_split(&text, '\n', &line) || text.ptr == NULL ||
	    !wire_unbase64(line, c.root.bytes, sizeof(c.root.bytes)))
		return false;
	c.size = (uint64_t)size;
	*out = c;
	return true;
}
