/*
 * The hub's configuration: an INI file, one line at a time, one table
 * (hub_config.c). The line discipline is that of firmware/core/ini.h; an
 * unknown key is a problem like a bad value.
 */
#ifndef KARCIS_HUB_HUB_CONFIG_H
#define KARCIS_HUB_HUB_CONFIG_H

#include "firmware/core/err.h"
#include "firmware/core/str.h"

enum { HUB_CONFIG_TEXT = 192, HUB_CONFIG_ROWS = 16 };

struct hub_config {
	char listen[HUB_CONFIG_TEXT]; /* "127.0.0.1:8443", "[::1]:8443" */
	char url[HUB_CONFIG_TEXT];    /* where devices find this hub */
	char store[HUB_CONFIG_TEXT];  /* "sqlite:/PATH", "postgres:..." */
	char keys[HUB_CONFIG_TEXT];
	/* Both or none; none = plain HTTP, for a proxy on the same machine. */
	char tls_certificate[HUB_CONFIG_TEXT], tls_key[HUB_CONFIG_TEXT];
	int32_t workers;     /* connections to the store; 0 = by its kind */
	int32_t threads;     /* of HTTP; 0 = one a CPU */
	int32_t connections; /* of HTTP, at once */

	/* Of the reading. */
	char file[256], section[32];
	bool section_begun, section_known;
	unsigned seen; /* a bit a row */
	unsigned problems;
};

/* Every default; `file` is named in problems. */
void hub_config_defaults(struct hub_config *c, const char *file);
void hub_config_line(struct hub_config *c, struct str line, unsigned line_no,
    struct buf *problems);
/* True when there was no problem. */
bool hub_config_finish(struct hub_config *c, struct buf *problems) MUST_USE;
/* All of it for a file. -EINVAL: it has problems, "file:line: section.key:
 * reason" each; another errno: it can't be read. */
int hub_config_load(const char *path, struct hub_config *c,
    struct buf *problems, struct err *e) MUST_USE;

/* "127.0.0.1:8443" or "[::1]:8443" in its parts: a numeric address and a
 * port, 0 for any that is free. */
enum { HUB_CONFIG_HOST = 64 };
bool hub_config_listen(struct str text, char host[HUB_CONFIG_HOST],
    uint16_t *port) MUST_USE;

#endif
