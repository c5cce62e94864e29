/* The QR of an enrolment, on a terminal and as a picture. */
#include "hub_admin.h"

#include <errno.h>
#include <fcntl.h>
#include <png.h>
#include <qrencode.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ISO/IEC 18004: four light modules all round. */
enum { QUIET = 4, MODULE_PX = 8 };

static int encode(const char *text, QRcode **out, struct err *e)
{
	*out = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	if (*out == NULL)
		return err_set(e, -errno, "qr: the text does not fit: %s",
		    strerror(errno));
	return 0;
}

static bool is_dark(const QRcode *q, int x, int y)
{
	return x >= 0 && x < q->width && y >= 0 && y < q->width &&
	    (q->data[y * q->width + x] & 1) != 0;
}

int hub_admin_qr_show(const char *text, struct err *e)
{
	/* By (upper is light, lower is light): light modules are ink, as on
	 * a dark terminal; colours make sure of it. */
	static const char *const block[4] = {" ", "\xE2\x96\x84",
	    "\xE2\x96\x80", "\xE2\x96\x88"};
	bool colours = isatty(STDOUT_FILENO) != 0;
	QRcode *q;
	int r = encode(text, &q, e), x, y;

	if (r < 0)
		return r;
	for (y = -QUIET; y < q->width + QUIET; y += 2) {
		fputs(colours ? "\x1B[40;97m" : "", stdout);
		for (x = -QUIET; x < q->width + QUIET; x++)
			fputs(block[2 * !is_dark(q, x, y) +
				  !is_dark(q, x, y + 1)],
			    stdout);
		fputs(colours ? "\x1B[0m\n" : "\n", stdout);
	}
	QRcode_free(q);
	return 0;
}

/* One byte a pixel. */
static uint8_t *draw(const QRcode *q, int side)
{
	uint8_t *px = malloc((size_t)side * (size_t)side);

	for (int y = 0; px != NULL && y < side; y++)
		for (int x = 0; x < side; x++)
			px[y * side + x] = is_dark(q, x / MODULE_PX - QUIET,
					       y / MODULE_PX - QUIET)
			    ? 0
			    : 255;
	return px;
}

static int write_png(FILE *f, const uint8_t *px, int side)
{
	png_image image;

	memset(&image, 0, sizeof(image));
	image.version = PNG_IMAGE_VERSION;
	image.width = (png_uint_32)side;
	image.height = (png_uint_32)side;
	image.format = PNG_FORMAT_GRAY;
	return png_image_write_to_stdio(&image, f, 0, px, 0, NULL) ? 0 : -EIO;
}

int hub_admin_qr_png(const char *text, const char *path, struct err *e)
{
	int fd = -1, r, side;
	uint8_t *px = NULL;
	FILE *f = NULL;
	QRcode *q;

	r = encode(text, &q, e);
	if (r < 0)
		return r;
	side = (q->width + 2 * QUIET) * MODULE_PX;
	px = draw(q, side);
	QRcode_free(q);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		r = err_set(e, -errno, "%s: %s", path, strerror(errno));
		free(px);
		return r;
	}
	f = fdopen(fd, "w");
	r = px == NULL || f == NULL ? -ENOMEM : write_png(f, px, side);
	if (f != NULL && fclose(f) != 0 && r == 0)
		r = -errno;
	if (f == NULL)
		close(fd);
	free(px);
	if (r < 0) {
		unlink(path);
		return err_set(e, r, "%s: cannot be written: %s", path,
		    strerror(-r));
	}
	return 0;
}
