#define _XOPEN_SOURCE 700 /* nftw */
#include "bundle_facts.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl.h"
#include "firmware/core/cms_form.h"
#include "firmware/update/keep.h"

/* ---- folders ---- */

int bundle_folder(const char *base, char out[BUNDLE_FOLDER], struct err *e)
{
	const char *tmp = getenv("TMPDIR");
	int n = base != NULL
	    ? snprintf(out, BUNDLE_FOLDER, "%s.new-XXXXXX", base)
	    : snprintf(out, BUNDLE_FOLDER, "%s/karcis-bundle-XXXXXX",
		  tmp != NULL && tmp[0] == '/' ? tmp : "/var/tmp");
	int r = 0;

	if (n <= 0 || n >= BUNDLE_FOLDER)
		r = err_set(e, -ENAMETOOLONG, "bundle: %.80s: too long",
		    base != NULL ? base : tmp);
	else if (mkdtemp(out) == NULL)
		r = err_set(e, -errno, "bundle: %s: %s", out, strerror(errno));
	if (r < 0)
		out[0] = '\0';
	return r;
}

static int drop_one(const char *path, const struct stat *st, int kind,
    struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	remove(path);
	return 0;
}

void bundle_folder_drop(const char *dir)
{
	enum { DESCRIPTORS = 8 };

	if (dir[0] != '\0')
		nftw(dir, drop_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
}

/* ---- the proof ---- */

/* RAUC starts in no folder of ours. */
static int full_path(const char *path, char out[BUNDLE_PATH], struct err *e)
{
	char *full = realpath(path, NULL);
	int r = 0;

	if (full == NULL)
		r = err_set(e, -errno, "%s: %s", path, strerror(errno));
	else if (!str_copy(out, BUNDLE_PATH, str_from(full)))
		r = err_set(e, -ENAMETOOLONG, "%.80s: too long", path);
	free(full);
	return r;
}

static int check_file(const char *file, struct err *e)
{
	struct stat st;

	if (stat(file, &st) != 0)
		return err_set(e, -errno, "%s: %s", file, strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_size > UPDATE_BUNDLE_MAX)
		return err_set(e, -EBADMSG, "%s: is no bundle", file);
	return 0;
}

/* Whose certificate it is: of a copy whose signature was found good. */
static int read_signer(const char *copy, struct pki_about *out, struct err *e)
{
	static char cms[CMS_FORM_MAX];
	uint8_t tail[CMS_LENGTH_BYTES];
	int fd = open(copy, O_RDONLY | O_CLOEXEC);
	off_t bytes = fd >= 0 ? lseek(fd, -CMS_LENGTH_BYTES, SEEK_END) : -1;
	struct cms_form form;
	size_t len = 0;
	int r = 0;

	if (bytes > 0 && read(fd, tail, sizeof(tail)) == sizeof(tail))
		len = cms_form_length(tail, bytes + CMS_LENGTH_BYTES);
	if (len == 0 || pread(fd, cms, len, bytes - (off_t)len) != (ssize_t)len)
		r = err_set(e, -EIO, "bundle: %s: can't be read again", copy);
	if (fd >= 0)
		close(fd);
	if (r == 0)
		r = cms_form_read(str_of(cms, len), &form, e);
	return r < 0 ? r : pki_der_about(form.certificate, out, e);
}

/* A machine asks the same of the slot it wrote. */
static int agree(const struct manifest *m, const struct release *r,
    struct err *e)
{
	if (strcmp(r->product, BUNDLE_PRODUCT) != 0)
		return err_set(e, -EBADMSG,
		    "bundle: its image is of the product %s", r->product);
	if (strcmp(m->compatible, r->compatible) != 0)
		return err_set(e, -EBADMSG,
		    "bundle: its manifest is for %s, its image for %s",
		    m->compatible, r->compatible);
	if (release_version_compare(m->version, r->version) != 0)
		return err_set(e, -EBADMSG,
		    "bundle: manifest and image differ in their version");
	if (m->security != 0 && m->security != r->security)
		return err_set(e, -EBADMSG,
		    "bundle: manifest and image differ in their security");
	return 0;
}

static int prove_in(const char *dir, const char *file, const char *keyring,
    struct bundle_facts *out, struct err *e)
{
	char copy[KEEP_PATH], ring[BUNDLE_PATH];
	enum update_refusal why;
	struct bundle b;
	int r = full_path(keyring, ring, e);

	if (r == 0 && !keep_path(copy, dir, BUNDLE_COPY))
		r = err_set(e, -ENAMETOOLONG, "bundle: %s: too long", dir);
	if (r == 0)
		r = ctl_copy_file(file, copy, e);
	if (r == 0)
		r = bundle_prove(dir, ring, &b, &out->release, &why, e);
	if (r == -EINVAL)
		r = -EBADMSG; /* no release in its image */
	if (r == 0)
		r = agree(&b.manifest, &out->release, e);
	if (r == 0)
		r = read_signer(copy, &out->signer, e);
	if (r == 0) {
		out->signed_s = b.found.signed_s;
		out->image_bytes = b.manifest.image_bytes;
	}
	return r;
}

int bundle_facts_read(const char *file, const char *keyring,
    struct bundle_facts *out, struct err *e)
{
	char dir[BUNDLE_FOLDER] = "";
	int r = check_file(file, e);

	memset(out, 0, sizeof(*out));
	if (r == 0)
		r = bundle_folder(NULL, dir, e);
	if (r == 0)
		r = prove_in(dir, file, keyring, out, e);
	bundle_folder_drop(dir);
	if (r < 0)
		memset(out, 0, sizeof(*out));
	return r;
}
