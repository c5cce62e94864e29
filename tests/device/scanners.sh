#!/bin/bash
# Scanners on an emulated kernel: the drivers alone, then the whole terminal
# case by case (S1 to S17); as shipped, and with the sanitizers at the same
# time, because most of it is waiting.
cd "$(dirname "$0")/../.." || exit 2
plain=build/gcc sanitized=build/gcc-address-undefined
umockdev=libumockdev-preload.so.0
asan="$(gcc -print-file-name=libasan.so) $umockdev"
passed=0 failed=0 skipped=0

# build WORDS...: all that runs here, of one flavour.
build() {
	make -s -j2 CI=true "$@" all device-scanner-build || exit 2
}

# driver PRELOAD PROGRAM
driver() {
	local log=$2.log
	mkdir -p "$(dirname "$log")"
	if LD_PRELOAD=$1 ASAN_OPTIONS=detect_leaks=0 \
	    timeout 30 "$2" >"$log" 2>&1 && ! grep -q SKIPPED "$log"; then
		passed=$((passed + 1))
		echo "ok $2"
	else
		failed=$((failed + 1))
		cat "$log"
		echo "FAILED $2"
	fi
}

# add LOG: shows what the cases said and adds their last line.
add() {
	local line p f s
	cat "$1"
	line=$(tail -n 1 "$1")
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
python3 tests/device/scanner_test.py --build $sanitized "$@" \
    >build/device/scanner-sanitized.log 2>&1 &
python3 tests/device/scanner_test.py --build $plain "$@" \
    >build/device/scanner.log 2>&1
wait $!
echo "the terminal, $plain:"
add build/device/scanner.log
echo "the terminal, $sanitized:"
add build/device/scanner-sanitized.log
for program in scanner_wedge scanner_lines; do
	driver "$umockdev" $plain/device/$program
	driver "$asan" $sanitized/device/$program
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
