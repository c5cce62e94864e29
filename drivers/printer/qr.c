#include "qr.h"

#include <errno.h>
#include <qrencode.h>
#include <string.h>

enum { QR_VERSION = 8 };

static bool all_digits(const char *s)
{
	size_t i;

	for (i = 0; i < TICKET_DIGITS; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return s[i] == '\0';
}

int qr_draw(const char *digits, struct qr_grid *out, struct err *e)
{
	unsigned char text[TICKET_DIGITS];
	QRinput *in = NULL;
	QRcode *code = NULL;
	int r = 0, x, y;

	memset(out, 0, sizeof(*out));
	if (!all_digits(digits))
		return err_set(e, -EINVAL, "qr: not %d digits", TICKET_DIGITS);
	memcpy(text, digits, sizeof(text));
	in = QRinput_new2(QR_VERSION, QR_ECLEVEL_H);
	if (in != NULL &&
	    QRinput_append(in, QR_MODE_NUM, TICKET_DIGITS, text) == 0)
		code = QRcode_encodeInput(in);
	if (code == NULL || code->width != QR_MODULES)
		r = err_set(e, -ENOMEM, "qr: the encoder gave no symbol");
	for (y = 0; r == 0 && y < QR_MODULES; y++)
		for (x = 0; x < QR_MODULES; x++)
			out->dark[y][x] = code->data[y * QR_MODULES + x] & 1;
	QRcode_free(code);
	QRinput_free(in);
	return r;
}
