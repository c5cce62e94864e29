#!/bin/bash
# karcis-link against a hub that fails, as it is shipped and with sanitizers.
cd "$(dirname "$0")/../.." || exit 2
passed=0 failed=0 skipped=0

# cases WORDS...: runs link_test.py, adds its last line.
cases() {
	local log p f s
	log=$(timeout -k 5 300 python3 tests/hub/link_test.py "$@" 2>&1)
	echo "$log"
	if ! read -r p f s < <(tail -n 1 <<<"$log" |
	    sed -nE 's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/p')
	then
		failed=$((failed + 1))
		return
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

make -s -j2 CI=true build/gcc/karcis-link &&
    make -s -j2 CI=true SAN=address,undefined OPT="-O1 -g" \
    build/gcc-address-undefined/karcis-link || exit 2
cases --build build/gcc
# Leaks are looked for by a process of its own, which the sandbox refuses;
# two cases here measure memory instead.
export ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=1
export UBSAN_OPTIONS=halt_on_error=1
cases --build build/gcc-address-undefined
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
