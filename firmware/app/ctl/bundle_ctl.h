/* `karcis-ctl bundle ...`: update bundles, made and examined. Needs no
 * configuration; runs the programs rauc, mksquashfs and unsquashfs. */
#ifndef KARCIS_APP_BUNDLE_CTL_H
#define KARCIS_APP_BUNDLE_CTL_H

#define BUNDLE_USAGE \
	"bundle make --key FILE --cert FILE --keyring FILE --image FILE" \
	" --out FILE.raucb | bundle show FILE --keyring FILE"

int bundle_ctl_run(int argc, char **argv);

#endif
