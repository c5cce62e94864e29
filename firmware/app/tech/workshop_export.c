/*
 * What is left in the out-folder for a stick: the audit export, the status as
 * karcis-ctl tells it, and the newest lines of the log. No booking, no code and
 * no name is in any of them. karcis-update adds the system's log.
 */
#include "workshop_inner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "firmware/app/control.h"
#include "firmware/app/ctl/commands.h"
#include "firmware/app/log.h"

#define AUDIT_NAME "audit.txt"

enum {
	FILE_MODE = 0640, /* karcis-update reads them by its group */
	/* The folder is memory. Some 300 000 entries: years of a kiosk. */
	EXPORT_MOST_BYTES = 128 * 1024 * 1024,
	SLICE_MS = 10 /* of the loop */
};

static int failed(struct err *e, const char *name)
{
	return err_set(e, -errno, "export: %s: %s", name, strerror(errno));
}

/* Of an earlier stick, or of a try that was cut off. */
static int empty(const char *folder, struct err *e)
{
	DIR *d = opendir(folder);
	const struct dirent *entry;
	int r = 0;

	if (d == NULL)
		return failed(e, folder);
	while (r == 0 && (entry = readdir(d)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0 &&
		    unlinkat(dirfd(d), entry->d_name, 0) != 0)
			r = failed(e, entry->d_name);
	closedir(d);
	return r;
}

static bool join(char out[256], const char *folder, const char *name)
{
	struct buf b;

	buf_init(&b, out, 256);
	buf_fmt(&b, "%s/%s", folder, name);
	(void)buf_cstr(&b);
	return !b.full;
}

static int write_text(const struct workshop *w, const char *name,
    struct str text, struct err *e)
{
	char path[256];
	int fd, r = 0;

	if (!join(path, w->out, name))
		return err_set(e, -ENAMETOOLONG, "export: a long path");
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	if (fd < 0)
		return failed(e, name);
	errno = ENOSPC; /* of a short write */
	if (write(fd, text.ptr, text.len) != (ssize_t)text.len)
		r = failed(e, name);
	close(fd);
	return r;
}

static int write_status(struct workshop *w, struct err *e)
{
	static char text[CONTROL_REPLY];
	struct terminal *t = w->t;
	struct buf b;

	buf_init(&b, text, sizeof(text));
	(void)command_run(&t->office, t->stores_open ? &t->stores : NULL, t,
	    str_from("status\t--json"), -1, &b);
	return write_text(w, "status.json", buf_view(&b), e);
}

static int write_log(struct workshop *w, struct err *e)
{
	static char text[LOG_KEPT_BYTES];
	struct buf b;

	buf_init(&b, text, sizeof(text));
	log_kept(&b);
	return write_text(w, "karcis.log", buf_view(&b), e);
}

/* Half of what the folder's memory has free, where that is less. */
static int64_t most_bytes(const struct workshop *w)
{
	struct statvfs v;
	int64_t free_bytes;

	if (statvfs(w->out, &v) != 0)
		return EXPORT_MOST_BYTES;
	free_bytes = (int64_t)((uint64_t)v.f_bavail * v.f_frsize / 2);
	return free_bytes < EXPORT_MOST_BYTES ? free_bytes : EXPORT_MOST_BYTES;
}

static int begin_audit(struct workshop *w, struct err *e)
{
	struct terminal *t = w->t;
	const struct audit_export x = {.office = t->office.config.office,
	    .terminal = t->office.config.terminal_id,
	    .made_s = clock_wall_s(),
	    .audit_secret = t->stores.keys.audit_secret};
	char to[256];

	if (!join(to, w->out, AUDIT_NAME))
		return err_set(e, -ENAMETOOLONG, "export: a long path");
	return audit_slices_open(t->stores.journal, &x, to, most_bytes(w),
	    &w->audit, e);
}

int workshop_export(struct workshop *w, struct err *e)
{
	int r;

	workshop_end_export(w);
	w->exported = true;
	r = empty(w->out, e);
	if (r == 0)
		r = write_status(w, e);
	if (r == 0)
		r = write_log(w, e);
	return r < 0 || !w->t->stores_open ? r : begin_audit(w, e);
}

static int end_audit(struct workshop *w, int r, struct err *e)
{
	char to[256];

	if (r == 0 &&
	    (!join(to, w->out, AUDIT_NAME) || chmod(to, FILE_MODE) != 0))
		r = failed(e, AUDIT_NAME);
	audit_slices_close(w->audit);
	w->audit = NULL;
	if (r == -EFBIG) {
		/* Log and status are worth the stick's while. */
		log_err(e);
		w->audit_too_big = true;
		r = 0;
	}
	return r;
}

int workshop_export_step(struct workshop *w, struct err *e)
{
	int64_t until_ms = clock_mono_ms() + SLICE_MS;
	int r = 1;

	if (w->audit == NULL)
		return 0;
	while (r > 0 && clock_mono_ms() < until_ms)
		r = audit_slices_step(w->audit, e);
	return r > 0 ? r : end_audit(w, r, e);
}

void workshop_end_export(struct workshop *w)
{
	struct err e = {0};

	audit_slices_close(w->audit);
	w->audit = NULL;
	w->audit_too_big = false;
	if (w->exported && empty(w->out, &e) < 0)
		log_err(&e);
	w->exported = false;
}
