#!/bin/bash
# The journal under SIGKILL: three seeds as it is shipped, one with the
# sanitizers. The last line is the sum.
cd "$(dirname "$0")/../.." || exit 2
passed=0 failed=0
sanitized=build/gcc-address-undefined
make -s CI=true build/gcc/admit_crash || exit 2
make -s CI=true SAN=address,undefined OPT="-O1 -g" $sanitized/admit_crash ||
    exit 2

# crash BUILD SEED
crash() {
	if "$1/admit_crash" 60 "$2"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
}

crash build/gcc 1
crash build/gcc 2
crash build/gcc 3
crash $sanitized 4
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
