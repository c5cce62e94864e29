#include "audit_verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit_hub.h"
#include "commands.h"
#include "ctl.h"
#include "firmware/core/wire.h"
#include "firmware/store/audit_export.h"

/* NULL: none was asked for. */
static int tell_paper(const struct paper *p, int code)
{
	char text[4096];
	struct buf b;
	bool fits;

	if (p == NULL)
		return code;
	buf_init(&b, text, sizeof(text));
	fits = paper_tell(p, &b);
	fputs(buf_cstr(&b), stdout);
	return fits ? code : EXIT_REFUSED;
}

/* Which key the word "whole" rests on. */
static void tell_key(const uint8_t *key, const uint8_t *trusted,
    const uint8_t *own)
{
	char hex[2 * AUDIT_KEY_BYTES + 1];

	wire_hex(key, AUDIT_KEY_BYTES, hex);
	if (trusted != NULL)
		printf("audit: under the key to trust, %s\n", hex);
	else if (own != NULL && memcmp(key, own, AUDIT_KEY_BYTES) == 0)
		printf("audit: under this terminal's key, %s\n", hex);
	else
		printf("audit: WARNING: no --key was given, the file's own "
		       "was believed: whoever made the file may have made the "
		       "key too. Compare it with the terminal's (karcis-ctl "
		       "audit key): %s\n",
		    hex);
}

static int verify_export(const char *path, const uint8_t *key,
    const uint8_t *own, struct paper *paper, struct err *e)
{
	struct audit_finding f;
	struct audit_header h;

	if (audit_export_check(path, key, paper == NULL ? NULL : paper_row,
		paper, &h, &f, e) < 0)
		return ctl_fail(e);
	if (f.where != AUDIT_NOWHERE) {
		printf("audit: %s\n", f.text);
		return tell_paper(paper, EXIT_REFUSED);
	}
	printf("audit: %" PRIu64 " entries of office %" PRIu32
	       ", terminal %s%s, the chain is whole\n",
	    h.entries, h.office, h.terminal,
	    h.bare ? ", without what they say" : "");
	tell_key(h.key, key, own);
	return tell_paper(paper, EXIT_DONE);
}

/* Rows up to the first that does not fit. */
static int show_rows(const char *path, uint64_t bad, struct paper *paper,
    struct err *e)
{
	struct audit_rows *rows = NULL;
	struct audit_row row;
	int r = audit_rows_open(path, &rows, e);

	while (r == 0 && (r = audit_rows_next(rows, &row, e)) > 0) {
		if (bad != 0 && row.n >= bad)
			break;
		paper_row(paper, &row);
		r = 0;
	}
	audit_rows_close(rows);
	return r < 0 ? r : 0;
}

static int verify_copy(const char *path, const uint8_t *key, const uint8_t *own,
    struct paper *paper, struct err *e)
{
	const uint8_t *by = key != NULL ? key : own;
	struct journal_finding f;
	uint64_t entries = 0;

	if (by == NULL) {
		err_set(e, -EINVAL,
		    "audit: a copy of a journal does not name its key: give "
		    "--key or, on its terminal, --config");
		return ctl_fail(e);
	}
	if (journal_verify(path, by, &f, &entries, e) < 0 ||
	    (paper != NULL && show_rows(path, f.n, paper, e) < 0))
		return ctl_fail(e);
	if (f.n != 0) {
		printf("audit: %s\n", f.text);
		return tell_paper(paper, EXIT_REFUSED);
	}
	printf("audit: %" PRIu64 " entries, the chain is whole\n", entries);
	tell_key(by, key, own);
	return tell_paper(paper, EXIT_DONE);
}

int audit_verify_file(const char *path, const uint8_t *key, const uint8_t *own,
    struct paper *paper, struct err *e)
{
	enum audit_form form;

	if (audit_form_of(path, &form, e) < 0)
		return ctl_fail(e);
	switch (form) {
	case AUDIT_FORM_EXPORT:
		return verify_export(path, key, own, paper, e);
	case AUDIT_FORM_COPY:
		return verify_copy(path, key, own, paper, e);
	case AUDIT_FORM_UNKNOWN:
		break;
	}
	err_set(e, -EINVAL,
	    "audit: %s is neither an audit export nor a copy of a journal",
	    path);
	return ctl_fail(e);
}

static void tell_hub(const struct audit_hub_words *w,
    const struct audit_hub_answer *a)
{
	printf("audit: %" PRIu64 " entries in %s, devices: %zu, every chain is "
	       "whole\n",
	    a->checkpoint.size, a->checkpoint.origin, a->devices);
	if (w->known != NULL)
		printf("audit: it begins with all trees of the checkpoints in "
		       "%s\n",
		    w->known);
	if (w->own != NULL)
		printf("audit: this terminal is device %" PRIu32 ": %" PRIu64
		       " of its entries are in the log as here, "
		       "%" PRIu64 " are not there yet\n",
		    w->own_device, a->own_logged, a->own_not);
}

int audit_verify_note(const struct audit_hub_words *w, char out[NOTE_BYTES],
    struct err *e)
{
	struct audit_web web = {w->url, w->ca_file, w->office};
	struct audit_source source = audit_web_source(&web);

	return audit_hub_note(&source, out, e);
}

int audit_verify_hub(const struct audit_hub_words *w, struct paper *paper,
    struct err *e)
{
	struct audit_web web = {w->url, w->ca_file, w->office};
	struct audit_source source = audit_web_source(&web);
	static struct audit_known known[AUDIT_KNOWN];
	static struct audit_hub_answer a;
	struct audit_hub_question q = {.log_key = w->log_key,
	    .office = w->office,
	    .own_device = w->own_device,
	    .before = w->before,
	    .paper = paper,
	    .known = known};
	int r = 0;

	if (w->known != NULL)
		r = audit_known_load(w->known, w->log_key, w->office, known,
		    &q.knowns, e);
	if (r == 0 && w->own != NULL)
		r = audit_rows_open(w->own, &q.own, e);
	if (r == 0)
		r = audit_hub_check(&source, &q, &a, e);
	audit_rows_close(q.own);
	if (r < 0)
		return ctl_fail(e);
	if (a.found) {
		printf("audit: %s\n", a.text);
		return tell_paper(paper, EXIT_REFUSED);
	}
	tell_hub(w, &a);
	return tell_paper(paper, EXIT_DONE);
}
