/*
 * Functions that the linker replaces (--wrap) in the simulator alone.
 *
 * Ed25519 takes two thirds of a run. By default a signature here is a
 * BLAKE2b-512 of the message, keyed with the public key: it fits exactly one
 * key and message, as the real one does, and nobody in this world forges it.
 * `--real-signatures` uses libsodium's; the digest of a run is the same.
 */
#ifndef KARCIS_TESTS_SIM_WRAP_H
#define KARCIS_TESTS_SIM_WRAP_H

#include "firmware/core/base.h"

void wrap_real_signatures(bool real);
/* Whether what sync_asked told last was a yes of the hub. */
bool wrap_admitted(void);
/* A planted mistake: client_genuine believes whatever came. */
void wrap_believe(bool all);

#endif
