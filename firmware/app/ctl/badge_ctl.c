#include "badge_ctl.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "ctl.h"
#include "firmware/app/control.h"
#include "firmware/app/hub/hub_admin.h"

/* Where the picture fails, the screen shows it: the badge is drawn already,
 * and nothing else knows its text. */
static int show(const char *who, char *badge, const char *png, struct err *e)
{
	int r = 0, shown = 0;

	badge[strcspn(badge, "\n")] = '\0';
	if (png != NULL)
		r = hub_admin_qr_png(badge, png, e);
	if (r < 0)
		(void)ctl_fail(e);
	if (png == NULL || r < 0)
		shown = hub_admin_qr_show(badge, e);
	printf("%s\n%s: this is shown once; print it and give it to its "
	       "owner alone\n",
	    badge, who);
	if (shown < 0)
		return ctl_fail(e);
	return r < 0 ? EXIT_COULD_NOT : EXIT_DONE;
}

int badge_ctl_draw(const struct office *o, const char *who, struct str line,
    const char *png, struct err *e)
{
	static char reply[CONTROL_REPLY + 64];
	int code;

	if (png != NULL && access(png, F_OK) == 0) {
		err_set(e, -EEXIST, "%s: exists already and stays", png);
		return ctl_fail(e);
	}
	code = ctl_ask(o, line, -1, reply, sizeof(reply), e);
	if (code < 0)
		return ctl_fail(e);
	if (code != EXIT_DONE)
		fputs(reply, stdout);
	else
		code = show(who, reply, png, e);
	sodium_memzero(reply, sizeof(reply));
	return code;
}
