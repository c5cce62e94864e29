#!/bin/sh
# Runs cmocka programs one after the other and sums what they say.
passed=0 failed=0 skipped=0
for t in "$@"; do
	log=$t.log
	"$t" >"$log" 2>&1
	rc=$?
	p=$(grep -c '^\[       OK \]' "$log")
	f=$(grep '^\[  FAILED  \] test_' "$log" | sort -u | wc -l)
	s=$(grep '^\[  SKIPPED \] test_' "$log" | sort -u | wc -l)
	if [ $rc -ne 0 ]; then
		cat "$log"
		[ "$f" -gt 0 ] || f=1
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
