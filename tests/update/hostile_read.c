/*
 * LD_PRELOAD: a stick that fails, or changes, while it is read.
 *
 * HOSTILE_STICK is its folder, HOSTILE_CONTROL a file of one struct control
 * that the test maps, too. All bytes read below the folder are counted; at
 * `after` of them reads fail with `error`, or, where that is 0, the byte that
 * stands there is another one. Each read waits delay_us first.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct control {
	int64_t on, after, error, delay_us, count, hits;
};

static struct control *control;
static char folder[PATH_MAX];

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("HOSTILE_CONTROL");
	const char *stick = getenv("HOSTILE_STICK");
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *map = MAP_FAILED;

	if (fd >= 0)
		map = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	if (map == MAP_FAILED || stick == NULL)
		return;
	snprintf(folder, sizeof(folder), "%s/", stick);
	control = map;
}

static int is_on_stick(int fd, const char *bytes)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	if (control == NULL || !control->on)
		return 0;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	/* The sandbox of a look hides /proc: what is read there is the bundle
	 * and the keyring, which begins with a dash. */
	if (n <= 0)
		return bytes[0] != '-';
	path[n] = '\0';
	return strncmp(path, folder, strlen(folder)) == 0;
}

static ssize_t spoil(int fd, char *bytes, ssize_t n)
{
	int64_t at;

	if (n <= 0 || !is_on_stick(fd, bytes))
		return n;
	if (control->delay_us > 0)
		usleep((useconds_t)control->delay_us);
	at = control->count;
	control->count += n;
	if (control->after >= control->count)
		return n;
	if (control->error != 0) {
		control->hits++;
		errno = (int)control->error;
		return -1;
	}
	if (control->after >= at) {
		bytes[control->after - at] ^= 0x55;
		control->hits++;
	}
	return n;
}

typedef ssize_t (*read_call)(int, void *, size_t);
typedef ssize_t (*pread_call)(int, void *, size_t, off_t);

static void *real(const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	if (found == NULL)
		abort();
	return found;
}

ssize_t read(int fd, void *out, size_t len)
{
	static read_call call;

	if (call == NULL)
		*(void **)&call = real("read");
	return spoil(fd, out, call(fd, out, len));
}

ssize_t pread64(int fd, void *out, size_t len, off_t at)
{
	static pread_call call;

	if (call == NULL)
		*(void **)&call = real("pread64");
	return spoil(fd, out, call(fd, out, len, at));
}

ssize_t pread(int fd, void *out, size_t len, off_t at)
{
	return pread64(fd, out, len, at);
}

/* As _FORTIFY_SOURCE calls them. */
ssize_t __read_chk(int fd, void *out, size_t len, size_t room);
ssize_t __read_chk(int fd, void *out, size_t len, size_t room)
{
	if (len > room)
		abort();
	return read(fd, out, len);
}

ssize_t __pread_chk(int fd, void *out, size_t len, off_t at, size_t room);
ssize_t __pread_chk(int fd, void *out, size_t len, off_t at, size_t room)
{
	if (len > room)
		abort();
	return pread64(fd, out, len, at);
}

ssize_t __pread64_chk(int fd, void *out, size_t len, off_t at, size_t room);
ssize_t __pread64_chk(int fd, void *out, size_t len, off_t at, size_t room)
{
	return __pread_chk(fd, out, len, at, room);
}
