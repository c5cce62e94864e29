#!/bin/bash
# cross-debs.sh ARCH OUT: our packages for another architecture in OUT,
# built by a cross compiler in a Debian tree of its own (build/cache), so that
# the machine one works at needs no foreign libraries. Root only.
set -euo pipefail
arch=$1
out=$(realpath -m "$2")
top=$(realpath "$(dirname "$0")/../..")
tree=$top/build/cache/cross-$arch
case $arch in
arm64) gcc=aarch64-linux-gnu-gcc triplet=aarch64-linux-gnu ;;
*) echo "cross-debs: no compiler for $arch" >&2; exit 2 ;;
esac

# The build dependencies of assets/debian/control: tools of this machine's
# architecture, libraries of the other.
needs() {
	sed -n '/^Build-Depends:/,/^$/p' "$top/assets/debian/control" |
	    sed 's/^Build-Depends://; s/(.*//' | tr -d ' ,' | grep . |
	    sed "s/^\(lib.*-dev\|zlib1g-dev\)$/\1:$arch/; s/^debhelper-compat$/debhelper/"
}
list=$(needs | sort -u | tr '\n' ',')
stamp=$(echo "$list" | sha256sum)
if [ "$(cat "$tree.stamp" 2>/dev/null)" != "$stamp" ]; then
	rm -rf "$tree"
	mapfile -t sources < <(grep -lsE '(^|[ /])bookworm( |$)' \
	    /etc/apt/sources.list /etc/apt/sources.list.d/*.sources | sort)
	mmdebstrap --quiet --mode=root --variant=apt \
	    --architectures="$(dpkg --print-architecture),$arch" \
	    --include="${list}crossbuild-essential-$arch,build-essential,dpkg-dev,fakeroot" \
	    --aptopt='Apt::Install-Recommends "false"' \
	    --dpkgopt='path-exclude=/usr/share/doc/*' \
	    --dpkgopt='path-exclude=/usr/share/man/*' \
	    bookworm "$tree" "${sources[@]}"
	echo "$stamp" >"$tree.stamp"
fi

rm -rf "$tree/src"
mkdir -p "$tree/src/karcis" "$out"
tar -C "$top" --exclude=__pycache__ -cf - Makefile README.md COPYING assets docs drivers \
    firmware ui tests/ | tar -C "$tree/src/karcis" -xf -
mv "$tree/src/karcis/assets/debian" "$tree/src/karcis/debian"
chroot "$tree" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-}" KARCIS_CC="$gcc" \
    DEB_BUILD_OPTIONS="noautodbgsym nocheck parallel=$(nproc)" \
    PKG_CONFIG_LIBDIR="/usr/lib/$triplet/pkgconfig:/usr/share/pkgconfig" \
    sh -c "cd /src/karcis && dpkg-buildpackage -b -us -uc -a$arch -Pcross,nocheck" \
    >"$out/build.log" 2>&1 || {
	tail -40 "$out/build.log" >&2
	exit 1
}
rm -f "$out"/*.deb
mv "$tree"/src/*.deb "$out/"
rm -rf "$tree/src"
