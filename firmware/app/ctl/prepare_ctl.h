/*
 * `karcis-ctl prepare`: what stands between a configuration and a terminal
 * that serves. Run before each start of the terminal; does what is still to be
 * done and nothing twice:
 *
 *   an adoption that a power cut ended is gone on with (commission.h);
 *   no keys yet: they are drawn (init);
 *   rekey.txt, with this terminal's name, and the keys were made elsewhere: new
 *   ones are drawn for this place (rekey);
 *   technicians, officers: taken into the state directory;
 *   enrol.txt, under a hub: the terminal is enrolled;
 *   roster, bookings.csv, without a hub: imported.
 *
 * A file that was taken in is removed from beside the configuration: tokens
 * count once, bookings hold names. One line a thing on standard output; what
 * could not be done is a line in STATE/prepare.said too, where the set-up
 * screen finds it, and leaves that thing as it was.
 */
#ifndef KARCIS_APP_PREPARE_CTL_H
#define KARCIS_APP_PREPARE_CTL_H

/* EXIT_REFUSED: something is left to be done by a person, the rest is done;
 * EXIT_COULD_NOT: no configuration, or no state directory. */
int prepare_ctl_run(const char *config);

#endif
