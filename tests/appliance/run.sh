#!/bin/bash
# The whole machine, short: the replayer of power cuts, the emulated devices
# on a real kernel, and the story of one kiosk from a new disk to a bad update.
#     run.sh BUILD [long]   long: power cuts, hangs, hostile sticks instead
cd "$(dirname "$0")/../.." || exit 2
build=${1:-build/gcc}
passed=0 failed=0 skipped=0

# sum SECONDS COMMAND...: runs it, shows what it says, adds its last line.
sum() {
	local log line p f s
	log=$(mktemp)
	timeout -k 30 "$@" 2>&1 </dev/null | tee "$log"
	line=$(tail -n 1 "$log")
	rm -f "$log"
	if ! [[ $line =~ ^[0-9]+\ passed,\ [0-9]+\ failed,\ [0-9]+\ skipped$ ]]
	then
		echo "not ok: $2 $3 ended without a result"
		failed=$((failed + 1))
		return
	fi
	read -r p f s < <(echo "$line" | tr -cd '0-9 \n')
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

[ -f build/image/karcis.img ] || {
	echo "there is no build/image/karcis.img: say make image first" >&2
	exit 2
}
if [ "${2:-}" = long ]; then
	sum 7200 python3 tests/appliance/long_test.py --build "$build"
else
	echo "the image:"
	sum 600 bash tests/image/run.sh
	echo "power cuts:"
	sum 120 python3 tests/appliance/replay_test.py
	echo "devices:"
	sum 900 python3 tests/appliance/devices_test.py "$build"
	echo "a kiosk:"
	sum 1800 python3 tests/appliance/short_test.py --build "$build"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
