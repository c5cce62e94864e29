/*
 * The technician in the loop: their session (core/technician.h) beside the
 * role's, with the hands it needs: badges and PINs, the key switch,
 * karcis-update, a stick's files, the self-test. While it is active the screen
 * and all presses and scans are its own; a visitor's or guard's session goes
 * on unseen, at its first screen.
 *
 * A badge or the key opens it only while nobody is being served. On a bare
 * machine it is all there is.
 */
#ifndef KARCIS_APP_WORKSHOP_H
#define KARCIS_APP_WORKSHOP_H

#include <poll.h>

#include "bare.h"
#include "drivers/printer/printer.h"
#include "firmware/core/update.h"
#include "ui/ui.h"

struct terminal;
struct workshop;

/* The configuration in t->office says what there is: update.socket,
 * technician.switch. why is borrowed; NULL: the machine is set up. Connects
 * and opens nothing of the machine yet. */
int workshop_open(struct terminal *t, const struct bare *why,
    struct workshop **out, struct err *e) MUST_USE;
void workshop_close(struct workshop *w);
/* Folders that it reads or writes below the closed-in process; "" = none. */
const char *workshop_config_folder(const struct workshop *w);
const char *workshop_in_folder(const struct workshop *w);
const char *workshop_out_folder(const struct workshop *w);

bool workshop_active(const struct workshop *w);
/* The technicians' file changed. */
void workshop_reload(struct workshop *w);

size_t workshop_pollfds(struct workshop *w, struct pollfd *fds, size_t cap);
int64_t workshop_deadline_ms(const struct workshop *w, int64_t mono_ms);
/* Takes what came, goes on with what is under way. */
void workshop_service(struct workshop *w);
void workshop_press(struct workshop *w, const struct ui_event *press);
/* True: the scan was the technician's, nobody else may see it. */
bool workshop_scan(struct workshop *w, struct str text);
/* Every event of the printer; those of its own jobs are answers. */
void workshop_printer(struct workshop *w, const struct printer_event *ev);
/* As ui_show; only while it is active. */
int64_t workshop_show(struct workshop *w, struct err *e);
/* A picture was shown, whoever's: nothing of the one before is used again. */
void workshop_shown(struct workshop *w);
/* "tech-menu" */
const char *workshop_screen(const struct workshop *w);
/* The newest of karcis-update; UPDATE_UNSET without one. */
const struct update_report *workshop_report(const struct workshop *w);
/* The percentage that a technician dialled, -1 = none. */
int32_t workshop_brightness(const struct workshop *w);

#endif
