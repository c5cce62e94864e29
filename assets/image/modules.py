#!/usr/bin/env python3
"""modules.py KERNEL-TREE VERSION LIST: leave in the tree only the modules of the
list and what they depend on; print the "early" ones, in the list's order."""
import os
import subprocess
import sys


def main():
    tree, version, list_file = sys.argv[1:4]
    base = os.path.join(tree, "lib/modules", version)
    subprocess.run(["depmod", "-b", tree, version], check=True)
    path, needs = {}, {}
    for line in open(os.path.join(base, "modules.dep"), encoding="ascii"):
        file, deps = line.split(":")
        path[name_of(file)] = file
        needs[file] = deps.split()
    with open(os.path.join(base, "modules.builtin"), encoding="ascii") as f:
        builtin = {name_of(line.strip()) for line in f}
    keep, early = set(), []
    for line in open(list_file, encoding="ascii"):
        words = line.split()
        if not words or line.startswith("#"):
            continue
        name = words[-1]
        if name not in path:
            if "maybe" not in words and name not in builtin:
                sys.exit(f"modules.py: the kernel has no module {name}")
            continue
        keep.add(path[name])
        keep.update(needs[path[name]])
        if "early" in words:
            early.append(name)
    for file in path.values():
        if file not in keep:
            os.unlink(os.path.join(base, file))
    subprocess.run(["depmod", "-b", tree, version], check=True)
    for folder, _, _ in sorted(os.walk(base), reverse=True):
        if not os.listdir(folder):
            os.rmdir(folder)
    print("\n".join(early))


def name_of(file):
    return os.path.basename(file).split(".ko")[0].replace("-", "_")


main()
