"""One line per sentence, as the other suites print them."""
import sys

FAILED = 0


def check(sentence, got, want):
    global FAILED
    if got == want:
        print(f"ok {sentence}")
    else:
        FAILED += 1
        print(f"not ok {sentence}: {got!r}, not {want!r}")


def end():
    sys.exit(1 if FAILED else 0)
