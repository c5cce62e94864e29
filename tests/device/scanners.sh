#!/bin/bash
# Scanners on an emulated kernel: the drivers alone, then the whole terminal
# case by case (S1 to S17); as shipped, with the sanitizers and under valgrind,
# two at the same time, because most of it is waiting.
cd "$(dirname "$0")/../.." || exit 2
plain=build/gcc sanitized=build/gcc-address-undefined
threaded=build/gcc-thread
valgrind="valgrind -q --vgdb=no --error-exitcode=99"
valgrind+=" --suppressions=tests/device/umockdev.supp"
umockdev=libumockdev-preload.so.0
asan="$(gcc -print-file-name=libasan.so) $umockdev"
passed=0 failed=0 skipped=0

# build WORDS...: all that runs here, of one flavour.
build() {
	make -s -j2 CI=true "$@" all device-scanner-build || exit 2
}

# driver PROGRAM PRELOAD [WORDS]...: WORDS run it.
driver() {
	local program=$1 preload=$2 log=$1.log
	shift 2
	mkdir -p "$(dirname "$log")"
	if LD_PRELOAD=$preload ASAN_OPTIONS=detect_leaks=0 \
	    TSAN_OPTIONS="exitcode=99 suppressions=tests/device/umockdev.tsan" \
	    timeout 60 "$@" "$program" >"$log" 2>&1 &&
	    ! grep -q SKIPPED "$log"; then
		passed=$((passed + 1))
		echo "ok $* $program"
	else
		failed=$((failed + 1))
		cat "$log"
		echo "FAILED $* $program"
	fi
}

# add LOG: shows what the cases said and adds their last line.
add() {
	local line p f s
	cat "$1"
	line=$(tail -n 1 "$1")
	if ! [[ $line =~ ^[0-9]+\ passed,\ [0-9]+\ failed,\ [0-9]+\ skipped$ ]]
	then
		failed=$((failed + 1))
		return
	fi
	read -r p f s < <(echo "$line" | tr -cd '0-9 \n')
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# cases NAME WORDS...: the terminal, case by case, into a log.
cases() {
	local log=build/device/scanner-$1.log
	shift
	python3 tests/device/scanner_test.py "$@" >"$log" 2>&1
}

build
build SAN=address,undefined OPT="-O1 -g"
build SAN=thread OPT="-O1 -g"
for two in "plain asan" "tsan valgrind"; do
	for name in $two; do
		case $name in
		plain) cases plain --build $plain "$@" & ;;
		asan) cases asan --build $sanitized "$@" & ;;
		tsan) cases tsan --build $threaded "$@" & ;;
		valgrind)
			cases valgrind --build $plain --wrap "$valgrind" "$@" &
			;;
		esac
	done
	wait
	for name in $two; do
		echo "the terminal, $name:"
		add "build/device/scanner-$name.log"
	done
done
for program in scanner_wedge scanner_lines; do
	driver $plain/device/$program "$umockdev"
	driver $sanitized/device/$program "$asan"
	driver $threaded/device/$program "$umockdev"
	# shellcheck disable=SC2086 # words
	driver $plain/device/$program "$umockdev" $valgrind
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
