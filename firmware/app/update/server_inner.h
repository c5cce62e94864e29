/* The parts of server.c. */
#ifndef KARCIS_APP_UPDATE_SERVER_INNER_H
#define KARCIS_APP_UPDATE_SERVER_INNER_H

#include <libudev.h>

#include "firmware/core/config.h"
#include "firmware/core/update_wire.h"
#include "firmware/update/usb_guard.h"
#include "server.h"

enum { SERVER_CLIENTS = 8 };

struct server_client {
	int fd;   /* -1 = free */
	bool due; /* the newest report is still to be sent */
};

struct server {
	struct server_options *o;
	struct update update;
	struct worker worker;
	struct server_client clients[SERVER_CLIENTS];
	struct usb_guard *guard; /* NULL = none */
	struct usb_id allow[CONFIG_ALLOWED], guarded[CONFIG_ALLOWED];
	size_t allow_n, guarded_n; /* of the configuration; of the guard */
	struct udev *udev;
	struct udev_monitor *disks; /* kernel events; NULL = none */
	bool leave;                 /* the loop ends */
};

/* server_start.c: what the machine was found like; never fails: what cannot
 * be read is logged and makes updates be refused. */
void server_find_base(struct server *s, struct update_base *base);
/* The configuration's allow list and the terminal's name. */
void server_read_config(struct server *s);

/* server_effects.c */
/* Ends the work under way, and its mounts. */
void server_end_worker(struct server *s);
void server_step(struct server *s, const struct update_event *ev);

/* server_clients.c */
void server_accept(struct server *s);
/* POLLIN: requests; POLLOUT: a report that was due; else gone. */
void server_serve(struct server *s, size_t i, short revents);
/* Shuts sticks out when nobody is left who asked for them. */
void server_watch_clients(struct server *s);
void server_report(struct server *s);
void server_drop_all(struct server *s);

/* server_devices.c: sticks and the guard. What is plugged in is judged when the
 * guard is opened, which waits for nothing; told it is from then on that the
 * devices are. */
void server_guard_open(struct server *s);
void server_devices_open(struct server *s);
void server_devices_close(struct server *s);
void server_devices_service(struct server *s);
/* The allow list is another one: the guard is opened anew. */
void server_guard_renew(struct server *s);
void server_storage(struct server *s, bool open);

#endif
