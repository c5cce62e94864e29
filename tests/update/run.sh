#!/bin/bash
# Updates on a developer's machine: keys and bundles, the way from the stick to
# the restart, cuts at every write, hostile bundles and sticks. As shipped, and
# what reads strangers' bytes with the sanitizers too. The last line is the sum.
cd "$(dirname "$0")/../.." || exit 2
plain=build/gcc
sanitized=build/gcc-address-undefined
make -s CI=true $plain/karcis-update $plain/karcis-ctl || exit 2
make -s CI=true SAN=address,undefined OPT="-O1 -g" \
    $sanitized/karcis-update $sanitized/karcis-ctl || exit 2
export ASAN_OPTIONS=detect_leaks=0
passed=0 failed=0 skipped=0

log_of() { # log_of BUILD SCRIPT
	echo "build/update-$(basename "$2" .py)-$(basename "$1").log"
}

# begin BUILD SCRIPT NAMES...: runs it, into its log.
begin() {
	local build=$1 script=$2
	shift 2
	timeout -k 5 900 python3 "$script" --build "$build" "$@" \
	    >"$(log_of "$build" "$script")" 2>&1
}

# add BUILD SCRIPT: shows its log, adds what the last line says.
add() {
	local log p f s line
	log=$(log_of "$1" "$2")
	echo "== $2 with $1"
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

# Half of their time is waiting for disks: side by side.
for script in tests/update/*_test.py; do
	begin $plain "$script" &
done
begin $sanitized tests/update/update_test.py installed files stored fetched &
begin $sanitized tests/update/hostile_test.py refused told &
wait
for script in tests/update/*_test.py; do
	add $plain "$script"
done
add $sanitized tests/update/update_test.py
add $sanitized tests/update/hostile_test.py
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
