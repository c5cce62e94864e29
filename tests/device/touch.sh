#!/bin/bash
# The screen and touch screens on an emulated kernel: the drivers alone, then
# the whole terminal case by case (D1 to D14); as shipped and with the
# sanitizers.
cd "$(dirname "$0")/../.." || exit 2
plain=build/gcc sanitized=build/gcc-address-undefined
umockdev=libumockdev-preload.so.0
asan="$(gcc -print-file-name=libasan.so) $umockdev"
passed=0 failed=0 skipped=0

# build WORDS...: all that runs here, of one flavour.
build() {
	make -s -j2 CI=true "$@" all device-touch-build || exit 2
}

# driver PROGRAM PRELOAD: the drivers alone.
driver() {
	local program=$1 preload=$2 log=$1.log
	if LD_PRELOAD=$preload ASAN_OPTIONS=detect_leaks=0 \
	    timeout -k 5 120 "$program" >"$log" 2>&1 &&
	    ! grep -q SKIPPED "$log"; then
		passed=$((passed + 1))
		echo "ok $program"
	else
		failed=$((failed + 1))
		cat "$log"
		echo "FAILED $program"
	fi
}

# cases BUILD: the terminal, case by case.
cases() {
	local log line p f s
	log=$(mktemp)
	echo "the terminal, $1:"
	timeout -k 5 400 python3 tests/device/screen_test.py --build "$1" \
	    >"$log" 2>&1
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

build
build SAN=address,undefined OPT="-O1 -g"
cases $plain
cases $sanitized
driver $plain/device/touch_lines "$umockdev"
driver $sanitized/device/touch_lines "$asan"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
