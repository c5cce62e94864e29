#!/bin/bash
# rerelease.sh IN.squashfs VERSION SECURITY OUT.squashfs [SCRIPT]: the same system
# under another version, as an update to try. SCRIPT may change the tree, which
# it gets as its argument. Root only: owners have to stay.
set -euo pipefail
in=$1 version=$2 security=$3 out=$4 script=${5:-}
work=$(mktemp -d "$(dirname "$out")/rerelease.XXXXXX")
trap 'rm -rf "$work"' EXIT
unsquashfs -q -n -d "$work/root" "$in"
sed -i "s/^version .*/version $version/; s/^security .*/security $security/" \
    "$work/root/usr/share/karcis/release"
[ -z "$script" ] || "$script" "$work/root"
mksquashfs "$work/root" "$work/new" -comp gzip -noappend -no-progress -quiet
mv "$work/new" "$out"
