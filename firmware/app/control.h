/*
 * The control socket STATE/control.sock (mode 0600): karcis-ctl sends one
 * message, a command line and perhaps an open file, and gets an exit code
 * and text back. Access is the file system's: who may write the state
 * directory may ask.
 */
#ifndef KARCIS_APP_CONTROL_H
#define KARCIS_APP_CONTROL_H

#include <poll.h>

#include "office.h"

struct control;
struct terminal;

enum { CONTROL_LINE = 512, CONTROL_REPLY = 60000 };

int control_open(const struct office *o, struct control **out,
    struct err *e) MUST_USE;
void control_close(struct control *c);
size_t control_pollfds(struct control *c, struct pollfd *fds, size_t cap);
/* When control_service wants to be called at the latest, monotonic
 * milliseconds: a peer that says nothing gives way to the next. */
int64_t control_deadline_ms(const struct control *c);
void control_service(struct control *c, struct terminal *t,
    const struct pollfd *fds, size_t n);

/* The client's side: -ENOENT / -ECONNREFUSED: no terminal runs. `fd` -1 =
 * none. Returns the command's exit code, or -errno. */
int control_ask(const struct office *o, struct str line, int fd, char *reply,
    size_t cap, struct err *e) MUST_USE;

#endif
