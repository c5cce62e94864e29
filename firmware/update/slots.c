#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "slots_inner.h"

int slots_open(const char *spec, const char *work, struct slots **out,
    struct err *e)
{
	struct str text = str_from(spec), name;
	struct slots *s;
	int r = 0;

	*out = NULL;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return err_set(e, -ENOMEM, "update: out of memory");
	if (!str_split(&text, ':', &name))
		r = -EINVAL;
	else if (str_is(name, "files") && text.len > 0)
		s->keeper = &slots_files;
	else if (str_is(name, "rauc") && (text.ptr == NULL || text.len > 0))
		s->keeper = &slots_rauc;
	else
		r = -EINVAL;
	if (r < 0)
		r = err_set(e, r, "update: %s: no slots are called so", spec);
	else if (!str_copy(s->folder, sizeof(s->folder),
		     str_of(text.ptr, text.ptr == NULL ? 0 : text.len)) ||
	    !str_copy(s->work, sizeof(s->work), str_from(work)))
		r = err_set(e, -ENAMETOOLONG, "update: %s: too long", spec);
	else
		r = s->keeper->open(s, e);
	if (r == 0) {
		*out = s;
		s = NULL;
	}
	slots_close(s);
	return r;
}

void slots_close(struct slots *s)
{
	if (s == NULL)
		return;
	if (s->keeper != NULL)
		s->keeper->close(s);
	free(s);
}

int slots_status(struct slots *s, struct slots_status *out, struct err *e)
{
	memset(out, 0, sizeof(*out));
	return s->keeper->status(s, out, e);
}

int slots_write(struct slots *s, const struct slots_image *image,
    const struct slots_progress *progress, struct err *e)
{
	return s->keeper->write(s, image, progress, e);
}

int slots_other_release(struct slots *s, struct release *out, struct err *e)
{
	memset(out, 0, sizeof(*out));
	return s->keeper->other_release(s, out, e);
}

int slots_activate(struct slots *s, struct err *e)
{
	return s->keeper->activate(s, e);
}

int slots_mark_good(struct slots *s, struct err *e)
{
	return s->keeper->mark_good(s, e);
}

int slots_mark_bad(struct slots *s, struct err *e)
{
	return s->keeper->mark_bad(s, e);
}
