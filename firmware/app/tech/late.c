#include "late.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/store/state.h"

int late_keep(const char *path, int64_t time_s, struct str text, struct err *e)
{
	char line[256];
	struct str rest = text, first;
	struct stat st;
	struct buf b;
	int fd, r = 0;

	if (!str_split(&rest, '\n', &first))
		first = str_from("");
	buf_init(&b, line, sizeof(line));
	buf_fmt(&b, "%lld %.*s\n", (long long)time_s,
	    (int)(first.len < 200 ? first.len : 200), first.ptr);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (fd < 0 || fstat(fd, &st) != 0)
		r = -errno;
	else if (st.st_size + (off_t)b.len > LATE_BYTES)
		r = -ENOSPC;
	else if (write(fd, b.ptr, b.len) != (ssize_t)b.len || fsync(fd) != 0)
		r = -EIO;
	if (fd >= 0)
		close(fd);
	return r == 0 ? 0
		      : err_set(e, r, "technician: %s: %s", path, strerror(-r));
}

/* What is no line of ours is passed over. */
static int note(struct journal *j, int64_t now_s, struct str line,
    struct err *e)
{
	char text[224];
	struct str rest = line, number;
	int64_t time_s;
	struct buf b;

	if (!str_split(&rest, ' ', &number) || rest.ptr == NULL ||
	    !str_number(number, 0, INT64_MAX / 2, &time_s))
		return 0;
	buf_init(&b, text, sizeof(text));
	buf_text(&b, "late: ");
	buf_str(&b, str_cut(rest, 0, 190));
	return journal_note(j, now_s, AUDIT_TECHNICIAN, time_s, buf_view(&b),
	    e);
}

int late_take(const char *path, struct journal *j, int64_t now_s, struct err *e)
{
	char text[LATE_BYTES];
	struct str rest, line;
	size_t len;
	int r = state_read(path, "technician", text, sizeof(text), &len, e);

	if (r == -ENOENT) {
		*e = (struct err){0};
		return 0;
	}
	if (r < 0)
		return r;
	rest = str_of(text, len);
	while (r == 0 && str_split(&rest, '\n', &line))
		r = note(j, now_s, line, e);
	if (r == 0 && unlink(path) != 0)
		r = err_set(e, -errno, "technician: %s: %s", path,
		    strerror(errno));
	return r;
}
