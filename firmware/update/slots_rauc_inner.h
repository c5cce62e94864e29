/* The parts of slots_rauc.c: RAUC 1.8 over the system bus, as
 * data/de.pengutronix.rauc.Installer.xml describes it. */
#ifndef KARCIS_UPDATE_SLOTS_RAUC_INNER_H
#define KARCIS_UPDATE_SLOTS_RAUC_INNER_H

#include <systemd/sd-bus.h>

#include "slots_inner.h"

#define RAUC_SERVICE   "de.pengutronix.rauc"
#define RAUC_OBJECT    "/"
#define RAUC_INTERFACE "de.pengutronix.rauc.Installer"

/* One slot of RAUC's answer. */
struct rauc_slot {
	char name[32];     /* rootfs.0 */
	char bootname[16]; /* A */
	char class[32];
	char device[128];
	bool booted, good;
};

enum { RAUC_SLOTS_MAX = 8 };

struct rauc_slots {
	struct rauc_slot slots[RAUC_SLOTS_MAX];
	size_t n;
	const struct rauc_slot *running, *other;
};

/* The service's sentence, or errno's. */
int rauc_failed(int r, const char *what, const sd_bus_error *error,
    struct err *e);
/* -ENODEV: not two root slots of which one runs. */
int rauc_list(struct slots *s, struct rauc_slots *out, struct err *e) MUST_USE;
/* slots_rauc_install.c */
int rauc_write(struct slots *s, const struct slots_image *image,
    const struct slots_progress *progress, struct err *e) MUST_USE;

#endif
