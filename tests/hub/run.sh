#!/bin/bash
# The hub and what lies between it and a terminal: the link against a bad
# network, the server over HTTP, both stores, the real programs under real
# faults. The last line is the sum.
cd "$(dirname "$0")/../.." || exit 2
passed=0 failed=0 skipped=0

# part SCRIPT: runs it, adds what its last line says.
part() {
	local log rc p f s line
	log=build/hub-$(basename "$1" .sh).log
	echo "== $1"
	bash "$1" >"$log" 2>&1
	rc=$?
	line=$(tail -n 1 "$log")
	grep -iE 'FAIL|not ok|skipped:' "$log"
	if ! [[ $line =~ ^[0-9]+\ passed,\ [0-9]+\ failed,\ [0-9]+\ skipped$ ]]
	then
		tail -n 30 "$log"
		failed=$((failed + 1))
		return
	fi
	echo "   $line"
	read -r p f s < <(echo "$line" | tr -cd '0-9 \n')
	[ "$rc" -eq 0 ] || [ "$f" -gt 0 ] || f=1
	[ "$f" -eq 0 ] || tail -n 60 "$log"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

mkdir -p build
for script in link server store office; do
	part "tests/hub/$script.sh"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
