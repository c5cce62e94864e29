/*
 * Virtual paper: each ticket is DIR/NNNN.bin and DIR/NNNN.png.
 *
 * A ticket counts as printed when both files are on disk under their names.
 * DIR/NO-PAPER is the paper sensor; inotify says when it comes or goes.
 */
#include "transport.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = PRINTER_DEVICE_MAX + 32 };

struct virtual_paper {
	struct transport t;
	int (
	    *draw)(void *, const uint8_t *, size_t, const char *, struct err *);
	void *draw_ctx;
	char dir[PRINTER_DEVICE_MAX + 1];
	int dir_fd, watch;
	unsigned next; /* number of the next ticket */
	bool is_up, stopping;
	enum fact paper_out;
	const uint8_t *run;
	size_t run_len;
};

static struct virtual_paper *virtual_of(struct transport *t)
{
	return (struct virtual_paper *)(void *)t;
}

static void say_facts(struct virtual_paper *v)
{
	struct printer_status st = {.connected = FACT_YES,
	    .paper_low = FACT_NO,
	    .cover_open = FACT_NO,
	    .cutter_error = FACT_NO,
	    .offline = FACT_NO};

	st.paper_out = faccessat(v->dir_fd, "NO-PAPER", F_OK, 0) == 0 ? FACT_YES
								      : FACT_NO;
	if (st.paper_out == v->paper_out)
		return;
	v->paper_out = st.paper_out;
	v->t.tell(v->t.owner,
	    &(struct transport_event){.kind = TRANSPORT_FACTS, .status = st});
}

static int write_all(int fd, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t r = write(fd, bytes, len);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return r < 0 ? -errno : -EIO;
		bytes += r;
		len -= (size_t)r;
	}
	return 0;
}

static int sync_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = fsync(fd) == 0 ? 0 : -errno;
	(void)close(fd);
	return r;
}

static int write_bin(struct virtual_paper *v, const char *tmp)
{
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int r;

	if (fd < 0)
		return -errno;
	r = write_all(fd, v->run, v->run_len);
	if (r == 0 && fsync(fd) != 0)
		r = -errno;
	if (close(fd) != 0 && r == 0)
		r = -errno;
	return r;
}

static void path_of(const struct virtual_paper *v, const char *suffix,
    char *path)
{
	(void)snprintf(path, PATH_BYTES, "%s/%04u%s", v->dir, v->next, suffix);
}

static int draw_png(struct virtual_paper *v, struct err *e)
{
	char tmp[PATH_BYTES], path[PATH_BYTES];
	int r;

	if (v->draw == NULL)
		return 0;
	path_of(v, ".png.new", tmp);
	path_of(v, ".png", path);
	r = v->draw(v->draw_ctx, v->run, v->run_len, tmp, e);
	if (r == 0)
		r = sync_path(tmp);
	if (r == 0 && rename(tmp, path) != 0)
		r = -errno;
	if (r != 0)
		(void)unlink(tmp);
	return r;
}

static int put_on_disk(struct virtual_paper *v, struct err *e)
{
	char tmp[PATH_BYTES], path[PATH_BYTES];
	int r;

	path_of(v, ".bin.new", tmp);
	path_of(v, ".bin", path);
	r = write_bin(v, tmp);
	if (r == 0)
		r = draw_png(v, e);
	if (r == 0 && rename(tmp, path) != 0)
		r = -errno;
	if (r != 0)
		(void)unlink(tmp);
	else if (fsync(v->dir_fd) != 0)
		r = -errno;
	return r;
}

static void print_run(struct virtual_paper *v)
{
	struct err e = {0};
	size_t len = v->run_len;
	int r = put_on_disk(v, &e);

	v->run_len = 0;
	if (r != 0) {
		transport_note(&v->t, e.code != 0 ? e.text : strerror(-r));
		transport_say(&v->t, TRANSPORT_STOPPED, 0);
		return;
	}
	v->next++;
	transport_say(&v->t, TRANSPORT_TAKEN, len);
	transport_say(&v->t, TRANSPORT_PROVED, 0);
}

static void virtual_service(struct transport *t, const struct pollfd *fds,
    size_t n, int64_t mono_ms)
{
	struct virtual_paper *v = virtual_of(t);
	char room[1024];

	(void)fds, (void)n, (void)mono_ms;
	if (!v->is_up) {
		v->is_up = true;
		t->tell(t->owner,
		    &(struct transport_event){.kind = TRANSPORT_UP,
			.text = "virtual paper"});
	}
	while (v->watch >= 0 && read(v->watch, room, sizeof(room)) > 0)
		;
	say_facts(v);
	if (v->stopping) {
		v->stopping = false;
		v->run_len = 0;
		transport_say(t, TRANSPORT_STOPPED, 0);
	}
	if (v->run_len > 0 && v->paper_out == FACT_NO)
		print_run(v);
}

static size_t virtual_pollfds(struct transport *t, struct pollfd *fds,
    size_t cap)
{
	struct virtual_paper *v = virtual_of(t);

	if (cap == 0 || v->watch < 0)
		return 0;
	fds[0] = (struct pollfd){.fd = v->watch, .events = POLLIN};
	return 1;
}

static int64_t virtual_deadline(const struct transport *t)
{
	const struct virtual_paper
	    *v = (const struct virtual_paper *)(const void *)t;
	bool due = !v->is_up || v->stopping ||
	    (v->run_len > 0 && v->paper_out == FACT_NO);

	return due ? 0 : INT64_MAX;
}

static int virtual_send(struct transport *t, const uint8_t *bytes, size_t n)
{
	struct virtual_paper *v = virtual_of(t);

	if (v->run_len > 0)
		return -EBUSY;
	v->run = bytes;
	v->run_len = n;
	return 0;
}

static void virtual_stop(struct transport *t)
{
	virtual_of(t)->stopping = true;
}

static void virtual_reset(struct transport *t)
{
	virtual_of(t)->is_up = false;
	virtual_of(t)->paper_out = FACT_UNKNOWN;
}

static void virtual_close(struct transport *t)
{
	struct virtual_paper *v = virtual_of(t);

	if (v->watch >= 0)
		(void)close(v->watch);
	if (v->dir_fd >= 0)
		(void)close(v->dir_fd);
	free(v);
}

static const struct transport_ops virtual_ops = {
    .close = virtual_close,
    .pollfds = virtual_pollfds,
    .deadline_ms = virtual_deadline,
    .service = virtual_service,
    .send = virtual_send,
    .stop = virtual_stop,
    .reset = virtual_reset,
};

/* Goes on after the highest number that stands in DIR. */
static void find_next(struct virtual_paper *v)
{
	DIR *d = opendir(v->dir);
	struct dirent *entry;
	int64_t number;

	v->next = 1;
	if (d == NULL)
		return;
	while ((entry = readdir(d)) != NULL) {
		struct str name = str_from(entry->d_name);

		if (name.len >= 8 && name.len <= 12 &&
		    str_is(str_cut(name, name.len - 4, 4), ".bin") &&
		    str_number(str_cut(name, 0, name.len - 4), 0, 99999998,
			&number) &&
		    number >= v->next)
			v->next = (unsigned)number + 1;
	}
	(void)closedir(d);
}

int transport_open_virtual(const struct printer_config *config, const char *dir,
    transport_tell *tell, void *owner, struct transport **out, struct err *e)
{
	struct virtual_paper *v = calloc(1, sizeof(*v));
	int r = 0;

	*out = NULL;
	if (v == NULL)
		return err_set(e, -ENOMEM, "printer: out of memory");
	v->t = (struct transport){&virtual_ops, tell, owner, false, true};
	v->draw = config->draw;
	v->draw_ctx = config->draw_ctx;
	v->dir_fd = v->watch = -1;
	if (!str_copy(v->dir, sizeof(v->dir), str_from(dir))) {
		r = err_set(e, -EINVAL, "printer: the path is too long");
		goto out;
	}
	if (mkdir(dir, 0755) != 0 && errno != EEXIST) {
		r = err_set(e, -errno, "printer: %s: %s", dir, strerror(errno));
		goto out;
	}
	v->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (v->dir_fd < 0) {
		r = err_set(e, -errno, "printer: %s: %s", dir, strerror(errno));
		goto out;
	}
	v->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (v->watch >= 0)
		(void)inotify_add_watch(v->watch, dir,
		    IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM);
	find_next(v);
	*out = &v->t;
	v = NULL;
out:
	if (v != NULL)
		virtual_close(&v->t);
	return r;
}
