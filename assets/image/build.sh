#!/bin/bash
# build.sh ARCH OUT: the image of the appliance in OUT, from the packages in DEBS
# (see make-root.sh for what it reads). What is there already from the very same
# inputs is kept.
set -euo pipefail
arch=$1
out=$2
here=$(dirname "$(realpath "$0")")
sh "$here/../setup.sh" "$here/../packages-image.txt"
if [ "$arch" != "$(dpkg --print-architecture)" ]; then
	sh "$here/../setup.sh" "$here/../packages-$arch.txt"
	arch-test "$arch" >/dev/null || {
		echo "image: programs of $arch do not run here; binfmt_misc has to know" \
		    "qemu-user-static (/usr/lib/binfmt.d)" >&2
		exit 2
	}
fi
mkdir -p "$out"
exec 9>"$out/lock"
flock 9

digest() {
	(
		sha256sum <"$here/../rauc/system.conf"
		find "$here" -type f -exec sha256sum {} + | LC_ALL=C sort
		find "$DEBS" -maxdepth 1 -name 'karcis-*.deb' -exec sha256sum {} + | LC_ALL=C sort
		sha256sum "$KEYRING" ${PINS:+"$PINS"}
		echo "$arch $VERSION $SECURITY $SOURCE_DATE_EPOCH ${DATA:-}"
	) | sha256sum
}
now=$(digest)
if [ -f "$out/karcis.img" ] && [ "$(cat "$out/inputs" 2>/dev/null)" = "$now" ]; then
	echo "image: $out/karcis.img is up to date"
	exit 0
fi
rm -f "$out/inputs" "$out/karcis.img"
start=$(date +%s)
bash "$here/make-root.sh" "$arch" "$out"
bash "$here/make-disk.sh" "$arch" "$out"
echo "$now" >"$out/inputs"
echo "image: $out/karcis.img, root file system $(($(stat -c %s "$out/rootfs.squashfs") >> 20)) MB," \
    "$(($(date +%s) - start)) s"
