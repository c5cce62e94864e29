/* What karcis-update reads of others: requests, reports, the release text of
 * an image, the manifest of a bundle, the boot sector of a stick. The first
 * byte picks. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/core/update_wire.h"
#include "firmware/update/manifest.h"
#include "firmware/update/stick_inner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read is written as it was read again. */
static void report(struct str text)
{
	static struct update_report r, again;
	char room[UPDATE_REPORT_BYTES];
	struct buf b;

	if (!update_report_parse(text, &r))
		return;
	buf_init(&b, room, sizeof(room));
	update_report_write(&r, &b);
	if (b.full || !update_report_parse(buf_view(&b), &again) ||
	    memcmp(&r, &again, sizeof(r)) != 0)
		abort();
}

static void request(struct str text)
{
	struct update_request r, again;
	char room[UPDATE_REQUEST_BYTES];
	struct buf b;

	if (!update_request_parse(text, &r))
		return;
	buf_init(&b, room, sizeof(room));
	update_request_write(&r, &b);
	if (b.full || !update_request_parse(buf_view(&b), &again) ||
	    r.kind != again.kind || r.id != again.id ||
	    r.clock_s != again.clock_s)
		abort();
}

static void release(struct str text)
{
	struct release r, again;
	char room[512];
	struct err e = {0};
	struct buf b;

	if (release_parse(text, &r, &e) < 0)
		return;
	buf_init(&b, room, sizeof(room));
	release_write(&r, &b);
	if (release_parse(buf_view(&b), &again, &e) < 0 ||
	    memcmp(&r, &again, sizeof(r)) != 0)
		abort();
}

static void manifest(struct str text)
{
	enum update_refusal why = UPDATE_REFUSAL_UNSET;
	struct manifest m;
	struct err e = {0};
	int r = manifest_parse(text, &m, &why, &e);

	/* A refusal has a reason and leaves nothing. */
	if ((r < 0) != (why != UPDATE_REFUSAL_UNSET) ||
	    (r < 0 && m.image_bytes != 0) || (r == 0 && m.image_bytes < 1))
		abort();
}

static void boot_sector(struct str bytes)
{
	uint8_t room[STICK_BOOT_BYTES] = {0};

	memcpy(room, bytes.ptr,
	    bytes.len < sizeof(room) ? bytes.len : sizeof(room));
	if (stick_fs_of(room) > STICK_FS_EXFAT)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const PARTS[])(
	    struct str) = {report, request, release, manifest, boot_sector};

	if (size == 0)
		return 0;
	PARTS[data[0] % ARRAY_LEN(PARTS)](str_of(data + 1, size - 1));
	return 0;
}
