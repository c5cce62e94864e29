#!/bin/bash
# million.sh SIM SEED N: N seeds (2.5 office-days each) from SEED on, on all
# cores, in portions; goes on after a broken invariant and names the seeds.
sim=$1 seed=$2 n=$3 portion=500
end=$((seed + n))
mkdir -p build/sim
for ((s = seed; s < end; s += portion)); do
	echo "$s $((end - s < portion ? end - s : portion))"
done | xargs -P "$(nproc)" -L 1 sh -c \
    '"$0" --seed "$1" --seeds "$2" --keep build/sim >build/sim/$1.log 2>&1' \
    "$sim"
cat build/sim/[0-9]*.log | grep -E 'BROKEN|seed [0-9]+' | head -100
cat build/sim/[0-9]*.log | awk '/office-days/ {
	gsub(/[0-9]+ seeds: /, ""); gsub(/^ */, "")
	k = split($0, part, ", ")
	for (i = 1; i <= k; i++) {
		split(part[i], w, " "); v = w[1]
		name = substr(part[i], length(v) + 2); sum[name] += v
		if (!(name in at)) { at[name] = ++names; text[names] = name }
	}
} END { for (i = 1; i <= names; i++) printf "%d %s\n", sum[text[i]], text[i] }'
! cat build/sim/[0-9]*.log | grep -q BROKEN
