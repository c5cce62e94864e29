#include "bundle_make.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bundle_child.h"
#include "ctl.h"
#include "firmware/update/image.h"
#include "firmware/update/keep.h"

enum { SAID = 4096 };

static int path_of(char out[KEEP_PATH], const char *dir, const char *name,
    struct err *e)
{
	return keep_path(out, dir, name)
	    ? 0
	    : err_set(e, -ENAMETOOLONG, "bundle: %s: too long", dir);
}

/* RAUC adds size and hash of the image, and what verity needs. */
static int write_manifest(const char *dir, const struct release *r,
    struct err *e)
{
	char path[KEEP_PATH], text[512], version[RELEASE_VERSION_TEXT];
	struct buf b;
	int got = path_of(path, dir, "manifest.raucm", e);

	buf_init(&b, text, sizeof(text));
	buf_fmt(&b,
	    "[update]\ncompatible=%s\nversion=%s\nbuild=security %lu\n\n"
	    "[bundle]\nformat=verity\n\n"
	    "[image.rootfs]\nfilename=" MANIFEST_IMAGE "\n",
	    r->compatible, release_version_text(r->version, version),
	    (unsigned long)r->security);
	return got < 0 ? got : ctl_write_file(path, buf_view(&b), e);
}

/* RAUC bundles a folder. A link is enough where the disk is the same. */
static int put_image(const char *dir, const char *image, struct err *e)
{
	char path[KEEP_PATH];
	int r = path_of(path, dir, MANIFEST_IMAGE, e);

	if (r < 0 || link(image, path) == 0)
		return r;
	return ctl_copy_file(image, path, e);
}

/* The image is compressed already. Its files' dates are the image's: the same
 * image gives the same content. */
static int run_rauc(const struct bundle_order *o, const struct release *release,
    const char *in, const char *out, struct err *e)
{
	char args[192], text[SAID] = "";
	const char *argv[] = {"rauc", "bundle", "--key", o->key, "--cert",
	    o->cert, args, in, out, NULL};
	struct buf said;
	int r;

	snprintf(args, sizeof(args),
	    "--mksquashfs-args=-noI -noD -noF -mkfs-time %lld "
	    "-all-time %lld -processors 1",
	    (long long)release->built_s, (long long)release->built_s);
	buf_init(&said, text, sizeof(text) - 1);
	r = child_run(argv, true, &said, e);
	if (r == -EPROTO)
		r = err_set(e, -EPROTO, "bundle: rauc can't make it: %.180s",
		    buf_cstr(&said));
	return r;
}

static int sync_file(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r = 0;

	if (fd < 0 || fsync(fd) != 0 || fchmod(fd, 0644) != 0)
		r = err_set(e, -errno, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return r;
}

static int name_it(const char *made, const char *out, struct err *e)
{
	if (syscall(SYS_renameat2, AT_FDCWD, made, AT_FDCWD, out,
		RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EEXIST)
		return err_set(e, -EEXIST,
		    "%s: is there already and stays as it is", out);
	return err_set(e, -errno, "%s: %s", out, strerror(errno));
}

static int make_in(const char *dir, const struct bundle_order *o,
    struct bundle_facts *facts, struct err *e)
{
	char in[KEEP_PATH], made[KEEP_PATH];
	struct release release;
	int r = image_release(o->image, &release, e);

	if (r == -EINVAL)
		r = -EBADMSG;
	if (r == 0)
		r = path_of(in, dir, "in", e);
	if (r == 0)
		r = path_of(made, dir, "bundle.raucb", e);
	if (r == 0 && mkdir(in, 0700) != 0)
		r = err_set(e, -errno, "%s: %s", in, strerror(errno));
	if (r == 0)
		r = write_manifest(in, &release, e);
	if (r == 0)
		r = put_image(in, o->image, e);
	if (r == 0)
		r = run_rauc(o, &release, in, made, e);
	if (r == 0)
		r = bundle_facts_read(made, o->keyring, facts, e);
	if (r == 0)
		r = sync_file(made, e);
	return r < 0 ? r : name_it(made, o->out, e);
}

int bundle_make(const struct bundle_order *o, struct bundle_facts *out,
    struct err *e)
{
	char dir[BUNDLE_FOLDER];
	int r;

	memset(out, 0, sizeof(*out));
	if (access(o->out, F_OK) == 0)
		return err_set(e, -EEXIST,
		    "%s: is there already and stays as it is", o->out);
	r = bundle_folder(o->out, dir, e);
	if (r == 0)
		r = make_in(dir, o, out, e);
	bundle_folder_drop(dir);
	return r;
}
