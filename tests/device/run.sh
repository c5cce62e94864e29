#!/bin/bash
# Drivers against emulated devices (umockdev, sockets, pseudo-terminals): the
# whole terminal on a ticket printer, as it is shipped and with sanitizers,
# and scanners.
cd "$(dirname "$0")/../.." || exit 2
passed=0 failed=0 skipped=0

# sum COMMAND...: runs it, shows what it says, adds its last line.
sum() {
	local log line p f s
	log=$(mktemp)
	"$@" >"$log" 2>&1 </dev/null
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

# printer TITLE WORDS...: the printer's cases that WORDS choose.
printer() {
	echo "the printer, $1:"
	shift
	sum timeout -k 5 400 python3 tests/device/printer_test.py --jobs 5 "$@"
}

small="-O1 -g"
make -s -j2 CI=true device-printer-build &&
    make -s -j2 CI=true SAN=address,undefined OPT="$small" \
    device-printer-build &&
    make -s -j2 CI=true SAN=thread OPT="$small" device-printer-build ||
    exit 2
printer "all cases" --build build/gcc
# P21 and P22 measure the program as it is shipped.
printer "all but P21 and P22, AddressSanitizer and UBSan" \
    --build build/gcc-address-undefined --not p21,p22
# P12 and P19 time what the terminal does: too slow with this one.
printer "all but P12, P19, P21 and P22, ThreadSanitizer" \
    --build build/gcc-thread --not p12_,p19_,p21,p22
printer "P1 P4 P6 P9 P11 P17 P26, valgrind" --build build/gcc --wrap \
    "valgrind -q --error-exitcode=99 --suppressions=tests/device/umockdev.supp" \
    p1_ p4_ p6_ p9_ p11_ p17_ p26_
echo "the scanners:"
sum bash tests/device/scanners.sh
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
