/* The passphrase of a root key: typed, or read from an open file. */
#ifndef KARCIS_APP_PKI_PASS_H
#define KARCIS_APP_PKI_PASS_H

#include "firmware/core/err.h"
#include "firmware/core/str.h"

/* At least 12 bytes: the folder may be stolen and tried at leisure. */
enum { PKI_PASS_MIN = 12, PKI_PASS = 128 };

/* fd < 0: asked on the terminal without echo, twice where it is a new one.
 * Else its first line. -EINVAL: too short, too long, or not the same twice;
 * -ENOTTY: no terminal to ask on. The caller clears out. */
int pki_pass_read(int fd, bool is_new, char out[PKI_PASS],
    struct err *e) MUST_USE;

#endif
