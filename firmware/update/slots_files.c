#include "slots_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* rename */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image.h"
#include "keep.h"
#include "slots_inner.h"

/* DIR/boot: lines `key value`, replaced in one step.
 *
 *     first a        the loader looks there first
 *     ok-a yes       may be started
 *     try-a no       was started since it was last marked good
 *     ok-b no
 *     try-b no
 *     running a
 *     boots 1        starts so far; stands for the kernel's boot id
 */
static const char NAME[] = "boot";
static const char IMAGE[] = "rootfs.img";
static const char *const SLOT[] = {"a", "b"};

struct boot {
	unsigned first, running; /* 0 = a, 1 = b */
	bool ok[2], tried[2];
	uint32_t boots;
};

static bool set_slot(struct str v, unsigned *out)
{
	*out = str_is(v, "b");
	return *out == 1 || str_is(v, "a");
}

static bool set_bool(struct str v, bool *out)
{
	*out = str_is(v, "yes");
	return *out || str_is(v, "no");
}

static bool set(struct boot *b, struct str key, struct str v)
{
	int64_t n;

	if (str_is(key, "first"))
		return set_slot(v, &b->first);
	if (str_is(key, "running"))
		return set_slot(v, &b->running);
	if (str_is(key, "ok-a"))
		return set_bool(v, &b->ok[0]);
	if (str_is(key, "ok-b"))
		return set_bool(v, &b->ok[1]);
	if (str_is(key, "try-a"))
		return set_bool(v, &b->tried[0]);
	if (str_is(key, "try-b"))
		return set_bool(v, &b->tried[1]);
	if (!str_is(key, "boots") || !str_number(v, 0, UINT32_MAX, &n))
		return false;
	b->boots = (uint32_t)n;
	return true;
}

static int boot_load(const char *dir, struct boot *b, struct err *e)
{
	char room[KEEP_BYTES];
	struct str text, line, key;
	unsigned lines = 0;
	int r;

	memset(b, 0, sizeof(*b));
	r = keep_read(dir, NAME, room, &text, e);
	while (r == 0 && str_split(&text, '\n', &line)) {
		if (line.len == 0)
			continue;
		lines++;
		if (!str_split(&line, ' ', &key) || line.ptr == NULL ||
		    !set(b, key, line))
			r = err_set(e, -EINVAL,
			    "update: %s/%s, line %u: "
			    "cannot be read",
			    dir, NAME, lines);
	}
	return r;
}

static void put_slot(char out[UPDATE_SLOT], unsigned slot)
{
	out[0] = SLOT[slot][0];
	out[1] = '\0';
}

static const char *yes(bool set)
{
	return set ? "yes" : "no";
}

static int boot_save(const char *dir, const struct boot *b, struct err *e)
{
	char room[256];
	struct buf out;

	buf_init(&out, room, sizeof(room));
	buf_fmt(&out,
	    "first %s\nok-a %s\ntry-a %s\nok-b %s\ntry-b %s\nrunning %s\n"
	    "boots %u\n",
	    SLOT[b->first], yes(b->ok[0]), yes(b->tried[0]), yes(b->ok[1]),
	    yes(b->tried[1]), SLOT[b->running], b->boots);
	return keep_write(dir, NAME, buf_view(&out), e);
}

static bool image_path(char path[KEEP_PATH], const char *dir, unsigned slot,
    const char *name)
{
	char folder[KEEP_PATH];

	return keep_path(folder, dir, SLOT[slot]) &&
	    keep_path(path, folder, name);
}

/* ---- the keeper ---- */

static int files_open(struct slots *s, struct err *e)
{
	struct boot b;

	return boot_load(s->folder, &b, e);
}

static void files_close(struct slots *s)
{
	(void)s;
}

static int files_status(struct slots *s, struct slots_status *out,
    struct err *e)
{
	char path[KEEP_PATH];
	struct boot b;
	struct buf id;
	int r = boot_load(s->folder, &b, e);

	if (r < 0)
		return r;
	put_slot(out->running, b.running);
	put_slot(out->other, !b.running);
	out->running_good = b.ok[b.running] && !b.tried[b.running];
	out->other_first = b.first != b.running && b.ok[!b.running];
	buf_init(&id, out->boot, sizeof(out->boot));
	buf_fmt(&id, "boot-%u", b.boots);
	buf_cstr(&id);
	if (!image_path(path, s->folder, b.running, IMAGE))
		return err_set(e, -ENAMETOOLONG, "update: %s: too long",
		    s->folder);
	return image_release(path, &out->running_release, e);
}

enum { CHUNK = 1 << 20 };

static int copy_bytes(int in, int out, int64_t bytes,
    const struct slots_progress *p)
{
	static char chunk[CHUNK];
	int64_t done = 0;
	int r = 0;

	while (r == 0 && done < bytes) {
		ssize_t n = read(in, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || n > bytes - done)
			return n < 0 ? -errno : -EIO;
		r = keep_write_all(out, chunk, (size_t)n);
		done += n;
		if (r == 0)
			p->tell(p->context, done, bytes);
	}
	if (r == 0 && fsync(out) != 0)
		r = -errno;
	return r;
}

static int copy_image(const char *from, const char *to, int64_t bytes,
    const struct slots_progress *p)
{
	int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int out = -1, r;

	if (in < 0)
		return -errno;
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
	    0644);
	r = out < 0 ? -errno : copy_bytes(in, out, bytes, p);
	if (out >= 0 && close(out) != 0 && r == 0)
		r = -errno;
	close(in);
	return r;
}

/* Beside the old one, then over it: a cut leaves the other slot whole. */
static int files_write(struct slots *s, const struct slots_image *image,
    const struct slots_progress *progress, struct err *e)
{
	char beside[KEEP_PATH], path[KEEP_PATH], folder[KEEP_PATH];
	struct boot b;
	int r = boot_load(s->folder, &b, e);

	if (r < 0)
		return r;
	if (!image_path(beside, s->folder, !b.running, "rootfs.img.new") ||
	    !image_path(path, s->folder, !b.running, IMAGE) ||
	    !keep_path(folder, s->folder, SLOT[!b.running]))
		return err_set(e, -ENAMETOOLONG, "update: %s: too long",
		    s->folder);
	b.ok[!b.running] = false;
	b.first = b.running;
	r = boot_save(s->folder, &b, e);
	if (r < 0)
		return r;
	if (mkdir(folder, 0755) != 0 && errno != EEXIST)
		return err_set(e, -errno, "update: %s: %s", folder,
		    strerror(errno));
	r = copy_image(image->image, beside, image->bytes, progress);
	if (r == 0 && rename(beside, path) != 0)
		r = -errno;
	if (r < 0) {
		(void)unlink(beside);
		return err_set(e, r, "update: slot %s: %s", SLOT[!b.running],
		    strerror(-r));
	}
	return keep_sync_dir(folder, e);
}

static int files_other_release(struct slots *s, struct release *out,
    struct err *e)
{
	char path[KEEP_PATH];
	struct boot b;
	int r = boot_load(s->folder, &b, e);

	if (r < 0)
		return r;
	if (!image_path(path, s->folder, !b.running, IMAGE))
		return err_set(e, -ENAMETOOLONG, "update: %s: too long",
		    s->folder);
	return image_release(path, out, e);
}

static int files_activate(struct slots *s, struct err *e)
{
	struct boot b;
	int r = boot_load(s->folder, &b, e);

	if (r < 0)
		return r;
	b.first = !b.running;
	b.ok[b.first] = true;
	b.tried[b.first] = false;
	return boot_save(s->folder, &b, e);
}

static int files_mark_good(struct slots *s, struct err *e)
{
	struct boot b;
	int r = boot_load(s->folder, &b, e);

	if (r < 0)
		return r;
	b.ok[b.running] = true;
	b.tried[b.running] = false;
	return boot_save(s->folder, &b, e);
}

static int files_mark_bad(struct slots *s, struct err *e)
{
	struct boot b;
	int r = boot_load(s->folder, &b, e);

	if (r < 0)
		return r;
	b.ok[!b.running] = false;
	b.first = b.running;
	return boot_save(s->folder, &b, e);
}

const struct slots_keeper slots_files = {
    .open = files_open,
    .close = files_close,
    .status = files_status,
    .write = files_write,
    .other_release = files_other_release,
    .activate = files_activate,
    .mark_good = files_mark_good,
    .mark_bad = files_mark_bad,
};

/* ---- a developer's boot loader ---- */

static bool startable(const struct boot *b, unsigned slot)
{
	return b->ok[slot] && !b->tried[slot];
}

int slots_files_boot(const char *dir, char slot[UPDATE_SLOT], struct err *e)
{
	struct boot b;
	unsigned other;
	int r = boot_load(dir, &b, e);

	if (r < 0)
		return r;
	other = !b.first;
	if (startable(&b, b.first))
		b.running = b.first;
	else if (startable(&b, other))
		b.running = other;
	else
		b.running = b.ok[b.first] ? b.first : other;
	b.tried[b.running] = true;
	b.boots++;
	put_slot(slot, b.running);
	return boot_save(dir, &b, e);
}

static void tell_nobody(void *context, int64_t done, int64_t total)
{
	(void)context;
	(void)done;
	(void)total;
}

int slots_files_make(const char *dir, const char *image, struct err *e)
{
	struct boot b = {.ok = {true, false}, .boots = 1};
	struct slots_progress nobody = {tell_nobody, NULL};
	char path[KEEP_PATH], folder[KEEP_PATH];
	struct stat st;
	int r = 0;

	if (!keep_path(path, dir, "a/rootfs.img") ||
	    !keep_path(folder, dir, "a"))
		return err_set(e, -ENAMETOOLONG, "update: %s: too long", dir);
	if (stat(image, &st) != 0)
		r = -errno;
	else if ((mkdir(dir, 0755) != 0 && errno != EEXIST) ||
	    mkdir(folder, 0755) != 0)
		r = -errno;
	else
		r = copy_image(image, path, st.st_size, &nobody);
	if (r < 0)
		return err_set(e, r, "update: slots in %s: %s", dir,
		    strerror(-r));
	return boot_save(dir, &b, e);
}
