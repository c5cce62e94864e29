#!/bin/bash
# The real programs on a real X server, with scans over a pseudo-terminal:
# as they are shipped, and with the sanitizers. Words given are names of
# tests to run. Leaks are not looked for: that needs ptrace, which the
# terminal's sandbox refuses.
cd "$(dirname "$0")/../.." || exit 2
make -s CI=true all || exit 2
make -s CI=true SAN=address,undefined OPT="-O1 -g" all || exit 2
passed=0 failed=0 skipped=0

# begin SCRIPT BUILD NAMES...: the tests with that build, into a log.
begin() {
	local script=$1 build=$2
	shift 2
	python3 tests/system/"$script" --build "$build" "$@" \
	    >"build/${script%_test.py}-$(basename "$build").log" 2>&1
}

# add SCRIPT BUILD: shows its log, adds what the last line says.
add() {
	local log p f s line
	log=build/${1%_test.py}-$(basename "$2").log
	echo "$1 with $2:"
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

# Most of their time is waiting: side by side. libfaketime is preloaded before
# the sanitizers' own library.
export ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0
for build in build/gcc build/gcc-address-undefined; do
	for script in system_test.py gate_test.py tech_test.py stick_test.py; do
		begin "$script" "$build" "$@" &
	done
done
wait
for build in build/gcc build/gcc-address-undefined; do
	for script in system_test.py gate_test.py tech_test.py stick_test.py; do
		add "$script" "$build"
	done
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
