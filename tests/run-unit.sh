#!/bin/sh
# Runs cmocka programs, JOBS (as many as processors) at once, and sums what
# they say.
# shellcheck disable=SC2016
printf '%s\n' "$@" | xargs -P "${JOBS:-$(nproc)}" -I{} sh -c '
	"$1" >"$1.log" 2>&1
	echo $? >"$1.rc"' sh {}
passed=0 failed=0 skipped=0
for t in "$@"; do
	log=$t.log
	rc=$(cat "$t.rc")
	p=$(grep -c '^\[       OK \]' "$log")
	f=$(grep '^\[  FAILED  \] test_' "$log" | sort -u | wc -l)
	s=$(grep '^\[  SKIPPED \] test_' "$log" | sort -u | wc -l)
	if [ "$rc" -ne 0 ]; then
		cat "$log"
		[ "$f" -gt 0 ] || f=1
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
