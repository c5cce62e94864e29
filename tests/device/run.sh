#!/bin/bash
# Drivers against emulated devices (umockdev): the USB printer case by case,
# two at a time because most of it is waiting, and keyboard-wedge scanners.
cd "$(dirname "$0")/../.." || exit 2
passed=0 failed=0
make -s CI=true build/gcc/device/usb-printer build/gcc/device/print-one \
    build/gcc/device/scanner_wedge || exit 2
mkdir -p build/device
rm -f build/device/*.log

cases=$(sed -n '/^CASES = \[/,/^]/p' tests/device/printer_test.py |
    grep -o '([a-z_]*, \[' | tr -d '(,[ ')
[ -n "$cases" ] || { echo "printer_test.py: no cases found"; exit 2; }
printf "%s\n" "$cases" | xargs -P 3 -I{} sh -c \
    'CASE={} timeout 120 make -s CI=true device-printer \
    >build/device/{}.log 2>&1; echo "exit $?" >>build/device/{}.log'
for c in $cases; do
	grep -v '^exit \|^device tests' "build/device/$c.log"
	if grep -q '^ok ' "build/device/$c.log" &&
	    grep -qx 'exit 0' "build/device/$c.log"; then
		passed=$((passed + 1))
	else
		echo "FAIL printer: $c"
		failed=$((failed + 1))
	fi
done
if make -s CI=true device-scanner; then
	passed=$((passed + 1))
else
	failed=$((failed + 1))
fi
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
