#!/bin/bash
# Every case of the printer under valgrind: `make test-valgrind`, 7 minutes. A
# start takes seconds there, so P19 and P20 end the terminal at five moments of
# a job and not at twenty, and P21 has 50 tickets.
cd "$(dirname "$0")/../.." || exit 2
make -s -j2 CI=true device-printer-build || exit 2
export TICKETS=50 POINTS=5
exec python3 tests/device/printer_test.py --jobs 4 --build build/gcc --wrap \
    "valgrind -q --vgdb=no --error-exitcode=99 --suppressions=tests/device/umockdev.supp"
