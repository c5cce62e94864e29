#include "ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "firmware/app/control.h"

int ctl_fail(const struct err *e)
{
	fprintf(stderr, "karcis-ctl: %s\n", e->text);
	return EXIT_COULD_NOT;
}

bool ctl_join(int argc, char **argv, struct buf *line)
{
	for (int i = 0; i < argc; i++) {
		if (strchr(argv[i], '\t') != NULL)
			return false;
		if (i > 0)
			buf_byte(line, '\t');
		buf_text(line, argv[i]);
	}
	return !line->full;
}

int ctl_ask(const struct office *o, struct str line, int fd, char *reply,
    size_t cap, struct err *e)
{
	static const char more[] = "karcis-ctl: more was said than fits here\n";
	struct stores stores;
	struct buf out;
	int r;

	r = control_ask(o, line, fd, reply, cap, e);
	if (r >= 0 || (r != -ENOENT && r != -ECONNREFUSED))
		return r;
	r = stores_open(o, &stores, e);
	if (r < 0)
		return r;
	buf_init(&out, reply, cap - sizeof(more));
	r = command_run(o, &stores, NULL, line, fd, &out);
	memcpy(reply + out.len, out.full ? more : "",
	    out.full ? sizeof(more) : 1);
	stores_close(&stores);
	return r;
}

int ctl_ask_or_do(const struct office *o, struct str line, int fd,
    struct err *e)
{
	static char reply[CONTROL_REPLY + 64];
	int r = ctl_ask(o, line, fd, reply, sizeof(reply), e);

	if (r < 0)
		return ctl_fail(e);
	fputs(reply, stdout);
	return r;
}

/* Ends a file that was begun: on the disk, or not there. */
static int finish(int out, const char *to, int r, struct err *e)
{
	if (r == 0 && fsync(out) != 0)
		r = err_set(e, -errno, "%s: cannot be written: %s", to,
		    strerror(errno));
	if (close(out) != 0 && r == 0)
		r = err_set(e, -errno, "%s: cannot be written: %s", to,
		    strerror(errno));
	if (r < 0)
		unlink(to);
	return r;
}

static int begin(const char *to, int *out, struct err *e)
{
	*out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return *out < 0 ? err_set(e, -errno, "%s: %s", to, strerror(errno)) : 0;
}

/* A short write says nothing of its cause: the next one does. */
static int put(int out, const char *bytes, size_t len, const char *to,
    struct err *e)
{
	while (len > 0) {
		ssize_t n = write(out, bytes, len);

		if (n < 0)
			return err_set(e, -errno, "%s: cannot be written: %s",
			    to, strerror(errno));
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

int ctl_copy_file(const char *from, const char *to, struct err *e)
{
	char block[65536];
	int in = open(from, O_RDONLY | O_CLOEXEC), out, r;
	ssize_t n = 0;

	if (in < 0)
		return err_set(e, -errno, "%s: %s", from, strerror(errno));
	r = begin(to, &out, e);
	if (r == 0) {
		while (r == 0 && (n = read(in, block, sizeof(block))) > 0)
			r = put(out, block, (size_t)n, to, e);
		if (r == 0 && n < 0)
			r = err_set(e, -errno, "%s: %s", from, strerror(errno));
		r = finish(out, to, r, e);
	}
	close(in);
	return r;
}

int ctl_write_file(const char *to, struct str text, struct err *e)
{
	int out, r = begin(to, &out, e);

	return r < 0 ? r
		     : finish(out, to, put(out, text.ptr, text.len, to, e), e);
}
