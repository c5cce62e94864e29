#include "wedge.h"

enum { RELEASED = 0, PRESSED = 1 };

/* US layout, the layout of every wedge as delivered. 0 = not a character. */
struct key {
	char plain, shifted;
};

static const struct key KEYS[] = {
    [KEY_1] = {'1', '!'},
    [KEY_2] = {'2', '@'},
    [KEY_3] = {'3', '#'},
    [KEY_4] = {'4', '$'},
    [KEY_5] = {'5', '%'},
    [KEY_6] = {'6', '^'},
    [KEY_7] = {'7', '&'},
    [KEY_8] = {'8', '*'},
    [KEY_9] = {'9', '('},
    [KEY_0] = {'0', ')'},
    [KEY_MINUS] = {'-', '_'},
    [KEY_EQUAL] = {'=', '+'},
    [KEY_TAB] = {'\t', '\t'},
    [KEY_Q] = {'q', 'Q'},
    [KEY_W] = {'w', 'W'},
    [KEY_E] = {'e', 'E'},
    [KEY_R] = {'r', 'R'},
    [KEY_T] = {'t', 'T'},
    [KEY_Y] = {'y', 'Y'},
    [KEY_U] = {'u', 'U'},
    [KEY_I] = {'i', 'I'},
    [KEY_O] = {'o', 'O'},
    [KEY_P] = {'p', 'P'},
    [KEY_LEFTBRACE] = {'[', '{'},
    [KEY_RIGHTBRACE] = {']', '}'},
    [KEY_ENTER] = {'\r', '\r'},
    [KEY_A] = {'a', 'A'},
    [KEY_S] = {'s', 'S'},
    [KEY_D] = {'d', 'D'},
    [KEY_F] = {'f', 'F'},
    [KEY_G] = {'g', 'G'},
    [KEY_H] = {'h', 'H'},
    [KEY_J] = {'j', 'J'},
    [KEY_K] = {'k', 'K'},
    [KEY_L] = {'l', 'L'},
    [KEY_SEMICOLON] = {';', ':'},
    [KEY_APOSTROPHE] = {'\'', '"'},
    [KEY_GRAVE] = {'`', '~'},
    [KEY_BACKSLASH] = {'\\', '|'},
    [KEY_Z] = {'z', 'Z'},
    [KEY_X] = {'x', 'X'},
    [KEY_C] = {'c', 'C'},
    [KEY_V] = {'v', 'V'},
    [KEY_B] = {'b', 'B'},
    [KEY_N] = {'n', 'N'},
    [KEY_M] = {'m', 'M'},
    [KEY_COMMA] = {',', '<'},
    [KEY_DOT] = {'.', '>'},
    [KEY_SLASH] = {'/', '?'},
    [KEY_KPASTERISK] = {'*', '*'},
    [KEY_SPACE] = {' ', ' '},
    [KEY_KP7] = {'7', '7'},
    [KEY_KP8] = {'8', '8'},
    [KEY_KP9] = {'9', '9'},
    [KEY_KPMINUS] = {'-', '-'},
    [KEY_KP4] = {'4', '4'},
    [KEY_KP5] = {'5', '5'},
    [KEY_KP6] = {'6', '6'},
    [KEY_KPPLUS] = {'+', '+'},
    [KEY_KP1] = {'1', '1'},
    [KEY_KP2] = {'2', '2'},
    [KEY_KP3] = {'3', '3'},
    [KEY_KP0] = {'0', '0'},
    [KEY_KPDOT] = {'.', '.'},
    [KEY_KPENTER] = {'\r', '\r'},
    [KEY_KPSLASH] = {'/', '/'},
};

static const unsigned MODIFIERS[] = {
    KEY_LEFTSHIFT,
    KEY_RIGHTSHIFT,
    KEY_LEFTCTRL,
    KEY_RIGHTCTRL,
    KEY_LEFTALT,
    KEY_RIGHTALT,
    KEY_LEFTMETA,
    KEY_RIGHTMETA,
};
enum { SHIFTS = 0x03 }; /* the first two; any other makes no character */

/* The bit of a modifier, 0 = it is none. */
static unsigned modifier(unsigned code)
{
	for (size_t i = 0; i < ARRAY_LEN(MODIFIERS); i++)
		if (MODIFIERS[i] == code)
			return 1U << i;
	return 0;
}

void wedge_hold(struct wedge_keys *k, unsigned code, int value)
{
	unsigned bit = modifier(code);

	k->down = (uint8_t)(value == RELEASED ? k->down & ~bit : k->down | bit);
}

static unsigned char_of(const struct wedge_keys *k, unsigned code)
{
	const struct key *key = code < ARRAY_LEN(KEYS) ? &KEYS[code] : NULL;
	bool shift = (k->down & SHIFTS) != 0;

	if (key == NULL || (k->down & ~SHIFTS) != 0)
		return 0;
	if (k->caps && key->plain >= 'a' && key->plain <= 'z')
		shift = !shift;
	return (unsigned char)(shift ? key->shifted : key->plain);
}

bool wedge_event(struct wedge_keys *k, unsigned code, int value, unsigned *byte)
{
	*byte = 0;
	if (modifier(code) != 0) {
		wedge_hold(k, code, value);
		return false;
	}
	if (value != PRESSED || code == KEY_NUMLOCK)
		return false;
	if (code == KEY_CAPSLOCK) {
		k->caps = !k->caps;
		return false;
	}
	*byte = char_of(k, code);
	return true;
}

int64_t wedge_event_ms(const struct input_event *ev)
{
	return (int64_t)ev->input_event_sec * 1000 +
	    (int64_t)ev->input_event_usec / 1000;
}

bool wedge_take(struct wedge_keys *k, struct scan_line *line,
    const struct input_event *ev, struct scan *out)
{
	unsigned byte;

	return ev->type == EV_KEY &&
	    wedge_event(k, ev->code, ev->value, &byte) &&
	    scan_line_byte(line, byte, wedge_event_ms(ev), out);
}
