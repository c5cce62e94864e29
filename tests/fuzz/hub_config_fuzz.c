/* Lines of the hub's configuration, and an address to listen on. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "firmware/hub/hub_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool fact)
{
	if (!fact)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct hub_config c;
	struct str rest = str_of(data, size), line;
	char host[HUB_CONFIG_HOST], room[1024];
	struct buf problems;
	uint16_t port;
	unsigned n = 0;

	if (size == 0)
		return 0;
	buf_init(&problems, room, sizeof(room));
	hub_config_defaults(&c, "f");
	while (str_split(&rest, '\n', &line)) {
		hub_config_line(&c, line, ++n, &problems);
		if (hub_config_listen(line, host, &port))
			must(host[0] != '\0');
	}
	must(hub_config_finish(&c, &problems) == (c.problems == 0));
	must(c.problems > 0 || c.url[0] != '\0');
	/* Whatever came, what is kept is good. */
	must(hub_config_listen(str_from(c.listen), host, &port));
	must(c.connections >= 16 && c.connections <= 65536);
	must(c.workers >= 0 && c.workers <= 256);
	return 0;
}
