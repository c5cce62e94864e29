#!/bin/bash
# The simulator as `make test` runs it:
#   office-days of the first seeds, on two cores; every invariant must hold;
#   planted mistakes, each of which must break one of the invariants named;
#   the digest of a seed, the same from gcc and clang, with and without
#   optimizing, and with real signatures;
#   a few seeds under the sanitizers;
#   double admissions with the link never up, with and without the home rule.
# SEED and SEEDS in the environment: other seeds, more of them.
cd "$(dirname "$0")/../.." || exit 2
: "${SEED:=1}" "${SEEDS:=90}" "${LEAST_DAYS:=200}"
sim=build/gcc/sim
passed=0 failed=0
keep=build/sim
mkdir -p $keep
build() { make -s -j2 CI=true "$@" >$keep/build.log || exit 2; }
build $sim
build CC=clang build/clang/sim
build OPT="-O0 -g" build/gcc-debug/sim
build CC=clang OPT="-O0 -g" build/clang-debug/sim
build SAN=address,undefined OPT="-O1 -g" build/gcc-address-undefined/sim

# check NAME RC: counts and tells.
check() {
	if [ "$2" -eq 0 ]; then
		echo "ok $1"
		passed=$((passed + 1))
	else
		echo "not ok $1"
		failed=$((failed + 1))
	fi
}

# Half of the seeds on each core.
half=$((SEEDS / 2))
$sim --seed "$SEED" --seeds $half --keep $keep >$keep/one.log 2>&1 &
one=$!
$sim --seed $((SEED + half)) --seeds $((SEEDS - half)) --keep $keep \
    >$keep/two.log 2>&1
two=$?
wait $one
one=$?
cat $keep/one.log $keep/two.log
days=$(sed -n 's/.* seeds: \([0-9]*\) office-days.*/\1/p' $keep/one.log \
    $keep/two.log | awk '{n += $1} END {print n + 0}')
[ $one -eq 0 ] && [ $two -eq 0 ]
check "every invariant holds on $days office-days, seeds $SEED to $((SEED + SEEDS - 1))" $?
[ "$days" -ge "$LEAST_DAYS" ]
check "at least $LEAST_DAYS office-days" $?

# fault NAME INVARIANTS: one of them is broken first.
fault() {
	local out
	out=$($sim --fault "$1" --seed "$SEED" --seeds 40 2>&1)
	grep -m1 -A1 BROKEN <<<"$out"
	grep -qE "broke ($2)\$" <<<"$out"
	check "the planted mistake $1 breaks $(grep -oE 'broke I[0-9]+$' <<<"$out" |
	    cut -c7-)" $?
}
fault no-home "I12"
fault new-op "I2"
fault normal "I3"
fault bigserial "I4"
fault unverified "I6|I10"
fault early-mark "I3"

# What a run comes to must not depend on the compiler.
digests() { "$1" --seed "$SEED" --seeds 4 --digests ${2:-} | grep '^digest'; }
digests $sim >$keep/digests
for b in clang gcc-debug clang-debug; do
	digests build/$b/sim | cmp -s - $keep/digests
	check "build/$b: the same digests" $?
done
digests $sim --real-signatures | cmp -s - $keep/digests
check "real signatures: the same digests" $?
build/gcc-address-undefined/sim --seed "$SEED" --seeds 3 >$keep/san.log 2>&1
rc=$?
[ $rc -eq 0 ] || tail -30 $keep/san.log
check "no fault under the sanitizers" $rc

echo "the link never up, with the home rule:"
$sim --never-up --seed "$SEED" --seeds 8 | tail -1
echo "without:"
$sim --never-up --count --fault no-home --seed "$SEED" --seeds 8 | tail -1
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
