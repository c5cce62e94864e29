#include "msg.h"

static const char *const source[MSGS] = {
    [MSG_NONE] = "",
#define MSG(id, text) [MSG_##id] = (text),
#include "msg.def"
#undef MSG
};

const char *msg_source(enum msg_id id)
{
	return id > MSG_NONE && id < MSGS ? source[id] : "";
}

void msg_fill(struct buf *out, struct str text, const struct str *values,
    size_t count)
{
	for (size_t i = 0; i < text.len; i++) {
		size_t n;

		if (text.ptr[i] != '{' || i + 2 >= text.len ||
		    text.ptr[i + 2] != '}' || text.ptr[i + 1] < '1' ||
		    text.ptr[i + 1] > '4') {
			buf_byte(out, (unsigned char)text.ptr[i]);
			continue;
		}
		n = (size_t)(text.ptr[i + 1] - '1');
		if (n < count)
			buf_str(out, values[n]);
		i += 2;
	}
}
