/*
 * For LD_PRELOAD beside libfaketime: with _FORTIFY_SOURCE a program calls
 * __poll_chk, which libfaketime does not know, and would wait its time-outs
 * out in real time.
 */
#include <poll.h>
#include <stddef.h>

int __poll_chk(struct pollfd *fds, nfds_t n, int timeout_ms, size_t room);

int __poll_chk(struct pollfd *fds, nfds_t n, int timeout_ms, size_t room)
{
	(void)room;
	return poll(fds, n, timeout_ms);
}
