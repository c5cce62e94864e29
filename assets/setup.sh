#!/bin/sh
# Installs the Debian packages of a list that are missing.
#     setup.sh [LIST]     assets/packages.txt unless named
set -eu
list=${1:-$(dirname "$0")/packages.txt}
missing=
for p in $(grep -v '^#' "$list"); do
	dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q ' installed$' ||
	    missing="$missing $p"
done
[ -n "$missing" ] || exit 0
echo "setup: installing$missing"
as_root=
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || {
		echo "setup: not root and no sudo; as root run: apt-get install$missing" >&2
		exit 2
	}
	as_root=sudo
fi
$as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q
# shellcheck disable=SC2086 # a list of package names
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy \
    --no-install-recommends $missing
