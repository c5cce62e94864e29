/*
 * USB devices of the whole-machine tests, behind QEMU's usb-redir.
 *
 *   usb-device keyboard SOCKET   a scanner that types (HID boot keyboard,
 *                                0c2e:0b61)
 *   usb-device hidpos SOCKET     a scanner of HID POS 1.02 (05e0:1200)
 *   usb-device touch SOCKET      a multitouch screen, two fingers
 *   usb-device evil SOCKET       a stick that is a keyboard besides
 *
 * It obeys lines on standard input and answers each with "ok", or "no" when
 * the guest does not read the device or the line is not understood:
 *
 *   plug, unplug
 *   type TEXT            keys of a keyboard, Enter behind it
 *   code TEXT            HID POS: one code
 *   down F X Y           finger F (0, 1) at X, Y of 0..32767
 *   up F
 *   state                "ok plugged=0|1 configured=N resets=N read=0|1"
 *   quit
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <usbredirproto.h>

#include "redir.h"

enum { LINE = 1024, HIDPOS_DATA = 56, FINGERS = 2, WAIT_MS = 1000 };
enum { KEY_ENTER = 0x28, KEY_A = 0x04, KEY_1 = 0x1e, KEY_0 = 0x27, SHIFT = 2 };

/* HID 1.11 appendix B.1 */
static const uint8_t keyboard_report[] = {0x05, 0x01, 0x09, 0x06, 0xa1, 0x01,
    0x05, 0x07, 0x19, 0xe0, 0x29, 0xe7, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01,
    0x95, 0x08, 0x81, 0x02, 0x95, 0x01, 0x75, 0x08, 0x81, 0x01, 0x95, 0x06,
    0x75, 0x08, 0x15, 0x00, 0x25, 0x65, 0x05, 0x07, 0x19, 0x00, 0x29, 0x65,
    0x81, 0x00, 0xc0};

/* HID Point of Sale Usage Tables 1.02, page 8C: byte count, decoded data. */
static const uint8_t hidpos_report[] = {0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01,
    0x85, 0x02, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x01, 0x05,
    0x01, 0x09, 0x3b, 0x81, 0x02, 0x05, 0x8c, 0x09, 0xfe, 0x95, HIDPOS_DATA,
    0x82, 0x02, 0x01, 0xc0};

/* One finger: tip, padding, id, x, y. */
#define FINGER \
	0x05, 0x0d, 0x09, 0x22, 0xa1, 0x02, 0x09, 0x42, 0x15, 0x00, 0x25, \
	    0x01, 0x75, 0x01, 0x95, 0x01, 0x81, 0x02, 0x95, 0x07, 0x81, 0x03, \
	    0x09, 0x51, 0x25, 0x7f, 0x75, 0x08, 0x95, 0x01, 0x81, 0x02, 0x05, \
	    0x01, 0x26, 0xff, 0x7f, 0x75, 0x10, 0x09, 0x30, 0x46, 0xff, 0x7f, \
	    0x81, 0x02, 0x09, 0x31, 0x81, 0x02, 0xc0

/* HID Usage Tables, page 0D: a touch screen of two contacts. */
static const uint8_t touch_report[] = {0x05, 0x0d, 0x09, 0x04, 0xa1, 0x01, 0x85,
    0x01, FINGER, FINGER, 0x05, 0x0d, 0x09, 0x54, 0x15, 0x00, 0x25, 0x7f, 0x75,
    0x08, 0x95, 0x01, 0x81, 0x02, 0x85, 0x02, 0x09, 0x55, 0x25, 0x7f, 0xb1,
    0x02, 0xc0};

/* An interface of class 3 with one interrupt IN endpoint of 64 bytes. */
#define HID_INTERFACE(n, sub, proto, report) \
	9, 4, (n), 0, 1, 3, (sub), (proto), 0, 9, 0x21, 0x11, 0x01, 0, 1, \
	    0x22, sizeof(report), 0, 7, 5, 0x81 + (n), 3, 64, 0, 4
/* Mass storage, bulk only. */
#define STORAGE_INTERFACE(n) \
	9, 4, (n), 0, 2, 8, 6, 0x50, 0, 7, 5, 0x83, 2, 0, 2, 0, 7, 5, 0x04, 2, \
	    0, 2, 0
#define CONFIG(bytes, faces) 9, 2, (bytes), 0, (faces), 1, 0, 0x80, 50

enum { CONFIG_HEAD = 9, HID_BYTES = 25, STORAGE_BYTES = 23 };

struct kind {
	const char *name;
	uint16_t vendor, product;
	const char *text;
	uint8_t config[128];
	size_t config_len;
	const uint8_t *report;
	size_t report_len;
};

#define ONE CONFIG_HEAD + HID_BYTES

static const struct kind kinds[] = {
    {"keyboard", 0x0c2e, 0x0b61, "Bar Code Scanner",
	{CONFIG(ONE, 1), HID_INTERFACE(0, 1, 1, keyboard_report)}, ONE,
	keyboard_report, sizeof(keyboard_report)},
    {"hidpos", 0x05e0, 0x1200, "HID POS Scanner",
	{CONFIG(ONE, 1), HID_INTERFACE(0, 0, 0, hidpos_report)}, ONE,
	hidpos_report, sizeof(hidpos_report)},
    {"touch", 0x2149, 0x2703, "Touch Screen",
	{CONFIG(ONE, 1), HID_INTERFACE(0, 0, 0, touch_report)}, ONE,
	touch_report, sizeof(touch_report)},
    {"evil", 0x0951, 0x1666, "DataTraveler",
	{CONFIG(ONE + STORAGE_BYTES, 2),
	    HID_INTERFACE(0, 1, 1, keyboard_report), STORAGE_INTERFACE(1)},
	ONE + STORAGE_BYTES, keyboard_report, sizeof(keyboard_report)},
};

static struct redir redir;
static const struct kind *kind;
static struct {
	bool down;
	uint16_t x, y;
} finger[FINGERS];

static bool control(void *ctx, const struct redir_setup *s, uint8_t *data,
    size_t *len)
{
	(void)ctx;
	/* HID GET_REPORT of the feature report: how many fingers */
	if (s->type != 0xa1 || s->request != 1 || s->value != 0x0302)
		return false;
	data[0] = 2;
	data[1] = FINGERS;
	*len = 2;
	return true;
}

static void look_like(const struct kind *k)
{
	uint8_t device[18] = {18, 1, 0, 2, 0, 0, 0, 64, (uint8_t)k->vendor,
	    (uint8_t)(k->vendor >> 8), (uint8_t)k->product,
	    (uint8_t)(k->product >> 8), 0, 1, 1, 2, 3, 1};

	memcpy(redir.look.device, device, sizeof(device));
	memcpy(redir.look.config, k->config, k->config_len);
	redir.look.config_len = k->config_len;
	redir.look.report[0] = k->report;
	redir.look.report_len[0] = k->report_len;
	redir.look.string[1] = "Karcis tests";
	redir.look.string[2] = k->text;
	redir.look.string[3] = "0001";
	redir.control = control;
}

/* ---- what it says ---- */

static bool press(uint8_t modifier, uint8_t key)
{
	uint8_t down[8] = {modifier, 0, key}, up[8] = {0};

	return redir_interrupt(&redir, 0x81, down, sizeof(down)) &&
	    redir_interrupt(&redir, 0x81, up, sizeof(up));
}

static bool type_one(char c)
{
	static const char marks[] = "-=[]\\;'`,./";
	static const uint8_t codes[] = {0x2d, 0x2e, 0x2f, 0x30, 0x31, 0x33,
	    0x34, 0x35, 0x36, 0x37, 0x38};
	const char *mark = strchr(marks, c);

	if (c >= 'a' && c <= 'z')
		return press(0, (uint8_t)(KEY_A + c - 'a'));
	if (c >= 'A' && c <= 'Z')
		return press(SHIFT, (uint8_t)(KEY_A + c - 'A'));
	if (c >= '1' && c <= '9')
		return press(0, (uint8_t)(KEY_1 + c - '1'));
	if (c == '0')
		return press(0, KEY_0);
	return c != '\0' && mark != NULL && press(0, codes[mark - marks]);
}

static bool type_text(const char *text)
{
	bool good = *text != '\0';

	for (; good && *text != '\0'; text++)
		good = type_one(*text);
	return good && press(0, KEY_ENTER);
}

static bool say_code(const char *text)
{
	uint8_t report[2 + HIDPOS_DATA] = {2};
	size_t n = strlen(text);

	if (n == 0 || n > HIDPOS_DATA)
		return false;
	report[1] = (uint8_t)n;
	memcpy(report + 2, text, n);
	return redir_interrupt(&redir, 0x81, report, sizeof(report));
}

/* Every report has both fingers, as a hybrid-free screen sends them. */
static bool say_fingers(void)
{
	uint8_t report[2 + FINGERS * 6] = {1};
	size_t n = 1;

	for (unsigned i = 0; i < FINGERS; i++) {
		report[n++] = finger[i].down;
		report[n++] = (uint8_t)i;
		report[n++] = (uint8_t)finger[i].x;
		report[n++] = (uint8_t)(finger[i].x >> 8);
		report[n++] = (uint8_t)finger[i].y;
		report[n++] = (uint8_t)(finger[i].y >> 8);
	}
	report[n++] = FINGERS;
	return redir_interrupt(&redir, 0x81, report, n);
}

static bool put_finger(const char *words)
{
	unsigned f, x, y;

	if (sscanf(words, "%u %u %u", &f, &x, &y) != 3 || f >= FINGERS ||
	    x > 32767 || y > 32767)
		return false;
	finger[f].down = true;
	finger[f].x = (uint16_t)x;
	finger[f].y = (uint16_t)y;
	return say_fingers();
}

static bool lift_finger(const char *words)
{
	unsigned long f = strtoul(words, NULL, 10);

	if (f >= FINGERS)
		return false;
	finger[f].down = false;
	return say_fingers();
}

/* ---- lines ---- */

static bool is(const char *name)
{
	return strcmp(kind->name, name) == 0;
}

static bool obey(const char *word, const char *rest)
{
	bool keys = is("keyboard") || is("evil");

	if (strcmp(word, "plug") == 0)
		redir_plug(&redir);
	else if (strcmp(word, "unplug") == 0)
		redir_unplug(&redir);
	else if (strcmp(word, "type") == 0)
		return keys && type_text(rest);
	else if (strcmp(word, "code") == 0)
		return is("hidpos") && say_code(rest);
	else if (strcmp(word, "down") == 0)
		return is("touch") && put_finger(rest);
	else if (strcmp(word, "up") == 0)
		return is("touch") && lift_finger(rest);
	else
		return false;
	return true;
}

/* False: quit. */
static bool take_line(const char *line)
{
	char word[16] = "";
	int used = 0;

	if (strcmp(line, "quit") == 0)
		return false;
	if (strcmp(line, "state") == 0) {
		printf("ok plugged=%d configured=%d resets=%u read=%d\n",
		    redir.connected, redir.configuration, redir.resets,
		    redir.polled[1]);
		return true;
	}
	(void)sscanf(line, "%15s %n", word, &used);
	printf(obey(word, line + used) ? "ok\n" : "no\n");
	return true;
}

/* False at the end of standard input or at `quit`. */
static bool read_lines(void)
{
	static char text[LINE];
	static size_t len;
	ssize_t r = read(0, text + len, sizeof(text) - 1 - len);
	char *end;

	if (r <= 0)
		return false;
	len += (size_t)r;
	text[len] = '\0';
	while ((end = strchr(text, '\n')) != NULL) {
		*end = '\0';
		if (!take_line(text))
			return false;
		len -= (size_t)(end + 1 - text);
		memmove(text, end + 1, len + 1);
	}
	return len < sizeof(text) - 1;
}

int main(int argc, char **argv)
{
	struct pollfd fds[3];

	for (size_t i = 0; argc == 3 && i < sizeof(kinds) / sizeof(kinds[0]);
	     i++)
		if (strcmp(argv[1], kinds[i].name) == 0)
			kind = &kinds[i];
	if (kind == NULL) {
		fprintf(stderr,
		    "usage: usb-device keyboard|hidpos|touch|evil "
		    "SOCKET\n");
		return 2;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	look_like(kind);
	if (!redir_open(&redir, argv[2]))
		return 1;
	for (bool go = true; go;) {
		int n = 1 + redir_pollfds(&redir, fds + 1);

		fds[0] = (struct pollfd){.fd = 0, .events = POLLIN};
		(void)poll(fds, (nfds_t)n, WAIT_MS);
		if (fds[0].revents != 0)
			go = read_lines();
		redir_service(&redir);
		/* A stick that is never to be read answers nothing. */
		while (redir.transfers > 0)
			redir_complete(&redir, 0, usb_redir_stall, NULL);
	}
	redir_close(&redir);
	(void)unlink(argv[2]);
	return 0;
}
