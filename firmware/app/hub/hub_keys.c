#include "hub_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/store/state.h"

#define FIRST_LINE "karcis-hub-keys 1"
enum { FILE_MAX = 512, HEX_MAX = 2 * WIRE_SECRET_BYTES + 1 };

struct value {
	const char *name;
	uint8_t *bytes;
	size_t len;
};
enum { VALUES = 2 };

static void values_of(struct hub_keys *k, struct value out[VALUES])
{
	const struct value all[VALUES] = {
	    {"sign_secret", k->secret, sizeof(k->secret)},
	    {"master", k->master.bytes, sizeof(k->master.bytes)},
	};

	memcpy(out, all, sizeof(all));
}

void hub_keys_fini(struct hub_keys *k)
{
	if (k != NULL)
		sodium_memzero(k, sizeof(*k));
}

static void write_text(struct hub_keys *k, struct buf *b)
{
	struct value v[VALUES];
	char hex[HEX_MAX];

	values_of(k, v);
	buf_text(b, FIRST_LINE "\n");
	for (size_t i = 0; i < VALUES; i++) {
		wire_hex(v[i].bytes, v[i].len, hex);
		buf_text(b, v[i].name);
		buf_byte(b, ' ');
		buf_text(b, hex);
		buf_byte(b, '\n');
	}
	sodium_memzero(hex, sizeof(hex));
}

/* One "name hex" line; *seen has a bit per value. */
static bool read_line(struct value v[VALUES], struct str line, unsigned *seen)
{
	struct str name;

	if (!str_split(&line, ' ', &name) || line.ptr == NULL)
		return false;
	for (unsigned i = 0; i < VALUES; i++) {
		if (!str_is(name, v[i].name) || (*seen & 1U << i) != 0)
			continue;
		*seen |= 1U << i;
		return wire_unhex(line, v[i].bytes, v[i].len);
	}
	return false;
}

static int read_text(const char *path, struct hub_keys *k, struct str text,
    struct err *e)
{
	uint8_t seed[crypto_sign_SEEDBYTES], check[WIRE_SECRET_BYTES];
	struct value v[VALUES];
	struct str line;
	unsigned seen = 0;
	int at = 0;

	values_of(k, v);
	while (str_split(&text, '\n', &line)) {
		at++;
		if (text.ptr == NULL && line.len == 0)
			break;
		if (at == 1 ? !str_is(line, FIRST_LINE)
			    : !read_line(v, line, &seen))
			return err_set(e, -EBADMSG,
			    "keys: %s:%d: not a line of a hub's keys file",
			    path, at);
	}
	if (seen != (1U << VALUES) - 1)
		return err_set(e, -EBADMSG, "keys: %s is not complete", path);
	/* A secret whose second half is not its public key signs what nobody
	 * can check, and gives itself away. */
	crypto_sign_ed25519_sk_to_seed(seed, k->secret);
	crypto_sign_seed_keypair(k->public_key, check, seed);
	at = sodium_memcmp(check, k->secret, sizeof(check));
	sodium_memzero(seed, sizeof(seed));
	sodium_memzero(check, sizeof(check));
	return at == 0 ? 0
		       : err_set(e, -EBADMSG,
			     "keys: %s: the halves of sign_secret do not"
			     " fit each other",
			     path);
}

int hub_keys_load(const char *path, struct hub_keys *out, struct err *e)
{
	char text[FILE_MAX];
	size_t len = 0;
	int r;

	memset(out, 0, sizeof(*out));
	r = state_read(path, "keys", text, sizeof(text), &len, e);
	if (r == -ENOENT)
		return err_set(e, r,
		    "keys: %s is not there; run karcis-hub --config FILE init",
		    path);
	if (r == -EFBIG)
		r = err_set(e, -EBADMSG, "keys: %s is too long", path);
	if (r == 0)
		r = read_text(path, out, str_of(text, len), e);
	sodium_memzero(text, sizeof(text));
	if (r < 0)
		hub_keys_fini(out);
	return r;
}

/* The directory of a path with its slash, "./" for none. */
static bool dir_of(const char *path, char out[PATH_MAX])
{
	const char *slash = strrchr(path, '/');

	return str_copy(out, PATH_MAX,
	    slash == NULL ? str_from("./")
			  : str_of(path, (size_t)(slash - path) + 1));
}

int hub_keys_create(const char *path, struct hub_keys *out, struct err *e)
{
	uint8_t storage[FILE_MAX];
	char dir[PATH_MAX];
	struct buf b;
	int r;

	memset(out, 0, sizeof(*out));
	if (sodium_init() < 0)
		return err_set(e, -EIO, "keys: libsodium does not start");
	if (!dir_of(path, dir))
		return err_set(e, -ENAMETOOLONG, "keys: the name is too long");
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return err_set(e, -errno, "keys: %s cannot be made: %s", dir,
		    strerror(errno));
	crypto_sign_keypair(out->public_key, out->secret);
	randombytes_buf(out->master.bytes, sizeof(out->master.bytes));
	buf_init(&b, storage, sizeof(storage));
	write_text(out, &b);
	r = state_write(path, "keys", buf_view(&b), false, e);
	sodium_memzero(storage, sizeof(storage));
	if (r < 0)
		hub_keys_fini(out);
	return r;
}

int hub_keys_publish(const char *path, const struct hub_keys *k, struct err *e)
{
	const size_t digits = 2 * WIRE_PUBLIC_BYTES;
	char text[2 * WIRE_PUBLIC_BYTES + 2], there[sizeof(text)];
	char dir[PATH_MAX], name[PATH_MAX + 16];
	ssize_t len = -1;
	int fd, r;

	if (!dir_of(path, dir))
		return err_set(e, -ENAMETOOLONG, "keys: the name is too long");
	snprintf(name, sizeof(name), "%shub.pub", dir);
	wire_hex(k->public_key, WIRE_PUBLIC_BYTES, text);
	text[digits] = '\n';
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		len = read(fd, there, sizeof(there));
		close(fd);
	}
	if (len == (ssize_t)digits + 1 && memcmp(there, text, (size_t)len) == 0)
		return 1;
	r = state_write(name, "keys", str_of(text, digits + 1), true, e);
	/* It is for everybody to read. */
	if (r == 0 && chmod(name, 0644) != 0)
		r = err_set(e, -errno, "keys: %s: %s", name, strerror(errno));
	return r;
}
