#!/bin/bash
# Hub, kiosks and everything between them as they are shipped, under real
# faults. Words given are names of tests or groups to run. See office_test.py.
cd "$(dirname "$0")/../.." || exit 2
make -s -j2 CI=true all || exit 2
exec python3 tests/hub/office_test.py --build build/gcc "$@"
