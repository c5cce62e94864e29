#include "pki_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/store/state.h"

#define REVOKED_FIRST "karcis-revoked 1"
enum { REVOKED_BYTES = PKI_REVOKED_MAX * 64 };

static int path_of(char out[PKI_PATH], const char *dir, const char *name,
    struct err *e)
{
	int n = snprintf(out, PKI_PATH, "%s/%s", dir, name);

	return n > 0 && n < PKI_PATH
	    ? 0
	    : err_set(e, -ENAMETOOLONG, "pki: %.80s: too long", dir);
}

/* ---- a new folder ---- */

static int put_file(const char *dir, const struct pki_file *f, struct err *e)
{
	char path[PKI_PATH];
	int r = path_of(path, dir, f->name, e);

	if (r < 0)
		return r;
	if (path[strlen(path) - 1] != '/')
		return state_write(path, "pki", str_from(f->text), false, e);
	return mkdir(path, 0700) == 0
	    ? 0
	    : err_set(e, -errno, "pki: %s: %s", path, strerror(errno));
}

static void drop_folder(const char *dir, const struct pki_file *files, size_t n)
{
	char path[PKI_PATH];

	for (size_t i = 0; i < n; i++)
		if (path_of(path, dir, files[i].name, NULL) == 0)
			remove(path);
	rmdir(dir);
}

/* Its entry in the folder above, which may be the working directory. */
static int sync_parent(const char *dir, struct err *e)
{
	char above[PKI_PATH];
	char *slash;
	int fd, r = 0;

	if (!str_copy(above, sizeof(above), str_from(dir)))
		return err_set(e, -ENAMETOOLONG, "pki: %.80s: too long", dir);
	slash = strrchr(above, '/');
	if (slash != NULL)
		slash[slash == above] = '\0';
	fd = open(slash != NULL ? above : ".",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		r = err_set(e, -errno, "pki: %s: %s", dir, strerror(errno));
	if (fd >= 0)
		close(fd);
	return r;
}

static int name_folder(const char *made, const char *dir, struct err *e)
{
	if (rename(made, dir) == 0)
		return sync_parent(dir, e);
	if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR)
		return err_set(e, -EEXIST,
		    "pki: %s is there already and stays as it is", dir);
	return err_set(e, -errno, "pki: %s: %s", dir, strerror(errno));
}

int pki_folder_make(const char *dir, const struct pki_file *files, size_t n,
    struct err *e)
{
	size_t len = strlen(dir);
	char made[PKI_PATH];
	int put, r = 0;

	while (len > 1 && dir[len - 1] == '/')
		len--;
	put = snprintf(made, sizeof(made), "%.*s.new-XXXXXX", (int)len, dir);
	if (len == 0 || put < 0 || put >= PKI_PATH)
		return err_set(e, -ENAMETOOLONG,
		    "pki: %.80s: no folder can have this name", dir);
	if (mkdtemp(made) == NULL) /* mode 0700 */
		return err_set(e, -errno, "pki: %s: %s", dir, strerror(errno));
	for (size_t i = 0; r == 0 && i < n; i++)
		r = put_file(made, &files[i], e);
	if (r == 0)
		r = name_folder(made, dir, e);
	if (r < 0)
		drop_folder(made, files, n);
	return r;
}

/* ---- what is there ---- */

static int read_text(const char *dir, const char *name, char *out, size_t cap,
    struct err *e)
{
	char path[PKI_PATH];
	size_t len = 0;
	int r = path_of(path, dir, name, e);

	out[0] = '\0';
	if (r == 0)
		r = state_read(path, "pki", out, cap - 1, &len, e);
	if (r == 0 && memchr(out, '\0', len) != NULL)
		r = err_set(e, -EBADMSG, "pki: %s is no text", path);
	out[r == 0 ? len : 0] = '\0';
	return r;
}

static bool read_revoked_line(struct str line, struct pki_revoked *out)
{
	struct str serial;

	return str_split(&line, ' ', &serial) && pki_serial_ok(serial) &&
	    str_copy(out->serial, sizeof(out->serial), serial) &&
	    line.ptr != NULL &&
	    str_number(line, 0, INT64_C(253402300799), &out->at_s);
}

static int read_revoked(const char *dir, struct pki_folder *f, struct err *e)
{
	char storage[REVOKED_BYTES];
	struct str rest, line;
	int r = read_text(dir, "revoked", storage, sizeof(storage), e);

	if (r < 0)
		return r;
	rest = str_from(storage);
	if (!str_split(&rest, '\n', &line) || !str_is(line, REVOKED_FIRST))
		return err_set(e, -EBADMSG, "pki: %s/revoked begins wrong",
		    dir);
	while (str_split(&rest, '\n', &line) && line.len > 0) {
		if (f->revoked_count == PKI_REVOKED_MAX ||
		    !read_revoked_line(line, &f->revoked[f->revoked_count]))
			return err_set(e, -EBADMSG,
			    "pki: %s/revoked: line %lu is damaged", dir,
			    (unsigned long)f->revoked_count + 2);
		f->revoked_count++;
	}
	return 0;
}

int pki_folder_load(const char *dir, struct pki_folder *out, struct err *e)
{
	int r;

	memset(out, 0, sizeof(*out));
	r = read_text(dir, "root.pem", out->cert, sizeof(out->cert), e);
	if (r == 0)
		r = read_text(dir, "root.key", out->key, sizeof(out->key), e);
	if (r == 0)
		r = read_text(dir, "crl.pem", out->list, sizeof(out->list), e);
	if (r == 0)
		r = read_revoked(dir, out, e);
	if (r == 0 && pki_list_number(out->list, out->cert) == 0)
		r = err_set(e, -EBADMSG,
		    "pki: %s/crl.pem is not a list of this root", dir);
	return r;
}

/* ---- signers ---- */

int pki_folder_add_signer(const char *dir, const char *serial, const char *cert,
    struct err *e)
{
	char name[sizeof("signers/.pem") + PKI_SERIAL], path[PKI_PATH];
	int r;

	snprintf(name, sizeof(name), "signers/%s.pem", serial);
	r = path_of(path, dir, name, e);
	return r < 0 ? r : state_write(path, "pki", str_from(cert), false, e);
}

static int by_name(const void *a, const void *b)
{
	const struct pki_about *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c != 0 ? c
		      : (x->days.from_s > y->days.from_s) -
		(x->days.from_s < y->days.from_s);
}

static bool is_certificate(const char *name)
{
	return strlen(name) == PKI_OWN_SERIAL + 4 &&
	    strcmp(name + PKI_OWN_SERIAL, ".pem") == 0 &&
	    pki_serial_ok(str_of(name, PKI_OWN_SERIAL));
}

static int read_signer(const char *folder, const char *name,
    struct pki_about *out, struct err *e)
{
	char text[PKI_PEM];
	int r = read_text(folder, name, text, sizeof(text), e);

	if (r == 0)
		r = pki_cert_about(text, out, e);
	if (r == 0 && memcmp(out->serial, name, PKI_OWN_SERIAL) != 0)
		r = err_set(e, -EBADMSG, "pki: %s/%s has another serial",
		    folder, name);
	return r;
}

int pki_folder_signers(const char *dir, struct pki_about *out, size_t *n,
    struct err *e)
{
	char folder[PKI_PATH];
	struct dirent *entry;
	DIR *d = NULL;
	int r = path_of(folder, dir, "signers", e);

	*n = 0;
	if (r == 0) {
		d = opendir(folder);
		if (d == NULL)
			r = err_set(e, -errno, "pki: %s: %s", folder,
			    strerror(errno));
	}
	while (r == 0 && (entry = readdir(d)) != NULL) {
		if (!is_certificate(entry->d_name))
			continue;
		if (*n == PKI_SIGNERS_MAX)
			r = err_set(e, -EFBIG, "pki: %s: over %d signers",
			    folder, PKI_SIGNERS_MAX);
		else
			r = read_signer(folder, entry->d_name, &out[*n], e);
		if (r == 0)
			(*n)++;
	}
	if (d != NULL)
		closedir(d);
	qsort(out, *n, sizeof(*out), by_name);
	return r;
}

/* ---- revocation ---- */

int pki_folder_revoke(const char *dir, struct pki_folder *f, const char *serial,
    int64_t now_s, struct err *e)
{
	char storage[REVOKED_BYTES], path[PKI_PATH];
	struct buf b;
	int r;

	for (size_t i = 0; i < f->revoked_count; i++)
		if (strcmp(f->revoked[i].serial, serial) == 0)
			return err_set(e, -EALREADY,
			    "pki: %s is revoked already", serial);
	if (f->revoked_count == PKI_REVOKED_MAX)
		return err_set(e, -ENOSPC,
		    "pki: %d signers are revoked; make a new root",
		    PKI_REVOKED_MAX);
	f->revoked[f->revoked_count].at_s = now_s;
	if (!str_copy(f->revoked[f->revoked_count].serial, PKI_SERIAL,
		str_from(serial)))
		return err_set(e, -EINVAL, "pki: no such serial");
	f->revoked_count++;
	buf_init(&b, storage, sizeof(storage));
	buf_text(&b, REVOKED_FIRST "\n");
	for (size_t i = 0; i < f->revoked_count; i++)
		buf_fmt(&b, "%s %lld\n", f->revoked[i].serial,
		    (long long)f->revoked[i].at_s);
	r = path_of(path, dir, "revoked", e);
	return r < 0 ? r : state_write(path, "pki", buf_view(&b), true, e);
}

int pki_folder_save_list(const char *dir, const char *list, struct err *e)
{
	char path[PKI_PATH];
	int r = path_of(path, dir, "crl.pem", e);

	return r < 0 ? r : state_write(path, "pki", str_from(list), true, e);
}

const char *pki_folder_unlisted(const struct pki_folder *f)
{
	for (size_t i = 0; i < f->revoked_count; i++)
		if (!pki_list_has(f->list, f->cert, f->revoked[i].serial))
			return f->revoked[i].serial;
	return NULL;
}
