#!/bin/bash
# Builds the Debian packages: build.sh VERSION DIR COMPILER PART...
# The tree is built in DIR/work, where nothing else that is built from it is
# in the way; the result is DIR/*.deb. Needs no network and no root; the same
# tree gives the same bytes.
set -euo pipefail
version=$1 out=$2 compiler=$3
shift 3
mkdir -p "$out"
exec 9>"$out/lock"
flock 9
top=$(dpkg-parsechangelog -l assets/debian/changelog -S Version)
if [ "$top" != "$version" ]; then
	echo "deb: assets/debian/changelog begins with $top; write an entry for $version" >&2
	exit 1
fi
rm -rf "$out/work"
mkdir -p "$out/work/src"
tar -cf - --exclude='*~' --exclude=__pycache__ -- "$@" | tar -xf - -C "$out/work/src"
mv "$out/work/src/assets/debian" "$out/work/src/debian"
export KARCIS_CC=$compiler
# What was said to the make that called this is not meant for the inner one.
unset MAKEFLAGS MAKEOVERRIDES MFLAGS MAKELEVEL
# Debug symbols would be ten times the packages.
jobs=$(nproc)
export DEB_BUILD_OPTIONS="noautodbgsym nocheck parallel=$jobs ${DEB_BUILD_OPTIONS:-}"
if ! (cd "$out/work/src" && dpkg-buildpackage -b -us -uc -rfakeroot) \
    >"$out/build.log" 2>&1 9>&-; then
	tail -40 "$out/build.log" >&2
	exit 1
fi
rm -f "$out"/*.deb
mv "$out"/work/*.deb "$out/work"/*.changes "$out/"
rm -rf "$out/work"
ls -l "$out"/*.deb
