#!/bin/bash
# Drivers against emulated devices (umockdev, sockets, pseudo-terminals): the
# whole terminal on a ticket printer, and on scanners.
cd "$(dirname "$0")/../.." || exit 2
passed=0 failed=0 skipped=0

# sum COMMAND...: runs it, shows what it says, adds its last line.
sum() {
	local log line p f s
	log=$(mktemp)
	"$@" >"$log" 2>&1
	cat "$log"
	line=$(tail -n 1 "$log")
	rm -f "$log"
	if ! [[ $line =~ ^[0-9]+\ passed,\ [0-9]+\ failed,\ [0-9]+\ skipped$ ]]
	then
		failed=$((failed + 1))
		return
	fi
	read -r p f s < <(echo "$line" | tr -cd '0-9 \n')
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

make -s -j2 CI=true device-printer-build || exit 2
echo "the printer, build/gcc:"
sum python3 tests/device/printer_test.py
echo "the scanners:"
sum bash tests/device/scanners.sh
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
