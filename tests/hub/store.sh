#!/bin/bash
# The hub's tests against both stores: SQLite, and a PostgreSQL server that is
# started for them. Last line: N passed, N failed, N skipped.
set -u
cd "$(dirname "$0")/../.." || exit 2
B=${B:-build/gcc}
passed=0 failed=0 skipped=0
tests=""
for t in tests/unit/hub_*_test.c; do
	t=$(basename "$t" .c)
	# Those that know no store.
	case $t in hub_judge_test | hub_text_test) continue ;; esac
	grep -q test_hub "tests/unit/$t.c" && tests="$tests $B/unit/$t"
done
make -j"$(nproc)" CI=true $tests >build/hub-store-make.log 2>&1 ||
	{ tail -20 build/hub-store-make.log; echo "0 passed, 1 failed, 0 skipped"; exit 1; }

# one STORE COMMAND...: runs all tests with it, adds what they say.
one() {
	local log=build/hub-store-$1.log line p f s
	shift
	"$@" >"$log" 2>&1
	rc=$?
	[ $rc -ne 77 ] || { echo "skipped: $(tail -1 "$log")"; skipped=$((skipped + 1)); return; }
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$log" | tail -1)
	read -r p f s < <(echo "$line" | tr -cd '0-9 \n')
	: "${p:=0}" "${f:=0}" "${s:=0}"
	if [ $rc -ne 0 ] || [ -z "$line" ]; then
		[ "$f" -gt 0 ] || f=1
		tail -60 "$log"
	fi
	echo "$(basename "$log" .log): $p passed, $f failed, $s skipped"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# `make test` runs them on SQLite as unit tests already.
of_sqlite=$(tr ' ' '\n' <<<"$tests" | grep -v hub_postgres_test)
# shellcheck disable=SC2086 # a list of programs
[ -n "${ONLY_POSTGRES:-}" ] || one sqlite env -u KARCIS_HUB_STORE \
    sh tests/run-unit.sh $of_sqlite
# One after the other: one of them restarts the server.
one postgres env JOBS=1 bash tests/hub/pg.sh sh tests/run-unit.sh $tests
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
