#!/bin/bash
# Updates on a developer's machine: keys and bundles, the way from the stick to
# the restart, cuts at every write, hostile bundles and sticks. As shipped, and
# what reads strangers' bytes with the sanitizers too. The last line is the sum.
cd "$(dirname "$0")/../.." || exit 2
programs() {
	echo "build/$1/karcis-update build/$1/karcis-ctl"
}
# shellcheck disable=SC2046
make -s CI=true $(programs gcc) || exit 2
# shellcheck disable=SC2046
make -s CI=true SAN=address,undefined OPT="-O1 -g" \
    $(programs gcc-address-undefined) || exit 2
passed=0 failed=0 skipped=0

# part BUILD SCRIPT NAMES...: runs it, adds what its last line says.
part() {
	local build=$1 script=$2 log p f s line
	shift 2
	log=build/update-$(basename "$script" .py)-$build.log
	echo "== $script with build/$build"
	timeout -k 5 600 python3 "tests/update/$script" \
	    --build "build/$build" "$@" >"$log" 2>&1
	cat "$log"
	line=$(tail -n 1 "$log")
	if ! [[ $line =~ ^[0-9]+\ passed,\ [0-9]+\ failed,\ [0-9]+\ skipped$ ]]
	then
		failed=$((failed + 1))
		return
	fi
	read -r p f s < <(echo "$line" | tr -cd '0-9 \n')
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

for script in tests/update/*_test.py; do
	part gcc "$(basename "$script")"
done
export ASAN_OPTIONS=detect_leaks=0
part gcc-address-undefined update_test.py installed files stored fetched
part gcc-address-undefined hostile_test.py refused told
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
