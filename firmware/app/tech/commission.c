#include "commission.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commission_check.h"

#define CONFIG_NAME "karcis.ini"
#define NEXT        ".next"
#define ADOPT       ".adopt"

enum {
	SLICE = 256 * 1024,
	NAME = 64,
	MB = 1024 * 1024,
	SMALL_MAX = 4 * MB,
	BIG_MAX = 64 * MB
};

/* What a stick may bring; the link's process reads some of it as another
 * user, the rest is secret. */
static const struct {
	const char *name;
	int64_t most_bytes;
	mode_t mode;
} known[COMMISSION_FILES] = {
    {CONFIG_NAME, SMALL_MAX, 0644},
    {"services.ini", SMALL_MAX, 0644},
    {"holidays.csv", SMALL_MAX, 0644},
    {"hub.pub", SMALL_MAX, 0644},
    {"hub-ca.pem", SMALL_MAX, 0644},
    {"enrol.txt", SMALL_MAX, 0600},
    {"technicians", SMALL_MAX, 0600},
    {"officers", SMALL_MAX, 0600},
    {"bookings.csv", BIG_MAX, 0600},
    {"roster", SMALL_MAX, 0600},
    {"rekey.txt", SMALL_MAX, 0600},
};

/* One file on its way into .next. */
struct item {
	char name[NAME];
	bool brought; /* from the stick; else it stays as it is */
	size_t at;    /* in the table, if brought */
};

enum stage { STAGE_UNSET = 0, STAGE_COPY, STAGE_JUDGE, STAGE_LOOKED };

struct commission {
	enum stage stage;
	char config[512];
	int folder, in, next; /* folders; -1 = not open */
	struct item item[COMMISSION_KEPT + COMMISSION_FILES];
	size_t items, done;
	int from, to; /* of the file under way; -1 = none */
	int64_t left_bytes;
	bool same; /* as the present file, so far */
	int present;
	struct commission_result result;
	uint8_t slice[SLICE], other[SLICE];
};

static int failed(struct err *e, const char *what, const char *name)
{
	return err_set(e, -errno, "commission: %s %s: %s", what, name,
	    strerror(errno));
}

/* The folder of the configuration; only a file of this name is one. */
static int open_folder(const char *config, int *fd, struct err *e)
{
	const char *slash = strrchr(config, '/');
	char dir[512];

	*fd = -1;
	if (slash == NULL || strcmp(slash + 1, CONFIG_NAME) != 0 ||
	    !str_copy(dir, sizeof(dir),
		str_of(config, (size_t)(slash - config) + 1)))
		return err_set(e, -EINVAL,
		    "commission: %s does not end in /" CONFIG_NAME, config);
	*fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *fd < 0 ? failed(e, "the folder", dir) : 0;
}

/* A folder of ours and its files; it holds no folders. */
static int remove_folder(int at, const char *name, struct err *e)
{
	int fd = openat(at, name,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (d == NULL) {
		if (fd >= 0)
			close(fd);
		return errno == ENOENT ? 0 : failed(e, "the folder", name);
	}
	while ((entry = readdir(d)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			(void)unlinkat(dirfd(d), entry->d_name, 0);
	closedir(d);
	return unlinkat(at, name, AT_REMOVEDIR) != 0
	    ? failed(e, "the folder", name)
	    : 0;
}

static void add_item(struct commission *c, const char *name, bool brought,
    size_t at)
{
	struct item *i = &c->item[c->items];

	if (c->items == ARRAY_LEN(c->item) ||
	    !str_copy(i->name, sizeof(i->name), str_from(name)))
		return;
	i->brought = brought;
	i->at = at;
	c->items++;
}

static bool is_brought(const struct commission *c, const char *name)
{
	for (size_t i = 0; i < c->items; i++)
		if (c->item[i].brought && strcmp(c->item[i].name, name) == 0)
			return true;
	return false;
}

/* What is there now and was not brought anew: it is judged with the rest. */
static int list_kept(struct commission *c, struct err *e)
{
	int fd = openat(c->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	struct stat st;

	if (d == NULL) {
		if (fd >= 0)
			close(fd);
		return failed(e, "the folder of", c->config);
	}
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] != '.' && !is_brought(c, entry->d_name) &&
		    fstatat(c->folder, entry->d_name, &st,
			AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && st.st_size <= SMALL_MAX &&
		    faccessat(c->folder, entry->d_name, R_OK, 0) == 0)
			add_item(c, entry->d_name, false, 0);
	}
	closedir(d);
	return 0;
}

static void list_brought(struct commission *c)
{
	struct stat st;

	for (size_t i = 0; i < COMMISSION_FILES; i++) {
		c->result.file[i].name = known[i].name;
		if (fstatat(c->in, known[i].name, &st, AT_SYMLINK_NOFOLLOW) !=
			0 ||
		    !S_ISREG(st.st_mode))
			continue;
		add_item(c, known[i].name, true, i);
		c->result.files++;
	}
}

static int begin(struct commission *c, const char *in_dir, struct err *e)
{
	int r = open_folder(c->config, &c->folder, e);

	if (r < 0)
		return r;
	c->in = open(in_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->in < 0)
		return failed(e, "the stick's folder", in_dir);
	r = remove_folder(c->folder, NEXT, e);
	if (r < 0)
		return r;
	if (mkdirat(c->folder, NEXT, 0700) != 0)
		return failed(e, "the folder", NEXT);
	c->next = openat(c->folder, NEXT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->next < 0)
		return failed(e, "the folder", NEXT);
	list_brought(c);
	c->stage = STAGE_COPY;
	return list_kept(c, e);
}

int commission_open(const char *config, const char *in_dir,
    struct commission **out, struct err *e)
{
	struct commission *c = calloc(1, sizeof(*c));
	int r;

	*out = NULL;
	if (c == NULL)
		return err_set(e, -ENOMEM, "commission: out of memory");
	c->folder = c->in = c->next = c->from = c->to = c->present = -1;
	r = str_copy(c->config, sizeof(c->config), str_from(config))
	    ? commission_finish(config, e)
	    : err_set(e, -ENAMETOOLONG, "commission: the path is too long");
	if (r >= 0)
		r = begin(c, in_dir, e);
	if (r < 0) {
		commission_close(c);
		return r;
	}
	*out = c;
	return 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- copying ---- */

static int begin_file(struct commission *c, const struct item *i, struct err *e)
{
	int64_t most = i->brought ? known[i->at].most_bytes : SMALL_MAX;
	mode_t mode = i->brought ? known[i->at].mode : 0600;
	struct stat st;

	c->from = openat(i->brought ? c->in : c->folder, i->name,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (c->from < 0 || fstat(c->from, &st) != 0)
		return failed(e, "the file", i->name);
	if (!S_ISREG(st.st_mode) || st.st_size > most)
		return err_set(e, -EFBIG,
		    "commission: %s is larger than %lld bytes", i->name,
		    (long long)most);
	if (!i->brought)
		mode = st.st_mode & 0777;
	c->left_bytes = most;
	c->to = openat(c->next, i->name,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (c->to < 0 || fchmod(c->to, mode) != 0)
		return failed(e, "the file", i->name);
	c->present = i->brought
	    ? openat(c->folder, i->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
	    : -1;
	c->same = c->present >= 0;
	return 0;
}

/* As many bytes as asked for, but at the end. */
static ssize_t read_full(int fd, uint8_t *out, size_t cap)
{
	size_t len = 0;
	ssize_t n = 1;

	while (len < cap && n > 0) {
		n = read(fd, out + len, cap - len);
		if (n > 0)
			len += (size_t)n;
		else if (n < 0 && errno != EINTR)
			return -1;
		else if (n < 0)
			n = 1;
	}
	return (ssize_t)len;
}

static void compare(struct commission *c, size_t len)
{
	if (!c->same)
		return;
	/* At the end the present file must end, too. */
	c->same = read_full(c->present, c->other, len == 0 ? 1 : len) ==
		(ssize_t)len &&
	    memcmp(c->slice, c->other, len) == 0;
}

static void end_file(struct commission *c, const struct item *i)
{
	if (i->brought)
		c->result.file[i->at].fate = c->same ? COMMISSION_SAME
		    : c->present >= 0                ? COMMISSION_CHANGED
						     : COMMISSION_NEW;
	close_fd(&c->from);
	close_fd(&c->to);
	close_fd(&c->present);
	c->done++;
}

static int copy_slice(struct commission *c, struct err *e)
{
	const struct item *i = &c->item[c->done];
	ssize_t n, put = 0;
	int r = c->from < 0 ? begin_file(c, i, e) : 0;

	if (r < 0)
		return r;
	n = read_full(c->from, c->slice, sizeof(c->slice));
	if (n < 0)
		return failed(e, "the file", i->name);
	c->left_bytes -= n;
	if (c->left_bytes < 0)
		return err_set(e, -EFBIG, "commission: %s grows as it is read",
		    i->name);
	compare(c, (size_t)n);
	errno = ENOSPC; /* of a short write */
	if (n > 0)
		put = write(c->to, c->slice, (size_t)n);
	/* Each slice: a large file's end must not wait for all of it. */
	if (put != n || ((n == 0 || n == SLICE) && fsync(c->to) != 0))
		return failed(e, "the file", i->name);
	if (n == 0)
		end_file(c, i);
	return 1;
}

/* ---- judging ---- */

/* A line that is too long is cut at a whole character. */
static void take_problem(char out[COMMISSION_LINE], struct str line)
{
	struct str cut = str_cut(line, 0, COMMISSION_LINE - 1);

	for (int i = 0; i < 4 && cut.len < line.len && !str_is_utf8(cut); i++)
		cut.len--;
	if (!str_copy(out, COMMISSION_LINE, cut))
		out[0] = '\0';
}

static void take_problems(struct commission *c, struct str text)
{
	struct commission_result *r = &c->result;
	struct str line;

	while (str_split(&text, '\n', &line)) {
		if (line.len == 0)
			continue;
		if (r->problems < COMMISSION_PROBLEMS)
			take_problem(r->problem[r->problems], line);
		if (r->problems < UINT16_MAX)
			r->problems++;
	}
}

static int judge(struct commission *c, struct err *e)
{
	static char text[16384];
	struct buf problems;
	char path[600];
	int r;

	r = snprintf(path, sizeof(path), "%.*s" NEXT "/" CONFIG_NAME,
	    (int)(strrchr(c->config, '/') + 1 - c->config), c->config);
	if (r < 0 || (size_t)r >= sizeof(path))
		return err_set(e, -ENAMETOOLONG, "commission: a long path");
	if (fsync(c->next) != 0)
		return failed(e, "the folder", NEXT);
	buf_init(&problems, text, sizeof(text));
	commission_check(path, &problems);
	take_problems(c, buf_view(&problems));
	sodium_memzero(text, sizeof(text));
	c->stage = STAGE_LOOKED;
	return 0;
}

int commission_step(struct commission *c, struct err *e)
{
	switch (c->stage) {
	case STAGE_COPY:
		if (c->done < c->items)
			return copy_slice(c, e);
		c->stage = STAGE_JUDGE;
		return 1;
	case STAGE_JUDGE:
		return judge(c, e);
	case STAGE_UNSET:
	case STAGE_LOOKED:
		return 0;
	}
	return 0;
}

const struct commission_result *commission_result(const struct commission *c)
{
	return &c->result;
}

/* ---- adopting ---- */

/* Each file to its place; a name is in one of the two folders at any time. */
static int move_files(int folder, struct err *e)
{
	int fd = openat(folder, ADOPT,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int r = 0;

	if (d == NULL) {
		if (fd >= 0)
			close(fd);
		return errno == ENOENT ? 0 : failed(e, "the folder", ADOPT);
	}
	while (r == 0 && (entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.' &&
		    renameat(dirfd(d), entry->d_name, folder, entry->d_name) !=
			0)
			r = failed(e, "the file", entry->d_name);
	closedir(d);
	if (r == 0 && fsync(folder) != 0)
		r = failed(e, "the folder", ADOPT);
	if (r == 0)
		r = remove_folder(folder, ADOPT, e);
	return r < 0 ? r : 1;
}

int commission_finish(const char *config, struct err *e)
{
	int folder, r = open_folder(config, &folder, NULL);

	/* Without such a folder nothing can have been adopted into it. */
	if (r < 0)
		return 0;
	r = move_files(folder, e);
	close(folder);
	return r;
}

/* What stays as it is was there to be judged with the rest. */
static int drop_kept(struct commission *c, struct err *e)
{
	for (size_t i = 0; i < c->items; i++)
		if (!c->item[i].brought &&
		    unlinkat(c->next, c->item[i].name, 0) != 0)
			return failed(e, "the file", c->item[i].name);
	return fsync(c->next) != 0 ? failed(e, "the folder", NEXT) : 0;
}

int commission_adopt(struct commission *c, struct err *e)
{
	int r;

	if (c->stage != STAGE_LOOKED || c->result.files == 0 ||
	    c->result.problems > 0)
		return err_set(e, -EPERM,
		    "commission: there is nothing that may be taken over");
	r = drop_kept(c, e);
	if (r < 0)
		return r;
	if (renameat(c->folder, NEXT, c->folder, ADOPT) != 0)
		return failed(e, "the folder", NEXT);
	c->stage = STAGE_UNSET;
	if (fsync(c->folder) != 0)
		return failed(e, "the folder of", c->config);
	r = move_files(c->folder, e);
	return r < 0 ? r : 0;
}

void commission_close(struct commission *c)
{
	if (c == NULL)
		return;
	close_fd(&c->from);
	close_fd(&c->to);
	close_fd(&c->present);
	close_fd(&c->next);
	close_fd(&c->in);
	if (c->folder >= 0)
		(void)remove_folder(c->folder, NEXT, NULL);
	close_fd(&c->folder);
	sodium_memzero(c, sizeof(*c));
	free(c);
}
