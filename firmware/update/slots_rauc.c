#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "image.h"
#include "keep.h"
#include "machine.h"
#include "mounts.h"
#include "slots_rauc_inner.h"

enum { CALL_US = 30 * 1000 * 1000 /* a mark writes grubenv */ };

int rauc_failed(int r, const char *what, const sd_bus_error *error,
    struct err *e)
{
	const char *why = error != NULL && error->message != NULL
	    ? error->message
	    : strerror(-r);

	return err_set(e, r, "update: rauc: %s: %s", what, why);
}

static int rauc_open(struct slots *s, struct err *e)
{
	sd_bus *bus = NULL;
	int r = sd_bus_open_system(&bus);

	if (r < 0)
		return err_set(e, r, "update: no system bus: %s", strerror(-r));
	(void)sd_bus_set_method_call_timeout(bus, CALL_US);
	s->bus = bus;
	return 0;
}

static void rauc_close(struct slots *s)
{
	s->bus = sd_bus_flush_close_unref(s->bus);
}

/* ---- status ---- */

static int read_value(sd_bus_message *m, const char *key,
    struct rauc_slot *slot)
{
	const struct {
		const char *key;
		char *to;
		size_t cap;
	} texts[] = {
	    {"class", slot->class, sizeof(slot->class)},
	    {"device", slot->device, sizeof(slot->device)},
	    {"bootname", slot->bootname, sizeof(slot->bootname)},
	};
	const char *text = NULL;
	int r;

	r = sd_bus_message_enter_container(m, 'v', "s");
	if (r < 0)
		return sd_bus_message_skip(m, "v");
	r = sd_bus_message_read_basic(m, 's', &text);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (strcmp(key, texts[i].key) == 0 &&
		    !str_copy(texts[i].to, texts[i].cap, str_from(text)))
			return -EMSGSIZE;
	if (strcmp(key, "state") == 0)
		slot->booted = strcmp(text, "booted") == 0;
	if (strcmp(key, "boot-status") == 0)
		slot->good = strcmp(text, "good") == 0;
	return sd_bus_message_exit_container(m);
}

static int read_values(sd_bus_message *m, struct rauc_slot *slot)
{
	int r = sd_bus_message_enter_container(m, 'a', "{sv}");

	while (
	    r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		const char *key = NULL;

		r = sd_bus_message_read_basic(m, 's', &key);
		if (r >= 0)
			r = read_value(m, key, slot);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_slots(sd_bus_message *m, struct rauc_slots *out)
{
	int r = sd_bus_message_enter_container(m, 'a', "(sa{sv})");

	while (r >= 0 &&
	    (r = sd_bus_message_enter_container(m, 'r', "sa{sv}")) > 0) {
		struct rauc_slot *slot = &out->slots[out->n];
		const char *name = NULL;

		if (out->n >= RAUC_SLOTS_MAX)
			return -EMSGSIZE;
		r = sd_bus_message_read_basic(m, 's', &name);
		if (r >= 0 &&
		    !str_copy(slot->name, sizeof(slot->name), str_from(name)))
			r = -EMSGSIZE;
		if (r >= 0)
			r = read_values(m, slot);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
		if (r >= 0 && strcmp(slot->class, "rootfs") == 0)
			out->n++;
		else
			memset(slot, 0, sizeof(*slot));
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

int rauc_list(struct slots *s, struct rauc_slots *out, struct err *e)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL;
	int r;

	memset(out, 0, sizeof(*out));
	r = sd_bus_call_method(s->bus, RAUC_SERVICE, RAUC_OBJECT,
	    RAUC_INTERFACE, "GetSlotStatus", &error, &m, "");
	if (r >= 0)
		r = read_slots(m, out);
	if (r < 0) {
		r = rauc_failed(r, "slot status", &error, e);
		goto out;
	}
	for (size_t i = 0; i < out->n; i++) {
		if (out->slots[i].booted)
			out->running = &out->slots[i];
		else
			out->other = &out->slots[i];
	}
	r = 0;
	if (out->n != 2 || out->running == NULL || out->other == NULL)
		r = err_set(e, -ENODEV,
		    "update: rauc: %zu root slots, and one of two should run",
		    out->n);
out:
	sd_bus_message_unref(m);
	sd_bus_error_free(&error);
	return r;
}

/* RAUC's own refusals come as GLib's unmapped errors, or as a plain Failed.
 * The bus has other names for a service that did not answer. */
static bool is_answer(const sd_bus_error *error)
{
	static const char GLIB[] = "org.gtk.GDBus.UnmappedGError.";

	return sd_bus_error_is_set(error) &&
	    (strncmp(error->name, GLIB, sizeof(GLIB) - 1) == 0 ||
		strcmp(error->name, SD_BUS_ERROR_FAILED) == 0);
}

/* "" when RAUC knows of none. */
static int read_primary(struct slots *s, char out[32], struct err *e)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL;
	const char *name = NULL;
	int r;

	out[0] = '\0';
	r = sd_bus_call_method(s->bus, RAUC_SERVICE, RAUC_OBJECT,
	    RAUC_INTERFACE, "GetPrimary", &error, &m, "");
	if (r >= 0)
		r = sd_bus_message_read_basic(m, 's', &name);
	/* It is an error for RAUC that no slot is bootable by its rules: the
	 * one that runs was tried, and the other is bad. */
	if (r >= 0 && !str_copy(out, 32, str_from(name)))
		r = -EMSGSIZE;
	if (r < 0 && !is_answer(&error))
		r = rauc_failed(r, "primary slot", &error, e);
	else
		r = 0;
	sd_bus_message_unref(m);
	sd_bus_error_free(&error);
	return r;
}

static void put_slot(char out[UPDATE_SLOT], const struct rauc_slot *slot)
{
	size_t i;

	for (i = 0; slot->bootname[i] != '\0' && i < UPDATE_SLOT - 1; i++)
		out[i] = (char)tolower((unsigned char)slot->bootname[i]);
	out[i] = '\0';
}

static int rauc_status(struct slots *s, struct slots_status *out, struct err *e)
{
	struct rauc_slots list;
	char primary[32];
	int r = rauc_list(s, &list, e);

	if (r == 0)
		r = read_primary(s, primary, e);
	if (r == 0)
		r = machine_boot_id(out->boot, e);
	if (r < 0)
		return r;
	put_slot(out->running, list.running);
	put_slot(out->other, list.other);
	out->running_good = list.running->good;
	out->other_first = strcmp(primary, list.other->name) == 0;
	return image_release_mounted(s->folder, &out->running_release, e);
}

/* From the slot's device itself, so what a bundle says does not count. */
static int rauc_other_release(struct slots *s, struct release *out,
    struct err *e)
{
	char at[KEEP_PATH];
	struct rauc_slots list;
	int r = rauc_list(s, &list, e);

	if (r == 0)
		r = mounts_own(e);
	if (r == 0)
		r = mounts_point(s->work, MOUNTS_SLOT, at, e);
	if (r < 0)
		return r;
	if (mount(list.other->device, at, "squashfs",
		MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0)
		return err_set(e, -EINVAL, "update: slot %s: %s",
		    list.other->name, strerror(errno));
	r = image_release_mounted(at, out, e);
	if (umount2(at, MNT_DETACH) != 0 && r == 0)
		r = err_set(e, -errno, "update: slot %s: %s", list.other->name,
		    strerror(errno));
	return r;
}

/* ---- marks ---- */

static int mark(struct slots *s, const char *state, const char *slot,
    struct err *e)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	r = sd_bus_call_method(s->bus, RAUC_SERVICE, RAUC_OBJECT,
	    RAUC_INTERFACE, "Mark", &error, NULL, "ss", state, slot);
	if (r < 0)
		r = rauc_failed(r, state, &error, e);
	sd_bus_error_free(&error);
	return r < 0 ? r : 0;
}

static int rauc_activate(struct slots *s, struct err *e)
{
	return mark(s, "active", "other", e);
}

static int rauc_mark_good(struct slots *s, struct err *e)
{
	return mark(s, "good", "booted", e);
}

static int rauc_mark_bad(struct slots *s, struct err *e)
{
	return mark(s, "bad", "other", e);
}

const struct slots_keeper slots_rauc = {
    .open = rauc_open,
    .close = rauc_close,
    .status = rauc_status,
    .write = rauc_write,
    .other_release = rauc_other_release,
    .activate = rauc_activate,
    .mark_good = rauc_mark_good,
    .mark_bad = rauc_mark_bad,
};
