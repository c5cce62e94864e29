#include "audit_export_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit_text.h"

#define MODULE "audit"

static int put_line(FILE *f, const struct buf *b, const char *to, struct err *e)
{
	if (fwrite(b->ptr, 1, b->len, f) != b->len)
		return err_set(e, -errno, MODULE ": cannot write %s: %s", to,
		    strerror(errno));
	return 0;
}

int audit_put_header(FILE *f, const struct audit_export *x,
    const struct audit_head *head, const char *to, struct err *e)
{
	struct audit_header h = {.office = x->office,
	    .made_s = x->made_s,
	    .bare = x->bare,
	    .entries = head->n,
	    .erased = head->erased};
	uint8_t text[AUDIT_HEADER + 256], signature[64];
	struct buf b;

	buf_init(&b, text, sizeof(text));
	crypto_sign_ed25519_sk_to_pk(h.key, x->audit_secret);
	if (!str_copy(h.terminal, sizeof(h.terminal), str_from(x->terminal)) ||
	    !audit_header_put(&h, &b))
		return err_set(e, -EINVAL,
		    MODULE ": the terminal's id does not fit a line");
	crypto_sign_detached(signature, NULL, text, b.len, x->audit_secret);
	audit_signed_put(signature, &b);
	return put_line(f, &b, to, e);
}

int audit_put_row(FILE *f, const struct audit_export *x,
    const struct audit_row *row, const char *to, struct err *e)
{
	uint8_t text[AUDIT_LINE];
	struct buf b;

	if (row->payload.len > AUDIT_PAYLOAD)
		return err_set(e, -EUCLEAN,
		    MODULE ": entry %llu is longer than any of ours",
		    (unsigned long long)row->n);
	buf_init(&b, text, sizeof(text));
	audit_row_put(row, x->bare, &b);
	return put_line(f, &b, to, e);
}

static int put_rows(FILE *f, struct audit_rows *rows,
    const struct audit_export *x, const char *to, uint64_t *entries,
    struct err *e)
{
	struct audit_row row;
	int r;

	while ((r = audit_rows_next(rows, &row, e)) > 0) {
		r = audit_put_row(f, x, &row, to, e);
		if (r < 0)
			return r;
		++*entries;
	}
	return r;
}

int audit_put_head(FILE *f, const struct audit_head *head, const char *to,
    struct err *e)
{
	uint8_t text[AUDIT_LINE];
	struct buf b;
	int r;

	buf_init(&b, text, sizeof(text));
	audit_head_put(head, &b);
	r = put_line(f, &b, to, e);
	if (r == 0 && (fflush(f) != 0 || fsync(fileno(f)) != 0))
		r = err_set(e, -errno, MODULE ": cannot write %s: %s", to,
		    strerror(errno));
	return r;
}

static int put_all(FILE *f, struct audit_rows *rows,
    const struct audit_export *x, const char *to, uint64_t *entries,
    struct err *e)
{
	struct audit_head head;
	int r = audit_rows_head(rows, &head, e);

	if (r == 0)
		r = audit_put_header(f, x, &head, to, e);
	if (r == 0)
		r = put_rows(f, rows, x, to, entries, e);
	return r < 0 ? r : audit_put_head(f, &head, to, e);
}

int audit_export_write(const char *copy, const struct audit_export *x,
    const char *to, uint64_t *entries, struct err *e)
{
	struct audit_rows *rows = NULL;
	uint64_t n = 0;
	FILE *f = NULL;
	int fd = -1, r = audit_rows_open(copy, &rows, e);

	if (r == 0) {
		fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		f = fd < 0 ? NULL : fdopen(fd, "w");
		r = f == NULL
		    ? err_set(e, -errno, MODULE ": cannot make %s: %s", to,
			  strerror(errno))
		    : put_all(f, rows, x, to, &n, e);
	}
	if (f != NULL && fclose(f) != 0 && r == 0)
		r = err_set(e, -errno, MODULE ": cannot write %s: %s", to,
		    strerror(errno));
	if (r < 0 && fd >= 0)
		unlink(to);
	audit_rows_close(rows);
	if (r == 0 && entries != NULL)
		*entries = n;
	return r;
}

int audit_form_of(const char *path, enum audit_form *out, struct err *e)
{
	static const char export[] = "karcis-audit ",
			  copy[] = "SQLite format 3";
	char start[16] = "";
	FILE *f = fopen(path, "rbe");
	size_t n;
	bool bad;

	*out = AUDIT_FORM_UNKNOWN;
	if (f == NULL)
		return err_set(e, -errno, MODULE ": cannot read %s: %s", path,
		    strerror(errno));
	n = fread(start, 1, sizeof(start), f);
	bad = ferror(f) != 0;
	(void)fclose(f);
	if (bad)
		return err_set(e, -EIO, MODULE ": cannot read %s", path);
	if (n >= sizeof(export) - 1 &&
	    memcmp(start, export, sizeof(export) - 1) == 0)
		*out = AUDIT_FORM_EXPORT;
	else if (n == sizeof(copy) && memcmp(start, copy, sizeof(copy)) == 0)
		*out = AUDIT_FORM_COPY;
	return 0;
}
