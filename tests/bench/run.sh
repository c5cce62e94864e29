#!/bin/bash
# Runs every bench of the build directory $1 and prints one table: figure,
# measured, goal, and the ratio of the two. A figure beyond its goal is
# marked with a star and fails nothing; a bench that crashes, or that no
# longer prints a figure, does.
set -u
build=${1:?usage: run.sh BUILD}
cd "$(dirname "$0")/../.." || exit 2
work=build/bench
rm -rf "$work"
mkdir -p "$work" || exit 2
failed=0
export LC_ALL=C.UTF-8

bench() # NAME COMMAND...: its output in $work/NAME
{
	local name=$1
	shift
	if ! "$@" >"$work/$name" 2>"$work/$name.err"; then
		echo "bench: $name ended badly:" >&2
		tail -n 5 "$work/$name" "$work/$name.err" >&2
		return 1
	fi
}

# Collects tab-separated rows: figure, measured, goal, unit.
rows=$work/rows
: >"$rows"

figure() # FILE GOAL UNIT TITLE REGEX: the number in the regex's group
{
	local value
	value=$(sed -nE "s/.*$5.*/\\1/p" "$work/$1" | head -n 1)
	if [ -z "$value" ]; then
		echo "bench: $1 does not say: $4" >&2
		failed=1
		return
	fi
	printf '%s\t%s\t%s\t%s\n' "$4" "$value" "$2" "$3" >>"$rows"
}

table()
{
	awk -F '\t' '
	BEGIN {
		printf "%-58s %10s %9s %7s\n", "figure", "measured",
		    "goal", "ratio"
	}
	{
		goal = $3
		least = sub(/^>=/, "", goal)
		ratio = goal == "-" ? "" : sprintf("%.2f", $2 / goal)
		miss = goal != "-" &&
		    (least ? $2 + 0 < goal + 0 : $2 + 0 > goal + 0)
		printf "%-58s %7s %-2s %9s %7s%s\n", $1, $2, $4,
		    goal == "-" ? "" : (least ? ">= " : "<= ") goal,
		    ratio, miss ? " *" : ""
		missed += miss
	}
	END { printf "%d figures, %d beyond their goal (*)\n", NR, missed }
	' "$rows"
}

# The idle minutes cost nothing: they pass while nothing else is started
# but what sleeps on the disk. They are two, so they go first.
echo "bench: two idle minutes, and all other figures meanwhile" >&2
bench idle python3 tests/bench/terminal_bench.py --build "$build" \
    --work "$work" idle &
idle=$!
bench usb-idle python3 tests/bench/printer_figures.py --build "$build" idle &
usb_idle=$!
number='([0-9.]+)'

if bench store "$build/store_bench" "$work"; then
	figure store 1.7 x "durable check-in, of a 4 KB overwrite + fdatasync" \
	    "fdatasync .*us: ${number}x"
	figure store '>=1.2' x "import of 100000 rows, of the sqlite3 shell's speed" \
	    "import .*: ${number}x as fast"
	figure store - ms "  its commit, the longest hold of a terminal" \
	    "its commit $number ms"
	figure store 10 us "lookup, warm, of 1000000 rows, p50" \
	    "lookup.*p50 $number us"
else
	failed=1
fi
if bench paper "$build/paper-bench"; then
	figure paper 4 ms "ticket as picture, CPU" "bytes $number ms \\(first"
	figure paper 1 ms "  its first band" "first band $number"
	figure paper - ms "  its layout, before" "layout $number"
	figure paper 49152 B "  its bytes" "picture $number bytes"
	figure paper 0.5 ms "ticket as text, CPU" "text .*bytes $number ms"
	figure paper 16384 B "  its bytes" "text $number bytes"
else
	failed=1
fi
if bench ui xvfb-run -a -s '-screen 0 1080x1920x24' "$build/ui-bench" \
    figures; then
	figure ui 3 ms "full redraw at 1080x1920" "full redraw +$number"
	figure ui 0.1 ms "one key drawn" "one key +$number"
else
	failed=1
fi
if bench usb-job python3 tests/bench/printer_figures.py --build "$build" \
    job; then
	cat "$work/usb-job" >>"$rows"
else
	failed=1
fi
if bench start python3 tests/bench/terminal_bench.py --build "$build" \
    --work "$work" start; then
	cat "$work/start" >>"$rows"
else
	failed=1
fi
wait "$idle" && cat "$work/idle" >>"$rows" || failed=1
wait "$usb_idle" && cat "$work/usb-idle" >>"$rows" || failed=1
table
exit "$failed"
