/* A folder with a card of tests/device/drm_fake.c, and what its screen
 * shows. */
#ifndef KARCIS_TESTS_UNIT_TEST_DRM_H
#define KARCIS_TESTS_UNIT_TEST_DRM_H

#include "tests/device/drm_fake.c"

#include <ftw.h>
#include <poll.h>
#include <time.h>

static char card_dir[64];
static struct drm_fake *card;

static int card_remove(const char *path, const struct stat *st, int type,
    struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

/* One monitor with one mode, connected. */
static int card_setup(void **state)
{
	char path[96];
	int fd;

	(void)state;
	snprintf(card_dir, sizeof(card_dir), "/tmp/karcis-drm-XXXXXX");
	if (mkdtemp(card_dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/card0", card_dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || close(fd) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/card0.state", card_dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(*card)) != 0)
		return -1;
	card = mmap(NULL, sizeof(*card), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    0);
	if (card == MAP_FAILED || close(fd) != 0)
		return -1;
	card->connected = 1;
	card->mode_count = 1;
	return 0;
}

static int card_teardown(void **state)
{
	(void)state;
	if (munmap(card, sizeof(*card)) != 0)
		return -1;
	return nftw(card_dir, card_remove, 8, FTW_DEPTH | FTW_PHYS);
}

static void card_mode(int n, int width, int height)
{
	card->mode[n].width = (uint16_t)width;
	card->mode[n].height = (uint16_t)height;
}

/* What the screen shows, row by row without gaps; freed by the caller. NULL =
 * it is black, without a buffer. */
static uint32_t *card_screen(int *width, int *height)
{
	const struct fake_buffer *b;
	char path[96];
	uint32_t *px;
	int fd;

	if (card->shown == 0)
		return NULL;
	b = &card->buffer[card->shown - 1];
	*width = (int)b->width;
	*height = (int)b->height;
	snprintf(path, sizeof(path), "%s/card0", card_dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	px = malloc((size_t)b->width * b->height * 4);
	for (uint32_t y = 0; fd >= 0 && px != NULL && y < b->height; y++)
		if (pread(fd, px + (size_t)y * b->width, b->width * 4,
			(off_t)(b->offset + (uint64_t)y * b->pitch)) !=
		    (ssize_t)(b->width * 4))
			abort();
	if (fd >= 0)
		close(fd);
	return px;
}

/* A picture turned by one quarter clockwise: what was at the left is at the
 * top, what was at the top is at the right. */
static uint32_t *quarter_turn(const uint32_t *from, int width, int height)
{
	uint32_t *to = malloc((size_t)width * (size_t)height * 4);

	for (int y = 0; y < height && to != NULL; y++)
		for (int x = 0; x < width; x++)
			to[(ptrdiff_t)x * height + (height - 1 - y)] =
			    from[(ptrdiff_t)y * width + x];
	return to;
}

static uint32_t *turned(const uint32_t *from, int width, int height,
    int degrees)
{
	uint32_t *now = malloc((size_t)width * (size_t)height * 4);

	if (now != NULL)
		memcpy(now, from, (size_t)width * (size_t)height * 4);
	for (int i = 0; i < degrees / 90; i++) {
		uint32_t *next = quarter_turn(now, i % 2 == 0 ? width : height,
		    i % 2 == 0 ? height : width);

		free(now);
		now = next;
	}
	return now;
}

/* True when the screen shows this upright picture, turned. */
static bool card_shows(const uint32_t *upright, int width, int height,
    int degrees)
{
	int w = 0, h = 0;
	uint32_t *is = card_screen(&w, &h);
	uint32_t *should = turned(upright, width, height, degrees);
	bool side = degrees == 90 || degrees == 270;
	bool same = is != NULL && should != NULL &&
	    w == (side ? height : width) && h == (side ? width : height);

	for (ptrdiff_t i = 0; same && i < (ptrdiff_t)w * h; i++)
		same = (is[i] & 0xFFFFFF) == (should[i] & 0xFFFFFF);
	free(is);
	free(should);
	return same;
}

#endif
