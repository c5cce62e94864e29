#!/bin/bash
# The kept bytes of a ticket give the kept picture of its paper, dot by dot,
# and its QR reads. (tests/unit/escpos_test.c holds the encoder to the bytes.)
# With the programs as they are shipped, and with the sanitizers.
cd "$(dirname "$0")/../.." || exit 2
passed=0 failed=0 skipped=0
sanitized=("SAN=address,undefined" "OPT=-O1 -g")
make -s -j2 CI=true all || exit 2
make -s -j2 CI=true "${sanitized[@]}" all || exit 2
# SDL and the libraries below it leave memory at their end.
export ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=halt_on_error=1
mkdir -p build/golden

# check NAME COMMAND...
check() {
	local name=$1
	shift
	if "$@"; then
		echo "ok   golden: $name"
		passed=$((passed + 1))
	else
		echo "FAIL golden: $name"
		failed=$((failed + 1))
	fi
}

same_dots() {
	[ "$(compare -metric AE "$1" "$2" null: 2>&1)" = 0 ]
}

reads_ticket() {
	zbarimg -q --raw "$1" | grep -qxE '[0-9]{200}'
}

found=0
for bin in tests/golden/*.bin; do
	[ -f "$bin" ] || continue
	found=1
	name=$(basename "$bin" .bin)
	out=build/golden/$name.png
	width=80
	[[ $name == *-384-* ]] && width=58
	rm -f "$out"
	for build in build/gcc-address-undefined build/gcc; do
		check "$name: the bytes are drawn, $build" \
		    $build/karcis-ctl paper --width "$width" "$bin" "$out"
		check "$name: the paper is the kept one, dot by dot, $build" \
		    same_dots "${bin%.bin}.png" "$out"
	done
	check "$name: the QR holds 200 digits" reads_ticket "$out"
done

# The words of the text form are there to be read, not as cells.
reads_words() {
	tesseract tests/golden/ticket-text-en.png - -l eng --psm 6 \
	    2>build/golden/tesseract.log |
	    grep -qF 'Electronic ID card, original and copy'
}
check "ticket-text-en: its words are read from the paper" reads_words

# hidden FOLDER COMMAND...: runs it where the folder is empty.
hidden() {
	unshare -m sh -c 'mount -t tmpfs tmpfs "$1" && shift && exec "$@"' \
	    sh "$@"
}
fonts=/usr/share/fonts/opentype/inter
without_fonts() {
	local out=build/golden/no-fonts.png
	rm -f "$out"
	hidden "$fonts" build/gcc/karcis-ctl paper \
	    tests/golden/ticket-text-en.bin "$out" 2>build/golden/no-fonts.log &&
	    [ "$(wc -l <build/golden/no-fonts.log)" -eq 1 ] &&
	    grep -qF "install the Debian package fonts-inter; characters are" \
	        build/golden/no-fonts.log &&
	    reads_ticket "$out"
}
if hidden "$fonts" true 2>/dev/null; then
	check "without fonts the paper is drawn in cells and it is said" \
	    without_fonts
else
	echo "skipped: golden: unshare -m and mount need root"
	skipped=$((skipped + 1))
fi

# Every screen, panel and language: the digest of its picture. After a change
# that is meant, look at build/screens/*.png, then
#   (cd build/screens && sha256sum *.png) >tests/golden/screens.sha256
same_screens() {
	rm -rf build/screens
	make -s CI=true "$@" screens >build/golden/screens.log 2>&1 || return 1
	[ "$(find build/screens -name '*.png' | wc -l)" -eq \
	    "$(wc -l <tests/golden/screens.sha256)" ] || return 1
	(cd build/screens && sha256sum --quiet -c ../../tests/golden/screens.sha256)
}
kept="the screens are the kept ones ($(wc -l <tests/golden/screens.sha256) pictures"
check "$kept, with the sanitizers)" same_screens "${sanitized[@]}"
check "$kept)" same_screens
[ "$found" -eq 1 ] || check "there are kept tickets" false
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
