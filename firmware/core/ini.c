#include "ini.h"

static struct ini_line bad(const char *reason)
{
	struct ini_line l = {.kind = INI_BAD, .reason = reason};

	return l;
}

static bool is_text(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if ((c < 0x20 && c != '\t') || c == 0x7F)
			return false;
	}
	return str_is_utf8(s);
}

static struct ini_line read_section(struct str s)
{
	struct ini_line l = {.kind = INI_SECTION};
	size_t end = 1;

	while (end < s.len && s.ptr[end] != ']')
		end++;
	if (end == s.len)
		return bad("section name lacks its ]");
	if (end + 1 != s.len)
		return bad("text after a section name");
	l.name = str_trim(str_cut(s, 1, end - 1));
	return l.name.len == 0 ? bad("section without a name") : l;
}

static struct ini_line read_key(struct str s)
{
	struct ini_line l = {.kind = INI_KEY};
	size_t at = 0;

	while (at < s.len && s.ptr[at] != '=')
		at++;
	if (at == s.len)
		return bad("neither [section] nor key = value");
	l.name = str_trim(str_cut(s, 0, at));
	l.value = str_trim(str_cut(s, at + 1, s.len));
	return l.name.len == 0 ? bad("no key before =") : l;
}

struct ini_line ini_parse(struct str line)
{
	struct ini_line blank = {.kind = INI_BLANK};
	struct str s = line;

	if (s.len > 0 && s.ptr[s.len - 1] == '\n')
		s.len--;
	if (s.len > 0 && s.ptr[s.len - 1] == '\r')
		s.len--;
	if (s.len > INI_LINE_MAX)
		return bad("line is longer than 190 bytes");
	if (!is_text(s))
		return bad("line holds bytes that are not UTF-8 text");
	if (str_trim(s).len == 0)
		return blank;
	if (s.ptr[0] == ' ' || s.ptr[0] == '\t')
		return bad("line starts with a blank");
	if (s.ptr[0] == ';' || s.ptr[0] == '#')
		return blank;
	s = str_trim(s);
	return s.ptr[0] == '[' ? read_section(s) : read_key(s);
}

void ini_problem(struct buf *problems, const char *file, unsigned line_no,
    struct str section, struct str key, const char *reason)
{
	buf_text(problems, file);
	if (line_no != 0)
		buf_fmt(problems, ":%u", line_no);
	buf_text(problems, ": ");
	if (section.len > 0) {
		buf_str(problems, section);
		if (key.len > 0)
			buf_byte(problems, '.');
	}
	buf_str(problems, key);
	if (section.len + key.len > 0)
		buf_text(problems, ": ");
	buf_text(problems, reason);
	buf_byte(problems, '\n');
}
