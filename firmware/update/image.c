#include "image.h"

#include <errno.h>

#include "keep.h"
#include "program.h"

enum { READ_MS = 30000 };

int image_release(const char *path, struct release *out, struct err *e)
{
	const char *const argv[] = {"/usr/bin/unsquashfs", "-cat", path,
	    IMAGE_RELEASE, NULL};
	char text[RELEASE_BYTES_MAX + 1], words[1024];
	struct program p = {.argv = argv, .timeout_ms = READ_MS};
	struct buf room, log;
	int r;

	*out = (struct release){0};
	buf_init(&room, text, sizeof(text));
	buf_init(&log, words, sizeof(words));
	p.out = &room;
	p.log = &log;
	r = program_run(&p, e);
	if (r == -EBADMSG || r == -EFAULT)
		return err_set(e, -EINVAL, "update: %s has no release text",
		    path);
	if (r == 0 && p.out_full)
		return err_set(e, -EINVAL,
		    "update: %s: its release is too "
		    "long",
		    path);
	return r < 0 ? r : release_parse(buf_view(&room), out, e);
}

int image_release_mounted(const char *root, struct release *out, struct err *e)
{
	char room[KEEP_BYTES], dir[KEEP_PATH];
	struct str text;
	int r;

	*out = (struct release){0};
	if (!keep_path(dir, root, "usr/share/karcis"))
		return err_set(e, -ENAMETOOLONG, "update: %s: too long", root);
	r = keep_read(dir, "release", room, &text, e);
	return r < 0 ? r : release_parse(text, out, e);
}
