/* `karcis-ctl ticket verify DIGITS`: judged like at a gate, in its words. */
#ifndef KARCIS_APP_TICKET_CTL_H
#define KARCIS_APP_TICKET_CTL_H

/* 0: a genuine ticket, whether or not it opens now; 1: none; 2: could not. */
int ticket_ctl_run(const char *config, int argc, char **argv);

#endif
