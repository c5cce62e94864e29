#!/bin/bash
# The kept bytes of a ticket give the kept picture of its paper, dot by dot,
# and its QR reads. (tests/unit/escpos_test.c holds the encoder to the bytes.)
cd "$(dirname "$0")/../.." || exit 2
passed=0 failed=0
make -s CI=true all || exit 2
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
	rm -f "$out"
	check "$name: the bytes are drawn" \
	    build/gcc/karcis-ctl paper "$bin" "$out"
	check "$name: the paper is the kept one, dot by dot" \
	    same_dots "${bin%.bin}.png" "$out"
	check "$name: the QR holds 200 digits" reads_ticket "$out"
done
# Every screen, panel and language: the digest of its picture. After a change
# that is meant, look at build/screens/*.png, then
#   (cd build/screens && sha256sum *.png) >tests/golden/screens.sha256
same_screens() {
	rm -rf build/screens
	make -s screens >build/golden/screens.log 2>&1 || return 1
	[ "$(find build/screens -name '*.png' | wc -l)" -eq \
	    "$(wc -l <tests/golden/screens.sha256)" ] || return 1
	(cd build/screens && sha256sum --quiet -c ../../tests/golden/screens.sha256)
}
check "the screens are the kept ones ($(wc -l <tests/golden/screens.sha256) pictures)" same_screens
[ "$found" -eq 1 ] || check "there are kept tickets" false
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
