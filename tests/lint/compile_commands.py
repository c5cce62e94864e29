"""Reads `make -Bn V=1` on standard input, writes compile_commands.json."""

import json
import os
import shlex
import sys

entries = []
for line in sys.stdin:
    line = line.strip()
    if " -c -o " not in line:
        continue
    words = shlex.split(line)
    entries.append({"directory": os.getcwd(), "file": words[-1],
                    "arguments": words})
json.dump(entries, sys.stdout, indent=1)
