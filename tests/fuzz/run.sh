#!/bin/bash
# Each fuzz target for FUZZ_SECONDS (6), one on each core. The corpus of each
# begins with real files where there are any; some targets add seeds of their
# own.
set -u
mkdir -p build/fuzz
make -j"$(nproc)" fuzz-build >build/fuzz-build.log 2>&1 || {
	tail -20 build/fuzz-build.log
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
}
# begin TARGET FILE...: files of its corpus.
begin() {
	mkdir -p "build/corpus/$1"
	cp -- "${@:2}" "build/corpus/$1/"
}
begin config_fuzz assets/example/karcis.ini assets/example/services.ini \
    assets/example/holidays.csv && begin hub_config_fuzz assets/example/karcis-hub.ini || exit 2
begin update_fuzz tests/unit/vectors/update_*.txt || exit 2
begin bundle_fuzz tests/unit/vectors/cms_*.der || exit 2
make -s catalogues >/dev/null && begin text_fuzz \
    build/locale/id/LC_MESSAGES/karcis.mo || exit 2
seconds=${FUZZ_SECONDS:-6}
export seconds
printf '%s\n' tests/fuzz/*_fuzz.c | xargs -n1 basename -s .c | xargs -P"$(nproc)" -I{} sh -c '
	mkdir -p build/corpus/{}
	build/fuzz/{} -max_total_time=$seconds -max_len=16384 -artifact_prefix=build/corpus/{}- \
	    build/corpus/{} >build/fuzz/{}.log 2>&1
	echo $? >build/fuzz/{}.rc'
passed=0 failed=0
for t in tests/fuzz/*_fuzz.c; do
	n=$(basename "$t" .c)
	if [ "$(cat "build/fuzz/$n.rc")" = 0 ]; then
		passed=$((passed + 1))
		echo "ok $n: $(grep -o 'Done [0-9]* runs' "build/fuzz/$n.log")"
	else
		failed=$((failed + 1))
		echo "not ok $n"
		tail -30 "build/fuzz/$n.log"
	fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
