/* The two texts of an update bundle that are read before anybody vouches for
 * them: the form of its signature, and its manifest. The first byte tells
 * which. */
#include <stdlib.h>
#include <string.h>

#include "firmware/update/manifest.h"
#include "firmware/core/cms_form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool fact)
{
	if (!fact)
		abort();
}

static bool is_within(struct str part, struct str whole)
{
	return part.ptr >= whole.ptr &&
	    part.ptr + part.len <= whole.ptr + whole.len;
}

static void try_form(struct str s)
{
	struct cms_form f;
	struct err e = {0};

	if (cms_form_read(s, &f, &e) < 0) {
		must(f.manifest.len == 0 && f.certificate.len == 0);
		must(e.text[0] != '\0');
		return;
	}
	must(is_within(f.manifest, s) && is_within(f.certificate, s) &&
	    is_within(f.serial, f.certificate));
	must(f.signed_s >= 0);
	/* Nothing less and nothing more is the same message. */
	must(cms_form_read(str_cut(s, 0, s.len - 1), &f, NULL) < 0);
}

static void try_manifest(struct str s)
{
	struct manifest m;
	enum update_refusal why;
	struct err e = {0};

	if (manifest_parse(s, &m, &why, &e) < 0) {
		must(e.text[0] != '\0' && why != UPDATE_REFUSAL_UNSET);
		return;
	}
	must(release_version_is_set(m.version));
	must(m.image_bytes > 0 && m.verity_bytes >= 4096);
	must(m.compatible[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* DER begins with a sequence, so real files stand as they are. */
	if (size > 0 && data[0] == 0x30)
		try_form(str_of(data, size));
	else
		try_manifest(str_of(data, size));
	return 0;
}
