#include "floor.h"

#include <errno.h>

#include "keep.h"

static const char NAME[] = "floor";

int floor_load(const char *dir, uint32_t *out, struct err *e)
{
	char room[KEEP_BYTES];
	struct str text, key;
	int64_t n;
	int r;

	*out = 0;
	r = keep_read(dir, NAME, room, &text, e);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	if (text.len > 0 && text.ptr[text.len - 1] == '\n')
		text.len--;
	if (!str_split(&text, ' ', &key) || !str_is(key, "security") ||
	    text.ptr == NULL || !str_number(text, 1, INT32_MAX, &n))
		return err_set(e, -EINVAL, "update: %s/%s holds no counter",
		    dir, NAME);
	*out = (uint32_t)n;
	return 0;
}

int floor_raise(const char *dir, uint32_t security, struct err *e)
{
	char room[32];
	uint32_t now;
	struct buf b;
	int r = floor_load(dir, &now, e);

	/* One that cannot be read is written anew: what runs is the floor. */
	if (r < 0 && r != -EINVAL)
		return r;
	if (security <= now)
		return 0;
	buf_init(&b, room, sizeof(room));
	buf_fmt(&b, "security %u\n", security);
	return keep_write(dir, NAME, buf_view(&b), e);
}
