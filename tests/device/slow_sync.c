/* Preloaded, a disk that takes 400 ms for each fsync: whatever is done before
 * it returned was done before anything was durable. */
#include <dlfcn.h>
#include <time.h>
#include <unistd.h>

static void wait_for_disk(void)
{
	const struct timespec t = {0, 400000000};

	nanosleep(&t, NULL);
}

int fsync(int fd)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");

	wait_for_disk();
	return real(fd);
}

int fdatasync(int fd)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");

	wait_for_disk();
	return real(fd);
}
