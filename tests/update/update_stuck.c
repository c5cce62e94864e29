/* Preloaded: a worker (it leads a process group) that was ended is never gone,
 * as one whose stick does not answer. */
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t server;

__attribute__((constructor)) static void begin(void)
{
	server = getpid();
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	if (getpid() != server || pid <= 0 || getpgid(pid) != pid)
		return wait4(pid, status, options, NULL);
	if ((options & WNOHANG) != 0)
		return 0;
	for (;;)
		pause();
}
