#include "config_read.h"

#include <string.h>

const char config_not_a_word[] = "not one of its words";
const char config_not_a_number[] = "not a number in its range";

void *config_at(struct config *c, size_t offset)
{
	return (char *)c + offset;
}

static void put_int(struct config *c, size_t offset, int64_t value)
{
	int32_t v = (int32_t)value;

	memcpy(config_at(c, offset), &v, sizeof(v));
}

static bool find_word(const struct word *w, struct str v, int *value)
{
	for (; w->text != NULL; w++)
		if (str_is(v, w->text)) {
			*value = w->value;
			return true;
		}
	return false;
}

const char *config_read_number(const struct row *r, struct config *c,
    struct str v)
{
	int64_t n;

	if (!str_number(v, r->lo, r->hi, &n))
		return config_not_a_number;
	put_int(c, r->where, n);
	return NULL;
}

const char *config_read_office(const struct row *r, struct config *c,
    struct str v)
{
	int64_t n;

	if (!str_number(v, r->lo, r->hi, &n))
		return "must be a number from 1 to 4294967295";
	c->office = (uint32_t)n;
	return NULL;
}

/* For members of an enum type: int-sized in gcc and clang. */
const char *config_read_word(const struct row *r, struct config *c,
    struct str v)
{
	int value;

	_Static_assert(sizeof(enum late_policy) == sizeof(int32_t), "enum");
	if (!find_word(r->words, v, &value))
		return config_not_a_word;
	put_int(c, r->where, value);
	return NULL;
}

const char *config_read_bool(const struct row *r, struct config *c,
    struct str v)
{
	int value;
	bool yes;

	if (!find_word(r->words, v, &value))
		return config_not_a_word;
	yes = value != 0;
	memcpy(config_at(c, r->where), &yes, sizeof(yes));
	return NULL;
}

const char *config_read_text(const struct row *r, struct config *c,
    struct str v)
{
	if (v.len == 0)
		return "is empty";
	if (!str_copy(config_at(c, r->where), (size_t)r->hi, v))
		return "is too long";
	return NULL;
}

const char *config_read_absolute(const struct row *r, struct config *c,
    struct str v)
{
	if (v.len == 0 || v.ptr[0] != '/')
		return "must be an absolute path";
	return config_read_text(r, c, v);
}

const char *config_read_zone(const struct row *r, struct config *c,
    struct str v)
{
	int32_t offset_s;

	if (!civil_parse_zone(v, &offset_s))
		return "must be WIB, WITA, WIT or like +07:00";
	put_int(c, r->where, offset_s);
	return NULL;
}

const char *config_read_terminal(const struct row *r, struct config *c,
    struct str v)
{
	for (size_t i = 0; i < v.len; i++)
		if (!((v.ptr[i] >= 'a' && v.ptr[i] <= 'z') ||
			(v.ptr[i] >= '0' && v.ptr[i] <= '9') ||
			v.ptr[i] == '-'))
			return "may hold only a-z, 0-9 and -";
	return config_read_text(r, c, v);
}

const char *config_read_letter(const struct row *r, struct config *c,
    struct str v)
{
	(void)r;
	if (v.len != 1 || v.ptr[0] < 'S' || v.ptr[0] > 'Z')
		return "must be one letter from S to Z";
	c->terminal_letter = v.ptr[0];
	return NULL;
}

/* r->lo is the weekday. */
const char *config_read_hours(const struct row *r, struct config *c,
    struct str v)
{
	if (!hours_parse(v, &c->hours, (enum weekday)r->lo))
		return "must be like 07:30-12:00 13:00-15:00 (ascending, not"
		       " overlapping) or closed";
	return NULL;
}

const char *config_read_size(const struct row *r, struct config *c,
    struct str v)
{
	struct str rest = v, w, h;
	int64_t width, height;

	(void)r;
	if (!str_split(&rest, 'x', &w) || !str_split(&rest, 'x', &h) ||
	    rest.ptr != NULL || !str_number(w, 320, 16384, &width) ||
	    !str_number(h, 320, 16384, &height))
		return "must be WIDTHxHEIGHT in pixels, 320 to 16384";
	c->width_px = (int32_t)width;
	c->height_px = (int32_t)height;
	return NULL;
}

/* "21.5" to 5461 tenths of a millimetre: one decimal at most. */
const char *config_read_inches(const struct row *r, struct config *c,
    struct str v)
{
	struct str rest = v, part;
	int64_t whole = 0, tenth = 0;
	bool ok = str_split(&rest, '.', &part) &&
	    str_number(part, 5, 100, &whole);

	if (ok && rest.ptr != NULL)
		ok = rest.len == 1 && str_number(rest, 0, 9, &tenth);
	if (!ok)
		return "must be inches from 5 to 100, like 21.5";
	put_int(c, r->where, (whole * 10 + tenth) * 254 / 10);
	return NULL;
}

static bool starts(struct str v, const char *head)
{
	return str_is(str_cut(v, 0, strlen(head)), head) &&
	    v.len > strlen(head);
}

static bool read_hex4(struct str v, uint16_t *out)
{
	unsigned value = 0;

	if (v.len != 4)
		return false;
	for (size_t i = 0; i < 4; i++) {
		char ch = v.ptr[i];

		value <<= 4;
		if (ch >= '0' && ch <= '9')
			value += (unsigned)(ch - '0');
		else if (ch >= 'a' && ch <= 'f')
			value += (unsigned)(ch - 'a') + 10;
		else if (ch >= 'A' && ch <= 'F')
			value += (unsigned)(ch - 'A') + 10;
		else
			return false;
	}
	*out = (uint16_t)value;
	return true;
}

static bool read_usb_id(struct str v, struct config_usb_id *out)
{
	struct str rest = v, vendor, product;

	return str_split(&rest, ':', &vendor) &&
	    str_split(&rest, ':', &product) && rest.ptr == NULL &&
	    read_hex4(vendor, &out->vendor) &&
	    read_hex4(product, &out->product);
}

const char *config_read_scanner(const struct row *r, struct config *c,
    struct str v)
{
	(void)r;
	if (!starts(v, "serial:/") && !starts(v, "evdev:/") &&
	    !starts(v, "hidraw:/") && !starts(v, "camera:/") &&
	    !str_is(v, "evdev:auto") && !str_is(v, "hidraw:auto"))
		return "must be serial:/PATH, evdev:auto, evdev:/PATH,"
		       " hidraw:auto, hidraw:/PATH or camera:/PATH";
	if (c->scanners == CONFIG_SCANNERS)
		return "more than 4 scanners";
	if (!str_copy(c->scanner[c->scanners], CONFIG_TEXT, v))
		return "is too long";
	c->scanners++;
	return NULL;
}

const char *config_read_allow(const struct row *r, struct config *c,
    struct str v)
{
	(void)r;
	if (c->allowed == CONFIG_ALLOWED)
		return "more than 16 devices";
	if (!read_usb_id(v, &c->allow[c->allowed]))
		return "must be VENDOR:PRODUCT, four hex digits each";
	c->allowed++;
	return NULL;
}

static bool is_tcp(struct str v)
{
	struct str host = str_cut(v, 4, v.len);
	int64_t port;
	size_t colon = host.len;

	while (colon > 0 && host.ptr[colon - 1] != ':')
		colon--;
	return colon > 1 &&
	    str_number(str_cut(host, colon, host.len), 1, 65535, &port);
}

const char *config_read_printer(const struct row *r, struct config *c,
    struct str v)
{
	struct config_usb_id id;
	bool ok = str_is(v, "usb:auto") || starts(v, "device:/") ||
	    starts(v, "virtual:") || (starts(v, "tcp:") && is_tcp(v)) ||
	    (starts(v, "usb:") && read_usb_id(str_cut(v, 4, v.len), &id)) ||
	    str_is(v, "none");

	if (!ok)
		return "must be usb:auto, usb:VVVV:PPPP, device:/PATH,"
		       " tcp:HOST:PORT, virtual:DIR or none";
	return config_read_text(r, c, v);
}

/* "gpio:/dev/gpiochip0:17" and ":low"; "command:/PATH". */
static bool is_gpio(struct str v)
{
	struct str rest = str_cut(v, 5, v.len), path, line, level;
	int64_t n;

	if (!str_split(&rest, ':', &path) || path.len < 2 ||
	    path.ptr[0] != '/' || !str_split(&rest, ':', &line) ||
	    !str_number(line, 0, 1023, &n))
		return false;
	return rest.ptr == NULL ||
	    (str_split(&rest, ':', &level) && rest.ptr == NULL &&
		str_is(level, "low"));
}

const char *config_read_output(const struct row *r, struct config *c,
    struct str v)
{
	if (!str_is(v, "none") && !starts(v, "command:/") &&
	    !(starts(v, "gpio:/") && is_gpio(v)))
		return "must be none, gpio:/dev/NAME:LINE,"
		       " gpio:/dev/NAME:LINE:low or command:/PATH";
	return config_read_text(r, c, v);
}

const char *config_read_switch(const struct row *r, struct config *c,
    struct str v)
{
	if (!str_is(v, "none") && !(starts(v, "gpio:/") && is_gpio(v)))
		return "must be none, gpio:/dev/NAME:LINE or"
		       " gpio:/dev/NAME:LINE:low";
	return config_read_text(r, c, v);
}

const char *config_read_touch(const struct row *r, struct config *c,
    struct str v)
{
	if (!str_is(v, "auto") && !starts(v, "/dev/"))
		return "must be auto or a path below /dev";
	return config_read_text(r, c, v);
}

const char *config_read_dim(const struct row *r, struct config *c, struct str v)
{
	static const char shape[] = "must be none or like 18:00-06:30";
	struct str rest = v, from, until;
	int32_t from_min, until_min;

	(void)r;
	c->dim_from_min = c->dim_until_min = -1;
	if (str_is(v, "none"))
		return NULL;
	if (!str_split(&rest, '-', &from) || !str_split(&rest, '-', &until) ||
	    rest.ptr != NULL || !civil_parse_minute(from, &from_min) ||
	    !civil_parse_minute(until, &until_min) || from_min == until_min ||
	    from_min == DAY_MINUTES)
		return shape;
	c->dim_from_min = from_min;
	c->dim_until_min = until_min;
	return NULL;
}

const char *config_read_url(const struct row *r, struct config *c, struct str v)
{
	/* Plain only to this machine itself: a proxy there, or a test. */
	if (!starts(v, "https://") && !starts(v, "http://127.0.0.1:") &&
	    !starts(v, "http://[::1]:"))
		return "must start with https://";
	if (v.ptr[v.len - 1] == '/')
		return "must not end with a slash";
	return config_read_text(r, c, v);
}

const char *config_read_alphabet(const struct row *r, struct config *c,
    struct str v)
{
	for (size_t i = 0; i < v.len; i++) {
		char ch = v.ptr[i];

		if (!(ch >= 'A' && ch <= 'Z') && !(ch >= '0' && ch <= '9'))
			return "may hold only A-Z and 0-9";
		if (memchr(v.ptr, ch, i) != NULL)
			return "names a symbol twice";
	}
	return config_read_text(r, c, v);
}

const char *config_read_prefix(const struct row *r, struct config *c,
    struct str v)
{
	for (size_t i = 0; i < v.len; i++)
		if (!(v.ptr[i] >= 'A' && v.ptr[i] <= 'Z') &&
		    !(v.ptr[i] >= '0' && v.ptr[i] <= '9'))
			return "may hold only A-Z and 0-9";
	return config_read_text(r, c, v);
}

const char *config_read_byte(const struct row *r, struct config *c,
    struct str v)
{
	int64_t n;
	uint8_t byte;

	if (!str_number(v, r->lo, r->hi, &n))
		return config_not_a_number;
	byte = (uint8_t)n;
	memcpy(config_at(c, r->where), &byte, 1);
	return NULL;
}
