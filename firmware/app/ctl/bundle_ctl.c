#include "bundle_ctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bundle_make.h"
#include "commands.h"
#include "ctl.h"
#include "firmware/core/civil.h"

static int end(int r, const struct err *e)
{
	if (r != -EBADMSG && r != -EEXIST)
		return ctl_fail(e);
	fprintf(stderr, "karcis-ctl: %s\n", e->text);
	return EXIT_REFUSED;
}

static void show_time(const char *what, int64_t at_s)
{
	struct civil_now n = civil_local(at_s, 0);
	struct civil_date d = civil_date(n.day);

	printf("%s: %04d-%02d-%02d %02d:%02d UTC\n", what, d.year, d.month,
	    d.day, n.minute / 60, n.minute % 60);
}

static void show(const char *file, const struct bundle_facts *f)
{
	char version[RELEASE_VERSION_TEXT];

	printf("bundle: %s: genuine\n", file);
	printf("product: %s\ncompatible: %s\nversion: %s\nsecurity: %lu\n",
	    f->release.product, f->release.compatible,
	    release_version_text(f->release.version, version),
	    (unsigned long)f->release.security);
	show_time("built", f->release.built_s);
	printf("image: %lld bytes\n", (long long)f->image_bytes);
	printf("signer: %s\nserial: %s\n", f->signer.name, f->signer.serial);
	show_time("signed", f->signed_s);
	show_time("signer's last day", f->signer.days.until_s);
}

struct asked {
	struct bundle_order o;
	const char *file; /* the word that is no option */
};

static bool read_words(int argc, char **argv, struct asked *a)
{
	const struct {
		const char *name;
		const char **to;
	} options[] = {
	    {"--key", &a->o.key},
	    {"--cert", &a->o.cert},
	    {"--keyring", &a->o.keyring},
	    {"--image", &a->o.image},
	    {"--out", &a->o.out},
	};

	memset(a, 0, sizeof(*a));
	for (int i = 2; i < argc; i++) {
		const char **to = &a->file;

		for (size_t k = 0; k < ARRAY_LEN(options); k++)
			if (strcmp(argv[i], options[k].name) == 0)
				to = options[k].to;
		if (to != &a->file)
			i++;
		else if (argv[i][0] == '-')
			return false;
		if (i == argc || *to != NULL || argv[i][0] == '\0')
			return false;
		*to = argv[i];
	}
	return true;
}

static int run_make(const struct asked *a)
{
	struct bundle_facts f;
	struct err e = {0};
	int r = bundle_make(&a->o, &f, &e);

	if (r < 0)
		return end(r, &e);
	show(a->o.out, &f);
	return EXIT_DONE;
}

static int run_show(const struct asked *a)
{
	struct bundle_facts f;
	struct err e = {0};
	int r = bundle_facts_read(a->file, a->o.keyring, &f, &e);

	if (r < 0)
		return end(r, &e);
	show(a->file, &f);
	return EXIT_DONE;
}

int bundle_ctl_run(int argc, char **argv)
{
	struct asked a;
	const struct bundle_order *o = &a.o;
	bool read = argc > 1 && read_words(argc, argv, &a);

	if (read && strcmp(argv[1], "make") == 0 && a.file == NULL &&
	    o->key != NULL && o->cert != NULL && o->keyring != NULL &&
	    o->image != NULL && o->out != NULL)
		return run_make(&a);
	if (read && strcmp(argv[1], "show") == 0 && a.file != NULL &&
	    o->keyring != NULL && o->key == NULL && o->cert == NULL &&
	    o->image == NULL && o->out == NULL)
		return run_show(&a);
	fputs("karcis-ctl: say " BUNDLE_USAGE "\n", stderr);
	return EXIT_COULD_NOT;
}
