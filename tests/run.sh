#!/bin/bash
# Everything `make test` runs. Each part prints "N passed, N failed, N
# skipped" as its last line; the last line of all is their sum.
set -u
cd "$(dirname "$0")/.." || exit 2
jobs=$(nproc)
total_passed=0 total_failed=0 total_skipped=0

# part NAME COMMAND...: runs it, adds what its last line says.
part() {
	local name=$1 log rc line p f s
	shift
	log=build/test-$name.log
	echo "== $name"
	"$@" >"$log" 2>&1
	rc=$?
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$log" | tail -1)
	read -r p f s < <(echo "$line" | tr -cd '0-9 \n')
	: "${p:=0}" "${f:=0}" "${s:=0}"
	if [ "$rc" -ne 0 ] || [ -z "$line" ]; then
		[ "$f" -gt 0 ] || f=1
		tail -40 "$log"
	fi
	grep -i 'skipped:' "$log"
	echo "   $p passed, $f failed, $s skipped"
	total_passed=$((total_passed + p))
	total_failed=$((total_failed + f))
	total_skipped=$((total_skipped + s))
}

mkdir -p build
part unit make -j"$jobs" CI=true all unit
part unit-clang make -j"$jobs" CI=true CC=clang all unit
part unit-sanitized make -j"$jobs" CI=true SAN=address,undefined OPT="-O1 -g" all unit
part lint bash tests/lint/lint.sh
part fuzz bash tests/fuzz/run.sh
for t in tests/device/run.sh tests/crash/run.sh tests/golden/run.sh \
    tests/update/run.sh tests/packages/quick.sh tests/system/run.sh \
    tests/hub/run.sh tests/sim/run.sh; do
	[ -f "$t" ] && part "$(basename "$(dirname "$t")")" bash "$t"
done
echo "$total_passed passed, $total_failed failed, $total_skipped skipped"
[ "$total_failed" -eq 0 ]
