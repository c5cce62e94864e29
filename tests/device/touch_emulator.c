/*
 * Touch screens for a real terminal on an emulated kernel (umockdev).
 *
 * Runs with LD_PRELOAD=libumockdev-preload.so.0 and prints the test bed's
 * folder. Then each line on standard input is a command, answered by one
 * line, "ok VALUE" or "no":
 *
 *   plug N multi|single|frames|tablet|keyboard   /dev/input/eventN
 *   unplug N
 *   touch N SLOT ID X Y     a finger is there, in the device's units
 *   lift N SLOT
 *   lose N SLOT             it is lifted while events are lost
 *   key N CODE              a key is pressed and let go
 *   held N                  grabs it has now
 *   card change             udev says that a card's monitors changed
 */
#include "touch_kernel.h"

static char *card;

static int do_plug(unsigned i, const char *kind)
{
	static const char *const kinds[] = {[MULTI] = "multi",
	    [SINGLE] = "single",
	    [FRAMES] = "frames",
	    [TABLET] = "tablet",
	    [KEYBOARD] = "keyboard"};

	for (unsigned k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		if (strcmp(kinds[k], kind) != 0)
			continue;
		plug(i, (enum what)k);
		return 0;
	}
	return -1;
}

static int do_key(unsigned i, unsigned code)
{
	put(i, EV_KEY, code, 1);
	end_frame(i);
	put(i, EV_KEY, code, 0);
	end_frame(i);
	return 0;
}

static int do_lose(unsigned i, int slot)
{
	g_mutex_lock(&lock);
	nodes[i].id[slot] = -1;
	g_mutex_unlock(&lock);
	drop(i);
	return 0;
}

/* The value to answer with, -1 = no. */
static int obey(const char *line)
{
	char word[16] = "";
	int slot, id, x, y;
	unsigned i, code;

	if (sscanf(line, "plug %u %15s", &i, word) == 2 && i < NODES)
		return do_plug(i, word);
	if (sscanf(line, "touch %u %d %d %d %d", &i, &slot, &id, &x, &y) == 5 &&
	    i < NODES && slot >= 0 && slot < SLOTS) {
		finger(i, slot, id, x, y);
		return 0;
	}
	if (sscanf(line, "lift %u %d", &i, &slot) == 2 && i < NODES) {
		finger(i, slot, -1, 0, 0);
		return 0;
	}
	if (sscanf(line, "lose %u %d", &i, &slot) == 2 && i < NODES)
		return do_lose(i, slot);
	if (sscanf(line, "key %u %u", &i, &code) == 2 && i < NODES)
		return do_key(i, code);
	if (sscanf(line, "held %u", &i) == 1 && i < NODES)
		return nodes[i].held;
	if (strcmp(line, "card change") == 0) {
		umockdev_testbed_uevent(bed, card, "change");
		return 0;
	}
	if (sscanf(line, "unplug %u", &i) == 1 && i < NODES) {
		unplug(i);
		return 0;
	}
	return -1;
}

int main(void)
{
	char line[256], *root;

	kernel_start();
	card = umockdev_testbed_add_device(bed, "drm", "card0", NULL, NULL,
	    "DEVNAME", "/dev/dri/card0", NULL);
	root = umockdev_testbed_get_root_dir(bed);
	printf("%s\n", root);
	g_free(root);
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		int value;

		line[strcspn(line, "\n")] = '\0';
		value = obey(line);
		if (value < 0)
			printf("no\n");
		else
			printf("ok %d\n", value);
		fflush(stdout);
	}
	kernel_stop();
	g_free(card);
	return 0;
}
