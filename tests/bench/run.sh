#!/bin/bash
# Runs every bench of the build directory $1 and prints one table: figure,
# measured, goal, and the ratio of the two. A figure beyond its goal is
# marked with a star and fails nothing; a bench that crashes, or that no
# longer prints a figure, does.
set -u
build=${1:?usage: run.sh BUILD}
cd "$(dirname "$0")/../.." || exit 2
work=build/bench
mkdir -p "$work" || exit 2
find "$work" -mindepth 1 -maxdepth 1 ! -name npm -exec rm -rf {} +
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

not_measured() # TITLE REASON
{
	printf '%s\t\t-\t%s\n' "$1" "$2" >>"$rows"
}

# Libraries of npm, their exact versions and sums in tests/bench/peers, are
# given the same ticket in the same run. One reason why they can't be: printed.
install_peers()
{
	if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
		echo "node or npm is missing"
		return 1
	fi
	mkdir -p "$work/npm" &&
	    cp tests/bench/peers/peers.js tests/bench/peers/package*.json \
	        tests/bench/peers/.npmrc "$work/npm" || return 1
	if ! (cd "$work/npm" && timeout 120 npm ci --prefer-offline) \
	    >"$work/npm.log" 2>&1; then
		echo "npm ci: $(grep -m 1 -i err "$work/npm.log")"
		return 1
	fi
}

draw_for_peers()
{
	local rows
	convert "$work/qr.pbm" "$work/qr.png" &&
	    "$build/karcis-ctl" paper "$work/ticket.bin" "$work/paper.png" &&
	    convert "$work/paper.png" -shave 24x24 "$work/ticket.png" || return 1
	rows=$(identify -format %h "$work/ticket.png")
	convert "$work/ticket.png" -background white \
	    -extent "576x$(((rows + 7) / 8 * 8))" "$work/ticket.png"
}

peer_rows() # their bytes and CPU as ratios of ours, which are in paper
{
	awk -v OFS='\t' '
	function between(before, after,   s) {
		s = ours
		sub(".*" before, "", s)
		sub(after ".*", "", s)
		return s
	}
	FNR == NR {
		ours = $0
		bytes["picture"] = between("picture ", " bytes")
		ms["picture"] = between("layout ", " ms")
		ms["picture"] += between("picture [0-9]+ bytes ", " ms \\(first")
		bytes["text"] = between("text ", " bytes")
		ms["text"] = between("text [0-9]+ bytes ", " ms")
		say["command"] = "text, QR as command"
		say["raster"] = "text, QR as dots"
		say["picture"] = "picture"
		next
	}
	{
		form = $3 == "picture" ? "picture" : "text"
		print $1 " " $2 ", " say[$3] ": CPU / ours",
		    sprintf("%.1f", $5 / ms[form]), "-", "x"
		print "  its bytes / ours",
		    sprintf("%.2f", $4 / bytes[form]), "-", "x"
	}' "$work/paper" "$work/peers" >>"$rows"
}

table()
{
	awk -F '\t' '
	BEGIN {
		printf "%-62s %10s %9s %7s\n", "figure", "measured",
		    "goal", "ratio"
	}
	$2 == "" {
		printf "%s: not measured: %s\n", $1, $4
		others++
		next
	}
	{
		goal = $3
		least = sub(/^>=/, "", goal)
		ratio = goal == "-" || goal == 0 ? "" : sprintf("%.2f", $2 / goal)
		miss = goal != "-" &&
		    (least ? $2 + 0 < goal + 0 : $2 + 0 > goal + 0)
		printf "%-62s %7s %-2s %9s %7s%s\n", $1, $2, $4,
		    goal == "-" ? "" : (least ? ">= " : "<= ") goal,
		    ratio, miss ? " *" : ""
		missed += miss
	}
	END {
		printf "%d figures, %d beyond their goal (*)\n", NR - others,
		    missed
	}
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
bench gate-idle python3 tests/bench/gate_figures.py --build "$build" \
    --work "$work" idle &
gate_idle=$!
sleep 10 # their offices are made and stand
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
if bench gate "$build/gate_bench" "$work"; then
	figure gate - us "a ticket's digits to the gate's verdict, p50" \
	    "verdict p50 $number us"
	figure gate 150000 us "  p99" "verdict p50 .* p99 $number us"
	figure gate 2 x "  of a bare Ed25519 verification" \
	    "us: ${number}x a verification$"
	figure gate - us "  with the durable write, p50" "write p50 $number us"
	figure gate 150000 us "  p99" "write p50 .* p99 $number us"
	figure gate 1.7 x "  of a verification and a 4 KB overwrite + fdatasync" \
	    "us: ${number}x a verification and a write"
else
	failed=1
fi
# Its exit tells of goals missed, which 60 pictures of a kind are too few for.
"$build/camera-bench" 60 >"$work/camera" 2>"$work/camera.err"
while IFS='|' read -r kind goal title; do
	figure camera "$goal" % "$title" "^$kind +[0-9]+ +[0-9.]+ % +$number %"
done <<'EOF2'
clean|>=99.5|tickets a camera reads, of 60 each: clean
three dead dots|>=90|  three dead dots
crease|>=80|  creased
10 % damage|>=60|  a tenth of the paper damaged
faded, creased, poor camera|>=80|  faded and creased, poor camera
EOF2
figure camera 0 "" "  wrong texts" "wrong texts: $number"
figure camera 150 ms "a picture to its text, read at once, p50" \
    "read at once +$number"
figure camera - ms "  p99" "read at once +[0-9.]+ +$number"
figure camera - ms "  read by the further steps, p50" "further steps +$number"
figure camera - ms "  p99" "further steps +[0-9.]+ +$number"
if bench paper "$build/paper-bench" "$work"; then
	figure paper 4 ms "ticket as picture, CPU" "bytes $number ms \\(first"
	figure paper 1 ms "  its first band" "first band $number"
	figure paper - ms "  its layout, before" "layout $number"
	figure paper 49152 B "  its bytes" "picture $number bytes"
	figure paper 0.5 ms "ticket as text, CPU" "text .*bytes $number ms"
	figure paper 16384 B "  its bytes" "text $number bytes"
	if ! reason=$(install_peers); then
		not_measured "the same ticket from npm libraries" "$reason"
	elif draw_for_peers && bench peers node "$work/npm/peers.js" "$work"
	then
		peer_rows
	else
		failed=1
	fi
else
	failed=1
fi
if bench ui xvfb-run -a -s '-screen 0 1080x1920x24' "$build/ui-bench" \
    figures; then
	figure ui 3 ms "full redraw at 1080x1920" "full redraw +$number"
	figure ui 3 ms "a gate's verdict, the whole panel" \
	    "verdict shown +$number"
	figure ui 0.1 ms "one key, beyond a bare present of its pixels" \
	    "one key +$number"
	figure ui 0.1 ms "  all of its CPU, presenting too" \
	    "one key, CPU +$number"
	figure ui - ms "  shown by the X server" "one key shown +$number"
	figure ui - ms "the whole picture copied to a panel that hangs upright" \
	    "turned by 0 +$number"
	figure ui - ms "  turned by 90 degrees" "turned by 90 +$number"
	figure ui - ms "  one key, turned by 90 degrees" \
	    "turned by 90 .* one key $number"
else
	failed=1
fi
if bench usb-job python3 tests/bench/printer_figures.py --build "$build" \
    job; then
	cat "$work/usb-job" >>"$rows"
else
	failed=1
fi
if bench answers python3 tests/bench/printer_figures.py --build "$build" \
    answers; then
	cat "$work/answers" >>"$rows"
else
	failed=1
fi
if bench start python3 tests/bench/terminal_bench.py --build "$build" \
    --work "$work" start; then
	cat "$work/start" >>"$rows"
else
	failed=1
fi
if bench screen python3 tests/bench/screen_figures.py "$build"; then
	cat "$work/screen" >>"$rows"
else
	failed=1
fi
if bench gate-minute python3 tests/bench/gate_figures.py --build "$build" \
    --work "$work" minute; then
	cat "$work/gate-minute" >>"$rows"
else
	failed=1
fi
if bench hub-figures python3 tests/bench/hub_figures.py --build "$build" \
    --work "$work"; then
	cat "$work/hub-figures" >>"$rows"
else
	failed=1
fi
wait "$idle" && cat "$work/idle" >>"$rows" || failed=1
wait "$gate_idle" && cat "$work/gate-idle" >>"$rows" || failed=1
wait "$usb_idle" && cat "$work/usb-idle" >>"$rows" || failed=1
table
exit "$failed"
