#define _GNU_SOURCE /* memmem */
#include "bundle.h"

#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/core/cms_form.h"

#include "bundle_inner.h"
#include "image.h"
#include "keep.h"
#include "program.h"

enum {
	MAGIC_BYTES = 4,
	PROVE_MS = 570000, /* below UPDATE_VERIFY_MS, which ends it all */
	HASH_CHUNK = 1 << 20
};

static int refuse(enum update_refusal *why, enum update_refusal reason,
    struct err *e, const char *text)
{
	*why = reason;
	return err_set(e, -EBADMSG, "update: %s", text);
}

static int read_at(int fd, void *out, size_t len, int64_t at,
    enum update_refusal *why, struct err *e)
{
	uint8_t *p = out;

	while (len > 0) {
		ssize_t n = pread(fd, p, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			return refuse(why, UPDATE_CHANGED, e,
			    "the bundle became shorter while it was read");
		if (n < 0) {
			*why = errno == ENODEV || errno == ENXIO
			    ? UPDATE_STICK_GONE
			    : UPDATE_READ_ERROR;
			return err_set(e, -errno, "update: the bundle: %s",
			    strerror(errno));
		}
		p += n;
		len -= (size_t)n;
		at += n;
	}
	return 0;
}

/* The signature's outer bytes, whatever is wrong with the rest. */
static bool looks_like_cms(const uint8_t *p, size_t len)
{
	static const uint8_t SIGNED_DATA[] = {0x06, 0x09, 0x2a, 0x86, 0x48,
	    0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02}; /* RFC 5652, 5.1 */

	for (size_t at = 2; at <= 6 && at + sizeof(SIGNED_DATA) <= len; at++)
		if (p[0] == 0x30 &&
		    memcmp(p + at, SIGNED_DATA, sizeof(SIGNED_DATA)) == 0)
			return true;
	return false;
}

/* The CMS at the end, as many bytes as the last eight say. */
static int read_cms(int fd, int64_t bytes, uint8_t cms[CMS_FORM_MAX],
    size_t *len, enum update_refusal *why, struct err *e)
{
	uint8_t magic[MAGIC_BYTES], tail[CMS_LENGTH_BYTES];
	static const uint8_t NONE[CMS_LENGTH_BYTES];
	bool squashfs;
	int r;

	if (bytes < 4096)
		return refuse(why,
		    bytes < 1 ? UPDATE_TRUNCATED : UPDATE_NOT_A_BUNDLE, e,
		    "the file is too short for a bundle");
	r = read_at(fd, magic, sizeof(magic), 0, why, e);
	if (r == 0)
		r = read_at(fd, tail, sizeof(tail), bytes - CMS_LENGTH_BYTES,
		    why, e);
	if (r < 0)
		return r;
	squashfs = memcmp(magic, "hsqs", sizeof(magic)) == 0;
	*len = cms_form_length(tail, bytes);
	if (!squashfs)
		return refuse(why, UPDATE_NOT_A_BUNDLE, e,
		    "the file is no bundle: it does not begin as one");
	if (memcmp(tail, NONE, sizeof(tail)) == 0)
		return refuse(why, UPDATE_UNSIGNED, e,
		    "the bundle has no signature");
	if (*len == 0)
		return refuse(why, UPDATE_TRUNCATED, e,
		    "the bundle's end is missing, or more follows it");
	return read_at(fd, cms, *len, bytes - CMS_LENGTH_BYTES - (int64_t)*len,
	    why, e);
}

static int check_form(const uint8_t *cms, size_t len, struct cms_form *form,
    enum update_refusal *why, struct err *e)
{
	struct err inner = {0};
	int r = cms_form_read(str_of(cms, len), form, &inner);

	if (r == 0)
		return 0;
	/* RAUC's plain format has its manifest elsewhere. */
	if (r == -ENODATA)
		*why = UPDATE_NOT_A_BUNDLE;
	else
		*why = looks_like_cms(cms, len) ? UPDATE_CORRUPT
						: UPDATE_UNSIGNED;
	return err_set(e, -EBADMSG, "update: the signature: %s", inner.text);
}

/* The rest of the file is the squashfs with the tree, in whole blocks. */
static int check_size(int64_t bytes, size_t cms_len, const struct manifest *m,
    enum update_refusal *why, struct err *e)
{
	int64_t payload = bytes - CMS_LENGTH_BYTES - (int64_t)cms_len;

	if (payload % 4096 != 0 || payload <= m->verity_bytes)
		return refuse(why, UPDATE_CORRUPT, e,
		    "the bundle's length does not fit its manifest");
	return 0;
}

int bundle_look(int fd, const char *keyring, struct bundle *out,
    enum update_refusal *why, struct err *e)
{
	static uint8_t cms[CMS_FORM_MAX];
	struct update_found *f = &out->found;
	struct cms_form form;
	struct stat st;
	size_t len = 0;
	int r;

	memset(out, 0, sizeof(*out));
	*why = UPDATE_INTERNAL;
	if (fstat(fd, &st) != 0)
		return err_set(e, -errno, "update: the bundle: %s",
		    strerror(errno));
	if (st.st_size > UPDATE_BUNDLE_MAX)
		return refuse(why, UPDATE_TOO_BIG, e, "the bundle is too big");
	r = read_cms(fd, st.st_size, cms, &len, why, e);
	if (r == 0)
		r = check_form(cms, len, &form, why, e);
	if (r == 0)
		r = bundle_check_signer(str_of(cms, len), form.signed_s,
		    keyring, f, why, e);
	if (r == 0)
		r = manifest_parse(form.manifest, &out->manifest, why, e);
	if (r == 0)
		r = check_size(st.st_size, len, &out->manifest, why, e);
	if (r < 0)
		return r;
	memcpy(f->compatible, out->manifest.compatible, sizeof(f->compatible));
	f->version = out->manifest.version;
	f->security = out->manifest.security;
	f->signed_s = form.signed_s;
	f->bytes = st.st_size;
	(void)crypto_generichash(f->digest, sizeof(f->digest), cms, len, NULL,
	    0);
	return 0;
}

/* ---- the proof ---- */

static int write_conf(const char *work, const char *keyring, struct err *e)
{
	char text[1024];
	struct buf b;

	buf_init(&b, text, sizeof(text));
	buf_fmt(&b,
	    "[system]\ncompatible=karcis\nbootloader=noop\n"
	    "bundle-formats=-plain\nstatusfile=%s/rauc.status\n\n"
	    "[keyring]\npath=%s\ncheck-crl=true\ncheck-purpose=codesign\n"
	    "use-bundle-signing-time=true\n",
	    work, keyring);
	if (b.full)
		return err_set(e, -ENAMETOOLONG, "update: %s: too long",
		    keyring);
	return keep_write(work, BUNDLE_CONF, buf_view(&b), e);
}

/* The signature was found good before: what RAUC refuses now is content, or
 * an end of the disk. A death by a signal is a refusal, too. */
static int run_rauc(const char *work, enum update_refusal *why, struct err *e)
{
	char conf[KEEP_PATH], copy[KEEP_PATH], into[KEEP_PATH];
	char out_room[256], log_room[4096];
	const char *const argv[] = {"/usr/bin/rauc", "-c", conf, "extract",
	    copy, into, NULL};
	struct program p = {.argv = argv,
	    .timeout_ms = PROVE_MS,
	    .file_bytes_max = UPDATE_BUNDLE_MAX};
	struct buf out, log;
	int r;

	if (!keep_path(conf, work, BUNDLE_CONF) ||
	    !keep_path(copy, work, BUNDLE_COPY) ||
	    !keep_path(into, work, BUNDLE_EXTRACT))
		return err_set(e, -ENAMETOOLONG, "update: %s: too long", work);
	buf_init(&out, out_room, sizeof(out_room));
	buf_init(&log, log_room, sizeof(log_room));
	p.out = &out;
	p.log = &log;
	r = program_run(&p, e);
	if (r == -EBADMSG || r == -EFAULT) {
		bool full = memmem(log_room, log.len, "No space left", 13) !=
		    NULL;

		*why = full ? UPDATE_NO_ROOM : UPDATE_CORRUPT;
		r = -EBADMSG;
	}
	return r;
}

/* Nothing was extracted but the manifest and the image. */
static int check_folder(const char *dir, enum update_refusal *why,
    struct err *e)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	bool good = true;

	if (d == NULL)
		return err_set(e, -errno, "update: %s: %s", dir,
		    strerror(errno));
	while (good && (entry = readdir(d)) != NULL)
		good = strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0 ||
		    strcmp(entry->d_name, "manifest.raucm") == 0 ||
		    strcmp(entry->d_name, MANIFEST_IMAGE) == 0;
	closedir(d);
	return good ? 0
		    : refuse(why, UPDATE_BAD_RELEASE, e,
			  "the bundle holds more than an image");
}

static int hash_file(int fd, uint8_t out[crypto_hash_sha256_BYTES])
{
	static uint8_t chunk[HASH_CHUNK];
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		crypto_hash_sha256_update(&state, chunk, (unsigned long long)n);
	}
	crypto_hash_sha256_final(&state, out);
	return 0;
}

/* RAUC looks at size and hash only when it installs. */
static int check_image(const char *path, const struct manifest *m,
    enum update_refusal *why, struct err *e)
{
	uint8_t hash[crypto_hash_sha256_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	int r = 0;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		r = refuse(why, UPDATE_BAD_RELEASE, e,
		    "the bundle holds no image");
	else if (hash_file(fd, hash) < 0)
		r = err_set(e, -EIO, "update: the image cannot be read again");
	else if (st.st_size != m->image_bytes ||
	    memcmp(hash, m->sha256, sizeof(hash)) != 0)
		r = refuse(why, UPDATE_CORRUPT, e,
		    "the image is not the one of the manifest");
	if (fd >= 0)
		close(fd);
	return r;
}

int bundle_prove(const char *work, const char *keyring, struct bundle *out,
    struct release *release, enum update_refusal *why, struct err *e)
{
	char copy[KEEP_PATH], into[KEEP_PATH], image[KEEP_PATH];
	int fd = -1, r;

	*why = UPDATE_INTERNAL;
	if (!keep_path(copy, work, BUNDLE_COPY) ||
	    !keep_path(into, work, BUNDLE_EXTRACT) ||
	    !keep_path(image, into, MANIFEST_IMAGE))
		return err_set(e, -ENAMETOOLONG, "update: %s: too long", work);
	fd = open(copy, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_set(e, -errno, "update: %s: %s", copy,
		    strerror(errno));
	r = bundle_look(fd, keyring, out, why, e);
	close(fd);
	*why = r == 0 ? UPDATE_INTERNAL : *why;
	if (r == 0)
		r = write_conf(work, keyring, e);
	if (r == 0)
		r = run_rauc(work, why, e);
	if (r == 0)
		r = check_folder(into, why, e);
	if (r == 0)
		r = check_image(image, &out->manifest, why, e);
	if (r == 0) {
		r = image_release(image, release, e);
		if (r == -EINVAL)
			*why = UPDATE_BAD_RELEASE;
	}
	return r;
}
