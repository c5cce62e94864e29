#!/usr/bin/env python3
"""The real karcis-update against bundles and sticks that mean harm. What is
refused changes nothing: slots, pointer, floor and record stay byte by byte.

usage: hostile_test.py [--build DIR] [--long] [NAMES]"""

import cases
import hostile_bytes
import hostile_sign
import hostile_stick
from hostile_machine import World

if __name__ == "__main__":
    cases.main([hostile_sign, hostile_bytes, hostile_stick], World)
