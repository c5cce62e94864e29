#!/bin/bash
# Units, completion and the link's service, without building a package.
cd "$(dirname "$0")/../.." || exit 2
make -s CI=true all || exit 2
passed=0 failed=0 skipped=0
for t in quick_test.py link_test.py; do
	log=$(timeout -k 5 120 python3 "tests/packages/$t" --build build/gcc 2>&1)
	echo "$log"
	if ! read -r p f s < <(tail -n 1 <<<"$log" |
	    sed -nE 's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/p')
	then
		failed=$((failed + 1))
		continue
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
