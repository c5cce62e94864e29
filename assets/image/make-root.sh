#!/bin/bash
# make-root.sh ARCH OUT: the root file system of the appliance, OUT/rootfs.squashfs,
# with its packages' versions in OUT/packages.txt. As root, or as a user whom
# mmdebstrap gives a namespace. Reads DEBS (a folder with our packages), VERSION,
# SECURITY, SOURCE_DATE_EPOCH and KEYRING from the environment. PINS, a
# packages.txt of an earlier build, takes the very versions of that build.
set -euo pipefail
arch=$1
out=$(realpath "$2")
here=$(dirname "$(realpath "$0")")
cache=$(realpath -m "$here/../../build/cache")/apt-$arch
: "${DEBS:?}" "${VERSION:?}" "${SECURITY:?}" "${SOURCE_DATE_EPOCH:?}" "${KEYRING:?}"
export SOURCE_DATE_EPOCH
mkdir -p "$cache" "$out"

case $arch in
amd64) compatible=karcis-x86-64 ;;
arm64) compatible=karcis-arm64 ;;
*) echo "make-root: no architecture $arch" >&2; exit 2 ;;
esac

ours=()
for p in karcis-common karcis-control karcis-terminal karcis-appliance; do
	f=$(find "$DEBS" -name "${p}_*.deb" | sort | tail -1)
	[ -z "$f" ] || ours+=("$f")
done
[ ${#ours[@]} -gt 0 ] || { echo "make-root: no packages in $DEBS" >&2; exit 2; }

# What ours depend on, but for each other: apt takes it from the archive.
depends() {
	for f in "${ours[@]}"; do dpkg-deb -f "$f" Pre-Depends Depends; done |
	    sed 's/^[A-Za-z-]*: //' | tr ',' '\n' |
	    sed 's/|.*//; s/(.*//; s/ //g' | grep -v -e '^karcis-' -e '^$' || true
}
include=$( { grep -v '^#' "$here/packages.txt"; depends; } | sort -u)
if [ -n "${PINS:-}" ]; then
	include=$(awk '$1 !~ /^(karcis-|linux-image-|busybox-static|grub-)/ { print $1 "=" $2 }' "$PINS")
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir "$work/ours"
cp "${ours[@]}" "$work/ours"
{
	echo "product karcis"
	echo "compatible $compatible"
	echo "version $VERSION"
	echo "security $SECURITY"
	echo "built $SOURCE_DATE_EPOCH"
} >"$work/release"
sed "s/@COMPATIBLE@/$compatible/" "$here/../rauc/system.conf" >"$work/system.conf"
cp "$KEYRING" "$work/keyring.pem"
chmod -R a+rX "$work"
export ARCH=$arch WORK=$work HERE=$here PINS=${PINS:-}

# The loader's modules of another architecture, for make-disk.sh.
rm -rf "$out/grub"
loader=()
[ "$arch" = "$(dpkg --print-architecture)" ] ||
    loader=(--customize-hook="copy-out /loader/grub '$out'")

# The host's own sources: whoever builds decides where packages come from.
mapfile -t sources < <(grep -lsE '(^|[ /])bookworm( |$)' \
    /etc/apt/sources.list /etc/apt/sources.list.d/*.sources | sort)
mmdebstrap --quiet --mode=auto --variant=essential --architectures="$arch" \
    --format=tar --include="$(echo "$include" | tr '\n' ',' | sed 's/,$//')" \
    --aptopt='Apt::Install-Recommends "false"' \
    --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/lintian/*' \
    --dpkgopt='path-exclude=/usr/share/bug/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-include=/usr/share/locale/*/LC_MESSAGES/karcis.mo' \
    --skip=essential/unlink,cleanup/apt \
    --setup-hook="mkdir -p '$cache' \"\$1/var/cache/apt/archives\"" \
    --setup-hook="sync-in '$cache' /var/cache/apt/archives/" \
    --essential-hook="bash '$here/hook-users.sh' \"\$1\"" \
    --customize-hook="bash '$here/hook-root.sh' \"\$1\"" \
    --customize-hook="sync-out /var/cache/apt/archives '$cache'" \
    --customize-hook="download /packages.txt '$out/packages.txt'" \
    "${loader[@]}" \
    --customize-hook="rm -rf \"\$1/packages.txt\" \"\$1/loader\" \"\$1/var/cache/apt\"" \
    bookworm "$work/root.tar" "${sources[@]}"

rm -f "$out/rootfs.squashfs"
# SOURCE_DATE_EPOCH is the time of the file system and the latest of any file. The
# tar has no entry for the root itself: it would belong to whoever runs this.
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(unshare --map-root-user)
"${as_root[@]}" mksquashfs - "$out/rootfs.squashfs" -tar -comp gzip -noappend \
    -no-progress -quiet -root-mode 755 <"$work/root.tar" \
    2> >(grep -v "^Empty tar filename" >&2)
