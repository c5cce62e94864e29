#!/bin/bash
# The whole root file system built twice from one set of packages: the same bytes?
# Minutes, so not part of run.sh: `make test-image-twice`, after `make image`.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=build/image-twice
mkdir -p "$out"
for n in 1 2; do
	bash assets/image/make-root.sh amd64 "$out/$n"
	bash assets/image/make-disk.sh amd64 "$out/$n"
done
failed=0
for f in rootfs.squashfs karcis.img packages.txt; do
	if cmp -s "$out/1/$f" "$out/2/$f"; then
		echo "ok $f is the same twice"
	else
		echo "not ok $f differs: see $out"
		failed=$((failed + 1))
	fi
done
[ "$failed" -gt 0 ] || rm -rf "$out"
echo "$((3 - failed)) passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
