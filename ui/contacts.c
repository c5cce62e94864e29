#include "contacts.h"

#include <linux/input-event-codes.h>

enum { NO_SLOT = -1 };

static struct contact *current(struct contacts *c)
{
	return c->slot < 0 || c->slot >= CONTACTS_MAX ? NULL
						      : &c->contact[c->slot];
}

void contacts_begin(struct contacts *c, int slot, int32_t x, int32_t y)
{
	if (slot < 0 || slot >= CONTACTS_MAX)
		return;
	c->contact[slot] = (struct contact){.down = true,
	    .ignored = true,
	    .x = x,
	    .y = y};
}

static void put_down(struct contact *f, bool down)
{
	if (down && f->told && !f->down)
		f->again = true;
	if (!down)
		f->ignored = false;
	f->down = down;
}

/* A new number in a slot that is in use is another finger. */
static void number(struct contact *f, int32_t tracking_id)
{
	if (tracking_id >= 0 && f->down)
		put_down(f, false);
	put_down(f, tracking_id >= 0);
}

static void take_slots(struct contacts *c, unsigned type, unsigned code,
    int32_t value)
{
	struct contact *f = current(c);

	if (type != EV_ABS)
		return;
	if (code == ABS_MT_SLOT)
		c->slot = value >= 0 && value < CONTACTS_MAX ? value : NO_SLOT;
	else if (f == NULL)
		return;
	else if (code == ABS_MT_TRACKING_ID)
		number(f, value);
	else if (code == ABS_MT_POSITION_X)
		f->x = value;
	else if (code == ABS_MT_POSITION_Y)
		f->y = value;
}

static void take_single(struct contacts *c, unsigned type, unsigned code,
    int32_t value)
{
	struct contact *f = &c->contact[0];

	if (type == EV_KEY && (code == BTN_TOUCH || code == BTN_LEFT))
		put_down(f, value != 0);
	else if (type == EV_ABS && code == ABS_X)
		f->x = value;
	else if (type == EV_ABS && code == ABS_Y)
		f->y = value;
}

static void take_frames(struct contacts *c, unsigned type, unsigned code,
    int32_t value)
{
	struct contact *f = &c->contact[0];

	if (type == EV_SYN && code == SYN_MT_REPORT)
		c->frame_full = c->frame_has;
	if (type != EV_ABS || c->frame_full)
		return;
	if (code == ABS_MT_POSITION_X)
		f->x = value;
	else if (code == ABS_MT_POSITION_Y)
		f->y = value;
	c->frame_has = c->frame_has || code == ABS_MT_POSITION_X ||
	    code == ABS_MT_POSITION_Y;
}

bool contacts_take(struct contacts *c, unsigned type, unsigned code,
    int32_t value)
{
	switch (c->kind) {
	case CONTACTS_UNSET:
		return false;
	case CONTACTS_SLOTS:
		take_slots(c, type, code, value);
		break;
	case CONTACTS_SINGLE:
		take_single(c, type, code, value);
		break;
	case CONTACTS_FRAMES:
		take_frames(c, type, code, value);
		break;
	}
	if (type != EV_SYN || code != SYN_REPORT || c->lost)
		return false;
	if (c->kind == CONTACTS_FRAMES) {
		put_down(&c->contact[0], c->frame_has);
		c->frame_has = c->frame_full = false;
	}
	c->at = 0;
	return true;
}

static bool give(const struct contacts *c, struct contact *f,
    enum input_kind kind, struct contacts_change *out)
{
	bool over = kind == INPUT_RELEASE || kind == INPUT_CANCEL;

	f->told = !over;
	if (!over) {
		f->told_x = f->x;
		f->told_y = f->y;
	}
	*out = (struct contacts_change){kind, c->at, f->told_x, f->told_y};
	return true;
}

static bool change(struct contacts *c, struct contact *f,
    struct contacts_change *out)
{
	if (f->told && (!f->down || f->again)) {
		f->again = false;
		return give(c, f, c->lost ? INPUT_CANCEL : INPUT_RELEASE, out);
	}
	if (!f->down || f->ignored)
		return false;
	if (!f->told)
		return give(c, f, INPUT_PRESS, out);
	if (f->x == f->told_x && f->y == f->told_y)
		return false;
	return give(c, f, INPUT_MOVE, out);
}

bool contacts_next(struct contacts *c, struct contacts_change *out)
{
	for (; c->at < CONTACTS_MAX; c->at++) {
		if (change(c, &c->contact[c->at], out))
			return true;
	}
	c->lost = false;
	return false;
}

void contacts_lost(struct contacts *c)
{
	struct contact *f = &c->contact[0];

	c->lost = true;
	if (c->kind != CONTACTS_FRAMES)
		return;
	/* Nothing can be asked about these: the finger, if it is still there,
	 * is of no use. */
	c->frame_has = c->frame_full = false;
	f->down = false;
	f->ignored = true;
}

void contacts_found(struct contacts *c)
{
	c->at = 0;
}

bool contacts_end(struct contacts *c, struct contacts_change *out)
{
	for (int i = 0; i < CONTACTS_MAX; i++)
		c->contact[i].down = false;
	c->at = 0;
	c->lost = true;
	return contacts_next(c, out);
}
