#include "request_key.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_LINE "karcis-request 1\nrequest_secret "
enum {
	FIRST_BYTES = sizeof(FIRST_LINE) - 1,
	HEX_DIGITS = 2 * WIRE_SECRET_BYTES,
	FILE_BYTES = FIRST_BYTES + HEX_DIGITS + 1 /* line end */
};

static int check_owner(const char *path, int fd, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(e, -errno, "link: cannot read %s: %s", path,
		    strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 077) != 0)
		return err_set(e, -EPERM,
		    "link: %s must belong to this user alone (chmod 600)",
		    path);
	return 0;
}

/* The public half of a wrong pair would give the secret one away, signature
 * by signature. */
static bool is_pair(const uint8_t secret[WIRE_SECRET_BYTES])
{
	uint8_t public[WIRE_PUBLIC_BYTES], again[WIRE_SECRET_BYTES];
	bool same = crypto_sign_seed_keypair(public, again, secret) == 0 &&
	    sodium_memcmp(again, secret, sizeof(again)) == 0;

	sodium_memzero(again, sizeof(again));
	return same;
}

static bool read_text(struct str text, uint8_t out[WIRE_SECRET_BYTES])
{
	struct str first = str_cut(text, 0, FIRST_BYTES);
	struct str hex = str_cut(text, FIRST_BYTES, HEX_DIGITS);
	struct str end = str_cut(text, FIRST_BYTES + HEX_DIGITS, text.len);

	return str_is(first, FIRST_LINE) && str_is(end, "\n") &&
	    wire_unhex(hex, out, WIRE_SECRET_BYTES) && is_pair(out);
}

int request_key_load(const char *path, uint8_t out[WIRE_SECRET_BYTES],
    struct err *e)
{
	char text[FILE_BYTES + 1]; /* one byte more is seen */
	ssize_t len = 0;
	int fd, r;

	memset(out, 0, WIRE_SECRET_BYTES);
	if (sodium_init() < 0)
		return err_set(e, -EIO, "link: libsodium does not start");
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return err_set(e, -errno, "link: cannot read %s: %s", path,
		    strerror(errno));
	r = check_owner(path, fd, e);
	if (r == 0) {
		len = read(fd, text, sizeof(text));
		if (len < 0)
			r = err_set(e, -errno, "link: cannot read %s: %s", path,
			    strerror(errno));
		else if (!read_text(str_of(text, (size_t)len), out))
			r = err_set(e, -EBADMSG,
			    "link: %s is not a request key; enrol again", path);
	}
	close(fd);
	sodium_memzero(text, sizeof(text));
	if (r < 0)
		sodium_memzero(out, WIRE_SECRET_BYTES);
	return r;
}

static int sync_dir(const char *path)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd, r = 0;

	if (!str_copy(dir, sizeof(dir),
		slash == NULL ? str_from(".")
			      : str_of(path, (size_t)(slash - path) + 1)))
		return -ENAMETOOLONG;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fsync(fd) < 0)
		r = -errno;
	close(fd);
	return r;
}

static int write_file(const char *path, struct str text)
{
	int r = 0, fd;

	/* What a power cut left of an earlier try. */
	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	errno = ENOSPC; /* of a short write */
	if (write(fd, text.ptr, text.len) != (ssize_t)text.len || fsync(fd) < 0)
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r;
}

static int replace(const char *path, struct str text, struct err *e)
{
	char tmp[PATH_MAX];
	struct buf name;
	int r;

	buf_init(&name, tmp, sizeof(tmp) - 1);
	buf_fmt(&name, "%s.new", path);
	if (name.full)
		return err_set(e, -ENAMETOOLONG, "link: the name is too long");
	r = write_file(buf_cstr(&name), text);
	if (r == 0 && rename(tmp, path) < 0)
		r = -errno;
	if (r < 0)
		(void)unlink(tmp);
	else
		r = sync_dir(path);
	return r == 0
	    ? 0
	    : err_set(e, r, "link: cannot write %s: %s", path, strerror(-r));
}

int request_key_save(const char *path, const uint8_t secret[WIRE_SECRET_BYTES],
    struct err *e)
{
	char hex[HEX_DIGITS + 1], text[FILE_BYTES];
	struct buf b;
	int r;

	wire_hex(secret, WIRE_SECRET_BYTES, hex);
	buf_init(&b, text, sizeof(text));
	buf_text(&b, FIRST_LINE);
	buf_text(&b, hex);
	buf_byte(&b, '\n');
	r = replace(path, buf_view(&b), e);
	sodium_memzero(hex, sizeof(hex));
	sodium_memzero(text, sizeof(text));
	return r;
}
