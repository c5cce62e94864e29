#!/bin/bash
# Drivers against emulated devices (umockdev, sockets, pseudo-terminals): the
# whole terminal on a ticket printer, as it is shipped and with sanitizers,
# scanners, and the screen without a desktop.
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
	sum timeout -k 5 600 python3 tests/device/printer_test.py --jobs 5 "$@"
}

valgrind="valgrind -q --vgdb=no --error-exitcode=99"
valgrind+=" --suppressions=tests/device/umockdev.supp"
small="-O1 -g"
make -s -j2 CI=true device-printer-build &&
    make -s -j2 CI=true SAN=address,undefined OPT="$small" \
    device-printer-build &&
    make -s -j2 CI=true SAN=thread OPT="$small" device-printer-build ||
    exit 2
printer "all cases" --build build/gcc
export TICKETS=100 # of P21
printer "all cases, AddressSanitizer and UBSan" \
    --build build/gcc-address-undefined
printer "all cases, ThreadSanitizer" --build build/gcc-thread
# A start takes seconds: these here, all of them in valgrind.sh.
printer "P1 P4 P6 P9 P11 P17 P26, valgrind" --build build/gcc --wrap \
    "$valgrind" p1_ p4_ p6_ p9_ p11_ p17_ p26_
echo "the scanners:"
sum bash tests/device/scanners.sh
echo "the camera:"
sum bash tests/device/camera.sh
echo "the screen:"
sum bash tests/device/touch.sh
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
