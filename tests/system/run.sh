#!/bin/bash
# The real programs on a real X server, with scans over a pseudo-terminal.
cd "$(dirname "$0")/../.." || exit 2
make -s CI=true all || exit 2
exec python3 tests/system/system_test.py --build build/gcc "$@"
