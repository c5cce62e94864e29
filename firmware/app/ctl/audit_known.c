/* Checkpoints that somebody kept in a file, one behind the other. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit_hub.h"
#include "firmware/core/log_check.h"

#define DASH "\xE2\x80\x94 " /* begins a line of a signature */

struct file {
	FILE *f;
	const char *path;
	char line[NOTE_BYTES], note[2 * NOTE_BYTES];
	size_t len; /* of note */
	bool ready; /* line holds the next note's first line */
};

static bool is_signature(const char *line)
{
	return strncmp(line, DASH, strlen(DASH)) == 0;
}

/* A note ends with the last of its signatures. False: the end of the file. */
static bool next_note(struct file *x)
{
	bool any = false;
	size_t n;

	x->len = 0;
	while (x->ready || fgets(x->line, sizeof(x->line), x->f) != NULL) {
		x->ready = any && !is_signature(x->line);
		if (x->ready)
			return true;
		any = any || is_signature(x->line);
		n = strlen(x->line);
		if (n > sizeof(x->note) - x->len)
			break; /* no note is as long */
		memcpy(x->note + x->len, x->line, n);
		x->len += n;
	}
	return x->len > 0;
}

static int load(struct file *x, const char *log_key, uint32_t office,
    struct audit_known out[AUDIT_KNOWN], size_t *n, struct err *e)
{
	struct checkpoint c;

	while (next_note(x)) {
		if (*n == AUDIT_KNOWN)
			return err_set(e, -E2BIG,
			    "audit: %s: more than %d checkpoints", x->path,
			    AUDIT_KNOWN);
		if (log_open(str_of(x->note, x->len), str_from(log_key), office,
			&c) != LOG_AGREES)
			return err_set(e, -EINVAL,
			    "audit: %s: checkpoint %zu is not one of that "
			    "office under that key",
			    x->path, *n + 1);
		out[*n].size = c.size;
		out[(*n)++].root = c.root;
	}
	if (ferror(x->f))
		return err_set(e, -EIO, "audit: cannot read %s", x->path);
	return *n > 0
	    ? 0
	    : err_set(e, -EINVAL, "audit: %s holds no checkpoint", x->path);
}

int audit_known_load(const char *path, const char *log_key, uint32_t office,
    struct audit_known out[AUDIT_KNOWN], size_t *n, struct err *e)
{
	struct file x = {.path = path};
	int r;

	*n = 0;
	x.f = fopen(path, "re");
	if (x.f == NULL)
		return err_set(e, -errno, "audit: cannot read %s: %s", path,
		    strerror(errno));
	r = load(&x, log_key, office, out, n, e);
	(void)fclose(x.f);
	return r;
}
