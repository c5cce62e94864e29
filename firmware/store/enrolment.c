#include "enrolment.h"

#include <errno.h>
#include <string.h>

#include "state.h"

#define FIRST_LINE "karcis-enrolment 1"
enum { FILE_MAX = 1024, LINES = 8 };

static const char *const role_word[] = {
    [ROSTER_UNSET] = "", [ROSTER_KIOSK] = "kiosk", [ROSTER_GATE] = "gate"};

static bool is_url(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] > '~')
			return false;
	return s.len > 8 && s.ptr[s.len - 1] != '/' &&
	    (str_eq(str_cut(s, 0, 8), str_from("https://")) ||
		str_eq(str_cut(s, 0, 7), str_from("http://")));
}

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((uint8_t)s.ptr[i] < ' ' || s.ptr[i] == 0x7f)
			return false;
	return s.len > 0 && str_is_utf8(s);
}

static bool read_number(struct str s, int64_t hi, uint32_t *out)
{
	int64_t v;

	if (!str_number(s, 1, hi, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

static bool read_role(struct str s, uint8_t *out)
{
	*out = ROSTER_UNSET;
	for (uint8_t i = ROSTER_KIOSK; i <= ROSTER_GATE; i++)
		if (str_is(s, role_word[i]))
			*out = i;
	return *out != ROSTER_UNSET;
}

static bool read_letter(struct str s, uint8_t *out)
{
	*out = s.len == 1 && s.ptr[0] >= 'A' && s.ptr[0] <= 'Z'
	    ? (uint8_t)(s.ptr[0] - 'A' + 1)
	    : 0;
	return *out != 0 || str_is(s, "-");
}

static bool read_value(struct enrolment *x, struct str name, struct str value)
{
	if (str_is(name, "url"))
		return is_url(value) && str_copy(x->url, sizeof(x->url), value);
	if (str_is(name, "hub_key"))
		return wire_unhex(value, x->hub_key, sizeof(x->hub_key));
	if (str_is(name, "office"))
		return read_number(value, UINT32_MAX, &x->office);
	if (str_is(name, "device"))
		return read_number(value, UINT32_MAX, &x->device);
	if (str_is(name, "name"))
		return is_name(value) &&
		    str_copy(x->name, sizeof(x->name), value);
	if (str_is(name, "role"))
		return read_role(value, &x->role);
	if (str_is(name, "letter"))
		return read_letter(value, &x->letter);
	if (str_is(name, "epoch"))
		return read_number(value, UINT32_MAX, &x->epoch);
	return false;
}

/* Each of the eight lines once, in the order in which they are written. */
static bool read_text(struct enrolment *x, struct str text)
{
	static const char *const names[LINES] = {"url", "hub_key", "office",
	    "device", "name", "role", "letter", "epoch"};
	struct str line, name;

	if (!str_split(&text, '\n', &line) || !str_is(line, FIRST_LINE))
		return false;
	for (int i = 0; i < LINES; i++)
		if (!str_split(&text, '\n', &line) ||
		    !str_split(&line, ' ', &name) || line.ptr == NULL ||
		    !str_is(name, names[i]) || !read_value(x, name, line))
			return false;
	return text.ptr != NULL && text.len == 0;
}

int enrolment_load(const char *path, struct enrolment *out, struct err *e)
{
	char text[FILE_MAX];
	size_t len;
	int r;

	memset(out, 0, sizeof(*out));
	r = state_read(path, "enrolment", text, sizeof(text), &len, e);
	if (r == 0 && !read_text(out, str_of(text, len)))
		r = err_set(e, -EBADMSG,
		    "enrolment: %s is not whole; enrol this terminal again",
		    path);
	if (r < 0)
		memset(out, 0, sizeof(*out));
	return r;
}

int enrolment_save(const char *path, const struct enrolment *x, struct err *e)
{
	char text[FILE_MAX], hex[2 * WIRE_PUBLIC_BYTES + 1];
	struct enrolment again;
	struct buf b;

	wire_hex(x->hub_key, sizeof(x->hub_key), hex);
	buf_init(&b, text, sizeof(text));
	buf_fmt(&b, FIRST_LINE "\nurl %s\nhub_key %s\noffice %lu\ndevice %lu\n",
	    x->url, hex, (unsigned long)x->office, (unsigned long)x->device);
	buf_fmt(&b, "name %s\nrole %s\nletter %c\nepoch %lu\n", x->name,
	    x->role <= ROSTER_GATE ? role_word[x->role] : "",
	    x->letter == 0 ? '-' : 'A' + x->letter - 1,
	    (unsigned long)x->epoch);
	if (b.full || !read_text(&again, buf_view(&b)))
		return err_set(e, -EINVAL,
		    "enrolment: a field is out of its range, nothing is "
		    "written");
	return state_write(path, "enrolment", buf_view(&b), true, e);
}

static bool read_qr(struct str s, struct enrolment_text *out)
{
	struct str word;
	uint8_t token[16];

	if (!str_split(&s, ' ', &word) || !str_is(word, "karcis-enrol:1") ||
	    !str_split(&s, ' ', &word) || !is_url(word) ||
	    !str_copy(out->url, sizeof(out->url), word) ||
	    !str_split(&s, ' ', &word) ||
	    !wire_unhex(word, token, sizeof(token)) ||
	    !str_copy(out->token, sizeof(out->token), word) ||
	    !str_split(&s, ' ', &word) || s.ptr != NULL)
		return false;
	return wire_unhex(word, out->fingerprint, sizeof(out->fingerprint));
}

bool enrolment_text_parse(struct str s, struct enrolment_text *out)
{
	bool ok;

	memset(out, 0, sizeof(*out));
	ok = read_qr(str_trim(s), out);
	if (!ok)
		memset(out, 0, sizeof(*out));
	return ok;
}
