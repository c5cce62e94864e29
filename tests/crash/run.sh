#!/bin/bash
# The journal under SIGKILL: three seeds as it is shipped, one with the
# sanitizers. Then power cuts under both stores (SEED=1 CUTS=3000 in the
# environment), and a few with the sanitizers. The last line is the sum.
cd "$(dirname "$0")/../.." || exit 2
passed=0 failed=0
sanitized=build/gcc-address-undefined
make -s CI=true build/gcc/admit_crash build/gcc/powercut || exit 2
make -s CI=true SAN=address,undefined OPT="-O1 -g" $sanitized/admit_crash \
    $sanitized/powercut || exit 2

# crash BUILD SEED
crash() {
	if "$1/admit_crash" 60 "$2"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
}

# powercut BUILD [CUTS]: a line "ok" or "not ok" for each check.
powercut() {
	local out rc bad
	out=$(CUTS=${2:-$CUTS} "$1/powercut" 2>&1)
	rc=$?
	echo "== $1/powercut"
	grep -vE '^[0-9]+ passed,' <<<"$out"
	bad=$(grep -c '^not ok ' <<<"$out")
	[ "$rc" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
	passed=$((passed + $(grep -c '^ok ' <<<"$out")))
	failed=$((failed + bad))
}

crash build/gcc 1
crash build/gcc 2
crash build/gcc 3
crash $sanitized 4
powercut build/gcc
powercut $sanitized 200
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
