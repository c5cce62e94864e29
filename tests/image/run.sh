#!/bin/bash
# The appliance's image, what can be seen without starting it: the boot loader's
# decisions, the boot state's copies, the disk's layout, the same bytes twice; and
# the built image, when there is one. Starting it is tests/appliance.
cd "$(dirname "$0")/../.." || exit 2
passed=0 failed=0 skipped=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT
for t in boot_state_test.py editenv_test.py disk_test.py rootfs_test.py; do
	timeout -k 5 300 python3 "tests/image/$t" | tee "$out"
	rc=${PIPESTATUS[0]}
	passed=$((passed + $(grep -c '^ok ' "$out")))
	skipped=$((skipped + $(grep -c '^skipped: ' "$out")))
	bad=$(grep -c '^not ok ' "$out")
	[ "$rc" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
	failed=$((failed + bad))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
