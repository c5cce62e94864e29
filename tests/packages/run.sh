#!/bin/bash
# `make test-packages`: builds the packages, looks into them, installs,
# upgrades and removes them in a Debian of their own, and starts their units
# there. The first time it fetches that Debian (mmdebstrap; kept in
# build/cache). Words given are names of tests to run.
cd "$(dirname "$0")/../.." || exit 2
passed=0 failed=0 skipped=0
make -s deb || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }

# add LOG: shows it, adds what its last line says.
add() {
	local p f s
	echo "$1"
	if ! read -r p f s < <(tail -n 1 <<<"$1" |
	    sed -nE 's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/p')
	then
		failed=$((failed + 1))
		return
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

[ $# -gt 0 ] || add "$(bash tests/packages/quick.sh 2>&1)"
add "$(timeout -k 5 1800 python3 tests/packages/package_test.py "$@" 2>&1)"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
