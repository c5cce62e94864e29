#!/bin/bash
# A newcomer's day: a new minimal Debian 12, git and make, a clone of HEAD,
# then `make demo` and `make test`. Shows that no package is missing from
# assets/packages.txt. FRESH_ROOT keeps the root for a second run.
set -eu
cd "$(dirname "$0")/.." || exit 2
start=$(date +%s)
dpkg-query -W mmdebstrap >/dev/null 2>&1 || apt-get install -qy mmdebstrap
root=${FRESH_ROOT:-$(mktemp -d)}
trap '[ -n "${FRESH_ROOT:-}" ] || rm -rf "$root"' EXIT
mapfile -t sources < <(find /etc/apt/sources.list /etc/apt/sources.list.d \
    -type f \( -name '*.list' -o -name '*.sources' \) -size +0)
mmdebstrap --variant=minbase --include=git,make,ca-certificates bookworm "$root" \
    "${sources[@]}"
cp -a /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
git clone -q . "$root/karcis"
for d in proc sys dev; do mount --rbind "/$d" "$root/$d"; mount --make-rslave "$root/$d"; done
in_root() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
    http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" bash -c "cd /karcis && $1"; }
rc=0
in_root "make DEMO=headless demo" && in_root "make test" || rc=$?
for d in proc sys dev; do umount -R -l "$root/$d"; done
echo "fresh: $(($(date +%s) - start)) s, exit $rc"
exit $rc
