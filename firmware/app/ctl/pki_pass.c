#include "pki_pass.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* One line without its end. Byte by byte: what follows it is another's. */
static int read_line(int fd, char out[PKI_PASS], struct err *e)
{
	size_t len = 0;
	ssize_t n;
	char c;

	while ((n = read(fd, &c, 1)) == 1 && c != '\n') {
		if (len == PKI_PASS - 1)
			return err_set(e, -EINVAL,
			    "pki: a passphrase has at most %d bytes",
			    PKI_PASS - 1);
		out[len++] = c;
	}
	out[len] = '\0';
	if (n < 0)
		return err_set(e, -errno, "pki: passphrase: %s",
		    strerror(errno));
	if (memchr(out, '\0', len) != NULL)
		return err_set(e, -EINVAL, "pki: a passphrase has no NUL");
	return 0;
}

static int ask(int tty, const char *question, char out[PKI_PASS], struct err *e)
{
	struct termios was, quiet;
	int r;

	if (tcgetattr(tty, &was) != 0)
		return err_set(e, -ENOTTY, "pki: no terminal to ask on");
	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	/* Before the question: what is typed at once is not shown either. */
	if (tcsetattr(tty, TCSAFLUSH, &quiet) != 0)
		return err_set(e, -ENOTTY, "pki: the terminal echoes");
	if (write(tty, question, strlen(question)) < 0)
		r = err_set(e, -ENOTTY, "pki: the terminal is gone");
	else
		r = read_line(tty, out, e);
	if (tcsetattr(tty, TCSAFLUSH, &was) != 0 || write(tty, "\n", 1) < 0)
		r = err_set(e, -ENOTTY, "pki: the terminal is gone");
	return r;
}

static int ask_twice(int tty, bool is_new, char out[PKI_PASS], struct err *e)
{
	char again[PKI_PASS] = "";
	int r = ask(tty, "Passphrase of the root key: ", out, e);

	if (r == 0 && is_new)
		r = ask(tty, "The same again: ", again, e);
	if (r == 0 && is_new && strcmp(out, again) != 0)
		r = err_set(e, -EINVAL, "pki: they are not the same");
	sodium_memzero(again, sizeof(again));
	return r;
}

int pki_pass_read(int fd, bool is_new, char out[PKI_PASS], struct err *e)
{
	int tty, r;

	memset(out, 0, PKI_PASS);
	if (fd >= 0) {
		r = read_line(fd, out, e);
	} else {
		tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
		if (tty < 0)
			return err_set(e, -ENOTTY,
			    "pki: no terminal to ask on; say --pass-fd N");
		r = ask_twice(tty, is_new, out, e);
		close(tty);
	}
	if (r == 0 && is_new && strlen(out) < PKI_PASS_MIN)
		r = err_set(e, -EINVAL,
		    "pki: a passphrase has at least %d bytes", PKI_PASS_MIN);
	if (r < 0)
		sodium_memzero(out, PKI_PASS);
	return r;
}
