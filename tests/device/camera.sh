#!/bin/bash
# The camera's process on a faked V4L2 device, as shipped and with sanitizers.
cd "$(dirname "$0")/../.." || exit 2
passed=0 failed=0 skipped=0
for flags in "" "SAN=address,undefined"; do
	make -s -j2 CI=true ${flags:+"$flags" OPT="-O1 -g"} \
	    device-camera-build || exit 2
done
for build in build/gcc build/gcc-address-undefined; do
	echo "the camera, $build:"
	log=$(mktemp)
	python3 tests/device/camera_test.py --build $build "$@" >"$log" 2>&1
	cat "$log"
	line=$(tail -n 1 "$log")
	rm -f "$log"
	if [[ $line =~ ^[0-9]+\ passed,\ [0-9]+\ failed,\ [0-9]+\ skipped$ ]]
	then
		read -r p f s < <(echo "$line" | tr -cd '0-9 \n')
		passed=$((passed + p)) failed=$((failed + f))
		skipped=$((skipped + s))
	else
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
