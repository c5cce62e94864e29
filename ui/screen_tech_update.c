/* An update from a stick: what is offered, how far it is, why it is not. */
#include "screen_tech.h"

#include <string.h>

static const struct tech_refusal refusals[UPDATE_REFUSALS] = {
    [UPDATE_REFUSAL_UNSET] = {MSG_TECH_UP_STOPPED, MSG_TECH_UP_NOTHING},
    [UPDATE_NO_STICK] = {MSG_TECH_R_NO_STICK, MSG_TECH_R_NO_STICK_DO},
    [UPDATE_NO_BUNDLE] = {MSG_TECH_R_NO_BUNDLE, MSG_TECH_R_NO_BUNDLE_DO},
    [UPDATE_TWO_BUNDLES] = {MSG_TECH_R_TWO, MSG_TECH_R_TWO_DO},
    [UPDATE_TOO_BIG] = {MSG_TECH_R_TOO_BIG, MSG_TECH_R_SOURCE_DO},
    [UPDATE_WRONG_FS] = {MSG_TECH_R_WRONG_FS, MSG_TECH_R_FORMAT_DO},
    [UPDATE_DAMAGED_FS] = {MSG_TECH_R_DAMAGED_FS, MSG_TECH_R_FORMAT_DO},
    [UPDATE_STICK_GONE] = {MSG_TECH_R_GONE, MSG_TECH_R_GONE_DO},
    [UPDATE_READ_ERROR] = {MSG_TECH_R_READ, MSG_TECH_R_OTHER_DO},
    [UPDATE_CORRUPT] = {MSG_TECH_R_CORRUPT, MSG_TECH_R_FILE_DO},
    [UPDATE_TRUNCATED] = {MSG_TECH_R_TRUNCATED, MSG_TECH_R_FILE_DO},
    [UPDATE_NOT_A_BUNDLE] = {MSG_TECH_R_NOT_BUNDLE, MSG_TECH_R_SOURCE_DO},
    [UPDATE_UNSIGNED] = {MSG_TECH_R_UNSIGNED, MSG_TECH_R_SOURCE_DO},
    [UPDATE_WRONG_SIGNER] = {MSG_TECH_R_SIGNER, MSG_TECH_R_SOURCE_DO},
    [UPDATE_SIGNING_TIME] = {MSG_TECH_R_TIME, MSG_TECH_R_SOURCE_DO},
    [UPDATE_REVOKED] = {MSG_TECH_R_REVOKED, MSG_TECH_R_NEWER_DO},
    [UPDATE_WRONG_PRODUCT] = {MSG_TECH_R_PRODUCT, MSG_TECH_R_PRODUCT_DO},
    [UPDATE_DOWNGRADE] = {MSG_TECH_R_DOWNGRADE, MSG_TECH_R_NEWER_DO},
    [UPDATE_SAME_VERSION] = {MSG_TECH_R_SAME, MSG_TECH_R_SAME_DO},
    [UPDATE_BELOW_FLOOR] = {MSG_TECH_R_FLOOR, MSG_TECH_R_NEWER_DO},
    [UPDATE_BAD_RELEASE] = {MSG_TECH_R_RELEASE, MSG_TECH_R_SOURCE_DO},
    [UPDATE_NO_ROOM] = {MSG_TECH_R_ROOM, MSG_TECH_R_ROOM_DO},
    [UPDATE_SLOT_WRITE] = {MSG_TECH_R_SLOT, MSG_TECH_R_SLOT_DO},
    [UPDATE_CHANGED] = {MSG_TECH_R_CHANGED, MSG_TECH_R_OTHER_DO},
    [UPDATE_STICK_IS_MORE] = {MSG_TECH_R_MORE, MSG_TECH_R_MORE_DO},
    [UPDATE_BUSY] = {MSG_TECH_R_BUSY, MSG_TECH_R_BUSY_DO},
    [UPDATE_SLOT_SICK] = {MSG_TECH_R_SICK, MSG_TECH_R_SICK_DO},
    [UPDATE_INTERNAL] = {MSG_TECH_R_INTERNAL, MSG_TECH_R_INTERNAL_DO},
};

struct tech_refusal tech_refusal(enum update_refusal r)
{
	if (r >= UPDATE_REFUSALS || refusals[r].why == MSG_NONE)
		return refusals[UPDATE_INTERNAL];
	return refusals[r];
}

/* A text under its name. */
static void fact(struct build *b, struct box x, enum msg_id name,
    const char *value)
{
	double part = x.h * 0.46;

	build_text(b, (struct box){x.x, x.y, x.w, part},
	    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2, ALIGN_LEFT), 1,
	    build_msg(b, name));
	tech_text_cut(b, (struct box){x.x, x.y + part, x.w, x.h - part},
	    build_style(b, FONT_BOLD, TYPE_LABEL, COL_INK, ALIGN_LEFT), 1,
	    value);
}

static struct words versions(const struct update_report *r)
{
	struct words from = tech_version(r->from), to = tech_version(r->to);
	struct words out;
	struct buf buf;

	buf_init(&buf, out.text, sizeof(out.text));
	buf_fmt(&buf, "%.40s → %.40s", from.text, to.text);
	(void)buf_cstr(&buf);
	return out;
}

static struct words security(const struct build *b,
    const struct update_report *r)
{
	struct words of = build_number((int32_t)r->security);
	struct words floor = build_number((int32_t)r->floor);

	if (r->security == 0)
		return build_text_of(b, MSG_TECH_UP_UNKNOWN);
	return build_fill(b, MSG_TECH_UP_AT_LEAST, of.text, floor.text);
}

static struct words signed_on(const struct build *b,
    const struct update_report *r)
{
	if (r->signed_s <= 0)
		return build_text_of(b, MSG_TECH_UP_UNKNOWN);
	return build_date(b,
	    civil_local(r->signed_s, b->x->rules.offset_s).day);
}

static void offered(struct build *b)
{
	static const struct band band = {ICON_UP, COL_BRAND, COL_CARD, COL_INK,
	    COL_BRAND};
	const struct update_report *r = &b->x->session.report;
	const struct tech_footer f = {.primary = {TECH_PRESS_CONFIRM, ICON_UP,
					  build_msg(b, MSG_TECH_UP_INSTALL)}};
	struct words on = signed_on(b, r), sec = security(b, r);
	struct words title = versions(r);
	bool wide = b->t->wide;
	double pad = wide ? 4 : 10, line;
	struct box x;

	tech_footer(b, &f);
	x = build_band(b, &band, build_msg(b, MSG_TECH_UP_OFFERED),
	    build_msg(b, MSG_TECH_UP_OFFERED_SUB));
	if (!wide && x.h > 200)
		x.h = 200;
	build_card(b, x);
	line = (x.h - pad) / 4;
	x = (struct box){x.x + pad, x.y + pad / 2, x.w - 2 * pad, line};
	fact(b, x, MSG_TECH_L_VERSION, title.text);
	x.y += line;
	fact(b, x, MSG_TECH_UP_SIGNER, r->signer);
	x.y += line;
	fact(b, x, MSG_TECH_UP_SIGNED, on.text);
	x.y += line;
	fact(b, x, MSG_TECH_UP_SECURITY, sec.text);
}

/* Megabytes, of which a stick's maker says a million bytes. */
static struct words megabytes(const struct build *b,
    const struct update_report *r)
{
	struct words done = build_number((int32_t)(r->done_bytes / 1000000));
	struct words all = build_number(
	    (int32_t)((r->total_bytes + 999999) / 1000000));

	return build_fill(b, MSG_TECH_UP_OF, done.text, all.text);
}

static void bar(struct build *b, struct box x, const struct update_report *r)
{
	double part = r->total_bytes > 0
	    ? (double)r->done_bytes / (double)r->total_bytes
	    : 0;
	double edge = b->t->wide ? 0.8 : 1.6;

	part = part < 0 ? 0 : part > 1 ? 1 : part;
	build_box(b, x, COL_CARD, COL_BORDER, x.h / 4);
	x = (struct box){x.x + edge, x.y + edge, (x.w - 2 * edge) * part,
	    x.h - 2 * edge};
	if (x.w > 0)
		build_box(b, x, COL_BRAND, COL_NONE, 0);
}

static void progress(struct build *b)
{
	static const enum msg_id title[UPDATE_PHASES] = {
	    [UPDATE_LOOKING] = MSG_TECH_UP_LOOKING,
	    [UPDATE_COPYING] = MSG_TECH_UP_COPYING,
	    [UPDATE_VERIFYING] = MSG_TECH_UP_VERIFYING,
	    [UPDATE_WRITING] = MSG_TECH_UP_WRITING,
	    [UPDATE_CHECKING] = MSG_TECH_UP_CHECKING};
	const struct update_report *r = &b->x->session.report;
	bool stick = r->phase == UPDATE_LOOKING || r->phase == UPDATE_COPYING;
	bool bytes = r->phase == UPDATE_COPYING || r->phase == UPDATE_WRITING;
	const struct tech_footer f = {
	    .secondary = {TECH_PRESS_CANCEL, ICON_NONE,
		tech_can_cancel(r) ? build_msg(b, MSG_TECH_UP_STOP) : NULL}};
	enum msg_id sub = stick ? MSG_TECH_UP_STAY : MSG_TECH_UP_MAY_PULL;
	struct words text = megabytes(b, r);
	bool wide = b->t->wide;
	struct box x;

	tech_footer(b, &f);
	if (!bytes) {
		tech_message(b, &band_busy, build_msg(b, title[r->phase]),
		    build_msg(b, sub));
		return;
	}
	x = build_band(b, &band_busy, build_msg(b, title[r->phase]),
	    build_msg(b, sub));
	build_text(b, (struct box){x.x, x.y, x.w, wide ? 18 : 40},
	    build_style(b, FONT_BOLD, TYPE_TITLE, COL_INK, ALIGN_LEFT), 1,
	    text.text);
	bar(b, (struct box){x.x, x.y + (wide ? 22 : 48), x.w, wide ? 10 : 22},
	    r);
}

static void idle(struct build *b)
{
	static const struct band band = {ICON_UP, COL_BRAND, COL_CARD, COL_INK,
	    COL_BRAND};
	const struct tech_session *s = &b->x->session;
	bool nobody = s->report.phase == UPDATE_UNSET;
	struct tech_footer f = {.primary = {TECH_PRESS_START, ICON_STICK,
				    build_msg(b, MSG_TECH_UP_LOOK)}};
	struct outcome o = {.band = &band,
	    .title = build_msg(b, MSG_TECH_UP_IDLE),
	    .sub = build_text_of(b, MSG_TECH_UP_IDLE_SUB),
	    .label = build_msg(b, MSG_TECH_UP_RUNS),
	    .big = tech_version(s->report.from),
	    .role = TYPE_TITLE};

	if (nobody) {
		f.primary.text = NULL;
		tech_footer(b, &f);
		tech_message(b, &band_bad, build_msg(b, MSG_TECH_UP_NOBODY),
		    build_msg(b, MSG_TECH_UP_NOBODY_DO));
		return;
	}
	if (s->work == TECH_WORK_BAD) {
		o.band = &band_bad;
		o.title = build_msg(b, MSG_TECH_NOT_YET);
		o.sub = build_text_of(b, MSG_TECH_NO_ANSWER);
	}
	tech_footer(b, &f);
	build_answer(b, &o);
}

static void ready(struct build *b)
{
	const struct update_report *r = &b->x->session.report;
	const struct tech_footer f = {.primary = {TECH_PRESS_RESTART, ICON_SYNC,
					  build_msg(b, MSG_TECH_UP_RESTART)}};
	const struct outcome o = {.band = &band_ok,
	    .title = build_msg(b, MSG_TECH_UP_READY),
	    .sub = build_text_of(b, MSG_TECH_UP_READY_SUB),
	    .big = versions(r),
	    .role = TYPE_TITLE};

	tech_footer(b, &f);
	build_answer(b, &o);
}

static void refused(struct build *b)
{
	const struct update_report *r = &b->x->session.report;
	struct tech_refusal why = tech_refusal(r->refusal);
	const struct tech_footer f = {.primary = {TECH_PRESS_START, ICON_STICK,
					  build_msg(b, MSG_TECH_UP_LOOK)}};
	const struct outcome o = {.band = &band_bad,
	    .title = build_msg(b, MSG_TECH_UP_REFUSED),
	    .sub = build_text_of(b, MSG_TECH_UP_NOTHING),
	    .big = build_text_of(b, why.why),
	    .todo = build_text_of(b, why.todo),
	    .role = TYPE_HEAD};

	tech_footer(b, &f);
	build_answer(b, &o);
}

void tech_update(struct build *b)
{
	switch (b->x->session.report.phase) {
	case UPDATE_OFFERED:
		offered(b);
		return;
	case UPDATE_LOOKING:
	case UPDATE_COPYING:
	case UPDATE_VERIFYING:
	case UPDATE_WRITING:
	case UPDATE_CHECKING:
		progress(b);
		return;
	case UPDATE_READY:
		ready(b);
		return;
	case UPDATE_RESTARTING:
		tech_done(b);
		return;
	case UPDATE_REFUSED:
		refused(b);
		return;
	case UPDATE_UNSET:
	case UPDATE_IDLE:
	case UPDATE_PHASES:
		break;
	}
	idle(b);
}
