#!/bin/bash
# karcis-hub as a program: on SQLite as it is shipped and with the sanitizers,
# and on a PostgreSQL of its own (tests/hub/pg.sh). Side by side, for most of
# their time is waiting.
cd "$(dirname "$0")/../.." || exit 2
passed=0 failed=0 skipped=0
plain=build/gcc checked=build/gcc-address-undefined
make -s -j2 CI=true $plain/karcis-hub &&
    make -s -j2 CI=true SAN=address,undefined OPT="-O1 -g" \
    $checked/karcis-hub || exit 2

# begin NAME COMMAND...: into a log.
begin() {
	timeout -k 5 300 "${@:2}" >"build/hub-$1.log" 2>&1
}

# add NAME: shows its log, adds what the last line says.
add() {
	local log=build/hub-$1.log p f s
	echo "$1:"
	cat "$log"
	if ! read -r p f s < <(tail -n 1 "$log" |
	    sed -nE 's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/p')
	then
		failed=$((failed + 1))
		return
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

test=tests/hub/server_test.py
begin sqlite python3 $test --build $plain "$@" &
begin sanitized python3 $test --build $checked --quick "$@" &
begin postgres bash tests/hub/pg.sh python3 $test --build $plain --quick "$@"
no_postgres=$?
wait
add sqlite
add sanitized
if [ "$no_postgres" = 77 ]; then
	echo "skipped: $(cat build/hub-postgres.log)"
	skipped=$((skipped + 1))
else
	add postgres
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
