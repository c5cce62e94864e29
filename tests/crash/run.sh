#!/bin/bash
# The journal under SIGKILL, three seeds. The last line is the sum.
cd "$(dirname "$0")/../.." || exit 2
passed=0 failed=0
make -s -f Makefile -f tests/store.mk CI=true build/gcc/admit_crash || exit 2
for seed in 1 2 3; do
	if build/gcc/admit_crash 60 "$seed"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
