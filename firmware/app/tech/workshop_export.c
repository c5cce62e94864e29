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
#include <unistd.h>

#include "firmware/app/control.h"
#include "firmware/app/ctl/commands.h"
#include "firmware/app/log.h"
#include "firmware/store/audit_export.h"

enum { FILE_MODE = 0640 }; /* karcis-update reads them by its group */

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

static int write_audit(struct workshop *w, const char *copy, const char *to,
    struct err *e)
{
	struct terminal *t = w->t;
	const struct audit_export x = {.office = t->office.config.office,
	    .terminal = t->office.config.terminal_id,
	    .made_s = clock_wall_s(),
	    .audit_secret = t->stores.keys.audit_secret};
	int r;

	(void)unlink(copy);
	r = journal_backup(t->stores.journal, copy, e);
	if (r == 0)
		r = audit_export_write(copy, &x, to, NULL, e);
	(void)unlink(copy);
	if (r == 0 && chmod(to, FILE_MODE) != 0)
		r = failed(e, to);
	return r;
}

int workshop_export(struct workshop *w, struct err *e)
{
	struct terminal *t = w->t;
	char copy[256], to[256];
	int r = empty(w->out, e);

	if (r == 0)
		r = write_status(w, e);
	if (r == 0)
		r = write_log(w, e);
	if (r < 0 || !t->stores_open)
		return r;
	if (!office_path(&t->office, "audit.new", copy) ||
	    !join(to, w->out, "audit.txt"))
		return err_set(e, -ENAMETOOLONG, "export: a long path");
	return write_audit(w, copy, to, e);
}
